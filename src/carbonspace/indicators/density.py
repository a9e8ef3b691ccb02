"""Density: people and floor area on the ground, by the base the source divides by."""

from __future__ import annotations

from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._bases import Base, base_areas, zones_of
from carbonspace.indicators._documents import BAYANNUR, COUNTY_2021, JIUJIANG, PKU, SHANGDANG
from carbonspace.indicators._localities import Localities, localities_of
from carbonspace.indicators._rows import rows_by_place
from carbonspace.indicators._shared import (
    Floats,
    evidence_frame,
    is_unknown,
    known,
    numbers,
    summed,
)
from carbonspace.indicators._steps import (
    BUILDINGS_BY_UNIT,
    PARCELS_BY_BLOCK,
    PARCELS_BY_UNIT,
    cut_evidence,
    floors_of_all,
    polygons_in,
)
from carbonspace.kernels import overlay
from carbonspace.model.indicator import Indicator, Metres, Unit, indicator
from carbonspace.model.kinds import Number
from carbonspace.model.measure import Measure, divided
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

PerArea = Annotated[float, Unit("person/km²"), Number(low=0, unit="person/km²")]
Locality = Literal["block", "cell"]
_KM2 = 1e6


@indicator(
    title=Text("人口密度", "Population density"),
    unit="person/km²",
    theme="density",
    aggregate="ratio",
    source=f"{SHANGDANG} §九; {BAYANNUR} 二(一)1-2; {JIUJIANG} 二(一); {PKU} §7.8(三)2; "
    f"{COUNTY_2021}",
    definition=Text(
        "常住人口除以用地面积。base 说明分母：unit 为单元，built_up 为单元内的建成区（分子只计其内"
        "的人口），construction 为建设用地，residential 为居住用地。各文件以建成区、城镇区或组团为"
        "准，同一城市口径不同则数值不同，故不代为猜测。人口按面积均布于其地块。",
        "Residents over land. base is the denominator: the unit, the built-up area in it (then "
        "only people on it count), its construction land, or its residential land. Sources speak "
        "of built-up areas, towns or clusters, and one city has different values with each, so "
        "none is guessed. People are spread evenly over their parcel.",
    ),
    levels=("unit", "city", "block"),
    decimals=0,
    whole=("blocks",),
)
def pop_density(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame | None = None,
    blocks: gpd.GeoDataFrame | None = None,
    *,
    base: Base = "unit",
    shared: Shared | None = None,
) -> Measure:
    """Return the residents per area of each unit and block.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    parcels
        Polygons with `population`, and `land_use` where `base` is a class of land.
    boundaries
        Polygons with `boundary_type`; needed where `base` is "built_up".
    blocks
        Polygons; without them there are no figures by block, which are of the whole block.
    base
        The denominator.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        person/km²; numerators are persons, denominators m². `parts` has one row per block.

    Raises
    ------
    MissingColumnError
        If `population`, or a land use that is asked for, is not known of any parcel.
    MissingLayerError
        If `base` is "built_up" and there is no such boundary.

    Notes
    -----
    上党 §九: 建成区人口密度应控制在每平方公里0.6万至1万人.
    """
    people = numbers(known(parcels, "parcels", "population", shared))
    zones = zones_of(units, base, boundaries, shared)
    name = PARCELS_BY_UNIT if zones is units else f"parcels by {base}"
    cut = polygons_in(zones, parcels, name, shared)
    held = cut.share * people[cut.feature]
    return Measure.of(
        units.index,
        summed(cut.zone, held, units),
        base_areas(units, base, parcels, boundaries, shared),
        scale=_KM2,
        parts={}
        if blocks is None
        else {"block": _by_block(units, blocks, parcels, people, shared)},
        evidence=lambda: cut_evidence(
            units,
            parcels,
            cut,
            "parcel_id",
            population=held,
            density=divided(held, cut.area, scale=_KM2),
        ),
    )


def _by_block(
    units: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    people: Floats,
    shared: Shared | None,
) -> pd.DataFrame:
    """Return the residents, the area and the density of each block that lies in a unit."""
    cut = polygons_in(blocks, parcels, PARCELS_BY_BLOCK, shared)
    top = overlay.sums(cut.zone, cut.share * people[cut.feature], len(blocks))
    bottom = shapely.area(blocks.geometry.to_numpy())
    return rows_by_place(units, blocks, "block", (top, bottom), shared, scale=_KM2)


@indicator(
    title=Text("地段最高人口密度", "Greatest local population density"),
    unit="person/km²",
    theme="density",
    aggregate="max",
    source=f"{JIUJIANG} 二(一)",
    definition=Text(
        "单元内人口密度最高的地段的密度。原文未定义地段：locality=block 为街坊，"
        "cell 为固定于坐标网的方格（边长 cell_side，按格心归属单元，其内人口全部计入）。",
        "Density of the densest locality of the unit. The source does not say what a locality is: "
        "a block, or (locality=cell) a square of cell_side metres, fixed to the grid of the CRS, "
        "that belongs to the unit its middle lies in and counts with all its people.",
    ),
    levels=("unit", "city", "block"),
    decimals=0,
    reach="cell_side",
    whole=("blocks",),
    verified=False,
)
def pop_density_local_max(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame | None = None,
    *,
    locality: Locality = "block",
    cell_side: Metres = 100.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the greatest density of a locality in each unit.

    Parameters
    ----------
    units, parcels, shared
        As for `pop_density`.
    blocks
        Polygons; needed where `locality` is "block".
    locality
        What a locality is.
    cell_side
        Side of the squares, metres.

    Returns
    -------
    Measure
        person/km²: people and m² of the densest locality; NaN where the unit holds none. Evidence:
        every locality, with its people and its density. `parts` has one row per block.

    Raises
    ------
    MissingColumnError
        If `population` is not known of any parcel.
    MissingLayerError
        If blocks are asked for and there are none.

    Notes
    -----
    九江 二(一): 个别地段最高不超过1.5万人每平方公里.
    """
    places = localities_of(units, parcels, blocks, locality, cell_side, shared)
    densest = _densest(places, len(units))
    people = numbers(parcels["population"])
    return Measure.of(
        units.index,
        _at(places.people, densest),
        _at(places.area, densest),
        scale=_KM2,
        extreme="max",
        parts={}
        if blocks is None
        else {"block": _by_block(units, blocks, parcels, people, shared)},
        evidence=lambda: _shown(units, places, np.ones(len(places.unit), dtype=bool)),
    )


def _at(values: Floats, rows: np.ndarray) -> Floats:
    """Return the values at some rows, NaN for row -1."""
    return np.asarray(np.append(values, np.nan)[rows], dtype=float)


def _densest(places: Localities, count: int) -> np.ndarray:
    """Return the densest locality of each unit, the first of equals; -1 where it has none."""
    order = np.lexsort((np.arange(len(places.unit)), -places.density, places.unit))
    held, first = np.unique(places.unit[order], return_index=True)
    result = np.full(count, -1)
    result[held] = order[first]
    return result


@indicator(
    title=Text("人口密度过高的用地规模", "Land that is too densely populated"),
    unit="km²",
    theme="density",
    aggregate="sum",
    source=f"{JIUJIANG} 二(一); 住房和城乡建设部 2021 年城市体检指标体系",
    definition=Text(
        "人口密度高于限值的地段（街坊或方格）的面积。",
        "Area of the localities (blocks or squares) whose population density is above the limit.",
    ),
    reach="cell_side",
    whole=("blocks",),
    decimals=3,
    verified=False,
)
def pop_gt15k_land_area(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame | None = None,
    *,
    max_density: PerArea = 15_000.0,
    locality: Locality = "block",
    cell_side: Metres = 100.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the area of localities denser than a limit.

    Parameters
    ----------
    units, parcels, blocks, locality, cell_side, shared
        As for `pop_density_local_max`.
    max_density
        Density above which a locality counts, person/km².

    Returns
    -------
    Measure
        km²; numerators are m². Evidence: the localities that count.

    Raises
    ------
    MissingColumnError
        If `population` is not known of any parcel.
    MissingLayerError
        If blocks are asked for and there are none.

    Notes
    -----
    住建部 2021: 人口密度超过每平方公里1.5万人的城市建设用地规模.
    """
    places = localities_of(units, parcels, blocks, locality, cell_side, shared)
    dense = places.density > max_density
    return Measure.of(
        units.index, summed(places.unit[dense], places.area[dense], units), scale=1 / _KM2,
        evidence=lambda: _shown(units, places, dense),
    )  # fmt: skip


def _shown(units: gpd.GeoDataFrame, places: Localities, chosen: np.ndarray) -> gpd.GeoDataFrame:
    return evidence_frame(
        units,
        places.unit[chosen],
        places.geometry[chosen],
        population=places.people[chosen],
        area_m2=places.area[chosen],
        density=places.density[chosen],
    )


@indicator(
    title=Text("建筑总面积与建设用地面积的比值", "Floor area over construction land"),
    unit="",
    theme="density",
    aggregate="ratio",
    source=f"{SHANGDANG} §九; {BAYANNUR} 二(一)2; {PKU} §7.8(三)2; {COUNTY_2021}",
    definition=Text(
        "地上建筑面积之和除以分母面积，缺省为建设用地（07–16 类，含道路与绿地），故不是地块容积率的"
        "平均值，也不用于判定单个地块。",
        "Floor area above ground over the denominator, by default construction land (classes "
        "07-16, roads and green included): a gross ratio, not the mean of parcels' floor-area "
        "ratios, and no test of a single parcel.",
    ),
    decimals=3,
)
def floor_area_to_construction_land(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    base: Base = "construction",
    shared: Shared | None = None,
) -> Measure:
    """Return the floor area per land of each unit.

    Parameters
    ----------
    units, boundaries, base, shared
        As for `pop_density`.
    buildings
        Footprints with `floor_area` (m²) or `floors`.
    parcels
        Polygons with `land_use`; needed where `base` is a class of land.

    Returns
    -------
    Measure
        m² of floor per m² of land. Evidence: the buildings with their floor area in the unit.

    Raises
    ------
    MissingLayerError
        If the base needs parcels or boundaries that are not there.
    MissingColumnError
        If neither floor areas nor floors are known of any building, or no land use is.

    Notes
    -----
    上党 §九: 建成区的建筑总面积与建设用地面积的比值应控制在0.6至0.8. 计容 underground floors are
    not known and do not count.
    """
    if all(is_unknown(buildings, "buildings", one, shared) for one in ("floor_area", "floors")):
        raise MissingColumnError("buildings", "floor_area")
    zones = zones_of(units, base, boundaries, shared)
    name = BUILDINGS_BY_UNIT if zones is units else f"buildings by {base}"
    cut = polygons_in(zones, buildings, name, shared)
    floor = cut.share * floors_of_all(buildings, shared)[cut.feature]
    return Measure.of(
        units.index,
        summed(cut.zone, floor, units),
        base_areas(units, base, parcels, boundaries, shared),
        scale=1.0,
        evidence=lambda: cut_evidence(units, buildings, cut, "building_id", floor_m2=floor),
    )


VARIANTS: tuple[Indicator, ...] = ()
