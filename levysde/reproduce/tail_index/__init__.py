"""A tail-index analysis of stochastic gradient noise: what can be run of it.

Şimşekli, Sagun and Gürbüzbalaban, ICML 2019, arXiv:1901.06053.
"""

from __future__ import annotations

from levysde.reproduce.experiment import Experiment
from levysde.reproduce.tail_index.estimator import background, estimator, off_model
from levysde.reproduce.tail_index.networks import grid, noise_norms, training
from levysde.reproduce.tail_index.wells import transitions, width_against_height

__all__ = ["EXPERIMENTS"]

# Costs: processor time of one core with warm caches (time.process_time around the function).
EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        "tail-index.background",
        "background figure",
        "densities and paths of stable motion, alpha = 1.2, 1.6, 2",
        "1 s",
        "20 s",
        "reproduced",
        background,
    ),
    Experiment(
        "tail-index.estimator",
        "estimator validation",
        "the estimator reads the index of stable noise, with the predicted spread",
        "1 s",
        "5 s",
        "reproduced",
        estimator,
    ),
    Experiment(
        "tail-index.off-model",
        "Section 3, estimator",
        "what the estimator reads off noise of finite variance",
        "1 s",
        "8 s",
        "reproduced, but",
        off_model,
    ),
    Experiment(
        "tail-index.noise-norms",
        "Figure 1",
        "norms of gradient noise: bulk and far outliers, as stable noise and unlike Gaussian noise",
        "2 s",
        "10 s",
        "reproduced",
        noise_norms,
        networks=True,
    ),
    Experiment(
        "tail-index.training",
        "Figure 7",
        "the index along training: far below 2, a dip where the network begins to learn, and a recovery",
        "5 s",
        "20 s",
        "reproduced, but",
        training,
        networks=True,
    ),
    Experiment(
        "tail-index.grid",
        "Figures 5, 6, 8",
        "the index over width, depth and batch size: far below 2 everywhere, batches of little effect",
        "4 s",
        "1 min",
        "reproduced, but",
        grid,
        networks=True,
    ),
    Experiment(
        "tail-index.width-against-height",
        "Section 4, metastability",
        "stable noise leaves wells by width, Brownian noise by height; shares of time",
        "10 s",
        "40 s",
        "reproduced",
        width_against_height,
    ),
    Experiment(
        "tail-index.transitions",
        "Theorem on transition rates",
        "rates q_ij between three wells, with the constant as printed",
        "4 s",
        "20 s",
        "not reproduced",
        transitions,
    ),
)
