"""QGIS styles (QML) that travel inside the GeoPackage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import NamedTuple
from xml.etree import ElementTree as ET

import geopandas as gpd

from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text
from carbonspace.outputs.apart import GREY, RED, Kind, shown
from carbonspace.outputs.look import STEPS, UNJUDGED, VERDICTS

_SEE_THROUGH = 0.6
"""How opaque service areas are: what lies below is seen."""
_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


class Style(NamedTuple):
    """One row of `layer_styles`."""

    layer: str
    name: str
    qml: str
    default: bool
    description: str


def unit_styles(
    indicators: Sequence[Indicator], units: gpd.GeoDataFrame, layer: str = "units"
) -> list[Style]:
    """Return the styles of `units` or `districts`: missed targets by default, then indicators."""
    name = _name_expression(units)
    missed = Style(layer, "未达标指标数 | Missed targets", _missed_qml(name), True,
                   f"{layer.capitalize()} by how many indicators miss a target")  # fmt: skip
    single = [
        Style(layer, f"{i.title.zh} | {i.title.en} ({i.key})", _verdict_qml(i, name), False,
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
        Style(layer, f"{i.title.zh} | {i.title.en} ({i.key})", _verdict_qml(i, None),
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
    dimension = max((d for d in map(_dimension, evidence.geom_type.unique()) if d >= 0), default=2)
    hatched = len(kinds) == 1 and kinds[0].colour == RED
    symbols = [_symbol(str(n), dimension, kind.colour, hatched=hatched, brush=kind.brush)
               for n, kind in enumerate(kinds)]  # fmt: skip
    whole = _rules(_evidence_rules(kinds, ""), symbols) if len(kinds) > 1 else _single(symbols)
    found = [Style(layer, f"{title.zh} | {title.en}", _qml(whole), True, made_with)]
    for one in indicators if len(indicators) > 1 else ():
        mine = f"array_contains(string_to_array(\"indicators\", ' '), '{one.key}')"
        rules = _rules(_evidence_rules(kinds, mine), deepcopy(symbols))
        name = f"{one.title.zh} | {one.title.en} ({one.key})"
        found.append(Style(layer, name, _qml(rules), False, f"Evidence of {one.key}"))
    return found


def _evidence_rules(kinds: Sequence[Kind], mine: str) -> list[tuple[str, str]]:
    return [
        (" AND ".join(filter(None, (mine, kind.rule))), f"{kind.marked.zh} {kind.title.en}")
        for kind in kinds
    ]


def findings_style(layer: str, findings: gpd.GeoDataFrame) -> Style:
    """Return the style of a layer of findings: by severity."""
    dimension = _dimension(str(findings.geom_type.iloc[0]))
    kinds = (
        ("error", RED, Text("错误", "Error")),
        ("warning", "#d98c00", Text("警告", "Warning")),
        ("note", GREY, Text("说明", "Note")),
    )
    rules = [(f"\"severity\" = '{key}'", f"{text.zh} {text.en}") for key, _, text in kinds]
    symbols = [_symbol(str(n), dimension, colour) for n, (_, colour, _) in enumerate(kinds)]
    return Style(layer, "数据问题 | Findings", _qml(_rules(rules, symbols)), True, "")


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
    symbols = [_symbol(str(n), dimension, b.colour) for n, b in enumerate(bands)]
    qml = _qml(_rules(rules, symbols), opacity=_SEE_THROUGH if dimension == 2 else 1.0)
    return Style(layer, f"{title.zh} | {title.en}", qml, True, made_with)


def link_style(layer: str, title: Text) -> Style:
    """Return the style of missing links."""
    return Style(layer, f"{title.zh} | {title.en}", _qml(_single([_symbol("0", 1, RED)])), True, "")


def categories(
    layer: str, column: str, looks: Mapping[str, tuple[str, Text]], dimension: int, title: Text
) -> Style:
    """Return the style of a layer by the values of a column: their colours and titles."""
    rules = [(f"\"{column}\" = '{key}'", f"{text.zh} {text.en}")
             for key, (_, text) in looks.items()]  # fmt: skip
    symbols = [_symbol(str(n), dimension, colour)
               for n, (colour, _) in enumerate(looks.values())]  # fmt: skip
    return Style(layer, f"{title.zh} | {title.en}", _qml(_rules(rules, symbols)), True, "")


def _dimension(kind: str | None) -> int:
    names = {"Point": 0, "LineString": 1, "LinearRing": 1, "Polygon": 2}
    return names.get((kind or "").removeprefix("Multi"), -1)


def _name_expression(units: gpd.GeoDataFrame) -> str:
    own = f'"{units.index.name or "unit_id"}"'
    return f'coalesce("name", {own})' if "name" in units else own


def _missed_qml(name: str) -> str:
    steps = [(f'"not_met" >= {s.low} AND "not_met" <= {s.high} AND "not_met" + "met" > 0', s)
             for s in STEPS]  # fmt: skip
    steps.append(('"not_met" + "met" = 0', UNJUDGED))
    symbols = [_symbol(str(n), 2, s.colour) for n, (_, s) in enumerate(steps)]
    rules = [(rule, f"{s.title.zh} {s.title.en}") for rule, s in steps]
    label = (f"{name} || CASE WHEN \"not_met\" > 0 THEN '\\n✗ ' || \"not_met\""
             " WHEN \"met\" > 0 THEN '\\n✓' ELSE '' END")  # fmt: skip
    return _qml(_rules(rules, symbols), label)


def _verdict_qml(indicator: Indicator, name: str | None) -> str:
    renderer = ET.Element("renderer-v2", type="categorizedSymbol",
                          attr=f"{indicator.key}_status", enableorderby="0")  # fmt: skip
    categories = ET.SubElement(renderer, "categories")
    for n, (status, look) in enumerate(VERDICTS.items()):
        ET.SubElement(categories, "category", value=status, symbol=str(n), render="true",
                      label=f"{look.symbol} {look.title.zh} {look.title.en}")  # fmt: skip
    symbols = [_symbol(str(n), 2, look.pale) for n, look in enumerate(VERDICTS.values())]
    ET.SubElement(renderer, "symbols").extend(symbols)
    if name is None:
        return _qml(renderer)
    status = f'"{indicator.key}_status"'
    marks = " ".join(f"WHEN {status} = '{s}' THEN '{v.symbol}'" for s, v in VERDICTS.items())
    value = f"coalesce(format_number(\"{indicator.key}\", {indicator.decimals}), '')"
    label = f"{name} || '\\n' || CASE {marks} ELSE '' END || ' ' || {value}"
    return _qml(renderer, label)


def _rules(rules: Sequence[tuple[str, str]], symbols: Sequence[ET.Element]) -> ET.Element:
    renderer = ET.Element("renderer-v2", type="RuleRenderer", enableorderby="0")
    group = ET.SubElement(renderer, "rules", key="all")
    for n, (rule, label) in enumerate(rules):
        ET.SubElement(group, "rule", key=f"r{n}", filter=rule, label=label, symbol=str(n))
    ET.SubElement(renderer, "symbols").extend(symbols)
    return renderer


def _single(symbols: Sequence[ET.Element]) -> ET.Element:
    renderer = ET.Element("renderer-v2", type="singleSymbol", enableorderby="0")
    ET.SubElement(renderer, "symbols").extend(symbols)
    return renderer


def _symbol(
    name: str, dimension: int, colour: str, *, hatched: bool = False, brush: str = ""
) -> ET.Element:
    symbol = ET.Element("symbol", name=name, alpha="1",
                        type=("marker", "line", "fill")[dimension])  # fmt: skip
    rgb = _rgb(colour)
    if dimension == 0:
        _layer(symbol, "SimpleMarker", color=rgb, outline_color="255,255,255,255", size="3")
    elif dimension == 1:
        _layer(symbol, "SimpleLine", line_color=rgb, line_width="0.6", capstyle="round")
    elif hatched:
        pattern = _layer(symbol, "LinePatternFill", angle="45", distance="1.6", line_width="0.4")
        pattern.append(_symbol(f"@{name}@0", 1, colour))
        _layer(symbol, "SimpleFill", style="no", outline_color=rgb, outline_width="0.4")
    elif brush:
        _layer(symbol, "SimpleFill", color=rgb, style=brush, outline_style="no")
    else:
        _layer(symbol, "SimpleFill", color=rgb, outline_color="80,86,96,255", outline_width="0.3")
    return symbol


def _layer(symbol: ET.Element, kind: str, **properties: str) -> ET.Element:
    layer = ET.SubElement(symbol, "layer", {"class": kind, "enabled": "1", "pass": "0"})
    for key, value in properties.items():
        ET.SubElement(layer, "prop", k=key, v=value)
    return layer


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"


def _qml(renderer: ET.Element, label: str | None = None, *, opacity: float = 1.0) -> str:
    root = ET.Element("qgis", version="3.22", styleCategories="Symbology|Labeling",
                      labelsEnabled="1" if label else "0")  # fmt: skip
    root.append(renderer)
    if opacity < 1:
        root.set("styleCategories", "Symbology|Labeling|Rendering")
        ET.SubElement(root, "layerOpacity").text = f"{opacity:g}"
    if label:
        labeling = ET.SubElement(root, "labeling", type="simple")
        settings = ET.SubElement(labeling, "settings", calloutType="simple")
        text = ET.SubElement(settings, "text-style", fieldName=label, isExpression="1",
                             fontFamily="Noto Sans CJK SC", fontSize="10", fontWeight="63",
                             fontSizeUnit="Point", textColor="35,40,48,255",
                             textOpacity="1", multilineHeight="1")  # fmt: skip
        ET.SubElement(text, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferOpacity="1",
                      bufferSizeUnits="MM", bufferColor="255,255,255,255")  # fmt: skip
        ET.SubElement(settings, "text-format", multilineAlign="1")
        ET.SubElement(settings, "placement", placement="1", centroidInside="1", priority="5",
                      centroidWhole="1", polygonPlacementFlags="2")  # fmt: skip
        ET.SubElement(settings, "rendering", fitInPolygonOnly="0", obstacle="0", displayAll="0",
                      drawLabels="1", labelPerPart="0", mergeLines="0")  # fmt: skip
    return _HEAD + ET.tostring(root, encoding="unicode")
