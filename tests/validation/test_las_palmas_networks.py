"""Roads and bicycle corridors of all 29 districts against plain overlays and a plain graph."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from tests.validation import plain
from tests.validation.conftest import METRES

from carbonspace import (
    bike_corridor_along_road_share,
    evaluate,
    road_density,
    slow_network_density,
)
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan, Settings

MILLIMETRE = 1e-3
ON_BORDER = 0.01
EXPRESSWAYS = "road_density_expressway"
STREETS = ("expressway", "arterial", "secondary", "local")
pytestmark = pytest.mark.sample


def lengths(lines: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> pd.Series:
    pieces = gpd.overlay(lines[["geometry"]], districts, keep_geom_type=True)
    return plain.per_unit(districts, pieces["unit_id"], pieces.length)


def measured(
    plan: Plan, keys: list[str], tolerance: float, **layers: gpd.GeoDataFrame
) -> dict[str, pd.DataFrame]:
    asked = {"units": plan.layers["units"], **layers}
    parameters = {"all": {"boundary_tolerance": tolerance}}
    bare = replace(plan, layers=asked, settings=Settings(crs=METRES), parameters=parameters)
    return {key: m.table for key, m in evaluate(bare, keys).measures.items()}


def without_twins(roads: gpd.GeoDataFrame, kept: str) -> gpd.GeoDataFrame:
    """Return roads of which none is one-way, or none has a name."""
    if kept == "without one-ways":
        return roads[~roads["oneway"].astype(bool)]
    return roads.drop(columns="name")


@pytest.mark.parametrize("kept", ["without one-ways", "without names"])
def test_road_length_to_the_millimetre(seeded_plan: Plan, kept: str) -> None:
    """In all districts, where nothing but what lies on a border is shared."""
    districts = seeded_plan.layers["units"]
    roads = without_twins(seeded_plan.layers["roads"], kept)
    keys = ["road_density", *(f"road_density_{one}" for one in STREETS)]
    mine = measured(seeded_plan, keys, tolerance=MILLIMETRE, roads=roads)
    areas = districts.set_index("unit_id").area
    for key, classes in zip(keys, [STREETS, *((one,) for one in STREETS)], strict=True):
        expected = lengths(roads[roads["road_class"].isin(classes)], districts)
        table = mine[key].reindex(expected.index)
        assert len(mine[key]) == 29
        assert expected.sum() > 4_000 or (kept, key) == ("without one-ways", EXPRESSWAYS)
        assert np.abs(table["numerator"] - expected).max() < MILLIMETRE
        assert np.allclose(table["denominator"], areas, rtol=1e-12)
        assert np.allclose(table["value"], 1000 * expected / areas, rtol=1e-6)
    assert (mine["road_density"]["numerator"] > 100).all()


def test_roads_within_a_centimetre_of_a_border(seeded_plan: Plan) -> None:
    """With the default tolerance: the plain overlay, and half of what runs along a border."""
    districts = seeded_plan.layers["units"]
    roads = without_twins(seeded_plan.layers["roads"], "without names")
    mine = road_density(districts.set_index("unit_id"), roads).table["numerator"]
    streets = roads[roads["road_class"].isin(STREETS)]
    shared = plain.moved_by_halving(streets.geometry, districts, ON_BORDER)
    assert (shared["moved"].abs() > 0.5).sum() == 2
    rest = np.abs(mine - lengths(streets, districts) - shared["moved"])
    assert (rest <= MILLIMETRE + shared["beside"]).all()
    assert (rest > MILLIMETRE).sum() <= 3  # gaps narrower than the tolerance, a road in them
    assert rest.max() < 0.5


@pytest.mark.parametrize("corridor_class", ["1", "2", "3", "all"])
def test_corridor_length_to_the_millimetre(seeded: Assessment, corridor_class: str) -> None:
    corridors, districts = _layer(seeded, "bike_corridors"), _units(seeded)
    of_class = corridors["corridor_class"].isin([corridor_class])
    chosen = corridors if corridor_class == "all" else corridors[of_class]
    key = "bike_corridor_length" + ("" if corridor_class == "all" else f"_class{corridor_class}")
    mine = seeded.measures[key].table["numerator"]
    expected = lengths(chosen, districts)
    assert np.abs(mine - expected).max() < MILLIMETRE
    assert expected.sum() > 1_000


def test_connected_corridors(seeded: Assessment) -> None:
    """The longest component of a graph whose edges join corridors a metre apart or less."""
    corridors, districts = _layer(seeded, "bike_corridors"), _units(seeded)
    graph = nx.Graph()
    graph.add_nodes_from(corridors.index)
    for name, line in corridors.geometry.items():
        graph.add_edges_from((name, n) for n in corridors.index[corridors.distance(line) <= 1.0])
    parts = [list(part) for part in nx.connected_components(graph)]
    joined = max(parts, key=lambda part: corridors.loc[part].length.sum())
    assert 1 < len(joined) < len(corridors)
    mine = seeded.measures["bike_corridor_connected_share"].table
    expected = lengths(corridors.loc[joined], districts)
    assert np.abs(mine["numerator"] - expected).max() < MILLIMETRE
    whole = lengths(corridors, districts)
    assert np.abs(mine["denominator"] - whole).max() < MILLIMETRE
    assert np.allclose(mine["value"], 100 * expected / whole.replace(0, np.nan), equal_nan=True)


def test_slow_network(seeded_plan: Plan) -> None:
    """Slow roads in full, and of each corridor what no slow road of its direction is near."""
    districts = seeded_plan.layers["units"]
    roads = seeded_plan.layers["roads"].drop(columns="name")
    corridors = seeded_plan.layers["bike_corridors"]
    units = districts.set_index("unit_id")
    table = slow_network_density(units, roads, corridors).table
    slow = roads[(roads["road_class"] == "slow") | roads["slow_traffic"].fillna(False).astype(bool)]
    pieces = gpd.overlay(corridors[["geometry"]], districts, keep_geom_type=True)
    tracks = plain.segments(pieces)
    doubled = plain.running_along(tracks, plain.segments(slow[["geometry"]]), 15.0)
    added = plain.per_unit(districts, tracks["unit_id"], tracks.length - doubled)
    assert added.sum() > 1_000
    assert doubled.sum() > 1_000
    expected = lengths(slow, districts) + added
    assert np.abs(table["numerator"] - expected).max() < 0.05
    assert np.allclose(table["denominator"], districts.set_index("unit_id").area[table.index])


def _layer(assessment: Assessment, key: str) -> gpd.GeoDataFrame:
    return assessment.plan.layers[key]


def _units(assessment: Assessment) -> gpd.GeoDataFrame:
    return assessment.plan.layers["units"].reset_index()[["unit_id", "geometry"]]


def test_corridors_along_major_roads(seeded_plan: Plan) -> None:
    """Of each corridor what is near a major road of its direction, by buffers of its segments."""
    districts = seeded_plan.layers["units"]
    roads, corridors = (seeded_plan.layers[key] for key in ("roads", "bike_corridors"))
    units = districts.set_index("unit_id")
    table = bike_corridor_along_road_share(units, corridors, roads).table
    major = roads[roads["road_class"].isin(["expressway", "arterial"])]
    pieces = gpd.overlay(corridors[["geometry"]], districts, keep_geom_type=True)
    tracks = plain.segments(pieces)
    beside = plain.running_along(tracks, plain.segments(major[["geometry"]]), 30.0)
    expected = plain.per_unit(districts, tracks["unit_id"], beside)
    assert expected.sum() > 1_000
    assert np.abs(table["numerator"] - expected).max() < 1.0
    assert np.abs(table["denominator"] - lengths(corridors, districts)).max() < ON_BORDER
