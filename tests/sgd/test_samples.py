"""The digits that are shipped, and data files: what is read, and what is said of wrong ones."""

import numpy as np
import pytest

from levysde.sgd.samples import digits, from_npz


def images(rng, n=30, shape=(6, 6)):
    return rng.integers(0, 256, (n, *shape), dtype=np.uint8), np.arange(n, dtype=np.uint8) % 3


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


def test_names_shapes_and_scale_do_not_matter(tmp_path, rng):
    x, y = images(rng, shape=(4, 5, 3))
    np.savez(tmp_path / "plain.npz", x=x.reshape(30, -1), y=y)
    np.savez_compressed(tmp_path / "keras.npz", x_train=x, y_train=y[:, None], x_test=x[:3], y_test=y[:3])
    np.savez(tmp_path / "float.npz", x=x / 255, y=y.astype(float), more=np.ones(3))
    plain, keras, unit = (from_npz(tmp_path / f"{name}.npz") for name in ("plain", "keras", "float"))
    assert plain.shape == (30, 60, 3)
    assert np.array_equal(plain.x, keras.x)
    assert np.allclose(plain.x, unit.x, rtol=0, atol=1e-12)
    assert all(np.array_equal(one.y, y) for one in (plain, keras, unit))
    assert np.abs(np.mean(plain.x, axis=0)).max() < 1e-12
    assert np.mean(np.square(plain.x)) == pytest.approx(1)
    assert not np.allclose(plain.x, np.roll(unit.x, 1, axis=0))


def without(rng, **arrays):
    x, y = images(rng)
    return {name: value for name, value in ({"x": x, "y": y} | arrays).items() if value is not None}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": None, "y_train": [0, 1]}, "holds x, y_train; give the arrays x .*, or x_train and y_train"),
        ({"x": None, "y": None}, "holds no arrays"),
        ({"y": np.zeros((30, 10))}, "shapes .30, 6, 6. and .30, 10."),
        ({"y": np.zeros(29)}, "shapes .30, 6, 6. and .29,."),
        ({"y": np.linspace(0, 1, 30)}, "labels 0, 1"),
        ({"y": np.arange(30) * 1000}, "labels up to 29000 for 30 samples"),
        ({"x": np.full((30, 4), np.inf)}, "not finite"),
        ({"x": np.ones((30, 4))}, "all samples of x are equal"),
        ({"x": np.array([None] * 30)}, "cannot read x of .*: Object arrays"),
    ],
)
def test_wrong_arrays(tmp_path, rng, arrays, message):
    np.savez(tmp_path / "wrong.npz", **without(rng, **arrays))
    with pytest.raises(ValueError, match=message) as told:
        from_npz(tmp_path / "wrong.npz")
    assert "wrong.npz" in str(told.value)


def test_labels_that_are_words(tmp_path, rng):
    np.savez(tmp_path / "wrong.npz", **without(rng, y=np.array(["cat", "dog"] * 15)))
    with pytest.raises(TypeError, match=r"wrong.npz: y has elements of type"):
        from_npz(tmp_path / "wrong.npz")


def test_wrong_files(tmp_path, rng):
    np.savez(tmp_path / "good.npz", **without(rng))
    whole = (tmp_path / "good.npz").read_bytes()
    (tmp_path / "text.npz").write_text("five,6")
    (tmp_path / "empty.npz").touch()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "damaged.npz").write_bytes(whole[:500] + bytes(20) + whole[520:])
    np.save(tmp_path / "one.npy", np.ones((3, 3)))
    problems = {
        "nowhere.npz": "cannot read .*: No such file",
        ".": "cannot read .*: Is a directory",
        "one.npy": "holds a single array",
        "damaged.npz": "cannot read x of .*: Bad CRC",
        "text.npz": "is no .npz file",
        "empty.npz": "is no .npz file",
        "cut.npz": "is no .npz file",
    }
    for name, message in problems.items():
        with pytest.raises(ValueError, match=message):
            from_npz(tmp_path / name)
