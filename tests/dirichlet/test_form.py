"""The form of the generator against Fourier integrals of the noise's own exponent, which know nothing of any kernel."""

import numpy as np
import pytest

import levysde as ls
from levysde.dirichlet.mesh import Mesh
from levysde.dirichlet.question import ask
from levysde.dirichlet.reference import basis
from levysde.dirichlet.system import System

LENGTHS = np.array([1.0, 0.7, 0.6, 1.5])
LEFTS = np.array([-1.0, 0.0, 0.7, 1.3])
DEGREE = 8
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
# Pairs that are the same element, touch, and lie apart, either way round: (solution, test).
PAIRS = [(0, 0), (0, 1), (1, 0), (0, 2), (2, 0), (3, 0)]


def panels(edges):
    low, width = edges[:-1, None], np.diff(edges)[:, None]
    return (low + width * (1 + NODES) / 2).ravel(), (width * WEIGHTS / 2).ravel()


K, DK = panels(np.concatenate([[0.0], np.geomspace(1e-6, 4.0, 12), np.linspace(4.0, 200.0, 120)[1:]]))


def bump(x, lean):
    return (1 - x * x) ** 3 * (1 + lean * x)


def transform(e, lean):
    """Fourier transform of the bump on one element."""
    y, w = panels(np.linspace(-1.0, 1.0, 13))
    half, middle = LENGTHS[e] / 2, LEFTS[e] + LENGTHS[e] / 2
    phases = np.exp(-1j * np.outer(K * half, y)) @ (half * w * bump(y, lean))
    return np.exp(-1j * K * middle) * phases


TRANSFORMS = {(e, lean): transform(e, lean) for e in range(4) for lean in (0.0, 1.0)}


def coefficients(system, e, lean):
    found = np.zeros(system.size)
    found[system.local[e]] = np.linalg.lstsq(basis(NODES, DEGREE), bump(NODES, lean), rcond=None)[0]
    return found


def mismatches(noise, other):
    """Differences between the form of one noise and Fourier integrals of another, in multiples of their own error."""
    mesh = Mesh(LENGTHS, LEFTS, np.full(4, DEGREE), "fixed", "fixed", DEGREE, 0.0)
    system = System(ask(ls.SDE(ls.Flat(), noise), ls.Interval(-1.0, 2.8)), mesh)
    psi = other.psi(K)
    for u, v in PAIRS:
        both = psi * TRANSFORMS[u, 0.0] * np.conj(TRANSFORMS[v, 1.0]) / np.pi
        form = coefficients(system, v, 1.0) @ (system.stiffness @ coefficients(system, u, 0.0))
        # A bump's transform falls like k^-4: beyond 200 is less than what an envelope of k^-6 leaves.
        error = 200 / 5 * np.abs(both[K > 150]).max() + 1e-11 * np.abs(both) @ DK
        yield abs(form - both.real @ DK) / error


@pytest.mark.parametrize(
    "noise",
    [
        ls.AlphaStable(0.5, 0.6),
        ls.AlphaStable(1.0, 0.6),
        -2.0 * ls.AlphaStable(1.0, 0.6),
        ls.AlphaStable(1.001, 0.1),
        ls.AlphaStable(1.5, -0.5),
        ls.TemperedStable(0.5, 2.5),
        ls.TemperedStable(0.5, 20.0, 0.5),
        -0.5 * ls.TemperedStable(1.0, 0.7, 0.5),
        ls.TemperedStable(1.0, 400.0, 0.3),
        ls.TemperedStable(1.0 + 1e-7, 0.7, 0.3),
        0.7 * ls.TemperedStable(1.5, 40.0, -0.5),
        ls.AlphaStable(1.0, 0.3) + 0.3 * ls.Brownian() + 0.2 * ls.TemperedStable(0.6, 2.0, 1.0),
    ],
    ids=repr,
)
def test_the_form_is_that_of_the_exponent(noise):
    assert max(mismatches(noise, noise)) < 1
    # A tenth more skewness, which at alpha = 1 is a drift too, must be seen.
    alpha = noise.leaves()[0][1].alpha
    assert max(mismatches(noise, noise + 0.1 * ls.AlphaStable(alpha, 1.0))) > 100
