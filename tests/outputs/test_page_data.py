"""The figures of the page of the plan: each is that of the tall table, found another way."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.outputs.town import PARK_VALUES, PROFILE, ROAD_VALUES, assessment

from carbonspace.account import account_of
from carbonspace.catalogue import indicators
from carbonspace.exemptions import Days
from carbonspace.model.assessment import Assessment
from carbonspace.model.bureau import Bureau
from carbonspace.model.indicator import Indicator
from carbonspace.model.rule import Rule
from carbonspace.outputs import page_data, rows, write_results
from carbonspace.outputs.results import Results, results_of
from carbonspace.outputs.webpage import write_pages

LEVELS = {"u": "unit", "c": "city", "d": "district"}
WORST = ("not_met", "exempt", "met", "no_data", "no_target", "not_applicable")


def held_by(page: Path) -> Any:
    """Return what stands in the page."""
    text = page.read_text("utf-8")
    found = re.search(r'<script type="application/json" id="plan-data">(.*?)</script>', text)
    assert found
    return json.loads(found[1])


@pytest.fixture(scope="module")
def data(results: Path) -> Any:
    return held_by(results / "report.html")


def written(found: Assessment, folder: Path) -> Any:
    """Return what stands in the page of an assessment."""
    write_pages(results_of(found), folder)
    return held_by(folder / "report.html")


def by_key(data: Any) -> dict[str, Any]:
    return {one["key"]: one for one in data["indicators"]}


def places_of(data: Any) -> dict[tuple[str, str], int]:
    kinds, ids = data["places"]["kind"], data["places"]["id"]
    levels = [LEVELS[kind] for kind in kinds]
    return {one: n for n, one in enumerate(zip(levels, ids, strict=True))}


def words(data: Any, by_place: dict[str, int], place: int) -> list[str] | None:
    found = by_place.get(str(place), by_place.get("*"))
    return None if found is None else data["texts"][found]


def text(row: dict[str, Any], name: str) -> list[str] | None:
    said = [row[f"{name}_zh"], row[name]]
    return None if pd.isna(said[1]) else said


def figure(value: float) -> float | None:
    return None if math.isnan(value) else value


def assert_the_table_is_told(data: Any, found: Results) -> int:
    """Compare every row of the table with what the page has of it; return how many there are."""
    place_of, told = places_of(data), by_key(data)
    groups = defaultdict[tuple[str, str, str], list[dict[str, Any]]](list)
    for row in found.table[found.table["level"].isin(LEVELS.values())].to_dict("records"):
        groups[row["level"], row["unit_id"], row["indicator"]].append(row)
    spoken = [row for held in groups.values() for row in held if not pd.isna(row["profile"])]
    order = [*found.profiles]
    clauses = sorted({(order.index(row["profile"]), int(row["rule"])) for row in spoken})
    count = 0
    for (level, unit, key), held in groups.items():
        place, one = place_of[level, unit], told[key]
        assert (one["value"][place] if one["value"] else None) == figure(held[0]["value"])
        spoken = [row for row in held if not pd.isna(row["profile"])]
        worst = min((row["status"] for row in spoken or held), key=WORST.index)
        assert data["statuses"][int(one["status"][place])] == worst
        if not spoken:
            assert words(data, one["reason"], place) == text(held[0], "reason")
        assert sum(each["status"][place] != "." for each in one["held"]) == len(spoken)
        for row in spoken:
            number = clauses.index((order.index(row["profile"]), int(row["rule"])))
            rule = found.profiles[row["profile"]].rules[int(row["rule"])]
            assert_verdict(data, one, (number, place), row, rule, found.indicators[key])
        count += len(held)
    for n in range(len(place_of)):
        verdicts = Counter(one["status"][n] for one in told.values())
        assert (data["places"]["missed"][n], data["places"]["met"][n]) == (
            verdicts["0"], verdicts["2"])  # fmt: skip
    return count


def assert_verdict(
    data: Any, one: Any, at: tuple[int, int], row: dict[str, Any], rule: Rule, indicator: Indicator
) -> None:
    number, place = at
    (each,) = [h for h in one["held"] if h["rule"] == number and h["status"][place] != "."]
    assert data["statuses"][int(each["status"][place])] == row["status"]
    judged = row["status"] in ("met", "not_met", "exempt")
    assert each["margin"].get(str(place)) == (figure(row["margin"]) if judged else None)
    assert words(data, each["reason"], place) == text(row, "reason")
    close = row["robust"] is not None and row["robust"] == False  # noqa: E712  may be numpy's
    assert words(data, each["flips"], place) == (text(row, "flips") if close else None)
    is_own = pd.isna(row["parameters"])
    assert (each["defined"] is None) == is_own
    if not is_own:
        assert each["value"].get(str(place)) == figure(row["value"])
        assert data["texts"][each["defined"]][1] == rows.stated(indicator, rule).en
    assert_bar(data["rules"][number], row["value"], rule)


def assert_bar(told: Any, value: float, rule: Rule) -> None:
    """Draw the bar from what the page knows of a clause, as a script would."""
    expected = rows.bullet(value, rule)
    if expected is None:
        assert told["marks"] == [] or math.isnan(value)
        return
    top = max(value, told["high"], 0) * 1.2 or 1
    top = 100 if told["unit"] == "%" and max(value, told["high"]) <= 100 else top
    at = [round(1000 * min(max(one / top, 0), 1))
          for one in (value, told["low"], told["high"], *told["marks"])]  # fmt: skip
    assert rows.Bullet(
        at[0], 0 if told["at_most"] else at[1], 1000 if told["at_least"] else at[2], tuple(at[3:])
    ) == expected  # fmt: skip


def test_every_row_of_the_table_is_on_the_page(data: Any, town: Assessment) -> None:
    assert assert_the_table_is_told(data, results_of(town)) == 7 * 7


@pytest.mark.sample
def test_the_golden_plan_is_on_the_page(golden: Assessment, tmp_path: Path) -> None:
    count = assert_the_table_is_told(written(golden, tmp_path), results_of(golden))
    assert count == golden.table["level"].isin(LEVELS.values()).sum() > 1000


def test_the_town_by_hand(data: Any) -> None:
    told = by_key(data)
    assert data["places"]["kind"] == "uuuuuuc"
    assert told["road_density"]["value"][:6] == [*ROAD_VALUES]
    assert told["park_coverage"]["value"][:5] == [*PARK_VALUES[:5]]
    assert told["park_coverage"]["value"][5] is None
    assert told["park_coverage"]["status"] == "2002252"
    (park,) = told["park_coverage"]["held"]
    assert park["margin"] == {"0": 12.0, "1": -5.0, "2": -15.5, "3": 20.0, "4": 1.5,
                              "6": pytest.approx(2.6)}  # fmt: skip
    rule = data["rules"][park["rule"]]
    assert (rule["target"], rule["unit"], rule["year"]) == ("≥ 80", "%", 2030)
    assert rule["cite"] == ["某市低碳建设规划 · 规划第三章 §3.2",
                            "A town's low-carbon plan · 规划第三章 §3.2"]  # fmt: skip
    assert (rule["at_least"], rule["at_most"], rule["marks"]) == (True, False, [80])
    assert (rule["kind"], rule["binding"], rule["verified"]) == ("held", True, True)
    assert [one["sure"][1] for one in data["rules"] if not one["verified"]] == [
        "unverified: from memory", "unverified: partly corroborated"]  # fmt: skip
    station = told["station_coverage"]
    assert (station["value"], station["status"]) == ([], "3333333")
    assert words(data, station["held"][0]["reason"], 4) == [
        "缺少图层：公共交通站点（transit_stops）", "missing layer: transit_stops"]  # fmt: skip
    assert [key for key, one in told.items() if one["judged"]] == [
        "road_density", "park_coverage", "station_coverage", "charging_car_park_share"]  # fmt: skip


def test_what_figures_were_made_of_is_told(data: Any) -> None:
    told = by_key(data)
    assert data["places"]["people"][:2] == [12000, 9500]
    assert data["places"]["people"][5] is None
    assert data["places"]["area_km2"][0] == 1
    assert data["places"]["page"][1] == "units/ZKB-02.html"
    assert data["inputs"] == [{"layer": "parcels", "path": "plan.gpkg", "features": 150,
                               "crs": "EPSG:4547", "sha256": "ab" * 32}]  # fmt: skip
    assert data["findings"] == {"parcels": 1}
    assert told["park_coverage"]["parameters"][0][1] == "500 m"
    assert told["park_coverage"]["evidence"]
    assert not told["solar_roof_area"]["evidence"]
    assert not told["solar_roof_area"]["verified"]


def test_layers_are_those_that_inputs_name() -> None:
    known = indicators()
    size, year = known["block_size"], known["pv_yield"]
    assert page_data.layers_of(size, {}) == ["units", "blocks"]
    assert page_data.layers_of(size, {"blocks": "roads"}) == ["units", "blocks", "roads"]
    rasters = ["rasters.dsm", "rasters.dem", "rasters.canopy"]
    assert page_data.layers_of(year, {}) == ["units", "buildings", *rasters, "weather"]


def test_the_account_names_what_levels_were_derived_from(town: Assessment) -> None:
    layers = {**town.plan.layers, "blocks": town.plan.layers["parcels"]}
    asked = replace(town.plan.settings, blocks_from="roads", units_from="parcels")
    units = replace(town.plan.inputs[0], layer="units")
    plan = replace(town.plan, layers=layers, settings=asked, inputs=(units,))
    run = account_of(plan, {}, {}, {}, Days(None, date(2026, 1, 1)), [])
    assert run["derived"] == {"blocks": "roads"}
    assert account_of(town.plan, {}, {}, {}, Days(None, date(2026, 1, 1)), [])["derived"] == {}


def test_repairs_are_summed_by_layer_and_kind() -> None:
    columns = ["layer", "fault", "choice", "features"]
    table = [("parcels", "invalid", "repair", 2), ("roads", "duplicates", "keep", 4),
             ("parcels", "invalid", "repair", 3)]  # fmt: skip
    found = page_data.repaired(pd.DataFrame(table, columns=columns))
    assert [(one["what"].en, one["count"]) for one in found["parcels"]] == [
        ("The geometry is invalid", 5)]  # fmt: skip
    assert found["parcels"][0]["done"].en == "Made valid; check it in the source."
    assert found["roads"][0]["count"] == 4


def test_a_clause_that_defines_another_figure_brings_it(town: Assessment, tmp_path: Path) -> None:
    other = replace(PROFILE.rules[0], parameters={"radius": 300})
    rules = (other, *PROFILE.rules[1:])
    mine = (town.table["indicator"] == "park_coverage") & (town.table["unit_id"] == "ZKB-01")
    own = town.table[mine].assign(profile=None, rule=None, status="no_target", margin=math.nan,
                                  target=None)  # fmt: skip
    judged = town.table[mine].assign(value=70.25, status="not_met", margin=-9.75, robust=False,
                                     parameters="radius = 300 m", flips="a, moved",
                                     flips_zh="甲")  # fmt: skip
    table = pd.concat([own.astype(object), judged.astype(object), town.table[~mine]])
    table = table.astype({"value": float, "margin": float})
    found = replace(town, table=table, profiles={"town": replace(PROFILE, rules=rules)})
    data = written(found, tmp_path)
    one = by_key(data)["park_coverage"]
    assert assert_the_table_is_told(data, results_of(found)) == 7 * 7 + 1
    assert one["value"][0] == 92
    assert one["status"][0] == "0"
    assert [each["value"] for each in one["held"]] == [{}, {"0": 70.25}]
    assert one["held"][1]["margin"] == {"0": -9.75}
    assert words(data, one["held"][1]["flips"], 0) == ["甲", "a, moved"]
    assert data["texts"][one["held"][1]["defined"]][1] == "Service radius: 300 m"


def test_colours_of_a_bureau_are_those_of_the_verdicts(town: Assessment, tmp_path: Path) -> None:
    write_pages(results_of(town), tmp_path, Bureau(colours={"met": "#112233"}))
    looks = held_by(tmp_path / "report.html")["looks"]
    assert [one["symbol"] for one in looks] == ["✗", "○", "✓", "?", "–", "·"]
    assert (looks[2]["colour"], looks[0]["colour"]) == ("#112233", "#c84b00")
    assert looks[2]["pale"] == "#949ca3"


EVIL = ("</script><script>alert(1)", "<!--", "a\u2028b", "x&amp;y", "'\"\\", "__proto__")


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    folder = write_results(assessment(EVIL, EVIL, title="]]></script>"), tmp_path / "out")
    page = (folder / "report.html").read_text("utf-8")
    data = held_by(folder / "report.html")
    assert data["places"]["id"][:6] == [*EVIL]
    assert data["places"]["name"][:6] == [*EVIL]
    inside = page[page.index('id="plan-data">') :].partition(">")[2].partition("</script>")[0]
    assert not set(inside) & set("<>&\u2028\u2029")
    assert all(re.fullmatch(r"units/[\w\-.%]+\.html", one) for one in data["places"]["page"][:6])


def test_only_the_units_that_were_asked_for_are_places(town: Assessment, tmp_path: Path) -> None:
    few = replace(town, table=town.table[town.table["unit_id"] == "ZKB-03"])
    data = written(few, tmp_path)
    assert (data["places"]["id"], data["places"]["kind"], data["units"]) == (["ZKB-03"], "u", 1)


def test_districts_come_after_the_city(town: Assessment, tmp_path: Path) -> None:
    rows_of_city = town.table[town.table["level"] == "city"]
    parts: Iterable[Any] = (rows_of_city.assign(level="district", unit_id=name)
                            for name in ("东区", "ZKB-01"))  # fmt: skip
    found = replace(town, table=pd.concat([*parts, town.table], ignore_index=True))
    data = written(found, tmp_path)
    assert data["places"]["kind"] == "uuuuuucdd"
    assert data["places"]["id"][6:] == ["city", "东区", "ZKB-01"]
    assert data["places"]["name"][6:] == [["全市", "City"], "东区", "ZKB-01"]
    assert data["places"]["page"][6:] == [None] * 3
    assert assert_the_table_is_told(data, results_of(found)) == 9 * 7
