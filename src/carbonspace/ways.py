"""Streets for scripts: what can be walked to as maps, and the network as a graph of networkx."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.errors import UnstatedError
from carbonspace.grids import opened
from carbonspace.indicators._streets import Mode, Network, Town, town_of
from carbonspace.indicators._walking import (
    AS_USUAL,
    Walk,
    goals_on_streets,
    reach_from,
    walkers_town,
)
from carbonspace.kernels.pieces import corners
from carbonspace.kernels.served import beyond, cut_out, ground, within
from carbonspace.model.grid import Grid
from carbonspace.model.maps import MINUTES, WIDTH
from carbonspace.model.plan import Raster
from carbonspace.model.shared import Shared

if TYPE_CHECKING:
    import networkx as nx

AS_DRAWN = Network()
HOLES = 1000.0
"""Smaller holes of the ground are filled, m²."""


class ServiceAreas(NamedTuple):
    """What can be walked to within some limits.

    Attributes
    ----------
    areas
        One row per limit: `minutes`, `metres`, `street_m` (length of the streets within it),
        `area_m2`, and the ground along these streets.
    streets
        The streets within each limit, cut at the millimetre: `minutes`, `metres`, `road_id`,
        `length_m`.
    missed
        Ids of the goals that lie too far from any street to be walked to.
    """

    areas: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    missed: pd.Index


def service_areas(
    goals: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    dem: Raster | None = None,
    *,
    minutes: Sequence[float] = MINUTES,
    width: float = WIDTH,
    holes: float = HOLES,
    into: str = "",
    walk: Walk = AS_USUAL,
) -> ServiceAreas:
    """Return from where goals can be walked to along streets, as maps.

    Parameters
    ----------
    goals
        Points or polygons, in one projected CRS with the other layers; all are walked to at once.
    roads
        Centrelines with `road_class`; `level`, `bridge`, `tunnel` tell what crosses without
        meeting, `walk` who may use it.
    entrances
        Points with `entrance_to`: of goals, if `into` says what they lead into, and gates.
    dem
        Terrain, as in `plan.rasters["dem"]`; needed where slopes slow people down (`walk`).
    minutes
        Limits; metres are these times the speed of the walk.
    width
        Metres to either side of a street that the ground along it is wide. Around streets out of
        reach half as much is left out: no such street runs inside, but for where it crosses or
        touches one within reach.
    holes
        Smaller holes of the ground are filled, m², but where a street out of reach runs.
    into
        A value of `entrance_to`: goals that have such entrances are entered there only.
    walk
        How people walk, and on what network: see `Walk`.

    Returns
    -------
    ServiceAreas
        Goals count as in the indicators of walks: areas are entered along their edge, and the way
        to the nearest street counts where they are not beside one.

    Raises
    ------
    MissingColumnError
        If road classes are not known.
    CrsError
        If layers are in several CRS, or in degrees.
    UnstatedError
        If no limit is given.
    MissingLayerError
        If slopes slow people down and there is no terrain.
    """
    limits = np.unique(np.asarray(minutes, dtype=float))
    if not len(limits):
        raise UnstatedError(
            "minutes is empty: expected at least one limit. Give one, as in minutes=(5.0, 10.0).",
            "minutes 为空：至少应有一个时限。请给出，例如 minutes=(5.0, 10.0)。",
        )
    every, shared = np.ones(len(goals), dtype=bool), Shared()
    land = land_of(dem, roads, roads) if walk.slopes else None
    return areas_of(goals, goals, every, roads, entrances, land, limits, walk, shared,
                    width=width, holes=holes, into=into)  # fmt: skip


def areas_of(
    units: gpd.GeoDataFrame,
    goals: gpd.GeoDataFrame,
    chosen: NDArray[np.bool_],
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None,
    dem: Grid | None,
    limits: NDArray[np.float64],
    walk: Walk,
    shared: Shared,
    *,
    width: float,
    holes: float = HOLES,
    into: str,
) -> ServiceAreas:
    """Return the service areas of some goals, as `service_areas` does, by rising `limits`.

    The streets and the places of all goals on them are kept in `shared` for what comes next.
    """
    town = walkers_town(units, roads, entrances, dem, walk, shared)
    on = goals_on_streets(units, goals, roads, entrances, dem, walk, shared, into)
    far = reach_from(town, on, chosen, float(limits.max()) * walk.speed)
    areas, streets = [], []
    for limit in limits:
        found = far._replace(limit=round(1000 * limit * walk.speed))
        inside = within(found)
        shape = ground(found, inside, beyond(found, inside), width=width, holes=holes)
        length = (inside.high - inside.low) / 1000
        both = {"minutes": limit, "metres": found.limit / 1000}
        areas.append({**both, "street_m": length.sum(), "area_m2": shape.area, "geometry": shape})
        ids = _ids(roads, town)[inside.line]
        streets.append(pd.DataFrame({**both, "road_id": ids, "length_m": length,
                                     "geometry": inside.drawn}))  # fmt: skip
    missed = np.setdiff1d(np.flatnonzero(chosen), on.goal[on.fronts.place])
    return ServiceAreas(
        gpd.GeoDataFrame(areas, geometry="geometry", crs=roads.crs),
        gpd.GeoDataFrame(pd.concat(streets, ignore_index=True), geometry="geometry", crs=roads.crs),
        goals.index[missed],
    )


def street_network(
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    dem: Raster | None = None,
    *,
    mode: Mode = "walk",
    network: Network = AS_DRAWN,
) -> nx.MultiDiGraph:
    """Return the streets open to a mode as a graph that networkx and osmnx can work on.

    Parameters
    ----------
    roads, entrances, dem
        As for `service_areas`.
    mode
        "walk", "bike" or "drive".
    network
        How lines make a network: see `Network`; or a `Walk`, whose slopes slow people down.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes have `x`, `y` and `street_count`, how many different streets meet there. Edges have
        `length` (metres, to the millimetre), `geometry`, `road_id`, `oneway`, `reversed` and
        `osmid` (the number of the edge); those with `gap` close a gap within the tolerance. The
        graph has the `crs`. Distances on it are those of the indicators; where slopes slow people
        down, these are in `effort`, metres on the level that take the same time.

    Raises
    ------
    MissingColumnError
        If road classes are not known.
    MissingLayerError
        If slopes slow people down and there is no terrain.
    """
    import networkx as nx

    if isinstance(network, Walk) and mode == "walk":
        town = walkers_town(roads, roads, entrances, land_of(dem, roads, roads), network, Shared())
    else:
        town = town_of(roads, roads, entrances, network, None, mode=mode)
    graph = nx.MultiDiGraph(crs=roads.crs, simplified=True, name="carbonspace")
    met = corners(town.streets)
    legs = met.legs[met.of]
    graph.add_nodes_from(
        (n, {"x": float(x), "y": float(y), "street_count": int(count)})
        for n, ((x, y), count) in enumerate(zip(town.streets.place, legs, strict=True))
    )
    graph.add_edges_from(_edges(roads, town))
    return graph


def land_of(dem: Raster | None, roads: gpd.GeoDataFrame, home: gpd.GeoDataFrame) -> Grid | None:
    """Return the terrain around the roads; `home` is what the plan measures, by its bounds."""
    box, bounds = (tuple(one.total_bounds.tolist()) for one in (roads, home))
    return None if dem is None else opened(dem, roads.crs, box, bounds)


def _edges(roads: gpd.GeoDataFrame, town: Town) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield edges with their facts, once for each way they may be gone along."""
    made, ids = town.streets, _ids(roads, town)
    street = ~made.gaps
    forth, back = np.ones((2, len(made.line)), dtype=bool)
    forth[street] = town.ways.forth[made.line[street]]
    back[street] = town.ways.back[made.line[street]]
    shapes = np.empty(len(made.line), dtype=object)
    shapes[street] = cut_out(made.lines, made.line[street], made.low[street], made.high[street])
    across = np.stack((made.place[made.start[~street]], made.place[made.end[~street]]), axis=1)
    shapes[~street] = shapely.linestrings(across)
    turned = shapely.reverse(shapes)
    drawn = np.where(street, made.high - made.low, made.length)
    for n in np.flatnonzero(forth | back).tolist():
        u, v, gap = int(made.start[n]), int(made.end[n]), not street[n]
        facts = {
            "osmid": n, "road_id": None if gap else ids[made.line[n]], "gap": gap,
            "length": int(drawn[n]) / 1000, "oneway": not (forth[n] and back[n]),
        }  # fmt: skip
        if made.worth is not None:
            facts["effort"] = int(made.length[n]) / 1000
        if forth[n]:
            yield u, v, {**facts, "geometry": shapes[n], "reversed": False}
        if back[n]:
            yield v, u, {**facts, "geometry": turned[n], "reversed": True}


def _ids(roads: gpd.GeoDataFrame, town: Town) -> NDArray[np.object_]:
    """Return the id of the road that each line is part of."""
    return np.asarray(roads.index, dtype=object)[town.road]
