"""Which features of two layers are one and the same: by id, else by what they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

Positions = NDArray[np.intp]


def matched(here: gpd.GeoDataFrame, there: gpd.GeoDataFrame, *, key: str) -> Positions:
    """Return the positions (n, 2) of the same feature in two layers that are indexed by id.

    The same are, in this order: features of one id with the same content; features with the same
    content, whatever their ids; features of one id; and features with the same geometry. Of a layer
    whose ids were made up (`key`-1, `key`-2 …) an id alone says nothing.
    """
    pairs = _Pairs(len(here), len(there))
    same_id = _of_one_id(here.index, there.index)
    shapes = [shapely.to_wkb(one.geometry.to_numpy()) for one in (here, there)]
    alike = ~differing(here, there, same_id).any(axis=1)
    alike &= shapes[0][same_id[:, 0]] == shapes[1][same_id[:, 1]]
    pairs.add(same_id[alike])
    columns = [*attributes(here, there)]
    left, right = pairs.left
    pairs.add(_alike(_contents(here, columns, shapes[0], left),
                     _contents(there, columns, shapes[1], right), left, right))  # fmt: skip
    if not (is_numbered(here.index, key) and is_numbered(there.index, key)):
        pairs.add(same_id)
    left, right = pairs.left
    pairs.add(_alike(shapes[0][left].tolist(), shapes[1][right].tolist(), left, right))
    return pairs.found


def is_numbered(ids: pd.Index, key: str) -> bool:
    """Tell whether the ids of a layer are the numbers that `prepare` gives where it has none."""
    made = re.compile(rf"{re.escape(key)}-\d+")
    return all(made.fullmatch(str(one)) for one in ids)


def attributes(here: gpd.GeoDataFrame, there: gpd.GeoDataFrame) -> list[str]:
    """Return the names of the columns of two layers, but for the geometry."""
    names = dict.fromkeys([*here.columns, *there.columns])
    return [name for name in names if name not in (here.geometry.name, there.geometry.name)]


def differing(
    here: gpd.GeoDataFrame, there: gpd.GeoDataFrame, pairs: Positions
) -> NDArray[np.bool_]:
    """Return which of the `attributes` (columns) of each pair (rows) differ; null is like null."""
    found = [_differs(_column(here, name, pairs[:, 0]), _column(there, name, pairs[:, 1]))
             for name in attributes(here, there)]  # fmt: skip
    return np.column_stack(found) if found else np.zeros((len(pairs), 0), dtype=np.bool_)


def _column(layer: gpd.GeoDataFrame, name: str, rows: Positions) -> NDArray[np.object_]:
    if name not in layer:
        return np.full(len(rows), None, dtype=object)
    values = layer[name].iloc[rows].astype(object)
    held: NDArray[np.object_] = values.where(values.notna(), None).to_numpy(dtype=object)
    return held


def _differs(one: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.fromiter((a != b for a, b in zip(one, other, strict=True)), np.bool_, len(one))


def _of_one_id(here: pd.Index, there: pd.Index) -> Positions:
    rows = there.get_indexer(here)
    known = np.flatnonzero(rows >= 0)
    return np.column_stack([known, rows[known]]).astype(np.intp)


def _contents(
    layer: gpd.GeoDataFrame, columns: Sequence[str], shapes: NDArray[np.object_], rows: Positions
) -> list[Hashable]:
    """Return what some features are but for their ids."""
    held = [_column(layer, name, rows) for name in columns]
    return [(wkb, *map(str, values)) for wkb, *values in zip(shapes[rows], *held, strict=True)]


def _alike(
    here: Sequence[Hashable], there: Sequence[Hashable], left: Positions, right: Positions
) -> Positions:
    """Return the positions of what is alike; of several the first is the first of the others."""
    known: dict[Hashable, list[int]] = defaultdict(list)
    for position, content in zip(right[::-1].tolist(), there[::-1], strict=True):
        known[content].append(position)
    pairs = [(position, known[content].pop())
             for position, content in zip(left.tolist(), here, strict=True)
             if known.get(content)]  # fmt: skip
    return np.array(pairs, dtype=np.intp).reshape(-1, 2)


class _Pairs:
    """Pairs of positions, each position in one pair at most."""

    def __init__(self, here: int, there: int) -> None:
        self._free = np.ones(here, dtype=np.bool_), np.ones(there, dtype=np.bool_)
        self._found = [np.empty((0, 2), dtype=np.intp)]

    @property
    def left(self) -> tuple[Positions, Positions]:
        """The positions that are in no pair."""
        return np.flatnonzero(self._free[0]), np.flatnonzero(self._free[1])

    @property
    def found(self) -> Positions:
        """All pairs, in the order of the first layer."""
        pairs = np.concatenate(self._found)
        return pairs[np.argsort(pairs[:, 0], kind="stable")]

    def add(self, pairs: Positions) -> None:
        """Take the pairs of which neither position is taken."""
        free = self._free[0][pairs[:, 0]] & self._free[1][pairs[:, 1]]
        chosen = pairs[free]
        self._free[0][chosen[:, 0]] = False
        self._free[1][chosen[:, 1]] = False
        self._found.append(chosen)
