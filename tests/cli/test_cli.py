"""The command line: exit codes, progress, and what a person reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box
from tests.cli.calls import PLAN, X, Y, called
from tests.outputs.test_page_data import held_by

from carbonspace.options import system_language


def test_run_writes_results_and_shows_the_table(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert called("run", plan, "--out", out, "--lang", "en", "--indicator", "park_coverage") == 0
    shown = capsys.readouterr().out
    assert "50.00 ✗" in shown
    assert "U1" in shown
    assert {"report.html", "results.gpkg", "indicators.csv", "run.json", "units"} <= {
        p.name for p in out.iterdir()
    }


def test_the_table_is_chinese_when_asked(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called("run", plan, "--out", tmp_path / "out", "--lang", "zh", "--indicator", "park_coverage")
    assert "未达标 2" in capsys.readouterr().out


def test_the_page_of_some_units_leaves_the_city_out(plan: Path, tmp_path: Path) -> None:
    chosen = ("--indicator", "park_coverage", "--unit", "U1")
    assert called("run", plan, "--out", tmp_path / "out", *chosen) == 0
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "only some units were computed, not the city" in page
    assert held_by(tmp_path / "out" / "report.html")["places"]["kind"] == "u"
    assert "Conservation" not in page
    called("run", plan, "--out", tmp_path / "out", "--indicator", "park_coverage")
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert held_by(tmp_path / "out" / "report.html")["places"]["kind"].endswith("uc")
    assert "Conservation" in page


def test_strict_exits_with_1_when_a_binding_threshold_is_missed(plan: Path, tmp_path: Path) -> None:
    arguments = ("run", plan, "--out", tmp_path / "out", "--indicator", "park_coverage", "--strict")
    assert called(*arguments) == 1


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["run", "p.toml", "--out", "o", "--lang", "fr"], ["nonsense"]],
)
def test_usage_errors_exit_with_2(arguments: list[str]) -> None:
    assert called(*arguments) == 2


def test_an_unknown_indicator_exits_with_2(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("run", plan, "--out", tmp_path / "out", "--indicator", "happiness") == 2
    assert "happiness" in capsys.readouterr().err


def test_unusable_data_exits_with_3_and_writes_nothing(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.write_text(PLAN.format(crs="EPSG:4326"), encoding="utf-8")
    out = tmp_path / "out"
    assert called("run", plan, "--out", out) == 3
    captured = capsys.readouterr().err
    assert "Traceback" not in captured
    assert "WGS 84" in captured
    assert not out.exists()


def test_a_missing_plan_exits_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("run", tmp_path / "no.toml", "--out", tmp_path / "out") == 3
    assert "no.toml" in capsys.readouterr().err


def test_progress_as_json_lines(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called(
        "run", plan, "--out", tmp_path / "o", "--progress", "json", "--indicator", "park_coverage"
    )
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    titles = [line["title"]["en"] for line in lines]
    expected = [
        "Reading the data: plan.gpkg", "Preparing the data: Parcels",
        "Homes within reach of a park", "Holding values against thresholds", "Writing the layers",
        "Writing the page of the plan", "Writing the page of unit U1", "Done",
    ]  # fmt: skip
    assert [title for title in titles if title in expected] == expected
    assert all(line["plan"] == str(plan) and line["total"] == 100 for line in lines)
    done, elapsed = ([line[name] for line in lines] for name in ("done", "elapsed_s"))
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 100)
    assert elapsed == sorted(elapsed)
    assert lines[0]["remaining_s"] is None
    assert lines[-1]["remaining_s"] == 0


def test_an_interrupted_run_exits_with_130_and_writes_nothing(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("carbonspace.outputs.write_results", interrupt)
    assert called("run", plan, "--out", tmp_path / "out") == 130
    assert not (tmp_path / "out").exists()


def test_catalog_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("catalog", "--format", "json") == 0
    catalogue = json.loads(capsys.readouterr().out)
    assert {"indicators", "thresholds"} <= set(catalogue)
    (coverage,) = [one for one in catalogue["indicators"] if one["key"] == "park_coverage"]
    assert coverage["layers"] == ["units", "parcels", "parks"]
    title = {"zh": "服务半径", "en": "Service radius"}
    radius = {"name": "radius", "default": 500.0, "unit": "m", "title": title}
    assert any(radius.items() <= one.items() for one in coverage["parameters"])
    assert {"profile", "indicator", "target", "quotation", "source", "year", "status"} <= set(
        catalogue["thresholds"][0]
    )


def test_catalog_as_markdown_and_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("catalog", "--format", "markdown") == 0
    assert "## `road_density`" in capsys.readouterr().out
    assert called("catalog", "--lang", "zh") == 0
    assert "路网密度" in capsys.readouterr().out


def test_check_lists_findings(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("check", plan, "--lang", "en") == 0
    assert "Nothing was found" in capsys.readouterr().out


def test_check_and_run_refuse_parameters_that_are_none(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = plan.read_text("utf-8").replace("[layers.units]", "indicators = ['x1']\n[layers.units]")
    plan.write_text(text + "[parameters.park_coverage]\nradius = nan\nmin_area = true\n", "utf-8")
    for arguments in (("check", plan), ("run", plan, "--out", tmp_path / "out")):
        assert called(*arguments, "--lang", "en") == 3
        shown = "".join(capsys.readouterr())
        assert all(word in shown for word in ("'x1'", "nan", "True"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("named", "expected"), [("zh_CN.UTF-8", "zh"), ("en_GB.UTF-8", "en"), ("C", "en")]
)
def test_the_language_follows_the_terminal(
    monkeypatch: pytest.MonkeyPatch, named: str, expected: str
) -> None:
    monkeypatch.setenv("LC_ALL", named)
    assert system_language() == expected


def test_messages_are_in_the_language_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert called("check", tmp_path / "no.toml", "--lang", "zh") == 3
    assert "文件不存在" in capsys.readouterr().out
    assert called("demo", "--sample", "atlantis", "--out", tmp_path / "x", "--lang=zh") == 2
    assert "没有示例 atlantis" in capsys.readouterr().err


def test_the_language_named_goes_before_the_environment(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    for named, other, found in (("zh", "en", "没有发现问题"), ("en", "zh", "Nothing was found")):
        monkeypatch.setenv("CARBONSPACE_LANG", other)
        for asked in (("--lang", named, "check", plan), ("check", plan, "--lang", named),
                      ("--lang", other, "check", plan, "--lang", named)):  # fmt: skip
            assert called(*asked) == 0
            assert found in capsys.readouterr().out
        monkeypatch.setenv("CARBONSPACE_LANG", named)
        assert called("check", plan) == 0
        assert found in capsys.readouterr().out
        assert called("demo", "--sample", "atlantis", "--out", tmp_path / "x") == 2
        assert ("没有示例 atlantis" in capsys.readouterr().err) == (named == "zh")
    monkeypatch.setenv("CARBONSPACE_LANG", "fr")
    assert called("check", plan) == 2
    assert "'fr'" in capsys.readouterr().err


def test_a_fault_of_the_program_is_no_traceback(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("carbonspace.outputs.write_results", fail)
    monkeypatch.delenv("CARBONSPACE_DEBUG", raising=False)
    assert called("run", plan, "--out", tmp_path / "out", "--lang", "en") == 70
    shown = capsys.readouterr().err
    assert "ZeroDivisionError: by nought" in shown
    assert "Traceback" not in shown


def test_a_folder_of_somebody_else_is_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.doc").write_text("years of work", encoding="utf-8")
    arguments = ("run", tmp_path / "no.toml", "--out", tmp_path / "mine", "--lang", "en")
    assert called(*arguments) == 3
    assert "was not written by carbonspace" in capsys.readouterr().err
    assert called("run", tmp_path / "no.toml", "--out", tmp_path / "mine" / "thesis.doc" / "x") == 3
    assert "thesis.doc" in capsys.readouterr().err


def test_a_terminal_in_gbk_can_be_written_to(plan: Path, tmp_path: Path) -> None:
    program = "from carbonspace.cli import main; main()"
    arguments = ["run", str(plan), "--out", str(tmp_path / "out"), "--lang", "zh"]
    environment = {**os.environ, "PYTHONIOENCODING": "gbk"}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("gbk")
    assert "未达标" in done.stdout.decode("gbk")


def test_check_writes_where_the_problems_are(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two units overlap by 100 m × 1 km: a warning, with its outline on the map."""
    west, east = box(X, Y, X + 2000, Y + 1000), box(X + 1900, Y, X + 3000, Y + 1000)
    units = gpd.GeoDataFrame({"unit_id": ["U1", "U2"]}, geometry=[west, east], crs="EPSG:4547")
    units.to_file(tmp_path / "plan.gpkg", layer="units")
    out = tmp_path / "found"
    assert called("check", plan, "--out", out, "--lang", "en") == 0
    assert "Features overlap" in capsys.readouterr().out
    lines = gpd.read_file(out / "findings.gpkg", layer="finding_lines")
    overlap = lines[lines["what"] == "Features overlap"].iloc[0]
    assert overlap.geometry.length == pytest.approx(2200)
    points = gpd.read_file(out / "findings.gpkg", layer="finding_points")
    assert points.crs == "EPSG:4547"
    assert (out / "findings.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_check_of_an_unusable_plan_exits_with_3_and_still_writes(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.write_text(PLAN.format(crs="EPSG:4326"), encoding="utf-8")
    assert called("check", plan, "--out", tmp_path / "found", "--lang", "en") == 3
    assert "WGS 84" in capsys.readouterr().out
    assert (tmp_path / "found" / "findings.csv").exists()
