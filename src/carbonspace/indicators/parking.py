"""Parking: how many car parks there are, and which of them charge electric cars."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._rows import rows_by_place
from carbonspace.indicators._shared import (
    ON_EDGE_M,
    Floats,
    arrays,
    evidence_frame,
    filled,
    is_unknown,
    known,
    numbers,
    summed,
)
from carbonspace.indicators._steps import points_in
from carbonspace.kernels.overlay import Shares
from carbonspace.model.indicator import Indicator, Metres, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

Flags = NDArray[np.bool_]
CAR_PARKS_BY_UNIT = "car parks by unit"
CAR_PARKS_BY_PARCEL = "car parks by parcel"
CHARGING = "charging"


@indicator(
    title=Text("配建充电桩停车场占比", "Share of car parks with chargers"),
    unit="%",
    theme="parking",
    aggregate="ratio",
    reach="charger_distance",
    whole=("car_parks", "facilities"),
    source="长治市上党区低碳建设规划 (2023–2035) §五",
    definition=Text(
        "配有充电泊位，或在规定距离内有充电设施的停车场数，除以停车场总数。"
        "位于两单元边界上的停车场各计一半。",
        "Car parks that have charging spaces, or a charging site within the given distance, "
        "over all car parks. A car park on the boundary of two units counts half to each.",
    ),
)
def charging_car_park_share(
    units: gpd.GeoDataFrame,
    car_parks: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame | None = None,
    *,
    charger_distance: Metres = 0.0,
    shared: Shared | None = None,
) -> Measure:
    """Share of the car parks that have chargers.

    Parameters
    ----------
    units
        Planning units.
    car_parks
        Points or polygons, with `charging_spaces` (null: none).
    facilities
        Those with `facility_type` "charging" count; others are ignored.
    charger_distance
        A charging site no farther than this from a car park, in metres, belongs to it.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Car parks with chargers over car parks, %. Evidence: the car parks without.

    Raises
    ------
    MissingColumnError
        If neither layer says anything about chargers.

    Notes
    -----
    Source: 长治市上党区低碳建设规划 (2023–2035) §五.
    """
    charging = _has_charger(units, car_parks, facilities, charger_distance, shared)
    held = points_in(units, car_parks, CAR_PARKS_BY_UNIT, shared)
    return Measure.of(
        units.index,
        _amounts(units, held, charging.astype(float)),
        _amounts(units, held, np.ones(len(car_parks))),
        scale=100,
        evidence=lambda: _lacking(units, car_parks, held, ~charging),
    )


@indicator(
    title=Text("停车位充电桩配置率", "Share of parking spaces with chargers"),
    unit="%",
    theme="parking",
    aggregate="ratio",
    reach=ON_EDGE_M,
    whole=("parcels",),
    levels=("city", "unit", "parcel"),
    source="面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(三)",
    definition=Text(
        "充电泊位数除以停车泊位数；泊位数未知的停车场不计入。地块的数值按停车场内一点所在的地块计。",
        "Spaces with a charger over all spaces; car parks whose spaces are not known are left out. "
        "A parcel has the car parks of which a point inside lies in it.",
    ),
)
def charging_space_share(
    units: gpd.GeoDataFrame,
    car_parks: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    shared: Shared | None = None,
) -> Measure:
    """Share of the parking spaces that have a charger.

    Parameters
    ----------
    units
        Planning units.
    car_parks
        Points or polygons, with `spaces` (null: the car park is left out) and
        `charging_spaces` (null: none).
    parcels
        Polygons.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Spaces with a charger over spaces, %. `parts` has one row per parcel with spaces.
        Evidence: the car parks where spaces lack one.

    Raises
    ------
    MissingColumnError
        If `spaces` or `charging_spaces` is absent or null throughout.

    Notes
    -----
    Source: 面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(三).
    """
    spaces = numbers(known(car_parks, "car_parks", "spaces", shared))
    charging = np.where(
        car_parks["spaces"].notna(),
        numbers(known(car_parks, "car_parks", "charging_spaces", shared)),
        0.0,
    )
    held = points_in(units, car_parks, CAR_PARKS_BY_UNIT, shared)
    measure = Measure.of(
        units.index,
        _amounts(units, held, charging),
        _amounts(units, held, spaces),
        scale=100,
        evidence=lambda: _lacking(units, car_parks, held, charging < spaces),
    )
    if parcels is None:
        return measure
    inside = points_in(parcels, car_parks, CAR_PARKS_BY_PARCEL, shared)
    figures = _amounts(parcels, inside, charging), _amounts(parcels, inside, spaces)
    rows = rows_by_place(units, parcels, "parcel", figures, shared, scale=100,
                         chosen=figures[1] > 0, facts=("land_use",))  # fmt: skip
    return replace(measure, parts={"parcel": rows})


@indicator(
    title=Text("停车场数量", "Car parks"),
    unit="",
    theme="parking",
    aggregate="sum",
    reach=ON_EDGE_M,
    source="长治市上党区低碳建设规划 (2023–2035) §五",
    definition=Text(
        "停车场处数；位于两单元边界上的各计一半。",
        "Number of car parks; one on the boundary of two units counts half to each.",
    ),
)
def car_park_count(
    units: gpd.GeoDataFrame, car_parks: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Count the car parks.

    Parameters
    ----------
    units
        Planning units.
    car_parks
        Points or polygons; a polygon is counted where a point inside it lies.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Number of car parks. Evidence: the car parks.

    Notes
    -----
    Source: 长治市上党区低碳建设规划 (2023–2035) §五.
    """
    held = points_in(units, car_parks, CAR_PARKS_BY_UNIT, shared)
    everyone = np.ones(len(car_parks), dtype=bool)
    return Measure.of(
        units.index,
        _amounts(units, held, everyone.astype(float)),
        scale=1,
        evidence=lambda: _lacking(units, car_parks, held, everyone),
    )


@indicator(
    title=Text("充电设施处数", "Charging sites"),
    unit="",
    theme="parking",
    aggregate="sum",
    reach="charger_distance",
    whole=("car_parks", "facilities"),
    source="长治市上党区低碳建设规划 (2023–2035) §五",
    definition=Text(
        "配有充电桩的停车场数，加上不在这些停车场规定距离内的独立充电设施数。",
        "Car parks with chargers, plus the charging sites that are not within the given "
        "distance of one of these.",
    ),
)
def charging_site_count(
    units: gpd.GeoDataFrame,
    car_parks: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame | None = None,
    *,
    charger_distance: Metres = 0.0,
    shared: Shared | None = None,
) -> Measure:
    """Count the places where electric cars are charged.

    Parameters
    ----------
    units, car_parks, facilities, charger_distance, shared
        As for `charging_car_park_share`.

    Returns
    -------
    Measure
        Number of charging sites. Evidence: the sites, `kind` car_park or facility.

    Raises
    ------
    MissingColumnError
        If neither layer says anything about chargers.

    Notes
    -----
    Source: 长治市上党区低碳建设规划 (2023–2035) §五.
    """
    charging = _has_charger(units, car_parks, facilities, charger_distance, shared)
    chargers, with_charger = _chargers(facilities, shared), car_parks[charging]
    sites = [with_charger]
    if chargers is not None and len(chargers):
        inside = _near(units, chargers, with_charger, charger_distance)
        sites.append(chargers[~inside])
    held = [points_in(units, one, "charging sites by unit", None) for one in sites]
    counts = [_amounts(units, h, np.ones(len(s))) for h, s in zip(held, sites, strict=True)]
    return Measure.of(
        units.index, np.sum(counts, axis=0), scale=1, evidence=lambda: _sites(units, sites, held)
    )


def _amounts(units: gpd.GeoDataFrame, held: Shares, amounts: Floats) -> Floats:
    return summed(held.zone, held.weight * amounts[held.feature], units)


def _chargers(
    facilities: gpd.GeoDataFrame | None, shared: Shared | None
) -> gpd.GeoDataFrame | None:
    """Return the charging sites, None where there is no layer of facilities."""
    if facilities is None:
        return None
    kind = known(facilities, "facilities", "facility_type", shared)
    return facilities[kind.eq(CHARGING)]


def _has_charger(
    units: gpd.GeoDataFrame,
    car_parks: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame | None,
    distance: float,
    shared: Shared | None,
) -> Flags:
    """Return True for each car park that has chargers."""
    chargers = _chargers(facilities, shared)
    silent = is_unknown(car_parks, "car_parks", "charging_spaces", shared)
    if silent and not _any_charger(facilities, shared):
        raise MissingColumnError("car_parks", "charging_spaces")
    own = filled(car_parks, "charging_spaces", np.zeros(len(car_parks))) > 0
    return own if chargers is None else own | _near(units, car_parks, chargers, distance)


def _any_charger(facilities: gpd.GeoDataFrame | None, shared: Shared | None) -> bool:
    """Tell whether the plan knows of any charging site."""
    if facilities is None:
        return False
    return CHARGING in (shared or Shared()).values("facilities", facilities, "facility_type")


def _near(
    units: gpd.GeoDataFrame, features: gpd.GeoDataFrame, others: gpd.GeoDataFrame, distance: float
) -> Flags:
    """Return True for each feature no farther than `distance` from one of `others`."""
    _, here, there = arrays(units, features, others)
    found = shapely.STRtree(there).query(here, predicate="dwithin", distance=distance)[0]
    return np.isin(np.arange(len(here)), found)


def _lacking(
    units: gpd.GeoDataFrame, car_parks: gpd.GeoDataFrame, held: Shares, chosen: Flags
) -> gpd.GeoDataFrame:
    """Return the chosen car parks with the unit that holds them."""
    rows = chosen[held.feature]
    unit, feature = held.zone[rows], held.feature[rows]
    columns = {c: car_parks[c].to_numpy()[feature]
               for c in ("name", "spaces", "charging_spaces") if c in car_parks}  # fmt: skip
    return evidence_frame(
        units,
        unit,
        arrays(units, car_parks)[1][feature],
        car_park_id=np.asarray(car_parks.index)[feature],
        **columns,
        weight=held.weight[rows],
    )


def _sites(
    units: gpd.GeoDataFrame, sites: list[gpd.GeoDataFrame], held: list[Shares]
) -> gpd.GeoDataFrame:
    """Return car parks with chargers and charging sites of their own as one layer."""
    kinds = np.repeat(["car_park", "facility"][: len(held)], [len(h.feature) for h in held])
    geometry = [arrays(units, s)[1][h.feature] for s, h in zip(sites, held, strict=True)]
    ids = [np.asarray(s.index, dtype=object)[h.feature] for s, h in zip(sites, held, strict=True)]
    return evidence_frame(
        units,
        np.concatenate([h.zone for h in held]),
        np.concatenate(geometry),
        site_id=np.concatenate(ids),
        kind=kinds,
        weight=np.concatenate([h.weight for h in held]),
    )


VARIANTS: tuple[Indicator, ...] = ()
