"""Traits that features have or lack, and the one way their amounts are set against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._exempt import excused_by_unit, exempted
from carbonspace.indicators._shared import Floats, flag, is_unknown, spread, summed
from carbonspace.indicators._steps import chosen_rows, cut_evidence, polygons_in
from carbonspace.kernels.overlay import Cut
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

Flags = NDArray[np.bool_]
Unstated = Literal["without", "left_out"]
"""What a feature counts as that does not say whether it has a trait."""


class Trait(NamedTuple):
    """Something a feature has or lacks, told by `columns` (at least one of them has to be known).

    `holds` gives True where a feature has it, `stated` where it says so or not. Where `good` is
    False it is those that have it that fall short.
    """

    title: Text
    columns: tuple[str, ...]
    holds: Callable[[gpd.GeoDataFrame], Flags]
    good: bool = True

    def stated(self, frame: gpd.GeoDataFrame) -> Flags:
        """Return True where any of the columns has a value."""
        held = [frame[name].notna().to_numpy() for name in self.columns if name in frame]
        return np.any(held, axis=0) if held else np.zeros(len(frame), dtype=bool)


class Held(NamedTuple):
    """Of each feature: whether it has the trait (or what share of it), whether it counts at all."""

    has: Flags | Floats
    counts: Flags
    good: bool = True


def flagged(zh: str, en: str, column: str, *, good: bool = True) -> Trait:
    """Return a trait that is a yes or no in a column."""
    return Trait(Text(zh, en), (column,), lambda frame: flag(frame, column), good)


def held_by(
    frame: gpd.GeoDataFrame,
    layer: str,
    trait: Trait,
    among: Flags,
    shared: Shared | None,
    *,
    unstated: Unstated = "without",
) -> Held:
    """Return which features have a trait, among those that count.

    Raises
    ------
    MissingColumnError
        If none of the trait's columns is known of any feature of the plan.
    """
    if all(is_unknown(frame, layer, column, shared) for column in trait.columns):
        raise MissingColumnError(layer, trait.columns[0])
    counts = among & trait.stated(frame) if unstated == "left_out" else among
    return Held(trait.holds(frame) & counts, counts, trait.good)


def share_of(
    units: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    name: str,
    amounts: Floats,
    held: Held,
    shared: Shared | None,
    *,
    facts: Sequence[str] = (),
) -> Measure:
    """Return the amount of the features that have a trait over that of all that count, %.

    `amounts` are those of whole features: one across units counts to each by its ground. `name`
    is the step that cuts the layer along units. `facts` are columns of the layer that the evidence
    shows.
    """
    cut = polygons_in(units, layer, name, shared)
    amount = cut.share * amounts[cut.feature]
    return Measure.of(
        units.index,
        summed(cut.zone, amount * held.has[cut.feature], units),
        summed(cut.zone, amount * held.counts[cut.feature], units),
        scale=100.0,
        evidence=lambda: listed(units, layer, cut, amounts, _short(held), facts),
    )


def amount_of(
    units: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    name: str,
    amounts: Floats,
    chosen: Flags,
    shared: Shared | None,
    *,
    facts: Sequence[str] = (),
    scale: float = 1.0,
    excused: bool = False,
) -> Measure:
    """Return the amount of the chosen features; the rest as for `share_of`.

    With `excused` they are violations: what has a recorded exemption is left out, and counted.
    """
    cut = polygons_in(units, layer, name, shared)
    exempt = chosen & exempted(layer) if excused else np.zeros(len(layer), dtype=bool)
    out = chosen_rows(cut, exempt)
    held = spread(cut, amounts * (chosen & ~exempt), units)
    return Measure.of(
        units.index,
        held,
        scale=scale,
        evidence=lambda: listed(units, layer, cut, amounts, chosen, facts),
        exempt=excused_by_unit(units, layer, (out.zone, out.feature), out.share)
        if excused
        else None,
    )


def listed(
    units: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    cut: Cut,
    amounts: Floats,
    chosen: Flags,
    facts: Sequence[str],
) -> gpd.GeoDataFrame:
    """Return the chosen features, cut along units, with their amounts and some of their columns."""
    rows = chosen_rows(cut, chosen)
    known = {name: layer[name].to_numpy()[rows.feature] for name in facts if name in layer}
    amount = rows.share * amounts[rows.feature]
    return cut_evidence(units, layer, rows, **known, amount=amount)


def _short(held: Held) -> Flags:
    """Return what falls short: what lacks a good trait, what has another one."""
    return held.counts & (held.has < 1) if held.good else held.has > 0
