"""A verdict is computed: it flips where it must, and only there."""

import math

import pytest

from levysde.estimate import Estimate, Prediction
from levysde.reproduce.finding import Claim, Control, Finding, Number
from levysde.reproduce.verdict import distance, judge, stands


def estimate(value, error=0.1, bias=math.nan):
    return Estimate(value, error, bias, (value - 2 * error, value + 2 * error), 100, "mean")


def finding(*numbers, controls=()):
    return Finding(numbers, controls, (), {})


def exact(value, error=0.0, valid=True):
    return Prediction(value, error, "quadrature", valid, "always")


def null(ours, burden="refute", expected=None, but="nothing is left"):
    return Control("null", expected or Claim.value(0.0, 0.0), ours, burden, but)


@pytest.mark.parametrize(
    ("claim", "ours", "z"),
    [
        (Claim.value(1.0, 0.0), estimate(1.3), 3.0),
        (Claim.value(1.0, 0.4), estimate(0.0, 0.3), -2.0),  # both errors count
        (Claim.value(1.0, 0.0), estimate(1.3, 0.05, bias=0.25), 3.0),  # a fifth of the bias in every error
        (Claim.value(1.0, 0.0), estimate(1.3, 0.05, bias=-0.25), 3.0),
        (Claim.below(1.0, ""), estimate(-7.0), 0.0),
        (Claim.below(1.0, ""), estimate(1.2), 2.0),
        (Claim.above(1.0, "", 0.0), estimate(0.8), -2.0),
        (Claim(1.0, 2.0, 0.0, ""), estimate(1.5), 0.0),
        (Claim(1.0, 2.0, 0.0, ""), estimate(2.1), 1.0),
    ],
)
def test_distance(claim, ours, z):
    assert distance(ours, claim) == pytest.approx(z, abs=1e-12)


def test_exact_numbers_must_be_equal():
    assert distance(estimate(2.0, 0.0), Claim.value(2.0, 0.0)) == 0.0
    assert distance(estimate(2.0 + 1e-12, 0.0), Claim.value(2.0, 0.0)) > 5.0


def test_five_errors_flip_the_verdict():
    for claim, edge, way in (
        (Claim.value(1.0, 0.0), 1.0, -1),
        (Claim.below(1.0, "below"), 1.0, 1),
        (Claim.above(1.0, "above"), 1.0, -1),
        (Claim(1.0, 2.0, 0.0, "between"), 2.0, 1),
    ):
        for z, verdict in ((4.99, "reproduced"), (5.01, "not reproduced")):
            found, sentence, far = judge(finding(Number("it", claim, estimate(edge + way * 0.1 * z))))
            assert found == verdict
            assert sentence.startswith(verdict)
            assert far[0] == pytest.approx(way * z)


def test_a_bias_widens_by_itself_and_not_by_five_times():
    claim = Claim.value(0.0, 0.0)
    for value, verdict in ((0.99, "reproduced"), (1.01, "not reproduced")):  # 5 x 0.1 + 0.5
        assert judge(finding(Number("it", claim, estimate(value, 0.1, bias=0.5))))[0] == verdict


def test_one_number_of_many_is_enough():
    good, bad = (Number(name, Claim.value(0.0, 0.0), estimate(value)) for name, value in (("good", 0.1), ("bad", 3.0)))
    verdict, sentence, far = judge(finding(good, bad, good))
    assert verdict == "not reproduced"
    assert sentence.startswith("not reproduced: 1 of 3 numbers off by 5 errors or more (largest 30.0); bad: 3.00")
    assert far == pytest.approx((1.0, 30.0, 1.0))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_is_not_reproduced(value):
    assert judge(finding(Number("it", Claim.above(0.0, ""), estimate(value))))[0] == "not reproduced"
    assert judge(finding(Number("it", Claim.value(0.0, 1.0), estimate(0.1, math.nan))))[0] == "not reproduced"


def test_nothing_is_not_reproduced():
    assert judge(finding()) == ("not reproduced", "not reproduced: no number was compared", ())


def test_a_number_must_not_contradict_its_own_exact_value():
    claim = Claim.value(1.0, 2.0)  # a paper that says little
    for oracle, verdict in (
        (exact(1.4), "reproduced"),
        (exact(1.6), "not reproduced"),
        (exact(1.6, error=0.2), "reproduced"),
        (exact(1.6, error=math.nan), "not reproduced"),
        (exact(1.6, valid=False), "reproduced"),  # outside its regime a law says nothing
        (exact(math.nan), "reproduced"),
    ):
        found, sentence, _ = judge(finding(Number("it", claim, estimate(1.0), oracle)))
        assert found == verdict
        assert ("exact value" in sentence) == (verdict == "not reproduced")


def test_a_null_value_that_is_refuted_adds_a_but():
    for value, verdict in ((0.49, "reproduced"), (-0.51, "reproduced, but"), (math.nan, "reproduced, but")):
        one = finding(Number("it", Claim.value(0.0, 0.0), estimate(0.0)), controls=(null(estimate(value)),))
        found, sentence, _ = judge(one)
        assert found == verdict
        assert ("nothing is left" in sentence) == (verdict != "reproduced")


def test_a_contrast_must_be_proved():
    contrast = Claim.above(0.0, "the control lies higher")
    for value, error, kept in ((0.51, 0.1, True), (0.49, 0.1, False), (10.0, 3.0, False), (math.nan, 0.1, False)):
        assert stands(null(estimate(value, error), "prove", contrast)) == kept
    # the same numbers do not refute it: who has the burden matters
    assert stands(null(estimate(10.0, 3.0), "refute", contrast))
    inside = Claim(0.0, 1.0, 0.0, "")
    assert stands(null(estimate(0.5, 0.09), "prove", inside))
    assert not stands(null(estimate(0.5, 0.11), "prove", inside))


def test_buts_are_joined_once_each_and_come_after_the_numbers():
    fallen = (null(estimate(9.0)), null(estimate(-9.0)), null(estimate(9.0), but="nor this"), null(estimate(0.0)))
    good = Number("it", Claim.value(0.0, 0.0), estimate(0.0))
    verdict, sentence, _ = judge(finding(good, controls=fallen))
    assert (verdict, sentence) == ("reproduced, but", "reproduced, but nothing is left; nor this")
    bad = Number("it", Claim.value(0.0, 0.0), estimate(1.0))
    assert judge(finding(bad, controls=fallen))[0] == "not reproduced"


@pytest.mark.parametrize("ends", [(1.0, 0.0, 0.1), (math.nan, math.nan, 0.1), (0.0, 1.0, math.nan), (0.0, 1.0, -0.1)])
def test_a_claim_must_say_something(ends):
    with pytest.raises(ValueError, match="give low <= high"):
        Claim(*ends, "")
