"""Single steps of the plain script on repaired layers, and how all contenders get these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
from tests.benchmarks import plain_land as land
from tests.benchmarks import plain_lines as lines
from tests.validation import plain

Layers = dict[str, gpd.GeoDataFrame]
IDS = {"units": "unit_id", "parcels": "parcel_id", "buildings": "building_id", "roads": "road_id",
       "parks": "park_id", "transit_stops": "stop_id"}  # fmt: skip
SLIVER_M2 = 1e-4
"""What is smaller comes from rounding; carbonspace leaves it out, and so do all contenders."""


def write_sound(path: Path, folder: Path) -> None:
    """Write the layers that steps need as GeoParquet with valid geometry."""
    folder.mkdir(parents=True, exist_ok=True)
    for key in IDS:
        layer = land.sound(gpd.read_file(path, layer=key, use_arrow=True))
        if key == "parcels":
            layer["home"] = land.is_home(layer["land_use"])
        if key == "buildings":
            layer["floor"] = plain.floor_areas(layer)
        layer.to_parquet(folder / f"{key}.parquet")


def read_sound(folder: Path, *, by_id: bool) -> Layers:
    """Return these layers, indexed by their ids where asked."""
    layers = {key: gpd.read_parquet(folder / f"{key}.parquet") for key in IDS}
    return {k: v.set_index(IDS[k]) for k, v in layers.items()} if by_id else layers


def _park_coverage(layers: Layers) -> pd.Series:
    parks = layers["parks"]
    return land.near_parks(_homes(layers), parks, pd.Series(500.0, index=parks.index))


def _park_coverage_by_overlay(layers: Layers) -> pd.Series:
    return land.near_parks_by_overlay(_homes(layers), layers["parks"])


def _homes(layers: Layers) -> gpd.GeoDataFrame:
    parcels = layers["parcels"]
    return plain.cut(parcels[parcels["home"]], layers["units"][["unit_id", "geometry"]])


def _stations(layers: Layers) -> pd.Series:
    living = land.people(layers["parcels"], _standing(layers), layers["units"])
    near = land.near_stops(living, layers["transit_stops"])
    held = (living["residents"] + living["jobs"]) * near
    return held.groupby(living["unit_id"]).sum()


def _parcels_to_units(layers: Layers) -> pd.Series:
    pieces = plain.cut(layers["parcels"], layers["units"][["unit_id", "geometry"]])
    return pieces.area.groupby(pieces["unit_id"]).sum()


def _buildings_to_parcels(layers: Layers) -> pd.Series:
    standing = _standing(layers)
    return standing["floor"].groupby(standing["parcel_id"]).sum()


def _roads(layers: Layers) -> pd.Series:
    pieces = lines.in_units(layers["roads"], layers["units"])
    return pieces["metres"].groupby(pieces["unit_id"]).sum()


def _standing(layers: Layers) -> gpd.GeoDataFrame:
    buildings = layers["buildings"][["use", "floor", "geometry"]]
    inside = plain.cut(buildings, layers["parcels"][["parcel_id", "geometry"]])
    inside = inside[inside.area > SLIVER_M2]
    return inside.assign(floor=inside["floor"] * inside["share"])


STEPS: Mapping[str, Callable[[Layers], pd.Series]] = {
    "park coverage": _park_coverage,
    "stations": _stations,
    "parcels to units": _parcels_to_units,
    "buildings to parcels": _buildings_to_parcels,
    "roads": _roads,
}
OVERLAY: Mapping[str, Callable[[Layers], pd.Series]] = {"park coverage": _park_coverage_by_overlay}
"""Steps that most would write otherwise: with one overlay of everything."""
