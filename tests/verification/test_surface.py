"""`verify`: its value, its files, its errors, and the command with its status."""

import csv
import json
import math

import numpy as np
import pytest

import levysde as ls
from levysde.cli import main
from levysde.compare import default_landscape
from levysde.verification import Law
from levysde.verification import run as module
from levysde.verification.result import Panel, Report, Row, z_score


def report(verdict="holds", law="made up"):
    row = Row(
        "number", 1.0, ls.Prediction(1.0, math.nan, "law", True, ""), ls.Prediction(1.1, 0.0, "exact", True, ""),
        ls.Estimate(1.2, 0.1, 0.0, (1.0, 1.4), 10, "by hand"),
    )  # fmt: skip
    panel = Panel("x", "y", True, True)
    return Report(law, "", "one is one", "none", row, (row,), None, None, math.nan, None, 1.0, verdict, "so", panel)


def laws(monkeypatch, *verdicts):
    """Put laws with these verdicts in the place of the true ones; an exception is raised."""

    def check(verdict):
        def run(setting):
            if isinstance(verdict, type):
                raise verdict
            return [report(verdict)]

        return run

    monkeypatch.setattr(module, "LAWS", tuple(Law(f"law {k}", check(v)) for k, v in enumerate(verdicts)))


@pytest.fixture(scope="module")
def found():
    return ls.verify(laws=["width"], rng=1)


def test_the_table_has_a_line_and_a_sentence_per_report(found):
    lines = found.table().splitlines()
    assert lines[0].split()[:3] == ["law", "regime", "quantity"]
    assert sum(line.startswith("width, ") for line in lines) == 2 * len(found.reports)
    assert "correction still" in lines[-1]
    assert "E tau, width 0.5" in found.details()


def test_files_hold_every_number(found, tmp_path):
    found.to_csv(tmp_path / "v.csv")
    found.to_json(tmp_path / "v.json")
    with (tmp_path / "v.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == sum(len(one.rows) + 1 for one in found.reports)
    assert float(rows[1]["simulated"]) == found.reports[0].rows[0].measured.value
    content = json.loads((tmp_path / "v.json").read_text())
    assert content["ok"] is True
    assert content["laws"][0]["measured_fit"]["exponent"]["value"] == found.reports[0].measured_fit.exponent.value
    assert content["provenance"]["settings"]["epsilon"] == 0.05


def test_the_result_depends_on_the_seed_and_not_on_the_workers(found):
    values = [row.measured.value for one in found.reports for row in one.rows]
    again = ls.verify(laws=["width"], rng=1, workers=2)
    assert values == [row.measured.value for one in again.reports for row in one.rows]
    other = ls.verify(laws=["width"], rng=2)
    assert values != [row.measured.value for one in other.reports for row in one.rows]


def test_z_counts_known_errors_as_the_rule_says():
    measured = ls.Estimate(1.0, 0.1, 0.2, (0.8, 1.2), 10, "by hand")
    for difference, beyond in ((0.79, False), (0.81, True)):
        assert (z_score(measured, 1.0 - difference, 0.1) > 5) is beyond


def test_what_is_refused():
    for bad, message in (
        ({"alpha": 2.0}, "outside"),
        ({"laws": ["gravity"]}, "must name one or more of noise"),
        ({"effort": "some"}, "'quick', 'full'"),
        ({"epsilon": 0.0}, "outside"),
        ({"landscape": ls.Quadratic()}, "1 minima"),
        ({"landscape": ls.MullerBrown()}, "2 dimension"),
        ({"landscape": ls.Polynomial([0, 0, 1, 0, -1])}, "minima"),
    ):
        with pytest.raises(ValueError, match=message):
            ls.verify(**bad)
    with pytest.raises(TypeError, match="give a list"):
        ls.verify(laws="noise")
    with pytest.raises(TypeError, match="is not a landscape"):
        ls.verify(ls.AlphaStable(1.5))
    with pytest.raises(TypeError, match="is not a function"):
        ls.verify(theory=3)


def test_an_interruption_keeps_the_finished_laws(monkeypatch):
    laws(monkeypatch, "holds", KeyboardInterrupt, "holds")
    told = []
    found = ls.verify(rng=1, progress=lambda *what: told.append(what))
    assert [one.verdict for one in found.reports] == ["holds"]
    assert "after 1 of 3 laws" in found.partial
    assert "PARTIAL" in found.table()
    assert not found.ok
    assert told == [("law 0", 0, 3), ("law 1", 1, 3)]


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [(("holds", "left out", "undecided"), 0), (("holds", "fails"), 1), (("holds", KeyboardInterrupt), 130)],
)
def test_the_status_of_the_command(monkeypatch, capsys, tmp_path, verdicts, status):
    laws(monkeypatch, *verdicts)
    assert main(["verify", "--quick", "--out", str(tmp_path)]) == status
    captured = capsys.readouterr()
    assert "made up" in captured.out
    assert ("should hold and do not: made up" in captured.err) is (status == 1)
    assert {path.name for path in tmp_path.iterdir()} == {"verify.csv", "verify.json", "verify-made-up.png"}
    assert json.loads((tmp_path / "verify.json").read_text())["ok"] is (status == 0)


def test_an_interruption_before_the_first_law_writes_nothing(monkeypatch, tmp_path):
    laws(monkeypatch, KeyboardInterrupt)
    assert main(["verify", "--quick", "--out", str(tmp_path)]) == 130
    assert not list(tmp_path.iterdir())


def test_the_command_checks_a_file_and_draws_it(tmp_path, capsys):
    x = np.arange(-1.0, 2.6, 0.25)
    table = np.column_stack([x, default_landscape().potential(x)])
    np.savetxt(tmp_path / "my.csv", table, delimiter=",", header="s,loss", comments="")
    arguments = (
        f"verify --landscape {tmp_path / 'my.csv'} --x s --u loss --smoothing 0 --alpha 1.2 --laws width --quick"
    )
    assert main([*arguments.split(), "--out", str(tmp_path / "out"), "--rows"]) == 0
    out = capsys.readouterr().out
    assert "width, between wells" in out
    assert "Tabulated" in out
    assert (tmp_path / "out" / "verify-width.png").stat().st_size > 10_000


def test_json_on_the_terminal(monkeypatch, capsys):
    laws(monkeypatch, "holds")
    assert main(["verify", "--quick", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["laws"][0]["verdict"] == "holds"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--alpha 2.5", "alpha=2.5 is outside [0.5, 1.95]"),
        ("--laws gravity", "must name one or more of"),
        ("--landscape quadratic", "1 minima"),
        ("--epsilon 0", "not above zero"),
        ("--rows --json", "give one of --rows and --json"),
    ],
)
def test_wrong_questions(arguments, message, capsys):
    assert main(["verify", *arguments.split()]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_every_report_can_be_drawn(found):
    import matplotlib.pyplot as plt

    ax = ls.plot(found.reports[0])
    assert ax.get_xlabel() == "effective width"
    plt.close("all")
