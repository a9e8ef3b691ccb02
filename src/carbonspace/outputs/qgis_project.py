"""results.qgz: a project of QGIS beside `results.gpkg`, written without QGIS.

It is a zip of one XML file. The same results give the same bytes: nothing in it tells the time.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from carbonspace.errors import SourceError
from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.progress import Progress, Step, nobody
from carbonspace.model.text import Text
from carbonspace.outputs.colours import pales_of
from carbonspace.outputs.gpkgread import Box, kept_in
from carbonspace.outputs.qgis_columns import Columns
from carbonspace.outputs.qgis_layers import Manner, bilingual, extent, map_layer, reference_system
from carbonspace.outputs.qgis_themes import presets, themes_of
from carbonspace.outputs.qgis_tree import UNIT_VERDICTS, Group, groups_of, layers_in, panel
from carbonspace.outputs.results import Results
from carbonspace.outputs.xmltext import xml_text

_FILE, _INSIDE, _GEOPACKAGE = "results.qgz", "results.qgs", "results.gpkg"
_VERSION = "3.22.0-Białowieża"
"""The oldest QGIS that is meant; a newer one opens what is older."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_SYSTEM = 3  # the same one wherever it is made
_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_MARGIN = 0.05
_RELATION = Text("该单元的指标结论", "Verdicts of this unit")


def write_project(
    results: Results, folder: Path, bureau: Bureau = NOBODY, progress: Progress = nobody
) -> None:
    """Write `results.qgz` into a folder that has `results.gpkg`, to which it refers.

    Raises
    ------
    SourceError
        If the folder has no `results.gpkg`.
    """
    progress(Step(Text("写出 QGIS 项目", "Writing the QGIS project"), 0, 1))
    text = _HEAD + xml_text(project(results, folder / _GEOPACKAGE, bureau))
    entry = zipfile.ZipInfo(_INSIDE, _LONG_AGO)
    entry.compress_type, entry.create_system, entry.external_attr = (
        zipfile.ZIP_DEFLATED,
        3,
        0o644 << 16,
    )
    with zipfile.ZipFile(folder / _FILE, "w") as archive:
        archive.writestr(entry, text.encode())
    progress(Step(Text("写出 QGIS 项目", "Writing the QGIS project"), 1, 1))


def project(results: Results, geopackage: Path, bureau: Bureau = NOBODY) -> ET.Element:
    """Return a project of the layers of a GeoPackage of results.

    Raises
    ------
    SourceError
        If it is not there.
    """
    if not geopackage.is_file():
        raise SourceError(
            f"a QGIS project is made beside {_GEOPACKAGE}, and {geopackage.parent} has none. "
            "Make it in the folder of the results, without --out.",
            f"QGIS 项目须与 {_GEOPACKAGE} 同在一个文件夹，{geopackage.parent} 中没有。"
            "请在结果文件夹中生成，不要用 --out。",
        )
    groups, crs = groups_of(results, kept_in(geopackage)), results.units.crs
    title, box = bilingual(results.name), _seen(results)
    credit = "; ".join(results.run.get("attribution", ()))
    manner = Manner(Columns(results.indicators), crs, credit, pales_of(bureau))
    root = ET.Element("qgis", projectname=title, version=_VERSION)
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "projectCrs").append(reference_system(crs))
    root.extend([panel(groups), _relations(groups)])
    root.extend(_views(box, crs))
    layers = ET.SubElement(root, "projectlayers")
    layers.extend(map_layer(one, manner) for one in layers_in(groups))
    root.append(presets(themes_of(results, groups), groups))
    root.extend([_properties(), _about(results, title, bureau)])
    return root


def _views(box: Box, crs: Any) -> tuple[ET.Element, ET.Element]:
    """Return what is seen at first, and what zooming to all shows."""
    canvas = ET.Element("mapcanvas", name="theMapCanvas", annotationsVisible="1")
    canvas.append(extent("extent", box))
    ET.SubElement(canvas, "destinationsrs").append(reference_system(crs))
    view = ET.Element("ProjectViewSettings")
    sides = dict(zip(("xmin", "ymin", "xmax", "ymax"), map(repr, box), strict=True))
    ET.SubElement(view, "DefaultViewExtent", sides).append(reference_system(crs))
    return canvas, view


def _seen(results: Results) -> Box:
    """Return the rectangle of all units, and a little more."""
    west, south, east, north = map(float, results.units.total_bounds)
    more = max(east - west, north - south) * _MARGIN
    return west - more, south - more, east + more, north + more


def _relations(groups: Sequence[Group]) -> ET.Element:
    """Return the relation that shows the verdicts of a unit in its form."""
    found, layers = ET.Element("relations"), {one.key: one.id for one in layers_in(groups)}
    if UNIT_VERDICTS in layers:
        one = ET.SubElement(found, "relation", id="verdicts", name=bilingual(_RELATION),
                            referencedLayer=layers["units"], strength="Association",
                            referencingLayer=layers[UNIT_VERDICTS])  # fmt: skip
        ET.SubElement(one, "fieldRef", referencedField="unit_id", referencingField="unit_id")
    return found


def _properties() -> ET.Element:
    """Return settings: paths from the project, lengths in metres, areas in hectares."""
    found = ET.Element("properties")
    for group, name, kind, value in (
        ("Paths", "Absolute", "bool", "false"), ("SpatialRefSys", "ProjectionsEnabled", "int", "1"),
        ("Measurement", "DistanceUnits", "QString", "meters"),
        ("Measurement", "AreaUnits", "QString", "hectares"),
    ):  # fmt: skip
        above = found.find(group)
        if above is None:
            above = ET.SubElement(found, group)
        ET.SubElement(above, name, type=kind).text = value
    return found


def _about(results: Results, title: str, bureau: Bureau) -> ET.Element:
    """Return who made the project, and of what."""
    found = ET.Element("projectMetadata")
    ET.SubElement(found, "type").text = "project"
    ET.SubElement(found, "title").text = title
    rows = [f"{bilingual(name)}: {bilingual(value)}" for name, value in bureau.title_block]
    made = [f"carbonspace {results.run['carbonspace']}", *results.run.get("attribution", ())]
    ET.SubElement(found, "abstract").text = "\n".join([*rows, *made])
    if bureau.name:
        ET.SubElement(found, "author").text = bilingual(bureau.name)
    return found
