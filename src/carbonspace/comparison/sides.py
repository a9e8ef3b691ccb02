"""What is compared: plans, what came of them, or folders of results, all in one form."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from carbonspace import catalogue
from carbonspace.comparison.edits import columns_given
from carbonspace.digest import digests
from carbonspace.errors import ComparisonError, InputError, UnknownNameError
from carbonspace.evaluation import evaluate
from carbonspace.model.assessment import COLUMNS, Assessment
from carbonspace.model.clause_tables import profiles_of
from carbonspace.model.comparison import Party
from carbonspace.model.finding import findings_table
from carbonspace.model.ground import BELOW, GROUND
from carbonspace.model.indicator import Indicator
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, share
from carbonspace.model.rule import Profile
from carbonspace.model.text import Text
from carbonspace.sources import read_as_found

Comparable = Plan | Assessment | str | Path
"""What `compare` takes: a plan, what came of one, a plan.toml, or a folder of results."""

_READING = 0.1


@dataclass(frozen=True)
class Side:
    """One of the plans: its figures, what they were made with, and where they are known its layers.

    `assessment` is None of a folder of results. `given` says which columns each layer came with.
    `left_out` are the findings about rules and reported figures that were not used.
    """

    party: Party
    table: pd.DataFrame
    run: Mapping[str, Any]
    indicators: Mapping[str, Indicator]
    profiles: Mapping[str, Profile]
    left_out: pd.DataFrame
    assessment: Assessment | None = None
    given: Mapping[str, frozenset[str]] | None = None


def side_of(one: Comparable, asked: Mapping[str, Any], progress: Progress) -> Side:
    """Return a plan evaluated with the keywords `asked`, or the results that a folder holds.

    Raises
    ------
    ComparisonError
        A folder does not hold what carbonspace wrote into it.
    InputError, UnknownNameError
        As `read_plan` and `evaluate` raise them.
    """
    if isinstance(one, Assessment):
        return _assessed(one, one.plan.name.zh, None)
    if isinstance(one, Plan):
        return _evaluated(one, one.name.zh, asked, progress)
    path = Path(one)
    if path.is_dir() and (path / "run.json").is_file():
        return _results(path)
    with _named(str(one)):
        plan = read_as_found(path, progress=share(progress, 0.0, _READING))
    return _evaluated(plan, str(one), asked, share(progress, _READING, 1.0))


@contextmanager
def _named(label: str) -> Iterator[None]:
    """Say of which of the plans a fault is."""
    try:
        yield
    except InputError as error:
        raise InputError([replace(f, what=f.what.under(label)) for f in error.findings]) from error
    except UnknownNameError as error:
        raise UnknownNameError(f"{label}: {error}", f"{label}：{error.zh}") from error


def _evaluated(plan: Plan, label: str, asked: Mapping[str, Any], progress: Progress) -> Side:
    with _named(label):
        found = evaluate(plan, **asked, progress=progress)
    return _assessed(found, label, None if plan.prepared else plan)


def _assessed(found: Assessment, label: str, raw: Plan | None) -> Side:
    layers = found.plan.layers
    ground = {name: layers[name] for name in GROUND if name in layers}
    party = Party(label, found.plan.name, layers["units"], found.plan, ground, found.table)
    given = columns_given((raw,)) if raw else None
    return Side(party, found.table, found.run, found.indicators, found.profiles,
                _left_out(found.findings, label), found, given)  # fmt: skip


def _left_out(findings: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return the findings about what was not used, each with the plan it is of."""
    errors = findings[findings["severity"] == "error"]
    return errors.assign(
        what=f"{label}: " + errors["what"], what_zh=f"{label}：" + errors["what_zh"]
    )


def _results(folder: Path) -> Side:
    """Return what a folder of results holds.

    Raises
    ------
    ComparisonError
        It is not as carbonspace wrote it.
    """
    run = _checked(folder, lambda: _run(folder))
    table = _checked(folder, lambda: _table(folder / "indicators.csv"))
    layers = _checked(folder, lambda: _layers(folder / "results.gpkg"))
    units = layers.pop("units")
    known = catalogue.indicators()
    keys = [key for key in run["parameters"] if key in known]
    profiles = _checked(folder, lambda: _profiles(folder / "results.gpkg"))
    party = Party(str(folder), Text(**run["plan"]), units, None, layers, table)
    left_out = _checked(folder, lambda: _findings(folder / "results.gpkg", run))
    return Side(party, table, run, {key: known[key] for key in keys}, profiles,
                _left_out(left_out, str(folder)))  # fmt: skip


def _findings(file: Path, run: Mapping[str, Any]) -> pd.DataFrame:
    """Return the findings of a run, if it is among them that something was left out."""
    if not run.get("left_out"):
        return findings_table(())
    found: pd.DataFrame = pyogrio.read_dataframe(file, layer="findings", read_geometry=False)
    return found


def _profiles(file: Path) -> dict[str, Profile]:
    """Return the profiles that the figures were held against, those of a city's own too."""
    tables = (pyogrio.read_dataframe(file, layer=name, read_geometry=False)
              for name in ("profiles", "clauses"))  # fmt: skip
    return profiles_of(*tables)


def _run(folder: Path) -> Mapping[str, Any]:
    run: dict[str, Any] = json.loads((folder / "run.json").read_text("utf-8"))
    files = [folder / name for name in ("indicators.csv", "results.gpkg")]
    found = digests(files)
    if changed := [file.name for file in files if found[file] != run["sha256"][file.name]]:
        raise _not_as_written(folder, f"{', '.join(changed)} ≠ sha256")
    _ = run["carbonspace"], run["parameters"], run["plan"]["zh"], run["plan"]["en"]
    return run


def _layers(file: Path) -> dict[str, gpd.GeoDataFrame]:
    """Return the units that have results, by their id, and what maps show below them."""
    there = {str(name) for name, _ in pyogrio.list_layers(file)}
    held = {name: f"{BELOW}{name}" for name in GROUND if f"{BELOW}{name}" in there}
    layers = {
        key: gpd.read_file(file, layer=name) for key, name in {"units": "units", **held}.items()
    }
    ids = pd.Index(layers["units"]["unit_id"].astype(str), name="unit_id")
    return {**layers, "units": layers["units"].set_axis(ids)}


def _table(file: Path) -> pd.DataFrame:
    """Return the tall table as it was written: an id may be `NA` or `007`."""
    table = pd.read_csv(
        file, encoding="utf-8-sig", keep_default_na=False, na_values=[""],
        dtype={"unit_id": "str"}, low_memory=False,
    )  # fmt: skip
    ids = pd.read_csv(file, encoding="utf-8-sig", usecols=["unit_id"], dtype="str",
                      keep_default_na=False)  # fmt: skip
    return table.assign(unit_id=ids["unit_id"])[[*COLUMNS, "rule"]]


def _checked(folder: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except ComparisonError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _not_as_written(folder, f"{type(error).__name__}: {error}") from error


def _not_as_written(folder: Path, found: str) -> ComparisonError:
    return ComparisonError(
        f"{folder} is no folder of results as carbonspace wrote it ({found}). Expected: run.json, "
        "indicators.csv and results.gpkg of one run, unchanged. Evaluate the plan again, or name "
        "its plan.toml.",
        f"{folder} 不是 carbonspace 写出的完整结果文件夹（{found}）。"
        "应为同一次运行写出且未改动的 run.json、indicators.csv 和 results.gpkg。"
        "请重新计算该方案，或直接给出其 plan.toml。",
    )
