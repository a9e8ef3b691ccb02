"""The tree of a plan: layers and fields of the project as canonical ones, profiles, indicators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qgis.PyQt import QtGui, QtWidgets
from qgis.PyQt.QtCore import Qt, pyqtSignal

from qgis import core

from .child import ChildError
from .files import Source, exported
from .loading import plain_layers
from .words import lang, say, titled

Facts = dict[str, Any]


class Row(QtWidgets.QTreeWidgetItem):
    """A row of the tree; `facts` are what holds of it in this plan.

    A layer has the id of a `layer` in the project, a column a `field` or a `constant`; both have
    what is `shown`, the `certainty` of the guess and `why`. What is ticked is `taken`.
    """

    def __init__(self, parent: Any, path: str, told: Facts, facts: Facts) -> None:
        super().__init__(parent, [titled(told["title"])])
        self.path, self.told = path, told
        self.is_layer, self.maps = "geometry" in told, path.startswith("layers/")
        self.setToolTip(0, f"{self.text(0)} ({path.rpartition('/')[2]})")
        if not self.maps:
            self.setFirstColumnSpanned(True)
            self.setFlags(self.flags() | Qt.ItemIsAutoTristate)  # a theme is what is in it
        self.put(facts)

    def put(self, facts: Facts) -> None:
        """Have facts hold, and show them."""
        self.facts, sure = facts, facts.get("certainty")
        self.setText(1, facts.get("shown", ""))
        self.setText(2, say(f"is_{sure}") if sure else "")
        self.setToolTip(2, titled(facts.get("why")))
        ticked = Qt.Checked if facts.get("taken") else Qt.Unchecked
        has_box = self.parent() and (sure or not self.maps)
        self.setData(0, Qt.CheckStateRole, ticked if has_box else None)

    def layer(self) -> Any:
        """Return the layer of the project that a layer, or the one of a column, is; or None."""
        facts = self.facts if self.is_layer else self.parent().facts
        return core.QgsProject.instance().mapLayer(facts.get("layer") or "")

    def choices(self) -> list[tuple[str, Any]]:
        """Return what it can be mapped to: layers of its shape, or fields of its layer."""
        if self.is_layer:
            return [(one.name(), one) for one in plain_layers(*self.told["geometry"])]
        fields = self.layer().fields() if self.maps and self.layer() else ()
        return [(one.name(), one.name()) for one in fields]


class PlanTree(QtWidgets.QTreeWidget):
    """`rows` are by path: layers/KEY/COLUMN, profiles/KEY, indicators/THEME/KEY; ticks count."""

    changed = pyqtSignal()

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, Row] = {}
        self.guesses, self.sources = Facts(), dict[str, Source]()
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
        found = {guess["layer"]: (layer, guess) for guess in told["layers"]
                 for layer, source in sources.items() if is_of(guess, source)}  # fmt: skip
        for row in self.rows.values():
            if row.is_layer and row.facts.get("certainty") != "chosen":
                layer, guess = found.get(row.told["key"], ("", {}))
                self._fill(row, core.QgsProject.instance().mapLayer(layer), guess)
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
        row, facts = self.rows[path], {"certainty": "chosen", "taken": True}
        if row.is_layer:
            same = [{"column": one.name(), "field": one.name(), "certainty": "certain",
                     "taken": True}
                    for one in (chosen.fields() if chosen else ())]  # fmt: skip
            source = self.sources.get(chosen.id()) if chosen else None
            guess = guess_of(self.guesses, row.told["key"], source) if source else None
            self._fill(row, chosen, {**(guess or {"columns": same}), **facts})
        else:
            facts.update(column=row.told["name"], field=chosen, shown=chosen)
            row.put(facts if chosen else {})
        self.changed.emit()

    def chosen(self, folder: Path) -> dict[str, Facts]:
        """Return the layers that are ticked as a plan has them, with what becomes of their fields.

        Raises `ChildError` for a layer or a field that is gone, or that cannot be had.
        """
        found = {}
        for row in self.rows.values():
            if row.is_layer and row.facts.get("taken"):
                layer, title, key = row.layer(), row.text(0), row.told["key"]
                if layer is None:
                    raise ChildError(say("layer_gone", layer=title, name=row.text(1)))
                source = exported(key, layer, folder)
                columns = [self.rows[f"{row.path}/{one}"].facts for one in self.ticked(row.path)]
                found[key] = source.stated(title, columns, where=row.facts.get("where"))
        return found

    def _fill(self, row: Row, layer: Any, guess: Facts) -> None:
        facts = {"taken": guess.get("certainty") != "unsure", **guess}
        told = {one["column"]: one for one in facts.pop("columns", ())} if layer else {}
        row.put({**facts, "layer": layer.id(), "shown": layer.name()} if layer else {})
        for one in map(row.child, range(row.childCount())):
            facts = told.get(one.told["name"], {})
            shown = str(facts.get("field") or facts.get("constant"))
            one.put(facts and {**facts, "shown": shown})

    def _ticked(self, row: Row, column: int) -> None:
        taken = row.checkState(0) == Qt.Checked
        is_leaf = row.maps or not row.childCount()
        if column == 0 and is_leaf and taken != bool(row.facts.get("taken")):
            row.put({**row.facts, "taken": taken})
            self.changed.emit()


def is_of(dataset: Facts, source: Source) -> bool:
    """Return whether `init` (docs/reference/init-json.md) speaks of this file."""
    same = Path(dataset["source"]) == Path(source.path)
    return same and source.layer in (None, dataset["source_layer"])


def guess_of(told: Facts, key: str, source: Source) -> Facts | None:
    """Return what `init` guesses of a file as a canonical layer."""
    options = (option for one in told.get("datasets", ()) if is_of(one, source)
               for option in one["could_be"] if option["layer"] == key)  # fmt: skip
    return next(options, None)


def _paths(told: Facts) -> Iterator[tuple[str, Facts]]:
    """Yield the rows that a catalogue makes, those above before those below them."""
    for section, listed in (("profiles",) * 2, ("indicators", "themes"), ("layers",) * 2):
        yield section, {"title": {lang(): say(section)}}
        for one in told.get(listed, ()):
            yield f"{section}/{one['key']}", one
            for column in one.get("columns", ()):
                yield f"layers/{one['key']}/{column['name']}", column
    for one in told.get("indicators", ()):
        yield f"indicators/{one['theme']}/{one['key']}", one
