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
_EVIDENCE = """SELECT f_table_name FROM layer_styles WHERE instr(f_table_name, ?1) = 1
AND (f_table_name = ?2 OR substr(styleName, -length(?3)) = ?3) ORDER BY f_table_name <> ?2"""
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

    def __init__(self, group: str, *, hides_evidence: bool) -> None:
        super().__init__()
        self._group, self._hides_evidence = group, hides_evidence
        self.held.append(self)

    def postProcessLayer(self, layer: Any, context: Any, feedback: Any) -> None:
        """Load the default style, and move the layer where it belongs."""
        root = context.project().layerTreeRoot()
        node = root.findLayer(layer.id())
        if isinstance(layer, core.QgsVectorLayer) and node is not None:
            layer.loadDefaultStyle()
            _place(root, layer, self._group, hides_evidence=self._hides_evidence)
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
        details.setPostProcessor(Finish(group, hides_evidence=hides_evidence))
        wanted[uri(gpkg, name)] = details
    context.setLayersToLoadOnCompletion(wanted)


def load_now(gpkg: Path, names: list[str], catalogue: Catalogue | None) -> None:
    """Load layers of results that are not there yet, unstyled, in the group of their folder."""
    project, group = core.QgsProject.instance(), say("group", name=gpkg.parent.name)
    for name in [name for name in names if layer_of(gpkg, name) is None]:
        layer = core.QgsVectorLayer(uri(gpkg, name), title_of(name, catalogue), "ogr")
        if layer.isValid():
            project.addMapLayer(layer, False)
            _place(project.layerTreeRoot(), layer, group, hides_evidence=True)


def _place(root: Any, layer: Any, group: str, *, hides_evidence: bool) -> None:
    """Give a layer its place in a group: evidence above units."""
    is_evidence = EVIDENCE in layer.source()
    room = root.findGroup(group) or root.insertGroup(0, group)
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


def features_of(gpkg: Path, level: str, name: str) -> tuple[Any, list[Any]]:
    """Return the layer of the project a place is on, and its features: all of them for a city."""
    column = {"unit": "unit_id", "district": "district"}.get(level)
    layer = layer_of(gpkg, f"{level}s" if column else "units")
    asked = core.QgsExpression.createFieldEqualityExpression(column, name) if column else ""
    return layer, [*layer.getFeatures(asked)]


def let_go(gpkg: Path) -> None:
    """Take the layers of a GeoPackage out of the project, so that it can be replaced."""
    project = core.QgsProject.instance()
    project.removeMapLayers([key for key, one in project.mapLayers().items()
                             if one.source().startswith(f"{gpkg}|")])  # fmt: skip
    group = project.layerTreeRoot().findGroup(say("group", name=gpkg.parent.name))
    if group and not group.children():
        group.parent().removeChildNode(group)


def paint(gpkg: Path, key: str, catalogue: Catalogue | None) -> None:
    """Give units the style of an indicator ("": of all), and show its evidence and no other."""
    wanted = ("units", "districts", evidence_of(gpkg, key) if key else None)
    load_now(gpkg, [name for name in layers_in(gpkg) if name in wanted], catalogue)
    nodes = core.QgsProject.instance().layerTreeRoot().findLayers()
    for node in [node for node in nodes if node.layer()]:
        file, _, name = node.layer().source().partition(_NAMED)
        if file == str(gpkg) and name in wanted:
            _style(node.layer(), key)
            node.setItemVisibilityCheckedParentRecursive(True)
        elif file == str(gpkg) and name.startswith(EVIDENCE):
            node.setItemVisibilityChecked(False)


def _style(layer: core.QgsVectorLayer, key: str) -> None:
    """Give a layer the style of an indicator, or its own; QGIS looks for them ten times as long."""
    file, _, name = layer.source().partition(_NAMED)
    document = QDomDocument()
    for (style,) in rows(Path(file), _STYLE, name, f"({key})"):
        document.setContent(style)
        layer.importNamedStyle(document)
    if name in ("units", "districts"):
        layer.setOpacity(_SEE_THROUGH)
    layer.triggerRepaint()


def title_of(name: str, catalogue: Catalogue | None) -> str:
    """Return what a layer of results is called: what it shows, else its name in the file."""
    key = name.replace(EVIDENCE, "", 1)
    layers, indicators = (catalogue.layers, catalogue.indicators) if catalogue else ({}, {})
    if key != name and key in indicators:
        return f"{say('evidence')}: {titled(indicators[key]['title'])}"
    return titled(layers[name]["title"]) if name in layers else name


def uri(gpkg: Path, name: str) -> str:
    """Return how QGIS names a layer of a GeoPackage."""
    return f"{gpkg}{_NAMED}{name}"


def evidence_of(gpkg: Path, key: str) -> str | None:
    """Return the layer that holds the evidence of an indicator; it may share another's."""
    found = rows(gpkg, _EVIDENCE, EVIDENCE, EVIDENCE + key, f"({key})")
    return str(found[0][0]) if found else None


def shown_first(gpkg: Path) -> list[str]:
    """Return the layers to show: of a plan units on top, then evidence; else all."""
    names = layers_in(gpkg)
    if "units" not in names:
        return names[:_MOST]
    shown = [name for name in names if name in ("units", "districts") or name.startswith(EVIDENCE)]
    return sorted(shown, key=lambda name: name.startswith(EVIDENCE))[:_MOST]
