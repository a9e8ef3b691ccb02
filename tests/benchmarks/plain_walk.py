"""Who can walk to a stop, as most would find it with osmnx, networkx or pandana.

All snap to the nearest node of the street graph and take a parcel for its middle: they tell in or
out, where carbonspace tells the share of a parcel's front. The graph is theirs for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from tests.benchmarks.net import Floats

from carbonspace.indicators._streets import Town

Found = NDArray[np.bool_]
Nodes = Mapping[int, tuple[float, float]]


def graph_of(town: Town, crs: str) -> nx.MultiDiGraph:
    """Return the streets as osmnx has them: both ways, lengths in metres."""
    streets = town.streets
    graph = nx.MultiDiGraph(crs=crs)
    for number, (x, y) in enumerate(streets.place.tolist()):
        graph.add_node(number, x=x, y=y)
    for u, v, mm in zip(streets.start.tolist(), streets.end.tolist(), streets.length.tolist(),
                        strict=True):  # fmt: skip
        graph.add_edge(u, v, length=mm / 1000)
        graph.add_edge(v, u, length=mm / 1000)
    return graph


def by_osmnx(graph: nx.MultiDiGraph, parcels: Floats, stops: Floats, metres: float) -> Found:
    """Tell which parcels lie near a node of the graph around a stop, stop by stop."""
    start = np.atleast_1d(ox.distance.nearest_nodes(graph, *stops.T)).tolist()
    at = ox.distance.nearest_nodes(graph, *parcels.T)
    reached: set[Any] = set()
    for node in dict.fromkeys(start):
        reached |= set(nx.ego_graph(graph, node, radius=metres, distance="length").nodes)
    return np.isin(at, [*reached])


def by_networkx(graph: nx.MultiDiGraph, parcels: Floats, stops: Floats, metres: float) -> Found:
    """Tell the same with a search for each stop, on a plain graph."""
    plain = nx.Graph()
    for u, v, length in graph.edges(data="length"):
        plain.add_edge(
            u, v, length=min(length, plain.get_edge_data(u, v, {}).get("length", length))
        )
    nodes = [*graph.nodes]
    tree = cKDTree([(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in nodes])
    reached: set[Any] = set()
    for node in dict.fromkeys(tree.query(stops)[1].tolist()):
        if nodes[node] in plain:
            reached |= set(nx.single_source_dijkstra_path_length(
                plain, nodes[node], cutoff=metres, weight="length"))  # fmt: skip
    return np.isin(tree.query(parcels)[1], [*reached])


def by_pandana(graph: nx.MultiDiGraph, parcels: Floats, stops: Floats, metres: float) -> Found:
    """Tell the same from the nearest stop of each node."""
    import pandana  # type: ignore[import-not-found, unused-ignore]

    nodes = pd.DataFrame.from_dict({n: (d["x"], d["y"]) for n, d in graph.nodes(data=True)},
                                   orient="index", columns=["x", "y"])  # fmt: skip
    edges = pd.DataFrame([(u, v, d) for u, v, d in graph.edges(data="length")],
                         columns=["u", "v", "length"])  # fmt: skip
    net = pandana.Network(nodes["x"], nodes["y"], edges["u"], edges["v"], edges[["length"]])
    net.set_pois("stop", metres, 1, *(pd.Series(c) for c in stops.T))
    far = net.nearest_pois(metres, "stop", num_pois=1)[1]
    at = net.get_node_ids(pd.Series(parcels[:, 0]), pd.Series(parcels[:, 1]))
    return np.asarray(far.loc[at.to_numpy()] < metres)


WAYS: dict[str, Callable[[nx.MultiDiGraph, Floats, Floats, float], Found]] = {
    "osmnx": by_osmnx, "networkx": by_networkx, "pandana": by_pandana,
}  # fmt: skip


def lacking(who: str) -> str:
    """Return why a contender cannot be asked, "" where it can."""
    return "" if find_spec(who) else f"{who} is not installed"


def middles(layer: gpd.GeoDataFrame) -> Floats:
    """Return the middles of features (float[n, 2])."""
    found: Floats = layer.geometry.centroid.get_coordinates().to_numpy()
    return found
