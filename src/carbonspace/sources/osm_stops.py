"""Stops and stations of an OpenStreetMap extract, each counted once."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.sources.tags import any_of

SAME_STOP_M = 20.0
"""A platform this near a stop of the same mode is that stop, drawn a second time.

In the extract of Las Palmas the platforms beside a bus stop lie within 17.2 m of it, the others
at 25.6 m or more.
"""
_STATION, _STOP, _PLATFORM = 0, 1, 2
_LINE = (1, 5)


def candidates(tables: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return everything drawn for a stop, with `stop_id`, `mode` and `rank`.

    Stations (rank 0), stops at the kerb (1), platforms (2). Stop positions on the carriageway
    are left out: passengers wait on the platform. A platform drawn as a line becomes a point.
    """
    parts = [t[_rank(t) >= 0] for t in (tables[n] for n in ("multipolygons", "points", "lines"))]
    both = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)
    shapes = both.geometry.to_numpy().copy()
    drawn = np.isin(shapely.get_type_id(shapes), _LINE)
    shapes[drawn] = shapely.centroid(shapes[drawn])
    return both.assign(stop_id=both["id"], mode=_mode(both), rank=_rank(both)).set_geometry(
        gpd.GeoSeries(shapes, both.index, crs=both.crs)
    )


def once_each(stops: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return stops in metres with those left out that are drawn a second time.

    A stop inside a station's area is the station's; a platform within `SAME_STOP_M` of a stop,
    station or earlier platform of its mode is that one.
    """
    ordered = stops.sort_values("rank", kind="stable").reset_index(drop=True)
    shapes, mode, rank = (ordered[c].to_numpy() for c in ("geometry", "mode", "rank"))
    tree = shapely.STRtree(shapes)
    later, first = tree.query(shapes, predicate="dwithin", distance=SAME_STOP_M)
    before = (first < later) & (mode[first] == mode[later])
    later, first = later[before], first[before]
    inside = (rank[first] == _STATION) & shapely.intersects(shapes[first], shapes[later])
    same = inside | (rank[later] == _PLATFORM)
    again = np.unique(later[same])
    findings = [_note(len(again), len(ordered))] if len(again) else []
    return ordered.drop(index=again).reset_index(drop=True), findings


def _rank(features: pd.DataFrame) -> pd.Series:
    """Return the rank of each feature as a stop; -1: it is none."""
    kind = features["public_transport"]
    amenity = features.get("amenity", pd.Series(None, features.index, dtype="str"))
    railway = features["railway"]
    station = (kind == "station") | amenity.isin(["bus_station", "ferry_terminal"])
    station |= railway.isin(["station", "halt"])
    stop = (features["highway"] == "bus_stop") | (railway == "tram_stop")
    platform = kind == "platform"
    rank = np.select([station, stop, platform], [_STATION, _STOP, _PLATFORM], default=-1)
    return pd.Series(rank, index=features.index)


def _mode(stops: pd.DataFrame) -> pd.Series:
    """Return the mode of each stop; where nothing else is tagged it is the bus."""
    metro = (stops["station"] == "subway") | (stops["subway"] == "yes")
    tram = any_of(stops, ("tram", "light_rail"), ("yes",)) | (stops["railway"] == "tram_stop")
    tram |= stops["station"] == "light_rail"
    rail = (stops["train"] == "yes") | stops["railway"].isin(["station", "halt"])
    ferry = (stops["amenity"] == "ferry_terminal") | (stops["ferry"] == "yes")
    mode = np.select([metro, tram, rail, ferry], ["metro", "tram", "rail", "ferry"], default="bus")
    return pd.Series(mode, index=stops.index)


def _note(count: int, of: int) -> Finding:
    return Finding(
        "note", "transit_stops", Text("站点重复绘制", "Stops are drawn twice"),
        Text(f"{of} 个中的 {count} 个", f"{count} of {of}"),
        Text("每个站点一个要素", "one feature for each stop"),
        Text(f"站台与 {SAME_STOP_M:g} 米内的同方式站点、站内的站点只计一次。",
             f"A platform within {SAME_STOP_M:g} m of a stop of its mode, and a stop inside a "
             "station, count once."),
    )  # fmt: skip
