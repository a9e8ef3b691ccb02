"""Heights of buildings: what cannot be meant, and what is taken where they are not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.model.finding import Finding, Severity
from carbonspace.model.floors import heights
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text, counted
from carbonspace.model.uom import UOMS, Uom
from carbonspace.prepare.geometry.tiling import neighbours
from carbonspace.prepare.rows import Fault, numbers, per_feature, worded, worst_first

_LEAST_STOREY = 2.2
"""Metres from which on a storey counts in full; lower ones are half or none (GB/T 50353)."""
_HIGH = {column.name: column.high or np.inf for column in LAYERS["buildings"].columns}
"""What is above is told as such, and left out."""
_STOREYS = (2.0, 8.0)
"""Metres a storey of a building may have on average. A building of one storey may be a hall."""
_ENOUGH = 10
"""So many heights tell of a column where no floors are known."""
_SHARED_M2 = 0.01
_SAME_M = 1e-6
_NAMED = 5

Floats = NDArray[np.float64]


def height_doubts(buildings: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield what speaks against heights as they stand, held against the floors.

    Parameters
    ----------
    buildings
        Indexed by id, with `height` and `floors` as the source gives them.
    """
    if "height" not in buildings:
        return
    height, floors = _column(buildings, "height"), _column(buildings, "floors")
    storey = height / np.where(floors >= 1, floors, np.nan)
    known = storey[(floors >= 2) & (height > 0)]
    if (unit := _unit(known, height[height > 0])) is not None:
        yield unit
        return
    low, high = _STOREYS
    wrong = (height > 0) & (height <= _HIGH["height"]) & (floors <= _HIGH["floors"])
    wrong &= (storey < low) | ((storey > high) & (floors >= 2))
    judged = np.count_nonzero((height > 0) & (floors >= 1))
    if wrong.sum() >= _ENOUGH and 2 * wrong.sum() > judged:
        yield _none_fits(storey[wrong])
        return
    off = np.abs(np.log(np.where(wrong, storey, _LEAST_STOREY) / _LEAST_STOREY))
    rows = worst_first(np.flatnonzero(wrong), off)
    yield from per_feature("buildings", buildings, _MISFIT, rows,
                           worded("{:g} m / {:g} = {:.1f} m", height, floors, storey))  # fmt: skip


def height_premises(
    buildings: gpd.GeoDataFrame, storey_heights: Sequence[float]
) -> Iterator[Finding]:
    """Yield what indicators of shade take for the height of buildings that state none.

    Nothing where no building states a height or floors: such indicators then have no data.

    Parameters
    ----------
    buildings
        Prepared.
    storey_heights
        Every value of the parameter `storey_height`, metres.
    """
    height, floors = _column(buildings, "height"), _column(buildings, "floors")
    by_floors = ~(height > 0) & (floors > 0)
    neither = ~(height > 0) & ~(floors > 0)
    if neither.all():
        return
    storey = ", ".join(f"storey_height = {one:g} m" for one in sorted({*storey_heights}))
    yield from _counted(buildings, height == 0, _ZERO)
    yield from _counted(buildings, by_floors, _by_floors(storey))
    yield from _counted(buildings, neither, _one_storey(storey))
    known = heights(buildings, storey_heights[0])
    yield from _overlaps(buildings, np.where(np.isnan(known), storey_heights[0], known))


def _unit(storeys: Floats, known: Floats) -> Finding | None:
    """Return the doubt that a column of heights is in another unit than the metre.

    Storeys that read so would still be storeys tell it; without floors, heights of which half
    would be among the tallest buildings there are.
    """
    yardstick = storeys if len(storeys) else known if len(known) >= _ENOUGH else known[:0]
    if not len(yardstick):
        return None
    middle = float(np.median(yardstick))
    others = sorted((one for one in UOMS["m"] if one.factor < 1), key=lambda one: one.factor)
    likely = [one for one in others if middle * one.factor >= _LEAST_STOREY]
    if not len(storeys):
        likely = [one for one in likely if one.key == "cm"]
    return _in_unit(likely[0], middle, len(yardstick), bool(len(storeys))) if likely else None


def _overlaps(buildings: gpd.GeoDataFrame, height: Floats) -> Iterator[Finding]:
    """Yield how many footprints lie on others, of different heights and of the same."""
    shapes, (first, second) = buildings.geometry.to_numpy(), neighbours(buildings)
    box = shapely.bounds(shapes)
    shared = np.minimum(box[first, 2:], box[second, 2:]) - np.maximum(
        box[first, :2], box[second, :2]
    )
    wide = shared.prod(axis=1) > _SHARED_M2
    first, second = first[wide], second[wide]
    area = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    same = np.abs(height[first] - height[second]) < _SAME_M
    for fault, chosen in ((_TWICE, same), (_HIGHER, ~same)):
        real = np.flatnonzero(chosen & (area > _SHARED_M2))
        if not len(real):
            continue
        real = worst_first(real, area)
        size = f"{area[real].sum():,.1f} m²"
        count = counted(len(real), "对", "pair", "pairs")
        some = zip(first[real[:_NAMED]], second[real[:_NAMED]], strict=True)
        names = ", ".join(f"{buildings.index[a]} + {buildings.index[b]}" for a, b in some)
        names += ", …" * (len(real) > _NAMED)
        yield _told(fault, Text(f"{count.zh}，共 {size}：{names}",
                                f"{count.en}, {size} in all: {names}"))  # fmt: skip


def _counted(
    buildings: gpd.GeoDataFrame, chosen: NDArray[np.bool_], fault: Fault
) -> Iterator[Finding]:
    """Yield one finding for all buildings of a kind, with the names of the first."""
    rows = np.flatnonzero(chosen)
    if not len(rows):
        return
    names = ", ".join(str(buildings.index[n]) for n in rows[:_NAMED])
    names += ", …" * (len(rows) > _NAMED)
    share = f"{len(rows):,} / {len(buildings):,}"
    yield _told(
        fault, Text(f"{share}：{names}", f"{share}: {names}"), str(buildings.index[rows[0]])
    )


def _told(fault: Fault, found: Text, feature: str | None = None) -> Finding:
    return Finding(
        fault.severity, "buildings", fault.what, found, fault.expected, fault.action, feature
    )


def _column(buildings: gpd.GeoDataFrame, name: str) -> Floats:
    return numbers(buildings, name) if name in buildings else np.full(len(buildings), np.nan)


def _in_unit(uom: Uom, middle: float, count: int, by_storeys: bool) -> Finding:
    of = Text("层高", "per storey") if by_storeys else Text("高度", "high")
    return Finding(
        "warning", "buildings",
        Text(f"建筑高度可能以{uom.title.zh}计", f"The heights may be in {uom.title.en}"),
        Text(f"{of.zh}中位数 {middle:.1f}（{count} 栋）",
             f"{middle:.1f} {of.en} on median ({count} buildings)"),
        Text("以米计的高度", "heights in metres"),
        Text(f'如为{uom.title.zh}，请写 [layers.buildings.units] height = "{uom.key}"。',
             f'If they are {uom.title.en}, write [layers.buildings.units] height = "{uom.key}".'),
    )  # fmt: skip


def _none_fits(storeys: Floats) -> Finding:
    middle = float(np.median(storeys))
    return Finding(
        "warning", "buildings",
        Text("多数建筑的高度与层数不符", "Most heights do not fit the floors"),
        Text(f"{len(storeys)} 栋，层高中位数 {middle:.2f} m",
             f"{len(storeys)} buildings, {middle:.2f} m per storey on median"),
        _MISFIT.expected,
        Text("核对两个字段：高度是否误用了层数，或单位有误？以高度为准。",
             "Check the two columns: is the height a number of storeys, or in another unit? The "
             "height is used."),
    )  # fmt: skip


_MISFIT = Fault(
    Text("建筑高度与层数不符", "The height does not fit the floors"),
    Text(f"每层 {_STOREYS[0]:g}–{_STOREYS[1]:g} m（单层建筑可更高）",
         f"{_STOREYS[0]:g} to {_STOREYS[1]:g} m per storey (one storey alone may be higher)"),
    Text("核对高度与层数；以高度为准。", "Check both; the height is used."),
)  # fmt: skip
_ZERO = Fault(
    Text("建筑高度为 0", "The height of buildings is 0"),
    Text("大于 0 的高度，或空值", "a height above 0, or none"),
    Text("按高度未知计；请在源数据中补全。",
         "It is taken as not known; fill it in in the source."),
)  # fmt: skip
_TWICE = Fault(
    Text("等高的建筑基底重叠", "Footprints of the same height overlap"),
    Text("不重叠的建筑基底", "footprints that do not overlap"),
    Text("重叠部分的屋顶重复计算；请在源数据中改正。",
         "Their roof counts twice where they overlap; correct it in the source."),
)  # fmt: skip
_HIGHER = Fault(
    Text("不等高的建筑基底重叠", "Footprints of different heights overlap"),
    Text("不重叠的建筑基底，或裙房与塔楼", "footprints that do not overlap, or podium and tower"),
    Text("重叠处只见较高者：较低屋顶的该部分不计日照。",
         "Where they overlap the higher one is seen: that part of the lower roof has no sun."),
    "note",
)  # fmt: skip


def _by_floors(storey: str) -> Fault:
    return _assumed(
        Text("部分建筑有层数而无高度", "Buildings have floors and no height"),
        Text(f"高度按层数 × 层高推算（{storey}）；补全高度，或改这一参数。",
             f"Their height is floors × {storey}; fill in heights, or set that parameter."),
        "note",
    )  # fmt: skip


def _one_storey(storey: str) -> Fault:
    return _assumed(
        Text("部分建筑既无高度也无层数", "Buildings have neither a height nor floors"),
        Text(f"日照遮挡按一层计（{storey}）；请在源数据中补全。",
             f"For shade they are taken as one storey ({storey}); fill it in in the source."),
        "warning",
    )  # fmt: skip


def _assumed(what: Text, action: Text, severity: Severity) -> Fault:
    return Fault(what, Text("每栋建筑的高度", "a height for every building"), action, severity)
