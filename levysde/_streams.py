"""Random streams that belong to paths.

Path p under the root entropy R owns one xoshiro256++ stream [1]_, whose 256-bit state is mixed from (R, p) with the
finaliser of SplitMix64 [2]_. The first state word is a bijection of p for a given root, so no two paths of one
ensemble can share a stream, and ensembles with neighbouring seeds share none either (`seed + i` would share almost
all). In kernels a block of streams is a `(ROWS, lanes)` array of unsigned 64-bit words: four of state, four of scratch.

References
----------
.. [1] Blackman and Vigna, ACM TOMS 47 (2021), doi:10.1145/3460772.
.. [2] Steele, Lea and Flood, OOPSLA 2014, doi:10.1145/2660193.2660195.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from levysde._jit import inline

RNG: TypeAlias = int | np.random.SeedSequence | np.random.Generator | None

ROWS = 8  # of a block of streams: four words of state, then four of scratch, from row WORD on
WORD = 4

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SECOND = np.uint64(0xD1B54A32D192ED03)
_U1, _U17, _U19, _U23, _U27, _U30, _U31, _U41, _U45 = (np.uint64(n) for n in (1, 17, 19, 23, 27, 30, 31, 41, 45))


def entropy_of(rng: RNG) -> int:
    """Return the root entropy that `rng` stands for.

    Parameters
    ----------
    rng : None (fresh entropy), int >= 0, `numpy.random.SeedSequence`, or `numpy.random.Generator`. A Generator is
        *consumed* from (four 32-bit words), so that two calls with the same one differ.

    Raises
    ------
    TypeError, ValueError
        For anything else, and for a negative int.
    """
    if isinstance(rng, np.random.Generator):
        words = rng.integers(0, 2**32, size=4, dtype=np.uint64)
        return int(sum(int(word) << (32 * i) for i, word in enumerate(words)))
    if isinstance(rng, np.random.SeedSequence):
        return int(sum(int(word) << (32 * i) for i, word in enumerate(rng.generate_state(4, np.uint32))))
    if rng is None:
        fresh = np.random.SeedSequence().entropy
        assert isinstance(fresh, int)
        return fresh
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool):
        if rng < 0:
            raise ValueError(f"rng={rng} is negative; a seed is an integer >= 0")
        return int(rng)
    raise TypeError(
        f"rng={rng!r} is a {type(rng).__name__}; pass an int, a numpy SeedSequence, a numpy Generator or None"
    )


def root_words(entropy: int) -> np.ndarray:
    """Return the two 64-bit words that every stream of this entropy is mixed with."""
    return np.random.SeedSequence(entropy).generate_state(2, np.uint64)


@inline
def _mix(z):  # type: ignore[no-untyped-def]
    z = (z ^ (z >> _U30)) * _MIX_1
    z = (z ^ (z >> _U27)) * _MIX_2
    return z ^ (z >> _U31)


@inline
def seed_stream(root, path, streams, lane):  # type: ignore[no-untyped-def]
    """Put the stream of path number `path` into column `lane`."""
    odd = (np.uint64(path) << _U1) + _U1
    s0 = _mix(root[0] + _GOLDEN * odd)
    s1 = _mix(s0 + root[1])
    s2 = _mix(root[1] + _SECOND * odd)
    s3 = _mix(s2 + root[0])
    streams[0, lane] = s0
    streams[1, lane] = s1
    streams[2, lane] = s2
    streams[3, lane] = s3 | _U1  # the all-zero state is the one state that never moves


@inline
def _advance(s0, s1, s2, s3):  # type: ignore[no-untyped-def]
    """Return 64 random bits and the next state."""
    total = s0 + s3
    word = ((total << _U23) | (total >> _U41)) + s0
    shifted = s1 << _U17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = (s3 << _U45) | (s3 >> _U19)
    return word, s0, s1, s2, s3


@inline
def next_word(streams, lane):  # type: ignore[no-untyped-def]
    """Advance one stream and return 64 random bits."""
    word, s0, s1, s2, s3 = _advance(streams[0, lane], streams[1, lane], streams[2, lane], streams[3, lane])
    streams[0, lane] = s0
    streams[1, lane] = s1
    streams[2, lane] = s2
    streams[3, lane] = s3
    return word


@inline
def word_aside(streams, lane, number):  # type: ignore[no-untyped-def]
    """Return 64 bits, hashed from the state of one stream and a number, that leave the stream where it is.

    What is drawn this way comes and goes without shifting the numbers that the path sees next.
    """
    return _mix(streams[1, lane] * _SECOND + streams[2, lane] + _GOLDEN * np.uint64(number))


@inline
def fill_words(streams):  # type: ignore[no-untyped-def]
    """Advance every stream once; the words go to row WORD. The lanes are independent, so that the loop vectorises."""
    for lane in range(streams.shape[1]):
        streams[WORD, lane] = next_word(streams, lane)


@inline
def fill_four_words(streams):  # type: ignore[no-untyped-def]
    """Advance every stream four times; the words go to the rows from WORD on."""
    for lane in range(streams.shape[1]):
        s0, s1, s2, s3 = streams[0, lane], streams[1, lane], streams[2, lane], streams[3, lane]
        streams[WORD, lane], s0, s1, s2, s3 = _advance(s0, s1, s2, s3)
        streams[WORD + 1, lane], s0, s1, s2, s3 = _advance(s0, s1, s2, s3)
        streams[WORD + 2, lane], s0, s1, s2, s3 = _advance(s0, s1, s2, s3)
        streams[WORD + 3, lane], s0, s1, s2, s3 = _advance(s0, s1, s2, s3)
        streams[0, lane] = s0
        streams[1, lane] = s1
        streams[2, lane] = s2
        streams[3, lane] = s3
