"""What the benchmark calls of carbonspace for ways on foot."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from tests.benchmarks.net import Geometries

from carbonspace.indicators._streets import Network, Town, fronts_of, lots_of, town_of
from carbonspace.indicators.facilities import facility_15min_coverage
from carbonspace.kernels.reach import reach
from carbonspace.model.places import FACILITIES
from carbonspace.model.shared import Shared

METRES = 800.0
"""How far people walk to a stop."""

Layers = Mapping[str, gpd.GeoDataFrame]


def loaded() -> None:
    """Load what is compiled, so that it is not measured."""
    at = gpd.GeoSeries([shapely.LineString([(0, 0), (9, 9)])], crs="EPSG:4547")
    roads = gpd.GeoDataFrame({"road_class": ["local"]}, geometry=at)
    near(streets({"units": roads, "roads": roads}), np.array([shapely.box(0, 0, 5, 5)]),
         np.array([shapely.Point(1, 2)]))  # fmt: skip


def streets(layers: Layers) -> Town:
    """Return the streets that are open on foot."""
    return town_of(layers["units"], layers["roads"], None, Network(), None)


def near(town: Town, parcels: Geometries, stops: Geometries) -> np.ndarray:
    """Return the share of the front of each parcel from where a stop is within the walk."""
    lots = lots_of(town, parcels, Network())
    sources = fronts_of(town, stops, Network())
    found = reach(town.streets, town.ways, sources, round(1000 * METRES))
    return lots.shares([found], np.ones(len(parcels), dtype=bool))


def ten_types(layers: Layers) -> pd.Series:
    """Return the coverage by every type of facility, and by all of them, of all units together."""
    shared = Shared()
    asked = [layers[key] for key in ("units", "parcels", "facilities", "roads")]
    each = {one: facility_15min_coverage(*asked, facility_types=(one,), shared=shared)
            for one in FACILITIES}  # fmt: skip
    each["all"] = facility_15min_coverage(*asked, shared=shared)
    return pd.Series({key: measure.total()[2] for key, measure in each.items()})


def typed(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return facilities of daily life in place of others, of each type as many."""
    kinds = np.array([*FACILITIES], dtype=object)[np.arange(len(facilities)) % len(FACILITIES)]
    return facilities.assign(facility_type=kinds)
