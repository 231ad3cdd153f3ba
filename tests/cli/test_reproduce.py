"""`levysde reproduce` with results of its own: statuses, files, and what an error or Ctrl-C leaves."""

import csv
import json
import re
import signal

import pytest

from levysde.cli import main
from levysde.engine import pool
from levysde.estimate import Estimate
from levysde.reproduce.catalogue import Paper
from levysde.reproduce.experiment import Experiment
from levysde.reproduce.finding import Claim, Control, Finding, Number, Panel, Series


def measured(setting, paper=1.0, null=0.0):
    value = 1.0 + 0.01 * setting.seed(0).generate_state(1)[0] / 2**32
    ours = Estimate(value, 0.1, 0.0, (0.8, 1.2), setting.pick(10, 1000), "mean")
    points = (1.0, 2.0)
    return Finding(
        (Number("index", Claim.value(paper, 0.05, "Table 1"), ours),),
        (
            Control(
                "null", Claim.value(0.0, 0.0), Estimate(null, 0.1, 0.0, (0, 0), 10, "mean"), "refute", "it is noise"
            ),
        ),
        (Panel("title", "x", "y", (Series("ours", points, points, (0.1, 0.1)),)),),
        {"n": ours.n},
    )


def fails(setting):
    raise ZeroDivisionError("no such path")


def interrupted(setting):
    """Ctrl-C inside the engine, which answers with what is finished and a warning."""
    parts, cut_short = pool.run(
        [1],
        lambda task, control: control.stop.wait(20),
        lambda task: None,
        workers=1,
        progress=lambda done, total: signal.raise_signal(signal.SIGINT),
        total=1,
        size=lambda task: 1,
    )
    assert cut_short is not None
    pool.warn_partial(cut_short, 0, len(parts))
    return measured(setting)


def result(name, expected, run):
    return Experiment(f"one.{name}", "Table 1", f"what {name} claims", "1 s", "2 min", expected, run)


RESULTS = (
    result("good", "reproduced", measured),
    result("noise", "reproduced, but", lambda setting: measured(setting, null=1.0)),
    result("other", "not reproduced", lambda setting: measured(setting, paper=3.0)),
)
SURPRISE = result("surprise", "reproduced", lambda setting: measured(setting, paper=3.0))
BROKEN = result("broken", "reproduced", fails)
CUT = result("cut", "reproduced", interrupted)


@pytest.fixture
def catalogue(monkeypatch):
    """Return a function that puts experiments in place of the papers'."""

    def put(*results):
        papers = (
            Paper("one", "Author, A first paper, 2026", results),
            Paper("two", "Author, A second paper, 2027", ()),
        )
        pairs = [(paper, experiment) for paper in papers for experiment in paper.experiments]
        for place in ("levysde.reproduce", "levysde.reproduce.run"):
            monkeypatch.setattr(f"{place}.PAPERS", papers)
        monkeypatch.setattr("levysde.reproduce.run.experiments", lambda: pairs)

    return put


def test_all(catalogue, capsys, tmp_path):
    catalogue(*RESULTS)
    assert main(["reproduce", "all", "--quick", "--seed", "3", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "3 of 3 verdicts as expected" in out
    for text in ("3.000 ± 0.050", "reproduced, but it is noise", "not reproduced: 1 of 1 numbers off"):
        assert text in out
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"one.{name}.{suffix}" for name in ("good", "noise", "other") for suffix in ("csv", "json", "png")
    )
    content = json.loads((tmp_path / "one.noise.json").read_text())
    assert content["provenance"]["entropy"] == "3"
    assert content["provenance"]["settings"] == {"effort": "quick", "data": "digits", "n": 10}
    assert [row["stands"] for row in content["rows"]] == ["", False]
    assert content["panels"][0]["series"][0]["error"] == [0.1, 0.1]
    with (tmp_path / "one.noise.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["kind"] for row in rows] == ["number", "control"]
    assert float(rows[0]["ours"]) == content["rows"][0]["ours"]


def test_the_status_is_the_verdicts(catalogue, capsys):
    catalogue(*RESULTS, SURPRISE)
    assert main(["reproduce", "one.good", "one.other"]) == 0  # "not reproduced" is what is expected there
    assert main(["reproduce", "one"]) == 1
    told = capsys.readouterr()
    assert "3 of 4 verdicts as expected" in told.out
    table = told.out[told.out.rindex("number farthest off") :].splitlines()[2:6]
    cells = [re.split(r"\s{2,}", line) for line in table]
    assert [(row[0], *row[5:]) for row in cells] == [
        ("one.good", "1 of 1", "1 of 1", "reproduced", "yes"),
        ("one.noise", "1 of 1", "0 of 1", "reproduced, but", "yes"),
        ("one.other", "0 of 1", "1 of 1", "not reproduced", "yes"),
        ("one.surprise", "0 of 1", "1 of 1", "not reproduced", "no: reproduced"),
    ]
    assert "not the expected verdict: one.surprise" in told.err


def test_a_failure_does_not_lose_the_others(catalogue, capsys, tmp_path):
    catalogue(BROKEN, *RESULTS)
    assert main(["reproduce", "all", "--quick", "--out", str(tmp_path), "--quiet"]) == 1
    told = capsys.readouterr()
    assert "one.broken failed: ZeroDivisionError: no such path (test_reproduce.py:" in told.err
    assert "3 of 4 verdicts as expected" in told.out
    assert len(list(tmp_path.iterdir())) == 9


def test_ctrl_c_keeps_what_is_finished(catalogue, capsys, tmp_path):
    catalogue(RESULTS[0], CUT, RESULTS[1])
    assert main(["reproduce", "all", "--quick", "--out", str(tmp_path), "--figure-format", "pdf"]) == 130
    told = capsys.readouterr()
    assert "interrupted after 1 of 3 results" in told.err
    assert "1 of 1 verdicts as expected" in told.out
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"one.good.{end}" for end in ("csv", "json", "pdf")]
    assert (tmp_path / "one.good.pdf").read_bytes()[:5] == b"%PDF-"


def test_ctrl_c_at_once(catalogue, capsys):
    catalogue(CUT)
    assert main(["reproduce", "one.cut", "--quick"]) == 130
    told = capsys.readouterr()
    assert "nothing was written" in told.err
    assert told.out == ""


def test_json(catalogue, capsys):
    catalogue(BROKEN, *RESULTS)
    assert main(["reproduce", "all", "--json"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert [one["verdict"] for one in content["results"]] == [one.expected for one in RESULTS]
    assert content["results"][0]["rows"][0]["n"] == 1000  # full is the default
    assert list(content["failed"]) == ["one.broken"]


def test_list(catalogue, capsys):
    catalogue(*RESULTS)
    assert main(["reproduce", "--list"]) == 0
    out = capsys.readouterr().out
    for text in ("one: Author, A first paper, 2026", "one.noise  Table 1  1 s", "2 min", "what other claims"):
        assert text in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["one.god"], "'one.god' is no result; did you mean one.good"),
        (["one.good", "three"], "'three' is no result; did you mean all, one or two"),
        ([], "name results, a paper (one, two) or `all`"),
        (["all", "--list"], "leave the ids away"),
        (["all", "--data", "nowhere.npz"], "cannot read nowhere.npz"),
        (["all", "--figure-format", "gif"], "invalid choice: 'gif'"),
    ],
)
def test_wrong_questions_before_any_work(catalogue, capsys, arguments, problem):
    catalogue(*RESULTS)
    assert main(["reproduce", *arguments]) == 2
    told = capsys.readouterr()
    assert problem in told.err
    assert told.out == ""
