"""The same exit problem as others would do it: an explicit Euler loop in NumPy, and what else is installed.

Peers are watched at the same steps and measured against the same mean exit time; none moves the boundary inward.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from levysde.bench.peers.diffrax_paths import run_diffrax
from levysde.bench.peers.line import PeerLine
from levysde.bench.peers.numpy_loop import run_numpy
from levysde.bench.peers.sdeint_paths import run_sdeint
from levysde.bench.peers.torchsde_paths import run_torchsde
from levysde.domains import Domain
from levysde.estimate import Estimate
from levysde.sde import SDE

__all__ = ["PeerLine", "run_peers"]


def run_peers(sde: SDE, x0: Any, domain: Domain, *, dt: float, mean: Estimate, seed: int) -> list[PeerLine]:
    """Run what is there on an exit problem; a peer that is not installed or cannot do it gets a line that says so."""
    start = np.asarray(x0, float).reshape(-1)
    peers = (run_numpy, run_sdeint, run_torchsde, run_diffrax)
    return [run(sde, start, domain, dt, mean.value, seed) for run in peers]
