"""The same plan with a fault of its geometry treated the other way, to see what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.errors import InputError
from carbonspace.model.once import Once, made_now
from carbonspace.model.plan import Plan
from carbonspace.model.policy import FAULTS, Choice, Policies
from carbonspace.model.progress import Progress, each, nobody
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.prepare.geometry import sound_apart, sound_together
from carbonspace.prepare.hierarchy import Layers, derived

_OTHER: dict[Choice, Choice] = {"repair": "keep", "keep": "repair"}
_WORDS: dict[Choice, Text] = {
    "repair": Text("已修复", "repaired"),
    "keep": Text("保持原样", "kept as drawn"),
}


class Alternative(NamedTuple):
    """A plan prepared otherwise, what that is called, and by layer the features it changes.

    Those are groups of features as they are in the one plan or the other.
    """

    label: Text
    plan: Plan
    differing: Mapping[str, Sequence[gpd.GeoDataFrame]]

    @property
    def changed(self) -> dict[str, NDArray[np.float64]]:
        """The boxes of the features it changes, by layer."""
        return {key: np.concatenate([shapely.bounds(one.geometry.to_numpy()) for one in frames])
                for key, frames in self.differing.items()}  # fmt: skip


def alternatives(
    raw: Plan, prepared: Plan, *, progress: Progress = nobody, once: Once = made_now
) -> Iterator[Alternative]:
    """Yield the plan prepared with one fault's repair made, or left out.

    Only faults that were found and can be treated both ways, and only where that changes a
    layer. `raw` is the plan that was prepared; a plan that came prepared has no alternatives.
    `once` may know shapes that are dear to derive.
    """
    if raw.prepared:
        return
    for label, fault, policy in each(progress, _policies(raw, prepared)):
        try:
            plan = _otherwise(raw, prepared, fault, policy, once)
        except InputError:
            continue  # treated that way the plan could not be measured at all
        if "blocks" not in raw.layers and _are_numbered(prepared):
            plan = _named_alike(plan, prepared)
        if found := differing(prepared, plan):
            yield Alternative(label, plan, found)


def _are_numbered(prepared: Plan) -> bool:
    """Tell whether the plan numbers blocks between its roads, and not the whole it is a part of."""
    known = prepared.beyond is not None and prepared.beyond.blocks
    return prepared.settings.blocks_from == "roads" and not known


def differing(one: Plan, other: Plan) -> dict[str, list[gpd.GeoDataFrame]]:
    """Return by layer the features in which two prepared plans differ.

    Each as it is in either plan; layers in which they do not differ are left out.
    """
    found = {}
    for key in {*one.layers, *other.layers}:
        left, right = one.layers.get(key), other.layers.get(key)
        if left is right:
            continue
        frames = [one for one in _differing(left, right) if len(one)]
        if frames:
            found[key] = frames
    return found


Way = tuple[Text, str, Policies]


def _policies(raw: Plan, prepared: Plan) -> Iterator[tuple[Way, Text, float]]:
    """Yield what an alternative is called and what it does, as parts of equal work."""
    for fault, choice in {entry.fault: entry.choice for entry in prepared.repairs}.items():
        other = _OTHER.get(choice)
        if other is None or other not in FAULTS[fault].does:
            continue
        title, words = FAULTS[fault].title, _WORDS[other]
        label = Text(f"{title.zh}：{words.zh}", f"{title.en}: {words.en}")
        told = Text(f"试另一种处理：{label.zh}", f"Trying another treatment: {label.en}")
        yield (label, fault, raw.settings.policy.with_choice(fault, other)), told, 1.0


def _otherwise(raw: Plan, prepared: Plan, fault: str, policy: Policies, once: Once) -> Plan:
    """Return the plan with a fault repaired that was kept, or kept that was repaired.

    A repair is made on the prepared layers; to undo one the plan is prepared again.
    """
    entries = [entry for entry in prepared.repairs if entry.fault == fault]
    settings = replace(raw.settings, policy=policy)
    if any(entry.choice == "repair" for entry in entries):
        return prepare(replace(raw, settings=settings), once=once)
    layers = dict(prepared.layers)
    layers, *_ = sound_apart(layers, policy, only=[entry.layer for entry in entries],
                             once=once)  # fmt: skip
    layers, *_ = sound_together(layers, policy, once=once)
    if prepared.beyond and (known := prepared.beyond.derived(policy)) is not None:
        layers |= {key: layer for key, layer in known.items() if key in layers}
    else:
        layers = _derived_again(raw, layers, prepared, once)
    return replace(prepared, layers=layers, settings=settings)


def _named_alike(plan: Plan, prepared: Plan) -> Plan:
    """Return a plan whose blocks between roads are called as the same blocks of the prepared one.

    They are numbered in order, so one block more would give all later ones the names of others.
    Blocks are the same where each holds a point inside of the other.
    """
    one, other = plan.layers.get("blocks"), prepared.layers.get("blocks")
    if one is other or one is None or other is None:
        return plan
    here, there = one.geometry.to_numpy(), other.geometry.to_numpy()
    inside, outside = _holding(there, here), _holding(here, there)
    names = np.array([f"other-{n}" for n in range(1, len(one) + 1)], dtype=object)
    for mine, yours in {*inside} & {(a, b) for b, a in outside}:
        names[mine] = other.index[yours]
    blocks = one.set_index(pd.Index(names, name=one.index.name))
    return replace(plan, layers={**plan.layers, "blocks": blocks})


def _holding(zones: NDArray[np.object_], shapes: NDArray[np.object_]) -> list[tuple[int, int]]:
    """Return the position of each shape and of the zones that hold a point inside of it."""
    points = shapely.point_on_surface(shapes)
    shape, zone = shapely.STRtree(zones).query(points, predicate="within")
    return list(zip(shape.tolist(), zone.tolist(), strict=True))


def _derived_again(raw: Plan, layers: Layers, prepared: Plan, once: Once) -> Layers:
    """Return the layers with those levels derived anew that were derived from what changed."""
    basis = [key for key in ("units", "roads", "parcels") if key in layers]
    if all(layers[key] is prepared.layers[key] for key in basis):
        return layers
    given = {key: layer for key, layer in layers.items() if key in raw.layers}
    again, _ = derived(given, prepared.settings, once=once)
    return {key: again.get(key, layer) for key, layer in layers.items()}


def _differing(
    left: gpd.GeoDataFrame | None, right: gpd.GeoDataFrame | None
) -> list[gpd.GeoDataFrame]:
    """Return the features that are in one layer only, or not the same in both."""
    if left is None or right is None:
        return [one for one in (left, right) if one is not None]
    both = left.index.intersection(right.index)
    here, there = left.loc[both], right.loc[both]
    differs = ~shapely.equals_exact(here.geometry.to_numpy(), there.geometry.to_numpy(), 0.0)
    differs |= _columns_differ(here, there)
    return [left.drop(index=both), right.drop(index=both), here[differs], there[differs]]


def _columns_differ(here: gpd.GeoDataFrame, there: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    differs = np.zeros(len(here), dtype=bool)
    for name in here.columns.union(there.columns).drop(here.geometry.name):
        if name not in here or name not in there:
            return np.ones(len(here), dtype=bool)
        a, b = here[name], there[name]
        differs |= np.asarray(~((a == b).fillna(False) | (a.isna() & b.isna())), dtype=bool)
    return differs
