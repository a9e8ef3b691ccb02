"""The tree of a plan: layers and fields of the project as canonical ones, profiles, indicators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qgis.PyQt import QtGui, QtWidgets
from qgis.PyQt.QtCore import Qt, pyqtSignal

from qgis import core

from .child import ChildError
from .export import Source, exported
from .loading import plain_layers
from .plan import Mapped, guess_of, is_of, is_taken, of_columns
from .words import say, titled

geometry = core.QgsWkbTypes.geometryDisplayString
_PALE = QtGui.QColor("#8a8a8a")
Facts = dict[str, Any]


class Row(QtWidgets.QTreeWidgetItem):
    """A row of the tree; `facts` are what holds of it in this plan.

    A layer has the id of a `layer` in the project and its `name`, a column a `field` or a
    `constant`; both have the `certainty` of the guess and `why`. What is ticked is `taken`.
    """

    def __init__(self, parent: Any, path: str, told: Facts, facts: Facts) -> None:
        section, *keys = path.split("/")
        super().__init__(parent, [titled(told["title"]) if told else say(section)])
        self.path, self.told = path, told
        self.is_layer, self.maps = "geometry" in told, bool(keys) and section == "layers"
        self.setToolTip(0, f"{self.text(0)} ({keys[-1]})" if keys else "")
        if section == "indicators":
            self.setFlags(self.flags() | Qt.ItemIsAutoTristate)  # a theme is what is in it
        self.setFirstColumnSpanned(not self.maps)
        self.put(facts)

    def layer(self) -> Any:
        """Return the layer of the project that a layer, or the one of a column, is; or None."""
        facts = self.facts if self.is_layer else self.parent().facts
        return core.QgsProject.instance().mapLayer(facts.get("layer") or "")

    def put(self, facts: Facts) -> None:
        """Have facts hold, and show them."""
        self.facts = facts
        given = [one for one in map(facts.get, ("name", "field", "constant")) if one is not None]
        shown, sure = str(given[0]) if given else "", facts.get("certainty")
        why = (shown, facts.get("where"), facts.get("pattern"), titled(facts.get("why")))
        for column, text in enumerate((shown, say(f"is_{sure}") if sure else ""), 1):
            self.setText(column, text)
            self.setToolTip(column, "\n".join(filter(None, why)))
            self.setData(column, Qt.ForegroundRole, None if facts.get("taken") else _PALE)
        ticked = Qt.Checked if facts.get("taken") else Qt.Unchecked
        can_be = self.parent() and (given or not self.maps)
        self.setData(0, Qt.CheckStateRole, ticked if can_be else None)

    def choices(self) -> list[tuple[str, Any]]:
        """Return what it can be mapped to: layers of its shape, or fields of its layer."""
        if self.is_layer:
            return [
                (one.name(), one)
                for one in plain_layers()
                if geometry(one.geometryType()).lower() in self.told["geometry"]
            ]
        fields = self.layer().fields() if self.maps and self.layer() else ()
        return [(one.name(), one.name()) for one in fields]


class PlanTree(QtWidgets.QTreeWidget):
    """`rows` are by path: layers/KEY/COLUMN, profiles/KEY, indicators/THEME/KEY; ticks count."""

    changed = pyqtSignal()

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, Row] = {}
        self.guesses: Facts = {}
        self.sources: dict[str, Source] = {}
        self.itemChanged.connect(self._ticked)
        self.itemDoubleClicked.connect(self.ask)

    def offer(self, told: Facts, state: dict[str, Facts]) -> None:
        """Show what a catalogue has, with the facts that `state` returned."""
        self.blockSignals(True)
        self.clear()
        self.rows = {}
        for path, one in _paths(told):
            above = self.rows.get(path.rpartition("/")[0], self)
            self.rows[path] = Row(above, path, one, state.get(path, {}))
        self.rows["layers"].setExpanded(True)
        self.blockSignals(False)

    def state(self) -> dict[str, Facts]:
        """Return all facts, as JSON can hold them."""
        return {path: row.facts for path, row in self.rows.items() if row.facts}

    def ticked(self, above: str) -> list[str]:
        """Return the keys that are ticked, of profiles, indicators or columns (layers/KEY)."""
        return [path.rpartition("/")[2] for path, row in self.rows.items()
                if path.startswith(f"{above}/") and row.facts.get("taken")]  # fmt: skip

    def search(self, text: str) -> None:
        """Show the rows that have these words, and what is above them."""
        for row in reversed([*self.rows.values()]):
            below = [row.child(number).isHidden() for number in range(row.childCount())]
            row.setHidden(text.lower() not in row.toolTip(0).lower() and all(below))

    def guessed(self, told: Facts, sources: dict[str, Source]) -> None:
        """Show what `init` makes of layers of the project; what a person chose stays."""
        self.guesses, self.sources = told, sources
        used, project = set(), core.QgsProject.instance()
        for row in self.rows.values():
            if row.is_layer and row.facts.get("certainty") != "chosen":
                self._fill(row, None, {})
        others = ({**one, **option} for one in told["datasets"] for option in one["could_be"]
                  if option["certainty"] != "unsure")  # fmt: skip
        for guess in (*told["layers"], *others):
            row = self.rows[f"layers/{guess['layer']}"]
            layer = next((one for one, source in sources.items() if is_of(guess, source)), None)
            if layer and not row.facts and not ("could_be" in guess and layer in used):
                used.add(layer)
                self._fill(row, project.mapLayer(layer), guess)
        self.changed.emit()

    def ask(self, row: Row) -> None:
        """Offer what a layer or a column can be mapped to, where the mouse is."""
        menu = QtWidgets.QMenu(self)
        for name, one in [("—", None), *row.choices()] if row.maps else ():
            menu.addAction(name).setData(one)
        if chosen := menu.exec(QtGui.QCursor.pos()):
            self.choose(row.path, chosen.data())

    def choose(self, path: str, chosen: Any) -> None:
        """Map a layer of the project, with what is guessed of its fields, or a field; or None."""
        row = self.rows[path]
        if row.is_layer:
            source = self.sources.get(chosen.id()) if chosen else None
            guess = guess_of(self.guesses, row.told["key"], source) if source else None
            same = [{"column": one.name(), "field": one.name(), "certainty": "certain"}
                    for one in (chosen.fields() if chosen else ())]  # fmt: skip
            self._fill(row, chosen, {"columns": same, **(guess or {}), "certainty": "chosen"})
        else:
            row.put({"field": chosen, "certainty": "chosen", "taken": True} if chosen else {})
        self.changed.emit()

    def chosen(self, folder: Path) -> dict[str, tuple[Source, Mapped]]:
        """Return the layers that are ticked as files, with what becomes of their fields.

        Raises `ChildError` for a layer or a field that is gone, or that cannot be had.
        """
        found = {}
        for row in self.rows.values():
            if row.is_layer and row.facts.get("taken"):
                layer, title = row.layer(), row.text(0)
                if layer is None or not layer.isValid():
                    raise ChildError(say("layer_gone", layer=title, name=row.text(1)))
                source = exported(row.told["key"], layer, folder)
                columns = [{**self.rows[f"{row.path}/{one}"].facts, "column": one}
                           for one in self.ticked(row.path)]  # fmt: skip
                for one in columns:
                    if one.get("field") and one["field"] not in source.fields:
                        raise ChildError(say("unknown_field", layer=title, **one))
                found[row.told["key"]] = source, of_columns(columns, row.facts.get("where"))
        return found

    def _fill(self, row: Row, layer: Any, guess: Facts) -> None:
        told = {one["column"]: one for one in guess["columns"]} if layer else {}
        row.put({
            **{name: guess.get(name) for name in ("certainty", "why", "where")},
            "layer": layer.id(), "name": layer.name(), "taken": guess["certainty"] != "unsure",
        } if layer else {})  # fmt: skip
        for one in map(row.child, range(row.childCount())):
            facts = told.get(one.told["name"])
            one.put({**facts, "taken": is_taken(row.told, facts)} if facts else {})

    def _ticked(self, row: Row, column: int) -> None:
        taken = row.checkState(0) == Qt.Checked
        is_leaf = row.maps or not row.childCount()
        if column == 0 and is_leaf and taken != bool(row.facts.get("taken")):
            row.put({**row.facts, "taken": taken})
            self.changed.emit()


def _paths(told: Facts) -> Iterator[tuple[str, Facts]]:
    """Yield the rows that a catalogue makes, those above before those below them."""
    for section, listed in (("profiles",) * 2, ("indicators", "themes"), ("layers",) * 2):
        yield section, {}
        for one in told.get(listed, ()):
            yield f"{section}/{one['key']}", one
            for column in one.get("columns", ()):
                yield f"layers/{one['key']}/{column['name']}", column
    for one in told.get("indicators", ()):
        yield f"indicators/{one['theme']}/{one['key']}", one
