"""ExitSample and Ensemble: validation, estimates through methods, joining, and files that come back bit for bit."""

import errno
import json
import math
import os
import pickle
import warnings

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levysde import _store
from levysde.domains import Ball, Box, HalfSpace, Interval
from levysde.results import CENSORED, EXITED, NONFINITE, Ensemble, ExitSample, concat, load

Z = 5.0


def sample(times, *, t_max=10.0, points=None, before=None, first_path=0, dt=0.01, lost=0, **provenance):
    """Sample of given waiting times, cut at t_max, with `lost` non-finite paths at the end."""
    times = np.append(np.asarray(times, dtype=float), np.full(lost, np.nan))
    status = np.where(np.isnan(times), NONFINITE, np.where(times > t_max, CENSORED, EXITED)).astype(np.int8)
    n = times.size
    points = np.where(np.arange(n) % 2, 1.5, -1.25)[:, None] if points is None else np.asarray(points, dtype=float)
    before = np.zeros_like(points) if before is None else np.asarray(before, dtype=float)
    points = np.where((status == EXITED)[:, None], points, np.nan)
    times = np.where(status == CENSORED, t_max, times)
    provenance = {"entropy": "42", "settings": {"scheme": "EulerMaruyama()"}} | provenance
    return ExitSample(times, points, before, status, np.arange(first_path, first_path + n), dt, t_max, provenance)


def ensemble(n=3, n_times=4, dim=2, **provenance):
    x = np.arange(float(n * n_times * dim)).reshape(n, n_times, dim)
    return Ensemble(np.arange(float(n_times)), x, np.zeros(n, np.int8), np.arange(n), 0.5, provenance)


# The value -----------------------------------------------------------------------------------------------------------


def test_counts_and_what_is_printed():
    found = sample([1.0, 2.0, 11.0, 3.0], lost=2)
    assert (found.n_paths, found.n_exited, found.n_censored, found.n_nonfinite, found.dim) == (6, 3, 1, 2, 1)
    text = repr(found)
    assert "6 paths in 1 dimension," in text
    assert "exited 3, censored 1, non-finite 2" in text
    assert "dt = 0.01, t_max = 10" in text
    assert len(text.splitlines()) == 2
    recorded = ensemble()
    assert (recorded.n_paths, recorded.n_times, recorded.dim, recorded.n_nonfinite) == (3, 4, 2, 0)
    assert "3 paths in 2 dimensions" in repr(recorded)
    assert "4 recorded times (0 to 3)" in repr(recorded)


def test_values_are_frozen_and_arrays_are_not_copied():
    times = np.array([1.0, 2.0])
    points = np.zeros((2, 1))
    found = ExitSample(times, points, points, np.zeros(2, np.int8), np.arange(2), 0.1, 5.0, {"settings": {"a": [1, 2]}})
    assert np.shares_memory(found.times, times)
    assert times.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        found.times[0] = 3.0
    with pytest.raises(AttributeError):
        found.dt = 1.0
    with pytest.raises(TypeError):
        found.provenance["x"] = 1


def test_equality_is_bit_for_bit():
    assert sample([1.0, 2.0], lost=1) == sample([1.0, 2.0], lost=1)
    assert sample([1.0, 2.0]) != sample([1.0, np.nextafter(2.0, 3.0)])
    assert sample([1.0, 2.0]) != sample([1.0, 2.0], entropy="43")
    assert ensemble() == ensemble()
    assert ensemble() != ensemble(a=1)
    assert ensemble() != sample([1.0])


def test_pickling_gives_the_same_read_only_value():
    for value in (sample([1.0, 2.0, 30.0], lost=1), ensemble(seed="1")):
        again = pickle.loads(pickle.dumps(value))
        assert again == value
        assert not again.status.flags.writeable
        assert type(again.provenance) is type(value.provenance)


GOOD = {
    "times": np.array([1.0, 5.0]),
    "exit_points": np.zeros((2, 1)),
    "pre_exit_points": np.zeros((2, 1)),
    "status": np.array([0, 1]),
    "path_ids": np.array([7, 9]),
    "dt": 0.1,
    "t_max": 5.0,
    "provenance": {},
}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"times": np.ones((2, 1))}, ValueError, "times has shape"),
        ({"times": 1.0}, ValueError, r"times has shape \(\)"),
        ({"exit_points": np.zeros(2)}, ValueError, "exit_points has shape"),
        ({"exit_points": np.zeros((2, 0)), "pre_exit_points": np.zeros((2, 0))}, ValueError, "at least one coordinate"),
        ({"pre_exit_points": np.zeros((2, 3))}, ValueError, "pre_exit_points has shape"),
        ({"status": np.zeros(3, int)}, ValueError, "status has shape"),
        ({"status": np.array([0, 3])}, ValueError, "status holds"),
        ({"status": np.array([0, 257])}, ValueError, "do not fit"),
        ({"status": np.array([0.0, 1.0])}, TypeError, "status has elements"),
        ({"path_ids": np.array([7, 7])}, ValueError, "twice"),
        ({"times": np.array(["a", "b"])}, TypeError, "times has elements"),
        ({"times": np.array([1.0, 5.1])}, ValueError, r"between 0 and t_max=5, which"),
        ({"times": np.array([np.nan, 5.0])}, ValueError, "must be NaN where"),
        ({"times": np.array([-1.0, 5.0])}, ValueError, "times must lie"),
        ({"times": np.array([np.inf, 5.0])}, ValueError, "must be finite"),
        ({"t_max": math.inf}, ValueError, "t_max=inf"),
        ({"dt": 0.0}, ValueError, "above zero"),
        ({"provenance": {"noise": object()}}, TypeError, "JSON"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else "",
)
def test_contradictions_are_refused(change, error, message):
    ExitSample(**GOOD)
    with pytest.raises(error, match=message):
        ExitSample(**(GOOD | change))


def test_ensemble_refuses_contradictions():
    with pytest.raises(ValueError, match="x has shape"):
        Ensemble(np.arange(3.0), np.zeros((2, 4, 1)), np.zeros(2, np.int8), np.arange(2), 0.1, {})
    with pytest.raises(ValueError, match="status holds"):
        Ensemble(np.arange(3.0), np.zeros((2, 3, 1)), np.ones(2, np.int8), np.arange(2), 0.1, {})
    with pytest.raises(ValueError, match="dt=0"):
        Ensemble(np.arange(3.0), np.zeros((2, 3, 1)), np.zeros(2, np.int8), np.arange(2), 0.0, {})
    with pytest.raises(ValueError, match="at least one coordinate"):
        Ensemble(np.arange(3.0), np.zeros((2, 3, 0)), np.zeros(2, np.int8), np.arange(2), 0.1, {})


# Estimates -----------------------------------------------------------------------------------------------------------


def test_mean_without_censoring_is_the_plain_mean():
    found = sample([1.0, 2.0, 3.0, 6.0]).mean()
    assert found.value == 3.0
    assert found.standard_error == pytest.approx(np.std([1, 2, 3, 6], ddof=1) / 2)
    assert found.n == 4
    assert found.method == "sample mean"
    assert math.isnan(found.bias)


def test_mean_with_censoring_names_its_model_and_the_test_of_it(rng):
    drawn = rng.exponential(3.0, 20_000)
    found = sample(np.ceil(drawn / 0.01) * 0.01, t_max=4.0)
    mean = found.mean()
    # Times are recorded at the end of a step: half a step too late, on average and to leading order.
    assert abs(mean.value - 0.005 - 3.0) < Z * mean.standard_error
    assert mean.standard_error == pytest.approx(mean.value / math.sqrt(found.n_exited))
    assert mean.n == 20_000
    assert "exponential model" in mean.method
    assert f"p = {found.exponential_p_value():.2g}" in mean.method
    assert f"{found.n_censored} censored" in mean.method
    # Negative control: averaging the exited.
    assert np.mean(found.exited_times) < 3.0 - Z * mean.standard_error


def test_mean_of_mostly_censored_paths_is_refused_with_alternatives():
    found = sample([1.0, 2.0, 20.0, 20.0, 20.0])
    with pytest.raises(ValueError, match=r"only 2 of 5 .*restricted_mean\(10\.0\).*survival\(\).*t_max.*exponential"):
        found.mean()
    accepted = found.mean(model="exponential")
    assert accepted.value == 33.0 / 2
    assert sample([1.0, 20.0]).mean().value == 11.0  # half is enough
    with pytest.raises(ValueError, match="none of 2 paths left"):
        sample([20.0, 30.0]).mean(model="exponential")
    with pytest.raises(ValueError, match="model='weibull'"):
        found.mean(model="weibull")


def test_a_run_cut_short_is_censored_at_the_ages_reached(rng):
    times, ages = rng.exponential(3.0, 20_000), rng.uniform(0.0, 10.0, 20_000)
    status = (times > ages).astype(np.int8)
    points = np.zeros((20_000, 1))
    seen = np.minimum(times, ages)
    found = ExitSample(seen, points, points, status, np.arange(20_000), 1e-9, 10.0, {"partial": "interrupted"})
    for estimate, truth in ((found.mean(), 3.0), (found.restricted_mean(5.0), -3.0 * math.expm1(-5.0 / 3.0))):
        assert abs(estimate.value - truth) < Z * estimate.standard_error
    assert found.exponential_p_value() > 1e-6
    curve = found.survival(level=1 - 6e-7)
    i = np.searchsorted(curve.t, 4.0)
    assert curve.low[i] < math.exp(-4.0 / 3.0) < curve.high[i]


def test_exponential_model_can_be_asked_for_without_censoring():
    found = sample([1.0, 2.0, 6.0])
    assert found.mean(model="exponential").standard_error == pytest.approx(3.0 / math.sqrt(3.0))
    assert "exponential" in sample([0.01] * 4).mean(model="exponential").method  # untestable: one step, no p-value


def test_non_finite_paths_are_left_out_counted_and_warned_about_once():
    found = sample([1.0, 2.0, 3.0, 20.0], lost=3)
    with pytest.warns(
        RuntimeWarning, match=r"3 of 7 paths became non-finite.*EulerMaruyama.*use Splitting\(\)"
    ) as told:
        mean = found.mean()
    assert len(told) == 1
    assert told[0].filename == __file__
    assert mean.value == 16.0 / 3
    assert mean.n == 4
    assert "3 non-finite paths left out" in mean.method
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found.mean()
        assert found.restricted_mean(5.0).value == pytest.approx((1 + 2 + 3 + 5) / 4)
        assert found.survival().n == 4
        assert found.exit_probability(HalfSpace(1.0, 0.0)).n == 3
    with pytest.warns(RuntimeWarning, match="smaller dt"):
        sample([1.0, 2.0], lost=1, settings={"scheme": "Splitting()"}).mean()
    with pytest.warns(RuntimeWarning), pytest.raises(ValueError, match="none of 2 paths is finite"):
        sample([], lost=2).mean()


def test_empty_samples_say_so():
    empty = sample([], points=np.empty((0, 1)))
    assert empty.n_paths == 0
    for call in (empty.mean, empty.survival, lambda: empty.restricted_mean(1.0), empty.exponential_p_value):
        with pytest.raises(ValueError, match=r"nothing can be estimated|too few"):
            call()
    with pytest.raises(ValueError, match="no path left"):
        empty.exit_probability(Interval(0.0, 1.0))


def test_survival_and_restricted_mean_take_the_clock_into_account(rng):
    found = sample(rng.exponential(8.0, 1000))
    curve = found.survival()
    assert curve(10.0) == pytest.approx(found.n_censored / 1000)
    assert found.restricted_mean(10.0).value == pytest.approx(np.mean(found.times))
    with pytest.raises(ValueError, match="longer t_max"):
        found.restricted_mean(10.5)


def test_exit_probability_counts_a_region():
    found = sample([1.0, 2.0, 3.0, 20.0])  # exits at -1.25, 1.5, -1.25
    right = found.exit_probability(Interval(1.0, math.inf))
    left = found.exit_probability(HalfSpace(1.0, -1.0))
    assert (right.value, left.value) == (1 / 3, 2 / 3)
    assert right.n == 3
    assert "given an exit before t_max=10 (1 censored)" in right.method
    assert "given" not in sample([1.0]).exit_probability(Interval(0.0, 1.0)).method
    assert right.interval[0] < 1 / 3 < right.interval[1]
    with pytest.raises(TypeError, match="region='right' is not a domain"):
        found.exit_probability("right")
    with pytest.raises(ValueError, match="dimension 2"):
        found.exit_probability(Ball([0.0, 0.0], 1.0))


def test_overshoot_is_the_distance_beyond_each_domain():
    one = sample([1.0, 2.0, 20.0])
    assert one.overshoot(Interval(-1.0, 1.0)).tolist() == [0.25, 0.5]
    assert one.overshoot(~Interval(-5.0, 5.0)).tolist() == [3.75, 3.5]
    with pytest.raises(ValueError, match="1 of 2 exit points lie inside"):
        one.overshoot(Interval(-1.0, 2.0))
    two = sample([1.0, 2.0], points=[[3.0, 4.0], [1.0, 2.0]], before=[[0.0, 0.0], [0.5, 0.0]])
    assert two.overshoot(Ball([0.0, 0.0], 1.0)) == pytest.approx([4.0, math.sqrt(5.0) - 1.0])
    assert two.overshoot(Box([-1.0, -1.0], [1.0, 1.0])) == pytest.approx([math.hypot(2.0, 3.0), 1.0])
    assert two.overshoot(HalfSpace([0.0, 2.0], 1.0)) == pytest.approx([3.5, 1.5])
    assert two.last_steps.tolist() == [[3.0, 4.0], [0.5, 2.0]]
    assert two.exited_points.tolist() == [[3.0, 4.0], [1.0, 2.0]]


# Joining -------------------------------------------------------------------------------------------------------------


def test_pieces_join_to_the_whole_in_any_order_and_grouping(rng):
    times = rng.exponential(6.0, 30)
    points = rng.standard_normal((30, 1))

    def piece(a, b, **provenance):
        return sample(times[a:b], points=points[a:b], first_path=a, **provenance)

    whole = piece(0, 30)
    a, b, c = piece(0, 11), piece(11, 12), piece(12, 30)
    assert concat([a, b, c]) == whole
    assert concat([c, a, b]) == whole
    assert concat([concat([c, a]), b]) == whole
    assert concat([whole]) == whole
    assert concat([whole, sample([], points=np.empty((0, 1)))]) == whole
    # Where the pieces ran is kept.
    a, b, c = piece(0, 11, host="x"), piece(11, 12, host="y"), piece(12, 30, host="x")
    assert concat([a, b, c]) == concat([concat([c, b]), a])
    assert concat([a, b, c]).provenance["parts"] == [{"host": "x"}, {"host": "y"}]
    assert concat([a, b, c]).provenance["entropy"] == "42"


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"first_path": 1}, "path 1 is in more than one sample"),
        ({"first_path": 9, "dt": 0.02}, r"differ in dt: 0.01 in the first, 0.02 in number 2"),
        ({"first_path": 9, "t_max": 11.0}, "differ in t_max"),
        ({"first_path": 9, "entropy": "43"}, "differ in entropy: 42"),
        ({"first_path": 9, "settings": {"scheme": "Splitting()"}}, r"differ in settings: {'scheme': 'EulerMaruyama"),
    ],
    ids=["overlap", "dt", "t_max", "entropy", "settings"],
)
def test_what_does_not_belong_together_is_not_joined(other, message):
    with pytest.raises(ValueError, match=message):
        concat([sample([1.0, 2.0]), sample([3.0], **other)])


def test_only_samples_are_joined():
    with pytest.raises(ValueError, match="empty"):
        concat([])
    with pytest.raises(TypeError, match="Ensemble"):
        concat([sample([1.0]), ensemble()])


# Files ---------------------------------------------------------------------------------------------------------------

REALS = st.floats(allow_nan=True, allow_infinity=True, width=64)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def exit_samples(draw):
    n, dim = draw(st.integers(0, 6)), draw(st.integers(1, 3))
    t_max = draw(st.floats(1e-300, 1e300))
    status = draw(hnp.arrays(np.int8, n, elements=st.integers(0, 2)))
    times = draw(hnp.arrays(np.float64, n, elements=st.floats(0.0, t_max)))
    times = np.where(status == NONFINITE, np.nan, times)
    points = [draw(hnp.arrays(np.float64, (n, dim), elements=REALS)) for _ in range(2)]
    ids = draw(hnp.arrays(np.int64, n, elements=st.integers(0, 2**63 - 1), unique=True))
    dt = draw(st.floats(1e-300, 1e300))
    return ExitSample(times, *points, status, ids, dt, t_max, draw(st.dictionaries(st.text(), JSON, max_size=3)))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=exit_samples())
def test_exit_samples_come_back_bit_for_bit(tmp_path, value):
    assert load(value.save(tmp_path / "any")) == value
    assert pickle.loads(pickle.dumps(value)) == value


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(x=hnp.arrays(np.float64, hnp.array_shapes(min_dims=3, max_dims=3), elements=REALS))
def test_ensembles_come_back_bit_for_bit(tmp_path, x):
    n, n_times, _ = x.shape
    value = Ensemble(np.arange(float(n_times)), x, np.zeros(n, np.int8), np.arange(n), 1.0 / 3.0, {"entropy": "1"})
    assert load(value.save(tmp_path / "any.npz")) == value


def test_the_suffix_is_appended_and_may_be_left_out(tmp_path):
    value = sample([1.0, 2.0])
    written = value.save(tmp_path / "run.v2")
    assert written == tmp_path / "run.v2.npz"
    assert load(tmp_path / "run.v2") == load(str(written)) == value
    assert [each.name for each in tmp_path.iterdir()] == ["run.v2.npz"]
    with np.load(written, allow_pickle=False) as plain:  # readable without this package
        assert plain["times"].tolist() == [1.0, 2.0]
        assert json.loads(plain["header"].tobytes())["kind"] == "ExitSample"


def test_a_saved_file_follows_the_umask_and_replaces_the_old_one(tmp_path):
    path = sample([1.0]).save(tmp_path / "a")
    (tmp_path / "touched").touch()
    assert path.stat().st_mode == (tmp_path / "touched").stat().st_mode
    sample([2.0]).save(path)
    assert load(path).times.tolist() == [2.0]


@pytest.mark.parametrize("trouble", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file_and_no_remains(tmp_path, monkeypatch, trouble):
    path = sample([1.0]).save(tmp_path / "a")
    before = path.read_bytes()

    def half(stream, **arrays):
        stream.write(b"half")
        raise trouble

    monkeypatch.setattr(np, "savez", half)
    with pytest.raises(type(trouble)) as raised:
        sample([2.0]).save(path)
    if isinstance(trouble, OSError):
        assert raised.value.errno == errno.ENOSPC
        assert "it was left as it was" in str(raised.value)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.npz"]


def test_a_full_disk_is_a_clean_error(tmp_path):
    resource = pytest.importorskip("resource")
    path = sample([1.0]).save(tmp_path / "a")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal = pytest.importorskip("signal")
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
        with pytest.raises(OSError, match="cannot write"):
            sample(np.ones(100_000)).save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, old)
    assert load(path) == sample([1.0])
    assert [each.name for each in tmp_path.iterdir()] == ["a.npz"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"cannot write .*nowhere"):
        sample([1.0]).save(tmp_path / "nowhere" / "a.npz")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing")


def test_files_that_are_not_ours_or_are_damaged_are_refused(tmp_path):
    text = tmp_path / "notes.npz"
    text.write_text("hello")
    other = tmp_path / "other.npz"
    np.savez(other, x=np.ones(3))
    objects = tmp_path / "objects.npz"
    np.savez(objects, header=np.array([{"format": "levysde"}], dtype=object), allow_pickle=True)
    header = tmp_path / "header.npz"
    np.savez(header, header=np.frombuffer(b'{"format": "else"}', np.uint8))
    for foreign in (text, other, objects, header):
        with pytest.raises(ValueError, match="not a file written by levysde"):
            load(foreign)

    whole = sample(np.linspace(1.0, 2.0, 1000)).save(tmp_path / "whole").read_bytes()
    cut = tmp_path / "cut.npz"
    cut.write_bytes(whole[: len(whole) // 2])
    flipped = tmp_path / "flipped.npz"
    middle = len(whole) // 2
    flipped.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    for damaged in (cut, flipped):
        with pytest.raises(ValueError, match="damaged"):
            load(damaged)


def test_later_versions_and_unknown_kinds_are_named(tmp_path, monkeypatch):
    path = _store.write_archive(tmp_path / "kind", "Torus", {}, {})
    with pytest.raises(ValueError, match="'Torus'"):
        load(path)
    path = _store.write_archive(tmp_path / "lacking", "Ensemble", {"t": np.ones(2)}, {})
    with pytest.raises(ValueError, match="damaged"):
        load(path)
    with monkeypatch.context() as patch:
        patch.setattr(_store, "FORMAT_VERSION", 2)
        path = sample([1.0]).save(tmp_path / "later")
    with pytest.raises(ValueError, match=r"format version 2.*newer levysde"):
        load(path)


def test_no_changed_byte_is_taken_for_data(tmp_path):
    value = sample([1.0, 2.0, 30.0])
    path = value.save(tmp_path / "a")
    whole = path.read_bytes()
    refused = 0
    for i in range(0, len(whole), 5):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 0x41]) + whole[i + 1 :])
        try:
            assert load(path) == value  # a byte that carries no data, such as a date in the archive
        except ValueError:
            refused += 1
    assert refused > len(whole) // 10
