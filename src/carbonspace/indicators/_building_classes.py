"""Classes of buildings that clauses name: large public ones, compounds, super high-rises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._building_traits import PUBLIC
from carbonspace.indicators._documents import BAYANNUR, LIANYUNGANG
from carbonspace.indicators._shared import (
    arrays,
    flag,
    known,
    longest,
    places,
    text_column,
)
from carbonspace.indicators._steps import (
    BUILDINGS_BY_PARCEL,
    floors_of_all,
    mostly_in,
    polygons_in,
)
from carbonspace.indicators._traits import Flags
from carbonspace.kernels import overlay
from carbonspace.model.floors import heights
from carbonspace.model.indicator import Layers
from carbonspace.model.landuse import matches
from carbonspace.model.shared import Shared

LARGE_PUBLIC_M2 = 20_000.0
LARGE_COMPOUND_M2 = 50_000.0
SUPER_HIGH_M = 100.0
_HOMES = ("07",)
_CULTURE_AND_CARE = ("0803", "0804", "0805", "0806")
"""Culture, schools, sports, health: the public buildings that 连云港 names."""


class Classes(NamedTuple):
    """What clauses tell buildings apart by; one value for each building."""

    is_new: Flags
    public: Flags
    home: Flags
    government: Flags
    social: Flags
    institution: Flags
    care: Flags
    large_public: Flags
    large_compound: Flags
    super_highrise: Flags
    new_district: Flags
    is_retrofitted: Flags

    @property
    def selected(self) -> Mapping[str, Any]:
        """What rules select buildings on, besides their own columns."""
        names = ("large_public", "large_compound", "super_highrise", "new_district")
        return {name: getattr(self, name) for name in names}


class Clause(NamedTuple):
    """The class of buildings a clause names, and how many stars it asks of them."""

    source: str
    words: str
    stars: int
    holds: Flags


def classes_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None,
    boundaries: gpd.GeoDataFrame | None,
    shared: Shared | None,
    *,
    storey: float = 3.0,
    super_high: float = SUPER_HIGH_M,
) -> Classes:
    """Return which classes each building belongs to.

    Without parcels no home is in a large compound; without boundaries, or a type of its unit, no
    building lies in a new district. Heights that are not known are floors by `storey` metres.

    Raises
    ------
    MissingColumnError
        If the use of buildings, or which are new, is not known of any.
    """
    use = known(buildings, "buildings", "use", shared)
    known(buildings, "buildings", "is_new", shared)
    funder = text_column(buildings, "funder")
    public, home = _of(use, PUBLIC), _of(use, _HOMES)
    return Classes(
        is_new=flag(buildings, "is_new"),
        public=public,
        home=home,
        government=_equal(funder, "government"),
        social=_equal(funder, "social"),
        institution=_of(use, ("08",)),
        care=_of(use, _CULTURE_AND_CARE),
        large_public=public & (floors_of_all(buildings, shared) >= LARGE_PUBLIC_M2),
        large_compound=_in_compound(buildings, home, parcels, shared),
        super_highrise=heights(buildings, storey) > super_high,
        new_district=_in_new(units, buildings, boundaries, shared),
        is_retrofitted=flag(buildings, "is_retrofitted"),
    )


def star_clauses(of: Classes, document: str) -> list[Clause]:
    """Return what a document asks in stars of new buildings, class by class."""
    if document == "lianyungang":
        words = "政府投资的新建学校、医院、博物馆、科技馆、体育馆等公共建筑"
        return [Clause(f"{LIANYUNGANG} 二2", words, 2, of.is_new & of.government & of.care)]
    civil = of.public | of.home
    found = {
        "机关办公建筑、公益性建筑": (1, of.institution),
        "保障性住房": (1, of.home & of.social),
        "2万平方米以上大型公共建筑": (1, of.large_public),
        "5万平方米以上居住小区": (1, of.large_compound),
        "城市新建区与绿色生态城区中民用建筑": (1, civil & of.new_district),
        "超高层建筑": (3, of.super_highrise),
    }
    source = f"{BAYANNUR} 二(二)5"
    return [Clause(source, words, stars, of.is_new & holds)
            for words, (stars, holds) in found.items()]  # fmt: skip


def read_of(clauses: list[Clause], count: int) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Return the words of the strictest clause that names each building; blank where none does."""
    words = np.full(count, "", dtype=object)
    for one in sorted(clauses, key=lambda clause: clause.stars):
        words[one.holds] = f"{one.source}: {one.words}"
    return words


def compound_reach(_settings: Mapping[str, Any], layers: Layers) -> float:
    """Return how far a building may lie that is in one compound with one of the unit, metres."""
    parcels = layers.get("parcels")
    if parcels is None or "land_use" not in parcels:
        return longest(layers.get("buildings"))
    homes = parcels[_of(parcels["land_use"], _HOMES)]
    return longest(layers.get("buildings")) + longest(homes)


def _in_compound(
    buildings: gpd.GeoDataFrame,
    home: Flags,
    parcels: gpd.GeoDataFrame | None,
    shared: Shared | None,
) -> Flags:
    """Return the homes most of which stands on a parcel for homes with so much floor of homes."""
    result = np.zeros(len(buildings), dtype=bool)
    if parcels is None:
        return result
    lot = _of(known(parcels, "parcels", "land_use", shared), _HOMES)
    cut = polygons_in(parcels, buildings, BUILDINGS_BY_PARCEL, shared)
    floor = cut.share * (floors_of_all(buildings, shared) * home)[cut.feature]
    large = lot & (overlay.sums(cut.zone, floor, len(parcels)) >= LARGE_COMPOUND_M2)
    result[cut.feature[large[cut.zone] & (cut.share > 0.5)]] = True
    return result & home


def _in_new(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame | None,
    shared: Shared | None,
) -> Flags:
    """Return the buildings of units of type `new`, and those within a new district."""
    unit = mostly_in(units, buildings, "building", shared)
    kinds = text_column(units, "unit_type")
    result = np.array(unit.isin(units.index[_equal(kinds, "new")]), dtype=bool)
    if boundaries is not None:
        districts = boundaries[_equal(boundaries["boundary_type"], "new_district")]
        shapes = arrays(units, districts)[1]
        inside, _ = shapely.STRtree(shapes).query(places(buildings), predicate="intersects")
        result[inside] = True
    return result


def _of(codes: Any, prefixes: tuple[str, ...]) -> Flags:
    return np.asarray(matches(codes, prefixes), dtype=bool)


def _equal(values: Any, word: str) -> Flags:
    return np.asarray(values.eq(word).fillna(value=False), dtype=bool)
