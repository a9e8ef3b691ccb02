"""What a run came to in plain values, for a program that asks: the worst units first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyogrio

from carbonspace.model.assessment import Assessment, grid
from carbonspace.model.clause_tables import profiles_of
from carbonspace.model.finding import findings_told, severities
from carbonspace.model.indicator import Indicator
from carbonspace.model.outcome import CITY
from carbonspace.model.rule import STATUS_TITLES, Profile
from carbonspace.model.shortfall import shortfalls, worst_first
from carbonspace.outputs.filenames import unit_files
from carbonspace.outputs.plainjson import plain
from carbonspace.outputs.reading import table_of

_FILE = "results.gpkg"
_MISS = ("indicator", "profile", "value", "unit", "target", "margin", "relative", "binding",
         "clause_status", "parameters", "robust")  # fmt: skip


class Brief(NamedTuple):
    """What is told of a run: of the assessment at hand, or read from the folder it wrote."""

    run: Mapping[str, Any]
    table: pd.DataFrame
    findings: pd.DataFrame
    names: Mapping[str, str]
    profiles: Mapping[str, Profile]
    indicators: Mapping[str, Indicator]


def brief_of(assessment: Assessment, folder: Path) -> Brief:
    """Return what is told of an assessment that was written into a folder."""
    run = json.loads((folder / "run.json").read_text("utf-8"))
    names = _names(assessment.plan.layers["units"])
    return Brief(run, assessment.table, assessment.findings, names, assessment.profiles,
                 assessment.indicators)  # fmt: skip


def read_brief(folder: Path, indicators: Mapping[str, Indicator]) -> Brief:
    """Return what is told of a run, read from its folder; `indicators` are all there are."""
    run, file = json.loads((folder / "run.json").read_text("utf-8")), folder / _FILE
    units = pyogrio.read_dataframe(file, layer="units", read_geometry=False).set_index("unit_id")
    profiles = profiles_of(table_of(file, "profiles"), table_of(file, "clauses"))
    return Brief(run, table_of(file, "indicators"), table_of(file, "findings"), _names(units),
                 profiles, {key: indicators[key] for key in run["indicators"]})  # fmt: skip


def _names(units: pd.DataFrame) -> dict[str, str]:
    if "name" not in units:
        return {}
    return {str(unit_id): str(name) for unit_id, name in units["name"].dropna().items()}


def told(brief: Brief, folder: Path) -> dict[str, Any]:
    """Return the plan, its files, verdicts counted, and every place with what it misses."""
    run, errors = brief.run, brief.findings[brief.findings["severity"] == "error"]
    places = _Places(brief, folder)
    return {
        "plan": run["plan"],
        "out": str(folder),
        "files": run["files"],
        "verdicts": _verdicts(brief.table, brief.indicators),
        "units": places.of("unit"),
        "districts": places.of("district"),
        "city": next(iter(places.of(CITY)), None),
        "indicators": {key: {"title": one.title._asdict(), "unit": one.unit, "theme": one.theme}
                       for key, one in brief.indicators.items()},
        "findings": {**severities(brief.findings), "errors": findings_told(errors)},
        "left_out": int(run.get("left_out", 0)),
    }  # fmt: skip


def files_of(folder: Path) -> list[Path]:
    """Return the files that a run wrote into a folder."""
    run = json.loads((folder / "run.json").read_text("utf-8"))
    return [folder / name for name in run["files"]]


def pages_of(table: pd.DataFrame, folder: Path) -> dict[str, Path]:
    """Return the page of each unit of the tall table that has one in a folder of results."""
    units = table.loc[table["level"] == "unit", "unit_id"].unique()
    return unit_files(folder, map(str, units))


def _verdicts(table: pd.DataFrame, indicators: Mapping[str, Indicator]) -> dict[str, Any]:
    """Return how many verdicts of each kind there are by level, together and by theme."""
    rows = table.loc[table["profile"].notna(), ["level", "indicator", "status"]]
    by_key = rows.value_counts(sort=False)
    themes = pd.Series({key: one.theme for key, one in indicators.items()})
    found = by_key.rename("n").reset_index()
    found = found.assign(theme=found["indicator"].map(themes))
    return {
        level: {"all": _summed(mine), "themes": {
            theme: _summed(held) for theme in themes.unique()
            if len(held := mine[mine["theme"] == theme])}}
        for level in rows["level"].unique() for mine in [found[found["level"] == level]]
    }  # fmt: skip


def _summed(found: pd.DataFrame) -> dict[str, int]:
    """Return how many verdicts of each kind there are of tallies."""
    counts = found.groupby("status")["n"].sum()
    return {status: int(counts.get(status, 0)) for status in STATUS_TITLES}


class _Places:
    """The places of a run by level, with what they miss."""

    def __init__(self, brief: Brief, folder: Path) -> None:
        self._brief, self._folder = brief, folder
        shown = brief.table[brief.table["level"].isin(["unit", "district", CITY])]
        self._misses = _misses(shortfalls(shown, brief.profiles))

    def of(self, level: str) -> list[dict[str, Any]]:
        """Return the places of a level, those first that miss most."""
        rows = self._brief.table[self._brief.table["level"] == level]
        if rows.empty:
            return []
        counts = _counts(grid(rows).status)
        pages = pages_of(rows, self._folder)
        names = self._brief.names if level == "unit" else {}
        by_place = counts.to_dict("index")
        return [
            {"id": place, "name": names.get(place),
             "page": pages[place].relative_to(self._folder).as_posix() if place in pages else None,
             "missed": by_place[place]["not_met"], "indicators": by_place[place],
             "misses": self._misses.get((level, place), [])}
            for place in worst_first(counts["not_met"])
        ]  # fmt: skip


def _counts(status: pd.DataFrame) -> pd.DataFrame:
    """Return how many indicators of each place (rows of `status`) have each verdict."""
    held = status.to_numpy(dtype=object)
    return pd.DataFrame({one: (held == one).sum(axis=1) for one in STATUS_TITLES},
                        index=status.index)  # fmt: skip


def _misses(short: pd.DataFrame) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return missed targets as plain values by level and place, the worst of a place first."""
    rows = short[["level", "unit_id", *_MISS]].astype(object)
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows.where(rows.notna(), None).to_dict("records"):
        place = row.pop("level"), row.pop("unit_id")
        robust = None if row["robust"] is None else bool(row["robust"])
        found.setdefault(place, []).append({**plain(row), "robust": robust})
    return found
