"""Las Palmas on foot: pieces, intersections and service areas, by plain reckoning and osmnx."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pytest
import shapely
from tests.validation.conftest import METRES

from carbonspace import Plan, service_areas, street_network
from carbonspace.indicators._streets import Network
from carbonspace.indicators.cycling_network import walk_network_continuity
from carbonspace.indicators.streets_intersections import intersection_density
from carbonspace.kernels.overlay import as_geometries

pytestmark = pytest.mark.sample
TOUCH = 1e-6


@pytest.fixture(scope="module")
def roads(raw: Plan) -> gpd.GeoDataFrame:
    return raw.layers["roads"].to_crs(METRES)


@pytest.fixture(scope="module")
def parks(raw: Plan) -> gpd.GeoDataFrame:
    return raw.layers["parks"].to_crs(METRES)


def level_of(roads: gpd.GeoDataFrame) -> np.ndarray:
    flags = [roads[c].fillna(False).astype(int) for c in ("bridge", "tunnel")]
    level: np.ndarray = roads["level"].astype(float).fillna(flags[0] - flags[1]).to_numpy()
    return level


def joined(roads: gpd.GeoDataFrame, snap: float) -> nx.Graph:
    """Return which lines meet: those that cross on a level, that an end touches or nearly so."""
    lines, level = as_geometries(roads.geometry.to_numpy()), level_of(roads)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(lines)))
    tree = shapely.STRtree(lines)
    one, other = tree.query(lines, predicate="intersects")
    graph.add_edges_from(
        zip(*np.stack((one, other))[:, level[one] == level[other]].tolist(), strict=True)
    )
    for n in (0, -1):
        ends = shapely.get_point(lines, n)
        for far, same in ((TOUCH, False), (snap, True)):
            one, other = tree.query(ends, predicate="dwithin", distance=far)
            fits = (level[one] == level[other]) if same else np.ones(len(one), dtype=bool)
            graph.add_edges_from(zip(one[fits].tolist(), other[fits].tolist(), strict=True))
    return graph


def test_the_largest_piece_is_that_of_lines_held_against_each_other(
    roads: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> None:
    closed = roads["road_class"].eq("expressway")
    opened = roads[roads["walk"].astype("boolean").fillna(~closed).astype(bool)].explode(
        ignore_index=True
    )
    opened = opened[opened.length > 0].reset_index(drop=True)
    parts = nx.connected_components(joined(opened, 1.0))
    largest = max(parts, key=lambda part: opened.length.iloc[[*part]].sum())
    city = districts.union_all()
    inside = shapely.length(shapely.intersection(opened.geometry.to_numpy(), city))
    found = walk_network_continuity(districts.set_index("unit_id"), roads)
    top, bottom, value = found.total()
    assert bottom == pytest.approx(inside.sum(), rel=1e-6)
    assert top == pytest.approx(inside[[*largest]].sum(), rel=1e-6)
    assert 95 < value < 99
    told = found.evidence()
    assert told.loc[told["part"] == "gap", "gap_m"].between(0, 50).all()
    assert (told.loc[told["part"] == "joined", "gap_m"] <= 1).all()


def test_intersections_are_those_that_osmnx_consolidates(
    roads: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> None:
    """All but one in a thousand: there circles are drawn with 64 corners."""
    graph = street_network(roads, mode="drive", network=Network(compounds="closed"))
    few = [node for node, count in graph.nodes(data="street_count") if count < 3]
    graph.remove_nodes_from(few)
    kept = osmnx.simplification.consolidate_intersections(
        graph, tolerance=7.5, rebuild_graph=False, dead_ends=True
    )
    want = kept.within(districts.union_all()).sum()
    found = intersection_density(districts.set_index("unit_id"), roads)
    assert found.total()[0] == pytest.approx(want, rel=1e-3)
    assert want > 3000


def test_service_areas_of_parks_hold_the_streets_within_them(
    roads: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    edges = service_areas(parks, roads, minutes=(5.0,))
    assert not len(edges.missed)
    assert edges.areas.is_valid.all()
    for limit, area in edges.areas.set_index("minutes").geometry.items():
        streets = edges.streets[edges.streets["minutes"] == limit].geometry.to_numpy()
        shapely.prepare(area)
        for share in (0.0, 0.3, 0.7, 1.0):
            places = shapely.line_interpolate_point(streets, share, normalized=True)
            assert shapely.dwithin(area, places, 1e-6).all()
