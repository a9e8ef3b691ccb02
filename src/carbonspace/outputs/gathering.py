"""Which evidence goes out: as much as is asked for, and each feature once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model.assessment import LARGE, Assessment, Evidence
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.levels import LAYER_OF, Level, districts_named
from carbonspace.outputs.apart import shown
from carbonspace.outputs.summary import reported

EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)


def settled(assessment: Assessment, asked: Evidence) -> Evidence:
    """Return what `auto` means for a plan: `all`, or for a large plan `short`."""
    if asked != "auto":
        return asked
    return "short" if assessment.plan.features > LARGE else "all"


def evidence_layers(assessment: Assessment, asked: Evidence = "all") -> dict[str, gpd.GeoDataFrame]:
    """Return each indicator's evidence that is not empty, with one kind of geometry each.

    Evidence that mixes points and polygons (car parks) becomes points inside the polygons.
    `short` holds the features of the places that miss a target of the indicator, and all of
    them where only the city is held against one and misses it.
    """
    found = {}
    for key, places in places_of(assessment, settled(assessment, asked)).items():
        layer = assessment.evidence(key)
        layer = layer[~(layer.geometry.isna() | layer.geometry.is_empty)]
        layer = layer[_lies_in(layer, places)]
        if not layer.empty:
            found[key] = _one_kind(layer)
    return found


_CLOSE = 1e-6
"""How far two measures of the same thing may differ: a micrometre of ground."""


class Places(NamedTuple):
    """The units, and by level the places within them, whose evidence is wanted."""

    units: pd.Index
    within: Mapping[Level, pd.Index]


def places_of(assessment: Assessment, asked: Evidence) -> dict[str, Places]:
    """Return the places whose evidence is wanted, by indicator; what has none is left out."""
    units = reported(assessment.plan.layers["units"], assessment.table)
    if asked == "none":
        return {}
    if asked == "all":
        return dict.fromkeys(assessment.measures, Places(units, {}))
    table = assessment.table
    judged = table[table["status"].isin(["met", "not_met", "exempt"])]
    missed = judged[judged["status"] == "not_met"]
    by_unit = set(judged.loc[judged["level"] == "unit", "indicator"])
    found = {}
    for key, rows in missed.groupby("indicator", sort=False):
        here = {level: pd.Index(part) for level, part in rows.groupby("level")["unit_id"]}
        everywhere = "city" in here and key not in by_unit
        inside = here.get("unit", pd.Index([]))
        if "district" in here:
            inside = inside.union(_units_of(here["district"], assessment.plan.layers["units"]))
        found[str(key)] = Places(
            units if everywhere else inside,
            {level: here[level] for level in LAYER_OF if level in here},
        )
    return {key: found[key] for key in assessment.measures if key in found}


def _units_of(districts: pd.Index, units: gpd.GeoDataFrame) -> pd.Index:
    return units.index[districts_named(units).isin(districts).to_numpy()]


def _lies_in(layer: gpd.GeoDataFrame, places: Places) -> NDArray[np.bool_]:
    if "unit_id" not in layer:
        return np.ones(len(layer), dtype=bool)
    inside = _among(layer["unit_id"], places.units)
    for level, ids in places.within.items():
        if (name := LAYERS[LAYER_OF[level]].id) in layer:
            inside = inside | _among(layer[name], ids)
    return inside


def _among(ids: pd.Series, wanted: pd.Index) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = wanted.unique().get_indexer(pd.Index(ids)) >= 0
    return found


def _one_kind(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if len(set(shapely.get_dimensions(layer.geometry.to_numpy()).tolist())) == 1:
        return layer
    return layer.set_geometry(layer.geometry.representative_point())


class Shared(NamedTuple):
    """One layer of evidence, and the indicators it is the evidence of, the first of all of it.

    The layer has a column `indicators` with the keys of those that each feature explains.
    """

    keys: tuple[str, ...]
    layer: gpd.GeoDataFrame

    @property
    def name(self) -> str:
        """The name of the layer."""
        return f"evidence_{self.keys[0]}"


def shared(
    layers: Mapping[str, gpd.GeoDataFrame], indicators: Mapping[str, Indicator]
) -> Iterator[Shared]:
    """Yield evidence with each feature once: what is part of another's goes into its layer.

    Two features are the same where all of their columns and their geometry are, and where they
    look the same on the map.
    """
    alike: dict[tuple[object, ...], list[str]] = {}
    for key, layer in layers.items():
        look = (indicators[key].theme, shown(indicators[key], layer))
        alike.setdefault((*look, *layer.columns), []).append(key)
    order = {key: n for n, key in enumerate(layers)}
    found = [one for keys in alike.values() for one in _merged(keys, layers)]
    yield from sorted(found, key=lambda one: order[one.keys[0]])


def taken_apart(found: Iterable[Shared], indicators: Iterable[str]) -> dict[str, gpd.GeoDataFrame]:
    """Return what is evidence of each indicator, in the order of `indicators`."""
    held = {key: layer for one in found for key, layer in _by_key(one)}
    return {key: held[key] for key in indicators if key in held}


def _by_key(one: Shared) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    kind, named = pd.factorize(one.layer["indicators"])
    layer = one.layer.drop(columns="indicators")
    for key in one.keys:
        mine = np.array([key in keys.split() for keys in named], dtype=bool)[kind]
        yield key, layer if mine.all() else layer[mine]


def _merged(keys: Sequence[str], layers: Mapping[str, gpd.GeoDataFrame]) -> list[Shared]:
    """Return layers that look alike, those that are part of another merged into it.

    Features are looked up by words and whole numbers; measured numbers and geometry are then
    held against each other, for the same thing measured twice may differ in its last digits.
    """
    if len(keys) == 1:
        return [_with_keys(layers[keys[0]], {keys[0]: None})]
    ours = [layers[key] for key in keys]
    measured = [c for c in ours[0].columns if all(one[c].dtype.kind == "f" for one in ours)]
    marks = dict(zip(keys, _marks(ours, measured), strict=True))
    hosts: dict[str, dict[str, NDArray[np.intp] | None]] = {}
    for key in sorted(keys, key=lambda k: -len(layers[k])):
        for host, held in hosts.items():
            rows = pd.Index(marks[host]).get_indexer(marks[key])
            if (rows >= 0).all() and _same(layers[key], layers[host], rows, measured):
                held[key] = rows
                break
        else:
            hosts[key] = {key: None}
    return [_with_keys(layers[host], {host: None} | {k: held[k] for k in keys if k in held})
            for host, held in hosts.items()]  # fmt: skip


def _marks(layers: Sequence[gpd.GeoDataFrame], measured: Sequence[str]) -> list[NDArray[np.int64]]:
    """Return a number per feature: of its words, and of how many before it have the same."""
    words = pd.concat([pd.DataFrame(one.drop(columns=[*measured, one.geometry.name]))
                       for one in layers], ignore_index=True)  # fmt: skip
    sizes = [len(one) for one in layers]
    mark = words.groupby(list(words.columns), dropna=False, sort=False).ngroup()
    layer = np.repeat(np.arange(len(layers)), sizes)
    again = mark.groupby([layer, mark]).cumcount()
    both = (mark * (again.max() + 1) + again).to_numpy()
    return np.split(both, np.cumsum(sizes)[:-1])


def _same(
    layer: gpd.GeoDataFrame, host: gpd.GeoDataFrame, rows: NDArray[np.intp], measured: list[str]
) -> bool:
    """Return whether features of `layer` are those rows of `host`, in numbers and in place."""
    ours, theirs = layer[measured].to_numpy(), host[measured].to_numpy()[rows]
    shapes, there = layer.geometry.to_numpy(), host.geometry.to_numpy()[rows]
    return np.allclose(ours, theirs, rtol=1e-9, atol=_CLOSE, equal_nan=True) and bool(
        shapely.equals_exact(shapes, there, tolerance=_CLOSE).all()
    )


def _with_keys(layer: gpd.GeoDataFrame, held: Mapping[str, NDArray[np.intp] | None]) -> Shared:
    """Return a layer with the keys that each of its rows is evidence of (None: every row)."""
    holds = np.ones((len(layer), len(held)), dtype=bool)
    for n, rows in enumerate(held.values()):
        if rows is not None:
            holds[:, n] = np.bincount(rows, minlength=len(layer)) > 0
    kinds, kind = np.unique(holds, axis=0, return_inverse=True)
    keys = np.array(tuple(held))
    words = np.array([" ".join(keys[one]) for one in kinds], dtype=object)
    return Shared(tuple(held), layer.assign(indicators=words[kind.ravel()]))
