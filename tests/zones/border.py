"""A small plan drawn by hand on both sides of 115.5° E, each layer in a CRS of its own."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text

WEST, EAST = "EPSG:4547", "EPSG:4548"
BORDER, SOUTH = 115.5, 36.0
WIDE, HIGH = 0.012, 0.009
"""Of a unit, degrees: 1.08 km by 1.00 km."""
COLUMNS, ROWS = 4, 2
METRE = 1 / 111_000
STORED = {"units": "EPSG:4490", "parcels": WEST, "buildings": EAST, "roads": "EPSG:4490",
          "parks": EAST, "transit_stops": WEST}  # fmt: skip


def _layer(shapes: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490")


def town(shift: float = 0.0) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers: two columns of units west of the border and two east of it.

    The park lies in the first unit east of it, 200 m away from it. With a `shift` all of it lies
    so many degrees farther east.
    """
    column, row = (one.ravel() for one in np.meshgrid(range(COLUMNS), range(ROWS)))
    x = BORDER + shift + (column - COLUMNS // 2) * WIDE
    y = SOUTH + row * HIGH
    names = [f"{'WWEE'[c]}{c}{r}" for c, r in zip(column, row, strict=True)]
    units = _layer(shapely.box(x, y, x + WIDE, y + HIGH), unit_id=names,
                   district=["north" if r else "south" for r in row])  # fmt: skip
    third, half = WIDE / 3, HIGH / 2
    at_x, at_y = (one.ravel() for one in np.meshgrid(np.arange(12), np.arange(4)))
    left, low = x[0] + at_x * third, SOUTH + at_y * half
    land = shapely.box(left, low, left + third, low + half)
    parcels = _layer(land, parcel_id=[f"p{n}" for n in range(len(land))],
                     land_use=np.resize(["0701", "0901", "0701", "1207", "0701"], len(land)),
                     population=np.resize([120.0, 0, 400, 0, 75], len(land)))  # fmt: skip
    low_left = shapely.bounds(land)[:, :2] + 60 * METRE
    floors = np.resize([6.0, 11, 3, 18], len(land))
    buildings = _layer(shapely.box(*low_left.T, *(low_left + 50 * METRE).T),
                       building_id=[f"b{n}" for n in range(len(land))], floors=floors,
                       height=3 * floors, use="0701")  # fmt: skip
    ends = x[0] - 0.001, x[0] + COLUMNS * WIDE + 0.001
    lines = [shapely.LineString([(ends[0], SOUTH + part * HIGH), (ends[1], SOUTH + part * HIGH)])
             for part in (0.0, 0.4, 1.1, 1.6, 2.0)]  # fmt: skip
    lines += [shapely.LineString([(x[0] + part * WIDE, SOUTH - 0.001),
                                  (x[0] + part * WIDE, SOUTH + ROWS * HIGH + 0.001)])
              for part in (0.0, 0.6, 1.3, 2.0, 2.5, 3.2, 4.0)]  # fmt: skip
    cut = shapely.get_parts(shapely.node(shapely.union_all(lines)))
    roads = _layer(cut, road_id=[f"r{n}" for n in range(len(cut))],
                   road_class=np.resize(["arterial", "local", "secondary"], len(cut)))  # fmt: skip
    corner = BORDER + shift + 200 * METRE / np.cos(np.radians(SOUTH)), SOUTH + 0.003
    park = shapely.box(*corner, corner[0] + 0.002, corner[1] + 0.002)
    parks = _layer([park], park_id=["k1"])
    stops = _layer(shapely.points(x + WIDE / 3, y + HIGH / 4),
                   stop_id=[f"s{n}" for n in range(len(x))], mode="bus")  # fmt: skip
    return {"units": units, "parcels": parcels, "buildings": buildings, "roads": roads,
            "parks": parks, "transit_stops": stops}  # fmt: skip


def plan_of(
    layers: dict[str, gpd.GeoDataFrame], *, zones: tuple[str, ...] = (WEST, EAST),
    crs: str | None = None, blocks: bool = True,
) -> Plan:  # fmt: skip
    """Return a plan of layers, each in the CRS that it is stored in."""
    stored = {key: layer.to_crs(STORED[key]) for key, layer in layers.items()}
    settings = Settings(crs=crs, zones=zones, blocks_from="roads" if blocks else None)
    return Plan(Text("边界", "Border"), stored, settings)


def written(folder: Path, layers: dict[str, gpd.GeoDataFrame], head: str) -> Path:
    """Write layers and a plan.toml that names them."""
    tables = ""
    for key, layer in layers.items():
        layer.to_crs(STORED[key]).to_file(folder / f"{key}.gpkg", layer=key)
        tables += f'[layers.{key}]\nsource = "{key}.gpkg"\n'
    path = folder / "plan.toml"
    path.write_text(f'format = 1\nname = "Border"\n{head}\n{tables}', "utf-8")
    return path
