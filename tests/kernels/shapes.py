"""Geometry the kernel tests share: a random town on a square kilometre, and how to move it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import shapely
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

Geometries: TypeAlias = NDArray[np.object_]
SIDE = 1000.0

patient = settings(deadline=None, max_examples=25, derandomize=True)
seeds = st.integers(0, 10_000)
offsets = st.integers(-5_000, 5_000)


def square(x: float, y: float, side: float) -> shapely.Polygon:
    return shapely.box(x, y, x + side, y + side)


def town(rng: np.random.Generator, count: int = 12) -> Geometries:
    """Zones that tile a square kilometre without gap or overlap."""
    centres = shapely.multipoints(rng.uniform(0, SIDE, (count, 2)))
    whole = square(0, 0, SIDE)
    cells = shapely.get_parts(shapely.voronoi_polygons(centres, extend_to=whole))
    zones = shapely.intersection(cells, whole)
    result: Geometries = zones[shapely.area(zones) > 0]
    return result


def blobs(rng: np.random.Generator, count: int, radius: float) -> Geometries:
    """Polygons that may overlap each other and reach beyond the town."""
    angle = np.linspace(0, 2 * np.pi, 9)[:-1]
    reach = rng.uniform(0.3, 1.0, (count, 8, 1)) * radius
    centre = rng.uniform(-100, SIDE + 100, (count, 1, 2))
    result: Geometries = shapely.polygons(
        centre + reach * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    )
    return result


def streets(rng: np.random.Generator, count: int) -> Geometries:
    """Broken lines of three pieces, inside the town and out."""
    result: Geometries = shapely.linestrings(rng.uniform(-100, SIDE + 100, (count, 4, 2)))
    return result


def moved(geometry: Geometries, east: float, north: float) -> Geometries:
    result: Geometries = shapely.transform(geometry, lambda xy: np.add(xy, (east, north)))
    return result


def turned(geometry: Geometries) -> Geometries:
    """Turn by a right angle about the origin, exactly."""
    result: Geometries = shapely.transform(geometry, lambda xy: xy[:, ::-1] * (-1.0, 1.0))
    return result
