"""What is written on a map: labels that do not collide, and a scale bar."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.outputs.svgmap import Box, Frame

_FAR = 100
"""Widths of a map that what has no place is off."""


class Label(NamedTuple):
    """A label on a map: centre in SVG units, what to write, its font size, and whose it is."""

    x: int
    y: int
    name: str
    note: str
    size: int
    polygon: int


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
    centres = anchors(shapes, view)
    taken, height = _furniture(view), round(size * view.grid.parts)
    placed: list[Label] = []
    largest = np.argsort(-shapely.area(shapes), kind="stable")
    for i in largest[~shapely.is_empty(shapes[largest])]:
        x, y = centres[i]
        for name in dict.fromkeys((names[i], "")):
            box = _label_box(x, y, name, notes[i], height)
            inside = box[0] >= 0 and box[2] <= view.width
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                placed.append(Label(int(x), int(y), name, notes[i], height, int(i)))
                break
    return placed


def anchors(polygons: NDArray[Any], view: Frame) -> NDArray[np.int64]:
    """Return where the label of each polygon stands, in SVG units; out of sight if it is empty."""
    there = ~shapely.is_empty(polygons)
    found = np.full((len(polygons), 2), -_FAR * view.grid.pixels, dtype=np.int64)
    found[there] = view.place(shapely.get_coordinates(_centres(polygons[there], view)))
    return found


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
    corner = right / 24
    foot = bottom - corner
    return [(right - corner, 0.0, right, 2 * corner), (0.0, foot, right / 4, bottom),
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
