"""What facades and roofs carry: panels on facades, green walls, green roofs."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._building_figures import heights_known, ratio_of
from carbonspace.indicators._building_traits import EVERY, Asked, asked_of
from carbonspace.indicators._documents import BAYANNUR, LIANYUNGANG, PKU
from carbonspace.indicators._roofs import whole_areas
from carbonspace.indicators._shade import Storey
from carbonspace.indicators._shared import Floats, arrays, filled, known
from carbonspace.model.indicator import Indicator, Unit, indicator, variant
from carbonspace.model.kinds import Choice
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text


class Covering(NamedTuple):
    """What a facade or a roof carries: the column that has its area, and whether of the roof."""

    column: str
    on_roof: bool


COVERINGS: dict[str, Covering] = {
    "facade_pv": Covering("facade_pv_area", on_roof=False),
    "facade_green": Covering("facade_green_area", on_roof=False),
    "roof_green": Covering("roof_green_area", on_roof=True),
}
"""By name, the values of `covering`."""
CoveringName = Annotated[str, Unit(""), Choice(tuple(COVERINGS))]
_GREEN = f"{PKU} §7.6(六)2-3; {BAYANNUR} 二(三)14; {LIANYUNGANG} 三11"


@indicator(
    title=Text("立面或屋面的利用率", "Share of facades or roofs that is used"),
    unit="%",
    theme="buildings",
    aggregate="ratio",
    source=f"{PKU} §7.6(四)8; {_GREEN}",
    definition=Text(
        "立面光伏（或垂直绿化、屋顶绿化）面积除以立面（屋面）面积。立面面积为周长×高度，不扣除窗"
        "与贴邻墙面；屋面面积未说明的取基底面积。未说明利用面积的建筑按没有计；高度未知的建筑不计"
        "入立面。条文未给出数值。",
        "Area of panels on facades (green walls, green roofs) over that of the facades (roofs). A "
        "facade is perimeter × height, windows and shared walls included; a roof that is not "
        "stated has the area of the footprint. A building that does not say has nothing; one whose "
        "height is not known has no facade to count. The clauses state no value.",
    ),
    levels=("unit", "city", "building"),
    decimals=1,
    verified=False,
)
def envelope_share(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    covering: CoveringName = "facade_pv",
    storey_height: Storey = 3.0,
    asked: Asked = EVERY,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of facades or roofs that carries panels or plants.

    Parameters
    ----------
    units
        Planning units.
    buildings
        Footprints with the column of the covering (m²); for facades `height` (m) or `floors`.
    covering
        What is looked for: a key of `COVERINGS`.
    storey_height
        Height of a storey where only floors are known, metres.
    asked
        Which buildings count.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m². Evidence and parts: the buildings.

    Raises
    ------
    MissingColumnError
        If the covering, or what it is divided by, is not known of any building.

    Notes
    -----
    PKU §7.6(四)8: 提出新建建筑可用屋顶太阳能覆盖率、建筑立面光伏占建筑立面比例等相关指标.
    """
    covered = _covered(buildings, covering, shared)
    if COVERINGS[covering].on_roof:
        ground = whole_areas(units, buildings)
    else:
        height = heights_known(buildings, storey_height, shared)
        ground = shapely.length(arrays(units, buildings)[1]) * height
    chosen = asked_of(buildings, asked, shared) & (ground > 0)
    return ratio_of(units, buildings, (covered, ground), chosen, shared, scale=100.0)


@indicator(
    title=Text("立面或屋面的利用面积", "Area of facades or roofs that is used"),
    unit="m²",
    theme="buildings",
    aggregate="sum",
    source=f"{PKU} §7.6(四)8; {_GREEN}",
    definition=Text(
        "立面光伏（或垂直绿化、屋顶绿化）面积之和；未说明的建筑按没有计。折算绿地率由地方规定，此处"
        "不折算。",
        "Area of panels on facades (green walls, green roofs); a building that does not say has "
        "none. How far it counts as green space is for local rules: here it is not converted.",
    ),
    levels=("unit", "city", "building"),
    decimals=0,
)
def envelope_area(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    covering: CoveringName = "facade_pv",
    asked: Asked = EVERY,
    shared: Shared | None = None,
) -> Measure:
    """Return the area of facades or roofs that carries panels or plants.

    Parameters
    ----------
    units, covering, asked, shared
        As for `envelope_share`.
    buildings
        Footprints with the column of the covering (m²).

    Returns
    -------
    Measure
        m². Evidence and parts: the buildings.

    Raises
    ------
    MissingColumnError
        If the covering is not known of any building.

    Notes
    -----
    巴彦淖尔 二(三)14; 连云港 三11: 屋顶绿化、垂直绿化.
    """
    covered = _covered(buildings, covering, shared)
    chosen = asked_of(buildings, asked, shared)
    return ratio_of(units, buildings, (covered, None), chosen, shared)


def _covered(buildings: gpd.GeoDataFrame, covering: str, shared: Shared | None) -> Floats:
    column = COVERINGS[covering].column
    known(buildings, "buildings", column, shared)
    return filled(buildings, column, np.zeros(len(buildings)))


VARIANTS: tuple[Indicator, ...] = (
    variant(
        envelope_share, "pv_facade_share",
        Text("新建建筑立面光伏占比", "Panels on facades of new buildings"),
        facts={"source": f"{PKU} §7.6(四)8"}, covering="facade_pv", age="new",
    ),
    variant(
        envelope_share, "vertical_greening",
        Text("垂直绿化占立面比例", "Green walls among facades"),
        facts={"source": _GREEN}, covering="facade_green",
    ),
    variant(
        envelope_share, "roof_greening",
        Text("屋顶绿化占屋面比例", "Green roofs among roofs"),
        facts={"source": _GREEN}, covering="roof_green",
    ),
    variant(
        envelope_area, "vertical_greening_area",
        Text("垂直绿化面积", "Area of green walls"),
        facts={"source": _GREEN}, covering="facade_green",
    ),
    variant(
        envelope_area, "roof_greening_area",
        Text("屋顶绿化面积", "Area of green roofs"),
        facts={"source": _GREEN}, covering="roof_green",
    ),
)  # fmt: skip
