"""Measures in a file: Arrow tables in a zip, and for the rest what JSON holds of them."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
from pyarrow import feather

from carbonspace.model.image import Image
from carbonspace.model.levels import Level
from carbonspace.model.measure import Measure, Parts
from carbonspace.model.text import Text

UNREADABLE = (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, pa.ArrowException)
"""What reading raises where a file is not what was written."""
_CONTENTS = "contents.json"


@dataclass
class Tables:
    """Tables that are put into a zip, each under a number; of several groups each has a prefix."""

    file: zipfile.ZipFile
    prefix: str = ""
    count: int = 0
    _written: Any = field(default_factory=hashlib.sha256, repr=False)

    def put(self, table: pa.Table) -> str:
        """Add a table and return its name."""
        held = io.BytesIO()
        feather.write_feather(table, held, compression="lz4")
        return self.put_packed(held.getvalue())

    def put_packed(self, content: bytes) -> str:
        """Add a table as it lay in a zip, and return its name."""
        self.count += 1
        name = f"{self.prefix}{self.count}.arrow"
        self._written.update(content)
        self.file.writestr(name, content)
        return name

    def digest(self, said: Mapping[str, Any]) -> str:
        """Return what tells these tables, and what is said of them, from others."""
        both = self._written.copy()
        both.update(json.dumps(said).encode())
        return str(both.hexdigest())

    def close(self, contents: Mapping[str, Any]) -> None:
        """Add what is said of the tables; it comes last."""
        self.file.writestr(_CONTENTS, json.dumps(contents))


class Packed(Mapping[Level, pd.DataFrame]):
    """Tables by level as they lie in a zip, each unpacked when it is asked for."""

    def __init__(self, content: Mapping[Level, bytes]) -> None:
        self.content, self._unpacked = content, dict[Level, pd.DataFrame]()

    def __getitem__(self, level: Level) -> pd.DataFrame:
        if level not in self._unpacked:
            self._unpacked[level] = _unpacked(self.content[level]).to_pandas()
        return self._unpacked[level]

    def __iter__(self) -> Iterator[Level]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


def contents_of(file: zipfile.ZipFile) -> dict[str, Any]:
    """Return what is said of the tables in a zip."""
    return dict(json.loads(file.read(_CONTENTS)))


def read(file: zipfile.ZipFile, name: str) -> pa.Table:
    """Return a table of a zip."""
    return _unpacked(file.read(name))


def _unpacked(content: bytes) -> pa.Table:
    return feather.read_table(pa.BufferReader(content))


def put_measure(measure: Measure, tables: Tables) -> dict[str, Any]:
    """Add a measure, without its evidence, and return what JSON holds of it."""
    return {
        "table": tables.put(pa.Table.from_pandas(measure.table)),
        "parts": _put_parts(measure.parts, tables),
        "kind": [measure.scale, measure.extreme, measure.power],
        "image": measure.image and _image(measure.image),
        "excused": measure.excused and {unit: [*ids] for unit, ids in measure.excused.items()},
    }  # fmt: skip


def _put_parts(parts: Parts, tables: Tables) -> dict[Level, str]:
    """Add the tables of levels; what was not changed since it was read is not packed again."""
    if isinstance(parts, Packed):
        return {level: tables.put_packed(one) for level, one in parts.content.items()}
    return {level: tables.put(pa.Table.from_pandas(rows)) for level, rows in parts.items()}


def got_measure(file: zipfile.ZipFile, given: Mapping[str, Any]) -> Measure:
    """Return a measure that was put into a zip; its evidence is empty."""
    scale, extreme, power = given["kind"]
    parts = Packed({level: file.read(name) for level, name in given["parts"].items()})
    table: pd.DataFrame = read(file, given["table"]).to_pandas()
    return Measure(table, scale, gpd.GeoDataFrame, parts,
                   given["image"] and _as_image(given["image"]), extreme, power,
                   given["excused"])  # fmt: skip


def _image(image: Image) -> dict[str, Any]:
    """Return what an image is, without its cells, as JSON has it."""
    return {one.name: getattr(image, one.name) for one in fields(image) if one.name != "cells"}


def _as_image(given: Mapping[str, Any]) -> Image:
    title, corner = Text(*given["title"]), tuple(given["corner"])
    return Image(**{**given, "title": title, "corner": corner}, cells=lambda _wanted: iter(()))
