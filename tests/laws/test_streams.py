"""The generator is the published one, and streams belong to paths and seeds."""

import numpy as np
import pytest

from levysde._jit import Streams, Words, kernel, void
from levysde._streams import entropy_of, fill_words, next_word, root_words
from levysde.kernels.seeds import seed_lanes

# Output of the reference C implementation of xoshiro256++ 1.0 (Blackman and Vigna, prng.di.unimi.it) from the state
# 1, 2, 3, 4; the same vector is in the test suites of Rust's rand_xoshiro and of other ports.
PUBLISHED = [
    41943041,
    58720359,
    3588806011781223,
    3591011842654386,
    9228616714210784205,
    9973669472204895162,
    14011001112246962877,
    12406186145184390807,
    15849039046786891736,
    10450023813501588000,
]


@kernel(void(Streams, Words))
def _advance(streams, words):
    for i in range(words.size):
        words[i] = next_word(streams, 0)


def _state():
    streams = np.zeros((5, 1), np.uint64)
    streams[:4, 0] = [1, 2, 3, 4]
    return streams


def test_compiled_generator_gives_the_published_words():
    words = np.zeros(len(PUBLISHED), np.uint64)
    _advance(_state(), words)
    assert words.tolist() == PUBLISHED


def test_plain_generator_gives_the_published_words():
    streams = _state()
    with np.errstate(over="ignore"):
        assert [int(next_word(streams, 0)) for _ in PUBLISHED] == PUBLISHED
        streams = _state()
        fill_words(streams)
    assert int(streams[4, 0]) == PUBLISHED[0]


def test_a_wrong_state_gives_other_words():
    streams = _state()
    streams[3, 0] = 5
    words = np.zeros(len(PUBLISHED), np.uint64)
    _advance(streams, words)
    assert words.tolist() != PUBLISHED


def _streams(seed, n, first=0):
    streams = np.zeros((5, n), np.uint64)
    seed_lanes(root_words(seed), first, streams)
    return streams


def test_neighbouring_seeds_and_paths_share_no_state():
    states = np.concatenate([_streams(seed, 2000)[:4].T for seed in (*range(20), 2**32, 2**64, 2**100)])
    assert len(np.unique(states, axis=0)) == len(states)
    # A chance repeat of one 64-bit word among 46000 has probability 6e-11: every word must differ.
    for word in range(4):
        assert len(np.unique(states[:, word])) == len(states)


def test_no_stream_runs_into_its_neighbour():
    outputs = []
    for seed in range(4):
        streams = _streams(seed, 250)
        with np.errstate(over="ignore"):
            for _ in range(100):
                fill_words(streams)
                outputs.append(streams[4].copy())
    words = np.concatenate(outputs)
    assert len(np.unique(words)) == len(words)


def test_seeding_with_seed_plus_path_would_be_caught():
    """The negative control: where path p of seed s owned stream s + p, neighbouring seeds would share states."""
    states = np.concatenate([_streams(7, 2000, first=seed)[:4].T for seed in range(20)])
    assert len(np.unique(states, axis=0)) < len(states)


def test_a_stream_depends_on_its_path_alone():
    whole = _streams(3, 1000)
    part = _streams(3, 10, first=500)
    assert np.array_equal(whole[:4, 500:510], part[:4])


def test_bits_of_the_first_words_are_balanced(laws):
    """Each of 64 bits of the first word of 20000 neighbouring paths is a fair coin, for neighbouring seeds too."""
    for seed in range(3):
        streams = _streams(seed, 20000)
        with np.errstate(over="ignore"):
            fill_words(streams)
        bits = np.unpackbits(streams[4].view(np.uint8).reshape(-1, 8), axis=1)
        assert max(laws.count_z(count, 20000, 0.5) for count in bits.sum(axis=0)) < laws.Z
        assert laws.count_z(np.count_nonzero(bits[:, 0] | bits[:, 1]), 20000, 0.5) > laws.Z  # a biased bit is seen


def test_entropy_of_an_int_is_the_int():
    assert entropy_of(0) == 0
    assert entropy_of(2**100 + 1) == 2**100 + 1
    assert entropy_of(np.int64(7)) == 7
    assert isinstance(entropy_of(np.uint32(7)), int)


def test_entropy_of_a_seed_sequence_is_reproducible_and_tells_children_apart():
    root = np.random.SeedSequence(5)
    assert entropy_of(root) == entropy_of(np.random.SeedSequence(5))
    children = [entropy_of(child) for child in root.spawn(3)]
    assert len({*children, entropy_of(root)}) == 4


def test_a_generator_is_consumed_from():
    generator = np.random.default_rng(1)
    first, second = entropy_of(generator), entropy_of(generator)
    assert first != second
    assert entropy_of(np.random.default_rng(1)) == first


def test_none_is_fresh():
    assert entropy_of(None) != entropy_of(None)


@pytest.mark.parametrize("bad", [True, 1.5, "1", [1], np.random.RandomState(1)])
def test_another_type_is_refused(bad):
    with pytest.raises(TypeError, match="pass an int"):
        entropy_of(bad)


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="negative"):
        entropy_of(-1)
