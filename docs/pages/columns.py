"""Which columns an indicator reads: told by watching it, and by taking each of them away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import geopandas as gpd
import pandas as pd

from carbonspace.errors import CarbonspaceError
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS

Columns = Mapping[str, Mapping[str, bool]]
"""By layer the columns that are read, in the order of the layer; True: nothing is found without."""
_MARK = "canonical layer"


def columns_of(
    one: Indicator, frames: Mapping[str, gpd.GeoDataFrame], others: Mapping[str, Any]
) -> Columns:
    """Return the columns that `one` reads of these layers."""
    read = _read(one, frames, others)
    return {
        key: {name: _is_needed(one, frames, others, key, name) for name in names}
        for key, names in read.items()
    }


def _read(
    one: Indicator, frames: Mapping[str, gpd.GeoDataFrame], others: Mapping[str, Any]
) -> dict[str, list[str]]:
    marked = {key: _marked(frame, key) for key, frame in frames.items()}
    with _watched() as asked:
        one.function(**marked, **others)
    return {
        key: [c.name for c in LAYERS[key].columns[1:] if (key, c.name) in asked] for key in frames
    }


def _is_needed(
    one: Indicator,
    frames: Mapping[str, gpd.GeoDataFrame],
    others: Mapping[str, Any],
    key: str,
    name: str,
) -> bool:
    """Return whether there is no figure without the column, or no layer."""
    column = LAYERS[key].column(name)
    if column is not None and column.required:
        return True
    lacking = {**frames, key: frames[key].drop(columns=name, errors="ignore")}
    try:
        one.function(**lacking, **others)
    except CarbonspaceError:
        return True
    return False


def _marked(frame: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    """Return the layer so that whatever is made of its rows still says which layer it is."""
    result = frame.copy(deep=False)
    result.attrs = {_MARK: key}
    return result


@contextmanager
def _watched() -> Iterator[set[tuple[str, str]]]:
    """Yield the layers and names of the columns that are asked for meanwhile."""
    asked: set[tuple[str, str]] = set()
    get, has = pd.DataFrame.__getitem__, pd.DataFrame.__contains__

    def note(frame: pd.DataFrame, names: Any) -> None:
        for name in names if isinstance(names, list | tuple) else (names,):
            if isinstance(name, str):
                asked.add((frame.attrs.get(_MARK, ""), name))

    def getitem(frame: pd.DataFrame, names: Any) -> Any:
        note(frame, names)
        return get(frame, names)

    def contains(frame: pd.DataFrame, name: Any) -> bool:
        note(frame, name)
        return bool(has(frame, name))

    with (
        patch.object(pd.DataFrame, "__getitem__", getitem),
        patch.object(pd.DataFrame, "__contains__", contains),
    ):
        yield asked
