"""The digits that are shipped."""

import numpy as np
import pytest

from levysde.sgd.samples import digits


def test_the_shipped_digits_are_the_known_ones():
    """1797 images of 8 x 8 pixels from 0 to 16, whose mean is 4.884164579855314 (scikit-learn's `load_digits`)."""
    found = digits()
    assert found.shape == (1797, 64, 10)
    x, y = found.arrays
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert y[:10].tolist() == list(range(10))
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-12)
    assert np.mean(x**2) == pytest.approx(1)
    pixels = x / np.min(np.diff(np.unique(x[:, 20])))  # steps of one grey level
    pixels -= pixels.min(axis=0)
    assert np.abs(pixels - pixels.round()).max() < 1e-9
    assert pixels.max() == pytest.approx(16)
    assert pixels.mean() == pytest.approx(4.884164579855314, rel=1e-12)
