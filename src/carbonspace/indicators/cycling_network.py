"""Walking and cycling: whether the streets open to them hang together, and whom they link."""

from __future__ import annotations

import math
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._network import Net, Travel, gaps_of, in_one_piece, net_of
from carbonspace.indicators._on_foot import Asked
from carbonspace.indicators._shared import (
    arrays,
    known,
    numbers,
    one_of,
    summed,
)
from carbonspace.indicators._steps import PARCELS_BY_UNIT, cut_evidence, polygons_in, taken
from carbonspace.indicators._streets import Network, fronts_of
from carbonspace.kernels.frontage import Fronts
from carbonspace.kernels.overlay import Cut
from carbonspace.model.indicator import Indicator, LandCodes, Metres, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.places import HOMES, is_home
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_FAR = ("roads", "entrances")
AS_DRAWN = Network()
_GAPS = Text(
    "佐证列出各连通片、断头、已按容差接上的间隙，以及距离不超过上限的各片间断：接通后并入的街道越长"
    "排位越前。立体交叉处不连通。来源仅为定性要求，无目标值。",
    "The evidence lists pieces, dead ends, gaps within the tolerance that count as joined, and the "
    "gaps between pieces up to the limit, those first that would join the most streets. Bridges "
    "and what is below do not meet. The sources ask for it in words, without a value.",
)


@indicator(
    title=Text("步行道网络连续度", "Continuity of the walking network"),
    unit="%",
    theme="cycling",
    aggregate="ratio",
    reach=math.inf,
    far=_FAR,
    source="巴彦淖尔 (002) 二(一)2; 九江 (004) 三(一)",
    definition=Text(
        "单元内可步行街道的长度中，属于全市最大连通网络的比例；线端与他线相距不超过连通容差即视为"
        f"连通，双幅路两幅均计。{_GAPS.zh}",
        "Share of the length of streets open on foot in the unit that belongs to the largest "
        "connected network of the whole city; an end of a line within the tolerance of another "
        f"line is connected, and both carriageways of a street count. {_GAPS.en}",
    ),
    decimals=1,
    verified=False,
)
def walk_network_continuity(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    *,
    max_gap: Metres = 50.0,
    network: Network = AS_DRAWN,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's streets in the largest network that can be walked.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the other layers.
    roads
        Centrelines of the whole city with `road_class`; `level`, `bridge`, `tunnel` tell what
        crosses without meeting, `walk` who may use it.
    entrances
        Points with `entrance_to`: gates of compounds.
    max_gap
        Gaps between pieces up to so many metres are listed.
    network
        How lines make a network: see `Network`.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no such street. Numerators and denominators are metres.
        Evidence, by `part`: "street" with its `piece` (1 is the largest), the metres of it in
        `piece_m` and `dead_ends`; "joined", a gap within `snap`; "gap" between two pieces, with
        `gap_m`, the metres it would join in `joins_m`, and its `rank`.

    Raises
    ------
    MissingColumnError
        If road classes are not known.

    Notes
    -----
    002 二(一)2: 步行道网络连续通畅.
    """
    return in_one_piece(units, roads, entrances, network, shared, mode="walk", max_gap=max_gap)


@indicator(
    title=Text("骑行网络连通度", "Connectivity of the cycling network"),
    unit="%",
    theme="cycling",
    aggregate="ratio",
    reach=math.inf,
    far=_FAR,
    source="巴彦淖尔 (002) 二(一)3; 九江 (004) 二(二)",
    definition=Text(
        "单元内可骑行街道的长度中，属于全市最大连通网络的比例；单行方向不计，双幅路两幅均计。"
        f"{_GAPS.zh}",
        "Share of the length of streets open to bicycles in the unit that belongs to the largest "
        "connected network of the whole city; one-way streets connect either way, and both "
        f"carriageways of a street count. {_GAPS.en}",
    ),
    decimals=1,
    verified=False,
)
def bike_network_connectivity(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    *,
    max_gap: Metres = 50.0,
    network: Network = AS_DRAWN,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's streets in the largest network that can be cycled.

    Parameters
    ----------
    units, roads, entrances, max_gap, network, shared
        As for `walk_network_continuity`; `bike` tells who may use a road.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no such street. Numerators and denominators are metres.
        Evidence as of `walk_network_continuity`.

    Raises
    ------
    MissingColumnError
        If road classes are not known.

    Notes
    -----
    002 二(一)3: 通过步行和骑行网络串联若干个居住社区.
    """
    return in_one_piece(units, roads, entrances, network, shared, mode="bike", max_gap=max_gap)


@indicator(
    title=Text("步行骑行网络串联社区比例", "Communities linked by the walking or cycling network"),
    unit="%",
    theme="cycling",
    aggregate="ratio",
    reach=math.inf,
    far=_FAR,
    source="巴彦淖尔 (002) 二(一)3; 连云港 (003) 三9; 九江 (004) 二(二)",
    definition=Text(
        "临街段（不临街的取最近街道点）落在全市最大步行（或骑行）连通网络上的居住地块（社区）占全部"
        "居住地块的比例，可按地块数或常住人口计；跨单元的地块按面积计入各单元。来源为定性要求：判定方法"
        "为本工具自定。佐证为未串联的地块，及其所在连通片至最大网络的间断。",
        "Share of residential parcels (communities) whose front on streets, or the nearest point "
        "of one, lies on the city's largest connected network for walking (or cycling), counted by "
        "parcels or residents; a parcel across units counts to each by area. The sources ask for "
        "it in words: how it is told is our own. The evidence lists the parcels that are not "
        "linked, and the gap from their piece to the largest.",
    ),
    decimals=1,
    verified=False,
)
def community_slow_link(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None = None,
    *,
    travel: Travel = "walk",
    counted_by: Literal["parcels", "residents"] = "parcels",
    homes: LandCodes = HOMES,
    max_gap: Metres = 50.0,
    network: Network = AS_DRAWN,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's communities that the city's largest network links.

    Parameters
    ----------
    units, roads, entrances, max_gap, network, shared
        As for `walk_network_continuity`.
    parcels
        Polygons with `land_use`, a 2023 code, and `population` where residents count.
    travel
        "walk" or "bike": whose network it is.
    counted_by
        "parcels": each residential parcel is one; "residents": by their people.
    homes
        Land-use codes of residential land, matched by prefix.

    Returns
    -------
    Measure
        Percent; NaN where a unit has no homes. Numerators and denominators are parcels (people).
        Evidence: the parcels that are not linked, in `communities` or `people` how much of them
        counts, with the `cause` (no_street, cut_off), the metres of their piece in `piece_m`, and
        in `gap_m` the gap to the largest one, if it is within `max_gap`.

    Raises
    ------
    MissingColumnError
        If land use, road classes or, where asked, people are not known.

    Notes
    -----
    002 二(一)3: 通过步行和骑行网络串联若干个居住社区.
    """
    shared = shared or Shared()
    mode = one_of("travel", travel, ("walk", "bike"))
    net = net_of(
        units, roads, entrances, network, shared, mode="bike" if mode == "bike" else "walk"
    )
    home = is_home(known(parcels, "parcels", "land_use", shared), homes)
    held = home.astype(float)
    if one_of("counted_by", counted_by, ("parcels", "residents")) == "residents":
        held = np.where(home, numbers(known(parcels, "parcels", "population", shared)), 0.0)
    piece = _best(fronts_of(net.town, arrays(units, parcels)[1], network), net, len(parcels))
    cut = polygons_in(units, parcels, PARCELS_BY_UNIT, shared)
    counted = held[cut.feature] * cut.share
    asked = Asked(counted, "communities" if counted_by == "parcels" else "people")
    return Measure.of(
        units.index,
        summed(cut.zone, np.where(piece[cut.feature] == 0, counted, 0.0), units),
        summed(cut.zone, counted, units),
        scale=100.0,
        evidence=lambda: _cut_off(units, parcels, net, piece, cut, asked, max_gap),
    )


def _best(front: Fronts, net: Net, count: int) -> NDArray[np.intp]:
    """Return the largest piece that each parcel fronts, by its number; -1 where it has none."""
    none = len(net.pieces.length)
    result = np.full(count, none, dtype=np.intp)
    np.minimum.at(result, front.place, net.pieces.of[front.line])
    return np.where(result == none, -1, result)


def _cut_off(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    net: Net,
    piece: NDArray[np.intp],
    cut: Cut,
    asked: Asked,
    max_gap: float,
) -> gpd.GeoDataFrame:
    """Return the communities that are not linked; `asked` is of the parts of parcels."""
    row = np.flatnonzero((asked.held > 0) & (piece[cut.feature] != 0))
    parcel = cut.feature[row]
    mine = piece[parcel]
    found = gaps_of(net, max_gap)
    gap = np.full(len(net.pieces.length) + 1, np.nan)
    direct = found.one == 0
    gap[found.other[direct]] = shapely.length(found.way[direct])
    metres = np.append(net.pieces.length / 1000, np.nan)
    return cut_evidence(
        units,
        parcels,
        taken(cut, row),
        "parcel_id",
        cause=np.where(mine < 0, "no_street", "cut_off"),
        piece_m=metres[mine],
        gap_m=gap[mine],
        **{asked.column: asked.held[row]},
    )


VARIANTS: tuple[Indicator, ...] = ()
