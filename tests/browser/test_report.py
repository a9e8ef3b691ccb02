"""The pages in a real browser, without a network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright
from tests.outputs.test_hostile import LETTERS, MARKUP, TITLE
from tests.outputs.town import assessment

from carbonspace.model.assessment import Assessment
from carbonspace.model.bureau import Bureau
from carbonspace.outputs import write_results
from carbonspace.outputs.direction import alone
from carbonspace.outputs.results import results_of
from carbonspace.outputs.webpage import write_pages

pytestmark = pytest.mark.browser

_ARGUMENTS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-component-update",
              "--disable-background-networking", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.fail('no Chromium: apt-get install chromium, or pytest -m "not browser"')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield browser
        browser.close()


class _Watched:
    """A page that remembers what went wrong and what it asked the network for."""

    def __init__(self, browser: Any, locale: str, **options: Any) -> None:
        context = browser.new_context(offline=True, locale=locale, **options)
        self.page, self.wrong = context.new_page(), list[str]()
        self.page.on("console", lambda m: self.wrong.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.page.on("requestfailed", lambda r: self.wrong.append(f"failed: {r.url}"))
        self.page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.wrong.append(f"asked: {request.url}")

    def open(self, path: Path) -> Any:
        self.page.goto(path.as_uri())
        return self.page


@pytest.mark.parametrize(("locale", "seen", "unseen"), [
    ("zh-CN", "哪些单元未达标", "Which units miss their targets"),
    ("en-GB", "Which units miss their targets", "哪些单元未达标"),
])  # fmt: skip
def test_opens_in_the_language_of_the_browser(
    chromium: Any, results: Path, locale: str, seen: str, unseen: str
) -> None:
    watched = _Watched(chromium, locale)
    page = watched.open(results / "report.html")
    page.wait_for_selector("html[data-ready]")
    assert seen in page.inner_text("main")
    assert unseen not in page.inner_text("main")
    assert watched.wrong == []


def test_switching_the_language_lasts_to_the_next_page(chromium: Any, results: Path) -> None:
    watched = _Watched(chromium, "zh-CN")
    page = watched.open(results / "report.html")
    page.click("label[for=lang-en]")
    assert "Units at a glance" in page.inner_text("main")
    assert page.get_attribute("html", "lang") == "en"
    page.click("#ranking-table a[href='units/ZKB-02.html']")
    page.wait_for_url("**/units/ZKB-02.html")
    assert "Homes within reach of a park" in page.inner_text("tr#park_coverage")
    assert "Not met" in page.inner_text("tr#park_coverage")
    assert watched.wrong == []


def test_the_language_can_be_switched_without_script(chromium: Any, results: Path) -> None:
    page = _Watched(chromium, "en-GB", java_script_enabled=False).open(results / "report.html")
    assert page.locator("h2 >> text=单元一览").is_visible()
    assert not page.locator("h2 >> text=Units at a glance").is_visible()
    page.click("label[for=lang-en]")
    assert page.locator("h2 >> text=Units at a glance").is_visible()
    assert not page.locator("h2 >> text=单元一览").is_visible()


@pytest.mark.parametrize("names", [MARKUP, LETTERS], ids=["markup", "letters"])
def test_hostile_names_run_nothing_and_break_nothing(
    chromium: Any, tmp_path: Path, names: tuple[str, ...]
) -> None:
    folder = write_results(assessment(names, names, title=TITLE), tmp_path / "out")
    watched = _Watched(chromium, "zh-CN")
    watched.page.on("dialog", lambda one: watched.wrong.append(f"dialog: {one.message}"))
    page = watched.open(folder / "report.html")
    page.wait_for_selector("html[data-ready]")
    page.locator("#unit-list [data-unit='1']").click()
    assert page.locator("#unit-panel h3").text_content() == alone(names[1])
    page.locator("#unit-panel [data-part=page]").click()
    page.wait_for_url("**/units/*.html")
    assert page.text_content("h1") == alone(names[1])
    for path in sorted((folder / "units").iterdir()):
        watched.open(path)
    assert watched.wrong == []


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_page_is_wider_than_its_screen(chromium: Any, results: Path, width: int) -> None:
    for name in ("report.html", "units/ZKB-02.html"):
        page = _Watched(chromium, "en-GB", viewport={"width": width, "height": 800}).open(
            results / name
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_a_chinese_name_and_a_hash_do_not_stand_upright(
    chromium: Any, results: Path
) -> None:
    watched = _Watched(chromium, "zh-CN", viewport={"width": 390, "height": 800})
    page = watched.open(results / "report.html")
    page.evaluate("document.getElementById('theme-roads').open = true")
    names = page.locator("#theme-roads tbody th")
    assert max(box["height"] for box in map(_box, names.all())) < 50
    hashes = page.locator("#record td code")
    assert hashes.count() > 0
    assert max(box["height"] for box in map(_box, hashes.all())) < 30


def _box(found: Any) -> dict[str, float]:
    return dict(found.bounding_box())


def test_on_a_phone_a_clause_has_the_width_of_the_screen(chromium: Any, results: Path) -> None:
    watched = _Watched(chromium, "zh-CN", viewport={"width": 390, "height": 800})
    page = watched.open(results / "units" / "ZKB-02.html")
    assert page.locator("blockquote").first.bounding_box()["width"] > 250


def test_the_colours_of_a_bureau_reach_every_mark(
    chromium: Any, town: Assessment, tmp_path: Path
) -> None:
    bureau = Bureau(colours={"not_met": "#aa0011", "met": "#0044cc"})
    write_pages(results_of(town), tmp_path, bureau)
    page = _Watched(chromium, "en-GB").open(tmp_path / "report.html")
    page.locator("#ranking").scroll_into_view_if_needed()
    page.wait_for_selector("#ranking-table td.k a")

    def colour(found: str, name: str = "backgroundColor") -> str:
        return str(page.locator(found).first.evaluate(f"e => getComputedStyle(e).{name}"))

    for found in (".stack i.not_met", "td.k a.not_met", ".v-not_met"):
        assert colour(found) == "rgb(170, 0, 17)"
    assert colour(".stack i.met") == "rgb(0, 68, 204)"
    assert colour(".v-met") == "rgb(219, 229, 248)"  # pale blue, no longer pale green
