from __future__ import annotations

import math

import pytest
from tests.outputs.town import PARK_VALUES, defined_otherwise

from carbonspace.model.assessment import Assessment, judged_figures
from carbonspace.model.rule import Rule
from carbonspace.model.shortfall import digits, digits_apart
from carbonspace.model.text import Text
from carbonspace.outputs import rows, summary
from carbonspace.outputs.evidence import by_unit, cases, exhibit
from carbonspace.outputs.filenames import safe_names
from carbonspace.outputs.gathering import evidence_layers
from carbonspace.outputs.ground import base_of
from carbonspace.outputs.lines import line_of
from carbonspace.outputs.maps import unit_map


def _rule(comparator: str, *target: float, unit: str = "km") -> Rule:
    return Rule("p", "k", comparator, target, unit, "q", "s", Text("", ""), "verified")  # type: ignore[arg-type]


def test_bullet_of_at_least() -> None:
    found = rows.bullet(50.0, _rule(">=", 80.0, unit="%"))
    assert found == rows.Bullet(500, 800, 1000, (800,))


def test_bullet_of_at_most_and_between() -> None:
    assert rows.bullet(10.0, _rule("<=", 5.0)) == rows.Bullet(833, 0, 417, (417,))
    assert rows.bullet(6.0, _rule("between", 2.0, 10.0)) == rows.Bullet(500, 167, 833, (167, 833))


@pytest.mark.parametrize("rule", [_rule("none"), _rule(">=", 5.0)])
def test_no_bullet_without_value_or_target(rule: Rule) -> None:
    assert rows.bullet(math.nan, rule) is None


def test_numbers_as_people_read_them() -> None:
    assert rows.number(1234567.891, 1) == "1,234,567.9"
    assert rows.number(-0.5, 1) == "−0.5"
    assert rows.number(math.nan, 2) == "—"


def test_several_rules_show_the_worst_verdict(town: Assessment) -> None:
    held = rows.records(town.table)["unit", "ZKB-02"]
    road = rows.groups(town.indicators, town.profiles, held)[0].rows[0]
    assert road.value == "7.20"
    assert [v.status for v in road.verdicts] == ["not_met", "met"]
    assert road.worst == "not_met"
    assert [v.margin for v in road.verdicts] == ["−0.80", "+1.20"]


def test_what_just_misses_a_target_is_not_told_as_on_it(town: Assessment) -> None:
    held = rows.records(town.table)["unit", "ZKB-02"]
    near = [{**row, "value": 7.9997, "margin": row["margin"] and 7.9997 - (7.2 - row["margin"])}
            for row in held if row["indicator"] == "road_density"]  # fmt: skip
    road = rows.groups(town.indicators, town.profiles, near)[0].rows[0]
    assert road.value == "7.9997"  # against 8.00, which 2 digits would say it is
    assert [v.margin for v in road.verdicts] == ["−0.0003", "+2.00"]


@pytest.mark.parametrize(
    ("margins", "told"), [([], 2), ([-0.5], 2), ([math.nan, 0.0], 2), ([-0.004], 3), ([1e-12], 6)]
)
def test_digits_suffice_to_see_what_is_missed(margins: list[float], told: int) -> None:
    assert digits(2, margins) == told


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [(99.996, 100.004, 3), (1.0, 2.0, 2), (5.0, 5.0, 2), (1.0, 1.0 + 1e-12, 2), (math.nan, 1.0, 2)],
)
def test_two_figures_are_told_apart(one: float, other: float, told: int) -> None:
    assert digits_apart(2, one, other) == told


def test_counts_of_units(town: Assessment) -> None:
    counts = summary.unit_counts(town.plan.layers["units"], town.table)
    assert counts["not_met"].tolist() == [1, 3, 2, 2, 2, 2]
    assert counts["no_data"].tolist() == [1] * 6


def test_a_unit_shows_the_evidence_of_what_it_misses(town: Assessment) -> None:
    found = by_unit(evidence_layers(town), town.indicators)
    groups = rows.groups(town.indicators, town.profiles, rows.records(town.table)["unit", "ZKB-02"])
    held = cases(groups, found, "ZKB-02")
    _, drawn = unit_map(base_of(town.plan.layers), 1, [case.pieces() for case in held])
    shown = [exhibit(case, paths) for case, paths in zip(held, drawn, strict=True)]
    assert [one.row.indicator.key for one in shown] == [
        "road_density", "park_coverage", "charging_car_park_share",
    ]  # fmt: skip
    assert [p.css for p in shown[0].paths] == ["counted", "excluded"]
    assert [p.css for p in shown[2].paths] == ["shortfall dot"]
    assert [fact.en for fact in shown[1].facts] == ["2 features", "6.5 ha in all"]


def test_file_names_are_safe_and_unique() -> None:
    ids = ["ZKB-01", "单元甲", "a/b", "a:b", "A", "a", "..", "", "nul", "长" * 200, "\ud800"]
    names = safe_names(ids)
    assert names["ZKB-01"] == "ZKB-01"
    assert names["单元甲"] == "单元甲"
    assert len({n.casefold() for n in names.values()}) == len(ids)
    assert all(n.strip(".") and "/" not in n and len(n.encode()) < 120 for n in names.values())


def test_a_verdict_stands_beside_the_figure_that_its_clause_defines(town: Assessment) -> None:
    changed = defined_otherwise(town)
    held = rows.records(changed.table)["unit", "ZKB-01"]
    found = [row for group in rows.groups(changed.indicators, changed.profiles, held)
             for row in group.rows]  # fmt: skip
    park = next(row for row in found if row.indicator.key == "park_coverage")
    assert (park.value, park.shown, park.worst) == ("92.0", "72.0*", "not_met")
    assert park.about == Text(
        "按条文口径（服务半径：300 m）：72.0 %；按规划口径：92.0 %",
        "As the clause defines it (Service radius: 300 m): 72.0 %; as the plan does: 92.0 %",
    )
    road = next(row for row in found if row.indicator.key == "road_density")
    assert (road.shown, road.about) == (road.value, Text("", ""))
    (line,) = (line_of(park, verdict) for verdict in park.verdicts)
    assert (line["value"], line["status"]) == ("72.0*", "not_met")


def test_the_figure_behind_a_worst_verdict_by_place(town: Assessment) -> None:
    changed = defined_otherwise(town)
    found = judged_figures(changed.table[changed.table["level"] == "unit"])
    defined = found.value["park_coverage"].dropna()
    assert defined.tolist() == [value - 20 for value in PARK_VALUES if not math.isnan(value)]
    assert found.status.drop(columns="park_coverage").isna().all(axis=None)
    assert found.status.loc[defined.index, "park_coverage"].tolist() == [
        "not_met", "not_met", "not_met", "met", "not_met",
    ]  # fmt: skip
    assert judged_figures(town.table).status.isna().all(axis=None)


@pytest.mark.parametrize(
    ("value", "told"), [(-1e-12, "0.00"), (-0.0, "0.00"), (-0.006, "−0.01"), (-1234.5, "−1,234.50")]
)
def test_no_zero_is_told_as_below_zero(value: float, told: str) -> None:
    assert rows.number(value, 2) == told


def test_where_the_clause_has_no_figure_the_plan_keeps_its_own(town: Assessment) -> None:
    changed = defined_otherwise(town, less=math.nan)
    held = rows.records(changed.table)["unit", "ZKB-01"]
    (park,) = (row for group in rows.groups(changed.indicators, changed.profiles, held)
               for row in group.rows if row.indicator.key == "park_coverage")  # fmt: skip
    assert (park.shown, park.worst) == ("92.0*", "not_applicable")
    assert "：—；按规划口径：92.0 %" in park.about.zh
