"""The maps of the pages: which features are drawn where, ready for the templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from carbonspace.model import landuse
from carbonspace.model.layers import TRANSIT_MODES
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text
from carbonspace.outputs import svgmap
from carbonspace.outputs.look import step
from carbonspace.outputs.svgmap import Frame, Label, ScaleBar

_LARGEST = 1_200_000
_ROADS = {
    "minor": (("secondary", "local"), Text("次干路与支路", "Secondary and local roads")),
    "major": (("expressway", "arterial"), Text("快速路与主干路", "Expressways and arterial roads")),
}


class Drawn(NamedTuple):
    """One path of a map: its style class, its data, and where it has one, its fill."""

    css: str
    d: str
    fill: str
    title: Text


class UnitShape(NamedTuple):
    """One unit on the plan's map."""

    unit_id: str
    name: str
    d: str
    step: str
    not_met: int
    met: int


class Map(NamedTuple):
    """A map: the frame, the ground, the units and their labels."""

    view: Frame
    bar: ScaleBar
    land: tuple[Drawn, ...]
    ground: tuple[Drawn, ...]
    units: tuple[UnitShape, ...]
    labels: tuple[Label, ...]


class Spot(NamedTuple):
    """The map of one unit: its outline, what lies outside, and the neighbours."""

    view: Frame
    bar: ScaleBar
    land: tuple[Drawn, ...]
    ground: tuple[Drawn, ...]
    outline: str
    outside: str
    neighbours: str
    labels: tuple[Label, ...]


def unit_names(units: gpd.GeoDataFrame) -> pd.Series:
    """Return what each unit is called: its name, or its id."""
    ids = units.index.to_series().astype(str)
    return units["name"].fillna(ids).astype(str) if "name" in units else ids


def plan_map(plan: Plan, counts: pd.DataFrame) -> Map:
    """Return the map of the whole plan, its units with their counts of verdicts."""
    units = plan.layers["units"]
    view = svgmap.frame(units.total_bounds)
    land, ground = _base(plan, view)
    names = unit_names(units)
    notes = [_note(row) for row in counts.itertuples()]
    labels = svgmap.labels(units.geometry, list(names), notes, view)
    shapes = (
        UnitShape(str(unit_id), names[unit_id], svgmap.path([shape], view),
                  step(c.not_met, c.not_met + c.met).key, int(c.not_met), int(c.met))
        for (unit_id, shape), c in zip(units.geometry.items(), counts.itertuples(), strict=True)
    )  # fmt: skip
    bar = svgmap.scale_bar(view, metres_per_unit(units))
    return Map(view, bar, land, ground, tuple(shapes), tuple(labels))


def unit_map(plan: Plan, unit_id: Any) -> Spot:
    """Return the map of one unit and a margin around it."""
    units = plan.layers["units"]
    shape = units.geometry[unit_id]
    view = svgmap.frame(shape.bounds, margin=0.12)
    window = shapely.box(*view.box)
    near = units[units.intersects(window) & (units.index != unit_id)]
    seen = shapely.intersection(near.geometry.to_numpy(), window)
    land, ground = _base(plan, view)
    labels = svgmap.labels(seen, list(unit_names(near)), [""] * len(near), view)
    return Spot(
        view, svgmap.scale_bar(view, metres_per_unit(units)), land, ground,
        svgmap.path([shape], view), svgmap.path([shapely.difference(window, shape)], view),
        svgmap.path(near.geometry, view), tuple(labels),
    )  # fmt: skip


def metres_per_unit(layer: gpd.GeoDataFrame) -> float:
    """Return the length of one map unit of the layer's CRS in metres."""
    return float(layer.crs.axis_info[0].unit_conversion_factor) if layer.crs else 1.0


def _note(row: Any) -> str:
    if row.not_met:
        return f"✗ {row.not_met}"
    return "✓" if row.met else ""


def _base(plan: Plan, view: Frame) -> tuple[tuple[Drawn, ...], tuple[Drawn, ...]]:
    """Return land use and the other layers, coarser until they fit the page."""
    tolerance = 0.4
    layers = {k: _seen(plan.layers[k], view) for k in _BASE if k in plan.layers}
    while True:
        land = tuple(_land(layers, view, tolerance))
        ground = tuple(_ground(layers, view, tolerance))
        if sum(len(one.d) for one in (*land, *ground)) <= _LARGEST or tolerance > 8:
            return land, ground
        tolerance *= 2


_BASE = ("parcels", "parks", "roads", "bike_corridors", "transit_stops")
Layers = Mapping[str, gpd.GeoDataFrame]


def _seen(layer: gpd.GeoDataFrame, view: Frame) -> gpd.GeoDataFrame:
    """Return the part of a layer inside the frame."""
    inside = layer.iloc[sorted(layer.sindex.query(shapely.box(*view.box)))]
    return inside.set_geometry(shapely.clip_by_rect(inside.geometry.to_numpy(), *view.box),
                               crs=layer.crs)  # fmt: skip


def _land(layers: Layers, view: Frame, tolerance: float) -> Iterator[Drawn]:
    """Yield the parcels, one path per first-level class of land use."""
    if "parcels" not in layers:
        return
    parcels = layers["parcels"]
    classes = parcels["land_use"].astype("str").str[:2].where(parcels["land_use"].notna(), "")
    for code in sorted(classes.unique()):
        d = svgmap.path(parcels.geometry[classes == code], view, tolerance=tolerance)
        if d:
            title = landuse.name_of(code)
            yield Drawn("land", d, landuse.fill(code), Text(f"{code} {title.zh}".strip(), title.en))


def _ground(layers: Layers, view: Frame, tolerance: float) -> Iterator[Drawn]:
    """Yield parks, roads, corridors and stops."""
    if "parks" in layers:
        d = svgmap.path(layers["parks"].geometry, view, tolerance=tolerance)
        yield Drawn("park", d, "", Text("公园", "Parks"))
    if "roads" in layers:
        for size, (classes, title) in _ROADS.items():
            chosen = layers["roads"]["road_class"].isin(classes)
            d = svgmap.path(layers["roads"].geometry[chosen], view, tolerance=tolerance)
            yield Drawn(f"road {size}", d, "", title)
    if "bike_corridors" in layers:
        d = svgmap.path(layers["bike_corridors"].geometry, view, tolerance=tolerance)
        yield Drawn("bike", d, "", Text("自行车廊道", "Bicycle corridors"))
    if "transit_stops" in layers:
        yield from _stops(layers["transit_stops"], view)


def _stops(stops: gpd.GeoDataFrame, view: Frame) -> Iterator[Drawn]:
    bus = stops["mode"] == "bus"
    rails = Text("轨道与快速公交站", "Rail and BRT stations")
    for css, chosen, title in (("bus", bus, TRANSIT_MODES["bus"]), ("rail", ~bus, rails)):
        points = shapely.centroid(stops.geometry[chosen].to_numpy())
        yield Drawn(f"stop {css}", svgmap.path(points, view), "", title)
