"""The golden plan as a project that a planner has open: layers in their usual colours."""

from __future__ import annotations

import os
from typing import Any

from qgis.core import (
    QgsFillSymbol,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsProject,
    QgsRuleBasedRenderer,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.utils import iface

_LINE = "#9aa0a8"
USES = {
    "07": "#fff3b8", "08": "#f6c9d3", "09": "#f3a58f", "10": "#cbb49a", "11": "#cfc4dd",
    "12": "#e4e6ea", "13": "#b9cfdd", "14": "#bfe0b0", "17": "#bcdcf2",
}  # fmt: skip
"""Land by the first figures of its code, in paler colours of the standard."""
FILLS = {"units": ("#00000000", "#3d4450", "0.5"), "parks": ("#8fce7e", "#4f9a3e", "0.26"),
         "buildings": ("#dcdfe4", "#a9aeb6", "0.1")}  # fmt: skip
LAYERS = ("parcels", "parks", "buildings", "roads", "transit_stops", "units")
"""From the ground up."""


def opened(title: Any) -> dict[str, QgsVectorLayer]:
    """Fill the project with the layers, called as `title` says of their keys, and show all."""
    project, made = QgsProject.instance(), {}
    for key in LAYERS:
        layer = QgsVectorLayer(f"{os.environ['SAMPLE']}|layername={key}", title(key), "ogr")
        layer.setRenderer(_drawn(key))
        made[key] = project.addMapLayer(layer)
    project.setCrs(made["units"].crs())
    for key in LAYERS:  # legends of many lines hide what is to be seen
        project.layerTreeRoot().findLayer(made[key].id()).setExpanded(False)
    all_shown(made)
    return made


def all_shown(made: dict[str, QgsVectorLayer]) -> None:
    """Have the map show all units."""
    extent = made["units"].extent()
    extent.scale(1.05)
    iface.mapCanvas().setExtent(extent)
    iface.mapCanvas().refresh()


def _drawn(key: str) -> Any:
    if key == "parcels":
        return _uses()
    if key == "roads":
        return QgsSingleSymbolRenderer(QgsLineSymbol.createSimple(
            {"line_color": "#ffffff", "line_width": "0.9", "capstyle": "round"}))  # fmt: skip
    if key == "transit_stops":
        return QgsSingleSymbolRenderer(QgsMarkerSymbol.createSimple(
            {"color": "#2f6fb0", "outline_color": "#ffffff", "size": "1.8"}))  # fmt: skip
    return QgsSingleSymbolRenderer(_fill(*FILLS[key]))


def _uses() -> QgsRuleBasedRenderer:
    root = QgsRuleBasedRenderer.Rule(None)
    for code, colour in USES.items():
        rule = QgsRuleBasedRenderer.Rule(_fill(colour, _LINE, "0.1"))
        rule.setFilterExpression(f"\"land_use\" LIKE '{code}%'")
        rule.setLabel(code)
        root.appendChild(rule)
    return QgsRuleBasedRenderer(root)


def _fill(colour: str, outline: str, width: str) -> QgsFillSymbol:
    return QgsFillSymbol.createSimple(
        {"color": colour, "outline_color": outline, "outline_width": width}
    )
