"""Results in the project: with their embedded styles, and in groups."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any, ClassVar

from qgis.PyQt.QtXml import QDomDocument

from qgis import core

from .catalogue import Catalogue
from .running import layers_in, rows
from .words import say, titled

EVIDENCE, RESULTS = "evidence_", "carbonspace/results"
_EVIDENCE = """SELECT f_table_name FROM layer_styles WHERE instr(f_table_name, ?1) = 1
AND (f_table_name = ?2 OR substr(styleName, -length(?3)) = ?3) ORDER BY f_table_name <> ?2"""
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
        """Load the default style, and move the layer where it belongs: evidence above units."""
        if not isinstance(layer, core.QgsVectorLayer):
            return
        layer.loadDefaultStyle()
        root = context.project().layerTreeRoot()
        node = root.findLayer(layer.id())
        if node is not None:
            is_evidence, copy = EVIDENCE in layer.source(), node.clone()
            group_called(root, self._group).insertChildNode(0 if is_evidence else -1, copy)
            copy.setItemVisibilityChecked(not (is_evidence and self._hides_evidence))
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


def load_now(gpkg: Path, names: list[str], group: str, catalogue: Catalogue | None) -> None:
    """Load layers of a GeoPackage that are not there yet into a group: evidence on top, hidden."""
    project = core.QgsProject.instance()
    place = group_called(project.layerTreeRoot(), group)
    for name in names:
        layer = core.QgsVectorLayer(uri(gpkg, name), title_of(name, catalogue), "ogr")
        if layer_of(gpkg, name) is None and layer.isValid():
            layer.loadDefaultStyle()
            layer.setCustomProperty(RESULTS, True)
            project.addMapLayer(layer, False)
            is_evidence = name.startswith(EVIDENCE)
            node = place.insertLayer(0 if is_evidence else -1, layer)
            node.setItemVisibilityChecked(not is_evidence)
            node.setExpanded(False)


def layer_of(gpkg: Path, name: str) -> Any:
    """Return the layer of the project that shows one of a GeoPackage, or None."""
    layers = core.QgsProject.instance().mapLayers().values()
    return next((one for one in layers if one.source() == uri(gpkg, name)), None)


def let_go(gpkg: Path) -> None:
    """Take the layers of a GeoPackage out of the project, so that it can be replaced."""
    project = core.QgsProject.instance()
    project.removeMapLayers([key for key, one in project.mapLayers().items()
                             if one.source().startswith(f"{gpkg}|")])  # fmt: skip
    for group in project.layerTreeRoot().findGroups():
        if not group.children() and group.name().startswith(say("group", name="")):
            group.parent().removeChildNode(group)


def paint(gpkg: Path, key: str, group: str, catalogue: Catalogue | None) -> None:
    """Give units the style of an indicator ("": of all), and show its evidence and no other."""
    evidence = evidence_of(gpkg, key) if key else None
    load_now(gpkg, ["units", *filter(None, [evidence])], group, catalogue)
    root = core.QgsProject.instance().layerTreeRoot()
    for name in layers_in(gpkg):
        layer = layer_of(gpkg, name)
        if layer is not None and name in ("units", "districts", evidence):
            _style(layer, key)
            root.findLayer(layer.id()).setItemVisibilityCheckedParentRecursive(True)
        elif layer is not None and name.startswith(EVIDENCE):
            root.findLayer(layer.id()).setItemVisibilityChecked(False)


def _style(layer: core.QgsVectorLayer, key: str) -> None:
    own, ids, names, *_ = layer.listStylesInDatabase()
    found = [one for one, name in list(zip(ids, names))[:own] if name.endswith(f"({key})")]
    document = QDomDocument()
    if found and document.setContent(layer.getStyleFromDatabase(found[0])[0])[0]:
        layer.importNamedStyle(document)
    else:
        layer.loadDefaultStyle()
    layer.triggerRepaint()


def title_of(name: str, catalogue: Catalogue | None) -> str:
    """Return what a layer of results is called: what it shows, else its name in the file."""
    key = name[len(EVIDENCE) :] if name.startswith(EVIDENCE) else ""
    if catalogue and key in catalogue.indicators:
        return f"{say('evidence')}: {titled(catalogue.indicators[key]['title'])}"
    return (
        titled(catalogue.layers[name]["title"]) if catalogue and name in catalogue.layers else name
    )


def uri(gpkg: Path, name: str) -> str:
    """Return how QGIS names a layer of a GeoPackage."""
    return f"{gpkg}|layername={name}"


def group_called(root: core.QgsLayerTreeGroup, name: str) -> core.QgsLayerTreeGroup:
    """Return the group called so, made on top where there is none."""
    return root.findGroup(name) or root.insertGroup(0, name)


def evidence_of(gpkg: Path, key: str) -> str | None:
    """Return the layer that holds the evidence of an indicator; it may share another's."""
    own = EVIDENCE + key
    found = rows(gpkg, _EVIDENCE, EVIDENCE, own, f"({key})")
    return str(found[0][0]) if found else None


def shown_first(gpkg: Path) -> list[str]:
    """Return the layers to show: of a plan units on top, then evidence; else all."""
    names = layers_in(gpkg)
    if "units" not in names:
        return names[:_MOST]
    first = [name for name in ("units", "districts") if name in names]
    return [*first, *(name for name in names if name.startswith(EVIDENCE))][:_MOST]
