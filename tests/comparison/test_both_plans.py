"""The maps of both plans share a frame; what both have is drawn once; units are told in order."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from tests.comparison.plans import box, layer, line, small, with_layer, with_values, without
from tests.comparison.test_clauses import held, rule
from tests.test_clauses import built_up_plan

from carbonspace import Comparison, Plan, compare, evaluate
from carbonspace.model.comparison import KEPT
from carbonspace.outputs import write_comparison
from carbonspace.outputs.comparing_looks import looks
from carbonspace.outputs.comparing_maps import drawing
from carbonspace.outputs.comparing_units import told


def edited() -> Plan:
    """A park is gone, a road lies elsewhere, and a home became a shop."""
    plan = with_values(small(), "roads", "r2", geometry=line((1700, 300), (2200, 300)))
    return with_values(without(plan, "parks", "P2"), "parcels", "h2", land_use="0901")


def test_what_both_plans_have_is_drawn_once() -> None:
    maps = drawing(compare(small(), edited()))
    shared = {one.title.en: one.d.count("M") for one in (*maps.both.land, *maps.both.ground)}
    first, second = (
        {one.title.en: one.d.count("M") for one in (*half.map.land, *half.map.ground)}
        for half in (maps.first, maps.second)
    )
    assert shared["Residential land"] == 2
    assert shared["Commercial and service land"] == 1
    assert shared["Parks"] == shared["Secondary and local roads"] == 1
    common = {"Secondary and local roads": 1, "Expressways and arterial roads": 0}
    assert first == {"Residential land": 1, "Parks": 1, **common}
    assert second == {"Commercial and service land": 1, "Parks": 0, **common}


def test_the_frame_holds_the_units_of_both() -> None:
    units = small().layers["units"]
    more = layer([*units.geometry, box(2000, 0, 1000, 1000)], unit_id=["W", "E", "F"])
    found = compare(small(), with_layer(small(), "units", more))
    maps = drawing(found)
    xmin, ymin, xmax, ymax = maps.edits.view.box
    assert xmin < 500_000
    assert xmax > 503_000
    assert (ymin, ymax) < (4_000_000, 4_001_500)
    assert [unit.unit_id for unit in maps.first.map.units] == ["W", "E"]
    assert [unit.unit_id for unit in maps.second.map.units] == ["W", "E", "F"]
    assert maps.first.anchors == maps.second.anchors[:2]


def test_a_plan_in_another_crs_lies_where_the_first_does() -> None:
    other = edited()
    moved = {key: rows.to_crs("EPSG:4548") for key, rows in other.layers.items()}
    plan = Plan(other.name, moved, other.settings, indicators=other.indicators, profiles=())
    here, there = (drawing(compare(small(), one)) for one in (other, plan))
    first, second = (np.array(one.second.anchors) for one in (here, there))
    assert np.abs(first - second).max() <= 1
    assert there.second.map.land


def test_folders_of_results_have_their_maps(tmp_path: Path) -> None:
    plans = [evaluate(plan) for plan in (small(), edited())]
    folders = [one.write(tmp_path / name) for one, name in zip(plans, "ab", strict=True)]
    from_plans, from_folders = (drawing(compare(*pair)) for pair in (plans, folders))
    assert from_folders.both.land == from_plans.both.land
    assert from_folders.first.map.ground == from_plans.first.map.ground
    assert from_folders.second.map.land == from_plans.second.map.land
    assert from_folders.paths == []


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """The east has 1.5 km of road and then 1.3, of 1.4 that are asked for; the west has none."""
    rules = rule(0.5, "least", source="§2"), rule(1.4, "all"), rule(0.0, "none", source="§3")
    plan = held(tmp_path_factory.mktemp("rules"), *rules)
    road = line((1500, 300), (1800, 300))
    return compare(plan, with_values(plan, "roads", "r2", geometry=road))


def test_verdicts_that_stay_are_kept_beside_those_that_turned(judged: Comparison) -> None:
    rows = judged.judged.set_index(["unit_id", "target"])["flip"].to_dict()
    assert rows == {("W", "≥ 0.5"): KEPT, ("W", "≥ 1.4"): KEPT, ("W", "≥ 0"): KEPT,
                    ("E", "≥ 0.5"): KEPT, ("E", "≥ 1.4"): "lost", ("E", "≥ 0"): KEPT}  # fmt: skip
    assert judged.verdicts["target"].tolist() == ["≥ 1.4"]


def test_the_worst_of_a_unit_is_told_first(judged: Comparison) -> None:
    found = told(judged)
    east, west = (found["units"][unit] for unit in "EW")
    targets = [found["clauses"][row[4]][1] for row in east]
    assert targets == ["≥ 1.4", "≥ 0.5", "≥ 0"]
    assert east[0][1:4] == ["1.50", "1.30", "mn"]
    assert east[0][7] == [[1, "道路中心线 r2", "Road centrelines r2", "−0.20"]]
    assert [row[7] for row in east[1:]] == [[], []]
    assert [row[3] for row in west] == ["nn", "nn", "mm"]
    was, now, good_from, good_to, marks = east[0][5]
    top = 1.5 * 1.2
    assert [was, now, good_from, good_to] == [round(1000 * x / top) for x in (1.5, 1.3, 1.4, top)]
    assert marks == [good_from]
    assert found["left"] == 0


def test_both_maps_have_the_same_classes(judged: Comparison) -> None:
    maps = drawing(judged)
    assert maps.first.map.steps == maps.second.map.steps
    assert [unit.not_met for unit in maps.first.map.units] == [1, 0]
    assert [unit.not_met for unit in maps.second.map.units] == [1, 1]


def test_what_turned_is_offered_first(judged: Comparison) -> None:
    (look,) = looks(judged)
    assert look.turned
    assert look.moved
    assert look.statuses == ("nm", "nn")
    assert look.shown == (["0.00", "1.50"], ["0.00", "1.30"])


def test_the_maps_show_the_figure_that_a_verdict_is_about(tmp_path: Path) -> None:
    plan = built_up_plan(
        given={"road_density": {"base": "unit"}}
    )  # the clause: of what is built up
    one, other = (evaluate(plan, ["road_density"], [name]) for name in ("bayannur", "gb50180"))
    of_clause, own = looks(compare(one, one))[0], looks(compare(other, other))[0]
    assert of_clause.shown[0][0] == "1.00*"
    assert own.shown[0][0] == "1.50"
    page = write_comparison(compare(one, one), tmp_path / "of").joinpath("compare.html")
    assert "as a clause defines the figure" in page.read_text("utf-8")
    plain = write_comparison(compare(other, other), tmp_path / "own").joinpath("compare.html")
    assert "as a clause defines the figure" not in plain.read_text("utf-8")


def test_names_leave_the_direction_of_what_is_beside_them_alone(tmp_path: Path) -> None:
    plan = with_values(
        with_values(small(), "units", "W", name="\u202eevil"), "units", "E", name="אב"
    )
    other = with_values(plan, "parcels", "h2", land_use="0901")
    out = write_comparison(compare(plan, other), tmp_path / "out")
    page = re.sub(r"<script.*?</script>", "", (out / "compare.html").read_text("utf-8"), flags=re.S)
    assert not re.search("[\u202a-\u202e\u2066\u2067]", page)
    assert "[U+202E]evil" in page
    assert len(re.findall("\u2068[^\u2069<]*אב\u2069", page)) == page.count("אב") > 0
