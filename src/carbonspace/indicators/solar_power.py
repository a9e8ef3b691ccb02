"""Power from roofs: what can be installed, what it yields in a year, which carbon that avoids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd

from carbonspace.indicators._panels import LAYOUTS, USUAL, Layouts, Panels, panels_naming
from carbonspace.indicators._power import (
    AVERAGE,
    Field,
    Replaced,
    Sky,
    factor_naming,
    field_of,
    kwh_per_kwp,
    power_evidence,
    sky_of,
)
from carbonspace.indicators._roof import BY_COEFFICIENT, Roof, roof_naming
from carbonspace.indicators._roof_work import Surroundings
from carbonspace.indicators._roofs import amount_of, hills_reach, roof_reach
from carbonspace.indicators._shared import Floats
from carbonspace.model.grid import Grid
from carbonspace.model.indicator import LandCodes, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text
from carbonspace.model.weather import Weather

_SOURCE = "面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)8"
_CAPACITY = Text(
    "装机容量 = 可利用屋顶面积 × 单位面积装机功率（按屋顶类型的布置取值，未经核实）。",
    "Capacity = usable roof × watts per m² by layout and roof type (not verified).",
)
_YIELD = Text(
    f"{_CAPACITY.zh}年发电量 = 装机容量 × 单位容量年发电量：按气象文件逐时计算斜面辐照"
    "（散射各向同性）、电池温度与 PVWatts 直流、损失及逆变器模型；"
    'sky = "clear" 时按全年晴空，结果是上限。可利用屋顶按年辐照量定义时计入遮挡'
    "（发电量按屋顶年辐照量与无遮挡水平面之比折减），按其他定义不计遮挡。",
    f"{_CAPACITY.en} Yield = capacity × what a kWp yields in the hours of the weather file: light "
    "on the plane of the panels (even sky), warmth of the cells, PVWatts for current, losses and "
    'inverter. With sky = "clear" the sky has no clouds all the year: an upper bound. Where the '
    "usable roof is defined by irradiation the yield is reduced by what falls onto the roof over "
    "what falls onto a horizontal surface without obstacles; under other definitions nothing "
    "shades.",
)
_CARBON = Text(
    "年减碳量（CO₂）= 年发电量 × 电网平均二氧化碳排放因子（按 grid_region 与 grid_year 取值，默认为"
    "全国最新一年；因子的核实状态与数值并列）。不计组件生产的排放。",
    "CO₂ avoided in a year = yield × mean emission factor of the grid, of `grid_region` and "
    "`grid_year`, by default that of China in the newest year; how sure the factor is stands "
    "beside it. What making the panels emits is not counted. ",
)


def _yield_naming(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {**roof_naming(settings), **panels_naming(settings)}


def _carbon_naming(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {**_yield_naming(settings), **factor_naming(settings)}


@indicator(
    title=Text("屋顶光伏可装机容量", "Solar power that roofs can carry"),
    unit="kWp",
    theme="solar",
    aggregate="sum",
    source=_SOURCE,
    definition=_CAPACITY,
    reach=roof_reach,
    far=("buildings",),
    naming=roof_naming,
    raster_reach=hills_reach,
    decimals=0,
    verified=False,
)
def pv_capacity(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    dsm: Grid | None = None,
    dem: Grid | None = None,
    canopy: Grid | None = None,
    weather: Weather | None = None,
    *,
    uses: LandCodes = (),
    new_only: bool = False,
    roof: Roof = BY_COEFFICIENT,
    layouts: Layouts = LAYOUTS,
    shared: Shared | None = None,
) -> Measure:
    """Power of the panels that the usable roof has room for.

    Parameters
    ----------
    units, buildings, dsm, dem, canopy, weather, uses, new_only, roof, shared
        As for `solar_roof_area`.
    layouts
        Rows of roof type, watts per m² of usable roof, and mounting (see `Panels`).

    Returns
    -------
    Measure
        kWp. Evidence: the usable roofs, or their patches where light counts, with their power.

    Raises
    ------
    MissingColumnError, UnknownNameError
        As `solar_roof_area`.

    Notes
    -----
    Source: §7.6(四)8 asks for solar power on roofs and states no density; the layouts rest on
    memory.
    """
    around = Surroundings(dsm, dem, canopy, weather)
    field = field_of(units, buildings, around, roof, layouts, shared, uses=uses, new_only=new_only)
    return Measure.of(
        units.index,
        amount_of(units, field.roofs, field.kwp).asked,
        scale=1,
        evidence=lambda: power_evidence(units, buildings, around, roof, field, shared),
    )


@indicator(
    title=Text("屋顶光伏年发电量", "Yearly yield of solar roofs"),
    unit="kWh/a",
    theme="solar",
    aggregate="sum",
    source=_SOURCE,
    definition=_YIELD,
    reach=roof_reach,
    far=("buildings",),
    naming=_yield_naming,
    raster_reach=hills_reach,
    decimals=0,
    verified=False,
)
def pv_yield(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    dsm: Grid | None = None,
    dem: Grid | None = None,
    canopy: Grid | None = None,
    weather: Weather | None = None,
    *,
    uses: LandCodes = (),
    new_only: bool = False,
    roof: Roof = BY_COEFFICIENT,
    panels: Panels = USUAL,
    shared: Shared | None = None,
) -> Measure:
    """Energy that panels on all usable roofs feed in during a year.

    Parameters
    ----------
    units, buildings, dsm, dem, canopy, uses, new_only, roof, shared
        As for `solar_roof_area`.
    weather
        The hours of a year; needed unless the sky is always clear.
    panels
        Layout, tilt and losses.

    Returns
    -------
    Measure
        kWh in a year. Evidence: as `pv_capacity`, with the yield of each.

    Raises
    ------
    MissingLayerError
        Without weather, unless `sky` is "clear".
    MissingColumnError, UnknownNameError
        As `solar_roof_area`.

    Notes
    -----
    Dobos, PVWatts Version 5 Manual (NREL/TP-6A20-62641, 2014); King et al., Photovoltaic Array
    Performance Model (SAND2004-3535); the sky is even (isotropic), as the shade on roofs takes it.
    """
    around = Surroundings(dsm, dem, canopy, weather)
    sky, field, kwh = _year_of(
        units, buildings, around, roof, panels, shared, uses=uses, new_only=new_only
    )
    return Measure.of(
        units.index,
        amount_of(units, field.roofs, kwh).asked,
        scale=1,
        evidence=lambda: power_evidence(units, buildings, around, roof, field, shared, sky=sky),
    )


@indicator(
    title=Text("屋顶光伏年减碳量", "Carbon that solar roofs avoid"),
    unit="t/a",
    theme="solar",
    aggregate="sum",
    source="生态环境部、国家统计局公告2024年第12号、2024年第33号",
    definition=Text(f"{_CARBON.zh}{_YIELD.zh}", f"{_CARBON.en}{_YIELD.en}"),
    reach=roof_reach,
    far=("buildings",),
    naming=_carbon_naming,
    raster_reach=hills_reach,
    decimals=0,
    verified=False,
)
def pv_co2_avoided(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    dsm: Grid | None = None,
    dem: Grid | None = None,
    canopy: Grid | None = None,
    weather: Weather | None = None,
    *,
    uses: LandCodes = (),
    new_only: bool = False,
    roof: Roof = BY_COEFFICIENT,
    panels: Panels = USUAL,
    replaced: Replaced = AVERAGE,
    shared: Shared | None = None,
) -> Measure:
    """Emissions of the grid that the yield of solar roofs replaces in a year.

    Parameters
    ----------
    units, buildings, dsm, dem, canopy, weather, uses, new_only, roof, panels, shared
        As for `pv_yield`.
    replaced
        Whose power is replaced, and the year of its factor.

    Returns
    -------
    Measure
        t CO₂ in a year; numerators are kg. Evidence: as `pv_yield`, with the factor and its status.

    Raises
    ------
    UnknownNameError
        If there is no factor for the region in the year, and as `solar_roof_area`.
    MissingLayerError, MissingColumnError
        As `pv_yield`.

    Notes
    -----
    Factors: `carbonspace.model.grid_factors`, each with its source and status.
    """
    factor, around = replaced.factor, Surroundings(dsm, dem, canopy, weather)
    sky, field, kwh = _year_of(
        units, buildings, around, roof, panels, shared, uses=uses, new_only=new_only
    )
    return Measure.of(
        units.index,
        amount_of(units, field.roofs, kwh).asked * factor.kg_per_kwh,
        scale=1e-3,
        evidence=lambda: power_evidence(
            units, buildings, around, roof, field, shared, sky=sky, factor=factor
        ),
    )


def _year_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    around: Surroundings,
    roof: Roof,
    panels: Panels,
    shared: Shared | None,
    *,
    uses: LandCodes,
    new_only: bool,
) -> tuple[Sky, Field, Floats]:
    """Return the year that panels yield in, the panels, and what those of each roof yield, kWh."""
    sky = sky_of(units, around.weather, roof, panels, shared)
    field = field_of(
        units, buildings, around, roof, panels.layouts, shared, uses=uses, new_only=new_only
    )
    return sky, field, field.kwp * kwh_per_kwp(field, roof, sky)
