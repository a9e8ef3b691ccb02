"""Rasters held against the plan: do they cover it, and can their values be what they should."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from carbonspace.grids import cell_at_home, classified, is_in, raster_of, samples, valued, whole
from carbonspace.model.finding import Finding
from carbonspace.model.plan import Plan, Raster
from carbonspace.model.rasters import PREFIX, RASTERS
from carbonspace.prepare import raster_words as words

_ALL = 0.999
_MOST = 0.5
"""Where more of the values are none that a raster of its kind can have, their unit is wrong."""
_HUGE = 1e30


class _Seen(NamedTuple):
    """What samples of a raster hold: shares of all cells, and the range of what is written.

    It is mostly strange where that holds of what is not 0, since most of a city has no tree on it,
    nor a number that stands for nothing.
    """

    unknown: float
    strange: float
    is_mostly_strange: bool
    lowest: float
    highest: float
    codes: tuple[int, ...]


def raster_findings(plan: Plan, layers: Mapping[str, gpd.GeoDataFrame]) -> list[Finding]:
    """Return what is to be said of the rasters of a plan; an error costs the raster alone.

    Parameters
    ----------
    plan
        With the rasters as read.
    layers
        Prepared; the units are looked at.
    """
    usable = [one for kind in plan.rasters if (one := raster_of(plan, kind)) is not None]
    return [finding for one in usable for finding in _findings(one, layers["units"])]


def _findings(raster: Raster, units: gpd.GeoDataFrame) -> Iterator[Finding]:
    name = PREFIX + raster.kind
    share = covered(raster, units)
    if share <= 0:
        yield words.elsewhere(name, raster, units)
        return
    if share < _ALL:
        yield words.partly(name, share)
    if raster.is_upside_down:
        yield words.upside_down(name)
    if not is_in(raster, units.crs, units.total_bounds):
        cell = cell_at_home(raster, units.crs, units.total_bounds)
        yield words.resampled(name, raster, units.crs, cell, RASTERS[raster.kind].has_classes)
    yield from _value_findings(name, raster, _seen(raster, units))


def _value_findings(name: str, raster: Raster, seen: _Seen) -> Iterator[Finding]:
    if seen.codes:
        yield words.not_in_legend(name, seen.codes, seen.strange)
        return
    if seen.unknown + seen.strange >= 1 and not seen.is_mostly_strange:
        yield words.all_unknown(name, raster, seen.lowest, seen.highest)
    elif seen.is_mostly_strange:
        yield words.wrong_unit(name, raster, seen.lowest, seen.highest, seen.strange)
    elif seen.strange > 0 and max(abs(seen.lowest), abs(seen.highest)) >= _HUGE:
        yield words.undeclared(name, seen.lowest, seen.highest, seen.strange)
    elif seen.strange > 0:
        yield words.strange(name, raster, seen.lowest, seen.highest, seen.strange)
    if 0 < seen.unknown < 1:
        yield words.unknown(name, seen.unknown)


def covered(raster: Raster, units: gpd.GeoDataFrame) -> float:
    """Return about which share of the units a raster reaches, by their boxes."""
    boxes = units.bounds.to_numpy()
    over = Transformer.from_crs(units.crs, raster.crs, always_xy=True)
    there = np.array([over.transform_bounds(*box) for box in boxes])
    if not np.isfinite(there).all():
        return 0.0
    both = shapely.intersection(shapely.box(*there.T), shapely.box(*raster.box))
    return float(shapely.area(both).sum() / shapely.area(shapely.box(*there.T)).sum())


def _seen(raster: Raster, units: gpd.GeoDataFrame) -> _Seen:
    """Return what samples from all over the plan hold."""
    blocks = [*samples(raster, units.crs, units.total_bounds)]
    known = np.concatenate([np.ma.compressed(block) for block in blocks])
    total = sum(block.size for block in blocks)
    if not known.size:
        return _Seen(1.0, 0.0, False, np.nan, np.nan, ())
    if RASTERS[raster.kind].has_classes:
        odd = known[classified(np.ma.array(known), raster.legend) < 0]
        codes = tuple(int(code) for code in np.unique(odd))
        return _Seen(1 - known.size / total, odd.size / total, False, np.nan, np.nan, codes)
    finite = known[np.isfinite(known)] if known.dtype.kind == "f" else known
    strange = int(np.isnan(valued(np.ma.array(finite), raster)).sum())
    lowest, highest = (finite.min(), finite.max()) if finite.size else (np.nan, np.nan)
    low, high = (limit / raster.factor for limit in RASTERS[raster.kind].ranges[raster.unit])
    amounts = finite[(finite >= low) & (np.abs(finite) < _HUGE) & (finite != 0)]
    mostly = bool(np.count_nonzero(amounts > high) > _MOST * max(amounts.size, 1))
    return _Seen(1 - finite.size / total, strange / total, mostly,
                 float(lowest), float(highest), ())  # fmt: skip


def people_cells(plan: Plan, units: gpd.GeoDataFrame) -> Callable[[], gpd.GeoDataFrame | None]:
    """Return what makes zones of the cells of the plan's population raster, or None."""
    raster = raster_of(plan, "population")
    return (lambda: None) if raster is None else partial(_as_zones, raster, units)


def _as_zones(raster: Raster, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the cells that hold people and meet the units, in the plan's CRS.

    A cell keeps its people; one that reaches out of the units, those of its part in them.
    """
    cells, people = whole(raster, units.crs, units.total_bounds)
    over = Transformer.from_crs(raster.crs, units.crs, always_xy=True)
    drawn = shapely.transform(cells, lambda xy: np.column_stack(over.transform(*xy.T)))
    inside = _share_inside(drawn, units)
    chosen = np.flatnonzero((inside > 0) & (people > 0))
    return gpd.GeoDataFrame(
        {"population": people[chosen] * inside[chosen]},
        geometry=drawn[chosen], crs=units.crs, index=pd.RangeIndex(len(chosen)),
    )  # fmt: skip


def _share_inside(cells: NDArray[np.object_], units: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return which share of each cell lies in any unit."""
    outline = shapely.union_all(units.geometry.to_numpy())
    shapely.prepare(outline)
    within = shapely.contains_properly(outline, cells)
    share = np.asarray(within, dtype=np.float64)
    rest = np.flatnonzero(~within & shapely.intersects(outline, cells))
    cut = shapely.area(shapely.intersection(cells[rest], outline))
    share[rest] = np.minimum(cut / shapely.area(cells[rest]), 1.0)
    return share
