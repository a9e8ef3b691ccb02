"""The underground: what may not be there, and what lies at another depth than it should."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._documents import PKU
from carbonspace.indicators._shared import Floats, filled, is_unknown, of_classes
from carbonspace.indicators._traits import Flags, amount_of
from carbonspace.model.indicator import Codes, Metres, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

UNDERGROUND_BY_UNIT = "underground by unit"
_SHALLOW = ("parking", "civil_defence", "public_service", "retail", "passage")
_BELOW = ("utility_tunnel", "rail", "logistics", "tunnel")
_EITHER = ("utility",)
_DEEPEST = ("reserve",)
_FACTS = ("use", "depth_from", "depth_to", "exemption")
_SLACK_M = 1e-6


@indicator(
    title=Text("地下禁止布局的空间数量", "Underground spaces of a forbidden use"),
    unit="",
    theme="control",
    aggregate="sum",
    source=f"{PKU} §7.5(四)5, §7.6(四)11",
    definition=Text(
        "用途为住宅、学校、托幼、养老的地下空间个数；跨单元的按面积分摊。",
        "Number of underground spaces for homes, schools, nurseries and care of the elderly; one "
        "in several units counts to each in parts, by its area.",
    ),
)
def underground_forbidden_use(
    units: gpd.GeoDataFrame,
    underground: gpd.GeoDataFrame,
    *,
    forbidden: Codes = ("residential", "school", "kindergarten", "elderly_care"),
    shared: Shared | None = None,
) -> Measure:
    """Count the underground spaces of a forbidden use.

    Parameters
    ----------
    units
        Planning units.
    underground
        Polygons with `use`.
    forbidden
        Uses that may not be underground.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Number of spaces. Evidence: these.

    Notes
    -----
    PKU §7.6(四)11: 禁止布局住宅、学校、托幼、养老等项目.
    """
    return _count(units, underground, of_classes(underground["use"], forbidden), shared)


@indicator(
    title=Text("不符合深度分层的地下空间数量", "Underground spaces at a wrong depth"),
    unit="",
    theme="control",
    aggregate="sum",
    source=f"{PKU} §7.6(四)11",
    definition=Text(
        "埋深超出其用途所属层的地下空间个数：停车、人防、公共服务、商业、人行通道在 0–10 米，综合"
        "管廊、轨道、物流、隧道在 10–30 米，市政设施在 0–30 米，战略预留在 30 米以下；其余用途不判"
        "定。顶板与底板埋深均须在层内，只知其一的按其一，均未知的不判定。跨单元的按面积分摊。",
        "Number of underground spaces that reach out of the layer of their use: parking, civil "
        "defence, public services, shops and passages 0–10 m, utility tunnels, rail, logistics "
        "and road tunnels 10–30 m, other utilities 0–30 m, reserves below 30 m; other uses are not "
        "judged. Top and floor both have to lie within; where one is known that one, where neither "
        "is the space is not judged. One in several units counts to each in parts, by its area.",
    ),
    verified=False,
)
def underground_depth_layer_use(
    units: gpd.GeoDataFrame,
    underground: gpd.GeoDataFrame,
    *,
    shallow: Metres = 10.0,
    deep: Metres = 30.0,
    shared: Shared | None = None,
) -> Measure:
    """Count the underground spaces that lie outside the layer of their use.

    Parameters
    ----------
    units, shared
        As for `underground_forbidden_use`.
    underground
        Polygons with `use`, `depth_from` and `depth_to` (m).
    shallow
        Depth down to which the underground is shallow, metres.
    deep
        Depth below which it is deep, metres.

    Returns
    -------
    Measure
        Number of spaces. Evidence: these.

    Raises
    ------
    MissingColumnError
        If depths are not known of any space.

    Notes
    -----
    PKU §7.6(四)11: 地下 10 米以内的浅层地下空间应设置地下车库及人防设施；10m~30m
    次浅层地下空间应设置综合管廊；30m 以下的次深层及 50m 及以下的深层地下空间可作为战略空间预留.
    """
    depths = ("depth_from", "depth_to")
    if all(is_unknown(underground, "underground", one, shared) for one in depths):
        raise MissingColumnError("underground", *depths)
    unknown = np.full(len(underground), np.nan)
    top, floor = (filled(underground, one, unknown) for one in depths)
    high, low = _layers(underground, shallow, deep)
    above = np.fmin(top, floor) < high - _SLACK_M
    below = np.fmax(top, floor) > low + _SLACK_M
    return _count(units, underground, above | below, shared)


def _layers(underground: gpd.GeoDataFrame, shallow: float, deep: float) -> tuple[Floats, Floats]:
    """Return between which depths each space should lie, m; NaN where nothing says so."""
    use = underground["use"]
    spans = {_SHALLOW: (0.0, shallow), _BELOW: (shallow, deep), _EITHER: (0.0, deep),
             _DEEPEST: (deep, np.inf)}  # fmt: skip
    high, low = np.full((2, len(underground)), np.nan)
    for uses, (start, end) in spans.items():
        chosen = of_classes(use, uses)
        high[chosen], low[chosen] = start, end
    return high, low


def _count(
    units: gpd.GeoDataFrame, underground: gpd.GeoDataFrame, chosen: Flags, shared: Shared | None
) -> Measure:
    one = np.ones(len(underground))
    return amount_of(
        units, underground, UNDERGROUND_BY_UNIT, one, chosen, shared, facts=_FACTS, excused=True
    )
