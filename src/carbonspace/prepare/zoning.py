"""Which of several CRSs each unit of a plan is measured in: one says so, or its longitude does.

A zone is a strip of longitude around the central meridian of its CRS: 1.5° to either side, 3° where
the CRS is made for six degrees. It has its western border and not its eastern one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from carbonspace.errors import InputError
from carbonspace.model.crs_catalogue import measuring_crs
from carbonspace.model.finding import Finding
from carbonspace.model.plan import Plan
from carbonspace.prepare import prepare
from carbonspace.prepare import zone_words as words
from carbonspace.prepare.crs_doubts import label, name

_NARROW, _WIDE = 1.5, 3.0
_DECIMALS = 9
"""Longitudes count to a tenth of a millimetre: what is drawn on a border lies on it."""
_GROUND = ("units", "city")
_CODE = re.compile(r"(?:EPSG:)?(\d{4,6})(?:\.0)?", re.IGNORECASE)
_SHOWN = 5


@dataclass(frozen=True)
class Zone:
    """A CRS that units are measured in, by the name that tables have for it."""

    name: str
    crs: CRS
    meridian: float
    half: float


@dataclass(frozen=True)
class Zoning:
    """The units of a plan with the CRS that each is measured in.

    Attributes
    ----------
    of
        The name of a CRS by the id of each unit, in the order of the units.
    ground
        A plan of the units and the city boundary alone, prepared in one of the zones.
    middle
        The name of the CRS in the middle of the units.
    notes
        What units state of their CRS that may be a mistake.
    """

    of: pd.Series
    ground: Plan
    middle: str
    notes: tuple[Finding, ...] = ()

    def groups(self, wanted: pd.Index) -> dict[str, pd.Index]:
        """Return the units that are wanted by the name of their CRS, as many as there are."""
        names = self.of.loc[wanted]
        return {one: wanted[(names == one).to_numpy()] for one in sorted(set(names))}


def in_zone(plan: Plan, crs: str) -> Plan:
    """Return a plan of several zones as one of which everything is measured in one CRS."""
    return replace(plan, settings=replace(plan.settings, crs=crs, zones=()))


def zoned(plan: Plan) -> Zoning:
    """Return in which of its zones each unit of a plan lies.

    Raises
    ------
    InputError
        With every fault of the zones, of the CRS of maps, and of what units say of theirs.
    """
    zones, faults = zones_of(plan.settings.zones)
    faults += _display_faults(plan.settings.crs)
    if "units" not in plan.layers:
        faults.append(words.no_units())
    if faults:
        raise InputError([*plan.findings, *faults])
    ground = _ground(plan, zones[len(zones) // 2].name)
    units = ground.layers["units"]
    places = _places(units, zones[0].crs)
    stated, faults = _stated(units, zones)
    by_place = _by_longitude(places[:, 0], zones)
    chosen = [one or other for one, other in zip(stated, by_place, strict=True)]
    faults += _nowhere(units.index, chosen, places, zones)
    if faults:
        raise InputError([*plan.findings, *faults])
    notes = [*_far(units.index, stated, places, zones)]
    names = [one.name for one in chosen if one is not None]
    of = pd.Series(names, index=units.index, dtype=object)
    return Zoning(of, ground, _middle(chosen, places), tuple(notes))


def zones_of(stated: Sequence[str]) -> tuple[list[Zone], list[Finding]]:
    """Return the zones that a plan names, from west to east, and what is wrong with them."""
    zones, faults = list[Zone](), list[Finding]()
    for one in stated:
        try:
            crs = CRS.from_user_input(one)
        except CRSError:
            faults.append(words.unknown(one))
            continue
        if (fault := _unfit(crs)) is not None:
            faults.append(fault)
            continue
        meridian = _meridian(crs)
        zones.append(Zone(name(crs), crs, meridian, _half(crs, meridian)))
    zones.sort(key=lambda zone: (zone.meridian, zone.name))
    return zones, [*faults, *_alike(zones)]


def _unfit(crs: CRS) -> Finding | None:
    """Return why nothing can be measured in a CRS, or that it is no zone."""
    if not crs.is_projected or any(axis.unit_conversion_factor != 1 for axis in crs.axis_info[:2]):
        return words.not_metres("zones", label(crs))
    return words.no_meridian(label(crs)) if np.isnan(_meridian(crs)) else None


def _display_faults(stated: str | None) -> list[Finding]:
    """Return why maps cannot be drawn in the CRS that a plan states."""
    if stated is None:
        return []
    try:
        crs = CRS.from_user_input(stated)
    except CRSError:
        return [words.unknown(stated, "crs")]
    if crs.is_projected and all(axis.unit_conversion_factor == 1 for axis in crs.axis_info[:2]):
        return []
    return [words.not_metres("crs", label(crs))]


def _meridian(crs: CRS) -> float:
    """Return the central meridian of a transverse Mercator projection; NaN of any other."""
    made = crs.coordinate_operation
    if made is None or "Transverse Mercator" not in str(made.method_name):
        return float("nan")
    facts = {one.name: one.value for one in made.params}
    return float(facts.get("Longitude of natural origin", "nan"))


def _half(crs: CRS, meridian: float) -> float:
    """Return how far a zone reaches to either side, degrees."""
    area = crs.area_of_use
    if area is None:
        return _NARROW
    reach = max(area.east - meridian, meridian - area.west)
    return _WIDE if reach > _NARROW + 0.01 else _NARROW


def _alike(zones: Sequence[Zone]) -> Iterator[Finding]:
    """Yield zones of which nobody could tell in which a unit lies."""
    for one, other in pairwise(zones):
        if one.meridian == other.meridian:
            yield words.twice(label(one.crs), label(other.crs))
    frames = {zone.crs.geodetic_crs.name for zone in zones if zone.crs.geodetic_crs}
    if len(frames) > 1:
        yield words.frames(sorted(frames))


def _ground(plan: Plan, crs: str) -> Plan:
    layers = {key: plan.layers[key] for key in _GROUND if key in plan.layers}
    settings = replace(in_zone(plan, crs).settings, blocks_from=None)
    return prepare(replace(plan, layers=layers, settings=settings, rasters={}, aside={}))


def _places(units: gpd.GeoDataFrame, crs: CRS) -> NDArray[np.float64]:
    """Return longitude and latitude of a point within each unit, in degrees of the zones' datum."""
    points = units.geometry.to_crs(crs.geodetic_crs).representative_point()
    return np.round(np.column_stack((points.x, points.y)), _DECIMALS)


def _by_longitude(longitude: NDArray[np.float64], zones: Sequence[Zone]) -> list[Zone | None]:
    """Return the zone that each longitude lies in; of several the nearest, of equal the eastern."""
    off = longitude[:, None] - np.array([zone.meridian for zone in zones])
    half = np.array([zone.half for zone in zones])
    distance = np.where((off >= -half) & (off < half), np.round(np.abs(off), _DECIMALS), np.inf)
    nearest = len(zones) - 1 - np.argmin(distance[:, ::-1], axis=1)
    inside = np.isfinite(distance.min(axis=1))
    return [zones[n] if there else None for n, there in zip(nearest, inside, strict=True)]


def _stated(
    units: gpd.GeoDataFrame, zones: Sequence[Zone]
) -> tuple[list[Zone | None], list[Finding]]:
    """Return the zones that units state themselves, and what they state that is none."""
    if "crs" not in units:
        return [None] * len(units), []
    known = {zone.name: zone for zone in zones}
    found, faults = list[Zone | None](), list[Finding]()
    for unit, value in units["crs"].items():
        said = "" if pd.isna(value) else str(value).strip()
        zone = known.get(_named(said))
        found.append(zone)
        if said and zone is None:
            exists = _exists(said)
            faults.append(words.not_listed(str(unit), said, [*known], exists=exists))
    return found, faults


def _named(said: str) -> str:
    match = _CODE.fullmatch(said)
    return f"EPSG:{match[1]}" if match else said


def _exists(said: str) -> bool:
    try:
        CRS.from_user_input(_named(said))
    except CRSError:
        return False
    return True


def _nowhere(
    ids: pd.Index, chosen: Sequence[Zone | None], places: NDArray[np.float64],
    zones: Sequence[Zone],
) -> Iterator[Finding]:  # fmt: skip
    """Yield units that lie in no zone: each with where it lies, and the CRS that would be its."""
    listed = [zone.name for zone in zones]
    for n, one in enumerate(chosen):
        if one is None:
            lon, lat = places[n].tolist()
            yield words.nowhere(str(ids[n]), lon, listed, measuring_crs((lon, lat)))


def _far(
    ids: pd.Index, stated: Sequence[Zone | None], places: NDArray[np.float64],
    zones: Sequence[Zone],
) -> Iterator[Finding]:  # fmt: skip
    """Yield units that state a CRS that distorts where they lie, though a nearer one is listed."""
    nearest = _by_longitude(places[:, 0], zones)
    for n, one in enumerate(stated):
        other = nearest[n]
        if (
            one is not None
            and other is not None
            and abs(places[n, 0] - one.meridian) > 2 * one.half
        ):
            yield words.far(str(ids[n]), one.name, places[n, 0], other.name)


def _middle(chosen: Sequence[Zone | None], places: NDArray[np.float64]) -> str:
    """Return the zone whose meridian is nearest to the middle of the units; the eastern of two."""
    zones: Mapping[str, Zone] = {zone.name: zone for zone in chosen if zone is not None}
    middle = (places[:, 0].min() + places[:, 0].max()) / 2
    return min(zones, key=lambda one: (abs(zones[one].meridian - middle), -zones[one].meridian))
