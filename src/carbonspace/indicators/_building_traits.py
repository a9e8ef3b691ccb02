"""What buildings have or lack, which of them are asked, and what of them counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np

from carbonspace.indicators._shared import Floats, filled, flag, known, text_column
from carbonspace.indicators._steps import BUILDINGS_BY_UNIT, floors_of_all
from carbonspace.indicators._traits import Flags, Trait, amount_of, flagged, held_by
from carbonspace.model.indicator import AnyLandCodes, Group, SquareMetres, Unit
from carbonspace.model.kinds import Choice
from carbonspace.model.landuse import matches
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

CIVIL = ("07", "08", "09")
"""Uses of civil buildings (民用建筑): homes, public services, commerce."""
PUBLIC = ("08", "09")
"""Uses of public buildings (公共建筑): civil ones that are no homes."""


def _demolished(buildings: gpd.GeoDataFrame) -> Flags:
    """Return what is to be demolished, but for what may be."""
    gone = text_column(buildings, "action").eq("demolish").fillna(value=False)
    return np.asarray(gone, dtype=bool) & ~flag(buildings, "exempt_demolition")


def _green(buildings: gpd.GeoDataFrame) -> Flags:
    """Return what is said to be green, or has a grade of green buildings (0: the basic one)."""
    return flag(buildings, "is_green") | (filled(buildings, "green_star", _none(buildings)) >= 0)


def _none(frame: gpd.GeoDataFrame) -> Floats:
    return np.full(len(frame), np.nan)


TRAITS: dict[str, Trait] = {
    "green": Trait(Text("绿色建筑", "green buildings"), ("is_green", "green_star"), _green),
    "ultra_low_energy": flagged("超低能耗建筑", "of ultra-low energy", "is_ultra_low_energy"),
    "near_zero": flagged("近零能耗或零碳建筑", "of nearly zero energy", "is_near_zero"),
    "prefab": flagged("装配式建筑", "prefabricated", "is_prefab"),
    "retrofitted": flagged("已节能改造", "retrofitted", "is_retrofitted"),
    "needs_retrofit": flagged("需节能改造", "in need of a retrofit", "needs_retrofit", good=False),
    "bim": flagged("应用 BIM", "built with BIM", "uses_bim"),
    "decorated": flagged("全装修", "fully fitted out", "is_decorated"),
    "commercial_housing": flagged("商品住房", "commercial housing", "is_commercial_housing"),
    "green_materials": flagged("应用绿色建材", "of green materials", "uses_green_materials"),
    "completed": Trait(Text("已竣工（有竣工年份）", "completed: with a year"), ("year_built",),
                       lambda frame: ~np.isnan(filled(frame, "year_built", _none(frame)))),
    "demolished": Trait(Text("拟拆除（违法建筑与危房除外）", "to be demolished, by choice"),
                        ("action",), _demolished, good=False),
}  # fmt: skip
"""By name, the values of `trait`."""

TraitName = Annotated[str, Unit(""), Choice(tuple(TRAITS))]
Among = Annotated[str, Unit(""), Choice(("all", *TRAITS))]


@dataclass(frozen=True)
class Asked(Group):
    """Which buildings are asked: of some uses (all where empty), of an age, among those of a trait.

    `min_floor_area` is the least floor area of a building that is asked, m².
    """

    uses: AnyLandCodes = ()
    age: Literal["all", "new", "existing"] = "all"
    among: Among = "all"
    min_floor_area: SquareMetres = 0.0


EVERY = Asked()


def asked_of(buildings: gpd.GeoDataFrame, asked: Asked, shared: Shared | None) -> Flags:
    """Return True for each building that is asked.

    Raises
    ------
    MissingColumnError
        If uses, an age or a trait are asked for and not known of any building.
    """
    chosen = floors_of_all(buildings, shared) >= asked.min_floor_area
    if asked.uses:
        use = known(buildings, "buildings", "use", shared)
        chosen &= np.asarray(matches(use, tuple(asked.uses)), dtype=bool)
    if asked.age != "all":
        known(buildings, "buildings", "is_new", shared)
        chosen &= flag(buildings, "is_new") == (asked.age == "new")
    return chosen if asked.among == "all" else having(buildings, asked.among, chosen, shared)


def having(buildings: gpd.GeoDataFrame, trait: str, among: Flags, shared: Shared | None) -> Flags:
    """Return which of some buildings have a trait."""
    held = held_by(buildings, "buildings", TRAITS[trait], among, shared)
    return np.asarray(held.has, dtype=bool)


def sum_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    amounts: Floats,
    chosen: Flags,
    shared: Shared | None,
    *,
    excused: bool = False,
) -> Measure:
    """Return an amount of the chosen buildings by unit, with what is known of them."""
    return amount_of(
        units, buildings, BUILDINGS_BY_UNIT, amounts, chosen, shared, facts=FACTS, excused=excused
    )


FACTS = ("name", "use", "floors", "height", "exemption")
"""Columns of buildings that their evidence shows."""
