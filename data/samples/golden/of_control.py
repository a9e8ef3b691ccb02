"""Control lines, corridors, the underground and red lines of the golden plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import design as d
from answers import Row, of_places, ratio, summed, told
from arithmetic import PerUnit, by_area, by_length, total
from buildings import BUILDINGS
from design import Rect
from of_buildings import unit_of
from of_density import extreme
from of_forms import ARGUED

LINES = (
    ({"line_id": "KX-1", "line_type": "blue"}, Rect(3300, 1300, 3800, 1800)),
    ({"line_id": "KX-2", "line_type": "blue"}, Rect(3600, 1500, 3950, 1900)),
    ({"line_id": "KX-3", "line_type": "green"}, Rect(300, 2100, 895, 2500)),
    ({"line_id": "KX-4", "line_type": "yellow"}, Rect(1800, 300, 2300, 700)),
    ({"line_id": "KX-5", "line_type": "purple"}, Rect(1100, 1100, 1700, 1600)),
    ({"line_id": "KX-6", "line_type": "red"}, Rect(0, 982, 4000, 1018)),
)
FITS = {
    "blue": ("05", "14", "17", "1207"), "green": ("05", "14", "17"), "yellow": ("12", "13", "14"),
    "purple": ("07", "08", "0901", "14", "1207", "1504"), "red": ("12",),
}  # fmt: skip
Line = tuple[tuple[float, float], tuple[float, float]]
CORRIDORS: tuple[tuple[dict[str, Any], Rect | Line], ...] = (
    (
        {"corridor_id": "ST-1", "corridor_type": "ecological", "width": 120.0, "is_planned": True},
        ((100, 2620), (3900, 2620)),
    ),
    (
        {"corridor_id": "ST-2", "corridor_type": "ecological", "width": None, "is_planned": True},
        Rect(600, 2635, 1400, 2715),
    ),
    (
        {"corridor_id": "ST-3", "corridor_type": "ecological", "width": 60.0, "is_planned": None},
        ((2620, 300), (2620, 900)),
    ),
    (
        {"corridor_id": "ST-4", "corridor_type": "ecological", "width": 150.0, "is_planned": False},
        ((2637, 600), (2900, 600)),
    ),
    (
        {
            "corridor_id": "TF-1",
            "corridor_type": "ventilation",
            "width": 190.0,
            "height_limit": 24.0,
        },
        ((0, 1500), (4000, 1500)),
    ),
    (
        {"corridor_id": "TF-2", "corridor_type": "waterfront", "height_limit": 12.0},
        Rect(900, 1000, 1300, 2000),
    ),
    ({"corridor_id": "TF-3", "corridor_type": "view"}, Rect(2000, 0, 2500, 3000)),
)
SPACES = (
    (
        {"space_id": "DX-1", "use": "parking", "depth_from": 1.0, "depth_to": 9.0},
        Rect(100, 100, 200, 200),
    ),
    (
        {"space_id": "DX-2", "use": "retail", "depth_from": 4.0, "depth_to": 12.0},
        Rect(950, 100, 1050, 300),
    ),
    (
        {"space_id": "DX-3", "use": "utility_tunnel", "depth_from": 3.0, "depth_to": 8.0},
        Rect(1900, 1200, 2300, 1220),
    ),
    (
        {"space_id": "DX-4", "use": "reserve", "depth_from": 30.0, "depth_to": 60.0},
        Rect(3100, 2100, 3300, 2300),
    ),
    (
        {"space_id": "DX-5", "use": "school", "depth_from": 0.0, "depth_to": 6.0},
        Rect(3100, 1100, 3200, 1200),
    ),
    (
        {"space_id": "DX-6", "use": "rail", "depth_from": None, "depth_to": 31.0},
        Rect(2400, 1600, 2600, 1650),
    ),
)
LAYERS = {"control_lines": LINES, "corridors": CORRIDORS, "underground": SPACES}
WIDTHS = {"expressway": 60.0, "arterial": 40.0, "secondary": 30.0, "local": 18.0}
BARRIERS = ("expressway", "arterial")
CUT = 0.05


def rows() -> Iterator[Row]:
    """Yield what is in conflict with control lines, then corridors, underground, roads."""
    land = _land()
    yield from summed("control_line_encroachment", _sum_of_lines([*land.values()]))
    places = {i: math.fsum(_sum_of_lines([one]).values()) for i, one in land.items()}
    yield from of_places(
        "control_line_encroachment", {i: (area, math.nan) for i, area in places.items() if area > 0}
    )
    built = [(b.use or "", b.rect, None) for b in BUILDINGS
             if b.use and not _argued(b)]  # fmt: skip
    yield from summed("control_line_buildings", _sum_of_lines(built))
    yield from summed("view_wind_corridor", _too_high())
    yield from _ecology()
    yield from _underground()
    yield from _roads()


def _argued(b: Any) -> bool:
    return b.is_new and (b.use or "").startswith("07") and (unit_of(b), b.floors) == ARGUED


Ground = tuple[str, Rect, list[Rect] | None]
"""A land use, a rectangle, and the rectangles that are no part of it."""


def _land() -> dict[str, Ground]:
    """Return the parcels by id, and the street land of each unit: what its parcels leave."""
    lots = [p.rect for p in d.PARCELS]
    streets: dict[str, Ground] = {f"{u.unit_id}-DL": ("1207", u.rect, lots) for u in d.UNITS}
    return {p.parcel_id: (p.land_use, p.rect, None) for p in d.PARCELS} | streets


def _sum_of_lines(grounds: list[Ground]) -> PerUnit:
    parts = []
    for kind, fits in FITS.items():
        lines = [r for f, r in LINES if f["line_type"] == kind]
        parts += [_within(rect, lines, out) for code, rect, out in grounds
                  if not code.startswith(fits)]  # fmt: skip
    return total((1.0, part) for part in parts)


def _within(rect: Rect, lines: list[Rect], out: list[Rect] | None) -> PerUnit:
    """Return the part of a rectangle in one or two lines by unit, m²."""
    met = [rect.clip(line) for line in lines]
    twice = [(-1.0, a.clip(b)) for a, b in pairwise(met)]
    both = [*((1.0, one) for one in met), *twice]
    holes = [(-sign, one.clip(hole)) for sign, one in both for hole in out or ()]
    return total((sign, by_area(one)) for sign, one in both + holes)


def _too_high() -> PerUnit:
    limits = [(Rect(0, 1405, 4000, 1595), 24.0), (Rect(900, 1000, 1300, 2000), 12.0)]
    found = []
    for b in BUILDINGS:
        held = [limit for rect, limit in limits if b.rect.clip(rect).area > 0]
        if held and 3.0 * b.floors > min(held) and not _argued(b):
            found.append((1.0, {unit_of(b): 1.0}))
    return total(found)


def _rect(shape: Rect | Line) -> Rect:
    if isinstance(shape, Rect):
        return shape
    (x0, y0), (x1, y1) = shape
    return Rect(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


ECOLOGICAL = [(f, _rect(shape)) for f, shape in CORRIDORS if f["corridor_type"] == "ecological"]


def _metres(r: Rect, share: float = 1.0) -> PerUnit:
    """Return the length of an upright corridor by unit: of lines, or by area of polygons."""
    if r.area == 0:
        along = r.e > r.w
        return by_length("ew", r.s, r.w, r.e) if along else by_length("ns", r.w, r.s, r.n)
    longer = share * max(r.e - r.w, r.n - r.s)
    return {unit: longer * area / r.area for unit, area in by_area(r).items()}


def _ecology() -> Iterator[Row]:
    pieces = [one for _, r in ECOLOGICAL for one in _cut(r)]
    groups = _groups([one for one, _ in pieces])
    size = {g: math.fsum(math.fsum(m.values()) for (_, m), n in zip(pieces, groups, strict=True)
                         if n == g) for g in groups}  # fmt: skip
    best = max(size, key=lambda g: size[g])
    within = total((1.0, m) for (_, m), g in zip(pieces, groups, strict=True) if g == best)
    yield from ratio("corridor_connectivity", within, total((1.0, m) for _, m in pieces), 100)
    planned = [(f, r) for f, r in ECOLOGICAL if f["is_planned"] is not False]
    wide = total((1.0, _metres(r)) for f, r in planned if _width(f, r) >= 100)
    every = total((1.0, _metres(r)) for _, r in planned)
    yield from ratio("eco_corridor_compliance", wide, every, 100)
    least: dict[str, tuple[float, float]] = {}
    for f, r in planned:
        for unit in _metres(r):
            least[unit] = min(least.get(unit, (math.inf, math.nan)), (_width(f, r), math.nan))
    yield from extreme("eco_corridor_width", least, 1, min)


def _width(f: dict[str, Any], r: Rect) -> float:
    return f["width"] or min(r.e - r.w, r.n - r.s)


def _barriers(axis: str, r: Rect) -> list[float]:
    """Return where major streets of an axis cross a rectangle from side to side."""
    low, high, first, last = (r.w, r.e, r.s, r.n) if axis == "ns" else (r.s, r.n, r.w, r.e)
    return sorted(s.at for s in d.STREETS
                  if s.road_class in BARRIERS and s.axis == axis and not s.bridge
                  and low < s.at < high and s.start <= first and s.end >= last)  # fmt: skip


def _cut(r: Rect) -> list[tuple[Rect, PerUnit]]:
    """Return a corridor as major streets cut it, with the metres of each part by unit."""
    wests, souths = _spans(r.w, r.e, _barriers("ns", r)), _spans(r.s, r.n, _barriers("ew", r))
    parts = [Rect(w, s, e, n) for w, e in wests for s, n in souths]
    whole = max(r.e - r.w, r.n - r.s)
    if r.area == 0:
        return [(one, _metres(one)) for one in parts]
    return [(one, {u: whole * a / r.area for u, a in by_area(one).items()}) for one in parts]


def _spans(low: float, high: float, cuts: list[float]) -> list[tuple[float, float]]:
    starts = [low, *(at + CUT for at in cuts)]
    return list(zip(starts, [*(at - CUT for at in cuts), high], strict=True))


def _groups(parts: list[Rect]) -> list[int]:
    """Return which parts hang together: 20 m apart at most, and no major street between."""
    group = list(range(len(parts)))
    for i, a in enumerate(parts):
        for j, b in enumerate(parts):
            x, y = max(a.w - b.e, b.w - a.e, 0.0), max(a.s - b.n, b.s - a.n, 0.0)
            if math.hypot(x, y) <= 20 and not _parted(a, b):
                old, new = group[j], group[i]
                group = [new if g == old else g for g in group]
    return group


def _parted(a: Rect, b: Rect) -> bool:
    around = Rect(min(a.w, b.w), min(a.s, b.s), max(a.e, b.e), max(a.n, b.n))
    ns = any(min(a.e, b.e) <= at <= max(a.w, b.w) for at in _crossing("ns", around))
    return ns or any(min(a.n, b.n) <= at <= max(a.s, b.s) for at in _crossing("ew", around))


def _crossing(axis: str, around: Rect) -> list[float]:
    first, last = (around.s, around.n) if axis == "ns" else (around.w, around.e)
    return [s.at for s in d.STREETS if s.road_class in BARRIERS and s.axis == axis
            and not s.bridge and s.start <= first and s.end >= last]  # fmt: skip


def _count(test: Callable[[dict[str, Any]], bool]) -> PerUnit:
    return total((1 / r.area, by_area(r)) for f, r in SPACES if test(f))


def _underground() -> Iterator[Row]:
    yield from summed("underground_forbidden_use", _count(lambda f: f["use"] == "school"))
    wrong = ("DX-2", "DX-3", "DX-6")
    yield from summed("underground_depth_layer_use", _count(lambda f: f["space_id"] in wrong))
    # with a shallow layer of 2 m the tunnel fits, the car park and the shop do not
    wrong = ("DX-1", "DX-2", "DX-6")
    found = summed("underground_depth_layer_use", _count(lambda f: f["space_id"] in wrong))
    yield from told(found, shallow=2.0)


def _roads() -> Iterator[Row]:
    streets = [(s, WIDTHS[s.road_class], by_length(s.axis, s.at, s.start, s.end))
               for s in d.STREETS if s.road_class in WIDTHS]  # fmt: skip
    most: dict[str, tuple[float, float]] = {}
    for _, width, parts in streets:
        for unit, metres in parts.items():
            if metres > 0:
                most[unit] = max(most.get(unit, (0.0, math.nan)), (width, math.nan))
    yield from extreme("road_redline_width", most, 1, max)
    every = total((1.0, parts) for _, _, parts in streets)
    for limit in (40.0, 30.0):
        wide = [(s, parts) for s, width, parts in streets if width > limit]
        share = ratio("wide_road_share", total((1.0, parts) for _, parts in wide), every, 100)
        count = summed("wide_road_count", total((1 / (s.end - s.start), p) for s, p in wide))
        for found in (share, count):
            yield from found if limit == 40.0 else told(found, wider_than=limit)
