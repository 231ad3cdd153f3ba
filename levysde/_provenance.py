"""Where a result comes from: what is needed to compute it again."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

__version__ = "0.1.0"


def provenance(
    *, entropy: int, cut_short: str | None, settings: Mapping[str, Any], rules: Mapping[str, str]
) -> dict[str, Any]:
    """Return a JSON-able record: entropy, versions, settings, and the rules by which defaults were chosen."""
    from importlib.metadata import version

    record: dict[str, Any] = {
        "entropy": str(entropy),
        "settings": dict(settings),
        "versions": {
            "levysde": __version__,
            "numpy": np.__version__,
            "numba": version("numba"),
            "python": platform.python_version(),
            "machine": platform.machine(),
        },
        "rules": dict(rules),
    }
    if cut_short is not None:
        record["partial"] = cut_short
    return record


def start_record(x0: np.ndarray) -> Any:
    """Return the start as JSON: the point itself, or a digest of many points."""
    if len(x0) == 1:
        return x0[0].tolist()
    return f"{len(x0)} points, sha256 {hashlib.sha256(np.ascontiguousarray(x0).tobytes()).hexdigest()[:16]}"
