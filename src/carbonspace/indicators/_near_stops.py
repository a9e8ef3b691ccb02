"""Stops that count: the units they are in, and who lives and works near them."""

from __future__ import annotations

from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._people import People, people_in
from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    evidence_frame,
    known,
    numbers,
    of_classes,
    one_of,
    places,
    summed,
)
from carbonspace.indicators._steps import points_in, taken
from carbonspace.kernels import coverage
from carbonspace.kernels.overlay import Cut, Shares
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

STATIONS = ("rail", "metro", "tram", "brt")
"""Modes whose stops are stations."""

ON_EDGES = Text(
    "位于单元边界上的站点由相邻单元均分。",
    "A station on the boundary of units counts in equal parts to each.",
)

Who = Literal["residents", "jobs", "both"]
WHO: dict[str, tuple[str, ...]] = {
    "residents": ("population",),
    "jobs": ("jobs",),
    "both": ("population", "jobs"),
}
"""Columns of the parcels that are counted, by the value of parameter `of`."""


class Stops(NamedTuple):
    """The stops that count (bool, one for each of the layer), and how far they serve."""

    layer: gpd.GeoDataFrame
    counted: NDArray[np.bool_]
    radius: float
    quad_segs: int


def people_near(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    stops: Stops,
    *,
    of: str,
    shared: Shared | None,
) -> Measure:
    """Return the share of each unit's residents, jobs or both within the radius of a stop."""
    columns = WHO[one_of("of", of, tuple(WHO))]
    amount = np.sum([numbers(known(parcels, "parcels", c, shared)) for c in columns], axis=0)
    layers = (units, parcels, stops.layer, buildings)
    people, found = (shared or Shared()).once(
        "people by unit",
        layers[:2] + layers[3:],
        lambda: people_in(units, parcels, buildings, shared),
    )
    held = (amount[people.parcel] * people.share)[found.feature] * found.share
    left, missed = (shared or Shared()).once(
        "people out of reach", layers,
        lambda: _beyond(units, parcels, people.parcel[found.feature], found, stops),
        stops.counted.tobytes(), stops.radius, stops.quad_segs,
    )  # fmt: skip
    return Measure.of(
        units.index,
        summed(found.zone, held * (1 - missed), units),
        summed(found.zone, held, units),
        scale=100.0,
        evidence=lambda: _left_out(units, parcels, buildings, people, found, left, held * missed),
    )


def stops_in(
    units: gpd.GeoDataFrame,
    stops: gpd.GeoDataFrame,
    counted: NDArray[np.bool_],
    shared: Shared | None,
) -> Shares:
    """Return which unit holds what part of each stop that counts (bool, one for each)."""
    found = points_in(units, stops, "stops by unit", shared)
    return taken(found, counted[found.feature])


def stations_in(
    units: gpd.GeoDataFrame,
    stops: gpd.GeoDataFrame,
    modes: tuple[str, ...],
    shared: Shared | None,
) -> Shares:
    """Return which unit holds what part of each station."""
    counted = of_classes(known(stops, "transit_stops", "mode", shared), modes)
    return stops_in(units, stops, counted, shared)


def stop_count(units: gpd.GeoDataFrame, stops: gpd.GeoDataFrame, held: Shares) -> Measure:
    """Return the number of stops of each unit, with these as evidence."""
    return Measure.of(
        units.index,
        summed(held.zone, held.weight, units),
        scale=1.0,
        evidence=lambda: stops_shown(units, stops, held),
    )


def stops_shown(
    units: gpd.GeoDataFrame, stops: gpd.GeoDataFrame, held: Shares, **facts: Floats
) -> gpd.GeoDataFrame:
    """Return stops with their share in the unit, and facts (one for each stop of the layer)."""
    return evidence_frame(
        units,
        held.zone,
        places(stops)[held.feature],
        stop_id=np.asarray(stops.index)[held.feature],
        mode=np.asarray(stops["mode"])[held.feature],
        counted=held.weight,
        **{name: values[held.feature] for name, values in facts.items()},
    )


def _beyond(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    parcel: NDArray[np.intp],
    found: Cut,
    stops: Stops,
) -> tuple[Geometries, Floats]:
    """Return the part of each place out of reach, and its share of the place.

    A place lies in a parcel: most parcels are wholly in reach or out of it.
    """
    near_to, radius = arrays(units, stops.layer)[1][stops.counted], stops.radius
    inside, unsure = coverage.by_distance(parcels.geometry.to_numpy(), near_to, radius)
    left, near = found.geometry.copy(), unsure[parcel]
    left[inside[parcel]] = shapely.Polygon()
    left[near] = coverage.uncovered(left[near], near_to, radius, quad_segs=stops.quad_segs)
    missed: Floats = np.where(inside[parcel], 0.0, 1.0)
    missed[near] = shapely.area(left[near]) / found.area[near]
    return left, missed


def _left_out(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    people: People,
    found: Cut,
    left: Geometries,
    missed: Floats,
) -> gpd.GeoDataFrame:
    """Return the places out of reach that hold somebody, and how many."""
    row = np.flatnonzero(missed > 0)
    place = found.feature[row]
    known_ids = [] if buildings is None else list(buildings.index)
    ids = np.array([*known_ids, None], dtype=object)  # position -1: no building
    return evidence_frame(
        units,
        found.zone[row],
        left[row],
        parcel_id=np.asarray(parcels.index)[people.parcel[place]],
        building_id=ids[people.building[place]],
        people=missed[row],
        area_m2=shapely.area(left[row]),
    )
