"""Seeded irregular cities of three sizes, written as GeoPackage and plan.toml.

`python -m tests.benchmarks.city M build/bench/M` writes one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from tests.benchmarks.canopy import write_canopy
from tests.benchmarks.land import (
    Land,
    building_table,
    footprints,
    land_of,
    nested,
    parcel_table,
    polygons,
    stands,
)
from tests.benchmarks.net import SIZES, Floats, Geometries, Integers, Net, Size, made_net
from tests.benchmarks.streets import corridor_layer, inset_of, road_layer, streets_of

CRS = "EPSG:4547"
LAYERS = ("units", "parcels", "buildings", "roads", "bike_corridors", "transit_stops", "parks",
          "car_parks", "facilities")  # fmt: skip
_AT_ONCE = 250_000
_TOML = """format = 1
name = {{ zh = "基准城市 {size}", en = "Benchmark city {size}" }}
crs = "{crs}"
profiles = []

[derive]
blocks = "roads"
"""
_LAYER = """
[layers.{layer}]
source = "city.gpkg"
layer = "{layer}"
"""


def made_city(size: str, folder: Path, *, seed: int = 1) -> Path:
    """Write the city of a size into a folder and return the path of its plan.toml.

    The layers are the same for the same seed, and so is the raster of crowns beside them, which
    the plan does not name. What is there already is written again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "city.gpkg"
    aside = folder / f"city.{os.getpid()}.gpkg"
    aside.unlink(missing_ok=True)
    _write_layers(SIZES[size], seed, aside)
    aside.replace(target)
    box = pyogrio.read_info(target, layer="units", force_total_bounds=True)["total_bounds"]
    write_canopy(folder / "canopy.tif", box, CRS, seed)
    text = _TOML.format(size=size, crs=CRS) + "".join(_LAYER.format(layer=key) for key in LAYERS)
    plan = folder / "plan.toml"
    plan.write_text(text, encoding="utf-8")
    return plan


def _write_layers(size: Size, seed: int, path: Path) -> None:
    net = made_net(size, seed)

    def draw(part: int) -> np.random.Generator:
        return np.random.default_rng([seed, part])

    streets = streets_of(net, draw(2))
    _write(path, "units", _units(net, size.units, draw(3)))
    _write(path, "roads", _frame(*road_layer(net, streets, draw(4))))
    corridors = corridor_layer(net, streets, size.corridors, draw(5))
    _write(path, "bike_corridors", _frame(*corridors))
    _write(path, "transit_stops", _stops(net, size.stops, draw(6)))
    land = land_of(net, inset_of(streets), draw(7))
    use = _write_parcels(path, net, land, size, seed)
    car_parks, facilities = _parking(land, size, draw(9))
    _write(path, "car_parks", car_parks)
    _write(path, "facilities", facilities)
    _write_buildings(path, land, use, size.buildings, draw(10))


def _write(path: Path, layer: str, frame: gpd.GeoDataFrame, *, append: bool = False) -> None:
    pyogrio.write_dataframe(frame, path, layer=layer, append=append, use_arrow=True,
                            promote_to_multi=False)  # fmt: skip


def _frame(table: pd.DataFrame, geometry: Geometries) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(geometry, crs=CRS))


def _units(net: Net, count: int, draw: np.random.Generator) -> gpd.GeoDataFrame:
    """Return units that tile the city along its ridges; one has a shell within a shell."""
    a, b = net.sides(net.unit)
    faces = shapely.get_parts(shapely.polygonize(net.lines(a != b)))
    face, cell = shapely.STRtree(shapely.points(net.seeds)).query(faces, predicate="contains")
    owner = np.full(len(faces), -1)
    owner[face] = net.unit[cell]
    parts = [faces[owner == number] for number in range(count)]
    shapes = [p[0] if len(p) == 1 else shapely.multipolygons(p) for p in parts]
    shapes[count // 2] = nested(shapes[count // 2])
    kinds = draw.choice(["centre", "homes", "industry"], count)
    table = {"unit_id": [f"U{n:04d}" for n in range(count)], "unit_type": kinds.astype(object)}
    return _frame(pd.DataFrame(table), np.array(shapes, dtype=object))


def _write_parcels(path: Path, net: Net, land: Land, size: Size, seed: int) -> pd.Series:
    """Write the parcels, 2 in 1,000 twice, and the parks; return the land use of each parcel."""
    draw = np.random.default_rng([seed, 8])
    shapes = polygons(land, draw)
    parks = np.sort(draw.choice(len(shapes), size.parks, replace=False))
    table = parcel_table(net, shapely.area(shapes), parks, draw)
    again = np.flatnonzero(draw.random(len(shapes)) < 0.002)
    copies = table.iloc[again].assign(parcel_id=lambda t: t["parcel_id"] + "b")
    both = pd.concat([table, copies], ignore_index=True)
    _write(path, "parcels", _frame(both, np.concatenate([shapes, shapes[again]])))
    names = pd.DataFrame({"park_id": [f"G{n:05d}" for n in range(len(parks))], "land_use": "1401"})
    _write(path, "parks", _frame(names, shapes[parks]))
    return table["land_use"]


def _write_buildings(
    path: Path, land: Land, use: pd.Series, count: int, draw: np.random.Generator
) -> None:
    """Write the buildings, some at a time, so that memory stays bounded."""
    where = stands(land, use, count, draw)
    codes = use.to_numpy()[where.parcel]
    for start in range(0, len(where.parcel), _AT_ONCE):
        part = where.part(slice(start, start + _AT_ONCE))
        shapes = footprints(part, draw)
        table = building_table(codes[start : start + _AT_ONCE], shapely.area(shapes), start, draw)
        _write(path, "buildings", _frame(table, shapes), append=start > 0)


def _stops(net: Net, count: int, draw: np.random.Generator) -> gpd.GeoDataFrame:
    """Return stops beside ridges, more of them in the middle; one in 40 lies on a border."""
    middle = net.points[(net.first[:-1] + net.first[1:] - 1) // 2]
    weight = np.exp(-np.hypot(*(middle - middle.mean(axis=0)).T) / middle.std())
    rows = draw.choice(len(middle), count, replace=False, p=weight / weight.sum())
    places = np.round(middle[rows] + draw.normal(0, 8.0, (count, 2)), 2)
    a, b = net.sides(net.unit)
    border = draw.choice(np.flatnonzero(a != b), count // 40, replace=False)
    places[: len(border)] = middle[border]
    modes = np.array(["bus", "metro", "tram", "brt", "rail", "ferry"], dtype=object)
    table = {
        "stop_id": [f"S{n:05d}" for n in range(count)],
        "mode": draw.choice(modes, count, p=[0.88, 0.05, 0.02, 0.03, 0.01, 0.01]),
    }
    return _frame(pd.DataFrame(table), shapely.points(places))


def _parking(
    land: Land, size: Size, draw: np.random.Generator
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return car parks, some without numbers, and facilities of which half charge cars."""
    places = _near_seeds(land.seeds, size.car_parks, draw)
    half = draw.uniform(8, 35, (size.car_parks, 2))
    spaces = np.round(4 * half.prod(axis=1) / 30)
    charging = np.floor(spaces * draw.choice([0.0, 0.0, 0.1, 0.3], size.car_parks))
    unknown = draw.random((2, size.car_parks)) < 0.1
    car_parks = pd.DataFrame({
        "car_park_id": [f"C{n:05d}" for n in range(size.car_parks)],
        "spaces": np.where(unknown[0], np.nan, spaces),
        "charging_spaces": np.where(unknown[1], np.nan, charging),
    })  # fmt: skip
    boxes = shapely.box(*(places - half).T, *(places + half).T)
    chargers = _near_seeds(land.seeds, size.facilities, draw)
    inside: Integers = draw.choice(size.car_parks, size.facilities // 3, replace=False)
    chargers[: len(inside)] = places[inside]
    kinds = np.array(["charging", "post office"], dtype=object)[np.arange(size.facilities) % 2]
    facilities = pd.DataFrame({
        "facility_id": [f"F{n:05d}" for n in range(size.facilities)], "facility_type": kinds,
    })  # fmt: skip
    return _frame(car_parks, boxes), _frame(facilities, shapely.points(chargers))


def _near_seeds(seeds: Floats, count: int, draw: np.random.Generator) -> Floats:
    """Return places near the middles of different cells, to the centimetre."""
    rows = draw.choice(len(seeds), count, replace=False)
    return np.round(seeds[rows] + draw.normal(0, 12.0, (count, 2)), 2)


if __name__ == "__main__":
    made_city(sys.argv[1], Path(sys.argv[2]))
