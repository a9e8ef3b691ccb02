"""Land of some uses by unit, over the ground it is divided by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._bases import base_areas, zones_of
from carbonspace.indicators._shared import Floats, Geometries, known, spread
from carbonspace.indicators._steps import polygons_in
from carbonspace.indicators._traits import Flags, listed
from carbonspace.kernels import coverage
from carbonspace.model.landuse import matches
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared


class Ground(NamedTuple):
    """What figures are divided by: where amounts are taken, the base's name, m² of each unit."""

    zones: gpd.GeoDataFrame
    base: str
    area: Floats

    def step(self, name: str) -> str:
        """Return the name of a step that cuts a layer along these zones."""
        return f"{name}, {self.base}" if self.base == "built_up" else name


def ground_of(
    units: gpd.GeoDataFrame,
    base: str,
    parcels: gpd.GeoDataFrame | None,
    boundaries: gpd.GeoDataFrame | None,
    shared: Shared | None,
) -> Ground:
    """Return the ground of each unit that a figure is divided by.

    Raises
    ------
    MissingLayerError
        If the base needs parcels or boundaries that are not there.
    MissingColumnError
        If it needs a land use that is not known of any parcel.
    """
    zones = zones_of(units, base, boundaries, shared)
    return Ground(zones, base, base_areas(units, base, parcels, boundaries, shared))


def over_ground(
    units: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame,
    name: str,
    amounts: Floats,
    chosen: Flags,
    ground: Ground,
    shared: Shared | None,
    *,
    scale: float,
    facts: Sequence[str] = (),
) -> Measure:
    """Return the amount of the chosen features on a ground, over the area of that ground.

    `amounts` are those of whole features; `name` is the step that cuts the layer along units.
    Evidence: the chosen features with their amounts.
    """
    cut = polygons_in(ground.zones, layer, ground.step(name), shared)
    return Measure.of(
        units.index,
        spread(cut, amounts * chosen, units),
        ground.area,
        scale=scale,
        evidence=lambda: listed(units, layer, cut, amounts, chosen, facts),
    )


def land_of_use(
    parcels: gpd.GeoDataFrame, codes: tuple[str, ...], shared: Shared | None
) -> tuple[Floats, Flags]:
    """Return the area of each parcel, and whether its land use is one of some.

    Raises
    ------
    MissingColumnError
        If land use is not known of any parcel.
    """
    known_codes = known(parcels, "parcels", "land_use", shared)
    chosen = np.asarray(matches(known_codes, tuple(codes)), dtype=bool)
    return shapely.area(parcels.geometry.to_numpy()), chosen


def beyond(pieces: Geometries, places: Geometries, distance: float = 0.0) -> Geometries:
    """Return what of each piece lies farther than `distance` metres from every place."""
    return coverage.uncovered(pieces, places, distance)
