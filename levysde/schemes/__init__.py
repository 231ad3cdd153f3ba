"""Schemes: one time step each."""

from levysde.schemes.base import Scheme
from levysde.schemes.euler import EulerMaruyama
from levysde.schemes.splitting import Splitting

__all__ = ["EulerMaruyama", "Scheme", "Splitting"]
