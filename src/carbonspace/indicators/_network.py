"""The network of streets that is open to a mode: its pieces in each unit, and what parts them."""

from __future__ import annotations

from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.indicators._shared import Floats, Geometries, summed
from carbonspace.indicators._steps import Stretches, lines_in, stretch_evidence
from carbonspace.indicators._streets import Mode, Network, Town, town_of
from carbonspace.kernels.pieces import Corners, Gaps, Pieces, corners, gaps, pieces, single
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared

Travel = Literal["walk", "bike"]
_FACTS = ("name", "road_class")
_NOTHING = {
    "piece": np.nan, "piece_m": np.nan, "dead_ends": np.nan, "gap_m": np.nan, "joins_m": np.nan,
    "rank": np.nan,
}  # fmt: skip


class Net(NamedTuple):
    """Streets open to a mode, as lines with the facts of their road, and their pieces."""

    town: Town
    lines: gpd.GeoDataFrame
    pieces: Pieces


def net_of(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None,
    network: Network,
    shared: Shared,
    *,
    mode: Mode,
) -> Net:
    """Return the network of a mode."""

    def make() -> Net:
        town = town_of(units, roads, entrances, network, shared, mode=mode)
        facts = roads[[name for name in _FACTS if name in roads]].iloc[town.road]
        lines = gpd.GeoDataFrame(facts, geometry=town.streets.lines, crs=units.crs)
        return Net(town, lines, pieces(town.streets))

    layers = (units, roads, entrances)
    return shared.once("net", layers, make, mode, network.snap, network.compounds)


def in_one_piece(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None,
    network: Network,
    shared: Shared | None,
    *,
    mode: Mode,
    max_gap: float,
) -> Measure:
    """Return the share of each unit's streets that belong to the largest connected piece."""
    shared = shared or Shared()
    net = net_of(units, roads, entrances, network, shared, mode=mode)
    parts = lines_in(units, net.lines, f"streets by unit: {mode}", shared)
    linked = np.where(net.pieces.of[parts.line] == 0, parts.length, 0.0)
    return Measure.of(
        units.index,
        summed(parts.zone, linked, units),
        summed(parts.zone, parts.length, units),
        scale=100.0,
        evidence=lambda: _evidence(units, net, parts, linked, max_gap),
    )


def gaps_of(net: Net, max_gap: float) -> Gaps:
    """Return where the pieces of a network are nearest to each other."""
    return gaps(net.town.streets, net.pieces, net.town.level, far=max_gap)


def _evidence(
    units: gpd.GeoDataFrame, net: Net, parts: Stretches, linked: Floats, max_gap: float
) -> gpd.GeoDataFrame:
    """Return all streets with their pieces, the gaps that count as joined, and the open ones."""
    piece = net.pieces.of[parts.line]
    streets = stretch_evidence(
        units, net.lines, parts,
        counted_m=linked, part="street", piece=piece + 1, piece_m=net.pieces.length[piece] / 1000,
        dead_ends=_dead_ends(net)[parts.line], gap_m=np.nan, joins_m=np.nan, rank=np.nan,
    )  # fmt: skip
    more = [_by_unit(units, one) for one in (_joined(net), _open(net, max_gap))]
    return pd.concat([streets, *(one for one in more if len(one))], ignore_index=True)


def _dead_ends(net: Net) -> np.ndarray:
    """Return how many ends of each line lead nowhere."""
    made = net.town.streets
    met: Corners = corners(made)
    edge = np.flatnonzero(single(made))
    ends = (met.legs[met.of[one[edge]]] == 1 for one in (made.start, made.end))
    count = sum(one.astype(np.intp) for one in ends)
    return np.bincount(made.line[edge], count, len(made.lines)).astype(np.intp)


def _joined(net: Net) -> gpd.GeoDataFrame:
    """Return the gaps between lines that count as joined."""
    made = net.town.streets
    edge = np.flatnonzero(made.gaps)
    way = shapely.linestrings(
        np.stack((made.place[made.start[edge]], made.place[made.end[edge]]), axis=1)
    )
    return _drawn(net, way, part="joined", counted_m=1.0, gap_m=made.length[edge] / 1000)


def _open(net: Net, max_gap: float) -> gpd.GeoDataFrame:
    """Return the gaps between pieces, those that would join the most streets first."""
    found = gaps_of(net, max_gap)
    metres, joins = shapely.length(found.way), net.pieces.length[found.other] / 1000
    rank = np.argsort(np.lexsort((found.other, metres, -joins))) + 1
    return _drawn(net, found.way, part="gap", counted_m=0.0, gap_m=metres, joins_m=joins,
                  rank=rank, piece=found.other + 1,
                  piece_m=net.pieces.length[found.other] / 1000)  # fmt: skip


def _drawn(net: Net, way: Geometries, **columns: object) -> gpd.GeoDataFrame:
    geometry = gpd.GeoSeries(way, crs=net.lines.crs)
    return gpd.GeoDataFrame({**_NOTHING, **columns}, index=geometry.index, geometry=geometry)


def _by_unit(units: gpd.GeoDataFrame, gaps_: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return gaps with the units they lie in."""
    here = lines_in(units, gaps_, "gaps by unit", None)
    own = {name: gaps_[name].to_numpy()[here.line] for name in gaps_.columns.drop("geometry")}
    return stretch_evidence(units, gaps_, here, **own).drop(columns="line_id")
