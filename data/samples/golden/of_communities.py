"""Communities and carbon of the golden plan: what they state, and what follows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import design as d
from answers import Row, of_places, ratio, summed, told
from arithmetic import PerUnit, by_area, total
from buildings import BUILDINGS, Building
from design import Parcel
from of_buildings import unit_of
from of_density import COMMUNITIES, extreme
from quantities import floor_area

FACTOR = 0.5306
"""kg CO₂ per kWh, China 2023: the newest."""
ENERGY_OF = {"SD-06": (50.0, ("",)), "SD-07": (30.0, ("07",)), "SD-09": (80.0, ("10", "09"))}
"""By unit, kWh that buildings of some uses state per m² of floor; SD-07 states too little."""
EUI = {"07": 40.0, "09": 100.0, "0902": 120.0, "08": 90.0}
EMITTED = {"SD-06": (0.01, ("",)), "SD-07": (0.01, ("07",)), "SD-09": (0.05, ("10",))}
"""By unit, t CO₂ that parcels of some uses state per m² of their land."""
POWERED = {"SD-02": (120.0, ("10", "08")), "SD-09": (60.0, ("10", "11", "12", "13"))}
"""By unit, kWh that parcels of some uses state per m² of their land."""
EMITTERS = ("07", "08", "09", "10", "11", "1208", "13", "15")
_BY_ID = {b.building_id: b for b in BUILDINGS}
_PARCELS = {p.parcel_id: p for p in d.PARCELS}


def _said(
    table: dict[str, tuple[float, tuple[str, ...]]], unit: str, code: str | None
) -> float | None:
    per, codes = table.get(unit, (0.0, ()))
    return per if codes and (code or "").startswith(codes) else None


def of_building(building_id: str) -> dict[str, Any]:
    b = _BY_ID[building_id]
    per = _said(ENERGY_OF, unit_of(b), b.use)
    return {"energy_use": None if per is None else per * floor_area(b)}


def of_parcel(parcel_id: str) -> dict[str, Any]:
    """Return what a parcel states to emit and to use; street land says nothing."""
    if parcel_id not in _PARCELS:
        return {"emissions": None, "energy_use": None}
    p = _PARCELS[parcel_id]
    tonnes, power = (_said(t, p.unit_id, p.land_use) for t in (EMITTED, POWERED))
    return {"emissions": None if tonnes is None else tonnes * p.rect.area,
            "energy_use": None if power is None else power * p.rect.area}  # fmt: skip


COLUMNS = {"buildings": of_building, "parcels": of_parcel}


def rows() -> Iterator[Row]:
    """Yield shares of communities, then energy, then carbon."""
    for key, column in SHARES.items():
        yield from _share(key, column, lambda _: 1.0)
    residents = _share("community_share", "is_complete", lambda f: f["population"])
    yield from told(residents, weighed_by="residents")
    yield from ratio(
        "community_renewable_share",
        _sum(lambda f: f["renewable_energy"], _both),
        _sum(lambda f: f["energy_use"], _both),
        100,
    )
    for key in ("microgrid_limits", "microgrid_voltage", "microgrid_load"):
        yield from _greatest(key, "microgrid_load" if "load" in key else "microgrid_voltage")
    yield from _energy()
    yield from _carbon()


SHARES = {
    "community_share": "is_complete", "complete_community_share": "is_complete",
    "community_facility_upgrade_share": "is_upgraded", "green_community_share": "is_green",
}  # fmt: skip
Facts = dict[str, Any]


def _both(f: Facts) -> bool:
    return f["renewable_energy"] is not None and f["energy_use"] is not None


def _sum(amount: Callable[[Facts], float], test: Callable[[Facts], bool]) -> PerUnit:
    return total((amount(f) / r.area, by_area(r)) for f, r in COMMUNITIES if test(f))


def _share(key: str, column: str, amount: Callable[[Facts], float]) -> list[Row]:
    return ratio(key, _sum(amount, lambda f: bool(f[column])), _sum(amount, lambda _: True), 100)


def _greatest(key: str, column: str) -> Iterator[Row]:
    met: dict[str, list[float]] = {}
    for facts, rect in COMMUNITIES:
        if facts[column] is not None:
            for unit in by_area(rect):
                met.setdefault(unit, []).append(facts[column])
    yield from extreme(key, {u: (max(v), math.nan) for u, v in met.items()}, 1, max)


def _energy() -> Iterator[Row]:
    """Yield the energy of buildings as stated, then with intensities for those that are silent."""

    def stated(b: Building) -> float | None:
        return of_building(b.building_id)["energy_use"]

    def assumed(b: Building) -> float | None:
        codes = [code for code in EUI if b.use and b.use.startswith(code)]
        guess = EUI[max(codes, key=len)] * floor_area(b) if codes else None
        return guess if stated(b) is None else stated(b)

    yield from _energy_by(stated, 90.0)
    eui = [[code, value] for code, value in EUI.items()]
    yield from told(_energy_by(assumed, 60.0), eui=eui, min_stated=60.0)


def _energy_by(energy: Callable[[Building], float | None], least: float) -> list[Row]:
    floor, told_floor, used = (
        total((of(b), {unit_of(b): 1.0}) for b in BUILDINGS)
        for of in (
            floor_area,
            lambda b: 0.0 if energy(b) is None else floor_area(b),
            lambda b: energy(b) or 0.0,
        )
    )
    enough = {u: not floor[u] or told_floor[u] >= least / 100 * floor[u] for u in floor}
    return summed(
        "community_building_energy", {u: used[u] if enough[u] else math.nan for u in used}
    )


def tonnes_of(p: Parcel) -> float | None:
    facts = of_parcel(p.parcel_id)
    if facts["emissions"] is not None:
        return float(facts["emissions"])
    return None if facts["energy_use"] is None else facts["energy_use"] * FACTOR / 1000


def _carbon() -> Iterator[Row]:
    emits = [p for p in d.PARCELS if p.land_use.startswith(EMITTERS)]
    land = total((1.0, by_area(p.rect)) for p in emits)
    said = total((1.0, by_area(p.rect)) for p in emits if tonnes_of(p) is not None)
    enough = {u: not land[u] or said[u] >= 0.9 * land[u] for u in land}
    every = total(((tonnes_of(p) or 0.0) / p.rect.area, by_area(p.rect)) for p in d.PARCELS)
    people = total((p.population / p.rect.area, by_area(p.rect)) for p in d.PARCELS)
    top = {u: every[u] if enough[u] else math.nan for u in every}
    yield from ratio("carbon_per_capita", top, people, 1)
    yield from _per_land("carbon_per_area", lambda _: True, 1e6)
    yield from _per_land("carbon_per_mu", lambda p: p.land_use.startswith("10"), 10_000 / 15)


def _per_land(key: str, test: Callable[[Parcel], bool], scale: float) -> Iterator[Row]:
    chosen = {p.parcel_id: (tonnes_of(p), p) for p in d.PARCELS if test(p)}
    found = {i: (tonnes, p) for i, (tonnes, p) in chosen.items() if tonnes is not None}
    top = total((tonnes / p.rect.area, by_area(p.rect)) for tonnes, p in found.values())
    yield from ratio(key, top, total((1.0, by_area(p.rect)) for _, p in found.values()), scale)
    yield from of_places(key, {i: (t, p.rect.area) for i, (t, p) in found.items()}, scale)
