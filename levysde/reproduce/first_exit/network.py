"""Figure 3 of the first-exit paper: how long networks stay near the weights that they had learned."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from levysde.estimate import Estimate
from levysde.reproduce._build import mean_of, with_spread
from levysde.reproduce._series import measured, printed
from levysde.reproduce.experiment import Experiment, Setting
from levysde.reproduce.finding import Claim, Control, Finding, Number, Panel, Series
from levysde.sgd.network_exits import NetworkExit, network_exits
from levysde.sgd.networks import Classes

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
MOST = 50  # looks after which a run is given up: 1e5 iterations in the script
# Their growth from eta = 0.05 to 0.1, over LOOKS * 0.05, is 0.967 to 0.979; that of the first one is 0.457, for which
# there is no explanation: it is shown and not compared with. Readings of 181 and 84 to 2 % leave 0.04 of it.
ODD, READING = (50,), 0.04
# The radius was not found. The exit has to be short beside N eta, as a growth of 0.97 of that says: others are tried.
RADIUS, OTHERS = 0.02, (0.005, 0.1, 0.5)
AT_ONCE = 0.5  # time between two looks in the control: one to learn takes four and more
LATE = (
    "the growth is that of the looks for a minimum, every N iterations from initialisation on: with a minimum found at "
    "once, or counted from it, hardly any is left"
)
LARGER = "a larger ball gives another growth, and the radius is not stated"


@dataclass(frozen=True)
class Runs:
    """Exits of one network: `exits[look][seed][step size]` by radius; the last two step sizes know all radii."""

    name: str
    etas: tuple[float, ...]
    looks: int
    exits: list[list[list[dict[float, NetworkExit]]]]

    def growth(self, radius: float, *, look: int = 0, since: str = "from_start") -> Estimate:
        """Return the growth of the exit time over the last two step sizes, over that of N eta; NaN if a run stayed."""
        times = np.array([[getattr(one[radius], since) for one in run[-2:]] for run in self.exits[look]])
        if not np.all(np.isfinite(times)):
            return with_spread(math.nan, math.nan, len(times), "not all runs left")
        growth = (times[:, 1] - times[:, 0]) / (self.looks * (self.etas[-1] - self.etas[-2]))
        return mean_of(np.round(growth, 12))  # seeds that agree agree: no error of 1e-17

    def errors(self, look: int) -> list[Estimate]:
        """Return |exit time - that of the first step size| over N, at the other step sizes."""
        times = np.array([[one[RADIUS].from_start for one in run] for run in self.exits[look]])
        return [mean_of(column) for column in np.abs(times[:, 1:] - times[:, :1]).T / self.looks]


def network(setting: Setting) -> Finding:
    """Measure exit times counted as published, from the stored minimum, and with a minimum that is found at once."""
    data = setting.samples()
    looks, seeds = setting.pick(500, LOOKS), setting.pick(5, 10)
    shapes = setting.pick([(100,), (50, 50)], [shape for shape in PUBLISHED if shape != ODD])
    etas = setting.pick((5e-3, 2e-2, 5e-2, 1e-1), ETAS)  # the first one is the reference
    radii = sorted((RADIUS, *OTHERS))
    numbers, controls, times, growths = [], [], [], []
    for i, shape in enumerate(shapes):
        runs = _runs(setting, data, shape, etas, looks, seeds, i)
        name, growth = runs.name, runs.growth(RADIUS)
        published = (PUBLISHED[shape][-1] - PUBLISHED[shape][-2]) / (LOOKS * (ETAS[-1] - ETAS[-2]))
        linear, longer, same = (
            Claim.value(published, READING, text)
            for text in ("linear growth, about N eta", "exits themselves take longer", "the same from any ball")
        )
        numbers.append(Number(f"growth from eta=0.05 to 0.1 over N * 0.05, hidden {name}", linear, growth))
        controls += [
            Control(f"the same, a look every {AT_ONCE:g} of time, hidden {name}", longer,
                    runs.growth(RADIUS, look=1), "refute", LATE),
            Control(f"the same, counted from the stored minimum, hidden {name}", longer,
                    runs.growth(RADIUS, since="from_centre"), "refute", LATE),
        ]  # fmt: skip
        over = {radius: (runs.growth(radius), runs.growth(radius, look=1)) for radius in radii}
        controls += [
            Control(f"the same, radius {radius:g}, hidden {name}", same, over[radius][0], "refute", LARGER)
            for radius in OTHERS if math.isfinite(over[radius][0].value)
        ]  # fmt: skip
        times += [
            printed(name, ETAS, np.divide(PUBLISHED[shape], LOOKS), group=i),
            _joined(name, etas[1:], runs.errors(0), i),
            _joined(name, etas[1:], runs.errors(1), i, "control"),
        ]
        growths += [
            _joined(name, radii, [first for first, _ in over.values()], i),
            _joined(name, radii, [second for _, second in over.values()], i, "control"),
        ]
    times.append(printed(f"{ODD[0]}, not compared", ETAS, np.divide(PUBLISHED[ODD], LOOKS), group=len(shapes)))
    mean = float(np.mean([number.paper.low for number in numbers]))
    line = Series("paper, mean", (radii[0], radii[-1]), (mean, mean), look="paper", group=len(shapes), drawn="line")
    told = f"controls: a look every {AT_ONCE:g} of time in place of every N iterations"
    panels = (
        Panel(f"Figure 3, by hidden layers; {told}", "step size eta", "error of the exit time / N", tuple(times), True),
        Panel("The same growth from balls of other radii", "radius", "growth from eta = 0.05 to 0.1 / (0.05 N)",
              (*growths, line), True),
    )  # fmt: skip
    notes = (
        f"{data.shape[0]} samples, looks every N = {looks} iterations, {seeds} seeds, reference eta = "
        f"{etas[0]:g} (the paper: MNIST, N = {LOOKS}, 1e-4); radius {RADIUS:g}, which the paper does not state.",
        "The published curve of depth 2 and width 50 grows by 0.457 only, which is not explained, and is not compared.",
        "The first look that can find a minimum is after N iterations: the time counted cannot be below N eta. A "
        "larger ball adds a growth of its own: what is stored at the time N eta is a later minimum, near which weights "
        "move more slowly.",
    )
    settings = {"looks": looks, "seeds": seeds, "radius": RADIUS, "radii": radii, "etas": list(etas),
                "hidden": [list(shape) for shape in shapes]}  # fmt: skip
    return Finding(tuple(numbers), tuple(controls), panels, settings, notes)


def _runs(
    setting: Setting, data: Classes, shape: tuple[int, ...], etas: tuple[float, ...], looks: int, seeds: int, key: int
) -> Runs:
    exits: list[list[list[dict[float, NetworkExit]]]] = [[[] for _ in range(seeds)] for _ in range(2)]
    for seed, eta in itertools.product(range(seeds), etas):
        found = network_exits(
            data,
            hidden=shape,
            eta=eta,
            radii=(RADIUS, *OTHERS) if eta in etas[-2:] else (RADIUS,),
            check_every=(looks, max(1, round(AT_ONCE / eta))),
            max_steps=MOST * looks,
            rng=setting.seed(7, key, seed),
        )
        for look, [first, *others] in enumerate(found):
            if first.left < 0:
                goal = "90 % of the samples" if first.stored < 0 else f"a distance of {RADIUS:g} from there"
                raise ValueError(
                    f"hidden layers {shape}, eta={eta:g}: {goal} not reached in {MOST * looks} iterations; give data "
                    "that so small a network can learn"
                )
            exits[look][seed].append({one.radius: one for one in (first, *others)})
    return Runs("-".join(map(str, shape)), etas, looks, exits)


def _joined(
    label: str, x: Sequence[float], y: Sequence[Estimate], group: int, look: Literal["ours", "control"] = "ours"
) -> Series:
    return replace(measured(label, x, y, group=group, look=look), drawn="joined")


FIGURE_3 = (
    Experiment(
        "first-exit.network", "Figure 3", "networks leave their minimum later with longer steps",
        "6 s", "6 min", "reproduced, but", network, networks=True,
    ),
)  # fmt: skip
