"""The lowest windows of homes: where they are, and how long the sun reaches them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._shade import Suns, light_of_day, place_over, tops_of
from carbonspace.indicators._shared import Floats, Geometries, arrays, flag, known
from carbonspace.indicators._steps import BUILDINGS_BY_UNIT, mostly_in, polygons_in
from carbonspace.indicators._sunlight import ELDERLY, RENEWAL, Sunlight
from carbonspace.kernels.facades import Points, points_on
from carbonspace.kernels.overlay import Integers
from carbonspace.kernels.shading import Town, town_of
from carbonspace.kernels.windows import foot_of, hours_lit, most_hours
from carbonspace.model.landuse import matches
from carbonspace.model.places import is_home
from carbonspace.model.shared import Shared

_AT_ONCE = 4_000
"""Buildings whose windows are held at a time."""

_LEVEL = 1e-6
"""Metres within which windows are of one floor."""

_NOISE = 1e-9
"""Hours that are rounding."""


CLASSES = np.array(["h0", "h1", "h2", "h3", "h4"], dtype=object)
"""Classes of light by whole hours; the last one has no end."""


class Homes(NamedTuple):
    """Homes that stand in units: positions, what is asked of them, and the hours they have.

    `case` is "homes", "elderly" or "renewal", `asked` NaN where it is not stated what is asked,
    `hours` NaN where a building has no facade for a window.
    """

    building: Integers
    case: NDArray[np.object_]
    day: NDArray[np.object_]
    asked: Floats
    hours: Floats


class Windows(NamedTuple):
    """The lowest windows of some buildings: points, the level of their sill (m), and the light."""

    points: Points
    level: Floats
    light: Light


class Light(NamedTuple):
    """What stands and shines on one day: footprints, bases, tops (m), prisms and suns."""

    shapes: Geometries
    base: Floats
    tops: Floats
    town: Town
    suns: Suns


def homes_of(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, sunlight: Sunlight, shared: Shared | None
) -> Homes:
    """Return the homes that stand in units that are wanted, with their hours of sunlight.

    Raises
    ------
    MissingColumnError
        If the use of buildings is not known, nor height nor floors of any; with `renewal` also
        if the types of units, or which buildings are new, are not known.
    """
    return (shared or Shared()).once(
        "hours of sunlight",
        (units, buildings),
        lambda: _measured(units, buildings, sunlight, shared),
        sunlight,
    )


def windows_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    homes: Homes,
    sunlight: Sunlight,
    shared: Shared | None,
) -> Iterator[Windows]:
    """Yield the lowest windows of homes, some buildings at a time."""
    for day in np.unique(homes.day.astype(str)).tolist():
        light = _light(units, buildings, day, sunlight, shared)
        yield from _looked_at(light, homes.building[homes.day == day], sunlight)


def _measured(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, sunlight: Sunlight, shared: Shared | None
) -> Homes:
    case = _cases(units, buildings, sunlight, shared)
    rows = np.flatnonzero(case != "")
    of_homes = sunlight.of_homes.hours if sunlight.of_homes else np.nan
    asked = {"homes": (sunlight.day_of_homes, of_homes), "elderly": ELDERLY, "renewal": RENEWAL}
    day = np.array([asked[one][0] for one in case[rows]], dtype=object)
    wanted = np.array([asked[one][1] for one in case[rows]], dtype=np.float64)
    homes = Homes(rows, case[rows], day, wanted, np.full(len(rows), np.nan))
    found = np.full(len(buildings), np.nan)
    for one in windows_of(units, buildings, homes, sunlight, shared):
        mine, hours = _of_buildings(one, sunlight)
        found[mine] = hours
    return homes._replace(hours=found[rows])


def _cases(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, sunlight: Sunlight, shared: Shared | None
) -> NDArray[np.object_]:
    """Return what clause each building falls under, "" where none or not in units wanted."""
    use = known(buildings, "buildings", "use", shared)
    home = is_home(use, sunlight.homes)
    elderly = np.asarray(matches(use, sunlight.elderly), dtype=bool)
    renewed = home & _in_renewal(units, buildings, sunlight, shared)
    inside = np.zeros(len(buildings), dtype=bool)
    cut = polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared)
    inside[cut.feature[(shared or Shared()).wanted(units)[cut.zone]]] = True
    case = np.select([elderly, renewed, home], ["elderly", "renewal", "homes"], "").astype(object)
    case[~inside] = ""
    return case


def _in_renewal(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, sunlight: Sunlight, shared: Shared | None
) -> NDArray[np.bool_]:
    """Tell which buildings are new, in units where an old district is renewed."""
    if not sunlight.renewal:
        return np.zeros(len(buildings), dtype=bool)
    kind = known(units, "units", "unit_type", shared)
    known(buildings, "buildings", "is_new", shared)
    old = units.index[kind.isin(list(sunlight.renewal))]
    unit = mostly_in(units, buildings, "building", shared)
    renewed: NDArray[np.bool_] = flag(buildings, "is_new") & unit.isin(old).to_numpy()
    return renewed


def _light(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    day: str,
    sunlight: Sunlight,
    shared: Shared | None,
) -> Light:
    """Return the town and the suns of a day. All buildings stand on one level."""
    _, shapes = arrays(units, buildings)
    tops = tops_of(buildings, sunlight.storey_height, shared)
    base = np.zeros(len(tops))
    suns = light_of_day(place_over(units, shared), day, sunlight.step)
    level = float(base.min(initial=0.0)) + sunlight.sill
    return Light(shapes, base, tops, town_of(shapes, tops, suns[0], level=level), suns)


def _looked_at(light: Light, rows: Integers, sunlight: Sunlight) -> Iterator[Windows]:
    """Yield the lowest windows of some buildings."""
    for start in range(0, len(rows), _AT_ONCE):
        asked = rows[start : start + _AT_ONCE]
        points = points_on(light.shapes, sunlight.point_spacing, asked=asked)
        yield Windows(*_lowest(points, light, sunlight.sill), light)


def _lowest(points: Points, light: Light, sill: float) -> tuple[Points, Floats]:
    """Return the points that have a window of the building's lowest floor, and its sill's level.

    A window is above what stands against the wall, and below the building's own top.
    """
    ground = light.base[points.prism]
    level = np.maximum(ground, foot_of(points, light.town)) + sill
    there = level < light.tops[points.prism]
    lowest = np.full(len(light.shapes), np.inf)
    np.minimum.at(lowest, points.prism[there], level[there])
    kept = there & (level <= lowest[points.prism] + _LEVEL)
    return points.of(kept), level[kept]


def _of_buildings(windows: Windows, sunlight: Sunlight) -> tuple[Integers, Floats]:
    """Return the buildings that have windows, and the hours of each."""
    points, light = windows.points, windows.light
    mine, owner = np.unique(points.prism, return_inverse=True)
    facade = np.bincount(owner, points.length, minlength=len(mine))
    wanted = np.maximum(sunlight.window_width, facade * (sunlight.lit_share / 100))
    asked = (points, windows.level, *light.suns, light.town, owner, wanted)
    return mine, most_hours(*asked, **_how(sunlight))


def _how(sunlight: Sunlight) -> dict[str, Any]:
    """Return how light is counted, as the kernels ask it."""
    return {
        "least_angle": sunlight.least_angle,
        "shortest": sunlight.min_interval / 60,
        "longest": sunlight.counted == "longest",
    }


def stretches_of(
    windows: Windows, sunlight: Sunlight
) -> tuple[Integers, Geometries, dict[str, Any]]:
    """Return facades by stretches, whose they are, and columns for evidence.

    A stretch is straight and has light of one class: a city has millions of points.
    """
    points, light = windows.points, windows.light
    hours = hours_lit(points, windows.level, *light.suns, light.town, **_how(sunlight))
    along = np.stack((-points.outward[:, 1], points.outward[:, 0]), axis=1)
    half = along * (points.length / 2)[:, None]
    start, end = points.place - half, points.place + half
    first = np.flatnonzero(_begins(windows, hours, start, end))
    last = np.append(first[1:], len(start)) - 1
    lines = shapely.linestrings(np.stack((start[first], end[last]), axis=1))
    return (
        points.prism[first],
        np.asarray(lines, dtype=object),
        {
            "sill_m": windows.level[first],
            "hours": np.minimum.reduceat(hours, first),
            "hours_most": np.maximum.reduceat(hours, first),
            "sun_class": CLASSES[_class_of(hours)[first]],
            "length_m": shapely.length(lines),
        },
    )


def _class_of(hours: Floats) -> Integers:
    """Return which class of light hours are of: whole hours, as standards ask for them."""
    return np.minimum(np.floor(hours + _NOISE), len(CLASSES) - 1).astype(np.intp)


def _begins(windows: Windows, hours: Floats, start: Floats, end: Floats) -> NDArray[np.bool_]:
    """Tell at which points another stretch begins: another wall, level or class of light."""
    points = windows.points
    same = np.abs(start[1:] - end[:-1]).max(axis=1, initial=0.0) <= _LEVEL
    light = _class_of(hours)
    same &= (points.prism[1:] == points.prism[:-1]) & (light[1:] == light[:-1])
    same &= np.abs(points.outward[1:] - points.outward[:-1]).max(axis=1, initial=0.0) <= _LEVEL
    same &= np.abs(windows.level[1:] - windows.level[:-1]) <= _LEVEL
    return np.append(np.ones(min(len(start), 1), dtype=np.bool_), ~same)
