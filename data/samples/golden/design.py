"""The design tables of the golden plan 黄金样例: what is drawn, and what the answers follow from.

Everything is an axis-parallel rectangle, line or point on whole metres. `draw.py` turns the tables
into a GeoPackage; `derive.py` does the arithmetic of `expected.csv` on them. Neither knows of the
other. Coordinates are metres east and north of `ORIGIN`. The plan is invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

CRS = "EPSG:4547"
ORIGIN = (412_000, 3_990_000)
CELL, UNIT = 250, 1000
COLUMNS, ROWS = 16, 12


class Rect(NamedTuple):
    """A rectangle: west, south, east, north."""

    w: float
    s: float
    e: float
    n: float

    @property
    def area(self) -> float:
        return (self.e - self.w) * (self.n - self.s)

    def clip(self, other: Rect) -> Rect:
        """Return the common part; empty ones have no width or height."""
        w, s = max(self.w, other.w), max(self.s, other.s)
        return Rect(w, s, max(w, min(self.e, other.e)), max(s, min(self.n, other.n)))


class Unit(NamedTuple):
    unit_id: str
    name: str
    rect: Rect


class Block(NamedTuple):
    block_id: str
    kind: str
    rect: Rect


class Parcel(NamedTuple):
    parcel_id: str
    block_id: str
    unit_id: str
    land_use: str
    zone: str | None
    population: int
    jobs: int
    rect: Rect


class Street(NamedTuple):
    """A straight line: at `at` across its axis ("ew" or "ns"), from `start` to `end` along it."""

    name: str
    road_class: str
    axis: str
    at: float
    start: float
    end: float
    slow: bool = False
    oneway: int = 0
    twin: bool = False
    bridge: bool = False


class Corridor(NamedTuple):
    name: str
    corridor_class: str
    route: str
    points: tuple[tuple[float, float], ...]


class Place(NamedTuple):
    """A point feature: id, name, kind (mode or facility type), position."""

    place_id: str
    name: str
    kind: str
    x: float
    y: float


class CarPark(NamedTuple):
    car_park_id: str
    name: str
    spaces: int
    charging_spaces: int
    x: float
    y: float


UNIT_NAMES = (
    ("北山单元", "科创单元", "学府单元", "高铁单元"),
    ("西关单元", "老城单元", "政务单元", "东湖单元"),
    ("工业单元", "物流单元", "南苑单元", "新城单元"),
)
UNITS = tuple(
    Unit(f"SD-{4 * row + col + 1:02d}", UNIT_NAMES[row][col],
         Rect(col * UNIT, (2 - row) * UNIT, (col + 1) * UNIT, (3 - row) * UNIT))
    for row in range(3) for col in range(4)
)  # fmt: skip

MAP = """
VVff RRSS RRRE pBBR
LLGf DDSS RGRH CABR
LLLR DDKB REMA ATTT
ERMR DDCB BECH RCGR

RRRC DMMD AABY YRGR
REMR CCMP PQBR REwR
DRRR DMKD AKCR RMwR
RGRE DCMD HRMR RCRR

IIJJ RRRg RRME REMR
IIII qXWW RRRR BRsR
IIII WWZZ RGNE CRgC
JJJJ UgZZ ERRC RRGR
"""
"""One letter per cell of 250 m, north on top; `KINDS` says what each letter is."""

WIDE = "IJWYPTZ"
"""Letters of which two (T: three) neighbours in a row are one block without a street between."""

# letter -> parcels as (code, west, south, east, north) from the south-west corner of the block
KINDS: dict[str, tuple[tuple[str, int, int, int, int], ...]] = {
    "R": (("070102", 10, 10, 240, 240),),
    "L": (("070101", 10, 10, 240, 240),),
    "V": (("0703", 10, 10, 240, 240),),
    "D": (("070102", 10, 10, 125, 240), ("070102", 125, 10, 240, 240)),
    "M": (("070102", 10, 10, 148, 240), ("0901", 148, 10, 240, 240)),
    "X": (("070102", 10, 10, 217, 240), ("0901", 217, 10, 240, 240)),
    "N": (("070102", 10, 10, 230, 240), ("0901", 230, 10, 240, 240)),
    "K": (("0901", 10, 10, 125, 240), ("0803", 125, 10, 240, 240)),
    "Y": (("07", 10, 10, 298, 240), ("0901", 298, 10, 490, 240)),
    "p": (("070102", 10, 10, 190, 240), ("1401", 190, 10, 240, 70), ("1403", 190, 70, 240, 240)),
    "q": (("070102", 10, 10, 190, 240), ("1401", 190, 10, 240, 40), ("1403", 190, 40, 240, 240)),
    "s": (("070102", 10, 10, 190, 240), ("1401", 190, 10, 240, 16), ("1403", 190, 16, 240, 240)),
    "C": (("0901", 10, 10, 240, 240),),
    "B": (("0902", 10, 10, 240, 240),),
    "A": (("0801", 10, 10, 240, 240),),
    "S": (("0802", 10, 10, 148, 240), ("100101", 148, 10, 240, 240)),
    "E": (("080403", 10, 10, 240, 240),),
    "H": (("080601", 10, 10, 240, 240),),
    "G": (("1401", 20, 20, 230, 230),),
    "P": (("1401", 20, 20, 480, 230),),
    "Q": (("1403", 10, 10, 240, 240),),
    "g": (("1402", 10, 10, 240, 240),),
    "f": (("0103", 10, 10, 240, 240),),
    "w": (("1702", 10, 10, 240, 240),),
    "U": (("1303", 10, 10, 240, 240),),
    "I": (("100101", 10, 10, 490, 240),),
    "J": (("100102", 10, 10, 490, 240),),
    "W": (("1101", 10, 10, 490, 240),),
    "Z": (("1102", 10, 10, 490, 240),),
    "T": (("120801", 10, 10, 740, 240),),
}
# square metres of parcel per resident and per job, by land-use code prefix (longest wins)
PER_RESIDENT = {"070102": 50, "070101": 120, "0703": 150, "07": 50}
PER_JOB = {"07": 1000, "08": 50, "09": 25, "10": 80, "11": 200, "12": 300, "13": 500}
CENTRES = {"SD-06": "main_centre", "SD-07": "sub_centre"}
UNBUILT = ("SD-08", "SD-12")
"""Units without buildings; nor has the block on the boundary of SD-07 and SD-08 any."""


def _rows() -> list[str]:
    """Return the map from south to north, without the gaps."""
    return [line.replace(" ", "") for line in MAP.split("\n") if line.strip()][::-1]


def _blocks() -> tuple[Block, ...]:
    result = []
    for row, line in enumerate(_rows()):
        col = 0
        while col < COLUMNS:
            kind = line[col]
            span = (3 if kind == "T" else 2) if kind in WIDE else 1
            corner = (col * CELL, row * CELL)
            rect = Rect(*corner, corner[0] + span * CELL, corner[1] + CELL)
            result.append(Block(f"JF-{row + 1:02d}{col + 1:02d}", kind, rect))
            col += span
    return tuple(result)


BLOCKS = _blocks()


def _longest(code: str | None, table: dict[str, int]) -> int | None:
    keys = [k for k in table if code is not None and code.startswith(k)]
    return table[max(keys, key=len)] if keys else None


def unit_at(x: float, y: float) -> Unit:
    """Return the unit whose interior (or south-west edge) holds the point."""
    return UNITS[int(2 - y // UNIT) * 4 + int(x // UNIT)]


def _parcels() -> tuple[Parcel, ...]:
    result = []
    for block in BLOCKS:
        for number, (code, w, s, e, n) in enumerate(KINDS[block.kind], 1):
            x, y = block.rect.w, block.rect.s
            rect = Rect(x + w, y + s, x + e, y + n)
            unit = unit_at((rect.w + rect.e) / 2, rect.s).unit_id
            people = _longest(code, PER_RESIDENT), _longest(code, PER_JOB)
            amounts = [int(rect.area // per) if per else 0 for per in people]
            result.append(Parcel(f"{block.block_id}-{number}", block.block_id, unit, code,
                                 CENTRES.get(unit), *amounts, rect))  # fmt: skip
    return tuple(result)


PARCELS = _parcels()
"""All parcels but the streets; each unit's street land (1207) is what these leave of it."""


SLOW_EW, SLOW_NS = (250, 750, 1000, 1750, 2250, 2750), (500, 1500, 2500, 3250)
"""Streets with a footway and a cycle lane."""
DUAL = {("ns", 1000): "长治大道", ("ew", 1500): "上党大街"}
HALF_GAP = 6
CLASSES = {("ew", 3000): ("expressway", "北环快速路"), ("ew", 0): ("arterial", "南环路"),
           ("ew", 1000): ("secondary", "和平街"), ("ew", 2000): ("secondary", "光明街"),
           ("ns", 0): ("secondary", "西环路"), ("ns", 2000): ("secondary", "府前路"),
           ("ns", 3000): ("secondary", "湖滨路"), ("ns", 4000): ("secondary", "东环路"),
           }  # fmt: skip
BRIDGES = {("ns", 3500): (1250, 1750)}
"""Where a street passes over another, 上党大街: from the crossing before it to the one behind."""
LANES_OF = {"SD-02": "D", "SD-06": "DMK"}
"""Units whose split blocks have a public lane between their two parcels."""


def _gaps(axis: str, at: int) -> list[tuple[int, int]]:
    """Return where a grid line is interrupted by a wide block."""
    if axis == "ew":
        return []
    return sorted((int(b.rect.s), int(b.rect.n)) for b in BLOCKS if b.rect.w < at < b.rect.e)


def _runs(end: int, gaps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what the gaps leave of 0..end."""
    runs, start = [], 0
    for low, high in gaps:
        if low > start:
            runs.append((start, low))
        start = high
    return [*runs, (start, end)] if start < end else runs


def _twins(name: str, axis: str, at: int, end: int) -> list[Street]:
    """Return two one-way carriageways of one name, traffic on the right."""
    right = 1 if axis == "ns" else -1
    return [
        Street(name, "arterial", axis, at + side * HALF_GAP, 0, end, False, side * right, True)
        for side in (-1, 1)
    ]


def _grid() -> list[Street]:
    result = []
    for axis, count, end in (("ew", ROWS, 4000), ("ns", COLUMNS, 3000)):
        for number in range(count + 1):
            at = number * CELL
            slow = at in (SLOW_EW if axis == "ew" else SLOW_NS)
            if name := DUAL.get((axis, at)):
                result += _twins(name, axis, at, end)
                continue
            local = (
                f"{'东西' if axis == 'ew' else '南北'}{number + 1}{'街' if axis == 'ew' else '路'}"
            )
            road_class, name = CLASSES.get((axis, at), ("local", local))
            over = BRIDGES.get((axis, at))
            for low, high in _runs(end, sorted([*_gaps(axis, at), *([over] if over else [])])):
                result.append(Street(name, road_class, axis, at, low, high, slow))
            if over:
                result.append(Street(name, road_class, axis, at, *over, slow, bridge=True))
    return result


def _inside() -> list[Street]:
    """Return lanes between half parcels, roads inside compounds and paths in parks."""
    result = []
    for block in BLOCKS:
        x, y, _, north = block.rect
        unit = unit_at(x, y).unit_id
        if block.kind in LANES_OF.get(unit, ""):
            at = x + KINDS[block.kind][0][3]
            # neighbouring lanes of SD-02 are one-way, opposed and of one name, but 250 m apart
            oneway = (1 if (x // CELL) % 2 else -1) if unit == "SD-02" else 0
            name = "学院巷" if unit == "SD-02" else f"老城{len(result) + 1}巷"
            result.append(Street(name, "local", "ns", at, y, north, False, oneway))
        if block.kind == "R" and unit not in UNBUILT:
            result.append(Street("", "compound", "ew", y + 95, x + 10, x + 220))
        if block.kind == "G":
            result.append(Street("公园步道", "slow", "ew", y + 125, x + 50, x + 200))
        if block.kind == "P":
            result.append(Street("公园步道", "slow", "ew", y + 120, x + 50, x + 450))
    return result


STREETS = tuple(_grid() + _inside())


_EW = ((2750, 3000), (2250, 4000), (1750, 4000), (1000, 4000), (750, 4000), (250, 4000))
_NUMBER = "一二三四五六"
CORRIDORS = (
    *(Corridor(f"{_NUMBER[i]}横", "1", f"H{i + 1}", ((0, y), (end, y)))
      for i, (y, end) in enumerate(_EW)),
    *(Corridor(f"{_NUMBER[i]}纵", "1", f"Z{i + 1}", ((x, 0), (x, 3000)))
      for i, x in enumerate(SLOW_NS)),
    Corridor("高铁支线", "2", "E1", ((3000, 2750), (4000, 2750))),
    Corridor("东湖环线", "3", "L1",
             ((3530, 1530), (3720, 1530), (3720, 1720), (3530, 1720), (3530, 1530))),
    Corridor("校园支线", "3", "X1", ((2100, 2560), (2400, 2560))),
    Corridor("校园支线", "3", "X1", ((2460, 2560), (2900, 2560))),
)  # fmt: skip


OUTSIDE_PARK = ("GY-00", "西郊公园", Rect(-320, 1150, -80, 1390))
PARKS = (
    OUTSIDE_PARK,
    *((f"GY-{i:02d}", f"公园{i}", p.rect)
      for i, p in enumerate((p for p in PARCELS if p.land_use == "1401"), 1)),
)  # fmt: skip
STATIONS = (
    ("ZD-R", "上党高铁站", "rail", Rect(3400, 2330, 3800, 2430)),
    ("ZD-B", "南郊快速公交枢纽", "brt", Rect(3400, -430, 3990, -330)),
)
_LATTICE = [(x, y) for y in range(250, 3000, 500) for x in range(250, 3000, 500)]
_EXTRA = [
    *((x, 1500) for x in range(250, 2501, 250)),
    *((2000, y) for y in range(250, 3000, 250) if y not in (1500, 1000, 2000)),
    *((x, y) for y in (1000, 2000) for x in (500, 1000, 1500, 2000, 2500)),
    *((x, y) for y in (500, 2500) for x in (500, 1500, 2500)),
    (1000, 250), (1000, 750), (1000, 2500), (0, 1500),
]  # fmt: skip
STOPS = tuple(
    Place(f"ZD-{i:02d}", f"公交站{i}", "bus", x, y) for i, (x, y) in enumerate(_LATTICE + _EXTRA, 1)
)
# per unit: number of car parks; those with chargers: unit -> charging spaces of its first ones
CAR_PARKS_IN = dict(
    zip((u.unit_id for u in UNITS), (2, 4, 3, 4, 2, 5, 4, 2, 2, 3, 3, 2), strict=True)
)
CHARGING = {"SD-02": (20,), "SD-04": (40, 30), "SD-06": (10,), "SD-07": (25,), "SD-11": (15,)}
_SPOTS = ((265, 30), (515, 780), (765, 265), (15, 515), (780, 780))


def _car_parks() -> tuple[CarPark, ...]:
    result = []
    for unit in UNITS:
        charging = CHARGING.get(unit.unit_id, ())
        for i in range(CAR_PARKS_IN[unit.unit_id]):
            spaces = 100 + 20 * i
            with_charger = charging[i] if i < len(charging) else 0
            x, y = unit.rect.w + _SPOTS[i][0], unit.rect.s + _SPOTS[i][1]
            number = len(result) + 1
            result.append(
                CarPark(f"TC-{number:02d}", f"停车场{number}", spaces, with_charger, x, y)
            )
    number = len(result) + 1  # the last one lies on the boundary of SD-05 and SD-09
    result.append(CarPark(f"TC-{number:02d}", f"停车场{number}", 200, 0, 400, 1000))
    return tuple(result)


CAR_PARKS = _car_parks()
# Crossings: between the carriageways of 上党大街 every 300 m, once of 长治大道; on other streets.
# The last two lie 12 m from 和平街 where another street is nearer, and away from every street.
_OVER = (
    *((x, 1500) for x in range(210, 3811, 300)), (1000, 400),
    (500, 0), (1500, 0), (1530, 0), (3000, 0), (100, 2000), (400, 2000), (700, 2000), (4000, 20),
    (2600, 1012), (500, 1012), (3300, 100),
)  # fmt: skip
DAILY = {
    "kindergarten": ((1140, 1762), (860, 2262), (2390, 2262), (3140, 762), (640, 1237)),
    "primary_school": ((1640, 1237), (2640, 2012), (390, 2512), (440, 988)),
    "middle_school": ((1360, 1988), (2890, 2262), (560, 1012)),
    "clinic": ((1390, 1262), (2610, 2238), (3390, 488), (180, 1237)),
    "elderly_care": ((1890, 1262), (890, 1738), (2640, 762), (2310, 2012), (330, 1237)),
    "culture": ((1860, 1480), (2360, 2512), (680, 988)),
    "sports": ((1310, 1738), (2140, 1762), (440, 1262)),
    "market": ((1610, 1762), (890, 1012), (2640, 2262), (3610, 738)),
    "shop": ((1640, 1738), (640, 1262), (2860, 1988), (2110, 512), (640, 2238)),
    "community_centre": ((1610, 1988), (360, 2012), (3140, 1238), (2440, 1738), (390, 1012)),
}
"""Where the facilities of daily life stand: some metres off a street that runs east and west."""


def _daily() -> Iterator[Place]:
    places = ((kind, x, y) for kind, at in DAILY.items() for x, y in at)
    for number, (kind, x, y) in enumerate(places, 1):
        yield Place(f"SH-{number:02d}", f"社区设施{number}", kind, x, y)


FACILITIES = (
    Place("SS-1", "城北充电站", "charging", 1515, 2740),
    Place("SS-2", "高铁充电站", "charging", 3485, 2015),
    Place("SS-3", "工业区充电站", "charging", 480, 270),
    Place("SS-4", "城南充电站", "charging", 2000, 600),
    Place("SS-5", "老城垃圾收集站", "refuse_station", 1400, 1300),
    *(Place(f"GJ-{i:02d}", f"过街{i}", "crossing", x, y) for i, (x, y) in enumerate(_OVER, 1)),
    *_daily(),
)
ENTRANCES = (
    Place("CK-1", "西郊公园东门", "park", -80, 1200),
    Place("CK-2", "公园9南门", "park", 640, 2520),
    Place("CK-3", "上党高铁站北口", "station", 3600, 2430),
)
"""Where parks and stations are entered that are not entered all along their edge."""
