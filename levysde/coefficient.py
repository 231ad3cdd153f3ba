"""The amplitude of a noise that depends on the state."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np

from levysde._types import ArrayLike
from levysde._validate import finite_array

PlainFunction = Any

HOW_TO_LINE = """
    def g(x, params):       # x a float; params may be left out
        return params[0] * x"""
HOW_TO_SPACE = """
    def g(x, params, out):  # x an array; writes g_k to out[k], returns nothing; params may be left out
        out[0] = params[0] * x[0]
        out[1] = params[0] * x[1]"""


@dataclass(frozen=True)
class Coefficient:
    r"""The amplitude g of a noise that depends on the state: dX = -grad U dt + epsilon g(X) dN.

    In one dimension g is a number; otherwise it is diagonal, :math:`dX_k = \dots + \epsilon\,g_k(X)\,dN_k`. Write it as
    you write a gradient for `from_functions`: for one point, with `math` and ``+ - * /``.

    Parameters
    ----------
    function : ``g(x, params) -> float`` in one dimension, else ``g(x, params, out)``; `params` may be left out
    derivative : the same form: dg/dx, or dg_k/dx_k to ``out[k]``. `Milstein` needs it; None takes central differences
        with the step 6e-6 max(1, abs(x)), right to about ten digits for a g that varies on the scale 1
    params : numbers handed to both functions; other numbers cost no compilation
    calculus : "Ito" (the default) or "Stratonovich": how the product g(X) dN is meant, for Brownian noise. It belongs
        to the equation: schemes that solve the other one refuse it

    Raises
    ------
    TypeError, ValueError
        No plain function, or an unknown calculus.

    Examples
    --------
    >>> import levysde as ls
    >>> def g(x, params):
    ...     return params[0] * x
    >>> ls.SDE(ls.Quadratic(), ls.Brownian(), coefficient=ls.Coefficient(g, params=[0.5])).coefficient
    Coefficient(g, params=[0.5])
    """

    function: PlainFunction
    derivative: PlainFunction | None = None
    params: ArrayLike = ()
    calculus: Literal["Ito", "Stratonovich"] = "Ito"

    def __post_init__(self) -> None:
        object.__setattr__(self, "function", _plain(self.function, "coefficient"))
        if self.derivative is not None:
            object.__setattr__(self, "derivative", _plain(self.derivative, "derivative"))
        params = finite_array(self.params, "params").reshape(-1)
        object.__setattr__(self, "params", tuple(params.tolist()))
        if self.calculus not in ("Ito", "Stratonovich"):
            raise ValueError(f"calculus={self.calculus!r} is unknown; give 'Ito' or 'Stratonovich'")

    def __repr__(self) -> str:
        words = [self.function.__name__]
        words += [] if self.derivative is None else [f"derivative={self.derivative.__name__}"]
        words += [f"params={list(self.params)}"] if self.params else []  # type: ignore[arg-type]
        words += [] if self.calculus == "Ito" else [f"calculus={self.calculus!r}"]
        return f"Coefficient({', '.join(words)})"

    def check_form(self, dim: int) -> None:
        """Raise a TypeError unless the functions take the arguments that `dim` coordinates need."""
        self.full_function(dim)
        self.full_derivative(dim)

    def full_function(self, dim: int) -> PlainFunction:
        """Return g with all its arguments, (x, params) or (x, params, out)."""
        return _full(self.function, dim, "coefficient")

    def full_derivative(self, dim: int) -> PlainFunction:
        """Return the derivative, by differences where none was given: (x, params), or (x, params, out, work)."""
        if self.derivative is not None:
            full = _full(self.derivative, dim, "derivative")
            return full if dim == 1 else _with_work(full)
        full = self.full_function(dim)
        return _differences_line(full) if dim == 1 else _differences_space(full)

    def at(self, x: np.ndarray) -> np.ndarray:
        """Return g at one point (dim,), as an array (dim,)."""
        params = np.array(self.params, float)
        if len(x) == 1:
            return np.array([self.full_function(1)(float(x[0]), params)], float)
        out = np.full(len(x), np.nan)
        self.full_function(len(x))(x, params, out)
        return out


def _plain(function: Any, name: str) -> PlainFunction:
    """Return the Python function behind `function`, which may carry a decorator of Numba."""
    found = getattr(function, "py_func", function)
    if not inspect.isfunction(found):
        raise TypeError(f"{name}={function!r} is not a plain Python function; write it with def:{HOW_TO_LINE}")
    return found


def _full(function: PlainFunction, dim: int, name: str) -> PlainFunction:
    given, full = len(inspect.signature(function).parameters), 2 if dim == 1 else 3
    if given not in (full - 1, full):
        raise TypeError(
            f"{name} {function.__name__} takes {given} argument{'s'[: given != 1]}; in {dim} "
            f"dimension{'s'[: dim > 1]} write it as{HOW_TO_LINE if dim == 1 else HOW_TO_SPACE}"
        )
    if given == full:
        return function
    return _with_params(function) if dim == 1 else _with_params_and_out(function)


@cache  # one wrapper per function: nothing is compiled twice
def _with_params(function: PlainFunction) -> PlainFunction:
    def wrapped(x: Any, params: Any) -> Any:
        return function(x)

    return wrapped


@cache
def _with_params_and_out(function: PlainFunction) -> PlainFunction:
    def wrapped(x: Any, params: Any, out: Any) -> None:
        function(x, out)

    return wrapped


@cache
def _differences_line(function: PlainFunction) -> PlainFunction:
    def derivative(x: Any, params: Any) -> Any:
        step = 6e-6 * max(1.0, abs(x))
        return (function(x + step, params) - function(x - step, params)) / (2.0 * step)

    return derivative


@cache
def _with_work(function: PlainFunction) -> PlainFunction:
    def wrapped(x: Any, params: Any, out: Any, work: Any) -> None:
        function(x, params, out)

    return wrapped


@cache
def _differences_space(function: PlainFunction) -> PlainFunction:
    def derivative(x: Any, params: Any, out: Any, work: Any) -> None:
        for k in range(x.shape[0]):
            place = x[k]
            step = 6e-6 * max(1.0, abs(place))
            x[k] = place - step
            function(x, params, work)
            below = work[k]
            x[k] = place + step
            function(x, params, work)
            x[k] = place
            out[k] = (work[k] - below) / (2.0 * step)

    return derivative
