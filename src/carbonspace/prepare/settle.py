"""Layers settled among each other: sound apart, levels derived, sound together.

What waits for nothing is done side by side; findings come in one order all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import geopandas as gpd

from carbonspace.crew import Crew
from carbonspace.model.finding import Finding
from carbonspace.model.once import Once, made_now
from carbonspace.model.plan import Settings
from carbonspace.model.policy import Policies
from carbonspace.model.repair import Repair
from carbonspace.prepare.geometry import sound_apart, sound_together
from carbonspace.prepare.hierarchy import Layers, new_blocks, new_units

Settled = tuple[Layers, list[Finding], list[Repair]]


def settled(
    layers: Layers, settings: Settings, crew: Crew, *, once: Once = made_now,
    known: Mapping[str, gpd.GeoDataFrame] | None = None,
) -> Settled:  # fmt: skip
    """Return the layers sound among their features and with each other, and the hierarchy.

    First what levels are derived from; then the blocks, and beside them the other layers. Blocks
    that are `known` of the whole plan are not derived.
    """
    policy, basis = settings.policy, [key for key in layers if key in _basis(settings)]
    given, findings, repairs = sound_apart(layers, policy, only=basis, crew=crew, once=once)
    units, notes = new_units(given, settings)
    jobs = [
        partial(_blocks, {**given, **units}, settings, once, known),
        partial(sound_apart, given, policy, only=[key for key in layers if key not in basis],
                once=once),
    ]  # fmt: skip
    (blocks, told, made), (apart, more, entries) = crew.done(jobs)
    order = {key: n for n, key in enumerate(layers)}
    findings = sorted([*findings, *more], key=lambda one: order[one.layer])
    repairs = sorted([*repairs, *entries], key=lambda one: order[one.layer])
    whole, last, rest = _with_units(apart, units, policy, once)
    filled = {key: layer for key, layer in {**whole, **blocks}.items() if len(layer)}
    return filled, [*findings, *notes, *told, *last], [*repairs, *made, *rest]


def _basis(settings: Settings) -> set[str | None]:
    return {"units", settings.units_from, settings.blocks_from}


def _blocks(
    layers: Layers, settings: Settings, once: Once, known: Mapping[str, gpd.GeoDataFrame] | None
) -> Settled:
    """Return the blocks that are to be derived, by their key, sound among themselves."""
    if known is not None:
        return {**known}, [], []
    blocks, notes = new_blocks(layers, settings, once=once)
    # What was dissolved may overlap; faces between lines cannot.
    doubtful = [key for key in blocks if len(blocks[key]) and settings.blocks_from == "parcels"]
    apart, more, entries = sound_apart(blocks, settings.policy, only=doubtful, once=once)
    return apart, [*notes, *more], entries


def _with_units(layers: Layers, units: Layers, policies: Policies, once: Once) -> Settled:
    """Return the layers with derived units, sound among themselves, and parcels with the units."""
    if any(layer.empty for layer in units.values()):
        return {**layers, **units}, [], []
    apart, more, entries = sound_apart(units, policies, once=once)
    together, last, rest = sound_together({**layers, **apart}, policies, once=once)
    return together, [*more, *last], [*entries, *rest]
