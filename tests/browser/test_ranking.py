"""The table of units on the page of the plan: sorted, searched, narrowed and exported."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from tests.browser.test_report import _Watched, chromium  # noqa: F401  the fixture
from tests.outputs.town import assessment

from carbonspace.model.assessment import Assessment, grid
from carbonspace.model.text import Lang
from carbonspace.outputs.results import results_of
from carbonspace.outputs.webpage import write_pages

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
        head.get_by_role("button").press("Enter")
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
    watched: _Watched, town: Assessment, lang: Lang
) -> None:
    page = watched.page
    page.click(f"label[for=lang-{lang}]")
    page.select_option("#only-missing", "park_coverage")
    page.locator("th[data-key=park_coverage]").click()
    with page.expect_download() as download:
        page.click("#export-csv")
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert download.value.suggested_filename == f"{town.plan.name.to(lang)}.csv"
    head, *rows = csv.reader(io.StringIO(text))
    assert [row[0] for row in rows] == units(page)
    title = town.indicators["park_coverage"].title.to(lang)
    column = next(n for n, name in enumerate(head) if name.startswith(title))
    value = measured(town, "park_coverage")
    assert [float(row[column]) for row in rows] == [value[row[0]] for row in rows]
    assert {row[column + 1] for row in rows} == {"未达标" if lang == "zh" else "Not met"}
    assert watched.wrong == []


def test_names_that_would_be_formulas_are_text_in_the_export(
    chromium: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    names = (*['=1+1, "so"'] * 2, "-2", "@x", "\t甲", "乙")
    write_pages(results_of(assessment(names=names)), tmp_path)
    page = _Watched(chromium, "en-GB", accept_downloads=True).open(tmp_path / "report.html")
    with page.expect_download() as download:
        page.click("#export-csv")
    rows = [*csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig")))]
    assert {row[1] for row in rows[1:]} == {'\'=1+1, "so"', "'-2", "'@x", "'\t甲", "乙"}


def test_a_verdict_leads_to_where_it_is_explained(watched: _Watched, town: Assessment) -> None:
    page = watched.page
    cells = page.locator("#ranking-table td.k a").evaluate_all(
        "cells => cells.map(a => [a.getAttribute('href'), a.className, a.textContent, a.title])"
    )
    judged = ["road_density", "park_coverage", "station_coverage", "charging_car_park_share"]
    order = ["ZKB-02", "ZKB-03", "ZKB-04", "ZKB-05", "ZKB-06", "ZKB-01"]
    assert [href for href, *_ in cells] == [
        f"#unit={u}&show={key}" for u in order for key in judged
    ]
    status = grid(town.table[town.table["level"] == "unit"]).status
    assert [css for _, css, *_ in cells] == [status.loc[u, key] for u in order for key in judged]
    assert cells[0][2:] == [
        "✗",
        "道路网密度 · Road density: 7.20 km/km² – 未达标 · Not met (≥ 8; 6–9)",
    ]
    assert cells[17][3].endswith(": — % – 不适用 · Not applicable (≥ 80)")
    page.locator("#ranking-table td.k a").first.click()
    assert page.evaluate("location.hash") == "#unit=ZKB-02&show=road_density"
    page.locator("#ranking-table tbody th a").first.click()
    page.wait_for_url("**/units/ZKB-02.html")
    assert watched.wrong == []


def test_sorting_by_a_column_of_another_theme_is_given_up(watched: _Watched) -> None:
    page = watched.page
    page.locator("th[data-key=park_coverage]").click()
    page.select_option("#only-theme", "roads")
    assert page.locator("[aria-sort]").evaluate_all("h => h.map(e => e.dataset.by)") == ["missed"]
    page.select_option("#only-theme", "")
    assert units(page)[0] == "ZKB-02"


def test_values_are_there_when_their_theme_is_opened(watched: _Watched, town: Assessment) -> None:
    page, theme = watched.page, watched.page.locator("#theme-parks")
    assert theme.locator("table").count() == 0
    page.locator("a[href='#theme-parks']").click()
    theme.locator("tbody tr").nth(6).wait_for()
    value = measured(town, "park_coverage")
    told = theme.locator("tbody tr").all_inner_texts()
    figures = [f"{value[u]:.1f}" if u in value else "—" for u in town.plan.layers["units"].index]
    assert [text.split()[-1].lstrip("✓✗·") for text in told] == ["82.6", *figures]
    assert theme.locator("tr.city a").get_attribute("href") == "#city-park_coverage"
    assert theme.locator("td.c a").nth(2).get_attribute("href") == "#unit=ZKB-02&show=park_coverage"
    roads = page.locator("#theme-roads")
    roads.locator("summary").press("Enter")
    roads.locator("table").wait_for()
    assert watched.wrong == []


def test_all_values_are_printed(chromium: Any, results: Path, tmp_path: Path) -> None:  # noqa: F811
    page = _Watched(chromium, "en-GB").open(results / "report.html")
    page.pdf(path=tmp_path / "page.pdf")
    said = "".join(one.extract_text() for one in PdfReader(tmp_path / "page.pdf").pages)
    assert "250,000" in said
    assert "of themes that are not open none is printed" not in said


def test_values_of_a_large_plan_are_said_to_be_elsewhere(
    chromium: Any,  # noqa: F811
    large: Path,
    tmp_path: Path,
) -> None:
    page = _Watched(chromium, "en-GB").open(large)
    page.pdf(path=tmp_path / "page.pdf")
    said = "".join(one.extract_text() for one in PdfReader(tmp_path / "page.pdf").pages)
    assert "of themes that are not open none is printed" in said
    assert page.locator("details.values table").count() == 0
    assert not page.locator("#values-elsewhere").is_visible()


def test_without_script_there_are_no_tools(chromium: Any, results: Path) -> None:  # noqa: F811
    page = _Watched(chromium, "en-GB", java_script_enabled=False).open(results / "report.html")
    assert not page.locator("#ranking-tools").is_visible()
    assert page.locator("#ranking-table tbody tr").count() == 6
    assert page.locator("#ranking-table a[href='units/ZKB-02.html']").is_visible()
    assert page.get_by_text("可在此排序、筛选和导出").is_visible()
    page.locator("#theme-parks summary").click()
    assert page.locator("#theme-parks").get_by_text("数值另见 indicators.csv").is_visible()


UNITS, JUDGED = 2000, 60


@pytest.fixture(scope="module")
def large(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of the town, told of 2,000 units and 60 judged indicators."""
    text = (results / "report.html").read_text("utf-8")
    start = text.index(">", text.index('id="plan-data"')) + 1
    stop = text.index("</script>", start)
    data = json.loads(text[start:stop])
    ids = [f"U{n:04}" for n in range(UNITS)]
    road = next(one for one in data["indicators"] if one["key"] == "road_density")
    status = [["02"[(n * (k + 3)) % 7 > 2] for n in range(UNITS)] for k in range(JUDGED)]
    data["units"], columns = UNITS, zip(*status, strict=True)
    missed = [column.count("0") for column in columns]
    data["places"] = {
        "id": ids, "name": ids, "kind": "u" * UNITS, "page": [f"units/{u}.html" for u in ids],
        "area_km2": [1] * UNITS, "people": [None] * UNITS, "jobs": [None] * UNITS,
        "missed": missed, "met": [JUDGED - n for n in missed],
    }  # fmt: skip
    data["indicators"] = [
        {**road, "key": f"road_{k}", "theme": k // 12, "reason": {}, "status": "".join(status[k]),
         "value": [n * (k + 1) / 7 for n in range(UNITS)],
         "held": [{**road["held"][0], "status": "".join(status[k])}]}
        for k in range(JUDGED)
    ]  # fmt: skip
    file: Path = tmp_path_factory.mktemp("large") / "report.html"
    file.write_text(text[:start] + json.dumps(data) + text[stop:], "utf-8")
    return file


def test_a_large_plan_begins_with_one_theme_and_some_rows(chromium: Any, large: Path) -> None:  # noqa: F811
    watched = _Watched(chromium, "en-GB", accept_downloads=True)
    page = watched.open(large)
    page.locator("#ranking").scroll_into_view_if_needed()
    page.wait_for_selector("#ranking-table td.k")
    assert page.input_value("#only-theme") == "roads"
    assert page.locator("th[data-key]").count() == 12
    assert len(units(page)) == 200
    page.click("#more-units")
    assert len(units(page)) == 400
    assert page.evaluate("document.activeElement.textContent") == units(page)[200]
    assert page.inner_text("#shown-units") == "2000 / 2000"
    page.locator("th[data-key=road_3]").click()
    assert units(page) == [f"U{n:04}" for n in range(1999, 1799, -1)]
    with page.expect_download() as download:
        page.click("#export-csv")
    rows = [*csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig")))]
    assert len(rows) == UNITS + 1
    assert len(rows[0]) == 4 + 2 * 12
    page.fill("#find-unit", "u0007")
    assert units(page) == ["U0007"]
    assert not page.locator("#more-units").is_visible()
    assert watched.wrong == []


def test_verdicts_of_a_large_plan_are_made_when_they_are_nearly_seen(
    chromium: Any,  # noqa: F811
    large: Path,
) -> None:
    page = _Watched(chromium, "en-GB", viewport={"width": 1280, "height": 80}).open(large)
    page.wait_for_selector("html[data-ready]")
    assert page.locator("#ranking-table td.k").count() == 0
    page.locator("#ranking").scroll_into_view_if_needed()
    page.wait_for_selector("#ranking-table td.k")
