"""What every map is drawn on: the units, and the ground below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model import landuse
from carbonspace.model.layers import TRANSIT_MODES
from carbonspace.model.text import Text

Layers = Mapping[str, gpd.GeoDataFrame]
ROADS = {
    "minor": (("secondary", "local"), Text("次干路与支路", "Secondary and local roads")),
    "major": (("expressway", "arterial"), Text("快速路与主干路", "Expressways and arterial roads")),
}
"""The sizes roads are drawn in: their classes, and what these are called."""
RAILS = Text("轨道与快速公交站", "Rail and BRT stations")


class Drawn(NamedTuple):
    """One path of a map: its style class, its data, and where it has one, its fill."""

    css: str
    d: str
    fill: str
    title: Text


class Features(NamedTuple):
    """Shapes, their bounds, and a tree to find them by place."""

    shapes: NDArray[Any]
    bounds: NDArray[np.float64]
    tree: shapely.STRtree


SHAPELESS = Text("没有图形，不在图上", "Without a shape, so on no map")
"""What is said of units that are in the tables only."""


class Base(NamedTuple):
    """What every map is drawn on: the units, and the ground below them.

    Attributes
    ----------
    units
        The units in the order of the plan.
    names
        What each unit is called, by its id, in the same order.
    metres_per_unit
        The length of one map unit in metres.
    ground, group
        The features of the ground, and the path that draws each.
    looks
        How the paths look; the first `land` of them are land use.
    """

    units: Features
    names: dict[str, str]
    metres_per_unit: float
    ground: Features
    group: NDArray[np.intp]
    looks: tuple[Drawn, ...]
    land: int

    @property
    def shapeless(self) -> list[str]:
        """The names of the units that are on no map."""
        there = shapely.is_empty(self.units.shapes)
        return [name for name, empty in zip(self.names.values(), there, strict=True) if empty]


def base_of(layers: Layers) -> Base:
    """Return the units, and land use, parks, roads, corridors and stops, ready to be drawn."""
    units = layers["units"]
    land = list(_land(layers))
    found = [*land, *_others(layers)]
    parts = [np.asarray(part, dtype=object) for _, part in found]
    return Base(
        _features(units.geometry.to_numpy()),
        dict(zip(map(str, units.index), unit_names(units), strict=True)), metres_per_unit(units),
        _features(np.concatenate([np.empty(0, dtype=object), *parts])),
        np.repeat(np.arange(len(found)), list(map(len, parts))),
        tuple(look for look, _ in found), len(land),
    )  # fmt: skip


def joined(base: Base) -> Base:
    """Return the same ground, lines of one look that meet end to end as one: fewer corners."""
    pieces, owner = shapely.get_parts(base.ground.shapes, return_index=True)
    group, linear = base.group[owner], shapely.get_dimensions(pieces) == 1
    looks = np.unique(group[linear])
    merged = [shapely.line_merge(shapely.multilinestrings(pieces[linear & (group == n)]))
              for n in looks]  # fmt: skip
    lines, look = shapely.get_parts(np.array(merged, dtype=object), return_index=True)
    whole = ~np.isin(base.group, looks)
    dots = ~linear & np.isin(group, looks)
    shapes = np.concatenate([base.ground.shapes[whole], pieces[dots], lines])
    groups = np.concatenate([base.group[whole], group[dots], looks[look]])
    order = np.argsort(groups, kind="stable")
    return base._replace(ground=_features(shapes[order]), group=groups[order])


def _features(given: NDArray[Any]) -> Features:
    """Return shapes ready to be found; what has none is empty."""
    shapes = np.where(shapely.is_missing(given), shapely.Polygon(), given)
    return Features(shapes, shapely.bounds(shapes), shapely.STRtree(shapes))


Layer = tuple[Drawn, Any]
"""How a path looks, and the shapes it draws."""


def _land(layers: Layers) -> Iterator[Layer]:
    """Yield the parcels by first-level class of land use."""
    if "parcels" not in layers:
        return
    parcels = layers["parcels"]
    classes = parcels["land_use"].astype("str").str[:2].where(parcels["land_use"].notna(), "")
    shapes, (kind, codes) = parcels.geometry.to_numpy(), pd.factorize(classes, sort=True)
    for n, code in enumerate(codes):
        title = landuse.name_of(code)
        look = Drawn("land", "", landuse.fill(code), Text(f"{code} {title.zh}".strip(), title.en))
        yield look, shapes[kind == n]


def _others(layers: Layers) -> Iterator[Layer]:
    """Yield parks, roads, corridors and stops."""
    if "parks" in layers:
        yield Drawn("park", "", "", Text("公园", "Parks")), layers["parks"].geometry
    if "roads" in layers:
        for size, (classes, title) in ROADS.items():
            chosen = layers["roads"]["road_class"].isin(classes)
            yield Drawn(f"road {size}", "", "", title), layers["roads"].geometry[chosen]
    if "bike_corridors" in layers:
        look = Drawn("bike", "", "", Text("自行车廊道", "Bicycle corridors"))
        yield look, layers["bike_corridors"].geometry
    if "transit_stops" in layers:
        stops = layers["transit_stops"]
        points, bus = (
            shapely.centroid(stops.geometry.to_numpy()),
            (stops["mode"] == "bus").to_numpy(),
        )
        yield Drawn("stop bus", "", "", TRANSIT_MODES["bus"]), points[bus]
        yield Drawn("stop rail", "", "", RAILS), points[~bus]


def unit_names(units: gpd.GeoDataFrame) -> pd.Series:
    """Return what each unit is called: its name, or its id."""
    ids = units.index.to_series().astype(str)
    return units["name"].fillna(ids).astype(str) if "name" in units else ids


def metres_per_unit(layer: gpd.GeoDataFrame) -> float:
    """Return the length of one map unit of the layer's CRS in metres."""
    return float(layer.crs.axis_info[0].unit_conversion_factor) if layer.crs else 1.0
