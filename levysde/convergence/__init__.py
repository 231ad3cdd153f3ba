"""Orders of convergence, measured: strong, weak and exit-time errors against the step."""

from levysde.convergence.excursions import Excursions, excursions
from levysde.convergence.exit_bias import exit_bias
from levysde.convergence.girsanov import path_divergence
from levysde.convergence.result import Convergence, ErrorCurve
from levysde.convergence.slope import PowerLaw, slope
from levysde.convergence.strong import strong_error
from levysde.convergence.weak import weak_error

__all__ = [
    "Convergence",
    "ErrorCurve",
    "Excursions",
    "PowerLaw",
    "excursions",
    "exit_bias",
    "path_divergence",
    "slope",
    "strong_error",
    "weak_error",
]
