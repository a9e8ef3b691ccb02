"""`carbonspace compare`: what is shown, what is written, and what is refused."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box
from tests.cli.calls import FAULTY, X, Y, called

from carbonspace.comparison.sides import side_of
from carbonspace.digest import digests
from carbonspace.model.progress import nobody
from carbonspace.sources.samples import sample_plan


@pytest.fixture
def moved(plan: Path, tmp_path: Path) -> Path:
    """The same plan with its park at the other home, and that home called otherwise."""
    folder = tmp_path / "plan b"
    folder.mkdir()
    shutil.copy(plan, folder / "plan.toml")
    for name in ("units", "parcels", "parks"):
        layer = gpd.read_file(plan.parent / "plan.gpkg", layer=name)
        if name == "parks":
            layer["geometry"] = [box(X + 2000, Y, X + 2300, Y + 100)]
        if name == "parcels":
            layer["parcel_id"] = ["near", "distant"]
        layer.to_file(folder / "plan.gpkg", layer=name)
    return folder / "plan.toml"


def test_the_table_names_the_edit_behind_a_change(
    plan: Path, moved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--indicator", "park_coverage", "--progress", "none")
    assert called("compare", plan, moved, "--lang", "en", *asked) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Geometry changed" in shown
    assert "No figure changed" in shown  # it reaches one of two like homes, as before
    fewer = plan.parent / "fewer"
    fewer.mkdir()
    for name in ("units", "parcels", "parks"):
        layer = gpd.read_file(plan.parent / "plan.gpkg", layer=name)
        kept = layer[layer["parcel_id"] == "far"] if name == "parcels" else layer
        kept.to_file(fewer / "plan.gpkg", layer=name)
    shutil.copy(plan, fewer / "plan.toml")
    assert called("compare", plan, fewer, "--lang", "zh", *asked) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "50.00 → 0.00" in shown
    assert "near" in shown
    assert "-50.00" in shown


def test_csv_and_json_go_to_stdout(
    plan: Path, moved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--indicator", "park_coverage", "--progress", "none")
    assert called("compare", plan, moved, "--format", "csv", *asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("unit_id,unit_id_after,level,indicator,unit,before,after")
    assert len(lines) == 3
    assert called("compare", plan, moved, "--format", "json", *asked) == 0
    found = json.loads(capsys.readouterr().out)
    (edit,) = found["edits"]
    assert (edit["layer"], edit["feature"], edit["edit"]) == ("parks", "P", "reshaped")
    assert found["renumbered"] == {"parcels": 1}


def test_the_folder_is_whole_and_written_again(plan: Path, moved: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        assert called("compare", plan, moved, "--out", out, "--progress", "none") == 0
    files = {path.name for path in out.iterdir()}
    assert files == {
        "compare.html", "compare.gpkg", "compare.json", "run.json", "terms.csv", "units.csv",
        "figures.csv", "verdicts.csv", "edits.csv", "shares.csv",
    }  # fmt: skip
    layers = set(gpd.list_layers(out / "compare.gpkg")["name"])
    assert {"units", "edits_polygons", "before_polygons", "figures", "shares"} <= layers
    (edit,) = gpd.read_file(out / "compare.gpkg", layer="edits_polygons").to_dict("records")
    assert edit["edit"] == "reshaped"
    assert edit["geometry"].area == pytest.approx(30_000)


def test_more_plans_are_each_held_against_the_first(
    plan: Path, moved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ("--indicator", "park_coverage", "--progress", "none", "--format", "json")
    assert called("compare", plan, moved, plan, "--out", out, *asked) == 0
    one, other = json.loads(capsys.readouterr().out)
    assert len(one["edits"]) == 1
    assert other["edits"] == []
    folders = sorted(path.name for path in out.iterdir() if path.is_dir())
    assert len(folders) == 2
    assert all((out / name / "compare.html").is_file() for name in folders)


def results(plan: Path, out: Path) -> Path:
    assert called("run", plan, "--out", out, "--indicator", "park_coverage",
                  "--progress", "none") == 0  # fmt: skip
    return out


def test_folders_of_results_are_compared_by_figures(
    plan: Path, moved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = results(plan, tmp_path / "one"), results(moved, tmp_path / "other")
    capsys.readouterr()
    assert called("compare", one, other, "--format", "json", "--progress", "none") == 0
    found = json.loads(capsys.readouterr().out)
    assert "folder of results" in found["account"]["reason"]["en"]
    assert found["edits"] == []
    live = tmp_path / "live"
    assert called("compare", plan, moved, "--format", "json", "--indicator", "park_coverage",
                  "--out", live, "--progress", "none") == 0  # fmt: skip
    assert json.loads(capsys.readouterr().out)["figures"] == found["figures"]


@pytest.mark.parametrize(("lang", "words"), [
    ("en", "results of different versions are not compared"), ("zh", "不同版本的结果不作比较"),
])  # fmt: skip
def test_other_versions_are_refused(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, words: str
) -> None:
    one = results(plan, tmp_path / "one")
    other = shutil.copytree(one, tmp_path / "other")
    run = json.loads((other / "run.json").read_text("utf-8"))
    (other / "run.json").write_text(json.dumps({**run, "carbonspace": "0.0.1"}), "utf-8")
    capsys.readouterr()
    assert called("compare", one, other, "--lang", lang) == 3
    said = capsys.readouterr().err
    assert words in said
    assert "0.0.1" in said


def test_results_that_were_changed_are_refused(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = results(plan, tmp_path / "one")
    table = one / "indicators.csv"
    table.write_text(table.read_text("utf-8").replace("park_coverage", "road_density"), "utf-8")
    capsys.readouterr()
    before = digests([table])
    assert called("compare", one, plan, "--lang", "en") == 3
    assert "indicators.csv ≠ sha256" in capsys.readouterr().err
    assert digests([table]) == before


def test_what_is_no_plan_is_refused(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("compare", plan, plan.parent / "plan.gpkg", "--lang", "en") == 3
    assert "plan.gpkg" in capsys.readouterr().err
    assert called("compare", plan, tmp_path / "nowhere", "--lang", "zh") == 3
    assert "nowhere" in capsys.readouterr().err
    assert called("compare", plan) == 2
    assert "two plans" in capsys.readouterr().err
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("mine")
    assert called("compare", plan, plan, "--out", tmp_path / "mine", "--lang", "en") == 3
    assert "was not written by carbonspace" in capsys.readouterr().err


def test_rules_that_were_left_out_are_named(
    plan: Path, moved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved.write_text(moved.read_text("utf-8").replace('["pku"]', '["pku", "ours.toml"]'), "utf-8")
    moved.with_name("ours.toml").write_text(FAULTY, "utf-8")
    done, out = results(moved, tmp_path / "done"), tmp_path / "out"
    capsys.readouterr()
    for second in (moved, done):
        asked = ("compare", plan, second, "--indicator", "park_coverage", "--lang", "en")
        assert called(*asked, "--out", out) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "1 faults: the rules" in said
        assert f"plan: {second}: " in said
        assert "happiness" in said
        (fault,) = json.loads((out / "compare.json").read_text("utf-8"))["left_out"]
        assert fault["what"]["zh"].startswith(f"{second}：")
        page = (out / "compare.html").read_text("utf-8")
        assert '<section id="left-out"' in page
        assert called(*asked, "--json") == 0
        told, errors = capsys.readouterr()
        assert json.loads(told)["comparisons"][0]["left_out"] == [fault]
        assert "happiness" in errors
        assert called(*asked, "--format", "csv") == 0
        told, errors = capsys.readouterr()
        assert "happiness" not in told
        assert "happiness" in errors
    assert called("compare", plan, plan, "--indicator", "park_coverage", "--out", out) == 0
    assert "left out" not in capsys.readouterr().out
    assert '<section id="left-out"' not in (out / "compare.html").read_text("utf-8")


def test_figures_that_nothing_judges_are_compared(tmp_path: Path) -> None:
    plan = str(sample_plan("huizhou"))
    assert (
        called("compare", plan, plan, "--indicator", "road_density", "--out", tmp_path / "ab") == 0
    )
    assert (tmp_path / "ab" / "compare.html").exists()


OURS = """
[title]
zh = "甲城规定"
en = "Rules of city A"

[[rule]]
indicator = "park_coverage"
comparator = ">="
target = [{}]
unit = "%"
quotation = "公园绿地服务半径覆盖率不低于百分之{}"
source = "规定 §1"
applies_to = {{ zh = "全部单元", en = "all units" }}
evidence = "verified"
"""


def test_folders_know_the_rules_of_a_city_as_the_runs_did(
    plan: Path, moved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, target in ((plan, 40), (moved, 60)):
        path.write_text(path.read_text("utf-8").replace('["pku"]', '["ours.toml"]'), "utf-8")
        path.with_name("ours.toml").write_text(OURS.format(target, target), "utf-8")
    one, other = results(plan, tmp_path / "one"), results(moved, tmp_path / "other")
    live = side_of(plan, {"indicators": ["park_coverage"]}, nobody)
    assert side_of(one, {}, nobody).profiles == live.profiles != {}
    found = []
    for sides in ((plan, moved), (one, other)):
        capsys.readouterr()
        asked = ("--indicator", "park_coverage", "--progress", "none", "--format", "json")
        assert called("compare", *sides, "--out", tmp_path / "out", *asked) == 0
        found.append(json.loads(capsys.readouterr().out))
        page = (tmp_path / "out" / "compare.html").read_text("utf-8")
        assert "Rules of city A" in page
        (data,) = re.findall(r'id="both-data">(.*?)</script>', page, re.DOTALL)
        found[-1]["told"] = json.loads(data)["units"]
    assert found[1]["told"] == found[0]["told"]
    assert found[1]["verdicts"] == found[0]["verdicts"] != []
    assert found[1]["terms"] == found[0]["terms"]
