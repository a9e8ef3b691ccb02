"""Geometry as compact SVG path data: a frame, paths, labels, a scale bar.

Coordinates are integers in tenths of a pixel of a map `WIDTH` pixels wide, simplified to what
can be seen; colours belong to the style sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

WIDTH = 960
_SUBPIXELS = 10
_ASPECT = (0.45, 1.15)


@dataclass(frozen=True)
class Frame:
    """The piece of ground a map shows: lower left corner, size in map units, and scale."""

    xmin: float
    ymin: float
    ground_width: float
    ground_height: float

    @property
    def per_unit(self) -> float:
        """SVG units (tenths of a pixel) per map unit."""
        return WIDTH * _SUBPIXELS / self.ground_width

    @property
    def pixel(self) -> float:
        """Size of one pixel in map units."""
        return self.ground_width / WIDTH

    @property
    def width(self) -> int:
        """Width in SVG units."""
        return WIDTH * _SUBPIXELS

    @property
    def height(self) -> int:
        """Height in SVG units."""
        return round(self.ground_height * self.per_unit)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The frame as (xmin, ymin, xmax, ymax) in map units."""
        return (
            self.xmin, self.ymin, self.xmin + self.ground_width, self.ymin + self.ground_height,
        )  # fmt: skip

    def place(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return map coordinates (n, 2) as SVG coordinates; y points down."""
        moved = (xy - (self.xmin, self.ymin + self.ground_height)) * (self.per_unit, -self.per_unit)
        return np.rint(moved).astype(np.int64)


def frame(bounds: Iterable[float], *, margin: float = 0.04) -> Frame:
    """Return a frame around `bounds` (xmin, ymin, xmax, ymax), not too flat and not too tall."""
    xmin, ymin, xmax, ymax = bounds
    width, height = max(xmax - xmin, 1.0), max(ymax - ymin, 1.0)
    pad = margin * max(width, height)
    wide = max(width + 2 * pad, (height + 2 * pad) / _ASPECT[1])
    tall = max(height + 2 * pad, wide * _ASPECT[0])
    middle = ((xmin + xmax) / 2, (ymin + ymax) / 2)
    return Frame(middle[0] - wide / 2, middle[1] - tall / 2, wide, tall)


def path(geometries: Any, view: Frame, *, tolerance: float = 0.5) -> str:
    """Return the `d` of one path that draws all `geometries`.

    Parameters
    ----------
    geometries
        Array-like of points, lines and polygons in map units; None and empty ones are left out.
    tolerance
        Simplification in pixels; polygons smaller than a square of that size are left out.
    """
    shapes = np.asarray(geometries, dtype=object)
    shapes = shapely.get_parts(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))])
    kind = shapely.get_dimensions(shapes)
    area = shapely.area(shapes)
    ground = tolerance * view.pixel
    lines = shapely.simplify(shapes[kind == 1], ground)
    rings = shapely.get_rings(shapely.simplify(shapes[(kind == 2) & (area > ground**2)], ground))
    dots = shapely.get_coordinates(shapes[kind == 0])
    return "".join(
        [*_strokes(rings, view, closed=True), *_strokes(lines, view, closed=False),
         *(f"M{x} {y}h0" for x, y in view.place(dots))]
    )  # fmt: skip


def _strokes(lines: NDArray[Any], view: Frame, *, closed: bool) -> Iterator[str]:
    """Yield `M…l…` per line: an absolute start and relative steps, repeats left out."""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    placed = view.place(coordinates)
    breaks = np.flatnonzero(np.diff(owner)) + 1
    for points in np.split(placed, breaks):
        steps = np.diff(points, axis=0)
        steps = steps[steps.any(axis=1)]
        if len(steps) < (3 if closed else 1):
            continue
        inner = steps[:-1] if closed else steps
        moves = " ".join(f"{x} {y}" for x, y in inner)
        yield f"M{points[0][0]} {points[0][1]}l{moves}" + ("z" if closed else "")


Box = tuple[float, float, float, float]


class Label(NamedTuple):
    """A label on a map: centre in SVG units, what to write, and its font size."""

    x: int
    y: int
    name: str
    note: str
    size: int


def labels(
    polygons: Any, names: list[str], notes: list[str], view: Frame, *, size: int = 15
) -> list[Label]:
    """Place a name and a note in each polygon, largest first; what would collide loses its name.

    The corners of the north arrow, the scale bar and the CRS stay free.

    Returns
    -------
    list of Label
        `name` is empty where only the note fits; a polygon whose note collides has no label.
    """
    shapes = np.asarray(polygons, dtype=object)
    anchors = view.place(shapely.get_coordinates(_centres(shapes, view)))
    taken = _furniture(view)
    placed: list[Label] = []
    for i in np.argsort(-shapely.area(shapes), kind="stable"):
        x, y = anchors[i]
        for name in dict.fromkeys((names[i], "")):
            box = _label_box(x, y, name, notes[i], size * _SUBPIXELS)
            inside = box[0] >= 0 and box[2] <= view.width
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                placed.append(Label(int(x), int(y), name, notes[i], size * _SUBPIXELS))
                break
    return placed


def _centres(shapes: NDArray[Any], view: Frame) -> NDArray[Any]:
    """Return the point of each polygon that is farthest from its boundary."""
    whole = shapely.area(shapes) > 0
    centres = shapely.point_on_surface(shapes)
    radii = shapely.maximum_inscribed_circle(shapes[whole], tolerance=4 * view.pixel)
    centres[whole] = shapely.get_point(radii, 0)
    return np.asarray(centres, dtype=object)


def _furniture(view: Frame) -> list[Box]:
    """Return where the north arrow, the scale bar and the name of the CRS stand."""
    right, bottom = float(view.width), float(view.height)
    foot = bottom - 400
    return [(right - 400, 0.0, right, 800.0), (0.0, foot, right / 4, bottom),
            (right * 0.8, foot, right, bottom)]  # fmt: skip


def text_width(text: str) -> float:
    """Return the rough width of `text` in ems: Chinese characters are square."""
    return sum(1.0 if ord(c) > 0x2E7F else 0.58 for c in text)


def _label_box(x: float, y: float, name: str, note: str, size: float) -> Box:
    half = size * max(text_width(name), text_width(note), 1.0) / 2
    tall = size * (1.25 if name and note else 0.65)
    return x - half, y - tall, x + half, y + tall


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


class ScaleBar(NamedTuple):
    """A scale bar: its length in SVG units and what it says."""

    length: int
    text: str


def scale_bar(view: Frame, metres_per_unit: float = 1.0) -> ScaleBar:
    """Return a bar of 1, 2 or 5 times a power of ten, about a fifth of the map wide."""
    aim = view.ground_width * metres_per_unit / 5
    power = 10.0 ** np.floor(np.log10(aim))
    metres = max(m * power for m in (1, 2, 5) if m * power <= aim)
    text = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    return ScaleBar(round(metres / metres_per_unit * view.per_unit), text)
