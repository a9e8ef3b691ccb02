"""What was edited between two plans: features inserted, deleted, reshaped, recoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.comparison.matching import (
    Positions,
    attributes,
    differing,
    is_numbered,
    matched,
)
from carbonspace.model.comparison import EDIT_COLUMNS
from carbonspace.model.layers import LAYERS
from carbonspace.model.plan import Plan

_SAME_SHAPE_M = 1e-3
"""Shapes that are nowhere farther apart are drawn anew, not edited."""


@dataclass(frozen=True)
class Edits:
    """The edits of all layers.

    Attributes
    ----------
    table
        One row per edit, as `Comparison.edits` without its geometry, on 0, 1, 2 …
    rows
        The position of the feature in its layer of either plan (n, 2), -1 where it is not there.
    shapes
        The geometry of the feature in either plan (n, 2), None where it is not there.
    names
        By layer the pairs of ids (in the first plan, in the second) of the same features, where
        they differ.
    lone
        The layers that only one of the plans has.
    """

    table: pd.DataFrame
    rows: Positions
    shapes: NDArray[np.object_]
    names: Mapping[str, Mapping[str, str]]
    lone: frozenset[str] = frozenset()

    def boxes(self, chosen: Positions) -> dict[str, NDArray[np.float64]]:
        """Return by layer the boxes of some edits, before and after."""
        layers = self.table["layer"].to_numpy()[chosen]
        found = {}
        for key in dict.fromkeys(layers):
            shapes = self.shapes[chosen[layers == key]].ravel()
            found[key] = np.asarray(shapely.bounds(shapes[~shapely.is_missing(shapes)]))
        return found


def edits_between(
    one: Plan, other: Plan, given: Mapping[str, frozenset[str]] | None, *, shapes: bool = True
) -> Edits:
    """Return what was edited between two prepared plans.

    Parameters
    ----------
    given
        The columns that either plan came with by layer, before it was prepared; None where that
        is not known. What is in none of them follows from other data.
    shapes
        False where the plans lie in different CRS: then geometry cannot be compared, and features
        are the same by their ids.
    """
    parts, names = [], {}
    for key in sorted({*one.layers, *other.layers}, key=list(LAYERS).index):
        here, there = one.layers.get(key), other.layers.get(key)
        if here is there:
            continue
        here, there = _both(here, there)
        pairs = matched(here, there, key=key) if shapes else _by_id(here, there)
        parts.append(_Layer(key, here, there, pairs, shapes, (given or {}).get(key)).edits(given))
        if not (is_numbered(here.index, key) and is_numbered(there.index, key)):
            names[key] = _renamed(here.index[pairs[:, 0]], there.index[pairs[:, 1]])
    return replace(_joined(parts, names), lone=frozenset({*one.layers} ^ {*other.layers}))


Part = tuple[list[dict[str, Any]], Positions, NDArray[np.object_]]


def _joined(parts: list[Part], names: Mapping[str, Mapping[str, str]]) -> Edits:
    listed = [row for rows, _, _ in parts for row in rows]
    table = pd.DataFrame(listed, columns=list(EDIT_COLUMNS[1:]))
    table.insert(0, "edit_id", np.arange(1, len(table) + 1))
    rows = [np.empty((0, 2), dtype=np.intp), *(part[1] for part in parts)]
    shapes = [np.empty((0, 2), dtype=object), *(part[2] for part in parts)]
    return Edits(table, np.concatenate(rows), np.concatenate(shapes), names)


def _both(
    here: gpd.GeoDataFrame | None, there: gpd.GeoDataFrame | None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return two layers, an empty one where there is none."""
    if here is None:
        assert there is not None
        return there.iloc[:0], there
    return here, here.iloc[:0] if there is None else there


def _by_id(here: gpd.GeoDataFrame, there: gpd.GeoDataFrame) -> Positions:
    rows = there.index.get_indexer(here.index)
    known = np.flatnonzero(rows >= 0)
    return np.column_stack([known, rows[known]]).astype(np.intp)


def _renamed(here: pd.Index, there: pd.Index) -> dict[str, str]:
    pairs = zip(map(str, here), map(str, there), strict=True)
    return {mine: yours for mine, yours in pairs if mine != yours}


@dataclass(frozen=True)
class _Layer:
    """One layer of two plans, and which of its features are the same."""

    key: str
    here: gpd.GeoDataFrame
    there: gpd.GeoDataFrame
    pairs: Positions
    with_shapes: bool
    given: frozenset[str] | None

    def edits(self, known: object) -> Part:
        """Return the edits as rows, with their positions and shapes: deleted and changed, new."""
        names, changed = np.array(attributes(self.here, self.there), dtype=object), self._changed()
        (reshaped, moved) = self._moved()
        recoded: NDArray[np.bool_] = np.asarray(changed.any(axis=1))
        touched = np.flatnonzero(recoded | reshaped)
        gone = np.setdiff1d(np.arange(len(self.here)), self.pairs[:, 0])
        new = np.setdiff1d(np.arange(len(self.there)), self.pairs[:, 1])
        rows = np.concatenate([
            self.pairs[touched],
            np.column_stack([gone, np.full(len(gone), -1)]),
            np.column_stack([np.full(len(new), -1), new]),
        ]).astype(np.intp)  # fmt: skip
        shapes = np.column_stack([_shapes(self.here, rows[:, 0]), _shapes(self.there, rows[:, 1])])
        derived = known is not None and self.given is None
        listed = []
        for n, pair in enumerate(touched.tolist()):
            columns = names[changed[pair]].tolist()
            kind = _kind(bool(recoded[pair]), bool(reshaped[pair]), float(moved[pair]))
            drawn = kind != "recoded" or self.given is None or set(columns) & self.given
            listed.append(self._row(kind, rows[n], shapes[n], columns, float(moved[pair]),
                                    derived or not drawn))  # fmt: skip
        for n in range(len(touched), len(rows)):
            kind = "deleted" if rows[n, 1] < 0 else "inserted"
            listed.append(self._row(kind, rows[n], shapes[n], [], np.nan, derived))
        return listed, rows, shapes

    def _changed(self) -> NDArray[np.bool_]:
        return differing(self.here, self.there, self.pairs)

    def _moved(self) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return which pairs are not drawn alike, and how far apart they are."""
        moved = np.zeros(len(self.pairs))
        if not self.with_shapes:
            return moved > 0, moved
        here = self.here.geometry.to_numpy()[self.pairs[:, 0]]
        there = self.there.geometry.to_numpy()[self.pairs[:, 1]]
        differs = np.asarray(shapely.to_wkb(here) != shapely.to_wkb(there), dtype=np.bool_)
        moved[differs] = shapely.hausdorff_distance(here[differs], there[differs])
        lifted = differs & (shapely.has_z(here) | shapely.has_z(there)) & (moved <= _SAME_SHAPE_M)
        moved[lifted] = np.nan
        return differs, moved

    def _row(
        self, kind: str, rows: Positions, shapes: NDArray[np.object_], columns: list[str],
        moved: float, follows: bool,
    ) -> dict[str, Any]:  # fmt: skip
        (before, unit), (after, other) = map(_amount, shapes)
        here, there = rows.tolist()
        return {
            "layer": self.key, "edit": kind,
            "feature": str(self.here.index[here]) if here >= 0 else None,
            "feature_after": str(self.there.index[there]) if there >= 0 else None,
            "columns": tuple(columns),
            "changes": tuple((name, _value(self.here, name, here), _value(self.there, name, there))
                             for name in columns),
            "moved_m": moved, "amount_before": before, "amount_after": after,
            "amount_unit": unit or other, "follows": follows,
        }  # fmt: skip


def _kind(recoded: bool, reshaped: bool, moved: float) -> str:
    is_drawn_anew = reshaped and moved <= _SAME_SHAPE_M
    if recoded:
        return "changed" if reshaped and not is_drawn_anew else "recoded"
    return "redrawn" if is_drawn_anew else "reshaped"


def _shapes(layer: gpd.GeoDataFrame, rows: Positions) -> NDArray[np.object_]:
    found = np.full(len(rows), None, dtype=object)
    found[rows >= 0] = layer.geometry.to_numpy()[rows[rows >= 0]]
    return found


def _amount(shape: Any) -> tuple[float, str]:
    """Return the area of an area, the length of a line, and the unit."""
    dimension = -1 if shape is None else shapely.get_dimensions(shape)
    if dimension == 2:
        return float(shapely.area(shape)), "m²"
    return (float(shapely.length(shape)), "m") if dimension == 1 else (np.nan, "")


def _value(layer: gpd.GeoDataFrame, name: str, row: int) -> Any:
    if name not in layer:
        return None
    value = layer[name].iloc[row]
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def columns_given(plans: tuple[Plan, ...]) -> dict[str, frozenset[str]]:
    """Return by layer the columns that plans came with before they were prepared."""
    return {key: frozenset(columns) for key, columns in _given(plans)}


def _given(plans: tuple[Plan, ...]) -> Iterator[tuple[str, set[str]]]:
    for key in {key for plan in plans for key in plan.layers}:
        yield key, {c for plan in plans if key in plan.layers for c in plan.layers[key].columns}
