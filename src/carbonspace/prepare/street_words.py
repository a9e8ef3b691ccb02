"""What is said of a network of streets."""

from __future__ import annotations

from carbonspace.model.text import Text
from carbonspace.prepare.rows import Fault

_TOGETHER = Text("彼此连通的街道", "streets that join")
_ENDS = Text("端点落在相邻街道上", "an end on the street it should meet")

CLOSED = Fault(
    Text("没有可步行的道路", "No road is open to people on foot"),
    Text("至少一条可步行的道路", "at least one road that people may walk along"),
    Text("步行可达的结果均为 0。快速路不计入步行；核对 road_class，或在 walk 列注明可步行。",
         "Nothing is within a walk. Expressways are closed to walkers; check road_class, or say "
         "in the column walk which roads are open."),
)  # fmt: skip
IN_PIECES = Fault(
    Text("街道网络不连通", "The network of streets is in pieces"),
    _TOGETHER,
    Text("彼此不可步行到达；最大的几段与受影响的单元另列。请连接端点，或核对层次、桥梁与出入口。",
         "Nobody walks from one to another; the largest and the units they lie in are listed "
         "apart. Join their ends, or check levels, bridges and gates."),
)  # fmt: skip
ISLAND = Fault(
    Text("与其余街道不连通的街道", "Streets that join no others"),
    _TOGETHER,
    Text("如应连通，请在源数据中连接。",
         "If they should join the others, join them in the source."),
)  # fmt: skip
UNIT = Fault(
    Text("单元内有不连通的街道", "Streets of the unit do not join the network"),
    Text("与主要网络连通的街道", "streets that join the largest piece"),
    Text("该单元的步行可达结果受此影响；请先补全街道再采用。",
         "What is within a walk in this unit depends on it; complete the streets before you rely "
         "on it."),
)  # fmt: skip
SHORT = Fault(
    Text("街道端点未接上相邻街道", "A street ends just short of another"),
    _ENDS,
    Text("按不连通处理；如应连通，请在源数据中连接，或放宽参数 snap。",
         "They are taken as not joined; join them in the source, or widen the parameter snap, if "
         "they should be."),
)  # fmt: skip
CROSSING = Fault(
    Text("道路相交处没有节点", "Roads cross without a node"),
    Text("相交的道路各有节点；立体交叉注明层次、桥梁或隧道",
         "a node of both where roads meet; level, bridge or tunnel where they do not"),
    Text("按平面交叉连通；如为立交，请注明 level、bridge 或 tunnel。",
         "They are taken to meet; where one lies above the other say so with level, bridge or "
         "tunnel."),
    "note",
)  # fmt: skip
LOOP = Fault(
    Text("回到同一处的环路", "Streets return to where they left"),
    Text("两端不同的街道", "streets with two different ends"),
    Text("环路本身可步行，但不通往别处；无需处理。",
         "One can walk round them, and they lead nowhere else; nothing needs to be done."),
    "note",
)  # fmt: skip
TWICE = Fault(
    Text("路段重复绘制", "Stretches of street are drawn twice"),
    Text("每一路段只绘制一次", "each stretch once"),
    Text("步行距离不受影响；道路长度会重复计算，请在源数据中删去。",
         "Ways on foot are the same; lengths of roads count twice. Delete one in the source."),
    "note",
)  # fmt: skip
LEVEL = Fault(
    Text("街道下没有地形高程", "Streets on unknown ground"),
    Text("覆盖全部街道的地形栅格（rasters.dem）", "terrain (rasters.dem) below all streets"),
    Text("这些街段按平路计，步行时间可能偏短。请给出覆盖周边步行范围的地形，或核对无数据处。",
         "They are taken as level, so ways along them may take longer than told. Give terrain as "
         "far around the plan as people walk, and see where it has no data."),
)  # fmt: skip
NO_WAY_OUT = Fault(
    Text("单行路驶入后无路可出", "One-way roads that cannot be left"),
    Text("终点接可驶离的道路", "a road to leave by at their end"),
    Text("步行不受影响。规划范围边缘的除外，请核对 oneway 与绘制方向。",
         "People on foot do not mind. But for those at the edge of the plan check oneway and the "
         "direction they are drawn in."),
    "note",
)  # fmt: skip
NO_WAY_IN = Fault(
    Text("单行路无路驶入", "One-way roads that cannot be entered"),
    Text("起点接可驶来的道路", "a road to come from at their start"),
    NO_WAY_OUT.action,
    "note",
)  # fmt: skip


def joined(widest: str) -> Fault:
    """Return what is said of gaps that are taken as joined, the widest so wide."""
    return Fault(
        Text("街道端点按容差接上", "Ends of streets were joined within the tolerance"),
        _ENDS,
        Text(f"最宽 {widest}；缺口计入步行距离。请核对，容差为参数 snap。",
             f"The widest gap is {widest}; gaps count as ways. Check them; the tolerance is the "
             "parameter snap."),
        "note",
    )  # fmt: skip


def steep(percent: float) -> Fault:
    """Return what is said of streets that are steeper than that by the terrain."""
    return Fault(
        Text("街道的地形坡度过大", "Streets are steeper than streets are"),
        Text(f"坡度不超过 {percent:g} %（slope_cap）",
             f"slopes of {percent:g} % at most (slope_cap)"),
        Text("按该上限计。请核对地形（是否为含建筑的地表模型、单位、噪声），未标明的桥梁与隧道，"
             "或加大 slope_step；确为台阶时可提高 slope_cap。",
             "They count as this steep. Check the terrain (is it a surface model with buildings, "
             "in another unit, noisy?), mark bridges and tunnels, or take a longer slope_step; "
             "raise slope_cap where there are steps."),
    )  # fmt: skip


def far(metres: float) -> Fault:
    """Return what is said of what lies farther than that from every street."""
    return Fault(
        Text("附近没有可步行的街道", "No street is near"),
        Text(f"距街道不超过 {metres:g} m（street_far）",
             f"a street within {metres:g} m (street_far)"),
        Text("步行不可达，不计入覆盖。核对位置与坐标、补绘街道，或放宽 street_far。",
             "It counts as out of reach on foot. Check its place, draw the street that is missing, "
             "or widen street_far."),
    )  # fmt: skip


def stray(metres: float) -> Fault:
    """Return what is said of entrances that have nothing so near that they lead into."""
    return Fault(
        Text("出入口不通往任何对象", "An entrance leads into nothing"),
        Text(f"{metres:g} m 内有其通往的公园、车站或小区内部路",
             f"a park, station or road of a compound, as it says, within {metres:g} m"),
        Text("该出入口不起作用；核对位置与 entrance_to。",
             "It has no effect; check its place and entrance_to."),
    )  # fmt: skip
