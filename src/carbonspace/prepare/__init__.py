"""Raw layers become trustworthy: one CRS, valid geometry, known codes, ids, the hierarchy.

Every finding is kept; errors are raised together, once all of them are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

import geopandas as gpd

from carbonspace.crew import ALONE, Crew
from carbonspace.errors import InputError
from carbonspace.model.aside import set_aside
from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.once import Measured, Once, made_now
from carbonspace.model.plan import Plan
from carbonspace.model.policy import Policies
from carbonspace.model.progress import Progress, Step, each, nobody, share
from carbonspace.model.repair import Repair
from carbonspace.model.text import Text
from carbonspace.prepare.account import accounted
from carbonspace.prepare.attributes import attributed
from carbonspace.prepare.crs import in_metres, plan_crs, settle_layers
from carbonspace.prepare.districts import district_findings
from carbonspace.prepare.elevations import elevation_findings
from carbonspace.prepare.fields import coded, indexed
from carbonspace.prepare.geometry import sound_apart, sound_shapes
from carbonspace.prepare.hierarchy import Layers
from carbonspace.prepare.order import in_order
from carbonspace.prepare.people import peopled
from carbonspace.prepare.rasters import people_cells, raster_findings
from carbonspace.prepare.settle import settled
from carbonspace.prepare.weather import weather_findings
from carbonspace.prepare.zone_words import one_crs_only


def prepare(
    plan: Plan, *, progress: Progress = nobody, crew: Crew = ALONE, once: Once | None = None
) -> Plan:
    """Return the plan ready to be measured; `progress` hears of each layer and stage.

    The `crew` shares out the layers where each is looked at by itself; `once` may know
    what was found out about shapes before.

    Raises
    ------
    InputError
        With every fault that makes the data unusable.
    """
    if plan.prepared:
        return plan
    if plan.settings.zones:
        raise InputError([*plan.findings, one_crs_only()])
    once = Measured() if once is None else once
    crs, findings = plan_crs(plan)
    findings += _absences(plan)
    if crs is None:
        raise InputError([*plan.findings, *findings, *_anywhere(plan)])
    progress(Step(Text("统一坐标系", "Bringing the layers into one CRS"), 0, 100))
    layers, more = settle_layers(_with_features(plan), crs, once)
    findings += more
    repairs = [*accounted(plan, layers, once)]
    more, entries = _trust_each(plan, layers, progress, crew, once)
    repairs += entries
    findings, aside = set_aside([*findings, *more])
    _refuse_errors(plan, findings, _without(layers, aside))
    progress(Step(Text("整理图层之间的关系", "Settling the layers among each other"), 40, 100))
    known = plan.beyond.derived(plan.settings.policy) if plan.beyond else None
    layers, more, entries = settled(
        _without(layers, aside), plan.settings, crew, once=once, known=known
    )
    told, lost = set_aside(more)
    findings += told
    repairs += entries
    _refuse_errors(plan, findings)
    layers = _without(layers, _with_derived(plan, lost))
    progress(Step(Text("整理属性与人口", "Settling attributes and people"), 90, 100))
    layers, more = attributed(layers, uoms=plan.uoms, once=once)
    findings += [*more, *district_findings(layers["units"])]
    aside = {**plan.aside, **aside, **lost}
    told, aside = _beside(plan, layers, aside)
    findings += told
    layers, more = peopled(layers, cells=people_cells(replace(plan, aside=aside), layers["units"]))
    findings += more
    return replace(
        plan, layers=_with_empty(plan, layers), findings=(*plan.findings, *findings),
        repairs=(*plan.repairs, *repairs), aside=aside, prepared=True,
    )  # fmt: skip


def _trust_each(
    plan: Plan, layers: Layers, progress: Progress, crew: Crew, once: Once
) -> tuple[list[Finding], list[Repair]]:
    """Put in the place of each layer what it comes to by itself; return what was noticed."""
    parts = [(key, _preparing(key), float(len(layer))) for key, layer in layers.items()]
    jobs = [partial(_trusted, key, layer, plan.settings.policy, once)
            for key, layer in layers.items()]  # fmt: skip
    findings, repairs = list[Finding](), list[Repair]()
    for key, (layer, more, entries) in zip(each(share(progress, 0.2, 0.4), parts),
                                           crew.done(jobs), strict=True):  # fmt: skip
        layers[key] = layer
        findings += more
        repairs += entries
    return findings, repairs


def _beside(
    plan: Plan, layers: Layers, aside: Mapping[str, Text]
) -> tuple[list[Finding], dict[str, Text]]:
    """Return what is noticed about rasters and weather, and all that is set aside then."""
    findings, lost = list[Finding](), {**aside}
    for look in (raster_findings, elevation_findings):
        told, useless = set_aside(look(replace(plan, aside=lost), layers))
        findings, lost = [*findings, *told], {**lost, **useless}
    return [*findings, *weather_findings(plan.weather, layers["units"])], lost


def _preparing(key: str) -> Text:
    return Text(f"整理数据：{LAYERS[key].title.zh}", f"Preparing the data: {LAYERS[key].title.en}")


def _trusted(
    key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once = made_now
) -> tuple[gpd.GeoDataFrame, list[Finding], list[Repair]]:
    named, ids = indexed(key, layer)
    known, codes = coded(key, named)
    sound, faults, repairs = sound_shapes(key, known, policies, once)
    hollow = [_hollow(key, len(layer))] if sound.empty else []
    return in_order(key, sound, once), [*ids, *codes, *faults, *hollow], repairs


def _absences(plan: Plan) -> list[Finding]:
    """Return what is missing before anything can be measured."""
    missed = [key for key, layer in plan.layers.items() if layer.empty]
    faults = [] if plan.beyond else [_empty(key) for key in missed]
    given = {*plan.layers, *plan.aside}
    if "units" not in given and plan.settings.units_from is None:
        faults.append(_no_units())
    return faults


def _with_features(plan: Plan) -> Plan:
    filled = {key: layer for key, layer in plan.layers.items() if not layer.empty}
    return replace(plan, layers=filled)


def _with_empty(plan: Plan, layers: Layers) -> Layers:
    """Return the layers with those of which the plan, a part of a larger one, has no feature."""
    columns = plan.beyond.columns if plan.beyond else {}
    lacking = {key: none for key, none in columns.items()
               if key not in layers and key not in plan.aside}  # fmt: skip
    return {**layers, **lacking}


def _without(layers: Layers, aside: Iterable[str]) -> Layers:
    return {key: layer for key, layer in layers.items() if key not in {*aside}}


def _with_derived(plan: Plan, aside: Iterable[str]) -> set[str]:
    """Return layers, and the blocks where they were made from one of them."""
    made = "blocks" not in plan.layers and plan.settings.blocks_from in {*aside}
    return {*aside, "blocks"} if made else {*aside}


def _refuse_errors(plan: Plan, findings: list[Finding], unseen: Layers | None = None) -> None:
    """Raise what was found if an error is among it.

    What is wrong with the sound ones of the layers `unseen` comes with it: all faults at once.
    """
    known = [*plan.findings, *findings]
    refused = {f.layer for f in known if f.refuses}
    if not refused:
        return
    rest = {key: layer for key, layer in (unseen or {}).items() if key not in refused}
    raise InputError([*known, *_alone(rest, plan)])


def _anywhere(plan: Plan) -> list[Finding]:
    """Return what is wrong with layers wherever on Earth they lie."""
    found, trusted = list[Finding](), Layers()
    for key, layer in in_metres(plan).items():
        trusted[key], more, _ = _trusted(key, layer, plan.settings.policy)
        found += more
    return [*found, *_alone(trusted, plan)]


def _alone(layers: Layers, plan: Plan) -> list[Finding]:
    """Return what is wrong with layers among their own features."""
    apart, findings, _ = sound_apart(layers, plan.settings.policy)
    return [*findings, *attributed(apart, uoms=plan.uoms)[1]]


def _empty(key: str) -> Finding:
    return Finding(
        "error", key, Text("图层没有要素", "The layer has no features"),
        Text("0 个要素", "0 features"),
        Text("至少一个要素", "at least one feature"),
        Text(f"检查来源与筛选条件，或从 plan.toml 中删去 [layers.{key}]。",
             f"Check its source and filter, or remove [layers.{key}] from plan.toml."),
    )  # fmt: skip


def _hollow(key: str, count: int) -> Finding:
    return Finding(
        "error", key,
        Text("没有一个要素有可用的几何", "No feature has a geometry that can be used"),
        f"0 / {count}", Text("至少一个有几何的要素", "at least one feature with a geometry"),
        Text(f"在源数据中修复几何（如未闭合的环），或从 plan.toml 中删去 [layers.{key}]。",
             f"Mend the geometry in the source (rings that are not closed?), or remove "
             f"[layers.{key}] from plan.toml."), local=True,
    )  # fmt: skip


def _no_units() -> Finding:
    return Finding(
        "error", "units", Text("缺少规划单元图层", "The layer of planning units is missing"), "-",
        Text("规划单元的面", "polygons of the planning units"),
        Text('给出 [layers.units]，或写 [derive] units = "parcels"。',
             'Give [layers.units], or write [derive] units = "parcels".'),
    )  # fmt: skip
