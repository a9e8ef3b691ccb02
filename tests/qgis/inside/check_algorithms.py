"""Every algorithm is there with sound parameters; results are those of the command line."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import SAMPLES, Heard, by_command, copied, golden, plan_of, values
from qgis.core import (
    QgsFeature,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsSettings,
    QgsVectorLayer,
)

FAMILIES: dict[str, dict[str, Any]] = {
    "road_density": {}, "park_coverage": {"min_area": 400.0},
    "station_coverage": {"of": "residents"}, "bike_corridor_length": {},
    "charging_car_park_share": {}, "land_use_mix": {}, "pv_roof_share": {},
}  # fmt: skip
"""One of each family, with a parameter or two set."""


def layers_of(qgis: Any, key: str) -> dict[str, str]:
    facts = qgis.provider.catalogue.indicators[key]
    return {one.upper(): golden(one) for one in [*facts["layers"], *facts["optional_layers"]]}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_algorithm_has_sound_parameters(qgis: Any, lang: str) -> None:
    QgsSettings().setValue("carbonspace/language", lang)
    known = qgis.provider.catalogue
    qgis.provider.refreshAlgorithms()
    names = {one.name() for one in qgis.provider.algorithms()}
    assert names == {*known.indicators, "evaluate_plan", "check_data", "compare_plans",
                     "create_plan_file"}  # fmt: skip
    assert len(names) >= 334
    for one in qgis.provider.algorithms():
        made = one.create({})
        defined = made.parameterDefinitions()
        plain = [p.name().lower() for p in defined]
        assert len(plain) == len(set(plain)), one.name()
        assert made.displayName()
        assert made.shortHelpString()
        for p in defined:
            assert p.description(), (one.name(), p.name())
            default = p.defaultValue()
            assert default is None or p.checkValueIsAcceptable(default), (one.name(), p.name())
    for key, facts in known.indicators.items():
        made = qgis.registry.createAlgorithmById(f"carbonspace:{key}")
        assert made.displayName() == facts["title"][lang]
        assert made.group() == known.themes[facts["theme"]][lang]
        usual = {one["name"]: made.parameterDefinition(one["name"]).defaultValue()
                 for one in made.open_parameters()}  # fmt: skip
        assert made._settings(usual) == {}  # what stands there unchanged is not stated
        taken = {p.name() for p in made.parameterDefinitions()}
        assert {one.upper() for one in facts["layers"]} <= taken
        assert not {one["name"] for one in facts["parameters"] if one["fixed"]} & taken


def test_limits_and_choices_come_from_the_catalogue(qgis: Any) -> None:
    made = qgis.registry.createAlgorithmById("carbonspace:park_coverage")
    radius = made.parameterDefinition("radius")
    assert (radius.minimum(), radius.defaultValue()) == (0.0, 500.0)
    assert radius.description() == "Service radius [m]"
    made = qgis.registry.createAlgorithmById("carbonspace:road_density")
    assert made.parameterDefinition("base").options()[1] == "the built-up area [built_up]"


@pytest.mark.parametrize("value", ["jobs", "jobs [jobs]", "就业岗位 [jobs]"])
def test_choices_are_taken_in_words_of_either_language(qgis: Any, value: str) -> None:
    made = qgis.registry.createAlgorithmById("carbonspace:station_coverage")
    given = {**layers_of(qgis, "station_coverage"), "of": value, "OUTPUT": "/tmp/x.gpkg"}
    assert made.checkParameterValues(given, QgsProcessingContext()) == (True, "")
    assert made._settings(given) == {"of": "jobs"}


@pytest.mark.parametrize("value", ["pku,gb50180", ["pku", "某标准 [gb50180]"]])
def test_profiles_are_taken_by_their_keys(qgis: Any, value: Any) -> None:
    from carbonspace_qgis.parameters import items

    for key in ("park_coverage", "evaluate_plan"):
        made = qgis.registry.createAlgorithmById(f"carbonspace:{key}")
        given = {"PROFILES": value, "OUTPUT": "/tmp/x.gpkg", "FOLDER": "/tmp/x",
                 "PLAN": str(SAMPLES / "huizhou" / "plan.toml")}  # fmt: skip
        layers = layers_of(qgis, key) if key == "park_coverage" else {}
        assert made.checkParameterValues({**layers, **given}, QgsProcessingContext())[0]
        assert not made.checkParameterValues({**layers, **given, "PROFILES": "nobody"},
                                             QgsProcessingContext())[0]  # fmt: skip
    assert items(value) == ["pku", "gb50180"]


@pytest.mark.parametrize("value", ["nobody", "2", 2])
def test_what_is_no_choice_is_refused(qgis: Any, value: Any) -> None:
    made = qgis.registry.createAlgorithmById("carbonspace:station_coverage")
    given = {**layers_of(qgis, "station_coverage"), "of": value, "OUTPUT": "/tmp/x.gpkg"}
    assert not made.checkParameterValues(given, QgsProcessingContext())[0]


def test_the_seven_families_give_what_the_command_line_gives(qgis: Any, tmp_path: Path) -> None:
    import processing

    names = sorted({one.lower() for key in FAMILIES for one in layers_of(qgis, key)})
    rest = "".join(
        f"[parameters.{key}]\n" + "".join(f"{n} = {json.dumps(v)}\n" for n, v in given.items())
        for key, given in FAMILIES.items()
    )
    asked = [part for key in FAMILIES for part in ("--indicator", key)]
    expected = by_command(plan_of(names, rest=rest), tmp_path, *asked)
    for key, given in FAMILIES.items():
        out = tmp_path / "结果 文件夹" / f"{key}.gpkg"
        found = processing.run(f"carbonspace:{key}", {
            **layers_of(qgis, key), **given, "OUTPUT": str(out)}, feedback=Heard())  # fmt: skip
        assert values(out, key) == values(expected, key)
        assert any(one is not None for one in values(out, key).values())
        layer = found["OUTPUT"]
        layer = layer if isinstance(layer, QgsVectorLayer) else QgsVectorLayer(layer, "u", "ogr")
        assert layer.isValid()
        shown = {f["unit_id"]: f[key] for f in layer.getFeatures()}
        assert {one for one, value in values(out, key).items() if value is not None} <= {*shown}
    found = processing.run("carbonspace:evaluate_plan", {
        "PLAN": str(tmp_path / "plan.toml"), "FOLDER": str(tmp_path / "全部"),
        "INDICATORS": ", ".join(FAMILIES)}, feedback=Heard())  # fmt: skip
    for key in FAMILIES:
        assert values(tmp_path / "全部" / "results.gpkg", key) == values(expected, key)


def test_selection_filter_and_unsaved_edits_count(qgis: Any, tmp_path: Path) -> None:
    import processing

    project = QgsProject.instance()
    units, parcels, parks = (QgsVectorLayer(golden(one), one, "ogr")
                             for one in ("units", "parcels", "parks"))  # fmt: skip
    project.addMapLayers([units, parcels, parks])
    units.selectByExpression("\"unit_id\" IN ('SD-03', 'SD-09', 'SD-10')")
    parcels.setSubsetString("\"land_use\" <> '0703'")
    parks.startEditing()
    (gone,) = [f.id() for f in parks.getFeatures() if f["park_id"] == "GY-02"]
    parks.deleteFeature(gone)
    out = tmp_path / "out.gpkg"
    heard = Heard()
    processing.run("carbonspace:park_coverage", {
        "UNITS": QgsProcessingFeatureSourceDefinition(units.id(), True), "PARCELS": parcels.id(),
        "PARKS": parks.id(), "OUTPUT": str(out)}, feedback=heard)  # fmt: skip
    where = {"units": "unit_id IN ('SD-03', 'SD-09', 'SD-10')", "parcels": "land_use <> '0703'",
             "parks": "park_id <> 'GY-02'"}  # fmt: skip
    plan = plan_of(["units", "parcels", "parks"], where)
    expected = by_command(plan, tmp_path, "--indicator", "park_coverage")
    assert values(out, "park_coverage") == values(expected, "park_coverage")
    assert len(values(out, "park_coverage")) == 3
    assert parks.isModified()  # the edits are still the person's own
    assert 0 < max(heard.steps) <= 100


def test_memory_layers_with_other_field_names_are_mapped(qgis: Any, tmp_path: Path) -> None:
    import processing

    def copied(name: str, fields: dict[str, str]) -> QgsVectorLayer:
        source = QgsVectorLayer(golden(name), name, "ogr")
        kinds = "&".join(f"field={new}:string" for new in fields.values())
        made = QgsVectorLayer(f"MultiPolygon?crs=EPSG:4547&{kinds}", f"层 {name}", "memory")
        for one in source.getFeatures():
            copy = QgsFeature(made.fields())
            copy.setGeometry(one.geometry())
            copy.setAttributes([one[old] for old in fields])
            made.dataProvider().addFeature(copy)
        QgsProject.instance().addMapLayer(made)
        return made

    units = copied("units", {"unit_id": "DYBH", "name": "DYMC"})
    parcels = copied("parcels", {"parcel_id": "DKBH", "land_use": "YDDM"})
    parks = copied("parks", {"park_id": "甲"})
    heard, out = Heard(), tmp_path / "out.gpkg"
    processing.run("carbonspace:park_coverage", {
        "UNITS": units, "PARCELS": parcels, "PARKS": parks, "OUTPUT": str(out),
        "FIELDS": ["parks", "park_id", "甲"]}, feedback=heard)  # fmt: skip
    plan = plan_of(["units", "parcels", "parks"])
    expected = by_command(plan, tmp_path, "--indicator", "park_coverage")
    assert values(out, "park_coverage") == values(expected, "park_coverage")
    assert any("parcels.land_use ← YDDM" in one for one in heard.said)


def test_why_there_is_no_value_is_told(qgis: Any, tmp_path: Path, chinese: None) -> None:
    import processing

    heard = Heard()
    layers = {
        one: copied(name, tmp_path / f"{one}.gpkg")
        for one, name in (("UNITS", "units"), ("PARCELS", "parks"), ("PARKS", "parks"))
    }
    found = processing.run("carbonspace:park_coverage", {
        **layers, "OUTPUT": str(tmp_path / "out.gpkg")}, feedback=heard)  # fmt: skip
    assert found["CITY"] is None
    with sqlite3.connect(tmp_path / "out.gpkg") as opened:
        (reason,) = opened.execute("SELECT reason_zh FROM indicators WHERE level='city'").fetchone()
    assert reason in heard.said


@pytest.mark.parametrize(("sample", "keys"), [
    ("huizhou", ("road_density", "park_coverage")), ("barbican", ("solar_roof_area",)),
])  # fmt: skip
def test_evaluate_plan_gives_what_the_command_line_gives(
    qgis: Any, tmp_path: Path, sample: str, keys: tuple[str, ...]
) -> None:
    import processing

    from carbonspace_qgis import interpreter
    from carbonspace_qgis.child import environment

    plan = SAMPLES / sample / "plan.toml"
    found = processing.run("carbonspace:evaluate_plan", {
        "PLAN": str(plan), "FOLDER": str(tmp_path / "结果 1"), "REPORTS": ["html", "qgz"],
        "INDICATORS": ", ".join(keys)}, feedback=Heard())  # fmt: skip
    asked = [part for key in keys for part in ("--indicator", key)]
    command = interpreter.current().command(
        "run", str(plan), "--out", str(tmp_path / "cli"), *asked
    )
    subprocess.run(command, env=environment(), check=True, capture_output=True)
    for key in keys:
        expected = values(tmp_path / "cli" / "results.gpkg", key)
        assert values(Path(found["FOLDER"]) / "results.gpkg", key) == expected
        assert expected
    assert Path(found["REPORT"]).name == "report.html"
    assert [*Path(found["FOLDER"]).glob("*.qgz")]


def test_check_compare_and_create(qgis: Any, tmp_path: Path) -> None:
    import processing

    plan = SAMPLES / "huizhou" / "plan.toml"
    found = processing.run("carbonspace:check_data", {
        "PLAN": str(plan), "FOLDER": str(tmp_path / "check")}, feedback=Heard())  # fmt: skip
    assert (Path(found["FOLDER"]) / "findings.gpkg").exists()
    found = processing.run("carbonspace:create_plan_file", {
        "LAYERS": [golden("units"), golden("parcels")], "OUTPUT": str(tmp_path / "p.toml")},
        feedback=Heard())  # fmt: skip
    assert "[layers.parcels]" in Path(found["OUTPUT"]).read_text("utf-8")
    found = processing.run("carbonspace:compare_plans", {
        "PLAN": str(plan), "OTHER": str(plan), "INDICATORS": "road_density",
        "FOLDER": str(tmp_path / "compare")}, feedback=Heard())  # fmt: skip
    assert [*Path(found["FOLDER"]).glob("*.gpkg")]


def test_results_are_loaded_with_their_style_in_a_group(qgis: Any, tmp_path: Path) -> None:
    import processing

    found = processing.runAndLoadResults("carbonspace:park_coverage", {
        **layers_of(qgis, "park_coverage"), "OUTPUT": str(tmp_path / "out.gpkg")},
        feedback=Heard())  # fmt: skip
    assert found["CITY"]
    root = QgsProject.instance().layerTreeRoot()
    (group,) = root.findGroups()
    assert group.name() == "carbonspace: Homes within reach of a park"
    loaded = [node.layer() for node in group.findLayers()]
    assert [one.name() for one in loaded] == [
        "Evidence: Homes within reach of a park", "Planning units"]  # fmt: skip
    kinds = {one.renderer().type() for one in loaded}
    assert kinds & {"RuleRenderer", "categorizedSymbol"}
