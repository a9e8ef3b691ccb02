"""`--quiet` says nothing, `--json` writes one document: in every command that tells something."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.calls import FAULTY, PLAN, called

from carbonspace.guard import INTERRUPTED
from carbonspace.version import __version__

ONE = ("--indicator", "park_coverage")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "结果 out"


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return what stands on stdout: one JSON document, and nothing else."""
    found = json.loads(capsys.readouterr().out)
    assert found["format"] == 1
    assert found["carbonspace"] == __version__
    return dict(found)


def faulty(plan: Path) -> None:
    """Give a plan rules of its own that cannot be used."""
    named = plan.read_text("utf-8").replace('["pku"]', '["pku", "ours.toml"]')
    plan.write_text(named, "utf-8")
    plan.with_name("ours.toml").write_text(FAULTY, "utf-8")


def commands(plan: Path, out: Path) -> dict[str, tuple[str | Path, ...]]:
    """Return every command that has the two options, each on something that works."""
    return {
        "run": ("run", plan, "--out", out, *ONE),
        "check": ("check", plan, "--out", out),
        "compare": ("compare", plan, plan, "--out", out, *ONE),
        "areas": ("areas", plan, "--goal", "parks", "-o", out),
        "partition": ("partition", plan, "--out", out),
        "report": ("report", out),
    }


@pytest.mark.parametrize("command", ["run", "check", "compare", "report"])
def test_quiet_says_nothing(
    plan: Path, out: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    if command == "report":
        called("run", plan, "--out", out, *ONE)
        capsys.readouterr()
    assert called(*commands(plan, out)[command], "--quiet") == 0
    assert called(*commands(plan, out)[command], "-q") == 0  # a run: nothing has changed
    assert capsys.readouterr() == ("", "")
    assert (out / "run.json").is_file()


def test_quiet_shows_no_bar_but_the_progress_that_is_asked_for(
    plan: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert called("run", plan, "--out", out, *ONE, "-q") == 0
    assert capsys.readouterr() == ("", "")
    assert called("run", plan, "--out", out, *ONE, "-q", "--force", "--progress", "json") == 0
    said, lines = capsys.readouterr()
    assert said == ""
    assert json.loads(lines.splitlines()[-1])["done"] == 100


def test_quiet_keeps_exit_codes_and_errors(
    plan: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("run", plan, "--out", out, *ONE, "-q", "--strict") == 1
    assert called("run", plan, "--out", out, *ONE, "-q", "--strict") == 1  # unchanged
    assert capsys.readouterr() == ("", "")
    plan.write_text(PLAN.format(crs="EPSG:4326"), "utf-8")
    for asked in (("run", plan, "--out", out), ("check", plan), ("compare", plan, plan)):
        assert called(*asked, "-q") == 3
        said, errors = capsys.readouterr()
        assert said == ""
        assert "WGS 84" in errors


def test_what_was_left_out_is_told_whoever_listens(
    plan: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faulty(plan)
    for _ in ("computed", "unchanged"):
        assert called("run", plan, "--out", out, *ONE, "-q", "--lang", "en") == 0
        said, errors = capsys.readouterr()
        assert said == ""
        assert "left out" in errors
    assert called("run", plan, "--out", out, *ONE, "--json", "--strict", "--lang", "zh") == 1
    said, errors = capsys.readouterr()
    found = json.loads(said)
    assert (found["left_out"], found["findings"]["error"], found["exit_code"]) == (1, 1, 1)
    (fault,) = found["findings"]["errors"]
    assert fault["layer"] == "plan"
    assert "happiness" in fault["found"]["zh"]
    assert "未采用" in errors


def test_a_run_as_a_document(plan: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The park reaches one of two like homes: 50 %, where 80 and 100 are asked (`pku`)."""
    assert called("run", plan, "--out", out, *ONE, "--json", "--strict") == 1
    found = document(capsys)
    assert (found["command"], found["exit_code"], found["unchanged"]) == ("run", 1, False)
    assert found["plan"] == {"zh": "试验", "en": "Trial"}
    assert (found["path"], found["out"]) == (str(plan), str(out))
    assert all((out / name).is_file() for name in found["files"])
    (unit,) = found["units"]
    assert (unit["id"], unit["name"], unit["page"]) == ("U1", None, "units/U1.html")
    assert (unit["missed"], unit["indicators"]["not_met"]) == (1, 1)
    (miss,) = [one for one in unit["misses"] if one["target"] == "= 100"]
    assert (miss["indicator"], miss["profile"], miss["unit"]) == ("park_coverage", "pku", "%")
    assert miss["value"] == pytest.approx(50)
    assert miss["margin"] == pytest.approx(-50)
    assert miss["relative"] == pytest.approx(-0.5)
    assert miss["binding"] is True
    assert found["city"]["id"] == "city"
    assert found["verdicts"]["unit"]["all"]["not_met"] == len(unit["misses"])
    assert found["verdicts"]["unit"]["themes"]["parks"] == found["verdicts"]["unit"]["all"]
    assert found["indicators"]["park_coverage"]["title"]["zh"] == "公园绿地服务半径覆盖率"
    assert found["districts"] == []


def test_an_unchanged_run_has_the_document_of_the_run(
    plan: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called("run", plan, "--out", out, *ONE, "--json")
    first = document(capsys)
    called("run", plan, "--out", out, *ONE, "--json")
    assert document(capsys) == {**first, "unchanged": True}


@pytest.mark.sample
def test_a_large_document_is_the_same_from_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = Path(__file__).parents[2] / "data" / "samples" / "golden" / "plan.toml"
    asked = ("run", golden, "--out", tmp_path / "out", "--json", "--progress", "none")
    assert called(*asked) == 0
    first = document(capsys)
    assert called(*asked) == 0
    assert document(capsys) == {**first, "unchanged": True}
    missed = [unit["missed"] for unit in first["units"]]
    assert missed == sorted(missed, reverse=True)
    assert len({*missed}) > 1
    for unit in first["units"]:
        assert len({one["indicator"] for one in unit["misses"]}) == unit["missed"]
        relative = [one["relative"] for one in unit["misses"] if one["relative"] is not None]
        assert relative == sorted(relative)


def test_the_other_commands_as_documents(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {}
    called("run", plan, "--out", tmp_path / "report", *ONE)
    capsys.readouterr()
    for name in ("check", "compare", "report"):
        assert called(*commands(plan, tmp_path / name)[name], "--json") == 0
        found[name] = document(capsys)
        assert found[name]["command"] == name
        assert all((tmp_path / name / file).is_file() for file in found[name]["files"])
    assert found["check"]["usable"] is True
    assert found["check"]["counts"] == {"error": 0, "warning": 0, "note": 0}
    assert found["report"]["files"] == ["report.html", "units/U1.html"]
    (one,) = found["compare"]["comparisons"]
    assert (one["terms"], one["flips"], one["counts"]["edits"]["inserted"]) == ([], [], 0)
    assert one["counts"]["figures"]["same"] == 2
    assert one["counts"]["flips"] == dict.fromkeys(("gained", "lost", "began", "ended", "other"), 0)


@pytest.mark.sample
def test_samples_and_areas_as_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    golden = Path(__file__).parents[2] / "data" / "samples" / "golden" / "plan.toml"
    file = tmp_path / "areas.gpkg"
    assert called("areas", golden, "--goal", "parks", "-o", file, "--json") == 0
    found = document(capsys)
    assert found["file"] == str(file)
    (goal,) = found["goals"]
    assert [one["minutes"] for one in goal["areas"]] == [5, 10, 15]
    assert goal["areas"][0]["street_m"] < goal["areas"][2]["street_m"]
    assert called("areas", golden, "--goal", "parks", "-o", file, "-q", "--force") == 0
    assert capsys.readouterr() == ("", "")
    assert called("demo", "--sample", "huizhou", "--out", tmp_path / "demo", "--json") == 0
    (one,) = document(capsys)["runs"]
    assert one["sample"] == "huizhou"
    assert one["units"]


@pytest.mark.parametrize("command", ["run", "check", "compare", "areas", "report"])
def test_the_two_cannot_be_given_together(
    plan: Path, out: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert called(*commands(plan, out)[command], "--quiet", "--json") == 2
    said, errors = capsys.readouterr()
    found = json.loads(said)
    assert (found["command"], found["exit_code"]) == (command, 2)
    assert "不能同时给出" in found["error"]["zh"]
    assert "cannot be given together" in found["error"]["en"]
    assert "不能同时给出" in errors
    assert "cannot be given together" in errors
    assert not out.exists()


@pytest.mark.parametrize("manner", ["--quiet", "--json"])
def test_what_is_shown_is_asked_for_once(
    plan: Path, capsys: pytest.CaptureFixture[str], manner: str
) -> None:
    assert called("compare", plan, plan, "--format", "csv", manner) == 2
    assert "--format" in capsys.readouterr().err


def test_errors_are_documents_in_every_command(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere, out = tmp_path / "no.toml", tmp_path / "out"
    for name, asked in commands(nowhere, out).items():
        assert called(*asked, "--json", "--lang", "zh") == 3
        said, errors = capsys.readouterr()
        found = json.loads(said)
        assert (found["command"], found["exit_code"]) == (name, 3)
        assert set(found["error"]) == {"zh", "en"}
        assert found["error"]["zh"] != found["error"]["en"]
        assert "Traceback" not in errors
        assert errors
    assert called("run", plan, "--out", out, "--indicator", "happiness", "--json") == 2
    assert "happiness" in document(capsys)["error"]["en"]
    assert called("run", plan, "--json") == 2
    assert "--out" in document(capsys)["error"]["en"]
    plan.write_text(PLAN.format(crs="EPSG:4326"), "utf-8")
    for command in (("run", plan, "--out", out), ("check", plan)):
        assert called(*command, "--json") == 3
        found = document(capsys)
        assert found["error"]
        assert any("WGS 84" in one["found"]["en"] for one in found["findings"])


def test_an_interrupt_and_a_fault_of_the_program_are_documents(
    plan: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for raised, code in ((KeyboardInterrupt(), INTERRUPTED), (ZeroDivisionError("nought"), 70)):

        def fail(*_: object, error: BaseException = raised, **__: object) -> None:
            raise error

        monkeypatch.setattr("carbonspace.outputs.write_results", fail)
        assert called("run", plan, "--out", out, "--json") == code
        found = document(capsys)
        assert found["exit_code"] == code
    assert "nought" in found["error"]["zh"]


def test_a_document_is_utf8_whatever_the_terminal_is(plan: Path, out: Path) -> None:
    program = "from carbonspace.cli import main; main()"
    asked = ["run", str(plan), "--out", str(out), *ONE, "--json"]
    done = subprocess.run([sys.executable, "-c", program, *asked], capture_output=True, check=True,
                          env={**os.environ, "PYTHONIOENCODING": "gbk"})  # fmt: skip
    assert json.loads(done.stdout.decode("utf-8"))["plan"]["zh"] == "试验"


def test_the_how_to_names_the_keys_of_a_run(
    plan: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "in-scripts.md").read_text("utf-8")
    tables = [re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", part, re.M)))
              for part in page.split("| key | means |")[1:]]  # fmt: skip
    called("run", plan, "--out", out, *ONE, "--json")
    found = document(capsys)
    assert [*found] == [*tables[0], *tables[1]]
    assert [*found["units"][0]["misses"][0]] == tables[2]
    assert [*found["units"][0]] == ["id", "name", "page", "missed", "indicators", "misses"]
