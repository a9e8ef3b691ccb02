"""How the layers of a QGIS project are grouped, and which are drawn when it is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from carbonspace.model.ground import BELOW
from carbonspace.model.text import Text
from carbonspace.model.theme import theme_title
from carbonspace.outputs.apart import shown
from carbonspace.outputs.areas import AREAS, LINKS, STREETS
from carbonspace.outputs.gathering import Shared
from carbonspace.outputs.gpkgread import Kept
from carbonspace.outputs.qgis_layers import Placed, bilingual
from carbonspace.outputs.results import Results
from carbonspace.outputs.titles import GROUND_TITLES, PLACES, TABLES

UNIT_VERDICTS = "verdicts_of_units"
"""The rows of the tall table that are about units."""
_VERDICTS_TITLE = Text("单元结论：可由单元的属性表单打开", "Verdicts of units: also in their forms")
JUDGED = ("met", "not_met", "exempt")
_ABOVE = tuple(f"{BELOW}{name}" for name in ("transit_stops", "bike_corridors", "roads"))


class Group(NamedTuple):
    """A group of layers or of groups, the topmost first."""

    title: Text
    inside: Sequence[Group | Placed]
    expanded: bool = False

    @property
    def called(self) -> str:
        """Its title in both languages."""
        return bilingual(self.title)


def groups_of(results: Results, kept: Mapping[str, Kept]) -> list[Group]:
    """Return the groups of a project, those first that are drawn on top; none is empty."""
    found = [
        Group(Text("依据", "Evidence"), _evidence(results, kept)),
        Group(Text("服务区", "Service areas"), [*_areas(kept)]),
        Group(Text("道路与站点", "Roads and stops"), [*_ground(kept, above=True)]),
        Group(Text("结论", "Verdicts"), [*_places(kept)], expanded=True),
        Group(Text("底图", "Ground"), [*_ground(kept, above=False)]),
        Group(Text("表", "Tables"), [*_tables(kept)]),
    ]  # fmt: skip
    return [one for one in found if one.inside]


def _evidence(results: Results, kept: Mapping[str, Kept]) -> list[Group]:
    """Return the evidence by theme: of indicators that a clause judges, if there is one.

    QGIS takes about a second to open a layer; what explains no verdict can be added by hand.
    """
    themes: dict[str, list[Placed]] = {}
    judged = judged_keys(results)
    for one in results.evidence:
        indicator = results.indicators[one.keys[0]]
        if one.name in kept and not (judged and judged.isdisjoint(one.keys)):
            placed = Placed(one.name, _title(results, one), kept[one.name])
            themes.setdefault(indicator.theme, []).append(placed)
    return [Group(theme_title(theme), layers) for theme, layers in themes.items()]


def judged_keys(results: Results) -> frozenset[str]:
    """Return the indicators of which some place has a verdict."""
    rows = results.table[results.table["status"].isin(JUDGED)]
    return frozenset(rows["indicator"])


def _title(results: Results, one: Shared) -> Text:
    """Return what evidence is called: the indicator, and what of it is shown."""
    indicator = results.indicators[one.keys[0]]
    what = shown(indicator, one.layer).title
    return Text(f"{indicator.title.zh}：{what.zh}", f"{indicator.title.en}: {what.en}")


def _areas(kept: Mapping[str, Kept]) -> Iterator[Placed]:
    """Yield links, streets and areas, in this order from top to bottom."""
    for prefix in (LINKS, STREETS, AREAS):
        for name, one in kept.items():
            if name.startswith(prefix):
                zh, _, en = one.styles[0].name.partition(" | ")
                yield Placed(name, Text(zh, en), one)


def _places(kept: Mapping[str, Kept]) -> Iterator[Placed]:
    """Yield the places that are judged, the smallest on top; units alone are drawn at first."""
    for name in reversed(PLACES):
        if name in kept:
            title, _ = PLACES[name]
            yield Placed(name, title, kept[name], visible=name == "units")


def _ground(kept: Mapping[str, Kept], *, above: bool) -> Iterator[Placed]:
    """Yield the ground that is drawn above the units, as one finds one's way by it, or below."""
    for name, title in GROUND_TITLES.items():
        if name in kept and (name in _ABOVE) == above:
            yield Placed(name, title, kept[name], visible=True)


def _tables(kept: Mapping[str, Kept]) -> Iterator[Placed]:
    if "indicators" in kept:
        yield Placed(UNIT_VERDICTS, _VERDICTS_TITLE, kept["indicators"], where="level = 'unit'")
    for name, title in TABLES.items():
        if name in kept:
            yield Placed(name, title, kept[name])


def layers_in(groups: Sequence[Group | Placed]) -> Iterator[Placed]:
    """Yield the layers of groups from top to bottom."""
    for one in groups:
        if isinstance(one, Placed):
            yield one
        else:
            yield from layers_in(one.inside)


def paths_of(groups: Sequence[Group | Placed], above: str = "") -> Iterator[tuple[str, Group]]:
    """Yield each group with its path, as QGIS names groups in themes."""
    for one in groups:
        if isinstance(one, Group):
            path = f"{above}{one.called}"
            yield path, one
            yield from paths_of(one.inside, f"{path}/")


def panel(groups: Sequence[Group]) -> ET.Element:
    """Return the element of the panel of layers."""
    root = ET.Element("layer-tree-group")
    for one in groups:
        root.append(_node(one))
    order = ET.SubElement(root, "custom-order", enabled="0")
    for layer in layers_in(groups):
        ET.SubElement(order, "item").text = layer.id
    return root


def _node(one: Group | Placed) -> ET.Element:
    if isinstance(one, Placed):
        return ET.Element(
            "layer-tree-layer", id=one.id, name=one.called, source=one.uri, providerKey="ogr",
            checked=_CHECKED[one.visible], expanded="1" if one.visible else "0",
        )  # fmt: skip
    # A group is checked, what is in it is not: one click on a layer shows it.
    node = ET.Element("layer-tree-group", name=one.called, checked=_CHECKED[True],
                      expanded="1" if one.expanded else "0")  # fmt: skip
    node.extend(_node(each) for each in one.inside)
    return node


_CHECKED = {True: "Qt::Checked", False: "Qt::Unchecked"}
