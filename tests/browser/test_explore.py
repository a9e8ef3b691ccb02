"""The map, the list of units and the panel of the page of the plan, in a real browser."""

from __future__ import annotations

import io
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.browser.exploring import click_unit, opened, part, picture
from tests.browser.test_report import chromium
from tests.outputs.town import IDS, PROFILE

from carbonspace.model.assessment import Assessment
from carbonspace.outputs import rows
from carbonspace.outputs.look import VERDICTS

pytestmark = pytest.mark.browser
__all__ = ["chromium"]
TITLES = {"zh-CN": "道路网密度", "en-GB": "Road density"}


def choose(page: Any, words: str) -> None:
    page.click("#colour-by")
    page.fill("#colour-by", words)
    page.keyboard.press("Enter")


def units_listed(page: Any) -> list[str]:
    numbers = page.locator("#unit-list [data-unit]").evaluate_all("e => e.map(b => b.dataset.unit)")
    return [IDS[int(number)] for number in numbers]


def held(town: Assessment, unit: str) -> dict[str, rows.Row]:
    found = rows.places(town.table, town.indicators, town.profiles, [unit])
    return {row.indicator.key: row for group in found.units[unit] for row in group.rows}


@pytest.mark.parametrize("locale", TITLES)
def test_it_opens_with_the_map_and_the_units_the_worst_first(
    chromium: Any, results: Path, town: Assessment, locale: str, tmp_path: Path
) -> None:
    watched = opened(chromium, results, locale=locale)
    page = watched.page
    assert page.locator("#live-map canvas").first.is_visible()
    assert not page.locator("#map figure.static").is_visible()
    assert not page.locator("#map-note").is_visible()
    missed = {u: sum(row.worst == "not_met" for row in held(town, u).values()) for u in IDS}
    assert units_listed(page) == sorted(IDS, key=lambda u: -missed[u])
    picture(page, f"opened-{locale}", tmp_path)
    assert watched.wrong == []


@pytest.mark.parametrize("locale", TITLES)
def test_the_map_is_coloured_by_the_verdicts_of_an_indicator(
    chromium: Any, results: Path, town: Assessment, locale: str
) -> None:
    watched = opened(chromium, results, locale=locale)
    page = watched.page
    choose(page, TITLES[locale].lower())
    head = page.inner_text("#map-head")
    assert TITLES[locale] in head
    assert "≥ 8 km/km²" in head
    assert "6–9 km/km²" in head
    lang = "zh" if locale == "zh-CN" else "en"
    assert PROFILE.title.to(lang) in head  # type: ignore[arg-type]
    assert ("未核实" if lang == "zh" else "unverified") in head
    worst = [held(town, unit)["road_density"].worst for unit in IDS]
    legend = page.inner_text("#map-classes")
    for status in set(worst):
        look = VERDICTS[status]
        assert f"{look.symbol} {look.title.to(lang)}" in legend  # type: ignore[arg-type]
    counts = page.locator("#map-classes small").all_inner_texts()
    assert sum(int(count.strip("× ")) for count in counts) == len(IDS)
    assert page.url.endswith("#by=road_density")
    fills = page.locator("path.unit").evaluate_all("e => e.map(p => p.style.fill)")
    assert len(set(fills)) == len(set(worst))
    assert watched.wrong == []


def test_the_map_is_coloured_by_the_values_of_an_indicator(
    chromium: Any, results: Path, tmp_path: Path
) -> None:
    watched = opened(chromium, results)
    page = watched.page
    choose(page, "road density")
    page.click("#explore-bar label:has-text('Value')")
    assert page.url.endswith("#by=road_density&mode=value")
    marks = page.locator("#map-classes .marks b").all_inner_texts()
    assert [mark.strip("▼ ") for mark in marks] == ["≥ 8", "6", "9"]
    cuts = [float(c) for c in page.locator("#map-classes .cuts span:not(.end)").all_inner_texts()]
    counts = [int(c) for c in page.locator("#map-classes .cells small").all_inner_texts()]
    values = [8.4, 7.2, 8.0, 6.1, 9.9, 5.0]
    edges = [-math.inf, *cuts, math.inf]
    assert counts == [sum(a <= v < b for v in values) for a, b in pairwise(edges)]
    assert len(counts) <= 5
    picture(page, "values", tmp_path)
    page.click("label[for=lang-zh]")
    assert "道路网密度" in page.inner_text("#map-head")
    assert page.input_value("#colour-by") == "道路网密度"
    assert watched.wrong == []


@pytest.mark.parametrize("unit", ["ZKB-02", "ZKB-06"])
def test_the_panel_of_a_unit_says_what_the_table_says(
    chromium: Any, results: Path, town: Assessment, unit: str
) -> None:
    watched = opened(chromium, results)
    page = watched.page
    click_unit(page, IDS.index(unit))
    assert part(page, "name").inner_text() == town.plan.layers["units"].loc[unit, "name"]
    assert unit in part(page, "about").inner_text()
    page.click("[data-ask=all]")
    expected = held(town, unit)
    shown = page.locator("details.measure").all()
    assert {one.get_attribute("data-key") for one in shown} == set(expected)
    ranks = [list(VERDICTS).index(expected[one.get_attribute("data-key")].worst) for one in shown]
    assert ranks == sorted(ranks)
    for one in shown:
        row = expected[one.get_attribute("data-key")]
        assert one.locator("summary .figure b").first.inner_text() == row.value
        assert row.look.title.en in one.locator("summary .v").inner_text()
        one.locator("summary").first.click()
        ruled = [verdict for verdict in row.verdicts if verdict.rule]
        said = one.locator(".clause").all()
        assert len(said) == len(ruled)
        for clause, verdict in zip(said, ruled, strict=True):
            assert verdict.rule
            assert clause.locator("blockquote").inner_text() == verdict.rule.quotation
            assert verdict.look.title.en in clause.inner_text()
            assert verdict.target in clause.inner_text()
            if verdict.status in ("met", "not_met"):
                assert f"margin {verdict.margin}" in clause.inner_text()
            assert "from memory" in clause.inner_text() or verdict.rule.evidence != "memory"
        assert row.indicator.definition.en in one.inner_text()
    assert watched.wrong == []


def test_bars_are_those_of_the_tables(chromium: Any, results: Path, town: Assessment) -> None:
    page = opened(chromium, results, "#unit=ZKB-02").page
    page.click("[data-ask=judged]")
    drawn = page.evaluate("""() => {
        const span = box => [+box.getAttribute("x"), +box.getAttribute("width")];
        const all = [...document.querySelectorAll("details.measure")];
        return Object.fromEntries(all.map(one => [one.dataset.key,
            ["good", "value"].flatMap(name => span(one.querySelector("." + name)))]));
    }""")
    judged = {k: r for k, r in held(town, "ZKB-02").items() if k in drawn}
    assert len(drawn) == 3
    for key, row in judged.items():
        bar = row.verdicts[0].bullet
        assert bar
        assert drawn[key] == [bar.good_from, bar.good_to - bar.good_from, 0, bar.value]


def test_the_inputs_behind_a_figure_have_their_hash(
    chromium: Any, results: Path, town: Assessment
) -> None:
    page = opened(chromium, results, "#unit=ZKB-02").page
    page.evaluate("""() => { const data = carbonspace.json("plan-data");
        data.indicators.forEach(one => { one.layers = ["parcels"]; });
        data.repairs.parcels = [{ what: ["自相交", "self-crossing"], done: null, count: 3 },
            { what: ["重复顶点", "repeated corner"], done: ["删去", "dropped"], count: 2 }]; }""")
    page.locator("details.measure summary").first.click()
    said = page.locator("details.measure .inputs").first
    assert "parcels plan.gpkg 150 features" in said.inner_text()
    assert "self-crossing × 3" in said.inner_text()
    assert "repeated corner → dropped × 2" in said.inner_text()
    assert "1 note on this data" in said.inner_text()
    assert ("ab" * 32) not in said.inner_text()
    said.locator(".hash summary").click()
    assert ("ab" * 32) in said.inner_text()


def colour(page: Any, rgb: tuple[int, int, int]) -> int:
    """Count the pixels of the map that have nearly a colour: thin lines are blended."""
    image = Image.open(io.BytesIO(page.locator("#live-map").screenshot())).convert("RGB")
    away = np.abs(np.asarray(image).astype(int) - np.array(rgb)).max(axis=2)
    return int((away < _NEARLY).sum())


_NEARLY = 60


def test_evidence_is_drawn_and_told_in_the_legend(
    chromium: Any, results: Path, tmp_path: Path
) -> None:
    watched = opened(chromium, results, "#unit=ZKB-02&by=road_density")
    page = watched.page
    page.wait_for_timeout(400)
    green, red = (0, 115, 90), (193, 39, 45)
    before = colour(page, green), colour(page, red)
    button = page.locator("details.measure[open] [data-show=road_density]")
    button.click()
    page.wait_for_timeout(400)
    assert button.get_attribute("aria-pressed") == "true"
    assert colour(page, green) > before[0] + 500
    assert colour(page, red) > before[1] + 100
    legend = page.inner_text("#map-evidence")
    assert "Road density" in legend
    assert "10" in legend
    assert page.locator("#map-evidence .kinds li").count() == 2
    picture(page, "evidence", tmp_path)
    page.click("#map-evidence button")
    page.wait_for_timeout(400)
    assert not page.locator("#map-evidence").is_visible()
    assert colour(page, green) <= before[0] + 50
    assert watched.wrong == []


def test_an_indicator_without_evidence_says_why(chromium: Any, results: Path) -> None:
    page = opened(chromium, results, "#unit=ZKB-02").page
    page.click("[data-ask=all]")
    found = page.locator("details.measure[data-key=solar_roof_area]")
    found.locator("summary").first.click()
    assert found.locator("[data-show]").count() == 0
    assert "hold no features behind this figure" in found.inner_text()
    unknown = page.locator("details.measure[data-key=station_coverage]")
    unknown.locator("summary").first.click()
    assert unknown.locator("[data-show]").count() == 0
    assert "missing layer: transit_stops" in unknown.inner_text()


def test_an_address_opens_what_was_chosen(chromium: Any, results: Path) -> None:
    first = opened(chromium, results).page
    choose(first, "road density")
    first.click("#explore-bar label:has-text('Value')")
    first.locator("#unit-list [data-unit='1']").click()
    first.locator("[data-show=road_density]").first.click()
    hash_ = first.url.partition("#")[2]
    watched = opened(chromium, results, f"#{hash_}")
    for page in (first, watched.page):
        assert part(page, "name").inner_text() == "城西单元"
        assert page.locator("#map-classes .cells").is_visible()
        assert page.locator("#map-evidence .kinds li").count() == 2
        assert page.input_value("#colour-by") == "Road density"
    watched.page.evaluate("location.hash = '#ranking'")
    assert part(watched.page, "name").is_visible()
    watched.page.evaluate("location.hash = '#unit=ZKB-03'")
    watched.page.wait_for_function("carbonspace.state.unit === 2")
    assert part(watched.page, "name").inner_text() == "老城单元"
    assert watched.wrong == []


def test_an_address_of_something_unknown_opens_the_plan(chromium: Any, results: Path) -> None:
    watched = opened(chromium, results, "#unit=<img src=x>&by=nothing&show=none")
    assert watched.page.locator("#unit-list").is_visible()
    assert watched.page.input_value("#colour-by") == "Number of missed targets"
    assert watched.wrong == []


def test_one_goes_from_unit_to_unit_in_the_order_of_the_list(chromium: Any, results: Path) -> None:
    page = opened(chromium, results).page
    order = units_listed(page)
    page.locator("#unit-list [data-unit]").first.click()
    assert part(page, "previous").is_disabled()
    seen = []
    for _ in order[1:]:
        part(page, "next").click()
        seen.append(part(page, "about").inner_text().split()[1])
    assert seen == order[1:]
    assert part(page, "next").is_disabled()
    part(page, "previous").click()
    assert order[-2] in part(page, "about").inner_text()


def test_the_panel_shows_what_is_missed_judged_or_all(
    chromium: Any, results: Path, town: Assessment
) -> None:
    page = opened(chromium, results, "#unit=ZKB-02").page
    expected = held(town, "ZKB-02")
    judged = ["not_met", "met", "exempt"]
    asked = {"missed": ["not_met"], "judged": judged, "all": list(VERDICTS)}
    for ask, statuses in asked.items():
        page.click(f"[data-ask={ask}]")
        keys = {key for key, row in expected.items() if row.worst in statuses}
        shown = page.locator("details.measure").evaluate_all("e => e.map(d => d.dataset.key)")
        assert set(shown) == keys
        assert part(page, f"count-{ask}").inner_text() == str(len(keys))
    page.locator("#unit-panel select").select_option(label="Parks")
    assert page.locator("details.measure").count() == 1


def test_escape_leads_back_to_where_one_was(chromium: Any, results: Path) -> None:
    page = opened(chromium, results).page
    page.locator("#unit-list [data-unit='2']").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.part") == "name"
    assert page.inner_text("#explore-said").startswith("老城单元")
    page.keyboard.press("Escape")
    assert not page.locator("#unit-panel").is_visible()
    assert page.evaluate("document.activeElement.dataset.unit") == "2"
    page.wait_for_timeout(500)
    click_unit(page, 0)
    assert part(page, "name").inner_text() == "城东单元"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "live-map"


def test_back_closes_the_panel(chromium: Any, results: Path) -> None:
    page = opened(chromium, results).page
    page.locator("#unit-list [data-unit='2']").click()
    assert page.locator("#unit-panel").is_visible()
    page.go_back()
    page.wait_for_function("carbonspace.state.unit === null")
    assert not page.locator("#unit-panel").is_visible()


def _tab_to(page: Any, selector: str, most: int = 60) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none"
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_everything_is_reached_by_keys_alone(chromium: Any, results: Path) -> None:
    watched = opened(chromium, results)
    page = watched.page
    _tab_to(page, "#colour-by")
    page.keyboard.type("road")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.evaluate("carbonspace.state.by") == "road_density"
    _tab_to(page, "#live-map")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    _tab_to(page, "#pick-unit")
    page.keyboard.type("zkb-02")
    page.keyboard.press("Enter")
    assert part(page, "name").inner_text() == "城西单元"
    _tab_to(page, "details.measure[data-key=park_coverage] > summary")
    page.keyboard.press("Enter")
    _tab_to(page, "[data-show=park_coverage]")
    page.keyboard.press("Enter")
    assert page.evaluate("carbonspace.state.show") == "park_coverage"
    _tab_to(page, "#unit-panel [data-part=page]")
    _tab_to(page, "#themes a")
    assert watched.wrong == []


def test_the_list_of_indicators_is_narrowed_by_words(chromium: Any, results: Path) -> None:
    page = opened(chromium, results).page
    page.click("#colour-by")
    shown = page.locator("#colour-list [role=option]:visible")
    assert shown.count() == 7
    assert page.locator("#colour-list .head").first.inner_text() == "Roads"
    assert "without a target" in page.locator("#colour-list .head").last.inner_text()
    page.keyboard.type("park homes")
    assert shown.count() == 1
    active = page.get_attribute("#colour-by", "aria-activedescendant")
    assert active == "colour-park_coverage"
    page.keyboard.type("xyz")
    assert shown.count() == 0
    assert page.locator("#colour-none").is_visible()
    page.keyboard.press("Escape")
    assert page.input_value("#colour-by") == "Number of missed targets"
    assert page.get_attribute("#colour-by", "aria-expanded") == "false"


def test_the_language_of_everything_changes_at_once(chromium: Any, results: Path) -> None:
    watched = opened(chromium, results, "#unit=ZKB-02&by=road_density&show=road_density")
    page = watched.page
    english = page.inner_text("#explore")
    assert "Not met" in english
    page.click("label[for=lang-zh]")
    chinese = page.inner_text("#explore")
    words = {"未达标": "Not met", "全部单元": "All units", "依据：": "Evidence:", "差值": "margin",
             "如何得出": "How it was made"}  # fmt: skip
    for zh, en in words.items():
        assert en in english
        assert en not in chinese
        assert zh in chinese
        assert zh not in english
    assert page.locator("details.measure[open]").count() == 1
    assert page.inner_text("#explore-said")[:4] in ("地图显示", "城西单元")
    assert page.locator("#unit-panel option").first.inner_text() == "全部主题"
    assert watched.wrong == []
