"""Roads and corridors as a geopandas user measures them; nothing here knows carbonspace."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

STREETS = ("expressway", "arterial", "secondary", "local")
ON_BORDER = 0.01
DUAL_GAP = 40.0
OVERLAP_GAP = 15.0
SNAP = 1.0


def in_units(lines: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut lines along units; a line that runs on a border belongs to its units in equal parts.

    `metres` is what the unit owns of each piece.
    """
    borders = units[["unit_id"]].set_geometry(units.boundary.buffer(ON_BORDER))
    on = gpd.sjoin(lines, borders, predicate="covered_by").drop(columns="index_right")
    owners = on.groupby(level=0)["unit_id"].transform("size")
    rest = lines[~lines.index.isin(on.index)]
    cut = gpd.overlay(rest, units[["unit_id", "geometry"]], keep_geom_type=True)
    both = pd.concat([on.assign(owners=owners), cut.assign(owners=1)], ignore_index=True)
    return both.assign(metres=both.length / both["owners"])


def road_lengths(
    roads: gpd.GeoDataFrame, units: gpd.GeoDataFrame, others: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return the pieces of roads; of twin carriageways, found among `others`, each counts half."""
    pieces = in_units(roads, units)
    twin = twin_shares(pieces[_single(pieces)], others[_single(others)])
    halved = twin.reindex(pieces.index).fillna(0.0)
    return pieces.assign(metres=pieces["metres"] * (1 - halved / 2))


def _single(roads: gpd.GeoDataFrame) -> pd.Series:
    return roads["oneway"] & roads["name"].notna()


def twin_shares(pieces: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> pd.Series:
    """Return the share of each piece that has a road of its name the other way beside it."""
    own, other = segments(pieces[["name", "geometry"]]), segments(roads[["name", "geometry"]])
    pairs = gpd.sjoin(own, other, predicate="dwithin", distance=DUAL_GAP)
    pairs = pairs[pairs["name_left"] == pairs["name_right"]]
    turn = _turn(pairs["direction_left"], pairs["direction_right"], 360.0)
    pairs = pairs[turn >= 150.0]
    strip = pairs.geometry.buffer(DUAL_GAP, cap_style="flat").to_numpy()
    beside = other.geometry.loc[pairs["index_right"]].to_numpy()
    return _covered(own, pairs, shapely.intersection(beside, strip))


def along_shares(tracks: gpd.GeoDataFrame, paths: gpd.GeoDataFrame) -> pd.Series:
    """Return the share of each track that has a path of its direction near it."""
    own, other = segments(tracks[["geometry"]]), segments(paths[["geometry"]])
    pairs = gpd.sjoin(own, other, predicate="dwithin", distance=OVERLAP_GAP)
    pairs = pairs[_turn(pairs["direction_left"], pairs["direction_right"], 180.0) <= 30.0]
    near = other.geometry.loc[pairs["index_right"]].buffer(OVERLAP_GAP, quad_segs=256)
    return _covered(own, pairs, shapely.intersection(pairs.geometry.to_numpy(), near.to_numpy()))


def segments(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the straight segments of lines, with the `line` each is of and its direction."""
    parts = lines.assign(line=lines.index).explode(ignore_index=True)
    points, row = shapely.get_coordinates(parts.geometry, return_index=True)
    same = (row[1:] == row[:-1]) & (points[1:] != points[:-1]).any(axis=1)
    start, step = points[:-1][same], (points[1:] - points[:-1])[same]
    table = parts.drop(columns="geometry").iloc[row[:-1][same]].reset_index(drop=True)
    table["direction"] = np.degrees(np.arctan2(step[:, 1], step[:, 0]))
    shapes = shapely.linestrings(np.stack([start, start + step], axis=1))
    return gpd.GeoDataFrame(table, geometry=shapes, crs=lines.crs)


def _turn(one: pd.Series, other: pd.Series, full: float) -> pd.Series:
    difference = (one - other).abs() % full
    return difference.where(difference <= full / 2, full - difference)


def _covered(own: gpd.GeoDataFrame, pairs: gpd.GeoDataFrame, parts: np.ndarray) -> pd.Series:
    """Return the share of each line that the parts, seen from its segments, cover together."""
    kept = shapely.length(parts) > 0
    lines, parts = pairs.geometry.to_numpy()[kept], parts[kept]
    ends = [shapely.line_locate_point(lines, shapely.get_point(parts, n)) for n in (0, -1)]
    spans = pd.DataFrame({"segment": pairs.index[kept],
                          "low": np.minimum(*ends), "high": np.maximum(*ends)})  # fmt: skip
    spans = spans.sort_values(["segment", "low"])
    reached = spans.groupby("segment")["high"].cummax().groupby(spans["segment"]).shift()
    fresh = spans["high"] - spans["low"].clip(lower=reached.fillna(-1.0))
    metres = fresh.clip(lower=0.0).groupby(spans["segment"]).sum()
    covered = metres.reindex(own.index).fillna(0.0).groupby(own["line"]).sum()
    return covered / own.length.groupby(own["line"]).sum()


def connected(corridors: gpd.GeoDataFrame) -> pd.Series:
    """Tell which corridors belong to the longest network of corridors that meet."""
    pairs = gpd.sjoin(corridors[["geometry"]], corridors[["geometry"]],
                      predicate="dwithin", distance=SNAP)  # fmt: skip
    graph = nx.Graph(zip(pairs.index, pairs["index_right"], strict=True))
    length = corridors.length
    longest = max(nx.connected_components(graph), key=lambda part: length[list(part)].sum())
    return pd.Series(corridors.index.isin(list(longest)), index=corridors.index)


def directions(corridors: gpd.GeoDataFrame) -> pd.Series:
    """Return the main axis of each route: east_west, north_south."""
    parts = segments(corridors[["route", "geometry"]])
    double, metres = np.radians(2 * parts["direction"]), parts.length
    east = (metres * np.cos(double)).groupby(parts["route"]).sum()
    north = (metres * np.sin(double)).groupby(parts["route"]).sum()
    angle = np.degrees(np.arctan2(north, east)) / 2 % 180.0
    steep = (angle > 45.0) & (angle < 135.0)
    return steep.map({True: "north_south", False: "east_west"})
