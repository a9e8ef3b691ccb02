"""A town in partitions whose parcels, zones, blocks and faults lie across the borders of units."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from carbonspace import Assessment
from carbonspace.partition import partition

CRS = "EPSG:4547"
WEST, SOUTH, SIDE = 500_000.0, 4_000_000.0, 600.0
COLUMNS, ROWS = 6, 3

HEAD = 'format = 1\nname = "Town"\ncrs = "EPSG:4547"\nprofiles = []\n[derive]\nblocks = "roads"\n'


def _frame(shapes: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def _places(draw: np.random.Generator, count: int, width: float, height: float) -> np.ndarray:
    return np.column_stack((WEST + draw.uniform(0, width, count),
                            SOUTH + draw.uniform(0, height, count)))  # fmt: skip


def town() -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of the town; the parcels have no ids, two of them overlap."""
    draw = np.random.default_rng(11)
    width, height = COLUMNS * SIDE, ROWS * SIDE
    column, row = (one.ravel() for one in np.meshgrid(range(COLUMNS), range(ROWS)))
    x, y = WEST + column * SIDE, SOUTH + row * SIDE
    units = _frame(shapely.box(x, y, x + SIDE, y + SIDE),
                   unit_id=[f"u{n}" for n in range(len(x))])  # fmt: skip
    at_x, at_y = (one.ravel() for one in np.meshgrid(np.arange(0, width, 90.0),
                                                      np.arange(0, height, 75.0)))  # fmt: skip
    use = draw.choice(["0701", "0901", "1401", "1207"], len(at_x))
    land = shapely.box(WEST + at_x, SOUTH + at_y, WEST + at_x + 88, SOUTH + at_y + 74)
    land[5] = shapely.box(*shapely.bounds(land[5]) + np.array([0, 0, 6, 0]))
    parcels = _frame(land, land_use=use)
    low = shapely.bounds(land)[:, :2] + 15
    floors = draw.integers(1, 12, len(land))
    buildings = _frame(shapely.box(*low.T, *(low + 30).T),
                       building_id=[f"b{n}" for n in range(len(land))],
                       floors=floors.astype(float), height=3.0 * floors, use="0701")  # fmt: skip
    lines = [shapely.LineString([(WEST - 50, SOUTH + s), (WEST + width + 50, SOUTH + s)])
             for s in np.arange(37.0, height, 190)]  # fmt: skip
    lines += [shapely.LineString([(WEST + s, SOUTH - 50), (WEST + s, SOUTH + height + 50)])
              for s in np.arange(61.0, width, 230)]  # fmt: skip
    cut = shapely.get_parts(shapely.node(shapely.union_all(lines)))
    roads = _frame(cut, road_id=[f"r{n}" for n in range(len(cut))],
                   road_class=draw.choice(["arterial", "local"], len(cut)))  # fmt: skip
    place = _places(draw, 9, width / 2, height)
    parks = _frame(shapely.box(*place.T, *(place + 120).T), park_id=[f"p{n}" for n in range(9)])
    zone = np.arange(0, width, 500.0)
    ends = np.minimum(zone + 500, width)
    census = _frame(shapely.box(WEST + zone, SOUTH, WEST + ends, SOUTH + height),
                    zone_id=[f"z{n}" for n in range(len(zone))],
                    population=draw.integers(500, 9000, len(zone)).astype(float))  # fmt: skip
    stops = _frame(
        shapely.points(_places(draw, 25, width, height)),
        stop_id=[f"s{n}" for n in range(25)],
        mode="bus",
    )
    ways = _frame(cut[::3], corridor_id=[f"c{n}" for n in range(len(cut[::3]))], corridor_class="1")
    return {"units": units, "parcels": parcels, "buildings": buildings, "roads": roads,
            "parks": parks, "census": census, "transit_stops": stops,
            "bike_corridors": ways}  # fmt: skip


def partitioned(folder: Path, layers: dict[str, gpd.GeoDataFrame], features: int = 100) -> Path:
    """Write layers as a plan in partitions and return its plan.toml."""
    tables = ""
    for key, layer in layers.items():
        layer.to_file(folder / "plan.gpkg", layer=key)
        tables += f'[layers.{key}]\nsource = "plan.gpkg"\nlayer = "{key}"\n'
    (folder / "plan.toml").write_text(HEAD + tables, "utf-8")
    return partition(folder / "plan.toml", folder / "parts", features=features).plan


@pytest.fixture(scope="module")
def one() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the plan.toml of the town in partitions."""
    return partitioned(tmp_path_factory.mktemp("town"), town())


RULES = ["pku", "bayannur", "lianyungang"]


def bits(found: Assessment) -> pd.DataFrame:
    """Return the tall table, floats as their very bits."""
    table = found.table.copy()
    for name in ("numerator", "denominator", "value", "margin"):
        table[name] = [float(one).hex() for one in table[name]]
    return table.astype(object).where(table.notna(), None)
