"""Rules are held against the figure that their clause defines, worked out by hand.

Two units of 1 km² with one road through both, 500 m from the south, and one along their border.
The western half of each unit is built up.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from tests.test_evaluation import small_plan

from carbonspace import Assessment, compare, evaluate
from carbonspace.catalogue import indicators
from carbonspace.clauses import definitions
from carbonspace.model.plan import Plan
from carbonspace.profiles import load_profile, profile_keys
from carbonspace.rulebook import rule_file_faults, rulebook

BASES = {
    ("bayannur", "road_density"): "built_up",
    ("bayannur", "permeable_share"): "built_up",
    ("bayannur", "pop_density"): "built_up",
    ("bayannur", "floor_area_to_construction_land"): "construction",
    ("bayannur", "green_space_rate"): "built_up",
    ("county2021", "pop_density"): "built_up",
    ("county2021", "floor_area_to_construction_land"): "construction",
    ("jiujiang", "pop_density"): "built_up",
    ("lianyungang", "greening_coverage"): "built_up",
    ("lianyungang", "permeable_share"): "built_up",
    ("mohurd2021", "greenway_service_coverage"): "built_up",
    ("pku", "pop_density"): "built_up",
    ("pku", "floor_area_to_construction_land"): "construction",
    ("shangdang", "pop_density"): "built_up",
    ("shangdang", "floor_area_to_construction_land"): "construction",
}
"""What the clauses divide by, read off their words."""


def test_every_clause_that_names_its_ground_states_it() -> None:
    stated = {(key, rule.indicator): rule.parameters.get("base") or rule.parameters.get("ground")
              for key in profile_keys() for rule in load_profile(key).rules
              if {"base", "ground"} & {*rule.parameters}}  # fmt: skip
    assert stated == BASES
    assert len(BASES) == 15


NO_OTHER = {"sponge_compliance", "compactness_index"}
"""Built-up land is all that these are of."""


def test_a_clause_that_speaks_of_the_built_up_area_says_so_where_it_can() -> None:
    silent = set()
    for key in profile_keys():
        for rule in load_profile(key).rules:
            names = {p.name for p in indicators()[rule.indicator].parameters}
            if "建成区" in rule.quotation and names & {"base", "ground"}:
                stated = {"base", "ground"} & {*rule.parameters}
                silent |= set() if stated else {(key, rule.indicator, rule.quotation)}
    about_a_part = {("lianyungang", "park_area_per_capita"), ("lianyungang", "forest_cover")}
    assert {one[:2] for one in silent} == about_a_part  # 城区; the whole city: other words of it


def built_up_plan(*, zones: bool = True, given: Mapping[str, Any] | None = None) -> Plan:
    plan = small_plan()
    halves = [shapely.box(x, 0, x + 500, 1000) for x in (0, 1000)]
    units = plan.layers["units"]
    shift = units.total_bounds[:2]
    shapes = [shapely.transform(one, lambda xy: xy + shift) for one in halves]
    drawn = gpd.GeoDataFrame(
        {"boundary_id": ["a", "b"], "boundary_type": "built_up"}, geometry=shapes, crs=units.crs
    )
    layers = {**plan.layers, **({"boundaries": drawn} if zones else {})}
    return replace(plan, layers=layers, parameters=given or {})


def rows_of(found: Assessment, key: str) -> pd.DataFrame:
    return found.table.query("indicator == @key and unit_id != 'E'")


def told(found: Assessment, key: str) -> list[tuple[Any, ...]]:
    """Return place, value, who judges, how, and with which parameters."""
    table = rows_of(found, key).astype(object)
    table = table.where(table.notna(), None)
    return [(r.unit_id, None if r.value is None else round(r.value, 9), r.profile, r.status,
             r.parameters) for r in table.itertuples()]  # fmt: skip


def test_where_all_rules_agree_the_figure_is_theirs() -> None:
    """West: 500 m of the road through, of 0.5 km²; the road on the border of the units is outside.

    East: 500 m likewise, and the kilometre on its edge: 2 km of 1 km² together.
    """
    found = evaluate(built_up_plan(), ["road_density"], ["bayannur", "pku"])
    assert told(found, "road_density") == [
        ("W", 1.0, "bayannur", "not_met", None), ("W", 1.0, "pku", "no_target", None),
        ("city", 2.0, "bayannur", "not_met", None), ("city", 2.0, "pku", "no_target", None),
    ]  # fmt: skip
    assert found.run["parameters"]["road_density"]["base"] == "built_up"
    (one,) = found.run["definitions"]
    assert (one["indicator"], one["words"], one["profiles"], one["is_the_figure"]) == (
        "road_density", "base = built_up", ("bayannur",), True,
    )  # fmt: skip
    assert found.measures["road_density"].table.loc["W", "denominator"] == pytest.approx(500_000)


def test_where_rules_disagree_each_is_held_against_its_own_figure() -> None:
    """Of a whole unit: 1 km of the road through, and half of the kilometre on the border."""
    found = evaluate(built_up_plan(), ["road_density"], ["bayannur", "gb50180"])
    assert told(found, "road_density") == [
        ("W", 1.5, "gb50180", "not_met", None),
        ("W", 1.0, "bayannur", "not_met", "base = built_up"),
        ("city", 1.5, None, "no_target", None),
        ("city", 2.0, "bayannur", "not_met", "base = built_up"),
    ]
    assert found.run["parameters"]["road_density"]["base"] == "unit"
    assert found.wide().loc["W", "road_density"] == 1.5
    assert found.wide().loc["W", "road_density_status"] == "not_met"
    other = found.otherwise["road_density", "base = built_up"]
    assert other.table["denominator"].tolist() == pytest.approx([500_000, 500_000])
    alone = [evaluate(built_up_plan(), ["road_density"], [key]).table for key in ("bayannur",)]
    assert verdicts(found.table, "bayannur") == verdicts(alone[0], "bayannur")


def verdicts(table: pd.DataFrame, profile: str) -> list[tuple[Any, ...]]:
    rows = table[table["profile"] == profile]
    return [*rows[["unit_id", "value", "status", "margin"]].itertuples(index=False, name=None)]


def test_the_figure_is_as_the_plan_says_and_the_verdict_as_the_clause_does() -> None:
    given = {"road_density": {"base": "unit"}}
    found = evaluate(built_up_plan(given=given), ["road_density"], ["bayannur"])
    assert told(found, "road_density") == [
        ("W", 1.5, None, "no_target", None),
        ("W", 1.0, "bayannur", "not_met", "base = built_up"),
        ("city", 1.5, None, "no_target", None),
        ("city", 2.0, "bayannur", "not_met", "base = built_up"),
    ]
    assert not found.run["definitions"][0]["is_the_figure"]


def test_what_cannot_be_measured_as_the_clause_defines_it_is_not_judged() -> None:
    found = evaluate(built_up_plan(zones=False), ["road_density"], ["bayannur"])
    assert told(found, "road_density")[:2] == [
        ("W", 1.5, None, "no_target", None), ("W", None, "bayannur", "no_data", "base = built_up"),
    ]  # fmt: skip
    rows = rows_of(found, "road_density").query("profile == 'bayannur'")
    assert set(rows["reason"]) == {"missing layer: boundaries"}
    assert found.wide().loc["W", "road_density"] == 1.5
    assert found.wide().loc["W", "road_density_status"] == "no_data"


def test_a_radius_of_the_plan_leaves_the_verdict_to_that_of_the_clause() -> None:
    """The western home lies at a park: it is served whatever the radius; at 0.1 m half is not."""
    plan = built_up_plan(given={"park_coverage": {"radius": 100}})
    found = evaluate(plan, ["park_coverage"], ["pku"])
    west = [one for one in told(found, "park_coverage") if one[0] == "W"]
    assert west[1] == ("W", 100.0, "pku", "met", "radius = 500 m")
    assert west[0][2:] == (None, "no_target", None)
    assert west[0][1] == pytest.approx(50, abs=0.1)  # 100 m of the 200 m that the home is long


def test_other_parameters_of_the_plan_hold_for_the_figure_of_a_clause() -> None:
    given = {"all": {"min_area": 20_000}, "park_coverage": {"radius": 100}}
    found = evaluate(built_up_plan(given=given), ["park_coverage"], ["pku"])
    assert {one[1] for one in told(found, "park_coverage") if one[0] == "W"} == {0.0}


def test_parts_of_a_plan_have_the_verdicts_of_the_whole() -> None:
    whole = evaluate(built_up_plan(), ["road_density"], ["bayannur", "gb50180"]).table
    part = evaluate(built_up_plan(), ["road_density"], ["bayannur", "gb50180"], units=["E"]).table
    columns = [c for c in whole.columns if c not in ("robust",)]
    expected = whole[(whole["unit_id"] == "E")][columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(part[columns], expected, check_dtype=False)


def test_what_is_never_held_is_not_measured_for() -> None:
    held = rulebook(["jiujiang"])
    one = {"pop_density": indicators()["pop_density"]}
    settings = {"pop_density": one["pop_density"].settings({})}
    assert definitions(one, settings, held) == []
    assert [d.name for d in definitions(one, settings, rulebook(["shangdang", "pku"]))] == [
        "pop_density [base = built_up]"
    ]


def test_all_profiles_together_define_few_figures_more() -> None:
    every = indicators()
    settings = {key: one.settings({}) for key, one in every.items()}
    names = [d.name for d in definitions(every, settings, rulebook(profile_keys()))]
    assert names == [
        "road_density [base = built_up]", "permeable_share [base = built_up]",
        "pop_density [base = built_up]", "greening_coverage [base = built_up]",
        "greenway_service_coverage [ground = built_up]",
    ]  # fmt: skip


def test_a_comparison_tells_the_figure_that_was_judged(tmp_path: Path) -> None:
    """A second road through the west: 1 km of 0.5 km² built up, 2.5 km of the 1 km² of the unit."""
    path = tmp_path / "ours.toml"
    path.write_text(RULES.replace("parameters = { base = %s }", "target = [1.5]"), encoding="utf-8")
    one = built_up_plan()
    roads = one.layers["roads"]
    west = shapely.LineString([(0, 250), (1000, 250)])
    more = shapely.transform(west, lambda xy: xy + one.layers["units"].total_bounds[:2])
    second = {"road_id": ["c"], "road_class": ["local"]}
    added = gpd.GeoDataFrame(second, geometry=[more], crs=roads.crs)
    roads = pd.concat([roads, added], ignore_index=True)
    other = replace(one, layers={**one.layers, "roads": roads})
    found = compare(one, other, indicators=["road_density"], profiles=[str(path), "gb50180"],
                    attribute="none")  # fmt: skip
    west_rows = found.verdicts.query("unit_id == 'W'")
    assert [*west_rows["profile"], *west_rows["flip"]] == ["ours", "gained"]
    assert [*west_rows["before"], *west_rows["after"]] == pytest.approx([1.0, 2.0])
    figures = found.figures.query("unit_id == 'W'")
    assert [*figures["before"], *figures["after"]] == pytest.approx([1.5, 2.5])


RULES = """
document = "d"
extends = "bayannur"

[title]
zh = "甲"
en = "A"

[[override]]
indicator = "road_density"
parameters = { base = %s }
reason = { zh = "单元即建成区", en = "The units are the built-up area" }
"""


def test_a_city_says_what_it_holds_a_clause_against(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(RULES % '"unit"', encoding="utf-8")
    found = evaluate(built_up_plan(zones=False), ["road_density"], [str(path)])
    assert told(found, "road_density")[0] == ("W", 1.5, "ours", "not_met", None)
    rule = found.profiles["ours"].rules[0]
    assert rule.note is not None
    assert "base = built_up" in rule.note.en


@pytest.mark.parametrize(("value", "said"), [
    ('"half"', "one of: 'unit', 'built_up'"),
    ("3", "one of: 'unit', 'built_up'"),
])  # fmt: skip
def test_wrong_parameters_of_a_rule_are_told_with_their_line(
    tmp_path: Path, value: str, said: str
) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(RULES % value, encoding="utf-8")
    (fault,) = rule_file_faults([str(path)])
    assert "line 11" in fault.what.en  # its parameters
    assert said in fault.expected.en


def test_a_rule_may_not_state_what_the_indicator_fixes(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    text = RULES.replace("road_density", "park_coverage_10min").replace("base = %s", "radius = 300")
    path.write_text(text.replace("bayannur", "lianyungang"), encoding="utf-8")
    (fault,) = rule_file_faults([str(path)])
    assert "radius" in fault.found_in("en")
    assert "park_coverage" in fault.found_in("en")


def test_the_results_say_which_figure_was_judged(tmp_path: Path) -> None:
    found = evaluate(built_up_plan(), ["road_density"], ["bayannur", "gb50180"])
    out = found.write(tmp_path / "out")
    table = pd.read_csv(out / "indicators.csv", encoding="utf-8-sig")
    assert set(table.loc[table["profile"] == "bayannur", "parameters"]) == {"base = built_up"}
    assert table.loc[table["profile"] != "bayannur", "parameters"].isna().all()
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert run["definitions"][0]["settings"]["base"] == "built_up"
    page = next((out / "units").glob("*W*.html")).read_text("utf-8")
    assert (
        "As the clause defines it (Area of the denominator: the built-up area (built_up)): 1.00"
        in page
    )
    assert not math.isnan(run["parameters"]["road_density"]["dual_gap"])
