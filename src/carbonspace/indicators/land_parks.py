"""Parks by their number and area per person, and greenways by their length."""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._bases import Base, zones_of
from carbonspace.indicators._documents import BAYANNUR, JIUJIANG, LIANYUNGANG, PKU
from carbonspace.indicators._land import Ground, ground_of, over_ground
from carbonspace.indicators._shared import (
    Floats,
    evidence_frame,
    known,
    numbers,
    of_classes,
    spread,
    summed,
)
from carbonspace.indicators._steps import (
    PARCELS_BY_UNIT,
    lines_in,
    points_in,
    polygons_in,
    stretch_evidence,
)
from carbonspace.indicators._traits import Flags
from carbonspace.model.coded import PARK_CLASSES
from carbonspace.model.indicator import Indicator, SquareMetres, Unit, indicator, variant
from carbonspace.model.kinds import Choice, Listed
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

PARKS_BY_UNIT = "parks by unit"
GREENWAYS_BY_UNIT = "greenways by unit"
GB_55014 = "GB 55014-2021 §2.1.3-2.1.4"
ParkClasses = Annotated[tuple[str, ...], Unit("code"), Listed(Choice(tuple(PARK_CLASSES)))]


@indicator(
    title=Text("人均公园绿地面积", "Park area per person"),
    unit="m²/person",
    theme="land",
    aggregate="ratio",
    source=f"{LIANYUNGANG} 三11; {PKU} §7.5(七)4; {GB_55014}",
    definition=Text(
        "单元内公园绿地面积除以常住人口；base=built_up 时两者都限于建成区内。公园取自公园图层，不"
        "应重叠；人口按面积均布于其地块。park_classes 非空时只计这些类别的公园。",
        "Area of parks in the unit over its residents; with base=built_up both are taken within "
        "the built-up area. Parks are those of their layer and should not overlap; people are "
        "spread evenly over their parcel. With park_classes only parks of these classes count.",
    ),
)
def park_area_per_capita(
    units: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    park_classes: ParkClasses = (),
    base: Base = "unit",
    shared: Shared | None = None,
) -> Measure:
    """Return the area of parks per resident of each unit.

    Parameters
    ----------
    units
        Planning units.
    parks
        Polygons; with `park_class` where classes are asked for.
    parcels
        Polygons with `population`.
    boundaries
        Polygons with `boundary_type`; needed where `base` is "built_up".
    park_classes
        Classes of parks that count; all where empty.
    base
        Where parks and people are counted: in the unit, or in the built-up area of it.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        m² per person; numerators are m², denominators persons. Evidence: the parks that count.

    Raises
    ------
    MissingColumnError
        If the population of every parcel, or the class of every park, is not known.
    MissingLayerError
        If `base` is "built_up" and there are no boundaries.

    Notes
    -----
    连云港 三11: 城区人均公园绿地面积不低于15.5平方米; GB 55014-2021 §2.1.3-2.1.4: 应大于8.0m2/人.
    """
    chosen = _of_class(parks, park_classes, shared)
    people = numbers(known(parcels, "parcels", "population", shared))
    zones = zones_of(units, base, boundaries, shared)
    ground = Ground(zones, base, np.empty(0))
    held = polygons_in(zones, parcels, ground.step(PARCELS_BY_UNIT), shared)
    residents = spread(held, people, units)
    area = shapely.area(parks.geometry.to_numpy())
    return over_ground(units, parks, PARKS_BY_UNIT, area, chosen,
                       ground._replace(area=residents), shared, scale=1.0,
                       facts=("name", "park_class"))  # fmt: skip


def _of_class(parks: gpd.GeoDataFrame, classes: tuple[str, ...], shared: Shared | None) -> Flags:
    if not classes:
        return np.ones(len(parks), dtype=bool)
    return of_classes(known(parks, "parks", "park_class", shared), tuple(classes))


@indicator(
    title=Text("小微绿地与口袋公园数", "Pocket parks"),
    unit="count",
    theme="land",
    aggregate="sum",
    source=f"{PKU} §7.5(七)4; {LIANYUNGANG} 三11",
    definition=Text(
        "面积不小于下限、不大于上限的公园个数，各按一点归属单元。原文未给出规模与数值；缺省 "
        "400–10000 平方米凭记忆取自《口袋公园建设指南（试行）》，尚未核对。",
        "Number of parks at least as large as the lower limit and no larger than the upper one, "
        "each counted at one point. The source gives neither size nor value; 400 to 10,000 m² is "
        "from memory of the national guide on pocket parks, not checked.",
    ),
    decimals=0,
    verified=False,
)
def pocket_park_count(
    units: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    *,
    min_area: SquareMetres = 400.0,
    max_area: SquareMetres = 10_000.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the number of small parks in each unit.

    Parameters
    ----------
    units, shared
        As for `park_area_per_capita`.
    parks
        Polygons.
    min_area, max_area
        Sizes between which a park counts, both included, m².

    Returns
    -------
    Measure
        A count. Evidence: the parks that count, with their area.

    Notes
    -----
    连云港 三11: 口袋公园; no number is asked for.
    """
    area = shapely.area(parks.geometry.to_numpy())
    small = (area >= min_area * (1 - 1e-9)) & (area <= max_area * (1 + 1e-9))
    held = points_in(units, parks, "parks by unit, as points", shared)
    rows = np.flatnonzero(small[held.feature])
    return Measure.of(
        units.index,
        summed(held.zone[rows], held.weight[rows], units),
        scale=1.0,
        evidence=lambda: evidence_frame(
            units,
            held.zone[rows],
            parks.geometry.to_numpy()[held.feature[rows]],
            park_id=np.asarray(parks.index)[held.feature[rows]],
            area_m2=area[held.feature[rows]],
        ),
    )


@indicator(
    title=Text("绿道长度", "Length of greenways"),
    unit="km",
    theme="land",
    aggregate="sum",
    source=f"{PKU} §7.5(七)4, §7.6(三)4; {BAYANNUR} 二(三)14; {JIUJIANG} 二(一)",
    definition=Text(
        "单元内绿道线长度之和；位于单元边界上的由相邻单元均分。原文未给出数值。",
        "Length of greenways in the unit; one on the boundary of units counts in equal parts to "
        "each. The sources give no value.",
    ),
)
def greenway_length(
    units: gpd.GeoDataFrame, greenways: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the length of greenways in each unit.

    Parameters
    ----------
    units, shared
        As for `park_area_per_capita`.
    greenways
        Lines.

    Returns
    -------
    Measure
        km; numerators are metres. Evidence: the greenways with their metres in the unit.

    Notes
    -----
    巴彦淖尔 二(三)14, 九江 二(一): greenways are to be built; no length is asked for.
    """
    return _greenways(units, units, greenways, GREENWAYS_BY_UNIT, None, shared)


@indicator(
    title=Text("绿道密度", "Density of greenways"),
    unit="km/km²",
    theme="land",
    aggregate="ratio",
    source=f"{PKU} §7.5(七)4, §7.6(三)4; {BAYANNUR} 二(三)14; {JIUJIANG} 二(一)",
    definition=Text(
        "绿道线长度除以分母面积，缺省为单元；base=built_up 时两者都限于建成区内。位于单元边界上的"
        "由相邻单元均分。原文未给出数值。",
        "Length of greenways over the base, by default the area of the unit; with base=built_up "
        "both are taken within the built-up area. One on the boundary of units counts in equal "
        "parts to each. The sources give no value.",
    ),
)
def greenway_density(
    units: gpd.GeoDataFrame,
    greenways: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    base: Base = "unit",
    shared: Shared | None = None,
) -> Measure:
    """Return the length of greenways per area of each unit.

    Parameters
    ----------
    units, boundaries, shared
        As for `park_area_per_capita`.
    greenways
        Lines.
    parcels
        Polygons with `land_use`; needed where `base` is a class of land.
    base
        The denominator.

    Returns
    -------
    Measure
        km/km²; numerators are metres, denominators m². Evidence: as for `greenway_length`.

    Raises
    ------
    MissingLayerError
        If the base needs parcels or boundaries that are not there.

    Notes
    -----
    PKU §7.5(七)4: greenways, without a value.
    """
    ground = ground_of(units, base, parcels, boundaries, shared)
    name = ground.step(GREENWAYS_BY_UNIT)
    return _greenways(units, ground.zones, greenways, name, ground.area, shared)


def _greenways(
    units: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    greenways: gpd.GeoDataFrame,
    name: str,
    area: Floats | None,
    shared: Shared | None,
) -> Measure:
    parts = lines_in(zones, greenways, name, shared)
    return Measure.of(
        units.index,
        summed(parts.zone, parts.length, units),
        area,
        scale=1e-3 if area is None else 1000.0,
        evidence=lambda: stretch_evidence(zones, greenways, parts),
    )


VARIANTS: tuple[Indicator, ...] = (
    variant(
        park_area_per_capita, "comprehensive_park_area_per_capita",
        Text("人均综合公园面积", "Comprehensive park area per person"),
        facts={"source": GB_55014}, park_classes=("comprehensive",),
    ),
    variant(
        park_area_per_capita, "community_park_area_per_capita",
        Text("人均社区公园面积", "Community park area per person"),
        facts={"source": GB_55014}, park_classes=("community",),
    ),
)  # fmt: skip
