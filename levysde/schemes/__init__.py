"""Schemes: one time step each."""

from levysde.schemes.base import Scheme
from levysde.schemes.euler import EulerMaruyama
from levysde.schemes.exact_ou import ExactOU
from levysde.schemes.heun import Heun
from levysde.schemes.implicit import DriftImplicitEuler
from levysde.schemes.jump_adapted import JumpAdapted
from levysde.schemes.milstein import Milstein
from levysde.schemes.splitting import Splitting
from levysde.schemes.strang import StrangSplitting
from levysde.schemes.tamed import TamedEuler

SCHEMES: tuple[Scheme, ...] = (  # in the order in which they are recommended where several fit
    Splitting(),
    ExactOU(),
    StrangSplitting(),
    DriftImplicitEuler(),
    JumpAdapted(),
    EulerMaruyama(),
    Milstein(),
    Heun(),
    TamedEuler(),
)

__all__ = [
    "SCHEMES",
    "DriftImplicitEuler",
    "EulerMaruyama",
    "ExactOU",
    "Heun",
    "JumpAdapted",
    "Milstein",
    "Scheme",
    "Splitting",
    "StrangSplitting",
    "TamedEuler",
]
