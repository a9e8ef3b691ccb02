"""results.qgz as XML: what it refers to is there, whatever things are called."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pyogrio
import pytest
from tests.outputs.town import IDS, INDICATORS, assessment

from carbonspace.errors import SourceError
from carbonspace.model.bureau import Bureau
from carbonspace.model.text import Text
from carbonspace.outputs import read_results, write_results
from carbonspace.outputs.qgis_project import write_project
from carbonspace.outputs.results import results_of

_HOSTILE = "</script>\x00\x0b\uffff\U0001f600\u202e\"'&<../" + "长" * 300
_PARK = "2 公园绿地500米服务半径覆盖率 | Homes within reach of a park"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(assessment(), tmp_path_factory.mktemp("qgz") / "out", reports=["qgz"])


@pytest.fixture(scope="module")
def root(folder: Path) -> ET.Element:
    return _opened(folder)


def _opened(folder: Path) -> ET.Element:
    with zipfile.ZipFile(folder / "results.qgz") as archive:
        assert archive.namelist() == ["results.qgs"]
        text = archive.read("results.qgs").decode()
    return ET.fromstring(text)


def _layers(root: ET.Element) -> dict[str, ET.Element]:
    return {str(one.findtext("datasource")).split("layername=")[1]: one
            for one in root.iterfind("projectlayers/maplayer")}  # fmt: skip


def _theme(root: ET.Element, name: str) -> dict[str, str]:
    (theme,) = (t for t in root.iter("visibility-preset") if t.get("name") == name)
    return {str(one.get("id")): str(one.get("style")) for one in theme.iterfind("layer")}


def test_every_layer_and_table_is_there_by_a_path_from_the_project(
    folder: Path, root: ET.Element
) -> None:
    sources = [str(one.findtext("datasource")) for one in root.iter("maplayer")]
    assert all(one.startswith("./results.gpkg|layername=") for one in sources)
    there = set(pyogrio.list_layers(folder / "results.gpkg")[:, 0]) - {"layer_styles"}
    assert set(_layers(root)) == there | {"indicators|subset=level = 'unit'"}
    ids = [one.get("id") for one in root.iter("layer-tree-layer")]
    assert sorted(map(str, ids)) == sorted(str(one.findtext("id")) for one in root.iter("maplayer"))


def test_groups_hide_evidence_and_show_units(root: ET.Element) -> None:
    panel = root.find("layer-tree-group")
    assert panel is not None
    assert [one.get("name") for one in panel.iterfind("layer-tree-group")] == [
        "依据 | Evidence", "道路与站点 | Roads and stops", "结论 | Verdicts", "底图 | Ground",
        "表 | Tables",
    ]  # fmt: skip
    themes = panel.iterfind("layer-tree-group[1]/layer-tree-group")
    assert [one.get("name") for one in themes] == [
        "道路 | Roads", "公园绿地 | Parks", "停车与充电 | Parking and charging",
    ]  # fmt: skip
    shown = {one.get("id") for one in panel.iter("layer-tree-layer")
             if one.get("checked") == "Qt::Checked"}  # fmt: skip
    assert shown == {
        "carbonspace_units", "carbonspace_ground_parcels", "carbonspace_ground_parks",
        "carbonspace_ground_roads", "carbonspace_ground_transit_stops",
    }  # fmt: skip


def _evidence_shown(folder: Path, tmp_path: Path, judged: tuple[str, ...]) -> set[str]:
    """Return the evidence in the project of a town where only some indicators are judged."""
    (tmp_path / "results.gpkg").write_bytes((folder / "results.gpkg").read_bytes())
    found = results_of(assessment())
    silent = ~found.table["indicator"].isin(judged)
    table = found.table.assign(status=found.table["status"].mask(silent, "no_target"))
    write_project(replace(found, table=table), tmp_path)
    return {name for name in _layers(_opened(tmp_path)) if name.startswith("evidence_")}


def test_evidence_that_explains_no_verdict_is_left_out(folder: Path, tmp_path: Path) -> None:
    all_there = set(pyogrio.list_layers(folder / "results.gpkg")[:, 0])
    every = {name for name in all_there if name.startswith("evidence_")}
    assert len(every) == 3
    found = _evidence_shown(folder, tmp_path, ("park_coverage", "road_density"))
    assert found == {"evidence_park_coverage", "evidence_road_density"} < every
    assert _evidence_shown(folder, tmp_path, ()) == every  # nothing is judged: all may matter


def test_layers_look_as_their_styles_in_the_geopackage_say(root: ET.Element) -> None:
    units = _layers(root)["units"]
    manager = units.find("map-layer-style-manager")
    assert manager is not None
    names = [one.get("name") for one in manager]
    assert names[0] == manager.get("current") == "未达标指标数 | Missed targets"
    assert len(names) == 1 + len(INDICATORS)
    assert units.findtext("previewExpression") == 'coalesce("name", "unit_id", \'\')'
    renderer = units.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("type") == "RuleRenderer"
    assert units.get("labelsEnabled") == "1"


def test_columns_and_codes_have_names(root: ET.Element) -> None:
    units = _layers(root)["units"]
    called = {one.get("field"): one.get("name") for one in units.iterfind("aliases/alias")}
    assert called["road_density"] == "道路网密度（km/km²） | Road density"
    assert called["road_density_status"] == "道路网密度：结论 | Road density: verdict"
    assert called["not_met"] == "未达标项数 | Targets missed"
    (field,) = (f for f in units.iterfind("fieldConfiguration/field") if f.get("name") == "verdict")
    words = {o.get("value"): o.get("name") for o in field.iter("Option") if o.get("value")}
    assert words["not_met"] == "未达标 | Not met"


def test_a_theme_shows_an_indicator_and_its_evidence(root: ET.Element) -> None:
    names = [str(one.get("name")) for one in root.iter("visibility-preset")]
    assert [name[0] for name in names] == ["0", "1", "2", "3", "4"]  # nothing judges two of six
    theme = _theme(root, _PARK)
    style = "公园绿地500米服务半径覆盖率 | Homes within reach of a park (park_coverage)"
    assert theme["carbonspace_units"] == style
    evidence = {key: one for key, one in theme.items() if "evidence" in key}
    default = "服务半径未覆盖的居住用地 | Homes out of reach of a park"
    assert evidence == {"carbonspace_evidence_park_coverage": default}


def test_of_what_is_judged_by_parcel_the_parcels_are_shown(root: ET.Element) -> None:
    theme = _theme(root, "4 主导功能建筑面积占比 | Floor area of the main use")
    assert theme["carbonspace_parcels"] == theme["carbonspace_units"]
    assert "carbonspace_parcels" not in _theme(root, _PARK)


def test_every_style_that_a_theme_names_is_there(root: ET.Element) -> None:
    styles = {one.findtext("id"): {s.get("name") for s in one.iter("map-layer-style")}
              for one in root.iter("maplayer")}  # fmt: skip
    for one in root.iterfind("visibility-presets/visibility-preset/layer"):
        assert one.get("style") in styles[one.get("id")]


def test_results_read_again_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "results.gpkg").write_bytes((folder / "results.gpkg").read_bytes())
    write_project(read_results(folder, INDICATORS), tmp_path)
    again = (tmp_path / "results.qgz").read_bytes()
    assert again == (folder / "results.qgz").read_bytes()


def test_a_bureau_signs_the_project(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "results.gpkg").write_bytes((folder / "results.gpkg").read_bytes())
    block = ((Text("审定", "Approved"), Text("甲", "A")),)
    bureau = Bureau(Text("某规划院", "A bureau"), title_block=block, colours={"met": "#0000ff"})
    write_project(results_of(assessment()), tmp_path, bureau)
    about = _opened(tmp_path).find("projectMetadata")
    assert about is not None
    assert about.findtext("author") == "某规划院 | A bureau"
    assert str(about.findtext("abstract")).startswith("审定 | Approved: 甲 | A\ncarbonspace 0.1.0")
    style = _layers(_opened(tmp_path))["units"].find(".//map-layer-style[2]/qgis/renderer-v2")
    assert style is not None
    colours = [one.get("v") for one in style.iter("prop") if one.get("k") == "color"]
    # Not met as ours (#f6a56b), then exempt, then met: blue with 55 parts of white in 100.
    assert colours[:3:2] == ["246,165,107,255", "140,140,255,255"]


def test_without_a_geopackage_there_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="without --out"):
        write_project(results_of(assessment()), tmp_path)
    assert not (tmp_path / "results.qgz").exists()


def test_hostile_names_do_no_harm(tmp_path: Path) -> None:
    ids = (_HOSTILE.replace("\x00", ""), *IDS[1:])
    town = assessment(ids, (_HOSTILE.replace("\x00", ""),) * 6, title=_HOSTILE)
    root = _opened(write_results(town, tmp_path / "out", reports=["qgz"]))
    shown = _HOSTILE
    for forbidden in ("\x00", "\x0b", "\uffff"):
        shown = shown.replace(forbidden, "\ufffd")
    assert root.findtext("title") == f"{shown} | Detailed plan of a town centre"


def test_a_plan_that_nothing_is_asked_of_has_its_overview(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "results.gpkg").write_bytes((folder / "results.gpkg").read_bytes())
    found = results_of(assessment())
    unjudged = found.table.assign(status="no_target", profile=None, rule=None)
    write_project(replace(found, table=unjudged), tmp_path)
    (theme,) = _opened(tmp_path).iter("visibility-preset")
    assert theme.get("name") == "0 总览：未达标指标数 | Overview: missed targets"
