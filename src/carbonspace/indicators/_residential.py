"""Residential blocks (居住街坊): their homes' ground, what stands on it, how many floors it has.

The ground of a block is that of its parcels of homes: blocks may be drawn to the middle of streets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._places import Columns, Figure, Places
from carbonspace.indicators._shared import (
    Floats,
    arrays,
    filled,
    is_unknown,
    known,
    text_column,
)
from carbonspace.indicators._steps import (
    PARCELS_BY_BLOCK,
    chosen_rows,
    floors_of_all,
    mostly_in,
    polygons_in,
)
from carbonspace.indicators._sunlight import Zone
from carbonspace.indicators._traits import Flags
from carbonspace.kernels import overlay
from carbonspace.kernels.overlay import Cut
from carbonspace.model.indicator import Group, LandCodes, Percent
from carbonspace.model.landuse import matches
from carbonspace.model.measure import divided
from carbonspace.model.places import HOMES, is_home
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_STREETS = ("1207",)
_CLASSES = ((1, 3), (4, 6), (7, 9), (10, 18), (19, 26))
"""Mean floors of a block's homes, as Table 4.0.2 of GB 50180-2018 tells blocks apart."""


@dataclass(frozen=True)
class Residential(Group):
    """Which blocks are residential, and in which climate.

    Attributes
    ----------
    homes
        Land-use codes of residential land, matched by prefix.
    min_share
        A block is residential where homes have at least so much of its parcels, streets left
        out, %.
    climate_zone
        Zone of building climate; where empty it is that of the unit (`units.climate_zone`).
    """

    homes: LandCodes = HOMES
    min_share: Percent = 50.0
    climate_zone: Zone = ""


USUAL = Residential()
WHICH = Text(
    "居住街坊：街坊内居住用地（0701、0703）不少于地块面积（不含道路）的下限者；街坊用地取其中的居住"
    "用地地块，因街坊可能画至道路中线。气候区取自参数或单元，层数类别按住宅平均层数（建筑面积除以"
    "基底面积）取整。跨单元的街坊按面积分摊。判定办法为本项目约定，表 4.0.2 的注凭记忆。",
    "A residential block is one whose parcels, streets left out, are homes (0701, 0703) for at "
    "least the smallest share. Its land is that of these parcels, since blocks may be drawn to the "
    "middle of streets. The climate zone is that of the parameter or of the unit; the class of "
    "floors that of the homes' mean floors (floor area over footprints), rounded. A block across "
    "units counts to each by area. How blocks are told is our own choice, the notes of Table 4.0.2 "
    "are from memory.",
)


def definition(zh: str, en: str) -> Text:
    """Return a definition that says which blocks are residential."""
    return Text(f"{zh}{WHICH.zh}", f"{en} {WHICH.en}")


class Estates(NamedTuple):
    """Blocks, the parts of parcels of homes in them (`ground`), and which are residential."""

    units: gpd.GeoDataFrame
    blocks: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame
    ground: Cut
    asked: Flags
    residential: Residential
    shared: Shared | None

    @property
    def area(self) -> Floats:
        """Return the ground of the homes of each block, m²."""
        return self.summed(self.ground.area)

    def summed(self, amounts: Floats) -> Floats:
        """Return what the parts of the ground hold, by block."""
        return overlay.sums(self.ground.zone, amounts, len(self.blocks))

    def stated(self, column: str) -> Floats:
        """Return what the parcels of each block's homes state; NaN where one of them does not.

        Raises
        ------
        MissingColumnError
            If no parcel of the plan does.
        """
        known(self.parcels, "parcels", column, self.shared)
        values = filled(self.parcels, column, np.full(len(self.parcels), np.nan))
        return self.summed(self.ground.share * values[self.ground.feature])

    def by_floors(self, floors: Floats) -> Places:
        """Return the residential blocks with what their unit says, and their class of floors."""
        return self.places({"floors_class": floors_class(floors)})

    def shown(self, figure: Figure, floors: Floats, **amounts: NDArray[Any]) -> Columns:
        """Return what the evidence tells of each block."""
        return {"land_m2": self.area, "mean_floors": floors, "floors_class": floors_class(floors),
                **amounts, "value": figure.value}  # fmt: skip

    def places(self, about: Columns | None = None) -> Places:
        """Return the residential blocks with the type and the climate of the unit they are in."""
        unit = mostly_in(self.units, self.blocks, "block", self.shared)
        zone = self.residential.climate_zone
        facts = {
            "climate_zone": np.full(len(unit), zone, dtype=object) if zone
            else _of_unit(self.units, unit, "climate_zone"),
            "unit_type": _of_unit(self.units, unit, "unit_type"),
        }  # fmt: skip
        return Places(self.units, self.blocks, "block", self.asked, {**facts, **(about or {})},
                      self.shared)  # fmt: skip


class Built(NamedTuple):
    """What stands on the ground of homes, cut along it: block, building and its part there."""

    block: NDArray[np.int64]
    building: NDArray[np.int64]
    share: Floats
    ground: Floats
    floor: Floats
    homes: Flags


def estates_of(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    residential: Residential,
    shared: Shared | None,
) -> Estates:
    """Return the blocks with the ground of their homes.

    Raises
    ------
    MissingColumnError
        If land use is not known.
    """
    codes = known(parcels, "parcels", "land_use", shared)
    cut = polygons_in(blocks, parcels, PARCELS_BY_BLOCK, shared)
    streets = np.asarray(matches(codes, _STREETS), dtype=bool)
    land = chosen_rows(cut, ~streets)
    ground = chosen_rows(cut, is_home(codes, tuple(residential.homes)))
    held = overlay.sums(ground.zone, ground.area, len(blocks))
    every = overlay.sums(land.zone, land.area, len(blocks))
    asked = (held > 0) & (held >= residential.min_share / 100 * (1 - 1e-9) * every)
    return Estates(units, blocks, parcels, ground, asked, residential, shared)


def built_on(estates: Estates, buildings: gpd.GeoDataFrame) -> Built:
    """Return what stands on the ground of homes.

    Homes are the buildings used so, and those that do not say what they are used for.

    Raises
    ------
    MissingColumnError
        If neither floor areas nor floors are known of any building.
    """
    shared = estates.shared or Shared()
    if _lack_floors(buildings, shared):
        raise MissingColumnError("buildings", "floors")

    def make() -> Cut:
        shapes = arrays(estates.units, buildings)[1]
        return overlay.cut_along(estates.ground.geometry, shapes)

    layers = (estates.blocks, estates.parcels, buildings)
    cut = shared.once("buildings on homes of blocks", layers, make, estates.residential.homes)
    use = text_column(buildings, "use")
    home = np.asarray(is_home(use) | use.isna(), dtype=bool)
    floor = floors_of_all(buildings, shared)[cut.feature] * cut.share
    return Built(
        estates.ground.zone[cut.zone], cut.feature, cut.share, cut.area, floor, home[cut.feature]
    )


def mean_floors(built: Built, count: int) -> Floats:
    """Return the mean floors of the homes of each block: floor area over footprints."""
    home = built.homes
    floor, ground = (overlay.sums(built.block[home], part[home], count)
                     for part in (built.floor, built.ground))  # fmt: skip
    return divided(floor, ground, scale=1.0)


def floors_class(floors: Floats) -> NDArray[np.object_]:
    """Return which class of mean floors a block is of, rounded to whole floors; "" of none."""
    whole = np.floor(np.nan_to_num(floors) + 0.5)
    result = np.full(len(floors), "", dtype=object)
    for low, high in _CLASSES:
        result[(whole >= low) & (whole <= high)] = f"{low}-{high}"
    return result


def floors_told(estates: Estates, buildings: gpd.GeoDataFrame | None) -> Floats:
    """Return the mean floors of the homes of each block, NaN where there is nothing to tell by."""
    unknown = np.full(len(estates.blocks), np.nan)
    if buildings is None or _lack_floors(buildings, estates.shared):
        return unknown
    return mean_floors(built_on(estates, buildings), len(estates.blocks))


def _lack_floors(buildings: gpd.GeoDataFrame, shared: Shared | None) -> bool:
    names = ("floor_area", "floors")
    return all(is_unknown(buildings, "buildings", one, shared) for one in names)


def _of_unit(units: gpd.GeoDataFrame, unit: pd.Series, column: str) -> NDArray[np.object_]:
    """Return what the unit of each block says in a column, "" where it says nothing."""
    said = unit.map(text_column(units, column))
    return np.asarray(said.astype(object).where(said.notna(), ""), dtype=object)
