"""The past in a file: a zip of Arrow tables and one table of contents; nothing in it is run."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import feather

from carbonspace.folder import aside_of
from carbonspace.model.finding import Finding
from carbonspace.model.image import Image
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Fact
from carbonspace.model.text import Text
from carbonspace.parts import Sight
from carbonspace.past.remembered import Past, Told
from carbonspace.past.rows import BYTES, Rows

_CONTENTS = "contents.json"
_BOX = ("west", "south", "east", "north")
_FORMAT = 2
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, pa.ArrowException)


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
            _put(past, _Tables(file, 0))
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def load(path: Path) -> Past | None:
    """Return the past of a file; None where there is none that can be read."""
    try:
        with zipfile.ZipFile(path) as file:
            return _got(file, json.loads(file.read(_CONTENTS)))
    except _UNREADABLE:
        return None


@dataclass
class _Tables:
    """Tables that are put into a zip, each under a number."""

    file: zipfile.ZipFile
    count: int = 0

    def put(self, table: pa.Table) -> str:
        """Add a table and return its name."""
        self.count += 1
        held, name = io.BytesIO(), f"{self.count}.arrow"
        feather.write_feather(table, held, compression="lz4")
        self.file.writestr(name, held.getbuffer())
        return name


def _put(past: Past, tables: _Tables) -> None:
    features = [{"reading": reading, "layer": key, "rows": tables.put(_table(rows))}
                for reading, layers in past.features.items()
                for key, rows in layers.items()]  # fmt: skip
    told = [{"reading": reading, "question": question, **_told(one, tables)}
            for (reading, question), one in past.told.items()]  # fmt: skip
    noticed = {key: [*map(_plain, found)] for key, found in past.noticed.items()
               if all(one.where is None and one.shape is None for one in found)}  # fmt: skip
    contents = {"format": _FORMAT, "frame": past.frame, "features": features, "told": told}
    tables.file.writestr(_CONTENTS, json.dumps({**contents, "noticed": noticed}))


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
        rows = _rows(_read(file, one["rows"]))
        features.setdefault(one["reading"], {})[one["layer"]] = rows
    noticed = {key: [*map(_finding, found)] for key, found in contents["noticed"].items()}
    past = Past(contents["frame"], {**features}, noticed=noticed)
    for one in contents["told"]:
        past.told[one["reading"], one["question"]] = _as_told(file, one)
    return past


def _read(file: zipfile.ZipFile, name: str) -> pa.Table:
    return feather.read_table(io.BytesIO(file.read(name)))


def _table(rows: Rows) -> pa.Table:
    digests = pa.Array.from_buffers(
        pa.binary(BYTES), len(rows.ids), [None, pa.py_buffer(rows.digests.tobytes())]
    )
    ids = pa.array([str(one) for one in rows.ids], pa.string())
    return pa.table({"id": ids, "digest": digests, **dict(zip(_BOX, rows.boxes.T, strict=True))})


def _rows(table: pa.Table) -> Rows:
    held = table.combine_chunks()
    digests = b"".join(held["digest"].to_pylist())
    boxes = np.column_stack([held[name].to_numpy() for name in _BOX])
    ids = np.array(held["id"].to_pylist(), dtype=object)
    return Rows(ids, np.frombuffer(digests, dtype=np.uint8).reshape(-1, BYTES), boxes)


def _told(one: Told, tables: _Tables) -> dict[str, Any]:
    measure, sight = one.measure, one.sight
    return {
        "table": tables.put(pa.Table.from_pandas(measure.table)),
        "parts": {level: tables.put(pa.Table.from_pandas(rows))
                  for level, rows in measure.parts.items()},
        "kind": [measure.scale, measure.extreme, measure.power],
        "image": measure.image and _image(measure.image),
        "excused": measure.excused and {unit: [*ids] for unit, ids in measure.excused.items()},
        "sight": [dict(sight.reach), sorted(sight.whole), sight.around],
        "facts": [[*fact, value] for fact, value in one.facts.items()],
    }  # fmt: skip


def _as_told(file: zipfile.ZipFile, one: Mapping[str, Any]) -> Told:
    scale, extreme, power = one["kind"]
    reach, whole, around = one["sight"]
    parts = {level: _frame(file, name) for level, name in one["parts"].items()}
    measure = Measure(_frame(file, one["table"]), scale, gpd.GeoDataFrame, parts,
                      one["image"] and _as_image(one["image"]), extreme, power,
                      one["excused"])  # fmt: skip
    facts = {Fact(*fact): value for *fact, value in one["facts"]}
    return Told(measure, Sight(reach, frozenset(whole), around), facts)


def _image(image: Image) -> dict[str, Any]:
    """Return what an image is, without its cells, as JSON has it."""
    return {one.name: getattr(image, one.name) for one in fields(image) if one.name != "cells"}


def _as_image(given: Mapping[str, Any]) -> Image:
    title, corner = Text(*given["title"]), tuple(given["corner"])
    return Image(**{**given, "title": title, "corner": corner}, cells=lambda _wanted: iter(()))


def _frame(file: zipfile.ZipFile, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = _read(file, name).to_pandas()
    return frame
