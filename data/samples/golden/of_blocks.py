"""Residential blocks and life circles of the golden plan: what they hold, and what follows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import design as d
import of_parcels
from answers import Row, of_places, ratio, told
from arithmetic import PerUnit, by_area, total
from buildings import BUILDINGS, Building
from design import Parcel, Rect
from of_density import extreme
from quantities import floor_area

HOMES = ("0701", "0703")
PER_PERSON = {"SD-02": 0.5, "SD-05": 0.35, "SD-06": 0.0, "SD-11": 0.75}
"""m² of green in one piece per resident of each parcel of homes; elsewhere nothing is said."""
WIDTH = {"SD-02": 8.0, "SD-05": 6.5, "SD-11": 12.0}
CIRCLES: tuple[tuple[dict[str, Any], Rect], ...] = (
    ({"circle_id": "SQ15-1", "minutes": "15", "population": None}, Rect(0, 1000, 1500, 3000)),
    ({"circle_id": "SQ15-2", "minutes": "15", "population": 40_000}, Rect(1500, 1000, 3000, 2250)),
    ({"circle_id": "SQ10-1", "minutes": "10", "population": None}, Rect(3100, 1900, 3900, 2500)),
    ({"circle_id": "SQ5-1", "minutes": "5", "population": 9000}, Rect(2000, 2500, 2300, 2800)),
    ({"circle_id": "JF-1", "minutes": "block", "population": None}, Rect(3250, 0, 3500, 250)),
)


def of_parcel(parcel_id: str) -> dict[str, Any]:
    """Return what is green in one piece of a parcel; street land says nothing."""
    p = _PARCELS.get(parcel_id)
    home = p is not None and _home(p)
    each = PER_PERSON.get(p.unit_id) if p and home else None
    return {
        "concentrated_green_area": each * p.population if p and each is not None else None,
        "concentrated_green_width": WIDTH.get(p.unit_id) if p and home else None,
    }


def of_unit(_unit_id: str) -> dict[str, Any]:
    return {"climate_zone": "II"}


COLUMNS = {"parcels": of_parcel, "units": of_unit}
LAYERS = {"life_circles": CIRCLES}

_PARCELS = {p.parcel_id: p for p in d.PARCELS}
_RECTS = {b.block_id: b.rect for b in d.BLOCKS}


def _home(p: Parcel) -> bool:
    return p.land_use.startswith(HOMES) or p.land_use == "07"


def _block_sums(
    amount: Callable[[Parcel], float], test: Callable[[Parcel], bool] = _home
) -> dict[str, float]:
    found: dict[str, float] = dict.fromkeys(_RECTS, 0.0)
    for p in d.PARCELS:
        if test(p):
            found[p.block_id] += amount(p)
    return found


def _built_sums(
    amount: Callable[[Building], float], test: Callable[[Building], bool]
) -> dict[str, float]:
    """Return an amount of buildings by block; each stands on one parcel."""
    found: dict[str, float] = dict.fromkeys(_RECTS, 0.0)
    for b in BUILDINGS:
        if test(b):
            found[_PARCELS[b.parcel_id].block_id] += amount(b)
    return found


def _on_homes(b: Building) -> bool:
    return _home(_PARCELS[b.parcel_id])


def _is_home(b: Building) -> bool:
    return _on_homes(b) and (b.use is None or b.use.startswith(HOMES))


LAND = _block_sums(lambda p: p.rect.area)
_ALL_LAND = _block_sums(lambda p: p.rect.area, lambda _: True)
RESIDENTIAL = [b for b, land in LAND.items() if land and land >= _ALL_LAND[b] / 2]


def rows() -> Iterator[Row]:
    """Yield the figures of blocks, then those of life circles."""
    yield from _of_blocks("block_residential_far", _built_sums(floor_area, _on_homes), LAND)
    ground = _built_sums(lambda b: b.rect.area, _on_homes)
    yield from _of_blocks("block_building_density", ground, LAND, 100)
    yield from _heights(3.0)
    yield from told(_units_of(_heights(4.0)), storey_height=4.0)
    people = _block_sums(lambda p: p.population)
    yield from _of_blocks("block_land_per_capita", LAND, people)
    green = _block_sums(of_parcels.green)
    yield from _of_blocks("block_green_ratio", green, LAND, 100)
    yield from _concentrated(people)
    yield from _forms()
    yield from _circles()


def _of_blocks(
    key: str, top: dict[str, float], bottom: dict[str, float], scale: float = 1.0,
    chosen: list[str] = RESIDENTIAL,
) -> Iterator[Row]:  # fmt: skip
    """Yield sums by unit, blocks across units by area, then the figure of each block."""
    yield from ratio(key, _by_unit(chosen, top), _by_unit(chosen, bottom), scale)
    yield from of_places(key, {b: (top[b], bottom[b]) for b in chosen}, scale)


def _by_unit(chosen: list[str], amount: dict[str, float]) -> PerUnit:
    return total((amount[b] / _RECTS[b].area, by_area(_RECTS[b])) for b in chosen)


def _units_of(rows: Iterator[Row]) -> list[Row]:
    return [row for row in rows if row.unit_id not in _RECTS]


def _outermost(key: str, of_block: dict[str, float], best: Callable[..., Any]) -> Iterator[Row]:
    figures: dict[str, tuple[float, float]] = {}
    for block, value in of_block.items():
        for unit in by_area(_RECTS[block]):
            held = figures.get(unit, (value, math.nan))[0]
            figures[unit] = best(held, value), math.nan
    yield from extreme(key, figures, 1, best)
    yield from of_places(key, {b: (value, math.nan) for b, value in of_block.items()})


def _heights(storey: float) -> Iterator[Row]:
    tallest = {
        block: [storey * b.floors for b in BUILDINGS
                if _is_home(b) and _PARCELS[b.parcel_id].block_id == block]
        for block in RESIDENTIAL
    }  # fmt: skip
    yield from _outermost("block_height", {b: max(h) for b, h in tallest.items() if h}, max)


def _concentrated(people: dict[str, float]) -> Iterator[Row]:
    one = {p.block_id: p.unit_id for p in d.PARCELS if _home(p)}
    said = [b for b in RESIDENTIAL if one[b] in PER_PERSON]
    green = _block_sums(lambda p: PER_PERSON.get(p.unit_id, 0.0) * p.population)
    yield from _of_blocks("block_concentrated_green", green, people, 1, said)
    wide = {b: WIDTH[one[b]] for b in said if one[b] in WIDTH}
    yield from _outermost("block_concentrated_green_width", wide, min)


def _forms() -> Iterator[Row]:
    floor = _built_sums(floor_area, lambda _: True)
    ground = _built_sums(lambda b: b.rect.area, lambda _: True)
    built = [b for b in _RECTS if ground[b]]
    yield from _of_blocks("mid_rise_mid_density", floor, ground, 1, built)


def _people(facts: dict[str, Any], rect: Rect) -> float:
    if facts["population"] is not None:
        return float(facts["population"])
    return math.fsum(p.population * p.rect.clip(rect).area / p.rect.area for p in d.PARCELS)


def _circles() -> Iterator[Row]:
    people = {f["circle_id"]: _people(f, r) for f, r in CIRCLES}
    area = {f["circle_id"]: r.area for f, r in CIRCLES}
    far = {f["circle_id"]: math.hypot(r.e - r.w, r.n - r.s) / 2 for f, r in CIRCLES}
    one = dict.fromkeys(people, 1.0)
    yield from _of_circles("life_circle_population", people, one)
    yield from _of_circles("life_circle_area", area, one, 1e-4)
    yield from _of_circles("life_circle_distance", far, one)
    longer = {key: 1.3 * value for key, value in far.items()}
    yield from told(_ratio("life_circle_distance", longer, one, "5"), detour=1.3, circle_level="5")
    green = {f["circle_id"]: math.fsum(p.clip(r).area for _, _, p in d.PARKS) for f, r in CIRCLES}
    yield from _of_circles("circle_public_green", green, people)
    own = {
        f["circle_id"]: [p for _, _, p in d.PARKS if p.clip(r).area >= p.area / 2]
        for f, r in CIRCLES
    }
    most = {key: max((p.area for p in parks), default=0.0) for key, parks in own.items()}
    yield from _least("circle_park_area", most, 1e-4)
    wide = {
        key: max((p.area, min(p.e - p.w, p.n - p.s)) for p in parks)[1]
        for key, parks in own.items() if parks
    }  # fmt: skip
    yield from _least("circle_park_width", wide)


def _of_circles(
    key: str, top: dict[str, float], bottom: dict[str, float], scale: float = 1.0
) -> Iterator[Row]:
    yield from _ratio(key, top, bottom, "15", scale)
    yield from of_places(key, {i: (top[i], bottom[i]) for i in top}, scale)


def _ratio(
    key: str, top: dict[str, float], bottom: dict[str, float], level: str, scale: float = 1.0
) -> list[Row]:
    """Return the mean of the circles of a level by unit, each counting by area."""
    held = [(f["circle_id"], r) for f, r in CIRCLES if f["minutes"] == level]

    def by_unit(amount: dict[str, float]) -> PerUnit:
        return total((amount[i] / r.area, by_area(r)) for i, r in held)

    return ratio(key, by_unit(top), by_unit(bottom), scale)


def _least(key: str, values: dict[str, float], scale: float = 1.0) -> Iterator[Row]:
    figures: dict[str, tuple[float, float]] = {}
    for facts, rect in CIRCLES:
        circle = facts["circle_id"]
        if facts["minutes"] == "15" and circle in values:
            for unit in by_area(rect):
                figures[unit] = min(values[circle], *figures.get(unit, (math.inf,))[:1]), math.nan
    yield from extreme(key, figures, scale, min)
    yield from of_places(key, {i: (value, math.nan) for i, value in values.items()}, scale)
