"""Every result of every paper, by itself: catalogue, verdict, figure, files. A new experiment needs no line here."""

import dataclasses
import json
import math
import os
import re

import pytest
from matplotlib.figure import Figure

from levysde.plotting.reproduction import VERDICT, draw
from levysde.report import write_reproduction
from levysde.reproduce import PAPERS, experiments, reproduce
from levysde.reproduce.finding import Finding, Number
from levysde.reproduce.verdict import judge

COST = re.compile(r"(?:under |about )?(\d+(?:\.\d+)?) (s|min|h)\b")
UNIT = {"s": 1.0, "min": 60.0, "h": 3600.0}
SEED = 7 + int(os.environ.get("LEVYSDE_TEST_SEED", "0"))
CHEAP, HANDFUL = 1.0, 2  # seconds; experiments per paper that the fast suite runs


def seconds(cost):
    amount, unit = COST.match(cost).groups()
    return float(amount) * UNIT[unit]


def every():
    """Return all experiments; slow are those that do not declare to be cheap, or are more than a handful."""
    found = []
    for paper in PAPERS:
        cheap = [one.id for one in paper.experiments if seconds(one.quick) <= CHEAP][:HANDFUL]
        for one in paper.experiments:
            marks = () if one.id in cheap else pytest.mark.slow
            found.append(pytest.param(one.id, id=one.id, marks=marks))
    return found


@pytest.fixture(scope="module")
def reports():
    """Return what was run already, so that an experiment runs once for all tests."""
    return {}


@pytest.fixture(params=every())
def report(request, reports):
    name = request.param
    if name not in reports:
        [reports[name]] = reproduce(name, rng=SEED)
    return reports[name]


def test_catalogue():
    pairs = experiments()
    ids = [experiment.id for _, experiment in pairs]
    assert len(set(ids)) == len(ids)
    assert all(paper.experiments for paper in PAPERS)
    for paper, one in pairs:
        assert re.fullmatch(rf"{paper.key}\.[a-z0-9-]+", one.id)
        assert one.source
        assert one.line
        assert "\n" not in one.source + one.line
        assert len(one.line) <= 160
        assert one.expected in VERDICT
        assert seconds(one.quick) <= 60
        assert seconds(one.quick) <= seconds(one.full)
    assert sum(seconds(one.quick) for _, one in pairs) <= 300


def test_verdict_is_the_expected_one(report):
    assert report.as_expected, str(report)


def test_five_errors_flip_the_verdict(report):
    finding = report.finding
    on_claim = [moved(number, 0.0) for number in finding.numbers]
    assert judge(with_numbers(finding, on_claim))[0] != "not reproduced"
    for at, number in enumerate(finding.numbers):
        far = [*on_claim[:at], moved(number, 5.01), *on_claim[at + 1 :]]
        assert judge(with_numbers(finding, far))[0] == "not reproduced", number.case
        near = [*on_claim[:at], moved(number, 4.99), *on_claim[at + 1 :]]
        assert judge(with_numbers(finding, near))[0] != "not reproduced", number.case


def moved(number: Number, z: float) -> Number:
    """Return the number `z` errors outside the paper's claim, without its exact value."""
    claim, ours = number.paper, number.ours
    edge, way = (claim.high, 1) if math.isfinite(claim.high) else (claim.low, -1)
    bias = 0.0 if math.isnan(ours.bias) else abs(ours.bias)
    error = math.hypot(ours.standard_error, claim.error) + bias / 5
    return dataclasses.replace(number, ours=dataclasses.replace(ours, value=edge + way * z * error), oracle=None)


def with_numbers(finding: Finding, numbers) -> Finding:
    return dataclasses.replace(finding, numbers=tuple(numbers))


def test_numbers_have_errors_and_names(report):
    cases = [part.case for part in (*report.finding.numbers, *report.finding.controls)]
    assert len(set(cases)) == len(cases)
    for number in report.finding.numbers:
        assert number.case
        assert number.ours.method
        assert math.isfinite(number.ours.standard_error)
        error = math.hypot(number.ours.standard_error, number.paper.error)
        assert error > 0 or number.ours.bias > 0, f"{number.case}: neither the paper's number nor ours has an error"
    for control in report.finding.controls:
        assert control.but


def test_figure(report):
    figure = Figure(layout="constrained")
    draw(report, figure)
    figure.canvas.draw()  # layout and text problems are warnings, warnings are errors
    assert len([ax for ax in figure.axes if ax.axison]) == len(report.finding.panels) > 0
    for panel in report.finding.panels:
        assert panel.x
        assert panel.y
        assert panel.series
        for series in panel.series:
            assert len(series.x) == len(series.y) > 0
            assert len(series.error) in (0, len(series.y))


def test_files(report, tmp_path):
    files = write_reproduction(report, tmp_path, figure="svg")
    assert [file.name for file in files] == [f"{report.id}.{suffix}" for suffix in ("csv", "json", "svg")]
    content = json.loads(files[1].read_text())
    assert content["verdict"] == report.verdict
    assert content["expected_verdict"] == report.expected
    assert content["provenance"]["entropy"] == str(SEED)
    assert content["provenance"]["versions"]["levysde"]
    settings = content["provenance"]["settings"]
    trains = next(one.networks for _, one in experiments() if one.id == report.id)
    assert settings["effort"] == "quick"
    assert settings.get("data") == ("digits" if trains else None)
    assert len(settings) > 1 + trains  # what the experiment itself has to tell
    assert len(content["panels"]) == len(report.finding.panels)
    wanted = {"case", "low", "high", "claim_error", "ours", "standard_error", "oracle", "stands", "z"}
    assert all(wanted <= set(row) for row in content["rows"])
    assert len(content["rows"]) == len(report.finding.numbers) + len(report.finding.controls)


def test_the_seed_alone_decides(report):
    if seconds(next(one.quick for _, one in experiments() if one.id == report.id)) > CHEAP:
        pytest.skip("costs more than a second")
    [again] = reproduce(report.id, rng=SEED, workers=2)
    # a dictionary, as NaN is not equal to itself
    assert json.dumps(again.rows()) == json.dumps(report.rows())
