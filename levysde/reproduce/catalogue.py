"""The four papers and their results: a new result is a function and a line in its paper's table."""

from __future__ import annotations

from dataclasses import dataclass

from levysde.reproduce import dimension, first_exit, heavy_tail, tail_index
from levysde.reproduce.experiment import Experiment

__all__ = ["PAPERS", "Paper", "experiments"]


@dataclass(frozen=True)
class Paper:
    """A paper with what can be run of it.

    Attributes
    ----------
    key : str
        First part of the ids of its experiments.
    title : str
        Authors, title, place and identifier.
    experiments : tuple of Experiment
    """

    key: str
    title: str
    experiments: tuple[Experiment, ...]


PAPERS = (
    Paper(
        "tail-index",
        "Simsekli, Sagun, Gurbuzbalaban, A tail-index analysis of stochastic gradient noise in deep neural networks, "
        "ICML 2019, arXiv:1901.06053",
        tail_index.EXPERIMENTS,
    ),
    Paper(
        "first-exit",
        "Nguyen, Simsekli, Gurbuzbalaban, Richard, First exit time analysis of stochastic gradient descent under "
        "heavy-tailed gradient noise, NeurIPS 2019, arXiv:1906.09069",
        first_exit.EXPERIMENTS,
    ),
    Paper(
        "dimension",
        "Simsekli, Sener, Deligiannidis, Erdogdu, Hausdorff dimension, heavy tails, and generalization in neural "
        "networks, NeurIPS 2020, arXiv:2006.09313",
        dimension.EXPERIMENTS,
    ),
    Paper(
        "heavy-tail",
        "Gurbuzbalaban, Simsekli, Zhu, The heavy-tail phenomenon in SGD, ICML 2021, arXiv:2006.04740",
        heavy_tail.EXPERIMENTS,
    ),
)


def experiments() -> list[tuple[Paper, Experiment]]:
    """Return all experiments with their papers, in the order of publication."""
    return [(paper, experiment) for paper in PAPERS for experiment in paper.experiments]
