"""What every theme needs: geometry as arrays, columns that must be known, evidence frames."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.errors import CrsError, MissingColumnError, UnknownNameError
from carbonspace.kernels import lines as line_kernels
from carbonspace.kernels import overlay
from carbonspace.model.shared import Shared

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]

ON_EDGE_M = 0.01
"""A point this near to the shared boundary of units lies on it, and belongs to each in part."""


def arrays(units: gpd.GeoDataFrame, *layers: gpd.GeoDataFrame) -> tuple[Geometries, ...]:
    """Return the geometry of the units and of each layer as object arrays.

    Raises
    ------
    CrsError
        If the units are in a geographic CRS, or a layer is not in the CRS of the units.
    """
    if units.crs is not None and units.crs.is_geographic:
        raise CrsError(
            f"units: in {units.crs.name}, whose unit is the degree; "
            "expected a projected CRS. Reproject every layer, for example with to_crs()."
        )
    for layer in layers:
        if layer.crs != units.crs:
            raise CrsError(
                f"a layer is in {_name(layer)}, the units are in {_name(units)}; "
                "expected one CRS. Reproject the layer with to_crs(units.crs)."
            )
    return tuple(np.asarray(frame.geometry.array, dtype=object) for frame in (units, *layers))


def known(
    frame: gpd.GeoDataFrame, layer: str, column: str, shared: Shared | None = None
) -> pd.Series:
    """Return a column the indicator cannot do without.

    Raises
    ------
    MissingColumnError
        If the column is absent, or has no value in any feature of the plan.
    """
    if is_unknown(frame, layer, column, shared):
        raise MissingColumnError(layer, column)
    return frame[column]


def is_unknown(
    frame: gpd.GeoDataFrame, layer: str, column: str, shared: Shared | None = None
) -> bool:
    """Tell whether a column is absent, or has no value in any feature of the plan."""
    return (shared or Shared()).is_unknown(layer, frame, column)


def flag(frame: gpd.GeoDataFrame, column: str) -> NDArray[np.bool_]:
    """Return a yes/no column as booleans; absent or null is False."""
    values = frame.get(column)
    if values is None:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray(values.astype("boolean").fillna(False), dtype=bool)


def numbers(values: pd.Series) -> Floats:
    """Return a column as floats, null as zero."""
    return np.asarray(pd.to_numeric(values).astype("Float64").fillna(0.0), dtype=float)


def filled(frame: gpd.GeoDataFrame, column: str, default: Floats) -> Floats:
    """Return a column as floats, `default` where it is absent or null."""
    if column not in frame:
        return default
    return np.where(frame[column].isna(), default, numbers(frame[column]))


def text_column(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Return a text column, null throughout where it is absent."""
    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="str")


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """Return `value` if it is allowed for parameter `name`.

    Raises
    ------
    UnknownNameError
        If it is not.
    """
    if value not in allowed:
        listed = ", ".join(allowed)
        raise UnknownNameError(
            f"{name} = {value!r} is unknown; it can be: {listed}",
            f"{name} = {value!r} 无法识别；可取：{listed}",
        )
    return value


def of_classes(codes: pd.Series, classes: tuple[str, ...]) -> NDArray[np.bool_]:
    """Return True where a coded value is one of `classes`."""
    return np.asarray(codes.isin(list(classes)), dtype=bool)


def longest(layer: gpd.GeoDataFrame | None) -> float:
    """Return the length of the longest feature, corner to corner of its box, metres."""
    if layer is None:
        return 0.0
    box = shapely.bounds(layer.geometry.to_numpy())
    return float(np.nanmax(np.hypot(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]), initial=0.0))


def places(frame: gpd.GeoDataFrame) -> Geometries:
    """Return one point per feature, where it is counted: itself, or a point inside its polygon."""
    return np.asarray(shapely.point_on_surface(np.asarray(frame.geometry.array, dtype=object)))


def stretches(
    lines: Geometries, zones: Geometries, shares: line_kernels.LineShares, *, tolerance: float
) -> Geometries:
    """Return the geometry of each (zone, feature) row of `shares`.

    A line that is the zone's all along is drawn as it is. A stretch that the zone owns in part
    because it runs within `tolerance` of the zone's boundary, but outside of it, is taken from
    the zone grown by `tolerance`.
    """
    drawn = lines[shares.feature]
    line, zone = drawn[~shares.whole], zones[shares.zone[~shares.whole]]
    cut = shapely.intersection(line, zone)
    short = shapely.length(cut) < shares.length[~shares.whole] - 1e-3
    cut[short] = shapely.intersection(line[short], shapely.buffer(zone[short], tolerance))
    drawn[~shares.whole] = cut
    return drawn


def summed(groups: NDArray[np.int64], values: Floats, units: gpd.GeoDataFrame) -> Floats:
    """Return the sum of `values` per unit, by the unit's position."""
    return overlay.sums(groups, values, len(units))


def spread(
    cut: overlay.Cut, amounts: Floats | NDArray[np.bool_], units: gpd.GeoDataFrame
) -> Floats:
    """Return the sum of amounts of features per unit, each spread evenly over its ground."""
    return summed(cut.zone, cut.share * amounts[cut.feature], units)


def evidence_frame(
    units: gpd.GeoDataFrame,
    zone: NDArray[np.int64],
    geometry: Geometries,
    **columns: object,
) -> gpd.GeoDataFrame:
    """Return features with the id of their unit first, in the CRS of the units."""
    table = {"unit_id": np.asarray(units.index)[zone], **columns}
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(geometry, crs=units.crs))


def _name(frame: gpd.GeoDataFrame) -> str:
    return "no CRS" if frame.crs is None else str(frame.crs.name)
