"""The verdicts that carbonspace tells (docs/reference/panel-json.md), as a table of Qt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QAbstractTableModel, QSize, Qt
from qgis.PyQt.QtGui import QColor

from .files import rows
from .words import lang, titled

RESULTS, FILE, FORMAT = "results.gpkg", "panel.json", 1
_NOTHING: dict[str, Any] = {"format": FORMAT, "places": [], "indicators": [], "layers": {}}
_FIRST, _MISSED, _ALL = range(3)
_INK, _SIZE = QColor("#1d2733"), QSize(100, 76)
_RIGHT, _WRAPPED = Qt.AlignRight | Qt.AlignVCenter, Qt.AlignCenter | Qt.TextWordWrap


class VerdictTable(QAbstractTableModel):
    """Places by indicators, the worst first; `told` is all that carbonspace says of them."""

    told, shown = _NOTHING, _FIRST
    places: Any = ()
    columns: Any = ()

    def read(self, folder: str) -> None:
        """Take the verdicts of a folder of results, "" for none.

        Raises `OSError`, `ValueError`, `KeyError`, `TypeError` or `sqlite3.Error` where there are
        none that can be read.
        """
        told = _NOTHING
        if folder:
            told = json.loads((Path(folder) / FILE).read_text("utf-8"))
            rows(Path(folder) / RESULTS, "SELECT 1 FROM layer_styles LIMIT 1")  # its layers, too
        if told["format"] != FORMAT or {*_NOTHING} - {*told}:
            raise ValueError(f"{FILE}, format {told['format']}")
        self.told = told
        self.filter(self.shown)

    def filter(self, shown: int) -> None:
        """Show the indicators that are judged (0), what is missed only (1), or everything (2)."""
        self.beginResetModel()
        self.shown, every = shown, self.told["indicators"]
        wanted = "missed" if shown == _MISSED else "first"
        self.columns = [{**one, "number": n} for n, one in enumerate(every)
                        if shown == _ALL or one[wanted]]  # fmt: skip
        self.places = [one for one in self.told["places"] if shown != _MISSED or one["missed"]]
        self.endResetModel()

    def sort(self, column: int, order: Any = Qt.AscendingOrder) -> None:
        """Sort places by what an indicator comes to, the worst first or last."""
        if 0 <= column < len(self.columns):
            number, is_last = self.columns[column]["number"], order == Qt.DescendingOrder
            self.layoutAboutToBeChanged.emit()
            self.places.sort(key=lambda one: one["cells"][number]["order"], reverse=is_last)
            self.layoutChanged.emit()

    def rowCount(self, parent: Any = None) -> int:
        """Return how many places there are."""
        return len(self.places)

    def columnCount(self, parent: Any = None) -> int:
        """Return how many indicators there are."""
        return len(self.columns)

    def at(self, index: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Return the place, the indicator and the facts of a cell."""
        place, one = self.places[index.row()], self.columns[index.column()]
        return place, one, place["cells"][one["number"]]

    def data(self, index: Any, role: int = Qt.DisplayRole) -> Any:
        """Return what a cell shows."""
        place, one, cell = self.at(index)
        verdict = self.told["verdicts"][cell["verdict"]]
        about = f"{titled(place['title'])} · {titled(one['title'])}\n{titled(verdict['title'])}"
        return {
            Qt.DisplayRole: cell["text"], Qt.ToolTipRole: about, Qt.ForegroundRole: _INK,
            Qt.BackgroundRole: QColor(verdict["colour"]), Qt.TextAlignmentRole: int(_RIGHT),
        }.get(role)  # fmt: skip

    def headerData(self, number: int, side: Any, role: int = Qt.DisplayRole) -> Any:
        """Return the title of an indicator, or the name of a place with how much it misses."""
        if side == Qt.Vertical:
            place = self.places[number]
            return {Qt.DisplayRole: titled(place["label"]), Qt.ToolTipRole: place["id"]}.get(role)
        title = titled(self.columns[number]["title"])
        return {Qt.DisplayRole: title, Qt.ToolTipRole: title, Qt.SizeHintRole: _SIZE,
                Qt.TextAlignmentRole: int(_WRAPPED)}.get(role)  # fmt: skip

    def words(self, index: Any) -> str:
        """Return as HTML why a cell is what it is: figure, target, reason, and whose clause."""
        pieces = self.told["pieces"][lang()]
        return "".join(pieces[number] for number in self.at(index)[-1]["why"])
