"""Steps on the page of the plan that several tests take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.browser.test_report import _Watched

_SPOT = """n => {
    const shapes = carbonspace.json("plan-shapes"), [x, y] = shapes.anchors[n];
    const box = document.getElementById("live-map").getBoundingClientRect();
    const [left, top] = carbonspace.view.at(x * shapes.step, y * shapes.step);
    return [box.left + left, box.top + top];
}"""


def opened(browser: Any, results: Path, address: str = "", **options: Any) -> _Watched:
    """Return the page of the plan, ready, at the part after its file name."""
    watched = _Watched(browser, options.pop("locale", "en-GB"), **options)
    watched.page.goto((results / "report.html").as_uri() + address)
    watched.page.wait_for_selector("html[data-ready]")
    return watched


def click_unit(page: Any, number: int) -> None:
    """Click where the label of a unit stands on the map."""
    page.locator("#live-map").scroll_into_view_if_needed()
    page.mouse.click(*page.evaluate(_SPOT, number))


def part(page: Any, name: str) -> Any:
    """Return a part of the panel of a unit."""
    return page.locator(f"#unit-panel [data-part={name}]")


def picture(page: Any, name: str, folder: Path) -> None:
    """Keep a picture of the page: where CARBONSPACE_PICTURES says, or in a scratch folder."""
    page.screenshot(path=Path(os.environ.get("CARBONSPACE_PICTURES", folder)) / f"{name}.png")
