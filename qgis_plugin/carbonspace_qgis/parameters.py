"""Parameters of the catalogue as parameters of Processing, and what was set of them."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

from qgis.core import QgsProcessingParameterDefinition as Definition
from qgis.PyQt.QtCore import QThread

from qgis import core

from .interpreter import Catalogue
from .words import titled

_TYPES = {kind: getattr(core.QgsProcessing, f"TypeVector{kind.capitalize()}")
          for kind in ("polygon", "line", "point")}  # fmt: skip
_KINDS = core.QgsWkbTypes.geometryDisplayString
_MARKED = re.compile(r"\[([^\[\]]*)\]\s*$")
RASTER = "RASTER_"
_WIDE = sys.float_info.max


def layer_parameter(catalogue: Catalogue, key: str, *, optional: bool) -> Definition:
    """Return the parameter of a canonical layer."""
    facts = catalogue.layers[key]
    types = [_TYPES[kind] for kind in facts["geometry"]]
    shown = f"{titled(facts['title'])} ({key})"
    return core.QgsProcessingParameterFeatureSource(key.upper(), shown, types, optional=optional)


def raster_parameter(catalogue: Catalogue, key: str, *, optional: bool) -> Definition:
    """Return the parameter of a kind of raster."""
    shown = f"{titled(catalogue.rasters[key]['title'])} ({key})"
    return core.QgsProcessingParameterRasterLayer(RASTER + key.upper(), shown, optional=optional)


def alike(catalogue: Catalogue) -> dict[str, str]:
    """Return layers of the project by the parameter whose key or title is in their name."""
    known = [(facts.get("geometry", "raster"), mark + key.upper(), _bare(word))
             for mark, those in (("", catalogue.layers), (RASTER, catalogue.rasters))
             for key, facts in those.items()
             for word in (key, *facts["title"].values())]  # fmt: skip
    here = QThread.currentThread() == core.QgsApplication.instance().thread()
    layers = core.QgsProject.instance().mapLayers().values() if here else ()
    found = {}
    for layer in sorted(layers, key=lambda one: -len(one.name())):
        is_vector, called = isinstance(layer, core.QgsVectorLayer), _bare(layer.name())
        kind = _KINDS(layer.geometryType()).lower() if is_vector else "raster"
        said = [(len(word), name) for kinds, name, word in known
                if word in called and kind in kinds]  # fmt: skip
        if said:
            found[max(said)[1]] = layer.id()
    return found


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def parameter(facts: Mapping[str, Any]) -> Definition:
    """Return the Processing parameter of one that the catalogue has, told with its choices."""
    unit = f" [{facts['unit']}]" if facts["unit"] not in ("", "code") else ""
    name, shown = facts["name"], titled(facts["title"]) + unit
    kind, default = facts["kind"], facts["default"]
    if kind in ("number", "integer"):
        return _number(name, shown, facts)
    if kind == "flag":
        return core.QgsProcessingParameterBoolean(name, shown, default)
    few = kind == "list" and facts.get("choices") and "vocabulary" not in facts
    if kind == "choice" or few:  # long lists of several are typed
        texts = {one["value"]: option_text(one) for one in facts["choices"]}
        many = kind == "list"
        usual = [texts[one] for one in default] if many else texts[default]
        return core.QgsProcessingParameterEnum(
            name, shown, [*texts.values()], many, usual,
            optional=not (many and facts["least"]), usesStaticStrings=True)  # fmt: skip
    if kind == "rows":
        heads = [titled(column["title"]) for column in facts["columns"]]
        flat = [str(cell) for row in default for cell in row]
        return core.QgsProcessingParameterMatrix(name, shown, 1, False, heads, flat, True)
    text = ", ".join(default) if kind == "list" else str(default)
    return core.QgsProcessingParameterString(name, shown, text, optional=True)


def option_text(choice: Mapping[str, Any]) -> str:
    """Return how a choice is shown: in words, with the value that means it in brackets.

    Processing takes a comma for the end of a choice.
    """
    return f"{titled(choice['title'])} [{choice['value']}]".replace(",", ";")


def plain(facts: Mapping[str, Any], value: Any) -> Any:
    """Return what is meant by choices, however they are shown; carbonspace reads the rest."""
    if facts["kind"] == "list" and value is not None:
        return items(value)
    return _plain(value) if facts["kind"] in ("choice", "either") else value


def items(value: Any) -> list[str]:
    """Return what was chosen of a list, as values."""
    given = value if isinstance(value, (list, tuple)) else str(value or "").split(",")
    return [text for one in given if (text := str(_plain(one)).strip())]


def _plain(value: Any) -> Any:
    """Return the value in the brackets at the end, or the value itself."""
    found = _MARKED.search(value) if isinstance(value, str) else None
    return found[1] if found else value


def settled(declared: Definition | None, value: Any) -> Any:
    """Return a choice as it is shown now, however it was given: in words, or as its value."""
    if value is None or not isinstance(declared, core.QgsProcessingParameterEnum):
        return value
    known = {_plain(one): one for one in declared.options()}
    if declared.allowMultiple():
        return [known.get(one, one) for one in items(value)]
    return known.get(_plain(value), value)


def _number(name: str, shown: str, facts: Mapping[str, Any]) -> core.QgsProcessingParameterNumber:
    number, limits = core.QgsProcessingParameterNumber, (facts["minimum"], facts["maximum"])
    kind = number.Integer if facts["kind"] == "integer" else number.Double
    least, most = (wide if one is None else one for one, wide in zip(limits, (-_WIDE, _WIDE)))
    return number(name, shown, kind, facts["default"], False, least, most)
