"""The page of the plan on a phone, on paper, without script, and where no map can be drawn."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from tests.browser.exploring import click_unit, opened, part, picture
from tests.browser.test_report import _Watched, chromium
from tests.outputs.town import PROFILE

from carbonspace.model.assessment import Assessment
from carbonspace.outputs.results import results_of
from carbonspace.outputs.webpage import write_pages

pytestmark = pytest.mark.browser
__all__ = ["chromium"]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "has_touch": True}
_SMALL = """() => [...document.querySelectorAll("#explore :is(button, select, input, summary)")]
    .filter(e => e.checkVisibility() && !e.matches(".switch input, .check input"))
    .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.height < 40 || box.width < 40)).map(([html]) => html)"""


def test_on_a_phone_the_panel_lies_below_the_map(
    chromium: Any, results: Path, tmp_path: Path
) -> None:
    watched = opened(chromium, results, locale="zh-CN", **PHONE)
    page = watched.page
    assert page.evaluate(_SMALL) == []
    click_unit(page, 1)
    page.wait_for_timeout(700)
    sheet = page.locator("#unit-panel").bounding_box()
    screen = page.locator("#live-map").bounding_box()
    assert sheet["y"] + sheet["height"] == pytest.approx(800, abs=1)
    assert sheet["height"] < 0.6 * 800
    assert 40 < screen["y"] < sheet["y"] - 150
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("details.measure summary").first.click()
    assert page.evaluate(_SMALL) == []
    picture(page, "phone", tmp_path)
    part(page, "grip").click()
    assert page.locator("#unit-panel").bounding_box()["height"] < 80
    part(page, "grip").click()
    part(page, "close").click()
    assert not page.locator("#unit-panel").is_visible()
    assert watched.wrong == []


def test_on_paper_stand_the_drawn_map_and_the_panel(
    chromium: Any, results: Path, tmp_path: Path
) -> None:
    page = opened(chromium, results, "#unit=ZKB-02&by=road_density").page
    page.emulate_media(media="print")
    assert page.locator("#map figure.static svg").is_visible()
    for control in ("#live-map", "#explore-bar", "#unit-chooser", ".panel-bar", ".asks"):
        assert not page.locator(control).is_visible()
    chosen = page.locator("path.unit").nth(1)
    assert page.get_attribute("path.chosen", "d") == chosen.get_attribute("d")
    page.emulate_media(media="null")
    paper = page.pdf(format="A4")
    (tmp_path / "page.pdf").write_bytes(paper)
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(paper)).pages)
    flat = "".join(unicodedata.normalize("NFKC", text).split())
    assert "城西单元" in flat
    for rule in (PROFILE.rules[0], PROFILE.rules[1]):
        assert "".join(unicodedata.normalize("NFKC", rule.quotation).split()) in flat
    assert "Wholeplan" not in flat
    assert "Findaunit" not in flat
    assert "500m" in flat  # the scale bar of the drawn map
    assert page.locator("details.measure[open]").count() == 1


def test_without_script_stands_the_drawn_map(chromium: Any, results: Path) -> None:
    watched = _Watched(chromium, "zh-CN", java_script_enabled=False)
    page = watched.open(results / "report.html")
    assert page.locator("#map figure.static svg").is_visible()
    assert page.locator("#map noscript p").is_visible()
    for control in ("#explore-bar", "#live-map", ".side"):
        assert not page.locator(control).is_visible()
    assert page.locator("#map-classes li").count() > 1
    page.locator("path.unit").nth(1).click()
    page.wait_for_url("**/units/ZKB-02.html")
    assert page.inner_text("h1") == "城西单元"


def test_where_no_map_can_be_drawn_the_rest_works(
    chromium: Any, results: Path, tmp_path: Path
) -> None:
    watched = _Watched(chromium, "en-GB")
    page = watched.page
    page.add_init_script("""Object.defineProperty(window, "L", {
        get() { throw new Error("no map"); }, set() {} });""")
    page.goto((results / "report.html").as_uri() + "#by=road_density")
    page.wait_for_selector("html[data-ready]")
    assert page.locator("#map-note").is_visible()
    assert page.locator("#map figure.static svg").is_visible()
    fills = page.locator("path.unit").evaluate_all("e => e.map(p => p.style.fill)")
    assert len(set(fills)) == 2
    page.locator("path.unit").nth(1).click()
    assert part(page, "name").inner_text() == "城西单元"
    picture(page, "without-a-map", tmp_path)


def test_where_a_script_fails_the_drawn_map_stands(chromium: Any, results: Path) -> None:
    page = _Watched(chromium, "en-GB").page
    page.add_init_script("JSON.parse = () => { throw new Error('no data'); };")
    page.goto((results / "report.html").as_uri())
    page.wait_for_selector("#map figure.static svg", state="visible")
    assert page.locator("#ranking-table tbody tr").first.is_visible()


@pytest.mark.parametrize("webgl", [True, False])
def test_the_page_of_a_large_plan_with_and_without_webgl(
    chromium: Any, town: Assessment, tmp_path: Path, webgl: bool
) -> None:
    write_pages(results_of(town), tmp_path, limit=0)
    watched = _Watched(chromium, "en-GB", reduced_motion="reduce")
    page = watched.page
    if not webgl:
        page.add_init_script("""const get = HTMLCanvasElement.prototype.getContext;
            HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
                return /webgl/.test(kind) ? null : get.call(this, kind, ...more); };""")
    page.goto((tmp_path / "report.html").as_uri() + "#unit=ZKB-02&show=park_coverage")
    page.wait_for_selector("html[data-ready]")
    assert part(page, "name").inner_text() == "城西单元"
    assert page.locator("#map-note").is_visible() is not webgl
    assert page.locator("#live-map").is_visible() is webgl
    assert page.locator("#map figure.static svg").is_visible() is not webgl
    shown = page.locator("details.measure[data-key=park_coverage]")
    assert shown.get_attribute("open") is not None
    assert shown.locator("[data-show]").count() == webgl
    assert page.locator("#map-evidence .kinds li").count() == webgl
    if webgl:
        part(page, "close").click()
        page.wait_for_timeout(500)
        click_unit(page, 2)
        page.wait_for_function("carbonspace.state.unit === 2")
    assert [one for one in watched.wrong if "GPU stall" not in one and "blob:" not in one] == []
