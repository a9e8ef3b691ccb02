"""The tables of a GTFS feed, from a zip or a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pandas as pd

from carbonspace.sources.archive import names_in, unpacked
from carbonspace.sources.gate import is_zip

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "stops": ("stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station"),
    "routes": ("route_id", "route_short_name", "route_long_name", "route_type"),
    "trips": ("trip_id", "route_id", "service_id", "shape_id", "direction_id"),
    "stop_times": ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time",
                   "pickup_type"),
    "calendar": ("service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
                 "sunday", "start_date", "end_date"),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "shapes": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs"),
    "feed_info": ("feed_start_date", "feed_end_date"),
}  # fmt: skip
"""The columns that are read, by table."""
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "stops": ("stop_id", "stop_lat", "stop_lon"), "routes": ("route_id", "route_type"),
    "trips": ("trip_id", "route_id", "service_id"),
    "stop_times": ("trip_id", "stop_id", "stop_sequence"),
}  # fmt: skip
Tables = Mapping[str, pd.DataFrame]
_SIGNS = ("stops.txt", "routes.txt", "trips.txt")


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
