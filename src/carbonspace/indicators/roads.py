"""Roads: how many kilometres of street serve a square kilometre."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    flag,
    known,
    of_classes,
    one_of,
    stretch_evidence,
    stretches,
    summed,
)
from carbonspace.kernels import lines as line_kernels
from carbonspace.kernels import overlay
from carbonspace.model.indicator import Indicator, Metres, RoadClasses, indicator, variant
from carbonspace.model.landuse import matches
from carbonspace.model.layers import ROAD_CLASSES
from carbonspace.model.measure import Measure
from carbonspace.model.text import Text

STREETS = ("expressway", "arterial", "secondary", "local")
CONSTRUCTION_LAND = tuple(f"{code:02d}" for code in range(7, 17))
"""First-level classes of construction land (建设用地), 07 to 16."""

_DEFINITION = Text(
    "计入等级道路的中心线长度除以单元面积（base=construction 时为单元内建设用地 07–16 类面积）。"
    "位于单元边界上的道路由相邻单元均分；同名反向单行的双幅路按一条计；小区内部路不计。"
    "缺省计入快速路，此口径凭记忆沿用 TD/T 1063，尚未核对原文。",
    "Centreline length of the classes that count, per area of the unit (with base=construction, "
    "per area of construction land, classes 07-16, in the unit). A road on the boundary of units "
    "counts in equal parts to each; twin one-way carriageways of one name count once; roads "
    "inside compounds do not count. That expressways count by default follows TD/T 1063 from "
    "memory, not checked against its text.",
)


@indicator(
    title=Text("路网密度", "Road network density"),
    unit="km/km²",
    theme="roads",
    aggregate="ratio",
    reach="dual_gap",
    source="巴彦淖尔市城乡建设领域碳达峰实施方案 二(三)11; PKU 2023 §7.5(四)4, §7.6(三)3",
    definition=_DEFINITION,
    verified=False,
)
def road_density(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    road_classes: RoadClasses = STREETS,
    base: Literal["unit", "construction"] = "unit",
    boundary_tolerance: Metres = 0.01,
    dual_gap: Metres = 40.0,
) -> Measure:
    """Return the road length per area of each unit.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    roads
        Centrelines with `road_class`; with `name` and `oneway`, twin carriageways count once.
    parcels
        Polygons with `land_use`; needed where `base` is "construction".
    road_classes
        Values of `road_class` that count.
    base
        The denominator: the area of the unit, or of the construction land in it.
    boundary_tolerance
        A road within this many metres of a shared boundary lies on it.
    dual_gap
        Widest gap between twin carriageways, metres.

    Returns
    -------
    Measure
        km/km². Numerators are metres, denominators square metres.

    Raises
    ------
    MissingColumnError
        If `road_class` is not known, or `base` is "construction" and land use is not known.

    Notes
    -----
    PKU 2023 §7.5(四)4; expressways count by default after TD/T 1063 (not checked).
    """
    zones, lines = arrays(units, roads)
    counted = np.flatnonzero(of_classes(known(roads, "roads", "road_class"), road_classes))
    shares = line_kernels.zone_lengths(lines[counted], zones, tolerance=boundary_tolerance)
    rows = counted[shares.feature]
    cut = stretches(lines[counted], zones, shares, tolerance=boundary_tolerance)
    length = shares.length * carriageway_weight(roads, rows, cut, gap=dual_gap)
    return Measure.of(
        units.index,
        summed(shares.zone, length, units),
        _base_area(units, parcels, base),
        scale=1000.0,
        evidence=lambda: _evidence(units, roads, counted, shares, length, boundary_tolerance),
    )


def carriageway_weight(
    roads: gpd.GeoDataFrame, rows: NDArray[np.intp], parts: Geometries, *, gap: float
) -> Floats:
    """Return the part of each stretch that counts: 1, less half where a twin runs beside it.

    `parts` are stretches of `roads`, `rows` the positions of the roads they are cut from. Twins
    are looked for among all roads, whichever are counted, so that classes add up to the whole.
    """
    weight = np.ones(len(rows))
    name = roads.get("name", pd.Series(index=roads.index, dtype="str"))
    single = np.asarray(name.notna() & (name != ""), dtype=bool) & flag(roads, "oneway")
    mine = np.flatnonzero(single[rows])
    if not len(mine):
        return weight
    group, lines = pd.factorize(name)[0], np.asarray(roads.geometry.array, dtype=object)
    twin = line_kernels.twin_share(
        parts[mine], group[rows[mine]], lines[single], group[single], gap=gap
    )
    weight[mine] -= 0.5 * twin
    return weight


def _base_area(units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame | None, base: str) -> Floats:
    """Return the area each unit's roads serve, m²."""
    if one_of("base", base, ("unit", "construction")) == "unit":
        return np.asarray(shapely.area(arrays(units)[0]))
    if parcels is None:
        raise MissingLayerError("parcels")
    zones, plots = arrays(units, parcels)
    built = np.asarray(matches(known(parcels, "parcels", "land_use"), CONSTRUCTION_LAND))
    found = overlay.pieces(zones, plots[built])
    return summed(found.zone, shapely.area(found.geometry), units)


def _evidence(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    counted: NDArray[np.intp],
    shares: line_kernels.LineShares,
    length: Floats,
    tolerance: float,
) -> gpd.GeoDataFrame:
    """Return the stretches that count and the compound roads that do not (`counted_m` 0)."""
    inside = np.flatnonzero(of_classes(roads["road_class"], ("compound",)))
    inside = np.setdiff1d(inside, counted)
    zones, lines = arrays(units, roads)
    compound = line_kernels.zone_lengths(lines[inside], zones, tolerance=tolerance)
    rows = [(counted, shares, length), (inside, compound, 0.0 * compound.length)]
    frames = [
        stretch_evidence(units, roads.iloc[row], share, tolerance=tolerance, counted_m=metres)
        for row, share, metres in rows
    ]
    return pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)


VARIANTS: tuple[Indicator, ...] = tuple(
    variant(
        road_density,
        f"road_density_{road_class}",
        Text(f"{ROAD_CLASSES[road_class].zh}网密度", f"{ROAD_CLASSES[road_class].en} density"),
        facts={"verified": True},
        road_classes=(road_class,),
    )
    for road_class in STREETS
)
