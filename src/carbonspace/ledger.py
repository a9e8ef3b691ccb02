"""The conservation ledger: units + gaps − overlaps = the city, for what must not be lost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

import geopandas as gpd
import pandas as pd
import shapely

from carbonspace.city import City
from carbonspace.indicators.amounts import AMOUNTS
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan
from carbonspace.model.shared import Shared

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
    frame = pd.DataFrame(_rows(plan, city, held, once), columns=_COLUMNS[:-1])
    balance = frame["units"] + frame["gaps"] - frame["overlaps"] - frame["city"]
    return frame.assign(difference=balance)


Row = tuple[str, str, float, float, float, float]


class _Zone:
    """One polygon and what lies in it."""

    def __init__(self, plan: Plan, shape: shapely.Geometry, once: AmountOnce) -> None:
        self.shape, self._layers, self._shared, self._once = shape, plan.layers, Shared(), once
        self._unit = gpd.GeoDataFrame(geometry=[shape], crs=plan.layers["units"].crs)

    def amount(self, key: str) -> float:
        """Return how much of an amount lies in the zone."""
        if shapely.is_empty(self.shape):
            return 0.0
        layers = [self._layers[layer] for layer in AMOUNTS[key].layers[1:]]

        def make() -> float:
            table = AMOUNTS[key].function(self._unit, *layers, shared=self._shared).table
            return float(table["numerator"].iloc[0])

        return self._once(key, self.shape, layers, make)


def _rows(plan: Plan, city: City, held: Mapping[str, Measure], once: AmountOnce) -> Iterator[Row]:
    inner = _Zone(plan, city.units, once)
    outer = inner if city.outline is city.units else _Zone(plan, city.outline, once)
    beyond = _Zone(plan, shapely.difference(city.outline, city.units), once)
    area = math.fsum(shapely.area(plan.layers["units"].geometry.to_numpy()))
    twice, gaps = area - shapely.area(city.units), shapely.area(beyond.shape)
    yield "area", "m²", area, gaps, twice, shapely.area(city.outline)
    for key, measure in held.items():
        parts, inside = measure.total()[0], inner.amount(key)
        total = inside if outer is inner else outer.amount(key)
        roads = key == "road_length"
        gaps = _road_beyond(plan, city, beyond) if roads else beyond.amount(key)
        yield key.replace("_", " "), AMOUNTS[key].unit, parts, gaps, parts - inside, total


def _road_beyond(plan: Plan, city: City, beyond: _Zone) -> float:
    """Return the metres of road beyond the units; what runs along them is theirs."""
    if shapely.is_empty(beyond.shape):
        return 0.0
    lines = plan.layers["roads"].geometry.to_numpy()
    near = shapely.STRtree(lines).query(beyond.shape, predicate="intersects")
    outside = shapely.difference(shapely.intersection(lines[near], beyond.shape), city.units)
    return math.fsum(shapely.length(outside))


def unbalanced(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that do not close: whose difference is more than rounding."""
    return ledger[ledger["difference"].abs() > _ROUNDING * ledger["city"].abs() + _ROUNDING]
