"""Figure 3 of the first-exit paper: how long networks stay near the weights that they had learned."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from levysde.reproduce._build import mean_of
from levysde.reproduce.experiment import Experiment, Setting
from levysde.reproduce.finding import Claim, Control, Finding, Number, Panel, Series
from levysde.sgd.network_exits import NetworkExit, network_exit
from levysde.sgd.samples import digits, from_npz

__all__ = ["FIGURE_3"]

# Figure 3, |exit time - that of eta = 1e-4|, times counted from initialisation; read off the vector poster to 2 %.
ETAS = (1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1)
PUBLISHED = {
    (50,): (2.3, 4.1, 9.5, 12.2, 6.6, 33.9, 79.6),
    (100,): (1.7, 1.6, 3.0, 13.1, 32.2, 84.0, 181.1),
    (200,): (1.6, 1.6, 2.7, 13.1, 32.3, 84.2, 180.9),
    (50, 50): (2.7, 8.3, 12.3, 8.1, 27.2, 80.0, 177.4),
    (50, 50, 50): (3.9, 1.0, 12.3, 20.9, 16.4, 71.1, 169.0),
    (50, 50, 50, 50): (0.2, 7.5, 21.5, 16.7, 13.6, 69.0, 166.9),
}
LOOKS = 2000  # iterations between two looks at the accuracy, in the authors' script
# Their growth from eta = 0.05 to 0.1, over LOOKS * 0.05, is 0.967 to 0.979; that of the first one is 0.457, for which
# there is no explanation: it is shown and not compared with. Readings of 181 and 84 to 2 % leave 0.04 of it.
ODD, READING = (50,), 0.04
RADIUS = 0.02  # not found; the exit has to be short beside N eta, as a growth of 0.97 of that says
OFTEN = 5  # iterations between two looks in the control


def network(setting: Setting) -> Finding:
    """Measure exit times counted as published, from the stored minimum, and with a minimum that is found at once."""
    data = digits() if setting.data is None else from_npz(setting.data)
    looks, seeds = setting.pick(500, LOOKS), setting.pick(5, 10)
    shapes = setting.pick([(100,), (50, 50)], [shape for shape in PUBLISHED if shape != ODD])
    etas = setting.pick((5e-3, 2e-2, 5e-2, 1e-1), ETAS)  # the first one is the reference

    def runs(shape: int, at: Sequence[float], every: int) -> list[list[NetworkExit]]:
        return [
            [
                network_exit(
                    data, hidden=shapes[shape], eta=eta, radius=RADIUS, check_every=every, rng=setting.seed(7, shape, s)
                )
                for eta in at
            ]
            for s in range(seeds)
        ]

    unit = looks * (etas[-1] - etas[-2])
    numbers, controls, series = [], [], []
    for i, shape in enumerate(shapes):
        literal, often = runs(i, etas, looks), runs(i, etas[1:], OFTEN)
        growth = [run[-1].from_start - run[-2].from_start for run in literal]
        name = "-".join(map(str, shape))
        published = (PUBLISHED[shape][-1] - PUBLISHED[shape][-2]) / (LOOKS * (ETAS[-1] - ETAS[-2]))
        claim = Claim.value(published, READING, "linear growth, about N eta")
        numbers.append(
            Number(f"growth from eta=0.05 to 0.1 over N * 0.05, hidden {name}", claim, mean_of(np.divide(growth, unit)))
        )
        reading = Claim.value(published, READING, "exits themselves take longer")
        at_once = [run[-1].from_start - run[-2].from_start for run in often]
        after = [run[-1].from_centre - run[-2].from_centre for run in literal]
        but = (
            "the growth is that of the looks for a minimum, every N iterations from initialisation on: "
            "with a minimum found at once, or counted from it, hardly any is left"
        )
        controls += [
            Control(f"the same, a look every {OFTEN} iterations, hidden {name}", reading,
                    mean_of(np.divide(at_once, unit)), "refute", but),
            Control(f"the same, counted from the stored minimum, hidden {name}", reading,
                    mean_of(np.divide(after, unit)), "refute", but),
        ]  # fmt: skip
        errors = [[abs(r.from_start - run[0].from_start) / looks for r in run[1:]] for run in literal]
        base = float(np.mean([run[0].from_start for run in often]))
        found = [[abs(r.from_start - base) / looks for r in run] for run in often]
        x = tuple(etas[1:])
        series += [
            Series(f"{name}, paper (N = 2000)", ETAS, tuple(np.divide(PUBLISHED[shape], LOOKS)), look="paper", group=i),
            Series(f"{name}, counted from initialisation", x, *_mean(errors), group=i, drawn="joined"),
            Series(f"{name}, a look every {OFTEN} iterations", x, *_mean(found), look="control", group=i,
                   drawn="joined"),
        ]  # fmt: skip
    label = f"{ODD[0]}, paper, not compared"
    series.append(Series(label, ETAS, tuple(np.divide(PUBLISHED[ODD], LOOKS)), look="paper", group=len(shapes)))
    notes = (
        f"{len(data.arrays[0])} samples, looks every N = {looks} iterations, {seeds} seeds, reference eta = "
        f"{etas[0]:g} (the paper: MNIST, N = {LOOKS}, 1e-4); radius {RADIUS:g}, which the paper does not state.",
        "The published curve of depth 2 and width 50 grows by 0.457 only, which is not explained, and is not compared.",
        "The first look that can find a minimum is after N iterations: the time counted cannot be below N eta. A "
        "larger ball adds a growth of its own: what is stored at the time N eta is a later minimum, near which weights "
        "move more slowly.",
    )
    panel = Panel("Figure 3", "step size eta", "error of the exit time / N", tuple(series), log_x=True)
    settings = {
        "looks": looks,
        "seeds": seeds,
        "radius": RADIUS,
        "etas": list(etas),
        "hidden": [list(s) for s in shapes],
    }
    return Finding(tuple(numbers), tuple(controls), (panel,), settings, notes)


def _mean(values: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard error over the seeds."""
    found = np.asarray(values)
    return tuple(found.mean(axis=0)), tuple(found.std(axis=0, ddof=1) / math.sqrt(len(found)))


FIGURE_3 = (
    Experiment(
        "first-exit.network", "Figure 3", "networks leave their minimum later with longer steps",
        "8 s", "20 min", "reproduced, but", network,
    ),
)  # fmt: skip
