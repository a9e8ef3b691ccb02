"""The conservation ledger: units + gaps − overlaps = the city, for what must not be lost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.city import City
from carbonspace.indicators.amounts import AMOUNTS, TERMS
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan
from carbonspace.model.shared import Shared

Floats = NDArray[np.float64]
_ROUNDING = 1e-6
_COLUMNS = ["quantity", "unit", "units", "gaps", "overlaps", "city", "difference"]

NO_LEDGER = pd.DataFrame(columns=_COLUMNS)
"""The ledger where only some units are measured: it is the account of the whole city."""


AmountOnce = Callable[
    [str, shapely.Geometry, Iterable[gpd.GeoDataFrame], Callable[[], float]], float
]
"""Takes what is asked of a zone and of layers, and who measures it; returns it, known or made."""


def _made(
    _asked: str, _zone: shapely.Geometry, _of: Iterable[gpd.GeoDataFrame],
    make: Callable[[], float],
) -> float:  # fmt: skip
    return make()


class Amount(NamedTuple):
    """How much there is of an amount, in four places.

    In the units, each by itself; in all of them as one; in the city beyond them; in the whole city.
    """

    units: float
    joined: float
    beyond: float
    city: float


class Zones(NamedTuple):
    """What amounts are measured in beside the units: all of them as one, beyond them, the city.

    What is not told apart from all units is None.
    """

    joined: shapely.Geometry
    beyond: shapely.Geometry | None
    city: shapely.Geometry | None


def zones_of(city: City) -> Zones:
    """Return the zones of a city."""
    if city.outline is city.units:
        return Zones(city.units, None, None)
    return Zones(city.units, shapely.difference(city.outline, city.units), city.outline)


def conservation(
    plan: Plan, city: City, held: Mapping[str, Measure], *, once: AmountOnce = _made
) -> pd.DataFrame:
    """Return one row per quantity: area, and each of `AMOUNTS` that is known.

    `units` is the sum over units, `gaps` what lies in the city but in no unit, `overlaps` what
    several units count again, `city` is measured on the city's outline at once: the given city
    boundary together with the units. `difference` = units + gaps − overlaps − city.

    Parameters
    ----------
    plan, city
        Prepared, and its city.
    held
        What each unit holds of each amount, by key, as measured with the indicators.
    once
        Whom amounts of the whole city are asked, if somebody may know them already.
    """
    zones, shared = zones_of(city), [Shared() for _ in Zones._fields]

    def amount(key: str, measure: Measure) -> Amount:
        joined, beyond, whole = (
            0.0 if zone is None else _known(plan, zones, zone, key, steps, once)
            for zone, steps in zip(zones, shared, strict=True)
        )
        return Amount(measure.total()[0], joined, beyond, joined if zones.city is None else whole)

    found = {key: amount(key, measure) for key, measure in held.items()}
    return balanced(plan.layers["units"], zones, found)


def balanced(units: gpd.GeoDataFrame, zones: Zones, amounts: Mapping[str, Amount]) -> pd.DataFrame:
    """Return the ledger of amounts by their key, and of the area of units: see `conservation`."""
    frame = pd.DataFrame(_rows(units, zones, amounts), columns=_COLUMNS[:-1])
    balance = frame["units"] + frame["gaps"] - frame["overlaps"] - frame["city"]
    return frame.assign(difference=balance)


def terms_in(plan: Plan, zones: Zones, zone: shapely.Geometry, key: str, shared: Shared) -> Floats:
    """Return what an amount in one of the zones is the sum of, each number of one feature."""
    if shapely.is_empty(zone):
        return np.empty(0)
    layers = [plan.layers[layer] for layer in AMOUNTS[key].layers[1:]]
    if key == "road_length" and zone is zones.beyond:
        return _road_beyond(layers[0].geometry.to_numpy(), zones)
    unit = shared.once("zone", (), lambda: _as_unit(plan, zone))
    return TERMS[key](unit, *layers, shared).amount


def _as_unit(plan: Plan, zone: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[zone], crs=plan.layers["units"].crs)


def _road_beyond(lines: NDArray[np.object_], zones: Zones) -> Floats:
    """Return the metres of each road beyond the units; what runs along them is theirs."""
    near = shapely.STRtree(lines).query(zones.beyond, predicate="intersects")
    outside = shapely.difference(shapely.intersection(lines[near], zones.beyond), zones.joined)
    metres: Floats = shapely.length(outside)
    return metres


def _known(
    plan: Plan, zones: Zones, zone: shapely.Geometry, key: str, shared: Shared, once: AmountOnce
) -> float:
    """Return how much of an amount lies in one of the zones; roads beyond are always measured."""

    def make() -> float:
        return math.fsum(terms_in(plan, zones, zone, key, shared))

    if shapely.is_empty(zone) or (key == "road_length" and zone is zones.beyond):
        return make()
    return once(key, zone, [plan.layers[layer] for layer in AMOUNTS[key].layers[1:]], make)


Row = tuple[str, str, float, float, float, float]


def _rows(units: gpd.GeoDataFrame, zones: Zones, amounts: Mapping[str, Amount]) -> Iterator[Row]:
    area = math.fsum(shapely.area(units.geometry.to_numpy()))
    joined, beyond, city = (0.0 if zone is None else shapely.area(zone) for zone in zones)
    yield "area", "m²", area, beyond, area - joined, joined if zones.city is None else city
    for key, one in amounts.items():
        yield (key.replace("_", " "), AMOUNTS[key].unit, one.units, one.beyond,
               one.units - one.joined, one.city)  # fmt: skip


def unbalanced(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that do not close: whose difference is more than rounding."""
    return ledger[ledger["difference"].abs() > _ROUNDING * ledger["city"].abs() + _ROUNDING]
