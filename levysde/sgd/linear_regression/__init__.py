"""Constant-step SGD on linear regression: the exact law of its tails, and chains that show it."""

from levysde.sgd.linear_regression.chains import Chains, simulate
from levysde.sgd.linear_regression.data import DataSet, GaussianData
from levysde.sgd.linear_regression.law import eta_critical, eta_for, eta_max, h, rho, second_moment, tail_index
from levysde.sgd.linear_regression.study import Law, Measured, Study, law_of, study

__all__ = [
    "Chains",
    "DataSet",
    "GaussianData",
    "Law",
    "Measured",
    "Study",
    "eta_critical",
    "eta_for",
    "eta_max",
    "h",
    "law_of",
    "rho",
    "second_moment",
    "simulate",
    "study",
    "tail_index",
]
