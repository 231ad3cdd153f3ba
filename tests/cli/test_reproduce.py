"""`levysde reproduce` with results of its own: statuses, files, and what an error or Ctrl-C leaves."""

import csv
import json
import re
import signal

import numpy as np
import pytest

from levysde import report
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


def result(name, expected, run, *, networks=False):
    return Experiment(f"one.{name}", "Table 1", f"what {name} claims", "1 s", "2 min", expected, run, networks)


RESULTS = (
    result("good", "reproduced", measured),
    result("noise", "reproduced, but", lambda setting: measured(setting, null=1.0)),
    result("other", "not reproduced", lambda setting: measured(setting, paper=3.0)),
)
SURPRISE = result("surprise", "reproduced", lambda setting: measured(setting, paper=3.0))
BROKEN = result("broken", "reproduced", fails)
CUT = result("cut", "reproduced", interrupted)
TRAINED = result("trained", "reproduced", measured, networks=True)


@pytest.fixture
def ctrl_c():
    """A job in the background ignores Ctrl-C, and the suite may be run in one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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
    assert content["provenance"]["settings"] == {"effort": "quick", "n": 10}
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


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_keeps_what_is_finished(catalogue, capsys, tmp_path):
    catalogue(RESULTS[0], CUT, RESULTS[1])
    assert main(["reproduce", "all", "--quick", "--out", str(tmp_path), "--figure-format", "pdf"]) == 130
    told = capsys.readouterr()
    assert "interrupted after 1 of 3 results" in told.err
    assert "1 of 1 verdicts as expected" in told.out
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"one.good.{end}" for end in ("csv", "json", "pdf")]
    assert (tmp_path / "one.good.pdf").read_bytes()[:5] == b"%PDF-"


def test_ctrl_c_while_a_picture_is_drawn(catalogue, capsys, tmp_path, monkeypatch):
    catalogue(*RESULTS)
    wanted, calls = report.write_reproduction, []

    def impatient(*args, **kwargs):
        calls.append(args[0].id)
        if calls == ["one.good", "one.noise"]:
            raise KeyboardInterrupt
        return wanted(*args, **kwargs)

    monkeypatch.setattr(report, "write_reproduction", impatient)
    assert main(["reproduce", "all", "--quick", "--out", str(tmp_path)]) == 130
    told = capsys.readouterr()
    assert "interrupted after 2 of 3 results" in told.err
    assert "2 of 2 verdicts as expected" in told.out
    assert len(list(tmp_path.iterdir())) == 6


@pytest.mark.usefixtures("ctrl_c")
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
    catalogue(*RESULTS, TRAINED)
    assert main(["reproduce", "--list"]) == 0
    out = capsys.readouterr().out
    wanted = (
        "one: Author, A first paper, 2026",
        "one.noise    Table 1  1 s",
        "2 min",
        "what other claims",
        "take --data: one.trained",
        "two cores: 4 s with --quick, 8 min without",
    )
    for text in wanted:
        assert text in out
    assert main(["reproduce", "--list", "one.noise"]) == 0
    short = capsys.readouterr().out
    assert "one.noise" in short
    assert "one.good" not in short
    assert main(["reproduce", "one", "--list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["id"], row["full"], row["networks"]) for row in rows][2:] == [
        ("one.other", "2 min", False),
        ("one.trained", "2 min", True),
    ]


def test_data_is_told_where_it_is_used(catalogue, capsys, tmp_path):
    catalogue(RESULTS[0], TRAINED)
    rng = np.random.default_rng(1)
    np.savez(tmp_path / "mine.npz", x_train=rng.integers(0, 256, (200, 3, 3)), y_train=np.arange(200) % 2)
    assert main(["reproduce", "one", "--quick", "--data", str(tmp_path / "mine.npz"), "--out", str(tmp_path)]) == 0
    assert f"data    {tmp_path / 'mine.npz'}" in capsys.readouterr().out
    settings = [
        json.loads((tmp_path / f"one.{name}.json").read_text())["provenance"]["settings"]
        for name in ("good", "trained")
    ]
    assert [one.get("data") for one in settings] == [None, str(tmp_path / "mine.npz")]
    assert main(["reproduce", "one.good", "--quick"]) == 0
    assert "digits" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["one.god"], "'one.god' is no result; did you mean one.good"),
        (["one.good", "three"], "'three' is no result; did you mean all, one or two"),
        ([], "name results, a paper (one, two) or `all`"),
        (["GOOD"], "'GOOD' is no result; did you mean one.good?"),
        (["one.trained", "three", "--list"], "'three' is no result"),
        (["all", "--data", "nowhere.npz"], "cannot read nowhere.npz"),
        (["all", "--data", "few.npz"], "few.npz holds 199 samples; give at least 200"),
        (["one.good", "--data", "few.npz"], "none of these results trains networks; one.trained does"),
        (["all", "--figure-format", "gif"], "invalid choice: 'gif'"),
    ],
)
def test_wrong_questions_before_any_work(catalogue, capsys, tmp_path, monkeypatch, arguments, problem):
    catalogue(*RESULTS, TRAINED)
    monkeypatch.chdir(tmp_path)
    np.savez("few.npz", x=np.eye(199), y=np.arange(199) % 2)
    assert main(["reproduce", *arguments]) == 2
    told = capsys.readouterr()
    assert problem in told.err
    assert told.out == ""
