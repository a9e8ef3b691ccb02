"""What just misses a target is not told as on it: the page rounds as tables do elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.browser.exploring import opened, part
from tests.browser.test_report import _Watched, chromium  # noqa: F401  the fixture
from tests.outputs.town import defined_otherwise

from carbonspace.model.assessment import Assessment
from carbonspace.outputs import rows, write_results

pytestmark = pytest.mark.browser

UNIT = "ZKB-02"
TOLD = """([key, unit]) => {
  const { data, verdicts, own, told } = carbonspace.plan, one = carbonspace.plan.indicator(key);
  const n = data.places.id.indexOf(unit), held = verdicts(one, n)[0];
  return [own(one, n), told(one, n), carbonspace.number(held.margin, held.decimals)];
}"""


def _nearly(town: Assessment) -> Assessment:
    """Return the town with a unit 0.0003 km/km² below the 8 that are asked for."""
    table = town.table.copy()
    near = (table["unit_id"] == UNIT) & (table["indicator"] == "road_density")
    table.loc[near, "margin"] += 7.9997 - table.loc[near, "value"]
    table.loc[near, "value"] = 7.9997
    return replace(town, table=table)


@pytest.fixture(scope="module")
def near(town: Assessment) -> Assessment:
    return defined_otherwise(_nearly(town), less=12.0004)  # 92 % of homes, and 80 are asked for


@pytest.fixture(scope="module")
def page(chromium: Any, near: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: F811
    folder = write_results(near, tmp_path_factory.mktemp("near") / "out")
    return opened(chromium, folder, f"#unit={UNIT}&by=road_density").page


def _row(near: Assessment, key: str, unit: str = UNIT) -> rows.Row:
    held = rows.places(near.table, near.indicators, near.profiles, [unit]).units[unit]
    return next(row for group in held for row in group.rows if row.indicator.key == key)


def test_scripts_tell_as_many_digits_as_tables(page: Any, near: Assessment) -> None:
    row = _row(near, "road_density")
    assert row.value == "7.9997"
    assert page.evaluate(TOLD, ["road_density", UNIT]) == [
        row.value,
        row.shown,
        row.verdicts[0].margin,
    ]


def test_the_figure_of_a_clause_has_its_own_digits(page: Any, near: Assessment) -> None:
    row = _row(near, "park_coverage", "ZKB-01")
    assert row.shown == "79.9996*"
    assert page.evaluate(TOLD, ["park_coverage", "ZKB-01"]) == ["92.0", row.shown, "−0.0004"]


def test_map_panel_and_tables_show_them(page: Any) -> None:
    assert page.evaluate("carbonspace.colouring(carbonspace.state).note(1)") == "✗ 7.9997"
    line = part(page, "measures").locator("[data-key=road_density] summary").inner_text()
    assert "7.9997" in line
    assert "−0.0003" in line
    cell = page.locator(f"#ranking-table tr[data-unit={UNIT}] a[href*='show=road_density']")
    assert "7.9997 km/km²" in cell.get_attribute("title")


def test_scripts_round_like_python_and_tell_no_zero_below_zero(page: Any) -> None:
    for value in (-1e-12, -0.0, -0.004, -0.006, 0.125, 0.375, -1234.5, 1e6):
        assert page.evaluate("v => carbonspace.number(v, 2)", value) == rows.number(value, 2)
