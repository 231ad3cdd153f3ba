"""A landscape from a user's own plain functions."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Self

import numpy as np

from levysde._types import ArrayLike, NDArray
from levysde._validate import count, finite_array, finite_number, frozen, points
from levysde.landscapes.base import Landscape, Params, PlainFunction
from levysde.landscapes.critical import critical_points, derivative, extrema

__all__ = ["FunctionLandscape", "from_functions"]

FloatArray = NDArray[np.float64]

HOW_TO_LINE = """
    def potential(x, params):      # x a float
        return params[0] * x**4 / 4
    def gradient(x, params):       # dU/dx
        return params[0] * x * x * x
    from_functions(potential, gradient, dim=1, params=[1.0])"""
HOW_TO_SPACE = """
    def potential(x, params):      # x an array of dim numbers
        return 0.5 * (x[0] * x[0] + params[0] * x[1] * x[1])
    def gradient(x, params, out):  # writes dU/dx_k to out[k], returns nothing
        out[0] = x[0]
        out[1] = params[0] * x[1]
    from_functions(potential, gradient, dim=2, params=[3.0])"""


def from_functions(
    potential: PlainFunction,
    gradient: PlainFunction | None = None,
    *,
    dim: int = 1,
    params: ArrayLike | None = None,
    region: tuple[ArrayLike, ArrayLike] | None = None,
    check_at: ArrayLike | None = None,
    lipschitz: float = math.inf,
) -> FunctionLandscape:
    """Make a landscape of plain Python functions, in any dimension.

    Write them for one point, with the `math` module and ``+ - * /``: they are compiled. In one dimension both take a
    float and return a float; otherwise the point is an array (dim,), the potential returns a float and the gradient
    writes to its last argument. Numbers that you vary go through `params`: another value then costs no recompilation.

    Parameters
    ----------
    potential : ``f(x, params) -> float``
    gradient : ``f(x, params) -> float`` for dim 1, else ``f(x, params, out) -> None``
        Checked against differences of the potential. Both functions may leave out the argument `params`.
    dim : int
    params : array_like, shape (n,), optional
        Numbers handed to both functions; an empty array where left out.
    region : (low, high), optional
        Numbers, or points (dim,): where minima and saddles are looked for. Without it, in one dimension, on grids of
        1000 points in [-s, s] for s = 4^k, k = -5 ... 10; otherwise in the cube [-2, 2]^dim, doubled until a doubling
        adds nothing, at most six times. Extrema closer together than such a grid resolves are missed: then give the
        region.
    check_at : array_like, shape (n, dim), optional
        Points where the gradient is checked; by default twelve in the region, or in [-2, 2]^dim. Points at which a
        function is not finite or raises an arithmetic error are skipped.
    lipschitz : float
        A global Lipschitz constant of the gradient, if you know one.

    Returns
    -------
    FunctionLandscape

    Raises
    ------
    TypeError, ValueError
        No gradient or one that differs from the potential's differences, wrong arguments, or nowhere finite.
    """
    one = dim == 1
    if gradient is None:
        raise TypeError(f"gradient is missing; write it beside the potential, for example{_how_to(one)}")
    size = count(dim, "dim")
    numbers = () if params is None else tuple(finite_array(params, "params").reshape(-1).tolist())
    corners = None if region is None else _corners(region, size)
    bound = lipschitz if lipschitz == math.inf else finite_number(lipschitz, "lipschitz", low=0.0)
    landscape = FunctionLandscape(_plain(potential), _plain(gradient), size, numbers, corners, bound)
    landscape._check(None if check_at is None else points(check_at, size, "check_at"))
    return landscape


@dataclass(frozen=True, eq=False)
class FunctionLandscape(Landscape):
    """What `from_functions` makes; use that."""

    user_potential: PlainFunction
    user_gradient: PlainFunction
    dim: int = 1
    params: tuple[float, ...] = ()
    region: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    lipschitz: float = math.inf

    @classmethod
    def examples(cls) -> tuple[Self, ...]:
        """Return wells on the line near and far from unit size, without parameters, and a tilted well in the plane."""
        sizes = [(1.0, 1.0), (20.0, 10.0), (1.0, 1e6), (0.05, 1e-6)]
        line = [cls(*LINE, 1, size) for size in sizes]
        return *line, cls(*BARE), cls(*PLANE, 2, (1.0, 0.2)), cls(*PLANE, 2, (20.0, 1.0))

    @cached_property
    def parameters(self) -> FloatArray:
        """The numbers given as `params`."""
        return frozen(self.params)

    @property
    def _call_parameters(self) -> Any:
        return self.parameters  # users may write params.sum(); a list has no such thing

    @cached_property
    def potential_function(self) -> PlainFunction:
        """The user's potential, given the argument `params` if it has none."""
        names = _argument_count(self.user_potential)
        if names not in (1, 2):
            raise TypeError(f"potential takes {names} arguments; it must take (x, params):{_how_to(self.dim == 1)}")
        return self.user_potential if names == 2 else _with_params(self.user_potential)

    @cached_property
    def gradient_function(self) -> PlainFunction:
        """The user's gradient, given the argument `params` if it has none."""
        names, full = _argument_count(self.user_gradient), 2 if self.dim == 1 else 3
        if names not in (full - 1, full):
            wanted = "(x, params)" if self.dim == 1 else "(x, params, out)"
            raise TypeError(f"gradient takes {names} arguments; it must take {wanted}:{_how_to(self.dim == 1)}")
        if names == full:
            return self.user_gradient
        return _with_params(self.user_gradient) if self.dim == 1 else _with_params_and_out(self.user_gradient)

    @property
    def _length(self) -> float:
        return 1.0 if self.region is None else float(np.max(np.subtract(self.region[1], self.region[0]))) / 10

    def _potential_at(self, x: Any) -> float:
        return float(_or(math.nan, lambda: self.potential_function(x, self.parameters)))

    def _gradient_at(self, x: Any) -> Any:
        if self.dim == 1:
            return _or(math.nan, lambda: self.gradient_function(x, self.parameters))
        out = np.full(self.dim, math.nan)
        _or(math.nan, lambda: self.gradient_function(x, self.parameters, out))
        return out

    def _find_critical(self) -> tuple[ArrayLike, ArrayLike]:
        if self.dim == 1:
            half = 4.0 ** np.arange(-5, 11)
            grid = np.unique(np.concatenate([s * np.linspace(-1.0, 1.0, 1000) for s in half]))
            if self.region is not None:
                grid = np.linspace(self.region[0][0], self.region[1][0], 10001)
            return extrema(self._gradient_at, grid)
        if self.region is not None:
            return self._search(np.array(self.region[0]), np.array(self.region[1]))
        minima, saddles = self._search(np.full(self.dim, -2.0), np.full(self.dim, 2.0))
        for half_side in (4.0, 8.0, 16.0, 32.0, 64.0, 128.0):
            more, higher = self._search(np.full(self.dim, -half_side), np.full(self.dim, half_side))
            done = 0 < len(more) <= len(minima) and len(higher) <= len(saddles)
            if done:
                break
            minima, saddles = more, higher
        return minima, saddles

    def _search(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        return critical_points(self._gradient_at, self._hessian_at, self._potential_at, low, high)

    def _check(self, places: FloatArray | None) -> None:
        """Compare the gradient with differences of the potential."""
        if places is None:
            low, high = self.region or ((-2.0,) * self.dim, (2.0,) * self.dim)
            spread = np.random.default_rng(20).random((12, self.dim))  # fixed: the same functions always pass or fail
            places = low + (np.asarray(high) - low) * spread
        rows: list[Any] = places[:, 0].tolist() if self.dim == 1 else [*places]
        self._check_forms(rows[0])
        given = np.array([self._gradient_at(x) for x in rows]).reshape(len(rows), -1)
        exact = np.array([derivative(self._potential_at, x, self._length) for x in rows]).reshape(len(rows), -1)
        energy = np.abs([self._potential_at(x) for x in rows])
        usable = np.isfinite(given).all(axis=1) & np.isfinite(exact).all(axis=1) & np.isfinite(energy)
        if not usable.any():
            raise ValueError("potential or gradient is finite at none of the points checked; give others as check_at=")
        size = float(np.median(np.abs(exact[usable])))
        allowed = 1e-4 * np.maximum(np.abs(exact), size) + 1e-10 * energy[:, None] / self._length
        worst = np.argwhere(usable[:, None] & (np.abs(given - exact) > allowed))
        if worst.size:
            row, axis = worst[0]
            component = "" if self.dim == 1 else f", component {axis}"
            raise ValueError(
                f"gradient at x={np.round(places[row], 6).tolist()}{component} is {given[row, axis]:.6g} but the "
                f"potential's differences give {exact[row, axis]:.6g}; correct one of them (it is +dU/dx, no force), "
                "or, where the potential has a kink there, check elsewhere with check_at="
            )

    def _check_forms(self, x: Any) -> None:
        value = _or(math.nan, lambda: self.potential_function(x, self.parameters))
        if np.ndim(value) != 0:
            raise TypeError(f"potential returned {type(value).__name__}; it must return one number")
        if self.dim == 1:
            slope = _or(math.nan, lambda: self.gradient_function(x, self.parameters))
            if slope is None or np.ndim(slope) != 0:
                raise TypeError(f"gradient returned {slope!r}; in one dimension it must return one number")
            return
        out = np.full(self.dim, math.nan)
        if _or(None, lambda: self.gradient_function(x, self.parameters, out)) is not None:
            raise TypeError(f"gradient returned a value; it must write to its last argument:{HOW_TO_SPACE}")

    def __repr__(self) -> str:
        names = self.user_potential.__name__, self.user_gradient.__name__
        return f"from_functions({names[0]}, {names[1]}, dim={self.dim}, params={list(self.params)})"


def _or(failed: Any, call: Callable[[], Any]) -> Any:
    """Return the result, or `failed` after an arithmetic error: far out even sound functions overflow."""
    try:
        with np.errstate(all="ignore"):
            return call()
    except (ArithmeticError, ValueError):
        return failed


@cache  # one wrapper per function: values compare equal, and nothing is compiled twice
def _with_params(function: PlainFunction) -> PlainFunction:
    def wrapped(x: Any, params: Any) -> Any:
        return function(x)

    return wrapped


@cache
def _with_params_and_out(function: PlainFunction) -> PlainFunction:
    def wrapped(x: Any, params: Any, out: Any) -> None:
        function(x, out)

    return wrapped


def _plain(function: Any) -> PlainFunction:
    """Return the Python function behind `function`, which may carry a decorator of Numba."""
    found = getattr(function, "py_func", function)
    if not inspect.isfunction(found):
        raise TypeError(f"{function!r} is not a plain Python function; write it with def")
    return found


def _argument_count(function: PlainFunction) -> int:
    return len(inspect.signature(function).parameters)


def _corners(region: tuple[ArrayLike, ArrayLike], dim: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if len(region) != 2:
        raise ValueError(f"region has {len(region)} entries; give (low, high)")
    low, high = (np.broadcast_to(finite_array(end, "region"), dim) for end in region)
    if not np.all(low < high):
        raise ValueError(f"region={region!r} is empty; give (low, high) with low below high")
    return tuple(low.tolist()), tuple(high.tolist())


def _how_to(one: bool) -> str:
    return HOW_TO_LINE if one else HOW_TO_SPACE


def _line_potential(x: float, params: Params) -> float:
    y = x / params[0]
    return params[1] * (y * y * y * y / 4 - y * y / 2 + math.cos(y) / 5)


def _line_gradient(x: float, params: Params) -> float:
    y = x / params[0]
    return params[1] * (y * y * y - y - math.sin(y) / 5) / params[0]


def _bare_potential(x: float) -> float:
    return math.log(math.cosh(x - 1.0))


def _bare_gradient(x: float) -> float:
    return math.tanh(x - 1.0)


def _plane_potential(x: FloatArray, params: Params) -> float:
    a, b = x[0] / params[0], x[1] / params[0]
    return float(a * a * a * a / 4 - a * a / 2 + b * b + params[1] * a * b)


def _plane_gradient(x: FloatArray, params: Params, out: FloatArray) -> None:
    a, b = x[0] / params[0], x[1] / params[0]
    out[0] = (a * a * a - a + params[1] * b) / params[0]
    out[1] = (2 * b + params[1] * a) / params[0]


LINE = (_line_potential, _line_gradient)
BARE = (_bare_potential, _bare_gradient)
PLANE = (_plane_potential, _plane_gradient)
