"""The buildings of the golden plan: a template per kind of parcel, and what units change."""

from __future__ import annotations

from typing import NamedTuple

from design import PARCELS, UNBUILT, Parcel, Rect


class Building(NamedTuple):
    building_id: str
    parcel_id: str
    use: str | None
    floors: int
    floor_area: float | None
    roof_type: str
    roof_area: float | None
    pv_area: float
    is_new: bool
    rect: Rect


Slab = tuple[str | None, int, int, int, int, int, float | None]
"""Use, west, south, width, depth, floors, floor area (None: footprint × floors), in the parcel."""


def _rows(use: str, xs: tuple[int, ...], ys: tuple[int, ...], size: tuple[int, int],
          floors: int) -> tuple[Slab, ...]:  # fmt: skip
    """Return equal buildings, one at every x and y."""
    return tuple((use, x, y, *size, floors, None) for y in ys for x in xs)


def _one(use: str | None, x: int, y: int, size: tuple[int, int], floors: int,
         floor_area: float | None = None) -> Slab:  # fmt: skip
    return use, x, y, *size, floors, floor_area


_FOUR = (*_rows("070102", (20, 120), (50, 110), (70, 15), 6), _one("0901", 20, 170, (100, 12), 2))
TEMPLATES: dict[tuple[str, int], tuple[Slab, ...]] = {
    # (land use, width of the parcel): buildings
    ("070102", 230): (
        *_rows("070102", (20, 130), (50, 110, 170), (80, 15), 6),
        _one("0901", 20, 15, (100, 12), 2),
        _one("0702", 140, 12, (60, 20), 2),
    ),
    ("070102", 115): (
        *_rows("070102", (17,), (50, 110, 170), (80, 15), 6),
        _one("0901", 17, 12, (80, 15), 2),
    ),
    ("070102", 138): _rows("070102", (19,), (40, 110, 180), (100, 15), 11),
    ("070102", 207): _FOUR,
    ("070102", 220): _FOUR,
    ("070102", 180): _rows("070102", (15, 95), (50, 110, 170), (70, 15), 6),
    ("070101", 230): _rows("070101", (20, 80, 140), (40, 100, 158, 200), (30, 12), 3),
    ("0703", 230): _rows("0703", (30, 90, 150), (50, 110, 170), (20, 12), 2),
    ("0901", 230): (
        _one("0901", 20, 20, (150, 100), 4, 57_000),
        _one("0902", 20, 150, (40, 40), 15),
        _one("070102", 150, 150, (40, 40), 15),
    ),
    ("0901", 92): (
        _one("0901", 10, 20, (70, 150), 4),
        _one("070102", 10, 190, (70, 20), 18),
    ),
    ("0901", 115): (_one("0901", 20, 20, (75, 160), 3),),
    ("0901", 23): (_one("0901", 4, 20, (15, 180), 2),),
    ("0902", 230): (
        *_rows("0902", (20, 120), (20,), (50, 40), 16),
        _one("0803", 60, 120, (60, 30), 3),
        _one(None, 160, 120, (40, 30), 5),
    ),
    ("0801", 230): (
        _one("0801", 60, 80, (100, 40), 5, 18_500),
        _one("0901", 60, 20, (40, 20), 2),
    ),
    ("0802", 138): (
        *_rows("0802", (20,), (20, 120), (80, 40), 6),
        _one("0902", 20, 190, (60, 20), 6),
    ),
    ("080403", 230): _rows("080403", (30,), (30, 80, 130), (90, 20), 4),
    ("080601", 230): (_one("080601", 40, 60, (120, 60), 8),),
    ("0803", 115): (_one("0803", 15, 40, (80, 100), 3),),
    ("1303", 230): (
        _one("1303", 40, 40, (40, 30), 1),
        _one(None, 120, 120, (40, 40), 2),
    ),
    ("100101", 92): (_one("100101", 10, 20, (70, 120), 2),),
    ("100101", 480): (
        *_rows("100101", (20, 230), (20,), (180, 80), 1),
        _one("0902", 20, 140, (60, 15), 5),
    ),
    ("100102", 480): (
        *_rows("100102", (20, 230), (20,), (180, 80), 1),
        _one("0902", 20, 140, (50, 60), 10),
    ),
    ("1101", 480): (
        *_rows("1101", (20, 190), (20,), (150, 100), 1),
        _one("1101", 20, 130, (150, 100), 1),
        _one("0901", 360, 20, (100, 100), 3),
    ),
    ("1102", 480): (
        _one("1102", 20, 20, (200, 50), 1),
        _one("0801", 300, 20, (40, 25), 2),
    ),
    ("120801", 730): (_one("1208", 140, 70, (400, 100), 2),),
}
# What a unit does differently: (unit, land use, width) -> changes of floors by use.
FLOORS: dict[tuple[str, str, int], dict[str, int]] = {
    ("SD-06", "070102", 115): {"0901": 9},     # hotels in the lanes: main use misses 70 %
    ("SD-03", "070102", 230): {"070102": 18},
    ("SD-04", "070102", 230): {"070102": 11},
    ("SD-11", "070102", 230): {"070102": 11},
    ("SD-02", "0802", 138): {"0902": 5},
}  # fmt: skip
FLOORS_AT = {
    ("JF-1207-1", "0902"): 6,   # a laboratory of SD-02 whose offices make it miss 85 %
    ("JF-0806-2", "070102"): 33,  # a shop parcel of the main centre whose flats make it miss 50 %
    ("JF-0307-1", "0901"): 4,   # a logistics park whose trade halls make it miss 60 %
    ("JF-0207-1", "0801"): 1,   # a depot with so few offices that it meets 85 %
}  # fmt: skip
ROOFS = {"07": "flat", "08": "flat", "09": "flat", "10": "metal", "11": "metal", "12": "metal",
         "13": "other"}  # fmt: skip
PITCHED = ("070101", "0703")
"""Homes with pitched roofs: their roof area is given, a quarter more than the footprint."""
# Share of the roof with panels, %, per unit and class of use; absent: none. New buildings only
# where the unit is listed in NEW for that class.
PANELS: dict[str, dict[str, int]] = {
    "SD-01": {"07": 25, "08": 60, "09": 35},
    "SD-02": {"07": 15, "08": 55, "09": 40, "10": 50},
    "SD-03": {"07": 20, "08": 40, "09": 20},
    "SD-04": {"07": 30, "08": 70, "09": 50, "12": 60},
    "SD-05": {"07": 5},
    "SD-07": {"07": 10, "08": 30, "09": 10},
    "SD-09": {"09": 30, "10": 65},
    "SD-10": {"07": 22, "09": 15, "11": 80},
    "SD-11": {"07": 18, "08": 10},
}
NEW: dict[str, tuple[str, ...]] = {
    "SD-01": ("07", "08", "09"), "SD-02": ("07", "08", "09", "10"), "SD-03": ("07", "08", "09"),
    "SD-04": ("07", "08", "09", "12"), "SD-07": ("07", "08", "09"), "SD-09": ("09", "10"),
    "SD-10": ("07", "09", "11"), "SD-11": ("07",),
}  # fmt: skip


def _building(parcel: Parcel, number: int, slab: Slab) -> Building:
    use, w, s, width, depth, floors, floor_area = slab
    x, y = parcel.rect.w + w, parcel.rect.s + s
    rect = Rect(x, y, x + width, y + depth)
    span = int(parcel.rect.e - parcel.rect.w)
    changed = FLOORS.get((parcel.unit_id, parcel.land_use, span), {})
    floors = changed.get(use or "", floors)
    floors = FLOORS_AT.get((parcel.parcel_id, use or ""), floors)
    group = (use or "")[:2]
    pitched = use in PITCHED
    roof = rect.area * 1.25 if pitched else None
    panels = (roof or rect.area) * PANELS.get(parcel.unit_id, {}).get(group, 0) / 100
    return Building(
        f"{parcel.parcel_id}-{number}", parcel.parcel_id, use, floors, floor_area,
        "pitched" if pitched else ROOFS.get(group, "other"), roof, panels,
        group in NEW.get(parcel.unit_id, ()), rect,
    )  # fmt: skip


BUILDINGS = tuple(
    _building(parcel, number, slab)
    for parcel in PARCELS
    if parcel.unit_id not in UNBUILT
    for number, slab in enumerate(
        TEMPLATES.get((parcel.land_use, int(parcel.rect.e - parcel.rect.w)), ()), 1
    )
)
