"""The only module that imports Numba: decorators, signatures and the compilation of plugged-in functions.

Three kinds of compiled code exist:

* `inline` marks a small helper that kernels of this package call by name;
* `Kernel` (decorator `kernel`) is a loop with an explicit signature, compiled or loaded from the disk cache on its
  first call, so that `import levysde` compiles nothing;
* `plugged` turns a factory and a *plain* Python function (a landscape's gradient, a domain's test) into a compiled
  block. The block closes over the plain function and over a fingerprint of everything that function can reach, so
  that the disk cache is hit in a new process and missed as soon as the function, or a helper it calls, is edited.

No `fastmath` anywhere: it deletes the tests for NaN and infinity on which path statuses rest.
"""

from __future__ import annotations

import functools
import hashlib
import types as python_types
from collections.abc import Callable, Iterator
from typing import Any

import numba
import numpy as np
from numba.extending import register_jitable

f8 = numba.types.float64
i8 = numba.types.int64
u8 = numba.types.uint64
u1 = numba.types.uint8
void = numba.types.void

Vector = numba.types.Array(f8, 1, "C")
Matrix = numba.types.Array(f8, 2, "C")
Cube = numba.types.Array(f8, 3, "C")
Words = numba.types.Array(u8, 1, "C")
Streams = numba.types.Array(u8, 2, "C")
Integers = numba.types.Array(i8, 1, "C")
Flags = numba.types.Array(u1, 1, "C")
pointer = numba.types.FunctionType

DRIFT = void(Matrix, Vector, Matrix)  # (x, params, out): gradient of the potential, or the drift flow over dt
SAMPLER = void(Streams, Vector, f8, Matrix)  # (streams, table, scale, out): out += scale * variate
INSIDE = i8(Matrix, Vector, Flags)  # (x, params, ok): number of lanes outside
STEP = void(pointer(DRIFT), Vector, Vector, Matrix, Matrix, Matrix, Matrix)
# (drift, params, settings, x, increment, scratch, out)

inline = register_jitable
_register = functools.cache(register_jitable)  # registering a function twice would grow Numba's overload list

PlainFunction = Callable[..., Any]


def _compile(function: PlainFunction, signature: Any) -> Any:
    return numba.njit(signature, cache=True, nogil=True, error_model="numpy")(function)


class Kernel:
    """A jitted loop that is compiled, or loaded from the cache, when it is first asked for.

    Parameters
    ----------
    function : plain Python function
    signature : Numba signature; explicit, because a lazily typed dispatcher that is called with function pointers
        adds a specialisation per call and poisons its cache index.
    """

    def __init__(self, function: PlainFunction, signature: Any) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.signature = signature

    @functools.cached_property
    def compiled(self) -> Any:
        """The Numba dispatcher (the plain function itself when NUMBA_DISABLE_JIT is set)."""
        return _compile(self.function, self.signature)

    def __call__(self, *args: Any) -> Any:
        return self.compiled(*args)


def kernel(signature: Any) -> Callable[[PlainFunction], Kernel]:
    """Decorate a loop with its explicit signature; see `Kernel`."""
    return lambda function: Kernel(function, signature)


def plain(function: PlainFunction) -> PlainFunction:
    """Return the Python function behind `function`, which may already carry an `@njit`."""
    return getattr(function, "py_func", function)


def plugged(
    factory: Callable[[PlainFunction, str], PlainFunction], function: PlainFunction, signature: Any, *, role: str
) -> Any:
    """Compile `factory(function, fingerprint)`, a block that calls the plain function once per lane.

    Parameters
    ----------
    factory : module-level function of this package that returns a closure over its two arguments
    function : the plain function; helpers it calls need no decoration
    signature : signature of the block
    role : what the function is, for the error message ("gradient of DoubleWell")

    Raises
    ------
    TypeError
        If Numba cannot compile the function; the message says what to change.
    """
    return _plugged(factory, plain(function), fingerprint(function), signature, role)


@functools.lru_cache(maxsize=256)
def _plugged(factory: Any, function: PlainFunction, stamp: str, signature: Any, role: str) -> Any:
    try:
        for helper in _reachable(function):
            _register(helper)
        return _compile(factory(function, stamp), signature)
    except numba.core.errors.NumbaError as error:
        cause = _first_cause(str(error))
        raise TypeError(
            f"the {role} cannot be compiled: {cause}. Write it as a plain function of numbers: use `math`, "
            "take every parameter from `params`, return a float in one dimension and write to `out` in several"
        ) from error


def _first_cause(message: str) -> str:
    """Return the line of Numba's long message that tells a reader something."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    telling = [line for line in lines if "Failed in nopython" not in line and not line.startswith(("During", "File"))]
    return (telling or lines or ["unknown cause"])[0].rstrip(".")


def fingerprint(function: PlainFunction) -> str:
    """Hash everything that decides what `function` computes.

    That is: bytecode, constants (nested code too), defaults, closure cells, every global it names, and the plain
    functions reached through them or through modules, recursively. A hash of the function alone would be stale after
    an edit of a helper.
    """
    digest = hashlib.sha256()
    for item in _ingredients(plain(function), set()):
        digest.update(item)
        digest.update(b"\0")
    return digest.hexdigest()


def _reachable(function: PlainFunction) -> list[PlainFunction]:
    """Return the function and every plain Python function that it can call, to be registered with Numba."""
    seen: set[int] = set()
    found: list[PlainFunction] = []
    stack = [plain(function)]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        found.append(current)
        stack += [value for _, value in _names(current) if isinstance(value, python_types.FunctionType)]
    return found


def _codes(code: python_types.CodeType) -> Iterator[python_types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, python_types.CodeType):
            yield from _codes(constant)


def _names(function: PlainFunction) -> list[tuple[str, Any]]:
    """Return what the function refers to: (name, value) of globals, attributes of modules and closure cells."""
    pairs: list[tuple[str, Any]] = []
    scope = getattr(function, "__globals__", {})
    for code in _codes(function.__code__):
        for name in code.co_names:
            if name not in scope:
                continue
            value = scope[name]
            if isinstance(value, python_types.ModuleType):
                pairs += [
                    (f"{name}.{other}", getattr(value, other)) for other in code.co_names if hasattr(value, other)
                ]
            else:
                pairs.append((name, plain(value)))
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        pairs.append((name, plain(cell.cell_contents)))
    return sorted(pairs, key=lambda pair: pair[0])


def _ingredients(function: PlainFunction, seen: set[int]) -> Iterator[bytes]:
    if id(function) in seen:
        return
    seen.add(id(function))
    for code in _codes(function.__code__):
        yield code.co_code
        constants = [c for c in code.co_consts if not isinstance(c, python_types.CodeType)]
        yield repr((code.co_names, code.co_varnames, constants)).encode()
    yield repr((function.__defaults__, function.__kwdefaults__)).encode()
    for name, value in _names(function):
        yield name.encode()
        if isinstance(value, python_types.FunctionType):
            yield from _ingredients(value, seen)
        elif isinstance(value, np.ndarray):
            yield repr((value.dtype.str, value.shape)).encode() + value.tobytes()
        elif isinstance(value, (int, float, complex, bool, str, bytes, tuple, type(None), np.generic)):
            yield repr(value).encode()
        else:  # builtins, types, modules: their name is what they do
            yield f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', type(value))}".encode()
