"""The tail-index paper: numbers that can be had exactly or cheaply."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from levysde import AlphaStable, Brownian, tails, theory, wells
from levysde.compare import default_landscape
from levysde.reproduce.tail_index import networks
from levysde.reproduce.tail_index import wells as paper
from levysde.reproduce.tail_index.off_model import LAWS, _scaled
from levysde.sde import SDE

KNOWN = json.loads((Path(__file__).parents[1] / "reference" / "paper_tail_index.json").read_text())


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.label)
def test_off_model_draws_read_what_the_limit_says(law, rng):
    x = law.draw(rng, 40, 2000)
    for block in (10, 200):
        found, limit = tails.pooled(x, block=block), law.limit(block)
        assert limit.valid
        # scales of the sample's own rows are part of the rank-one law
        assert abs(found.value - limit.value) < 5 * found.standard_error, (block, found, limit)


def test_off_model_table():
    exact = {law.label: law.limit(1000).value for law in LAWS}
    for label, (value, sd) in KNOWN["estimates_of_a_million_values_block_1000"].items():
        assert abs(value - exact[label]) < 5 * math.hypot(sd, 0.003), label  # two decimals
    for spread, (value, sd) in KNOWN["lognormal_scales_block_2000"].items():
        assert abs(value - _scaled(float(spread)).limit(2000).value) < 5 * sd, spread


def test_spread_of_the_estimate():
    for alpha, sd in KNOWN["standard_deviation_of_the_estimate_10000_values_block_100"].items():
        a = float(alpha)
        predicted = a * a * math.sqrt(math.pi**2 / 6 * (1 / a**2 + 0.5) * 100 / 10_000) / math.log(100)
        assert predicted == pytest.approx(sd, abs=6e-4)


def test_rates_as_printed_lack_c_alpha():
    for alpha, c in KNOWN["c_alpha"].items():
        a = float(alpha)
        assert math.gamma(1 + a) * math.sin(math.pi * a / 2) / math.pi == pytest.approx(c, abs=6e-5)
        limit = wells.chain(SDE(paper.THREE, 0.01 * AlphaStable(a))).generator
        off = ~np.eye(3, dtype=bool)
        literal = paper._literal(paper.THREE, a) * 0.01**a
        np.testing.assert_allclose(limit[off] / literal[off], c, rtol=2e-4)


def test_widths_decide_under_stable_noise_and_heights_under_brownian():
    assert default_landscape() == paper.PLAIN
    stable = wells.chain(SDE(paper.PLAIN, 0.05 * AlphaStable(1.5)))
    known = KNOWN["default_wells_epsilon_0.05_alpha_1.5"]
    np.testing.assert_allclose(stable.mean_stay, known["mean_stay"], atol=0.06)
    assert stable.stationary[1] == pytest.approx(known["share_of_the_wide_well"], abs=6e-4)
    swapped = wells.chain(SDE(paper.SWAPPED, 0.05 * AlphaStable(1.5)))
    assert swapped.stationary[1] == pytest.approx(stable.stationary[1], rel=1e-12)
    for s, share in KNOWN["brownian_share_of_the_wide_well"].items():
        gibbs = theory.occupancy(SDE(paper.PLAIN, float(s) * Brownian()))[1]
        # the reference was computed for wells of another shape, with the same widths and heights
        assert gibbs.value == pytest.approx(share, rel=0.05)
        assert theory.occupancy(SDE(paper.SWAPPED, float(s) * Brownian()))[1].value > 0.5


def test_the_figures_dip_is_where_the_loss_falls():
    for values in (networks.MNIST, networks.CIFAR10):
        assert len(values) == len(networks.ITERATIONS)
        assert networks.ITERATIONS[int(np.argmin(values))] in (1000, 1300)
