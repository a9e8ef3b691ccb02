"""city ⊃ unit ⊃ block ⊃ parcel: a missing level is derived where the plan asks, or left out."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.kernels.lines import faces
from carbonspace.kernels.overlay import united
from carbonspace.kernels.width import holds_circle
from carbonspace.model.finding import Finding
from carbonspace.model.once import Once, Shapes, made_now
from carbonspace.model.plan import Settings
from carbonspace.model.text import Text

_BLOCK_ROADS = ("expressway", "arterial", "secondary", "local")
_HALF_WIDTH_M = 8.0
"""Faces narrower than twice this are medians and traffic islands, not blocks."""

_HAIRLINE_M = 0.05
_ROUNDING_M = 1e-6
"""How far a buffer and its return move a vertex, at most."""

Layers = dict[str, gpd.GeoDataFrame]


def derived(
    layers: Layers, settings: Settings, *, once: Once = made_now
) -> tuple[Layers, list[Finding]]:
    """Return the layers with units and blocks derived as `settings` asks, and what was done.

    A level the plan brings is never replaced; `once` may know the blocks.
    """
    units, notes = new_units(layers, settings)
    blocks, more = new_blocks({**layers, **units}, settings, once=once)
    whole = {**layers, **units, **blocks}
    return {key: layer for key, layer in whole.items() if len(layer)}, [*notes, *more]


def new_units(layers: Layers, settings: Settings) -> tuple[Layers, list[Finding]]:
    """Return the units by their key if they are to be derived, and what was done."""
    if "units" in layers or settings.units_from != "parcels":
        return {}, []
    units, notes = _dissolved(layers, "units", "unit_id")
    return {"units": units}, notes


def new_blocks(
    layers: Layers, settings: Settings, *, once: Once = made_now
) -> tuple[Layers, list[Finding]]:
    """Return the blocks by their key if they are to be derived, and what was done.

    `layers` has the units, if only empty ones; `once` may know the faces between roads.
    """
    if "blocks" in layers:
        return {}, []
    if settings.blocks_from == "parcels":
        blocks, notes = _dissolved(layers, "blocks", "block_id")
        return {"blocks": blocks}, notes
    if settings.blocks_from == "roads" and "roads" in layers:
        blocks, notes = _between_roads(layers["roads"], layers["units"], once)
        return {"blocks": blocks}, notes
    return {}, []


def _dissolved(layers: Layers, level: str, column: str) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return parcels dissolved by `column`."""
    parcels = layers.get("parcels")
    if parcels is None or column not in parcels or parcels[column].isna().all():
        return gpd.GeoDataFrame(geometry=[]), [_cannot(level, column)]
    named = parcels[parcels[column].notna()]
    groups = named.groupby(column, sort=True).geometry
    outlines = groups.apply(lambda g: shapely.union_all(g.to_numpy()))
    index = pd.Index(outlines.index.astype(str), name=column)
    frame = gpd.GeoDataFrame(geometry=list(outlines), index=index, crs=parcels.crs)
    return frame, [
        _note(
            level,
            Text(
                f"由 {len(named)} 个地块按 {column} 合并为 {len(frame)} 个",
                f"{len(frame)} from {len(named)} parcels by {column}",
            ),
        )
    ]


def _between_roads(
    roads: gpd.GeoDataFrame, units: gpd.GeoDataFrame, once: Once
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the faces between road centrelines within the units."""
    kept = between(roads, once)
    ground = units.geometry.to_numpy()
    found = once("faces between roads", (kept, ground), lambda: _faces(kept, ground))
    names = pd.Index([f"block-{n}" for n in range(1, len(found) + 1)], name="block_id")
    frame = gpd.GeoDataFrame(geometry=found, index=names, crs=roads.crs)
    return frame, [found_between(len(frame))]


def between(roads: gpd.GeoDataFrame | None, once: Once) -> Shapes:
    """Return the roads that blocks lie between; none where there are no roads."""
    if roads is None:
        return np.empty(0, dtype=object)
    which = np.flatnonzero(roads["road_class"].isin(_BLOCK_ROADS).to_numpy())
    kept: Shapes = roads.geometry.to_numpy()[which]
    once.taken(kept, roads.geometry.to_numpy(), which)
    return kept


def holds_block(found: Shapes) -> NDArray[np.bool_]:
    """Tell which faces are wide enough for blocks."""
    return holds_circle(found, _HALF_WIDTH_M)


def outline_of(units: Shapes) -> shapely.Geometry:
    """Return all units as one, beyond which there are no blocks."""
    return _closed(united(units))


def found_between(count: int) -> Finding:
    """Return what is told of blocks that were found between roads."""
    return _note("blocks", Text(f"道路中心线围成 {count} 个面",
                                f"{count} faces between road centrelines"))  # fmt: skip


def _faces(roads: Shapes, units: Shapes) -> Shapes:
    """Return the faces that are wide enough for blocks, from west to east."""
    found = faces(roads, within=outline_of(units))
    wide: Shapes = found[holds_block(found)]
    return wide


def _closed(outline: shapely.Geometry) -> shapely.Geometry:
    """Return an outline without the hairline gaps that rounding leaves between units.

    Its vertices stay where they are, so that roads that end there go on doing so.
    """
    grown = shapely.buffer(outline, _HAIRLINE_M, join_style="mitre")
    closed = shapely.buffer(grown, -_HAIRLINE_M, join_style="mitre")
    before, after = shapely.get_coordinates(outline), shapely.get_coordinates(closed)
    vertex, same = shapely.STRtree(shapely.points(before)).query_nearest(
        shapely.points(after), max_distance=_ROUNDING_M, all_matches=False
    )
    after[vertex] = before[same]
    return shapely.set_coordinates(closed, after)


def _note(level: str, found: Text) -> Finding:
    return Finding(
        "note", level, Text("该层级由其他图层推导", "The level was derived from another layer"),
        found, Text("计划自带的图层", "a layer of the plan"),
        Text("如有正式图层，请在 plan.toml 中给出。",
             "Name the official layer in plan.toml if there is one."),
    )  # fmt: skip


def _cannot(level: str, column: str) -> Finding:
    return Finding(
        "error", level, Text("无法推导该层级", "The level cannot be derived"),
        Text(f"地块没有字段 {column}", f"parcels have no {column}"),
        Text(f"地块字段 {column}", f"parcels with a column {column}"),
        Text(f"映射 [layers.parcels.fields] {column}，或给出 [layers.{level}]。",
             f"Map {column} under [layers.parcels.fields], or give [layers.{level}]."),
    )  # fmt: skip
