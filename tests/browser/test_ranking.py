"""The table of units on the page of the plan: sorted, searched, narrowed and exported."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from tests.browser.test_report import _Watched, chromium  # noqa: F401  the fixture

from carbonspace.model.assessment import Assessment

pytestmark = pytest.mark.browser


@pytest.fixture
def watched(chromium: Any, results: Path) -> _Watched:  # noqa: F811
    one = _Watched(chromium, "en-GB", accept_downloads=True)
    one.open(results / "report.html").wait_for_selector("html[data-ready]")
    return one


def units(page: Any) -> list[str]:
    rows = page.locator("#ranking-table tbody tr:not([hidden])")
    found: list[str] = rows.evaluate_all("rows => rows.map(row => row.dataset.unit)")
    return found


def measured(town: Assessment, key: str) -> dict[str, float]:
    rows = town.table[(town.table["indicator"] == key) & (town.table["level"] == "unit")]
    value = rows.groupby("unit_id")["value"].first().dropna()
    return {str(unit): float(one) for unit, one in value.items()}


def test_a_click_sorts_by_value_and_another_turns_the_order(
    watched: _Watched, town: Assessment
) -> None:
    head = watched.page.locator("th[data-key=road_density]")
    value = measured(town, "road_density")
    for said, sign in (("descending", -1), ("ascending", 1)):
        head.click()
        assert head.get_attribute("aria-sort") == said
        order = [unit for unit in units(watched.page) if unit in value]
        assert [value[u] for u in order] == sorted(value.values(), key=lambda v: sign * v)
    assert watched.wrong == []


def test_units_without_a_value_stand_last_however_sorted(
    watched: _Watched, town: Assessment
) -> None:
    head, value = (
        watched.page.locator("th[data-key=park_coverage]"),
        measured(town, "park_coverage"),
    )
    for _ in range(2):
        head.press("Enter")
        order = units(watched.page)
        assert len(value) < len(order)
        assert set(order[: len(value)]) == set(value)


def test_units_are_found_by_name_and_by_what_they_miss(watched: _Watched, town: Assessment) -> None:
    page, whole = watched.page, units(watched.page)
    names = town.plan.layers["units"]["name"]
    page.fill("#find-unit", names["ZKB-02"][:2])
    assert "ZKB-02" in units(page)
    assert len(units(page)) < len(whole)
    assert page.inner_text("#shown-units") == f"{len(units(page))} / {len(whole)}"
    page.fill("#find-unit", "zkb-02")
    assert units(page) == ["ZKB-02"]
    page.fill("#find-unit", "")
    table = town.table
    missed = table[(table["indicator"] == "park_coverage") & (table["status"] == "not_met")]
    page.select_option("#only-missing", "park_coverage")
    assert set(units(page)) == set(missed.loc[missed["level"] == "unit", "unit_id"])
    assert watched.wrong == []


def test_one_theme_shows_its_indicators_only(watched: _Watched) -> None:
    page = watched.page
    page.select_option("#only-theme", "parks")
    shown = page.locator("th[data-key]:not([hidden])").evaluate_all(
        "h => h.map(e => e.dataset.key)"
    )
    assert shown == ["park_coverage"]
    assert page.locator("#ranking-table tbody tr").first.locator("td.k:not([hidden])").count() == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_shown_is_exported_as_it_is_shown(
    watched: _Watched, town: Assessment, lang: str
) -> None:
    page = watched.page
    page.click(f"label[for=lang-{lang}]")
    page.select_option("#only-missing", "park_coverage")
    page.locator("th[data-key=park_coverage]").click()
    with page.expect_download() as download:
        page.click("#export-csv")
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert download.value.suggested_filename == f"{town.plan.name.zh}.csv"
    head, *rows = csv.reader(io.StringIO(text))
    assert [row[0] for row in rows] == units(page)
    title = town.indicators["park_coverage"].title.to(lang)  # type: ignore[arg-type]
    column = next(n for n, name in enumerate(head) if name.startswith(title))
    value = measured(town, "park_coverage")
    assert [float(row[column]) for row in rows] == [value[row[0]] for row in rows]
    assert {row[column + 1] for row in rows} == {"未达标" if lang == "zh" else "Not met"}
    assert watched.wrong == []


def test_names_that_would_be_formulas_are_text_in_the_export(
    watched: _Watched,
) -> None:
    page = watched.page
    page.evaluate("""() => {
        const row = document.querySelector('#ranking-table tbody tr');
        row.cells[0].textContent = '=1+1, "so"';
    }""")
    with page.expect_download() as download:
        page.click("#export-csv")
    rows = [*csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig")))]
    assert rows[1][1] == '\'=1+1, "so"'


def test_without_script_there_are_no_tools(chromium: Any, results: Path) -> None:  # noqa: F811
    page = _Watched(chromium, "en-GB", java_script_enabled=False).open(results / "report.html")
    assert not page.locator("#ranking-tools").is_visible()
    assert page.locator("#ranking-table tbody tr").count() == 6
