"""Steps that several indicators need of the same layers, made once and kept under a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

T = TypeVar("T")


class Shared:
    """What the indicators measured on one plan, or on one part of it, share.

    Whoever measures several indicators hands one `Shared` from one to the next and lets it go
    with the layers; an indicator called without one makes its steps itself. It belongs to one
    thread.

    Parameters
    ----------
    whole
        The layers of the plan, where the indicators see only a part of them: whether a column is
        known at all is a question to the whole.
    owned
        Ids of the units whose values are wanted, where others only lie beside them.
    """

    def __init__(
        self,
        whole: Mapping[str, gpd.GeoDataFrame] | None = None,
        owned: pd.Index | None = None,
    ) -> None:
        self._whole = whole or {}
        self._owned = owned
        self._made: dict[tuple[object, ...], tuple[tuple[object, ...], Any]] = {}

    def whole(self, layer: str, part: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the layer that `part` is a part of; `part` itself where it is all there is."""
        return self._whole.get(layer, part)

    def wanted(self, units: gpd.GeoDataFrame) -> NDArray[np.bool_]:
        """Tell of which units the values are wanted; what is dear may leave out the others."""
        if self._owned is None:
            return np.ones(len(units), dtype=np.bool_)
        return np.asarray(units.index.isin(self._owned), dtype=np.bool_)

    def once(
        self,
        name: str,
        layers: tuple[gpd.GeoDataFrame | None, ...],
        make: Callable[[], T],
        *options: object,
    ) -> T:
        """Return what `make` returns, made the first time only.

        Parameters
        ----------
        name
            What is made.
        layers
            What it is made of; the same objects each time, or it is made anew.
        options
            Hashable values that what is made depends on.
        """
        key = (name, *options)
        made = self._made.get(key)
        if made is None or any(a is not b for a, b in zip(made[0], layers, strict=True)):
            made = self._made[key] = (layers, make())
        result: T = made[1]
        return result
