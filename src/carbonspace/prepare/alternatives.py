"""The same plan with a fault of its geometry treated the other way, to see what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import shapely

from carbonspace.errors import InputError
from carbonspace.model.plan import Plan
from carbonspace.model.policy import FAULTS, Choice, Policies
from carbonspace.model.progress import Progress, each, nobody
from carbonspace.model.text import Text
from carbonspace.prepare import prepare

_OTHER: dict[Choice, Choice] = {"repair": "keep", "keep": "repair"}
_WORDS: dict[Choice, Text] = {
    "repair": Text("已修复", "repaired"),
    "keep": Text("保持原样", "kept as drawn"),
}


class Alternative(NamedTuple):
    """A plan prepared otherwise, what that is called, and the layers that it changes."""

    label: Text
    plan: Plan
    changed: frozenset[str]


def alternatives(
    raw: Plan, prepared: Plan, *, progress: Progress = nobody
) -> Iterator[Alternative]:
    """Yield the plan prepared with one fault's repair made, or left out.

    Only faults that were found and can be treated both ways, and only where that changes a
    layer. `raw` is the plan that was prepared; a plan that came prepared has no alternatives.
    """
    if raw.prepared:
        return
    for label, policy in each(progress, _policies(raw, prepared)):
        try:
            plan = prepare(replace(raw, settings=replace(raw.settings, policy=policy)))
        except InputError:
            continue  # treated that way the plan could not be measured at all
        if changed := _changed(prepared, plan):
            yield Alternative(label, plan, changed)


def _policies(raw: Plan, prepared: Plan) -> Iterator[tuple[tuple[Text, Policies], Text, float]]:
    """Yield what an alternative is called and what it does, as parts of equal work."""
    for fault, choice in {entry.fault: entry.choice for entry in prepared.repairs}.items():
        other = _OTHER.get(choice)
        if other is None or other not in FAULTS[fault].does:
            continue
        title, words = FAULTS[fault].title, _WORDS[other]
        label = Text(f"{title.zh}：{words.zh}", f"{title.en}: {words.en}")
        told = Text(f"试另一种处理：{label.zh}", f"Trying another treatment: {label.en}")
        yield (label, raw.settings.policy.with_choice(fault, other)), told, 1.0


def _changed(one: Plan, other: Plan) -> frozenset[str]:
    """Return the layers in which two plans differ."""
    keys = {*one.layers, *other.layers}
    return frozenset(
        key
        for key in keys
        if key not in one.layers
        or key not in other.layers
        or not _same(one.layers[key], other.layers[key])
    )


def _same(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> bool:
    if not one.index.equals(other.index):
        return False
    shapes = shapely.equals_exact(one.geometry.to_numpy(), other.geometry.to_numpy(), 0.0)
    left, right = (frame.drop(columns=frame.geometry.name) for frame in (one, other))
    return bool(shapes.all() and left.equals(right))
