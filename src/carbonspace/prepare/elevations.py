"""Rasters of heights held against each other and against the buildings: unit, datum, terrain.

Windows of some hundred metres are looked at, from all over the plan, where buildings of known
height stand if there are any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from carbonspace.grids import Box, glimpse, raster_of
from carbonspace.model.finding import Finding
from carbonspace.model.floors import heights
from carbonspace.model.grid import Grid
from carbonspace.model.plan import Plan, Raster
from carbonspace.model.rasters import PREFIX
from carbonspace.model.uom import UOMS, Uom
from carbonspace.prepare import raster_words as words

_SIDE_M = 300.0
_ACROSS = 4
_SOME, _ENOUGH, _BUILDINGS, _A_WINDOW = 0.01, 100, 20, 50
"""A share that is no accident; cells and buildings that tell anything; buildings of a window."""
_CLIFF_M = 1000.0
"""Nothing rises by so much within a window."""
_BELOW_M, _GAP_M = 2.0, 10.0
"""How far a surface may lie below the terrain, or above it where it is lowest, without a word."""
_AROUND_M = 40.0
_CORNERS = np.array([[-_AROUND_M, _AROUND_M] * 2, [-_AROUND_M] * 2 + [_AROUND_M] * 2])
_LOW = 0.05
_ZEROS = 0.2
_STOREY_M = 3.0
_NEAR = float(np.log(1.35))
_TWICE = float(np.log(2.0))
_CROWN_M, _TREE_M = 1.0, 60.0
"""Below the first is no crown; in towns trees do not grow as tall as the second."""

Floats = NDArray[np.float64]


class _Window(NamedTuple):
    """Cells of a raster in its own CRS, and the way there from the plan's."""

    grid: Grid
    over: Transformer

    @property
    def known(self) -> Floats:
        """The values that are known."""
        values = self.grid.values
        return np.asarray(values[np.isfinite(values)], dtype=np.float64)

    def cells(self, x: Floats, y: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows and columns at hand of points in the plan's CRS, be they there or not."""
        there_x, there_y = self.over.transform(x, y)
        row = np.floor((self.grid.north - there_y) / self.grid.height)
        col = np.floor((there_x - self.grid.west) / self.grid.width)
        return row.astype(np.int64) - self.grid.top, col.astype(np.int64) - self.grid.left

    def at(self, x: Floats, y: Floats) -> Floats:
        """Return the values of the cells that points lie in, NaN outside."""
        row, col = self.cells(x, y)
        rows, cols = self.grid.values.shape
        inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
        found = np.full(len(x), np.nan)
        found[inside] = self.grid.values[row[inside], col[inside]]
        return found

    def lowest_around(self, x: float, y: float) -> float:
        """Return how high the ground is around a point, by what is lowest there."""
        row, col = self.cells(x + _CORNERS[0], y + _CORNERS[1])
        near = self.grid.values[
            max(row.min(), 0) : row.max() + 1, max(col.min(), 0) : col.max() + 1
        ]
        return float(np.nanquantile(near, _LOW))

    def middles(self) -> tuple[Floats, Floats, Floats]:
        """Return where the known cells lie in the plan's CRS, and their values."""
        grid = self.grid
        row, col = np.nonzero(np.isfinite(grid.values))
        x = grid.west + (grid.left + col + 0.5) * grid.width
        y = grid.north - (grid.top + row + 0.5) * grid.height
        x, y = self.over.transform(x, y, direction="INVERSE")
        return x, y, grid.values[row, col].astype(float)


Windows = list[_Window]


def elevation_findings(plan: Plan, layers: Mapping[str, gpd.GeoDataFrame]) -> Iterator[Finding]:
    """Yield what speaks against the heights in the rasters of a plan; an error costs the raster.

    Parameters
    ----------
    plan
        With the rasters as read; those set aside are not looked at.
    layers
        Prepared: `units`, and `buildings` where there are any.
    """
    if not {"dsm", "dem", "canopy"} & {*plan.rasters}:
        return
    units, buildings = layers["units"], _known(layers.get("buildings"))
    boxes = _boxes(units, buildings)
    seen = {kind: _windows(raster, units, boxes) for kind in ("dsm", "dem", "canopy")
            if (raster := raster_of(plan, kind)) is not None}  # fmt: skip
    steep = {kind: [*_cliffs(PREFIX + kind, seen[kind])] for kind in ("dsm", "dem") if kind in seen}
    yield from (one for found in steep.values() for one in found)
    if "dsm" in seen and not steep["dsm"]:
        ground = seen["dem"] if "dem" in seen and not steep["dem"] else None
        yield from _surface(seen["dsm"], ground, buildings)
    if "canopy" in seen and plan.rasters["canopy"].unit == "m":
        yield from _crowns(seen["canopy"])


def _surface(
    surface: Windows, ground: Windows | None, buildings: gpd.GeoDataFrame | None
) -> Iterator[Finding]:
    """Yield what speaks against a surface model; of several errors the first is enough."""
    name = PREFIX + "dsm"
    looks = (
        [_against_ground(name, surface, ground)] if ground is not None else [_zeros(name, surface)]
    )
    if buildings is not None:
        looks.append(_against_buildings(name, surface, buildings))
    for look in looks:
        for one in look:
            yield one
            if one.severity == "error":
                return


def _known(buildings: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    """Return a point and the height of each building of which it is known; None without any."""
    if buildings is None:
        return None
    height = heights(buildings, _STOREY_M)
    rows = np.flatnonzero(np.isfinite(height))
    points = shapely.point_on_surface(buildings.geometry.to_numpy()[rows])
    known = gpd.GeoDataFrame({"height": height[rows]}, geometry=points, crs=buildings.crs)
    return known if len(known) >= _BUILDINGS else None


def _boxes(units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None) -> list[Box]:
    """Return windows around buildings of known height, or else on a lattice over the plan."""
    if buildings is not None:
        rows = np.linspace(0, len(buildings) - 1, _ACROSS**2).astype(int)
        middle = shapely.get_coordinates(buildings.geometry.to_numpy()[np.unique(rows)])
    else:
        west, south, east, north = units.total_bounds
        part = (np.arange(_ACROSS) + 0.5) / _ACROSS
        x, y = np.meshgrid(west + part * (east - west), south + part * (north - south))
        middle = np.column_stack((x.ravel(), y.ravel()))
    half = _SIDE_M / 2
    return [(x - half, y - half, x + half, y + half) for x, y in middle.tolist()]


def _windows(raster: Raster, units: gpd.GeoDataFrame, boxes: list[Box]) -> Windows:
    over = Transformer.from_crs(units.crs, raster.crs, always_xy=True)
    return [_Window(glimpse(raster, units.crs, box), over) for box in boxes]


def _cliffs(name: str, windows: Windows) -> Iterator[Finding]:
    """Yield that heights rise by more than anything does within a window."""
    high = total = 0
    for known in (window.known for window in windows):
        if known.size:
            high += int((known >= np.quantile(known, _SOME) + _CLIFF_M).sum())
            total += known.size
    if total >= _ENOUGH and high > _SOME * total:
        yield words.cliffs(name, high / total, _SIDE_M)


def _against_ground(name: str, surface: Windows, ground: Windows) -> Iterator[Finding]:
    """Yield that a surface and the terrain do not lie as they must."""
    pairs = [_together(s, g) for s, g in zip(surface, ground, strict=True)]
    top, bottom = (np.concatenate([pair[n] for pair in pairs]) for n in (0, 1))
    if len(top) < _ENOUGH:
        return
    gap = top - bottom
    near = float(np.quantile(gap, _LOW))
    low, base = float(np.quantile(top, _LOW)), float(np.quantile(bottom, _LOW))
    if float(np.median(gap)) < -_BELOW_M and abs(low) <= _BELOW_M:
        yield words.no_terrain(name, _span(top), _span(bottom))
    elif near < -_GAP_M or near > _GAP_M:
        yield _apart(name, near, low, base)
    elif (share := float((gap < -_BELOW_M).mean())) > 10 * _SOME:
        yield words.below(name, share)


def _apart(name: str, gap: float, low: float, base: float) -> Finding:
    """Return that two rasters do not meet at the ground, and which of them by its unit."""
    if min(low, base) > 0:
        for one, ratio in ((name, low / base), (PREFIX + "dem", base / low)):
            if (unit := _unit(ratio)) is not None:
                return words.apart(one, gap, unit)
    return words.apart(name, gap, None)


def _together(surface: _Window, ground: _Window) -> tuple[Floats, Floats]:
    """Return heights of a surface and of the terrain in the same places, where both are known."""
    x, y, top = surface.middles()
    bottom = ground.at(x, y)
    both = np.isfinite(bottom)
    return top[both], bottom[both]


def _against_buildings(
    name: str, surface: Windows, buildings: gpd.GeoDataFrame
) -> Iterator[Finding]:
    """Yield that buildings stand in a surface as high as they would in another unit, or other."""
    points, stated = (
        shapely.get_coordinates(buildings.geometry.to_numpy()),
        buildings["height"].to_numpy(),
    )
    rises: dict[int, float] = {}
    for window in surface:
        x, y = points.T
        top = window.at(x, y)
        for n in np.flatnonzero(np.isfinite(top))[:_A_WINDOW]:
            if n not in rises:
                rises[n] = top[n] - window.lowest_around(x[n], y[n])
    if len(rises) < _BUILDINGS:
        return
    rise, height = float(np.median([*rises.values()])), float(np.median(stated[[*rises]]))
    if (unit := _unit(rise / height)) is not None:
        yield words.in_unit(name, rise, height, len(rises), unit)
    elif abs(np.log(max(rise, 1e-3) / height)) > _TWICE:
        yield words.disagree(name, rise, height, len(rises))


def _unit(ratio: float) -> Uom | None:
    """Return the unit that makes heights so many times too large."""
    small = [one for one in UOMS["m"] if one.factor < 1]
    off = {abs(np.log(ratio * one.factor)): one for one in small} if ratio > 0 else {}
    return off[min(off)] if off and min(off) < _NEAR else None


def _zeros(name: str, surface: Windows) -> Iterator[Finding]:
    """Yield that a surface is level with 0 in many cells, and nowhere below it."""
    known = np.concatenate([window.known for window in surface])
    if known.size >= _ENOUGH and known.min() >= 0 and float((known == 0).mean()) > _ZEROS:
        yield words.from_the_ground(name, float((known == 0).mean()))


def _crowns(canopy: Windows) -> Iterator[Finding]:
    """Yield that heights of crowns look like elevations, or like feet."""
    name = PREFIX + "canopy"
    known = np.concatenate([window.known for window in canopy])
    if known.size < _ENOUGH:
        return
    if known.min() > _CROWN_M:
        yield words.crowns_everywhere(name, float(known.min()))
    trees = known[known > _CROWN_M]
    if trees.size >= _ENOUGH and (tall := float(np.quantile(trees, 0.99))) > _TREE_M:
        yield words.tall_crowns(name, tall)


def _span(values: Floats) -> str:
    return f"{values.min():,.1f} … {values.max():,.1f} m"
