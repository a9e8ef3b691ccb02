"""What indicators take for granted is told where they are asked, once, and only there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point, box

from carbonspace import catalogue, evaluate
from carbonspace.evaluation import checked
from carbonspace.indicators._streets import town_of
from carbonspace.indicators._sun import DAYS
from carbonspace.model.indicator import Indicator, Metres, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text
from carbonspace.premises import premises
from carbonspace.prepare import prepare

X, Y = 500_000.0, 4_000_000.0


@indicator(
    title=Text("试", "trial"), unit="m²", theme="solar", aggregate="sum", source="-", reach=50.0,
    definition=Text("试", "trial"),
)  # fmt: skip
def trial(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    storey_height: Metres = 3.0,
    day: str = "great_cold",
) -> Measure:
    """Return nothing much."""
    return Measure.of(units.index, [0.0] * len(units), scale=1.0, evidence=gpd.GeoDataFrame)


TRIAL: Indicator = trial.indicator  # type: ignore[attr-defined]


def town(crs: str = "EPSG:4547", y: float = Y) -> Plan:
    ground, house = box(X, y, X + 100, y + 100), box(X + 10, y + 10, X + 20, y + 20)
    layers = {
        "units": gpd.GeoDataFrame({"unit_id": ["U"]}, geometry=[ground], crs=crs),
        "buildings": gpd.GeoDataFrame(
            {"building_id": ["a", "b"], "floors": [2.0, None]},
            geometry=[house, box(X + 40, y, X + 50, y + 10)], crs=crs,
        ),
    }  # fmt: skip
    return Plan(Text("镇", "Town"), layers, Settings(crs=crs))


def said(plan: Plan, **given: object) -> list[str]:
    found = premises(prepare(plan), [(TRIAL, TRIAL.settings(given))])
    return [one.what.en for one in found]


HEIGHTS = [
    "Buildings have floors and no height", "Buildings have neither a height nor floors",
]  # fmt: skip


def test_heights_are_told_of_where_they_are_used() -> None:
    assert said(town()) == HEIGHTS
    roofs = catalogue.indicators()["solar_roof_area"]
    for definition, told in (("total", []), ("coefficient", []), ("sunlit", HEIGHTS)):
        found = premises(prepare(town()), [(roofs, roofs.settings({"definition": definition}))])
        assert [one.what.en for one in found] == told


def test_the_value_of_the_parameter_is_that_of_the_plan() -> None:
    prepared = prepare(town())
    asked = [(TRIAL, TRIAL.settings({"storey_height": one})) for one in (2.8, 3.3)]
    (by_floors, _) = premises(prepared, asked)
    assert "storey_height = 2.8 m, storey_height = 3.3 m" in by_floors.action.en


def test_nothing_is_told_twice() -> None:
    prepared = prepare(town())
    asked = [(TRIAL, TRIAL.settings({}))]
    again = replace(prepared, findings=(*prepared.findings, *premises(prepared, asked)))
    assert premises(again, asked) == []


def test_findings_come_with_the_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "indicators", lambda: {"trial": TRIAL})
    found = evaluate(town(), ["trial"], profiles=[]).findings
    assert set(HEIGHTS) <= set(found["what"])
    whats = [one.what.en for one in checked(replace(town(), indicators=("trial",))).findings]
    assert set(HEIGHTS) <= set(whats)


@pytest.mark.parametrize(("day", "told"), [*((day, day != "spring_equinox") for day in DAYS),
                                           ("06-21", False)])  # fmt: skip
def test_seasons_of_the_north_are_told_in_the_south(day: str, told: bool) -> None:
    southern = town("EPSG:32721", 6_200_000.0)
    what = "The day is named by a season of the north"
    assert (what in said(southern, day=day)) == told
    assert what not in said(town(), day=day)


def test_the_sun_of_a_year_and_the_day_of_a_standard_in_the_south() -> None:
    southern, known = prepare(town("EPSG:32721", 6_200_000.0)), catalogue.indicators()
    for key, given, told in (
        ("sunlight_hours", {}, "Great Cold, winter solstice"),
        ("solar_roof_area", {"definition": "sunlit"}, "winter solstice"),
        ("solar_roof_area", {"definition": "irradiation"}, None),
    ):
        found = premises(southern, [(known[key], known[key].settings(given))])
        days = [one.found_in("en") for one in found if one.layer == "plan"]
        assert days == ([f"34.34° S: {told}"] if told else [])


def walked() -> Plan:
    """A street along the south; parcels and facilities are all far from it."""
    spots = {"home": ("0701", 0, 0), "people": ("0901", 5, 0), "work": ("1001", 0, 7)}
    parcels: dict[str, Any] = {
        "parcel_id": [*spots], "land_use": [use for use, *_ in spots.values()],
        "population": [people for _, people, _ in spots.values()],
        "jobs": [jobs for *_, jobs in spots.values()],
    }  # fmt: skip
    lots = [box(X + x, Y + 800, X + x + 50, Y + 850) for x in (0, 100, 200)]
    point, street = Point(X + 500, Y + 700), LineString([(X, Y + 1), (X + 1000, Y + 1)])
    drawn: dict[str, tuple[dict[str, Any], list[Any]]] = {
        "units": ({"unit_id": ["U"]}, [box(X, Y, X + 1000, Y + 1000)]),
        "parcels": (parcels, lots),
        "roads": ({"road_id": ["r"], "road_class": ["local"]}, [street]),
        "parks": ({"park_id": ["p"]}, [box(X + 400, Y, X + 500, Y + 90)]),
        "transit_stops": ({"stop_id": ["s"], "mode": ["bus"]}, [street.centroid]),
        "facilities": ({"facility_id": ["c", "m"], "facility_type": ["clinic", "market"]},
                       [point, point.buffer(9).centroid]),
        "entrances": ({"entrance_id": ["e"], "entrance_to": ["park"]}, [point]),
    }  # fmt: skip
    layers = {key: gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4547")
              for key, (columns, shapes) in drawn.items()}  # fmt: skip
    return Plan(Text("镇", "Town"), layers, Settings(crs="EPSG:4547"))


def far_of(layer: str, *asked: tuple[str, dict[str, Any]], plan: Plan | None = None) -> set[str]:
    known = catalogue.indicators()
    pairs = [(known[key], known[key].settings(given)) for key, given in asked]
    found = premises(prepare(plan or walked()), pairs)
    return {one.feature for one in found if one.layer == layer and one.feature}


@pytest.mark.parametrize(("key", "given", "far"), [
    ("park_walk_coverage", {}, {"home"}),
    ("park_walk_coverage", {"homes": ("09",)}, {"people"}),
    ("park_walk_coverage", {"whose": "residents"}, {"people"}),
    ("community_slow_link", {"counted_by": "residents"}, set()),
    ("community_slow_link", {"counted_by": "residents", "homes": ("09",)}, {"people"}),
    ("station_walk_coverage", {}, {"people", "work"}),
    ("station_walk_coverage", {"of": "residents"}, {"people"}),
    ("station_walk_coverage", {"of": "jobs"}, {"work"}),
])  # fmt: skip
def test_parcels_far_from_streets_are_told_where_they_count(
    key: str, given: dict[str, Any], far: set[str]
) -> None:
    assert far_of("parcels", (key, given)) == far


def test_what_several_ask_is_told_of_all_and_only_types_that_count() -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("park_walk_coverage", {}), ("station_walk_coverage", {"of": "jobs"}),
    ]  # fmt: skip
    assert far_of("parcels", *asked) == {"home", "work"}
    for types in (("clinic",), ("market",), ("clinic", "market")):
        homes = ("facility_15min_coverage", {"facility_types": types})
        assert far_of("facilities", homes) == {one[0] for one in types}


def test_far_stops_and_parks_are_told_where_they_are_walked_to() -> None:
    """A ferry's pier and a small park: neither is missing where buses and large parks are asked."""
    plan, crs = walked(), "EPSG:4547"
    piers = gpd.GeoDataFrame({"stop_id": ["bus", "pier"], "mode": ["bus", "ferry"]}, crs=crs,
                             geometry=[Point(X + x, Y + 700) for x in (1, 99)])  # fmt: skip
    lawns = [box(X + x, Y + 500, X + x + side, Y + 500 + side) for x, side in ((1, 90), (200, 20))]
    greens = gpd.GeoDataFrame({"park_id": ["p", "q"]}, geometry=lawns, crs=crs)
    plan = replace(plan, layers={**plan.layers, "transit_stops": piers, "parks": greens})
    for modes in (("bus",), ("ferry",), ("bus", "ferry")):
        given = {"modes": modes, "of": "jobs"}
        far = {one.replace("ferry", "pier") for one in modes}
        assert far_of("transit_stops", ("station_walk_coverage", given), plan=plan) == far
    for least, far in ((0.0, {"p", "q"}), (400.0, {"p", "q"}), (400.1, {"p"}), (8100.1, set())):
        for key in ("park_walk_coverage", "park_walk_detour"):
            assert far_of("parks", (key, {"min_area": least}), plan=plan) == far
    both: list[tuple[str, dict[str, Any]]] = [
        ("park_walk_coverage", {"min_area": 400.1}), ("park_walk_detour", {}),
    ]  # fmt: skip
    assert far_of("parks", *both, plan=plan) == {"p", "q"}


@pytest.mark.parametrize(("layer", "column", "key", "given"), [
    ("parcels", "land_use", "park_walk_coverage", {}),
    ("parcels", "population", "station_walk_coverage", {"of": "residents"}),
    ("facilities", "facility_type", "facility_15min_coverage", {}),
])  # fmt: skip
def test_columns_that_are_not_there_are_no_fault_of_premises(
    layer: str, column: str, key: str, given: dict[str, Any]
) -> None:
    plan = without(layer, column)
    types = {"facility_types": ("clinic",)} if layer == "facilities" else {}
    assert far_of(layer, (key, {**given, **types}))
    assert not far_of(layer, (key, {**given, **types}), plan=plan)
    assert evaluate(plan, [key], profiles=[], parameters={key: given}).table["value"].isna().all()


def without(layer: str, column: str) -> Plan:
    plan = walked()
    return replace(plan, layers={**plan.layers, layer: plan.layers[layer].drop(columns=column)})


def test_entrances_that_lead_into_nothing_known_are_not_astray(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the streets make of such a layer: they are made without it here."""
    monkeypatch.setattr("carbonspace.premises.town_of", lambda units, roads, _, *more: town_of(
        units, roads, None, *more))  # fmt: skip
    for plan, astray in ((walked(), {"e"}), (without("entrances", "entrance_to"), set())):
        assert far_of("entrances", ("park_walk_coverage", {}), plan=plan) == astray
