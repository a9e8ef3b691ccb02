"""The interactive map of the plan's page in a real browser: by Leaflet, and by MapLibre alike."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from PIL import Image
from playwright.sync_api import sync_playwright
from tests.outputs.town import CRS, X, Y, ragged

from carbonspace.model.assessment import Assessment
from carbonspace.model.landuse import fill
from carbonspace.outputs.results import results_of
from carbonspace.outputs.webpage import write_pages

pytestmark = pytest.mark.browser

_ARGUMENTS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-component-update",
              "--disable-background-networking", "--disable-sync"]  # fmt: skip
_WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
RED, HOMES = (193, 39, 45), (-210, -710)
"""The colour of what falls short, and homes in unit 1 that do."""

_MAKE = """async () => {
  const box = document.createElement("div");
  box.id = "tried"; box.className = "map-live"; box.tabIndex = 0;
  document.querySelector("main").prepend(box);
  scrollTo(0, 0);
  window.view = carbonspace.makeMap(box, carbonspace.json("plan-shapes"));
  window.told = [];
  await view.ready;
  view.onUnit((unit) => told.push(unit));
}"""


def _browser(playwright: Any, *arguments: str) -> Any:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.fail('no Chromium: apt-get install chromium, or pytest -m "not browser"')
    return playwright.chromium.launch(executable_path=found, args=[*_ARGUMENTS, *arguments])


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(driver: Any) -> Iterator[Any]:
    browser = _browser(driver, *_WEBGL)
    yield browser
    browser.close()


@pytest.fixture(scope="module", params=["leaflet", "maplibre"])
def report(
    request: pytest.FixtureRequest, town: Assessment, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    write_pages(results_of(town), folder, limit=20_000 if request.param == "leaflet" else 0)
    return folder / "report.html"


class _Map:
    """A map made in the page, and what went wrong."""

    def __init__(self, browser: Any, path: Path, locale: str = "zh-CN", **options: Any) -> None:
        calm = {"reduced_motion": "reduce", **options}
        self.page = browser.new_context(offline=True, locale=locale, **calm).new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda m: self.wrong.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.page.on("request", self._asked)
        self.page.goto(path.as_uri())
        self.page.evaluate(_MAKE)
        self.box = self.page.locator("#tried").bounding_box()

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.wrong.append(f"asked: {request.url}")

    def run(self, script: str) -> Any:
        return self.page.evaluate(script)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place, in metres from the middle of the plan, is in the window."""
        left, top = self.run(f"view.at({x}, {y})")
        return self.box["x"] + left, self.box["y"] + top

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.at(x, y))
        self.page.wait_for_timeout(400)

    def colours(self, x: float, y: float, reach: int = 8) -> set[tuple[int, ...]]:
        """Return the colours of the pixels around a place, once the map has come to rest."""
        self.page.wait_for_timeout(1500)
        left, top = self.at(x, y)
        clip = {"x": left - reach, "y": top - reach, "width": 2 * reach, "height": 2 * reach}
        picture = Image.open(io.BytesIO(self.page.screenshot(clip=clip))).convert("RGB")
        return {tuple(pixel) for pixel in np.asarray(picture).reshape(-1, 3).tolist()}


@pytest.fixture
def made(chromium: Any, report: Path) -> Iterator[_Map]:
    found = _Map(chromium, report)
    yield found
    found.page.context.close()


def _near(one: tuple[int, ...], other: tuple[int, ...], by: int = 40) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def test_a_click_tells_the_unit_and_beside_the_plan_none(made: _Map) -> None:
    made.click(-900, -300)
    made.click(1200, 500)
    made.click(0, 1040)
    assert made.run("told") == [0, 5, None]
    assert made.wrong == []


def test_units_have_the_colours_they_are_given(made: _Map) -> None:
    made.run("view.colour((n) => ({fill: n === 4 ? '#123456' : '#ffffff', opacity: 1, note: ''}))")
    assert (0x12, 0x34, 0x56) in made.colours(-50, 130)
    assert (0x12, 0x34, 0x56) not in made.colours(-950, 130)


def test_evidence_is_drawn_where_it_is(made: _Map) -> None:
    made.run("view.colour(() => ({fill: '#ffffff', opacity: 1, note: ''}))")
    before = made.colours(*HOMES)
    made.run("view.select(1)")
    kinds = made.run("view.evidence('park_coverage', 1)")
    assert not any(_near(colour, RED) for colour in before)
    assert any(_near(colour, RED) for colour in made.colours(*HOMES))
    assert not any(_near(colour, RED) for colour in made.colours(-400, -400))
    assert [(kind["count"], kind["css"], kind["colour"]) for kind in kinds] == [
        (2, "shortfall", "#c1272d")
    ]
    assert made.run("view.evidence(null, null)") == []
    assert not any(_near(colour, RED) for colour in made.colours(*HOMES))
    assert made.wrong == []


def test_evidence_everywhere_and_of_a_unit_is_counted(made: _Map) -> None:
    count = "view.evidence('park_coverage', %s).reduce((sum, kind) => sum + kind.count, 0)"
    assert [made.run(count % unit) for unit in ("null", "0", "1", "2")] == [3, 0, 2, 1]
    roads = made.run("view.evidence('road_density', null)")
    assert [kind["title"][1] for kind in roads] == ["Counts", "Does not count"]
    assert not made.run("view.lacks('road_density')")


def test_a_click_on_evidence_tells_its_facts(made: _Map) -> None:
    made.run("view.select(1); view.evidence('park_coverage', 1)")
    made.page.wait_for_timeout(1500)
    made.click(*HOMES)
    facts = made.page.locator(".map-facts").inner_text()
    assert "城西单元" in facts
    assert "32,400" in facts
    assert made.run("told") == []


def test_choosing_a_unit_zooms_to_it(made: _Map) -> None:
    wide = made.at(1000, 0)[0] - made.at(0, 0)[0]
    made.run("view.select(3)")
    made.page.wait_for_timeout(1000)
    left, top = made.at(-1000, 500)
    assert made.at(1000, 0)[0] - made.at(0, 0)[0] > 1.5 * wide
    assert left == pytest.approx(made.box["x"] + made.box["width"] / 2, abs=30)
    assert top == pytest.approx(made.box["y"] + made.box["height"] / 2, abs=30)
    made.run("view.select(null); view.fit()")
    made.page.wait_for_timeout(1000)
    assert made.at(1000, 0)[0] - made.at(0, 0)[0] == pytest.approx(wide, rel=0.2)


def test_the_scale_bar_is_true(made: _Map) -> None:
    bar = made.page.locator("#tried .map-scale")
    length, width = float(bar.get_attribute("data-metres")), bar.bounding_box()["width"]
    across = (made.at(1500, 0)[0] - made.at(-1500, 0)[0]) / 3000
    up = (made.at(0, -1000)[1] - made.at(0, 1000)[1]) / 2000
    assert width / length == pytest.approx(across, rel=0.005, abs=1e-3)
    assert up == pytest.approx(across, rel=0.002)


def test_keys_move_and_zoom(made: _Map) -> None:
    made.page.locator("#tried .maplibregl-canvas, #tried.leaflet-container").first.focus()
    before = made.at(0, 0)
    made.page.keyboard.press("ArrowRight")
    made.page.wait_for_timeout(1200)
    assert made.at(0, 0)[0] < before[0] - 20
    wide = made.at(1000, 0)[0] - made.at(0, 0)[0]
    made.page.keyboard.press("+")
    made.page.wait_for_timeout(1200)
    assert made.at(1000, 0)[0] - made.at(0, 0)[0] > 1.3 * wide
    assert made.wrong == []


def test_names_that_fit_are_shown_with_their_notes(made: _Map) -> None:
    made.run("view.colour((n) => ({fill: '#ffffff', opacity: 1, note: '✗ ' + n}))")
    names = made.page.locator("#tried .map-name").all_inner_texts()
    assert sorted(name.split() for name in names)[0] == ["产业园", "✗", "5"]
    assert len(names) == 6


def test_land_use_can_be_shown(made: _Map) -> None:
    made.run("view.colour(() => ({fill: '#ffffff', opacity: 1, note: ''}))")
    before = made.colours(-1400, -900)
    made.run("view.land(true)")
    assert made.colours(-1400, -900) != before
    made.run("view.land(false)")
    assert made.colours(-1400, -900) == before


def test_land_use_of_very_many_parcels_is_one_picture_on_both_maps(
    chromium: Any, town: Assessment, tmp_path: Path
) -> None:
    x, y = np.meshgrid(X + np.arange(0, 3000, 18.75), Y + np.arange(0, 2000, 12.5))
    shapes = shapely.box(x, y, x + 18.75, y + 12.5).ravel()
    parcels = gpd.GeoDataFrame({"land_use": "1001"}, index=range(len(shapes)), geometry=shapes,
                               crs=CRS)  # fmt: skip
    results = results_of(town)
    layers = {"units": results.layers["units"], "parcels": parcels}
    write_pages(replace(results, layers=layers, evidence=[]), tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert '"png":""' in page  # it stands in the page once, where the drawn map has it
    assert 'id="land-picture"' in page
    made = _Map(chromium, tmp_path / "report.html")
    brown = tuple(bytes.fromhex(fill("10")[1:]))
    assert brown not in made.colours(-700, -700)
    made.run("view.colour(() => ({fill: '#ffffff', opacity: 0, note: ''}))")
    made.run("view.land(true)")
    assert any(brown in made.colours(-700, -700) for _ in range(9))  # tiles of many parcels
    made.page.locator("#landuse svg.map").scroll_into_view_if_needed()
    drawn = made.page.locator("#landuse svg.map").screenshot()
    seen = np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")).reshape(-1, 3)
    assert (seen == brown).all(axis=1).mean() > 0.3
    assert made.wrong == []


def test_outlines_are_exact_as_soon_as_one_looks_closer(
    chromium: Any, town: Assessment, tmp_path: Path
) -> None:
    results = results_of(town)
    layers = {**results.layers, "units": ragged(results.layers["units"])}
    write_pages(replace(results, layers=layers), tmp_path, limit=0)
    made = _Map(chromium, tmp_path / "report.html")
    made.run("(() => { const make = carbonspace.mapShapes;"
             " carbonspace.mapShapes = (data) => (window.shapes = make(data)); })()")  # fmt: skip
    made.run("document.getElementById('tried').remove()")
    made.run(_MAKE)
    corners = "shapes.units[0].parts[0][0].length"
    far = made.run(corners)
    made.run("view.select(0)")
    made.page.wait_for_timeout(1000)
    assert made.run(corners) > 5 * far
    made.run("view.select(null); view.fit()")
    made.page.wait_for_timeout(1000)
    made.click(1000, 500)
    assert made.run("told") == [5]
    assert made.wrong == []


@pytest.mark.parametrize("limit", [0, 20_000], ids=["maplibre", "leaflet"])
def test_a_unit_without_a_shape_is_chosen_from_the_list(
    chromium: Any, town: Assessment, tmp_path: Path, limit: int
) -> None:
    results = results_of(town)
    units = results.layers["units"].copy()
    units.loc["ZKB-03", "geometry"] = None
    layers = {**results.layers, "units": gpd.GeoDataFrame(units)}
    write_pages(replace(results, layers=layers), tmp_path, limit=limit)
    page, wrong = chromium.new_context(locale="en-GB").new_page(), list[str]()
    page.on("console", lambda m: wrong.append(m.text))
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.goto((tmp_path / "report.html").as_uri())
    page.wait_for_selector("html[data-ready]")
    assert page.inner_text("#shapeless") == "Without a shape, so on no map: 老城单元"
    page.locator("#unit-list [data-unit='2']").click()
    page.wait_for_timeout(500)
    panel = page.inner_text("#unit-panel")
    assert "老城单元" in panel
    assert "km²" not in page.inner_text("#unit-panel [data-part=about]")
    assert wrong == []


def test_without_webgl_the_map_says_so(driver: Any, town: Assessment, tmp_path: Path) -> None:
    write_pages(results_of(town), tmp_path, limit=0)
    browser = _browser(driver, "--disable-gpu", "--disable-3d-apis")
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    script = _MAKE.replace("await view.ready", "return view.ready.catch((e) => e.message)")
    assert page.evaluate(script).startswith("WebGL")
    assert page.evaluate("view.evidence('park_coverage', 1)") == []
    browser.close()
