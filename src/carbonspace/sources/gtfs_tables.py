"""The tables of a GTFS feed, from a zip or a folder, and which of its services ever run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from carbonspace.sources.archive import names_in, unpacked
from carbonspace.sources.gate import is_zip

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "stops": ("stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station"),
    "routes": ("route_id", "route_short_name", "route_long_name", "route_type"),
    "trips": ("trip_id", "route_id", "service_id", "shape_id"),
    "stop_times": ("trip_id", "stop_id", "stop_sequence"),
    "calendar": ("service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
                 "sunday", "start_date", "end_date"),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "shapes": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
}  # fmt: skip
"""The columns that are read, by table."""
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "stops": ("stop_id", "stop_lat", "stop_lon"), "routes": ("route_id", "route_type"),
    "trips": ("trip_id", "route_id", "service_id"),
    "stop_times": ("trip_id", "stop_id", "stop_sequence"),
}  # fmt: skip
Tables = Mapping[str, pd.DataFrame]
_SIGNS = ("stops.txt", "routes.txt", "trips.txt")
_DAYS = COLUMNS["calendar"][1:8]
_ADDED, _REMOVED = "1", "2"
_MOST_DAYS = 20_000
"""An end date such as 99991231 means without end: two generations are looked at."""


def is_gtfs(source: str) -> bool:
    """Return True for a folder or zip that holds stops, routes and trips of a feed."""
    path = Path(source)
    if path.is_dir():
        return _has_signs(path)
    names = names_in(path) if is_zip(path) else []
    return all(any(PurePosixPath(n).name == sign for n in names) for sign in _SIGNS)


def read_feed(path: Path) -> Tables:
    """Return the tables of a feed that are there, all values as stripped text, null where empty.

    Raises
    ------
    InputError
        If the archive is damaged, encrypted, or unpacks to too much.
    ValueError, OSError
        If a table is no CSV in UTF-8.
    """
    if path.is_dir():
        return _read_folder(path)
    with unpacked("transit_stops", path.name, path) as folder:
        below = (stops.parent for stops in sorted(folder.rglob(_SIGNS[0])))
        return _read_folder(next((one for one in below if _has_signs(one)), folder))


def running(tables: Tables) -> set[str]:
    """Return the services that run on at least one day.

    A day of the week within the dates of `calendar`, unless `calendar_dates` takes it away; and
    every day that `calendar_dates` adds.
    """
    empty = pd.DataFrame(columns=[*COLUMNS["calendar_dates"]], dtype="str")
    dates = tables.get("calendar_dates", empty).dropna(subset=["service_id", "date"])
    added = dates.loc[dates["exception_type"] == _ADDED, "service_id"]
    removed = dates[dates["exception_type"] == _REMOVED].groupby("service_id")["date"].agg(set)
    found = set(added)
    for row in tables.get("calendar", pd.DataFrame()).to_dict("records"):
        if _days(row) - removed.get(row["service_id"], set()):
            found.add(row["service_id"])
    return found


def _days(row: Mapping[str, str]) -> set[str]:
    """Return the days (YYYYMMDD) on which a row of `calendar` lets its service run."""
    ends = pd.to_datetime(pd.Series([row["start_date"], row["end_date"]]), format="%Y%m%d",
                          errors="coerce")  # fmt: skip
    if ends.isna().any() or ends[1] < ends[0]:
        return set()
    span = pd.date_range(ends[0], periods=min((ends[1] - ends[0]).days + 1, _MOST_DAYS))
    on = np.array([str(row[day]) == "1" for day in _DAYS])
    return set(span[on[span.day_of_week]].strftime("%Y%m%d"))


def _has_signs(folder: Path) -> bool:
    return all((folder / name).is_file() for name in _SIGNS)


def _read_folder(folder: Path) -> Tables:
    files = {name: folder / f"{name}.txt" for name in COLUMNS}
    return {n: _table(file, COLUMNS[n]) for n, file in files.items() if file.is_file()}


def _table(file: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.read_csv(file, dtype="str", encoding="utf-8-sig", skipinitialspace=True,
                        usecols=lambda name: name.strip() in columns, na_values=[""],
                        keep_default_na=False)  # fmt: skip
    table.columns = table.columns.str.strip()
    stripped = table.apply(lambda column: column.str.strip())
    return stripped.mask(stripped == "").reindex(columns=[*columns]).astype("str").astype("str")
