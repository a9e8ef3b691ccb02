"""Both plans of a comparison on maps that are looked at together, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.browser.axe import faults
from tests.browser.test_report import _Watched, chromium
from tests.comparison.plans import layer, line, with_layer, with_values
from tests.comparison.test_clauses import held, rule

from carbonspace import Comparison, compare
from carbonspace.model.comparison import VERDICT_TITLES
from carbonspace.outputs import write_comparison
from carbonspace.outputs.rows import number

pytestmark = pytest.mark.browser
__all__ = ["chromium"]
NAME = "<b>西"
WIDE = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """In the east 9 km of road become 7, of 8 that are asked for; the west is named like markup."""
    plan = held(tmp_path_factory.mktemp("rules"), rule(8, "all"), rule(0.5, "least", source="§2"))
    plan = with_values(plan, "units", "W", name=NAME)
    roads = [line((1000, y), (2000, y)) for y in range(100, 1000, 100)]
    named, classes = [f"r{n}" for n in range(9)], ["local"] * 9
    first = with_layer(plan, "roads", layer(roads, road_id=named, road_class=classes))
    fewer = layer(roads[:7], road_id=named[:7], road_class=classes[:7])
    second = with_values(with_layer(plan, "roads", fewer), "parcels", "h2", land_use="0901")
    return compare(first, second)


@pytest.fixture(scope="module")
def page_file(found: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_comparison(found, tmp_path_factory.mktemp("both") / "out") / "compare.html"


def opened(watched: _Watched, page_file: Path) -> Any:
    page = watched.open(page_file)
    page.wait_for_selector("html[data-ready]")
    page.locator("#both").scroll_into_view_if_needed()
    return page


def chosen(page: Any, way: str) -> None:
    page.locator(f"label:has([value={way}])").click()


def shown_from(page: Any) -> float:
    """Return from where on the second map is seen, as a share of the width of the first."""
    at: float = page.evaluate("""() => {
      const first = document.querySelector(".stage .first").getBoundingClientRect();
      const second = document.querySelector(".stage .second").getBoundingClientRect();
      return (second.left - first.left) / first.width;
    }""")
    return at


def test_the_divider_is_moved_by_the_mouse_and_by_the_keyboard(
    chromium: Any, page_file: Path
) -> None:
    watched = _Watched(chromium, "en-GB", viewport=WIDE)
    page = opened(watched, page_file)
    chosen(page, "swipe")
    assert shown_from(page) == pytest.approx(0.5, abs=0.01)
    box = page.locator("#map-first").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, middle, steps=5)
    page.mouse.up()
    assert shown_from(page) == pytest.approx(0.25, abs=0.02)
    divider = page.get_by_role("slider", name="Position of the divider")
    divider.focus()
    before = int(divider.input_value())
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert int(divider.input_value()) == before + 10
    assert shown_from(page) == pytest.approx((before + 10) / 100, abs=0.01)
    sheets = page.evaluate("""() => [...document.querySelectorAll("#both svg.map")]
      .map(one => one.getBoundingClientRect()).map(box => [box.left, box.top, box.width])""")
    assert sheets[0] == pytest.approx(sheets[1], abs=0.5)
    assert watched.wrong == []


def test_side_by_side_and_blended(chromium: Any, page_file: Path) -> None:
    watched = _Watched(chromium, "zh-CN", viewport=WIDE)
    page = opened(watched, page_file)
    first, second = (page.locator(f"#map-{key}").bounding_box() for key in ("first", "second"))
    assert first["x"] + first["width"] <= second["x"]
    assert first["y"] == second["y"]
    assert page.locator("#both-at").is_hidden()
    chosen(page, "blend")
    page.get_by_role("slider", name="后一方案的不透明度").fill("20")
    top = "getComputedStyle(document.getElementById('map-second')).opacity"
    assert page.evaluate(top) == "0.2"
    page.get_by_role("button", name="切换前后").click()
    assert page.evaluate(top) == "1"
    assert watched.wrong == []


def test_both_maps_zoom_and_move_together(chromium: Any, page_file: Path) -> None:
    watched = _Watched(chromium, "en-GB", viewport=WIDE)
    page = opened(watched, page_file)

    def boxes() -> list[float]:
        first, second = (
            page.get_attribute(f"#map-{key}", "viewBox") for key in ("first", "second")
        )
        assert first == second
        return [float(n) for n in first.split()]

    whole = boxes()
    page.get_by_role("button", name="Zoom in").click()
    near = boxes()
    assert near[2] == pytest.approx(whole[2] / 1.5, rel=1e-3)
    page.locator("#both-stage").focus()
    page.keyboard.press("+")
    assert boxes()[2] == pytest.approx(whole[2] / 2.25, rel=1e-3)
    page.keyboard.press("-")
    page.keyboard.press("ArrowRight")
    assert boxes()[0] == pytest.approx(near[0] + 0.15 * near[2], rel=1e-2)
    box = page.locator("#map-second").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = boxes()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    unit = before[2] / box["width"]
    assert boxes()[0] == pytest.approx(before[0] - 60 * unit, abs=3 * unit)
    assert page.locator("#both-unit").is_hidden()
    page.mouse.wheel(0, -100)
    assert boxes()[2] < before[2]
    page.get_by_role("button", name="Whole plan").click()
    assert boxes() == whole
    assert watched.wrong == []


def test_a_unit_is_told_as_the_tables_tell_it(
    chromium: Any, found: Comparison, page_file: Path
) -> None:
    watched = _Watched(chromium, "en-GB", viewport=WIDE)
    page = opened(watched, page_file)
    page.locator("#map-second path.unit").nth(1).click(position={"x": 20, "y": 20})
    assert page.locator("#both-unit h3").inner_text().startswith("E 东")
    mine = found.judged[found.judged["unit_id"] == "E"]
    assert {"kept", "lost"} <= {*mine["flip"]}
    rows = page.locator("#both-unit li.row")
    assert rows.count() == len(mine)
    assert rows.first.get_attribute("data-key") == "road_density"
    told = [row.inner_text() for row in rows.all()]
    for one in mine.itertuples():
        title = found.indicators[one.indicator].title.en
        decimals = found.indicators[one.indicator].decimals
        was, now = (number(value, decimals) for value in (one.before, one.after))
        words = [title, f"{was} → {now}", VERDICT_TITLES[one.status_after].en, one.target]
        assert any(all(word in text for word in words) for text in told), words
    shares = found.shares.set_index(["unit_id", "indicator", "feature"])
    alone = shares.loc[("E", "road_density", "r8"), "alone"]
    assert alone == pytest.approx(-1.0)
    assert "r8 −1.00" in rows.first.locator(".moved").inner_text()
    assert rows.first.locator("svg.bullet .value.not_met").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#both-unit").is_hidden()
    page.select_option("#both-choice", label=f"W {NAME}")
    assert NAME in page.locator("#both-unit h3").inner_text()
    assert page.locator("#both-unit h3 b").count() == 0
    assert watched.wrong == []


def test_colours_say_what_differs(chromium: Any, found: Comparison, page_file: Path) -> None:
    watched = _Watched(chromium, "en-GB", viewport=WIDE)
    page = opened(watched, page_file)
    page.select_option("#both-by", "road_density")
    classes = [
        [one.get_attribute("class") for one in page.locator(f"#map-{key} path.unit").all()]
        for key in ("first", "second")
    ]
    assert ["unit s-met differs" in one for one in classes] == [True, False]
    assert ["unit s-not_met differs" in one for one in classes] == [False, True]
    assert "✗ No longer met: 1" in page.locator("#both-said").inner_text()
    assert "✗ 7.00 ▼" in page.locator("#map-second").inner_html()
    page.locator("#both-said button").first.click()
    assert page.locator("#both-unit h3").inner_text().startswith("E ")
    page.select_option("#both-by", "land")
    assert page.locator("#map-first .lands").is_visible()
    assert page.locator("#map-first .lands > path.land").count() == 1
    page.locator("#both-edits").uncheck()
    assert page.locator("#map-first g.edits").first.is_hidden()
    page.locator("label[for=lang-zh]").click()
    assert "着色" in page.locator("#both-tools").inner_text()
    assert page.locator("#both-by option").nth(1).inner_text() == "用地"
    assert watched.wrong == []


def test_without_script_both_maps_stand_side_by_side(chromium: Any, page_file: Path) -> None:
    watched = _Watched(chromium, "zh-CN", viewport=WIDE, java_script_enabled=False)
    page = watched.open(page_file)
    first, second = (page.locator(f"#map-{key}").bounding_box() for key in ("first", "second"))
    assert first["x"] + first["width"] <= second["x"]
    assert page.locator("#both-tools").is_hidden()
    assert page.locator("#map-second text.label:visible").count() == 2


def test_on_paper_both_maps_stand_side_by_side(chromium: Any, page_file: Path) -> None:
    watched = _Watched(chromium, "zh-CN", viewport=WIDE)
    page = opened(watched, page_file)
    chosen(page, "swipe")
    page.emulate_media(media="print")
    first, second = (page.locator(f"#map-{key}").bounding_box() for key in ("first", "second"))
    assert first["x"] + first["width"] <= second["x"]
    assert first["width"] == pytest.approx(second["width"], abs=1)
    assert page.locator("#both-at").is_hidden()
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("way", ["side", "swipe", "blend"])
def test_a_phone_has_nothing_to_scroll_sideways(chromium: Any, page_file: Path, way: str) -> None:
    watched = _Watched(chromium, "zh-CN", viewport={"width": 390, "height": 800})
    page = opened(watched, page_file)
    chosen(page, way)
    page.locator("#both-choice").select_option(index=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first, second = (page.locator(f"#map-{key}").bounding_box() for key in ("first", "second"))
    assert (first["y"] + first["height"] <= second["y"]) is (way == "side")
    assert watched.wrong == []


def test_axe_finds_nothing_serious(chromium: Any, page_file: Path) -> None:
    page = opened(_Watched(chromium, "en-GB", viewport=WIDE), page_file)
    page.locator("#both-choice").select_option(index=2)
    for way in ("side", "swipe"):
        chosen(page, way)
        assert faults(page) == []
