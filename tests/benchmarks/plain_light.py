"""Sun on roofs as most would write it first: a loop over the roofs, each with its neighbours."""

from __future__ import annotations

import numpy as np
import shapely
from tests.benchmarks.net import Floats, Geometries, Integers


def lit_by_loop(shapes: Geometries, tops: Floats, asked: Integers, suns: Floats) -> Floats:
    """Return how much of each roof asked for every sun reaches, m².

    Parameters
    ----------
    shapes, tops
        Polygons of buildings, and how high they stand, metres.
    asked
        Positions of the roofs.
    suns
        Azimuth and elevation, degrees; dark at and below the horizon.
    """
    tree, tallest = shapely.STRtree(shapes), float(tops.max())
    lit = np.zeros((len(asked), len(suns)))
    for k, (azimuth, elevation) in enumerate(np.radians(suns)):
        if elevation <= 0:
            continue
        way = -np.array([np.sin(azimuth), np.cos(azimuth)]) / np.tan(elevation)
        for n, roof in enumerate(asked):
            shape, top = shapes[roof], tops[roof]
            left = shape
            for other in tree.query(_towards(shape, -(tallest - top) * way)):
                if tops[other] > top:
                    left = left.difference(_shadow(shapes[other], (tops[other] - top) * way))
            lit[n, k] = left.area
    return lit


def _towards(shape: shapely.Geometry, move: Floats) -> shapely.Geometry:
    """Return the box of what a box passes on its way."""
    west, south, east, north = shape.bounds
    return shapely.box(west + min(move[0], 0), south + min(move[1], 0),
                       east + max(move[0], 0), north + max(move[1], 0))  # fmt: skip


def _shadow(shape: shapely.Geometry, move: Floats) -> shapely.Geometry:
    """Return what a polygon passes on its way: itself, and what each of its edges sweeps over."""
    swept = [shape]
    for part in shapely.get_parts(shape):
        for ring in (part.exterior, *part.interiors):
            points = np.asarray(ring.coords)[:, :2]
            start, end = points[:-1], points[1:]
            corners = np.stack((start, end, end + move, start + move), axis=1)
            swept.extend(shapely.polygons(corners))
    return shapely.union_all(swept)
