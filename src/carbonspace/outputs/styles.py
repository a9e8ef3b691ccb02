"""QGIS styles (QML) that travel inside the GeoPackage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from typing import NamedTuple

import geopandas as gpd

from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text
from carbonspace.outputs import qml
from carbonspace.outputs.apart import GREY, RED, Kind, shown
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.steps import UNJUDGED, Step, steps

_SEE_THROUGH = 0.6
"""How opaque service areas are: what lies below is seen."""


class Style(NamedTuple):
    """One row of `layer_styles`."""

    layer: str
    name: str
    qml: str
    default: bool
    description: str


def name_of(one: Indicator) -> str:
    """Return what the style of an indicator is called, in every layer that has one."""
    return f"{one.title.zh} | {one.title.en} ({one.key})"


def unit_styles(
    indicators: Sequence[Indicator], units: gpd.GeoDataFrame, layer: str = "units",
    defined: Collection[str] = (),
) -> list[Style]:  # fmt: skip
    """Return the styles of `units` or `districts`: missed targets by default, then indicators.

    Of indicators that some clause defines otherwise than the plan (`defined`), no value stands
    beside the verdict: the layer has the plan's.
    """
    name = _name_expression(units)
    missed = Style(layer, "未达标指标数 | Missed targets", _missed_qml(name, units), True,
                   f"{layer.capitalize()} by how many indicators miss a target")  # fmt: skip
    single = [
        Style(layer, name_of(i), _verdict_qml(i, name, bare=i.key in defined), False,
              f"Verdict and value of {i.key}")
        for i in indicators
        if f"{i.key}_status" in units
    ]  # fmt: skip
    return [missed, *single]


def place_styles(
    layer: str, indicators: Sequence[Indicator], places: gpd.GeoDataFrame
) -> list[Style]:
    """Return the styles of `blocks`, `parcels` or `buildings`, one per indicator of the level."""
    judged = [i for i in indicators if f"{i.key}_status" in places]
    return [
        Style(layer, name_of(i), _verdict_qml(i, None),
              position == 0, f"Verdict of {i.key}")
        for position, i in enumerate(judged)
    ]  # fmt: skip


def evidence_styles(
    layer: str, indicators: Sequence[Indicator], evidence: gpd.GeoDataFrame, made_with: str = ""
) -> list[Style]:
    """Return the styles of a layer of evidence: of all of it, and of each indicator it explains.

    The first of the indicators is the one whose evidence the whole layer is. `made_with` goes into
    the description.
    """
    title, kinds = shown(indicators[0], evidence)
    dimension = max(
        (d for d in map(dimension_of, evidence.geom_type.unique()) if d >= 0), default=2
    )
    hatched = len(kinds) == 1 and kinds[0].colour == RED
    symbols = [qml.symbol(str(n), dimension, kind.colour, hatched=hatched, brush=kind.brush)
               for n, kind in enumerate(kinds)]  # fmt: skip
    many = len(kinds) > 1
    whole = qml.ruled(_evidence_rules(kinds, ""), symbols) if many else qml.single(*symbols)
    found = [Style(layer, f"{title.zh} | {title.en}", qml.written(whole), True, made_with)]
    for one in indicators if len(indicators) > 1 else ():
        mine = f"array_contains(string_to_array(\"indicators\", ' '), '{one.key}')"
        rules = qml.ruled(_evidence_rules(kinds, mine), deepcopy(symbols))
        found.append(
            Style(layer, name_of(one), qml.written(rules), False, f"Evidence of {one.key}")
        )
    return found


def _evidence_rules(kinds: Sequence[Kind], mine: str) -> list[tuple[str, str]]:
    return [
        (" AND ".join(filter(None, (mine, kind.rule))), f"{kind.marked.zh} {kind.title.en}")
        for kind in kinds
    ]


def findings_style(layer: str, findings: gpd.GeoDataFrame) -> Style:
    """Return the style of a layer of findings: by severity."""
    dimension = dimension_of(str(findings.geom_type.iloc[0]))
    kinds = (
        ("error", RED, Text("错误", "Error")),
        ("warning", "#d98c00", Text("警告", "Warning")),
        ("note", GREY, Text("说明", "Note")),
    )
    rules = [(f"\"severity\" = '{key}'", f"{text.zh} {text.en}") for key, _, text in kinds]
    symbols = [qml.symbol(str(n), dimension, colour) for n, (_, colour, _) in enumerate(kinds)]
    return Style(layer, "数据问题 | Findings", qml.written(qml.ruled(rules, symbols)), True, "")


class Band(NamedTuple):
    """One limit of service areas: its minutes, its colour, what it is called."""

    minutes: float
    colour: str
    title: Text


def band_style(
    layer: str, title: Text, bands: Sequence[Band], *, dimension: int, made_with: str = ""
) -> Style:
    """Return the style of service areas (dimension 2), or of streets within reach (1)."""
    rules = [(f'"minutes" = {b.minutes:g}', f"{b.title.zh} {b.title.en}") for b in bands]
    symbols = [qml.symbol(str(n), dimension, b.colour) for n, b in enumerate(bands)]
    drawn = qml.written(qml.ruled(rules, symbols), opacity=_SEE_THROUGH if dimension == 2 else 1.0)
    return Style(layer, f"{title.zh} | {title.en}", drawn, True, made_with)


def link_style(layer: str, title: Text) -> Style:
    """Return the style of missing links."""
    drawn = qml.written(qml.single(qml.symbol("0", 1, RED)))
    return Style(layer, f"{title.zh} | {title.en}", drawn, True, "")


def categories(
    layer: str, column: str, looks: Mapping[str, tuple[str, Text]], dimension: int, title: Text
) -> Style:
    """Return the style of a layer by the values of a column: their colours and titles."""
    rules = [(f"\"{column}\" = '{key}'", f"{text.zh} {text.en}")
             for key, (_, text) in looks.items()]  # fmt: skip
    symbols = [qml.symbol(str(n), dimension, colour)
               for n, (colour, _) in enumerate(looks.values())]  # fmt: skip
    return Style(
        layer, f"{title.zh} | {title.en}", qml.written(qml.ruled(rules, symbols)), True, ""
    )


def dimension_of(kind: str | None) -> int:
    """Return the dimension of a kind of geometry, -1 of one that has none or several."""
    names = {"Point": 0, "LineString": 1, "LinearRing": 1, "Polygon": 2}
    return names.get((kind or "").removeprefix("Multi"), -1)


def _name_expression(units: gpd.GeoDataFrame) -> str:
    own = f'"{units.index.name or "unit_id"}"'
    return f'coalesce("name", {own})' if "name" in units else own


def _missed_qml(name: str, units: gpd.GeoDataFrame) -> str:
    classes = steps(units["not_met"], units["not_met"] + units["met"])
    symbols = [qml.symbol(str(n), 2, one.colour) for n, one in enumerate(classes)]
    rules = [(_missing(one), f"{one.title.zh} {one.title.en}") for one in classes]
    label = (f"{name} || CASE WHEN \"not_met\" > 0 THEN '\\n✗ ' || \"not_met\""
             " WHEN \"met\" > 0 THEN '\\n✓' ELSE '' END")  # fmt: skip
    return qml.written(qml.ruled(rules, symbols), label)


def _missing(one: Step) -> str:
    """Return the rule of the units of a class."""
    if one == UNJUDGED:
        return '"not_met" + "met" = 0'
    return f'"not_met" >= {one.low} AND "not_met" <= {one.high} AND "not_met" + "met" > 0'


def _verdict_qml(indicator: Indicator, name: str | None, *, bare: bool = False) -> str:
    kinds = [(status, f"{look.symbol} {look.title.zh} {look.title.en}")
             for status, look in VERDICTS.items()]  # fmt: skip
    symbols = [qml.symbol(str(n), 2, look.pale) for n, look in enumerate(VERDICTS.values())]
    renderer = qml.categorised(f"{indicator.key}_status", kinds, symbols)
    if name is None:
        return qml.written(renderer)
    status = f'"{indicator.key}_status"'
    # Before a figure the dash of no target would look like a minus.
    told = {s: v.symbol if bare or s != "no_target" else "" for s, v in VERDICTS.items()}
    marks = " ".join(f"WHEN {status} = '{s}' THEN '{symbol}'" for s, symbol in told.items())
    value = f"coalesce(format_number(\"{indicator.key}\", {indicator.decimals}), '')"
    shown = f"CASE {marks} ELSE '' END"
    return qml.written(
        renderer,
        f"{name} || '\\n' || " + (shown if bare else f"trim({shown} || ' ' || {value})"),
    )
