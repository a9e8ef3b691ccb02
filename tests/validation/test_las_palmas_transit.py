"""Las Palmas as its bus company runs it: every indicator of service against plain reckoning.

The feed's licence is not verified, so it is not in the project; it is read beside the checkout.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.spatial import cKDTree
from tests.sources.shared import shared
from tests.validation import plain
from tests.validation.conftest import METRES

from carbonspace import evaluate
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan
from carbonspace.sources import read_plan

FEED = ("las_palmas", "gtfs_es_las_palmas_de_gran_canaria_guaguas_20230222.zip")
SERVED = (
    "bus_stop_coverage", "frequent_stop_coverage", "bus_stop_area_coverage_close",
    "served_stop_count", "served_stop_count_saturday", "served_stop_count_sunday",
    "mean_peak_headway", "transit_line_density", "bus_lane_length",
)  # fmt: skip
pytestmark = pytest.mark.sample


@pytest.fixture(scope="module")
def buses(raw: Plan, districts: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return Las Palmas with the stops and lines of the feed, in disjoint districts."""
    folder = Path(tmp_path_factory.mktemp("feed"))
    feed = f'source = "{shared(*FEED).resolve().as_posix()}"\n'
    text = f'format = 1\nname = "x"\ncrs = "{METRES}"\n'
    text += "".join(f"[layers.transit_{key}]\n{feed}" for key in ("stops", "lines"))
    (folder / "plan.toml").write_text(text, "utf-8")
    read = read_plan(folder / "plan.toml").layers
    layers = {key: layer.to_crs(METRES) for key, layer in {**raw.layers, **read}.items()}
    del layers["city"]  # the districts are all there is
    return replace(raw, layers={**layers, "units": districts}, profiles=())


@pytest.fixture(scope="module")
def found(buses: Plan) -> Assessment:
    residents = {"all": {"of": "residents"}}
    return evaluate(replace(buses, parameters={**buses.parameters, **residents}), SERVED)


def stops_of(plan: Plan) -> gpd.GeoDataFrame:
    return gpd.sjoin(plan.layers["transit_stops"], plan.layers["units"][["unit_id", "geometry"]])


def test_every_indicator_of_service_has_data(found: Assessment, buses: Plan) -> None:
    city = found.table.query("level == 'city'").set_index("indicator")
    assert city.loc[list(SERVED), "value"].gt(0).all()
    assert city.loc["served_stop_count", "value"] == len(stops_of(buses)) == 767


def test_stops_and_headways(found: Assessment, buses: Plan) -> None:
    units, inside = buses.layers["units"], stops_of(buses)
    for day in ("workday", "saturday", "sunday"):
        served = inside[inside[f"departures_{day}"] > 0]
        key = "served_stop_count" + ("" if day == "workday" else f"_{day}")
        expected = plain.per_unit(units, served["unit_id"], pd.Series(1.0, index=served.index))
        assert np.allclose(found.measures[key].table["numerator"], expected)
    known = inside.dropna(subset=["peak_headway"])
    mean = known.groupby("unit_id")["peak_headway"].mean().reindex(units["unit_id"])
    mine = found.measures["mean_peak_headway"].table["value"]
    assert np.allclose(mine, mean, equal_nan=True)
    assert mine.notna().sum() >= 20


def test_area_near_stops(found: Assessment, buses: Plan) -> None:
    units = buses.layers["units"]
    near = plain.cut(
        units[["unit_id", "geometry"]], plain.reach(buses.layers["transit_stops"], 300.0)
    )
    expected = plain.per_unit(units, near["unit_id"], near.area)
    mine = found.measures["bus_stop_area_coverage_close"].table["numerator"]
    assert np.abs(mine - expected).max() < 1.0


@pytest.mark.parametrize("often", [False, True])
def test_residents_near_stops(found: Assessment, buses: Plan, often: bool) -> None:
    """The census on its homes, each home by the share of its area that a union of circles holds."""
    layers = buses.layers
    parcels = layers["parcels"].set_geometry(
        layers["parcels"].make_valid(method="structure", keep_collapsed=False)
    )
    people = plain.populated(parcels, layers["buildings"], layers["census"]).to_numpy()
    living = plain.living(plain.places(parcels, layers["buildings"], people), layers["units"])
    stops = layers["transit_stops"]
    stops = stops[stops["peak_headway"] <= 15] if often else stops
    near = plain.served(living, plain.reach(stops, 500.0))
    expected = plain.per_unit(layers["units"], living["unit_id"], near)
    key = "frequent_stop_coverage" if often else "bus_stop_coverage"
    mine = found.measures[key].table["numerator"]
    assert np.allclose(mine, expected, rtol=1e-4, atol=0.5)
    assert expected.sum() > 100_000


def steps_of(lines: gpd.GeoDataFrame) -> np.ndarray:
    """Return the ends of every straight step of the lines, in the order of their ids."""
    rows = []
    for line in lines.sort_values("line_id").geometry:
        for part in shapely.get_parts(line):
            points = shapely.get_coordinates(part)
            moving = np.hypot(*np.diff(points, axis=0).T) > 0
            rows.append(np.stack((points[:-1], points[1:]), axis=1)[moving])
    return np.concatenate(rows)


def test_a_street_served_counts_once(found: Assessment, buses: Plan) -> None:
    """Points every 2 m along all lines: one counts unless an earlier step lies abreast of it.

    Abreast is squarely at most 15 m away along its direction or against it, 40 m against it.
    """
    units = buses.layers["units"].set_index("unit_id")
    mine = found.measures["transit_line_density"].table["numerator"]
    unit = mine.sort_values().index[-3]
    ground = units.geometry[unit]
    steps = steps_of(buses.layers["transit_lines"])
    near = shapely.dwithin(ground, shapely.linestrings(steps), 60.0)
    rank, steps = np.flatnonzero(near), steps[near]
    length = np.hypot(*(steps[:, 1] - steps[:, 0]).T)
    heading = (steps[:, 1] - steps[:, 0]) / length[:, None]
    number = np.maximum(np.round(length / 2.0), 1).astype(int)
    step = np.repeat(np.arange(len(steps)), number)
    place = (np.arange(len(step)) - np.repeat(np.cumsum(number) - number, number) + 0.5) / number[
        step
    ]
    points = steps[step, 0] + place[:, None] * (steps[:, 1] - steps[:, 0])[step]
    inside = shapely.contains_xy(ground, *points.T)
    counted = 0.0
    tree = cKDTree(points)
    for at in np.flatnonzero(inside):
        others = np.array(tree.query_ball_point(points[at], 41.0))
        others = others[rank[step[others]] < rank[step[at]]]
        cosine = heading[step[others]] @ heading[step[at]]
        offset = points[others] - points[at]
        ahead = offset @ heading[step[at]]
        aside = np.abs(offset @ (heading[step[at]][::-1] * (1, -1)))
        gap = np.where(cosine <= -np.cos(np.pi / 6), 40.0, 15.0)
        abreast = (np.abs(cosine) >= np.cos(np.pi / 6)) & (np.abs(ahead) <= 1.2) & (aside <= gap)
        counted += 0.0 if abreast.any() else length[step[at]] / number[step[at]]
    every = (length[step] / number[step])[inside].sum()
    assert mine[unit] == pytest.approx(counted, rel=0.02)
    assert counted < 0.7 * every


def test_the_network_lies_on_the_streets_of_the_map(found: Assessment, buses: Plan) -> None:
    """What counts lies, nearly all of it, within 20 m of a street of OpenStreetMap."""
    shown = found.evidence("transit_line_density")
    counted = shown[shown["counted_m"] > 0]
    roads = buses.layers["roads"]
    roads = roads[~roads["road_class"].isin(["slow"])]
    streets = shapely.union_all(roads.buffer(20.0, quad_segs=4).to_numpy())
    assert counted.intersection(streets).length.sum() > 0.95 * counted.length.sum()
