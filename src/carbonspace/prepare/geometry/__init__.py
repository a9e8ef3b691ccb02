"""Geometry that can be trusted: every fault found, told, treated as the plan wants, accounted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import geopandas as gpd

from carbonspace.crew import ALONE, Crew
from carbonspace.model.finding import Finding
from carbonspace.model.once import Once, made_now
from carbonspace.model.policy import Policies
from carbonspace.model.repair import Repair
from carbonspace.prepare.geometry.across import across_units, outlines
from carbonspace.prepare.geometry.copies import duplicates, slivers
from carbonspace.prepare.geometry.ends import loose_ends
from carbonspace.prepare.geometry.shapes import made_valid, sound_shapes
from carbonspace.prepare.geometry.tiling import gaps, overlaps
from carbonspace.prepare.geometry.treat import Treated

__all__ = ["made_valid", "sound_apart", "sound_shapes", "sound_together"]

Layers = dict[str, gpd.GeoDataFrame]
Look = Callable[[str, gpd.GeoDataFrame, Policies, Once], Treated]
_WITHIN: tuple[Look, ...] = (duplicates, slivers, overlaps, gaps, loose_ends)


def sound_apart(
    layers: Layers, policies: Policies, *, only: Iterable[str] | None = None, crew: Crew = ALONE,
    once: Once = made_now,
) -> tuple[Layers, list[Finding], list[Repair]]:  # fmt: skip
    """Return the layers with the faults between features of one layer treated.

    Parameters
    ----------
    layers
        By key, with the measurable geometry of `sound_shapes`, in one projected CRS.
    only
        Keys of the layers to look at; None means all.
    crew
        Shares out the layers.
    once
        May know what was found before.
    """
    result = dict(layers)
    findings: list[Finding] = []
    repairs: list[Repair] = []
    keys = [*(layers if only is None else only)]
    jobs = [partial(_apart, key, layers[key], policies, once) for key in keys]
    for key, (layer, told, entries) in zip(keys, crew.done(jobs), strict=True):
        result[key] = layer
        findings += told
        repairs += entries
    return result, findings, repairs


def sound_together(
    layers: Layers, policies: Policies, *, once: Once = made_now
) -> tuple[Layers, list[Finding], list[Repair]]:
    """Return the layers with the faults between layers treated."""
    if "parcels" not in layers:
        return layers, [], []
    result = dict(layers)
    parcels, findings, repairs = across_units(layers["parcels"], layers["units"], policies, once)
    for key in layers:
        _, told, entries = outlines(key, layers[key], layers["parcels"], policies, once)
        findings += told
        repairs += entries
    return {**result, "parcels": parcels}, findings, repairs


def _apart(key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once) -> Treated:
    """Return one layer with the faults between its features treated."""
    findings: list[Finding] = []
    repairs: list[Repair] = []
    for look in _WITHIN:
        layer, told, entries = look(key, layer, policies, once)
        findings += told
        repairs += entries
    return Treated(layer, findings, repairs)
