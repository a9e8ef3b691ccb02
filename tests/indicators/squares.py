"""Plans that can be solved in the head: square units, straight roads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.model.measure import Measure

CRS = "EPSG:4547"
KM = 1000.0


def square(x: float, y: float, side: float = KM) -> shapely.Polygon:
    """Return a square by its lower left corner."""
    return shapely.box(x, y, x + side, y + side)


def square_units(columns: int = 1, rows: int = 1, *, side: float = KM) -> gpd.GeoDataFrame:
    """Return a grid of square units u1, u2 … from the origin, row by row."""
    cells = [square(i * side, j * side, side) for j in range(rows) for i in range(columns)]
    return layer(cells, ids=[f"u{n + 1}" for n in range(len(cells))], id_name="unit_id")


def square_unit(side: float = KM) -> gpd.GeoDataFrame:
    """Return one square unit, u1, at the origin."""
    return square_units(side=side)


def layer(
    shapes: Sequence[Any], *, ids: Sequence[str] | None = None, id_name: str = "id", **columns: Any
) -> gpd.GeoDataFrame:
    """Return a layer with the given geometry and columns, indexed by id."""
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(list(shapes), crs=CRS), crs=CRS)
    frame.index = list(ids) if ids is not None else [f"{id_name}{n + 1}" for n in range(len(frame))]
    frame.index.name = id_name
    return frame


def line(*points: tuple[float, float]) -> shapely.LineString:
    """Return a line through points."""
    return shapely.LineString(points)


def values(measure: Measure) -> list[float]:
    """Return the value of each unit."""
    return [float(v) for v in measure.table["value"]]


def value(measure: Measure) -> float:
    """Return the value of the whole city."""
    return measure.total()[2]


def cut_at(units: gpd.GeoDataFrame, x: float) -> gpd.GeoDataFrame:
    """Return the units cut along the vertical at `x`."""
    west, south, east, north = units.total_bounds
    halves = (shapely.box(west, south, x, north), shapely.box(x, south, east, north))
    cut = [shapely.intersection(geometry, half) for geometry in units.geometry for half in halves]
    kept = [part for part in cut if part.area > 0]
    return layer(kept, ids=[f"c{n + 1}" for n in range(len(kept))], id_name="unit_id")


def moved(frame: gpd.GeoDataFrame, x: float, y: float) -> gpd.GeoDataFrame:
    """Return the layer shifted by (x, y)."""
    return frame.set_geometry(frame.geometry.translate(x, y))


def shuffled(frame: gpd.GeoDataFrame, seed: int) -> gpd.GeoDataFrame:
    """Return the layer's features in another order."""
    return frame.iloc[np.random.default_rng(seed).permutation(len(frame))]


def random_lines(count: int, *, seed: int, side: float = KM) -> list[shapely.LineString]:
    """Return lines of three points within a square, none along an edge of a grid."""
    points = np.random.default_rng(seed).uniform(-0.1 * side, 1.1 * side, (count, 3, 2))
    return [shapely.LineString(p) for p in points]


def random_boxes(
    count: int, *, seed: int, side: float = KM, size: float = 150.0
) -> list[shapely.Polygon]:
    """Return boxes with their lower left corner in a square."""
    draw = np.random.default_rng(seed)
    corner, extent = draw.uniform(0, side, (count, 2)), draw.uniform(size / 5, size, (count, 2))
    return [shapely.box(x, y, x + w, y + h) for (x, y), (w, h) in zip(corner, extent, strict=True)]
