"""The streets of a plan as a graph: who may use which, and where they meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._shared import Geometries, arrays, flag, known, numbers, of_classes
from carbonspace.kernels.frontage import Fronts, fronts
from carbonspace.kernels.junctions import Rules
from carbonspace.kernels.lots import Lots
from carbonspace.kernels.overlay import only
from carbonspace.kernels.reach import Ways
from carbonspace.kernels.streets import Streets, streets
from carbonspace.model.indicator import Group, Metres
from carbonspace.model.shared import Shared

Mode = Literal["walk", "bike", "drive"]

_CLOSED: dict[str, tuple[str, ...]] = {
    "walk": ("expressway",),
    "bike": ("expressway",),
    "drive": ("slow",),
}
"""Classes that are not open to a mode where nothing else is said."""

_LINE = 1

GATE_REACH = 10.0
"""Metres around a gate within which streets inside and outside meet: half a street."""


@dataclass(frozen=True)
class Network(Group):
    """How the lines of the road layer make a network of streets.

    Attributes
    ----------
    snap
        An end of a line so many metres from another line is joined to it.
    compounds
        "open": streets inside compounds are streets like any other; "gates": they meet the others
        at entrances that lead into a compound only; "closed": nobody goes along them.
    beside
        A street so many metres from the edge of a parcel or a park runs along it; crossing it is
        not counted.
    street_far
        What is not beside a street is taken to the nearest one if that is not farther, metres;
        this way counts.
    """

    snap: Metres = 1.0
    compounds: Literal["open", "gates", "closed"] = "open"
    beside: Metres = 25.0
    street_far: Metres = 200.0


class Town(NamedTuple):
    """Streets that are open to a mode, ready to be asked.

    Line i is part of road `road[i]`, on `level[i]`; `ways` tells in which direction each may be
    gone along.
    """

    streets: Streets
    ways: Ways
    road: NDArray[np.intp]
    level: NDArray[np.intp]
    tree: shapely.STRtree


def town_of(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None,
    network: Network,
    shared: Shared | None,
    *,
    mode: Mode = "walk",
) -> Town:
    """Return the streets open to a mode.

    Raises
    ------
    MissingColumnError
        If road classes are not known.
    """
    shared = shared or Shared()

    def make() -> Town:
        chosen = is_open(roads, mode, network, shared)
        _, drawn = arrays(units, roads)
        lines, road = _parts(drawn[chosen])
        road = np.flatnonzero(chosen)[road]
        gates = None if entrances is None else shared.whole("entrances", entrances)
        meet = _rules(roads.iloc[road], gates, network)
        made = streets(lines, meet=meet)
        forth = np.ones(len(lines), dtype=bool)
        back = forth if mode == "walk" else ~flag(roads, "oneway")[road]
        drawn = only(made.lines, np.diff(made.first) > 0)  # a speck leads nowhere
        return Town(made, Ways(forth, back), road, meet.level, shapely.STRtree(drawn))

    options = (mode, network.snap, network.compounds)
    return shared.once("streets", (units, roads, entrances), make, *options)


def _parts(drawn: Geometries) -> tuple[Geometries, NDArray[np.intp]]:
    """Return single lines, as most are drawn, and which of the drawn ones each is part of."""
    if (shapely.get_type_id(drawn) == _LINE).all() and not shapely.is_empty(drawn).any():
        return drawn, np.arange(len(drawn))
    lines, road = shapely.get_parts(drawn, return_index=True)
    return lines, road


def fronts_of(town: Town, places: Geometries, network: Network) -> Fronts:
    """Return where places lie on streets."""
    return fronts(
        places, town.streets.lines, beside=network.beside, far=network.street_far, tree=town.tree
    )


def lots_of(town: Town, places: Geometries, network: Network) -> Lots:
    """Return places, to be asked where they lie on streets."""
    return Lots(
        places, town.streets.lines, town.tree, beside=network.beside, far=network.street_far
    )


def network_reach(network: Network, metres: float) -> float:
    """Return how far from a unit streets and places on them matter for a walk of some metres."""
    return metres + network.street_far + 2 * network.beside


def is_open(
    roads: gpd.GeoDataFrame, mode: Mode, network: Network, shared: Shared | None = None
) -> NDArray[np.bool_]:
    """Tell which roads are open to a mode: as they say themselves, else by their class.

    Raises
    ------
    MissingColumnError
        If road classes are not known.
    """
    classes = known(roads, "roads", "road_class", shared)
    result = ~of_classes(classes, _CLOSED[mode])
    if mode in roads:
        told = np.asarray(roads[mode].notna(), dtype=bool)
        result = np.where(told, flag(roads, mode), result)
    closed = of_classes(classes, ("compound",)) & (network.compounds == "closed")
    return np.asarray(result & ~closed, dtype=bool)


def _rules(roads: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame | None, network: Network) -> Rules:
    """Return which lines meet; `roads` is the road of each line."""
    level = levels_of(roads)
    gated = network.compounds == "gates"
    side = of_classes(roads["road_class"], ("compound",)).astype(np.intp) * gated
    gates = _gates(entrances if gated else None)
    return Rules(network.snap, level, side, gates, GATE_REACH)


def levels_of(roads: gpd.GeoDataFrame) -> NDArray[np.intp]:
    """Return the level of each road: as it says, else by whether it is a bridge or a tunnel."""
    level = flag(roads, "bridge").astype(np.intp) - flag(roads, "tunnel")
    if "level" in roads:
        told = np.asarray(roads["level"].notna(), dtype=bool)
        level[told] = np.rint(numbers(roads["level"])[told]).astype(np.intp)
    return level


def _gates(entrances: gpd.GeoDataFrame | None) -> Geometries:
    """Return the entrances that lead into compounds."""
    if entrances is None:
        return np.empty(0, dtype=object)
    chosen = of_classes(known(entrances, "entrances", "entrance_to"), ("compound",))
    return np.asarray(entrances.geometry.array, dtype=object)[chosen]
