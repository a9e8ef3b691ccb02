"""How verdicts look and what themes are called: colours, symbols and words of every output.

The colours are told apart by people with any common colour blindness, and never stand alone:
each verdict has a symbol too.
"""

from __future__ import annotations

from typing import NamedTuple

from carbonspace.model.rule import STATUS_TITLES
from carbonspace.model.text import Text


class Look(NamedTuple):
    """One verdict: its symbol, its full colour, a pale one for areas, and its title."""

    symbol: str
    colour: str
    pale: str
    title: Text


VERDICTS: dict[str, Look] = {
    "not_met": Look("✗", "#c84b00", "#f6a56b", STATUS_TITLES["not_met"]),
    "exempt": Look("○", "#5a4a9c", "#c9c2e6", STATUS_TITLES["exempt"]),
    "met": Look("✓", "#007a5c", "#86cdb6", STATUS_TITLES["met"]),
    "no_data": Look("?", "#6d6552", "#d8d0bb", STATUS_TITLES["no_data"]),
    "no_target": Look("–", "#66707f", "#dfe3e9", STATUS_TITLES["no_target"]),
    "not_applicable": Look("·", "#8b93a0", "#f2f3f5", STATUS_TITLES["not_applicable"]),
}


STEPS: dict[str, str] = {
    "m0": "#86cdb6",
    "m1": "#fddbb0",
    "m2": "#f8a461",
    "m3": "#dd6b1f",
    "m4": "#9c3a06",
    "mx": "#dfe3e9",
}
"""The colours of units that miss no target, few to many of them, and where none was judged."""


class AreaLook(NamedTuple):
    """One class of areas, of roofs or homes: its symbol, its colour, a brush of QGIS, its title.

    The brush is solid where light or dark alone tells it from the others.
    """

    symbol: str
    colour: str
    brush: str
    title: Text


ROOFS: dict[str, AreaLook] = {
    "usable": AreaLook("●", "#f0b429", "solid", Text("可利用", "Usable")),
    "shaded": AreaLook("◐", "#16407a", "solid", Text("遮挡（日照或辐照不足）", "Too little sun")),
    "small": AreaLook("∴", "#56b4e9", "dense4", Text("连片面积过小", "Patch too small")),
    "steep": AreaLook("◢", "#b85c8e", "f_diagonal", Text("过陡", "Too steep")),
    "obstructed": AreaLook("✕", "#2b2b2b", "diagonal_x", Text("有障碍物", "Obstructed")),
    "setback": AreaLook("□", "#cfd4db", "solid", Text("檐口退让", "Setback from the edge")),
}
"""The classes of pieces of roofs, in the order of legends."""


class SunLook(NamedTuple):
    """One class of hours of sun on a facade: its colour and its title."""

    colour: str
    title: Text


SUN: dict[str, SunLook] = {
    "h0": SunLook("#1b0c41", Text("不足 1 小时", "Less than 1 h")),
    "h1": SunLook("#781c6d", Text("1–2 小时", "1 to 2 h")),
    "h2": SunLook("#cf4446", Text("2–3 小时", "2 to 3 h")),
    "h3": SunLook("#f98e09", Text("3–4 小时", "3 to 4 h")),
    "h4": SunLook("#e8d21d", Text("4 小时及以上", "4 h and more")),
}
"""The classes of stretches of facades, from the darkest to the brightest."""


WAYS: dict[str, AreaLook] = {
    "near": AreaLook("●", "#86cdb6", "solid", Text("步行可达", "Within the walk")),
    "partly": AreaLook("◐", "#f8a461", "solid", Text("部分可达", "Within it in part")),
    "too_far": AreaLook("✗", "#c1272d", "b_diagonal", Text("超出步行距离", "Beyond the walk")),
    "cut_off": AreaLook("∴", "#56b4e9", "dense4", Text("与主网不连通", "Cut off from the network")),
    "no_street": AreaLook("□", "#6d6552", "solid", Text("附近没有街道", "No street nearby")),
}
"""The classes of places that are walked from."""

_NEAREST, _FARTHEST = (0x24, 0x48, 0x8F), (0xB5, 0xCB, 0xF0)


def band_colours(count: int) -> list[str]:
    """Return the colours of so many walks, the shortest first: one blue, from dark to pale.

    Lightness alone tells them apart, so the colour-blind and a print in grey do, too.
    """
    steps = [n / max(count - 1, 1) for n in range(count)]
    mixed = ([round(a + (b - a) * part) for a, b in zip(_NEAREST, _FARTHEST, strict=True)]
             for part in steps)  # fmt: skip
    return ["#{:02x}{:02x}{:02x}".format(*rgb) for rgb in mixed]


TURNS: dict[str, tuple[str, Text]] = {
    "worse": ("#e8823a", Text("有指标转为未达标", "Some targets no longer met")),
    "mixed": ("#d9c24a", Text("有转好也有转差", "Some now met, some no longer")),
    "better": ("#5fb89b", Text("有指标转为达标", "Some targets now met")),
    "moved": (
        "#a9c4e4",
        Text("数值或条文改变，达标与否未变", "Figures or clauses changed, no verdict"),
    ),
    "same": ("#eef0f4", Text("未变", "Unchanged")),
    "vanished": ("#6d6552", Text("只在前一方案中", "Only in the first plan")),
}
"""How units look by what became of their verdicts: the colour and the title."""


class EditLook(NamedTuple):
    """One kind of edit: its symbol and its colour."""

    symbol: str
    colour: str


EDIT_LOOKS: dict[str, EditLook] = {
    "inserted": EditLook("+", "#00735a"),
    "deleted": EditLook("−", "#c1272d"),
    "reshaped": EditLook("◇", "#1f4fbf"),
    "recoded": EditLook("≠", "#8a2a8f"),
    "changed": EditLook("◈", "#1f4fbf"),
    "redrawn": EditLook("≈", "#8b93a0"),
}
"""How edits look."""
