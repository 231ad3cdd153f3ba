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

import builtins
import functools
import hashlib
import types as python_types
from collections.abc import Callable, Iterator
from typing import Any

import numba
import numpy as np
from numba.core import cgutils
from numba.extending import intrinsic, overload, register_jitable

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
Counters = numba.types.Array(i8, 2, "C")
Flags = numba.types.Array(u1, 1, "C")
pointer = numba.types.FunctionType

DRIFT = void(Matrix, Vector, Matrix)  # (x, params, out): gradient of the potential, or the drift flow over dt
SAMPLER = void(Streams, Vector, f8, Matrix)  # (streams, table, scale, out): out += scale * variate
INSIDE = i8(Matrix, Vector, Flags)  # (x, params, ok): number of lanes outside
STEP = void(pointer(DRIFT), Vector, Vector, Matrix, Matrix, Matrix, Matrix)
# (drift, params, settings, x, increment, scratch, out)

inline = register_jitable

PlainFunction = Callable[..., Any]


def borrowed(array: Any) -> Any:
    """Return the same array as a value that does not count references (in Python: the array itself).

    A kernel that passes an array on through a function pointer counts its references up and down, atomically, 5 ns
    each time: with five blocks and a dozen arrays that is most of a step of few lanes. The arguments of a kernel are
    kept alive by its caller, so that the loops borrow them once, at their beginning.
    """
    return array


@intrinsic
def _without_owner(typingctx, array):  # type: ignore[no-untyped-def]
    def lower(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        bare = context.make_array(signature.return_type)(context, builder, arguments[0])
        bare.meminfo = cgutils.get_null_value(bare.meminfo.type)
        bare.parent = cgutils.get_null_value(bare.parent.type)
        return bare._getvalue()

    return array(array), lower


@overload(borrowed)
def _borrowed(array):  # type: ignore[no-untyped-def]
    return lambda array: _without_owner(array)  # type: ignore[call-arg]


def _compile(function: PlainFunction, signature: Any) -> Any:
    return numba.njit(signature, cache=True, nogil=True, error_model="numpy")(function)


def _named(function: PlainFunction, name: str, stamp: str) -> PlainFunction:
    """Copy a function under a name that carries its fingerprint, for two reasons.

    Numba's cache looks at the file of a kernel, not at those of the helpers it inlines: after an upgrade that changes a
    helper the old machine code would run. And Numba numbers the symbols of a process from 1: functions of one name that
    were compiled in two processes can carry one symbol, and a third process that loads both runs one for the other.
    """
    copy = python_types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__qualname__ = copy.__name__ = f"{name}_{stamp[:16]}"
    copy.__module__ = function.__module__
    return copy


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
        return _compile(_named(self.function, self.function.__name__, fingerprint(self.function)), self.signature)

    def __call__(self, *args: Any) -> Any:
        return self.compiled(*args)


def ready(*kernels: Any) -> None:
    """Compile kernels, or load them, before threads start: an error is told at once, and so is Ctrl-C."""
    for one in kernels:
        one.compiled  # noqa: B018 - compiled when first asked for


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
    block = _named(factory(_current(function), stamp), factory.__name__, stamp)
    try:
        return _compile(block, signature)
    except Exception as error:  # Numba's own errors, and whatever its lowering stumbles over
        cause = _first_cause(str(error))
        raise TypeError(
            f"the {role} cannot be compiled: {cause}. Write it as a plain function of numbers: use `math`, "
            "take every parameter from `params`, return a float in one dimension and write to `out` in several"
        ) from error


def _first_cause(message: str) -> str:
    """Return the innermost complaint of Numba's nested message."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    nested = [number for number, line in enumerate(lines) if "Failed in nopython" in line]
    lines = lines[nested[-1] + 1 :] if nested else lines
    cause = " ".join(lines[:2]) if lines and lines[0].endswith(":") else next(iter(lines), "unknown cause")
    return cause.replace(">>> ", "").partition(". Raised from")[0].rstrip(".")


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


def _current(function: PlainFunction) -> PlainFunction:
    """Copy a function, and all it calls, under names that carry fingerprints; returns it known to Numba.

    Numba compiles a function object once and for all, although what it computes changes when a global that it names
    is assigned again (a cell of a notebook run a second time); and it tells symbols apart by names and by a count that
    starts anew in each process, so that two versions of `gradient` from the disk cache would be taken for one.
    """
    copies: dict[int, PlainFunction] = {}
    found = _copied(function, copies)
    for copy in copies.values():
        register_jitable(copy)
    return found


def _copied(function: PlainFunction, copies: dict[int, PlainFunction]) -> PlainFunction:
    if id(function) in copies:
        return copies[id(function)]
    words, known = _words(function), function.__globals__
    modules: dict[int, Any] = {}

    def fresh(value: Any) -> Any:
        if isinstance(value, tuple) and type(value) is tuple:
            return tuple(fresh(item) for item in value)
        if isinstance(value, python_types.ModuleType):
            return stand_in(value)
        return _copied(plain(value), copies) if _is_plain(plain(value)) else value

    def stand_in(module: Any) -> Any:
        """Return the module itself unless some function reached through it is copied."""
        if id(module) not in modules:
            modules[id(module)] = module
            members = {word: getattr(module, word) for word in words if hasattr(module, word)}
            copied = {word: fresh(value) for word, value in members.items()}
            if any(copied[word] is not members[word] for word in members):
                modules[id(module)] = python_types.ModuleType(module.__name__)
                vars(modules[id(module)]).update(copied)
        return modules[id(module)]

    cells = tuple(python_types.CellType() for _ in function.__closure__ or ())
    scope = {"__builtins__": builtins, "__name__": function.__module__}
    copy = python_types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells)
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__name__ = copy.__qualname__ = f"{function.__name__}_{fingerprint(function)[:16]}"
    copies[id(function)] = copy
    for cell, old in zip(cells, function.__closure__ or (), strict=True):
        cell.cell_contents = fresh(old.cell_contents)
    scope |= {name: fresh(known[name]) for name in words if name in known}
    return copy


def _is_plain(value: Any) -> bool:
    """Whether a value is a Python function that Numba has to be told about; it knows those of NumPy."""
    return isinstance(value, python_types.FunctionType) and (value.__module__ or "").partition(".")[0] != "numpy"


def _codes(code: python_types.CodeType) -> Iterator[python_types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, python_types.CodeType):
            yield from _codes(constant)


def _words(function: PlainFunction) -> list[str]:
    """Return the names of globals and attributes in a function's code."""
    return sorted({name for code in _codes(function.__code__) for name in code.co_names})


def _names(function: PlainFunction) -> list[tuple[str, Any]]:
    """Return what the function refers to: (name, value) of globals, attributes of modules and closure cells."""
    words = _words(function)
    stack = [(name, function.__globals__[name]) for name in words if name in function.__globals__]
    stack += [
        (name, cell.cell_contents)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    ]
    pairs: list[tuple[str, Any]] = []
    modules: set[int] = set()
    while stack:
        name, value = stack.pop()
        if not isinstance(value, python_types.ModuleType):
            pairs.append((name, plain(value)))
        elif id(value) not in modules:
            modules.add(id(value))
            stack += [(f"{name}.{word}", getattr(value, word)) for word in words if hasattr(value, word)]
    return sorted(pairs, key=lambda pair: pair[0])


def _ingredients(value: Any, seen: set[int]) -> Iterator[bytes]:
    if isinstance(value, tuple):
        for item in value:
            yield from _ingredients(plain(item), seen)
    elif isinstance(value, np.ndarray):
        yield repr((value.dtype.str, value.shape)).encode() + value.tobytes()
    elif isinstance(value, (int, float, complex, str, bytes, type(None), np.generic)):
        yield repr(value).encode()
    elif not _is_plain(value):  # builtins, types, modules: their name is what they do
        yield f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', type(value))}".encode()
    elif id(value) not in seen:
        seen.add(id(value))
        for code in _codes(value.__code__):
            yield code.co_code
            constants = [c for c in code.co_consts if not isinstance(c, python_types.CodeType)]
            yield repr((code.co_names, code.co_varnames, constants)).encode()
        yield repr((value.__defaults__, value.__kwdefaults__)).encode()
        for name, other in _names(value):
            yield name.encode()
            yield from _ingredients(other, seen)
