"""The tables of `docs/explanation/golden*.md`, made from the design and the derivation.

Run it to bring the pages up to date: what stands between `<!-- table: x -->` and `<!-- end -->` is
replaced. A test holds the pages against it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import derive as r
import design as d
import families
import on_foot as w
import quantities as q
from arithmetic import reached, sides, situation
from design import Rect

DOCS = Path(__file__).parents[3] / "docs" / "explanation"
PAGES = (DOCS / "golden.md", DOCS / "golden-catalogue.md")


def number(value: float, digits: int = 2) -> str:
    """Return a figure as people write it; a dash where there is none."""
    if math.isnan(value):
        return "–"
    return f"{value:,.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:,.0f}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def value_of(rows: list[r.Row]) -> dict[str, r.Row]:
    return {row.unit_id: row for row in rows}


def per_unit(columns: dict[str, Callable[[str], str]]) -> str:
    """Return one row per unit, then the city."""
    names = {u.unit_id: f"{u.unit_id} {u.name}" for u in d.UNITS} | {"city": "**city 全市**"}
    return table(
        ["unit", *columns],
        [[name, *(of(key) for of in columns.values())] for key, name in names.items()],
    )


ALL = [row for row in r.rows() if not row.parameters]


def figures(key: str) -> dict[str, r.Row]:
    return {row.unit_id: row for row in ALL if row.indicator == key}


def shown(key: str, field: str = "value", digits: int = 2) -> Callable[[str], str]:
    found = figures(key)
    return lambda unit: number(getattr(found[unit], field), digits)


def roads() -> str:
    return per_unit(
        {
            "快速路 m": shown("road_density_expressway", "numerator"),
            "主干路 m": shown("road_density_arterial", "numerator"),
            "次干路 m": shown("road_density_secondary", "numerator"),
            "支路 m": shown("road_density_local", "numerator"),
            "sum m": shown("road_density", "numerator"),
            "km/km²": shown("road_density", digits=4),
            "slow m": shown("slow_network_density", "numerator"),
            "slow km/km²": shown("slow_network_density", digits=4),
        }
    )


def streets() -> str:
    return per_unit(
        {
            "blocks": shown("block_size", "denominator"),
            "Σ longer side, m": shown("street_spacing", "numerator"),
            "street_spacing m": shown("street_spacing", digits=4),
            "within 300 m": shown("street_spacing_share", "numerator"),
            "%": shown("street_spacing_share", digits=4),
            "block_size ha": shown("block_size", digits=4),
            "block_perimeter m": shown("block_perimeter", digits=4),
            "block_shape_index": shown("block_shape_index", digits=6),
        }
    )


def crossings() -> str:
    return per_unit(
        {
            "roads m": shown("crossing_spacing", "numerator"),
            "gaps": shown("crossing_spacing", "denominator", 4),
            "crossing_spacing m": shown("crossing_spacing", digits=3),
            "within 300 m, m": shown("crossing_spacing_share", "numerator"),
            "%": shown("crossing_spacing_share", digits=4),
        }
    )


def crossing_gaps() -> str:
    """Return the gaps along each street, from one crossing to the next."""
    streets: dict[tuple[str, str], list[str]] = {}
    for gap in sorted(q.crossing_gaps(), key=lambda g: (g.street.axis, g.street.at, g.start)):
        s = gap.street
        along, across = ("x", "y") if s.axis == "ew" else ("y", "x")
        key = s.name, f"{across} = {s.at:g}, {along} {s.start:g}–{s.end:g}"
        half = "½ × " if gap.weight < 1 else ""
        streets.setdefault(key, []).append(f"{half}{gap.spacing:g}")
    return table(["street", "where", "gaps, m"],
                 [[*key, ", ".join(found)] for key, found in streets.items()])  # fmt: skip


def block_forms() -> str:
    """Return each form of block, whatever stands on it: its figures, and how many there are."""
    count = Counter((b.rect.e - b.rect.w, b.rect.n - b.rect.s) for b in d.BLOCKS)
    return table(
        ["m", "blocks", "longer side", "2A ÷ ½P", "ha", "P", "P ÷ 4√A"],
        [
            [f"{w:g} × {h:g}", n, number(max(w, h)), number(2 * w * h / (w + h), 4),
             number(w * h / 1e4), number(2 * (w + h)),
             number((w + h) / (2 * math.sqrt(w * h)), 6)]
            for (w, h), n in sorted(count.items())
        ],
    )  # fmt: skip


def box(rect: Rect) -> str:
    return f"[{rect.w:g}, {rect.e:g}] × [{rect.s:g}, {rect.n:g}]"


def parks() -> str:
    return table(
        ["park", "x × y, m", "m²"], [[i, box(rect), number(rect.area)] for i, _, rect in d.PARKS]
    )


def homes() -> str:
    pieces = q.home_pieces(((400.0, 500.0),))
    count = Counter((h.unit_id, h.how) for h in pieces)

    def of(how: str) -> Callable[[str], str]:
        return lambda u: str(sum(n for (v, h), n in count.items() if h == how and u in (v, "city")))

    return per_unit(
        {
            "in": of("in"),
            "cut": of("cut"),
            "out": of("out"),
            "homes m²": shown("park_coverage", "denominator"),
            "served m²": shown("park_coverage", "numerator", 3),
            "park_coverage %": shown("park_coverage", digits=4),
            "10min %": shown("park_coverage_10min", digits=4),
            "by size %": shown("park_coverage_by_size", digits=4),
        }
    )


def cut_homes() -> str:
    areas = q.park_areas(((400.0, 500.0),))
    ids = {rect: i for i, _, rect in d.PARKS}
    rects = {p.parcel_id: p.rect for p in d.PARCELS}
    units = {u.unit_id: u.rect for u in d.UNITS}
    rows = []
    for h in q.home_pieces(((400.0, 500.0),)):
        if h.how == "cut":
            rect = rects[h.parcel_id].clip(units[h.unit_id])
            park = next(
                f
                for f in areas
                if situation(rect, f) == "cut" and math.isclose(reached(rect, f), h.served)
            )
            rows.append(
                [
                    h.unit_id,
                    h.parcel_id,
                    ids[park.rect],
                    pieces(rect.w, rect.e, park.rect.w, park.rect.e),
                    pieces(rect.s, rect.n, park.rect.s, park.rect.n),
                    number(h.area),
                    number(h.served, 4),
                ]
            )
    return table(
        ["unit", "home", "park", "x beside the park, m", "y beside the park, m", "m²", "served m²"],
        rows,
    )


def pieces(low: float, high: float, near_low: float, near_high: float) -> str:
    found = sides(low, high, near_low, near_high)
    return ", ".join(f"{-b:g} wide" if b < 0 else f"{a:g}–{b:g}" for a, b in found)


def people() -> str:
    return per_unit(
        {
            "residents": shown("station_coverage_residents", "denominator"),
            "near": shown("station_coverage_residents", "numerator", 3),
            "%": shown("station_coverage_residents", digits=4),
            "jobs": shown("station_coverage_jobs", "denominator"),
            "near ": shown("station_coverage_jobs", "numerator", 3),
            "% ": shown("station_coverage_jobs", digits=4),
            "both %": shown("station_coverage", digits=4),
            "bus stops": shown("bus_stop_count"),
            "area within 500 m, m²": shown("bus_stop_area_coverage", "numerator", 3),
        }
    )


def left_out() -> str:
    rects = {p.parcel_id: p.rect for p in d.PARCELS}
    return table(
        ["unit", "parcel", "x × y, m", "people and jobs", "served", "how"],
        [
            [
                h.unit_id,
                h.parcel_id,
                box(rects[h.parcel_id]),
                number(h.people),
                number(h.served, 3),
                h.how,
            ]
            for h in q.people(q.WHO["both"], q.ALL_MODES)
            if h.how != "in"
        ],
    )


def service() -> str:
    return per_unit(
        {
            "near a stop %": shown("bus_stop_coverage", digits=4),
            "near a frequent stop %": shown("frequent_stop_coverage", digits=4),
            "area within 300 m, m²": shown("bus_stop_area_coverage_close", "numerator", 3),
            "working day": shown("served_stop_count"),
            "Saturday": shown("served_stop_count_saturday"),
            "Sunday": shown("served_stop_count_sunday"),
            "Σ headway, min": shown("mean_peak_headway", "numerator"),
            "stops": shown("mean_peak_headway", "denominator"),
            "mean, min": shown("mean_peak_headway", digits=4),
        }
    )


def lines() -> str:
    return per_unit(
        {
            "线网 m": shown("transit_line_density", "numerator"),
            "km/km²": shown("transit_line_density", digits=4),
            "公交专用道 m": shown("bus_lane_length", "numerator"),
            "TOD": shown("tod_station_count"),
            "stations": shown("tod_station_share", "denominator"),
            "floor near, m²": shown("station_area_intensity_ratio", "numerator", 3),
            "at the average, m²": shown("station_area_intensity_ratio", "denominator", 3),
            "ratio": shown("station_area_intensity_ratio", digits=4),
        }
    )


def walk_parks() -> str:
    return per_unit(
        {
            "homes m²": shown("park_walk_coverage", "denominator"),
            "10 min m²": shown("park_walk_coverage", "numerator", 3),
            "10 min %": shown("park_walk_coverage", digits=4),
            "5 min %": shown("park_walk_coverage_5min", digits=4),
            "15 min %": shown("park_walk_coverage_15min", digits=4),
            "residents %": shown("park_walk_population_share", digits=4),
            "detour": shown("park_walk_detour", digits=4),
            "straight 500 m %": shown("park_coverage_10min", digits=4),
        }
    )


def walk_stations() -> str:
    return per_unit(
        {
            "people and jobs": shown("station_walk_coverage", "denominator"),
            "800 m": shown("station_walk_coverage", "numerator", 3),
            "%": shown("station_walk_coverage", digits=4),
            "residents %": shown("station_walk_coverage_residents", digits=4),
            "jobs %": shown("station_walk_coverage_jobs", digits=4),
            "bus 500 m %": shown("bus_stop_walk_coverage", digits=4),
            "detour": shown("station_walk_detour", digits=4),
            "straight 800 m %": shown("station_coverage", digits=4),
        }
    )


def walk_facilities() -> str:
    types = {f"{key} {minutes} min": shown(f"facility_coverage_{key}", digits=2)
             for key, minutes in w.MINUTES.items()}  # fmt: skip
    return per_unit(
        {
            **types,
            "all 15 min %": shown("facility_15min_coverage", digits=4),
            "communities": shown("complete_community_coverage", "denominator"),
            "complete": shown("complete_community_coverage", "numerator"),
        }
    )


WALKED = ("JF-0902-1", "JF-0604-1", "JF-0801-1", "JF-0211-1", "JF-0515-1", "JF-0508-2")
"""Homes whose way to a park is shown."""


def walked_homes() -> str:
    """Return some homes: their front, what of it lies 600 m from a park, the way, straight."""
    rows = []
    for i in WALKED:
        front = math.fsum(f.high - f.low for f in w.fronts(w.RECTS[i]))
        part = w.reached(i, [w.ways(w.parks(), 600)])
        way, line = w.lengths(i, w.parks(), 900)
        rows.append([i, box(w.RECTS[i]), number(front), number(part * front), number(100 * part, 4),
                     number(way), number(line, 3), number(way / line, 4)])  # fmt: skip
    head = ["home", "x × y, m", "front m", "within 600 m", "%", "way m", "straight m", "detour"]
    return table(head, rows)


def corridors() -> str:
    return per_unit(
        {
            "一级 m": shown("bike_corridor_length_class1", "numerator"),
            "二级 m": shown("bike_corridor_length_class2", "numerator"),
            "三级 m": shown("bike_corridor_length_class3", "numerator"),
            "connected %": shown("bike_corridor_connected_share", digits=4),
            "routes E–W": shown("bike_route_count_east_west", digits=4),
            "routes N–S": shown("bike_route_count_north_south", digits=4),
        }
    )


def corridor_net() -> str:
    return per_unit(
        {
            "unbroken m": shown("bike_route_continuity", "numerator"),
            "all m": shown("bike_route_continuity", "denominator"),
            "continuity %": shown("bike_route_continuity", digits=4),
            "junctions": shown("bike_corridor_junction_density", "numerator"),
            "per km": shown("bike_corridor_junction_density", digits=4),
            "crossings": shown("bike_corridor_crossing_density", "numerator"),
            "per km ": shown("bike_corridor_crossing_density", digits=4),
            "along m": shown("bike_corridor_along_road_share", "numerator"),
            "along %": shown("bike_corridor_along_road_share", digits=4),
        }
    )


def parking() -> str:
    return per_unit(
        {
            "car parks": shown("car_park_count"),
            "with chargers": shown("charging_car_park_share", "numerator"),
            "%": shown("charging_car_park_share", digits=4),
            "spaces": shown("charging_space_share", "denominator"),
            "charging": shown("charging_space_share", "numerator"),
            "% ": shown("charging_space_share", digits=4),
            "charging sites": shown("charging_site_count"),
        }
    )


def mixed() -> str:
    return per_unit(
        {
            "mixed blocks": shown("mixed_block_share", "numerator", 4),
            "blocks": shown("mixed_block_share", "denominator"),
            "%": shown("mixed_block_share", digits=4),
            "Σ area·H, m²": shown("land_use_mix", "numerator", 3),
            "Σ area, m²": shown("land_use_mix", "denominator"),
            "H": shown("land_use_mix", digits=6),
            "jobs": shown("jobs_housing_ratio", "numerator"),
            "residents": shown("jobs_housing_ratio", "denominator"),
            "ratio": shown("jobs_housing_ratio", digits=4),
        }
    )


def block_kinds() -> str:
    """Return each kind of block: its classes, the second of 07/08/09, the entropy."""
    kinds = {b.block_id: b.kind for b in d.BLOCKS}
    count = Counter(kinds.values())
    first = {kinds[m.block_id]: m for m in reversed(q.block_mix())}
    rows = []
    for kind, m in sorted(first.items()):
        land = ", ".join(f"{c}: {number(a)}" for c, a in sorted(m.areas.items()))
        entropy = "–" if m.entropy is None else number(abs(m.entropy), 6)
        mark = "混合 mixed" if m.second >= 10 else ""
        rows.append([f"`{kind}`", count[kind], land, number(m.second, 3), mark, entropy])
    return table(["kind", "blocks", "class: m²", "second of 07/08/09, %", "", "H"], rows)


def limits() -> str:
    """Return the parcels by land use and share of the main use."""
    tally = Counter(
        (m.land_use, m.zone or "", r.number(m.main), r.number(m.known)) for m in q.main_use()
    )
    rows = []
    for (code, zone, main, known), n in sorted(tally.items()):
        share = 100 * float(main) / float(known) if float(known) else math.nan
        rows.append([code, zone, n, number(float(main)), number(float(known)), number(share, 3)])
    return table(["land use", "zone", "parcels", "main use m²", "known m²", "%"], rows)


def roofs() -> str:
    return per_unit(
        {
            "usable roof m²": shown("solar_roof_area"),
            "kWp": shown("pv_capacity"),
            "07": shown("solar_roof_area_homes"),
            "08": shown("solar_roof_area_public"),
            "09": shown("solar_roof_area_commerce"),
            "10": shown("solar_roof_area_industry"),
            "公共/工业 %": shown("pv_roof_share_public_industry"),
            "商业/办公 %": shown("pv_roof_share_commerce_office"),
            "住宅 %": shown("pv_roof_share_homes"),
        }
    )


def solar_city() -> str:
    shares = ("pv_roof", "pv_usable", "usable_")
    rows = [row for row in ALL if row.unit_id == "city" and row.indicator.startswith(shares)]
    return table(
        ["indicator", "panels or usable m²", "roof m²", "%"],
        [
            [f"`{x.indicator}`", number(x.numerator), number(x.denominator), number(x.value, 4)]
            for x in rows
        ],
    )


TABLES: dict[str, Callable[[], str]] = {
    f.__name__: f
    for f in (
        roads,
        streets,
        block_forms,
        crossings,
        crossing_gaps,
        parks,
        homes,
        cut_homes,
        people,
        left_out,
        walk_parks,
        walked_homes,
        walk_stations,
        walk_facilities,
        service,
        lines,
        corridors,
        corridor_net,
        parking,
        mixed,
        block_kinds,
        limits,
        roofs,
        solar_city,
    )
}


def of_family(name: str) -> str:
    """Return a figure per column and a unit per row: numerator / denominator = value."""
    found: dict[str, dict[str, r.Row]] = {}
    for row in families.of(name):
        if not row.parameters:
            found.setdefault(row.indicator, {})[row.unit_id] = row
    return per_unit({f"`{key}`": _told(rows) for key, rows in found.items()})


def _told(rows: dict[str, r.Row]) -> Callable[[str], str]:
    def told(unit: str) -> str:
        if unit not in rows:
            return ""
        one = rows[unit]
        if math.isnan(one.denominator):
            return number(one.value, 4)
        return f"{number(one.numerator)} / {number(one.denominator)} = {number(one.value, 4)}"

    return told


TABLES |= {name: partial(of_family, name) for name in families.NAMES}


def filled(text: str) -> str:
    """Return the page with every table made anew."""

    def made(found: re.Match[str]) -> str:
        return f"<!-- table: {found[1]} -->\n{TABLES[found[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- table: (\w+) -->\n.*?<!-- end -->", made, text, flags=re.S)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(filled(page.read_text("utf-8")), "utf-8")
