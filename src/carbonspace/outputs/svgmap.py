"""Geometry as compact SVG path data: a frame, paths, labels, a scale bar.

Coordinates are integers in tenths of a pixel of a map `WIDTH` pixels wide, simplified to what
can be seen; colours belong to the style sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

WIDTH = 960
_SUBPIXELS = 10
_ASPECT = (0.45, 1.15)
_BEYOND = 0.4
"""How far shapes reach out of the frame, as a share of it."""
_FAR = 20_000
"""More than any coordinate or step within that reach."""


Box = tuple[float, float, float, float]


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
    def box(self) -> Box:
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


class Strokes(NamedTuple):
    """Lines as plain arrays: what is left to do for a map is arithmetic.

    Attributes
    ----------
    xy
        The corners of all strokes, one after the other, in map units.
    starts
        Where each stroke begins in `xy`, and where the last one ends.
    group
        The number of the path that draws each stroke.
    ends
        What is written after each: `z` closes a ring, `h0` makes a point visible.
    """

    xy: NDArray[np.float64]
    starts: NDArray[np.intp]
    group: NDArray[np.intp]
    ends: NDArray[Any]


def path(geometries: Any, view: Frame, *, tolerance: float = 0.5) -> str:
    """Return the `d` of one path that draws all `geometries`, as `paths` does."""
    shapes = np.asarray(geometries, dtype=object)
    return paths(shapes, np.zeros(len(shapes), np.intp), 1, view, tolerance=tolerance)[0]


def paths(
    geometries: NDArray[Any],
    groups: NDArray[np.intp],
    count: int,
    view: Frame,
    *,
    tolerance: float = 0.5,
) -> list[str]:
    """Return the `d` of `count` paths, each of which draws the geometries of one group.

    Parameters
    ----------
    geometries
        Points, lines and polygons in map units; None and empty ones are left out, and so is
        what lies far outside the frame.
    groups
        The number of the path (from 0) that draws each geometry.
    tolerance
        Simplification in pixels; polygons smaller than a square of that size are left out.
    """
    return written([strokes(cut(geometries, around(view)), groups, tolerance * view.pixel)],
                   count, view)  # fmt: skip


def strokes(shapes: NDArray[Any], groups: NDArray[np.intp], tolerance: float) -> Strokes:
    """Return the rings, lines and points of shapes, simplified by a tolerance in map units."""
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    parts, owner = _singles(shapes[there])
    group, kind = groups[there][owner], shapely.get_dimensions(parts)
    areal = np.flatnonzero((kind == 2) & (shapely.area(parts) > tolerance**2))
    rings, ring_owner = shapely.get_rings(parts[areal], return_index=True)
    lines = np.concatenate([rings, parts[kind == 1], parts[kind == 0]])
    # A ring that crosses itself when simplified looks the same and costs a tenth.
    bent = np.flatnonzero(shapely.get_num_coordinates(lines) > np.where(_is_ring(lines), 5, 2))
    lines[bent] = shapely.simplify(lines[bent], tolerance, preserve_topology=False)
    group = np.concatenate([group[areal][ring_owner], group[kind == 1], group[kind == 0]])
    sizes = [len(rings), (kind == 1).sum(), (kind == 0).sum()]
    ends = np.repeat(np.array(["z", "", "h0"], dtype=object), sizes)
    order = np.argsort(group, kind="stable")
    starts = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(lines[order]))])
    return Strokes(shapely.get_coordinates(lines[order]), starts, group[order], ends[order])


def picked(found: Strokes, rows: NDArray[np.intp], group: NDArray[np.intp]) -> Strokes:
    """Return some of the strokes, to be drawn by the paths `group`."""
    sizes = (found.starts[1:] - found.starts[:-1])[rows]
    corners = spans(found.starts[rows], sizes)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return Strokes(found.xy[corners], starts, group, found.ends[rows])


def spans(starts: NDArray[np.intp], sizes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the numbers start, start + 1, … of each span, one span after the other."""
    before = np.cumsum(sizes) - sizes
    numbers: NDArray[np.intp] = np.repeat(starts - before, sizes) + np.arange(sizes.sum())
    return numbers


def written(drawings: Sequence[Strokes], count: int, view: Frame) -> list[str]:
    """Return the `d` of `count` paths that draw strokes which do not reach far out of the frame."""
    found = drawings[0] if len(drawings) == 1 else _together(drawings)
    group, ends, sizes = found.group, found.ends, np.diff(found.starts)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    placed = view.place(found.xy)
    first = np.zeros(len(placed), dtype=bool)
    first[found.starts[:-1][sizes > 0]] = True
    steps = np.diff(placed, axis=0, prepend=0)
    kept = first | steps.any(axis=1)
    moves = np.bincount(owner[kept], minlength=len(sizes)) - 1
    worth = moves >= np.where(ends == "z", 3, np.where(ends == "h0", 0, 1))
    kept &= worth[owner]
    # The step back to the start of a ring is said with `z`.
    last = np.flatnonzero(kept)[np.cumsum(moves[worth] + 1) - 1]
    kept[last[ends[worth] == "z"]] = False
    steps[first] = placed[first]
    words = _words(steps[kept], first[kept])
    counts = np.bincount(owner[kept], minlength=len(sizes))
    return _joined(words, counts[worth], ends[worth], group[worth], count)


def _together(drawings: Sequence[Strokes]) -> Strokes:
    """Return the strokes of several drawings as one, by group."""
    sizes = np.concatenate([np.diff(one.starts) for one in drawings])
    group = np.concatenate([one.group for one in drawings])
    ends = np.concatenate([one.ends for one in drawings])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    everything = Strokes(np.concatenate([one.xy for one in drawings]), starts, group, ends)
    order = np.argsort(group, kind="stable")
    return picked(everything, order, group[order])


def _words(numbers: NDArray[np.int64], first: NDArray[np.bool_]) -> NDArray[Any]:
    """Return pairs of numbers as text: an absolute start per stroke, then relative steps."""
    style = np.zeros(numbers.shape, np.intp)
    style[first, 0] = 1
    style[1:][first[:-1] & ~first[1:], 0] = 2
    words: NDArray[Any] = _numerals()[style, numbers + _FAR]
    return words


@cache
def _numerals() -> NDArray[Any]:
    """Return every number up to `_FAR` as one more of a list, as a start, and as a first step.

    Looking them up costs a tenth of writing each anew.
    """
    numbers = range(-_FAR, _FAR)
    more = [str(n) if n < 0 else f" {n}" for n in numbers]
    return np.array([more, [f"M{n}" for n in numbers], [f"l{n}" for n in numbers]], dtype=object)


def _joined(
    words: NDArray[Any],
    counts: NDArray[np.intp],
    ends: NDArray[Any],
    group: NDArray[np.intp],
    count: int,
) -> list[str]:
    """Return the text of each group: its strokes of `counts` pairs of words, each with its end."""
    stop = 2 * np.cumsum(counts)
    ended = ends != ""
    flat = np.insert(words.ravel(), stop[ended], ends[ended]).tolist()
    stops = np.concatenate([[0], stop + np.cumsum(ended)])
    upto = stops[np.searchsorted(group, np.arange(-1, count), side="right")].tolist()
    return ["".join(flat[start:end]) for start, end in pairwise(upto)]


def _is_ring(shapes: NDArray[Any]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = shapely.get_type_id(shapes) == shapely.GeometryType.LINEARRING
    return found


def _singles(shapes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the parts of shapes, and whose part each is; a shape of one part is its own."""
    many = shapely.get_type_id(shapes) >= shapely.GeometryType.MULTIPOINT
    whole, parted = np.flatnonzero(~many), np.flatnonzero(many)
    parts, owner = shapely.get_parts(shapes[parted], return_index=True)
    owners = np.concatenate([whole, parted[owner]])
    order = np.argsort(owners, kind="stable")
    return np.concatenate([shapes[whole], parts])[order], owners[order]


def cut(shapes: NDArray[Any], box: Box) -> NDArray[Any]:
    """Return the shapes, what reaches out of `box` (xmin, ymin, xmax, ymax) cut off."""
    beyond = reaches_out(shapely.bounds(shapes), box)
    inside = shapes.copy()
    inside[beyond] = shapely.clip_by_rect(shapes[beyond], *box)
    return inside


def reaches_out(bounds: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    """Return which of the bounds (n, 4) do not lie within a box."""
    low, high = (bounds[:, :2] < box[:2]).any(axis=1), (bounds[:, 2:] > box[2:]).any(axis=1)
    return np.asarray(low | high)


def around(view: Frame) -> Box:
    """Return a box so much larger than the frame that what is cut at its edge is not seen."""
    xmin, ymin, xmax, ymax = view.box
    x, y = _BEYOND * view.ground_width, _BEYOND * view.ground_height
    return xmin - x, ymin - y, xmax + x, ymax + y


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
