"""Streets on the slopes of the terrain: what ways along them are worth on the level."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from carbonspace.indicators._shared import Floats, longest
from carbonspace.indicators._streets import Town, levels_of
from carbonspace.kernels.slopes import Knots, knots, slopes, worth_of
from carbonspace.kernels.streets import Streets
from carbonspace.model.grid import Grid


def on_slopes(town: Town, dem: Grid, *, step: float, cap: float) -> Town:
    """Return a town whose streets are as long as the level ways that take the same time.

    Parameters
    ----------
    town
        Streets as drawn.
    dem
        Terrain below them, metres; streets on unknown ground are level.
    step
        Heights are taken so many metres apart, or closer.
    cap
        What is steeper counts as this steep, percent.
    """
    places = knots(town.streets.lines, step)
    percent = steepness(town, places, heights_at(dem, places.xy))
    return town._replace(
        streets=town.streets.sloped(worth_of(places, np.minimum(percent, cap) / 100))
    )


def steepness(town: Town, places: Knots, heights: Floats) -> Floats:
    """Return how steep streets are between places, percent; NaN where heights are unknown.

    What lies off the ground, a bridge or a tunnel, rises evenly from end to end. An end in the air,
    where nothing on the ground meets it but another bridge does, has no height of the terrain.
    """
    off = town.level != 0
    heights = heights.copy()
    first, last = places.first[:-1][off], places.first[1:][off] - 1
    in_air = _in_air(town.streets, off)
    for end, knot in zip(in_air[:, off], (first, last), strict=True):
        heights[knot[end]] = np.nan
    return 100 * slopes(places, heights, off)


def heights_at(dem: Grid, xy: Floats) -> Floats:
    """Return how high the terrain is at points, between the middles of four cells; NaN unknown.

    At the middle of a cell, those of the outermost cells among them, it is as high as that cell.
    """
    row = (dem.north - xy[:, 1]) / dem.height - 0.5
    col = (xy[:, 0] - dem.west) / dem.width - 0.5
    down, right = row - dem.top, col - dem.left
    rows, columns = dem.values.shape
    last = (down <= rows - 1) & (right <= columns - 1)
    inside = np.flatnonzero((down >= 0) & (right >= 0) & last)
    top, left = (np.floor(at[inside]).astype(np.int64) for at in (down, right))
    bottom, east = np.minimum(top + 1, rows - 1), np.minimum(left + 1, columns - 1)
    down, right = row[inside] % 1, col[inside] % 1
    north, south = (
        _between(dem.values[r, left], dem.values[r, east], right) for r in (top, bottom)
    )  # fmt: skip
    result = np.full(len(xy), np.nan)
    result[inside] = _between(north, south, down)
    return result


def _between(one: Floats, other: Floats, share: Floats) -> Floats:
    """Return what is a share of the way from one value to another, which is mute at the first."""
    return np.where(share == 0, one, one * (1 - share) + other * share)


def longest_off_ground(roads: gpd.GeoDataFrame | None) -> float:
    """Return how long the longest bridge or tunnel is, metres."""
    return 0.0 if roads is None else longest(roads[levels_of(roads) != 0])


def _in_air(streets: Streets, off: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which lines begin (row 0) and end (row 1) where several lines meet off the ground."""
    real = np.flatnonzero(~streets.gaps)
    node = np.concatenate((streets.start[real], streets.end[real])).astype(np.int64)
    line = np.tile(streets.line[real], 2)
    met = np.unique(node * len(off) + line)
    count = np.bincount(met // len(off), minlength=len(streets.place))
    grounded = np.zeros(len(streets.place), dtype=np.bool_)
    grounded[node[~off[line]]] = True
    high = ~grounded & (count > 1)
    has = np.diff(streets.first) > 0
    result = np.zeros((2, len(off)), dtype=np.bool_)
    result[0, has] = high[streets.start[streets.first[:-1][has]]]
    result[1, has] = high[streets.end[streets.first[1:][has] - 1]]
    return result
