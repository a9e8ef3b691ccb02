"""Geometry as compact SVG path data: a frame, paths, labels, a scale bar.

Coordinates are integers in parts of a pixel of a map so many pixels wide (its `Grid`), simplified
to what can be seen; colours belong to the style sheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

_ASPECT = (0.45, 1.15)
_BEYOND = 0.4
"""How far shapes reach out of the frame, as a share of it."""
_BLOCK = 8_192
"""Lines simplified at once: what they were before and after is not all in memory."""
_FAR = 34_000
"""More than any coordinate or step within a frame's width and height around the frame."""


Box = tuple[float, float, float, float]


class Grid(NamedTuple):
    """How finely a map is drawn: pixels across, the parts of each that coordinates count.

    Lines may be off by `fine` pixels: the eye does not see it.
    """

    pixels: int
    parts: float
    fine: float = 0.4


SCREEN = Grid(960, 10)
"""Of pages, which people may look at closely."""


@dataclass(frozen=True)
class Frame:
    """The piece of ground a map shows: lower left corner, size in map units, and scale."""

    xmin: float
    ymin: float
    ground_width: float
    ground_height: float
    grid: Grid = SCREEN

    @property
    def per_unit(self) -> float:
        """SVG units (parts of a pixel) per map unit."""
        return self.width / self.ground_width

    @property
    def pixel(self) -> float:
        """Size of one pixel in map units."""
        return self.ground_width / self.grid.pixels

    @property
    def width(self) -> int:
        """Width in SVG units."""
        return round(self.grid.pixels * self.grid.parts)

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
        moved = np.empty_like(xy)
        moved[:, 0] = (xy[:, 0] - self.xmin) * self.per_unit
        moved[:, 1] = (xy[:, 1] - (self.ymin + self.ground_height)) * -self.per_unit
        return np.rint(moved, out=moved).astype(np.int64)


def frame(bounds: Iterable[float], *, margin: float = 0.04, grid: Grid = SCREEN) -> Frame:
    """Return a frame around `bounds` (xmin, ymin, xmax, ymax), not too flat and not too tall.

    Bounds of nothing (NaN) have one all the same: what is empty is drawn as such.
    """
    xmin, ymin, xmax, ymax = np.nan_to_num(np.array([*bounds], dtype=float)).tolist()
    width, height = max(xmax - xmin, 1.0), max(ymax - ymin, 1.0)
    pad = margin * max(width, height)
    wide = max(width + 2 * pad, (height + 2 * pad) / _ASPECT[1])
    tall = max(height + 2 * pad, wide * _ASPECT[0])
    middle = ((xmin + xmax) / 2, (ymin + ymax) / 2)
    return Frame(middle[0] - wide / 2, middle[1] - tall / 2, wide, tall, grid)


class Lines(NamedTuple):
    """Shapes taken apart into what a pen draws, shape by shape.

    Attributes
    ----------
    lines
        Rings, lines, and points as lines between two corners at the same place.
    owner
        The number of the shape that each belongs to.
    areas
        The area of the polygon of a ring, else infinite.
    ends
        How each ends: `OPEN`, `CLOSED` or `DOT`.
    """

    lines: NDArray[Any]
    owner: NDArray[np.intp]
    areas: NDArray[np.float64]
    ends: NDArray[np.uint8]


OPEN, CLOSED, DOT = 0, 1, 2
_ENDS = ("", "z", "h0")
"""What is written after a stroke: `z` closes a ring, `h0` makes a point visible."""


class Strokes(NamedTuple):
    """Lines as plain arrays: what is left to do for a map is arithmetic.

    Attributes
    ----------
    xy
        The corners of all strokes, one after the other, in map units.
    starts
        Where each stroke begins in `xy`, and where the last one ends.
    group
        The number of the path that draws each stroke, in ascending order.
    ends
        How each ends, as `Lines` says it.
    """

    xy: NDArray[np.float64]
    starts: NDArray[np.intp]
    group: NDArray[np.intp]
    ends: NDArray[np.uint8]


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
    lines = lines_of(cut(geometries, around(view)))
    return written(strokes(lines, groups, tolerance * view.pixel), count, view)


def lines_of(shapes: NDArray[Any]) -> Lines:
    """Return the rings, lines and points of shapes; None and empty ones have none."""
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    parts, owner = _singles(shapes[there])
    kind = shapely.get_dimensions(parts)
    areal, linear, dots = (np.flatnonzero(kind == dimension) for dimension in (2, 1, 0))
    rings, polygon = _rings(parts[areal])
    owners = there[owner][np.concatenate([areal[polygon], linear, dots])]
    sizes = [len(rings), len(linear), len(dots)]
    spots = np.repeat(shapely.get_coordinates(parts[dots]), 2, axis=0).reshape(-1, 2, 2)
    lines = np.concatenate([rings, parts[linear], shapely.linestrings(spots)])
    areas = np.full(len(lines), np.inf)
    areas[: len(rings)] = shapely.area(parts[areal])[polygon]
    ends = np.repeat(np.array([CLOSED, OPEN, DOT], dtype=np.uint8), sizes)
    order = np.argsort(owners, kind="stable")
    return Lines(lines[order], owners[order], areas[order], ends[order])


def simplified(shapes: NDArray[Any], groups: NDArray[np.intp], tolerance: float) -> Strokes:
    """Return the strokes of shapes by ascending group, simplified by a tolerance in map units.

    Some shapes at a time: a whole city taken apart would need its memory once more.
    """
    blocks = [slice(n, n + _BLOCK) for n in range(0, max(len(shapes), 1), _BLOCK)]
    parts = [strokes(lines_of(shapes[b]), groups[b], tolerance) for b in blocks]
    xy, sizes, group, ends = (
        np.concatenate(part)
        for part in zip(*((p.xy, np.diff(p.starts), p.group, p.ends) for p in parts), strict=True)
    )  # fmt: skip
    return Strokes(xy, _stops(sizes), group, ends)


def strokes(found: Lines, groups: NDArray[np.intp], tolerance: float) -> Strokes:
    """Return lines simplified by a tolerance in map units, by the group of their shapes."""
    group = groups[found.owner]
    chosen = np.flatnonzero(found.areas > tolerance**2)
    chosen = chosen[np.argsort(group[chosen], kind="stable")]
    blocks = np.array_split(chosen, 1 + len(chosen) // _BLOCK)
    parts = [_corners(found.lines[some], found.ends[some], tolerance) for some in blocks]
    xy, sizes = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Strokes(xy, _stops(sizes), group[chosen], found.ends[chosen])


def _corners(
    lines: NDArray[Any], ends: NDArray[np.uint8], tolerance: float
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the corners of simplified lines, and how many each has."""
    sizes = shapely.get_num_coordinates(lines)
    # A ring that crosses itself when simplified looks the same and costs a tenth.
    bent = np.flatnonzero(sizes > np.where(ends == CLOSED, 5, 2))
    lines[bent] = shapely.simplify(lines[bent], tolerance, preserve_topology=False)
    return shapely.get_coordinates(lines), shapely.get_num_coordinates(lines).astype(np.intp)


def picked(found: Strokes, rows: NDArray[np.intp], group: NDArray[np.intp]) -> Strokes:
    """Return some of the strokes, to be drawn by the paths `group`."""
    sizes = (found.starts[1:] - found.starts[:-1])[rows]
    corners = spans(found.starts[rows], sizes)
    return Strokes(found.xy.take(corners, axis=0), _stops(sizes), group, found.ends[rows])


def spans(starts: NDArray[np.intp], sizes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the numbers start, start + 1, … of each span, one span after the other."""
    before = np.cumsum(sizes) - sizes
    numbers: NDArray[np.intp] = np.repeat(starts - before, sizes)
    numbers += np.arange(len(numbers))
    return numbers


def written(found: Strokes, count: int, view: Frame) -> list[str]:
    """Return the `d` of `count` paths that draw strokes which do not reach far out of the frame."""
    placed, starts = view.place(found.xy), found.starts[:-1]
    sizes = np.diff(found.starts)
    first = np.zeros(len(placed), dtype=bool)
    first[starts[sizes > 0]] = True
    steps = np.diff(placed, axis=0, prepend=0)
    kept = first | (steps[:, 0] != 0) | (steps[:, 1] != 0)
    kept[found.starts[1:][found.ends == DOT] - 1] = True
    moves = np.diff(_stops(kept)[found.starts]) - 1
    worth = moves >= np.where(found.ends == CLOSED, 3, 1)
    kept &= np.repeat(worth, sizes)
    steps[first] = placed[first]
    stops = _stops(moves[worth] + 1)
    words = _words(steps.take(np.flatnonzero(kept), axis=0), stops, found.ends[worth])
    upto = stops[np.searchsorted(found.group[worth], np.arange(-1, count), side="right")]
    return [_text(words[start:end]) for start, end in pairwise(upto.tolist())]


def _stops(sizes: NDArray[Any]) -> NDArray[np.intp]:
    """Return where each of some spans that follow each other starts, and where the last ends."""
    stops = np.zeros(len(sizes) + 1, dtype=np.intp)
    np.cumsum(sizes, out=stops[1:])
    return stops


def _words(
    numbers: NDArray[np.int64], stops: NDArray[np.intp], ends: NDArray[np.uint8]
) -> NDArray[np.uint64]:
    """Return pairs of numbers as words: per stroke an absolute start, then relative steps.

    The last step back to the start of a ring, or from a point to itself, is its end.
    """
    numbers += _FAR
    numbers[stops[:-1], 0] += 2 * _FAR
    numbers[stops[:-1] + 1, 0] += 4 * _FAR
    words: NDArray[np.uint64] = _numerals().take(numbers)
    last = stops[1:][ends != OPEN] - 1
    words[last, 0], words[last, 1] = _as_words(_ENDS)[ends[ends != OPEN]], 0
    return words


@cache
def _numerals() -> NDArray[np.uint64]:
    """Return every number up to `_FAR` as one more of a list, then as a start and a first step.

    Looking them up costs a fraction of writing each anew.
    """
    numbers = np.arange(-_FAR, _FAR)
    texts = numbers.astype("S6")
    starts, steps, more = (np.char.add(letter, texts) for letter in (b"M", b"l", b" "))
    return _as_words(np.concatenate([np.where(numbers < 0, texts, more), starts, steps]))


def _as_words(texts: ArrayLike) -> NDArray[np.uint64]:
    """Return texts of up to eight letters as a number each: eight bytes, zeros behind the text."""
    return np.asarray(texts, dtype="S8").view(np.uint64)


def _text(words: NDArray[np.uint64]) -> str:
    return words.tobytes().translate(None, b"\0").decode("ascii")


def _rings(polygons: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the rings of polygons, and whose each is."""
    holed = shapely.get_num_interior_rings(polygons) > 0
    whole, pierced = np.flatnonzero(~holed), np.flatnonzero(holed)
    rings, owner = shapely.get_rings(polygons[pierced], return_index=True)
    owners = np.concatenate([whole, pierced[owner]])
    order = np.argsort(owners, kind="stable")
    return np.concatenate([shapely.get_exterior_ring(polygons[whole]), rings])[order], owners[order]


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


def around(view: Frame, beyond: float = _BEYOND) -> Box:
    """Return a box so much larger than the frame that what is cut at its edge is not seen."""
    xmin, ymin, xmax, ymax = view.box
    x, y = beyond * view.ground_width, beyond * view.ground_height
    return xmin - x, ymin - y, xmax + x, ymax + y
