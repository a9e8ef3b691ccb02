"""The picture of an indicator: units coloured by value, and the evidence of one of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from docs.pages.example import Example
from shapely.geometry.base import BaseGeometry

from carbonspace.model.indicator import Indicator

SIDE, GAP = 300, 12
MOST = 9_000
"""Letters of evidence at most: what is smallest is left out beyond."""
_LOW, _HIGH, _NONE = (237, 243, 249), (33, 89, 146), "#e4e4e4"
_DOT = 2.5


def text(one: Indicator, example: Example) -> str:
    """Return the picture as SVG."""
    assert example.units is not None
    assert example.evidence is not None
    assert example.measure is not None
    units, values = example.units, example.measure.table["value"]
    left = _Sheet(units.total_bounds, 0.0)
    chosen = _chosen(units, example.evidence, values)
    right = _Sheet(units.geometry[chosen].bounds, left.width + GAP)
    body = [*_map(one, left, units, values, chosen), *_close(right, units, example, chosen)]
    width = left.width + GAP + right.width
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {SIDE}" '
            'font-family="sans-serif" font-size="13" text-anchor="middle">')  # fmt: skip
    back = f'<rect width="{width:.0f}" height="{SIDE}" fill="#fff"/>'
    return "\n".join([head, back, *body, "</svg>", ""])


class _Sheet:
    """A map as high as the picture, and where it stands in it."""

    def __init__(self, bounds: Iterable[float], at: float) -> None:
        west, south, east, north = bounds
        self._scale = SIDE / (north - south)
        self._west, self._north, self._at = west, north, at
        self.width = (east - west) * self._scale

    def path(self, shape: BaseGeometry) -> str:
        """Return a shape as path data; a point is a small square."""
        if isinstance(shape, shapely.Point):
            x, y = self.place(shape.x, shape.y)
            return f"M{x - _DOT:.1f} {y - _DOT:.1f}h{2 * _DOT:g}v{2 * _DOT:g}h-{2 * _DOT:g}z"
        if isinstance(shape, shapely.Polygon):
            rings = (shape.exterior, *shape.interiors)
            return "".join(self._line(ring.coords[:-1]) + "z" for ring in rings)
        if hasattr(shape, "geoms"):
            return "".join(self.path(part) for part in shape.geoms)
        return self._line(shape.coords)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is in the picture."""
        return self._at + (x - self._west) * self._scale, (self._north - y) * self._scale

    def _line(self, corners: object) -> str:
        places = (self.place(x, y) for x, y, *_ in corners)  # type: ignore[attr-defined]
        said = [f"{_short(x)} {_short(y)}" for x, y in places]
        said = [one for n, one in enumerate(said) if n == 0 or one != said[n - 1]]
        return "M" + "L".join(said)


def _short(number: float) -> str:
    return f"{round(float(number), 1) + 0.0:.1f}".removesuffix(".0")


def _chosen(units: gpd.GeoDataFrame, evidence: gpd.GeoDataFrame, values: pd.Series) -> str:
    """Return the unit with the most evidence; where there is none, the one with the most value."""
    counts = evidence["unit_id"].value_counts() if "unit_id" in evidence else pd.Series(dtype=int)
    held = counts.reindex(units.index, fill_value=0)
    return str(held.idxmax() if held.any() else values.fillna(-np.inf).idxmax())


def _map(
    one: Indicator, sheet: _Sheet, units: gpd.GeoDataFrame, values: pd.Series, chosen: str
) -> Iterator[str]:
    low, high = values.min(), values.max()
    shapes = units.geometry
    for unit, shape in [*shapes.drop(chosen).items(), (chosen, shapes[chosen])]:
        value = float(values[unit])
        part = (value - low) / (high - low) if high > low else 0.5
        edge = ' stroke="#c33" stroke-width="3"' if unit == chosen else ' stroke="#fff"'
        yield f'<path d="{sheet.path(shape)}" fill="{_colour(part)}"{edge}/>'
        x, y = sheet.place(*shape.representative_point().coords[0])
        dark = not math.isnan(part) and part > 0.5
        shown = "–" if math.isnan(value) else f"{value:,.{one.decimals}f}"
        yield f'<text x="{x:.0f}" y="{y:.0f}" fill="{"#fff" if dark else "#222"}">{shown}</text>'


def _colour(part: float) -> str:
    if math.isnan(part):
        return _NONE
    mixed = (round(a + (b - a) * part) for a, b in zip(_LOW, _HIGH, strict=True))
    return "#" + "".join(f"{one:02x}" for one in mixed)


def _close(sheet: _Sheet, units: gpd.GeoDataFrame, example: Example, chosen: str) -> Iterator[str]:
    """Yield the unit alone with its evidence on it."""
    ground = units.geometry[chosen]
    yield f'<path d="{sheet.path(ground)}" fill="#f6f6f2" stroke="#c33" stroke-width="2"/>'
    evidence = example.evidence
    assert evidence is not None
    if "unit_id" in evidence:
        mine = evidence[evidence["unit_id"] == chosen].geometry.dropna().to_numpy()
        shapes = shapely.intersection(mine, ground.buffer(1.0))
        yield from _drawn(sheet, shapes)
    x, y = sheet.place(ground.bounds[0], ground.bounds[3])
    yield f'<text x="{x + 6:.0f}" y="{y + 16:.0f}" fill="#c33" text-anchor="start">{chosen}</text>'


def _drawn(sheet: _Sheet, shapes: np.ndarray) -> Iterator[str]:
    """Yield grounds, then lines, then points, the largest first, as many as there is room for."""
    room = MOST
    for dimension, style in _STYLES.items():
        mine = shapes[(shapely.get_dimensions(shapes) == dimension) & ~shapely.is_empty(shapes)]
        size = shapely.area(mine) if dimension == 2 else shapely.length(mine)
        data = []
        for shape in mine[np.argsort(-np.round(size, 3), kind="stable")]:
            path = sheet.path(shape)
            if len(path) > room:
                break
            room -= len(path)
            data.append(path)
        if data:
            yield f'<path d="{"".join(dict.fromkeys(data))}" {style}/>'


_STYLES = {
    2: 'fill="#e0912f" fill-opacity=".45" stroke="#8a5210" stroke-width=".6"',
    1: 'fill="none" stroke="#8a5210" stroke-width="1.6"',
    0: 'fill="#8a5210"',
}
