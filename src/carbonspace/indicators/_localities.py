"""Localities (地段): blocks, or squares of a grid, with their people."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._shared import Floats, Geometries, arrays, known, numbers
from carbonspace.indicators._steps import PARCELS_BY_BLOCK, mostly_in, polygons_in
from carbonspace.kernels import overlay
from carbonspace.model.measure import divided
from carbonspace.model.shared import Shared


class Localities(NamedTuple):
    """Places in units: the unit's position, the shape, people, m², and person/km²."""

    unit: NDArray[np.int64]
    geometry: Geometries
    people: Floats
    area: Floats

    @property
    def density(self) -> Floats:
        """Return the density of each, person/km²."""
        return divided(self.people, self.area, scale=1e6)


def localities_of(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame | None,
    locality: str,
    side: float,
    shared: Shared | None,
) -> Localities:
    """Return the blocks, or the squares of `side` metres, of each unit.

    Raises
    ------
    MissingColumnError
        If `population` is not known of any parcel.
    MissingLayerError
        If blocks are asked for and there are none.
    """
    people = numbers(known(parcels, "parcels", "population", shared))
    if locality == "block" and blocks is None:
        raise MissingLayerError("blocks")
    if locality == "block":
        return _blocks(units, blocks, parcels, people, shared)
    return _squares(units, parcels, people, side)


def _blocks(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    people: Floats,
    shared: Shared | None,
) -> Localities:
    cut = polygons_in(blocks, parcels, PARCELS_BY_BLOCK, shared)
    held = overlay.sums(cut.zone, cut.share * people[cut.feature], len(blocks))
    owner = pd.Index(units.index).get_indexer(mostly_in(units, blocks, "block", shared))
    shapes = arrays(units, blocks)[1]
    rows = np.flatnonzero(owner >= 0)
    return Localities(owner[rows], shapes[rows], held[rows], shapely.area(shapes[rows]))


def _squares(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, people: Floats, side: float
) -> Localities:
    zones, plots = arrays(units, parcels)
    unit, column, row = _middles_in(zones, side)
    shapes = shapely.box(column * side, row * side, (column + 1) * side, (row + 1) * side)
    cut = overlay.cut_along(shapes, plots)
    held = overlay.sums(cut.zone, cut.share * people[cut.feature], len(shapes))
    return Localities(unit, shapes, held, np.full(len(shapes), side * side))


def _middles_in(
    zones: Geometries, side: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the squares whose middle lies in a zone: zone, column and row, in this order."""
    found = []
    for position, (west, south, east, north) in enumerate(np.floor(shapely.bounds(zones) / side)):
        columns, rows = np.arange(west, east + 1), np.arange(south, north + 1)
        column, row = (each.ravel() for each in np.meshgrid(columns, rows))
        inside = shapely.contains_xy(zones[position], (column + 0.5) * side, (row + 0.5) * side)
        found.append((np.full(inside.sum(), position), column[inside], row[inside]))
    unit, column, row = (np.concatenate(part) for part in zip(*found, strict=True))
    return unit.astype(np.int64), column, row
