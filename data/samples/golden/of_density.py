"""People, floor area and land of the golden plan, by the ground they are divided by."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import design as d
from answers import Row, of_places, ratio, summed, told
from arithmetic import PerUnit, by_area, total
from buildings import BUILDINGS
from design import Rect
from quantities import UNIT_AREA, construction_area, floor_area

BUILT_UP = Rect(500, 500, 3500, 2625)
"""The built-up area: its edges cut blocks, and parcels of the northern row."""
TOWNS = (
    ({"boundary_id": "FW-1", "boundary_type": "built_up"}, BUILT_UP),
    ({"boundary_id": "FW-2", "boundary_type": "county_town"}, Rect(0, 0, 1500, 2000)),
    ({"boundary_id": "FW-3", "boundary_type": "county_town"}, Rect(1500, 0, 2500, 1000)),
    ({"boundary_id": "FW-4", "boundary_type": "cluster"}, Rect(3000, 2000, 4000, 3000)),
    ({"boundary_id": "FW-5", "boundary_type": "new_district"}, Rect(3000, 1000, 4000, 3000)),
    ({"boundary_id": "FW-6", "boundary_type": "new_district"}, Rect(2000, 2000, 4000, 2405)),
)
COMMUNITIES: tuple[tuple[dict[str, Any], Rect], ...] = (
    (
        {
            "community_id": "SQ-1",
            "population": 5000,
            "households": 1800,
            "is_complete": True,
            "is_upgraded": True,
            "is_green": False,
            "renewable_energy": 1e6,
            "energy_use": 4e6,
            "microgrid_voltage": 10.0,
            "microgrid_load": 5.0,
        },
        Rect(1000, 1000, 2000, 1800),
    ),
    (
        {
            "community_id": "SQ-2",
            "population": 3000,
            "households": 1000,
            "is_complete": False,
            "is_upgraded": None,
            "is_green": True,
            "renewable_energy": None,
            "energy_use": 3e6,
            "microgrid_voltage": 35.0,
            "microgrid_load": None,
        },
        Rect(2050, 1000, 2600, 2000),
    ),
    (
        {
            "community_id": "SQ-3",
            "population": 800,
            "households": 300,
            "is_complete": True,
            "is_upgraded": False,
            "is_green": None,
            "renewable_energy": 5e5,
            "energy_use": 1e6,
            "microgrid_voltage": None,
            "microgrid_load": 21.0,
        },
        Rect(1950, 1800, 2050, 2000),
    ),
)
PAST = (
    ({"parcel_id": "J-1", "land_use": "0701"}, Rect(1000, 1000, 2000, 1500)),
    ({"parcel_id": "J-2", "land_use": "0103"}, Rect(2000, 1000, 3000, 1500)),
    ({"parcel_id": "J-3", "land_use": "1001"}, Rect(0, 0, 1000, 400)),
)
QUOTA_HA = {"SD-01": 90.0, "SD-06": 100.0, "SD-09": 95.5}
FLOOR_QUOTA = {"SD-06": 1_500_000.0, "SD-07": 900_000.0}
FAR = {"0701": 2.0, "0901": 3.0, "0902": 4.5, "10": 1.2}
UNKNOWN_STATE = ("1402", "1702")
_PARCELS = {p.parcel_id: p for p in d.PARCELS}


def far_limit(code: str) -> float | None:
    return next((far for prefix, far in FAR.items() if code.startswith(prefix)), None)


def _status(unit: str, code: str) -> str | None:
    if code.startswith(UNKNOWN_STATE):
        return None
    return "unbuilt" if unit in d.UNBUILT else "built"


def of_parcel(parcel_id: str) -> dict[str, Any]:
    """Return the highest floor-area ratio and the state of a parcel; street land has neither."""
    if parcel_id not in _PARCELS:
        return {"far_max": None, "status": None}
    p = _PARCELS[parcel_id]
    return {"far_max": far_limit(p.land_use), "status": _status(p.unit_id, p.land_use)}


def of_unit(unit_id: str) -> dict[str, Any]:
    return {"construction_land_quota": QUOTA_HA.get(unit_id),
            "floor_area_quota": FLOOR_QUOTA.get(unit_id)}  # fmt: skip


COLUMNS = {"parcels": of_parcel, "units": of_unit}
LAYERS = {"boundaries": TOWNS, "communities": COMMUNITIES, "past_parcels": PAST}


def _people(within: Rect | None = None) -> PerUnit:
    """Return the residents of each unit, of what lies within a rectangle."""
    return total((p.population / p.rect.area, by_area(p.rect.clip(within) if within else p.rect))
                 for p in d.PARCELS)  # fmt: skip


def _of_blocks() -> dict[str, tuple[float, float]]:
    """Return the residents and the area of each block; parcels lie within theirs."""
    people: dict[str, list[int]] = {b.block_id: [] for b in d.BLOCKS}
    for p in d.PARCELS:
        people[p.block_id].append(p.population)
    return {b.block_id: (float(sum(people[b.block_id])), b.rect.area) for b in d.BLOCKS}


def mostly(rect: Rect) -> str:
    """Return the unit that holds most of a rectangle, the first by name of equals."""
    parts = by_area(rect)
    return min(parts, key=lambda unit: (-parts[unit], unit))


def rows() -> Iterator[Row]:
    """Yield densities, then land and floor area, then sizes and forms."""
    yield from ratio("pop_density", _people(), UNIT_AREA, 1e6)
    yield from of_places("pop_density", _of_blocks(), 1e6)
    built_up = {u.unit_id: u.rect.clip(BUILT_UP).area for u in d.UNITS}
    yield from ratio("pop_density", _people(BUILT_UP), built_up, 1e6, base="built_up")
    yield from ratio("pop_density", _people(), construction_area(), 1e6, base="construction")
    yield from _localities()
    floor = total((floor_area(b) / b.rect.area, by_area(b.rect)) for b in BUILDINGS)
    yield from ratio("floor_area_to_construction_land", floor, construction_area(), 1)
    yield from ratio("floor_area_to_construction_land", floor, UNIT_AREA, 1, base="unit")
    yield from _land(floor)
    yield from _towns()


def _localities() -> Iterator[Row]:
    found = _of_blocks()
    unit = {b.block_id: mostly(b.rect) for b in d.BLOCKS}
    best: dict[str, tuple[float, float]] = {}
    for block, (people, area) in found.items():
        if block_is_denser((people, area), best.get(unit[block])):
            best[unit[block]] = people, area
    yield from extreme("pop_density_local_max", best, 1e6, max)
    yield from of_places("pop_density_local_max", found, 1e6)
    dense = total((area, {unit[b]: 1.0}) for b, (people, area) in found.items()
                  if 1e6 * people / area > 15_000)  # fmt: skip
    yield from summed("pop_gt15k_land_area", dense, 1e-6)


def block_is_denser(one: tuple[float, float], other: tuple[float, float] | None) -> bool:
    return other is None or one[0] / one[1] > other[0] / other[1]


def extreme(
    key: str, figures: dict[str, tuple[float, float]], scale: float,
    outermost: Callable[..., tuple[float, float]],
) -> list[Row]:  # fmt: skip
    """Return the figures of the outermost place of each unit (a denominator of NaN: none)."""
    nothing = math.nan, math.nan
    every = {u.unit_id: figures.get(u.unit_id, nothing) for u in d.UNITS}
    every["city"] = outermost(figures.values(), key=lambda f: (_value(*f), f[0]))
    return [Row(u, key, "", *f, scale * _value(*f)) for u, f in every.items()]


def _value(top: float, bottom: float) -> float:
    return top if math.isnan(bottom) else top / bottom


def _land(floor: PerUnit) -> Iterator[Row]:
    land = construction_area()
    yield from summed("unit_construction_land", land, 1e-4)
    quota = {u: 1e4 * QUOTA_HA.get(u, 0.0) for u in land}
    yield from ratio("construction_land_of_quota", _where(land, quota), quota, 100)
    planned = total((far_limit(p.land_use) or 0.0, by_area(p.rect)) for p in d.PARCELS)
    yield from summed("unit_floor_area", planned)
    yield from told(summed("unit_floor_area", floor), floor_by="buildings")
    quota = {u: FLOOR_QUOTA.get(u, 0.0) for u in land}
    yield from ratio("floor_area_of_quota", _where(planned, quota), quota, 100)
    state = [
        (p, _status(p.unit_id, p.land_use)) for p in d.PARCELS if "07" <= p.land_use[:2] < "17"
    ]
    built = total((1.0, by_area(p.rect)) for p, s in state if s == "built")
    yield from ratio(
        "land_fill_ratio", built, total((1.0, by_area(p.rect)) for p, s in state if s), 100
    )
    yield from _elasticity(land)


def _where(amount: PerUnit, quota: PerUnit) -> PerUnit:
    return {u: amount[u] if quota[u] else 0.0 for u in amount}


def _elasticity(land: PerUnit) -> Iterator[Row]:
    then = total((1.0, by_area(r)) for f, r in PAST if "07" <= f["land_use"] < "17")
    for row in ratio("land_carbon_elasticity", land, then, 1):
        yield row._replace(value=row.value ** math.log2(2.7))


def _towns() -> Iterator[Row]:
    for key, kind in (("town_area", "county_town"), ("cluster_area", "cluster")):
        towns = [r for f, r in TOWNS if f["boundary_type"] == kind]
        yield from extreme(key, _largest(towns), 1e-6, max)
    yield from extreme("complete_community_area", _largest([r for _, r in COMMUNITIES]), 1e-6, max)
    forms = {}
    for u in d.UNITS:
        met = [r for f, r in TOWNS if f["boundary_type"] == "new_district" and r.clip(u.rect).area]
        if met:
            forms[u.unit_id] = min(map(_form, met), key=lambda f: f[0] / f[1])
    yield from extreme("compactness_index", forms, 1, min)


def _form(r: Rect) -> tuple[float, float]:
    return 2 * math.sqrt(math.pi * r.area), 2 * (r.e - r.w + r.n - r.s)


def _largest(places: list[Rect]) -> dict[str, tuple[float, float]]:
    met = {u.unit_id: [r.area for r in places if r.clip(u.rect).area] for u in d.UNITS}
    return {u: (max(areas), math.nan) for u, areas in met.items() if areas}
