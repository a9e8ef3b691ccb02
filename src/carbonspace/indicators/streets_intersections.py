"""Streets: how many places there are where they meet."""

from __future__ import annotations

import math
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._junctions import middles
from carbonspace.indicators._shared import ON_EDGE_M, arrays, evidence_frame, one_of, summed
from carbonspace.indicators._streets import Mode, Network, Town, town_of
from carbonspace.kernels import network as networks
from carbonspace.kernels import overlay
from carbonspace.kernels.pieces import corners
from carbonspace.model.indicator import Indicator, Metres, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

CITY_STREETS = Network(compounds="closed")
OpenTo = Literal["walk", "bike", "drive"]
_LEGS = 3
_MODES: dict[str, Mode] = {"walk": "walk", "bike": "bike", "drive": "drive"}


@indicator(
    title=Text("道路交叉口密度", "Density of street intersections"),
    unit="1/km²",
    theme="streets",
    aggregate="ratio",
    reach=math.inf,
    far=("roads", "entrances"),
    source="carbonspace",
    definition=Text(
        "三条及以上路段相交的地点数除以单元面积；相距不超过合并距离的（如双幅路的各交点）计为一处，"
        "位于单元边界上的由各单元均分。立体交叉不计，默认不含小区内部路与步行专用路。重复绘制的路段"
        "计为一条。算法与合并距离为本工具自定。",
        "Places where three or more stretches of street meet, per area of the unit; those within "
        "the merging distance of each other (the crossings of dual carriageways) are one place, "
        "and one on a boundary counts in equal parts to each unit. Bridges are no intersections; "
        "streets inside compounds and paths are left out by default, and what is drawn twice is "
        "one street. The formula and the merging distance are our own.",
    ),
    decimals=1,
    verified=False,
)
def intersection_density(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    *,
    open_to: OpenTo = "drive",
    same_place: Metres = 15.0,
    network: Network = CITY_STREETS,
    shared: Shared | None = None,
) -> Measure:
    """Return the number of places where streets meet, per area of each unit.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    roads
        Centrelines of the whole city with `road_class`; `level`, `bridge`, `tunnel` tell what
        crosses without meeting.
    entrances
        Points with `entrance_to`: gates of compounds.
    open_to
        "walk", "bike" or "drive": whose streets they are.
    same_place
        Intersections no further apart than this many metres are one, and so are those of a row
        of such.
    network
        How lines make a network: see `Network`.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Places per km². Numerators are places, denominators m². Evidence: the places, how many
        nodes they are made of and the most streets that meet in one.

    Raises
    ------
    MissingColumnError
        If road classes are not known.
    """
    mode = _MODES[one_of("open_to", open_to, tuple(_MODES))]
    town: Town = town_of(units, roads, entrances, network, shared, mode=mode)
    met = corners(town.streets)
    chosen = met.legs >= _LEGS
    points, legs = shapely.points(met.place[chosen]), met.legs[chosen]
    label = networks.components(points, tolerance=same_place)
    places = middles(points, label)
    held = overlay.shares(places, arrays(units)[0], tolerance=ON_EDGE_M)
    most = np.zeros(len(places), dtype=np.intp)
    np.maximum.at(most, label, legs)
    return Measure.of(
        units.index,
        summed(held.zone, held.weight, units),
        shapely.area(arrays(units)[0]),
        scale=1e6,
        evidence=lambda: evidence_frame(
            units,
            held.zone,
            places[held.feature],
            nodes=np.bincount(label, minlength=len(places))[held.feature],
            legs=most[held.feature],
            counted=held.weight,
        ),
    )


VARIANTS: tuple[Indicator, ...] = ()
