"""Small cities with everything a plan may have, each drawn by its own seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from tests.indicators.test_reach import town
from tests.past.editing import CRS, with_ids
from tests.rasters import plan_with, write
from tests.weather import even

from carbonspace.model.plan import Plan, Raster, Settings
from carbonspace.model.text import Text

_SHAPES = ((500.0, 6, 2), (375.0, 8, 2), (420.0, 6, 2), (300.0, 5, 3))
"""Sides of units, and how many stand side by side and above each other."""
_EAST, _UP = 500_000.0, 4_000_000.0
"""Where the corner of the drawn town lies in its CRS."""
_WEST, _NORTH = _EAST - 203.0, _UP + 1207.0
_LEGEND = 'legend = { 1 = "built", 2 = "trees", 3 = "grass", 4 = "water" }\n'
_FEW = 12


def small_city(draw: np.random.Generator, folder: Path) -> Plan:
    """Return a city of 12 to 16 units; where chance has it so with rasters, with weather."""
    side, columns, rows = _SHAPES[draw.integers(len(_SHAPES))]
    seed, share = int(draw.integers(1, 10**6)), draw.uniform(0.2, 0.6)
    layers = {key: _thinned(layer.set_crs(CRS, allow_override=True), share, draw)
              for key, layer in sorted(town(seed).items())}  # fmt: skip
    layers["units"] = _units(side, columns, rows, is_divided=draw.random() < 0.5)
    plan = Plan(Text("小城", "Small city"), {k: with_ids(k, one) for k, one in layers.items()},
                Settings(crs=CRS))  # fmt: skip
    if draw.random() < 0.3:
        plan = replace(plan, weather=even(float(draw.integers(100, 300))))
    return replace(plan, rasters=rasters(draw, folder)) if draw.random() < 0.4 else plan


def rasters(draw: np.random.Generator, folder: Path) -> dict[str, Raster]:
    """Write some rasters over the city, of other values each time, and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    made, text = _values(draw), ""
    for kind in draw.permutation([*made])[: draw.integers(1, len(made) + 1)]:
        values, cell = made[kind]
        write(folder / f"{kind}.tif", values, cell=cell, corner=(_WEST, _NORTH))
        text += f'[rasters.{kind}]\nsource = "{kind}.tif"\n' + _LEGEND * (kind == "land_cover")
    return {**plan_with(folder, text).rasters}


def _values(draw: np.random.Generator) -> dict[str, tuple[np.ndarray, float]]:
    """Return values and the size of a cell by kind of raster."""
    x, y = np.meshgrid(np.arange(140) * 25.0, np.arange(60) * 25.0)
    hills = (30 * np.sin(x / draw.uniform(100, 300)) * np.cos(y / 130) + 50).astype(np.float32)
    crowns = draw.uniform(0, 20, (150, 350)).astype(np.float32)
    crowns[draw.random(crowns.shape) < 0.6] = 0
    return {
        "dem": (hills, 25.0),
        "dsm": (hills + draw.integers(0, 20, hills.shape).astype(np.float32), 25.0),
        "canopy": (crowns, 10.0),
        "land_cover": (draw.integers(1, 5, (75, 175)).astype(np.uint8), 20.0),
        "impervious": (draw.uniform(0, 100, (50, 117)).astype(np.float32), 30.0),
        "ndvi": (draw.uniform(-0.2, 0.9, (75, 175)).astype(np.float32), 20.0),
        "population": (draw.integers(0, 40, (15, 35)).astype(np.float32), 100.0),
    }


def _thinned(layer: gpd.GeoDataFrame, share: float, draw: np.random.Generator) -> gpd.GeoDataFrame:
    """Return a share of the features, a dozen at least, where the city lies."""
    moved = layer.set_geometry(layer.translate(_EAST, _UP))
    return moved[(draw.random(len(layer)) < share) | (np.arange(len(layer)) < _FEW)]


def _units(side: float, columns: int, rows: int, *, is_divided: bool) -> gpd.GeoDataFrame:
    """Return square units, and in which of two districts each lies where there are any."""
    cells = [shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side)
             for y in range(rows) for x in range(columns)]  # fmt: skip
    named = {"unit_id": [f"U{n}" for n in range(len(cells))]}
    shapes = gpd.GeoSeries(cells, crs=CRS).translate(_EAST, _UP)
    units = gpd.GeoDataFrame(named, geometry=shapes)
    parts = ["west" if n % columns < columns / 2 else "east" for n in range(len(cells))]
    return units.assign(district=parts) if is_divided else units
