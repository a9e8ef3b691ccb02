"""Steps that several indicators need of the same layers, made once and kept under a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.errors import BeyondError
from carbonspace.model.policy import Policies

T = TypeVar("T")


class Fact(NamedTuple):
    """Something asked of a layer of the whole plan, however far away.

    `asked` is a key of `ANSWERS`: what is asked of a column; or `layer`: all there is in it.
    """

    asked: str
    layer: str
    column: str = ""


@dataclass(frozen=True)
class Beyond:
    """What is known of a whole plan of which a plan holds some units and what they see.

    Attributes
    ----------
    layers
        Prepared layers that are at hand as a whole, wherever their features lie.
    answers
        What was asked of columns of the other layers, answered by all of their features.
    columns
        By layer a frame without rows, with the columns of the whole: some units may see nothing
        of a layer that there is.
    blocks
        By the policies they were derived under the blocks of the whole plan that are seen, with
        their names; the first ones under all others. None: they are derived of what there is.
    features
        How many features all layers have, where a plan that only seems to hold them tells it.
    """

    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    answers: Mapping[Fact, Any] = field(default_factory=dict)
    columns: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    blocks: tuple[tuple[Policies, gpd.GeoDataFrame], ...] = ()
    features: int | None = None

    def derived(self, policy: Policies) -> Mapping[str, gpd.GeoDataFrame] | None:
        """Return the blocks derived under some policies by their key; None where none were."""
        if not self.blocks:
            return None
        known = [one for under, one in self.blocks if under == policy]
        return {"blocks": known[0] if known else self.blocks[0][1]}

    def answer(self, fact: Fact) -> Any:
        """Return what a column of the whole layer answers.

        Raises
        ------
        BeyondError
            It is not known.
        """
        if (layer := self.layers.get(fact.layer)) is not None:
            return ANSWERS[fact.asked](layer, fact.column)
        if fact in self.answers:
            return self.answers[fact]
        columns = self.columns.get(fact.layer)
        if columns is None or fact.column in columns:
            raise BeyondError(f"{fact.layer}.{fact.column} ({fact.asked})")
        return ANSWERS[fact.asked](gpd.GeoDataFrame(index=[0]), fact.column)

    def layer(self, key: str) -> gpd.GeoDataFrame:
        """Return a whole layer.

        Raises
        ------
        BeyondError
            It is not at hand.
        """
        if key not in self.layers:
            raise BeyondError(key)
        return self.layers[key]


class Shared:
    """What the indicators measured on one plan, or on one part of it, share.

    Whoever measures several indicators hands one `Shared` from one to the next and lets it go
    with the layers; an indicator called without one makes its steps itself. It belongs to one
    thread. It notes what is asked of the whole plan.

    Parameters
    ----------
    whole
        The layers of the plan, where the indicators see only a part of them: whether a column is
        known at all is a question to the whole.
    owned
        Ids of the units whose values are wanted, where others only lie beside them.
    beyond
        What is known of the whole plan, where not even all of its layers are at hand.
    """

    def __init__(
        self,
        whole: Mapping[str, gpd.GeoDataFrame] | None = None,
        owned: pd.Index | None = None,
        beyond: Beyond | None = None,
    ) -> None:
        self._whole, self._beyond = whole or {}, beyond
        self._owned = owned
        self._made: dict[tuple[object, ...], _Made] = {}
        self._facts: set[Fact] = set()

    def whole(self, layer: str, part: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the layer that `part` is a part of; `part` itself where it is all there is."""
        self._facts.add(Fact("layer", layer))
        return self._all_of(layer, part) if self._beyond is None else self._beyond.layer(layer)

    def is_unknown(self, layer: str, part: gpd.GeoDataFrame, column: str) -> bool:
        """Tell whether the whole layer lacks a column, or has no value in it."""
        return bool(self._answer("unknown", layer, part, column))

    def is_nowhere_positive(self, layer: str, part: gpd.GeoDataFrame, column: str) -> bool:
        """Tell whether the whole layer has features, and none of them more than 0 in a column."""
        return bool(self._answer("nowhere positive", layer, part, column))

    def greatest(self, layer: str, part: gpd.GeoDataFrame, column: str) -> float:
        """Return the greatest number in a column of the whole layer; 0 where there is none."""
        return float(self._answer("greatest", layer, part, column))

    def values(self, layer: str, part: gpd.GeoDataFrame, column: str) -> frozenset[Any]:
        """Return the values that a column of the whole layer has, without nulls."""
        return frozenset(self._answer("values", layer, part, column))

    def _answer(self, asked: str, layer: str, part: gpd.GeoDataFrame, column: str) -> Any:
        self._facts.add(Fact(asked, layer, column))
        if self._beyond is not None:
            return self._beyond.answer(Fact(asked, layer, column))
        return ANSWERS[asked](self._all_of(layer, part), column)

    def _all_of(self, layer: str, part: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return self._whole.get(layer, part)

    def noted(self, ask: Callable[[], T]) -> tuple[T, frozenset[Fact]]:
        """Return what `ask` returns, and what was asked of the whole plan for it."""
        before, self._facts = self._facts, set()
        try:
            return ask(), frozenset(self._facts)
        finally:
            self._facts = before | self._facts

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
        if made is None or any(a is not b for a, b in zip(made.of, layers, strict=True)):
            made = self._made[key] = _Made(layers, *self.noted(make))
        self._facts |= made.facts
        result: T = made.what
        return result


class _Made(NamedTuple):
    """A step: what it was made of, what it is, and what was asked of the whole plan for it."""

    of: tuple[object, ...]
    what: Any
    facts: frozenset[Fact]


def _is_unknown(layer: gpd.GeoDataFrame, column: str) -> bool:
    values = layer.get(column)
    return values is None or (len(values) > 0 and bool(values.isna().all()))


def _is_nowhere_positive(layer: gpd.GeoDataFrame, column: str) -> bool:
    return len(layer) > 0 and not bool((_numbers(layer, column) > 0).any())


def _greatest(layer: gpd.GeoDataFrame, column: str) -> float:
    return float(_numbers(layer, column).max(initial=0.0))


def _numbers(layer: gpd.GeoDataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as floats, 0 where it is absent or null."""
    values = layer.get(column)
    if values is None:
        return np.zeros(len(layer))
    given = pd.to_numeric(values).astype("Float64")
    found: NDArray[np.float64] = given.to_numpy(dtype=float, na_value=0.0)
    return found


def _values(layer: gpd.GeoDataFrame, column: str) -> frozenset[Any]:
    values = layer.get(column)
    return frozenset() if values is None else frozenset(values.dropna().unique().tolist())


ANSWERS: Mapping[str, Callable[[gpd.GeoDataFrame, str], Any]] = {
    "greatest": _greatest, "nowhere positive": _is_nowhere_positive, "unknown": _is_unknown,
    "values": _values,
}  # fmt: skip
"""What can be asked of a column of the whole layer, and how it is answered."""
