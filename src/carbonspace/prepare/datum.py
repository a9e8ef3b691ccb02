"""From one CRS to another: which operation PROJ has, how accurate it is, and what it lacks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import ProjError
from pyproj.transformer import TransformerGroup

Extent = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

_DEGREES = CRS.from_epsg(4326)


class Operation(NamedTuple):
    """How coordinates get from one CRS into another.

    `name` is that of the datum shift, empty where the datum stays. `accuracy` is in metres, None
    where PROJ states none. `missing` names the grids that a better operation would need, and
    `better` its accuracy. `ballpark`: the datums differ by an amount that is not known.
    """

    transformers: tuple[Transformer, ...]
    name: str
    accuracy: float | None
    ballpark: bool
    missing: tuple[str, ...] = ()
    better: float | None = None


def operation(source: CRS, target: CRS, extent: Extent | None) -> Operation:
    """Return the most accurate operation that PROJ can do here and now.

    A CRS with shift parameters of its own (`+towgs84`) goes by way of the CRS they lead to:
    PROJ by itself sets them aside where the target is not that CRS.
    """
    stops = [source]
    stops += [source.target_crs] if source.is_bound and source.target_crs else []
    stops += [target.target_crs] if target.is_bound and target.target_crs else []
    legs = [_leg(a, b, extent) for a, b in pairwise([*stops, target]) if a != b]
    known = [leg.accuracy for leg in legs if leg.accuracy is not None]
    return Operation(
        transformers=tuple(t for leg in legs for t in leg.transformers),
        name=" + ".join(leg.name for leg in legs if leg.name),
        accuracy=sum(known) if len(known) == len(legs) else None,
        ballpark=any(leg.ballpark for leg in legs),
        missing=tuple(grid for leg in legs for grid in leg.missing),
        better=next((leg.better for leg in legs if leg.missing), None),
    )


def are_one_frame(a: CRS, b: CRS) -> bool:
    """Tell whether two CRSs share an ellipsoid, as the modern geocentric datums do.

    WGS 84, CGCS2000, ETRS89, JGD2011 sit on (nearly) one ellipsoid around the centre of mass;
    Beijing 1954 or Xian 1980 do not, and their shift is a matter of many metres.
    """
    if a.ellipsoid is None or b.ellipsoid is None:
        return False
    axes = abs(a.ellipsoid.semi_major_metre - b.ellipsoid.semi_major_metre)
    shape = abs(a.ellipsoid.inverse_flattening - b.ellipsoid.inverse_flattening)
    return axes < 1e-3 and shape < 1e-4


def moved(layer: gpd.GeoDataFrame, crs: CRS, how: Operation) -> gpd.GeoDataFrame:
    """Return the layer in `crs`. Heights stay as they are."""

    def through(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        for transformer in how.transformers:
            x, y = transformer.transform(x, y)
        return x, y

    return _with(layer, crs, through)


def is_finite(layer: gpd.GeoDataFrame) -> bool:
    """Tell whether every coordinate of a layer is a number."""
    return bool(np.isfinite(shapely.get_coordinates(layer.geometry.to_numpy())).all())


def turned(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the layer with first and second coordinate exchanged."""
    return _with(layer, layer.crs, lambda x, y: (y, x))


def extent(layer: gpd.GeoDataFrame, crs: CRS) -> Extent | None:
    """Return where a layer lies in degrees if its CRS is `crs`, or None where that is nowhere."""
    try:
        west, south, east, north = layer.total_bounds
        found = _into_degrees(crs).transform_bounds(west, south, east, north, densify_pts=5)
    except ProjError:
        return None
    return found if np.isfinite(found).all() else None


def places(x: np.ndarray, y: np.ndarray, crs: CRS) -> tuple[np.ndarray, np.ndarray]:
    """Return longitudes and latitudes of points in `crs`; not finite where there are none."""
    try:
        return _into_degrees(crs).transform(x, y)
    except ProjError:
        return np.full(len(x), np.inf), np.full(len(x), np.inf)


@lru_cache(maxsize=256)
def _into_degrees(crs: CRS) -> Transformer:
    """Return what brings coordinates into degrees; finding it takes its time."""
    return Transformer.from_crs(crs, _DEGREES, always_xy=True)


def _with(
    layer: gpd.GeoDataFrame,
    crs: CRS,
    change: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> gpd.GeoDataFrame:
    shapes = layer.geometry.to_numpy().copy()
    for tall in (False, True):
        chosen = shapely.has_z(shapes) == tall
        coordinates = shapely.get_coordinates(shapes[chosen], include_z=tall)
        x, y = change(coordinates[:, 0].copy(), coordinates[:, 1].copy())
        coordinates[:, 0], coordinates[:, 1] = x, y
        shapes[chosen] = shapely.set_coordinates(shapes[chosen], coordinates)
    return layer.set_geometry(gpd.GeoSeries(shapes, layer.index, crs=crs), crs=crs)


def _leg(source: CRS, target: CRS, where: Extent | None) -> Operation:
    area = AreaOfInterest(*where) if where else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a missing grid becomes a finding
        group = TransformerGroup(source, target, always_xy=True, area_of_interest=area)  # type: ignore[arg-type]
    if not group.transformers:
        return Operation((), "", None, ballpark=True)
    best = group.transformers[0]
    accuracy = best.accuracy if best.accuracy is not None and best.accuracy >= 0 else None
    name = _shift(best.description or "")
    ballpark = "ballpark" in name.lower() and not are_one_frame(source, target)
    for rival in group.unavailable_operations:
        if accuracy is None or 0 <= rival.accuracy < accuracy:
            grids = tuple(g.short_name for g in rival.grids if not g.available)
            return Operation((best,), name, accuracy, ballpark, grids, rival.accuracy)
    return Operation((best,), name, accuracy, ballpark)


def _shift(description: str) -> str:
    """Return the part of an operation's name that changes the datum."""
    return " + ".join(part for part in description.split(" + ") if " to " in part)
