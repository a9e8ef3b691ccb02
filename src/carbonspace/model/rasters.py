"""What the rasters of a plan hold: their units, the values that make sense, and land covers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from carbonspace.model.layers import LAYERS, RASTER_KINDS
from carbonspace.model.text import Text
from carbonspace.model.weather import TITLE, WEATHER

PREFIX = "rasters."
"""What stands before the kind of a raster where it is named beside layers."""

LAND_COVERS: Mapping[str, Text] = {
    "trees": Text("乔木", "Trees"),
    "shrubs": Text("灌木", "Shrubs"),
    "grass": Text("草地", "Grass"),
    "crops": Text("耕地", "Crops"),
    "wetland": Text("湿地", "Wetland"),
    "bare": Text("裸土", "Bare soil"),
    "snow": Text("冰雪", "Snow and ice"),
    "water": Text("水面", "Water"),
    "built": Text("硬化地面与建筑", "Paved or built"),
}

LEGENDS: Mapping[str, Mapping[int, str]] = {
    "worldcover": {
        10: "trees", 20: "shrubs", 30: "grass", 40: "crops", 50: "built", 60: "bare", 70: "snow",
        80: "water", 90: "wetland", 95: "trees", 100: "grass",
    },
    "umep": {
        1: "built", 2: "built", 3: "trees", 4: "trees", 5: "grass", 6: "bare", 7: "water",
    },
}  # fmt: skip
"""Legends that are known by name.

`worldcover`: ESA WorldCover, 10 m, 2020 and 2021 (moss and lichen, 100, are grass here). `umep`:
the seven surfaces of UMEP and SUEWS.
"""


@dataclass(frozen=True)
class RasterFacts:
    """What a kind of raster may hold: its units, the first by default, and the range of each.

    Without units its values are codes of a legend.
    """

    ranges: Mapping[str, tuple[float, float]]

    @property
    def has_classes(self) -> bool:
        """True where values are codes of a legend."""
        return not self.ranges


_HEIGHTS = {"m": (-500.0, 9000.0)}

RASTERS: Mapping[str, RasterFacts] = {
    "dsm": RasterFacts(_HEIGHTS),
    "dem": RasterFacts(_HEIGHTS),
    "canopy": RasterFacts({"m": (-5.0, 150.0), "%": (0.0, 100.0)}),
    "land_cover": RasterFacts({}),
    "population": RasterFacts({"person": (0.0, math.inf)}),
    "impervious": RasterFacts({"%": (0.0, 100.0)}),
    "ndvi": RasterFacts({"": (-1.0, 1.0)}),
}
"""By kind. What lies outside of the range is no value; no tree is as tall as 150 m."""


def title_of(key: str) -> Text:
    """Return what a layer, a raster named `rasters.…`, or the weather is called."""
    if key == WEATHER:
        return TITLE
    if key.startswith(PREFIX):
        return RASTER_KINDS[key.removeprefix(PREFIX)]
    return LAYERS[key].title
