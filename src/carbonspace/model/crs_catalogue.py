"""The Gauss-Krüger grids of China, and what coordinates alone can tell about their CRS.

Nothing here decides: a proposal is shown to a person, who writes it into plan.toml or does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from pyproj import CRS, Proj

from carbonspace.model.text import Text

Axes = Literal["east-north", "north-east"]
Certainty = Literal["likely", "possible"]
Kind = Literal["degrees", "prefixed", "plain", "other"]
Place = tuple[float, float]
"""Longitude and latitude in degrees."""

WEB_MERCATOR = "EPSG:3857"
DATUMS = ("CGCS2000", "Xian 1980", "Beijing 1954")
_NEAR_DEG = 0.5
"""Layers of one plan lie within one city: no further apart than this."""
_NORTHINGS = (1.5e6, 6.2e6)
"""Northings of China in any Gauss-Krüger zone, from the southern reefs to the Amur."""
_TM = Proj(proj="tmerc", ellps="GRS80", lon_0=0, k=1, x_0=500_000)
_UTM = Proj(proj="tmerc", ellps="GRS80", lon_0=0, k=0.9996, x_0=500_000)


class Grid(NamedTuple):
    """A family of Gauss-Krüger zones, one EPSG code after the other."""

    datum: str
    width: Literal[3, 6]
    prefixed: bool
    first_epsg: int

    def epsg(self, zone: int) -> int:
        """Return the EPSG code of a zone: 25 to 45 of 3 degrees, 13 to 23 of 6 degrees."""
        return self.first_epsg + zone - _ZONES[self.width].start


_ZONES = {3: range(25, 46), 6: range(13, 24)}
GRIDS = (
    Grid("CGCS2000", 3, True, 4513), Grid("CGCS2000", 3, False, 4534),
    Grid("CGCS2000", 6, True, 4491), Grid("CGCS2000", 6, False, 4502),
    Grid("Xian 1980", 3, True, 2349), Grid("Xian 1980", 3, False, 2370),
    Grid("Xian 1980", 6, True, 2327), Grid("Xian 1980", 6, False, 2338),
    Grid("Beijing 1954", 3, True, 2401), Grid("Beijing 1954", 3, False, 2422),
    Grid("Beijing 1954", 6, True, 21413), Grid("Beijing 1954", 6, False, 21453),
)  # fmt: skip


class Look(NamedTuple):
    """What one pair of coordinates looks like; `zone` is the prefix of the easting, or 0."""

    kind: Kind
    axes: Axes = "east-north"
    zone: int = 0


class Proposal(NamedTuple):
    """A CRS that would fit: its name, the order of the coordinates, and why."""

    crs: str
    certainty: Certainty
    why: Text
    axes: Axes = "east-north"


def look(x: float, y: float) -> Look:
    """Return what a pair of coordinates looks like, whatever a file says about it.

    `degrees`; `prefixed`, an easting of eight digits that starts with its zone; `plain`, an
    easting of six digits and a northing of seven; or `other`. Where only the other order makes
    sense, `axes` is north-east.
    """
    straight, turned = _kind(x, y), _kind(y, x)
    if (straight == "other" and turned != "other") or _in_china((y, x)):
        return Look(turned, "north-east", _prefix(y) if turned == "prefixed" else 0)
    return Look(straight, "east-north", _prefix(x) if straight == "prefixed" else 0)


def central_meridian(zone: int) -> int:
    """Return the central meridian of a zone: 3-degree zones are 25-45, 6-degree ones 13-23."""
    return 3 * zone if zone in _ZONES[3] else 6 * zone - 3


def datum_of(crs: CRS) -> str | None:
    """Return which Chinese datum a CRS has, by its name; None for any other."""
    geodetic = crs.geodetic_crs
    name = f"{geodetic.name} {geodetic.datum}".lower().replace("_", " ") if geodetic else ""
    marks = (("xian", 1), ("beijing 1954", 2), ("china", 0), ("cgcs2000", 0))
    return next((DATUMS[n] for mark, n in marks if mark in name), None)


def measuring_crs(place: Place) -> str:
    """Return the projected CRS to measure in around a place.

    CGCS2000 / 3-degree Gauss-Krüger by central meridian where that zone is in use, else the
    UTM zone.
    """
    lon, lat = place
    zone = round(lon / 3)
    if zone in _ZONES[3]:
        code = f"EPSG:{GRIDS[1].epsg(zone)}"
        if _is_in_use(code, lat):
            return code
    return _utm(place)


def proposals(
    x: float, y: float, *, near: Place | None = None, datum: str | None = None
) -> list[Proposal]:
    """Return the CRSs that a layer with these coordinates may have, the best first.

    Parameters
    ----------
    x, y
        The middle of the layer as read, first and second coordinate.
    near
        Where the plan is known to lie. Without it the zone of six-digit eastings cannot be told.
    datum
        One of `DATUMS`, where the file or the plan names it; coordinates do not tell it.
    """
    seen = look(x, y)
    if seen.kind == "degrees" and near and _are_near((y, x), near):
        seen = Look("degrees", "north-east")
    east, north = (x, y) if seen.axes == "east-north" else (y, x)
    found = _by_kind(seen, east, north, near, datum or DATUMS[0])
    return sorted((p._replace(axes=seen.axes) for p in found), key=lambda p: p.certainty)


def _by_kind(
    seen: Look, east: float, north: float, near: Place | None, datum: str
) -> Iterator[Proposal]:
    if seen.kind == "degrees":
        yield from _degrees((east, north), near)
    if seen.kind == "prefixed":
        yield from _prefixed(seen.zone, east, north, near, datum)
    if seen.kind == "plain" and near is not None:
        yield from _plain(east, north, near, datum)
    if _is_web_mercator(east, north, near):
        why = Text("网络地图的坐标也是这样", "coordinates of web maps look like this")
        yield Proposal(WEB_MERCATOR, "likely" if near else "possible", why)


def _degrees(place: Place, near: Place | None) -> Iterator[Proposal]:
    why = Text("坐标像经纬度；基准面无法从坐标判断（亦须排除 GCJ-02、BD-09 偏移坐标）",
               "the coordinates look like degrees; they do not tell the datum (nor whether they "
               "were shifted as GCJ-02 or BD-09)")  # fmt: skip
    code = "EPSG:4490" if _in_china(place) else "EPSG:4326"
    yield Proposal(code, "likely" if near and _are_near(place, near) else "possible", why)


def _prefixed(
    zone: int, east: float, north: float, near: Place | None, datum: str
) -> Iterator[Proposal]:
    width: Literal[3, 6] = 3 if zone in _ZONES[3] else 6
    grid = next(g for g in GRIDS if g[:3] == (datum, width, True))
    place = _place(_TM, central_meridian(zone), east - zone * 1e6, north)
    doubtful = (near is not None and not _are_near(place, near)) or _is_web_mercator(
        east, north, near
    )
    why = Text(f"东坐标带 {zone} 带带号（{width} 度带）；基准面无法从坐标判断",
               f"the eastings carry the prefix of {width}-degree zone {zone}; they do not tell "
               "the datum")  # fmt: skip
    yield Proposal(f"EPSG:{grid.epsg(zone)}", "possible" if doubtful else "likely", why)


def _plain(east: float, north: float, near: Place, datum: str) -> Iterator[Proposal]:
    offset, _ = _place(_TM, 0, east, north)
    zone = round((near[0] - offset) / 3)
    if zone in _ZONES[3] and _are_near(_place(_TM, 3 * zone, east, north), near):
        grid = next(g for g in GRIDS if g[:3] == (datum, 3, False))
        why = Text(f"中央经线 {3 * zone}° 时与其他图层相合；基准面无法从坐标判断",
                   f"with central meridian {3 * zone}° it lies where the other layers do; "
                   "coordinates do not tell the datum")  # fmt: skip
        yield Proposal(f"EPSG:{grid.epsg(zone)}", "likely", why)
    code = _utm(near)
    if _are_near(_place(_UTM, 6 * (int(code[-2:]) - 30) - 3, east, north), near):
        why = Text("UTM 坐标时与其他图层相合", "as UTM it lies where the other layers do")
        yield Proposal(code, "possible", why)


def _place(projection: Proj, meridian: float, east: float, north: float) -> Place:
    lon, lat = projection(east, north, inverse=True)
    return float(lon) + meridian, float(lat)


def _are_near(a: Place, b: Place) -> bool:
    return max(abs(a[0] - b[0]), abs(a[1] - b[1])) <= _NEAR_DEG


def _kind(east: float, north: float) -> Kind:
    if abs(east) <= 180 and abs(north) <= 90:
        return "degrees"
    if _NORTHINGS[0] <= north <= _NORTHINGS[1]:
        if _prefix(east):
            return "prefixed"
        if 0 < east < 1e6:
            return "plain"
    return "other"


def _prefix(east: float) -> int:
    """Return the zone an easting starts with, or 0."""
    zone = int(east // 1e6)
    return zone if zone in _ZONES[3] or zone in _ZONES[6] else 0


def _is_web_mercator(east: float, north: float, near: Place | None) -> bool:
    """Tell whether the coordinates may be those of web maps: near the plan, or in China."""
    if max(abs(east), abs(north)) > 20_037_508 or max(abs(east), abs(north)) < 1e6:
        return False
    lon, lat = Proj(WEB_MERCATOR)(east, north, inverse=True)
    return _are_near((lon, lat), near) if near else _in_china((lon, lat))


def _in_china(place: Place) -> bool:
    return 73 <= place[0] <= 136 and 15 <= place[1] <= 54


def _is_in_use(code: str, lat: float) -> bool:
    area = CRS.from_user_input(code).area_of_use
    return area is not None and area.south <= lat <= area.north


def _utm(place: Place) -> str:
    lon, lat = place
    return f"EPSG:{(32600 if lat >= 0 else 32700) + int((lon + 180) // 6) % 60 + 1}"
