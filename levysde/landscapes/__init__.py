"""Potential landscapes: one file each, one line here.

Whatever is exported here and derives from `Landscape` goes through the shared tests with its `examples`.
"""

from levysde.landscapes.base import Landscape
from levysde.landscapes.double_well import DoubleWell
from levysde.landscapes.flat import Flat
from levysde.landscapes.from_functions import FunctionLandscape, from_functions
from levysde.landscapes.muller_brown import MullerBrown
from levysde.landscapes.multi_well import MultiWell
from levysde.landscapes.polynomial import Polynomial
from levysde.landscapes.quadratic import Quadratic
from levysde.landscapes.tabulated import Tabulated

__all__ = [
    "DoubleWell",
    "Flat",
    "FunctionLandscape",
    "Landscape",
    "MullerBrown",
    "MultiWell",
    "Polynomial",
    "Quadratic",
    "Tabulated",
    "from_functions",
]
