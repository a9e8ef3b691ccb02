"""Buildings of the golden plan: what they have or lack, and the shares that follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import design as d
from answers import Row, ratio, summed, told
from arithmetic import PerUnit, by_area, total
from buildings import BUILDINGS, Building
from design import Rect
from quantities import floor_area

PREFAB: dict[str, tuple[int, ...]] = {
    "SD-01": (1,), "SD-02": (1, 2, 3), "SD-03": (2, 4), "SD-04": (1, 2, 3, 4), "SD-10": (1,),
}  # fmt: skip
"""By unit, the buildings of each parcel, by their number on it, that are prefabricated."""
STARS = {"SD-02": 2, "SD-04": 1, "SD-07": 3, "SD-10": 0}
"""The grade of the new buildings of a unit, where it is stated."""
NEAR_ZERO = "JF-1214-1-1"
RETROFITTED: dict[str, bool | None] = {"SD-05": True, "SD-06": False, "SD-07": True, "SD-11": None}
GONE = {"SD-06": (4, 5)}
"""Buildings to be demolished; of them the fifth of a parcel is an unsafe one."""
VACANT = {"SD-05": 500.0, "SD-06": 250.0, "SD-07": 0.0}
PAST = (
    ({"building_id": "Q-1", "is_retrofitted": True, "floor_area": 10_000.0},
     Rect(20, 1050, 100, 1100)),
    ({"building_id": "Q-2", "is_retrofitted": False, "floor_area": 9_000.0},
     Rect(1020, 1050, 1100, 1100)),
    ({"building_id": "Q-3", "is_retrofitted": True, "floor_area": 160_000.0},
     Rect(2020, 1050, 2100, 1100)),
)  # fmt: skip

_BY_ID = {b.building_id: b for b in BUILDINGS}


def unit_of(b: Building) -> str:
    return d.unit_at(b.rect.w, b.rect.s).unit_id


def _number(b: Building) -> int:
    return int(b.building_id.rsplit("-", 1)[1])


def _home(b: Building) -> bool:
    return (b.use or "").startswith("07")


def facts(building_id: str) -> dict[str, Any]:
    """Return what is drawn of a building besides its size, use and roof."""
    b = _BY_ID[building_id]
    unit, number = unit_of(b), _number(b)
    return {
        "is_green": b.is_new and not (unit == "SD-03" and number == 1),
        "year_built": 2025 if b.is_new and number > 1 else None,
        "green_star": STARS.get(unit) if b.is_new else None,
        "is_ultra_low_energy": unit == "SD-02" and number == 1,
        "is_near_zero": building_id == NEAR_ZERO,
        "is_prefab": number in PREFAB.get(unit, ()) if b.is_new else None,
        "is_retrofitted": None if b.is_new else RETROFITTED.get(unit, False),
        "uses_bim": unit in ("SD-02", "SD-04"),
        "is_commercial_housing": _home(b) and unit in ("SD-03", "SD-04"),
        "is_decorated": number % 2 == 1 if _home(b) and b.is_new else None,
        "vacant_area": VACANT.get(unit),
        "action": "demolish" if number in GONE.get(unit, ()) else "keep",
        "exempt_demolition": unit == "SD-06" and number == 5,
    }


COLUMNS = {"buildings": facts}
LAYERS = {"past_buildings": PAST}

Test = Callable[[Building, dict[str, Any]], bool]


def _sum(amount: Callable[[Building], float], test: Test) -> PerUnit:
    return total((amount(b), {unit_of(b): 1.0}) for b in BUILDINGS if test(b, facts(b.building_id)))


def _share(key: str, has: Test, of: Test, **parameters: object) -> list[Row]:
    top = _sum(floor_area, lambda b, f: of(b, f) and has(b, f))
    return ratio(key, top, _sum(floor_area, of), 100, **parameters)


def _every(_b: Building, _f: dict[str, Any]) -> bool:
    return True


def _new(b: Building, _f: dict[str, Any]) -> bool:
    return b.is_new


def _old(b: Building, _f: dict[str, Any]) -> bool:
    return not b.is_new


def _of(*uses: str) -> Test:
    return lambda b, _: b.is_new and (b.use or "").startswith(uses)


def _is_green(_b: Building, f: dict[str, Any]) -> bool:
    return f["is_green"] or f["green_star"] is not None


def _star(least: int) -> Test:
    return lambda _, f: f["green_star"] is not None and f["green_star"] >= least


def _flag(column: str) -> Test:
    return lambda _, f: bool(f[column])


def _higher(metres: float, *uses: str, new: bool = True, storey: float = 3.0) -> Test:
    return lambda b, _: (
        storey * b.floors > metres and (b.is_new or not new)
        and (not uses or (b.use or "").startswith(uses))
    )  # fmt: skip


CIVIL = ("07", "08", "09")


def rows() -> Iterator[Row]:
    """Yield shares of floor area, then numbers and amounts."""
    yield from _share("floor_area_share", _is_green, _every)
    yield from _share("low_rise_floor_share", lambda b, _: b.floors <= 6, _every)
    yield from _share("star_floor_share", _star(1), _every)
    yield from _share("residential_le6_floor_share", lambda b, _: b.floors <= 6, _of("07"))
    yield from _share("green_building_share", _is_green, _of(*CIVIL))
    yield from _share("green_building_share_completed", _is_green,
                      lambda b, f: _of(*CIVIL)(b, f) and f["year_built"] is not None)  # fmt: skip
    yield from _share("ultra_low_energy_share", _flag("is_ultra_low_energy"), _new)
    yield from _share("prefab_share", _flag("is_prefab"), _new)
    yield from _share("retrofit_share", _flag("is_retrofitted"), _old)
    stated = {"unstated": "left_out"}
    yield from _share("retrofit_share", _flag("is_retrofitted"),
                      lambda b, f: not b.is_new and f["is_retrofitted"] is not None,
                      **stated)  # fmt: skip
    yield from _share("bim_share", _flag("uses_bim"), _every)
    yield from _share("full_decoration_share", _flag("is_decorated"),
                      lambda b, f: b.is_new and f["is_commercial_housing"])  # fmt: skip
    yield from _share("renewal_demolition_share", _gone, _old)
    yield from _share("star_green_building_share", _star(1),
                      lambda b, f: b.is_new and _is_green(b, f))  # fmt: skip
    yield from _share("two_star_share", _star(2), _of(*CIVIL))
    yield from _share("three_star_share", _star(3), _large_public)
    yield from _middle()
    yield from _vacancy()
    yield from _amounts()


def _gone(_b: Building, f: dict[str, Any]) -> bool:
    return f["action"] == "demolish" and not f["exempt_demolition"]


def _large_public(b: Building, f: dict[str, Any]) -> bool:
    return _of("08", "09")(b, f) and floor_area(b) >= 20_000


def _middle() -> Iterator[Row]:
    def is_middle(b: Building, _f: dict[str, Any]) -> bool:
        return 7000 <= floor_area(b) <= 12_000

    number = _sum(_one, is_middle), _sum(_one, _every)
    yield from ratio("mid_size_building_share", *number, 100)
    yield from _share("mid_size_building_share", is_middle, _every, counted_as="floor_area")


def _one(_b: Building) -> float:
    return 1.0


def _vacancy() -> Iterator[Row]:
    def is_told(_b: Building, f: dict[str, Any]) -> bool:
        return f["vacant_area"] is not None

    empty = _sum(lambda b: VACANT[unit_of(b)], is_told)
    yield from ratio("vacancy_rate", empty, _sum(floor_area, is_told), 100)


def _amounts() -> Iterator[Row]:
    done = _flag("is_retrofitted")
    yield from summed("floor_area_with", _sum(floor_area, done))
    yield from summed("retrofit_area", _sum(floor_area, done))
    before = total((f["floor_area"], {u: a / r.area for u, a in by_area(r).items()})
                   for f, r in PAST if f["is_retrofitted"])  # fmt: skip
    now = _sum(floor_area, done)
    yield from ratio("retrofit_area_growth", {u: now[u] - before[u] for u in now}, before, 100)
    yield from summed("building_count", _sum(_one, _flag("is_near_zero")))
    yield from summed("near_zero_project_count", _sum(_one, _flag("is_near_zero")))
    for storey, parameters in ((3.0, {}), (6.5, {"storey_height": 6.5})):
        for key, (metres, uses, new) in TALL.items():
            higher = _higher(metres, *uses, new=new, storey=storey)
            found = summed(key, _sum(_one, higher))
            yield from told(found, **parameters) if parameters else found


TALL: dict[str, tuple[float, tuple[str, ...], bool]] = {
    "tall_building_count": (100, (), False),
    "super_highrise_count": (100, (), True),
    "super_highrise_residential_count": (100, ("07",), True),
    "residential_gt80m_count": (80, ("07",), True),
    "public_building_gt50m": (50, ("08", "09"), False),
}
"""Height, uses, and whether only new buildings count."""
