"""plan.toml: which files a plan is made of, and what is asked of it."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
from pyproj import CRS

from carbonspace.errors import InputError
from carbonspace.memory import sparing
from carbonspace.model.aside import set_aside
from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.parameters import PARAMETERS
from carbonspace.model.plan import Input, Plan, Raster, Settings
from carbonspace.model.progress import Progress, each, nobody
from carbonspace.model.text import Text
from carbonspace.model.uom import UomSaid
from carbonspace.model.weather import HOURS, WEATHER, Weather
from carbonspace.sources.connection import one_picture
from carbonspace.sources.exemption import exemptions
from carbonspace.sources.fingerprint import sha256, sha256_of_rows
from carbonspace.sources.formats import reader_of
from carbonspace.sources.keys import (
    missing_key,
    table_faults,
    unknown_key,
    unusable,
    wrong_type,
)
from carbonspace.sources.mapping import LayerSource, crs_faults, layer_sources
from carbonspace.sources.output import maps_of, output_faults, reports_of
from carbonspace.sources.parts import joined
from carbonspace.sources.planfile import plan_file, table_of, text_of
from carbonspace.sources.policy import policies, policy_faults
from carbonspace.sources.profile_names import profile_faults, profiles_named
from carbonspace.sources.raster import container, read_raster
from carbonspace.sources.raster_meaning import raster_faults
from carbonspace.sources.reported import reported
from carbonspace.sources.vector import Read
from carbonspace.sources.weather import read_weather, weather_faults

Reads = list[tuple[LayerSource, Read]]
Reader = Callable[[list[LayerSource], str | None, Progress], list[Read]]
"""Takes sources of layers, and the CRS of the plan; returns what each of them gives."""

FORMAT = 1
"""The version of plan.toml this release reads."""

_KEYS: dict[str, type | tuple[type, ...]] = {
    "format": int, "name": (str, dict), "crs": str, "zones": list,
    "position_tolerance": (int, float),
    "profiles": list, "indicators": list, "attribution": list, "derive": dict, "layers": dict,
    "parameters": dict, "policy": dict, "rasters": dict, "weather": dict, "output": dict,
    "on": date, "exemption": list, "reported": dict,
}  # fmt: skip
_DERIVABLE = {"units": ("parcels",), "blocks": ("parcels", "roads")}
_LISTS = ("profiles", "indicators", "attribution", "zones")


def read_plan(path: str | Path) -> Plan:
    """Read a plan: plan.toml, and every layer and raster it names.

    Parameters
    ----------
    path
        A plan.toml, or the directory it lies in. Paths in it are relative to it.

    Returns
    -------
    Plan
        With layers of canonical columns as in the files: not reprojected (except an OSM extract),
        not repaired. `prepare` does that.

    Raises
    ------
    InputError
        With every fault of plan.toml and of all its files at once. What is wrong with a reported
        figure costs that figure alone, and is among the findings of the plan.
    """
    plan = read_as_found(path)
    if any(f.refuses for f in plan.findings):
        raise InputError(plan.findings)
    return plan


def read_as_found(
    path: str | Path, *, progress: Progress = nobody, only: Collection[str] = tuple(LAYERS),
    reader: Reader | None = None,
) -> Plan:  # fmt: skip
    """Read what can be read of a plan; errors are among its findings, and `prepare` refuses it.

    So the faults of plan.toml and of its files come together with those of the data. `progress`
    hears of each source as it is read. Where not all is wanted, `only` names the layers that are,
    and `reader` reads of them what is.

    Raises
    ------
    InputError
        With every fault, where no layer can be read at all.
    """
    sparing()
    file = plan_file(Path(path))
    text = text_of(file)
    table = table_of(text)
    excused, unfit = exemptions(table, text)
    figures, unsound = reported(table, text)
    findings = [*_table_faults(table), *unfit, *unsound]
    sources, faults = sources_of(table, file.parent)
    wanted, crs = [one for one in sources if one.key in only], _measuring_crs(table)
    with one_picture():
        layers, inputs, notes, reads = _read_layers(wanted, crs, progress, reader or _reads,
                                                    zones=bool(table.get("zones")))  # fmt: skip
    rasters, raster_inputs, more = _read_rasters(table, file.parent)
    weather, weather_inputs, said = _read_weather(table, file.parent)
    findings, aside = set_aside([*findings, *faults, *notes, *more, *said])
    if not layers:
        raise InputError([replace(f, severity="error") if f.local else f for f in findings])
    table = _sound(table, file.parent)
    return Plan(
        name=_name(table["name"]), layers=layers, settings=_settings(table),
        layer_crs={s.key: s.crs for s in sources if s.crs is not None},
        layer_axes={s.key: s.axes for s in sources if s.axes is not None},
        profiles=tuple(table["profiles"]), indicators=tuple(table["indicators"]),
        parameters=table["parameters"], rasters=rasters, weather=weather,
        inputs=(*inputs, *raster_inputs, *weather_inputs), findings=tuple(findings),
        mended=tuple(one for _, read in reads for one in read.mended), uoms=_uoms(reads),
        attribution=tuple(table["attribution"]), aside={**_unread(table, layers, only), **aside},
        exemptions=tuple(excused), reported=figures,
        maps=maps_of(table.get("output", {})),
        reports=reports_of(table.get("output", {})),
    )  # fmt: skip


def _table_faults(table: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the faults of plan.toml itself, its layers and rasters apart."""
    faults = [*table_faults("plan", "", table, _KEYS, required=("format", "name", "layers"))]
    yield from faults
    sound: dict[str, Any] = {
        k: v for k, v in table.items() if k in _KEYS and isinstance(v, _KEYS[k])
    }
    if sound.get("format", FORMAT) != FORMAT:
        yield unusable("format", sound["format"], str(FORMAT))
    if isinstance(sound.get("name"), dict) and not _is_text(sound["name"]):
        yield unusable("name", sound["name"], '{ zh = "…", en = "…" }')
    if not 0 <= sound.get("position_tolerance", 0) < math.inf:
        yield unusable("position_tolerance", sound["position_tolerance"], "≥ 0")
    yield from crs_faults("plan", "crs", sound.get("crs"))
    if isinstance(sound.get("on"), datetime):
        yield unusable("on", sound["on"], "2025-12-31")
    for name in _LISTS:
        if not all(isinstance(one, str) for one in sound.get(name, [])):
            yield unusable(name, sound[name], '["…"]')
    yield from _named_faults(sound)
    yield from policy_faults(sound.get("policy", {}))
    yield from output_faults(sound.get("output", {}))
    if "layers" in sound and not sound["layers"]:
        yield missing_key("plan", "layers.parcels", dict)


def _sound(table: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Return plan.toml without what `_table_faults` finds wrong in it."""
    sound: dict[str, Any] = {
        k: v for k, v in table.items() if k in _KEYS and isinstance(v, _KEYS[k])
    }
    if [*crs_faults("plan", "crs", sound.get("crs"))]:
        del sound["crs"]
    if isinstance(sound.get("on"), datetime):
        del sound["on"]
    if not 0 <= sound.get("position_tolerance", 0) < math.inf:
        del sound["position_tolerance"]
    if not sound.get("name") or (isinstance(sound["name"], dict) and not _is_text(sound["name"])):
        sound["name"] = "?"
    lists = {name: [v for v in sound.get(name, []) if isinstance(v, str)] for name in _LISTS}
    lists["profiles"] = profiles_named(lists["profiles"], base)
    return {
        **sound, **lists,
        "derive": {level: source for level, source in sound.get("derive", {}).items()
                   if source in _DERIVABLE.get(level, ())},
        "parameters": {key: {name: v for name, v in values.items() if name in PARAMETERS}
                       for key, values in sound.get("parameters", {}).items()
                       if isinstance(values, dict)},
    }  # fmt: skip


def _unread(
    table: Mapping[str, Any], layers: Mapping[str, Any], only: Collection[str]
) -> dict[str, Text]:
    """Return the layers plan.toml names that could not be read: they are not missing from it."""
    named = table.get("layers", {})
    unread = Text("图层无法读取", "the layer could not be read")
    return {key: unread for key in LAYERS
            if key in named and key in only and key not in layers}  # fmt: skip


def _named_faults(table: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the faults of profiles, parameters and derived levels."""
    yield from profile_faults(table.get("profiles", []))
    for key, values in table.get("parameters", {}).items():
        if not isinstance(values, dict):
            yield wrong_type("plan", f"parameters.{key}", values, dict)
            continue
        for name in values:
            if name not in PARAMETERS:
                yield unknown_key("plan", f"parameters.{key}.{name}", name, PARAMETERS)
    for level, source in table.get("derive", {}).items():
        if level not in _DERIVABLE:
            yield unknown_key("plan", f"derive.{level}", level, _DERIVABLE)
        elif source not in _DERIVABLE[level]:
            yield unusable(f"derive.{level}", source, " | ".join(_DERIVABLE[level]))


def _is_text(value: Mapping[str, Any]) -> bool:
    return set(value) == {"zh", "en"} and all(isinstance(v, str) and v for v in value.values())


def _name(value: str | Mapping[str, str]) -> Text:
    return Text(value, value) if isinstance(value, str) else Text(value["zh"], value["en"])


def _settings(table: Mapping[str, Any]) -> Settings:
    derive = table.get("derive", {})
    return Settings(
        crs=table.get("crs"), zones=tuple(table.get("zones", ())),
        units_from=derive.get("units"), blocks_from=derive.get("blocks"),
        position_tolerance=float(table.get("position_tolerance", 0.0)),
        policy=policies(table.get("policy", {})), on=table.get("on"),
    )  # fmt: skip


def _measuring_crs(table: Mapping[str, Any]) -> str | None:
    """Return the plan's CRS where it is one to measure in; `prepare` judges it otherwise."""
    name = None if table.get("zones") else table.get("crs")
    if not isinstance(name, str) or crs_faults("plan", "crs", name):
        return None
    return name if CRS.from_user_input(name).is_projected else None


def sources_of(table: Mapping[str, Any], base: Path) -> tuple[list[LayerSource], list[Finding]]:
    """Return the sources of all layers of plan.toml, and what is wrong with them there."""
    tables = table.get("layers")
    given = tables.items() if isinstance(tables, dict) else ()
    read = [layer_sources(key, one, base) for key, one in given]
    asked = policies(table.get("policy", {}))
    sources = [replace(source, policies=asked) for found, _ in read for source in found]
    return sources, [f for _, faults in read for f in faults]


def _read_layers(
    sources: list[LayerSource],
    crs: str | None,
    progress: Progress,
    reader: Reader,
    *,
    zones: bool,
) -> tuple[dict[str, gpd.GeoDataFrame], list[Input], list[Finding], Reads]:
    """Return every layer that could be read, in the order of `LAYERS`, and what was found."""
    ordered = sorted(sources, key=lambda s: [*LAYERS].index(s.key))
    with _no_collection():
        reads = [*zip(ordered, reader(ordered, crs, progress), strict=True)]
    findings = [f for _, read in reads for f in read.findings]
    layers, inputs, digest = dict[str, gpd.GeoDataFrame](), list[Input](), cache(sha256)
    for key in dict.fromkeys(source.key for source in ordered):
        parts = [(s, r.frame, r) for s, r in reads if s.key == key and r.frame is not None]
        if len(parts) < sum(source.key == key for source in ordered):
            continue
        layer, faults = joined([s for s, _, _ in parts], [frame for _, frame, _ in parts],
                               zones=zones)  # fmt: skip
        findings += faults
        if layer is not None:
            layers[key] = layer
            inputs += [_input(*part, digest) for part in parts]
    return layers, inputs, findings, reads


def _uoms(reads: Reads) -> dict[str, dict[str, UomSaid]]:
    """Return what all sources of a layer say alike of the unit of its columns."""
    said = dict[str, dict[str, UomSaid]]()
    for source, read in reads:
        before = said.get(source.key, dict(read.uoms))
        said[source.key] = {name: one for name, one in before.items() if read.uoms.get(name) == one}
    return said


def _reads(sources: list[LayerSource], crs: str | None, progress: Progress) -> list[Read]:
    """Return what each source gives; what lies in one place is read together."""
    read = dict[int, Read]()
    places = {source.location: source for source in sources}
    work = [(place, _reading(source), _size(source)) for place, source in places.items()]
    for place in each(progress, work):
        group = [n for n, source in enumerate(sources) if source.location == place]
        parts = reader_of(place)([sources[n] for n in group], crs)
        read |= dict(zip(group, parts, strict=True))
    return [read[n] for n in range(len(sources))]


def _reading(source: LayerSource) -> Text:
    return Text(f"读取数据：{source.source}", f"Reading the data: {source.source}")


def _size(source: LayerSource) -> float:
    """Return how much there is to read of a source, as far as a look at it tells."""
    try:
        return float(source.path.stat().st_size) or 1.0
    except (OSError, ValueError):
        return 1.0


def _input(
    source: LayerSource, frame: gpd.GeoDataFrame, read: Read, digest: Callable[[Path], str]
) -> Input:
    content = read.digest or (
        digest(source.path) if source.path.exists() else sha256_of_rows(frame))  # fmt: skip
    return Input(source.key, source.source, content, len(frame), read.crs or _crs_name(frame))


def _crs_name(layer: gpd.GeoDataFrame) -> str:
    return str(layer.crs.to_string()) if layer.crs is not None else ""


def _read_rasters(
    table: Mapping[str, Any], base: Path
) -> tuple[dict[str, Raster], list[Input], list[Finding]]:
    rasters, inputs, findings = dict[str, Raster](), list[Input](), list[Finding]()
    given = table.get("rasters")
    for kind, facts in (given if isinstance(given, dict) else {}).items():
        faults = raster_faults(kind, facts)
        raster = None
        if not faults:
            raster, faults = read_raster(
                kind, base / facts["source"], unit=facts.get("unit"), legend=facts.get("legend")
            )
        findings += faults
        if raster is not None:
            rasters[kind] = raster
            digest = sha256(container(base / facts["source"]))
            inputs.append(Input(f"rasters.{kind}", facts["source"], digest, 0, raster.crs))
    return rasters, inputs, findings


def _read_weather(
    table: Mapping[str, Any], base: Path
) -> tuple[Weather | None, list[Input], list[Finding]]:
    facts = table.get(WEATHER)
    if not isinstance(facts, dict):
        return None, [], []
    if faults := weather_faults(facts):
        return None, [], faults
    weather, found = read_weather(base / facts["source"], facts["source"])
    digest = [] if weather is None else [sha256(base / facts["source"])]
    return weather, [Input(WEATHER, facts["source"], one, HOURS, "") for one in digest], found


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the garbage collector: building many geometries otherwise triggers it for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
