"""What is counted and measured on the golden plan, quantity by quantity, from its tables."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import NamedTuple

import design as d
from arithmetic import Facility, PerUnit, by_area, by_length, by_point, covered, total
from buildings import BUILDINGS, Building
from design import Rect

STREET_CLASSES = ("expressway", "arterial", "secondary", "local")
UNIT_AREA = {u.unit_id: u.rect.area for u in d.UNITS}


def road_metres(classes: tuple[str, ...]) -> PerUnit:
    """Return counted street length: twin carriageways by half each."""
    return total(
        (0.5 if s.twin else 1.0, by_length(s.axis, s.at, s.start, s.end))
        for s in d.STREETS
        if s.road_class in classes
    )


def construction_area() -> PerUnit:
    """Return each unit's land of classes 07–16: all of it less farmland and water."""
    other = total((1.0, by_area(p.rect)) for p in d.PARCELS if p.land_use[:2] not in CONSTRUCTION)
    return {unit_id: UNIT_AREA[unit_id] - other[unit_id] for unit_id in UNIT_AREA}


CONSTRUCTION = tuple(f"{n:02d}" for n in range(7, 17))


def edges(corridor: d.Corridor) -> list[tuple[str, float, float, float]]:
    """Return the straight parts of a corridor: axis, position across, start and end along it."""
    parts = []
    for (xa, ya), (xb, yb) in pairwise(corridor.points):
        parts.append(("ew", ya, xa, xb) if ya == yb else ("ns", xa, ya, yb))
    return parts


def corridor_metres(chosen: Callable[[d.Corridor], bool]) -> PerUnit:
    """Return the length of the chosen corridors."""
    return total((1.0, by_length(*e)) for c in d.CORRIDORS if chosen(c) for e in edges(c))


def route_count(direction: str) -> PerUnit:
    """Return class-1 routes, each shared by length."""
    parts = []
    for corridor in d.CORRIDORS:
        axis, _, start, end = edges(corridor)[0]
        if corridor.corridor_class == "1" and direction in ("all", axis):
            parts.append((1 / abs(end - start), by_length(*edges(corridor)[0])))
    return total(parts)


def is_cut_off(corridor: d.Corridor) -> bool:
    """Return True for the western part of 校园支线: 60 m are missing between its parts."""
    return corridor.route == "X1" and corridor.points[0][0] < 2400


Place = tuple[float, float]


def _between(value: float, start: float, end: float) -> bool:
    return min(start, end) <= value <= max(start, end)


def _cross(ew: tuple[float, float, float], ns: tuple[float, float, float]) -> bool:
    """Return True where a line along x (y, from, to) has a point in common with one along y."""
    return _between(ns[0], *ew[1:]) and _between(ew[0], *ns[1:])


def junctions() -> set[Place]:
    """Return where corridors of different routes cross, or where one begins as another ends."""
    found = set()
    parts = [(c.route, *edge) for c in d.CORRIDORS for edge in edges(c)]
    for route, axis, *one in parts:
        for other_route, other_axis, *other in parts:
            if route == other_route:
                continue
            if (axis, other_axis) == ("ew", "ns") and _cross((*one,), (*other,)):
                found.add((other[0], one[0]))
            if (axis, other_axis) == ("ew", "ew") and (one[0], one[2]) == (other[0], other[1]):
                found.add((one[2], one[0]))
    return found


MAJOR = ("expressway", "arterial")


def road_crossings() -> set[Place]:
    """Return where corridors cross major roads; the two carriageways of one are 12 m apart.

    A corridor that ends at a road does not cross it.
    """
    found = set()
    for c in d.CORRIDORS:
        for axis, at, start, end in edges(c):
            for s in d.STREETS:
                if s.road_class not in MAJOR or s.axis == axis or not _between(at, s.start, s.end):
                    continue
                middle = d.UNIT / 2 * round(s.at / (d.UNIT / 2))
                if min(start, end) < s.at < max(start, end):
                    found.add((at, middle) if axis == "ns" else (middle, at))
    return found


def at_places(found: set[Place]) -> PerUnit:
    """Return how many places each unit has; no two of them are within 40 m of each other."""
    assert all(math.dist(a, b) > 40 for a in found for b in found if a != b)
    return count((1.0, x, y) for x, y in found)


def along_major() -> PerUnit:
    """Return the metres of corridors within 30 m of a major road of their direction."""
    return total(
        (1.0, by_length(*edge))
        for c in d.CORRIDORS
        for edge in edges(c)
        if any(
            s.road_class in MAJOR and s.axis == edge[0] and abs(s.at - edge[1]) <= 30
            for s in d.STREETS
        )
    )


def _away(s: d.Street, x: float, y: float) -> float:
    """Return the distance of a point from a street, m."""
    along, across = (x, y) if s.axis == "ew" else (y, x)
    return math.hypot(max(s.start - along, along - s.end, 0.0), across - s.at)


def _on(s: d.Street) -> list[float]:
    """Return how far along a street crossings are: within 15 m, and no other street is nearer."""
    found = []
    for place in d.FACILITIES:
        away = _away(s, place.x, place.y)
        nearest = min(_away(other, place.x, place.y) for other in d.STREETS)
        if place.kind == "crossing" and away <= 15 and away <= nearest + 1:
            found.append((place.x if s.axis == "ew" else place.y) - s.start)
    return sorted(found)


class Gap(NamedTuple):
    """A stretch of a street between crossings, and the part of a gap it stands for."""

    street: d.Street
    start: float
    end: float
    weight: float

    @property
    def spacing(self) -> float:
        return (self.end - self.start) / self.weight

    def by_unit(self) -> dict[str, float]:
        first = self.street.start
        return by_length(self.street.axis, self.street.at, first + self.start, first + self.end)


def crossing_gaps() -> list[Gap]:
    """Return the gaps along arterial and secondary streets; no street continues another one.

    Crossings 40 m apart or less are one, in their middle, or the end of the street.
    """
    result = []
    for s in d.STREETS:
        if s.road_class not in ("arterial", "secondary"):
            continue
        runs: list[list[float]] = []
        for at in _on(s):
            if runs and at - runs[-1][-1] <= 40:
                runs[-1].append(at)
            else:
                runs.append([at])
        whole = s.end - s.start
        places = [(run[0] + run[-1]) / 2 for run in runs]
        places = [0.0 if at <= 40 else whole if at >= whole - 40 else at for at in places]
        if not places:
            result.append(Gap(s, 0.0, whole, 1.0))
            continue
        result += [Gap(s, a, b, 1.0) for a, b in pairwise(places)]
        ends = (Gap(s, 0.0, places[0], 0.5), Gap(s, places[-1], whole, 0.5))
        result += [gap for gap in ends if gap.end > gap.start]
    return result


def slow_metres() -> PerUnit:
    """Return slow streets and paths, and the one corridor that runs along none of them."""
    slow = total(
        (1.0, by_length(s.axis, s.at, s.start, s.end))
        for s in d.STREETS
        if s.slow or s.road_class == "slow"
    )
    alone = corridor_metres(lambda c: c.corridor_class == "3")
    return {unit_id: slow[unit_id] + alone[unit_id] for unit_id in slow}


def park_areas(tiers: tuple[tuple[float, float], ...]) -> list[Facility]:
    """Return the parks that serve, each with the radius of the first tier it reaches."""
    result = []
    for _, _, rect in d.PARKS:
        radius = next((r for least, r in tiers if rect.area >= least), None)
        if radius is not None:
            result.append(Facility(rect, radius))
    return result


class HomePiece(NamedTuple):
    parcel_id: str
    unit_id: str
    area: float
    served: float
    how: str


def home_pieces(tiers: tuple[tuple[float, float], ...]) -> list[HomePiece]:
    """Return every home parcel (0701, 0703, or plain 07), per unit, and how it is served."""
    parks, result = park_areas(tiers), []
    for p in d.PARCELS:
        if p.land_use[:4] not in ("0701", "0703", "07"):
            continue
        for unit in d.UNITS:
            piece = p.rect.clip(unit.rect)
            if piece.area > 0:
                served, how = covered(piece, parks, p.parcel_id)
                result.append(HomePiece(p.parcel_id, unit.unit_id, piece.area, served, how))
    return result


def park_share(tiers: tuple[tuple[float, float], ...]) -> tuple[PerUnit, PerUnit]:
    pieces = home_pieces(tiers)
    return (
        total((1.0, {h.unit_id: h.served}) for h in pieces),
        total((1.0, {h.unit_id: h.area}) for h in pieces),
    )


STATION_RADIUS, STOP_RADIUS = 800, 500


def stations(radius: float, modes: tuple[str, ...]) -> list[Facility]:
    points = [Facility(Rect(s.x, s.y, s.x, s.y), radius) for s in d.STOPS if s.kind in modes]
    return points + [Facility(rect, radius) for _, _, mode, rect in d.STATIONS if mode in modes]


def floor_area(b: Building) -> float:
    return b.rect.area * b.floors if b.floor_area is None else b.floor_area


class Held(NamedTuple):
    """People (or jobs) of one place in one unit, and how many of them are served."""

    parcel_id: str
    unit_id: str
    people: float
    served: float
    how: str


def people(of: Callable[[d.Parcel], int], modes: tuple[str, ...]) -> list[Held]:
    """Return everyone, and who is within 800 m of a stop of these modes."""
    return people_near(of, stations(STATION_RADIUS, modes))


def people_near(of: Callable[[d.Parcel], int], near: list[Facility]) -> list[Held]:
    """Return everyone, in buildings by floor area, on bare parcels by area."""
    built = defaultdict(list)
    for b in BUILDINGS:
        built[b.parcel_id].append(b)
    result = []
    for p in d.PARCELS:
        amount = of(p)
        if not amount:
            continue
        houses = built[p.parcel_id]
        places = [(b.rect, floor_area(b)) for b in houses] or [(p.rect, 1.0)]
        whole = math.fsum(weight for _, weight in places)
        for rect, weight in places:
            for unit in d.UNITS:
                piece = rect.clip(unit.rect)
                if piece.area > 0:
                    held = amount * weight / whole * piece.area / rect.area
                    served, how = covered(piece, near, p.parcel_id)
                    share = served / piece.area
                    result.append(Held(p.parcel_id, unit.unit_id, held, held * share, how))
    return result


ALL_MODES = ("rail", "brt", "bus")
WHO: dict[str, Callable[[d.Parcel], int]] = {
    "both": lambda p: p.population + p.jobs,
    "residents": lambda p: p.population,
    "jobs": lambda p: p.jobs,
}


def station_share(who: str, modes: tuple[str, ...] = ALL_MODES) -> tuple[PerUnit, PerUnit]:
    return near_share(who, stations(STATION_RADIUS, modes))


def near_share(who: str, near: list[Facility]) -> tuple[PerUnit, PerUnit]:
    held = people_near(WHO[who], near)
    return (
        total((1.0, {h.unit_id: h.served}) for h in held),
        total((1.0, {h.unit_id: h.people}) for h in held),
    )


def stop_area() -> PerUnit:
    """Return each unit's area within 500 m of a bus stop, by squares of 500 m around the lattice.

    Within the eight western squares of a row each square has a stop at its centre that covers it;
    east of them a stop 250 m beyond the edge reaches into the square beside its own.
    """
    stops, parts = stations(STOP_RADIUS, ("bus",)), []
    for x in range(0, 4000, 500):
        for y in range(0, 3000, 500):
            square = Rect(x, y, x + 500, y + 500)
            area, _ = covered(square, stops, "square")
            parts.append((area, {d.unit_at(x, y).unit_id: 1.0}))
    return total(parts)


def count(places: Iterable[tuple[float, float, float]]) -> PerUnit:
    """Return weighted points (weight, x, y) per unit."""
    return total((weight, by_point(x, y)) for weight, x, y in places)


MIX = ("07", "08", "09", "10", "11", "14")


class BlockMix(NamedTuple):
    block_id: str
    land: float
    areas: dict[str, float]
    second: float
    entropy: float | None


def block_mix() -> list[BlockMix]:
    """Return each block's land, its classes, the second of 07, 08 and 09, the entropy."""
    result = []
    for block in d.BLOCKS:
        parcels = [p for p in d.PARCELS if p.block_id == block.block_id]
        land = math.fsum(p.rect.area for p in parcels if p.land_use[:2] != "12")
        areas: dict[str, float] = defaultdict(float)
        for p in parcels:
            areas[p.land_use[:2]] += p.rect.area
        ranked = sorted((areas.get(c, 0.0) for c in MIX[:3]), reverse=True)
        known = [areas[c] for c in MIX if areas.get(c)]
        shares = [a / math.fsum(known) for a in known]
        entropy = (
            -math.fsum(s * math.log(s) for s in shares) / math.log(len(MIX)) if known else None
        )
        second = 100 * ranked[1] / land if land else 0.0
        result.append(BlockMix(block.block_id, land, dict(areas), second, entropy))
    return result


def in_blocks(figure: dict[str, float]) -> PerUnit:
    """Return the sum of a figure of blocks; a block across units counts to each by area."""
    return total((figure[b.block_id] / b.rect.area, by_area(b.rect)) for b in d.BLOCKS)


def mixed_blocks() -> tuple[PerUnit, PerUnit]:
    rect = {b.block_id: b.rect for b in d.BLOCKS}
    held = [(m, rect[m.block_id]) for m in block_mix() if m.land]
    return (
        total((1 / r.area, by_area(r)) for m, r in held if m.second >= 10),
        total((1 / r.area, by_area(r)) for _, r in held),
    )


def mean_entropy() -> tuple[PerUnit, PerUnit]:
    rect = {b.block_id: b.rect for b in d.BLOCKS}
    held = [(m.entropy, rect[m.block_id]) for m in block_mix() if m.entropy is not None]
    return (
        total((entropy, by_area(r)) for entropy, r in held),
        total((1.0, by_area(r)) for _, r in held),
    )


class MainUse(NamedTuple):
    parcel_id: str
    unit_id: str
    land_use: str
    zone: str | None
    main: float
    known: float


def main_use() -> list[MainUse]:
    """Return the parcels with buildings: floor area in the parcel's class, and of known use.

    A parcel that knows the use of less than half its floor area is not judged: nothing counts.
    """
    built = defaultdict(list)
    for b in BUILDINGS:
        built[b.parcel_id].append(b)
    result = []
    for p in d.PARCELS:
        houses = built[p.parcel_id]
        main = math.fsum(floor_area(b) for b in houses if b.use and b.use[:2] == p.land_use[:2])
        known = math.fsum(floor_area(b) for b in houses if b.use)
        if known < math.fsum(map(floor_area, houses)) / 2:
            main = known = 0.0
        if houses:
            result.append(MainUse(p.parcel_id, p.unit_id, p.land_use, p.zone, main, known))
    return result


def coefficient(b: Building) -> float:
    """Return the usable share of a roof: definitions.md §5, middles of the ranges [M]."""
    use = (b.use or "")[:2]
    if b.roof_type == "flat":
        return 0.4 if use == "07" else 0.6
    if b.roof_type == "pitched":
        return 0.45
    return 0.8 if b.roof_type == "metal" and use == "10" else 0.3


def power(b: Building) -> float:
    """Return what the usable roof carries, kWp: definitions.md §5, middles of the ranges [M]."""
    watts = 175 if b.roof_type in ("pitched", "metal") else 100
    return roof(b) * coefficient(b) * watts / 1000


def roof(b: Building) -> float:
    return b.rect.area if b.roof_area is None else b.roof_area


def roofs(uses: tuple[str, ...], measure: Callable[[Building], float], *, new: bool) -> PerUnit:
    """Return the sum of `measure` over buildings of these uses; no building crosses a unit."""
    return total(
        (measure(b), {d.unit_at(b.rect.w, b.rect.s).unit_id: 1.0})
        for b in BUILDINGS
        if (not uses or (b.use or "").startswith(uses)) and (b.is_new or not new)
    )


ROOF_CLASSES = {"homes": ("07",), "public": ("08",), "commerce": ("09",), "industry": ("10",)}
COUNTY_CLASSES: dict[str, tuple[str, ...]] = {
    "usable_roof_share": (),
    "usable_roof_share_government": ("0801",),
    "usable_roof_share_public": ("0704", "0802", "0803", "0804", "0805", "0806", "0807"),
    "usable_roof_share_plants": ("09", "10"),
    "usable_roof_share_rural_homes": ("0703",),
}
PV_CLASSES: dict[str, tuple[tuple[str, ...], bool]] = {
    "pv_roof_share_public_industry": (("0801", "0804", "0806", "1001"), False),
    "pv_roof_share_commerce_office": (("0901", "0902"), False),
    "pv_roof_share_homes": (("07",), False),
    "pv_roof_share_institutions_plants": (("08", "1001"), False),
    "pv_usable_roof_share_institutions_plants": (("08", "1001"), True),
    "pv_usable_roof_share_public_industry": (("0801", "0804", "0806", "1001"), True),
    "pv_usable_roof_share_commerce_homes": (("0901", "0902", "07"), True),
}
