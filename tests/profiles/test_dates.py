"""Which rules hold on a day."""

from __future__ import annotations

from datetime import date

import pytest

from carbonspace.profiles import load_profile, on_day, parse_profile

HEAD = 'document = "d"\n[title]\nzh = "题"\nen = "title"\n'
RULE = """[[rule]]
indicator = "road_density"
comparator = ">="
target = [{target}]
unit = "km/km²"
quotation = "q"
source = "s"
applies_to = {{ zh = "甲", en = "a" }}
evidence = "verified"
{more}
"""


def held(day: str | None, *rules: str) -> list[tuple[float, str]]:
    profile = parse_profile("mine", HEAD + "".join(rules))
    found = on_day(profile, date.fromisoformat(day) if day else None).rules
    assert len(found) == len(rules)  # each keeps its place
    return [(rule.target[0], rule.judge(0)) for rule in found if rule.levels]


def rule(target: float, more: str) -> str:
    return RULE.format(target=target, more=more)


STAGES = (rule(14, "year = 2025"), rule(16, "year = 2030"), rule(8, ""))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (None, [(14, "not_met"), (16, "not_met"), (8, "not_met")]),
        ("2025-12-30", [(14, "no_target"), (8, "not_met")]),
        ("2025-12-31", [(14, "not_met"), (8, "not_met")]),
        ("2030-12-30", [(14, "not_met"), (8, "not_met")]),
        ("2030-12-31", [(16, "not_met"), (8, "not_met")]),
        ("2040-01-01", [(16, "not_met"), (8, "not_met")]),
    ],
)
def test_of_a_target_in_stages_the_one_that_is_due_holds(
    day: str | None, expected: list[tuple[float, str]]
) -> None:
    assert held(day, *STAGES) == expected


@pytest.mark.parametrize(
    ("day", "count"),
    [(None, 1), ("2021-06-19", 0), ("2021-06-20", 1), ("2025-04-30", 1), ("2025-05-01", 0)],
)
def test_a_rule_is_in_force_from_its_first_day_to_its_last(day: str | None, count: int) -> None:
    assert len(held(day, rule(8, "since = 2021-06-20\nuntil = 2025-04-30"))) == count


def test_what_is_not_in_force_is_no_stage() -> None:
    """The stage of 2030 came into force in 2028, that of 2020 was repealed in 2024."""
    rules = (rule(10, "year = 2020\nuntil = 2024-06-30"), rule(14, "year = 2025"),
             rule(16, "year = 2030\nsince = 2028-01-01"))  # fmt: skip
    assert held("2024-06-30", *rules) == [(10, "not_met")]
    assert held("2024-07-01", *rules) == [(14, "no_target")]
    early = (rule(14, "year = 2025"), rule(16, "year = 2026\nsince = 2028-01-01"))
    assert held("2027-06-01", *early) == [(14, "not_met")]
    assert held("2028-01-01", *early) == [(16, "not_met")]


def test_stages_of_other_places_are_other_targets() -> None:
    here, there = 'year = 2025\nwhere = { zone = ["a"] }', 'year = 2030\nwhere = { zone = ["b"] }'
    assert [t for t, _ in held("2025-12-31", rule(1, here), rule(2, there))] == [1, 2]


def test_a_target_not_due_yet_says_when_it_is() -> None:
    profile = on_day(load_profile("lianyungang"), date(2025, 6, 1))
    (share,) = [r for r in profile.rules if r.indicator == "sponge_compliance" and r.levels]
    assert share.year == 2025
    assert share.never is not None
    assert "end of 2025" in share.never.en


def test_the_buses_of_shangdang_by_stages() -> None:
    for day, target in ((date(2026, 1, 1), 14.0), (date(2031, 1, 1), 16.0)):
        rules = on_day(load_profile("shangdang"), day).rules
        buses = [r for r in rules if r.indicator == "bus_vehicles_per_10k" and r.levels]
        assert [r.target for r in buses] == [(target,)]


def test_a_policy_holds_for_nobody_before_it_was_issued() -> None:
    for day, count in ((19, 0), (20, 4)):
        rules = on_day(load_profile("county_pv2021"), date(2021, 6, day)).rules
        assert sum(bool(rule.levels) for rule in rules) == count
