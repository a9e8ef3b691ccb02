"""How long the page of a plan takes to be ready, against a page with one polygon.

`python -m tests.benchmarks.page REPORT.html [--runs 5]`: both are opened in Chromium by turns,
with the same map library, from a file and without a network.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from carbonspace.outputs.page_library import Library, library

_ARGUMENTS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-sync",
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
]  # fmt: skip
_STAMPED = """new MutationObserver(() => {
  if (document.documentElement.dataset.ready) window.readyAfter ??= performance.now();
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });"""
"""Notes in the page itself when it is ready, whenever that is asked for."""
_POLYGON = "[[0, 0], [0.1, 0], [0.1, 0.1], [0, 0.1], [0, 0]]"
_LEAFLET = f"""L.polygon({_POLYGON}).addTo(
  L.map("map", {{ crs: L.CRS.Simple, preferCanvas: true }}).setView([0, 0], 10));
requestAnimationFrame(() => requestAnimationFrame(ready));"""
_MAPLIBRE = f"""const one = {{ type: "Polygon", coordinates: [{_POLYGON}] }};
const map = new maplibregl.Map({{
  container: "map", center: [0, 0], zoom: 10, attributionControl: false,
  style: {{ version: 8, sources: {{ one: {{ type: "geojson", data: one }} }},
            layers: [{{ id: "one", type: "fill", source: "one" }}] }},
}});
map.once("idle", ready);"""


def bare(drawing: Library) -> str:
    """Return a page that has nothing but a map of one polygon."""
    scripts = "".join(f"<script>{one}</script>" for one in drawing.scripts)
    drawn = _MAPLIBRE if drawing.name == "maplibre" else _LEAFLET
    return (
        f"<!DOCTYPE html><meta charset=utf-8><style>{drawing.style} #map{{height:600px}}</style>"
        f"<div id=map></div>{scripts}<script>"
        f'function ready() {{ document.documentElement.dataset.ready = "1"; }} {drawn}</script>'
    )


@contextmanager
def chromium() -> Iterator[Any]:
    """Yield a browser."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield browser
        browser.close()


def seconds_until_ready(browser: Any, path: Path) -> float:
    """Return the seconds from the start of the navigation until the page says that it is ready."""
    page = browser.new_context(offline=True).new_page()
    page.add_init_script(_STAMPED)
    page.goto(path.as_uri(), wait_until="commit", timeout=120_000)
    page.wait_for_function("window.readyAfter", timeout=120_000, polling=100)
    passed = page.evaluate("window.readyAfter")
    page.context.close()
    return float(passed) / 1000


def main() -> None:
    """Print the median of both pages, and their ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    name = "maplibre" if "maplibregl" in given.report.read_text("utf-8") else "leaflet"
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        plain = Path(folder) / "bare.html"
        plain.write_text(bare(library(name)), "utf-8")
        pairs = [
            (seconds_until_ready(browser, plain), seconds_until_ready(browser, given.report))
            for _ in range(given.runs)
        ]
    base, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    size = given.report.stat().st_size / 1e6
    told = f"{name}: one polygon {base:.2f} s, {size:.1f} MB {ours:.2f} s, {ours / base:.2f} x"
    sys.stdout.write(f"{told}\n")


if __name__ == "__main__":
    main()
