"""Which segments lie near which: bundles of a few that follow each other are compared first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from .overlay import Floats, Geometries, Integers
from .segments import SECTORS, Segments, ragged

_FEW, _MANY = 4, 16
"""So many segments that follow each other are looked for together, in segments or in lines."""

_AT_ONCE = 1 << 10
"""So many bundles are asked at a time which others they meet."""

_SLACK = 1e-6
"""Metres by which boxes are grown beyond the gap, for the rounding of grid coordinates."""


_Pairs = tuple[Integers, Integers]


class _Bundles(NamedTuple):
    """Bundles of segments `opens[n]` to `opens[n + 1]`, and boxes: of segments, around bundles."""

    opens: Integers
    boxes: Floats
    around: Floats


def near_pairs(first: Segments, second: Segments, gap: float) -> tuple[Integers, Integers]:
    """Pairs of segments whose boxes are at most `gap` apart, or by rounding a little more."""
    bundles, others = _bundles(first, first.owner, 0.0), _bundles(second, second.owner, gap)
    return _all(_inside(bundles, others, *met) for met in _meeting(bundles, others))


def opposed_pairs(
    first: Segments, second: Segments, gap: float, group: Integers, other_group: Integers
) -> tuple[Integers, Integers]:
    """Pairs of segments of one group where one may run against the other and see it squarely.

    All pairs are among them whose directions are opposed to within 30 degrees and where some of
    the second is abreast of the first at most `gap` away, and some more. Groups are numbers, one
    for each segment.
    """
    sector, other_sector = first.sectors(), second.sectors()
    bundles = _bundles(first, first.owner * SECTORS + sector, gap)
    others = _bundles(second, second.owner * SECTORS + other_sector, 0.0)

    def opposed(bundle: Integers, other: Integers) -> _Pairs:
        one, two = bundles.opens[bundle], others.opens[other]
        turn = (other_sector[two] - sector[one]) % SECTORS
        chosen = (group[one] == other_group[two]) & (turn >= 5) & (turn <= 7)
        bundle, other = bundle[chosen], other[chosen]
        row, one = ragged(bundles.opens[bundle], bundles.opens[bundle + 1])
        one, other = _abreast(first, others.around, one, other[row])
        row, two = ragged(others.opens[other], others.opens[other + 1])
        return _abreast(first, others.boxes, one[row], two)

    return _all(opposed(*met) for met in _meeting(bundles, others))


def near_lines(lines: shapely.STRtree, parts: Segments, gap: float) -> tuple[Integers, Integers]:
    """Positions of lines, and of segments, that may be at most `gap` from one of the others.

    All whose boxes are so near to one of the others' boxes are among them, and some more.
    """
    bundles = _bundles(parts, parts.owner, gap, _MANY)
    bundle, line = lines.query(_diagonals(bundles.around))
    near = np.zeros(len(bundles.around), dtype=np.bool_)
    near[bundle] = True
    return np.unique(line), np.flatnonzero(np.repeat(near, np.diff(bundles.opens)))


def _bundles(parts: Segments, kind: Integers, gap: float, most: int = _FEW) -> _Bundles:
    """Bundle a few segments that follow each other and are of one kind; grow boxes by the gap."""
    at = np.arange(len(kind))
    start = np.maximum.accumulate(np.where(np.diff(kind, prepend=-1) != 0, at, 0))
    opens = np.append(np.flatnonzero((at - start) % most == 0), len(at))
    boxes = parts.boxes() + (gap + _SLACK) * np.array([-1.0, -1.0, 1.0, 1.0])
    low = np.minimum.reduceat(boxes[:, :2], opens[:-1])
    high = np.maximum.reduceat(boxes[:, 2:], opens[:-1])
    return _Bundles(opens, boxes, np.concatenate((low, high), axis=1))


def _meeting(bundles: _Bundles, others: _Bundles) -> Iterator[_Pairs]:
    """Yield the pairs of bundles whose boxes meet, some at a time: they are many."""
    tree, asked = shapely.STRtree(_diagonals(bundles.around)), _diagonals(others.around)
    for start in range(0, len(asked), _AT_ONCE):
        other, bundle = tree.query(asked[start : start + _AT_ONCE])
        yield bundle, other + start


def _all(portions: Iterable[_Pairs]) -> _Pairs:
    one, other = zip((np.empty(0, np.intp),) * 2, *portions, strict=True)
    return np.concatenate(one), np.concatenate(other)


def _inside(
    bundles: _Bundles, others: _Bundles, bundle: Integers, other: Integers
) -> tuple[Integers, Integers]:
    """Pairs of segments, in pairs of bundles, whose boxes meet."""
    row, one = ragged(bundles.opens[bundle], bundles.opens[bundle + 1])
    meet = _meet(bundles.boxes[one], others.around[other[row]])
    one, other = one[meet], other[row[meet]]
    row, two = ragged(others.opens[other], others.opens[other + 1])
    one = one[row]
    meet = _meet(bundles.boxes[one], others.boxes[two])
    return one[meet], two[meet]


def _abreast(
    parts: Segments, boxes: Floats, one: Integers, other: Integers
) -> tuple[Integers, Integers]:
    """Pairs of a segment and a box some of which is neither before its start nor beyond its end."""
    length = parts.lengths()
    unit = (parts.end - parts.start) / length[:, None]
    start = (parts.start * unit).sum(axis=1)
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    direction = unit[one]
    along = np.einsum("ij,ij->i", middle[other], direction) - start[one]
    reach = np.einsum("ij,ij->i", half[other], np.abs(direction))
    abreast = (along >= -reach) & (along <= length[one] + reach)
    return one[abreast], other[abreast]


def _meet(boxes: Floats, others: Floats) -> NDArray[np.bool_]:
    """Tell which boxes meet their other."""
    result: NDArray[np.bool_] = (boxes[:, 0] <= others[:, 2]) & (others[:, 0] <= boxes[:, 2])
    result &= (boxes[:, 1] <= others[:, 3]) & (others[:, 1] <= boxes[:, 3])
    return result


def _diagonals(boxes: Floats) -> Geometries:
    """Lines with these boxes, which are made sooner than polygons."""
    result: Geometries = shapely.linestrings(boxes.reshape(-1, 2, 2))
    return result
