"""The ground that figures are divided by: of the unit, the built-up area, construction land, homes.

Sources differ in it, and the same city has different values with each: it is never guessed.
"""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingLayerError, UnstatedError
from carbonspace.indicators._shared import Floats, Geometries, arrays, known, one_of, summed
from carbonspace.indicators._steps import PARCELS_BY_UNIT, chosen_rows, polygons_in
from carbonspace.kernels.overlay import Cut, met, united
from carbonspace.model.landuse import CONSTRUCTION_LAND, matches
from carbonspace.model.places import is_home
from carbonspace.model.shared import Shared

Base = Literal["unit", "built_up", "construction", "residential"]
BASES: tuple[str, ...] = ("unit", "built_up", "construction", "residential")
_NOTHING = shapely.Polygon()


def within(
    units: gpd.GeoDataFrame,
    boundaries: gpd.GeoDataFrame | None,
    kind: str,
    shared: Shared | None,
) -> gpd.GeoDataFrame:
    """Return the units cut down to the boundaries of a kind; empty where they hold none of it.

    Raises
    ------
    MissingLayerError
        If there is no layer of boundaries.
    UnstatedError
        If none of the plan is of this kind.
    """
    if boundaries is None:
        raise MissingLayerError("boundaries")
    chosen = of_type(boundaries, kind, shared)

    def make() -> gpd.GeoDataFrame:
        zones, shapes = arrays(units, boundaries)
        cut = clipped(zones, shapes[chosen])
        return units.set_geometry(gpd.GeoSeries(cut, units.index, units.crs))

    return (shared or Shared()).once(f"units within {kind}", (units, boundaries), make)


def base_areas(
    units: gpd.GeoDataFrame,
    base: str,
    parcels: gpd.GeoDataFrame | None,
    boundaries: gpd.GeoDataFrame | None,
    shared: Shared | None,
) -> Floats:
    """Return the ground of each unit that a figure is divided by, m².

    Raises
    ------
    MissingLayerError
        If the base needs parcels or boundaries that are not there.
    MissingColumnError
        If it needs a land use that is not known of any parcel.
    """
    if one_of("base", base, BASES) == "unit":
        return np.asarray(shapely.area(arrays(units)[0]))
    if base == "built_up":
        return np.asarray(shapely.area(arrays(within(units, boundaries, base, shared))[0]))
    found = _of_class(units, base, parcels, shared)
    return summed(found.zone, found.area, units)


def _of_class(
    units: gpd.GeoDataFrame, base: str, parcels: gpd.GeoDataFrame | None, shared: Shared | None
) -> Cut:
    """Return the parts of the parcels of construction land, or of homes, in each unit."""
    if parcels is None:
        raise MissingLayerError("parcels")
    codes = known(parcels, "parcels", "land_use", shared)
    asked = is_home(codes) if base == "residential" else matches(codes, CONSTRUCTION_LAND)
    cut = polygons_in(units, parcels, PARCELS_BY_UNIT, shared)
    return chosen_rows(cut, np.asarray(asked, dtype=bool))


def zones_of(
    units: gpd.GeoDataFrame,
    base: str,
    boundaries: gpd.GeoDataFrame | None,
    shared: Shared | None,
) -> gpd.GeoDataFrame:
    """Return where amounts are taken: in the built-up part of the units where that is the base."""
    return within(units, boundaries, base, shared) if base == "built_up" else units


def cut_down(
    units: gpd.GeoDataFrame,
    base: str,
    parcels: gpd.GeoDataFrame | None,
    boundaries: gpd.GeoDataFrame | None,
    shared: Shared | None,
) -> gpd.GeoDataFrame:
    """Return the units cut down to the ground of a base; empty where they hold none of it.

    Raises
    ------
    MissingLayerError
        If the base needs parcels or boundaries that are not there.
    MissingColumnError
        If it needs a land use that is not known of any parcel.
    """
    if one_of("base", base, BASES) in ("unit", "built_up"):
        return zones_of(units, base, boundaries, shared)

    def make() -> gpd.GeoDataFrame:
        found = _of_class(units, base, parcels, shared)
        pieces = [united(found.geometry[found.zone == n]) for n in range(len(units))]
        return units.set_geometry(gpd.GeoSeries(pieces, units.index, units.crs))

    return (shared or Shared()).once(f"units within {base}", (units, parcels), make)


def of_type(boundaries: gpd.GeoDataFrame, kind: str, shared: Shared | None) -> NDArray[np.bool_]:
    """Return which boundaries are of a kind.

    Raises
    ------
    UnstatedError
        If none of the plan is.
    """
    everywhere = (shared or Shared()).values("boundaries", boundaries, "boundary_type")
    if kind not in everywhere:
        raise UnstatedError(
            f"boundaries: none with boundary_type = {kind}; add it to the layer",
            f"boundaries 图层中没有 boundary_type = {kind} 的范围；请补充",
        )
    return np.asarray(boundaries["boundary_type"].eq(kind), dtype=bool)


def clipped(zones: Geometries, shapes: Geometries) -> Geometries:
    """Return the polygons of each zone within the shapes that meet it, and no others."""
    found = np.full(len(zones), _NOTHING, dtype=object)
    for position, these in met(zones, shapes):
        found[position] = _polygons(shapely.intersection(zones[position], united(these)))
    return found


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """Return what a shape has of polygons, without the lines and points it touches in."""
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])
