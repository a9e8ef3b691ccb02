"""Two units, a few features: what an edit moves can be told in the head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import shapely

from carbonspace import Plan
from carbonspace.model.plan import Settings
from carbonspace.model.text import Text

CRS = "EPSG:4547"
X, Y = 500_000.0, 4_000_000.0
Layers = Mapping[str, gpd.GeoDataFrame]
ASKED = ("road_density", "park_coverage", "main_use_floor_share")


def box(x: float, y: float, width: float, height: float) -> shapely.Polygon:
    """Return a rectangle by its south-west corner, metres from that of the plan."""
    return shapely.box(X + x, Y + y, X + x + width, Y + y + height)


def line(*points: tuple[float, float]) -> shapely.LineString:
    """Return a line through points, metres from the corner of the plan."""
    return shapely.LineString([(X + x, Y + y) for x, y in points])


def layer(geometry: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    """Return a raw layer."""
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)


def small() -> Plan:
    """Return two units of a square kilometre; in the west homes and parks, in the east roads.

    Home `h1` lies within 150 m of both parks, `h2` of neither; each has a hectare. In the east are
    1 km and 0.5 km of road. `o` is an office, `b1` on `h1` and `b2` on
    `o` are homes of 100 m², of three floors and of one.
    """
    layers = {
        "units": layer([box(0, 0, 1000, 1000), box(1000, 0, 1000, 1000)], unit_id=["W", "E"],
                       name=["西", "东"]),
        "parcels": layer([box(100, 100, 100, 100), box(100, 800, 100, 100), box(500, 500, 100, 100),
                          box(1500, 600, 100, 100)],
                         parcel_id=["h1", "h2", "o", "e"],
                         land_use=["0701", "0701", "0901", "0701"]),
        "parks": layer([box(220, 100, 60, 60), box(100, 220, 60, 60)], park_id=["P1", "P2"]),
        "roads": layer([line((1000, 100), (2000, 100)), line((1500, 300), (2000, 300))],
                       road_id=["r1", "r2"], road_class=["local", "local"]),
        "buildings": layer([box(110, 110, 10, 10), box(510, 510, 10, 10)],
                           building_id=["b1", "b2"], floors=[3.0, 1.0], use=["0701", "0701"]),
    }  # fmt: skip
    return Plan(Text("小镇", "Town"), layers, Settings(crs=CRS), indicators=ASKED, profiles=(),
                parameters={"park_coverage": {"radius": 150.0, "min_area": 0.0}})  # fmt: skip


def with_layer(plan: Plan, key: str, changed: gpd.GeoDataFrame) -> Plan:
    """Return a plan with one layer in place of its own."""
    return replace(plan, layers={**plan.layers, key: changed})


def without(plan: Plan, key: str, *ids: str) -> Plan:
    """Return a plan without some features of a layer."""
    rows = plan.layers[key]
    name = next(name for name in rows.columns if name.endswith("_id"))
    return with_layer(plan, key, rows[~rows[name].isin(ids)])


def with_values(plan: Plan, key: str, feature: str, **values: Any) -> Plan:
    """Return a plan with other values of one feature."""
    rows = plan.layers[key].copy()
    name = next(name for name in rows.columns if name.endswith("_id"))
    at = rows.index[rows[name] == feature][0]
    for column, value in values.items():
        rows.at[at, column] = value
    return with_layer(plan, key, rows)
