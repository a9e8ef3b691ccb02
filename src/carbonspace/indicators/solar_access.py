"""How much of the sun above reaches the roofs between their neighbours."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from carbonspace.indicators._roof import LIT, Roof, as_lit, light_naming, roof_from
from carbonspace.indicators._roof_light import roof_image
from carbonspace.indicators._roof_pieces import roof_evidence
from carbonspace.indicators._roof_work import Surroundings
from carbonspace.indicators._roofs import (
    account_of,
    amount_of,
    by_building,
    lit_hills_reach,
    lit_reach,
    roofs_of,
    whole_areas,
)
from carbonspace.model.grid import Grid
from carbonspace.model.indicator import LandCodes, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text
from carbonspace.model.weather import Weather


@indicator(
    title=Text("屋顶日照可达率", "Solar access of roofs"),
    unit="%",
    theme="solar",
    aggregate="ratio",
    source="面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)8",
    definition=Text(
        "计算日内（或全年）实际照到屋顶的日照（或辐照量）占无遮挡时的比例，按退让后的屋顶面积加权；"
        "遮挡来自前排及相邻建筑。条文未给出数值。",
        "Sun hours on a day (or irradiation of a year) that reach the roofs, over what they would "
        "have without anything around them, by area of roof within the setback. What shades are "
        "the buildings in front and around. The clause states no value.",
    ),
    reach=lambda chosen, layers: lit_reach(as_lit(roof_from(chosen)), layers),
    far=("buildings",),
    naming=light_naming,
    raster_reach=lit_hills_reach,
    levels=("unit", "city", "building"),
    decimals=1,
    verified=False,
)
def roof_solar_access(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    dsm: Grid | None = None,
    dem: Grid | None = None,
    canopy: Grid | None = None,
    weather: Weather | None = None,
    *,
    uses: LandCodes = (),
    new_only: bool = False,
    roof: Roof = LIT,
    shared: Shared | None = None,
) -> Measure:
    """Share of the sun above that reaches the roofs.

    Parameters
    ----------
    units, buildings, uses, new_only, shared
        As for `solar_roof_area`.
    roof
        Day, hours, step and cell; under `irradiation` the whole year; under a definition that asks
        for no light as under `sunlit`.

    Returns
    -------
    Measure
        %, by area of roof; numerators and denominators are m². Evidence: the pieces of roofs.

    Raises
    ------
    MissingColumnError, UnknownNameError
        As `solar_roof_area`.

    Notes
    -----
    Source: §7.6(四)8: 鼓励建筑群体布局考虑前排建筑对后排建筑的屋顶及立面的遮挡.
    """
    lit = as_lit(roof)
    around = Surroundings(dsm, dem, canopy, weather)
    roofs = roofs_of(units, buildings, uses=uses, new_only=new_only, shared=shared)
    account = account_of(units, buildings, around, lit, shared)
    within = 1 - account.setback
    reached = within * account.access
    area = whole_areas(units, buildings)
    return Measure.of(
        units.index,
        np.nan_to_num(amount_of(units, roofs, reached).asked),
        np.nan_to_num(amount_of(units, roofs, within).asked),
        scale=100,
        parts={
            "building": by_building(units, buildings, roofs, area * reached, area * within, shared)
        },
        evidence=lambda: roof_evidence(units, buildings, roofs, account, around, lit, shared),
        image=roof_image(
            units, buildings, roofs, around, lit, shared, uses=uses, new_only=new_only
        ),
    )
