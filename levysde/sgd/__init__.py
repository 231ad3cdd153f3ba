"""Stochastic gradient descent: where its heavy tails come from, exactly, the SDE it follows, and its gradient noise."""

from levysde.sgd import gradient_noise, linear_regression
from levysde.sgd.gradient_noise import record_gradient_noise
from levysde.sgd.matching import matching_sde

__all__ = ["gradient_noise", "linear_regression", "matching_sde", "record_gradient_noise"]
