"""What of homes and people can walk to something, and where it cannot be reached."""

from __future__ import annotations

from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    evidence_frame,
    known,
    numbers,
    one_of,
    summed,
)
from carbonspace.indicators._steps import PARCELS_BY_UNIT, polygons_in, taken
from carbonspace.indicators._walking import Walked
from carbonspace.kernels.coverage import nearest
from carbonspace.kernels.links import linked, missing
from carbonspace.kernels.overlay import Cut
from carbonspace.model.measure import Measure
from carbonspace.model.places import is_home
from carbonspace.model.shared import Shared

LINK_FAR = 50.0
"""Metres from a dead end to another street that a missing link is long at most."""

Whose = Literal["homes", "residents"]
"""Area of residential land, or people of all parcels."""


class Asked(NamedTuple):
    """Parcels that are asked: what each holds of what counts (m² of homes, people), 0 for others.

    `column` is what that is called in the evidence.
    """

    held: Floats
    column: str


def asked_of(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    whose: Whose,
    homes: tuple[str, ...],
    shared: Shared | None,
) -> Asked:
    """Return what parcels hold of homes, m², or of people.

    Raises
    ------
    MissingColumnError
        If land use, or the number of people, is not known.
    """
    if one_of("whose", whose, ("homes", "residents")) == "residents":
        return Asked(numbers(known(parcels, "parcels", "population", shared)), "people")
    home = is_home(known(parcels, "parcels", "land_use", shared), homes)
    return Asked(np.where(home, shapely.area(arrays(units, parcels)[1]), 0.0), "area_m2")


def share_on_foot(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    goals: Geometries,
    asked: Asked,
    way: Walked,
    shared: Shared | None,
) -> Measure:
    """Return the share of what parcels hold from where the goals can be walked to.

    What a parcel holds lies evenly along its front on streets, and evenly on its ground where
    units divide it. A parcel without a street nearby is out of reach.
    """
    cut = polygons_in(units, parcels, PARCELS_BY_UNIT, shared)
    held = asked.held[cut.feature] * cut.share
    reached = np.nan_to_num(way.share(asked.held > 0))[cut.feature]
    return Measure.of(
        units.index,
        summed(cut.zone, held * reached, units),
        summed(cut.zone, held, units),
        scale=100.0,
        evidence=lambda: _left_out(units, parcels, goals, asked.column, way, cut, held),
    )


def detour_on_foot(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    goals: Geometries,
    asked: Asked,
    way: Walked,
    shared: Shared | None,
) -> Measure:
    """Return how much longer the way along streets is than the straight line, weighted.

    Only of parcels within the walk: of the others the way is not known. No way is shorter than
    the straight line, though crossing the street beside a place is not counted. What touches a
    goal has no detour and is left out.
    """
    cut = polygons_in(units, parcels, PARCELS_BY_UNIT, shared)
    metres = way.metres(asked.held > 0)
    near = np.isfinite(metres)
    straight = np.full(len(near), np.inf)
    straight[near] = nearest(arrays(units, parcels)[1][near], goals)
    near &= np.isfinite(straight) & (straight > 0)
    held = np.where(near, asked.held, 0.0)[cut.feature] * cut.share
    longer = np.maximum(metres, straight)
    walk, line = (np.where(near, m, 0.0)[cut.feature] for m in (longer, straight))
    return Measure.of(
        units.index,
        summed(cut.zone, held * walk, units),
        summed(cut.zone, held * line, units),
        scale=1.0,
        evidence=lambda: _ways(units, parcels, goals, asked.column, way, cut, held),
    )


def _left_out(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    goals: Geometries,
    column: str,
    way: Walked,
    cut: Cut,
    held: Floats,
) -> gpd.GeoDataFrame:
    """Return the parcels that are not wholly reached, with both distances and the cause."""
    reached = np.nan_to_num(way.share(marked(cut.feature[held > 0], len(parcels))))[cut.feature]
    row = np.flatnonzero((held > 0) & (reached < 1))
    missed = {column: held[row] * (1 - reached[row])}
    links = _links(way, len(parcels), cut.feature[row])
    return _told(units, parcels, goals, way, taken(cut, row), missed | links)


def _links(way: Walked, count: int, parcel: np.ndarray) -> dict[str, ArrayLike]:
    """Return the link that would bring parcels out of reach within it, and the way then.

    What is drawn twice is one street only until one of the two is cut by a goal.
    """
    streets = way.town.streets
    links = missing(streets, way.town.level, far=LINK_FAR)
    asked = marked(parcel, count)
    found = linked(way.found, links, way.lots.fronts(asked), count)
    helped = np.flatnonzero((found.link[parcel] >= 0) & np.isinf(way.metres(asked)[parcel]))
    which = found.link[parcel[helped]]
    told = {name: np.full(len(parcel), np.nan) for name in ("link_m", "linked_m")}
    told["link_m"][helped] = links.gap[which] / 1000
    told["linked_m"][helped] = found.far[parcel[helped]] / 1000
    link = np.full(len(parcel), None, dtype=object)
    link[helped] = shapely.to_wkt(links.drawn(streets, which), rounding_precision=3)
    return {**told, "link": pd.array(link, dtype="str")}


def _ways(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    goals: Geometries,
    column: str,
    way: Walked,
    cut: Cut,
    held: Floats,
) -> gpd.GeoDataFrame:
    """Return the parcels whose way is known."""
    row = np.flatnonzero(held > 0)
    return _told(units, parcels, goals, way, taken(cut, row), {column: held[row]})


def _told(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    goals: Geometries,
    way: Walked,
    cut: Cut,
    amounts: dict[str, ArrayLike],
) -> gpd.GeoDataFrame:
    """Return parts of parcels with what is known of their ways."""
    parcel = cut.feature
    straight = nearest(arrays(units, parcels)[1][parcel], goals)
    asked = marked(parcel, len(parcels))
    metres, share = way.metres(asked)[parcel], way.share(asked)[parcel]
    with np.errstate(invalid="ignore", divide="ignore"):
        detour = np.where(
            np.isfinite(metres) & (straight > 0), np.maximum(metres / straight, 1), np.nan
        )
    return evidence_frame(
        units,
        cut.zone,
        cut.geometry,
        parcel_id=np.asarray(parcels.index)[parcel],
        cause=causes(share),
        share=100 * np.nan_to_num(share),
        network_m=np.where(np.isfinite(metres), metres, np.nan),
        straight_m=np.where(np.isfinite(straight), straight, np.nan),
        detour=detour,
        **amounts,
    )


def marked(chosen: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
    """Return True where one of so many is chosen."""
    result = np.zeros(count, dtype=bool)
    result[chosen] = True
    return result


def causes(share: Floats) -> np.ndarray:
    """Return how places are reached, or why they are not."""
    partly = np.where(share > 0, "partly", "too_far")
    return np.where(np.isnan(share), "no_street", np.where(share >= 1, "near", partly))
