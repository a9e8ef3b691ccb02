"""A town on foot whose every way is a sum: a chessboard of streets, a dead end, a stop, a park."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from shapely.geometry import LineString, Point, box
from shapely.geometry.base import BaseGeometry

from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text

CRS = "EPSG:4547"
X, Y = 500_000.0, 4_000_000.0
STOP = (500.0, 500.0)
TOML = """
format = 1
name = {{ zh = "步行试验", en = "On foot" }}
crs = "EPSG:4547"
{more}
"""
LAYER = '[layers.{0}]\nsource = "plan.gpkg"\nlayer = "{0}"\n'


def _frame(shapes: list[BaseGeometry], name: str, **columns: Any) -> gpd.GeoDataFrame:
    ids = {name: [f"{name[0].upper()}{n}" for n in range(len(shapes))]}
    there = gpd.GeoSeries(shapes, crs=CRS).translate(X, Y)
    return gpd.GeoDataFrame({**ids, **columns}, geometry=there)


def layers() -> dict[str, gpd.GeoDataFrame]:
    """Return the layers: 11 by 11 streets 100 m apart, the stop where two of them cross.

    From (1300, 60), a dead end, a street leads to (1300, 400); it is 40 m above a spur of the
    chessboard along y = 20 that ends at (1400, 20). The far home lies along it alone.
    """
    ticks = np.arange(11) * 100.0
    streets = [LineString([(0, t), (1000, t)]) for t in ticks]
    streets += [LineString([(t, 0), (t, 1000)]) for t in ticks]
    streets += [LineString([(1000, 20), (1400, 20)]), LineString([(1300, 60), (1300, 400)])]
    people = {"population": [100.0, 200.0], "jobs": [10.0, 20.0]}
    homes = [box(710, 110, 790, 190), box(1310, 110, 1390, 190)]
    return {
        "units": _frame([box(-50, -50, 1500, 1050)], "unit_id"),
        "parcels": _frame(homes, "parcel_id", land_use=["0701"] * 2, **people),
        "parks": _frame([box(410, 410, 490, 490)], "park_id"),
        "transit_stops": _frame([Point(*STOP)], "stop_id", mode=["bus"]),
        "facilities": _frame([Point(0, 0)], "facility_id", facility_type=["clinic"]),
        "roads": _frame(list(streets), "road_id", road_class=["local"] * len(streets)),
    }  # fmt: skip


def plan() -> Plan:
    """Return the town as a plan."""
    return Plan(Text("步行试验", "On foot"), layers(), Settings(crs=CRS))


def written(folder: Path, *, more: str = "", without: str = "") -> Path:
    """Write the town as a plan.toml and a GeoPackage, and return the former."""
    there = {name: layer for name, layer in layers().items() if name != without}
    for name, layer in there.items():
        layer.to_file(folder / "plan.gpkg", layer=name)
    path = folder / "plan.toml"
    tables = "".join(LAYER.format(name) for name in there)
    path.write_text(TOML.format(more=more) + tables, encoding="utf-8")
    return path
