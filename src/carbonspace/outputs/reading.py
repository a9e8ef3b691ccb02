"""Results read again from the folder that a run wrote."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from carbonspace.digest import digests
from carbonspace.errors import SourceError
from carbonspace.model.clause_tables import profiles_of
from carbonspace.model.ground import BELOW, GROUND, OTHERS, POSITION
from carbonspace.model.indicator import Indicator
from carbonspace.model.maps import Walks
from carbonspace.model.text import Text
from carbonspace.outputs.areas import AREAS
from carbonspace.outputs.gathering import Shared
from carbonspace.outputs.results import FORMAT, Results

_FILE = "results.gpkg"
_EVIDENCE = "evidence_"
_KEYS = "indicators"
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, sqlite3.Error, DataSourceError,
               DataLayerError)  # fmt: skip


def read_results(
    folder: Path | str, indicators: Mapping[str, Indicator], *, features: bool = True
) -> Results:
    """Return the results that a run wrote into a folder; `indicators` are all there are.

    Without `features` there are tables and units, and of evidence only what it is evidence of:
    quickly read, and all that a report of words and figures is made of.

    Raises
    ------
    SourceError
        If the folder is not one of results, was written in another form or changed since, or
        names an indicator that is not among `indicators`.
    """
    folder = Path(folder)
    run = _run_of(folder)
    try:
        return _read(folder / _FILE, run, _known(folder, run, indicators), features)
    except _UNREADABLE as error:
        raise _refusal(
            folder, Text(f"{_FILE} 无法读取（{error}）", f"{_FILE} cannot be read ({error})")
        ) from error


def _run_of(folder: Path) -> dict[str, Any]:
    """Return what `run.json` says, if the folder is as the run left it."""
    try:
        run = json.loads((folder / "run.json").read_text("utf-8"))
        stated, written = run["results"], run["sha256"][_FILE]
        is_ours = run["writer"] == "carbonspace" and isinstance(run["indicators"], list)
    except (OSError, ValueError, KeyError, TypeError):
        raise _refusal(folder, _NO_RUN) from None
    if not is_ours or stated != FORMAT:
        raise _refusal(folder, _NO_RUN)
    if not (folder / _FILE).is_file():
        raise _refusal(folder, Text(f"缺少 {_FILE}", f"{_FILE} is missing"))
    if digests([folder / _FILE])[folder / _FILE] != written:
        raise _refusal(folder, _CHANGED)
    found: dict[str, Any] = run
    return found


_NO_RUN = Text("没有本版本写出的 run.json", "it has no run.json that this version writes")
_CHANGED = Text(f"{_FILE} 与 run.json 中的摘要不符，已被改动",
                f"{_FILE} is not what run.json has the hash of: it was changed since")  # fmt: skip


def _refusal(folder: Path, found: Text) -> SourceError:
    return SourceError(
        f"{folder} holds no results that a report can be made of: {found.en}. "
        "Expected: a folder as `carbonspace run … --out` left it. Run it again.",
        f"{folder} 中没有可用于生成报告的结果：{found.zh}。"
        "应为 `carbonspace run … --out` 写出的文件夹。请重新运行。",
    )


def _known(
    folder: Path, run: Mapping[str, Any], indicators: Mapping[str, Indicator]
) -> dict[str, Indicator]:
    """Return the indicators that were asked for, in their order."""
    unknown = [key for key in run["indicators"] if key not in indicators]
    if unknown:
        named = ", ".join(unknown)
        raise _refusal(folder, Text(f"本版本没有指标 {named}",
                                    f"this version has no indicator {named}"))  # fmt: skip
    return {key: indicators[key] for key in run["indicators"]}


def _read(
    file: Path, run: dict[str, Any], asked: Mapping[str, Indicator], features: bool
) -> Results:
    there = {str(name) for name, _ in pyogrio.list_layers(file)}
    tables = {name: table_of(file, name) for name in _TABLES}
    return Results(
        _layers(file, there, features), _tall(tables["indicators"]), asked,
        profiles_of(tables["profiles"], tables["clauses"]),
        tables["findings"], tables["repairs"], tables["ledger"],
        {key: value for key, value in run.items() if key not in _SIGNED},
        [*_evidence(file, asked, there, features)], tables["places"],
        [*_walks(file, run)] if features else [],
    )  # fmt: skip


_TABLES = ("indicators", "places", "profiles", "clauses", "findings", "repairs", "ledger")
_SIGNED = ("writer", "files", "sha256")


def _layer(file: Path, name: str) -> gpd.GeoDataFrame:
    found: gpd.GeoDataFrame = pyogrio.read_dataframe(file, layer=name, use_arrow=True)
    return found


def table_of(file: Path, name: str, columns: str = "*") -> pd.DataFrame:
    """Return a table of a GeoPackage, without the numbers of its rows."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        found = pd.read_sql_query(f'SELECT {columns} FROM "{name}"', database)
    return found.drop(columns=["fid"], errors="ignore")


def _tall(table: pd.DataFrame) -> pd.DataFrame:
    """Return the tall table with yes and no instead of their words, and figures as numbers.

    A column without any figure (no profile: no margin) is read as one of nothing at all.
    """
    told = {"True": True, "False": False, 1: True, 0: False}
    figures = {name: pd.to_numeric(table[name]) for name in _FIGURES}
    return table.assign(robust=table["robust"].map(told).astype(object), **figures)


_FIGURES = ("value", "numerator", "denominator", "margin", "rule")


def _layers(file: Path, there: set[str], features: bool) -> dict[str, gpd.GeoDataFrame]:
    units = _layer(file, "units").set_index("unit_id", drop=False)
    if OTHERS in there:
        units = _among(units, _layer(file, OTHERS).set_index("unit_id", drop=False))
    below = [name for name in GROUND if features and f"{BELOW}{name}" in there]
    ground = {name: _layer(file, f"{BELOW}{name}") for name in below}
    return {"units": units, **ground}


def _among(units: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return units, others put in where they stand among all."""
    free = np.setdiff1d(np.arange(len(units) + len(others)), others[POSITION])
    both = pd.concat([units.assign(**{POSITION: free}), others])
    return both.sort_values(POSITION).drop(columns=POSITION)


def _evidence(
    file: Path, asked: Mapping[str, Indicator], there: set[str], features: bool
) -> Iterator[Shared]:
    for key in asked:
        if (name := f"{_EVIDENCE}{key}") in there:
            layer = _layer(file, name) if features else _kinds(file, name)
            named = dict.fromkeys(k for keys in layer[_KEYS].unique() for k in keys.split())
            yield Shared((key, *(k for k in asked if k in named and k != key)), layer)


def _kinds(file: Path, name: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table_of(file, name, f'DISTINCT "{_KEYS}"'))


def _walks(file: Path, run: Mapping[str, Any]) -> Iterator[Walks]:
    """Yield the service areas; their streets are not needed to draw them."""
    for key, told in run.get("service_areas", {}).items():
        areas = _layer(file, f"{AREAS}{key}")
        yield Walks(key, Text(**told["title"]), tuple(told["indicators"]), areas, areas.iloc[:0],
                    pd.Index(told["missed"]))  # fmt: skip
