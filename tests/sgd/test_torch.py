"""Recording a PyTorch training run: the run itself is the same bit for bit, and a stopped one is resumed."""

import contextlib
import random

import numpy as np
import pytest

from levysde.sgd import record_gradient_noise
from levysde.sgd.gradient_noise import Record, torch_adapter

torch = pytest.importorskip("torch")


def setting(batch=20, **of_loader):
    torch.manual_seed(5)
    x = torch.randn(200, 6)
    y = (x[:, 0] * x[:, 1] > 0).long()
    model = torch.nn.Sequential(
        torch.nn.Linear(6, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(8, 2)
    )
    data = torch.utils.data.TensorDataset(x, y)
    return model, torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True, **of_loader)


def train(model, loader, after=lambda: None, epochs=2):
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    extra = []
    for _ in range(epochs):
        for x, y in loader:
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(model(x), y).backward()
            optimiser.step()
            after()
            extra.append((random.random(), np.random.random()))  # noqa: NPY002
    return [value.clone() for value in model.state_dict().values()], extra


@pytest.mark.parametrize("own", [False, True], ids=["global random state", "generator of the loader"])
def test_training_with_the_recorder_is_bit_identical(tmp_path, own):
    results = []
    for folder in (None, tmp_path):
        model, loader = setting(generator=torch.Generator().manual_seed(3) if own else None)
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        if folder is None:
            results.append(train(model, loader))
            continue
        loss = torch.nn.functional.cross_entropy
        with record_gradient_noise(model, loader, loss, folder=folder, every=4, n_batches=25) as noise:
            results.append(train(model, loader, noise.step))
    (plain, numbers), (recorded, same) = results
    assert all(torch.equal(one, other) for one, other in zip(plain, recorded, strict=True))
    assert numbers == same
    assert Record(tmp_path).iterations == [0, 4, 8, 12, 16, 20]


def test_without_the_care_taken_training_would_change(tmp_path, monkeypatch):
    monkeypatch.setattr(torch_adapter, "_untouched", lambda model, loader: contextlib.nullcontext())
    results = []
    for recorded in (False, True):
        model, loader = setting()
        loss = torch.nn.functional.cross_entropy
        folder = tmp_path / str(recorded)
        with record_gradient_noise(model, loader, loss, folder=folder, every=4, n_batches=25) as noise:
            results.append(train(model, loader, noise.step if recorded else lambda: None)[0])
    assert not all(torch.equal(one, other) for one, other in zip(*results, strict=True))


def test_gradients_are_those_of_backward(tmp_path):
    torch.manual_seed(2)
    x, y = torch.randn(40, 3), torch.randint(0, 2, (40,))
    model = torch.nn.Linear(3, 2)
    batches = [(x[:20], y[:20]), (x[20:], y[20:])]
    loss = torch.nn.functional.cross_entropy
    with record_gradient_noise(model, batches, loss, folder=tmp_path, every=1, n_batches=20) as noise:
        pass
    found = noise.record.load(0)
    for number, (a, b) in enumerate(batches):
        model.zero_grad()
        loss(model(a), b).backward()
        for name, p in model.named_parameters():
            for turn in range(number, 20, 2):
                np.testing.assert_allclose(found[name][turn], p.grad.numpy(), rtol=1e-6, atol=1e-8)


def test_three_lines_are_enough(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, loader = setting()
    with record_gradient_noise(model, loader, torch.nn.functional.cross_entropy) as noise:
        noise.step()
    assert (noise.iteration, Record("gradient-noise").iterations) == (1, [0])
    assert noise.record.load(0)["0.weight"].shape == (100, 8, 6)
    with (
        pytest.raises(ValueError, match="snapshots of an earlier run, up to iteration 0"),
        record_gradient_noise(model, loader, torch.nn.functional.cross_entropy),
    ):
        pass


def test_an_interrupted_run_is_resumed(tmp_path):
    model, loader = setting()
    loss = torch.nn.functional.cross_entropy

    def stop_at(noise, last):
        def step():
            noise.step()
            if noise.iteration == last:
                raise KeyboardInterrupt

        return step

    with (
        pytest.raises(KeyboardInterrupt),
        record_gradient_noise(model, loader, loss, folder=tmp_path, every=5, n_batches=20) as noise,
    ):
        train(model, loader, stop_at(noise, 12))
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("snapshot-*")}
    assert noise.record.iterations == [0, 5, 10]
    with record_gradient_noise(model, loader, loss, folder=tmp_path, every=5, n_batches=20, start=12) as noise:
        train(model, loader, noise.step, epochs=1)
    assert noise.record.iterations == [0, 5, 10, 15, 20]
    assert all((tmp_path / name).stat().st_mtime_ns == when for name, when in before.items())


def test_wrong_questions(tmp_path):
    model, loader = setting()
    for change, error, message in (
        ({"model": 3}, TypeError, "model is a int"),
        ({"n_batches": 5}, ValueError, "n_batches=5 is too small"),
        ({"every": 0}, ValueError, "every=0"),
        ({"loader": []}, ValueError, "the loader gives no batch"),
        ({"model": torch.nn.ReLU()}, ValueError, "no parameter"),
    ):
        question = {
            "model": model,
            "loader": loader,
            "loss": torch.nn.functional.cross_entropy,
            "folder": tmp_path,
        } | change
        three = [question.pop(name) for name in ("model", "loader", "loss")]
        with pytest.raises(error, match=message), record_gradient_noise(*three, **question):
            pass
    lasting = setting(num_workers=1, persistent_workers=True)[1]
    with (
        pytest.raises(ValueError, match="persistent workers"),
        record_gradient_noise(model, lasting, torch.nn.functional.cross_entropy, folder=tmp_path),
    ):
        pass
