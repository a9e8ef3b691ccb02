"""What axe-core finds on every kind of page: nothing serious."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.browser.axe import faults
from tests.browser.exploring import opened
from tests.browser.test_compare import page_file
from tests.browser.test_report import _Watched, chromium

pytestmark = pytest.mark.browser
__all__ = ["chromium", "page_file"]
OPEN = """() => { document.querySelector("[data-ask=all]").click();
    document.querySelectorAll("details").forEach(one => { one.open = true; }); }"""


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_of_the_plan(chromium: Any, results: Path, locale: str, width: int) -> None:
    page = opened(chromium, results, locale=locale, viewport={"width": width, "height": 900}).page
    assert faults(page) == []
    page.click("#colour-by")
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.evaluate("carbonspace.choose({ unit: 1, by: 'road_density', show: 'road_density' })")
    page.wait_for_timeout(500)
    assert faults(page) == []
    page.evaluate("carbonspace.choose({ mode: 'value' })")
    page.evaluate(OPEN)
    page.wait_for_timeout(300)
    assert faults(page) == []


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_the_page_of_a_unit(chromium: Any, results: Path, locale: str) -> None:
    page = _Watched(chromium, locale).open(results / "units" / "ZKB-02.html")
    assert faults(page) == []


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_the_page_of_a_comparison(chromium: Any, page_file: Path, locale: str) -> None:
    page = _Watched(chromium, locale).open(page_file)
    page.wait_for_selector("html[data-ready]")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert faults(page) == []


def test_in_forced_colours_and_with_reduced_motion_it_says_the_same(
    chromium: Any, results: Path
) -> None:
    watched = opened(chromium, results, forced_colors="active", reduced_motion="reduce")
    page = watched.page
    page.evaluate("carbonspace.choose({ unit: 1, by: 'road_density' })")
    assert page.locator("details.measure[open]").count() == 1
    pressed = page.locator("[data-ask][aria-pressed=true]")
    other = page.locator("[data-ask][aria-pressed=false]").first
    ground = "e => getComputedStyle(e).backgroundColor"
    assert pressed.evaluate(ground) != other.evaluate(ground)
    assert watched.wrong == []
