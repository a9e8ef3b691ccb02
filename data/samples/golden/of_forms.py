"""The form of the golden plan's buildings, what facades carry, and rules that name classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import design as d
from answers import Row, ratio, summed, told
from arithmetic import PerUnit, total
from buildings import BUILDINGS, Building
from of_buildings import STARS, unit_of
from of_density import TOWNS, extreme
from quantities import floor_area, roof

STOREY = 3.0
WINDOWS = {"SD-01": 120.0, "SD-04": 200.0}
"""By unit, the windows of each of its homes, m²; nothing is said of the others."""
WALLS = {"SD-04": 1000.0}
FACADE_PV = {"SD-02": 40.0, "SD-05": 10.0}
GREEN_WALL, GREEN_ROOF = {"SD-07": 25.0}, {"SD-07": 60.0, "SD-11": 30.0}
FUNDERS = {"SD-02": "government", "SD-03": "social", "SD-04": "government"}
RENEWABLES = {"SD-02": "solar_pv;ground_source", "SD-07": "solar_thermal"}
MATERIALS = ("SD-03", "SD-10")
ARGUED = ("SD-04", 11)
"""New homes of this unit and so many floors are argued case by case."""
STATIONS = (
    ({"facility_id": "XF-1", "facility_type": "fire_station", "ladder_reach": 32.0},
     (250.0, 2750.0)),
    ({"facility_id": "XF-2", "facility_type": "fire_station", "ladder_reach": 50.0},
     (3750.0, 250.0)),
)  # fmt: skip

_BY_ID = {b.building_id: b for b in BUILDINGS}
_LAND = {p.parcel_id: p.land_use for p in d.PARCELS}
Test = Callable[[Building], bool]
Amount = Callable[[Building], float]


def _home(b: Building) -> bool:
    return (b.use or "").startswith("07")


def _use(*prefixes: str) -> Test:
    return lambda b: (b.use or "").startswith(prefixes)


def facts(building_id: str) -> dict[str, Any]:
    """Return what is drawn of a building for this family."""
    b = _BY_ID[building_id]
    unit = unit_of(b)
    return {
        "window_area": WINDOWS.get(unit) if _home(b) else None,
        "wall_area": WALLS.get(unit) if _home(b) else None,
        "facade_pv_area": FACADE_PV.get(unit),
        "facade_green_area": GREEN_WALL.get(unit),
        "roof_green_area": GREEN_ROOF.get(unit),
        "funder": FUNDERS.get(unit),
        "renewables": RENEWABLES.get(unit),
        "uses_green_materials": unit in MATERIALS,
        "exemption": "充分论证" if _argued(b) else None,
    }


COLUMNS = {"buildings": facts}
LAYERS = {"facilities": STATIONS}


def _argued(b: Building) -> bool:
    return b.is_new and _home(b) and (unit_of(b), b.floors) == ARGUED


def _height(b: Building) -> float:
    return STOREY * b.floors


def _around(b: Building) -> float:
    return 2 * (b.rect.e - b.rect.w + b.rect.n - b.rect.s)


def _sum(amount: Amount, test: Test) -> PerUnit:
    return total((amount(b), {unit_of(b): 1.0}) for b in BUILDINGS if test(b))


def _facade(b: Building) -> float:
    return _around(b) * _height(b)


def rows() -> Iterator[Row]:
    """Yield the form of homes, then facades and roofs, then rules."""
    yield from _forms()
    yield from _heights()
    yield from _spacing()
    yield from _envelopes()
    yield from _stars()
    yield from _renewables()
    yield from _materials()


def _forms() -> Iterator[Row]:
    envelope = _sum(lambda b: _facade(b) + b.rect.area, _home)
    volume = _sum(lambda b: b.rect.area * _height(b), _home)
    yield from ratio("building_shape_coefficient", envelope, volume, 1)
    yield from ratio("building_orientation", _sum(_turned, _home), _sum(_one, _home), 1)

    def has_windows(b: Building) -> bool:
        return _home(b) and unit_of(b) in WINDOWS

    windows = _sum(lambda b: WINDOWS[unit_of(b)], has_windows)
    walls = _sum(lambda b: WALLS.get(unit_of(b)) or _facade(b), has_windows)
    yield from ratio("window_wall_ratio", windows, walls, 1)


def _one(_b: Building) -> float:
    return 1.0


def _turned(b: Building) -> float:
    wide, deep = b.rect.e - b.rect.w, b.rect.n - b.rect.s
    return 90.0 if deep > 1.05 * wide else 0.0


def _heights() -> Iterator[Row]:
    most: dict[str, tuple[float, float]] = {}
    for b in BUILDINGS:
        if b.is_new and _home(b) and not _argued(b):
            most[unit_of(b)] = max(most.get(unit_of(b), (0.0, math.nan)), (b.floors, math.nan))
    yield from extreme("new_residential_max_floors", most, 1, max)
    civil = _use("07", "08", "09")
    for radius, parameters in ((3000.0, {}), (900.0, {"radius": 900.0, "ladder": 20.0})):
        least = parameters.get("ladder", 0.0)

        def too_high(b: Building, radius: float = radius, least: float = least) -> bool:
            return civil(b) and not _argued(b) and _height(b) > max(least, _ladder(b, radius))

        found = summed("height_fire_rescue_match", _sum(_one, too_high))
        yield from told(found, **parameters) if parameters else found


def _ladder(b: Building, radius: float) -> float:
    reached = [f["ladder_reach"] for f, (x, y) in STATIONS if _away(b, x, y) <= radius]
    return max(reached, default=0.0)


def _away(b: Building, x: float, y: float) -> float:
    r = b.rect
    return math.hypot(max(r.w - x, x - r.e, 0.0), max(r.s - y, y - r.n, 0.0))


def _spacing() -> Iterator[Row]:
    least: dict[str, tuple[float, float]] = {}
    for b in BUILDINGS:
        if not _home(b) or _argued(b):
            continue
        for other in BUILDINGS:
            gap = b.rect.s - other.rect.n
            abreast = other.rect.w <= b.rect.e and other.rect.e >= b.rect.w
            if abreast and 0.1 < gap <= 200:
                found = (gap, _height(other))
                known = least.get(unit_of(b))
                if known is None or (found[0] / found[1], -found[0]) < (
                    known[0] / known[1], -known[0]
                ):  # fmt: skip
                    least[unit_of(b)] = found
    yield from extreme("building_spacing", least, 1, min)


def _envelopes() -> Iterator[Row]:
    def every(_b: Building) -> bool:
        return True

    def given(amounts: dict[str, float]) -> Amount:
        return lambda b: amounts.get(unit_of(b), 0.0)

    panels, walls, tops = given(FACADE_PV), given(GREEN_WALL), given(GREEN_ROOF)
    facade = _sum(_facade, every)
    yield from ratio("envelope_share", _sum(panels, every), facade, 100)
    new = _sum(_facade, lambda b: b.is_new)
    yield from ratio("pv_facade_share", _sum(panels, lambda b: b.is_new), new, 100)
    yield from ratio("vertical_greening", _sum(walls, every), facade, 100)
    yield from ratio("roof_greening", _sum(tops, every), _sum(roof, every), 100)
    yield from summed("envelope_area", _sum(panels, every))
    yield from summed("vertical_greening_area", _sum(walls, every))
    yield from summed("roof_greening_area", _sum(tops, every))


def _homes_on(parcel_id: str) -> float:
    return math.fsum(floor_area(b) for b in BUILDINGS if b.parcel_id == parcel_id and _home(b))


LARGE = {i for i, code in _LAND.items() if code.startswith("07") and _homes_on(i) >= 50_000}


def _compound(b: Building) -> bool:
    return _home(b) and b.parcel_id in LARGE


def _large_public(b: Building) -> bool:
    return _use("08", "09")(b) and floor_area(b) >= 20_000


def _in_new(b: Building) -> bool:
    x, y = (b.rect.w + b.rect.e) / 2, (b.rect.s + b.rect.n) / 2
    return any(r.w <= x <= r.e and r.s <= y <= r.n for f, r in TOWNS
               if f["boundary_type"] == "new_district")  # fmt: skip


def _funder(b: Building) -> str | None:
    return FUNDERS.get(unit_of(b))


def _stars() -> Iterator[Row]:
    def asked(b: Building, storey: float) -> int:
        if not b.is_new:
            return 0
        if storey * b.floors > 100:
            return 3
        named = (
            _use("08")(b) or (_home(b) and _funder(b) == "social") or _large_public(b)
            or _compound(b) or (_use("07", "08", "09")(b) and _in_new(b))
        )  # fmt: skip
        return int(named)

    def below(storey: float) -> PerUnit:
        return _sum(_one, lambda b: not _argued(b) and _star(b) < asked(b, storey))

    yield from summed("green_building_star_rule", below(3.0))
    found = summed("green_building_star_rule", below(6.5))
    yield from told(found, storey_height=6.5)
    named = _use("0803", "0804", "0805", "0806")
    found = summed("green_building_star_rule", _sum(_one, lambda b: (
        b.is_new and _funder(b) == "government" and named(b) and _star(b) < 2
    )))  # fmt: skip
    yield from told(found, document="lianyungang")


def _star(b: Building) -> int:
    return STARS.get(unit_of(b), 0) if b.is_new else 0


def _renewables() -> Iterator[Row]:
    def lacking(b: Building) -> bool:
        funded = b.is_new and _funder(b) == "government" and _use("08")(b)
        renewed = not b.is_new and unit_of(b) in ("SD-05", "SD-07") and _large_public(b)
        return (funded or renewed) and unit_of(b) not in RENEWABLES

    yield from summed("renewable_min_one", _sum(_one, lacking))


def _materials() -> Iterator[Row]:
    def lacking(b: Building) -> bool:
        alone = _home(b) and floor_area(b) >= 50_000
        named = _large_public(b) or _compound(b) or alone or _funder(b) == "government"
        return b.is_new and named and unit_of(b) not in MATERIALS and not _argued(b)

    yield from summed("green_materials_rule", _sum(_one, lacking))
