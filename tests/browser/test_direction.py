"""Names that are read from right to left, or that turn what follows them around, on pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.browser.exploring import opened, part
from tests.browser.test_report import _Watched, chromium  # noqa: F401  the fixture
from tests.outputs.town import assessment

from carbonspace.outputs import write_results

pytestmark = pytest.mark.browser
NAMES = ("\u202etxt.exe", "אבג דהו", "مدينة 7", "\u2067open", "plain", "城南")
SHOWN = ("[U+202E]txt.exe", "\u2068אבג דהו\u2069", "\u2068مدينة 7\u2069", "[U+2067]open",
         "plain", "城南")  # fmt: skip
_ORDER = """([name, after]) => {
  const line = carbonspace.make("p", { title: name }, name, " · ", after);
  document.querySelector("main").prepend(line);
  const left = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect().left;
  };
  const told = Array.from(line.childNodes, left);
  const title = line.getAttribute("title");
  line.remove();
  return [told, title];
}"""
_NOTES = """() => Array.from(document.querySelectorAll("figure.static .label .mark"), (one) => {
  return [0, one.textContent.length - 1].map((n) => one.getStartPositionOfChar(n).x);
})"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = assessment(NAMES, NAMES)
    return write_results(found, tmp_path_factory.mktemp("direction") / "out")


@pytest.fixture
def watched(chromium: Any, results: Path) -> _Watched:  # noqa: F811
    return opened(chromium, results)


@pytest.mark.parametrize(("name", "shown"), [*zip(NAMES, SHOWN, strict=True)])
def test_what_scripts_write_beside_a_name_stays_behind_it(
    watched: _Watched, name: str, shown: str
) -> None:
    (first, between, last), title = watched.page.evaluate(_ORDER, [name, "3 ✗"])
    assert first < between < last
    assert title == shown
    again, _ = watched.page.evaluate(_ORDER, [shown, "3 ✗"])
    assert again == pytest.approx([first, between, last], abs=0.5)  # once is enough


def test_lists_tables_and_the_panel_show_the_names(watched: _Watched) -> None:
    page = watched.page
    for number, shown in enumerate(SHOWN):
        button = page.locator(f"#unit-list [data-unit='{number}'] .name")
        assert button.inner_text() == shown
    page.locator("#ranking").scroll_into_view_if_needed()
    rows = page.locator("#ranking-table tbody th").all_inner_texts()
    assert sorted(rows) == sorted(SHOWN)
    page.locator("#unit-list [data-unit='0']").click()
    assert part(page, "name").inner_text() == SHOWN[0]
    assert part(page, "about").inner_text().count(SHOWN[0]) == 1
    assert watched.wrong == []


def test_drawn_labels_keep_their_notes_behind_the_sign(chromium: Any, results: Path) -> None:  # noqa: F811
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto((results / "report.html").as_uri())
    names = page.locator("figure.static svg .label tspan:first-child").all_text_contents()
    assert sorted(names) == sorted(SHOWN)
    found = page.evaluate(_NOTES)
    assert found
    assert all(first < last for first, last in found)
