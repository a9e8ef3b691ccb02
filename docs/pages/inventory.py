"""Every row of the inventory of indicators against the indicators that compute it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from data.standards.inventory import CALLED
from docs.pages.words import MADE, paragraphs, table

from carbonspace.catalogue import indicators

ALSO: Mapping[str, tuple[str, ...]] = {
    "park_coverage_5min": ("park_walk_coverage_5min",),
    "control_line_encroachment": ("control_line_encroachment", "control_line_buildings"),
}
"""Rows that no threshold speaks of and that have another key here; `CALLED` has the others."""
ROWS = Path(__file__).parents[2] / "data" / "standards" / "indicators.csv"

_SOURCE = (
    "The rows are those of [data/standards/indicators.csv](../../data/standards/indicators.csv). "
    "A key may differ from the row's, and a row may be several indicators. · "
    "行取自指标清单；键名可能不同，一行可对应多项指标。"
)


class Row(NamedTuple):
    """One row of the inventory, and the keys of what computes it."""

    facts: Mapping[str, str]
    keys: tuple[str, ...]

    @property
    def state(self) -> str:
        """Whether it is computed, reported, or neither."""
        if not self.keys:
            return "not yet · 尚无"
        reported = all(indicators()[key].is_reported for key in self.keys)
        return "reported · 填报" if reported else "computed · 计算"


@cache
def rows() -> tuple[Row, ...]:
    """Return every row, in its order."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        return tuple(Row(facts, _keys(facts["id"])) for facts in csv.DictReader(file))


def lacking() -> list[str]:
    """Return the ids of rows that no indicator computes, sorted."""
    return sorted(row.facts["id"] for row in rows() if not row.keys)


OTHER_LEVELS: Mapping[tuple[str, str], str] = {
    ("life_circle_scale", "block"): "life circles are the places of a level of their own, "
    "life_circle; a circle of the level “block” is one of them · 生活圈自成层级 life_circle",
    ("underground_forbidden_use", "building"): "an underground space is a feature of the layer "
    "underground and no building; each is in the evidence · 地下空间不是建筑，逐处见依据图层",
}
"""Levels that rows ask and no indicator of theirs has, and why."""


def levels_lacking(row: Row) -> set[str]:
    """Return the levels that a row asks and that none of its indicators has."""
    known = indicators()
    return {*row.facts["level"].split("|")} - {one for k in row.keys for one in known[k].levels}


def text() -> str:
    """Return the inventory as a page."""
    count = Counter(row.state for row in rows())
    counted = [["rows · 行", str(len(rows()))], *([k, str(n)] for k, n in sorted(count.items()))]
    return paragraphs([
        "# Every indicator of the inventory · 指标清单对照", MADE,
        _SOURCE,
        table(["", ""], counted), _levels(), "## Row by row · 逐行对照",
        table(["row", "名称", "name", "level", "computed by · 指标", "state · 状态",
               "section · 出处"], map(_line, rows())),
    ])  # fmt: skip


def _levels() -> str:
    """Say which levels are asked and told otherwise."""
    said = [f"* `{key}`, {level}: {why}." for (key, level), why in OTHER_LEVELS.items()]
    return "\n".join(["## Levels told otherwise · 层级另有说明", "", *said])


def _line(row: Row) -> list[str]:
    f = row.facts
    keys = "<br>".join(f"[`{key}`](indicators/{key}.md)" for key in row.keys)
    return [f"`{f['id']}`", f["name_zh"], f["name_en"], f["level"].replace("|", ", "),
            keys or "—", row.state, f["section"]]  # fmt: skip


def _keys(name: str) -> tuple[str, ...]:
    called = {**CALLED, **ALSO}.get(name, (name,))
    return tuple(key for key in called if key in indicators())
