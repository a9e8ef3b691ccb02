"""The layers of a QGIS project: where each is, how it looks, what its columns are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from carbonspace.model.text import Text
from carbonspace.outputs.gpkgread import Box, Kept
from carbonspace.outputs.qgis_columns import Columns
from carbonspace.outputs.qml import repaint
from carbonspace.outputs.styles import Style

SOURCE = "./results.gpkg"
_GEOMETRIES = {"POINT": "Point", "LINESTRING": "Line", "POLYGON": "Polygon"}
_MANY = "MULTI"
_ID = "carbonspace_"
_OWN_STYLE = "默认 | Default"


class Placed(NamedTuple):
    """A layer of the project.

    Attributes
    ----------
    key
        What it is called here: the name of the layer of the GeoPackage, if that is here once.
    title
        What it is called in the panel of layers.
    kept
        The layer of the GeoPackage.
    visible
        Whether it is drawn when the project is opened.
    where
        Which rows of it there are, as SQL; "" for all.
    """

    key: str
    title: Text
    kept: Kept
    visible: bool = False
    where: str = ""

    @property
    def id(self) -> str:
        """What the project knows it by; QGIS gives short ones away."""
        return f"{_ID}{self.key}"

    @property
    def uri(self) -> str:
        """Where it is, seen from the project."""
        rows = f"|subset={self.where}" if self.where else ""
        return f"{SOURCE}|layername={self.kept.name}{rows}"

    @property
    def called(self) -> str:
        """Its title in both languages."""
        return bilingual(self.title)


def bilingual(text: Text) -> str:
    """Return a text in both languages, the Chinese first."""
    return text.zh if text.zh == text.en else f"{text.zh} | {text.en}"


class Manner(NamedTuple):
    """What the layers of a project have in common.

    Attributes
    ----------
    columns
        What their columns are called.
    crs
        The reference system they are in.
    attribution
        Whom they have to name.
    pales
        The colours of verdicts.
    """

    columns: Columns
    crs: Any
    attribution: str
    pales: Mapping[str, str]


def map_layer(one: Placed, manner: Manner) -> ET.Element:
    """Return the element of a layer."""
    kept = one.kept
    layer = ET.Element("maplayer", {
        "type": "vector", "styleCategories": "AllStyleCategories", "labelsEnabled": "0",
        **_geometry(kept.kind),
    })  # fmt: skip
    if kept.box:
        layer.append(extent("extent", kept.box))
    _text(layer, "id", one.id)
    _text(layer, "datasource", one.uri)
    _text(layer, "layername", one.called)
    if kept.kind:
        ET.SubElement(layer, "srs").append(reference_system(manner.crs))
    layer.append(_resource(one, manner.attribution))
    ET.SubElement(layer, "provider", encoding="UTF-8").text = "ogr"
    layer.append(_styles(one, manner))
    if kept.styles:
        _dress(layer, _parsed(kept.styles[0], manner))
    manner.columns.describe(layer, kept)
    return layer


def _geometry(kind: str) -> dict[str, str]:
    if not kind:
        return {"geometry": "No geometry", "wkbType": "NoGeometry"}
    single = kind.removeprefix(_MANY)
    return {"geometry": _GEOMETRIES[single]} if single in _GEOMETRIES else {}


def _resource(one: Placed, attribution: str) -> ET.Element:
    found = ET.Element("resourceMetadata")
    for name, text in (("identifier", one.kept.name), ("type", "dataset"), ("title", one.called),
                       ("abstract", one.kept.about), ("rights", attribution)):  # fmt: skip
        _text(found, name, text)
    return found


def _styles(one: Placed, manner: Manner) -> ET.Element:
    """Return all styles of a layer; the one it opens with is empty here and stands in the layer."""
    names = [style.name for style in one.kept.styles] or [_OWN_STYLE]
    manager = ET.Element("map-layer-style-manager", current=names[0])
    ET.SubElement(manager, "map-layer-style", name=names[0])
    for style in one.kept.styles[1:]:
        held = ET.SubElement(manager, "map-layer-style", name=style.name)
        held.append(_parsed(style, manner))
    return manager


def _parsed(style: Style, manner: Manner) -> ET.Element:
    """Return a style as an element, verdicts in the colours that are wanted."""
    root = ET.fromstring(style.qml.split("\n", 1)[1])
    renderer = root.find("renderer-v2")
    if renderer is not None and renderer.get("attr", "").endswith("_status"):
        colours = {one.get("symbol"): manner.pales[one.get("value", "")]
                   for one in renderer.iter("category")}  # fmt: skip
        for symbol in renderer.iterfind("symbols/symbol"):
            repaint(symbol, colours[symbol.get("name")])
    return root


def _dress(layer: ET.Element, style: ET.Element) -> None:
    layer.set("labelsEnabled", style.get("labelsEnabled", "0"))
    layer.extend(style)


def reference_system(crs: Any) -> ET.Element:
    """Return the element of a CRS: its authority where it has one, and its WKT.

    QGIS takes the name of the authority at once where `srsid` is one of its own numbers, whichever
    it is; from WKT alone it takes most of a second for each layer.
    """
    found, authority = ET.Element("spatialrefsys"), crs.to_authority()
    _text(found, "wkt", crs.to_wkt())
    _text(found, "srsid", "1" if authority else "0")
    _text(found, "authid", ":".join(authority) if authority else "")
    _text(found, "description", crs.name)
    return found


def extent(name: str, box: Box) -> ET.Element:
    """Return the element of a rectangle."""
    found = ET.Element(name)
    for side, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True):
        _text(found, side, repr(float(value)))
    return found


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
