"""Layers held against each other: parcels against units, lines against parcels."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.kernels.overlay import Pieces, pieces
from carbonspace.model.finding import Finding
from carbonspace.model.once import Once, made_now
from carbonspace.model.policy import FAULTS, Policies, Policy
from carbonspace.model.text import Text
from carbonspace.prepare.geometry.copies import thinner
from carbonspace.prepare.geometry.treat import Spot, Treated, treated

_NOISE_M2 = 0.01
_MOSTLY = 0.9
"""Share of the lines, by length, that must be closed and follow parcels to be their outlines."""


def across_units(
    parcels: gpd.GeoDataFrame, units: gpd.GeoDataFrame, policies: Policies, once: Once = made_now
) -> Treated:
    """Look for parcels that reach beyond their unit, by less than the tolerance or by more.

    A narrow overhang is a fault of drawing; a parcel that truly lies in several units is told
    in one note.
    """
    policy = policies.of("across_units", "parcels")
    parts = _lesser_parts(parcels, units, once)
    narrow = thinner(parts["shape"].to_numpy(), policy)
    thin = parts[narrow]
    spots = [Spot(str(parcels.index[f]), _beyond(s.area, units.index[z]), s)
             for f, z, s in thin.itertuples(index=False)]  # fmt: skip

    def mend(given: gpd.GeoDataFrame, _policy: Policy) -> gpd.GeoDataFrame:
        shapes = given.geometry.to_numpy().copy()
        for feature, group in thin.groupby("feature"):
            overhang = shapely.union_all(group["shape"].to_numpy())
            shapes[feature] = shapely.difference(shapes[feature], overhang)
        return given.set_geometry(gpd.GeoSeries(shapes, given.index, crs=given.crs))

    result, findings, repairs = treated(
        "across_units", "parcels", parcels, spots, policies, mend, once
    )
    return Treated(result, [*findings, *_shared(parts[~narrow])], repairs)


def outlines(
    key: str, layer: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, policies: Policies,
    once: Once = made_now,
) -> Treated:  # fmt: skip
    """Look whether a layer of centrelines holds the outlines of the parcels instead."""
    if not FAULTS["outlines"].concerns(key):
        return Treated(layer, [], [])
    lines = layer.geometry.to_numpy()
    closed = once.chosen(f"{key} closed", lines, shapely.is_closed)
    length = once.of(shapely.length, lines)
    spots: list[Spot] = []
    if length[closed].sum() > _MOSTLY * length.sum() > 0:
        limit = policies.of("outlines", key).limit
        follows = closed[_follow(lines[closed], parcels.geometry.to_numpy(), limit)]
        if length[follows].sum() > _MOSTLY * length.sum():
            spots = [Spot(None, _outlined(len(follows), len(layer)), lines[follows[0]])]
    return treated("outlines", key, layer, spots, policies)


def _beyond(area: float, unit: object) -> Text:
    return Text(f"{area:,.2f} m² 在 {unit} 内", f"{area:,.2f} m² in {unit}")


def _outlined(count: int, total: int) -> Text:
    return Text(f"{total} 条线中 {count} 条是地块轮廓",
                f"{count} of {total} lines are outlines of parcels")  # fmt: skip


def _follow(lines: np.ndarray, parcels: np.ndarray, limit: float) -> np.ndarray:
    """Tell which lines have every vertex on the boundary of some parcel."""
    points, owner = shapely.get_coordinates(lines, return_index=True)
    on, _ = shapely.STRtree(shapely.boundary(parcels)).query(
        shapely.points(points), predicate="dwithin", distance=limit
    )
    off = np.ones(len(points), dtype=bool)
    off[on] = False
    return np.asarray(np.bincount(owner, off, len(lines)) == 0)


def _lesser_parts(parcels: gpd.GeoDataFrame, units: gpd.GeoDataFrame, once: Once) -> pd.DataFrame:
    """Return the parts of parcels outside the unit that holds most: feature, zone, shape."""
    zones, shapes = units.geometry.to_numpy(), parcels.geometry.to_numpy()

    def reach(some: np.ndarray) -> np.ndarray:
        cut, order = _lesser(zones, some)
        return np.isin(np.arange(len(some)), cut.feature[order])

    few = once.chosen("parcels beyond their unit", shapes, reach, (zones,))
    cut, order = _lesser(zones, shapes[few])
    columns = {"feature": few[cut.feature[order]], "zone": cut.zone[order]}
    return pd.DataFrame({**columns, "shape": pd.Series(list(cut.geometry[order]), dtype=object)})


def _lesser(units: np.ndarray, parcels: np.ndarray) -> tuple[Pieces, np.ndarray]:
    """Return the parts of parcels, and where among them the lesser ones are, largest first."""
    cut = pieces(units, parcels)
    area = shapely.area(cut.geometry)
    order = np.lexsort((cut.zone, -area, cut.feature))
    feature = cut.feature[order]
    lesser = np.concatenate(([False], feature[1:] == feature[:-1])) if len(order) else order
    order = order[lesser.astype(bool) & (area[order] > _NOISE_M2)]
    return cut, order[np.argsort(-area[order], kind="stable")]


def _shared(parts: pd.DataFrame) -> list[Finding]:
    if parts.empty:
        return []
    count, area = parts["feature"].nunique(), shapely.area(parts["shape"].to_numpy()).sum()
    return [Finding(
        "note", "parcels", Text("地块分属几个单元", "Parcels lie in several units"),
        Text(f"{count} 个地块，{area:,.2f} m² 在主要所在单元之外",
             f"{count} parcels, {area:,.2f} m² outside the unit that holds most"),
        Text("位于一个单元内的地块", "a parcel in one unit"),
        Text("按面积计入各单元。", "Counted in each unit by area."),
    )]  # fmt: skip
