"""The pieces QGIS styles (QML) are made of: symbols, renderers, labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from xml.etree import ElementTree as ET

from carbonspace.outputs.xmltext import xml_text

_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_EDGE = "#505660"


def ruled(rules: Sequence[tuple[str, str]], symbols: Sequence[ET.Element]) -> ET.Element:
    """Return a renderer of filters and their labels, a symbol each."""
    renderer = ET.Element("renderer-v2", type="RuleRenderer", enableorderby="0")
    group = ET.SubElement(renderer, "rules", key="all")
    for n, (rule, label) in enumerate(rules):
        ET.SubElement(group, "rule", key=f"r{n}", filter=rule, label=label, symbol=str(n))
    ET.SubElement(renderer, "symbols").extend(symbols)
    return renderer


def categorised(
    value: str, kinds: Sequence[tuple[str, str]], symbols: Sequence[ET.Element]
) -> ET.Element:
    """Return a renderer of values of a column or expression and their labels, a symbol each.

    The value "" stands for all that is not named.
    """
    renderer = ET.Element("renderer-v2", type="categorizedSymbol", attr=value, enableorderby="0")
    categories = ET.SubElement(renderer, "categories")
    for n, (one, label) in enumerate(kinds):
        ET.SubElement(categories, "category", value=one, symbol=str(n), render="true", label=label)
    ET.SubElement(renderer, "symbols").extend(symbols)
    return renderer


def single(symbol: ET.Element) -> ET.Element:
    """Return a renderer that draws every feature alike."""
    renderer = ET.Element("renderer-v2", type="singleSymbol", enableorderby="0")
    ET.SubElement(renderer, "symbols").append(symbol)
    return renderer


def symbol(
    name: str, dimension: int, colour: str, *, hatched: bool = False, brush: str = ""
) -> ET.Element:
    """Return the symbol of points (dimension 0), lines (1) or areas (2)."""
    if dimension == 0:
        return marker(name, colour, 3)
    if dimension == 1:
        return line(name, colour, 0.6)
    if hatched:
        return _hatched(name, colour)
    return fill(name, colour, brush=brush, edge="" if brush else _EDGE)


def marker(name: str, colour: str, size: float) -> ET.Element:
    """Return a dot of so many millimetres."""
    found = _symbol(name, "marker")
    _layer(found, "SimpleMarker", color=_rgb(colour), outline_color="255,255,255,255",
           size=f"{size:g}")  # fmt: skip
    return found


def line(
    name: str, colour: str, width: float, style: Literal["solid", "dash"] = "solid"
) -> ET.Element:
    """Return a line of so many millimetres."""
    found = _symbol(name, "line")
    _layer(found, "SimpleLine", line_color=_rgb(colour), line_width=f"{width:g}", capstyle="round",
           line_style=style)  # fmt: skip
    return found


def fill(
    name: str, colour: str, *, brush: str = "", edge: str = _EDGE, width: float = 0.3,
    style: Literal["solid", "dash"] = "solid",
) -> ET.Element:  # fmt: skip
    """Return an area with a brush of QGIS (`no` for none) and an edge ("" for none)."""
    found = _symbol(name, "fill")
    outline = {"outline_style": "no"}
    if edge:
        outline = {"outline_color": _rgb(edge), "outline_width": f"{width:g}",
                   "outline_style": style}  # fmt: skip
    _layer(found, "SimpleFill", color=_rgb(colour), style=brush or "solid", **outline)
    return found


def centred(name: str, inner: ET.Element) -> ET.Element:
    """Return areas that are drawn as a mark at their centre."""
    found = _symbol(name, "fill")
    inner.set("name", f"@{name}@0")
    _layer(found, "CentroidFill", point_on_surface="1").append(inner)
    return found


def _hatched(name: str, colour: str) -> ET.Element:
    found = _symbol(name, "fill")
    pattern = _layer(found, "LinePatternFill", angle="45", distance="1.6", line_width="0.4")
    pattern.append(line(f"@{name}@0", colour, 0.6))
    _layer(found, "SimpleFill", style="no", outline_color=_rgb(colour), outline_width="0.4")
    return found


def repaint(symbol: ET.Element, colour: str) -> None:
    """Give another colour to a symbol of areas."""
    for one in symbol.iter("prop"):
        if one.get("k") == "color":
            one.set("v", _rgb(colour))


def _symbol(name: str, kind: str) -> ET.Element:
    return ET.Element("symbol", name=name, alpha="1", type=kind)


def _layer(symbol: ET.Element, kind: str, **properties: str) -> ET.Element:
    layer = ET.SubElement(symbol, "layer", {"class": kind, "enabled": "1", "pass": "0"})
    for key, value in properties.items():
        ET.SubElement(layer, "prop", k=key, v=value)
    return layer


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"


def written(renderer: ET.Element, label: str | None = None, *, opacity: float = 1.0) -> str:
    """Return a style: a renderer, and an expression that labels the features."""
    root = ET.Element("qgis", version="3.22", styleCategories="Symbology|Labeling",
                      labelsEnabled="1" if label else "0")  # fmt: skip
    root.append(renderer)
    if opacity < 1:
        root.set("styleCategories", "Symbology|Labeling|Rendering")
        ET.SubElement(root, "layerOpacity").text = f"{opacity:g}"
    if label:
        root.append(_labeling(label))
    return _HEAD + xml_text(root)


def _labeling(label: str) -> ET.Element:
    labeling = ET.Element("labeling", type="simple")
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
    return labeling
