"""Infrastructure: what plants can treat, which lamps save energy, which old pipes are renewed."""

from __future__ import annotations

from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.errors import UnstatedError
from carbonspace.indicators._documents import BAYANNUR, SHANGDANG
from carbonspace.indicators._shared import (
    ON_EDGE_M,
    Floats,
    evidence_frame,
    filled,
    flag,
    known,
    numbers,
    places,
    summed,
    text_column,
)
from carbonspace.indicators._sites import ON_EDGES, sites_in, sites_shown
from carbonspace.indicators._steps import drawn, lines_in, points_in, taken
from carbonspace.indicators._traits import Trait, Unstated, held_by
from carbonspace.model.indicator import Indicator, Unit, indicator
from carbonspace.model.kinds import Number
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

Year = Annotated[int, Unit(""), Number(low=1900, high=2200, whole=True)]
Years = Annotated[float, Unit("a"), Number(low=0, unit="a")]
PIPES_BY_UNIT = "heat pipes by unit"
LAMPS_BY_UNIT = "street lamps by unit"

_TREATED = "m³/d"
_BURNT = "t/d"
_SAME: dict[str, dict[str, float]] = {
    _TREATED: {"m³/d": 1.0, "m3/d": 1.0, "立方米/日": 1.0, "立方米/天": 1.0,
               "万m³/d": 1e4, "万m3/d": 1e4, "万立方米/日": 1e4, "万吨/日": 1e4, "10⁴m³/d": 1e4},
    _BURNT: {"t/d": 1.0, "吨/日": 1.0, "吨/天": 1.0, "万吨/日": 1e4, "kg/d": 1e-3},
}  # fmt: skip
"""By unit, how `capacity_unit` may be written, and how much one of it is. A cubic metre of sewage
is a tonne."""


def _led(frame: gpd.GeoDataFrame) -> np.ndarray:
    return np.asarray(text_column(frame, "lamp_type").eq("led").fillna(value=False), dtype=bool)


_LED = Trait(Text("高效节能灯具", "LED lamps"), ("lamp_type",), _led)
_CAPACITY = Text(
    "规模之和（facilities.capacity），单位取自 capacity_unit，未写的按本指标的单位；规模未知的不计"
    "，见证据。",
    "Sum of the capacities (facilities.capacity), in the unit of capacity_unit and where none is "
    "written in that of the indicator; plants whose capacity is not known add nothing: see the "
    "evidence.",
)


@indicator(
    title=Text("污水处理规模", "Capacity of sewage plants"),
    unit=_TREATED,
    theme="infrastructure",
    aggregate="sum",
    reach=ON_EDGE_M,
    source=f"{SHANGDANG} §七",
    definition=Text(
        "污水处理厂" + _CAPACITY.zh + ON_EDGES.zh,
        "Sewage plants. " + _CAPACITY.en + " " + ON_EDGES.en,
    ),
    decimals=0,
)
def sewage_capacity(
    units: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return what the sewage plants can treat.

    Parameters
    ----------
    units
        Planning units.
    facilities
        Points or polygons with `facility_type`, `capacity` and `capacity_unit`.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        m³/d. Evidence: the plants with their capacity, NaN where it is not known.

    Raises
    ------
    MissingColumnError
        If the types of facilities or their capacities are not known.
    UnstatedError
        If the plan has no sewage plant, or the capacity of one is in another unit.

    Notes
    -----
    上党 §七: 远期3座污水处理厂污水处理规模合计达到6万立方米/日.
    """
    return _capacity(units, facilities, "sewage_plant", _TREATED, shared)


@indicator(
    title=Text("垃圾处理规模", "Capacity of waste plants"),
    unit=_BURNT,
    theme="infrastructure",
    aggregate="sum",
    reach=ON_EDGE_M,
    source=f"{BAYANNUR} 二(三)12; {SHANGDANG} §七",
    definition=Text(
        "垃圾处理厂（焚烧发电等）" + _CAPACITY.zh + ON_EDGES.zh,
        "Waste plants, of incineration and others. " + _CAPACITY.en + " " + ON_EDGES.en,
    ),
    decimals=0,
)
def waste_plant_capacity(
    units: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return what the waste plants can treat.

    Parameters
    ----------
    units, facilities, shared
        As for `sewage_capacity`.

    Returns
    -------
    Measure
        t/d. Evidence: the plants with their capacity, NaN where it is not known.

    Raises
    ------
    MissingColumnError
        If the types of facilities or their capacities are not known.
    UnstatedError
        If the plan has no waste plant, or the capacity of one is in another unit.

    Notes
    -----
    巴彦淖尔 二(三)12: 生活垃圾焚烧发电项目，日处理规模700吨.
    """
    return _capacity(units, facilities, "waste_plant", _BURNT, shared)


def _capacity(
    units: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    kind: str,
    unit: str,
    shared: Shared | None,
) -> Measure:
    held = sites_in(units, facilities, (kind,), shared)
    known(facilities, "facilities", "capacity", shared)
    mine = facilities.iloc[held.feature]
    amount = filled(mine, "capacity", np.full(len(mine), np.nan)) * _factors(mine, unit)
    return Measure.of(
        units.index,
        summed(held.zone, held.weight * np.nan_to_num(amount), units),
        scale=1.0,
        evidence=lambda: sites_shown(units, facilities, held, capacity=amount),
    )


def _factors(plants: gpd.GeoDataFrame, unit: str) -> Floats:
    """Return how much one of the unit of each plant's capacity is.

    Raises
    ------
    UnstatedError
        If one is in a unit that cannot be turned into this one.
    """
    written = text_column(plants, "capacity_unit").astype("string").str.replace(" ", "")
    written = written.where(written != "", None)
    factor = pd.to_numeric(written.map(_SAME[unit]))
    strange = (written.notna() & factor.isna()).to_numpy()
    if strange.any():
        place, found = plants.index[strange][0], written[strange].iloc[0]
        raise UnstatedError(
            f"facilities: {place} has capacity_unit = {found}; expected {unit}. "
            f"It can be: {', '.join(_SAME[unit])}",
            f"facilities：{place} 的 capacity_unit 为 {found}，应为 {unit}；"
            f"可写：{'、'.join(_SAME[unit])}",
        )
    return np.asarray(factor.fillna(1.0), dtype=float)


@indicator(
    title=Text("高效节能灯具占比", "Lamps that are LED"),
    unit="%",
    theme="infrastructure",
    aggregate="ratio",
    reach=ON_EDGE_M,
    source=f"{BAYANNUR} 二(三)11",
    definition=Text(
        "路灯中 LED 等高效节能灯具的盏数占比；未说明类型的按不是计（unstated=left_out 时不计入）。"
        "位于单元边界上的由相邻单元均分。",
        "Share of street lamps, by their number, that are LED; one that does not say counts as "
        "another (with unstated=left_out it is no part of either). A lamp on the boundary of "
        "units counts in equal parts to each.",
    ),
    decimals=1,
)
def led_share(
    units: gpd.GeoDataFrame,
    street_lamps: gpd.GeoDataFrame,
    *,
    unstated: Unstated = "without",
    shared: Shared | None = None,
) -> Measure:
    """Return the share of street lamps that are LED.

    Parameters
    ----------
    units
        Planning units.
    street_lamps
        Points with `lamp_type`.
    unstated
        What a lamp counts as that says nothing of its type.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; numerators and denominators are lamps. Evidence: the lamps that are not LED.

    Raises
    ------
    MissingColumnError
        If the type of no lamp is known.

    Notes
    -----
    巴彦淖尔 二(三)11: 到2030年LED等高效节能灯具使用占比超过80%.
    """
    every = np.ones(len(street_lamps), dtype=bool)
    held = held_by(street_lamps, "street_lamps", _LED, every, shared, unstated=unstated)
    lamps = points_in(units, street_lamps, LAMPS_BY_UNIT, shared)
    other = taken(lamps, (held.counts & (held.has < 1))[lamps.feature])
    return Measure.of(
        units.index,
        summed(lamps.zone, lamps.weight * held.has[lamps.feature], units),
        summed(lamps.zone, lamps.weight * held.counts[lamps.feature], units),
        scale=100.0,
        evidence=lambda: evidence_frame(
            units, other.zone, places(street_lamps)[other.feature],
            lamp_id=np.asarray(street_lamps.index)[other.feature],
            lamp_type=np.asarray(street_lamps["lamp_type"])[other.feature],
        ),
    )  # fmt: skip


@indicator(
    title=Text("老旧供热管网改造率", "Old heat pipes that are renewed"),
    unit="%",
    theme="infrastructure",
    aggregate="ratio",
    reach=ON_EDGE_M,
    source=f"{BAYANNUR} 二(三)10",
    definition=Text(
        "到计算年运行满所定年限（缺省 2025 年、20 年）的供热管网长度中，已改造（is_renewed）的占比"
        "。year_built 为原管线建成年，未知的不计入；是否改造未说明的按未改造计。经鉴定有缺陷的管网"
        "无法从数据认定。",
        "Share of the length of heat pipes in service for so many years in the year asked (20 "
        "years in 2025 by default) that is renewed (is_renewed). year_built is that of the pipe "
        "before; where it is not known the pipe is left out, and one that does not say counts as "
        "not renewed. Pipes found leaking cannot be told from data.",
    ),
    decimals=1,
)
def heat_pipe_renewal(
    units: gpd.GeoDataFrame,
    heat_pipes: gpd.GeoDataFrame,
    *,
    at_year: Year = 2025,
    pipe_age: Years = 20.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of old heat pipes that is renewed.

    Parameters
    ----------
    units
        Planning units.
    heat_pipes
        Lines with `year_built` and `is_renewed`.
    at_year
        The year their age is of.
    pipe_age
        Years of service from which a pipe is old, this number included.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; numerators and denominators are metres. Evidence: the old pipes not renewed.

    Raises
    ------
    MissingColumnError
        If the year of no pipe, or of none whether it is renewed, is known.

    Notes
    -----
    巴彦淖尔 二(三)10: 到2025年完成运行年限满20年以及经鉴定存在泄露、热损失等问题的管网改造任务.
    """
    built = known(heat_pipes, "heat_pipes", "year_built", shared)
    known(heat_pipes, "heat_pipes", "is_renewed", shared)
    old = built.notna().to_numpy() & (at_year - numbers(built) >= pipe_age)
    pipes = lines_in(units, heat_pipes, PIPES_BY_UNIT, shared).of(old)
    renewed = flag(heat_pipes, "is_renewed")[pipes.line]
    left = taken(pipes, ~renewed)
    return Measure.of(
        units.index,
        summed(pipes.zone, pipes.length * renewed, units),
        summed(pipes.zone, pipes.length, units),
        scale=100.0,
        evidence=lambda: evidence_frame(
            units, left.zone, drawn(units, heat_pipes, left),
            pipe_id=np.asarray(heat_pipes.index)[left.line],
            year_built=numbers(built)[left.line], counted_m=left.length,
        ),
    )  # fmt: skip


VARIANTS: tuple[Indicator, ...] = ()
