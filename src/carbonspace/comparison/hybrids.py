"""One plan with some of its features as they are in another."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.comparison.edits import Edits
from carbonspace.comparison.matching import Positions
from carbonspace.model.plan import Plan
from carbonspace.prepare.order import in_order


def edited(plan: Plan, other: Plan, edits: Edits, chosen: Positions, *, back: bool = False) -> Plan:
    """Return a prepared plan with the edits `chosen` made, as they are in the `other` plan.

    `back`: `plan` is the second of the two that were compared, and the edits are undone.
    """
    rows = edits.rows[chosen][:, ::-1] if back else edits.rows[chosen]
    layers, key_of = dict(plan.layers), edits.table["layer"].to_numpy()[chosen]
    for key in dict.fromkeys(key_of):
        mine, yours = plan.layers.get(key), other.layers.get(key)
        if mine is None or yours is None:
            mine, yours = _with_empty(mine, yours)
        layers[key] = _edited(key, mine, yours, rows[key_of == key])
    aside = {key: why for key, why in plan.aside.items() if key not in layers}
    return replace(plan, layers=layers, aside=aside)


def _with_empty(
    mine: gpd.GeoDataFrame | None, yours: gpd.GeoDataFrame | None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    known = mine if mine is not None else yours
    assert known is not None
    return (known.iloc[:0] if mine is None else mine, known.iloc[:0] if yours is None else yours)


def _edited(
    key: str, mine: gpd.GeoDataFrame, yours: gpd.GeoDataFrame, rows: Positions
) -> gpd.GeoDataFrame:
    """Return a layer whose features `rows` (mine, theirs; -1: not there) are as the others are."""
    kept = np.delete(np.arange(len(mine)), rows[rows[:, 0] >= 0, 0])
    taken = yours.iloc[rows[rows[:, 1] >= 0, 1]]
    taken = taken.set_axis(_ids(mine.index, yours.index, rows[rows[:, 1] >= 0]))
    if not len(taken):
        return mine.iloc[kept]
    if not len(kept):
        return in_order(key, taken.rename_axis(mine.index.name))
    left, right = _alike(mine.iloc[kept], taken)
    both = gpd.GeoDataFrame(pd.concat([left, right]), geometry=mine.geometry.name, crs=mine.crs)
    both = both.rename_axis(mine.index.name)
    return in_order(key, both if key not in ("units", "city") else _placed(both, mine.index))


def _placed(layer: gpd.GeoDataFrame, order: pd.Index) -> gpd.GeoDataFrame:
    """Return a layer in the order of ids, with those that are not among them at the end."""
    known = order[order.isin(layer.index)]
    return layer.loc[[*known, *layer.index[~layer.index.isin(order)]]]


def _alike(
    mine: gpd.GeoDataFrame, yours: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return features with the same columns of the same types: null where one has none."""
    for name in yours.columns.difference(mine.columns, sort=False):
        mine = mine.assign(**{name: _blank(yours[name], mine.index)})
    for name in mine.columns:
        if name not in yours:
            yours = yours.assign(**{name: _blank(mine[name], yours.index)})
        elif yours[name].dtype != mine[name].dtype:
            yours = yours.assign(**{name: _of_type(yours[name], mine[name])})
    return mine, yours[list(mine.columns)]


def _blank(column: pd.Series, index: pd.Index) -> pd.Series:
    """Return nothing, as a column of this type can hold it."""
    kinds = {"b": "boolean", "i": "float64", "u": "float64"}
    return pd.Series([None] * len(index), index=index,
                     dtype=kinds.get(column.dtype.kind, column.dtype))  # fmt: skip


def _of_type(column: pd.Series, like: pd.Series) -> pd.Series:
    """Return a column as the type of another, or as it is where it does not fit in."""
    try:
        return column.astype(like.dtype)
    except (ValueError, TypeError):
        return column


def _ids(mine: pd.Index, yours: pd.Index, rows: Positions) -> pd.Index:
    """Return the ids that features of the other layer get here: their own where that is free."""
    used, ids = set(mine), list[str]()
    for here, there in rows.tolist():
        name = str(yours[there])
        if here >= 0:
            name = str(mine[here])
        else:
            while name in used:
                name += "+"
            used.add(name)
        ids.append(name)
    return pd.Index(ids, name=mine.name)
