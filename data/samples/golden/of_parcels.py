"""Parcels of the golden plan: what stands on them, and the limits the plan gives them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import design as d
from answers import Row, of_places, ratio, told
from arithmetic import PerUnit, total
from buildings import BUILDINGS, Building
from design import Parcel
from of_density import extreme, far_limit, mostly
from quantities import floor_area

BUILT_ON = ("07", "08", "09", "10", "11", "1208", "13", "15")
DENSITY = {"0701": (None, 25.0), "0901": (20.0, 45.0), "10": (35.0, None)}
"""Least and greatest building density by land use, %."""
HEIGHT = {"0701": 30.0, "0901": 24.0, "0902": 48.0}
GREEN = {"0701": 35, "0703": 20, "0801": 40, "10": 0}
"""Percent of green by land use, elsewhere 10; in SD-05 and SD-06 homes have 10 percent less."""
LEAST_GREEN = {"0701": 30.0, "0801": 35.0}
MOST_GREEN = {"10": 20.0}

PARCELS = {p.parcel_id: p for p in d.PARCELS}
_HOUSES: dict[str, list[Building]] = defaultdict(list)
for _one in BUILDINGS:
    _HOUSES[_one.parcel_id].append(_one)


def at(code: str, table: Mapping[str, Any]) -> Any:
    """Return what a table says of a land use, by prefix; None where it says nothing."""
    return next((value for prefix, value in table.items() if code.startswith(prefix)), None)


def green(p: Parcel) -> float:
    percent = at(p.land_use, GREEN)
    percent = 10 if percent is None else percent
    if p.unit_id in ("SD-05", "SD-06") and p.land_use.startswith("07"):
        percent -= 10
    return p.rect.area * percent / 100


def facts(parcel_id: str) -> dict[str, Any]:
    """Return what is drawn of a parcel; street land has nothing."""
    p = PARCELS.get(parcel_id)
    code = p.land_use if p else "1207"
    low, high = at(code, DENSITY) or (None, None)
    return {
        "density_min": low, "density_max": high, "height_max": at(code, HEIGHT),
        "green_area": green(p) if p and code.startswith(BUILT_ON) else None,
        "green_ratio_min": at(code, LEAST_GREEN), "green_ratio_max": at(code, MOST_GREEN),
    }  # fmt: skip


COLUMNS = {"parcels": facts}
Figures = dict[str, tuple[float, float]]


def by_unit(found: Figures, part: int) -> PerUnit:
    """Return the sum of the numerators (0) or denominators (1) of parcels in each unit."""
    return total((one[part], {mostly(PARCELS[i].rect): 1.0}) for i, one in found.items())


def of_parcels(key: str, found: Figures, scale: float) -> Iterator[Row]:
    """Yield a ratio by unit, then of each parcel."""
    yield from ratio(key, by_unit(found, 0), by_unit(found, 1), scale)
    yield from of_places(key, found, scale)


def greatest(key: str, found: Figures, scale: float = 1.0) -> Iterator[Row]:
    """Yield the greatest of the parcels of each unit, then each parcel's own."""
    best: Figures = {}
    for parcel_id, figure in found.items():
        unit = mostly(PARCELS[parcel_id].rect)
        best[unit] = max(best.get(unit, figure), figure, key=lambda f: f[0])
    yield from extreme(key, best, scale, max)
    yield from of_places(key, found, scale)


def houses(*prefixes: str) -> Iterator[tuple[Parcel, list[Building]]]:
    """Yield the parcels of some land uses that buildings stand on, with these."""
    for p in d.PARCELS:
        if p.land_use.startswith(prefixes) and _HOUSES[p.parcel_id]:
            yield p, _HOUSES[p.parcel_id]


def floor(built: list[Building]) -> float:
    return math.fsum(map(floor_area, built))


def ground(built: list[Building]) -> float:
    return math.fsum(b.rect.area for b in built)


def rows() -> Iterator[Row]:
    """Yield figures of parcels, then the shares of them within their limits."""
    every = [*houses(*BUILT_ON)]
    far = {p.parcel_id: (floor(b), p.rect.area) for p, b in every}
    density = {p.parcel_id: (ground(b), p.rect.area) for p, b in every}
    height = {p.parcel_id: (max(3.0 * one.floors for one in b), math.nan) for p, b in every}
    grown = {p.parcel_id: (green(p), p.rect.area) for p in d.PARCELS
             if p.land_use.startswith(BUILT_ON)}  # fmt: skip
    yield from of_parcels("parcel_far", far, 1)
    yield from of_parcels("parcel_building_density", density, 100)
    yield from of_parcels("parcel_green_ratio", grown, 100)
    yield from greatest("parcel_height", height)
    yield from of_parcels("transit_yard_far", {}, 1)
    trade = {i: f for i, f in far.items() if PARCELS[i].land_use.startswith("09")}
    yield from told(ratio("parcel_far", by_unit(trade, 0), by_unit(trade, 1), 1),
                    parcel_uses=["09"])  # fmt: skip
    yield from _within(far, density, height, grown)


def _within(far: Figures, density: Figures, height: Figures, grown: Figures) -> Iterator[Row]:
    """Yield the share of the built parcels within their limits: of each figure, and of all."""
    held = {
        "parcel_far_compliance": _held(far, 1, lambda p: (None, far_limit(p.land_use))),
        "parcel_building_density_compliance": _held(
            density, 100, lambda p: at(p.land_use, DENSITY) or (None, None)),
        "parcel_green_ratio_compliance": _held(
            grown, 100, lambda p: (at(p.land_use, LEAST_GREEN), at(p.land_use, MOST_GREEN))),
        "parcel_height_compliance": _held(height, 1, lambda p: (None, at(p.land_use, HEIGHT))),
    }  # fmt: skip
    every: dict[str, bool] = {}
    for one in held.values():
        for parcel_id, good in one.items():
            every[parcel_id] = every.get(parcel_id, True) and good
    for key, one in {"parcel_compliance": every, **held}.items():
        within = {i: (float(good), 1.0) for i, good in one.items()}
        yield from ratio(key, by_unit(within, 0), by_unit(within, 1), 100)


def _held(found: Figures, scale: float, limits: Any) -> dict[str, bool]:
    """Return whether each built parcel with a limit lies within it."""
    result = {}
    for parcel_id, (top, bottom) in found.items():
        p = PARCELS[parcel_id]
        low, high = limits(p)
        value = scale * (top if math.isnan(bottom) else top / bottom)
        if (low is None and high is None) or p.unit_id in d.UNBUILT:
            continue
        result[parcel_id] = (low is None or value >= low) and (high is None or value <= high)
    return result
