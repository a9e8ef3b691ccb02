"""What workers put down: layers, answers, and receipts that are written last.

A file is written aside and renamed, and its receipt holds its digest: what a receipt speaks of is
whole, or is made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.errors import SourceError
from carbonspace.folder import put_whole
from carbonspace.measuring import Question
from carbonspace.model.finding import Finding
from carbonspace.model.measure import Measure
from carbonspace.model.outcome import Outcome, Reading
from carbonspace.model.text import Text
from carbonspace.past.file import save
from carbonspace.past.measures import (
    UNREADABLE,
    Tables,
    contents_of,
    got_measure,
    put_measure,
)
from carbonspace.past.remembered import Past

Outcomes = dict[str, Outcome]
Seconds = dict[str, float]
TILE, RECEIPT = ".tile", ".receipt"
_KINDS = "kinds"
EVIDENCE = ".evidence"
"""What explains answers, by question; each part of it is checked where it is read."""
PAST, SHAPES = ".past", ".shapes"
"""What a run that remembers leaves of a tile: what was asked of it, and what shapes came to."""


def put(folder: Path, name: str, content: bytes, said: Mapping[str, Any]) -> dict[str, Any]:
    """Put a file down and then its receipt, and return that.

    Raises
    ------
    OSError
        It cannot be written; then there is no receipt.
    """
    receipt = {**said, "digest": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    folder.mkdir(parents=True, exist_ok=True)
    put_whole(folder / f"{name}{TILE}", content)
    put_whole(folder / f"{name}{RECEIPT}", json.dumps(receipt).encode())
    return receipt


def say_anew(folder: Path, name: str, receipt: dict[str, Any]) -> dict[str, Any]:
    """Have the receipt of a file say something else, and return it.

    Raises
    ------
    OSError
        It cannot be written; then it says what it said.
    """
    put_whole(folder / f"{name}{RECEIPT}", json.dumps(receipt).encode())
    return receipt


def put_past(past: Past, file: Path) -> None:
    """Put down what is remembered of a tile, whole or not at all.

    Raises
    ------
    OSError
        It cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    save(past, file)


def receipt_of(folder: Path, name: str) -> dict[str, Any] | None:
    """Return the receipt of a file that is there; None where it has none."""
    try:
        receipt = dict(json.loads((folder / f"{name}{RECEIPT}").read_bytes()))
        size = (folder / f"{name}{TILE}").stat().st_size
    except UNREADABLE:
        return None
    return receipt if size == receipt.get("bytes") else None


def content_of(folder: Path, name: str) -> zipfile.ZipFile | None:
    """Return a file that is as its receipt says; None where it is not."""
    if (receipt := receipt_of(folder, name)) is None:
        return None
    content = (folder / f"{name}{TILE}").read_bytes()
    if hashlib.sha256(content).hexdigest() != receipt["digest"]:
        return None
    return zipfile.ZipFile(io.BytesIO(content))


def columns_in(folder: Path, name: str, but: Collection[str]) -> dict[str, gpd.GeoDataFrame]:
    """Return the columns of layers that a file holds, without rows: of others than `but`.

    Raises
    ------
    SourceError
        It is not what was written; each part of a file is checked where it is read.
    """
    try:
        with zipfile.ZipFile(folder / f"{name}{TILE}") as file:
            keys = [key for key in contents_of(file)["layers"] if key not in but]
            return {key: from_feather(file.read(f"{key}.arrow")).iloc[:0] for key in keys}
    except UNREADABLE:
        raise unseen(folder) from None


def unseen(folder: Path) -> SourceError:
    """Return the error that what somebody put down in a folder is not there for another."""
    return SourceError(
        f"{folder}: what another process put there is missing or corrupt. Give a folder that every "
        "worker sees, and run it again.",
        f"{folder}：其他进程写入的内容缺失或损坏。请给出所有工作进程都能访问的文件夹，再次运行。",
    )


def packed_layers(layers: Mapping[str, gpd.GeoDataFrame], **said: Any) -> bytes:
    """Return layers, and what is said of them, as the content of a file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for key, layer in layers.items():
            file.writestr(_named(f"{key}.arrow"), as_feather(layer))
        file.writestr(_named("contents.json"), json.dumps({"layers": [*layers], **said}))
    return held.getvalue()


def _named(name: str) -> zipfile.ZipInfo:
    """Return what a member is called, without the time: the same layers are the same bytes."""
    return zipfile.ZipInfo(name)


def layers_in(file: zipfile.ZipFile) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]:
    """Return the layers of a file and what is said of them."""
    said = contents_of(file)
    keys = said.pop("layers")
    return {key: from_feather(file.read(f"{key}.arrow")) for key in keys}, said


def packed_tables(tables: Mapping[str, NDArray[Any]]) -> bytes:
    """Return tables of numbers as the content of a file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for key, table in tables.items():
            one = io.BytesIO()
            np.save(one, table, allow_pickle=False)
            file.writestr(_named(f"{key}.npy"), one.getvalue())
    return held.getvalue()


def tables_of(file: zipfile.ZipFile) -> dict[str, NDArray[Any]]:
    """Return the tables of numbers that a file holds."""
    return {key.removesuffix(".npy"): np.load(io.BytesIO(file.read(key)), allow_pickle=False)
            for key in file.namelist()}  # fmt: skip


def packed_outcomes(outcomes: Outcomes, seconds: Seconds, **more: Any) -> bytes:
    """Return what questions came to, without evidence, and more, as the content of a file.

    Of each question it also has what tells its answer from another.
    """
    held, said, digests = io.BytesIO(), dict[str, Any](), dict[str, str]()
    with zipfile.ZipFile(held, "w") as file:
        for n, (key, one) in enumerate(outcomes.items()):
            tables = Tables(file, f"{n}-")
            said[key] = _said(one, tables)
            digests[key] = tables.digest(said[key])
        Tables(file).close({"seconds": seconds, "outcomes": said, "digests": digests, **more})
    return held.getvalue()


def digests_in(file: zipfile.ZipFile) -> dict[str, str]:
    """Return by question what tells its answer in a file from another."""
    return dict(contents_of(file)["digests"])


def outcomes_in(file: zipfile.ZipFile, asked: Mapping[str, Question]) -> tuple[Outcomes, Seconds]:
    """Return what those questions came to that are asked, as it was put into a file."""
    given = contents_of(file)
    found = {key: _outcome(file, asked[key], one) for key, one in given["outcomes"].items()
             if key in asked}  # fmt: skip
    return found, dict(given["seconds"])


def plain_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding, without its shape, as JSON has it."""
    return {one.name: getattr(finding, one.name) for one in fields(finding) if one.name != "shape"}


def as_finding(given: Mapping[str, Any]) -> Finding:
    """Return a finding as it was before JSON had it."""
    texts: dict[str, Any] = {name: Text(*value) if isinstance(value, list) else value
                              for name, value in given.items()}  # fmt: skip
    if texts["where"] is not None:
        texts["where"] = tuple(given["where"])
    return Finding(**texts)


def _said(one: Outcome, tables: Tables) -> dict[str, Any]:
    if one.reading is None and not one.variations:
        return {"why": one.reason}
    variations = [[label, put_measure(other.units, tables)] for label, other in one.variations]
    units = one.reading and put_measure(_bare(one.reading.units), tables)
    return {"units": units, "variations": variations}


def _bare(measure: Measure) -> Measure:
    return replace(measure.bare(), image=None)


def _outcome(file: zipfile.ZipFile, question: Question, given: Mapping[str, Any]) -> Outcome:
    if "why" in given:
        return Outcome(question.one, None, Text(*given["why"]))
    variations = tuple((Text(*label), Reading(got_measure(file, one)))
                       for label, one in given["variations"])  # fmt: skip
    reading = given["units"] and Reading(got_measure(file, given["units"]))
    return Outcome(question.one, reading, variations=variations)


def as_feather(layer: gpd.GeoDataFrame) -> bytes:
    """Return a layer as the content of a file."""
    held, told = io.BytesIO(), layer.copy(deep=False)
    told.attrs = {_KINDS: {str(name): _kind(column) for name, column in layer.items()
                           if column.dtype.kind == "O" or str(column.dtype) == "str"}}  # fmt: skip
    told.to_feather(held, compression="lz4")
    return held.getvalue()


def from_feather(content: bytes) -> gpd.GeoDataFrame:
    """Return a layer as it was: Arrow does not tell kinds of words, nor of nothing, apart."""
    layer = gpd.read_feather(io.BytesIO(content))
    for name, (kind, nothing) in layer.attrs.pop(_KINDS, {}).items():
        values = layer[name].astype(kind)
        if kind == "object":
            known = values.notna().to_numpy()
            given = values.to_numpy(dtype=object, copy=True)
            given[~known] = math.nan if nothing else None
            values = pd.Series(given, index=layer.index, dtype=object)
        layer[name] = values
    return layer


def _kind(column: pd.Series) -> list[Any]:
    """Return the dtype of a column of objects, and whether nothing is NaN there, not None."""
    missing = column[column.isna()]
    return [str(column.dtype), bool(len(missing)) and missing.iloc[0] is not None]
