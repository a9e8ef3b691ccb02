"""The canonical layers of a detailed plan: their columns, types and units.

A source is mapped to these names once, in `plan.toml`; nothing later in the life of the data
knows what a column was called before.
"""

from __future__ import annotations

from carbonspace.model.coded import (
    ENTRANCES_TO,
    RASTER_KINDS,
    ROAD_CLASSES,
    ROOF_TYPES,
    TRANSIT_MODES,
)
from carbonspace.model.column import SEPARATOR, Column, Geometry, Kind, Layer
from carbonspace.model.layers_ground import GROUND_LAYERS
from carbonspace.model.layers_streets import STREET_LAYERS
from carbonspace.model.layers_themes import THEME_LAYERS

__all__ = [
    "AT_MOST",
    "ENTRANCES_TO",
    "GROUND",
    "LAND_USE",
    "LAYERS",
    "RASTER_KINDS",
    "ROAD_CLASSES",
    "ROOF_TYPES",
    "SEPARATOR",
    "TRANSIT_MODES",
    "Column",
    "Geometry",
    "Kind",
    "Layer",
]

LAYERS: dict[str, Layer] = {
    layer.key: layer for layer in (*GROUND_LAYERS, *STREET_LAYERS, *THEME_LAYERS)
}

GROUND = tuple(layer.key for layer in GROUND_LAYERS)
"""The layers everything is measured on, and residents and jobs are placed by."""

LAND_USE: dict[str, str] = {
    "parcels": "land_use", "parks": "land_use", "buildings": "use", "past_parcels": "land_use",
    "past_buildings": "use",
}  # fmt: skip
"""The column of a layer that holds a land-use code."""

AT_MOST: tuple[tuple[str, str, str], ...] = (
    ("parcels", "far_min", "far_max"),
    ("parcels", "density_min", "density_max"),
    ("parcels", "green_ratio_min", "green_ratio_max"),
    ("parcels", "height_min", "height_max"),
    ("parcels", "workers", "population"),
    ("parcels", "concentrated_green_area", "green_area"),
    ("units", "workers", "population"),
    ("census", "workers", "population"),
    ("buildings", "pv_area", "roof_area"),
    ("buildings", "roof_green_area", "roof_area"),
    ("buildings", "small_dwellings", "dwellings"),
    ("buildings", "vacant_area", "floor_area"),
    ("buildings", "compatible_area", "floor_area"),
    ("buildings", "window_area", "wall_area"),
    ("car_parks", "charging_spaces", "spaces"),
    ("underground", "depth_from", "depth_to"),
)
"""(layer, column, other): a value of the column is at most that of the other."""
