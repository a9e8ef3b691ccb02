"""Measures in a file: Arrow tables in a zip, and for the rest what JSON holds of them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
from pyarrow import feather

from carbonspace.model.image import Image
from carbonspace.model.measure import Measure
from carbonspace.model.text import Text

UNREADABLE = (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, pa.ArrowException)
"""What reading raises where a file is not what was written."""
_CONTENTS = "contents.json"


@dataclass
class Tables:
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

    def close(self, contents: Mapping[str, Any]) -> None:
        """Add what is said of the tables; it comes last."""
        self.file.writestr(_CONTENTS, json.dumps(contents))


def contents_of(file: zipfile.ZipFile) -> dict[str, Any]:
    """Return what is said of the tables in a zip."""
    return dict(json.loads(file.read(_CONTENTS)))


def read(file: zipfile.ZipFile, name: str) -> pa.Table:
    """Return a table of a zip."""
    return feather.read_table(io.BytesIO(file.read(name)))


def put_measure(measure: Measure, tables: Tables) -> dict[str, Any]:
    """Add a measure, without its evidence, and return what JSON holds of it."""
    return {
        "table": tables.put(pa.Table.from_pandas(measure.table)),
        "parts": {level: tables.put(pa.Table.from_pandas(rows))
                  for level, rows in measure.parts.items()},
        "kind": [measure.scale, measure.extreme, measure.power],
        "image": measure.image and _image(measure.image),
        "excused": measure.excused and {unit: [*ids] for unit, ids in measure.excused.items()},
    }  # fmt: skip


def got_measure(file: zipfile.ZipFile, given: Mapping[str, Any]) -> Measure:
    """Return a measure that was put into a zip; its evidence is empty."""
    scale, extreme, power = given["kind"]
    parts = {level: _frame(file, name) for level, name in given["parts"].items()}
    return Measure(_frame(file, given["table"]), scale, gpd.GeoDataFrame, parts,
                   given["image"] and _as_image(given["image"]), extreme, power,
                   given["excused"])  # fmt: skip


def _image(image: Image) -> dict[str, Any]:
    """Return what an image is, without its cells, as JSON has it."""
    return {one.name: getattr(image, one.name) for one in fields(image) if one.name != "cells"}


def _as_image(given: Mapping[str, Any]) -> Image:
    title, corner = Text(*given["title"]), tuple(given["corner"])
    return Image(**{**given, "title": title, "corner": corner}, cells=lambda _wanted: iter(()))


def _frame(file: zipfile.ZipFile, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = read(file, name).to_pandas()
    return frame
