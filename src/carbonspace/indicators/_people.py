"""Where people are: in the buildings of their parcel, or on its ground."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._shared import Floats, Geometries, arrays
from carbonspace.indicators._steps import (
    BUILDINGS_BY_PARCEL,
    PARCELS_BY_UNIT,
    floors_of_all,
    polygons_in,
    taken,
)
from carbonspace.kernels import zonal
from carbonspace.kernels.overlay import Cut, cut_along
from carbonspace.model.shared import Shared


class People(NamedTuple):
    """Places that hold a parcel's people, and the share of its people each one holds."""

    parcel: np.ndarray
    building: np.ndarray  # -1: the parcel's own ground
    geometry: Geometries
    share: Floats


def people_in(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    shared: Shared | None,
) -> tuple[People, Cut]:
    """Return where each parcel's people are, and these places cut along the units."""
    people = _housed(parcels, buildings, shared)
    ground = polygons_in(units, parcels, PARCELS_BY_UNIT, shared)
    drawn = parcels.geometry.to_numpy()[ground.feature]
    whole = np.array([a is b for a, b in zip(ground.geometry, drawn, strict=True)], dtype=bool)
    whole &= np.bincount(ground.feature, minlength=len(parcels))[ground.feature] == 1
    home = np.full(len(parcels), -1)
    home[ground.feature[whole]] = ground.zone[whole]
    zone = home[people.parcel]
    split = np.flatnonzero(zone < 0)
    cut = cut_along(arrays(units)[0], people.geometry[split])
    return people, _with_whole(cut, split, people.geometry, zone)


def _with_whole(
    cut: Cut, split: NDArray[np.intp], places: Geometries, zone: NDArray[np.intp]
) -> Cut:
    """Return the parts of the places that were cut, and those that lie in a zone as they are."""
    whole = np.flatnonzero(zone >= 0)
    area = shapely.area(places[whole])
    whole, area = whole[area > 0], area[area > 0]
    both = Cut(
        np.concatenate([cut.zone, zone[whole]]),
        np.concatenate([split[cut.feature], whole]),
        np.concatenate([cut.geometry, places[whole]]),
        np.concatenate([cut.area, area]),
        np.concatenate([cut.share, np.ones(len(whole))]),
    )
    return taken(both, np.lexsort((both.feature, both.zone)))


def _housed(
    parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None, shared: Shared | None
) -> People:
    """Return where each parcel's people are: in the parts of buildings on it, or on its ground.

    A parcel whose buildings hold no floor area shares its people equally among them.
    """
    houses = parcels.iloc[:0] if buildings is None else buildings
    plots, _ = arrays(parcels, houses)
    built = polygons_in(parcels, houses, BUILDINGS_BY_PARCEL, shared)
    bare = np.setdiff1d(np.arange(len(plots)), built.zone)
    floor = floors_of_all(houses, shared)[built.feature] * built.share
    parcel = np.concatenate([built.zone, bare])
    weight = np.concatenate([floor, np.ones(len(bare))])
    return People(
        parcel,
        np.concatenate([built.feature, np.full(len(bare), -1)]),
        np.concatenate([built.geometry, plots[bare]]),
        zonal.spread(np.ones(len(plots)), parcel, weight),
    )
