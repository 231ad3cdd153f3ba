"""The problems on which orders are measured: smooth, globally Lipschitz forces, all orders as declared."""

import math
from types import SimpleNamespace

import pytest

import levysde as ls
from levysde.schemes import SCHEMES, Scheme

Z = 5.0


def wavy(x, params):
    return 0.5 * x * x + params[0] * math.cos(x)


def wavy_gradient(x, params):
    return x - params[0] * math.sin(x)


NOISES = {
    "Brownian": ls.Brownian(),
    "1.2": ls.AlphaStable(1.2),
    "1.5": ls.AlphaStable(1.5),
    "1.8": ls.AlphaStable(1.8),
}


def couples(scheme):
    """Whether long increments of a scheme are sums of short ones, so that its paths can be coupled."""
    return type(scheme).increments is Scheme.increments and getattr(scheme, "loop", "steps") == "steps"


def cases(order):
    """Return (scheme, noise's name) wherever the scheme can do the noise and declares an order for it."""
    return [
        pytest.param(scheme, name, id=f"{type(scheme).__name__}-{name}")
        for scheme in SCHEMES
        for name, noise in NOISES.items()
        if couples(scheme)
        and not scheme.misfit(ls.SDE(ls.Quadratic(), noise))
        and ("Brownian" if name == "Brownian" else "stable") in getattr(scheme, order)
    ]


@pytest.fixture
def orders():
    """Return what the tests of orders share; a fixture, because test modules are not importable from each other."""

    def sde(name, epsilon=0.5, landscape=None):
        return ls.SDE(landscape or ls.Quadratic(), NOISES[name], epsilon)

    def agrees(order, wanted):
        """Whether a fitted order is the wanted one within 5 standard errors and its own bias.

        These must be small enough to tell it from the next one: orders are multiples of a half.
        """
        tolerance = Z * order.standard_error + order.bias
        assert tolerance < 0.5, order
        return abs(order.value - wanted) < tolerance

    return SimpleNamespace(Z=Z, WAVY=ls.from_functions(wavy, wavy_gradient, params=[0.7]), agrees=agrees, sde=sde)
