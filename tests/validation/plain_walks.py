"""Ways along streets by shapely and networkx alone: streets sampled every metre."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

STEP, BESIDE, FAR, DOOR = 1.0, 25.0, 200.0, 30.0
GOAL = "goal"


class Town(NamedTuple):
    """Streets as drawn, straight pieces of them, their two nodes, and the graph they make."""

    lines: np.ndarray
    pieces: np.ndarray
    ends: list[tuple[tuple[float, ...], ...]]
    graph: nx.Graph
    tree: shapely.STRtree


class Spots(NamedTuple):
    """Places on pieces: whose they are, the piece, metres along it, metres away, weight."""

    place: np.ndarray
    piece: np.ndarray
    at: np.ndarray
    away: np.ndarray
    weight: np.ndarray


def town(roads: gpd.GeoDataFrame) -> Town:
    """Return the graph: lines of one level noded, levels joined where a line ends."""
    asked = roads["walk"].astype("boolean")
    by_class = (roads["road_class"] != "expressway").astype("boolean")
    ways = roads[asked.fillna(by_class).astype(bool)].explode(ignore_index=True)
    bridge, tunnel = (ways[key].astype("Int64").fillna(0) for key in ("bridge", "tunnel"))
    level = ways["level"].astype("Float64").fillna(bridge - tunnel).round().astype(int)
    tips = {_key(line.coords[end]) for line in ways.geometry for end in (0, -1)}
    pieces: list[shapely.LineString] = []
    ends: list[tuple[tuple[float, ...], ...]] = []
    for one in sorted(level.unique()):
        noded = shapely.node(shapely.multilinestrings([*ways.geometry[level == one]]))
        for line in shapely.get_parts(noded):
            for a, b in zip(line.coords[:-1], line.coords[1:], strict=True):
                pieces.append(shapely.LineString([a, b]))
                ends.append(tuple(k if k in tips else (*k, one) for k in (_key(a), _key(b))))
    graph = nx.Graph()
    for piece, (a, b) in zip(pieces, ends, strict=True):
        known = graph.get_edge_data(a, b, {"metres": np.inf})["metres"]
        graph.add_edge(a, b, metres=min(known, piece.length))
    return Town(ways.geometry.to_numpy(), np.asarray(pieces), ends, graph, shapely.STRtree(pieces))


def _key(xy: tuple[float, ...]) -> tuple[float, float]:
    return round(xy[0], 3), round(xy[1], 3)


def spots(streets: Town, places: gpd.GeoSeries) -> Spots:
    """Return where places lie on streets, metre by metre, or the nearest point.

    A metre of a piece is a place's where its edge is met, no farther than `BESIDE`, at right
    angles to the piece. Whatever of a street is nearest to a point of the edge is its, too,
    without any weight but where there is nothing else.
    """
    shapes = places.to_numpy()
    front = _along(streets, shapes)
    single = _single(streets, shapes, np.isin(np.arange(len(shapes)), front.place))
    rest = np.setdiff1d(np.arange(len(shapes)), single.place)
    every = zip(front, single, _nearest(streets, shapes, rest), strict=True)
    return Spots(*(np.concatenate(three) for three in every))


def _along(streets: Town, shapes: np.ndarray) -> Spots:
    place, piece = streets.tree.query(shapes, predicate="dwithin", distance=BESIDE)
    flat = shapely.get_dimensions(shapes[place]) == 2
    place, piece = place[flat], piece[flat]
    size = shapely.length(streets.pieces[piece])
    count = np.maximum(np.ceil(size / STEP).astype(int), 1)
    row = np.repeat(np.arange(len(place)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    at = (nth + 0.5) * (size / count)[row]
    across = _across(streets.pieces[piece[row]], at, size[row])
    own = shapely.intersects(across, shapely.boundary(shapes)[place[row]])
    row, at = row[own], at[own]
    return Spots(place[row], piece[row], at, np.zeros(len(row)), (size / count)[row])


def _single(streets: Town, shapes: np.ndarray, fronted: np.ndarray) -> Spots:
    """Return what of each street is nearest to points of the edges of polygons."""
    flat = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    edges = shapely.segmentize(shapely.boundary(shapes[flat]), STEP)
    xy, own = shapely.get_coordinates(edges, return_index=True)
    points = shapely.points(xy)
    of, line = shapely.STRtree(streets.lines).query(points, "dwithin", distance=BESIDE)
    along = shapely.line_locate_point(streets.lines[line], points[of])
    _, once = np.unique([flat[own[of]], line, np.round(along, 1)], axis=1, return_index=True)
    place, spot = flat[own[of[once]]], shapely.line_interpolate_point(
        streets.lines[line[once]], along[once])  # fmt: skip
    x, y = np.round(shapely.get_coordinates(spot), 1).T
    _, once = np.unique([place, x, y], axis=1, return_index=True)
    place, spot = place[once], spot[once]
    piece = streets.tree.nearest(spot)
    at = shapely.line_locate_point(streets.pieces[piece], spot)
    return Spots(place, piece, at, np.zeros(len(place)), np.where(fronted[place], 0.0, 1.0))


def _across(pieces: np.ndarray, at: np.ndarray, size: np.ndarray) -> np.ndarray:
    first, last = (shapely.get_coordinates(shapely.get_point(pieces, n)) for n in (0, -1))
    along = (last - first) / size[:, None]
    middle, side = first + along * at[:, None], along[:, ::-1] * [-1, 1] * BESIDE
    return np.asarray(shapely.linestrings(np.stack([middle - side, middle + side], axis=1)))


def _nearest(streets: Town, shapes: np.ndarray, rest: np.ndarray) -> Spots:
    (which, piece), away = streets.tree.query_nearest(
        shapes[rest], max_distance=FAR, return_distance=True, all_matches=False
    )
    place = rest[which]
    line = shapely.shortest_line(streets.pieces[piece], shapes[place])
    at = shapely.line_locate_point(streets.pieces[piece], shapely.get_point(line, 0))
    area = shapely.get_dimensions(shapes[place]) == 2
    away = np.where(area & (away <= BESIDE), 0.0, away)
    return Spots(place, piece, at, away, np.ones(len(place)))


def doors(goals: gpd.GeoSeries, entrances: gpd.GeoDataFrame, into: str) -> gpd.GeoSeries:
    """Return goals, or their entrances where they have any."""
    gates = entrances.geometry[entrances["entrance_to"] == into]
    near = goals.apply(lambda one: bool((gates.distance(one) <= DOOR).any()))
    used = gates[[bool((goals.distance(g) <= DOOR).any()) for g in gates]]
    return gpd.GeoSeries([*goals[~near], *used], crs=goals.crs)


def shares(streets: Town, homes: Spots, goals: Spots, limit: float, count: int) -> np.ndarray:
    """Return the part of each place's metres that are no farther than the limit from a goal."""
    graph = streets.graph.copy()
    for piece, at, away in zip(goals.piece, goals.at, goals.away, strict=True):
        size = streets.pieces[piece].length
        for node, way in zip(streets.ends[piece], (at, size - at), strict=True):
            known = graph.get_edge_data(GOAL, node, {"metres": np.inf})["metres"]
            graph.add_edge(GOAL, node, metres=min(known, way + away))
    found = nx.single_source_dijkstra_path_length(graph, GOAL, cutoff=limit, weight="metres")
    from_first = np.array([found.get(streets.ends[p][0], np.inf) for p in homes.piece])
    from_last = np.array([found.get(streets.ends[p][1], np.inf) for p in homes.piece])
    size = shapely.length(streets.pieces[homes.piece])
    way = np.minimum(from_first + homes.at, from_last + size - homes.at)
    on = {p: np.flatnonzero(goals.piece == p) for p in np.intersect1d(homes.piece, goals.piece)}
    for p, sources in on.items():
        mine = np.flatnonzero(homes.piece == p)
        between = np.abs(homes.at[mine][:, None] - goals.at[sources]) + goals.away[sources]
        way[mine] = np.minimum(way[mine], between.min(axis=1))
    near = homes.weight * (way + homes.away <= limit)
    whole = np.bincount(homes.place, homes.weight, count)
    part = np.bincount(homes.place, near, count)
    return np.divide(part, whole, out=np.zeros(count), where=whole > 0)
