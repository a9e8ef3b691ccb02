"""Sponge cities: built-up land where enough of the rain is kept."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.errors import MissingColumnError, MissingLayerError
from carbonspace.indicators._bases import of_type, within
from carbonspace.indicators._documents import LIANYUNGANG
from carbonspace.indicators._land import beyond
from carbonspace.indicators._shared import arrays, filled, is_unknown, summed
from carbonspace.indicators._steps import cut_evidence
from carbonspace.indicators._traits import Flags
from carbonspace.kernels import overlay
from carbonspace.model.indicator import indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

RunoffBy = Literal["zones", "parcels"]


@indicator(
    title=Text("海绵城市达标率", "Land that meets its runoff target"),
    unit="%",
    theme="land",
    aggregate="ratio",
    source=f"{LIANYUNGANG} 三12",
    definition=Text(
        "年径流总量控制率不低于目标的排水分区（boundaries.boundary_type 为 sponge_zone）在建成区内"
        "的面积除以建成区面积；runoff_by=parcels 时按地块自身的控制率与目标。未填控制率或目标的按"
        "未达标计，不在任何分区（地块）内的建成区也按未达标计。",
        "Built-up land inside drainage zones (boundary_type sponge_zone) whose control of annual "
        "runoff reaches its target, over all built-up land; with runoff_by=parcels parcels are "
        "held against their own target. What states no rate or no target does not reach it, nor "
        "does built-up land outside every zone (parcel).",
    ),
    decimals=1,
)
def sponge_compliance(
    units: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    runoff_by: RunoffBy = "zones",
    shared: Shared | None = None,
) -> Measure:
    """Return the share of built-up land that meets the target of runoff control.

    Parameters
    ----------
    units, shared
        Planning units, and steps to share with other indicators.
    boundaries
        Polygons with `boundary_type`; drainage zones with `runoff_control` and `runoff_target`, %.
    parcels
        Polygons with the same two columns; needed where `runoff_by` is "parcels".
    runoff_by
        Whose rates are compared.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m² of built-up land. Evidence: the zones (or
        parcels) that fall short, with their rate and target.

    Raises
    ------
    MissingLayerError
        If there are no boundaries, or parcels are asked for and there are none.
    MissingColumnError
        If rates or targets are not known at all.
    UnstatedError
        If the plan has no drainage zone, or no built-up area.

    Notes
    -----
    连云港 三12: 到2025年，城市建成区海绵城市达标率不低于40%.
    """
    town = within(units, boundaries, "built_up", shared)
    if runoff_by == "zones":
        asked = of_type(boundaries, "sponge_zone", shared)
        return _inside(units, town, boundaries, asked, _meets(boundaries, "boundaries", shared))
    if parcels is None:
        raise MissingLayerError("parcels")
    every = np.ones(len(parcels), dtype=bool)
    return _inside(units, town, parcels, every, _meets(parcels, "parcels", shared))


_RUNOFF = ("runoff_control", "runoff_target")


def _meets(layer: gpd.GeoDataFrame, name: str, shared: Shared | None) -> Flags:
    for column in _RUNOFF:
        if is_unknown(layer, name, column, shared):
            raise MissingColumnError(name, column)
    nothing = np.full(len(layer), np.nan)
    rate, target = (filled(layer, column, nothing) for column in _RUNOFF)
    return np.asarray(rate >= target, dtype=bool)


def _inside(
    units: gpd.GeoDataFrame, town: gpd.GeoDataFrame, places: gpd.GeoDataFrame, asked: Flags,
    meets: Flags,
) -> Measure:  # fmt: skip
    """Return the part of built-up land inside places that meet their target; overlaps once."""
    zones, shapes = arrays(town, places)
    area = shapely.area(zones)
    there = np.flatnonzero(area > 0)
    missed = shapely.area(beyond(zones[there], shapes[asked & meets]))
    missing = places[asked & ~meets]
    cut = overlay.cut_along(zones, shapes[asked & ~meets])
    return Measure.of(
        units.index,
        summed(there, np.maximum(area[there] - missed, 0.0), units),
        area,
        scale=100.0,
        evidence=lambda: cut_evidence(
            units,
            missing,
            cut,
            **{name: missing[name].to_numpy()[cut.feature] for name in _RUNOFF},
            area_m2=cut.area,
        ),
    )
