"""Every row of the inventory of thresholds is held by a rule, and every rule is in a row of it."""

from __future__ import annotations

from typing import Any

import pytest
from data.standards import inventory

from carbonspace.catalogue import indicators
from carbonspace.profiles import load_profile, profile_keys

ROWS = inventory.rows()


def test_there_are_411_rows_and_a_rule_holds_each() -> None:
    assert len(ROWS) == 411
    assert [row.number for row in ROWS if not row.rules] == []


def test_every_rule_is_a_row_of_the_inventory() -> None:
    held = [_told(rule) for row in ROWS for rule in row.rules]
    assert {_told(rule) for key in profile_keys() for rule in load_profile(key).rules} == {*held}


def _told(rule: Any) -> tuple[object, ...]:
    return (rule.profile, rule.indicator, rule.target, rule.quotation, rule.year,
            rule.applies_to.en)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r.number}-{r.facts['indicator_id']}")
def test_a_rule_names_the_file_of_its_row_and_what_rests_on_memory(row: inventory.Row) -> None:
    for rule in row.rules:
        assert rule.source_file == row.facts["source_file"]
        assert not (rule.is_verified and inventory.MARK in row.facts["quote"])


def test_rows_read_otherwise_say_why() -> None:
    for profile, key in inventory.READ_OTHERWISE:
        mine = [r for r in ROWS if (r.facts["profile"], r.facts["indicator_id"]) == (profile, key)]
        rules = [rule for row in mine for rule in row.rules]
        assert rules
        assert all(rule.note or rule.never for rule in rules)


def test_the_reference_page_is_that_of_the_rules() -> None:
    assert inventory.PAGE.read_text("utf-8") == inventory.page()


def test_every_rule_is_about_an_indicator() -> None:
    named = {rule.indicator for key in profile_keys() for rule in load_profile(key).rules}
    assert named <= {*indicators()}
