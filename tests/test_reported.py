"""Figures that a city reports: judged by the same rules, never computed, with their source."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from tests.outputs.test_page_data import held_by

from carbonspace import Assessment, Plan, evaluate, evaluation, read_plan, terminal
from carbonspace.catalogue import as_json, as_markdown, indicators
from carbonspace.errors import UnknownNameError
from carbonspace.model.exemption import Exemption
from carbonspace.model.reported import Figure
from carbonspace.model.rule import Comparator, Profile, Rule
from carbonspace.model.text import Lang, Text
from carbonspace.sources.samples import sample_plan

KEYS = [key for key, one in indicators().items() if one.is_reported]
ASKED = ["road_density", "green_travel_share", "water_leakage", "clean_heating"]
SURVEY = "居民出行调查 travel survey"


def _rule(key: str, comparator: Comparator, target: float) -> Rule:
    return Rule("p", key, comparator, (target,), "%", "q", "s", Text("", ""), "memory")


RULES = (_rule("green_travel_share", ">=", 70), _rule("water_leakage", "<=", 9),
         _rule("clean_heating", ">=", 93))  # fmt: skip
FIGURES = {
    "green_travel_share": {"city": Figure(71.5, "%", SURVEY, 2025),
                           "SD-01": Figure(65.0, "%", SURVEY, 2025)},
    "water_leakage": {"city": Figure(10.0, "%", "水务年报 water report")},
}  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> Plan:
    return replace(read_plan(sample_plan("golden")), reported=FIGURES, profiles=("p",))


@pytest.fixture(autouse=True, scope="module")
def one_profile() -> object:
    with pytest.MonkeyPatch.context() as patch:
        held = {"p": Profile("p", Text("方案", "p"), "d", RULES)}
        patch.setattr(evaluation, "rulebook", lambda _keys, on: held)
        patch.setattr(evaluation, "profile_keys", lambda: ("p",))
        yield


@pytest.fixture(scope="module")
def town(plan: Plan) -> Assessment:
    return evaluate(plan, ASKED)


def row(assessment: Assessment, level: str, place: str, key: str) -> pd.Series:
    table = assessment.table
    chosen = table[(table["level"] == level) & (table["unit_id"] == place)
                   & (table["indicator"] == key)]  # fmt: skip
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_the_rows_of_the_inventory_that_no_map_tells_are_in_the_catalogue() -> None:
    assert len(KEYS) == 37 + 4  # three ids of the inventory hold several figures
    assert {"green_travel_share", "carbon_total_change", "multimodal_share"} <= {*KEYS}
    held = {one["key"]: one for one in as_json()["indicators"]}
    assert all(held[key]["reported"] and held[key]["theme"] == "reported" for key in KEYS)
    assert "Reported: `[reported.green_travel_share]` of plan.toml" in as_markdown()


def test_the_city_is_judged_by_the_figure_as_it_stands(town: Assessment) -> None:
    found = row(town, "city", "city", "green_travel_share")
    assert found[["value", "status", "margin"]].tolist() == [71.5, "met", 1.5]
    assert np.isnan([found["numerator"], found["denominator"]]).all()
    assert found["reason"] == f"reported, not computed: {SURVEY}, 2025"
    assert found["reason_zh"] == f"填报值，非计算：{SURVEY}，2025 年"
    missed = row(town, "city", "city", "water_leakage")
    assert missed[["status", "margin"]].tolist() == ["not_met", -1.0]


def test_units_have_theirs_and_none_is_made_of_others(town: Assessment) -> None:
    own = row(town, "unit", "SD-01", "green_travel_share")
    assert own[["value", "status"]].tolist() == [65.0, "not_met"]
    other = row(town, "unit", "SD-02", "green_travel_share")
    assert other[["status", "reason", "reason_zh"]].tolist() == [
        "no_data",
        "not reported",
        "未填报",
    ]
    assert set(town.table.query("indicator == 'water_leakage'")["level"]) == {"city"}


def test_what_is_not_reported_has_no_data(town: Assessment) -> None:
    found = row(town, "city", "city", "clean_heating")
    assert found[["status", "reason", "target"]].tolist() == ["no_data", "not reported", "≥ 93"]
    only_units = {"clean_heating": {"SD-01": Figure(90, "%", "s")}}
    again = evaluate(replace(town.plan, reported=only_units), ["clean_heating"])
    assert row(again, "city", "city", "clean_heating")["status"] == "no_data"
    assert row(again, "unit", "SD-01", "clean_heating")["status"] == "not_met"


def test_a_clause_that_is_not_held_leaves_who_reported_it(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = replace(RULES[0], never=Text("尚未到期", "not due yet"))
    held = {"p": Profile("p", Text("方案", "p"), "d", (never,))}
    monkeypatch.setattr(evaluation, "rulebook", lambda _keys, on: held)
    found = evaluate(plan, ["green_travel_share"])
    own = row(found, "city", "city", "green_travel_share")
    assert own["status"] == "no_target"
    assert own["reason"] == f"not due yet; reported, not computed: {SURVEY}, 2025"
    assert own["reason_zh"] == f"尚未到期；填报值，非计算：{SURVEY}，2025 年"
    other = row(found, "unit", "SD-02", "green_travel_share")
    assert other[["status", "reason", "reason_zh"]].tolist() == [
        "no_data", "not reported", "未填报",
    ]  # fmt: skip


def test_there_is_no_evidence_and_districts_have_none(plan: Plan, town: Assessment) -> None:
    with pytest.raises(UnknownNameError):
        town.evidence("green_travel_share")
    units = plan.layers["units"].assign(district="D")
    found = evaluate(replace(plan, layers={**plan.layers, "units": units}), ASKED)
    assert set(found.table.query("level == 'district'")["indicator"]) == {"road_density"}


def test_some_units_and_an_exemption(plan: Plan) -> None:
    one = Exemption("green_travel_share", Text("山区", "Hilly"), ("SD-01",))
    found = evaluate(replace(plan, exemptions=(one,)), ASKED, units=["SD-01"])
    own = row(found, "unit", "SD-01", "green_travel_share")
    assert own["status"] == "exempt"
    assert own["reason"] == f"Hilly; reported, not computed: {SURVEY}, 2025"
    assert set(found.indicators) == {"road_density", "green_travel_share"}


def test_computed_indicators_alone_cost_nothing_and_keep_their_bits(plan: Plan) -> None:
    alone = evaluate(plan, ["road_density"])
    silent = evaluate(replace(plan, reported={}), ["road_density"])
    pd.testing.assert_frame_equal(alone.table, silent.table)
    assert set(alone.indicators) == set(alone.run["seconds"]) == {"road_density"}


def test_all_that_is_wrong_comes_at_once(plan: Plan) -> None:
    wrong = {
        "green_travel_shar": {"city": Figure(1, "%", "s", line=3)},
        "road_density": {"city": Figure(1, "km/km²", "s", line=4)},
        "clean_heating": {"city": Figure(1, "", "s", line=5)},
        "water_leakage": {"SD-99": Figure(1, "%", "s", line=6)},
    }
    found = evaluate(replace(plan, reported=wrong), ASKED)
    errors = found.findings[found.findings["severity"] == "error"]
    assert {*errors["what"]} == {
        "reported.green_travel_shar is not known (line 3)",
        "reported.road_density is computed and cannot be reported (line 4)",
        "reported.clean_heating (Clean-heating rate) is in another unit (line 5)",
        "reported.water_leakage.units names a unit the plan does not have (line 6)",
    }
    assert errors["action"].str.endswith("Until then the figure is left out.").all()
    left = row(found, "city", "city", "clean_heating")
    assert left["status"] == "no_data"
    assert left["reason"] == ("the reported figure is not used: reported.clean_heating "
                              "(Clean-heating rate) is in another unit (line 5): ''")  # fmt: skip
    assert "填报值未采用" in left["reason_zh"]
    assert row(found, "city", "city", "road_density")["value"] > 1.5


@pytest.mark.parametrize("unit", ["t/10^4 m2", "t/10⁴ m²", "t/10⁴m²"])
def test_a_unit_may_be_written_plainly(plan: Plan, unit: str) -> None:
    figures = {"construction_waste_intensity": {"city": Figure(250, unit, "s")}}
    found = evaluate(replace(plan, reported=figures), [*figures])
    assert row(found, "city", "city", *figures)["value"] == 250


@pytest.mark.parametrize("unit", ["T/10⁴ m²", "t/10⁴ M2"])
def test_case_counts_in_a_unit_and_the_near_one_is_named(plan: Plan, unit: str) -> None:
    figures = {"construction_waste_intensity": {"city": Figure(250, unit, "s", line=3)}}
    found = evaluate(replace(plan, reported=figures), [*figures])
    (fault,) = found.findings.query("severity == 'error'").to_dict("records")
    assert "Did you mean 't/10⁴ m²'?" in fault["action"]
    assert "是否应为 't/10⁴ m²'？" in fault["action_zh"]
    assert fault["found"] == repr(unit)


# --- what plan.toml says


HEAD = """format = 1
name = "t"
crs = "EPSG:4547"
[layers.units]
source = "plan.gpkg"
layer = "units"
"""


def read(tmp_path: Path, text: str) -> Plan:
    golden = sample_plan("golden").parent / "plan.gpkg"
    file = tmp_path / "plan.toml"
    file.write_text(HEAD.replace("plan.gpkg", golden.as_posix()) + text, "utf-8")
    return read_plan(file)


def test_the_tables_of_plan_toml(tmp_path: Path) -> None:
    text = """[reported.green_travel_share]
value = 71.5
unit = "%"
year = 2025
source = "survey"
[reported.green_travel_share.units]
"SD-01" = 65
"SD-02" = { value = 60.5, year = 2024, source = "other" }
[reported]
water_leakage = { unit = "%", value = 9, source = "report" }
"""
    assert read(tmp_path, text).reported == {
        "green_travel_share": {
            "city": Figure(71.5, "%", "survey", 2025, 7),
            "SD-01": Figure(65.0, "%", "survey", 2025, 7),
            "SD-02": Figure(60.5, "%", "other", 2024, 7),
        },
        "water_leakage": {"city": Figure(9.0, "%", "report", None, 16)},
    }


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ('value = "71"\nunit = "%"\nsource = "s"', "reported.x.value has the wrong type"),
        ('value = true\nunit = "%"\nsource = "s"', "reported.x.value has the wrong type"),
        ('value = nan\nunit = "%"\nsource = "s"', "reported.x.value cannot be used"),
        ('value = -inf\nunit = "%"\nsource = "s"', "reported.x.value cannot be used"),
        ('value = 71\nsource = "s"', "reported.x.unit is missing"),
        ('value = 71\nunit = "%"', "reported.x.source is missing"),
        ('value = 71\nunit = "%"\nsource = " "', "reported.x.source cannot be used"),
        ('unit = "%"\nsource = "s"', "reported.x.value is missing"),
        ('value = 71\nunit = "%"\nsource = "s"\nyaer = 2025', "reported.x.yaer is not known"),
        ('value = 71\nunit = "%"\nsource = "s"\nunits = { a = "b" }',
         "reported.x.units.a has the wrong type"),
        ('value = 71\nunit = "%"\nsource = "s"\nunits = { a = { year = 2025 } }',
         "reported.x.units.a.value is missing"),
        ('value = 71\nunit = "%"\nsource = "s"\nunits = { city = 5 }',
         "reported.x.units.city cannot be used"),
    ],
)  # fmt: skip
def test_faults_name_the_key_and_its_line(tmp_path: Path, entry: str, what: str) -> None:
    plan = read(tmp_path, f"[reported.x]\n{entry}\n")
    finding = plan.findings[0]
    assert finding.severity == "error"
    assert not finding.refuses
    assert any(figure.fault is not None for figure in plan.reported["x"].values())
    assert finding.what.en == f"plan.toml: {what} (line 7)"
    assert "第 7 行" in finding.what.zh


def test_a_bad_figure_of_one_unit_costs_no_other(tmp_path: Path) -> None:
    text = """[reported.green_travel_share]
value = 71.5
unit = "%"
source = "survey"
[reported.green_travel_share.units]
"SD-01" = "many"
"SD-02" = 60
[reported.water_leakage]
value = "9"
unit = "%"
source = "survey"
"""
    found = evaluate(read(tmp_path, text), ["green_travel_share", "water_leakage"])
    held = found.table.drop_duplicates(["unit_id", "indicator"])
    held = held.set_index(["unit_id", "indicator"])
    values = [held["value"][place, "green_travel_share"] for place in ("city", "SD-02")]
    assert values == [71.5, 60.0]
    for place, key, line in (("SD-01", "green_travel_share", 7), ("city", "water_leakage", 14)):
        assert held["status"][place, key] == "no_data"
        assert f"has the wrong type (line {line})" in held["reason"][place, key]
    assert (found.findings["severity"] == "error").sum() == 2
    out = found.write(tmp_path / "out")
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert run["reported"]["water_leakage"]["city"]["value"] is None
    assert "has the wrong type (line 14)" in (out / "report.html").read_text("utf-8")


# --- every output marks them


def test_the_files_mark_them_as_reported(town: Assessment, tmp_path: Path) -> None:
    out = town.write(tmp_path / "out")
    csv = pd.read_csv(out / "indicators.csv")
    held = gpd.read_file(out / "results.gpkg", layer="indicators")
    for table in (csv, held):
        told = table[table["indicator"] == "water_leakage"].iloc[0]
        assert told["reason_zh"] == "填报值，非计算：水务年报 water report"
    units = gpd.read_file(out / "results.gpkg", layer="units").set_index("unit_id")
    assert units.loc["SD-01", "green_travel_share_status"] == "not_met"
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert run["reported"]["green_travel_share"]["city"]["source"] == SURVEY
    for page in ("report.html", "units/SD-01.html"):
        text = (out / page).read_text("utf-8")
        assert "填报，非计算" in text
        assert f"reported, not computed: {SURVEY}, 2025" in text


def test_the_page_tells_the_source_where_no_rule_speaks(plan: Plan, tmp_path: Path) -> None:
    figures = {"multimodal_share": {"city": Figure(12, "%", "年报")}}
    found = evaluate(replace(plan, reported=figures), ["road_density", *figures])
    data = held_by(found.write(tmp_path / "out") / "report.html")
    one = next(each for each in data["indicators"] if each["key"] == "multimodal_share")
    city = str(data["places"]["kind"].index("c"))
    assert data["texts"][one["reason"][city]][1] == "reported, not computed: 年报"


@pytest.mark.parametrize(("lang", "words"), [("zh", "填报"), ("en", "reported")])
def test_the_terminal_marks_them_as_reported(
    town: Assessment, capsys: pytest.CaptureFixture[str], lang: Lang, words: str
) -> None:
    terminal.print_assessment(town, lang)
    shown = capsys.readouterr().out
    assert words in shown
    assert {"zh": "未填报", "en": "not reported"}[lang] in shown
