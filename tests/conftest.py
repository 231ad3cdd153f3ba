"""One seed for the whole suite: `LEVYSDE_TEST_SEED` shifts every random test."""

import hashlib
import os
import tempfile

# Numba's cache goes to a fresh folder, before numba is imported: a stale machine code must never pass a test.
os.environ.setdefault("NUMBA_CACHE_DIR", tempfile.mkdtemp(prefix="levysde-test-cache-"))
os.environ.setdefault("MPLBACKEND", "agg")

import numpy as np
import pytest

SEED = int(os.environ.get("LEVYSDE_TEST_SEED", "0"))


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Return a generator that depends on the suite's seed and on the name of the test."""
    name = hashlib.sha256(request.node.nodeid.encode()).digest()[:8]
    return np.random.default_rng([SEED, int.from_bytes(name, "little")])


@pytest.fixture
def seed(rng: np.random.Generator) -> int:
    """Return an int seed that depends on the suite's seed and on the test."""
    return int(rng.integers(2**62))
