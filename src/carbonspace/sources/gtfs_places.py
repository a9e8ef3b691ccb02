"""Where the stops of a GTFS feed are, and which of them cannot be where the feed says.

A stop that nothing could reach in time from the stops its trips call at before and after is in
the wrong place: with coordinates of another stop, exchanged, or mistyped.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.sources.gtfs_tables import Tables
from carbonspace.sources.gtfs_times import calls_of

_FASTEST = 400 / 3.6
"""Metres per second; trains are slower."""
_LEAST_TIME = 60.0
"""Seconds that a leg takes at least: timetables are rounded to minutes."""
_UNTIMED_M = 200_000.0
"""Metres of a leg without times that nobody believes."""
_EARTH_M = 6_371_000.0
_MANY = 0.1
"""Where more than this share of the stops seem to be astray it is the times that are wrong."""

Places = NDArray[np.float64]


def points(lon: pd.Series, lat: pd.Series) -> NDArray[np.object_]:
    """Return points, None where a coordinate is missing, out of range, or both are zero."""
    xy = _coordinates(lon, lat)
    sound = ~np.isnan(xy[:, 0])
    found: NDArray[np.object_] = shapely.points(np.where(sound[:, None], xy, 0.0))
    found[~sound] = None
    return found


def placed(tables: Tables) -> tuple[Tables, list[Finding]]:
    """Return the tables with the stops that are in a wrong place without any, and what was found.

    Only stops that a trip calls at are looked at.
    """
    stops = tables["stops"].dropna(subset=["stop_id"]).drop_duplicates("stop_id")
    xy = _coordinates(stops["stop_lon"], stops["stop_lat"])
    legs = _legs(tables, stops)
    astray = _astray(legs, xy)
    if not len(astray):
        return tables, []
    findings = [*_said(stops, xy, legs, astray)]
    wrong = tables["stops"]["stop_id"].isin(stops["stop_id"].iloc[astray])
    blank = tables["stops"][["stop_lon", "stop_lat"]].mask(wrong)
    return {**tables, "stops": tables["stops"].assign(**blank)}, findings


def _coordinates(lon: pd.Series, lat: pd.Series) -> Places:
    """Return longitude and latitude (float[n, 2]), NaN where they are no place."""
    x, y = (pd.to_numeric(v, errors="coerce").to_numpy(dtype=float) for v in (lon, lat))
    sound = (np.abs(x) <= 180) & (np.abs(y) <= 90) & ((x != 0) | (y != 0))
    return np.where(sound[:, None], np.stack((x, y), axis=1), np.nan)


def _legs(tables: Tables, stops: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of stops, by position, that trips go between, and the most seconds they take."""
    at = pd.Series(np.arange(len(stops)), index=stops["stop_id"])
    calls = calls_of(tables).table
    here = calls["stop_id"].map(at)
    legs = pd.DataFrame({"a": here, "b": here.shift(-1),
                         "time": calls["time"].shift(-1) - calls["time"]})  # fmt: skip
    legs = legs[~calls["last"]].dropna(subset=["a", "b"])
    legs = legs[legs["a"] != legs["b"]]
    return legs.groupby(["a", "b"], as_index=False)["time"].max().astype({"a": int, "b": int})


def _astray(legs: pd.DataFrame, xy: Places) -> list[int]:
    """Return the stops, one by one the one with the most legs that nothing could travel."""
    a, b = legs["a"].to_numpy(), legs["b"].to_numpy()
    away, time = _metres(xy[a], xy[b]), legs["time"].to_numpy()
    most = np.where(np.isnan(time), _UNTIMED_M, _FASTEST * np.maximum(time, _LEAST_TIME))
    bad = away > most
    every = np.bincount(np.concatenate([a, b]), minlength=len(xy))
    found: list[int] = []
    while bad.any():
        count = np.bincount(np.concatenate([a[bad], b[bad]]), minlength=len(xy))
        worst = int(np.lexsort((-count / np.maximum(every, 1), -count))[0])
        found.append(worst)
        bad &= (a != worst) & (b != worst)
    return found if len(found) <= max(1, _MANY * len(xy)) else []


def _metres(one: Places, other: Places) -> NDArray[np.float64]:
    """Return distances on the sphere."""
    (x, y), (u, v) = np.radians(one).T, np.radians(other).T
    half = np.sin((v - y) / 2) ** 2 + np.cos(y) * np.cos(v) * np.sin((u - x) / 2) ** 2
    return np.asarray(2 * _EARTH_M * np.arcsin(np.sqrt(half)))


def _said(
    stops: pd.DataFrame, xy: Places, legs: pd.DataFrame, astray: list[int]
) -> Iterator[Finding]:
    for stop in astray:
        beside = np.unique(legs.loc[legs["a"] == stop, "b"].tolist()
                           + legs.loc[legs["b"] == stop, "a"].tolist())  # fmt: skip
        beside = np.setdiff1d(beside, astray).astype(int)
        near = np.nanmedian(xy[beside], axis=0) if len(beside) else np.full(2, np.nan)
        away, turned = (float(_metres(one[None], near[None])[0])
                        for one in (xy[stop], xy[stop][::-1]))  # fmt: skip
        name, (lon, lat) = str(stops["stop_id"].iloc[stop]), xy[stop]
        yield _out_of_place(name, f"{lat:g}, {lon:g}", away, exchanged=turned < away / 10)


def _out_of_place(name: str, where: str, away: float, *, exchanged: bool) -> Finding:
    km = "?" if np.isnan(away) else f"{away / 1000:,.0f}"
    hint = Text("，经纬度似乎对调", "; latitude and longitude seem exchanged")
    return Finding(
        "warning", "transit_stops",
        Text("站点不可能在此处", "A stop cannot be where it is said to be"),
        Text(f"纬度、经度 {where}，距前后站 {km} 公里{hint.zh if exchanged else ''}",
             f"latitude, longitude {where}, {km} km from the stops before and after"
             f"{hint.en if exchanged else ''}"),
        Text("班次来得及到达的位置", "a place that its trips can reach in time"),
        Text("该站点不计；请在源数据中改正。", "It does not count; correct it in the feed."), name,
    )  # fmt: skip
