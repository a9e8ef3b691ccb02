"""One projected CRS for the whole plan; what cannot be trusted is refused, never guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import geopandas as gpd
from pyproj import CRS
from pyproj.exceptions import CRSError

from carbonspace.model.crs_catalogue import WEB_MERCATOR, Place, look, measuring_crs
from carbonspace.model.finding import Finding
from carbonspace.model.once import Once, made_now
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text
from carbonspace.prepare import crs_words as words
from carbonspace.prepare.crs_doubts import (
    Doubt,
    candidates,
    code,
    doubt,
    label,
    middle,
    name,
    place_of,
    reach,
    remedy,
    span,
    strays,
)
from carbonspace.prepare.datum import extent, is_finite, moved, operation, turned
from carbonspace.prepare.distortion import distortion_notes
from carbonspace.prepare.strangers import FAR_M, gap, strangers

Layers = dict[str, gpd.GeoDataFrame]
Doubts = dict[str, tuple[gpd.GeoDataFrame, Doubt]]


def plan_crs(plan: Plan) -> tuple[CRS | None, list[Finding]]:
    """Return the CRS the plan is measured in, or None and why there is none."""
    stated = plan.settings.crs or _crs_of_first(plan)
    if stated is None:
        return None, _no_plan_crs(plan, "", Text("没有规定平面坐标系", "The plan has no CRS"))
    try:
        whole = CRS.from_user_input(stated)
    except CRSError:
        return None, _no_plan_crs(plan, str(stated), words.UNKNOWN_CRS)
    crs = _flat(whole)
    notes = [] if crs is whole else [words.flattened("plan", label(whole), label(crs))]
    if not crs.is_projected or name(crs) == WEB_MERCATOR:
        return None, _no_plan_crs(plan, label(crs), words.UNMEASURABLE)
    if any(axis.unit_conversion_factor != 1 for axis in crs.axis_info[:2]):
        units = f"{label(crs)}, {crs.axis_info[0].unit_name}"
        return None, _no_plan_crs(plan, units, words.NOT_METRES)
    return crs, notes


def settle_layers(plan: Plan, crs: CRS, once: Once = made_now) -> tuple[Layers, list[Finding]]:
    """Return every layer in `crs`, and what was noticed on the way.

    A layer whose CRS is missing or contradicted is not among them: its finding is an error, with
    a proposal where the coordinates or the other layers allow one.
    """
    placed, doubts, findings = _placed(plan, once)
    findings += _refused(doubts, place_of(placed), crs)
    layers: Layers = {}
    for key, layer in placed.items():
        findings += strays(key, layer, layer.crs, once)
        findings += _by_reader(key, layer, plan)
        brought, more = _brought(key, layer, crs, once)
        findings += more
        if brought is not None:
            layers[key] = brought
    findings += strangers(layers, placed, crs, once)
    home = _at_home({k: v for k, v in layers.items() if k not in doubts}, once)
    findings += distortion_notes(home, once)
    return layers, findings


def foreign(plan: Plan) -> list[str]:
    """Return the layers of a plan as read that lie in another CRS, or the other way round."""
    crs, _ = plan_crs(plan)
    placed = {key: _declared(key, layer, plan)[0] for key, layer in plan.layers.items()}
    turned_round = {key for key, axes in plan.layer_axes.items() if axes == "north-east"}
    known = {key: layer.crs for key, layer in placed.items() if layer is not None and layer.crs}
    other = {key for key, one in known.items() if crs and not _is_same(one, crs)}
    return [key for key in placed if key in turned_round | other]


def in_metres(plan: Plan) -> Layers:
    """Return the layers whose coordinates look like metres of a Chinese grid, whichever it is.

    Areas and distances in them hold before anybody has said where they lie.
    """
    return {
        key: layer for key, layer in plan.layers.items()
        if look(*middle(layer)).kind in ("plain", "prefixed")
    }  # fmt: skip


def _placed(plan: Plan, once: Once = made_now) -> tuple[Layers, Doubts, list[Finding]]:
    """Return the layers with the CRS they really have, and those whose CRS is in doubt."""
    placed, doubts, findings = Layers(), Doubts(), list[Finding]()
    for key, given in plan.layers.items():
        layer, more = _declared(key, given, plan)
        findings += more
        if layer is None:
            continue
        reason = doubt(layer, layer.crs, once)
        if reason is None or reason.severity != "error":
            placed[key] = layer
        if reason is not None:
            doubts[key] = (layer, reason)
    return placed, doubts, findings


def _declared(
    key: str, layer: gpd.GeoDataFrame, plan: Plan
) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    """Return the layer as plan.toml says it is to be read; None where it says nonsense."""
    findings: list[Finding] = []
    if plan.layer_axes.get(key) == "north-east":
        layer, findings = turned(layer), [words.turned(key, span(layer))]
    stated = plan.layer_crs.get(key)
    if stated is not None:
        try:
            crs = CRS.from_user_input(stated)
        except CRSError:
            return None, [words.unknown_crs(key, stated)]
        findings += words.overridden(key, layer, crs) if not _is_same(layer.crs, crs) else []
        layer = layer.set_crs(crs, allow_override=True)
    if layer.crs is not None and (flat := _flat(layer.crs)) is not layer.crs:
        findings.append(words.flattened(key, label(layer.crs), label(flat)))
        layer = layer.set_crs(flat, allow_override=True)
    return layer, findings


def _refused(doubts: Doubts, near: Place | None, crs: CRS | None) -> Iterator[Finding]:
    for key, (layer, reason) in doubts.items():
        found = candidates(layer, near, layer.crs, crs)
        yield Finding(
            reason.severity, key, reason.what, reason.found, words.FITTING_CRS,
            remedy(key, found, layer),
        )  # fmt: skip


def _brought(
    key: str, layer: gpd.GeoDataFrame, crs: CRS, once: Once
) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    """Return the layer in `crs`, with the datum shift named."""
    if _is_same(layer.crs, crs):
        same = layer.set_crs(crs, allow_override=True)
        once.taken(same.geometry.to_numpy(), layer.geometry.to_numpy())
        return same, []
    how = operation(layer.crs, crs, extent(layer, layer.crs))
    result = moved(layer, crs, how)
    if not how.transformers or not is_finite(result):
        return None, [words.not_convertible(key, layer, crs)]
    return result, [words.converted(key, layer.crs, crs, how)]


def _by_reader(key: str, layer: gpd.GeoDataFrame, plan: Plan) -> list[Finding]:
    """Return that the reader of a layer brought it into another CRS, as that of OSM does."""
    given = {one.crs for one in plan.inputs if one.layer == key} - {layer.crs.to_string(), ""}
    if key in plan.layer_crs or not given:
        return []
    where = extent(layer, layer.crs)
    stored = [CRS.from_user_input(one) for one in sorted(given)]
    return [
        words.converted(key, crs, layer.crs, operation(crs, layer.crs, where))
        for crs in stored if not _is_same(_flat(crs), layer.crs)
    ]  # fmt: skip


def _at_home(layers: Layers, once: Once) -> Layers:
    """Return the layers that lie where the plan lies; of others the distortion means nothing."""
    base = layers.get("units", layers.get("parcels"))
    if base is None:
        return layers
    there = reach(base, once)
    return {k: v for k, v in layers.items() if gap(there, reach(v, once)) <= FAR_M}


def _no_plan_crs(plan: Plan, found: str, what: Text) -> list[Finding]:
    """Return why the plan cannot be measured, with a proposal from the centre of its data."""
    placed, doubts, findings = _placed(plan)
    near = place_of(placed)
    fault = words.plan_fault(found, what, _proposed(placed, doubts, near))
    return [fault, *findings, *_refused(doubts, near, None)]


def _proposed(placed: Mapping[str, gpd.GeoDataFrame], doubts: Doubts, near: Place | None) -> str:
    """Return the CRS to measure in, as far as the data tell; empty where they do not."""
    if near is not None and any(v.crs.is_geographic or v.crs.is_projected for v in placed.values()):
        return measuring_crs(near)
    first = next(iter(doubts.values()), None)
    found = candidates(first[0], None, first[0].crs, None) if first else []
    projected = [p.crs for p in found if CRS.from_user_input(p.crs).is_projected]
    return next((stated for stated in projected if stated != WEB_MERCATOR), "")


def _crs_of_first(plan: Plan) -> str | None:
    for key in ("units", "parcels", *plan.layers):
        if key in plan.layer_crs:
            return plan.layer_crs[key]
        if key in plan.layers and plan.layers[key].crs is not None:
            return str(plan.layers[key].crs.to_wkt())
    return None


def _flat(crs: CRS) -> CRS:
    """Return the CRS without heights; itself where it has none."""
    has_height = crs.is_compound or len(crs.axis_info) > 2
    return crs.to_2d() if has_height and not crs.is_geocentric else crs


def _is_same(a: CRS | None, b: CRS) -> bool:
    """Tell whether two CRSs are one, under whatever name a .prj gives it."""
    if a is None or a == b:
        return a is not None
    return not (a.is_bound or b.is_bound) and code(a) is not None and code(a) == code(b)
