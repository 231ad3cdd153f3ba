"""A setting that is cheap enough for the suite: few points, few paths, the same rules."""

import numpy as np
import pytest

import levysde as ls
from levysde import theory
from levysde.compare import default_landscape
from levysde.verification.setting import Effort, Setting

CHEAP = Effort(0.1, 400, 0.03, (0, 2, 4), 2e6)


@pytest.fixture
def setting(seed):
    """Return a function that makes a setting of the default landscape, or of another one."""

    def make(landscape=None, *, alpha=1.5, epsilon=0.05, predict=theory.mean_exit_time):
        return Setting(landscape or default_landscape(), alpha, epsilon, CHEAP, seed, 1, predict)

    return make


@pytest.fixture
def wells():
    """Return a table of a narrow deep and a wide shallow well."""
    x = np.arange(-1.0, 2.6, 0.25)
    return ls.Tabulated(x, default_landscape().potential(x), smoothing=0)


@pytest.fixture
def unsimulated(monkeypatch):
    """Leave simulation out: a wrong theory is found out by the deterministic values alone."""
    monkeypatch.setattr(Setting, "measured", lambda *_: None)
