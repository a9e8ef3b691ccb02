"""What lies beyond its reach changes nothing of a unit: held against every indicator.

The middle one of three units is measured on a town drawn by chance; then whatever lies farther
than the reach from it, and from what straddles its boundary of the layers that count as a whole,
is taken away, moved or given other values.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity
from tests.indicators.furnished import STATIONS, furnished, subdistricts, with_stations
from tests.indicators.squares import (
    layer,
    line,
    random_boxes,
    random_lines,
    square,
    square_units,
)
from tests.weather import even

from carbonspace.catalogue import indicators
from carbonspace.model.coded import PARK_CLASSES
from carbonspace.model.grid import Grid
from carbonspace.model.indicator import Indicator
from carbonspace.model.measure import Measure
from carbonspace.model.places import FACILITIES
from carbonspace.model.rasters import LAND_COVERS

HERE = "u2"
SLACK = 0.02  # metres: what lies on the boundary of the unit, to a centimetre
SIDE = 3000.0
Layers = dict[str, gpd.GeoDataFrame]
STREETS = ["expressway", "arterial", "secondary", "local", "slow", "compound"]


def grids(seed: int) -> dict[str, Grid]:
    """Rasters over the units and beyond, of several resolutions, a tenth of them unknown."""
    draw = np.random.default_rng(seed)

    def amounts(cell: float, unit: str, high: float) -> Grid:
        values = draw.uniform(0, high, (round(1400 / cell), round(3400 / cell)))
        values[draw.random(values.shape) < 0.05] = np.nan
        values[draw.random(values.shape) < 0.4] = 0
        return Grid(values.astype(np.float32), -203.0, 1207.0, cell, cell, unit=unit)

    covers = draw.integers(-1, len(LAND_COVERS), (70, 170)).astype(np.int16)
    covers[draw.random(covers.shape) < 0.5] = 0
    x, y = np.meshgrid(np.arange(-700, 3700, 25.0), np.arange(1700, -700, -25.0))
    hills = 40 * np.sin(x / 170) * np.cos(y / 130) + 30 * np.sin((x + y) / 400)
    return {
        "dsm": Grid((hills + 9).astype(np.float32), -712.5, 1712.5, 25.0, 25.0, unit="m"),
        "dem": Grid(hills.astype(np.float32), -712.5, 1712.5, 25.0, 25.0, unit="m"),
        "canopy": amounts(7.0, "m", 20.0),
        "impervious": amounts(30.0, "%", 100.0),
        "ndvi": amounts(10.0, "", 1.0),
        "land_cover": Grid(covers, -203.0, 1207.0, 20.0, 20.0, classes=tuple(LAND_COVERS)),
    }


GRIDS = grids(7)
WEATHER = even()


def town(seed: int) -> Layers:
    """Three units in a row; features of every layer on them and around, many across borders."""
    draw = np.random.default_rng(seed)

    def boxes(count: int, size: float) -> list[shapely.Polygon]:
        return random_boxes(count, seed=seed, side=SIDE, size=size)

    def chosen(values: list[Any], count: int) -> np.ndarray:
        return draw.choice(np.array(values, dtype=object), count)

    cells = [(x, y) for x in range(-100, 3300, 170) for y in range(-100, 1300, 170)]
    land, shops = [square(x, y, 150) for x, y in cells], boxes(300, 60)
    lots = len(land)
    roads = random_lines(60, seed=seed, side=SIDE)
    twins = [line((900, 300), (2100, 300)), line((2100, 330), (900, 330))]
    points = [shapely.Point(p) for p in draw.uniform((-100, -100), (3100, 1100), (300, 2))]
    drawn = {
        "units": square_units(3),
        "blocks": layer([square(x, y, 320) for x in range(-200, 3200, 340)
                         for y in range(-200, 1200, 340)], name=[f"b{n}" for n in range(50)]),
        "parcels": layer(land, land_use=chosen(["0701", "0802", "0901", "1001", "1401"], lots),
                         population=draw.integers(0, 900, lots).astype(float),
                         jobs=draw.integers(0, 900, lots).astype(float)),
        "buildings": layer(shops, use=chosen(["0701", "0801", "0802", "0901", "1001", "0703"], 300),
                           floors=draw.integers(1, 9, 300).astype(float),
                           roof_type=chosen(["flat", "metal"], 300), year_built=[2020.0] * 300,
                           pv_area=draw.uniform(0, 99, 300), is_new=draw.integers(0, 2, 300) > 0),
        "roads": layer([*roads, *twins], name=[None] * 60 + ["M", "M"],
                       road_class=[*chosen(STREETS, 60), "local", "local"],
                       oneway=[False] * 60 + [True] * 2, slow_traffic=[False] * 60 + [True] * 2,
                       width=np.linspace(12.0, 72.0, 62),
                       bridge=[*(draw.random(60) < 0.2), False, False],
                       bus_lane=["no", "one", "all"] * 20 + ["all"] * 2),
        "entrances": layer(points[280:], entrance_to=chosen(["park", "compound", "station"], 20)),
        "bike_corridors": layer(random_lines(20, seed=seed + 1, side=SIDE),
                                corridor_class=chosen(["1", "2", "3"], 20)),
        "transit_stops": layer(points[:60], **service(seed),
                               mode=chosen(["bus", "metro", "ferry"], 60)),
        "transit_lines": layer(bundles(seed), mode=["bus", "brt"] * 20),
        "parks": layer(random_boxes(30, seed=seed + 2, side=SIDE, size=120)),
        "car_parks": layer(random_boxes(80, seed=seed + 3, side=SIDE, size=300),
                           spaces=draw.integers(1, 99, 80).astype(float),
                           charging_spaces=chosen([0.0, 0.0, 3.0], 80).astype(float),
                           park_and_ride=[True, False] * 40),
        "facilities": with_stations(
            layer(points[60:], facility_type=chosen(["charging", *FACILITIES], 240)), seed
        ),
        "subdistricts": subdistricts(seed),
    }  # fmt: skip
    full = furnished(drawn, seed=seed, side=SIDE)
    return {**full, "parcels": full["parcels"].assign(**limits(seed, lots))}


def limits(seed: int, count: int) -> dict[str, Any]:
    """Limits of parcels that about half of them keep, and green that some of them state."""
    draw = np.random.default_rng(seed + 12)
    highest = {"far": 1.0, "density": 30.0, "height": 40.0, "green_ratio": 15.0}
    most = {f"{name}_max": draw.uniform(0, high, count) for name, high in highest.items()}
    least = {f"{name}_min": np.where(draw.random(count) < 0.5, np.nan, 0.0) for name in highest}
    green = np.where(draw.random(count) < 0.9, np.nan, draw.uniform(0, 6000, count))
    years = draw.integers(2023, 2025, count).astype(float)
    paved = np.where(draw.random(count) < 0.9, np.nan, 100.0)
    return {**most, **least, "green_area": green, "supply_year": years, "hard_area": paved}


def service(seed: int) -> dict[str, Any]:
    """How often 60 stops are served, some of them never, and what they are marked as."""
    draw = np.random.default_rng(seed + 10)
    often = {f"departures_{day}": draw.integers(0, 3, 60).astype(float)
             for day in ("workday", "saturday", "sunday")}  # fmt: skip
    headway = np.where(draw.random(60) < 0.2, np.nan, draw.integers(2, 40, 60))
    marks = {"is_tod": draw.random(60) < 0.5, "is_microcentre": draw.random(60) < 0.5}
    return {**often, "peak_headway": headway, **marks}


def with_long_stations(layers: Layers) -> Layers:
    """Return the town with stops 600 m long, so that many straddle a boundary."""
    stops = layers["transit_stops"]
    long = [shapely.box(p.x - 300, p.y - 50, p.x + 300, p.y + 50) for p in stops.geometry]
    return {**layers, "transit_stops": stops.set_geometry(gpd.GeoSeries(long, stops.index))}


def with_parked_corners(layers: Layers) -> Layers:
    """Return the town with a car park in a corner of each parcel, 1 % of the way to its middle."""
    shapes = layers["parcels"].geometry.to_numpy()
    first = shapely.get_coordinates(shapely.get_point(shapely.get_exterior_ring(shapes), 0))
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    spots = shapely.points(0.99 * first + 0.01 * middle)
    n = np.arange(len(spots))
    lots = gpd.GeoDataFrame({"car_park_id": [f"c{i}" for i in n], "spaces": 10.0 + n % 7,
                             "charging_spaces": 1.0 + n % 5}, geometry=spots,
                            crs=layers["parcels"].crs)  # fmt: skip
    return {**layers, "car_parks": lots}


def bundles(seed: int) -> list[shapely.LineString]:
    """Lines of which each second one runs back beside the one before, up to 30 m away."""
    draw = np.random.default_rng(seed + 11)
    away = draw.uniform(-30, 30, (20, 2))
    return [
        one
        for way, (x, y) in zip(random_lines(20, seed=seed + 4, side=SIDE), away, strict=True)
        for one in (way, shapely.reverse(shapely.affinity.translate(way, x, y)))
    ]


def core(one: Indicator, layers: Layers) -> shapely.Geometry:
    """Return the unit and what straddles its boundary of the layers that count as a whole."""
    unit = layers["units"].geometry[HERE]
    straddling = [
        shape
        for key in one.whole
        for shape in layers[key].geometry
        if shape.intersects(unit) and not unit.contains_properly(shape)
    ]
    return shapely.union_all([unit, *straddling])


def changed(
    frame: gpd.GeoDataFrame, ground: shapely.Geometry, reach: float, how: str
) -> gpd.GeoDataFrame:
    """Return the layer with what is farther than `reach` removed, moved or given other values."""
    near = frame.geometry.dwithin(ground, reach + SLACK).to_numpy()
    if how == "removed":
        return frame[near]
    if how == "moved":
        away = frame.geometry.translate(0, 100_000)
        return frame.set_geometry(frame.geometry.where(near, away))
    rows = np.arange(len(frame))
    rows[~near] = np.roll(rows[~near], 1)
    given = {name: frame[name].to_numpy()[rows] for name in frame.drop(columns="geometry")}
    return frame.assign(**given)


def unknown_beyond(
    grids: dict[str, Grid], ground: shapely.Geometry, reach: float
) -> dict[str, Grid]:
    """Return the rasters without what is farther than `reach`."""
    found = {}
    for kind, grid in grids.items():
        row, column = np.indices(grid.values.shape)
        west, north = grid.west + column * grid.width, grid.north - row * grid.height
        cells = shapely.box(west, north - grid.height, west + grid.width, north)
        shapely.prepare(ground)
        near = shapely.dwithin(ground, cells, reach + SLACK)
        nothing = -1 if grid.classes else np.nan
        found[kind] = replace(grid, values=np.where(near, grid.values, nothing))
    return found


def answer(one: Indicator, layers: Layers, grids: dict[str, Grid] = GRIDS, **given: Any) -> Measure:
    needed = {key: layers[key] for key in one.used if key in layers}
    seen = {kind: grids[kind] for kind in one.seen_rasters}
    sky: dict[str, Any] = {"weather": WEATHER} if one.sees_weather else {}
    return one.function(**needed, **seen, **sky, **one.arguments(one.settings(given)))


def figures(measured: Measure) -> np.ndarray:
    columns = ["numerator", "denominator", "value"]
    found = [measured.table.loc[HERE, columns].to_numpy(dtype=float)]
    for parts in measured.parts.values():
        mine = parts[parts["unit_id"] == HERE]
        found.append(mine[columns].to_numpy(dtype=float).ravel())
    return np.concatenate(found)


def words(measured: Measure) -> list[object]:
    """Return what rules may select the unit's blocks and parcels on."""
    selected = [parts.loc[parts["unit_id"] == HERE, [c for c in ("land_use",) if c in parts]]
                for parts in measured.parts.values()]  # fmt: skip
    return [rows.fillna("").to_numpy().tolist() for rows in selected]


TOWN = town(7)
EVERY_STOP = {"modes": ("bus", "metro", "ferry")}
BUILT_UP = {"criterion": "computed", "radius": 20.0, "min_far": 0.5, "min_mix": 0.0} | EVERY_STOP
FEWEST = ("facilities_per_subdistrict", "recycling_station_per_subdistrict")
MANY = {"facility_types": STATIONS}
WIDE = ("road_redline_width", "wide_road_share", "wide_road_count")
LAID_BARE: dict[str, dict[str, Any]] = {
    "tod_station_share": BUILT_UP,
    "tod_station_count": BUILT_UP,
    **{key: {"highways": ("0701", "0802", "0901", "1001", "1401")} for key in WIDE},
    "view_wind_corridor": {"storey_height": 10.0},
    "height_fire_rescue_match": {"radius": 20.0, "fire_stations": tuple(FACILITIES)},
    "pr_coverage": {"pr_distance": 0.0, "core_distance": 0.0} | EVERY_STOP,
    "transit_yard_far": {"parcel_uses": ("0901",)},
    "rural_waste_coverage": {
        "served_by": "facilities",
        "radius": 20.0,
        "facility_types": STATIONS[:4],
    },
    **dict.fromkeys(FEWEST, MANY),
    "plaza_hard_area": {"parcel_uses": ()},
    "central_parking_provision": {"parking_in": "everywhere"},
}
"""Parameters under which it shows, with long stations, that a stop counts as a whole."""
TALL = [one.key for one in indicators().values()
        if "higher_than" in {parameter.name for parameter in one.parameters}]  # fmt: skip
RESIDENTIAL: dict[str, dict[str, Any]] = {
    one.key: {"min_share": 10.0} for one in indicators().values()
    if {"min_share", "climate_zone"} <= {parameter.name for parameter in one.parameters}
}  # fmt: skip
"""Blocks with a few homes: the town has none that are more than half of homes."""
STATED: dict[str, dict[str, Any]] = {
    **RESIDENTIAL,
    "sunlight_met_share": {"hours_asked": 4.0},
    "street_spacing_share": {"max_spacing": 320.0},
    **{key: {"higher_than": 12.0} for key in TALL},
    "three_star_share": {"min_floor_area": 500.0},
    "transit_yard_far": {"parcel_uses": ("0901",)},
    "parcel_compliance": {"limited": "far"},
    "renewable_min_one": {"min_types": 2},
    "view_wind_corridor": {"storey_height": 10.0},
    "height_fire_rescue_match": {"radius": 60.0, "fire_stations": ("clinic",)},
    **dict.fromkeys(FEWEST, MANY),
    "annual_industrial_supply": {"supplied_in": 2024},
    "plaza_hard_area": {"parcel_uses": ("1401",)},
    **{
        key: {"codes": ("0802",)}
        for key in ("logistics_land_layout", "forest_cover", "wind_land_share")
    },
    "industrial_park_concentration": {"industry": ("07", "08", "09", "10")},
    "periurban_farmland": {"farmland": ("08",), "belt": 100.0},
    "wetland_restoration_area": {"codes_before": ("09",), "codes_now": ("14",)},
    "sponge_compliance": {"runoff_by": "parcels"},
    **{
        f"{one}_park_area_per_capita": {"park_classes": tuple(PARK_CLASSES)}
        for one in ("comprehensive", "community")
    },
    **{key: {"minutes": 8.0} for key in ("park_walk_detour", "park_walk_coverage_15min")},
    "recycling_point_coverage": {"radius": 60.0},
    "transit_hub_area": {"hub_uses": ("0901",)},
}
"""What has no default and has to be stated, what is nothing in the town by default, and what would
reach all over it."""
FINITE = [
    one
    for one in indicators().values()
    if math.isfinite(one.reach_m(one.settings({}), TOWN)) and not one.is_reported
]


@pytest.mark.parametrize("one", FINITE, ids=[one.key for one in FINITE])
@pytest.mark.parametrize("how", ["removed", "moved", "revalued"])
def test_what_lies_beyond_the_reach_changes_nothing(one: Indicator, how: str) -> None:
    layers = town(7)
    given = STATED.get(one.key, {})
    ground, reach = core(one, layers), one.reach_m(one.settings(given), layers)
    others = {k: f if k == "units" else changed(f, ground, reach, how) for k, f in layers.items()}
    before = figures(answer(one, layers, GRIDS, **given))
    assert before[0] != 0 or (one.aggregate == "min" and before.any())
    seen = {kind: GRIDS[kind] for kind in one.seen_rasters}
    without = unknown_beyond(seen, ground, one.raster_reach_m(one.settings({}), layers))
    after = answer(one, others, without, **given)
    np.testing.assert_allclose(figures(after), before, rtol=1e-9)
    touched = [k for k in (*one.layers, *one.optional_layers)
               if k != "units" and not others[k].equals(layers[k])]  # fmt: skip
    assert touched or one.used == ("units",)


WHOLE = [
    one
    for one in FINITE
    if one.whole
    and {*one.used, *one.seen_rasters} - {"units", *one.whole}
    and "entrances" not in one.used
]
"""What straddles the boundary is itself always seen; what lies on it need not be. What is walked to
is seen from farther than anything straddles here: see `test_walking.py`."""


def short(one: Indicator) -> dict[str, Any]:
    """Return parameters under which an indicator does not reach over the parcels."""
    if one.reach == "radius":
        return {"radius": 20.0}
    names = {parameter.name for parameter in one.parameters}
    if "walker" not in names:
        return {}
    far = {"radius": 60.0} if "radius" in names else {"minutes": 1.0}
    kinds = {"facility_types": ("clinic",)} if "facility_types" in names else {}
    return {**far, **kinds, "beside": 12.0, "street_far": 5.0}


@pytest.mark.parametrize("one", WHOLE, ids=[one.key for one in WHOLE])
def test_what_is_declared_to_count_as_a_whole_does(one: Indicator) -> None:
    """Without what lies on straddling features outside of the unit its value is another."""
    given = RESIDENTIAL.get(one.key, {}) | LAID_BARE.get(one.key, short(one))
    differs = []
    for seed in range(7, 12):
        layers = with_long_stations(town(seed)) if one.key in LAID_BARE else town(seed)
        if one.key == "charging_space_share":
            layers = with_parked_corners(layers)
        layers.pop("entrances" if "beside" in given else "", None)
        unit, reach = layers["units"].geometry[HERE], one.reach_m(one.settings(given), layers)
        others = {
            k: f if k in ("units", one.whole[0]) else changed(f, unit, reach, "removed")
            for k, f in layers.items()
        }
        seen = {kind: GRIDS[kind] for kind in one.seen_rasters}
        without = unknown_beyond(seen, unit, reach)
        both = answer(one, others, without, **given), answer(one, layers, GRIDS, **given)
        found = [figures(measured) for measured in both]
        one_shape = found[0].shape == found[1].shape
        same = one_shape and np.allclose(found[0], found[1], equal_nan=True)
        differs.append(not same or words(both[0]) != words(both[1]))
    assert any(differs)


def test_every_indicator_is_held_against_its_reach() -> None:
    computed = {key for key, one in indicators().items() if not one.is_reported}
    whole_city = computed - {one.key for one in FINITE}
    assert whole_city == {
        "bike_corridor_connected_share", "bike_route_count", "bike_route_count_east_west",
        "bike_route_count_north_south", "bike_route_continuity", "bike_corridor_junction_density",
        "bike_corridor_crossing_density", "crossing_spacing", "crossing_spacing_share",
        "walk_network_continuity", "bike_network_connectivity",
        "community_slow_link", "intersection_density", "station_area_intensity_ratio",
        "facility_spacing", "lng_h2_station_spacing", "energy_station_distance",
        "logistics_hub_distance",
        "corridor_connectivity",
    }  # fmt: skip
