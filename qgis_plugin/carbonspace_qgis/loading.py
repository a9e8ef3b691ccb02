"""Results in the project: with their embedded styles, and in groups."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any, ClassVar

from qgis.PyQt.QtXml import QDomDocument

from qgis import core

from .files import layers_in, rows
from .interpreter import Catalogue
from .words import say, titled

EVIDENCE = "evidence_"
_STYLE = """SELECT styleQML FROM layer_styles WHERE f_table_name = ?1
AND (useAsDefault OR substr(styleName, -length(?2)) = ?2) ORDER BY useAsDefault LIMIT 1"""
_NAMED = "|layername="
_SEE_THROUGH = 0.75
"""So that the map of the project is seen through the verdicts."""
_shape, _SHAPES = core.QgsWkbTypes.geometryDisplayString, ("point", "line", "polygon")
_MOST = 30
"""More layers at once QGIS opens slowly; the rest is in the file."""


class Finish(core.QgsProcessingLayerPostProcessorInterface):
    """Gives a layer of results its style and its group.

    The context of a run deletes it; until then Python has to hold it, and each layer needs its own.
    """

    held: ClassVar[deque[Finish]] = deque(maxlen=500)

    def __init__(self, group: str, hides_evidence: bool) -> None:
        super().__init__()
        self._where = group, hides_evidence
        self.held.append(self)

    def postProcessLayer(self, layer: Any, context: Any, feedback: Any) -> None:
        """Load the default style, and move the layer where it belongs."""
        root = context.project().layerTreeRoot()
        node = root.findLayer(layer.id())
        if isinstance(layer, core.QgsVectorLayer) and node is not None:
            layer.loadDefaultStyle()
            _place(root, layer, *self._where)
            node.parent().removeChildNode(node)


def load_when_done(
    context: core.QgsProcessingContext, gpkg: Path, names: list[str], group: str,
    catalogue: Catalogue | None, *, hides_evidence: bool = False,
) -> None:  # fmt: skip
    """Have Processing load layers of a GeoPackage once an algorithm has ended."""
    wanted = context.layersToLoadOnCompletion()
    wanted.pop(str(gpkg), None)
    for name in names:
        title, project = title_of(name, catalogue), context.project()
        details = core.QgsProcessingContext.LayerDetails(title, project, "OUTPUT")
        details.forceName = True
        details.setPostProcessor(Finish(group, hides_evidence))
        wanted[uri(gpkg, name)] = details
    context.setLayersToLoadOnCompletion(wanted)


def _place(root: Any, layer: Any, group: str, hides_evidence: bool) -> None:
    """Give a layer its place in a group: evidence above units."""
    is_evidence, name = EVIDENCE in layer.source(), say("group", name=group)
    room = root.findGroup(name) or root.insertGroup(0, name)
    node = room.insertLayer(0 if is_evidence else -1, layer)
    node.setItemVisibilityChecked(not (is_evidence and hides_evidence))
    node.setExpanded(not hides_evidence)


def plain_layers(*shapes: str) -> list[Any]:
    """Return the layers of the project that have features of such shapes and are no results."""
    nodes = core.QgsProject.instance().layerTreeRoot().findLayers()
    return [node.layer() for node in nodes if isinstance(node.layer(), core.QgsVectorLayer)
            and _shape(node.layer().geometryType()).lower() in (shapes or _SHAPES)
            and not node.parent().name().startswith(say("group", name=""))]  # fmt: skip


def layer_of(gpkg: Path, name: str) -> Any:
    """Return the layer of the project that shows one of a GeoPackage, or None."""
    layers = core.QgsProject.instance().mapLayers().values()
    return next((one for one in layers if one.source() == uri(gpkg, name)), None)


def features_of(gpkg: Path, place: dict[str, Any]) -> tuple[Any, list[Any]]:
    """Return the layer of the project a place is on, and its features: all of them for a city."""
    asked, layer = "", layer_of(gpkg, place["layer"])
    if place["column"]:
        asked = core.QgsExpression.createFieldEqualityExpression(place["column"], place["id"])
    return layer, [*layer.getFeatures(asked)]


def let_go(gpkg: Path) -> None:
    """Take the layers of a GeoPackage out of the project, so that it can be replaced."""
    project = core.QgsProject.instance()
    project.removeMapLayers([key for key, one in project.mapLayers().items()
                             if one.source().startswith(f"{gpkg}|")])  # fmt: skip


def paint(gpkg: Path, told: dict[str, Any], key: str) -> None:
    """Give units the style of an indicator ("": of all), and show its evidence and no other.

    `told` are the verdicts of the results; what is not in the project yet is loaded.
    """
    root = core.QgsProject.instance().layerTreeRoot()
    evidence = [one["evidence"] for one in told["indicators"] if one["key"] == key]
    for name, title in told["layers"].items():
        layer = layer_of(gpkg, name)
        if name in evidence or not name.startswith(EVIDENCE):
            layer = layer or _load(root, gpkg, name, titled(title))
            _style(layer, gpkg, name, key)
            root.findLayer(layer).setItemVisibilityCheckedParentRecursive(True)
        elif layer:
            root.findLayer(layer).setItemVisibilityChecked(False)


def _load(root: Any, gpkg: Path, name: str, title: str) -> Any:
    layer = core.QgsVectorLayer(uri(gpkg, name), title, "ogr")
    core.QgsProject.instance().addMapLayer(layer, False)
    _place(root, layer, gpkg.parent.name, True)
    return layer


def _style(layer: core.QgsVectorLayer, gpkg: Path, name: str, key: str) -> None:
    """Give a layer the style of an indicator, or its own; QGIS looks for them ten times as long."""
    document = QDomDocument()
    for (style,) in rows(gpkg, _STYLE, name, f"({key})"):
        document.setContent(style)
        layer.importNamedStyle(document)
    if not name.startswith(EVIDENCE):
        layer.setOpacity(_SEE_THROUGH)
    layer.triggerRepaint()


def title_of(name: str, catalogue: Catalogue | None) -> str:
    """Return what a layer of results is called: what it shows, else its name in the file."""
    known = {**catalogue.indicators, **catalogue.layers} if catalogue else {}
    key = name.replace(EVIDENCE, "", 1)
    title = titled(known[key]["title"]) if key in known else key
    return title if key == name else f"{say('evidence')}: {title}"


def uri(gpkg: Path, name: str) -> str:
    """Return how QGIS names a layer of a GeoPackage."""
    return f"{gpkg}{_NAMED}{name}"


def evidence_in(gpkg: Path) -> list[str]:
    """Return the layers of evidence of a GeoPackage."""
    return [name for name in layers_in(gpkg) if name.startswith(EVIDENCE)]


def shown_first(gpkg: Path) -> list[str]:
    """Return the layers to show: of a plan units on top, then evidence; else all."""
    names = layers_in(gpkg)
    places = [name for name in ("units", "districts") if name in names]
    return [*places, *evidence_in(gpkg)][:_MOST] if places else names[:_MOST]
