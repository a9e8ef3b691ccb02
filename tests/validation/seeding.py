"""Facts and layers that no map of a city knows, made up by lot from what the layers declare."""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model.layers import LAYERS, Column
from carbonspace.model.places import FACILITY_TYPES

KNOWN_OTHERWISE = {
    "name", "unit_id", "block_id", "zone", "district", "unit_type", "walking_zone", "population",
    "jobs", "workers", "area", "floor_area", "exemption", "capacity_unit",
}  # fmt: skip
"""Columns that the map, the census or the layer's own geometry tells, or that excuse features."""
WRITTEN = {
    "zoning": ("R5", "R6", "R7", "R8", "R9", "R10"), "mixed_use_codes": ("0901", "0702;0901"),
}  # fmt: skip
"""Codes that text columns without a list of values are written in."""
RANGES = {
    "supply_year": (2021, 2026), "year_built": (1960, 2026), "green_star": (0, 3),
    "far_min": (0, 1), "far_max": (1, 6), "density_min": (1, 20), "density_max": (20, 90),
    "green_ratio_min": (1, 20), "green_ratio_max": (20, 90), "height_min": (1, 6),
    "height_max": (6, 60), "depth_from": (0, 10), "depth_to": (10, 40), "factor": (0, 1),
    "floor_area_quota": (10_000, 900_000), "width": (3, 160), "height_limit": (3, 30),
}  # fmt: skip
BY_UNIT = {"%": (5, 90), "m": (3, 60)}
"""The least and the most of a column named so, or in this unit."""
USUAL = (1, 500)
TOLD = 0.85
"""Share of the features that state a fact."""
TOLD_BY_ALL = {
    "emissions", "energy_use", "construction_land_quota", "floor_area_quota", "green_water_quota",
}  # fmt: skip
"""Sums of these are none where too few features state them, or only of what has a quota."""
TAKEN = {
    "communities": ("parcels", 300), "control_lines": ("parks", 100), "corridors": ("roads", 300),
    "greenways": ("bike_corridors", 40), "greenery": ("parks", 250),
    "underground": ("buildings", 300), "street_lamps": ("roads", 2000), "heat_pipes": ("roads", 90),
}  # fmt: skip
"""Layers whose shapes are those of another, and of how many of its features."""
SQUARES = {"subdistricts": [3000], "boundaries": [2000, 3300], "life_circles": [1100, 700]}
"""Layers that are squares over the whole city, and how long these are."""


def lot(*names: str) -> np.random.Generator:
    """Return the lot of a column: another column declared elsewhere does not move it."""
    return np.random.default_rng(crc32("/".join(names).encode()))


def with_facts(key: str, layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the layer with every column that it may have and has not."""
    asked = [one for one in LAYERS[key].columns
             if one.name not in {*layer, *KNOWN_OTHERWISE, LAYERS[key].id}]  # fmt: skip
    return layer.assign(**{one.name: _facts(one, layer, lot(key, one.name)) for one in asked})


def made_up(layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers that the map lacks: drawn over it, or of some of its shapes."""
    shapes = {
        key: pd.concat([_squares(layers["units"], side) for side in sides], ignore_index=True)
        for key, sides in SQUARES.items()
    }
    shapes |= {key: _some(layers[of], count, lot(key)) for key, (of, count) in TAKEN.items()}
    shapes["street_lamps"] = shapes["street_lamps"].interpolate(0.5, normalized=True)
    shapes["corridors"] = shapes["corridors"].buffer(80)
    drawn = {key: gpd.GeoDataFrame({LAYERS[key].id: _ids(key, len(shape))}, geometry=shape)
             for key, shape in shapes.items()}  # fmt: skip
    past = {f"past_{key}": layers[key].sample(frac=0.8, random_state=5)
            for key in ("parcels", "buildings")}  # fmt: skip
    past["past_parcels"] = past["past_parcels"][["parcel_id", "land_use", "geometry"]].assign(
        land_use=lot("past_parcels").permutation(past["past_parcels"]["land_use"])
    )
    past["past_buildings"] = past["past_buildings"][["building_id", "use", "floors", "geometry"]]
    return {key: with_facts(key, layer) for key, layer in {**drawn, **past}.items()}


def facilities(buildings: gpd.GeoDataFrame, taken: set[str]) -> gpd.GeoDataFrame:
    """Return facilities of the types that a map lacks, in some of the buildings."""
    kinds = sorted(set(FACILITY_TYPES) - taken - {"charging"})
    where = buildings.sample(60 * len(kinds), random_state=6).representative_point()
    where = where.reset_index(drop=True)
    return gpd.GeoDataFrame(
        {"facility_id": _ids("made up", len(where)), "facility_type": kinds * 60}, geometry=where
    )


def _ids(key: str, count: int) -> list[str]:
    return [f"{key}/{n}" for n in range(count)]


def _some(layer: gpd.GeoDataFrame, count: int, seed: np.random.Generator) -> gpd.GeoSeries:
    """Return the shapes of some features of a layer that are sound."""
    sound = layer.geometry[layer.is_valid & ~layer.is_empty]
    return sound.sample(count, random_state=seed).reset_index(drop=True)


def _squares(units: gpd.GeoDataFrame, side: float) -> gpd.GeoSeries:
    """Return squares that cover the units, those that have none of their ground left out."""
    west, south, east, north = units.total_bounds
    x, y = np.meshgrid(np.arange(west, east, side), np.arange(south, north, side))
    squares = gpd.GeoSeries(shapely.box(x, y, x + side, y + side).ravel(), crs=units.crs)
    return squares[squares.intersects(units.union_all())].reset_index(drop=True)


def _facts(column: Column, layer: gpd.GeoDataFrame, seed: np.random.Generator) -> pd.Series:
    count = len(layer)
    always = column.required or column.name in TOLD_BY_ALL
    told = seed.random(count) < (1.0 if always else TOLD)
    if column.kind == "flag":
        values = pd.Series(seed.random(count) < 0.4, dtype="boolean")
    elif column.kind == "number":
        values = pd.Series(_numbers(column, layer, seed))
    else:
        codes = column.values or WRITTEN.get(column.name, ("a",))  # noqa: PD011
        values = pd.Series(seed.permutation(np.resize(np.array(codes, dtype=object), count)))
    return values.where(told).set_axis(layer.index)


def _numbers(
    column: Column, layer: gpd.GeoDataFrame, seed: np.random.Generator
) -> NDArray[np.float64]:
    if column.unit == "m²" and column.name not in RANGES:
        area: NDArray[np.float64] = layer.area.to_numpy()
        return np.round(area * seed.uniform(0.0, 0.5, len(layer)), 1)
    low, high = RANGES.get(column.name) or BY_UNIT.get(column.unit, USUAL)
    whole = column.name in {"supply_year", "year_built", "green_star"}
    return np.round(seed.uniform(low, high, len(layer)), 0 if whole else 2)
