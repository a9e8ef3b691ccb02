"""How far a projected CRS is off: what a metre and a square metre of the plan really are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
from pyproj import CRS, Proj
from pyproj.exceptions import ProjError

from carbonspace.model.crs_catalogue import measuring_crs
from carbonspace.model.finding import Finding
from carbonspace.model.once import Once, made_now
from carbonspace.model.text import Text
from carbonspace.prepare.crs_doubts import reach
from carbonspace.prepare.datum import extent

_SAID, _GRAVE = 0.1, 1.0
"""Percent. Results are printed with three digits or so: 0.1 % can move the last one."""


class Distortion(NamedTuple):
    """Percent by which lengths and areas in the CRS exceed those on the ellipsoid."""

    length: tuple[float, float]
    area: tuple[float, float]

    @property
    def worst(self) -> float:
        """Return the largest of the four, without its sign."""
        return max(abs(value) for value in (*self.length, *self.area))


def distortion(bounds: np.ndarray, crs: CRS) -> Distortion | None:
    """Return the least and greatest distortion within `bounds` (x, y of the projected `crs`).

    Lengths: over all directions. Looked up at 25 points. None where the projection has no
    scale factors to ask for, or no place for the layer.
    """
    if not np.isfinite(bounds).all():
        return None
    west, south, east, north = bounds
    x, y = np.meshgrid(np.linspace(west, east, 5), np.linspace(south, north, 5))
    try:
        projection = Proj(crs)
        lon, lat = projection(x.ravel(), y.ravel(), inverse=True)
        factors = projection.get_factors(lon, lat, errcheck=True)
    except ProjError:
        return None
    length = np.array([factors.tissot_semiminor, factors.tissot_semimajor])
    return Distortion(_percent(length), _percent(np.asarray(factors.areal_scale)))


def distortions(
    layers: Mapping[str, gpd.GeoDataFrame], once: Once = made_now
) -> dict[str, Distortion]:
    """Return the distortion of every layer that has a projected CRS and a place."""
    found = {
        key: distortion(reach(layer, once), layer.crs)
        for key, layer in layers.items()
        if layer.crs is not None and layer.crs.is_projected
    }
    return {key: value for key, value in found.items() if value is not None}


def distortion_notes(
    layers: Mapping[str, gpd.GeoDataFrame], once: Once = made_now
) -> Iterator[Finding]:
    """Yield a finding for every layer whose measures are off by 0.1 % or more."""
    for key, found in distortions(layers, once).items():
        if found.worst >= _SAID:
            yield _note(key, layers[key], found)


def _note(key: str, layer: gpd.GeoDataFrame, found: Distortion) -> Finding:
    better = _better(layer, found)
    remedy = Text(f"变形更小的坐标系：{better}，可写为计划的 crs。",
                  f"{better} is truer here; state it as the plan's crs.")  # fmt: skip
    return Finding(
        "warning" if found.worst >= _GRAVE else "note", key,
        Text("投影变形", "The projection distorts"),
        Text(f"长度 {_range(found.length)}，面积 {_range(found.area)}",
             f"lengths {_range(found.length)}, areas {_range(found.area)}"),
        Text(f"小于 {_SAID} %", f"less than {_SAID} %"),
        remedy if better else Text("数值按投影面计算，未作改正。",
                                   "Figures are those of the projection, not corrected."),
    )  # fmt: skip


def _better(layer: gpd.GeoDataFrame, found: Distortion) -> str | None:
    """Return a CRS with less than half the distortion, if there is a usual one."""
    where = extent(layer, layer.crs)
    if where is None:
        return None
    name = measuring_crs(((where[0] + where[2]) / 2, (where[1] + where[3]) / 2))
    west, south, east, north = layer.to_crs(name).total_bounds
    other = distortion(np.array([west, south, east, north]), CRS.from_user_input(name))
    return name if other is not None and other.worst < found.worst / 2 else None


def _percent(scales: np.ndarray) -> tuple[float, float]:
    return 100 * (float(scales.min()) - 1), 100 * (float(scales.max()) - 1)


def _range(percent: tuple[float, float]) -> str:
    least, most = (round(value, 2) + 0.0 for value in percent)
    return f"{least:+.2f} … {most:+.2f} %"
