"""Roads: how many kilometres of street serve a square kilometre."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.indicators._bases import Base, base_areas, zones_of
from carbonspace.indicators._shared import (
    ON_EDGE_M,
    Floats,
    flag,
    known,
    of_classes,
    summed,
)
from carbonspace.indicators._steps import (
    ROADS_BY_UNIT,
    Stretches,
    drawn,
    lines_in,
    stretch_evidence,
    taken,
)
from carbonspace.kernels import lines as line_kernels
from carbonspace.model.indicator import Indicator, Metres, RoadClasses, indicator, variant
from carbonspace.model.layers import ROAD_CLASSES
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

STREETS = ("expressway", "arterial", "secondary", "local")

_DEFINITION = Text(
    "计入等级道路的中心线长度除以单元面积（base=construction 时为单元内建设用地 07–16 类面积，"
    "built_up 时为单元内建成区面积，只计其内的道路）。"
    "位于单元边界上的道路由相邻单元均分；同名反向单行的双幅路按一条计；小区内部路不计。"
    "缺省计入快速路，此口径凭记忆沿用 TD/T 1063，尚未核对原文。",
    "Centreline length of the classes that count, per area of the unit (with base=construction, "
    "per area of construction land, classes 07-16, in the unit; with built_up, of the built-up "
    "area and the roads in it). A road on the boundary of units "
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
    far=("roads",),
    source="巴彦淖尔市城乡建设领域碳达峰实施方案 二(三)11; PKU 2023 §7.5(四)4, §7.6(三)3",
    definition=_DEFINITION,
    verified=False,
)
def road_density(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    boundaries: gpd.GeoDataFrame | None = None,
    *,
    road_classes: RoadClasses = STREETS,
    base: Base = "unit",
    boundary_tolerance: Metres = 0.01,
    dual_gap: Metres = 40.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the road length per area of each unit.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    roads
        Centrelines with `road_class`; with `name` and `oneway`, twin carriageways count once.
    parcels
        Polygons with `land_use`; needed where `base` is a class of land.
    boundaries
        Polygons with `boundary_type`; needed where `base` is "built_up".
    road_classes
        Values of `road_class` that count.
    base
        The denominator: the area of the unit, of the built-up area in it (then only roads there
        count), or of its construction or residential land.
    boundary_tolerance
        A road within this many metres of a shared boundary lies on it.
    dual_gap
        Widest gap between twin carriageways, metres.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        km/km². Numerators are metres, denominators square metres.

    Raises
    ------
    MissingColumnError
        If `road_class`, or a land use that is asked for, is not known.
    MissingLayerError
        If `base` needs parcels or boundaries that are not there.

    Notes
    -----
    PKU 2023 §7.5(四)4; expressways count by default after TD/T 1063 (not checked).
    """
    counted = of_classes(known(roads, "roads", "road_class", shared), road_classes)
    zones = zones_of(units, base, boundaries, shared)
    where = "" if zones is units else f" in {base}"
    parts = lines_in(zones, roads, ROADS_BY_UNIT + where, shared, tolerance=boundary_tolerance)
    rows = counted[parts.line]
    options = {"gap": dual_gap, "tolerance": boundary_tolerance}
    weight = (shared or Shared()).once(
        "carriageways" + where,
        (zones, roads),
        lambda: twin_carriageways(zones, roads, parts, shared, **options).weight(),
        *options.values(),
    )
    metres = rows * parts.length * weight
    return Measure.of(
        units.index,
        summed(parts.zone[rows], metres[rows], units),
        base_areas(units, base, parcels, boundaries, shared),
        scale=1000.0,
        evidence=lambda: _evidence(zones, roads, parts, metres, rows, boundary_tolerance),
    )


class Carriageways(NamedTuple):
    """Stretches of one-way roads of a name, and their twins.

    `single` tells which roads they are, `rows` which of all stretches (`size`), and `line` which
    of the lines that were looked at each of these is: `twins` is where those have twins.
    """

    single: NDArray[np.bool_]
    size: int
    rows: NDArray[np.intp]
    line: NDArray[np.intp]
    twins: line_kernels.Twins

    def weight(self, among: NDArray[np.bool_] | None = None) -> Floats:
        """Return the part of each stretch that counts: 1, less half where a twin runs beside it.

        A twin may be any road, whichever are counted, so that classes add up to the whole; or
        one `among` some of them (bool, one for each road).
        """
        weight = np.ones(self.size)
        share = self.twins.share(None if among is None else among[self.single])
        weight[self.rows] -= 0.5 * share[self.line]
        return weight


def twin_carriageways(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    parts: Stretches,
    shared: Shared | None,
    *,
    gap: float,
    tolerance: float = ON_EDGE_M,
) -> Carriageways:
    """Find where the stretches of all roads (as from `lines_in`) run beside a twin."""

    def make() -> Carriageways:
        name = roads.get("name", pd.Series(index=roads.index, dtype="str"))
        single = np.asarray(name.notna() & (name != ""), dtype=bool) & flag(roads, "oneway")
        group, lines = pd.factorize(name)[0], np.asarray(roads.geometry.array, dtype=object)
        rows = np.flatnonzero(single[parts.line])
        first, line = _distinct(taken(parts, rows))
        looked = taken(parts, rows[first])
        twins = line_kernels.twins(
            drawn(units, roads, looked, tolerance=tolerance),
            group[looked.line],
            lines[single],
            group[single],
            gap=gap,
        )
        return Carriageways(single, len(parts.line), rows, line, twins)

    return (shared or Shared()).once("twin carriageways", (units, roads), make, gap, tolerance)


def _distinct(parts: Stretches) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return one of the stretches that are the same whole line, and which one stands for each."""
    key = np.where(parts.whole, parts.line, -1 - np.arange(len(parts.line)))
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    return first, number


def _evidence(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    parts: Stretches,
    metres: Floats,
    counted: NDArray[np.bool_],
    tolerance: float,
) -> gpd.GeoDataFrame:
    """Return the stretches that count and the compound roads that do not (`counted_m` 0)."""
    compound = of_classes(roads["road_class"], ("compound",))[parts.line]
    shown = np.concatenate([np.flatnonzero(counted), np.flatnonzero(compound & ~counted)])
    return stretch_evidence(
        units, roads, taken(parts, shown), tolerance=tolerance, counted_m=metres[shown]
    )


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
