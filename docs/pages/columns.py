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
from carbonspace.model.shared import Shared

Columns = Mapping[str, Mapping[str, bool]]
"""By layer the columns that are read, in the order of the layer; True: nothing is found without."""
_MARK = "canonical layer"


class Lacking:
    """Layers without one of their columns, and the steps indicators share on them: made once."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, str], tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Shared]] = {}

    def of(self, frame: gpd.GeoDataFrame, name: str) -> tuple[gpd.GeoDataFrame, Shared]:
        """Return a layer without a column, and what is shared where it is in the layer's place."""
        if (id(frame), name) not in self._made:
            without = frame.drop(columns=name, errors="ignore")
            self._made[id(frame), name] = frame, without, Shared()
        return self._made[id(frame), name][1:]


def columns_of(
    one: Indicator,
    frames: Mapping[str, gpd.GeoDataFrame],
    others: Mapping[str, Any],
    lacking: Lacking,
) -> Columns:
    """Return the columns that `one` reads of these layers."""

    def is_needed(key: str, name: str) -> bool:
        column = LAYERS[key].column(name)
        if column is not None and column.required:
            return True
        without, shared = lacking.of(frames[key], name)
        steps = {"shared": shared} if one.shares else {}
        return _is_silent(one, {**frames, key: without}, {**others, **steps})

    read = _read(one, frames, others)
    return {key: {name: is_needed(key, name) for name in names} for key, names in read.items()}


def _read(
    one: Indicator, frames: Mapping[str, gpd.GeoDataFrame], others: Mapping[str, Any]
) -> dict[str, list[str]]:
    marked = {key: _marked(frame, key) for key, frame in frames.items()}
    with _watched() as asked:
        one.function(**marked, **others)
    return {
        key: [c.name for c in LAYERS[key].columns[1:] if (key, c.name) in asked] for key in frames
    }


def _is_silent(
    one: Indicator, frames: Mapping[str, gpd.GeoDataFrame], others: Mapping[str, Any]
) -> bool:
    """Return whether there is no figure."""
    try:
        one.function(**frames, **others)
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
