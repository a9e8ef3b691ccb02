"""What the indicators that are asked take for granted of a plan, told as findings.

It matters where it is asked for only: a plan whose heights nobody uses need not hear of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np

from carbonspace.errors import MissingColumnError, ServiceError
from carbonspace.grids import around, raster_of
from carbonspace.indicators._near_stops import WHO
from carbonspace.indicators._shared import filled, flag, of_classes, text_column
from carbonspace.indicators._slopes import heights_at, steepness
from carbonspace.indicators._streets import GATE_REACH, Network, is_open, town_of
from carbonspace.indicators._sun import DAYS, Place, place_of
from carbonspace.indicators._sunlight import sunlight_from
from carbonspace.indicators._walking import (
    DOOR_REACH,
    SPEEDS,
    Walk,
    looks_at_slopes,
    walk_from,
)
from carbonspace.indicators.parks_on_foot import is_large
from carbonspace.kernels.slopes import knots
from carbonspace.model.finding import Finding
from carbonspace.model.indicator import Indicator
from carbonspace.model.places import is_home, serving
from carbonspace.model.plan import Plan, Raster
from carbonspace.model.text import Text
from carbonspace.prepare.heights import height_premises
from carbonspace.prepare.street_access import (
    far_premises,
    nobody_walks,
    one_way_premises,
    stray_entrances,
)
from carbonspace.prepare.street_lines import Flags, lines_of
from carbonspace.prepare.street_slopes import Pieces, slope_premises
from carbonspace.prepare.streets import NEAR_M, street_premises

_SEASONS = ("great_cold", "winter_solstice", "summer_solstice")
"""Days named by a season: that of the north."""

_YEARLY = "irradiation"
"""The definition of usable roof that asks for the sun of a year."""

Asked = Iterable[tuple[Indicator, Mapping[str, Any]]]


Once = Callable[[str, gpd.GeoDataFrame, Callable[[], Iterable[Finding]]], list[Finding]]
"""Takes what is asked of a layer and what answers it, and returns the answer, known or made."""


def _made(_asked: str, _layer: gpd.GeoDataFrame, make: Callable[[], Iterable[Finding]]
          ) -> list[Finding]:  # fmt: skip
    return [*make()]


def premises(plan: Plan, asked: Asked, *, once: Once = _made) -> list[Finding]:
    """Return what is to be said of a prepared plan because of what is asked of it.

    Parameters
    ----------
    plan
        Prepared.
    asked
        Indicators, each with the values of its parameters.
    once
        Whom what is dear is asked, if somebody may know it already.
    """
    asked = [*asked]
    lit = [values for one, values in asked if _sees_shade(one, values, plan)]
    storeys = sorted({values["storey_height"] for values in lit})
    days = {day for values in lit for day in _days(values)}
    found: list[Finding] = []
    if storeys and "buildings" in plan.layers:
        buildings = plan.layers["buildings"]
        found += once(f"heights {storeys}", buildings, partial(height_premises, buildings, storeys))
    if named := [day for day in _SEASONS if day in days]:
        found += _southern(place_of(plan.layers["units"]), named)
    found += _streets(plan, asked)
    found += _slopes(plan, asked)
    return [one for one in dict.fromkeys(found) if one not in plan.findings]


def _days(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the days that the sun is asked of; none where it is that of a whole year."""
    if "sunlight_day" in values:
        return sunlight_from(values).days
    return (values["day"],) if "day" in values and values.get("definition") != _YEARLY else ()


def _sees_shade(one: Indicator, values: Mapping[str, Any], plan: Plan) -> bool:
    """Tell whether heights matter under these parameters: what shades stands outside, too."""
    try:
        return "storey_height" in values and one.reach_m(values, plan.layers) > 0
    except ServiceError:  # then it is not measured, for that reason
        return False


def _southern(place: Place, days: list[str]) -> Iterator[Finding]:
    """Yield that days named by a season of the north are of another one where the plan lies."""
    if place.latitude >= 0:
        return
    names = Text("、".join(DAYS[day].title.zh for day in days),
                 ", ".join(DAYS[day].title.en for day in days))  # fmt: skip
    where = f"{-place.latitude:.2f}°"
    yield Finding(
        "warning", "plan",
        Text("计算日以北半球的季节命名", "The day is named by a season of the north"),
        Text(f"南纬 {where}：{names.zh}", f"{where} S: {names.en}"),
        Text("以月-日写明的日期", "a date as month and day"),
        Text("按同一日期计算：大寒日与冬至日在南半球为夏季，夏至日为冬季。"
             "如需南半球的冬季，请写日期 06-21。",
             "It is the same date everywhere: Great Cold and the winter solstice are days of "
             "summer in the south, the summer solstice is one of winter. For winter there write "
             "the date, 06-21."),
    )  # fmt: skip


_GOALS = ("parks", "transit_stops", "facilities", "parcels")
"""What is walked to and from."""

Walked = Mapping[str, Sequence[Mapping[str, Any]]]
"""By the layer that is walked to or from, the parameters of each indicator that does."""


def _streets(plan: Plan, asked: Asked) -> Iterator[Finding]:
    """Yield what is to be said of the streets of each network that somebody walks along."""
    askers: dict[Network, list[tuple[Indicator, Mapping[str, Any]]]] = {}
    for one, values in asked:
        if _walks(values) and set(one.layers) <= set(plan.layers):
            network = Network(**{f.name: values[f.name] for f in fields(Network)})
            askers.setdefault(network, []).append((one, values))
    for network, walkers in askers.items():
        walked = {key: [values for one, values in walkers if key in one.layers] for key in _GOALS}
        try:
            yield from _network(plan, network, {key: by for key, by in walked.items() if by})
        except MissingColumnError:  # then nothing is measured, for that reason
            continue


def _slopes(plan: Plan, asked: Asked) -> Iterator[Finding]:
    """Yield what the terrain says of the streets whose slopes slow somebody down."""
    walks: dict[Walk, float] = {}
    for one, values in asked:
        if "slope" in values and looks_at_slopes(values) and set(one.layers) <= set(plan.layers):
            walk = replace(walk_from(values), walker="all", walk_speeds=SPEEDS)
            walks[walk] = max(walks.get(walk, 0.0), one.reach_m(values, plan.layers))
    for walk, far in walks.items():
        if (dem := raster_of(plan, "dem")) is None:
            return
        try:
            yield from _on_slopes(plan, dem, walk, far)
        except MissingColumnError:  # then nothing is measured, for that reason
            continue


def _on_slopes(plan: Plan, dem: Raster, walk: Walk, far: float) -> Iterator[Finding]:
    """Yield what the terrain says of the streets within so many metres of the units."""
    units, roads = plan.layers["units"], plan.layers["roads"]
    town = town_of(units, roads, plan.layers.get("entrances"), walk, None)
    places = knots(town.streets.lines, walk.slope_step)
    line = places.line
    low, high = units.total_bounds[:2] - far, units.total_bounds[2:] + far
    near = ((places.xy >= low) & (places.xy <= high)).all(axis=1)
    asked = np.flatnonzero(np.isin(line, line[near]))
    heights = np.full(len(line), np.nan)
    for rows, grid in around(dem, units.crs, tuple(units.total_bounds), places.xy[asked]):
        heights[asked[rows]] = heights_at(grid, places.xy[asked[rows]])
    percent = steepness(town, places, heights)
    begin = np.flatnonzero(places.inner)
    seen = near[begin]
    begin = begin[seen]
    length = (places.at[begin + 1] - places.at[begin]) / 1000
    pieces = Pieces(town.road[line[begin]], length, percent[seen], places.xy[begin])
    yield from slope_premises(roads, pieces, cap=walk.slope_cap)


def _walks(values: Mapping[str, Any]) -> bool:
    """Tell whether an indicator with these parameters goes along streets that people walk."""
    return "street_far" in values and values.get("open_to", "walk") == "walk"


def _network(plan: Plan, network: Network, walked: Walked) -> Iterator[Finding]:
    """Yield what is to be said of one network, and of what is walked to and from on it."""
    units, roads, gates = (plan.layers.get(key) for key in ("units", "roads", "entrances"))
    wide = replace(network, snap=max(network.snap, NEAR_M))
    if not is_open(roads, "walk", wide).any():
        yield nobody_walks(roads)
        return
    town = town_of(units, roads, gates, wide, None)
    lines = lines_of(town.streets, town.road, roads)
    yield from street_premises(units, lines, snap=network.snap)
    if flag(roads, "oneway").any():
        yield from one_way_premises(roads, is_open(roads, "drive", network), snap=network.snap)
    for key, askers in walked.items():
        layer = plan.layers[key]
        chosen = np.any([_chosen(key, layer, values) for values in askers], axis=0)
        yield from far_premises(key, layer, chosen, town.tree, far=network.street_far)
    if gates is not None and "entrance_to" in gates:
        yield from _strays(plan, gates, network, walked)


def _strays(
    plan: Plan, gates: gpd.GeoDataFrame, network: Network, walked: Walked
) -> Iterator[Finding]:
    """Yield which entrances have no effect where they lie."""
    roads = plan.layers["roads"]
    inside = roads.geometry[of_classes(roads["road_class"], ("compound",))]
    entered = {"park": "parks", "station": "transit_stops"}
    asked = {to: (plan.layers[key].geometry, DOOR_REACH)
             for to, key in entered.items() if key in walked}  # fmt: skip
    if network.compounds == "gates":
        asked["compound"] = (inside, GATE_REACH)
    for to, (goals, reach) in asked.items():
        yield from stray_entrances(gates, of_classes(gates["entrance_to"], (to,)), goals,
                                   reach=reach)  # fmt: skip


def _chosen(key: str, layer: gpd.GeoDataFrame, values: Mapping[str, Any]) -> Flags:
    """Tell which features of a layer are walked to, or from, under these parameters."""
    if key == "parcels":
        return _counted(layer, values)
    if key == "facilities":
        return of_classes(text_column(layer, "facility_type"), serving(values["facility_types"]))
    if key == "transit_stops":
        return of_classes(text_column(layer, "mode"), values["modes"])
    return is_large(layer.geometry.to_numpy(), values["min_area"])


def _counted(parcels: gpd.GeoDataFrame, values: Mapping[str, Any]) -> Flags:
    """Tell which parcels have homes, residents or jobs of those that are asked for."""
    if "of" in values:
        return _peopled(parcels, *WHO[values["of"]])
    if values.get("whose") == "residents":
        return _peopled(parcels, "population")
    home = is_home(text_column(parcels, "land_use"), values["homes"])
    if values.get("counted_by") == "residents":
        return home & _peopled(parcels, "population")
    return home


def _peopled(parcels: gpd.GeoDataFrame, *columns: str) -> Flags:
    """Tell which parcels have some of the people, or jobs, of these columns."""
    none = np.zeros(len(parcels))
    held = np.sum([filled(parcels, column, none) for column in columns], axis=0)
    return np.asarray(held > 0, dtype=bool)
