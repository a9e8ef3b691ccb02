"""The times of a GTFS feed: seconds from the midnight its service day begins with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from carbonspace.sources.gtfs_tables import Tables

_CLOCK = r"^(\d{1,3}):([0-5]?\d):([0-5]\d)$"


class Calls(NamedTuple):
    """Calls of trips at stops in the order they are made, and what was noticed.

    `table` has `trip_id`, `stop_id`, `time` (seconds; NaN: unknown), `last` (the trip ends here)
    and `boards` (passengers may get on). `unread` are times that are none, `filled` counts calls
    whose time was interpolated, `backward` names trips whose times run backwards.
    """

    table: pd.DataFrame
    unread: tuple[str, ...]
    filled: int
    backward: tuple[str, ...]


def seconds(texts: pd.Series) -> pd.Series:
    """Return H:MM:SS as seconds, past 24:00:00 too; NaN where there is no such text."""
    parts = texts.astype("str").str.extract(_CLOCK).astype(float)
    return parts[0] * 3600 + parts[1] * 60 + parts[2]


def calls_of(tables: Tables) -> Calls:
    """Return the calls of all trips with the time they leave at.

    A call leaves at its departure, else its arrival time. Between two calls with a time those
    without are spaced evenly; before the first and after the last one nothing is guessed. Times
    that run backwards are not believed for the whole trip.
    """
    times = tables["stop_times"].dropna(subset=["trip_id", "stop_id"])
    order = pd.to_numeric(times["stop_sequence"], errors="coerce")
    times = times.assign(order=order).sort_values(["trip_id", "order"], kind="stable")
    times = times.reset_index(drop=True)
    told = times["departure_time"].fillna(times["arrival_time"])
    read = seconds(told)
    wrong = times["trip_id"].isin(times.loc[_falling(read, times["trip_id"]), "trip_id"])
    time = _interpolated(read.mask(wrong), times["trip_id"])
    table = times[["trip_id", "stop_id"]].assign(
        time=time, last=times["trip_id"] != times["trip_id"].shift(-1),
        boards=times["pickup_type"] != "1",
    )  # fmt: skip
    return Calls(table, tuple(told[told.notna() & read.isna()].unique()),
                 int((time.notna() & told.isna()).sum()),
                 tuple(times.loc[wrong, "trip_id"].unique()))  # fmt: skip


def _falling(time: pd.Series, trip: pd.Series) -> pd.Series:
    """Tell which times are earlier than one before them in their trip."""
    return time < time.groupby(trip).cummax().groupby(trip).ffill().groupby(trip).shift()


def _interpolated(time: pd.Series, trip: pd.Series) -> pd.Series:
    """Return times with those filled in that lie between two known ones of their trip."""
    at = pd.Series(np.arange(len(time), dtype=float), index=time.index)
    known = pd.DataFrame({"time": time, "at": at.where(time.notna())}).groupby(trip)
    before, after = known.ffill(), known.bfill()
    gap = (after["at"] - before["at"]).replace(0, 1)
    share = (at - before["at"]) / gap
    return before["time"] + (after["time"] - before["time"]) * share
