"""Verdicts of a folder of results as a table of places by indicators, and the words for one."""

from __future__ import annotations

import html
from collections import Counter
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QAbstractTableModel, Qt
from qgis.PyQt.QtGui import QColor

from .catalogue import Catalogue
from .running import rows
from .words import lang, say, titled

LOOKS = {
    "not_met": ("✗", "#f6a56b"), "exempt": ("○", "#c9c2e6"), "met": ("✓", "#86cdb6"),
    "no_data": ("?", "#d8d0bb"), "no_target": ("–", "#ffffff"), "not_applicable": ("·", "#ffffff"),
}  # fmt: skip
"""The sign and the colour of each verdict, the worst first; as in the reports."""
INK = "#1d2733"
_RANK = {status: number for number, status in enumerate(LOOKS)}
_MISSED, _LAST_JUDGED = _RANK["not_met"], _RANK["met"]
_LEVELS = ("city", "district", "unit")
_CELLS = """SELECT level, unit_id, indicator, status, margin, value FROM indicators
WHERE level IN ('city', 'district', 'unit')"""
_RULES = """SELECT i.status, i.value, i.unit, i.target, i.margin, i.reason{0}, c.quotation,
c.source, p.title{0}, c.applies_to{0}, c.note{0}
FROM indicators i LEFT JOIN clauses c USING (profile, rule)
LEFT JOIN profiles p USING (profile) WHERE i.level = ? AND i.unit_id = ? AND i.indicator = ?"""
Place = tuple[str, str]


class VerdictTable(QAbstractTableModel):
    """Places, the worst first, by indicators: value, sign and colour of the worst verdict."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.gpkg = Path()
        self.indicators: dict[str, Any] = {}
        self.verdicts: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.cells: dict[tuple[Place, str], tuple[int, float, Any]] = {}
        self.missed: Counter[Place] = Counter()
        self.places: list[Place] = []
        self.columns: list[str] = []

    def read(self, gpkg: Path, catalogue: Catalogue | None, shown: int = 0) -> None:
        """Take the verdicts of results; raise `sqlite3.Error` where there are none."""
        cells: dict[tuple[Place, str], tuple[int, float, Any]] = {}
        for level, place, key, status, margin, value in rows(gpkg, _CELLS):
            at, found = ((level, place), key), (_RANK[status], margin or 0.0, value)
            cells[at] = min(cells.get(at, found), found, key=lambda one: one[:2])
        named = rows(gpkg, "SELECT 1 FROM pragma_table_info('units') WHERE name = 'name'")
        self.names = dict(rows(gpkg, "SELECT unit_id, name FROM units")) if named else {}
        if catalogue:
            self.indicators = catalogue.indicators
            self.verdicts = {one["key"]: titled(one["title"]) for one in catalogue.told["verdicts"]}
        self.gpkg, self.cells = gpkg, cells
        self.filter(shown)

    def clear(self) -> None:
        """Show nothing."""
        self.cells = {}
        self.filter(0)

    def judged(self) -> dict[str, int]:
        """Return how often each indicator that is held against something is missed."""
        found = [(key, one[0] == _MISSED) for (_, key), one in self.cells.items()
                 if one[0] <= _LAST_JUDGED]  # fmt: skip
        missed = Counter(key for key, is_missed in found if is_missed)
        return {key: missed[key] for key in sorted(dict(found), key=lambda key: -missed[key])}

    def filter(self, shown: int) -> None:
        """Show the indicators that are judged (0), what is missed only (1), or everything (2)."""
        self.beginResetModel()
        self.missed = Counter(at for (at, _), one in self.cells.items() if one[0] == _MISSED)
        judged, only = self.judged(), shown == 1
        every = dict.fromkeys([*judged, *(key for _, key in self.cells)])
        self.columns = [key for key in (judged or every) if judged.get(key) or not only]
        if shown == 2:
            self.columns = [*every]
        places = {place for place, _ in self.cells if self.missed[place] or not only}
        self.places = sorted(places, key=lambda at: (_LEVELS.index(at[0]), -self.missed[at], at))
        self.endResetModel()

    def sort(self, column: int, order: Any = Qt.AscendingOrder) -> None:
        """Sort places by what an indicator comes to, the worst first or last."""
        if 0 <= column < len(self.columns):
            key, none = self.columns[column], (len(LOOKS), 0.0, None)
            self.layoutAboutToBeChanged.emit()
            self.places.sort(key=lambda place: self.cells.get((place, key), none)[:2],
                             reverse=order == Qt.DescendingOrder)  # fmt: skip
            self.layoutChanged.emit()

    def rowCount(self, parent: Any = None) -> int:
        """Return how many places there are."""
        return len(self.places)

    def columnCount(self, parent: Any = None) -> int:
        """Return how many indicators there are."""
        return len(self.columns)

    def at(self, index: Any) -> tuple[Place, str]:
        """Return the place, as level and id, and the indicator of a cell."""
        return self.places[index.row()], self.columns[index.column()]

    def data(self, index: Any, role: int = Qt.DisplayRole) -> Any:
        """Return what a cell shows."""
        place, key = self.at(index)
        if (place, key) not in self.cells:
            return None
        rank, _, value = self.cells[place, key]
        status = [*LOOKS][rank]
        sign, colour = LOOKS[status]
        return {
            Qt.DisplayRole: f"{self.number(key, value)} {sign}",
            Qt.ToolTipRole: f"{self.name(place)} · {self.title(key)}\n{self.verdicts.get(status)}",
            Qt.BackgroundRole: QColor(colour), Qt.ForegroundRole: QColor(INK),
            Qt.TextAlignmentRole: int(Qt.AlignRight | Qt.AlignVCenter),
        }.get(role)  # fmt: skip

    def headerData(self, number: int, side: Any, role: int = Qt.DisplayRole) -> Any:
        """Return the title of an indicator, or the name of a place with how much it misses."""
        if side == Qt.Horizontal:
            title = self.title(self.columns[number])
            return title if role in (Qt.DisplayRole, Qt.ToolTipRole) else None
        place = self.places[number]
        missed = f"  ✗{self.missed[place]}" if self.missed[place] else ""
        return {Qt.DisplayRole: self.name(place) + missed, Qt.ToolTipRole: place[1]}.get(role)

    def title(self, key: str) -> str:
        """Return the title of an indicator."""
        return titled(self.indicators[key]["title"]) if key in self.indicators else key

    def name(self, place: Place) -> str:
        """Return what a place is called."""
        return say("whole_city") if place[0] == "city" else self.names.get(place[1]) or place[1]

    def number(self, key: str, value: float | None) -> str:
        """Return a value with as many decimals as its indicator has."""
        decimals = self.indicators.get(key, {}).get("decimals", 2)
        return "" if value is None else f"{value:,.{decimals}f}"

    def told(self, place: Place, key: str) -> str:
        """Return as HTML why a cell is what it is: value, target, reason, and whose clause."""
        query = _RULES.format("_zh" if lang() == "zh" else "")
        found = sorted(rows(self.gpkg, query, *place, key), key=lambda one: _RANK[one[0]])
        head = f"<h4>{html.escape(f'{self.name(place)} · {self.title(key)}')}</h4>"
        return head + "<hr/>".join(self._rule(key, *one) for one in found)

    def _rule(self, key: str, status: str, *facts: Any) -> str:
        value, unit, target, margin, *words = facts
        reason, quotation, source, profile, applies, note = (
            html.escape(str(one or "")) for one in words
        )
        sign, colour = LOOKS[status]
        badge = f"background: {colour}; color: {INK}"
        verdict = f'<b style="{badge}">&nbsp;{sign} {self.verdicts.get(status)}&nbsp;</b>'
        against = f"{say('target')} {html.escape(target)} {unit}" if target else ""
        off = f"{say('margin')} {self.number(key, margin)} {unit}" if margin is not None else ""
        shown = f"{self.number(key, value)} {unit}" if value is not None else ""
        lines = ["  ".join(filter(None, [verdict, f"<b>{shown}</b>", against, off])), reason,
                 f"<i>“{quotation}”</i>" if quotation else "",
                 " · ".join(filter(None, [profile, source])),
                 f"{say('applies_to')}: {applies}" if applies else "", note]  # fmt: skip
        return "".join(f"<p>{line}</p>" for line in lines if line)
