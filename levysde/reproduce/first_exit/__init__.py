"""Nguyen, Simsekli, Gurbuzbalaban and Richard, First exit time analysis of SGD, NeurIPS 2019, arXiv:1906.09069."""

from __future__ import annotations

from levysde.reproduce.experiment import Experiment
from levysde.reproduce.first_exit.discretisation import DISCRETISATION
from levysde.reproduce.first_exit.exit_times import metastable_steps, theorem_exit_time
from levysde.reproduce.first_exit.figures import FIGURE_2
from levysde.reproduce.first_exit.network import FIGURE_3

EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        "first-exit.theorem-exit-time", "Exit-time theorem",
        "E tau = (alpha/2) (a/epsilon)^alpha, tau exponential", "5 s", "15 s", "reproduced, but", theorem_exit_time,
    ),
    *FIGURE_2,
    Experiment(
        "first-exit.metastable-steps", "Figure 2, metastable",
        "Euler's chain leaves as the SDE does", "1 s", "5 s", "reproduced", metastable_steps,
    ),
    *DISCRETISATION,
    *FIGURE_3,
)  # fmt: skip
