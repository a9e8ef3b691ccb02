"""Control lines: what stands or lies within them that should not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._bases import clipped
from carbonspace.indicators._documents import PKU
from carbonspace.indicators._exempt import excused_by_unit, exempted
from carbonspace.indicators._rows import rows_by_place
from carbonspace.indicators._shared import (
    Geometries,
    arrays,
    known,
    summed,
)
from carbonspace.indicators._steps import cut_evidence
from carbonspace.kernels import overlay
from carbonspace.model.coded import LINE_TYPES
from carbonspace.model.indicator import AnyLandCodes, Codes, Group, indicator
from carbonspace.model.landuse import matches
from carbonspace.model.levels import Level
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

RIGID = ("blue", "purple", "red")
"""Lines that hold as drawn; yellow and green ones have a rigid amount and a flexible boundary."""
_EVERY = tuple(LINE_TYPES)
_READING = Text(
    "各类控制线内允许的用途为本工具的设定（参数 in_blue 等，未核实），其余为冲突；用途未知的不判定"
    "。同类控制线重叠处计一次，不同类分别计。蓝线、紫线和道路红线为刚性，黄线、绿线为刚性指标加弹"
    "性边界，佐证逐处注明。有豁免记录的不计，另行列出。条文未给出数值。",
    "Which uses are allowed within each kind of line is our own choice (parameters `in_blue` and "
    "so on, unverified): all others conflict, and what has no known use is not judged. Where lines "
    "of one kind overlap the ground counts once, those of different kinds count each. Blue, purple "
    "and red lines are rigid, of yellow and green ones the amount is and the boundary is flexible: "
    "the evidence says which. What has a recorded exemption does not count and is told. The "
    "clause states no value.",
)


@dataclass(frozen=True)
class Allowed(Group):
    """Land-use codes that are allowed within each kind of line."""

    in_blue: AnyLandCodes = ("05", "14", "17", "1207")
    in_green: AnyLandCodes = ("05", "14", "17")
    in_yellow: AnyLandCodes = ("12", "13", "14")
    in_purple: AnyLandCodes = ("07", "08", "0901", "14", "1207", "1504")
    in_red: AnyLandCodes = ("12",)


COMMON = Allowed()


@indicator(
    title=Text("控制线内冲突用地面积", "Land in conflict with control lines"),
    unit="m²",
    theme="control",
    aggregate="sum",
    whole=("parcels",),
    source=f"{PKU} §7.5(四)4",
    definition=Text(
        f"位于控制线（蓝、绿、黄、紫线与道路红线）内且用途冲突的地块面积。{_READING.zh}",
        "Area of parcels within control lines (blue, green, yellow, purple, red) whose use "
        f"conflicts with them. {_READING.en}",
    ),
    levels=("unit", "city", "parcel"),
    decimals=0,
    verified=False,
)
def control_line_encroachment(
    units: gpd.GeoDataFrame,
    control_lines: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    line_types: Codes = _EVERY,
    allowed: Allowed = COMMON,
    shared: Shared | None = None,
) -> Measure:
    """Return the area of parcels in conflict with control lines.

    Parameters
    ----------
    units
        Planning units.
    control_lines
        Polygons with `line_type`.
    parcels
        Polygons with `land_use`.
    line_types
        Which lines are looked at.
    allowed
        What is allowed within them.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        m². Evidence: each part of a parcel within a line, with `line_type` and whether it `rigid`.
        Parts: the area of each parcel that conflicts.

    Raises
    ------
    MissingColumnError
        If land uses are not known.

    Notes
    -----
    PKU §7.5(四)4: 城市蓝线、紫线以及城市快速路和主次干路的走向、红线宽度应作为刚性要素层层落实.
    """
    use = known(parcels, "parcels", "land_use", shared)
    found = _conflicts(units, control_lines, parcels, use, line_types, allowed)
    return _encroached(units, parcels, use, "parcel", found, shared)


@indicator(
    title=Text("控制线内冲突建筑占地面积", "Buildings in conflict with control lines"),
    unit="m²",
    theme="control",
    aggregate="sum",
    whole=("buildings",),
    source=f"{PKU} §7.5(四)4",
    definition=Text(
        f"位于控制线内且用途冲突的建筑基底面积。{_READING.zh}",
        f"Footprint of buildings within control lines whose use conflicts with them. {_READING.en}",
    ),
    levels=("unit", "city", "building"),
    decimals=0,
    verified=False,
)
def control_line_buildings(
    units: gpd.GeoDataFrame,
    control_lines: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    line_types: Codes = _EVERY,
    allowed: Allowed = COMMON,
    shared: Shared | None = None,
) -> Measure:
    """Return the footprint of buildings in conflict with control lines.

    Parameters
    ----------
    units, control_lines, line_types, allowed, shared
        As for `control_line_encroachment`.
    buildings
        Footprints with `use`.

    Returns
    -------
    Measure
        m². Evidence: each part of a building within a line, with `line_type` and whether it is
        `rigid`. Parts: the footprint of each building that conflicts.

    Raises
    ------
    MissingColumnError
        If uses are not known.

    Notes
    -----
    PKU §7.5(四)4: 城市蓝线、紫线以及城市快速路和主次干路的走向、红线宽度应作为刚性要素层层落实.
    """
    use = known(buildings, "buildings", "use", shared)
    found = _conflicts(units, control_lines, buildings, use, line_types, allowed)
    return _encroached(units, buildings, use, "building", found, shared)


class _Conflicts(NamedTuple):
    """What lies in a kind of line and should not: the feature, its ground, the kind."""

    feature: NDArray[np.intp]
    geometry: Geometries
    kind: NDArray[np.object_]


def _conflicts(
    units: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    use: pd.Series,
    line_types: Codes,
    allowed: Allowed,
) -> _Conflicts:
    """Return the ground of each conflicting feature within the lines of each kind."""
    _, shapes, drawn = arrays(units, layer, lines)
    feature, ground, kinds = [], [], []
    for kind in line_types:
        within = drawn[np.asarray(lines["line_type"].eq(kind), dtype=bool)]
        fits = matches(use, tuple(getattr(allowed, f"in_{kind}")))
        conflicting = np.flatnonzero(use.notna().to_numpy() & ~np.asarray(fits, dtype=bool))
        met = np.unique(shapely.STRtree(shapes[conflicting]).query(within, "intersects")[1])
        feature.append(conflicting[met])
        ground.append(clipped(shapes[conflicting[met]], within))
        kinds.append(np.full(len(met), kind, dtype=object))
    return _Conflicts(*(np.concatenate(one) for one in (feature, ground, kinds)))


def _encroached(
    units: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    use: pd.Series,
    level: Level,
    found: _Conflicts,
    shared: Shared | None,
) -> Measure:
    """Return the ground in conflict by unit and by place."""
    exempt = exempted(layer)
    cut = overlay.cut_along(arrays(units)[0], found.geometry)
    feature, kind = found.feature[cut.feature], found.kind[cut.feature]
    out = exempt[feature]
    total = overlay.sums(found.feature, shapely.area(found.geometry), len(layer))
    rows = rows_by_place(units, layer, level, (total, None), shared, chosen=total > 0,
                         about={"land_use": use})  # fmt: skip
    code = np.asarray(use, dtype=object)[feature]
    return Measure.of(
        units.index,
        summed(cut.zone, cut.area * ~out, units),
        scale=1.0,
        parts={level: rows},
        evidence=lambda: cut_evidence(
            units,
            layer,
            cut._replace(feature=feature),
            use=code,
            line_type=kind,
            rigid=np.isin(kind.astype(str), RIGID),
            exempt=out,
            area_m2=cut.area,
        ),
        exempt=excused_by_unit(units, layer, (cut.zone[out], feature[out]), cut.share[out]),
    )
