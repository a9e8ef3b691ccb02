"""One finding per feature at fault, the worst first, and one for all that are not shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.model.finding import Finding, Severity
from carbonspace.model.text import Text

_SHOWN = 20


@dataclass(frozen=True)
class Fault:
    """What is wrong with some features of a layer, in words."""

    what: Text
    expected: Text
    action: Text
    severity: Severity = "warning"


def per_feature(
    key: str,
    layer: gpd.GeoDataFrame,
    fault: Fault,
    positions: NDArray[Any],
    found: Callable[[int], str | Text],
) -> Iterator[Finding]:
    """Yield a finding with its place for each of `positions`, in their order.

    `found` words what is there. Beyond twenty features one finding counts the rest.
    """
    for position in positions[:_SHOWN]:
        yield Finding(
            fault.severity, key, fault.what, found(int(position)), fault.expected, fault.action,
            str(layer.index[position]), place(layer.geometry.iloc[position]),
        )  # fmt: skip
    if (more := len(positions) - _SHOWN) > 0:
        yield Finding(
            fault.severity, key, fault.what, Text(f"另有 {more} 个要素", f"{more} more features"),
            fault.expected, fault.action,
        )  # fmt: skip


def worded(form: str, *values: NDArray[Any]) -> Callable[[int], str]:
    """Return what says, of one position, what is there: `form` filled with its values."""
    return lambda position: form.format(*(one[position] for one in values))


def numbers(layer: gpd.GeoDataFrame, name: str) -> NDArray[np.float64]:
    """Return a column as numbers, NaN where it is empty."""
    return np.asarray(layer[name].to_numpy(dtype=float, na_value=np.nan))


def place(geometry: shapely.Geometry) -> tuple[float, float] | None:
    """Return a point on a geometry, None where it has none."""
    if shapely.is_missing(geometry) or shapely.is_empty(geometry):
        return None
    x, y = shapely.get_coordinates(shapely.point_on_surface(geometry))[0]
    return float(x), float(y)


def worst_first(positions: NDArray[Any], size: NDArray[Any]) -> NDArray[Any]:
    """Return positions by falling size, equal ones in their order."""
    return positions[np.argsort(-size[positions], kind="stable")]
