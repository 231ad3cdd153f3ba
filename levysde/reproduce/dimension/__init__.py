"""Şimşekli, Sener, Deligiannidis and Erdogdu, Hausdorff dimension, heavy tails and generalization, NeurIPS 2020.

arXiv:2006.09313. SGD is taken for a Feller process; the upper Blumenthal-Getoor index beta of its small jumps bounds
the Hausdorff dimension of the path (Proposition 1), the dimension bounds the generalization error (Theorem 1), and a
reading of beta from the last iterates is put beside the generalization gap (Figure 2). Costs were measured on one core
at 2.8 GHz.
"""

from __future__ import annotations

from levysde.reproduce.dimension import networks, paths
from levysde.reproduce.experiment import Experiment

EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        "dimension.proposition-1",
        "Proposition 1",
        "the upper Blumenthal-Getoor index bounds the dimension of the path, and stands for the tail index",
        "5 s",
        "1 min",
        "reproduced, but",
        paths.proposition_1,
    ),
    Experiment(
        "dimension.range",
        "Proposition 1, Blumenthal and Getoor 1960",
        "the range of stable motion in d dimensions has dimension min(alpha, d)",
        "4 s",
        "1 min",
        "reproduced",
        paths.range_of_paths,
    ),
    Experiment(
        "dimension.graph",
        "Jain and Pruitt 1968",
        "the graph of stable motion has dimension max(1, 2 - 1/alpha) on the line, max(1, alpha) in the plane",
        "5 s",
        "1 min",
        "reproduced",
        paths.graph_of_paths,
    ),
    Experiment(
        "dimension.zero-set",
        "Taylor and Wendel 1966",
        "the zero set of stable motion on the line has dimension 1 - 1/alpha",
        "0.8 s",
        "20 s",
        "reproduced",
        paths.zero_set,
    ),
    Experiment(
        "dimension.coordinates",
        "Proposition 1, Pruitt and Taylor 1969",
        "the largest index of independent coordinates bounds the dimension, and stands for it",
        "3 s",
        "40 s",
        "reproduced, but",
        paths.coordinates,
    ),
    Experiment(
        "dimension.drift",
        "Proposition 1",
        "the index bounds the dimension with a drift too, and stands for the tail index",
        "2 s",
        "30 s",
        "reproduced, but",
        paths.drift,
    ),
    Experiment(
        "dimension.bound",
        "Theorem 1",
        "the generalization error along a path is at most B sqrt(2 d_H log(n L^2)/n + log(1/gamma)/n)",
        "1.5 s",
        "1 min",
        "reproduced",
        networks.bound,
    ),
    Experiment(
        "dimension.gap",
        "Figure 2",
        "beta of the last iterates varies with step and batch size, and orders the generalization gaps",
        "12 s",
        "1.5 min",
        "not reproduced",
        networks.gap,
        networks=True,
    ),
    Experiment(
        "dimension.estimator-on-gaussian",
        "estimator of beta",
        "the index read from the last iterates is a tail index",
        "1.5 s",
        "10 s",
        "reproduced, but",
        networks.estimator_on_gaussian,
    ),
)
