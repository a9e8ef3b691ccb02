"""Words of 64 bits mixed into digests: each with its place, by two keys, then summed up.

One word more, less, or elsewhere gives another sum. Nobody is kept from making two of the same on
purpose: what tells features of one city from one night to the next need not withstand that.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.parts import Boxes

Words = NDArray[np.uint64]
Geometries = NDArray[np.object_]

KEYS = (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SINGLE = (0, 1, 3)
"""Points, lines and polygons, as shapely numbers types."""
AT_ONCE = 1 << 11
"""So many shapes are mixed together: what they come to stays near the processor."""


def mixed(words: Words, key: int) -> Words:
    """Return words (any shape) of which each bit hangs on each bit of those given."""
    found = words ^ np.uint64(key)
    found ^= found >> np.uint64(30)
    found *= _FIRST
    found ^= found >> np.uint64(27)
    found *= _SECOND
    found ^= found >> np.uint64(31)
    return found


def placed(words: Words, place: int | NDArray[np.int64], key: int) -> Words:
    """Return words (n) mixed with their places: the same word elsewhere comes to another."""
    at = np.asarray(place, dtype=np.uint64)
    table = mixed(np.arange(int(at.max(initial=0)) + 1, dtype=np.uint64), key)
    return mixed(words + table[at], key)


class Outlines(NamedTuple):
    """Shapes told apart: digests of their geometry, two words each (n, 2), and boxes (n, 4)."""

    words: Words
    boxes: Boxes


def told_apart(shapes: Geometries) -> Words:
    """Return what tells shapes apart: their kind, their parts, each bit of their coordinates."""
    starts = range(0, len(shapes), AT_ONCE)
    parts = [outlines(shapes[n : n + AT_ONCE]).words for n in starts]
    return np.concatenate(parts) if parts else np.empty((0, 2), dtype=np.uint64)


def outlines(shapes: Geometries) -> Outlines:
    """Return shapes as digests of all that their geometry is, and their boxes as shapely's."""
    plain = np.isin(shapely.get_type_id(shapes), _SINGLE) & ~shapely.is_empty(shapes)
    plain &= (shapely.get_num_interior_rings(shapes) == 0) & ~shapely.has_m(shapes)
    words, boxes = np.empty((len(shapes), 2), dtype=np.uint64), np.empty((len(shapes), 4))
    tall = shapely.has_z(shapes)
    for chosen, dimensions in ((plain & ~tall, 2), (plain & tall, 3)):
        if chosen.any():
            words[chosen], boxes[chosen] = _of_one_ring(shapes[chosen], dimensions)
    if not plain.all():
        words[~plain] = _of_any(shapes[~plain])
        boxes[~plain] = shapely.bounds(shapes[~plain])
    return Outlines(words, boxes)


def _of_one_ring(shapes: Geometries, dimensions: int) -> Outlines:
    """Return shapes, each of one row of points, by their types and coordinates."""
    xyz = shapely.get_coordinates(shapes, include_z=dimensions > 2)
    count = shapely.get_num_coordinates(shapes).astype(np.int64)
    start = np.cumsum(count) - count
    place = np.arange(len(xyz)) - np.repeat(start, count)
    places = place[:, None] * dimensions + np.arange(dimensions)
    kind = (shapely.get_type_id(shapes) * 4 + dimensions).astype(np.uint64)
    kind += count.astype(np.uint64) << np.uint64(8)
    words = [mixed(kind, key) + _summed(xyz, places, start, key) for key in KEYS]
    ends = (np.minimum.reduceat(xyz[:, :2], start), np.maximum.reduceat(xyz[:, :2], start))
    return Outlines(np.column_stack(words), np.hstack(ends))


def _summed(
    xyz: NDArray[np.float64], places: NDArray[np.int64], start: NDArray[np.int64], key: int
) -> Words:
    found: Words = np.add.reduceat(placed(xyz.view(np.uint64), places, key).sum(axis=1), start)
    return found


def _of_any(shapes: Geometries) -> Words:
    """Return shapes of any kind by how they are written."""
    written = (one or b"" for one in shapely.to_wkb(shapes))
    digests = b"".join(hashlib.blake2b(one, digest_size=16).digest() for one in written)
    return np.frombuffer(digests, dtype=np.uint64).reshape(-1, 2)
