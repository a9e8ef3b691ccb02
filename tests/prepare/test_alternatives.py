"""The plan as it might as well be."""

from __future__ import annotations

import geopandas as gpd
from shapely.geometry import LineString, box

from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.prepare.alternatives import alternatives

CRS = "EPSG:4547"
X, Y = 500_000.0, 4_000_000.0


def town(settings: Settings) -> Plan:
    """A square of 900 m between streets, and one more street that ends 0.3 m short of another.

    As drawn there are two blocks beside the street of x = 300; with the end of the street of
    y = 500 moved onto it, three.
    """
    unit = gpd.GeoDataFrame({"unit_id": ["U"]}, geometry=[box(X, Y, X + 900, Y + 900)], crs=CRS)
    ends = [(300.0, 0.0, 300.0, 900.0), (0.0, 500.0, 299.7, 500.0)]
    streets = [LineString([(X + a, Y + b), (X + c, Y + d)]) for a, b, c, d in ends]
    roads = gpd.GeoDataFrame(
        {"road_id": ["a", "b"], "road_class": ["local"] * 2}, geometry=streets, crs=CRS
    )
    return Plan(Text("镇", "Town"), {"units": unit, "roads": roads}, settings)


def test_blocks_between_roads_keep_their_names_where_one_more_is_found() -> None:
    raw = town(Settings(crs=CRS, blocks_from="roads"))
    prepared = prepare(raw)
    drawn = prepared.layers["blocks"]
    assert sorted(drawn.area.round()) == [270_000, 540_000]
    east = drawn.index[drawn.area > 300_000]
    (other,) = [one for one in alternatives(raw, prepared) if "roads" in one.changed]
    blocks = other.plan.layers["blocks"]
    assert sorted(blocks.area.round()) == [120_000, 150_000, 540_000]
    assert blocks.index.is_unique
    assert blocks.area[east].round().tolist() == [540_000]
    west = drawn.index[drawn.area < 300_000]
    assert len(blocks.index.intersection(west)) <= 1
