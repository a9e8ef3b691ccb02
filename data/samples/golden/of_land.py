"""Land, greenery, parks and greenways of the golden plan, by unit and by the base they are of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import design as d
import families
import quantities as q
from answers import Row, of_places, ratio, summed, told
from arithmetic import PerUnit, by_area, by_length, by_point, total
from design import Rect
from of_density import BUILT_UP
from of_density import PAST as PAST_BEFORE
from quantities import UNIT_AREA

BEFORE = {"SD-05": 0.25, "SD-09": 0.1}
"""Share of the parcels of a unit that was green before."""
MIXED = {("SD-06", "0901"): "0901;0701", ("SD-07", "0801"): "0803", ("SD-02", "0802"): "100101;09"}
RESERVED = {("SD-10", "1303"): "storage", ("SD-02", "0802"): "energy_station;ground_source"}
QUOTA_HA = {"SD-06": 12.0, "SD-08": 25.0}
GREENWAYS = (("ew", 2000, 0, 4000), ("ns", 1500, 0, 3000), ("ns", 3600, 2600, 2900))
HUB = (2400.0, -200.0)
ZONES = ((Rect(0, 0, 1990, 3000), 80.0, 75.0), (Rect(1990, 0, 4000, 1490), 60.0, 70.0),
         (Rect(1490, 2010, 2990, 3000), 75.0, 75.0))  # fmt: skip
INDUSTRY = Rect(0, 0, 900, 1000)
PAST = (
    ({"parcel_id": "J-4", "land_use": "0101"}, Rect(3400, 1300, 3600, 1600)),
    ({"parcel_id": "J-5", "land_use": "0301"}, Rect(3600, 1300, 3750, 1600)),
)
# kind, native, stand, own factor, place
GREENERY: tuple[tuple[str, bool | None, str | None, float | None, Rect], ...] = (
    ("tree", True, "mixed", None, Rect(1020, 1020, 1120, 1060)),
    ("shrub", False, None, None, Rect(1120, 1020, 1180, 1060)),
    ("grass", None, None, None, Rect(1180, 1020, 1230, 1060)),
    ("tree", True, "pure", None, Rect(950, 1100, 1050, 1150)),
    ("tree", False, "pure", 1.0, Rect(1020, 2020, 1060, 2040)),
    ("green_roof", True, None, None, Rect(1300, 2050, 1400, 2100)),
    ("permeable", None, None, None, Rect(1400, 2050, 1450, 2100)),
    ("sealed", None, None, None, Rect(1450, 2050, 1480, 2100)),
    ("flower", True, None, 0.5, Rect(2520, 2520, 2600, 2600)),
)
FACTORS = {"tree": 0.8, "grass": 0.4, "shrub": 0.6, "green_roof": 0.7, "permeable": 0.1,
           "sealed": 0.0, "flower": 0.7}  # fmt: skip
PLANTED = ("tree", "shrub", "grass", "flower", "green_roof", "green_wall", "rain_garden")
ECO = ("01", "02", "03", "04", "05", "14", "17")
_PARCELS = {p.parcel_id: p for p in d.PARCELS}


def of_parcel(parcel_id: str) -> dict[str, Any]:
    """Return what was green, is mixed or reserved of a parcel; street land says nothing."""
    nothing = dict.fromkeys(("green_area_before", "mixed_use_codes", "reserved_for"))
    if parcel_id not in _PARCELS:
        return nothing
    p = _PARCELS[parcel_id]
    before = BEFORE.get(p.unit_id) if p.land_use[:2] in ("07", "10") else None
    return {
        "green_area_before": None if before is None else before * p.rect.area,
        "mixed_use_codes": MIXED.get((p.unit_id, p.land_use)),
        "reserved_for": RESERVED.get((p.unit_id, p.land_use)),
    }


def of_unit(unit_id: str) -> dict[str, Any]:
    return {"green_water_quota": QUOTA_HA.get(unit_id)}


def of_park(park_id: str) -> dict[str, Any]:
    """Return the class of a park: the large ones, and of the others each second."""
    rect = next(rect for i, _, rect in d.PARKS if i == park_id)
    number = int(park_id[-2:])
    kind = "comprehensive" if rect.area > 60_000 else "community" if number % 2 else "special"
    return {"park_class": kind if number else None}


COLUMNS = {"parcels": of_parcel, "units": of_unit, "parks": of_park}
LAYERS = {
    "boundaries": (
        ({"boundary_id": "FW-21", "boundary_type": "industrial_park"}, INDUSTRY),
        *(({"boundary_id": f"FW-3{n}", "boundary_type": "sponge_zone", "runoff_control": rate,
            "runoff_target": target}, rect) for n, (rect, rate, target) in enumerate(ZONES, 1)),
    ),
    "past_parcels": PAST,
    "facilities": (({"facility_id": "SN-01", "name": "货运枢纽",
                     "facility_type": "transit_hub"}, HUB),),
    "greenways": tuple(
        ({"greenway_id": f"LV-{n}"}, ((a, at), (b, at)) if axis == "ew" else ((at, a), (at, b)))
        for n, (axis, at, a, b) in enumerate(GREENWAYS, 1)
    ),
    "greenery": tuple(
        ({"greenery_id": f"LH-{n}", "greenery_type": kind, "is_native": native,
          "forest_type": stand, "factor": factor}, rect)
        for n, (kind, native, stand, factor, rect) in enumerate(GREENERY, 1)
    ),
}  # fmt: skip


def drawn(parcel_id: str) -> dict[str, Any]:
    """Return the columns of a parcel as drawn: green area and what is new are of others."""
    facts: dict[str, Any] = {}
    for layer, function in families.columns():
        facts |= function(parcel_id) if layer == "parcels" else {}
    return facts


FACTS = {p.parcel_id: of_parcel(p.parcel_id) for p in d.PARCELS}

Test = Callable[[d.Parcel], bool]


def _land(test: Test) -> PerUnit:
    return total((1.0, by_area(p.rect)) for p in d.PARCELS if test(p))


def _coded(*codes: str) -> PerUnit:
    return _land(lambda p: p.land_use.startswith(codes))


def rows() -> Iterator[Row]:
    """Yield areas and shares of land, what lies around it, greenery, then parks and greenways."""
    FACTS.update({p.parcel_id: drawn(p.parcel_id) for p in d.PARCELS})
    yield from _areas()
    yield from _shares()
    yield from _around()
    yield from _greenery()
    yield from _returned()
    yield from _parks()
    yield from _greenways()
    yield from ratio("road_density", _roads_within(BUILT_UP), built_up(), 1000, base="built_up")


def _areas() -> Iterator[Row]:
    green_water = _coded("14", "17")
    yield from summed("land_area", green_water, 1e-4)
    yield from summed("green_water_area", green_water, 1e-4)
    yield from summed("logistics_land_layout", _coded("11"), 1e-4)
    reserved = _land(lambda p: bool(FACTS[p.parcel_id]["reserved_for"]))
    yield from summed("clean_energy_land_reserve", reserved, 1e-4)
    quota = {u: 1e4 * QUOTA_HA.get(u, 0.0) for u in green_water}
    known = {u: green_water[u] if quota[u] else 0.0 for u in quota}
    yield from ratio("green_water_of_quota", known, quota, 100)


def _shares() -> Iterator[Row]:
    yield from ratio("land_share", _coded("14", "17"), UNIT_AREA, 100)
    yield from ratio("open_green_space_coverage", _coded("14"), UNIT_AREA, 100)
    within = total((1.0, by_area(p.rect.clip(BUILT_UP))) for p in d.PARCELS
                   if p.land_use.startswith("14"))  # fmt: skip
    yield from ratio("open_green_space_coverage", within, built_up(), 100, base="built_up")
    yield from ratio("eco_function_land_share", _coded(*ECO), UNIT_AREA, 100)
    yield from ratio("forest_cover", _coded("03"), UNIT_AREA, 100)
    yield from ratio("wind_land_share", _coded("1303"), UNIT_AREA, 100)
    mixed = _land(_is_mixed)
    yield from ratio("mixed_land_area_per_km2", mixed, UNIT_AREA, 100)
    for base, of, area in (("built_up", BUILT_UP, built_up()), ("unit", None, UNIT_AREA)):
        green = total((_green(p) / p.rect.area, by_area(p.rect.clip(of) if of else p.rect))
                      for p in d.PARCELS)  # fmt: skip
        given = {} if base == "built_up" else {"base": base}
        yield from ratio("green_space_rate", green, area, 100, **given)


def built_up() -> PerUnit:
    return {u.unit_id: u.rect.clip(BUILT_UP).area for u in d.UNITS}


def _is_mixed(p: d.Parcel) -> bool:
    codes = [p.land_use, *(FACTS[p.parcel_id]["mixed_use_codes"] or "").split(";")]
    return len({code[:2] for code in codes} & {"07", "08", "09"}) >= 2


def _green(p: d.Parcel) -> float:
    if p.land_use[:4] in ("1401", "1402"):
        return p.rect.area
    return FACTS[p.parcel_id]["green_area"] or 0.0


def _around() -> Iterator[Row]:
    industry = [p for p in d.PARCELS if p.land_use.startswith("1001")]
    inside = total((1.0, by_area(p.rect.clip(INDUSTRY))) for p in industry)
    yield from ratio("industrial_park_concentration", inside,
                     total((1.0, by_area(p.rect)) for p in industry), 100)  # fmt: skip
    yield from summed("periurban_farmland", _coded("01"), 1e-4)
    # the fields lie in the built-up area or straight to the north of it, where it ends at 2,625 m
    near = Rect(500, 500, 3500, 2825)
    strip = total((1.0, by_area(p.rect.clip(near))) for p in d.PARCELS if p.land_use[:2] == "01")
    yield from told(summed("periurban_farmland", strip, 1e-4), belt=200)
    yield from _logistics()
    then = [rect for facts, rect in (*PAST_BEFORE, *PAST) if facts["land_use"][:2] == "01"]
    now = [p.rect for p in d.PARCELS if p.land_use[:2] in ("03", "05", "17")]
    changed = total((1.0, by_area(a.clip(b))) for a in then for b in now)
    yield from summed("wetland_restoration_area", changed, 1e-4)
    yield from ratio("sponge_compliance", _meeting(), built_up(), 100)


def _meeting() -> PerUnit:
    """Return the built-up land in the zones that meet their target; the first and last overlap."""
    first, last = (z[0].clip(BUILT_UP) for z in (ZONES[0], ZONES[2]))
    return total([(1.0, by_area(first)), (1.0, by_area(last)), (-1.0, by_area(first.clip(last)))])


def _logistics() -> Iterator[Row]:
    away = {p.parcel_id: min(_gap(p.rect, hub) for hub in _hubs())
            for p in d.PARCELS if p.land_use.startswith("11")}  # fmt: skip
    parcels = [_PARCELS[i] for i in away]
    yield from ratio(
        "logistics_hub_distance", total((away[p.parcel_id], by_area(p.rect)) for p in parcels),
        total((1.0, by_area(p.rect)) for p in parcels), 1,
    )  # fmt: skip
    yield from of_places("logistics_hub_distance", {
        p.parcel_id: (p.rect.area * away[p.parcel_id], p.rect.area) for p in parcels
    })  # fmt: skip


def _hubs() -> list[Rect]:
    """Return the hubs that any family draws."""
    places = [one for layer, features in families.features() if layer == "facilities"
              for one in features]  # fmt: skip
    hubs = [shape for facts, shape in places if facts["facility_type"] == "transit_hub"]
    return [one if isinstance(one, Rect) else Rect(*one, *one) for one in hubs]


def _gap(one: Rect, other: Rect) -> float:
    across = max(one.w - other.e, other.w - one.e, 0)
    return math.hypot(across, max(one.s - other.n, other.s - one.n, 0))


def _surface(test: Callable[[str, bool | None, str | None], bool]) -> PerUnit:
    return total((1.0, by_area(rect)) for kind, native, stand, _, rect in GREENERY
                 if test(kind, native, stand))  # fmt: skip


def _on_parcels(rect: Rect) -> dict[str, float]:
    """Return the area of a rectangle on each parcel; what no block has is its unit's street."""
    found = {p.parcel_id: rect.clip(p.rect).area for p in d.PARCELS}
    for unit, area in by_area(rect).items():
        within = next(u.rect for u in d.UNITS if u.unit_id == unit)
        found[f"{unit}-DL"] = area - math.fsum(
            rect.clip(within).clip(p.rect).area for p in d.PARCELS
        )
    return {parcel: area for parcel, area in found.items() if area > 0}


def _by_parcel(weight: Callable[[str, float | None], float]) -> dict[str, float]:
    terms: dict[str, list[float]] = {}
    for kind, _, _, factor, rect in GREENERY:
        for parcel, area in _on_parcels(rect).items():
            terms.setdefault(parcel, []).append(weight(kind, factor) * area)
    return {parcel: math.fsum(areas) for parcel, areas in terms.items()}


def _greenery() -> Iterator[Row]:
    woody = ("tree", "shrub")
    yield from ratio("tree_shrub_share", _surface(lambda k, *_: k in woody),
                     _surface(lambda k, *_: k in PLANTED), 100)  # fmt: skip
    top = _by_parcel(lambda k, _: float(k in woody))
    bottom = _by_parcel(lambda k, _: float(k in PLANTED))
    held = {i: (top[i], area) for i, area in bottom.items() if area}
    yield from of_places("tree_shrub_share", held, 100)
    native = (_surface(lambda k, n, _: n is True and k in PLANTED),
              _surface(lambda k, n, _: n is not None and k in PLANTED))  # fmt: skip
    yield from ratio("greenery_share", *native, 100)
    yield from ratio("native_plant_share", *native, 100)
    yield from ratio("mixed_forest_share", _surface(lambda _, __, s: s == "mixed"),
                     _surface(lambda _, __, s: s is not None), 100)  # fmt: skip
    yield from _factor()


def _factor() -> Iterator[Row]:
    weighted = _by_parcel(lambda k, own: FACTORS[k] if own is None else own)
    new = [p for p in d.PARCELS if FACTS[p.parcel_id]["is_new"]]
    top = total((weighted.get(p.parcel_id, 0.0) / p.rect.area, by_area(p.rect)) for p in new)
    yield from ratio("urban_greening_factor", top, total((1.0, by_area(p.rect)) for p in new), 1)
    yield from of_places("urban_greening_factor", {
        p.parcel_id: (weighted.get(p.parcel_id, 0.0), p.rect.area) for p in new
    })  # fmt: skip


def _returned() -> Iterator[Row]:
    had = {i: facts for i, facts in FACTS.items() if facts["green_area_before"]}
    parts = {}
    for name in ("green_area", "green_area_before"):
        parts[name] = total(((had[i][name] or 0.0) / _PARCELS[i].rect.area,
                             by_area(_PARCELS[i].rect)) for i in had)  # fmt: skip
    yield from ratio("greening_return_rate", *parts.values(), 100)
    yield from of_places("greening_return_rate", {
        i: (one["green_area"] or 0.0, one["green_area_before"]) for i, one in had.items()
    }, 100)  # fmt: skip


def _parks() -> Iterator[Row]:
    people = total((p.population / p.rect.area, by_area(p.rect)) for p in d.PARCELS)
    within = total((p.population / p.rect.area, by_area(p.rect.clip(BUILT_UP))) for p in d.PARCELS)

    def parks(kind: str = "", of: Rect | None = None) -> PerUnit:
        return total((1.0, by_area(r.clip(of) if of else r)) for i, _, r in d.PARKS
                     if not kind or of_park(i)["park_class"] == kind)  # fmt: skip

    yield from ratio("park_area_per_capita", parks(), people, 1)
    yield from ratio("park_area_per_capita", parks(of=BUILT_UP), within, 1, base="built_up")
    yield from ratio("comprehensive_park_area_per_capita", parks("comprehensive"), people, 1)
    yield from ratio("community_park_area_per_capita", parks("community"), people, 1)
    small = [r for _, _, r in d.PARKS if 400 <= r.area <= 10_000]
    yield from summed("pocket_park_count", total(
        (1.0, by_point((r.w + r.e) / 2, (r.s + r.n) / 2)) for r in small
    ))  # fmt: skip


def _greenways() -> Iterator[Row]:
    metres = total((1.0, by_length(*one)) for one in GREENWAYS)
    yield from summed("greenway_length", metres, 1e-3)
    yield from ratio("greenway_density", metres, UNIT_AREA, 1000)
    inside = total((1.0, by_length(*part)) for one in GREENWAYS
                   if (part := _along(one, BUILT_UP)))  # fmt: skip
    yield from ratio("greenway_density", inside, built_up(), 1000, base="built_up")


Run = tuple[str, float, float, float]


def _along(run: Run, rect: Rect) -> Run | None:
    """Return the part of a line in a rectangle or on its edge."""
    axis, at, start, end = run
    across = (rect.s, rect.n) if axis == "ew" else (rect.w, rect.e)
    along = (rect.w, rect.e) if axis == "ew" else (rect.s, rect.n)
    low, high = max(min(start, end), along[0]), min(max(start, end), along[1])
    return (axis, at, low, high) if across[0] <= at <= across[1] and low < high else None


def _roads_within(rect: Rect) -> PerUnit:
    """Return street length within a rectangle; what runs along its edge lies in it."""
    runs = ((0.5 if s.twin else 1.0, _along((s.axis, s.at, s.start, s.end), rect))
            for s in d.STREETS if s.road_class in q.STREET_CLASSES)  # fmt: skip
    return total((weight, by_length(*run)) for weight, run in runs if run)
