"""Constant-step SGD on linear regression: the exact law of its tails, and chains that show it."""

from levysde.sgd.linear_regression.chains import Chains, simulate
from levysde.sgd.linear_regression.data import DataSet, GaussianData
from levysde.sgd.linear_regression.indices import average_index, last_index
from levysde.sgd.linear_regression.law import eta_critical, eta_for, eta_max, h, rho, second_moment, tail_index
from levysde.sgd.linear_regression.moments import moment_bound, moment_scores, noise_moment
from levysde.sgd.linear_regression.published import published_chains, published_data
from levysde.sgd.linear_regression.study import Law, Measured, Study, law_of, study

__all__ = [
    "Chains",
    "DataSet",
    "GaussianData",
    "Law",
    "Measured",
    "Study",
    "average_index",
    "eta_critical",
    "eta_for",
    "eta_max",
    "h",
    "last_index",
    "law_of",
    "moment_bound",
    "moment_scores",
    "noise_moment",
    "published_chains",
    "published_data",
    "rho",
    "second_moment",
    "simulate",
    "study",
    "tail_index",
]
