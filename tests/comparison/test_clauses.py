"""Clauses that speak in one of two plans only, and rules that are not the same in both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.comparison.plans import line, small, with_layer, with_values

from carbonspace import Comparison, Plan, compare, evaluate
from carbonspace.model.exemption import Exemption
from carbonspace.model.text import Lang, Text
from carbonspace.outputs import write_comparison
from carbonspace.terminal import print_comparison

HEAD = 'document = "d"\n[title]\nzh = "本市"\nen = "Our rules"\n'
RULE = """[[rule]]
indicator = "road_density"
comparator = ">="
target = [{target}]
unit = "km/km²"
quotation = "q"
source = "{source}"
applies_to = {{ zh = "甲", en = "{about}" }}
evidence = "verified"
levels = ["unit"]
{more}
"""


def rule(target: float, about: str, more: str = "", source: str = "§1") -> str:
    return RULE.format(target=target, about=about, more=more, source=source)


def held(folder: Path, *rules: str, name: str = "ours", **units: Any) -> Plan:
    """Return the small plan (E: 1.5 km/km², W: none) with the rules, and units as stated."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(HEAD + "".join(rules), "utf-8")
    plan = replace(small(), indicators=("road_density",), profiles=(str(path),))
    if units:
        known = plan.layers["units"]
        told = known["unit_id"].map(units)
        plan = with_layer(plan, "units", known.assign(unit_type=told))
    return plan


def turned(found: Comparison) -> list[tuple[str, ...]]:
    names = ["unit_id", "target", "clause", "status_before", "status_after", "flip"]
    return [tuple(row) for row in found.verdicts[names].itertuples(index=False)]


def test_a_clause_that_speaks_of_a_unit_in_one_plan_only(tmp_path: Path) -> None:
    rules = (rule(1, "centre", 'where = { unit_type = ["centre"] }'),
             rule(1, "edge", 'where = { unit_type = ["edge"] }'))  # fmt: skip
    first = held(tmp_path, *rules, E="centre", W="edge")
    second = held(tmp_path, *rules, E="edge", W="edge")
    found = compare(first, second)
    assert turned(found) == [
        ("E", "≥ 1", "§1: centre", "met", "silent", "ended"),
        ("E", "≥ 1", "§1: edge", "silent", "met", "began"),
    ]
    assert found.verdicts[["before", "after"]].to_numpy() == pytest.approx(1.5)
    back = compare(second, first)
    assert [row[-1] for row in turned(back)] == ["ended", "began"]
    assert found.terms.empty
    page = (write_comparison(found, tmp_path / "out") / "compare.html").read_text("utf-8")
    assert "此条不涉及" in page
    assert "§1: centre" in page


def test_a_clause_that_ends_with_the_day(tmp_path: Path) -> None:
    plan = held(tmp_path, rule(1, "until", "until = 2025-06-30"), rule(2, "always"))
    one, other = (evaluate(plan, on=date(2025, month, 1)) for month in (6, 8))
    found = compare(one, other)
    assert turned(found) == [
        ("W", "≥ 1", "§1: until", "not_met", "silent", "ended"),
        ("E", "≥ 1", "§1: until", "met", "silent", "ended"),
    ]
    terms = found.terms.set_index("about")
    assert terms.loc["rule", ["before", "after"]].tolist() == ["≥ 1 km/km²", "—"]


def test_rules_that_differ_are_told_one_by_one(tmp_path: Path) -> None:
    same = rule(0.5, "parks", source="§3")
    first = held(tmp_path / "a", rule(1, "homes"), rule(2, "shops"), same)
    second = held(tmp_path / "b", rule(1, "homes"), rule(1.5, "shops"), same,
                  rule(9, "works", source="§2"))  # fmt: skip
    found = compare(first, second)
    names = ["about", "name", "before", "after"]
    assert [tuple(row) for row in found.terms[names].itertuples(index=False)] == [
        ("rule", "Our rules: Road network density, §1: shops", "≥ 2 km/km²", "≥ 1.5 km/km²"),
        ("rule", "Our rules: Road network density, §2: works", "—", "≥ 9 km/km²"),
    ]
    assert ("E", "≥ 2", "§1: shops", "not_met", "silent", "ended") in turned(found)
    assert ("E", "≥ 1.5", "§1: shops", "silent", "met", "began") in turned(found)


def test_of_a_rule_with_the_same_target_what_differs_is_told(tmp_path: Path) -> None:
    first = held(tmp_path / "a", rule(1, "homes"))
    second = held(tmp_path / "b", rule(1, "homes", "binding = false"))
    (term,) = compare(first, second).terms.to_dict("records")
    assert term["before"] == "≥ 1 km/km² (binding True)"
    assert term["after"] == "≥ 1 km/km² (binding False)"


def test_rules_of_other_indicators_are_not_told(tmp_path: Path) -> None:
    other = rule(1, "homes").replace('"road_density"', '"park_coverage"').replace("km/km²", "%")
    found = compare(held(tmp_path / "a", rule(1, "homes")),
                    held(tmp_path / "b", rule(1, "homes"), other))  # fmt: skip
    assert found.terms.empty


def test_the_verdicts_of_folders_of_results_name_their_clause(tmp_path: Path) -> None:
    first = held(tmp_path, rule(1, "a"), rule(2, "b"))
    second = with_values(first, "roads", "r1", geometry=line((1000, 100), (1200, 100)))
    for n, plan in enumerate((first, second)):
        evaluate(plan).write(tmp_path / str(n))
    found = compare(tmp_path / "0", tmp_path / "1")
    assert turned(found) == [("E", "≥ 1", "§1: a", "met", "not_met", "lost")]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_terminal_tells_clauses_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lang: Lang
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    first = held(tmp_path / "a", rule(1, "homes", "until = 2025-06-30"), rule(2, "shops"))
    second = held(tmp_path / "b", rule(1, "homes"), rule(3, "shops"))
    print_comparison(compare(first, second, on=date(2025, 8, 1)), None, lang)
    said = capsys.readouterr().out
    assert Text("此条不涉及 → 达标", "Clause does not apply → Met").to(lang) in said
    assert Text("§1：甲", "§1: homes").to(lang) in said
    assert "≥ 2 km/km² → ≥ 3 km/km²" in said


def test_another_day_of_exemptions_is_told(tmp_path: Path) -> None:
    leave = Exemption("road_density", Text("理由", "why"), ("W",), until=date(2020, 1, 1))
    plan = replace(held(tmp_path, rule(1, "a")), exemptions=(leave,))
    first = evaluate(plan)
    second = replace(first, run={**first.run, "exemptions_on": "2019-12-31"})
    (term,) = compare(second, first).terms.to_dict("records")
    assert term["name"] == "Day of exemptions"
    assert term["before"] == "2019-12-31"
    assert term["after"] == first.run["exemptions_on"]
