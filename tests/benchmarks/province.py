"""A seeded province of any size, drawn cell by cell and written as partitions as it is drawn.

`python -m tests.benchmarks.province 1000000 build/bench/province` writes one of about so many
parcels and says what it took. Each cell has a seed of its own, so it can be drawn alone; streets
and units go on across cells.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from math import ceil, sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from tests.benchmarks.land import (
    Land,
    building_table,
    footprints,
    land_of,
    parcel_table,
    polygons,
    stands,
)
from tests.benchmarks.lattice import Grid, Piece, piece_of
from tests.benchmarks.net import Geometries, Integers
from tests.benchmarks.streets import inset_of, road_layer

from carbonspace.folder import aside_of, clear, place_of, swap
from carbonspace.partition import LayerFolder, Shape, sorted_rows, with_boxes

CRS = "EPSG:4547"
COUNTY = 6
"""Cells along the side of a county: 36 of 9,216 parcels are a third of a million."""
_FILE = 9_000
"""So many features of a county make a file, where a cell has fewer."""
_PARKS, _CAR_PARKS, _FACILITIES, _STOPS, _CORRIDORS = 0.013, 0.02, 0.015, 0.02, 0.02
"""How many there are for each parcel."""
_BUILDINGS = 1.0

_TOML = f"""format = 1
name = {{ zh = "基准省域", en = "Benchmark province" }}
crs = "{CRS}"
profiles = []

[derive]
blocks = "roads"
"""

Cell = tuple[int, int]
Layers = dict[str, tuple[pd.DataFrame, Geometries]]


class Province(NamedTuple):
    """Cells in rows and columns; the last row may end early."""

    cells: int
    grid: Grid = Grid()
    seed: int = 1

    @property
    def columns(self) -> int:
        """How many cells a row has."""
        return ceil(sqrt(self.cells))

    def has(self, cell: Cell) -> bool:
        """Return whether there is such a cell."""
        column, row = cell
        is_within = 0 <= column < self.columns and row >= 0
        return is_within and row * self.columns + column < self.cells

    def counties(self) -> Iterator[list[Cell]]:
        """Yield the cells of each county."""
        rows = ceil(self.cells / self.columns)
        for south in range(0, rows, COUNTY):
            for west in range(0, self.columns, COUNTY):
                within = [(west + x, south + y) for y in range(COUNTY) for x in range(COUNTY)]
                if found := [cell for cell in within if self.has(cell)]:
                    yield found


def province_of(parcels: int, seed: int = 1) -> Province:
    """Return a province with at least so many parcels."""
    return Province(ceil(parcels / Grid().cell ** 2), seed=seed)


def made_province(province: Province, folder: Path) -> Path:
    """Write a province into a folder and return the path of its plan.toml.

    What is there already is replaced at the end. No more than a county of its smaller layers, and
    a cell of the others, is in memory.
    """
    target = place_of(folder)
    aside = aside_of(target)
    try:
        aside.mkdir(parents=True)
        writers = dict[str, _Writer]()
        for county in province.counties():
            for cell in county:
                for key, layer in layers_of(province, cell).items():
                    writers.setdefault(key, _Writer(aside / key)).add(*layer)
            for writer in writers.values():
                writer.flush()
        for writer in writers.values():
            writer.close()
        named = "".join(f'\n[layers.{key}]\nsource = "{key}"\n' for key in writers)
        (aside / "plan.toml").write_text(_TOML + named, "utf-8")
        swap(aside, target)
    finally:
        clear(aside, target)
    return target / "plan.toml"


class _Writer:
    """A layer that is written cell by cell; small parts wait until there is enough for a file."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._rows = folder, 0
        self._held: list[pa.Table] = []
        self._files: LayerFolder | None = None
        self._shape = Shape(pa.schema([]), "geometry", CRS)

    def add(self, table: pd.DataFrame, geometry: Geometries) -> None:
        fields = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata()
        wkb = pa.array(shapely.to_wkb(geometry), pa.binary())
        whole = fields.append_column(self._shape.geometry, wkb)
        if self._files is None:
            self._shape = Shape(whole.schema, "geometry", CRS)
            self._files = LayerFolder(self._folder, self._shape)
        rows = np.arange(self._rows, self._rows + len(whole))
        self._held.append(with_boxes(whole, rows, self._shape))
        self._rows += len(whole)
        if sum(map(len, self._held)) >= _FILE:
            self.flush()

    def flush(self) -> None:
        if self._held and self._files is not None:
            self._files.add(sorted_rows(pa.concat_tables(self._held), self._shape))
        self._held = []

    def close(self) -> None:
        if self._files is not None:
            self._files.close()


def layers_of(province: Province, cell: Cell) -> Layers:
    """Return the layers of a cell, which hang on nothing but its place and the seed."""
    column, row = cell
    rim = (not province.has((column + 1, row)), not province.has((column, row + 1)))
    piece = piece_of(cell, province.grid, province.seed, rim)

    def draw(part: int) -> np.random.Generator:
        return np.random.default_rng([province.seed, column, row, part])

    label = f"{column:03}{row:03}"
    land = land_of(piece.net, inset_of(piece.streets), draw(1))
    layers = {"units": _units(piece, cell, label, draw(2)),
              **_parcels(piece, land, label, draw(3)), **_roads(piece, label, draw(5)),
              **_points(piece, land, label, draw(6))}  # fmt: skip
    use = layers["parcels"][0]["land_use"]
    where = stands(land, use, round(_BUILDINGS * len(use)), draw(4))
    shapes = footprints(where, draw(7))
    table = building_table(use.to_numpy()[where.parcel], shapely.area(shapes), 0, draw(8))
    layers["buildings"] = _labelled(table, label), shapes
    return layers


def _labelled(table: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return a table whose first column, ids of a letter and a number, is of one cell."""
    ids = table.columns[0]
    return table.assign(**{ids: table[ids].str[0] + label + table[ids].str[1:]})


def _ids(letter: str, label: str, count: int) -> list[str]:
    return [f"{letter}{label}{n:05}" for n in range(count)]


def _units(
    piece: Piece, cell: Cell, label: str, draw: np.random.Generator
) -> tuple[pd.DataFrame, Geometries]:
    """Return units that tile the cell along its ridges."""
    a, b = piece.net.sides(piece.net.unit)
    faces = shapely.get_parts(shapely.polygonize(piece.net.lines(a != b)))
    face, parcel = shapely.STRtree(shapely.points(piece.net.seeds)).query(
        faces, predicate="contains")  # fmt: skip
    owner = np.full(len(faces), -1)
    owner[face] = piece.net.unit[parcel]
    shapes: Geometries = faces[np.argsort(owner)]
    return pd.DataFrame({
        "unit_id": _ids("U", label, len(shapes)),
        "unit_type": draw.choice(np.array(["centre", "homes", "industry"], object), len(shapes)),
        "district": f"county {cell[0] // COUNTY:02}-{cell[1] // COUNTY:02}",
    }), shapes  # fmt: skip


def _parcels(piece: Piece, land: Land, label: str, draw: np.random.Generator) -> Layers:
    shapes = polygons(land, draw)
    parks = np.sort(draw.choice(len(shapes), ceil(_PARKS * len(shapes)), replace=False))
    table = parcel_table(piece.net, shapely.area(shapes), parks, draw)
    green = pd.DataFrame({"park_id": _ids("G", label, len(parks)), "land_use": "1401"})
    return {"parcels": (_labelled(table, label), shapes), "parks": (green, shapes[parks])}


def _roads(piece: Piece, label: str, draw: np.random.Generator) -> Layers:
    """Return the streets that are the cell's own, and bicycle corridors along the larger ones."""
    kind = np.where(piece.own, piece.streets.kind, 7)
    table, lines = road_layer(piece.net, piece.streets._replace(kind=kind), draw)
    large = np.flatnonzero(kind < 2)
    count = min(ceil(_CORRIDORS * len(piece.net.seeds)), len(large))
    chosen: Integers = np.sort(draw.choice(large, count, replace=False))
    corridors = pd.DataFrame({
        "corridor_id": _ids("K", label, count),
        "corridor_class": draw.choice(np.array(["1", "2", "3"], object), count),
    })  # fmt: skip
    return {"roads": (_labelled(table, label), lines),
            "bike_corridors": (corridors, piece.net.lines(chosen))}  # fmt: skip


def _points(piece: Piece, land: Land, label: str, draw: np.random.Generator) -> Layers:
    """Return stops beside streets, car parks and facilities."""
    net, parcels = piece.net, len(land.seeds)
    stops, cars, goods = (ceil(one * parcels) for one in (_STOPS, _CAR_PARKS, _FACILITIES))
    street = draw.choice(np.flatnonzero(piece.own & (piece.streets.kind < 4)), stops)
    places = np.round(net.points[net.first[street] + 1] + draw.normal(0, 8, (stops, 2)), 2)
    modes = np.array(["bus", "metro", "tram"], object)
    half = draw.uniform(8, 20, (cars, 2))
    middle = np.round(land.seeds[draw.choice(parcels, cars)] + draw.normal(0, 9, (cars, 2)), 2)
    spaces = np.round(4 * half.prod(axis=1) / 30)
    near = np.round(land.seeds[draw.choice(parcels, goods)] + draw.normal(0, 9, (goods, 2)), 2)
    return {
        "transit_stops": (pd.DataFrame({
            "stop_id": _ids("S", label, stops),
            "mode": draw.choice(modes, stops, p=[0.9, 0.06, 0.04]),
        }), shapely.points(places)),
        "car_parks": (pd.DataFrame({
            "car_park_id": _ids("C", label, cars), "spaces": spaces,
            "charging_spaces": np.floor(spaces * draw.choice([0.0, 0.1, 0.3], cars)),
        }), shapely.box(*(middle - half).T, *(middle + half).T)),
        "facilities": (pd.DataFrame({
            "facility_id": _ids("F", label, goods),
            "facility_type": np.array(["charging", "post office"], object)[np.arange(goods) % 2],
        }), shapely.points(near)),
    }  # fmt: skip


def _measured(parcels: int, folder: Path) -> dict[str, object]:
    """Return what a province of so many parcels takes: seconds, memory, disk."""
    began, worked = time.perf_counter(), time.process_time()
    made_province(province_of(parcels), folder)
    layers = {path.parent.name: json.loads(path.read_text("utf-8"))
              for path in sorted(folder.glob("*/index.json"))}  # fmt: skip
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_s": round(time.process_time() - worked, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "layers": {key: {"features": one["rows"], "files": len(one["parts"]),
                         "mb": round(sum(p["bytes"] for p in one["parts"]) / 1e6, 1)}
                   for key, one in layers.items()},
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measured(int(sys.argv[1]), Path(sys.argv[2])), indent=1) + "\n")
