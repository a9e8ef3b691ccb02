"""Communities: which of them are complete, upgraded, green; their energy and their microgrids."""

from __future__ import annotations

from typing import Annotated, Literal

import geopandas as gpd
import numpy as np

from carbonspace.indicators._documents import BAYANNUR, JIUJIANG, LIANYUNGANG, PKU
from carbonspace.indicators._outermost import outermost_of
from carbonspace.indicators._shared import Floats, arrays, filled, known, numbers
from carbonspace.indicators._traits import Held, Unstated, flagged, held_by, share_of
from carbonspace.model.indicator import Indicator, Unit, indicator, variant
from carbonspace.model.kinds import Choice
from carbonspace.model.measure import Measure, divided
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

COMMUNITIES_BY_UNIT = "communities by unit"
TRAITS = {
    "complete": flagged("完整居住社区", "complete", "is_complete"),
    "upgraded": flagged("配套设施已更新改造", "with upgraded facilities", "is_upgraded"),
    "green": flagged("绿色社区", "green", "is_green"),
}
"""By name, the values of `community_trait`."""
CommunityTrait = Annotated[str, Unit(""), Choice(tuple(TRAITS))]
WeighedBy = Literal["communities", "residents", "households"]
GridColumn = Literal["microgrid_voltage", "microgrid_load"]
_COLUMNS = {"residents": "population", "households": "households"}


@indicator(
    title=Text("具有某项特征的社区占比", "Share of communities with a trait"),
    unit="%",
    theme="communities",
    aggregate="ratio",
    source=f"{JIUJIANG} 二(二); {LIANYUNGANG} 三9; {BAYANNUR} 二(一)3",
    definition=Text(
        "具有所选特征的社区数除以全部社区数；也可按人口或户数计（weighed_by）。未说明者按不具有计"
        "（unstated=left_out 时不计入）；跨单元的社区按面积分摊到各单元。",
        "Communities that have the trait over all of them, by their number, or by residents or "
        "households (weighed_by). One that does not say counts as one without (with "
        "unstated=left_out it is no part of either); one across units counts to each by area.",
    ),
    decimals=1,
)
def community_share(
    units: gpd.GeoDataFrame,
    communities: gpd.GeoDataFrame,
    *,
    community_trait: CommunityTrait = "complete",
    weighed_by: WeighedBy = "communities",
    unstated: Unstated = "without",
    shared: Shared | None = None,
) -> Measure:
    """Return the share of the communities that have a trait.

    Parameters
    ----------
    units
        Planning units.
    communities
        Polygons with the column of the trait: `is_complete`, `is_upgraded` or `is_green`.
    community_trait
        What is looked for: a key of `TRAITS`.
    weighed_by
        "communities": each is one; "residents", "households": by `population` or `households`.
    unstated
        What a community counts as that says nothing of the trait.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; numerators and denominators are communities (persons, households). Evidence: the
        communities that fall short.

    Raises
    ------
    MissingColumnError
        If the trait, or what communities are weighed by, is not known of any of them.

    Notes
    -----
    连云港 三9: 到2025年，城市社区中绿色社区创建比例不低于60%.
    """
    every = np.ones(len(communities), dtype=bool)
    trait = TRAITS[community_trait]
    held = held_by(communities, "communities", trait, every, shared, unstated=unstated)
    amounts = _amounts(communities, weighed_by, shared)
    return share_of(units, communities, COMMUNITIES_BY_UNIT, amounts, held, shared, facts=("name",))


def _amounts(communities: gpd.GeoDataFrame, weighed_by: str, shared: Shared | None) -> Floats:
    if weighed_by not in _COLUMNS:
        return np.ones(len(communities))
    return numbers(known(communities, "communities", _COLUMNS[weighed_by], shared))


@indicator(
    title=Text("社区可再生能源配比", "Renewable energy of communities"),
    unit="%",
    theme="communities",
    aggregate="ratio",
    source=f"{PKU} §7.6(一)2, §9.1(二)",
    definition=Text(
        "社区所填年可再生能源量除以所填年能耗；二者缺一的社区不计入。跨单元的社区按面积分摊。",
        "Renewable energy that communities state for a year over the energy they state to use; "
        "one that does not state both is left out. One across units counts to each by area.",
    ),
    decimals=1,
)
def community_renewable_share(
    units: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the renewable energy of communities over what they use.

    Parameters
    ----------
    units, shared
        As for `community_share`.
    communities
        Polygons with `renewable_energy` and `energy_use`, kWh in a year.

    Returns
    -------
    Measure
        Percent; numerators and denominators are kWh in a year. Evidence: the communities whose
        renewable energy is less than what they use, with that use.

    Raises
    ------
    MissingColumnError
        If either is not known of any community.

    Notes
    -----
    PKU §7.6(一)2: 建议把社区内可再生能源配比(%)纳入管控评价指标中.
    """
    unknown = np.full(len(communities), np.nan)
    for column in ("renewable_energy", "energy_use"):
        known(communities, "communities", column, shared)
    made, used = (filled(communities, c, unknown) for c in ("renewable_energy", "energy_use"))
    counts = ~np.isnan(made) & (used > 0)
    held = Held(np.where(counts, divided(made, used, scale=1.0), 0.0), counts)
    facts = ("name", "renewable_energy", "energy_use")
    energy = np.nan_to_num(used)
    return share_of(units, communities, COMMUNITIES_BY_UNIT, energy, held, shared, facts=facts)


@indicator(
    title=Text("社区微电网规模", "Size of community microgrids"),
    unit="kV",
    theme="communities",
    aggregate="max",
    source=f"{PKU} §7.6(一)2",
    definition=Text(
        "与单元相交的社区所填微电网电压中的最大者；逐个不应超过上限，故取最大者。未填的不计。",
        "Greatest voltage of a microgrid that the communities meeting the unit state: each has to "
        "keep to the limit, so it is the greatest that counts. One that states none does not.",
    ),
    decimals=1,
    whole=("communities",),
)
def microgrid_limits(
    units: gpd.GeoDataFrame,
    communities: gpd.GeoDataFrame,
    *,
    grid_figure: GridColumn = "microgrid_voltage",
    shared: Shared | None = None,
) -> Measure:
    """Return the greatest voltage, or load, of a community's microgrid in each unit.

    Parameters
    ----------
    units, shared
        As for `community_share`.
    communities
        Polygons with `microgrid_voltage` (kV) or `microgrid_load` (MW).
    grid_figure
        Which of the two is looked at.

    Returns
    -------
    Measure
        kV (MW); NaN where no community of the unit states it. Evidence: the communities that do.

    Raises
    ------
    MissingColumnError
        If it is not known of any community.

    Notes
    -----
    PKU §7.6(一)2: 通常在35千伏及以下，系统容量（最大用电负荷）原则上不超过20兆瓦.
    """
    values = known(communities, "communities", grid_figure, shared)
    told = values.notna().to_numpy()
    shapes = arrays(units, communities)[1][told]
    figures = numbers(values)[told], None
    return outermost_of(units, communities[told], shapes, figures, "community_id", "max", 1.0)


VARIANTS: tuple[Indicator, ...] = (
    variant(
        community_share, "complete_community_share",
        Text("完整居住社区占比（按社区所填）", "Complete communities, as they state"),
        definition=Text(
            "标记为完整居住社区（is_complete）的社区数除以全部社区数；未说明者按不是计，跨单元的社"
            "区按面积分摊。按步行可达各类设施判定的见 complete_community_coverage。",
            "Communities that are marked as complete (is_complete) over all of them; one that does "
            "not say counts as none, one across units to each by area. Where it follows from what "
            "can be walked to, it is complete_community_coverage.",
        ),
        facts={"source": f"{BAYANNUR} 二(一)3"}, community_trait="complete",
    ),
    variant(
        community_share, "community_facility_upgrade_share",
        Text("居住社区配套设施更新改造比例", "Communities whose facilities were upgraded"),
        facts={"source": f"{JIUJIANG} 二(二)"}, community_trait="upgraded",
    ),
    variant(
        community_share, "green_community_share",
        Text("绿色社区创建比例", "Green communities"),
        facts={"source": f"{LIANYUNGANG} 三9"}, community_trait="green",
    ),
    variant(
        microgrid_limits, "microgrid_voltage",
        Text("社区微电网最高电压", "Greatest voltage of community microgrids"),
        grid_figure="microgrid_voltage",
    ),
    variant(
        microgrid_limits, "microgrid_load",
        Text("社区微电网最大用电负荷", "Greatest load of community microgrids"),
        definition=Text(
            "与单元相交的社区所填微电网最大用电负荷中的最大者；未填的不计。",
            "Greatest load of a microgrid that the communities meeting the unit state; one that "
            "states none does not count.",
        ),
        facts={"unit": "MW"}, grid_figure="microgrid_load",
    ),
)  # fmt: skip
