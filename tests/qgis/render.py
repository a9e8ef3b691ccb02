"""Runs inside the Python of QGIS: loads a layer with its embedded style and draws it.

Arguments: GeoPackage, layer, name of a style ("" for the default), PNG to write.
Prints one JSON object about what was loaded.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

from qgis.core import (
    QgsApplication,
    QgsExpression,
    QgsExpressionContext,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage
from qgis.PyQt.QtXml import QDomDocument


def styled(path: str, name: str, style: str) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    assert layer.isValid(), name
    if style:
        _, ids, names, _, message = layer.listStylesInDatabase()
        qml, message = layer.getStyleFromDatabase(ids[names.index(style)])
        assert qml, message
        document = QDomDocument()
        document.setContent(qml)
        applied, message = layer.importNamedStyle(document)
        assert applied, message
    return layer


def draw(layer: QgsVectorLayer, png: str) -> None:
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setBackgroundColor(QColor(255, 255, 255))
    settings.setOutputSize(QSize(900, 640))
    settings.setDestinationCrs(layer.crs())
    extent = layer.extent()
    extent.scale(1.05)
    settings.setExtent(extent)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    assert job.renderedImage().save(png)


def label_texts(layer: QgsVectorLayer) -> list[str]:
    if not layer.labelsEnabled():
        return []
    expression = QgsExpression(layer.labeling().settings().fieldName)
    context = QgsExpressionContext()
    context.setFields(layer.fields())
    texts = []
    for feature in layer.getFeatures():
        context.setFeature(feature)
        texts.append(expression.evaluate(context))
    return texts


def colours(png: str) -> dict[str, int]:
    image = QImage(png)
    found = Counter(
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    )
    return dict(found.most_common(12))


def main() -> None:
    path, name, style, png = sys.argv[1:5]
    application = QgsApplication([], False)
    application.initQgis()
    layer = styled(path, name, style)
    draw(layer, png)
    related, _, names, _, _ = layer.listStylesInDatabase()
    items = [item.label() for item in layer.renderer().legendSymbolItems()]
    print(json.dumps({  # noqa: T201
        "renderer": layer.renderer().type(), "features": layer.featureCount(),
        "styles": names[:related],
        "labels": label_texts(layer), "legend": items, "colours": colours(png),
        "crs": layer.crs().authid(),
    }))  # fmt: skip
    del layer
    application.exitQgis()


main()
