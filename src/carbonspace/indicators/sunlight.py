"""Sunlight: how long the sun of winter reaches the lowest windows of homes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.errors import UnstatedError
from carbonspace.indicators._shade import Hours, place_over, shade_reach, suns_of_day
from carbonspace.indicators._shared import Floats, Geometries, evidence_frame, summed
from carbonspace.indicators._steps import (
    BUILDINGS_BY_UNIT,
    chosen_rows,
    cut_evidence,
    mostly_in,
    polygons_in,
)
from carbonspace.indicators._sunlight import STANDARD, Sunlight, sunlight_from, sunlight_named
from carbonspace.indicators._windows import Homes, homes_of, stretches_of, windows_of
from carbonspace.kernels.overlay import Cut
from carbonspace.model.indicator import Layers, indicator
from carbonspace.model.measure import Measure, divided
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_ROUNDING = 1e-9

_MEANING = Text(
    "数据中没有窗：沿外墙取点，高度为底层窗台，不被任何建筑（含自身）遮挡时有日照。一栋住宅的时数"
    "是至少一个窗宽（或给定比例）的外墙达到的时数：默认取采光最好的一处，不达标即确定不达标，达标不"
    "等于每户达标。全部建筑按同一地面高程计，高度未知按一层计；老年人居住建筑与改造单元内新建住宅"
    "另有标准。窗宽与取点为本工具的约定；城市规模的划分凭记忆，未核实。",
    "The data have no windows: points along the walls at the height of the lowest sill are lit "
    "where no building, their own included, stands before the sun. A home has the hours that at "
    "least the width of a window of its facade has (or a given share): by default its best-lit "
    "place, so that too few hours are certain and enough do not prove that every flat has them. "
    "All buildings stand on one level, one of unknown height has one storey. Homes for the "
    "elderly and new ones in renewed units have their own standard. Width and points are our own "
    "choice; how cities are told apart by size rests on memory.",
)
_SOURCE = "GB 50180-2018 Table 4.0.9; GB/T 50947-2014"


def _reach(settings: Mapping[str, Any], layers: Layers) -> float:
    """Return how far a building may shade a home that stands in the unit, metres."""
    if "units" not in layers:
        return float("nan")
    sunlight = sunlight_from(settings)
    place = place_over(layers["units"])
    angles = [suns_of_day(place, day, sunlight.step)[0] for day in sunlight.days]
    return shade_reach(layers, sunlight.storey_height, np.concatenate(angles))


@indicator(
    title=Text("住宅底层窗日照时数", "Hours of sun on the lowest windows of homes"),
    unit="h",
    theme="sunlight",
    aggregate="ratio",
    reach=_reach,
    far=("buildings",),
    source=_SOURCE,
    definition=Text(
        f"每栋住宅底层窗在标准日有效时段（真太阳时）的日照时数；单元与城市为各栋的平均。{_MEANING.zh}"
        "给出气候区和城市规模后才按标准判定。",
        "Hours of sun on the lowest windows of each home, on the day and in the hours of the "
        f"standard (true solar time); of units and the city the mean of buildings. {_MEANING.en} "
        "It is judged where climate zone and city size are stated.",
    ),
    levels=("unit", "city", "building"),
    decimals=1,
    verified=False,
    naming=sunlight_named,
)
def sunlight_hours(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    sunlight: Sunlight = STANDARD,
    shared: Shared | None = None,
) -> Measure:
    """Return how long the sun reaches the lowest windows of each home.

    Parameters
    ----------
    units
        Polygons in a projected CRS; with `renewal`, their `unit_type`.
    buildings
        Footprints with `use`, and `height` (m) or `floors`; with `renewal`, `is_new`.
    sunlight
        Which homes are asked, and how their sunlight is counted.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Mean hours of the homes of a unit; a home across units counts to each by its footprint.
        `parts` has one row per home, with its hours and the `case`, `day`, `climate_zone` and
        `city_size` that rules select on. Evidence: the facades of homes, by stretches of
        like light, with the least and the most hours of it.

    Raises
    ------
    MissingColumnError
        If the use of buildings is not known, nor height nor floors of any; with `renewal` also
        if the types of units, or which buildings are new, are not known.
    NoSunError
        If the sun does not rise on a day.
    ServiceError
        If pvlib is not installed.

    Notes
    -----
    GB 50180-2018 Table 4.0.9, whose body is that of GB 50180-93 Table 5.0.2-1: 住宅建筑日照标准.
    """
    homes = homes_of(units, buildings, sunlight, shared)
    cut, row = _in_units(units, buildings, homes, shared)
    seen = ~np.isnan(homes.hours)[row]
    return Measure.of(
        units.index,
        summed(cut.zone[seen], (cut.share * homes.hours[row])[seen], units),
        summed(cut.zone[seen], cut.share[seen], units),
        scale=1.0,
        parts={"building": _by_building(units, buildings, homes, sunlight, shared)},
        evidence=lambda: _facades(units, buildings, homes, sunlight, shared),
    )


@indicator(
    title=Text("住宅日照达标率", "Homes with the sunlight asked for"),
    unit="%",
    theme="sunlight",
    aggregate="ratio",
    reach=_reach,
    far=("buildings",),
    source=_SOURCE,
    definition=Text(
        "底层窗日照时数达到要求的住宅占住宅的比例，按栋计（跨单元的按基底面积分摊）。要求的时数由气候区"
        f"和城市规模按标准确定，或直接给定。{_MEANING.zh}",
        "Share of homes whose lowest windows have the hours asked for, by number of buildings "
        "(across units by footprint). The hours follow from climate zone and city size by the "
        f"standard, or are given. {_MEANING.en}",
    ),
    decimals=1,
    verified=False,
    naming=sunlight_named,
)
def sunlight_met_share(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    sunlight: Sunlight = STANDARD,
    hours_asked: Hours = 0.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of homes whose lowest windows have the hours of sun asked for.

    Parameters
    ----------
    units, buildings, sunlight, shared
        As for `sunlight_hours`.
    hours_asked
        Hours asked of homes by a local rule; 0: those of the standard. Homes for the elderly and
        in renewed units have their own.

    Returns
    -------
    Measure
        Percent; numerators and denominators are numbers of buildings. Homes without any facade
        for a window are left out. Evidence: the homes, with what they have and what is asked.

    Raises
    ------
    UnstatedError
        If the hours are those of the standard, and climate zone or city size is not stated.
    MissingColumnError, NoSunError, ServiceError
        As for `sunlight_hours`.
    """
    if not (hours_asked or sunlight.of_homes):
        raise UnstatedError(
            "state climate_zone (I to VII) and city_size (large or small) under [parameters.all]: "
            "the hours asked for follow from them; or state hours_asked",
            "请在 [parameters.all] 中给出 climate_zone（I 至 VII）和 city_size（large 或 small），"
            "要求的日照时数由此确定；或给出 hours_asked",
        )
    homes = homes_of(units, buildings, sunlight, shared)
    if hours_asked:
        homes = homes._replace(asked=np.where(homes.case == "homes", hours_asked, homes.asked))
    cut, row = _in_units(units, buildings, homes, shared)
    met = (homes.hours >= homes.asked - _ROUNDING)[row]
    seen = ~np.isnan(homes.hours)[row]
    return Measure.of(
        units.index,
        summed(cut.zone[met], cut.share[met], units),
        summed(cut.zone[seen], cut.share[seen], units),
        scale=100.0,
        evidence=lambda: _footprints(units, buildings, homes, cut, row),
    )


def _in_units(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, homes: Homes, shared: Shared | None
) -> tuple[Cut, np.ndarray]:
    """Return the parts of homes in units, and which home each is a part of."""
    cut = polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared)
    place = np.full(len(buildings), -1)
    place[homes.building] = np.arange(len(homes.building))
    chosen = chosen_rows(cut, place >= 0)
    return chosen, place[chosen.feature]


def _by_building(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    homes: Homes,
    sunlight: Sunlight,
    shared: Shared | None,
) -> pd.DataFrame:
    """Return one row per home, with what rules may select on."""
    hours, known = np.nan_to_num(homes.hours), (~np.isnan(homes.hours)).astype(float)
    return pd.DataFrame(
        {
            "unit_id": mostly_in(units, buildings, "building", shared).iloc[homes.building],
            "use": buildings["use"].iloc[homes.building],
            "case": homes.case,
            "day": homes.day,
            "climate_zone": sunlight.climate_zone,
            "city_size": sunlight.city_size,
            "numerator": hours,
            "denominator": known,
            "value": divided(hours, known, scale=1.0),
        },
        index=buildings.index[homes.building],
    )


def _facades(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    homes: Homes,
    sunlight: Sunlight,
    shared: Shared | None,
) -> gpd.GeoDataFrame:
    """Return the facades of homes by stretches of like light, in the unit that holds most."""
    found = [
        stretches_of(one, sunlight) for one in windows_of(units, buildings, homes, sunlight, shared)
    ]
    building = np.concatenate([one[0] for one in found] or [np.empty(0, dtype=np.intp)])
    lines: Geometries = np.concatenate([one[1] for one in found] or [np.empty(0, dtype=object)])
    held = mostly_in(units, buildings, "building", shared).iloc[building]
    row = np.searchsorted(homes.building, building)
    names = [*found[0][2]] if found else []
    columns = {name: np.concatenate([one[2][name] for one in found]) for name in names}
    return evidence_frame(
        units,
        units.index.get_indexer(held),
        lines,
        building_id=np.asarray(buildings.index)[building],
        **_facts(homes, row),
        **columns,
    )


def _footprints(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    homes: Homes,
    cut: Cut,
    row: np.ndarray,
) -> gpd.GeoDataFrame:
    hours: Floats = homes.hours[row]
    return cut_evidence(
        units,
        buildings,
        cut,
        "building_id",
        **_facts(homes, row),
        asked_h=homes.asked[row],
        hours=hours,
        met=hours >= homes.asked[row] - _ROUNDING,
    )


def _facts(homes: Homes, row: np.ndarray) -> dict[str, Any]:
    return {"case": homes.case[row], "day": homes.day[row]}
