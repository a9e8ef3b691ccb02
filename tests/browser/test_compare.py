"""The page of a comparison in a real browser, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.browser.test_report import _Watched, chromium
from tests.comparison.plans import layer, line, small, with_layer, with_values

from carbonspace import compare
from carbonspace.outputs import write_comparison

pytestmark = pytest.mark.browser
__all__ = ["chromium"]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    moved = with_values(small(), "roads", "r2", geometry=line((1700, 300), (2200, 300)))
    parks = layer([small().layers["parks"].geometry[0]], park_id=["P1"], name=["<script>x"])
    plan = with_layer(moved, "parks", parks)
    other = with_values(plan, "parcels", "h2", land_use="0901")
    found = compare(small(), other, profiles=["bayannur"])
    return write_comparison(found, tmp_path_factory.mktemp("compared") / "out") / "compare.html"


@pytest.mark.parametrize(("locale", "seen", "unseen"), [
    ("zh-CN", "哪些改动使数值变化", "Which edit moved which figure"),
    ("en-GB", "Which edit moved which figure", "哪些改动使数值变化"),
])  # fmt: skip
def test_it_opens_in_the_language_of_the_browser(
    chromium: Any, page_file: Path, locale: str, seen: str, unseen: str
) -> None:
    watched = _Watched(chromium, locale)
    page = watched.open(page_file)
    page.wait_for_selector("html[data-ready]")
    text = page.inner_text("main")
    recoded = "（land_use）：0701 → 0901" if locale == "zh-CN" else "land_use: 0701 → 0901"
    assert recoded in text
    assert seen in text
    assert unseen not in text
    assert "−0.20" in text
    assert "<script>x" in text
    assert watched.wrong == []


def test_the_map_is_coloured_by_an_indicator(chromium: Any, page_file: Path) -> None:
    watched = _Watched(chromium, "en-GB")
    page = watched.open(page_file)
    page.wait_for_selector("html[data-ready]")
    assert page.locator("#map svg.map path.edit.reshaped").count() == 2
    page.select_option("#colour-by", "road_density")
    classes = [one.get_attribute("class") for one in page.locator("#map svg.map path.unit").all()]
    assert classes == ["unit s-same", "unit s-down"]
    assert page.get_by_text("Value went down").is_visible()
    assert watched.wrong == []


def test_it_fits_a_phone(chromium: Any, page_file: Path) -> None:
    watched = _Watched(chromium, "zh-CN", viewport={"width": 390, "height": 800})
    page = watched.open(page_file)
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
