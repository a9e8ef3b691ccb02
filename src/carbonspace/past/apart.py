"""Shapes told apart by 128 bits each: whatever changes their geometry changes them."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from pandas.util import hash_array

from carbonspace.kernels.murmur import murmur
from carbonspace.model.once import Shapes

Words = NDArray[np.uint64]
"""Two words of 64 bits for each shape (n, 2)."""

_KEYS = ("the first of two", "the other of two")
"""Of SipHash, 16 bytes each."""
_FEW = 20_000
"""So few shapes are written out sooner than what is compiled is loaded."""
_AT_ONCE = 1 << 13
"""So many shapes are looked at together: they stay near the processor."""
_SINGLE = (0, 1, 3)
"""Points, lines and polygons, as shapely numbers types."""


def told_apart(shapes: Shapes) -> Words:
    """Return what tells shapes apart: their kind, their parts, each bit of their coordinates.

    Nobody is kept from making two of the same on purpose.
    """
    if len(shapes) < _FEW:
        return _written(shapes)
    starts = range(0, len(shapes), _AT_ONCE)
    return np.concatenate([_some(shapes[n : n + _AT_ONCE]) for n in starts])


def _some(shapes: Shapes) -> Words:
    count = np.asarray(shapely.get_num_coordinates(shapes), dtype=np.int64)
    plain = np.isin(shapely.get_type_id(shapes), _SINGLE) & (count > 0)
    plain &= shapely.get_coordinate_dimension(shapes) == 2
    plain &= shapely.get_num_interior_rings(shapes) == 0
    found = np.empty((len(shapes), 2), dtype=np.uint64)
    found[plain] = _of_one_row(shapes[plain], count[plain])
    found[~plain] = _written(shapes[~plain])
    return found


def _of_one_row(shapes: Shapes, count: NDArray[np.int64]) -> Words:
    """Return shapes, each of one row of points."""
    points = shapely.get_coordinates(shapes).view(np.uint64)
    found = np.empty((len(shapes), 2), dtype=np.uint64)
    seeds = shapely.get_type_id(shapes).astype(np.uint64) + np.uint64(1)
    murmur(points, np.cumsum(count), seeds, found)
    return found


def _written(shapes: Shapes) -> Words:
    """Return shapes by how they are written, and as what: rings are written as lines."""
    written = np.empty(len(shapes), dtype=object)
    written[:] = [one or b"" for one in shapely.to_wkb(shapes)]
    kinds = (shapely.get_type_id(shapes) + 1).astype(np.uint64)
    return np.column_stack(
        [hash_array(written, hash_key=key, categorize=False) + kinds for key in _KEYS]
    )
