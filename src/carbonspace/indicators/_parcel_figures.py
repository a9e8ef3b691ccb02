"""What stands and grows on parcels: floor area, covered ground, heights, green."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingColumnError, MissingLayerError
from carbonspace.indicators._parcels import Figure
from carbonspace.indicators._rows import rows_by_place
from carbonspace.indicators._shared import Floats, filled, is_unknown, known, of_classes
from carbonspace.indicators._steps import (
    BUILDINGS_BY_PARCEL,
    chosen_rows,
    floors_of_all,
    polygons_in,
    taken,
)
from carbonspace.indicators._traits import Flags
from carbonspace.kernels import overlay
from carbonspace.kernels.overlay import Cut
from carbonspace.model.coded import GREENERY_TYPES
from carbonspace.model.floors import heights
from carbonspace.model.indicator import AnyLandCodes, Group, Percent, Unit
from carbonspace.model.kinds import Choice, Listed
from carbonspace.model.landuse import matches
from carbonspace.model.shared import Shared

BUILDING_LAND = ("07", "08", "09", "10", "11", "1208", "13", "15")
"""Land that is built on: neither streets nor parks, farmland or water. Our own reading."""
GREEN = ("tree", "shrub", "grass", "flower", "rain_garden")
"""Greenery that is green land; roofs, walls and paving are not."""
GREENERY_BY_PARCEL = "greenery by parcel"

GreeneryTypes = Annotated[
    tuple[str, ...], Unit("code"), Listed(Choice(tuple(GREENERY_TYPES)), least=0)
]


@dataclass(frozen=True)
class Lots(Group):
    """Which parcels count: of some land uses (all where empty), with buildings that stand there.

    A building stands on every parcel that holds at least `min_part` of its footprint, %.
    """

    parcel_uses: AnyLandCodes = BUILDING_LAND
    min_part: Percent = 10.0


EVERY_LOT = Lots()


class Site(NamedTuple):
    """Parcels with what stands and grows on them, and how that is counted."""

    parcels: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame | None
    greenery: gpd.GeoDataFrame | None = None
    lots: Lots = EVERY_LOT
    storey_height: float = 3.0
    shared: Shared | None = None

    @property
    def area(self) -> Floats:
        """Return the area of each parcel, m²."""
        return np.asarray(shapely.area(self.parcels.geometry.to_numpy()))

    @property
    def of_use(self) -> Flags:
        """Return which parcels are of the land uses asked."""
        if not self.lots.parcel_uses:
            return np.ones(len(self.parcels), dtype=bool)
        codes = known(self.parcels, "parcels", "land_use", self.shared)
        return np.asarray(matches(codes, tuple(self.lots.parcel_uses)), dtype=bool)

    @property
    def standing(self) -> Cut:
        """Return the buildings cut along parcels, without those that hardly reach a parcel."""
        cut = self.cut
        return taken(cut, cut.share >= self.lots.min_part / 100)

    @property
    def cut(self) -> Cut:
        """Return the buildings cut along parcels."""
        if self.buildings is None:
            raise MissingLayerError("buildings")
        return polygons_in(self.parcels, self.buildings, BUILDINGS_BY_PARCEL, self.shared)

    @property
    def built(self) -> Flags:
        """Return on which parcels a building stands."""
        result = np.zeros(len(self.parcels), dtype=bool)
        result[self.standing.zone] = True
        return result


def floor_of(site: Site) -> tuple[Floats, Flags]:
    """Return the floor area of each parcel, m²: as stated of it, else of what stands there.

    Beside it: on which parcels there is any.

    Raises
    ------
    MissingLayerError
        If there are no buildings, and no parcel of the plan states its floor area.
    """
    count, buildings = len(site.parcels), site.buildings
    stated = filled(site.parcels, "floor_area", np.full(count, np.nan))
    floor, there = np.zeros(count), np.zeros(count, dtype=bool)
    if buildings is not None:
        cut, there = site.cut, site.built
        every = floors_of_all(buildings, site.shared)
        floor = overlay.sums(cut.zone, cut.share * every[cut.feature], count)
    elif is_unknown(site.parcels, "parcels", "floor_area", site.shared):
        raise MissingLayerError("buildings")
    return np.where(np.isnan(stated), floor, stated), there | (stated > 0)


def far_of(site: Site, *, empty: bool = False) -> Figure:
    """Return the floor-area ratio of the parcels that are built on, or of all with `empty`."""
    floor, there = floor_of(site)
    return Figure(floor, site.area, site.of_use & (there | empty))


def density_of(site: Site) -> Figure:
    """Return the part of each parcel that buildings cover, %, where buildings stand."""
    return Figure(ground_of(site), site.area, site.of_use & site.built, 100.0)


def ground_of(site: Site) -> Floats:
    """Return the ground of each parcel under buildings, m²; where footprints overlap, once."""
    shared = site.shared or Shared()
    return shared.once("ground of parcels", (site.parcels, site.buildings),
                       lambda: covered(site.cut, len(site.parcels)))  # fmt: skip


def height_of(site: Site) -> Figure:
    """Return the height of the tallest building that stands on each parcel, m.

    Raises
    ------
    MissingColumnError
        If neither heights nor floors are known of any building.
    """
    cut = site.standing
    tall = _heights(site)[cut.feature]
    told = ~np.isnan(tall)
    result = np.full(len(site.parcels), -np.inf)
    np.maximum.at(result, cut.zone[told], tall[told])
    return Figure(result, None, site.of_use & np.isfinite(result))


def each_height_of(units: gpd.GeoDataFrame, site: Site) -> pd.DataFrame:
    """Return the height of each building that stands on a parcel that counts, m."""
    cut, tall = site.standing, _heights(site)
    assert site.buildings is not None
    stands = np.zeros(len(tall), dtype=bool)
    stands[cut.feature[site.of_use[cut.zone]]] = True
    return rows_by_place(
        units, site.buildings, "building", (tall, None), site.shared,
        chosen=stands & ~np.isnan(tall), facts=("land_use", "use", "is_new"),
    )  # fmt: skip


def _heights(site: Site) -> Floats:
    buildings = site.buildings
    if buildings is None:
        raise MissingLayerError("buildings")
    if all(is_unknown(buildings, "buildings", one, site.shared) for one in ("height", "floors")):
        raise MissingColumnError("buildings", "height")
    return heights(buildings, site.storey_height)


def green_of(site: Site) -> Figure:
    """Return the part of each parcel that is green, %: as stated, else from the greenery drawn.

    Raises
    ------
    MissingColumnError
        If no parcel states its green area and no greenery is drawn.
    """
    unstated = is_unknown(site.parcels, "parcels", "green_area", site.shared)
    if unstated and site.greenery is None:
        raise MissingColumnError("parcels", "green_area")
    green = filled(site.parcels, "green_area", np.full(len(site.parcels), np.nan))
    if site.greenery is not None:
        cut = grown_on(site, site.greenery, GREEN)
        green = np.where(np.isnan(green), covered(cut, len(site.parcels)), green)
    return Figure(np.nan_to_num(green), site.area, site.of_use & ~np.isnan(green), 100.0)


def grown_on(site: Site, greenery: gpd.GeoDataFrame, types: tuple[str, ...]) -> Cut:
    """Return the greenery of some types, cut along parcels."""
    cut = polygons_in(site.parcels, greenery, GREENERY_BY_PARCEL, site.shared)
    return chosen_rows(cut, of_classes(greenery["greenery_type"], types))


def covered(cut: Cut, count: int) -> Floats:
    """Return the area of each of `count` zones that parts of a cut cover, m²; overlaps once."""
    cut = taken(cut, overlay.alike(cut.geometry, cut.zone) == np.arange(len(cut.zone)))
    rows = _overlapping(cut)
    alone = np.ones(len(cut.zone), dtype=bool)
    alone[rows] = False
    result = overlay.sums(cut.zone[alone], cut.area[alone], count)
    starts = np.flatnonzero(np.diff(cut.zone[rows], prepend=-1))
    for some in np.split(rows, starts[1:]) if len(rows) else ():
        result[cut.zone[some[0]]] += shapely.area(shapely.union_all(cut.geometry[some]))
    return result


def _overlapping(cut: Cut) -> NDArray[np.intp]:
    """Return which parts overlap others of their zone, by zone and in an order of their own."""
    first, second = shapely.STRtree(cut.geometry).query(cut.geometry, predicate="intersects")
    near = (first < second) & (cut.zone[first] == cut.zone[second])
    first, second = first[near], second[near]
    rows = np.flatnonzero(_in_a_pair(cut.geometry, first, second))
    order = np.lexsort((*shapely.bounds(cut.geometry[rows]).T[::-1], cut.zone[rows]))
    return np.asarray(rows[order])


def _in_a_pair(
    shapes: overlay.Geometries, first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Return which shapes overlap another, of pairs that meet.

    One pair is enough for a shape: of each, more and more are looked at until one overlaps.
    """
    found, most = np.zeros(len(shapes), dtype=np.bool_), 1
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    while len(first):
        rank = np.arange(len(first)) - np.searchsorted(first, first)
        here = rank < most
        one, other = first[here], second[here]
        over = shapely.relate_pattern(shapes[one], shapes[other], "T********")
        found[one[over]] = found[other[over]] = True
        left = ~here & ~(found[first] & found[second])
        first, second, most = first[left], second[left], 2 * most
    return found
