"""A GTFS feed becomes stops and lines of public transport: what runs, each counted once.

The GTFS Schedule Reference (gtfs.org) defines the tables, the route types and the location types.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text
from carbonspace.sources import faults
from carbonspace.sources.columns import canonical
from carbonspace.sources.dataset import Dataset
from carbonspace.sources.gtfs_calendar import running
from carbonspace.sources.gtfs_places import placed, points
from carbonspace.sources.gtfs_service import service_of
from carbonspace.sources.gtfs_tables import REQUIRED, Tables, read_feed
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.vector import Read, finished

_CRS = "EPSG:4326"
_MODES: Mapping[int, str] = {
    0: "tram", 1: "metro", 2: "rail", 3: "bus", 4: "ferry", 5: "tram", 7: "rail", 11: "bus",
    12: "metro",
}  # fmt: skip
"""Basic route types; an aerial lift (6) is none of the modes."""
_EXTENDED = ((100, 200, "rail"), (200, 300, "bus"), (400, 500, "metro"), (700, 900, "bus"),
             (900, 1000, "tram"), (1000, 1100, "ferry"), (1200, 1300, "ferry"),
             (1400, 1500, "rail"))  # fmt: skip
"""Extended route types, half-open ranges."""
_STATION = "1"


class Feed(NamedTuple):
    """What runs of a feed: its tables with the trips that never run left out."""

    tables: Tables
    findings: list[Finding]


def gtfs_datasets(source: str) -> list[Dataset]:
    """Return a feed as one dataset; `gives` are the layers it holds."""
    feed = open_feed(Path(source))
    if any(f.severity == "error" for f in feed.findings):
        return [Dataset(source, None, "unreadable", findings=tuple(feed.findings))]
    found = {key: layer(feed.tables)[0] for key, layer in _LAYERS.items()}
    gives = tuple(key for key, layer in found.items() if len(layer))
    stops = found["transit_stops"]
    xmin, ymin, xmax, ymax = (float(v) for v in stops.total_bounds)
    bounds = (xmin, ymin, xmax, ymax) if len(stops) else None
    return [Dataset(source, None, "feed", (), len(stops), _CRS, bounds,
                    findings=tuple(feed.findings), gives=gives)]  # fmt: skip


def open_feed(path: Path) -> Feed:
    """Return what runs of a feed, or every reason why it cannot be used."""
    try:
        tables = read_feed(path)
    except InputError as error:
        return Feed({}, [*error.findings])
    except (OSError, ValueError) as error:
        return Feed({}, [_unreadable(path, faults.words_of(error))])
    missing = [*_missing(path, tables)]
    return Feed({}, missing) if missing else _running(path, tables)


def read_gtfs_layer(source: LayerSource, feed: Feed) -> Read:
    """Return stops or lines of a feed, in longitude and latitude.

    A stop is a station with what belongs to it, or a stop without a station, that a trip calls
    at on some day of the calendar; where two modes call, it is there once for each. How often it
    is served says `gtfs_service`. A line is a route with the shapes its trips run on.
    """
    if source.key not in _LAYERS:
        return Read(None, [_not_given(source)])
    refused = [n for n in ("layer", "crs", "axes", "encoding", "where", "fields", "extract")
               if getattr(source, n)]  # fmt: skip
    if refused:
        return Read(None, [faults.not_for(source, name, "GTFS") for name in refused])
    if not feed.tables:
        return Read(None, [replace(one, layer=source.key) for one in feed.findings])
    found, notes = _LAYERS[source.key](feed.tables)
    names = [c.name for c in LAYERS[source.key].columns if c.name in found]
    fields = {n: n for n in names if n not in source.constants}
    columns, bad = canonical(pd.DataFrame(found[names]), source, fields, severity="warning")
    read = finished(source, columns, found.geometry.to_numpy(), _CRS)
    return Read(read.frame, [*feed.findings, *notes, *bad, *read.findings])


def _running(path: Path, tables: Tables) -> Feed:
    """Leave out the trips whose service never runs, and what only they call at."""
    trips, times = tables["trips"], tables["stop_times"]
    runs = trips[trips["service_id"].isin(running(tables))]
    if runs.empty:
        return Feed({}, [_nothing_runs(path, len(trips))])
    findings = [_idle(path, len(trips) - len(runs), len(trips))] if len(runs) < len(trips) else []
    calls = times[times["trip_id"].isin(runs["trip_id"])]
    known, astray = placed({**tables, "trips": runs, "stop_times": calls})
    return Feed(known, [*findings, *astray])


def _modes(tables: Tables) -> pd.Series:
    """Return the mode of each route id; null where it is none that is known."""
    routes = tables["routes"].dropna(subset=["route_id"]).drop_duplicates("route_id")
    types = pd.to_numeric(routes["route_type"], errors="coerce")
    modes = [_mode(int(one)) if math.isfinite(one) else None for one in types]
    return pd.Series(modes, index=routes["route_id"], dtype="str")


def _mode(route_type: int) -> str | None:
    ranges = (mode for low, high, mode in _EXTENDED if low <= route_type < high)
    return _MODES.get(route_type, next(ranges, None))


def _stops(tables: Tables) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    stops = tables["stops"].dropna(subset=["stop_id"]).drop_duplicates("stop_id")
    service = service_of(tables, _station(stops), _modes(tables))
    served = service.table.reset_index().sort_values(["stop_id", "mode"])
    places = gpd.GeoDataFrame(stops, geometry=points(stops["stop_lon"], stops["stop_lat"]))
    found = places.merge(served, on="stop_id").rename(columns={"stop_name": "name"})
    lost = found["geometry"].isna()
    findings = [_no_place(name) for name in found.loc[lost, "stop_id"].unique()]
    places = found[~lost].reset_index(drop=True)
    several = places["stop_id"].duplicated(keep=False)
    ids = places["stop_id"].mask(several, places["stop_id"] + "/" + places["mode"])
    idle = int((~places_of(stops).isin(served["stop_id"])).sum())
    notes = [*service.findings, *_unlisted(tables, stops), *([_unserved(idle)] if idle else [])]
    return places.assign(stop_id=ids), [*findings, *notes]


def _unlisted(tables: Tables, stops: pd.DataFrame) -> Iterator[Finding]:
    called = tables["stop_times"]["stop_id"].dropna().unique()
    if len(unknown := sorted(set(called) - set(stops["stop_id"]))):
        yield Finding(
            "warning", "transit_stops",
            Text("班次停靠未列出的站点", "Trips call at stops that are not listed"),
            Text(f"{len(unknown)}：{', '.join(unknown[:5])}",
                 f"{len(unknown)}: {', '.join(unknown[:5])}"),
            Text("stops.txt 中的站点", "stops of stops.txt"),
            Text("这些停靠不计；请在源数据中补全。",
                 "These calls do not count; complete the feed."), unknown[0],
        )  # fmt: skip


def places_of(stops: pd.DataFrame) -> pd.Series:
    """Return the ids of stations and of stops without a station."""
    kind = stops["location_type"].fillna("0")
    alone = (kind == "0") & stops["parent_station"].isna()
    return stops.loc[alone | (kind == _STATION), "stop_id"]


def _station(stops: pd.DataFrame) -> pd.Series:
    """Return the station of each stop id, itself where it has none that is listed."""
    parent = stops["parent_station"].where(stops["parent_station"].isin(stops["stop_id"]))
    return parent.fillna(stops["stop_id"]).set_axis(stops["stop_id"])


def _lines(tables: Tables) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    trips = tables["trips"]
    shapes = _drawn(tables)
    shape = trips["shape_id"].where(trips["shape_id"].isin(shapes.index))
    undrawn = trips[shape.isna()]
    patterns = _patterns(tables, undrawn)
    line = shape.map(shapes).astype(object)
    drawn = trips.assign(geometry=line.where(line.notna(), trips["trip_id"].map(patterns)))
    drawn = drawn.dropna(subset=["geometry"])
    parts = drawn.groupby("route_id")["geometry"].agg(lambda g: shapely.union_all(_distinct(g)))
    routes = tables["routes"].drop_duplicates("route_id")
    routes = routes[routes["route_id"].isin(parts.index)]
    name = routes["route_short_name"].fillna(routes["route_long_name"])
    mode = routes["route_id"].map(_modes(tables))
    found = gpd.GeoDataFrame(
        {"line_id": routes["route_id"], "name": name, "mode": mode},
        geometry=routes["route_id"].map(parts).to_numpy(),
    )
    notes = [_straight(int(undrawn["route_id"].nunique()))] if len(undrawn) else []
    return found[found["mode"].notna()].reset_index(drop=True), notes


def _distinct(shapes: pd.Series) -> list[shapely.Geometry]:
    return list(dict.fromkeys(shapes))


def _drawn(tables: Tables) -> pd.Series:
    """Return the line of each shape id."""
    if "shapes" not in tables:
        return pd.Series(dtype=object)
    points = tables["shapes"]
    return _joined(points["shape_id"], points["shape_pt_sequence"],
                   points["shape_pt_lon"], points["shape_pt_lat"])  # fmt: skip


def _patterns(tables: Tables, trips: pd.DataFrame) -> pd.Series:
    """Return lines straight from stop to stop for trips without a shape."""
    stops = tables["stops"].drop_duplicates("stop_id").set_index("stop_id")
    calls = tables["stop_times"][tables["stop_times"]["trip_id"].isin(trips["trip_id"])]
    return _joined(calls["trip_id"], calls["stop_sequence"],
                   calls["stop_id"].map(stops["stop_lon"]),
                   calls["stop_id"].map(stops["stop_lat"]))  # fmt: skip


def _joined(group: pd.Series, order: pd.Series, lon: pd.Series, lat: pd.Series) -> pd.Series:
    """Return one line per group of at least two sound points, in order."""
    frame = pd.DataFrame({"group": group, "order": pd.to_numeric(order, errors="coerce"),
                          "point": points(lon, lat)}).dropna()  # fmt: skip
    frame = frame.sort_values(["group", "order"], kind="stable")
    frame = frame[frame.groupby("group")["order"].transform("size") > 1]
    codes, names = pd.factorize(frame["group"])
    if not len(names):
        return pd.Series(dtype=object)
    xy = shapely.get_coordinates(frame["point"].to_numpy())
    return pd.Series(shapely.linestrings(xy, indices=codes), index=names)


_LAYERS: Mapping[str, Callable[[Tables], tuple[gpd.GeoDataFrame, list[Finding]]]] = {
    "transit_stops": _stops, "transit_lines": _lines,
}  # fmt: skip


def _missing(path: Path, tables: Tables) -> Iterator[Finding]:
    expected = Text("GTFS 要求的表和字段", "the tables and columns that GTFS requires")
    action = Text("向发布者索取完整的 GTFS 数据。", "Ask the publisher for the complete feed.")
    what = Text("GTFS 数据不完整", "The GTFS feed is not complete")
    gone = [_lacks(f"{name}.txt") for name in REQUIRED if name not in tables]
    if "calendar" not in tables and "calendar_dates" not in tables:
        gone.append(Text("缺少 calendar.txt 或 calendar_dates.txt",
                         "no calendar.txt or calendar_dates.txt"))  # fmt: skip
    gone += [_lacks(f"{name}.txt: {column}") for name, columns in REQUIRED.items() if name in tables
             for column in columns if tables[name][column].isna().all()]  # fmt: skip
    for lack in gone:
        found = lack.under(path.name)
        yield Finding("error", "transit_stops", what, found, expected, action, local=True)


def _lacks(name: str) -> Text:
    return Text(f"缺少 {name}", f"no {name}")


def _unreadable(path: Path, reason: Text) -> Finding:
    return Finding(
        "error", "transit_stops", Text("无法读取 GTFS 数据", "The GTFS feed cannot be read"),
        reason.under(path.name),
        Text("GTFS 数据（zip 或文件夹）", "a GTFS feed, zipped or as a folder"),
        Text("检查文件是否完整、未加密。", "Check that it is complete and not encrypted."),
        local=True,
    )  # fmt: skip


def _not_given(source: LayerSource) -> Finding:
    known = ", ".join(_LAYERS)
    return Finding(
        "error", source.key, Text("GTFS 不提供该图层", "A GTFS feed does not give this layer"),
        source.source, Text(f"其中之一：{known}", f"one of: {known}"),
        Text("为该图层指定其他数据文件。", "Name another file for this layer."),
    )  # fmt: skip


def _idle(path: Path, count: int, of: int) -> Finding:
    return Finding(
        "note", "transit_stops", Text("有班次从不开行", "Some trips never run"),
        Text(f"{of} 个班次中的 {count} 个", f"{count} of {of} trips").under(path.name),
        Text("日历中至少开行一天", "at least one day of service in the calendar"),
        Text("这些班次不计。", "They do not count."),
    )  # fmt: skip


def _nothing_runs(path: Path, count: int) -> Finding:
    return Finding(
        "error", "transit_stops", Text("没有开行的班次", "No trip of the feed ever runs"),
        Text(f"{count} 个班次中的 0 个", f"0 of {count} trips").under(path.name),
        Text("日历中至少一天有班次", "service on at least one day of the calendar"),
        Text("检查 calendar.txt 与 calendar_dates.txt 的日期和服务编号。",
             "Check the dates and service ids of calendar.txt and calendar_dates.txt."),
        local=True,
    )  # fmt: skip


def _unserved(count: int) -> Finding:
    return Finding(
        "note", "transit_stops", Text("有站点无班次停靠", "No trip calls at some stops"),
        Text(f"{count} 个站点", f"{count} stops"),
        Text("至少一个开行的班次", "at least one trip that runs"),
        Text("这些站点不计。", "They do not count."),
    )  # fmt: skip


def _no_place(name: str) -> Finding:
    return Finding(
        "warning", "transit_stops", Text("站点没有可用的坐标", "A stop has no usable position"),
        name, Text("经纬度", "longitude and latitude"),
        Text("该站点不计；请在源数据中改正。", "It does not count; correct it in the feed."), name,
    )  # fmt: skip


def _straight(count: int) -> Finding:
    return Finding(
        "warning", "transit_lines", Text("线路没有走向", "Lines come without their course"),
        Text(f"{count} 条线路没有走向", f"{count} routes without shapes"),
        Text("shapes.txt 中的走向", "a course in shapes.txt"),
        Text("按站点连成直线。", "They are drawn straight from stop to stop."),
    )  # fmt: skip
