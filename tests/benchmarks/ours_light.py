"""What the benchmark calls of carbonspace for light on roofs, and for cells in parcels."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from tests.benchmarks.canopy import CELL, Canopy
from tests.benchmarks.net import Floats, Geometries, Integers

from carbonspace import evaluate
from carbonspace.indicators._roof import LIT
from carbonspace.indicators._roof_cells import Cellwork
from carbonspace.indicators._roof_work import NOTHING, cellwork, groups_of
from carbonspace.kernels.cells import Lattice, sums_in
from carbonspace.kernels.prisms import lit_area
from carbonspace.kernels.rays import light_on_tops
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan

LIGHT = "roof_solar_access"
"""The indicator that asks for the light on every roof, by default hourly on cells of a metre."""


class Accuracy(NamedTuple):
    """How far light in cells is from exact light.

    `bias` is in percent of what is lit, `error` what a roof is off on the average, in points:
    percent of its area.
    """

    roofs: int
    bias: float
    error: float


def lit(plan: Plan, *, workers: int) -> Assessment:
    """Measure the light on all roofs of a prepared plan, unit by unit and nothing of the city."""
    return evaluate(plan, [LIGHT], units=plan.layers["units"].index, workers=workers)


def loaded() -> None:
    """Load what is compiled for light and for cells, so that it is not measured."""
    at = gpd.GeoSeries([shapely.box(0, 0, 9, 9)], crs="EPSG:4547")
    work = workings({"units": gpd.GeoDataFrame(geometry=at),
                     "buildings": gpd.GeoDataFrame({"height": [3.0]}, geometry=at)})  # fmt: skip
    by_cells(work, np.array([0]))
    in_parcels(gpd.GeoDataFrame(geometry=at), Canopy(np.ones((2, 2)), 0.0, 10.0))


def workings(layers: dict[str, gpd.GeoDataFrame]) -> Cellwork:
    """Return the town of some layers, the suns and the cells that light is followed in."""
    return cellwork(layers["units"], layers["buildings"], NOTHING, LIT, None)


def by_cells(work: Cellwork, asked: Integers) -> Floats:
    """Return the m² of each roof asked for, in order, that every sun lights, cell by cell."""
    found = np.zeros((len(work.town.tops), len(work.suns[0])))
    for group in groups_of(work, asked):
        found[group] = light_on_tops(work.town, group, *work.suns, work.grid).area
    return found[asked]


def by_polygons(work: Cellwork, asked: Integers) -> Floats:
    """Return the same, exactly."""
    town = work.town
    each = [lit_area(town.shapes, town.tops, *sun, asked=asked) for sun in work.suns[0].tolist()]
    return np.stack(each, axis=1)


def accuracy(work: Cellwork, asked: Integers, found: Floats) -> Accuracy:
    """Return how far what was found cell by cell is from exact light."""
    exact, area = by_polygons(work, asked), shapely.area(work.town.shapes[asked])[:, None]
    bias = abs(found.sum() - exact.sum()) / exact.sum()
    return Accuracy(len(asked), 100 * bias, 100 * float(np.mean(np.abs(found - exact) / area)))


def near_the_middle(work: Cellwork, count: int) -> Integers:
    """Return the roofs nearest to the middle of the city."""
    box = work.town.box
    middle = (box[:, :2] + box[:, 2:]) / 2
    order = np.argsort(np.hypot(*(middle - np.median(middle, axis=0)).T), kind="stable")
    return np.sort(order[:count])


def spread(work: Cellwork, count: int) -> Integers:
    """Return roofs from all over the city."""
    known = len(work.town.tops)
    return np.unique(np.linspace(0, known - 1, min(count, known)).astype(np.intp))


def in_parcels(parcels: gpd.GeoDataFrame, canopy: Canopy) -> pd.Series:
    """Return the share of each parcel under crowns, percent; NaN where nothing is known of it."""
    rows, columns = canopy.percent.shape
    lattice = Lattice(canopy.west, canopy.north, CELL, CELL, 0, 0, rows, columns)
    shapes: Geometries = parcels.geometry.to_numpy()
    found = sums_in(shapes, canopy.percent, lattice)
    with np.errstate(invalid="ignore"):
        return pd.Series(found.integral / found.area, index=parcels.index)
