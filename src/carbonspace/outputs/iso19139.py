"""What a result is, when it was made, from what and by what, as an ISO 19139 document.

The order of elements is that of the schema (`gmd:MD_Metadata`, ISO/TS 19139:2007).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET

import numpy as np
import shapely
from pyproj import Transformer

from carbonspace.model.text import Text
from carbonspace.outputs.plainjson import plain
from carbonspace.outputs.results import Results
from carbonspace.outputs.xmltext import xml_text

_GMD, _GCO = "http://www.isotc211.org/2005/gmd", "http://www.isotc211.org/2005/gco"
_CODES = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
_LANGUAGES = "http://www.loc.gov/standards/iso639-2/"
_ABSTRACT = Text(
    "详细规划各单元的指标数值、目标与结论，及其依据。",
    "Values, targets and verdicts of the indicators of a detailed plan per unit, and what "
    "explains them.",
)
_ROLE = "processor"


def document(results: Results, moment: str) -> str:
    """Return the metadata of results that were written at `moment` (ISO 8601)."""
    root = ET.Element("gmd:MD_Metadata", {"xmlns:gmd": _GMD, "xmlns:gco": _GCO})
    _code(root, "language", "LanguageCode", "zho", _LANGUAGES)
    _code(root, "characterSet", "MD_CharacterSetCode", "utf8")
    _code(root, "hierarchyLevel", "MD_ScopeCode", "dataset")
    _maker(_into(root, "contact"), results)
    _put(root, "dateStamp", moment, kind="gco:DateTime")
    _put(root, "metadataStandardName", "ISO 19115:2003, ISO/TS 19139:2007")
    identifier = _into(root, "referenceSystemInfo/MD_ReferenceSystem/referenceSystemIdentifier"
                             "/RS_Identifier")  # fmt: skip
    _put(identifier, "code", str(results.run.get("crs", "")))
    _identify(_into(root, "identificationInfo/MD_DataIdentification"), results, moment)
    _trace(_into(root, "dataQualityInfo/DQ_DataQuality"), results, moment)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml_text(root)


def _maker(parent: ET.Element, results: Results) -> None:
    party = _into(parent, "CI_ResponsibleParty")
    _put(party, "organisationName", f"carbonspace {results.run['carbonspace']}")
    _code(party, "role", "CI_RoleCode", _ROLE)


def _identify(parent: ET.Element, results: Results, moment: str) -> None:
    citation = _into(parent, "citation/CI_Citation")
    _put(citation, "title", _both(results.name))
    day = _into(citation, "date/CI_Date")
    _put(day, "date", moment, kind="gco:DateTime")
    _code(day, "dateType", "CI_DateTypeCode", "creation")
    _put(parent, "abstract", _both(_ABSTRACT))
    lines = [str(line) for line in results.run.get("attribution", ())]
    for line in lines:
        _put(parent, "credit", line)
    for line in lines:
        _put(_into(parent, "resourceConstraints/MD_Constraints"), "useLimitation", line)
    _code(parent, "language", "LanguageCode", "zho", _LANGUAGES)
    _code(parent, "language", "LanguageCode", "eng", _LANGUAGES)
    _put(parent, "topicCategory", "planningCadastre", kind="gmd:MD_TopicCategoryCode")
    if box := _geographic(results):
        inside = _into(parent, "extent/EX_Extent/geographicElement/EX_GeographicBoundingBox")
        for name, value in box.items():
            _put(inside, name, f"{value:.6f}", kind="gco:Decimal")


def _geographic(results: Results) -> Mapping[str, float]:
    """Return where the units lie in degrees; nothing where their CRS does not tell."""
    units = results.units
    shapes = units.geometry.to_numpy()
    if units.crs is None or shapely.is_missing(shapes).all():
        return {}
    to_degrees = Transformer.from_crs(units.crs, "OGC:CRS84", always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(*units.total_bounds)
    if not np.isfinite([west, south, east, north]).all():
        return {}
    return {"westBoundLongitude": west, "eastBoundLongitude": east,
            "southBoundLatitude": south, "northBoundLatitude": north}  # fmt: skip


def _trace(parent: ET.Element, results: Results, moment: str) -> None:
    _code(_into(parent, "scope/DQ_Scope"), "level", "MD_ScopeCode", "dataset")
    lineage = _into(parent, "lineage/LI_Lineage")
    for title, value in _steps(results):
        step = _into(lineage, "processStep/LI_ProcessStep")
        _put(step, "description", f"{_both(title)}: {value}")
        _put(step, "dateTime", moment, kind="gco:DateTime")
    for one in results.run.get("inputs", ()):
        source = _into(lineage, "source/LI_Source")
        _put(source, "description", f"{one['layer']}: {one['path']}; sha256 {one['sha256']}; "
                                    f"{one['features']} features; {one['crs']}")  # fmt: skip


def _steps(results: Results) -> Iterator[tuple[Text, str]]:
    """Yield what was done: by which program, held against what, with which parameters."""
    run = results.run
    yield Text("程序", "Program"), f"carbonspace {run['carbonspace']}"
    documents = "; ".join(f"{one.title.zh} | {one.title.en} ({key})"
                          for key, one in results.profiles.items())  # fmt: skip
    yield Text("对照的标准与规划", "Profiles"), documents or "—"
    if run.get("on"):
        yield Text("评价日期", "Judged as on"), str(run["on"])
    given = json.dumps(plain(run.get("parameters", {})), ensure_ascii=False, sort_keys=True)
    yield Text("参数", "Parameters"), given


def _both(text: Text) -> str:
    return text.zh if text.zh == text.en else f"{text.zh} | {text.en}"


def _into(parent: ET.Element, path: str) -> ET.Element:
    for name in path.split("/"):
        parent = ET.SubElement(parent, f"gmd:{name}")
    return parent


def _put(parent: ET.Element, name: str, text: str, *, kind: str = "gco:CharacterString") -> None:
    ET.SubElement(_into(parent, name), kind).text = text


def _code(parent: ET.Element, name: str, kind: str, value: str, codes: str = "") -> None:
    listed = {"codeList": codes or f"{_CODES}#{kind}", "codeListValue": value}
    ET.SubElement(_into(parent, name), f"gmd:{kind}", listed).text = value
