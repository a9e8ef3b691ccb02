"""Parameters as people type them are read as what they take; what means nothing stays."""

from __future__ import annotations

from typing import Any

import pytest

from carbonspace.catalogue import indicators
from carbonspace.model.kinds import Choice, Either, Flag, Kind, Listed, Number, Rows
from carbonspace.model.text import Text
from carbonspace.model.typed import meant

ROWS = Rows((Number(low=0), Number(1, 9, whole=True), Choice(("homes", "odd=x")), Flag(), Choice()),
            Text("起，层，类，新，记", "from, floors, kind, new, note"))  # fmt: skip
PAIRS = Rows((Number(),), Text("起", "from"), least=0)
EITHER = Either(Choice(("auto", "homes")), Number())


@pytest.mark.parametrize(("kind", "typed", "read"), [
    (Number(), "2.25", 2.25), (Number(), " -1e3 ", -1000.0), (Number(), 3, 3),
    (Number(whole=True), "12", 12), (Number(whole=True), 7.0, 7),
    (Flag(), "yes", True), (Flag(), "FALSE", False), (Flag(), "是", True), (Flag(), 0, False),
    (Choice(), "b; 'd'", "b; 'd'"), (Choice(("07", "08")), "08", "08"),
    (Listed(Choice(("odd=x", "homes")), 2), "odd=x, homes", ["odd=x", "homes"]),
    (Listed(Choice(), 0), "甲、乙；丙", ["甲", "乙", "丙"]), (Listed(Choice(), 0), "", []),
    (Listed(Choice(), 0), ["x y", "a,b"], ["x y", "a,b"]),
    (EITHER, "2.5", 2.5), (EITHER, "homes", "homes"), (Either(Choice(), Number()), "2.5", "2.5"),
    (Either(Choice(("auto",)), Number(whole=True)), "7", 7),
    (ROWS, ["1", "2", "homes", "true", ""], [[1.0, 2, "homes", True, ""]]),
    (ROWS, [["1", 2, "homes", "0", "x"]], [[1.0, 2, "homes", False, "x"]]),
    (PAIRS, "3, 4", [[3.0], [4.0]]), (PAIRS, [3, 4], [[3], [4]]), (PAIRS, [], []),
])  # fmt: skip
def test_what_is_typed_is_read(kind: Kind, typed: Any, read: Any) -> None:
    found = meant(kind, typed)
    assert found == read
    assert type(found) is type(read)
    assert kind.accepts(found)


@pytest.mark.parametrize(("kind", "typed"), [
    (Number(), "much"), (Number(), "nan"), (Number(), "1e999"), (Number(high=1), "2"),
    (Number(), True), (Number(), None), (Number(whole=True), "1.5"),
    (Number(whole=True), "9" * 5000),
    (Flag(), "perhaps"), (Flag(), 2), (Choice(("07",)), "x"), (Listed(Choice(("a",))), "b"),
    (Listed(), ["a", "a"]), (Listed(), {"a": 1}), (EITHER, "never"),
    (ROWS, ["1", "2"]), (ROWS, [["1"], ["2"]]), (PAIRS, ["x"]), (ROWS, []), (ROWS, {}),
])  # fmt: skip
def test_what_means_nothing_stays_for_the_reader_of_the_plan(kind: Kind, typed: Any) -> None:
    assert meant(kind, typed) == typed
    assert not kind.accepts(meant(kind, typed))


def _written(value: Any) -> Any:
    """Return a value as a table of texts has it, row after row."""
    if isinstance(value, list | tuple):
        rows = [[*map(_written, one)] if isinstance(one, list | tuple) else one for one in value]
        return [cell for row in rows for cell in (row if isinstance(row, list) else [row])]
    return str(value)


def test_every_default_of_the_catalogue_is_read_from_its_text() -> None:
    for key, one in indicators().items():
        for parameter in one.parameters:
            found = meant(parameter.kind, _written(parameter.default))
            assert parameter.kind.read(found) == parameter.kind.read(parameter.default), (
                key, parameter.name)  # fmt: skip
