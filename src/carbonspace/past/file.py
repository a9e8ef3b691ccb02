"""The past in a file: a zip of Arrow tables and one table of contents; nothing in it is run."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from carbonspace.folder import aside_of
from carbonspace.model.finding import Finding
from carbonspace.model.shared import Fact
from carbonspace.model.text import Text
from carbonspace.parts import Sight
from carbonspace.past.answers import got_answers, put_answers
from carbonspace.past.measures import (
    UNREADABLE,
    Tables,
    contents_of,
    got_measure,
    put_measure,
    read,
)
from carbonspace.past.remembered import Past, Told
from carbonspace.past.rows import BYTES, Rows

_BOX = ("west", "south", "east", "north")
_FORMAT = 5


def save(past: Past, path: Path) -> None:
    """Write the past into a file, whole or not at all.

    Raises
    ------
    OSError
        It cannot be written.
    """
    aside = aside_of(path)
    try:
        with zipfile.ZipFile(aside, "w") as file:
            _put(past, Tables(file))
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def load(path: Path) -> Past | None:
    """Return the past of a file; None where there is none that can be read."""
    try:
        with zipfile.ZipFile(path) as file:
            return _got(file, contents_of(file))
    except UNREADABLE:
        return None


def _put(past: Past, tables: Tables) -> None:
    features = [{"reading": reading, "layer": key, "rows": tables.put(_table(rows))}
                for reading, layers in past.features.items()
                for key, rows in layers.items()]  # fmt: skip
    told = [{"reading": reading, "question": question, **_told(one, tables)}
            for (reading, question), one in past.told.items()]  # fmt: skip
    noticed = {key: [*map(_plain, found)] for key, found in past.noticed.items()
               if all(one.where is None and one.shape is None for one in found)}  # fmt: skip
    contents = {"format": _FORMAT, "frame": past.frame, "features": features, "told": told}
    tables.close(
        {
            **contents,
            "noticed": noticed,
            "derived": put_answers(past.derived, tables),
            "amounts": past.amounts,
        }
    )


def _plain(finding: Finding) -> dict[str, Any]:
    """Return a finding that has no place as JSON has it."""
    return {one.name: getattr(finding, one.name) for one in fields(finding)}


def _finding(given: Mapping[str, Any]) -> Finding:
    values: dict[str, Any] = {name: Text(*value) if isinstance(value, list) else value
                              for name, value in given.items()}  # fmt: skip
    return Finding(**values)


def _got(file: zipfile.ZipFile, contents: Mapping[str, Any]) -> Past | None:
    if contents["format"] != _FORMAT:
        return None
    features: dict[str, dict[str, Rows]] = {}
    for one in contents["features"]:
        rows = _rows(read(file, one["rows"]))
        features.setdefault(one["reading"], {})[one["layer"]] = rows
    noticed = {key: [*map(_finding, found)] for key, found in contents["noticed"].items()}
    derived = got_answers(file, contents["derived"])
    past = Past(contents["frame"], {**features}, noticed=noticed, derived=derived,
                amounts=contents["amounts"])  # fmt: skip
    for one in contents["told"]:
        past.told[one["reading"], one["question"]] = _as_told(file, one)
    return past


def _table(rows: Rows) -> pa.Table:
    digests = pa.Array.from_buffers(
        pa.binary(BYTES), len(rows.ids), [None, pa.py_buffer(rows.digests.tobytes())]
    )
    ids = pa.array(rows.ids.astype(str), pa.large_string())
    return pa.table({"id": ids, "digest": digests, **dict(zip(_BOX, rows.boxes.T, strict=True))})


def _rows(table: pa.Table) -> Rows:
    held = table.combine_chunks()
    digests = held["digest"].combine_chunks()
    raw = np.frombuffer(digests.buffers()[1] or b"", dtype=np.uint8)
    at = digests.offset * BYTES
    boxes = np.column_stack([held[name].to_numpy() for name in _BOX])
    return Rows(pd.Index(held["id"].to_pandas()),
                raw[at : at + len(held) * BYTES].reshape(-1, BYTES), boxes)  # fmt: skip


def _told(one: Told, tables: Tables) -> dict[str, Any]:
    return {
        **put_measure(one.measure, tables),
        "sight": [dict(one.sight.reach), sorted(one.sight.whole), one.sight.around],
        "facts": [[*fact, value] for fact, value in one.facts.items()],
    }


def _as_told(file: zipfile.ZipFile, one: Mapping[str, Any]) -> Told:
    reach, whole, around = one["sight"]
    facts = {Fact(*fact): value for *fact, value in one["facts"]}
    return Told(got_measure(file, one), Sight(reach, frozenset(whole), around), facts)
