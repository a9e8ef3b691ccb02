"""Where the data lie: which CRSs can be believed, and what to propose where none can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from statistics import median

from pyproj import CRS, Proj
from pyproj.exceptions import CRSError, ProjError

from carbonspace.intake.draft import Guess
from carbonspace.model.crs_catalogue import (
    GRIDS,
    WEB_MERCATOR,
    Place,
    central_meridian,
    look,
    measuring_crs,
    proposals,
)
from carbonspace.model.text import Text
from carbonspace.sources.listing import Dataset

_SLACK_DEG = 2.0
_WIDEST_DEG = 3.5
_ONE_OF_MANY = 0.1
_SCORES = {"likely": 0.6, "possible": 0.3}


def place_of(dataset: Dataset, crs: str | None, axes: str = "") -> Place | None:
    """Return the middle of a dataset in degrees, or None where `crs` does not fit it."""
    if crs is None or dataset.bounds is None:
        return None
    try:
        known = CRS.from_user_input(crs)
        x, y = _middle(dataset)[:: -1 if axes == "north-east" else 1]
        if known.is_geographic and not _are_degrees(dataset):
            return None
        lon, lat = (x, y) if known.is_geographic else _unprojected(crs, x, y)
    except (CRSError, ProjError):
        return None
    return (lon, lat) if _is_in_use(known, lon, lat) else None


def near(places: Iterable[Place | None]) -> Place | None:
    """Return where most of the data lie."""
    known = [place for place in places if place is not None]
    if not known:
        return None
    return median(p[0] for p in known), median(p[1] for p in known)


def plan_crs(base: Dataset | None, crs: str | None, place: Place | None) -> Guess | None:
    """Return the CRS to measure in: that of the base layer where it serves, else by the place."""
    if place is None:
        return None
    if base is not None and crs is not None and place_of(base, crs) and _serves(crs, place):
        why = Text("数据自身的投影坐标系", "the projected CRS of the data themselves")
        return Guess(short(crs), 0.9, why)
    why = Text(f"数据中心 {_degrees(place)}", f"the middle of the data is {_degrees(place)}")
    return Guess(measuring_crs(place), 0.7, why)


def options(dataset: Dataset, place: Place | None) -> tuple[Guess, ...]:
    """Return the CRSs a dataset may have, for a person to choose from."""
    if dataset.bounds is None:
        return ()
    x, y = _middle(dataset)
    told = [Guess(p.crs, _SCORES[p.certainty], p.why, "" if p.axes == "east-north" else p.axes)
            for p in proposals(x, y, near=place)]  # fmt: skip
    return tuple(told) or tuple(_zones(x, y))


def doubt(dataset: Dataset) -> Text:
    """Return what is wrong with the CRS of a dataset, and what its coordinates look like."""
    if dataset.bounds is None:
        return Text("没有坐标范围", "it has no extent")
    west, south, east, north = dataset.bounds
    extent = f"x {west:.7g}…{east:.7g}, y {south:.7g}…{north:.7g}"
    if dataset.crs is None:
        return Text(f"文件没有坐标系；坐标范围 {extent}",
                    f"the file has no CRS; its coordinates are {extent}")  # fmt: skip
    name = short(dataset.crs)
    return Text(f"文件写明 {name}，与坐标矛盾：{extent}",
                f"the file says {name}, which its coordinates contradict: {extent}")  # fmt: skip


def contradicts(dataset: Dataset) -> bool:
    """Tell whether a dataset has a CRS that its coordinates cannot be in."""
    known = dataset.crs is not None and dataset.bounds is not None
    return known and place_of(dataset, dataset.crs) is None


def short(crs: str) -> str:
    """Return the EPSG code of a CRS where it has one, else what it was given as."""
    try:
        known = CRS.from_user_input(crs)
    except CRSError:
        return crs
    code = known.to_epsg()
    return f"EPSG:{code}" if code else str(known.to_string())


def title(crs: str) -> str:
    """Return the name of a CRS."""
    try:
        return str(CRS.from_user_input(crs).name)
    except CRSError:
        return crs


def _zones(x: float, y: float) -> Iterator[Guess]:
    """Yield each zone that six-digit eastings may be meant in, and where it puts the data."""
    seen = look(x, y)
    if seen.kind != "plain":
        return
    east, north = (x, y) if seen.axes == "east-north" else (y, x)
    grid = GRIDS[1]
    for zone in range(25, 46):
        code = f"EPSG:{grid.epsg(zone)}"
        lon, lat = _unprojected(code, east, north)
        if _is_in_use(CRS.from_user_input(code), lon, lat, slack=0.0):
            where, meridian = _degrees((lon, lat)), central_meridian(zone)
            why = Text(f"中央经线 {meridian}°：数据位于 {where}",
                       f"central meridian {meridian}°: the data lie at {where}")  # fmt: skip
            yield Guess(code, _ONE_OF_MANY, why, "" if seen.axes == "east-north" else seen.axes)


def _unprojected(crs: str, x: float, y: float) -> Place:
    """Return degrees of the CRS's own datum: near enough to tell where data lie."""
    lon, lat = _projection(crs)(x, y, inverse=True)
    return float(lon), float(lat)


@cache
def _projection(crs: str) -> Proj:
    return Proj(CRS.from_user_input(crs).to_2d())


def _serves(crs: str, place: Place) -> bool:
    """Return whether lengths and areas can be measured in a CRS: conformal, near its meridian."""
    known = CRS.from_user_input(crs)
    if not known.is_projected or short(crs) == WEB_MERCATOR or known.coordinate_operation is None:
        return False
    operation = known.coordinate_operation
    meridian = next((p.value for p in operation.params if "ongitude" in p.name), None)
    return "Transverse Mercator" in operation.method_name and (
        meridian is not None and abs(place[0] - float(meridian)) <= _WIDEST_DEG
    )


def _is_in_use(crs: CRS, lon: float, lat: float, slack: float = _SLACK_DEG) -> bool:
    area = crs.area_of_use
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        return False
    return area is None or (area.west - slack <= lon <= area.east + slack
                            and area.south - slack <= lat <= area.north + slack)  # fmt: skip


def _are_degrees(dataset: Dataset) -> bool:
    west, south, east, north = dataset.bounds or (0.0, 0.0, 0.0, 0.0)
    return max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90


def _middle(dataset: Dataset) -> tuple[float, float]:
    west, south, east, north = dataset.bounds or (0.0, 0.0, 0.0, 0.0)
    return (west + east) / 2, (south + north) / 2


def _degrees(place: Place) -> str:
    lon, lat = place
    return f"{abs(lon):.2f}°{'E' if lon >= 0 else 'W'} {abs(lat):.2f}°{'N' if lat >= 0 else 'S'}"
