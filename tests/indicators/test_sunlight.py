"""Hours of sun on homes: by spherical trigonometry, and against single rays drawn with shapely."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Polygon, box
from tests.indicators.squares import layer

from carbonspace import evaluate
from carbonspace.errors import CrsError, MissingColumnError, NoSunError, ServiceError, UnstatedError
from carbonspace.indicators._sunlight import STANDARD, Sunlight, Zone, asked_of
from carbonspace.indicators.sunlight import sunlight_hours, sunlight_met_share
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text

LATITUDE = 36.05
X, Y = 500_000.0, 3_991_000.0
"""A place on the central meridian, at about 36.05 degrees north."""

GREAT_COLD, SOLSTICE = -20.15, -23.44
STATED = Sunlight(climate_zone="II", city_size="large")


def at(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.affinity.translate(shape, X, Y)


def units(*boxes: shapely.Geometry, **columns: Any) -> gpd.GeoDataFrame:
    shapes = [at(one) for one in boxes or (box(-500, -500, 500, 500),)]
    ids = [f"u{n + 1}" for n in range(len(shapes))]
    return layer(shapes, ids=ids, id_name="unit_id", **columns)


def houses(*shapes: shapely.Geometry, **columns: Any) -> gpd.GeoDataFrame:
    given = {"use": ["0701"] * len(shapes), "height": [9.0] * len(shapes)} | columns
    ids = [f"b{n + 1}" for n in range(len(shapes))]
    return layer([at(one) for one in shapes], ids=ids, id_name="building_id", **given)


def hours(measure: Measure) -> dict[str, float]:
    return dict(measure.parts["building"]["value"])


def sun(declination: float, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return azimuth from the south (west positive) and elevation, radians."""
    latitude, tilt, turned = np.radians(LATITUDE), np.radians(declination), np.radians(15) * time
    up = np.sin(latitude) * np.sin(tilt) + np.cos(latitude) * np.cos(tilt) * np.cos(turned)
    south = np.cos(tilt) * np.cos(turned) * np.sin(latitude) - np.sin(tilt) * np.cos(latitude)
    return np.arctan2(np.cos(tilt) * np.sin(turned), south), np.arcsin(up)


def hours_behind_a_long_row(declination: float, half: float, rise: float, distance: float) -> float:
    """Return how long the sun stands above the eave of a row that runs east and west."""
    time = np.linspace(-half, half, 200_001)
    azimuth, elevation = sun(declination, time)
    above = np.tan(elevation) / np.cos(azimuth) > rise / distance
    return float(above.mean() * 2 * half)


# --- by hand


def test_a_lone_house_has_all_the_hours_of_the_standard() -> None:
    found = sunlight_hours(units(), houses(box(0, 0, 20, 10)))
    assert hours(found) == {"b1": pytest.approx(8.0)}
    assert found.table.loc["u1"].tolist() == pytest.approx([8.0, 1.0, 8.0])
    solstice = replace(STANDARD, climate_zone="V")
    assert hours(sunlight_hours(units(), houses(box(0, 0, 20, 10)), sunlight=solstice)) == {
        "b1": pytest.approx(6.0)
    }


@pytest.mark.parametrize(
    ("zone", "declination", "half"), [("II", GREAT_COLD, 4.0), ("V", SOLSTICE, 3.0)]
)
@pytest.mark.parametrize("distance", [22.0, 26.0, 28.0, 31.0, 40.0])
def test_a_row_behind_a_long_row(
    zone: Zone, declination: float, half: float, distance: float
) -> None:
    """The sun stands above an eave to the south while its profile angle is steep enough."""
    rows = houses(box(-20, distance, 20, distance + 12), box(-4000, -12, 4000, 0),
                  height=[18.0, 18.0], use=["0701", "0901"])  # fmt: skip
    given = replace(STATED, climate_zone=zone, window_width=40.0)
    found = hours(sunlight_hours(units(), rows, sunlight=given))
    expected = hours_behind_a_long_row(declination, half, 18.0 - 0.9, distance)
    assert found["b1"] == pytest.approx(expected, abs=2 / 60 + 1e-9)
    assert set(found) == {"b1"}


def test_the_textbook_distance_of_noon_is_where_light_begins() -> None:
    noon = np.radians(90 - LATITUDE + GREAT_COLD)
    distance = (18.0 - 0.9) / np.tan(noon)
    for further, lit in ((-0.05, False), (0.05, True)):
        rows = houses(box(-20, distance + further, 20, distance + 10), box(-4000, -12, 4000, 0),
                      height=[18.0, 18.0], use=["0701", "0901"])  # fmt: skip
        given = replace(STATED, window_width=40.0)
        (found,) = hours(sunlight_hours(units(), rows, sunlight=given)).values()
        assert (found > 0) == lit


def test_a_deep_courtyard_is_lit_from_outside_only() -> None:
    """Its outer south wall has the sun all day; its yard none."""
    ring = box(0, 0, 40, 40).difference(box(15, 15, 25, 25))
    best = sunlight_hours(units(), houses(ring, height=[30.0]))
    more = sunlight_hours(units(), houses(ring, height=[30.0]),
                          sunlight=replace(STATED, lit_share=61.0))  # fmt: skip
    assert hours(best) == {"b1": pytest.approx(8.0)}
    assert hours(more) == {"b1": 0.0}
    lines = best.evidence()
    yard = shapely.dwithin(at(box(15, 15, 25, 25)), lines.geometry.to_numpy(), 0.01)
    assert lines.loc[yard, "length_m"].sum() == pytest.approx(40)
    assert set(lines.loc[yard, "hours"]) == {0.0}


def test_the_hours_are_those_of_so_much_of_the_facade() -> None:
    """A house of 40 by 10 m: south 8 h, a quarter of the walls each half day, the rest none."""
    house = houses(box(0, 0, 40, 10))

    def of(**given: Any) -> float:
        (found,) = hours(sunlight_hours(units(), house, sunlight=replace(STATED, **given))).values()
        return found

    assert of(lit_share=40.0) == pytest.approx(8.0)
    assert of(lit_share=60.0) == pytest.approx(4.0, abs=1 / 60)
    assert of(lit_share=61.0) == 0.0
    assert of(window_width=40.0) == pytest.approx(8.0)
    assert of(window_width=40.5) == pytest.approx(4.0, abs=1 / 60)
    assert of(least_angle=30.0) < 8.0


def test_a_podium_lifts_the_lowest_windows_and_a_porch_does_not() -> None:
    """The tower's windows are above the podium: a wall of 12 m to the south shades none."""
    tower, podium, wall = box(10, 10, 20, 20), box(0, 0, 30, 30), box(-900, -6, 900, -5)
    shapes, uses = (tower, podium, wall), ["0701", "0901", "0901"]
    found = sunlight_hours(units(), houses(*shapes, height=[60.0, 9.0, 12.0], use=uses))
    assert hours(found) == {"b1": pytest.approx(8.0)}
    assert set(found.evidence()["sill_m"]) == {9.9}
    house, porch = box(0, 0, 20, 10), box(5, -3, 15, 0)
    found = sunlight_hours(units(), houses(house, porch, height=[9.0, 3.0], use=["0701", "0901"]))
    lines = found.evidence()
    assert set(lines["sill_m"]) == {0.9}
    assert lines["length_m"].sum() == pytest.approx(60 - 10)


def test_the_evidence_is_the_facade_by_classes_of_light() -> None:
    """A high wall to the south, without end to the west: the farther east, the more light."""
    shapes = (box(0, 0, 40, 10), box(-900, -20, 30, -15))
    found = sunlight_hours(units(), houses(*shapes, height=[9.0, 60.0], use=["0701", "0901"]))
    lines = found.evidence()
    assert lines["length_m"].sum() == pytest.approx(100)
    wall = lines[lines.geometry.bounds["maxy"] < Y + 0.1].sort_values("hours")
    assert wall["length_m"].sum() == pytest.approx(40)
    classes = np.minimum(np.floor(wall[["hours", "hours_most"]].to_numpy()), 4).astype(int)
    assert [f"h{n}" for n in classes[:, 0]] == wall["sun_class"].tolist()
    assert (classes[:, 0] == classes[:, 1]).all()
    assert wall["sun_class"].is_unique
    assert len(wall) > 2
    assert (np.diff(wall.geometry.bounds["minx"]) > 0).all()


def test_a_house_without_a_facade_has_no_hours_and_counts_nowhere() -> None:
    low = houses(box(0, 0, 10, 10), box(20, 0, 30, 10), height=[0.8, 9.0])
    found = sunlight_hours(units(), low)
    assert np.isnan(hours(found)["b1"])
    assert found.table.loc["u1"].tolist() == pytest.approx([8.0, 1.0, 8.0])
    met = sunlight_met_share(units(), low, sunlight=STATED)
    assert met.table.loc["u1"].tolist() == pytest.approx([1.0, 1.0, 100.0])


# --- what the standard asks


@pytest.mark.parametrize(
    ("zone", "size", "day", "asked"),
    [("I", "large", "great_cold", 2), ("II", "small", "great_cold", 3),
     ("III", "large", "great_cold", 2), ("VII", "small", "great_cold", 3),
     ("IV", "large", "great_cold", 3), ("IV", "small", "winter_solstice", 1),
     ("V", "large", "winter_solstice", 1), ("VI", "", "winter_solstice", 1)],
)  # fmt: skip
def test_zone_and_size_name_day_and_hours(zone: Any, size: Any, day: str, asked: float) -> None:
    assert asked_of(zone, size) == (day, asked)
    assert replace(STANDARD, climate_zone=zone, city_size=size).day_of_homes == day


def test_without_zone_or_size_nothing_is_asked() -> None:
    assert asked_of("", "large") is None
    assert asked_of("II", "") is None
    assert STANDARD.day_of_homes == "great_cold"
    with pytest.raises(UnstatedError, match="climate_zone"):
        sunlight_met_share(units(), houses(box(0, 0, 9, 9)))
    given = sunlight_met_share(units(), houses(box(0, 0, 9, 9)), hours_asked=8.0)
    assert given.table.loc["u1", "value"] == 100


def street() -> gpd.GeoDataFrame:
    """Four houses behind a row that leaves them about 2.4 hours on Great Cold, and the row."""
    rows = [box(50 * k, 27, 50 * k + 40, 37) for k in range(4)]
    return houses(*rows, box(-3000, -12, 3000, 0), height=[9.0] * 4 + [18.0],
                  use=["0701", "080701", "0701", "07", "0901"],
                  is_new=[True, True, False, False, True])  # fmt: skip


def test_the_exceptions_have_their_own_day_and_hours() -> None:
    quarter = units(unit_type=["更新"])
    wide = replace(STATED, window_width=40.0, renewal=("更新",))
    found = sunlight_hours(quarter, street(), sunlight=wide).parts["building"]
    assert found["case"].to_dict() == {
        "b1": "renewal", "b2": "elderly", "b3": "homes", "b4": "homes"
    }  # fmt: skip
    assert found["day"].tolist() == ["great_cold", "winter_solstice", "great_cold", "great_cold"]
    assert found["value"].iloc[0] == found["value"].iloc[2]
    assert found["value"].iloc[1] < found["value"].iloc[2]
    met = sunlight_met_share(quarter, street(), sunlight=replace(wide, city_size="small"))
    evidence = met.evidence().set_index("building_id")
    assert evidence["asked_h"].to_dict() == {"b1": 1, "b2": 2, "b3": 3, "b4": 3}
    expected = hours_behind_a_long_row(GREAT_COLD, 4.0, 17.1, 27.0)
    assert evidence["hours"].loc[["b1", "b3"]].to_numpy() == pytest.approx(expected, abs=2 / 60)
    assert 1 < expected < 3
    assert evidence["met"].to_dict() == {"b1": True, "b2": False, "b3": False, "b4": False}
    assert met.table.loc["u1"].tolist() == pytest.approx([1.0, 4.0, 25.0])


def test_a_home_across_units_counts_to_each_by_its_footprint() -> None:
    halves = units(box(-500, -500, 10, 500), box(10, -500, 500, 500))
    found = sunlight_met_share(halves, houses(box(0, 0, 40, 10)), sunlight=STATED)
    assert found.table["numerator"].tolist() == pytest.approx([0.25, 0.75])
    assert found.total() == pytest.approx((1.0, 1.0, 100.0))
    assert sunlight_hours(halves, houses(box(0, 0, 40, 10))).parts["building"]["unit_id"].tolist() \
        == ["u2"]  # fmt: skip


def plan_of(buildings: gpd.GeoDataFrame, quarter: gpd.GeoDataFrame) -> Plan:
    crs = str(buildings.crs)
    layers = {"units": quarter.reset_index(), "buildings": buildings.reset_index()}
    return Plan(Text("试", "Trial"), layers, Settings(crs=crs))


def test_the_rule_that_fits_the_plan_speaks_alone() -> None:
    given = {"window_width": 40.0, "climate_zone": "II", "city_size": "small", "renewal": ["更新"]}
    found = evaluate(plan_of(street(), units(unit_type=["更新"])),
                     ["sunlight_hours", "sunlight_met_share"], ["gb50180"],
                     parameters={"all": given})  # fmt: skip
    table = found.table.query("level == 'building'").set_index("unit_id")
    assert table["target"].to_dict() == {"b1": "≥ 1", "b2": "≥ 2", "b3": "≥ 3", "b4": "≥ 3"}
    assert table["status"].tolist() == ["met", "not_met", "not_met", "not_met"]
    silent = evaluate(plan_of(street(), units()), ["sunlight_hours", "sunlight_met_share"],
                      ["gb50180"])  # fmt: skip
    rows = silent.table.query("level == 'building'")
    assert rows["unit_id"].tolist() == ["b2"]  # homes for the elderly are asked everywhere
    assert (
        "climate_zone" in silent.table.query("indicator == 'sunlight_met_share'")["reason"].iloc[0]
    )


def test_a_figure_is_named_with_its_day_and_how_hours_add_up() -> None:
    one = sunlight_hours.indicator  # type: ignore[attr-defined]
    settings = one.settings({"climate_zone": "V", "counted": "longest"})
    assert {p.name: value for p, value in one.told(settings)} == {
        "climate_zone": "V", "sunlight_day": "winter_solstice", "step": 1.0, "counted": "longest",
        "window_width": 1.0,
    }  # fmt: skip


# --- against single rays


def blob(rng: np.random.Generator) -> Polygon:
    """A concave house, some with a courtyard."""
    angle = np.linspace(0, 2 * np.pi, 9)[:-1]
    reach = rng.uniform(5.0, 20.0, (8, 1))
    centre = rng.uniform(-120, 120, 2)
    shape = Polygon(centre + reach * np.column_stack((np.cos(angle), np.sin(angle))))
    return shape.difference(shape.buffer(-4.0)) if rng.random() < 0.3 else shape


def hours_by_rays(shapes: np.ndarray, tops: np.ndarray, one: int) -> float:
    """Best hours on Great Cold by half hours, at points every 4 m or less."""
    time = np.linspace(-4, 4, 17)
    azimuth, elevation = sun(GREAT_COLD, time)
    weight = np.full(17, 0.5)
    weight[[0, -1]] = 0.25
    best, lowest = 0.0, []
    for start, end in walls(shapes[one]):
        count = int(np.ceil(np.hypot(*(end - start)) / 4.0))
        for k in range(count):
            spot = start + (k + 0.5) / count * (end - start)
            out = np.array([end[1] - start[1], start[0] - end[0]])
            front = shapely.Point(spot + 0.01 * out / np.hypot(*out))
            foot = max([0.0, *tops[shapely.intersects(shapes, front)]])
            if foot + 0.9 < tops[one]:
                lowest.append((foot, spot, out))
    floor = min((foot for foot, _, _ in lowest), default=np.nan)
    for foot, spot, out in lowest:
        if foot > floor:
            continue
        total = 0.0
        for a, e, w in zip(azimuth, elevation, weight, strict=True):
            way = np.array([-np.sin(a), -np.cos(a)])
            far = np.maximum(tops - foot - 0.9, 0)[:, None] / np.tan(e) * way
            seen = spot + 1e-7 * out
            rays = shapely.linestrings(np.stack((np.tile(seen, (len(far), 1)), seen + far), axis=1))
            dark = (shapely.intersects(shapes, rays) & (far != 0).any(axis=1)).any()
            total += w * (out @ way > 0 and not dark)
        best = max(best, total)
    return best if lowest else float("nan")


def walls(shape: Polygon) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the walls of a house, which they have on their left."""
    solid = shapely.geometry.polygon.orient(shape)
    rings = [np.array(ring.coords) for ring in (solid.exterior, *solid.interiors)]
    return [pair for ring in rings for pair in pairwise(ring)]


@pytest.mark.parametrize("seed", range(4))
def test_a_town_drawn_by_chance_against_single_rays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = np.array([blob(rng) for _ in range(40)], dtype=object)
    tops = rng.choice([3.0, 9.0, 18.0, 36.0], 40)
    given = replace(STATED, window_width=0.0, point_spacing=4.0, step=30.0, min_interval=0.0)
    found = hours(sunlight_hours(units(), houses(*shapes, height=tops), sunlight=given))
    for one in range(40):
        expected = hours_by_rays(shapes, tops, one)
        assert found[f"b{one + 1}"] == pytest.approx(expected, abs=1e-9, nan_ok=True)


# --- what changes nothing


def test_order_and_place_change_nothing_and_grid_north_is_turned() -> None:
    rng = np.random.default_rng(7)
    town = houses(*(blob(rng) for _ in range(40)), height=rng.choice([3.0, 9.0, 18.0], 40))
    quarter = units()
    before = hours(sunlight_hours(quarter, town))
    assert hours(sunlight_hours(quarter, town.iloc[rng.permutation(40)])) == before
    aside = "+proj=tmerc +lat_0=0 +lon_0=117 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    moved = hours(sunlight_hours(quarter.to_crs(aside), town.to_crs(aside)))
    close = [abs(moved[key] - value) <= 3 / 60 for key, value in before.items() if value == value]
    assert np.mean(close) > 0.9
    assert moved == pytest.approx(before, abs=0.25, nan_ok=True)


def test_a_plan_in_parts_gives_the_same_bits() -> None:
    rng = np.random.default_rng(5)
    quarter = units(*(box(x, -150, x + 60, 150) for x in range(-150, 150, 60)))
    tops = rng.choice([3.0, 9.0, 18.0, 36.0], 60)
    town = houses(*(blob(rng) for _ in range(60)), height=tops)
    asked = ["sunlight_hours", "sunlight_met_share"]
    stated = {"all": {"climate_zone": "II", "city_size": "large"}}
    whole, parts = (
        evaluate(plan_of(town, quarter), asked, ["gb50180"], parameters=stated,
                 part_features=count, workers=2)
        for count in (10**9, 1)
    )  # fmt: skip
    columns = ["unit_id", "level", "indicator", "numerator", "denominator", "value", "status"]
    pd.testing.assert_frame_equal(whole.table[columns], parts.table[columns], check_exact=True)
    assert len(whole.table.query("level == 'building'")) > 40
    one, other = (
        found.evidence("sunlight_hours").sort_values(["building_id", "hours", "length_m"])
        for found in (whole, parts)
    )
    assert one["hours"].tolist() == other["hours"].tolist()
    assert one["unit_id"].tolist() == other["unit_id"].tolist()


def test_an_unknown_height_is_one_storey() -> None:
    rows = (box(-20, 8, 20, 20), box(-4000, -12, 4000, 0))
    unknown = sunlight_hours(units(), houses(*rows, height=[9.0, None]))
    storey = sunlight_hours(units(), houses(*rows, height=[9.0, 3.0]))
    assert hours(unknown) == hours(storey)
    floors = sunlight_hours(units(), houses(*rows, height=[9.0, None], floors=[3.0, 6.0]))
    assert hours(floors)["b1"] < hours(storey)["b1"]


def test_a_tower_far_to_the_south_is_within_reach() -> None:
    one = sunlight_hours.indicator  # type: ignore[attr-defined]
    layers = {"units": units(), "buildings": houses(box(0, 0, 10, 10), height=[100.0])}
    far = one.reach_m(one.settings({"climate_zone": "II", "city_size": "large"}), layers)
    _, elevation = sun(SOLSTICE, np.array([3.0]))  # the lower of both days' first suns
    _, other = sun(GREAT_COLD, np.array([4.0]))
    assert far >= 100 * np.sin(np.radians(45)) / np.tan(min(elevation[0], other[0]))
    assert np.isnan(one.reach_m(one.settings({})))


# --- bad input


def test_columns_that_are_wanting_are_named() -> None:
    bare = houses(box(0, 0, 9, 9)).drop(columns=["height"])
    for frame, column in ((bare, "height"), (bare.assign(height=9.0).drop(columns="use"), "use")):
        with pytest.raises(MissingColumnError, match=column):
            sunlight_hours(units(), frame)
    for quarter, frame, column in (
        (units(), houses(box(0, 0, 9, 9)), "unit_type"),
        (units(unit_type=["更新"]), houses(box(0, 0, 9, 9)), "is_new"),
    ):
        with pytest.raises(MissingColumnError, match=column):
            sunlight_hours(quarter, frame, sunlight=replace(STATED, renewal=("更新",)))


def test_a_plan_that_lies_nowhere_is_refused() -> None:
    nowhere = [frame.set_crs(None, allow_override=True) for frame in (units(), street())]
    with pytest.raises(CrsError, match="where on the earth"):
        sunlight_hours(*nowhere)


def test_a_plan_without_homes_has_nothing_to_measure() -> None:
    found = sunlight_hours(units(), houses(box(0, 0, 9, 9), use=["0901"]))
    assert found.table.loc["u1", "denominator"] == 0
    assert len(found.parts["building"]) == len(found.evidence()) == 0


def test_a_polar_night_is_refused() -> None:
    north = "+proj=tmerc +lat_0=75 +lon_0=20 +k=1 +x_0=500000 +y_0=3991000 +ellps=GRS80 +units=m"
    quarter, town = (f.set_crs(north, allow_override=True)
                     for f in (units(), houses(box(0, 0, 9, 9))))  # fmt: skip
    with pytest.raises(NoSunError):
        sunlight_hours(quarter, town)
    found = evaluate(plan_of(town, quarter), ["sunlight_hours", "road_density"])
    reason = found.table.query("indicator == 'sunlight_hours'")["reason"]
    assert reason.str.contains("no sun").all()


def test_without_pvlib_the_others_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pvlib", None)
    with pytest.raises(ServiceError, match="pvlib"):
        sunlight_hours(units(), houses(box(0, 0, 9, 9)))
    found = evaluate(plan_of(houses(box(0, 0, 9, 9)), units()),
                     ["sunlight_hours", "solar_roof_area"])  # fmt: skip
    table = found.table.set_index("indicator")
    assert table.loc[["sunlight_hours"], "reason"].str.contains("pvlib").all()
    assert table.loc[["sunlight_hours"], "status"].eq("no_data").all()
    assert (table.loc[["solar_roof_area"], "value"] > 0).all()
