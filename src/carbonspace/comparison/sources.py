"""What changes may come from, and which figures lie within reach of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.comparison.edits import Edits
from carbonspace.comparison.matching import Positions
from carbonspace.comparison.terms import other_light, other_rasters
from carbonspace.measuring import Question, sight_of
from carbonspace.model.attribution import Attribute
from carbonspace.model.plan import Plan
from carbonspace.parts import Divider, Sight

Asked = Mapping[str, Question]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Source:
    """Edits that are looked at together, or (without any) the terms of the plans.

    `kind` is `feature`, `layer` or `terms`; `rows` are positions among the edits.
    """

    kind: str
    layer: str
    rows: Positions


def sources_of(edits: Edits, mode: Attribute, limit: int) -> list[Source]:
    """Return the edits in groups: by layer, and single ones up to the limit.

    Layers with the fewest edits come first; of the layer that goes beyond the limit the largest
    edits are single. What was only redrawn is never single, nor is what is in a layer that only one
    of the plans has.
    """
    found, left = list[Source](), limit if mode == "features" else 0
    layers = edits.table["layer"].to_numpy()
    counts = edits.table["layer"].value_counts(sort=False).sort_values(kind="stable")
    for key in counts.index:
        rows = np.flatnonzero(layers == key)
        drawn = rows[edits.table["edit"].to_numpy()[rows] != "redrawn"]
        drawn = drawn[:0] if key in edits.lone else drawn
        single = drawn[np.argsort(-_sizes(edits, drawn), kind="stable")[:left]]
        left -= len(single)
        found += [Source("feature", key, np.array([row])) for row in np.sort(single)]
        rest = np.setdiff1d(rows, single)
        found += [Source("layer", key, rest)] if len(rest) else []
    return found


def _sizes(edits: Edits, rows: Positions) -> NDArray[np.float64]:
    amounts = edits.table[["amount_before", "amount_after"]].to_numpy(dtype=float)[rows]
    sizes: NDArray[np.float64] = np.nan_to_num(amounts).max(axis=1, initial=0.0)
    return sizes


TERMS = Source("terms", "", np.empty(0, dtype=np.intp))


@dataclass(frozen=True)
class Both:
    """The two prepared plans, what each is asked, and the ids of their common units in order."""

    one: Plan
    other: Plan
    asked: Asked
    asked_other: Asked
    units: pd.Index
    units_other: pd.Index


def reached(both: Both, edits: Edits, found: Sequence[Source]) -> Mask:
    """Return which source (first axis) is within reach of which indicator of which unit."""
    near = np.zeros((len(found), len(both.asked), len(both.units)), dtype=np.bool_)
    for plan, asked, units in ((both.one, both.asked, both.units),
                               (both.other, both.asked_other, both.units_other)):  # fmt: skip
        for sight, questions in _by_sight(plan, asked):
            known = _touched(plan, sight, edits, found, units)
            near[:, questions] |= known[:, None, :]
    for n, source in enumerate(found):
        if source.kind == "terms":
            near[n] = _under_terms(both)[:, None]
    return near


def _by_sight(plan: Plan, asked: Asked) -> list[tuple[Sight, list[int]]]:
    """Return the different sights, and the positions of the questions that have each."""
    groups: dict[object, tuple[Sight, list[int]]] = {}
    for n, (key, question) in enumerate(asked.items()):
        sight = sight_of(plan, {key: question})
        same = (*sorted(sight.reach.items()), *sorted(sight.whole))
        groups.setdefault(same, (sight, []))[1].append(n)
    return [*groups.values()]


def _touched(
    plan: Plan, sight: Sight, edits: Edits, found: Sequence[Source], units: pd.Index
) -> Mask:
    """Return which units each of the sources may change, as far as this sight goes."""
    layers = [{*edits.table["layer"].to_numpy()[source.rows]} for source in found]
    if not sight.is_local:
        seen = [bool(keys & {*sight.reach}) for keys in layers]
        return np.repeat(np.array(seen, dtype=np.bool_)[:, None], len(units), axis=1)
    divider, known = Divider(plan, sight).ready(), np.zeros((len(found), len(units)), np.bool_)
    for n, source in enumerate(found):
        if layers[n] & {*sight.reach}:
            known[n] = units.isin(divider.touched(edits.boxes(source.rows)))
    return known


def _under_terms(both: Both) -> Mask:
    """Return which indicators are measured on other terms."""
    rasters, light = other_rasters(both.one, both.other), other_light(both.one, both.other)
    found = [
        question.same != both.asked_other[key].same
        or bool(rasters & {*question.one.rasters_under(question.settings)})
        or (light and question.one.sees_weather)
        for key, question in both.asked.items()
    ]
    return np.array(found, dtype=np.bool_)


def on_terms_of(plan: Plan, other: Plan) -> Plan:
    """Return a plan with the rasters and the weather of another."""
    from dataclasses import replace

    aside = {key: why for key, why in plan.aside.items() if not key.startswith("rasters.")}
    aside |= {key: why for key, why in other.aside.items() if key.startswith("rasters.")}
    return replace(plan, rasters=other.rasters, weather=other.weather, inputs=other.inputs,
                   aside=aside)  # fmt: skip
