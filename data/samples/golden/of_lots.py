"""What parcels of the golden plan yield and provide: industry, parking, rain, plazas, New York."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import design as d
from answers import Row, of_places, ratio, summed, told
from arithmetic import by_area, total
from buildings import BUILDINGS, Building
from design import Parcel, Rect
from of_buildings import unit_of
from of_parcels import (
    BUILT_ON,
    PARCELS,
    Figures,
    by_unit,
    floor,
    greatest,
    ground,
    houses,
    of_parcels,
)
from quantities import floor_area

FOOT = 0.3048
CENTRAL = Rect(1000, 1000, 3130, 2000)
"""The central city: all of SD-06 and SD-07, and the larger half of the parcels east of them."""
INDUSTRY = ("JF-0101-1", "JF-0103-1", "JF-0301-1")
"""Industrial parcels that say what they yield."""
ZONES = {
    ("SD-07", "0701"): ("R6", "quality_housing", "WS1", "corner", 12.192),
    ("SD-11", "0701"): ("R8", "height_factor", "NS", "interior", None),
    ("SD-06", "0901"): ("R10", "tower_on_base", "WS2", "through", 24.0),
}
"""District, rule, street, kind of lot and height of the base (m), by unit and land use."""


def _industrial(p: Parcel) -> bool:
    return p.land_use.startswith("1001")


def _industry(p: Parcel) -> dict[str, Any]:
    """Return what an industrial parcel yields: some of it only of `INDUSTRY`."""
    told_of = p.parcel_id in INDUSTRY
    return {
        "structure_area": 600.0 if _industrial(p) else None,
        "yard_area": 1500.0 if told_of else None,
        "support_area": p.rect.area * 0.06 if told_of else None,
        "investment": 30_000.0 if told_of else None,
        "output": 45_000.0 if told_of and p.parcel_id != INDUSTRY[2] else None,
        "tax": 1800.0 if told_of else None,
        "supply_year": 2024.0 if told_of else 2023.0 if _industrial(p) else None,
    }


def _homes(p: Parcel) -> dict[str, Any]:
    home = p.land_use.startswith("07")
    number = int(p.block_id[-2:])
    return {
        "households": float(p.population // 3) if home else None,
        "spaces": float(200 + 10 * number) if home or p.land_use.startswith("09") else None,
        "is_new": p.unit_id in ("SD-02", "SD-04", "SD-11"),
        "has_rainwater_collection": {"SD-02": True, "SD-04": number % 2 == 0}.get(p.unit_id),
        "hard_area": 0.6 * p.rect.area if p.land_use == "1403" else None,
    }


def _new_york(p: Parcel) -> dict[str, Any]:
    zone = ZONES.get((p.unit_id, p.land_use[:4]))
    names = ("zoning", "zoning_rule", "street_width", "lot", "base_height")
    open_space = 9000.0 if zone and zone[0] == "R6" else None
    return dict(zip(names, zone or [None] * 5, strict=True)) | {"open_space_area": open_space}


def of_parcel(parcel_id: str) -> dict[str, Any]:
    """Return what is drawn of a parcel; street land has nothing of it."""
    p = PARCELS.get(parcel_id)
    if p:
        return _industry(p) | _homes(p) | _new_york(p)
    return dict.fromkeys(_industry(d.PARCELS[0]) | _homes(d.PARCELS[0]) | _new_york(d.PARCELS[0]))


def _dwellings(b: Building) -> tuple[float, float] | None:
    """Return all and the small dwellings of a building, None where nobody knows."""
    if not (b.use or "").startswith("07") or unit_of(b) == "SD-03":
        return None
    number = float(floor_area(b) // 100)
    return number, number // 4


def of_building(building_id: str) -> dict[str, Any]:
    known = _dwellings(_BUILT[building_id])
    share = 0.1 if _BUILT[building_id].use == "100101" else None
    return {
        "dwellings": known and known[0], "small_dwellings": known and known[1],
        "compatible_area": share and share * floor_area(_BUILT[building_id]),
    }  # fmt: skip


_BUILT = {b.building_id: b for b in BUILDINGS}
COLUMNS = {"parcels": of_parcel, "buildings": of_building}
LAYERS = {"boundaries": [({"boundary_id": "FW-7", "boundary_type": "central_city"}, CENTRAL)]}


def rows() -> Iterator[Row]:
    """Yield industry, then what is provided, then New York."""
    yield from _industries()
    yield from _parking()
    yield from _dwelling_sizes()
    yield from _compatible()
    yield from _grounds()
    yield from _lots()


def _industries() -> Iterator[Row]:
    used = {p.parcel_id: (ground(b) + 600 + (_industry(p)["yard_area"] or 0), p.rect.area)
            for p, b in houses("1001")}  # fmt: skip
    used |= {p.parcel_id: (600 + (_industry(p)["yard_area"] or 0), p.rect.area)
             for p in d.PARCELS if _industrial(p) and p.parcel_id not in used}  # fmt: skip
    yield from of_parcels("building_coefficient", used, 100)
    yield from of_parcels("industrial_support_land_share", _told("support_area"), 100)
    for key, column in (("industrial_output_intensity", "output"),
                        ("industrial_investment_intensity", "investment"),
                        ("industrial_tax_intensity", "tax")):  # fmt: skip
        yield from of_parcels(key, _told(column), 1e4)
    for year, given in ((2024.0, {}), (2023.0, {"supplied_in": 2023})):
        land = total((1.0, by_area(p.rect)) for p in d.PARCELS
                     if _industry(p)["supply_year"] == year)  # fmt: skip
        found = summed("annual_industrial_supply", land, 1e-4)
        yield from told(found, **given) if given else found


def _told(column: str) -> Figures:
    stated = {p.parcel_id: _industry(p)[column] for p in d.PARCELS}
    return {i: (v, PARCELS[i].rect.area) for i, v in stated.items() if v is not None}


def _parking() -> Iterator[Row]:
    by_household = {p.parcel_id: (_homes(p)["spaces"], _homes(p)["households"])
                    for p in d.PARCELS if p.land_use.startswith("07")}  # fmt: skip
    yield from of_parcels("parking_per_household", by_household, 1)
    by_floor = {p.parcel_id: (_homes(p)["spaces"], floor(b)) for p, b in houses("07", "09")}
    inside = {i: f for i, f in by_floor.items()
              if PARCELS[i].rect.clip(CENTRAL).area >= PARCELS[i].rect.area / 2}  # fmt: skip
    yield from of_parcels("central_parking_provision", inside, 100)
    yield from told(ratio("central_parking_provision", by_unit(by_floor, 0), by_unit(by_floor, 1),
                          100), parking_in="everywhere")  # fmt: skip


def _dwelling_sizes() -> Iterator[Row]:
    known = [(b, number) for b in BUILDINGS if b.is_new and (number := _dwellings(b))]
    small, every = (total((n[part], {unit_of(b): 1.0}) for b, n in known) for part in (1, 0))
    yield from ratio("dwelling_size_mix", small, every, 100)


FIXED = ("1001", "0802", "0804")


def _compatible() -> Iterator[Row]:
    found, stated = Figures(), Figures()
    for p, built in houses(*FIXED):
        known = [b for b in built if b.use]
        main = [b for b in known if (b.use or "").startswith(p.land_use[:4])]
        found[p.parcel_id] = (floor(known) - floor(main), floor(known))
        compatible = math.fsum(0.1 * floor_area(b) for b in built if b.use == "100101")
        stated[p.parcel_id] = (compatible, floor(built))
    yield from of_parcels("compatible_use_floor_share_15", found, 100)
    yield from told(ratio("compatible_use_floor_share_15", by_unit(stated, 0), by_unit(stated, 1),
                          100), compatible_by="area")  # fmt: skip


def _grounds() -> Iterator[Row]:
    for unstated, given in ((True, {}), (False, {"unstated": "left_out"})):
        lacking = total((1 / p.rect.area, by_area(p.rect)) for p in d.PARCELS
                        if p.rect.area > 10_000 and _lacks(p, unstated))  # fmt: skip
        found = summed("rainwater_collection_parcel", lacking)
        yield from told(found, **given) if given else found
    asked = {p.parcel_id: (float(_lacks(p, unstated=True)), math.nan) for p in d.PARCELS
             if p.rect.area > 10_000 and _homes(p)["is_new"]}  # fmt: skip
    yield from of_places("rainwater_collection_parcel", asked)
    plazas = {p.parcel_id: (0.6 * p.rect.area, math.nan) for p in d.PARCELS if p.land_use == "1403"}
    yield from greatest("plaza_hard_area", plazas, 1e-4)


def _lacks(p: Parcel, unstated: bool) -> bool:
    facts = _homes(p)
    has = facts["has_rainwater_collection"]
    return facts["is_new"] and (unstated if has is None else not has)


def _lots() -> Iterator[Row]:
    zoned = [(p, b, _new_york(p)) for p, b in houses(*BUILT_ON) if _new_york(p)["zoning"]]
    yield from of_parcels("nyc_far", {p.parcel_id: (floor(b), p.rect.area) for p, b, _ in zoned}, 1)
    covered = {p.parcel_id: (ground(b), p.rect.area) for p, b, _ in zoned}
    yield from of_parcels("nyc_lot_coverage", covered, 100)
    spaces = {p.parcel_id: (f["open_space_area"] or p.rect.area - ground(b), floor(b))
              for p, b, f in zoned}  # fmt: skip
    yield from of_parcels("nyc_open_space_ratio", spaces, 100)
    bases = {p.parcel_id: _new_york(p)["base_height"] for p in d.PARCELS}
    told_of = {i: (base, math.nan) for i, base in bases.items() if base}
    yield from greatest("nyc_base_height", told_of, 1 / FOOT)
    tall = {p.parcel_id: (max(3.0 * one.floors for one in b), math.nan) for p, b, _ in zoned}
    yield from greatest("nyc_height", tall, 1 / FOOT)
