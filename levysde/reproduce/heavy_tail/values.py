"""The ICML 2021 paper's figures as numbers, and exact indices that were computed apart from this package."""

from __future__ import annotations

SOLVER = 1e-10  # error of `tail_index` for d <= 20, as it states it

# How well points can be read off the figures of the authors' slides; a point is one run of 1600 repetitions, whose own
# error is added where it is used.
READ_OFF = 0.02

# Figure 1(a), d = 100: index over (b, eta), at the points that could be told apart.
FIGURE_1A = {
    (1, 0.02): 1.98,
    (1, 0.04): 1.19,
    (1, 0.06): 0.70,
    (1, 0.08): 0.56,
    (1, 0.10): 0.475,
    (1, 0.12): 0.425,
    (1, 0.14): 0.38,
    (1, 0.16): 0.37,
    (1, 0.18): 0.353,
    (1, 0.20): 0.36,
    (2, 0.06): 1.63,
    (2, 0.10): 0.925,
    (2, 0.14): 0.68,
    (2, 0.20): 0.59,
    (3, 0.10): 1.48,
    (5, 0.12): 1.83,
    (5, 0.16): 1.51,
    (5, 0.20): 1.27,
    (10, 0.20): 1.89,
}
FIGURE_1A_QUICK = ((1, 0.04), (1, 0.06), (1, 0.10), (1, 0.20), (2, 0.10), (2, 0.20), (3, 0.10), (5, 0.20), (10, 0.20))
FIGURE_1A_SCANNED = ((1, 0.06), (2, 0.10), (5, 0.20))  # run with four times the steps as well

# Figure 1(b), left: index over sigma^2. The paper gives no b, eta; d = 100, b = 5, eta = 0.1, K = 200 gives its points.
FIGURE_1B = {2.0: 0.93, 3.0: 0.57, 4.0: 0.46}
FIGURE_1B_SETTING = (5, 0.1)

# Figure 2, MNIST, layers 1 to 3: index at eta/b near 0 (a range for layer 3) with the uncertainty of reading it off,
# and where the lines end at the largest eta/b.
FIGURE_2_SMALL = ((2.2, 2.2, 0.05), (2.3, 2.3, 0.05), (2.0, 2.5, 0.05))
FIGURE_2_LARGE = ((1.25, 1.25), (1.15, 1.4), (1.25, 1.4))

# Settings (d, b, eta) with 0.4 < alpha < 1.6, where the estimators can see the index.
STATIONARY = (
    (1, 1, 0.8),
    (1, 1, 1.0),
    (1, 1, 1.5),
    (2, 1, 0.6),
    (2, 1, 0.7),
    (5, 5, 1.0),
    (5, 5, 1.05),
    (10, 5, 0.65),
)

# Exact indices (d, b, eta, alpha), sigma = 1, by mpmath at 25 digits (Tricomi's U for the inner integral).
TABLE = (
    (1, 1, 1.0, 1.090826473066),
    (1, 1, 1.5, 0.477434808626),
    (1, 5, 1.8, 1.027251956894),
    (2, 1, 0.6, 1.300841930182),
    (5, 1, 0.3, 1.514562298339),
    (5, 5, 1.0, 1.030344851935),
    (10, 5, 0.65, 1.205151767700),
    (100, 10, 0.18, 2.50585556610),
)
