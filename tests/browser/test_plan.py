"""What scripts of the page know of the plan: the same as rows of tables elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.browser.exploring import opened
from tests.browser.test_report import _Watched, chromium  # noqa: F401  the fixture

from carbonspace.model.assessment import Assessment
from carbonspace.outputs import rows

pytestmark = pytest.mark.browser

TOLD = """() => {
  const { data, verdicts, value } = carbonspace.plan, found = [];
  data.places.id.forEach((place, n) => data.indicators.forEach((one) => {
    const number = (figure) => carbonspace.number(figure, one.decimals);
    found.push([place, one.key, number(value(one, n)), verdicts(one, n).map((held) => [
      number(held.value), data.statuses[held.status], held.rule ? held.rule.target : "",
      number(held.margin), held.reason || ["", ""]])]);
  }));
  return found;
}"""


def test_scripts_know_what_tables_say(chromium: Any, results: Path, town: Assessment) -> None:  # noqa: F811
    page = _Watched(chromium, "en-GB").open(results / "report.html")
    ids = [str(one) for one in town.plan.layers["units"].index]
    held = rows.places(town.table, town.indicators, town.profiles, ids)
    places = {**held.units, "city": held.city}
    expected = [
        [place, row.indicator.key, row.value,
         [[v.value, v.status, v.target, _margin(v), [*v.reason]] for v in row.verdicts]]
        for place, groups in places.items() for group in groups for row in group.rows
    ]  # fmt: skip
    found = page.evaluate(TOLD)
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert len(found) == 7 * 6


def _margin(verdict: rows.Verdict) -> str:
    return verdict.margin.lstrip("+") if verdict.status in ("met", "not_met", "exempt") else "—"


def test_no_dash_like_a_minus_stands_before_a_figure(chromium: Any, results: Path) -> None:  # noqa: F811
    page = opened(chromium, results, "#by=main_use_floor_share").page
    assert page.evaluate("carbonspace.colouring(carbonspace.state).note(0)") == "60.0"
    assert "–" not in page.locator("#unit-list [data-unit='0'] .figure").inner_text()
    page.evaluate("document.getElementById('theme-mixed_use').open = true")
    cells = page.locator("#theme-mixed_use td.no_target")
    assert "60.0" in cells.all_inner_texts()
    assert not any("–" in text for text in cells.all_inner_texts())
