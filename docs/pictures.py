"""Pictures of the README, taken of the pages that the samples give: `python -m docs.pictures`.

They are taken, not drawn: fonts and the browser decide about their last pixel, so no test
compares them.
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from playwright.sync_api import sync_playwright

from carbonspace import evaluate, read_plan
from carbonspace.sources.samples import sample_plan

FOLDER = Path(__file__).parent / "images"
_WIDTH, _HEIGHT = 1180, 1000
_GAP, _SHARP = 24, 1.5
_BROWSERS = ("chromium", "google-chrome")


class Shot(NamedTuple):
    """One picture of a page: the sample, the page in its results, and the part of it at the top."""

    sample: str
    page: str
    part: str = "h1"


PICTURES: dict[str, Sequence[Shot]] = {
    "report.png": (Shot("las_palmas", "report.html"), Shot("golden", "units/SD-05.html")),
    "ranking.png": (Shot("golden", "report.html", "#ranking"),),
}
"""By the file: the pages that stand side by side on it."""


def take(folder: Path = FOLDER) -> list[Path]:
    """Take every picture and return the files."""
    samples = {shot.sample for shots in PICTURES.values() for shot in shots}
    with TemporaryDirectory() as scratch, _browser() as browser:
        for name in sorted(samples):
            evaluate(read_plan(sample_plan(name))).write(Path(scratch) / name)
        for name, shots in PICTURES.items():
            taken = [_taken(browser, Path(scratch) / one.sample, one) for one in shots]
            (folder / name).write_bytes(_beside(browser, taken))
    return [folder / name for name in PICTURES]


@contextmanager
def _browser() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def _opened(browser: Any, address: str, width: int) -> Any:
    context = browser.new_context(viewport={"width": width, "height": _HEIGHT}, offline=True,
                                  device_scale_factor=_SHARP)  # fmt: skip
    page = context.new_page()
    page.goto(address)
    return page


def _taken(browser: Any, results: Path, shot: Shot) -> bytes:
    page = _opened(browser, f"{(results / shot.page).as_uri()}?lang=en", _WIDTH)
    page.wait_for_selector("html[data-ready]")
    page.eval_on_selector(shot.part, "part => part.scrollIntoView()")
    picture: bytes = page.screenshot()
    return picture


def _beside(browser: Any, pictures: Sequence[bytes]) -> bytes:
    """Return pictures side by side, at the width of one of them."""
    width = (_WIDTH - _GAP * (len(pictures) - 1)) / len(pictures)
    shown = "".join(f'<img width="{width}" src="data:image/png;base64,'
                    f'{base64.b64encode(one).decode()}">' for one in pictures)  # fmt: skip
    page = _opened(browser, "about:blank", _WIDTH)
    style = f"display:flex;align-items:flex-start;gap:{_GAP}px"
    page.set_content(f'<body style="margin:0"><div style="{style}">{shown}</div></body>')
    picture: bytes = page.locator("div").screenshot()
    return picture


if __name__ == "__main__":
    take()
