"""A verdict on the page of the plan stands beside the figure that its clause defines."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Any

import pytest
from tests.browser.exploring import opened, part
from tests.browser.test_report import _Watched, chromium  # noqa: F401  the fixture
from tests.outputs.town import PARK_VALUES, defined_otherwise

from carbonspace.model.assessment import Assessment
from carbonspace.outputs import write_results

pytestmark = pytest.mark.browser

KEY, UNIT = "park_coverage", "ZKB-01"  # 92.0 % by the plan, 72.0 % by the clause, which asks for 80
SAID = "as the clause defines it (Service radius: 300 m): 72.0 %; as the plan does: 92.0 %"


@pytest.fixture(scope="module")
def results(town: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(defined_otherwise(town), tmp_path_factory.mktemp("defined") / "out")


@pytest.fixture
def watched(chromium: Any, results: Path) -> _Watched:  # noqa: F811
    return opened(chromium, results, f"#by={KEY}", accept_downloads=True)


def test_the_ranking_tells_the_figure_that_is_judged(watched: _Watched) -> None:
    page = watched.page
    page.locator("#ranking").scroll_into_view_if_needed()
    cell = page.locator(f"#ranking-table tr[data-unit='{UNIT}'] a[href*='show={KEY}']")
    assert cell.inner_text() == "✗"
    assert "72.0* %" in cell.get_attribute("title")
    assert SAID in cell.get_attribute("title")


def test_the_map_and_the_list_show_the_figure_that_is_judged(watched: _Watched) -> None:
    page = watched.page
    notes = page.evaluate("carbonspace.colouring(carbonspace.state).note(0)")
    assert notes == "✗ 72.0*"
    listed = page.locator("#unit-list [data-unit='0'] .figure")
    assert "72.0*" in listed.inner_text()
    assert SAID in listed.get_attribute("title")
    assert "as the clause defines it: Service radius: 300 m" in page.inner_text("#map-head")


def test_values_have_no_target_of_another_figure_on_their_scale(watched: _Watched) -> None:
    page = watched.page
    page.check("[name=mode][value=value]", force=True)
    assert page.evaluate("carbonspace.colouring(carbonspace.state).note(0)") == "92.0"
    assert page.locator("#map-classes .ramp").count() == 1
    assert page.locator("#map-classes .marks b").count() == 0
    assert "as the clause defines it: Service radius: 300 m" in page.inner_text("#map-head")


def test_the_table_of_values_and_the_panel_mark_it(watched: _Watched) -> None:
    page = watched.page
    page.click("#theme-parks > summary")
    cell = page.locator(f"#theme-parks a[href*='unit={UNIT}']")
    assert cell.inner_text() == "✗72.0*"
    assert SAID in cell.get_attribute("title")
    noted = page.locator("#theme-parks p.note").inner_text()
    assert noted == (
        "* Homes within reach of a park: the verdict is as the clause defines it "
        "(Service radius: 300 m)"
    )
    page.click("#unit-list [data-unit='0']")
    line = part(page, "measures").locator(f"details[data-key={KEY}] > summary")
    assert "72.0*" in line.inner_text()
    assert "as the plan does: 92.0 %" in line.inner_text()
    assert watched.wrong == []


def test_the_exported_table_has_both_figures(watched: _Watched) -> None:
    with watched.page.expect_download() as download:
        watched.page.click("#export-csv")
    rows = csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))
    title = "Homes within reach of a park"
    told = {row["Unit id"]: row for row in rows}
    found = told[UNIT]
    assert found[f"{title} (%)"] == str(int(PARK_VALUES[0]))
    assert found[f"{title}: verdict"] == "Not met"
    assert found[f"{title}: the figure judged, where the clause defines another"] == "72"


def test_the_page_of_a_unit_has_the_figure_beside_its_verdict(
    chromium: Any,  # noqa: F811
    results: Path,
    tmp_path: Path,
) -> None:
    watched = _Watched(chromium, "en-GB")
    page = watched.open(results / "units" / f"{UNIT}.html")
    cells = page.locator(f"tr#{KEY} td")
    assert cells.nth(0).inner_text() == "72.0* %"
    assert "Not met" in cells.nth(1).inner_text()
    assert SAID.replace("as the", "As the", 1) in page.inner_text(f"tr#{KEY}")
    folder = os.environ.get("CARBONSPACE_PICTURES", tmp_path)
    page.locator(f"tr#{KEY}").screenshot(path=Path(folder) / "defined-unit.png")


def test_where_the_clause_has_no_figure_the_plan_keeps_its_own(
    chromium: Any,  # noqa: F811
    town: Assessment,
    tmp_path: Path,
) -> None:
    folder = write_results(defined_otherwise(town, less=float("nan")), tmp_path / "out")
    watched = opened(chromium, folder, f"#by={KEY}&unit={UNIT}")
    page = watched.page
    assert page.evaluate("carbonspace.colouring(carbonspace.state).note(0)") == "· 92.0*"
    line = part(page, "measures").locator(f"details[data-key={KEY}] > summary")
    assert "92.0*" in line.inner_text()
    assert "300 m (no value); as the plan does: 92.0 %" in line.inner_text()
    assert line.locator("svg.bullet").count() == 0
    assert watched.wrong == []
