"""Draw the golden plan 黄金样例: the design tables as `plan.gpkg`. Run it to draw the plan anew.

The drawing holds no chance: the order of every table and every coordinate follow from `design.py`.
The date in the file is fixed, so that the same libraries write the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import design as d
import families
import geopandas as gpd
import pandas as pd
import pyogrio
import service as v
import shapely
from buildings import BUILDINGS
from design import Rect
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

HERE = Path(__file__).parent
DAYS = ("workday", "saturday", "sunday")
DATE = "2024-01-01T00:00:00Z"


def area(rect: Rect) -> BaseGeometry:
    """Return a rectangle as a polygon."""
    return shapely.box(*rect)


def frame(rows: Sequence[dict[str, object]], shapes: Sequence[BaseGeometry]) -> gpd.GeoDataFrame:
    """Return one layer, moved to its place."""
    moved = [translate(shape, *d.ORIGIN) for shape in shapes]
    return gpd.GeoDataFrame(list(rows), geometry=moved, crs=d.CRS)


def areas() -> dict[str, gpd.GeoDataFrame]:
    """Return the city, its units, the blocks and the parcels, street land included."""
    units = [{"unit_id": u.unit_id, "name": u.name} for u in d.UNITS]
    blocks = [{"block_id": b.block_id} for b in d.BLOCKS]
    parcels = [p._asdict() for p in d.PARCELS]
    shapes = [area(p.rect) for p in d.PARCELS]
    land = shapely.union_all(shapes)
    for unit in d.UNITS:
        parcels.append(
            {
                "parcel_id": f"{unit.unit_id}-DL",
                "block_id": None,
                "unit_id": unit.unit_id,
                "land_use": "1207",
                "zone": None,
                "population": 0,
                "jobs": 0,
            }
        )
        shapes.append(shapely.difference(area(unit.rect), land))
    for row in parcels:
        row.pop("rect", None)
    whole = Rect(0, 0, d.COLUMNS * d.CELL, d.ROWS * d.CELL)
    return {
        "city": frame([{"city_id": "SD", "name": "黄金样例城区"}], [area(whole)]),
        "units": frame(units, [area(u.rect) for u in d.UNITS]),
        "blocks": frame(blocks, [area(b.rect) for b in d.BLOCKS]),
        "parcels": frame(parcels, shapes),
    }


def buildings() -> gpd.GeoDataFrame:
    rows = [b._asdict() for b in BUILDINGS]
    for row in rows:
        del row["rect"], row["parcel_id"]
    return frame(rows, [area(b.rect) for b in BUILDINGS])


WIDTHS = {"expressway": 60.0, "arterial": 40.0, "secondary": 30.0, "local": 18.0}


def roads() -> gpd.GeoDataFrame:
    rows, shapes = [], []
    for number, s in enumerate(d.STREETS, 1):
        rows.append(
            {
                "road_id": f"DL-{number:03d}",
                "name": s.name or None,
                "road_class": s.road_class,
                "width": WIDTHS.get(s.road_class),
                "oneway": bool(s.oneway),
                "slow_traffic": s.slow or s.road_class == "slow",
                "bus_lane": v.bus_lane(s),
                "bridge": s.bridge,
            }
        )
        run = (s.end, s.start) if s.oneway < 0 else (s.start, s.end)
        points = [(t, s.at) if s.axis == "ew" else (s.at, t) for t in run]
        shapes.append(shapely.LineString(points))
    return frame(rows, shapes)


def corridors() -> gpd.GeoDataFrame:
    rows = [
        {
            "corridor_id": f"LD-{i:02d}",
            "name": c.name,
            "corridor_class": c.corridor_class,
            "route": c.route,
        }
        for i, c in enumerate(d.CORRIDORS, 1)
    ]
    return frame(rows, [shapely.LineString(c.points) for c in d.CORRIDORS])


def stops() -> dict[str, gpd.GeoDataFrame]:
    """Return the stops, points and the two station grounds in one layer, and the lines."""
    rows: list[dict[str, object]] = [
        {"stop_id": s.place_id, "name": s.name, "mode": s.kind} for s in d.STOPS
    ]
    rows += [{"stop_id": i, "name": name, "mode": mode} for i, name, mode, _ in d.STATIONS]
    for row in rows:
        served = v.SERVICE[str(row["stop_id"])]
        row |= {f"departures_{day}": getattr(served, day) for day in DAYS}
        row |= {"peak_headway": served.headway, "is_tod": v.TOD.get(str(row["stop_id"]), False),
                "is_microcentre": row["stop_id"] in v.MICROCENTRES}  # fmt: skip
    shapes = [shapely.Point(s.x, s.y) for s in d.STOPS] + [area(s[3]) for s in d.STATIONS]
    lines = [{"line_id": one.line_id, "name": one.name, "mode": one.mode} for one in v.LINES]
    courses = [shapely.LineString(one.points) for one in v.LINES]
    return {"transit_stops": frame(rows, shapes), "transit_lines": frame(lines, courses)}


def amenities() -> dict[str, gpd.GeoDataFrame]:
    parks = [{"park_id": i, "name": name, "land_use": "1401"} for i, name, _ in d.PARKS]
    cars = [c._asdict() for c in d.CAR_PARKS]
    for row in cars:
        row["park_and_ride"] = (row.pop("x"), row.pop("y")) in v.PARK_AND_RIDE
    facilities = [
        {"facility_id": f.place_id, "name": f.name, "facility_type": f.kind} for f in d.FACILITIES
    ]
    doors = [
        {"entrance_id": e.place_id, "name": e.name, "entrance_to": e.kind} for e in d.ENTRANCES
    ]
    return {
        "parks": frame(parks, [area(rect) for _, _, rect in d.PARKS]),
        "car_parks": frame(cars, [shapely.Point(c.x, c.y) for c in d.CAR_PARKS]),
        "facilities": frame(facilities, [shapely.Point(f.x, f.y) for f in d.FACILITIES]),
        "entrances": frame(doors, [shapely.Point(e.x, e.y) for e in d.ENTRANCES]),
    }


def layers() -> dict[str, gpd.GeoDataFrame]:
    """Return every layer of the plan."""
    drawn = {
        **areas(),
        "buildings": buildings(),
        "roads": roads(),
        "bike_corridors": corridors(),
        **stops(),
        **amenities(),
    }
    for name, facts in families.columns():
        layer = drawn[name]
        more = pd.DataFrame([facts(str(key)) for key in layer.iloc[:, 0]])
        drawn[name] = layer.assign(**more)
    for name, features in families.features():
        further = frame([facts for facts, _ in features], [shape(one) for _, one in features])
        drawn[name] = pd.concat([drawn[name], further]) if name in drawn else further
    return drawn


def shape(one: families.Shape) -> BaseGeometry:
    """Return a rectangle as a polygon, a pair of numbers as a point, pairs of them as a line."""
    if isinstance(one, Rect):
        return area(one)
    return shapely.LineString(one) if isinstance(one[0], Sequence) else shapely.Point(one)


def draw(path: Path) -> Path:
    """Write the plan to `path`, replacing what is there, and return it."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": DATE})
    try:
        for name, layer in layers().items():
            kinds = layer.geometry.geom_type.unique()
            kind = kinds[0] if len(kinds) == 1 else "Unknown"
            pyogrio.write_dataframe(
                layer,
                path,
                layer=name,
                driver="GPKG",
                geometry_type=kind,
                append=path.exists(),
                promote_to_multi=False,
                dataset_options={"VERSION": "1.2"},
                layer_options={"GEOMETRY_NAME": "geom"},
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return path


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "plan.gpkg")
