"""What may be wrong with geometry, and what a plan wants done about it.

Every fault has a policy: `refuse` the layer, `repair` it, or `keep` it as drawn. The defaults
change nothing that has a size: they keep what can be measured and refuse what cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from carbonspace.model.text import Text

Choice = Literal["refuse", "repair", "keep"]
CHOICES: tuple[Choice, ...] = ("refuse", "repair", "keep")

_ZONES = ("units", "census", "blocks", "parcels")
_GROUNDS = (*_ZONES, "communities", "subdistricts", "past_parcels")
_NETWORKS = ("roads", "bike_corridors")
_REFUSED = Text("在源数据中改正，或在 [policy] 中改选处理方式。",
                "Correct it in the source, or choose otherwise under [policy].")  # fmt: skip


@dataclass(frozen=True)
class FaultKind:
    """One way in which geometry can be at fault.

    `does` says what each allowed choice means; its keys are the choices. `layers` are those the
    fault is looked for in, none named: all. `tolerance` is the default, in `unit`; None where
    there is nothing to tolerate. `severity` is that of a fault not refused.
    """

    key: str
    title: Text
    expected: Text
    does: Mapping[Choice, Text]
    default: Choice
    layers: tuple[str, ...] = ()
    tolerance: float | None = None
    unit: str = ""
    severity: Literal["warning", "note"] = "warning"

    def concerns(self, layer: str) -> bool:
        """Tell whether the fault is looked for in a layer."""
        return not self.layers or layer in self.layers


class Policy(NamedTuple):
    """What to do about one fault. `tolerance` is None where there is nothing to tolerate."""

    choice: Choice
    tolerance: float | None = None

    @property
    def limit(self) -> float:
        """The tolerance, 0 where there is none."""
        return self.tolerance or 0.0


def _choices(
    *, repair: Text | None = None, keep: Text | None = None, refuse: Text = _REFUSED
) -> dict[Choice, Text]:
    given: dict[Choice, Text | None] = {"refuse": refuse, "repair": repair, "keep": keep}
    return {choice: text for choice, text in given.items() if text is not None}


_ALL = (
    FaultKind(
        "mixed_types", Text("几何类型不符", "The geometry is of the wrong kind"),
        Text("该图层应有的几何类型", "geometry of the layer's own kind"),
        _choices(repair=Text("闭合线已转为面，集合已拆分；其余类型的部分已剔除。",
                             "Closed lines became polygons and collections were split; parts of "
                             "another kind were left out."),
                 refuse=Text("用 where 只选该类型的要素，或写 [policy] mixed_types = \"repair\"。",
                             "Select features of one kind with where, or write "
                             "[policy] mixed_types = \"repair\".")),
        "refuse",
    ),
    FaultKind(
        "heights",
        Text("几何带高程或量测值（Z、M）", "The geometry has heights or measures (Z, M)"),
        Text("平面几何", "geometry in the plane"),
        _choices(repair=Text("已舍去；面积与长度均在平面上量算。",
                             "They were dropped; areas and lengths are those in the plane.")),
        "repair", severity="note",
    ),
    FaultKind(
        "unclosed", Text("面的环未闭合", "A ring of a polygon is left open"),
        Text("回到起点的环", "rings that end where they began"),
        _choices(repair=Text("已以直线连回起点；请在源数据中核对。",
                             "Closed with a straight line to its first point; check it in the "
                             "source.")),
        "repair",
    ),
    FaultKind(
        "curves", Text("几何含圆弧", "The geometry has arcs"),
        Text("直线段", "straight segments"),
        _choices(repair=Text("圆弧已按容差化为折线。",
                             "Arcs became straight segments within the tolerance.")),
        "repair", tolerance=0.01, unit="m", severity="note",
    ),
    FaultKind(
        "empty", Text("要素没有几何", "The feature has no geometry"),
        Text("点、线或面", "a point, line or polygon"),
        _choices(repair=Text("该要素未参与量算。", "The feature was left out.")),
        "repair",
    ),
    FaultKind(
        "invalid", Text("几何无效", "The geometry is invalid"),
        Text("有效的几何", "valid geometry"),
        _choices(repair=Text("已修复为有效几何，请在源数据中核对。",
                             "Made valid; check it in the source.")),
        "repair",
    ),
    FaultKind(
        "duplicates", Text("要素重复", "The feature is drawn twice"),
        Text("每个要素只出现一次", "each feature once"),
        _choices(repair=Text("只保留第一个。", "Only the first one was kept."),
                 keep=Text("重复计算；请在源数据中删去，或写 [policy] duplicates = \"repair\"。",
                           "It counts twice; delete it in the source, or write "
                           "[policy] duplicates = \"repair\".")),
        "keep",
    ),
    FaultKind(
        "slivers", Text("碎面", "The polygon is a sliver"),
        Text("比容差宽的面", "a polygon wider than the tolerance"),
        _choices(repair=Text("已并入共边最长的相邻面，人口、岗位等数量一并计入；没有相邻面的保留。",
                             "Merged, with its people and amounts, into the neighbour along the "
                             "longest shared border; kept where there is none."),
                 keep=Text("按原样量算；请在源数据中核对。",
                           "Measured as drawn; check it in the source.")),
        "keep", _ZONES, 0.1, "m",
    ),
    FaultKind(
        "overlaps", Text("要素重叠", "Features overlap"),
        Text("不重叠的要素", "features that do not overlap"),
        _choices(repair=Text("重叠部分归较小的要素。", "The smaller feature keeps the ground."),
                 keep=Text("重叠部分会重复计算，请在源数据中改正。",
                           "The overlap counts twice; correct it in the source.")),
        "keep", _GROUNDS, 0.01, "m²",
    ),
    FaultKind(
        "gaps", Text("单元之间有空隙", "There is a gap between units"),
        Text("互相衔接的单元", "units that meet"),
        _choices(repair=Text("比容差窄的空隙已并入共边最长的单元；较宽的保留。",
                             "Gaps narrower than the tolerance went to the unit along the longest "
                             "shared border; wider ones were kept."),
                 keep=Text("空隙内的内容不计入任何单元，请核对。",
                           "What lies there counts in no unit; check it.")),
        "keep", ("units",), 1.0, "m",
    ),
    FaultKind(
        "near_misses", Text("线端未接上", "A line ends just short of another"),
        Text("端点落在相邻线上", "an end on the line it should meet"),
        _choices(repair=Text("端点已移到该线上。", "The end was moved onto that line."),
                 keep=Text("按不连通处理；请核对。", "Taken as not connected; check it.")),
        "keep", _NETWORKS, 0.5, "m",
    ),
    FaultKind(
        "dangles", Text("线端越过交点", "A line ends just beyond another"),
        Text("端点落在相邻线上", "an end on the line it should meet"),
        _choices(repair=Text("越过的一段已截去。", "The tail was cut off."),
                 keep=Text("按原样量算。", "Measured as drawn.")),
        "keep", _NETWORKS, 0.5, "m",
    ),
    FaultKind(
        "across_units", Text("地块略越单元边界", "A parcel reaches just beyond its unit"),
        Text("位于一个单元内的地块", "a parcel in one unit"),
        _choices(repair=Text("比容差窄的越界部分已截去。",
                             "Overhangs narrower than the tolerance were cut off."),
                 keep=Text("按面积计入各单元；请核对边界。",
                           "Counted in each unit by area; check the border.")),
        "keep", ("parcels",), 0.5, "m",
    ),
    FaultKind(
        "outlines", Text("线图层是地块的轮廓", "The lines are the outlines of the parcels"),
        Text("道路或廊道的中心线", "centrelines of roads or corridors"),
        _choices(keep=Text("按原样当作中心线量算。", "Measured as centrelines all the same."),
                 refuse=Text("换用中心线图层；若确为中心线，写 [policy] outlines = \"keep\"。",
                             "Name the layer of centrelines; if these are centrelines, write "
                             "[policy] outlines = \"keep\".")),
        "refuse", _NETWORKS, 0.01, "m",
    ),
)  # fmt: skip

FAULTS: dict[str, FaultKind] = {kind.key: kind for kind in _ALL}
"""Every fault of geometry, in the order in which they are looked for."""


@dataclass(frozen=True)
class Policies:
    """The policies a plan gives: by (layer, fault), the layer "" for all layers."""

    given: Mapping[tuple[str, str], Policy] = field(default_factory=dict)

    def of(self, fault: str, layer: str) -> Policy:
        """Return the policy for a fault in a layer: the layer's own, that for all, the default."""
        kind = FAULTS[fault]
        default = Policy(kind.default, kind.tolerance)
        return self.given.get((layer, fault), self.given.get(("", fault), default))

    def with_choice(self, fault: str, choice: Choice) -> Policies:
        """Return these policies with one choice for a fault in every layer."""
        places = {place for place in self.given if place[1] == fault} | {("", fault)}
        changed = {(layer, key): self.of(key, layer)._replace(choice=choice)
                   for layer, key in places}  # fmt: skip
        return Policies({**self.given, **changed})
