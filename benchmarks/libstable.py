"""libstable, the C library, called on arrays: from the wheel of pystable, whose Python layer takes lists.

Its binary asks for the GSL of its day. Where that is missing, a link of the wanted name to the GSL at hand, in a folder
named by LD_LIBRARY_PATH, serves.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.timing import optional

# Microseconds a point measured that way beside the 200 000 points of levysde (one core, wheel 0.2.3, GSL 2.7), for
# readers without it: (alpha, beta) -> pdf, cdf.
QUOTED = {(0.7, 0.3): (10.0, 11.6), (1.3, 0.5): (9.1, 12.0), (1.8, 0.0): (18.1, 25.7)}
_NUMBERS = ctypes.POINTER(ctypes.c_double)


def functions(alpha: float, beta: float) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Return pdf and cdf of a standard law in S1, or nothing where no library loads."""
    library = _library()
    if library is None:
        return {}
    library.stable_create.restype = ctypes.c_void_p
    library.stable_create.argtypes = [ctypes.c_double] * 4 + [ctypes.c_int]
    law = library.stable_create(alpha, beta, 1.0, 0.0, 1)
    library.stable_set_THREADS(1)

    def vectorized(name: str) -> Callable[[np.ndarray], np.ndarray]:
        function = getattr(library, name)
        function.restype = None
        function.argtypes = [ctypes.c_void_p, _NUMBERS, ctypes.c_int, _NUMBERS, _NUMBERS]

        def run(x: np.ndarray) -> np.ndarray:
            values, errors = np.empty(len(x)), np.empty(len(x))
            points, found, bounds = (array.ctypes.data_as(_NUMBERS) for array in (x, values, errors))
            function(law, points, len(x), found, bounds)
            return values

        return run

    return {"pdf": vectorized("stable_pdf"), "cdf": vectorized("stable_cdf")}


def _library() -> ctypes.CDLL | None:
    try:
        package = optional("pystable")
    except OSError:  # it loads its library on import in some versions
        return None
    if package is None:
        return None
    for path in sorted(Path(package.__file__).parent.rglob("libstable.so")):
        try:
            return ctypes.CDLL(str(path))
        except OSError:
            continue
    return None
