"""How often a GTFS feed serves its stops: departures by type of day, headway in the peak.

A departure is a call of a trip at a stop, a station with what belongs to it, where passengers may
get on: not its last one, and not one that `pickup_type` 1 closes. Departures are counted on the
busiest day of each type, which is what partridge looks at, too. The headway is the length of the
peak over the departures of one route in one direction (Transit Capacity and Quality of Service
Manual; tidytransit `get_stop_frequency`); that of the route and direction served best is the
stop's, so that neither the way back nor another route shortens it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from carbonspace.model.finding import Finding
from carbonspace.sources import gtfs_words as words
from carbonspace.sources.gtfs_calendar import (
    service_days,
    stated_period,
    typical_days,
    undated,
)
from carbonspace.sources.gtfs_tables import Tables
from carbonspace.sources.gtfs_times import Calls, calls_of, seconds

PEAK = (7 * 3600, 9 * 3600)
"""The morning peak, seconds: from 7:00 to before 9:00."""

_LEAST_HEADWAY, _LONGEST_DAY = 10, 48 * 3600
"""Seconds; a frequency beyond these would stand for more trips than anybody runs."""

_PLACE = ["stop_id", "mode"]


class Service(NamedTuple):
    """Departures and headways by stop (station) and mode, and what was noticed."""

    table: pd.DataFrame
    findings: list[Finding]


def service_of(tables: Tables, station: pd.Series, modes: pd.Series) -> Service:
    """Return how often trips leave each station, or stop without one, in each mode.

    Parameters
    ----------
    tables
        Those of the feed, with the trips that run.
    station
        The station of each stop id, itself where it has none.
    modes
        The mode of each route id.

    Returns
    -------
    Service
        Index: stop_id and mode. `departures_workday`, `departures_saturday`,
        `departures_sunday`: null where the calendar holds no such day. `peak_headway` in minutes,
        null where nothing leaves in the peak.
    """
    calls = calls_of(tables)
    runs, unfit = _runs(tables, calls)
    stated = stated_period(tables)
    days = typical_days(service_days(tables), _load(tables, runs), stated)
    made = _calls_of_runs(tables, calls, runs, station, modes)
    columns, twice = {}, 0
    for kind, day in days.items():
        today = made.iloc[:0] if day is None else made[made["service_id"].isin(day.services)]
        once, again = _each_once(today)
        twice = max(twice, again)
        leaving = once[once["leaves"]]
        columns[f"departures_{kind}"] = _count(leaving, made, known=day is not None)
        if kind == "workday":
            columns["peak_headway"] = _headway(leaving)
    findings = [*words.of_days(days, stated), *words.of_times(calls, unfit, twice, undated(tables))]
    return Service(pd.DataFrame(columns), findings)


def _runs(tables: Tables, calls: Calls) -> tuple[pd.DataFrame, list[str]]:
    """Return the runs of each trip, `shift` seconds after its own times, and rows that are unfit.

    A trip of `frequencies` leaves its first stop at the start of each period and then every
    headway, as long as it is before the end; any other trip runs once, as it says.
    """
    trips = tables["trips"]["trip_id"].drop_duplicates()
    once = pd.DataFrame({"trip_id": trips, "shift": 0.0})
    if "frequencies" not in tables:
        return once, []
    rows = tables["frequencies"][tables["frequencies"]["trip_id"].isin(trips)]
    start, end = seconds(rows["start_time"]), seconds(rows["end_time"])
    headway = pd.to_numeric(rows["headway_secs"], errors="coerce")
    sound = (headway >= _LEAST_HEADWAY) & (end > start) & (end <= _LONGEST_DAY)
    rows, start, end, headway = (one[sound] for one in (rows, start, end, headway))
    number = np.ceil((end - start) / headway).astype(int)
    first = calls.table.drop_duplicates("trip_id").set_index("trip_id")["time"]
    turn = np.concatenate([np.zeros(0), *(np.arange(n) for n in number)])
    row = np.repeat(np.arange(len(rows)), number)
    shift = start.to_numpy()[row] + turn * headway.to_numpy()[row]
    many = pd.DataFrame({"trip_id": rows["trip_id"].to_numpy()[row], "shift": shift})
    many["shift"] -= many["trip_id"].map(first)
    unfit = sorted(set(tables["frequencies"]["trip_id"].dropna()) & set(trips) - set(many.trip_id))
    return pd.concat([once[~once["trip_id"].isin(many["trip_id"])], many]), unfit


def _load(tables: Tables, runs: pd.DataFrame) -> Mapping[str, int]:
    """Return how many runs each service makes on a day."""
    service = tables["trips"].drop_duplicates("trip_id").set_index("trip_id")["service_id"]
    return {str(k): int(n) for k, n in runs["trip_id"].map(service).value_counts().items()}


def _calls_of_runs(
    tables: Tables, calls: Calls, runs: pd.DataFrame, station: pd.Series, modes: pd.Series
) -> pd.DataFrame:
    """Return every call of every run with its stop, route, direction and service.

    A direction is what `direction_id` says, else the station that the trip calls at next.
    """
    trips = tables["trips"].drop_duplicates("trip_id").set_index("trip_id")
    table = calls.table.assign(call=calls.table["stop_id"],
                               stop_id=calls.table["stop_id"].map(station))  # fmt: skip
    following = table["stop_id"].shift(-1).mask(table["last"])
    told = table["trip_id"].map(trips["direction_id"])
    route = table["trip_id"].map(trips["route_id"])
    table = table.assign(
        route=route, mode=route.map(modes), service_id=table["trip_id"].map(trips["service_id"]),
        direction=told.fillna("to " + following.astype("str")),
        leaves=~table["last"] & table["boards"],
    )  # fmt: skip
    runs = runs.assign(run=np.arange(len(runs)))
    made = table.merge(runs, on="trip_id")
    return made.assign(time=made["time"] + made["shift"]).dropna(subset=_PLACE)


def _each_once(made: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the calls with runs left out that another one repeats, and how many those are.

    The same route, direction, stops and times: for passengers that is one departure.
    """
    call = pd.util.hash_pandas_object(made[["call", "time"]], index=False)
    of_run = made.assign(call=call).groupby("run", sort=True)
    run = of_run.agg(
        route=("route", "first"),
        direction=("direction", "first"),
        number=("call", "size"),
        known=("time", "count"),
        calls=("call", "sum"),
    )
    again = run.duplicated() & (run["known"] == run["number"])
    return made[~made["run"].isin(run.index[again])], int(again.sum())


def _count(leaving: pd.DataFrame, made: pd.DataFrame, *, known: bool) -> pd.Series:
    """Return the departures of every place that is called at; null where the day is not known."""
    places = made.groupby(_PLACE).size()
    count = leaving.groupby(_PLACE).size().reindex(places.index, fill_value=0).astype(float)
    return count if known else count * np.nan


def _headway(leaving: pd.DataFrame) -> pd.Series:
    """Return the minutes between departures in the peak of what is served best at each place."""
    peak = leaving[(leaving["time"] >= PEAK[0]) & (leaving["time"] < PEAK[1])]
    best = peak.groupby([*_PLACE, "route", "direction"]).size().groupby(_PLACE).max()
    return (PEAK[1] - PEAK[0]) / 60 / best
