"""What was found out about shapes, in a file: Arrow tables in a zip."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from carbonspace.model.once import Pairs
from carbonspace.past.derived import Answers, Looked
from carbonspace.past.measures import Tables, read


def put_answers(answers: Answers, tables: Tables) -> dict[str, Any]:
    """Add answers and return what JSON holds of them; digests of the same shapes but once."""
    words: dict[int, str] = {}
    return {
        "shapes": {key: tables.put(pa.table({"shape": pa.array(shapely.to_wkb(one), pa.binary())}))
                   for key, one in answers.shapes.items()},
        "numbers": {key: tables.put(_columns(one)) for key, one in answers.numbers.items()},
        "looks": {key: _look(one, words, tables) for key, one in answers.looks.items()},
    }  # fmt: skip


def got_answers(file: zipfile.ZipFile, given: Mapping[str, Any]) -> Answers:
    """Return answers that were put into a zip."""
    names = {name for name, *_ in given["looks"].values()}
    words = {name: _rows(read(file, name)) for name in names}
    return Answers(
        {key: shapely.from_wkb(read(file, name)["shape"].to_numpy())
         for key, name in given["shapes"].items()},
        {key: _rows(read(file, name)) for key, name in given["numbers"].items()},
        {key: Looked(words[name], _column(file, aside, "at"), _pairs(file, pairs))
         for key, (name, aside, pairs) in given["looks"].items()},
    )  # fmt: skip


def _look(look: Looked, words: dict[int, str], tables: Tables) -> list[str]:
    name = words.get(id(look.words))
    if name is None:
        name = words[id(look.words)] = tables.put(_columns(look.words))
    pairs = pa.table({"first": look.pairs.first, "second": look.pairs.second,
                      "number": look.pairs.number})  # fmt: skip
    return [name, tables.put(pa.table({"at": look.aside})), tables.put(pairs)]


def _columns(rows: NDArray[Any]) -> pa.Table:
    return pa.table({str(n): one for n, one in enumerate(np.ascontiguousarray(rows.T))})


def _rows(table: pa.Table) -> NDArray[Any]:
    return np.column_stack([one.to_numpy() for one in table.columns])


def _column(file: zipfile.ZipFile, name: str, column: str) -> NDArray[Any]:
    return np.asarray(read(file, name)[column].to_numpy())


def _pairs(file: zipfile.ZipFile, name: str) -> Pairs:
    table = read(file, name)
    return Pairs(*(np.asarray(table[column].to_numpy()) for column in Pairs._fields))
