"""QGIS styles of what lies below the units: alike to the maps of the pages."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import geopandas as gpd

from carbonspace.model import landuse
from carbonspace.model.layers import TRANSIT_MODES
from carbonspace.model.text import Text
from carbonspace.outputs import qml
from carbonspace.outputs.ground import RAILS, ROADS
from carbonspace.outputs.styles import Style, dimension_of

# The colours and widths of `page.css`, in millimetres.
_WHITE, _PARK, _PARK_EDGE, _BIKE = "#ffffff", "#cfe6c4", "#8fbf7f", "#3a6ea5"
_ROAD_LOOKS = {"minor": ("#b9c0ca", 0.2), "major": ("#8d97a5", 0.4)}
_STOPS = (
    ("\"mode\" = 'bus'", "#4b5d9b", 1.2, TRANSIT_MODES["bus"]),
    ('"mode" IS NULL OR "mode" <> \'bus\'', "#6a1b6e", 2.2, RAILS),
)
_NEIGHBOUR = "#8b95a3"


def ground_style(name: str, title: Text, layer: gpd.GeoDataFrame) -> Style:
    """Return the style of a layer of the ground, named as it is in plans, or of other units."""
    of_layer = {"parcels": _land, "roads": _roads, "transit_stops": _stops, "parks": _parks,
                "bike_corridors": _corridors}  # fmt: skip
    kinds = [dimension_of(kind) for kind in layer.geom_type.unique()]
    renderer = of_layer.get(name, _others)(layer, max(kinds, default=2))
    return Style("", f"{title.zh} | {title.en}", qml.written(renderer), True, "")


def _land(parcels: gpd.GeoDataFrame, dimension: int) -> ET.Element:
    """Return land use by first-level class, those that there are."""
    codes = sorted({code[:2] for code in parcels["land_use"].unique() if isinstance(code, str)})
    kinds = [(code, f"{code} {' '.join(landuse.name_of(code))}") for code in codes]
    kinds.append(("", " ".join(landuse.name_of(None))))
    symbols = [_area(n, dimension, landuse.fill(code), _WHITE, 0.1)
               for n, (code, _) in enumerate(kinds)]  # fmt: skip
    return qml.categorised('left("land_use", 2)', kinds, symbols)


def _roads(_: gpd.GeoDataFrame, dimension: int) -> ET.Element:
    rules, symbols = [], []
    for n, (size, (classes, title)) in enumerate(ROADS.items()):
        listed = ", ".join(f"'{one}'" for one in classes)
        rules.append((f'"road_class" IN ({listed})', " ".join(title)))
        colour, width = _ROAD_LOOKS[size]
        symbols.append(_line(n, dimension, colour, width))
    return qml.ruled(rules, symbols)


def _stops(_: gpd.GeoDataFrame, dimension: int) -> ET.Element:
    marks = [qml.marker(str(n), colour, size) for n, (_, colour, size, _) in enumerate(_STOPS)]
    if dimension == 2:
        marks = [qml.centred(str(n), one) for n, one in enumerate(marks)]
    return qml.ruled([(rule, " ".join(title)) for rule, _, _, title in _STOPS], marks)


def _parks(_: gpd.GeoDataFrame, dimension: int) -> ET.Element:
    return qml.single(_area(0, dimension, _PARK, _PARK_EDGE, 0.15))


def _corridors(_: gpd.GeoDataFrame, dimension: int) -> ET.Element:
    return qml.single(_line(0, dimension, _BIKE, 0.35, dashed=True))


def _others(_: gpd.GeoDataFrame, dimension: int) -> ET.Element:
    if dimension < 2:
        return qml.single(_line(0, dimension, _NEIGHBOUR, 0.3, dashed=True))
    return qml.single(qml.fill("0", _WHITE, brush="no", edge=_NEIGHBOUR, style="dash"))


def _area(n: int, dimension: int, colour: str, edge: str, width: float) -> ET.Element:
    if dimension < 2:
        return qml.symbol(str(n), dimension, colour)
    return qml.fill(str(n), colour, edge=edge, width=width)


def _line(n: int, dimension: int, colour: str, width: float, *, dashed: bool = False) -> ET.Element:
    if dimension != 1:
        return qml.symbol(str(n), dimension, colour)
    return qml.line(str(n), colour, width, "dash" if dashed else "solid")
