"""On which days the services of a GTFS feed run, and the day that stands for each type of day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.sources.gtfs_tables import COLUMNS, Tables

Days = NDArray[np.int64]
"""Days counted from 1 January 1970, ascending."""

_WEEK = COLUMNS["calendar"][1:8]
_ADDED, _REMOVED = "1", "2"
_MOST_DAYS = 20_000
"""An end date such as 99991231 means without end: two generations are looked at."""
_THURSDAY = 3
"""1 January 1970 was a Thursday; Monday is 0."""

DAY_TYPES: Mapping[str, tuple[int, ...]] = {
    "workday": (0, 1, 2, 3, 4), "saturday": (5,), "sunday": (6,),
}  # fmt: skip


class Typical(NamedTuple):
    """The day that stands for a type of day, and the services that run on it.

    `day` is None where nothing runs on any day of the type.
    """

    day: int | None
    services: frozenset[str]

    @property
    def date(self) -> str:
        """The day as YYYY-MM-DD."""
        return "" if self.day is None else str(np.datetime64(self.day, "D"))


def service_days(tables: Tables) -> dict[str, Days]:
    """Return the days on which each service runs; services that never run are left out.

    A day of the week within the dates of `calendar`, unless `calendar_dates` takes it away; and
    every day that `calendar_dates` adds.
    """
    added, removed = (_exceptions(tables, kind) for kind in (_ADDED, _REMOVED))
    weekly: dict[str, Days] = {}
    for row in tables.get("calendar", pd.DataFrame()).to_dict("records"):
        name, days = row["service_id"], _weekly(row)
        weekly[name] = np.union1d(weekly.get(name, days), days)
    found = {
        name: np.union1d(
            np.setdiff1d(weekly.get(name, _NONE), removed.get(name, _NONE)), added.get(name, _NONE)
        )
        for name in [*weekly, *(n for n in added if n not in weekly)]
    }
    return {name: days for name, days in found.items() if len(days)}


def running(tables: Tables) -> set[str]:
    """Return the services that run on at least one day."""
    return set(service_days(tables))


def undated(tables: Tables) -> list[str]:
    """Return the services of `calendar` whose first and last day make no period."""
    rows = tables.get("calendar", pd.DataFrame()).to_dict("records")
    return [str(row["service_id"]) for row in rows if _period(row) is None]


def stated_period(tables: Tables) -> tuple[int, int] | None:
    """Return the first and last day that `feed_info` says the feed is good for, if it says any."""
    info = tables.get("feed_info", pd.DataFrame())
    if info.empty:
        return None
    first, last = (_days_of(info[c]) for c in ("feed_start_date", "feed_end_date"))
    known = first[0] > _NO_DAY, last[0] > _NO_DAY
    if not any(known):
        return None
    low = int(first[0]) if known[0] else _NO_DAY
    return low, int(last[0]) if known[1] else np.iinfo(np.int64).max


def typical_days(
    days: Mapping[str, Days], trips: Mapping[str, int], period: tuple[int, int] | None
) -> dict[str, Typical | None]:
    """Return the day of each type with the most trips, the earliest of several.

    Parameters
    ----------
    days
        The days of each service.
    trips
        How many trips each service runs on a day.
    period
        First and last day that are looked at; None: all.

    Returns
    -------
    dict
        None where the calendar holds no day of the type at all.
    """
    low, high = period or (_NO_DAY, np.iinfo(np.int64).max)
    inside = {name: d[(d >= low) & (d <= high)] for name, d in days.items()}
    every = np.concatenate([_NONE, *inside.values()])
    load = np.repeat([trips.get(name, 0) for name in inside], [len(d) for d in inside.values()])
    known, position = np.unique(every, return_inverse=True)
    total = np.bincount(position, load, minlength=len(known)).astype(np.float64)
    return {kind: _busiest(known, total, week, inside) for kind, week in DAY_TYPES.items()}


def _busiest(
    known: Days, total: NDArray[np.float64], week: tuple[int, ...], services: Mapping[str, Days]
) -> Typical | None:
    if not len(known) or not _holds(int(known[0]), int(known[-1]), week):
        return None
    total = np.where(np.isin(_weekday(known), week), total, 0)
    if not total.any():
        return Typical(None, frozenset())
    day = int(known[total.argmax()])
    return Typical(day, frozenset(name for name, days in services.items() if day in days))


def _holds(first: int, last: int, week: tuple[int, ...]) -> bool:
    """Tell whether a day of these days of the week lies between two days."""
    span = np.arange(first, min(last, first + 6) + 1)
    return bool(np.isin(_weekday(span), week).any())


def _weekday(days: Days) -> Days:
    return (days + _THURSDAY) % 7


def _exceptions(tables: Tables, kind: str) -> dict[str, Days]:
    empty = pd.DataFrame(columns=[*COLUMNS["calendar_dates"]], dtype="str")
    dates = tables.get("calendar_dates", empty).dropna(subset=["service_id", "date"])
    chosen = dates[dates["exception_type"] == kind]
    day = _days_of(chosen["date"])
    held = pd.Series(day, index=chosen["service_id"].to_numpy())[day > _NO_DAY]
    return {str(name): np.unique(group) for name, group in held.groupby(level=0)}


def _weekly(row: Mapping[str, str]) -> Days:
    """Return the days on which a row of `calendar` lets its service run."""
    period = _period(row)
    if period is None:
        return _NONE
    span = np.arange(period[0], min(period[1], period[0] + _MOST_DAYS - 1) + 1, dtype=np.int64)
    on = np.array([str(row[day]) == "1" for day in _WEEK])
    days: Days = span[on[_weekday(span)]]
    return days


def _period(row: Mapping[str, str]) -> tuple[int, int] | None:
    first, last = _days_of(pd.Series([row["start_date"], row["end_date"]]))
    sound = first > _NO_DAY and last > _NO_DAY and first <= last
    return (int(first), int(last)) if sound else None


def _days_of(texts: pd.Series) -> Days:
    """Return the days of texts YYYYMMDD, `_NO_DAY` where a text is none.

    numpy knows the year 9999, pandas in nanoseconds does not.
    """
    distinct = {text: _day_of(str(text)) for text in texts.unique()}
    return np.array([distinct[text] for text in texts], dtype=np.int64)


def _day_of(text: str) -> int:
    if not re.fullmatch(r"\d{8}", text):
        return _NO_DAY
    try:
        return int(np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:]}", "D").astype(np.int64))
    except ValueError:
        return _NO_DAY


_NONE: Days = np.zeros(0, dtype=np.int64)
_NO_DAY = int(np.iinfo(np.int64).min)
