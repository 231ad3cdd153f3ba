"""A scheme that does not fit is refused before any work, and a step that is too long is told once."""

import warnings

import pytest

import levysde as ls

LEFT = ls.Interval(-ls.inf, 0.0)
WELL = ls.SDE(ls.DoubleWell(), ls.AlphaStable(1.5), 0.5)


def g(x):
    return 1.0 + 0.1 * x


def ask(sde, scheme, x0=-1.0):
    """Ask both verbs; return the message of the error, the same from both."""
    messages = []
    for call in (
        lambda: ls.first_exit(sde, x0, LEFT, n_paths=3, dt=0.01, t_max=1.0, scheme=scheme, rng=1),
        lambda: ls.simulate(sde, x0, t=0.1, dt=0.01, scheme=scheme, rng=1),
    ):
        with pytest.raises(ValueError, match="schemes that fit") as caught:
            call()
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    return messages[0]


def test_the_refusal_names_the_reason_and_the_schemes_that_fit():
    message = ask(WELL, ls.ExactOU())
    assert message.startswith("ExactOU() needs a quadratic landscape, and this is DoubleWell(scale=1.0); schemes that")
    fitting = message.split("schemes that fit: ")[1]
    assert {"Splitting()", "EulerMaruyama()", "DriftImplicitEuler()"} <= set(fitting.split(", "))
    assert "ExactOU" not in fitting
    assert "Milstein" not in fitting


def test_jumps_and_coefficients_are_refused_where_they_cannot_be_done():
    assert "needs Brownian noise, and this is AlphaStable(1.5)" in ask(WELL, ls.Milstein())
    for scheme in (ls.StrangSplitting(), ls.TamedEuler(), ls.DriftImplicitEuler(), ls.ExactOU()):
        sde = ls.SDE(ls.Quadratic(), ls.Brownian(), coefficient=g)
        message = ask(sde, scheme)
        assert "needs additive noise, and this has the coefficient Coefficient(g)" in message
        assert message.endswith("schemes that fit: Splitting(), EulerMaruyama(), Milstein()")
    assert "is meant in the sense of Itô" in ask(ls.SDE(ls.Quadratic(), ls.Brownian(), coefficient=g), ls.Heun())
    meant = ls.SDE(ls.Quadratic(), ls.Brownian(), coefficient=ls.Coefficient(g, calculus="Stratonovich"))
    for scheme in (ls.Splitting(), ls.EulerMaruyama()):
        assert ask(meant, scheme).endswith("schemes that fit: Milstein(), Heun()")
    jumping = ls.SDE(ls.Quadratic(), ls.AlphaStable(1.5), coefficient=ls.Coefficient(g, calculus="Stratonovich"))
    assert ask(jumping, None).endswith("schemes that fit: none")


def coupled(x, out):
    out[0] = x[1]
    out[1] = 1.0


def separate(x, out):
    out[0] = x[0]
    out[1] = x[1] * x[1]


def test_milstein_wants_components_that_mind_their_own_coordinate():
    plane = ls.Quadratic(1.0, dim=2)
    assert "depends on x_k alone" in ls.Milstein().misfit(ls.SDE(plane, ls.Brownian(), coefficient=coupled))
    assert ls.Milstein().misfit(ls.SDE(plane, ls.Brownian(), coefficient=separate)) == ""


def kinked(x):
    return abs(x)


def kinked_gradient(x):
    return 1.0 if x > 0 else -1.0


@pytest.mark.parametrize("scheme", [ls.EulerMaruyama(), ls.TamedEuler(), ls.Heun()])
def test_a_step_beyond_the_fastest_time_scale_is_told_once(scheme):
    quiet = ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.1)
    with pytest.warns(RuntimeWarning, match=r"dt=0.6 .* 1/curvature = 0.5: .* overshoots") as caught:
        ls.simulate(quiet, -1.0, t=6.0, dt=0.6, scheme=scheme, n_paths=300, rng=1, workers=2)
    assert len(caught) == 1
    with pytest.warns(RuntimeWarning, match="overshoots") as caught:
        ls.first_exit(quiet, -1.0, LEFT, dt=0.6, t_max=6.0, scheme=scheme, n_paths=300, rng=1)
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kink = ls.SDE(ls.from_functions(kinked, kinked_gradient), ls.Brownian())
        ls.simulate(kink, 0.1, t=0.1, dt=0.1, scheme=scheme, rng=1)
        ls.simulate(quiet, -1.0, t=0.4, dt=0.4, scheme=scheme, rng=1)
        ls.simulate(quiet, -1.0, t=6.0, n_paths=2, scheme=scheme, rng=1)  # a step it chose itself
        ls.simulate(ls.SDE(ls.Quadratic(), ls.Brownian()), 0.1, t=8.0, dt=2.0, scheme=ls.ExactOU(), rng=1)


@pytest.mark.parametrize("scheme", [ls.Splitting(), ls.StrangSplitting(), ls.DriftImplicitEuler(), None])
def test_schemes_that_stand_a_long_step_tell_what_it_hides(scheme):
    quiet = ls.SDE(ls.DoubleWell(), ls.Brownian(), 0.1)
    with pytest.warns(RuntimeWarning, match=r"dt=0.6 .* once in 1.2 relaxation times; take dt <= 0.05") as caught:
        ls.first_exit(quiet, -1.0, LEFT, dt=0.6, t_max=6.0, scheme=scheme, n_paths=300, rng=1)
    assert len(caught) == 1
