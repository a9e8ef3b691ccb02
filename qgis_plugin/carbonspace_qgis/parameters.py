"""Parameters of the catalogue as parameters of Processing, and what was set as plan.toml has it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from qgis.core import QgsProcessingParameterDefinition as Definition
from qgis.PyQt.QtCore import QThread

from qgis import core

from .child import ChildError
from .interpreter import Catalogue
from .words import say, titled

_TYPES = {kind: getattr(core.QgsProcessing, f"TypeVector{kind.capitalize()}")
          for kind in ("polygon", "line", "point")}  # fmt: skip
_KINDS = core.QgsWkbTypes.geometryDisplayString
_MARKED = re.compile(r"\[([^\[\]]*)\]\s*$")
RASTER = "RASTER_"


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
    if _is_shown_as_choices(facts):
        texts = {one["value"]: option_text(one) for one in facts["choices"]}
        many = kind == "list"
        usual = [texts[one] for one in default] if many else texts[default]
        return core.QgsProcessingParameterEnum(
            name, shown, [*texts.values()], many, usual,
            optional=not (many and facts["least"]), usesStaticStrings=True)  # fmt: skip
    if kind == "rows":
        heads = [titled(column["title"]) for column in facts["columns"]]
        flat = [cell for row in default for cell in row]
        return core.QgsProcessingParameterMatrix(name, shown, 1, False, heads, flat, True)
    text = ", ".join(default) if kind == "list" else str(default)
    return core.QgsProcessingParameterString(name, shown, text, optional=True)


def option_text(choice: Mapping[str, Any]) -> str:
    """Return how a choice is shown: in words, with the value that means it in brackets.

    Processing takes a comma for the end of a choice.
    """
    return f"{titled(choice['title'])} [{choice['value']}]".replace(",", ";")


def plain(value: Any) -> Any:
    """Return what a choice stands for: the value in its brackets, or the value itself."""
    found = _MARKED.search(value) if isinstance(value, str) else None
    return found[1] if found else value


def settled(facts: Mapping[str, Any], value: Any) -> Any:
    """Return a choice as it is shown now, however it was given: in words, or as its value."""
    if value is None or not _is_shown_as_choices(facts):
        return value
    known = {one["value"]: option_text(one) for one in facts["choices"]}
    if facts["kind"] == "choice":
        return known.get(plain(value), value)
    return [known.get(plain(one), one) for one in _items(value)]


def _is_shown_as_choices(facts: Mapping[str, Any]) -> bool:
    """Return whether there is a box to choose from; long lists of several are typed."""
    few = facts["kind"] == "list" and facts.get("choices") and "vocabulary" not in facts
    return facts["kind"] == "choice" or bool(few)


def read(facts: Mapping[str, Any], value: Any) -> Any:
    """Return a value as plan.toml has it.

    Raises `ChildError` for what is none; whether it is allowed is for carbonspace to say.
    """
    try:
        return _read(facts, value)
    except (ValueError, TypeError) as error:
        name = titled(facts.get("title")) or facts.get("name", "")
        raise ChildError(say("bad_value", name=name, value=repr(value))) from error


def _read(facts: Mapping[str, Any], value: Any) -> Any:
    kind = facts["kind"]
    if kind == "number":
        return float(value)
    if kind == "integer":
        return int(value)
    if kind == "flag":
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true", "yes")
    if kind == "list":
        return [str(plain(one)) for one in _items(value)]
    if kind == "rows":
        columns = facts["columns"]
        cells = value if isinstance(value, list) else _items(value)
        if len(cells) % len(columns):
            raise ValueError(value)
        return [[_read(column, cell) for column, cell in zip(columns, cells[n : n + len(columns)])]
                for n in range(0, len(cells), len(columns))]  # fmt: skip
    if kind == "either":
        with suppress(ValueError):
            return int(value) if facts["whole"] else float(value)
    return str(plain(value) if value is not None else "")


def _items(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [*value]
    marked = re.findall(r"\[([^\[\]]*)\]", str(value))
    return marked or [one.strip() for one in str(value).split(",") if one.strip()]


def _number(name: str, shown: str, facts: Mapping[str, Any]) -> core.QgsProcessingParameterNumber:
    number = core.QgsProcessingParameterNumber
    kind = number.Integer if facts["kind"] == "integer" else number.Double
    made = number(name, shown, kind, facts["default"])
    for limit, keep in ((facts["minimum"], made.setMinimum), (facts["maximum"], made.setMaximum)):
        if limit is not None:
            keep(limit)
    return made
