"""The answers of the golden plan, by plain arithmetic on the design tables.

Lengths and areas are sums and products of the whole numbers in `design.py` and `buildings.py`; no
geometry library and nothing of carbonspace is used. `docs/explanation/golden.md` says why each
step is right. Run as a script to write `expected.csv` and `expected_parameters.csv`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import design as d
import families
import on_foot as w
import quantities as q
import service as v
import transport as t
from answers import Row, of_places, ratio, summed, told
from arithmetic import by_area, by_point, total
from buildings import Building

HERE = Path(__file__).parent


def rows() -> list[Row]:
    """Return every expected figure, units first, then the city."""
    return [row for part in PARTS for row in part()]


def _roads() -> Iterator[Row]:
    yield from ratio("road_density", q.road_metres(q.STREET_CLASSES), q.UNIT_AREA, 1000)
    for c in q.STREET_CLASSES:
        yield from ratio(f"road_density_{c}", q.road_metres((c,)), q.UNIT_AREA, 1000)
    yield from ratio(
        "road_density",
        q.road_metres(q.STREET_CLASSES),
        q.construction_area(),
        1000,
        base="construction",
    )


def _streets() -> Iterator[Row]:
    """Yield what is said of blocks, each a rectangle, and of the gaps between crossings."""
    share, longer, mean, perimeter = (
        {b.block_id: of(b.rect.e - b.rect.w, b.rect.n - b.rect.s) for b in d.BLOCKS}
        for of in (_all, max, lambda w, h: 2 * w * h / (w + h), lambda w, h: 2 * (w + h))
    )
    size = {b.block_id: b.rect.area for b in d.BLOCKS}
    index = {i: perimeter[i] / (4 * math.sqrt(size[i])) for i in size}
    yield from _of_blocks("street_spacing", longer)
    yield from ratio("street_spacing", q.in_blocks(mean), q.in_blocks(share), 1,
                      spacing_by="mean_side")  # fmt: skip
    near = {i: float(side <= 300) for i, side in longer.items()}
    yield from ratio("street_spacing_share", q.in_blocks(near), q.in_blocks(share), 100)
    yield from _of_blocks("block_size", size, 1e-4)
    yield from _of_blocks("block_perimeter", perimeter)
    yield from _of_blocks("block_shape_index", index)
    gaps = q.crossing_gaps()
    metres = total((1.0, gap.by_unit()) for gap in gaps)
    number = total((1 / gap.spacing, gap.by_unit()) for gap in gaps)
    close = total((1.0, gap.by_unit()) for gap in gaps if gap.spacing <= 300)
    yield from ratio("crossing_spacing", metres, number, 1)
    yield from ratio("crossing_spacing_share", close, metres, 100)


def _all(_width: float, _height: float) -> float:
    return 1.0


def _of_blocks(key: str, figure: dict[str, float], scale: float = 1.0) -> Iterator[Row]:
    """Yield the mean of a figure of blocks by unit, then the figure of each block."""
    every = q.in_blocks(dict.fromkeys(figure, 1.0))
    yield from ratio(key, q.in_blocks(figure), every, scale)
    for block_id, value in figure.items():
        yield Row(block_id, key, "", value, 1.0, scale * value)


SIZE_TIERS = ((5000.0, 500.0), (2000.0, 300.0))


def _parks() -> Iterator[Row]:
    yield from ratio("park_coverage", *q.park_share(((400.0, 500.0),)), 100)
    yield from ratio("park_coverage_10min", *q.park_share(((0.0, 500.0),)), 100)
    yield from ratio("park_coverage_by_size", *q.park_share(SIZE_TIERS), 100)


def _transit() -> Iterator[Row]:
    yield from ratio("station_coverage", *q.station_share("both"), 100)
    yield from ratio("station_coverage_residents", *q.station_share("residents"), 100)
    yield from ratio("station_coverage_jobs", *q.station_share("jobs"), 100)
    yield from ratio("station_coverage", *q.station_share("both", ("rail",)), 100, modes=["rail"])
    yield from summed("bus_stop_count", q.count((1.0, s.x, s.y) for s in d.STOPS))
    yield from ratio("bus_stop_area_coverage", q.stop_area(), q.UNIT_AREA, 100)
    close = t.area_near_stops(300)
    yield from ratio("bus_stop_area_coverage_close", close, q.UNIT_AREA, 100)
    near = q.stations(q.STOP_RADIUS, ("bus",))
    yield from ratio("bus_stop_coverage", *q.near_share("both", near), 100)


def _service() -> Iterator[Row]:
    often = q.near_share("both", t.frequent(15))
    yield from ratio("frequent_stop_coverage", *often, 100)
    for key, of in DAYS.items():
        yield from summed(f"served_stop_count{key}", t.stops(lambda i, f=of: bool(f(v.SERVICE[i]))))
    at_least = t.stops(lambda i: v.SERVICE[i].workday >= 60)
    yield from told(summed("served_stop_count", at_least), min_departures=60)
    minutes = t.stops(lambda i: v.SERVICE[i].headway or 0)
    yield from ratio("mean_peak_headway", minutes, t.stops(lambda i: bool(v.SERVICE[i].headway)), 1)


def _lines() -> Iterator[Row]:
    yield from ratio("transit_line_density", t.network_metres(), q.UNIT_AREA, 1000)
    yield from ratio("transit_line_density", t.line_metres(), q.UNIT_AREA, 1000, count="lines")
    yield from summed("bus_lane_length", t.lane_metres(once=False), 1e-3)
    once = summed("bus_lane_length", t.lane_metres(once=True), 1e-3)
    yield from told(once, lane_count="centreline")


def _stations() -> Iterator[Row]:
    every = t.stops(lambda i: t.MODES[i] in t.RAPID)
    tod = t.stops(lambda i: v.TOD.get(i, False))
    yield from ratio("tod_station_share", tod, every, 100)
    yield from summed("tod_station_count", tod)
    yield from summed("rail_microcentre_count", t.stops(lambda i: i in v.MICROCENTRES))
    far, mix = t.around_railway(500)
    for least, reach in ((far - 1e-6, tod), (far + 1e-6, t.stops(lambda _: 0))):
        facts = {
            "criterion": "computed",
            "min_far": round(least, 8),
            "min_mix": round(mix - 1e-6, 8),
        }
        yield from ratio("tod_station_share", reach, every, 100, **facts)
    built, land = t.around(500)
    whole = math.fsum(t.floors().values()) / math.fsum(q.UNIT_AREA.values())
    expected = {u: whole * a for u, a in land.items()}
    yield from ratio("station_area_intensity_ratio", built, expected, 1)
    own = {u: a * t.floors()[u] / q.UNIT_AREA[u] for u, a in land.items()}
    yield from ratio("station_area_intensity_ratio", built, own, 1, reference="unit")
    yield from ratio("pr_coverage", t.with_car_park("rail", 300), every, 100)
    buses = t.stops(lambda i: t.MODES[i] == "bus")
    facts = {"modes": ["bus"], "pr_distance": 250}
    yield from ratio("pr_coverage", t.with_car_park("bus", 250), buses, 100, **facts)


def _cycling() -> Iterator[Row]:
    yield from summed("bike_corridor_length", q.corridor_metres(lambda _: True), 1e-3)
    for number in "123":
        metres = q.corridor_metres(lambda c, n=number: bool(c.corridor_class == n))
        yield from summed(f"bike_corridor_length_class{number}", metres, 1e-3)
    joined = q.corridor_metres(lambda c: c.route != "L1" and not q.is_cut_off(c))
    everything = q.corridor_metres(lambda _: True)
    yield from ratio("bike_corridor_connected_share", joined, everything, 100)
    for key, axis in (("", "all"), ("_east_west", "ew"), ("_north_south", "ns")):
        yield from summed(f"bike_route_count{key}", q.route_count(axis))
    unbroken = q.corridor_metres(lambda c: not q.is_cut_off(c))
    yield from ratio("bike_route_continuity", unbroken, everything, 100)
    for key, found in (("junction", q.junctions()), ("crossing", q.road_crossings())):
        yield from ratio(f"bike_corridor_{key}_density", q.at_places(found), everything, 1000)
    yield from ratio("bike_corridor_along_road_share", q.along_major(), everything, 100)
    yield from ratio("slow_network_density", q.slow_metres(), q.UNIT_AREA, 1000)


def _parking() -> Iterator[Row]:
    every = q.count((1.0, c.x, c.y) for c in d.CAR_PARKS)
    charging = q.count((1.0, c.x, c.y) for c in d.CAR_PARKS if c.charging_spaces)
    alone = q.count((1.0, f.x, f.y) for f in d.FACILITIES if f.kind == "charging")
    spaces = q.count((c.spaces, c.x, c.y) for c in d.CAR_PARKS)
    with_charger = q.count((c.charging_spaces, c.x, c.y) for c in d.CAR_PARKS)
    yield from ratio("charging_car_park_share", charging, every, 100)
    yield from ratio("charging_space_share", with_charger, spaces, 100)
    yield from of_places("charging_space_share", _spaces_by_parcel(), 100)
    yield from summed("car_park_count", every)
    yield from summed("charging_site_count", {u: charging[u] + alone[u] for u in charging})


def _spaces_by_parcel() -> dict[str, tuple[float, float]]:
    """Return spaces with a charger and all spaces of each parcel: of a street, those beside none.

    A car park on the border of two units lies half in the street land of each.
    """
    found: dict[str, tuple[float, float]] = {}
    for c in d.CAR_PARKS:
        inside = {p.parcel_id: 1.0 for p in d.PARCELS
                  if p.rect.w < c.x < p.rect.e and p.rect.s < c.y < p.rect.n}  # fmt: skip
        streets = {f"{unit}-DL": part for unit, part in by_point(c.x, c.y).items()}
        for parcel, part in (inside or streets).items():
            charging, spaces = found.get(parcel, (0.0, 0.0))
            found[parcel] = charging + part * c.charging_spaces, spaces + part * c.spaces
    return found


def _mixed() -> Iterator[Row]:
    yield from ratio("mixed_block_share", *q.mixed_blocks(), 100)
    yield from ratio("land_use_mix", *q.mean_entropy(), 1)
    parts = q.main_use()
    top = total((m.main, {m.unit_id: 1.0}) for m in parts)
    bottom = total((m.known, {m.unit_id: 1.0}) for m in parts)
    yield from ratio("main_use_floor_share", top, bottom, 100)
    for m in parts:
        value = 100 * m.main / m.known if m.known else math.nan
        yield Row(m.parcel_id, "main_use_floor_share", "", m.main, m.known, value)
    jobs = total((p.jobs / p.rect.area, by_area(p.rect)) for p in d.PARCELS)
    residents = total((p.population / p.rect.area, by_area(p.rect)) for p in d.PARCELS)
    yield from ratio("jobs_housing_ratio", jobs, residents, 1)


def _solar() -> Iterator[Row]:
    def usable(b: Building) -> float:
        return q.roof(b) * q.coefficient(b)

    yield from summed("solar_roof_area", q.roofs((), usable, new=False))
    for key, uses in q.ROOF_CLASSES.items():
        yield from summed(f"solar_roof_area_{key}", q.roofs(uses, usable, new=False))
    yield from summed("pv_capacity", q.roofs((), q.power, new=False))
    for key, uses in q.COUNTY_CLASSES.items():
        roof = q.roofs(uses, q.roof, new=False)
        yield from ratio(key, q.roofs(uses, usable, new=False), roof, 100)
    every, new = ([q.roofs((), m, new=n) for m in (_panels, q.roof)] for n in (False, True))
    yield from ratio("pv_roof_share", *every, 100)
    yield from ratio("pv_roof_share", *new, 100, new_only=True)
    for key, (uses, of_usable) in q.PV_CLASSES.items():
        roof = q.roofs(uses, usable if of_usable else q.roof, new=True)
        yield from ratio(key, q.roofs(uses, _panels, new=True), roof, 100)


def _panels(b: Building) -> float:
    return b.pv_area


def _walks() -> Iterator[Row]:
    """Yield what can be reached on foot, along streets."""
    yield from ratio("park_walk_coverage", *w.share(w.homes(), w.parks(), 600), 100)
    yield from ratio("park_walk_coverage_5min", *w.share(w.homes(), w.parks(400), 300), 100)
    yield from ratio("park_walk_coverage_15min", *w.share(w.homes(), w.parks(), 900), 100)
    everybody = w.people("residents")
    yield from ratio("park_walk_population_share", *w.share(everybody, w.parks(), 600), 100)
    yield from ratio("park_walk_detour", *w.detour(w.homes(), w.parks(), 900), 1)
    for key, who in (("", "both"), ("_residents", "residents"), ("_jobs", "jobs")):
        near = w.share(w.people(who), w.stops(), 800)
        yield from ratio(f"station_walk_coverage{key}", *near, 100)
    yield from ratio("station_walk_detour", *w.detour(w.people("both"), w.stops(), 800), 1)
    buses = w.stops(("bus", "brt"))
    yield from ratio("bus_stop_walk_coverage", *w.share(w.people("both"), buses, 500), 100)
    for key, minutes in w.MINUTES.items():
        near = w.share(w.homes(), w.facilities(key), minutes * w.SPEED)
        yield from ratio(f"facility_coverage_{key}", *near, 100)
    yield from ratio("facility_15min_coverage", *w.share_of_all(w.homes(), 900), 100)
    yield from ratio("complete_community_coverage", *w.complete(w.one_each(), 900, 90), 100)
    yield from _walks_otherwise()


def _walks_otherwise() -> Iterator[Row]:
    """Yield the same with other settings."""
    residents = w.people("residents")
    yield from ratio("park_walk_coverage", *w.share(w.homes(), w.parks(2000), 480), 100,
                      minutes=8, min_area=2000)  # fmt: skip
    yield from ratio("station_walk_coverage", *w.share(residents, w.stops(("rail",)), 1200), 100,
                      modes=["rail"], of="residents", radius=1200)  # fmt: skip
    yield from ratio("facility_15min_coverage", *w.share_of_all(residents, 1200), 100,
                      minutes=20, whose="residents")  # fmt: skip
    at_home = w.residents_at_home()
    yield from ratio("complete_community_coverage", *w.complete(at_home, 900, 45), 100,
                      counted_by="residents", min_share=45)  # fmt: skip


PARTS = (_roads, _streets, _parks, _transit, _service, _lines, _stations, _cycling, _parking,
         _mixed, _solar, _walks, families.rows)  # fmt: skip
DAYS: dict[str, Callable[[v.Service], int]] = {
    "": lambda one: one.workday,
    "_saturday": lambda one: one.saturday,
    "_sunday": lambda one: one.sunday,
}
COLUMNS = ("unit_id", "indicator", "numerator", "denominator", "value")


def write(directory: Path = HERE) -> None:
    """Write `expected.csv` (the plan as it is) and `expected_parameters.csv` (other settings)."""
    everything = rows()
    with (directory / "expected.csv").open("w", encoding="utf-8", newline="\n") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(
            (r.unit_id, r.indicator, *map(number, r[3:])) for r in everything if not r.parameters
        )
    with (directory / "expected_parameters.csv").open("w", encoding="utf-8", newline="\n") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow((*COLUMNS[:2], "parameters", *COLUMNS[2:]))
        table.writerows((*r[:3], *map(number, r[3:])) for r in everything if r.parameters)


def number(value: float) -> str:
    """Return twelve significant digits, nothing for not-a-number."""
    return "" if math.isnan(value) else f"{value:.12g}"


if __name__ == "__main__":
    write()
