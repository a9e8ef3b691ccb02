"""Runs inside the Python of QGIS: opens a project, tells what is in it, and draws its themes.

Arguments: project, folder for pictures, and names of themes to draw ("" as it opens).
Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsLayerTreeModel,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def tree(group: Any) -> list[Any]:
    return [
        [node.name(), tree(node)] if node.nodeType() == 0 else node.layerId()
        for node in group.children()
    ]


def facts(project: Any) -> dict[str, Any]:
    root = project.layerTreeRoot()
    layers = project.mapLayers()
    box = project.viewSettings().defaultViewExtent()
    return {
        "title": project.title(), "crs": project.crs().authid(), "tree": tree(root),
        "invalid": [key for key, one in layers.items() if not one.isValid()],
        "sources": {key: one.source() for key, one in layers.items()},
        "names": {key: one.name() for key, one in layers.items()},
        "layer_crs": sorted({one.crs().authid() for one in layers.values() if one.isSpatial()}),
        "rows": {key: one.featureCount() for key, one in layers.items()},
        "visible": [n.layerId() for n in root.findLayers() if n.isVisible()],
        "themes": project.mapThemeCollection().mapThemes(),
        "extent": [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()],
        "metadata": [project.metadata().title(), project.metadata().author(),
                     project.metadata().abstract()],
    }  # fmt: skip


def related(project: Any) -> list[int]:
    (relation,) = project.relationManager().relations().values()
    assert relation.isValid(), relation.validationError()
    units = relation.referencedLayer()
    return [len(list(relation.getRelatedFeatures(one))) for one in units.getFeatures()]


def draw(project: Any, png: str) -> dict[str, Any]:
    settings = QgsMapSettings()
    layers = [one for one in project.layerTreeRoot().layerOrder()
              if project.layerTreeRoot().findLayer(one.id()).isVisible()]  # fmt: skip
    settings.setLayers(layers)
    settings.setBackgroundColor(QColor(255, 255, 255))
    settings.setOutputSize(QSize(900, 640))
    settings.setDestinationCrs(project.crs())
    settings.setExtent(project.viewSettings().defaultViewExtent())
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    assert image.save(png)
    counted = Counter(image.pixelColor(x, y).name() for x in range(900) for y in range(640))
    units = project.mapLayer("carbonspace_units")
    return {"layers": [one.id() for one in layers], "colours": dict(counted.most_common(30)),
            "style": units.styleManager().currentStyle(), "opacity": units.opacity(),
            "aliases": [units.attributeAlias(n) for n in range(units.fields().count())],
            "widgets": [units.editorWidgetSetup(n).type() for n in range(units.fields().count())],
            }  # fmt: skip


def main() -> None:
    path, folder, *names = sys.argv[1:]
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    assert project.read(path), project.error()
    told = facts(project) | {"related": related(project)}
    root = project.layerTreeRoot()
    model = QgsLayerTreeModel(root)
    told["drawn"] = {}
    for n, name in enumerate(names):
        if name:
            project.mapThemeCollection().applyTheme(name, root, model)
        told["drawn"][name] = draw(project, f"{folder}/theme{n}.png")
    if names and names[-1]:  # the ground away: colours can be foretold
        for node in root.findLayers():
            node.setItemVisibilityChecked(node.layerId() == "carbonspace_units")
        told["units"] = draw(project, f"{folder}/units.png")
    print(json.dumps(told))  # noqa: T201
    project.clear()
    application.exitQgis()


main()
