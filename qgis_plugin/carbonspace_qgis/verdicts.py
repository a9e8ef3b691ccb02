"""Verdicts of a folder of results as a table of places by indicators, and the words for one."""

from __future__ import annotations

import html
import re
from collections import Counter
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QAbstractTableModel, QSize, Qt
from qgis.PyQt.QtGui import QColor

from .files import rows
from .interpreter import Catalogue
from .words import TABLES, lang, say, titled

LOOKS: dict[str, tuple[str, str]] = TABLES["looks"]
"""The sign and the colour of each verdict, the worst first; as in the reports."""
_RANK = [*LOOKS]
_MISSED, _LAST_JUDGED, _FINEST = 0, 2, 9
_LEVELS = ("city", "district", "unit")
_CELLS = """SELECT level, unit_id, indicator, status, margin, value FROM indicators
WHERE level IN ('city', 'district', 'unit')"""
_RULES = """SELECT i.status, i.value, i.unit, i.target || ' ' || i.unit, i.margin, i.reason{0},
c.quotation, c.source, p.title{0}, c.applies_to{0}, c.note{0}, i.parameters
FROM indicators i LEFT JOIN clauses c USING (profile, rule) LEFT JOIN profiles p USING (profile)
WHERE i.level = ? AND i.unit_id = ? AND i.indicator = ?"""
Place = tuple[str, str]


class VerdictTable(QAbstractTableModel):
    """Places, the worst first, by indicators: value, sign and colour of the worst verdict."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.gpkg, self.shown = Path(), 0
        self.indicators, self.verdicts, self.names = (dict[str, Any]() for _ in range(3))
        self.cells: dict[tuple[Place, str], tuple[int, float, Any]] = {}
        self.places, self.columns, self.missed = list[Place](), list[str](), Counter[Place]()

    def read(self, gpkg: Path | None, catalogue: Catalogue | None) -> None:
        """Take the verdicts of results, or none; raise `sqlite3.Error` where they are not such."""
        self.cells = {}
        if gpkg and catalogue:
            self.gpkg, self.indicators = gpkg, catalogue.indicators
            self.verdicts = {one["key"]: titled(one["title"]) for one in catalogue.told["verdicts"]}
            for level, place, key, status, margin, value in rows(gpkg, _CELLS):
                at, found = ((level, place), key), (_RANK.index(status), margin or 0.0)
                *worst, own = self.cells.get(
                    at, (*found, value)
                )  # the first is the indicator's own
                self.cells[at] = (*min((*worst,), found), own)
            named = rows(gpkg, "SELECT 1 FROM pragma_table_info('units') WHERE name = 'name'")
            self.names = dict(rows(gpkg, "SELECT unit_id, name FROM units")) if named else {}
        self.filter(self.shown)

    def judged(self) -> dict[str, int]:
        """Return how often each indicator that is held against something is missed."""
        found = [(key, one[0]) for (_, key), one in self.cells.items() if one[0] <= _LAST_JUDGED]
        missed = Counter(key for key, rank in found if rank == _MISSED)
        return {key: missed[key] for key in sorted(dict(found), key=lambda key: -missed[key])}

    def filter(self, shown: int) -> None:
        """Show the indicators that are judged (0), what is missed only (1), or everything (2)."""
        self.beginResetModel()
        self.shown, judged = shown, self.judged()
        self.missed = Counter(at for (at, _), one in self.cells.items() if one[0] == _MISSED)
        every = dict.fromkeys([*judged, *(key for _, key in self.cells)])
        self.columns = [key for key in (every if shown > 1 or not judged else judged)
                        if shown != 1 or judged.get(key)]  # fmt: skip
        places = {place for place, _ in self.cells if shown != 1 or self.missed[place]}
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
        rank, margin, value = self.cells.get((place, key), (len(LOOKS) - 1, 0.0, None))
        sign, colour = LOOKS[_RANK[rank]]
        shown = f"{self.number(key, value, rank, margin)} {sign}"
        words = f"{self.name(place)} · {self.title(key)}\n{self.verdicts[_RANK[rank]]}"
        return {
            Qt.DisplayRole: shown, Qt.ToolTipRole: words,
            Qt.BackgroundRole: QColor(colour), Qt.ForegroundRole: QColor("#1d2733"),
            Qt.TextAlignmentRole: int(Qt.AlignRight | Qt.AlignVCenter),
        }.get(role)  # fmt: skip

    def headerData(self, number: int, side: Any, role: int = Qt.DisplayRole) -> Any:
        """Return the title of an indicator, or the name of a place with how much it misses."""
        if side == Qt.Horizontal:
            title, wrapped = self.title(self.columns[number]), Qt.AlignCenter | Qt.TextWordWrap
            return {Qt.DisplayRole: title, Qt.ToolTipRole: title, Qt.SizeHintRole: QSize(100, 76),
                    Qt.TextAlignmentRole: int(wrapped)}.get(role)  # fmt: skip
        place = self.places[number]
        missed = f"  ✗{self.missed[place]}" if self.missed[place] else ""
        return {Qt.DisplayRole: self.name(place) + missed, Qt.ToolTipRole: place[1]}.get(role)

    def title(self, key: str) -> str:
        """Return the title of an indicator."""
        return titled(self.indicators[key]["title"]) if key in self.indicators else key

    def name(self, place: Place) -> str:
        """Return what a place is called."""
        return say("whole_city") if place[0] == "city" else self.names.get(place[1]) or place[1]

    def number(self, key: str, value: float | None, rank: int, margin: float) -> str:
        """Return a value as the reports do; what just misses its target is not told as on it."""
        decimals = self.indicators.get(key, {}).get("decimals", 2)
        while rank == _MISSED and margin and not round(margin, decimals) and decimals < _FINEST:
            decimals += 1
        shown = "" if value is None else f"{round(value, decimals) + 0.0:,.{decimals}f}"
        return shown.replace("-", "−")

    def told(self, place: Place, key: str) -> str:
        """Return as HTML why a cell is what it is: value, target, reason, and whose clause."""
        words = html.escape(f"{self.name(place)} · {self.title(key)}")
        parts, query = [f"<h4>{words}</h4>"], _RULES.format("_zh" if lang() == "zh" else "")
        for rule in sorted(
            rows(self.gpkg, query, *place, key), key=lambda one: _RANK.index(one[0])
        ):
            rank, margin = _RANK.index(rule[0]), rule[4] or 0.0
            shown = [self.number(key, one, rank, margin) if isinstance(one, float) else one or ""
                     for one in rule]  # fmt: skip
            sign, colour = LOOKS[rule[0]]
            parts.append(say("clause", *map(html.escape, shown), sign=sign, colour=colour,
                             verdict=self.verdicts[rule[0]]))  # fmt: skip
        return re.sub(r"<tr><td>[^<]*</td><td>\W*</td></tr>", "", "".join(parts))
