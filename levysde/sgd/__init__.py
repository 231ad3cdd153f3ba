"""Stochastic gradient descent: where its heavy tails come from, exactly, the SDE it follows, and its gradient noise."""

from levysde.sgd import gradient_noise, linear_regression
from levysde.sgd.exit_match import ExitMatch
from levysde.sgd.exits import match_exits
from levysde.sgd.gradient_noise import record_gradient_noise
from levysde.sgd.line import Line, line_through, network_line
from levysde.sgd.line_noise import LineNoise, noise_on_line
from levysde.sgd.matching import matching_sde
from levysde.sgd.plane import Plane, network_plane, plane_through
from levysde.sgd.plane_noise import PlaneNoise, noise_on_plane
from levysde.sgd.projected import projected_exits

__all__ = [
    "ExitMatch",
    "Line",
    "LineNoise",
    "Plane",
    "PlaneNoise",
    "gradient_noise",
    "line_through",
    "linear_regression",
    "match_exits",
    "matching_sde",
    "network_line",
    "network_plane",
    "noise_on_line",
    "noise_on_plane",
    "plane_through",
    "projected_exits",
    "record_gradient_noise",
]
