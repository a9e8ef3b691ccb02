"""All that the benchmark calls of carbonspace, in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

import carbonspace
from carbonspace import evaluate, read_plan
from carbonspace.catalogue import indicators
from carbonspace.kernels.lines import zone_lengths
from carbonspace.kernels.overlay import cut_along, sums
from carbonspace.model.assessment import Assessment
from carbonspace.model.floors import floor_areas
from carbonspace.model.indicator import Indicator
from carbonspace.model.plan import Plan
from carbonspace.prepare import prepare

Layers = dict[str, gpd.GeoDataFrame]


def loaded() -> None:
    """Import what a run needs, so that it is not measured."""
    carbonspace.road_density  # noqa: B018  the catalogue is loaded by the first name


def read(plan_toml: Path) -> Plan:
    return read_plan(plan_toml)


def prepared(plan: Plan) -> Plan:
    return prepare(plan)


def evaluated(
    plan: Plan,
    chosen: Iterable[str] | None = None,
    *,
    units: Iterable[str] | None = None,
    workers: int | None = None,
) -> Assessment:
    return evaluate(plan, chosen, units=units, workers=workers)


SCRIPTED = {
    "park_coverage", "park_coverage_by_size", "station_coverage", "bus_stop_count",
    "bus_stop_area_coverage", "road_density", "bike_corridor_length",
    "bike_corridor_connected_share", "bike_route_count", "slow_network_density", "car_park_count",
    "charging_car_park_share", "charging_site_count", "charging_space_share", "mixed_block_share",
    "land_use_mix", "main_use_floor_share", "jobs_housing_ratio", "solar_roof_area",
    "usable_roof_share", "pv_capacity", "pv_roof_share", "pv_usable_roof_share",
}  # fmt: skip
"""What the plain script finds, too, by the names of what others are variants of."""


NEWER = {"bus_stop_area_coverage_close"}
"""Variants of these that the script, which is older, does not find."""


def scripted() -> list[str]:
    """Return the indicators that the plain script finds, too."""
    found = [key for key, one in indicators().items() if (one.variant_of or key) in SCRIPTED]
    return [key for key in found if key not in NEWER]


def with_sun(plan: Plan) -> list[str]:
    """Return these, and the indicators that look at shadows.

    Those look as far as shadows fall: their reach hangs on how high buildings stand.
    """
    one = plan.layers["buildings"].iloc[:1]
    low, high = ({**plan.layers, "buildings": one.assign(height=h)} for h in (3.0, 300.0))

    def looks(indicator: Indicator) -> bool:
        settings = indicator.settings({})
        return indicator.reach_m(settings, low) < indicator.reach_m(settings, high)

    lit = {key for key, indicator in indicators().items() if looks(indicator)}
    return [key for key in indicators() if key in lit or key in {*scripted()}]


def written(assessment: Assessment, folder: Path) -> None:
    assessment.write(folder)


def results(assessment: Assessment) -> dict[str, pd.DataFrame]:
    """Return numerator and denominator by unit of each indicator."""
    return {
        key: measure.table[["numerator", "denominator"]]
        for key, measure in assessment.measures.items()
    }


def edited(plan: Plan) -> tuple[Plan, list[str]]:
    """Return a prepared plan with another land use on one parcel, and the units this may touch.

    The parcel is the home nearest to the middle of the city.
    """
    parcels, units = plan.layers["parcels"], plan.layers["units"]
    homes = parcels[parcels["land_use"].str.startswith("07")]
    middle = units.union_all().centroid
    parcel = homes.index[np.argmin(homes.distance(middle))]
    land_use = parcels["land_use"].where(parcels.index != parcel, "0902")
    changed = parcels.assign(land_use=land_use)
    touched = units.index[units.intersects(parcels.geometry[parcel])]
    return replace(plan, layers={**plan.layers, "parcels": changed}), list(touched)


def _park_coverage(layers: Layers) -> pd.Series:
    measure = carbonspace.park_coverage(layers["units"], layers["parcels"], layers["parks"])
    return measure.table["numerator"]


def _stations(layers: Layers) -> pd.Series:
    measure = carbonspace.station_coverage(
        layers["units"], layers["parcels"], layers["transit_stops"], layers["buildings"]
    )
    return measure.table["numerator"]


def _parcels_to_units(layers: Layers) -> pd.Series:
    cut = cut_along(layers["units"].geometry.array, layers["parcels"].geometry.array)
    return _by_id(layers["units"], cut.zone, cut.area)


def _buildings_to_parcels(layers: Layers) -> pd.Series:
    buildings = layers["buildings"]
    cut = cut_along(layers["parcels"].geometry.array, buildings.geometry.array)
    return _by_id(layers["parcels"], cut.zone, cut.share * floor_areas(buildings)[cut.feature])


def _roads(layers: Layers) -> pd.Series:
    lengths = zone_lengths(layers["roads"].geometry.array, layers["units"].geometry.array)
    return _by_id(layers["units"], lengths.zone, lengths.length)


def _by_id(zones: gpd.GeoDataFrame, zone: np.ndarray, amounts: np.ndarray) -> pd.Series:
    return pd.Series(sums(zone, amounts, len(zones)), index=zones.index)


STEPS: Mapping[str, Callable[[Layers], pd.Series]] = {
    "park coverage": _park_coverage,
    "stations": _stations,
    "parcels to units": _parcels_to_units,
    "buildings to parcels": _buildings_to_parcels,
    "roads": _roads,
}
"""Single steps on repaired layers indexed by id: what each gives by unit or parcel."""
