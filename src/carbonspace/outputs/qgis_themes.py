"""Map themes of a QGIS project (the menu of the eye): one per indicator that is judged.

A theme shows where an indicator misses its target, and with it the evidence that says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pandas as pd

from carbonspace.model.indicator import Indicator
from carbonspace.model.levels import LAYER_OF, Level
from carbonspace.model.text import Text
from carbonspace.outputs.gpkgread import Kept
from carbonspace.outputs.qgis_layers import Placed, bilingual
from carbonspace.outputs.qgis_tree import JUDGED, Group, layers_in, paths_of
from carbonspace.outputs.results import Results
from carbonspace.outputs.styles import name_of

_OVERVIEW = Text("总览：未达标指标数", "Overview: missed targets")
_LAYERS: dict[Level, str] = {"district": "districts", **LAYER_OF}
"""What shows the verdicts of a level, of those that are not units."""


class Theme(NamedTuple):
    """What is drawn of a project: layers, and the style of each."""

    title: str
    styles: Mapping[str, str]


def themes_of(results: Results, groups: Sequence[Group]) -> list[Theme]:
    """Return the themes of a project: all targets first, then each indicator that is judged.

    They are numbered, since QGIS lists them by name.
    """
    layers = {one.key: one for one in layers_in(groups)}
    base = {key: _first(one.kept) for key, one in layers.items() if one.visible}
    shown = [(_OVERVIEW, base)]
    ground = {key: style for key, style in base.items() if key != "units"}
    for one, levels in _judged(results):
        shown.append((one.title, {**ground, **_verdicts(one, levels, layers),
                                  **_reasons(one, results, layers)}))  # fmt: skip
    width = len(str(len(shown) - 1))
    return [Theme(f"{n:0{width}d} {bilingual(title)}", styles)
            for n, (title, styles) in enumerate(shown)]  # fmt: skip


def _judged(results: Results) -> Iterator[tuple[Indicator, set[Level]]]:
    """Yield the indicators that are held against a target anywhere, and at which levels."""
    rows = results.table[results.table["status"].isin(JUDGED)]
    levels: pd.Series = rows.groupby("indicator")["level"].agg(set)
    for key, one in results.indicators.items():
        if key in levels.index:
            yield one, levels[key]


def _verdicts(one: Indicator, levels: set[Level], layers: Mapping[str, Placed]) -> dict[str, str]:
    """Return the layers that show an indicator: units, and other places if only these are judged.

    Units that are not judged themselves are grey and tell their value.
    """
    names = ["units", *(name for level, name in _LAYERS.items()
                        if level in levels and "unit" not in levels)]  # fmt: skip
    style = name_of(one)
    return {name: style for name in names if name in layers and _has(layers[name].kept, style)}


def _reasons(one: Indicator, results: Results, layers: Mapping[str, Placed]) -> dict[str, str]:
    """Return the layer of evidence of an indicator, where there is one."""
    for shared in results.evidence:
        if one.key in shared.keys and shared.name in layers:
            kept = layers[shared.name].kept
            own = name_of(one)
            return {shared.name: own if _has(kept, own) else _first(kept)}
    return {}


def _has(kept: Kept, style: str) -> bool:
    return any(one.name == style for one in kept.styles)


def _first(kept: Kept) -> str:
    return kept.styles[0].name


def presets(themes: Sequence[Theme], groups: Sequence[Group]) -> ET.Element:
    """Return the element of themes."""
    root, ids = ET.Element("visibility-presets"), {one.key: one.id for one in layers_in(groups)}
    for theme in themes:
        preset = ET.SubElement(root, "visibility-preset", {
            "name": theme.title, "has-expanded-info": "1", "has-checked-group-info": "1",
        })  # fmt: skip
        for key, style in theme.styles.items():
            ET.SubElement(preset, "layer", id=ids[key], visible="1", style=style,
                          expanded="0" if key.startswith("ground_") else "1")  # fmt: skip
        checked = ET.SubElement(preset, "checked-group-nodes")
        expanded = ET.SubElement(preset, "expanded-group-nodes")
        for path, group in paths_of(groups):
            ET.SubElement(checked, "checked-group-node", id=path)
            if group.expanded or _holds(group, theme):
                ET.SubElement(expanded, "expanded-group-node", id=path)
    return root


def _holds(group: Group, theme: Theme) -> bool:
    """Tell whether a group holds evidence that a theme shows."""
    return any(one.key in theme.styles for one in layers_in([group])
               if one.key.startswith("evidence_"))  # fmt: skip
