"""Levels derived from other layers."""

from __future__ import annotations

import geopandas as gpd
from shapely.geometry import LineString, box

from carbonspace.model.plan import Settings
from carbonspace.prepare.hierarchy import derived

CRS = "EPSG:4547"
X, Y = 500_000.0, 4_000_000.0


def units(*east: tuple[float, float]) -> gpd.GeoDataFrame:
    shapes = [box(X + west, Y, X + end, Y + 1000) for west, end in east]
    return gpd.GeoDataFrame(geometry=shapes, crs=CRS)


def blocks(*east: tuple[float, float]) -> list[float]:
    street = LineString([(X - 10, Y + 400), (X + 2010, Y + 400)])
    roads = gpd.GeoDataFrame({"road_class": ["local"]}, geometry=[street], crs=CRS)
    layers, _ = derived({"units": units(*east), "roads": roads}, Settings(blocks_from="roads"))
    return sorted(layers["blocks"].area.round())


def test_a_hairline_between_units_does_not_part_a_block() -> None:
    assert blocks((0, 1000), (1000, 2000)) == [800_000, 1_200_000]
    assert blocks((0, 1000), (1000.001, 2000)) == [800_000, 1_200_000]


def test_a_real_gap_does() -> None:
    assert len(blocks((0, 1000), (1010, 2000))) == 4
