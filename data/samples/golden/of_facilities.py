"""Facilities and infrastructure of the golden plan: how many, how far, who is near, who has one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import design as d
import families
import quantities as q
from answers import Row, of_places, ratio, summed, told
from arithmetic import Facility, PerUnit, by_area, by_length, by_point, total, union_area
from buildings import BUILDINGS
from design import Rect
from of_density import BUILT_UP, extreme
from quantities import UNIT_AREA, construction_area, floor_area

Point = tuple[float, float]
AT: dict[str, tuple[Point, ...]] = {
    "hospital": ((1390, 1262), (3390, 488)),
    "refuse_station": ((2480, 1520), (1000, 480), (3180, 2620)),
    "recycling_station": ((480, 1620), (2520, 720), (3480, 2480), (700, 700)),
    "delivery_station": ((1520, 1740), (2620, 2290)),
    "parcel_locker": ((310, 1290), (3310, 2790), (3490, 310), (1300, 1740)),
    "lng_station": ((150, 2900), (3900, 2900)),
    "hydrogen_station": ((2900, 900),),
    "bike_parking": ((1370, 1620), (1520, 1620), (2120, 2370), (3370, 620), (130, 1870)),
    "energy_station": ((1520, 1520), (2780, 2760)),
    "transit_hub": ((3610, 2310),),
    "bus_depot": ((110, 60), (1000, 1700)),
    "battery_recycling": ((1210, 1390),),
    "packaging_recycling": ((1210, 1440), (2110, 330)),
    "second_hand": ((2000, 2480),),
}
"""Where facilities stand; hospitals where clinics are, so that no walk to a clinic changes."""
PLANTS: tuple[tuple[str, float | None, str | None, Point], ...] = (
    ("sewage_plant", 30_000.0, None, (800, 300)),
    ("sewage_plant", 2.0, "万m3/d", (2000, 280)),
    ("sewage_plant", 20_000.0, "m3/d", (4210, 480)),
    ("sewage_plant", None, None, (3600, 2900)),
    ("waste_plant", 700.0, "t/d", (300, 720)),
)
"""Type, capacity, its unit, place. One stands outside of the plan, in a town across its edge."""
CUBIC_METRES = {"万m3/d": 1e4, "m3/d": 1.0, None: 1.0}
SUBDISTRICTS = (
    ("street", None, Rect(0, 1500, 2000, 3000)),
    ("street", None, Rect(2000, 1500, 4000, 3000)),
    ("town", None, Rect(0, 200, 2000, 1500)),
    ("town", None, Rect(2000, 200, 3000, 1500)),
    ("town", None, Rect(3000, 0, 4400, 1500)),
    ("village", True, Rect(4450, 0, 5000, 500)),
    ("village", True, Rect(0, -800, 800, 200)),
    ("village", False, Rect(900, -800, 1500, 100)),
    ("village", None, Rect(1600, -800, 2400, 100)),
)
"""Kind, whether waste is collected, and the ground."""
PIPES = (
    ("ew", 520.0, 100.0, 2100.0, 2000, True),
    ("ew", 1480.0, 0.0, 4000.0, 2005, False),
    ("ns", 2000.0, 300.0, 1300.0, 1998, None),
    ("ns", 620.0, 1000.0, 2500.0, 2006, False),
    ("ns", 3380.0, 200.0, 900.0, None, True),
)
"""Axis, place across it, from where to where along it, year, whether renewed."""
GREENWAY = ((-520.0, 100.0), (-520.0, 2900.0))
"""Beyond the edge of the plan, which it serves all the same."""
LAMPS = (*((float(x), 1980.0) for x in range(50, 4000, 100)), (1000.0, 1985.0))


def lamp_type(number: int) -> str | None:
    """Return the type of a lamp: of seven five are LED, and of one nothing is said."""
    return ("led", "led", "led", "other", "led", None, "led")[number % 7]


HOMES = tuple(p for p in d.PARCELS if p.land_use.startswith("07"))
POINTS = tuple(((p.rect.w + p.rect.e) / 2, (p.rect.s + p.rect.n) / 2) for p in HOMES[::5])
"""Recycling points in the middle of each fifth residential parcel; `EDGE` is on that of another."""
EDGE = (HOMES[1].rect.e, HOMES[1].rect.s + 40.0)


def _drawn() -> Iterator[tuple[dict[str, Any], Point]]:
    every = [(kind, None, None, at) for kind, places in AT.items() for at in places]
    points = [("recycling_point", None, None, at) for at in (*POINTS, EDGE)]
    for n, (kind, amount, unit, at) in enumerate((*every, *PLANTS, *points), 1):
        yield {"facility_id": f"GS-{n:03d}", "facility_type": kind, "capacity": amount,
               "capacity_unit": unit}, at  # fmt: skip


LAYERS = {
    "facilities": tuple(_drawn()),
    "subdistricts": tuple(
        ({"subdistrict_id": f"JD-{n}", "subdistrict_kind": kind, "has_waste_collection": waste}, r)
        for n, (kind, waste, r) in enumerate(SUBDISTRICTS, 1)
    ),
    "greenways": (({"greenway_id": "XL-1", "name": "西环绿道"}, GREENWAY),),
    "street_lamps": tuple(
        ({"lamp_id": f"LD-{n:02d}", "lamp_type": lamp_type(n)}, at) for n, at in enumerate(LAMPS)
    ),
    "heat_pipes": tuple(
        ({"pipe_id": f"GR-{n}", "year_built": year, "is_renewed": renewed},
         ((a, at), (b, at)) if axis == "ew" else ((at, a), (at, b)))
        for n, (axis, at, a, b, year, renewed) in enumerate(PIPES, 1)
    ),
}  # fmt: skip
DAILY = tuple(d.DAILY)
YARDS = ("120801", "120802")


def sites(*kinds: str) -> list[Point]:
    """Return where facilities of some types stand, whoever draws them; a hospital is a clinic."""
    kinds += ("hospital",) if "clinic" in kinds else ()
    found = [(f.x, f.y) for f in d.FACILITIES if f.kind in kinds]
    for layer, features in families.features():
        if layer == "facilities":
            found += [_middle(at) for facts, at in features if facts["facility_type"] in kinds]
    return found


def _middle(shape: Any) -> Point:
    if isinstance(shape, Rect):
        return (shape.w + shape.e) / 2, (shape.s + shape.n) / 2
    return shape[0], shape[1]


def greenways() -> list[Rect]:
    """Return the greenways, whoever draws them: each line as a rectangle without width."""
    lines = [at for layer, drawn in families.features() if layer == "greenways" for _, at in drawn]
    corners = ((*zip(*line, strict=True),) for line in lines)
    return [Rect(min(x), min(y), max(x), max(y)) for x, y in corners]


def _count(*kinds: str) -> PerUnit:
    return q.count((1.0, x, y) for x, y in sites(*kinds))


def _people() -> PerUnit:
    return total((p.population / p.rect.area, by_area(p.rect)) for p in d.PARCELS)


def rows() -> Iterator[Row]:
    """Yield numbers and densities, distances, who is near, who has one, then infrastructure."""
    yield from _numbers()
    yield from _distances()
    yield from _near()
    yield from _places()
    yield from _infrastructure()


def _numbers() -> Iterator[Row]:
    yield from summed("facility_count", _count(*DAILY))
    yield from told(summed("facility_count", _count("clinic")), facility_types=["clinic"])
    for key, kinds in COUNTS.items():
        yield from summed(key, _count(*kinds))
    daily, stations = _count(*DAILY), _count("refuse_station")
    yield from ratio("facility_density", daily, UNIT_AREA, 1e6)
    yield from ratio("facility_density", daily, construction_area(), 1e6, base="construction")
    built_up = {u.unit_id: u.rect.clip(BUILT_UP).area for u in d.UNITS}
    within = [at for at in sites(*DAILY) if _holds(BUILT_UP, [at])]
    number = q.count((1.0, x, y) for x, y in within)
    yield from ratio("facility_density", number, built_up, 1e6, base="built_up")
    yield from ratio("facilities_per_10k", daily, _people(), 1e4)
    yield from ratio("people_per_facility", _people(), daily, 1)
    yield from ratio("refuse_station_density", stations, UNIT_AREA, 1e6)
    yield from ratio("refuse_station_population", _people(), stations, 1)


COUNTS: dict[str, tuple[str, ...]] = {
    "new_waste_points": ("battery_recycling", "packaging_recycling", "second_hand"),
    "lng_h2_station_layout": ("lng_station", "hydrogen_station"),
    "bike_parking_points": ("bike_parking",),
    "distributed_energy_station": ("energy_station",),
    "transit_hub_layout": ("transit_hub", "bus_depot"),
}


def _distances() -> Iterator[Row]:
    for key, kinds in (
        ("facility_spacing", DAILY),
        ("lng_h2_station_spacing", COUNTS["lng_h2_station_layout"]),
    ):
        yield from ratio(key, *_spacing(sites(*kinds)), 1)
    floors = total((floor_area(b), {_unit(b.rect): 1.0}) for b in BUILDINGS)
    x, y = (
        total((floor_area(b) * at(b.rect), {_unit(b.rect): 1.0}) for b in BUILDINGS)
        for at in (lambda r: (r.w + r.e) / 2, lambda r: (r.s + r.n) / 2)
    )
    stations = sites("energy_station")
    away = {
        u: f * min(math.dist((x[u] / f, y[u] / f), at) for at in stations) if f else 0.0
        for u, f in floors.items()
    }
    yield from ratio("energy_station_distance", away, floors, 1)


def _spacing(places: list[Point]) -> tuple[PerUnit, PerUnit]:
    nearest = [
        (min(math.dist(one, other) for m, other in enumerate(places) if m != n), one)
        for n, one in enumerate(places)
    ]
    return q.count((a, *at) for a, at in nearest), q.count((1.0, *at) for _, at in nearest)


def _unit(rect: Rect) -> str:
    return d.unit_at(rect.w, rect.s).unit_id


def _share(
    key: str, places: Iterable[tuple[Rect, float]], near: Sequence[Point | Rect], reach: float,
    /, **parameters: object,
) -> list[Row]:  # fmt: skip
    """Return what share of amounts, spread over rectangles, lies near points."""
    served, every = [], []
    for rect, amount in places:
        if rect.area == 0:
            continue
        for unit in d.UNITS:
            piece = rect.clip(unit.rect)
            if piece.area > 0:
                part = amount / rect.area
                served.append((part, {unit.unit_id: union_area(piece, near, reach)}))
                every.append((part, {unit.unit_id: piece.area}))
    return ratio(key, total(served), total(every), 100, **parameters)


def _near() -> Iterator[Row]:
    homes = [(p.rect, p.rect.area) for p in HOMES]
    urban = [(p.rect, p.rect.area) for p in HOMES if p.land_use != "0703"]
    yield from _share("facility_radius_coverage", homes, sites(*DAILY), 500)
    yield from _share("hospital_2km_coverage", urban, sites("hospital"), 2000)
    inside = [(r, r.area) for p in HOMES if p.land_use != "0703" for r in [p.rect.clip(BUILT_UP)]]
    yield from _share("hospital_2km_coverage", inside, sites("hospital"), 2000, ground="built_up")
    yield from _share("greenway_service_coverage", homes, greenways(), 1000)
    within = [(r, r.area) for p in HOMES for r in [p.rect.clip(BUILT_UP)]]
    yield from _share("greenway_service_coverage", within, greenways(), 1000, ground="built_up")
    yards = total((1.0, by_area(p.rect)) for p in d.PARCELS if p.land_use[:6] in YARDS)
    yield from summed("transit_hub_area", yards, 1e-4)
    doors = sites("delivery_station", "parcel_locker")
    yield from _share("last_mile_logistics_coverage", homes, doors, 300)
    yield from _share("bike_parking_coverage", homes, sites("bike_parking"), 100)
    stations, facts = sites("energy_station"), {"facility_types": ["energy_station"], "radius": 300}
    floors = [(b.rect, floor_area(b)) for b in BUILDINGS
              if (b.use or "").startswith(("0701", "0703")) or b.use == "07"]  # fmt: skip
    yield from _share("facility_radius_coverage", floors, stations, 300,
                      **facts, covered="floor_area")  # fmt: skip
    near = [Facility(Rect(*at, *at), 300.0) for at in stations]
    yield from ratio("facility_radius_coverage", *q.near_share("residents", near), 100,
                     **facts, covered="residents")  # fmt: skip


def _holds(rect: Rect, places: list[Point], radius: float = 0.0) -> bool:
    """Return True if one of the places lies in a rectangle or within a distance of it."""
    return any(
        math.hypot(max(rect.w - x, x - rect.e, 0), max(rect.s - y, y - rect.n, 0)) <= radius
        for x, y in places
    )


def _places() -> Iterator[Row]:
    for key, kind in (("places_served_share", "community_centre"),
                      ("recycling_point_coverage", "recycling_point")):  # fmt: skip
        served = {p.parcel_id: float(_holds(p.rect, sites(kind))) for p in HOMES}
        top = total((served[p.parcel_id], _parts(p.rect)) for p in HOMES)
        yield from ratio(key, top, total((1.0, _parts(p.rect)) for p in HOMES), 100)
        yield from of_places(key, {i: (has, 1.0) for i, has in served.items()}, 100)
    plants, stations = sites("sewage_plant"), sites("refuse_station")
    yield from _of("town_sewage_coverage", "town", lambda _, r: _holds(r, plants))
    yield from _of("rural_waste_coverage", "village", lambda waste, _: bool(waste))
    yield from _of("rural_waste_coverage", "village", lambda _, r: _holds(r, stations, 400),
                   served_by="facilities", radius=400)  # fmt: skip
    for key, kind in (("facilities_per_subdistrict", "community_centre"),
                      ("recycling_station_per_subdistrict", "recycling_station")):  # fmt: skip
        yield from _fewest(key, sites(kind))


def _parts(rect: Rect) -> dict[str, float]:
    return {unit: area / rect.area for unit, area in by_area(rect).items()}


def _of(key: str, kind: str, has: Any, **parameters: object) -> list[Row]:
    mine = [(waste, r) for k, waste, r in SUBDISTRICTS if k == kind]
    top = total((float(has(waste, r)), _parts(r)) for waste, r in mine)
    return ratio(key, top, total((1.0, _parts(r)) for _, r in mine), 100, **parameters)


def _fewest(key: str, places: list[Point]) -> list[Row]:
    """Return the fewest places of any street or town that each unit meets."""
    least: dict[str, tuple[float, float]] = {}
    for kind, _, rect in SUBDISTRICTS:
        number = float(sum(_holds(rect, [at]) for at in places))
        for unit in by_area(rect) if kind != "village" else ():
            least[unit] = min(least.get(unit, (math.inf, math.nan)), (number, math.nan))
    return extreme(key, least, 1.0, min)


def _infrastructure() -> Iterator[Row]:
    plants = [(amount or 0.0, CUBIC_METRES.get(unit, 1.0), at, kind)
              for kind, amount, unit, at in PLANTS]  # fmt: skip
    for key, kind in (("sewage_capacity", "sewage_plant"), ("waste_plant_capacity", "waste_plant")):
        yield from summed(key, q.count((a * f, *at) for a, f, at, k in plants if k == kind))
    led = total((1.0, by_point(*at)) for n, at in enumerate(LAMPS) if lamp_type(n) == "led")
    yield from ratio("led_share", led, total((1.0, by_point(*at)) for at in LAMPS), 100)
    said = total((1.0, by_point(*at)) for n, at in enumerate(LAMPS) if lamp_type(n))
    yield from ratio("led_share", led, said, 100, unstated="left_out")
    for parameters in ({}, {"at_year": 2030, "pipe_age": 24}):
        year, age = parameters.get("at_year", 2025), parameters.get("pipe_age", 20)
        old = [(run, new) for *run, built, new in PIPES if built and year - built >= age]
        done = total((1.0, by_length(*run)) for run, new in old if new)
        every = total((1.0, by_length(*run)) for run, _ in old)
        yield from ratio("heat_pipe_renewal", done, every, 100, **parameters)
