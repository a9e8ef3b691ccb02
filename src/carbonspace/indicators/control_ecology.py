"""Ecological corridors: whether they are wide enough."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._corridors import (
    ECOLOGICAL,
    LENGTH,
    CorridorTypes,
    Shares,
    lengths_of,
    metres_in,
    of_types,
)
from carbonspace.indicators._documents import HEALTH_CHECK_2021
from carbonspace.indicators._extremes import outermost
from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    evidence_frame,
    filled,
    flag,
    known,
    summed,
)
from carbonspace.indicators._traits import Flags
from carbonspace.kernels import overlay
from carbonspace.kernels.width import longer_side
from carbonspace.model.indicator import Metres, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_WIDTH = Text(
    "净宽度取 width，未说明的面状廊道取面积除以长度，线状廊道视为不足。",
    "The net width is `width`; where it is not stated, of a polygon its area over its length, and "
    "a line is taken as too narrow.",
)


@indicator(
    title=Text("城市生态廊道达标率", "Ecological corridors that are wide enough"),
    unit="%",
    theme="control",
    aggregate="ratio",
    source=HEALTH_CHECK_2021,
    definition=Text(
        "净宽度不小于 min_width（100 米）的生态廊道长度除以应设置的生态廊道长度（is_planned 为否的"
        "不"
        f"计入）。{LENGTH.zh}。{_WIDTH.zh}是否贯通见生态廊道连通度，此处不计。",
        "Length of ecological corridors of at least `min_width` (100 m) of net width, over that of "
        "all there should be (those with `is_planned` false are left out). "
        f"{LENGTH.en}. {_WIDTH.en} Whether they hang together is told by the connectivity of "
        "corridors, not here.",
    ),
    decimals=1,
    verified=False,
)
def eco_corridor_compliance(
    units: gpd.GeoDataFrame,
    corridors: gpd.GeoDataFrame,
    *,
    corridor_types: CorridorTypes = ECOLOGICAL,
    min_width: Metres = 100.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of the length of ecological corridors that is wide enough.

    Parameters
    ----------
    units, corridor_types, shared
        As for `corridor_connectivity`.
    corridors
        Lines or polygons with `corridor_type`, `width` (m), `is_planned`.
    min_width
        Least net width, metres.

    Returns
    -------
    Measure
        Percent; numerators and denominators are metres. Evidence: what is too narrow.

    Raises
    ------
    UnstatedError
        If the plan has no corridor of these types.
    MissingColumnError
        If these are lines and no width is known.

    Notes
    -----
    城市体检 2021: 市辖区建成区内组团之间净宽度不小于100米的生态廊道长度.
    """
    asked, width, share = _widths(units, corridors, corridor_types, shared)
    wide = np.nan_to_num(width) >= min_width
    return Measure.of(
        units.index,
        summed(share.zone, share.metres * wide[share.feature], units),
        summed(share.zone, share.metres, units),
        scale=100.0,
        evidence=lambda: _shown(units, asked, ~wide, width_m=width),
    )


@indicator(
    title=Text("生态廊道最小净宽度", "Narrowest ecological corridor"),
    unit="m",
    theme="control",
    aggregate="min",
    source=HEALTH_CHECK_2021,
    definition=Text(
        f"单元内应设置的生态廊道净宽度的最小值；宽度未知的线状廊道不计。{_WIDTH.zh}",
        "The least net width of the ecological corridors there should be in the unit; lines "
        f"without a width do not count. {_WIDTH.en}",
    ),
    decimals=1,
    verified=False,
)
def eco_corridor_width(
    units: gpd.GeoDataFrame,
    corridors: gpd.GeoDataFrame,
    *,
    corridor_types: CorridorTypes = ECOLOGICAL,
    shared: Shared | None = None,
) -> Measure:
    """Return the net width of the narrowest ecological corridor of each unit.

    Parameters
    ----------
    units, corridors, corridor_types, shared
        As for `eco_corridor_compliance`.

    Returns
    -------
    Measure
        Metres; NaN where a unit has no corridor. Evidence: the corridors, with `width_m`.

    Raises
    ------
    UnstatedError, MissingColumnError
        As for `eco_corridor_compliance`.

    Notes
    -----
    城市体检 2021: 市辖区建成区内组团之间净宽度不小于100米的生态廊道长度.
    """
    asked, width, share = _widths(units, corridors, corridor_types, shared)
    told = ~np.isnan(width)[share.feature]
    return Measure.of(
        units.index,
        *outermost(units, share.zone[told], share.feature[told], width, None, "min"),
        scale=1.0,
        extreme="min",
        evidence=lambda: _shown(units, asked, ~np.isnan(width), width_m=width),
    )


def _widths(
    units: gpd.GeoDataFrame,
    corridors: gpd.GeoDataFrame,
    types: CorridorTypes,
    shared: Shared | None,
) -> tuple[gpd.GeoDataFrame, Floats, Shares]:
    """Return the corridors that are asked, the net width of each, and their length by unit."""
    asked = _planned(corridors, types, shared)
    shapes = arrays(units, asked)[1]
    width = _net_widths(asked, shapes, shared)
    return asked, width, metres_in(units, shapes, lengths_of(shapes))


def _planned(
    corridors: gpd.GeoDataFrame, types: CorridorTypes, shared: Shared | None
) -> gpd.GeoDataFrame:
    """Return the corridors of these types, without those that are said not to be planned."""
    chosen = of_types(corridors, types, shared)
    if "is_planned" not in corridors:
        return corridors[chosen]
    stated = corridors["is_planned"].notna().to_numpy()
    return corridors[chosen & ~(stated & ~flag(corridors, "is_planned"))]


def _net_widths(corridors: gpd.GeoDataFrame, shapes: Geometries, shared: Shared | None) -> Floats:
    areas = shapely.get_dimensions(shapes) == 2
    if not areas.any() and len(shapes):
        known(corridors, "corridors", "width", shared)
    drawn = np.full(len(shapes), np.nan)
    drawn[areas] = shapely.area(shapes[areas]) / longer_side(shapes[areas])
    return filled(corridors, "width", drawn)


def _shown(
    units: gpd.GeoDataFrame, corridors: gpd.GeoDataFrame, chosen: Flags, **columns: Floats
) -> gpd.GeoDataFrame:
    """Return what each unit has of the chosen corridors."""
    shapes = arrays(units, corridors)[1]
    which = np.flatnonzero(chosen)
    held = overlay.pieces(arrays(units)[0], shapes[which])
    rows = which[held.feature]
    ids = np.asarray(corridors.index, dtype=object)[rows]
    more = {name: values[rows] for name, values in columns.items()}
    return evidence_frame(units, held.zone, held.geometry, corridor_id=ids, **more)
