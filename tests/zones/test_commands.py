"""`carbonspace run` and `check` of a plan in several zones, from files to files."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from tests.cli.calls import called
from tests.zones.border import EAST, WEST, town, written

from carbonspace.errors import InputError
from carbonspace.sources import read_plan
from carbonspace.zoned import evaluate_zones

HEAD = f'zones = ["{WEST}", "{EAST}"]\nprofiles = []\n'


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    layers = town()
    layers["units"]["dai"] = [None, "4547", *[None] * 6]
    path = written(tmp_path_factory.mktemp("border"), layers, HEAD)
    text = path.read_text("utf-8")
    path.write_text(
        text.replace('"units.gpkg"\n', '"units.gpkg"\nfields = { crs = "dai" }\n'), "utf-8"
    )
    return path


@pytest.fixture(scope="module")
def out(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "results"
    asked = ["--indicator", "road_density", "--indicator", "park_coverage"]
    assert called("run", plan, "--out", folder, *asked, "--quiet") == 0
    return folder


def test_the_geopackage_has_units_in_one_crs_and_in_their_own(out: Path) -> None:
    file = out / "results.gpkg"
    crs = {name: pyogrio.read_info(file, layer=name)["crs"]
           for name, kind in pyogrio.list_layers(file) if kind}  # fmt: skip
    assert crs.pop("units_EPSG_4547") == WEST
    assert set(crs.values()) == {EAST}
    units = gpd.read_file(file, layer="units").set_index("unit_id")
    own = gpd.read_file(file, layer="units_EPSG_4547").set_index("unit_id")
    assert [*own.index] == [*units.index[units["crs"] == WEST]] == ["W00", "W10", "W01", "W11"]
    denominators = pd.read_csv(out / "indicators.csv").query("indicator == 'road_density'")
    known = denominators.query("level == 'unit'").set_index("unit_id")
    assert own.area.to_dict() == pytest.approx(known.loc[own.index, "denominator"].to_dict())
    assert known["crs"].to_dict() == units["crs"].to_dict()


def test_the_account_and_the_page_say_the_zones(out: Path) -> None:
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert {crs: len(said["units"]) for crs, said in run["zones"].items()} == {WEST: 4, EAST: 4}
    assert run["crs"] == EAST
    page = (out / "report.html").read_text("utf-8")
    assert "各单元在所属带的坐标系中量算" in page
    assert f"shapes are shown in {EAST}" in page


def test_reports_are_made_again_from_the_folder(out: Path) -> None:
    assert called("report", out, "--format", "html", "--quiet") == 0


def test_files_are_read_as_frames_are(plan: Path, out: Path) -> None:
    found = evaluate_zones(read_plan(plan), ("road_density",), ()).table
    rows = pd.read_csv(out / "indicators.csv")
    rows = rows[rows["indicator"] == "road_density"]
    assert [*rows["value"]] == [*found["value"]]


def test_a_layer_may_lie_in_a_file_for_each_zone(plan: Path) -> None:
    layers, folder = town(), plan.parent
    for crs, start in ((WEST, "W"), (EAST, "E")):
        own = layers["units"][layers["units"]["unit_id"].str.startswith(start)]
        own.to_crs(crs).to_file(folder / f"{start}.gpkg", layer="units")
    text = plan.read_text("utf-8").replace('"units.gpkg"\nfields = { crs = "dai" }',
                                           '["W.gpkg", "E.gpkg"]')  # fmt: skip
    apart = folder / "apart.toml"
    apart.write_text(text, "utf-8")
    found, whole = (evaluate_zones(read_plan(one), ("road_density",), ()).table
                    for one in (apart, plan))  # fmt: skip
    ours, theirs = (one.set_index("unit_id") for one in (found, whole))
    assert [*ours.index] == ["W00", "W10", "W01", "W11", "E20", "E30", "E21", "E31", "north",
                             "south", "city"]  # fmt: skip
    assert [*ours["value"]] == pytest.approx([*theirs.loc[ours.index, "value"]], rel=1e-8)
    apart.write_text(text.replace(f'zones = ["{WEST}", "{EAST}"]', f'crs = "{WEST}"'), "utf-8")
    with pytest.raises(InputError) as refused:
        read_plan(apart)
    assert "different CRSs" in refused.value.findings[0].what.en


@pytest.mark.parametrize("option", [["--maps"], ["--cluster", "local:1"]])
def test_what_zones_lack_is_refused_before_anything_is_read(
    plan: Path, tmp_path: Path, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("run", plan, "--out", tmp_path / "out", *option) == 2
    assert option[0] in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_check_tells_zones_and_what_is_wrong_with_them(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("check", plan, "--json") == 0
    told = json.loads(capsys.readouterr().out)["findings"]
    assert told[0]["found"]["zh"] == f"{WEST}：4 个单元；{EAST}：4 个单元"
    text = plan.read_text("utf-8")
    bad = plan.with_name("bad.toml")
    bad.write_text(text.replace(f'"{EAST}"]', '"EPSG:1"]'), "utf-8")
    assert called("check", bad, "--json") == 3
    (fault,) = json.loads(capsys.readouterr().out)["findings"]
    assert fault["what"]["zh"] == "无法识别 zones 中的坐标系"
