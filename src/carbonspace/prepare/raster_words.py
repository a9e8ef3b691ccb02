"""What is said of rasters that do not fit the plan, or whose values make no sense."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import geopandas as gpd

from carbonspace.model.finding import Finding
from carbonspace.model.plan import Raster
from carbonspace.model.rasters import RASTERS
from carbonspace.model.text import Text
from carbonspace.model.uom import Uom


def elsewhere(name: str, raster: Raster, units: gpd.GeoDataFrame) -> Finding:
    """Return that a raster covers none of the units."""
    box, home = raster.box, units.to_crs(raster.crs).total_bounds
    return Finding(
        "error", name, Text("栅格不在规划范围内", "The raster does not cover the plan"),
        _span(raster.crs, box), _span(raster.crs, home),
        Text("核对文件及其坐标系，或换用覆盖规划范围的栅格。",
             "Check the file and its CRS, or name a raster that covers the plan."), local=True,
    )  # fmt: skip


def partly(name: str, share: float) -> Finding:
    """Return that a raster covers some of the units."""
    percent = f"{100 * share:.1f} %"
    return Finding(
        "warning", name, Text("栅格未覆盖全部单元", "The raster does not cover all units"),
        Text(f"覆盖约 {percent}", f"about {percent} of them covered"),
        Text("覆盖全部单元", "all units covered"),
        Text("未覆盖处按未知计，不按 0 计；已知部分过少的单元没有数值。",
             "What is not covered is unknown, not 0; units of which too little is known have no "
             "value."),
    )  # fmt: skip


def upside_down(name: str) -> Finding:
    """Return that the rows of a raster run from south to north."""
    return Finding(
        "note", name, Text("栅格的行自南向北排列", "The rows of the raster run northwards"),
        Text("首行在最南", "the first row is the southernmost"),
        Text("首行在最北", "the first row is the northernmost"),
        Text("读取时已上下翻转；请在 GIS 中核对方位。",
             "They were turned over while reading; check in a GIS that it lies right."),
    )  # fmt: skip


def resampled(
    name: str, raster: Raster, crs: Any, cell: tuple[float, float], is_class: bool
) -> Finding:
    """Return that a raster in another CRS was resampled."""
    how = (Text("最近的像元", "the nearest cell") if is_class
           else Text("双线性内插", "bilinear interpolation"))  # fmt: skip
    return Finding(
        "note", name,
        Text("栅格的坐标系与规划不同", "The raster is in another CRS than the plan"),
        raster.crs, Text(crs.to_string(), crs.to_string()),
        Text(f"已重采样到规划坐标系，像元 {cell[0]:g} × {cell[1]:g} 米，取{how.zh}。",
             f"Resampled into the plan's CRS onto cells of {cell[0]:g} by {cell[1]:g} m, "
             f"by {how.en}."),
    )  # fmt: skip


def not_in_legend(name: str, codes: Sequence[int], share: float) -> Finding:
    """Return that the legend does not know some codes."""
    shown = ", ".join(map(str, codes[:10]))
    return Finding(
        "warning", name, Text("有编码不在图例中", "Some codes are not in the legend"),
        Text(f"{shown}（抽查像元的 {100 * share:.1f} %）",
             f"{shown} ({100 * share:.1f} % of the cells looked at)"),
        Text("图例中的编码", "codes of the legend"),
        Text("这些像元按未知计；请在图例中补上。",
             "These cells are unknown; add the codes to the legend."),
    )  # fmt: skip


def all_unknown(name: str, raster: Raster, low: float, high: float) -> Finding:
    """Return that a raster has no value anywhere in the plan."""
    found = Text(f"抽查像元全为无数据值（{raster.nodata}）",
                 f"every cell looked at is nodata ({raster.nodata})")  # fmt: skip
    return Finding(
        "error", name, Text("栅格在规划范围内没有数值", "The raster has no value in the plan"),
        found if math.isnan(low) else _range_found(low, high, 1.0),
        Text("有数值的像元", "cells with a value"),
        Text("核对文件与其无数据值。", "Check the file and its nodata value."), local=True,
    )  # fmt: skip


def wrong_unit(name: str, raster: Raster, low: float, high: float, share: float) -> Finding:
    """Return that most values are none that a raster of this kind can have."""
    return Finding(
        "error", name, Text("栅格的数值单位不对", "The values of the raster are in a wrong unit"),
        _range_found(low, high, share), _range(raster),
        Text(f'在 [{name}] 中写明单位，例如 unit = "cm"；或改正文件。',
             f'Write the unit in [{name}], for instance unit = "cm"; or correct the file.'),
        local=True,
    )  # fmt: skip


def undeclared(name: str, low: float, high: float, share: float) -> Finding:
    """Return that a raster writes nodata as a huge number without saying so."""
    return Finding(
        "warning", name,
        Text("栅格用极大的数表示无数据，却未声明",
             "The raster writes a huge number where it has no data, and does not say so"),
        _range_found(low, high, share), Text("声明的无数据值", "a declared nodata value"),
        Text("这些像元按未知计；请在文件中声明无数据值。",
             "These cells are unknown; declare the nodata value in the file."),
    )  # fmt: skip


def cliffs(name: str, share: float, side: float) -> Finding:
    """Return that heights rise as no ground and no building does."""
    percent = f"{100 * share:.1f} %"
    return Finding(
        "error", name, Text("栅格的高度单位不对", "The heights of the raster are in a wrong unit"),
        Text(f"{percent} 的像元比 {side:g} m 内的低处高出 1,000 以上",
             f"{percent} of the cells stand 1,000 or more above the lowest within {side:g} m"),
        Text("以米计的高度", "heights in metres"), _state_unit(name, "cm"), local=True,
    )  # fmt: skip


def no_terrain(name: str, heights: str, ground: str) -> Finding:
    """Return that a surface model counts its heights from the ground."""
    return Finding(
        "error", name,
        Text("地表模型不含地形：其高度自地面起算",
             "The surface model is without the terrain: its heights begin at the ground"),
        Text(f"地表 {heights}，地形 {ground}", f"surface {heights}, terrain {ground}"),
        Text("含地形的高程，与地形模型同一基准", "elevations above the datum of the terrain model"),
        Text("将两者相加成为地表模型，或删去 [rasters.dem]。",
             "Add the two up to a surface model, or leave [rasters.dem] out."), local=True,
    )  # fmt: skip


def from_the_ground(name: str, share: float) -> Finding:
    """Return that much of a surface model is exactly 0."""
    percent = f"{100 * share:.0f} %"
    return Finding(
        "warning", name,
        Text("地表模型可能不含地形", "The surface model may be without the terrain"),
        Text(f"{percent} 的像元恰为 0", f"{percent} of the cells are exactly 0"),
        Text("含地形的高程", "elevations with the terrain"),
        Text("若高度自地面起算，则地形的遮挡未计入；地势平坦处无妨。",
             "If its heights begin at the ground, hills cast no shade; on level ground that is "
             "no matter."),
    )  # fmt: skip


def apart(name: str, gap: float, unit: Uom | None) -> Finding:
    """Return that a surface model is nowhere near the terrain model: perhaps by its unit."""
    if unit is not None:
        return Finding(
            "error", name,
            Text(f"栅格的高度可能以{unit.title.zh}计",
                 f"The heights of the raster may be in {unit.title.en}"),
            Text(f"地表模型与地形模型相差 {gap:+,.1f} m（最低处）",
                 f"the surface model is {gap:+,.1f} m off the terrain model where it is lowest"),
            Text("两者单位与基准相同", "both in one unit, above one datum"),
            _state_unit(name, unit.key), local=True,
        )  # fmt: skip
    return Finding(
        "warning", name,
        Text("地表模型与地形模型的基准不同",
             "The surface model and the terrain model do not meet at the ground"),
        Text(f"最低处相差 {gap:+,.1f} m", f"{gap:+,.1f} m apart where they are nearest"),
        Text("两者单位与基准相同", "both in one unit, above one datum"),
        Text("核对两者的单位与高程基准（大地高与正常高可差数十米）。",
             "Check the unit and the datum of both: heights above the ellipsoid and above the "
             "geoid differ by tens of metres."),
    )  # fmt: skip


def below(name: str, share: float) -> Finding:
    """Return that some of a surface model lies below the terrain model."""
    percent = f"{100 * share:.1f} %"
    return Finding(
        "warning", name,
        Text("地表模型有低于地形模型之处", "Some of the surface model lies below the terrain"),
        Text(f"{percent} 的像元低 2 m 以上", f"{percent} of the cells, by 2 m or more"),
        Text("地表不低于地形", "a surface at or above the terrain"),
        Text("核对两者的年代与配准。", "Check their dates, and that they lie on each other."),
    )  # fmt: skip


def in_unit(name: str, rise: float, height: float, count: int, unit: Uom) -> Finding:
    """Return that buildings stand as much too high in a surface model as a unit would make them."""
    return Finding(
        "error", name,
        Text(f"栅格的高度可能以{unit.title.zh}计",
             f"The heights of the raster may be in {unit.title.en}"),
        _against(rise, height, count), _AS_HIGH, _state_unit(name, unit.key), local=True,
    )  # fmt: skip


def disagree(name: str, rise: float, height: float, count: int) -> Finding:
    """Return that buildings are not as high in a surface model as they are said to be."""
    return Finding(
        "warning", name,
        Text("地表模型与建筑高度不符", "The surface model and the buildings disagree on heights"),
        _against(rise, height, count), _AS_HIGH,
        Text("核对两者的单位、年代与配准；地形模型不是地表模型。",
             "Check the unit and the date of both, and that they lie on each other; a terrain "
             "model is no surface model."),
    )  # fmt: skip


def crowns_everywhere(name: str, lowest: float) -> Finding:
    """Return that a canopy has no cell without a crown."""
    return Finding(
        "warning", name,
        Text("树冠高度可能含地形", "The heights of crowns may include the terrain"),
        Text(f"最低处 {lowest:.1f} m，处处有树冠", f"{lowest:.1f} m at least: crowns everywhere"),
        Text("自地面起算的树高，无树处为 0", "heights above the ground, 0 where there is no tree"),
        Text("若为高程，请减去地形。", "If they are elevations, take the terrain away."),
    )  # fmt: skip


def tall_crowns(name: str, height: float) -> Finding:
    """Return that trees are taller than they grow in towns."""
    return Finding(
        "warning", name,
        Text("树冠高度可能以英尺计", "The heights of crowns may be in feet"),
        Text(f"百分之一的树冠高于 {height:.0f} m",
             f"one crown in a hundred is above {height:.0f} m"),
        Text("以米计的树高", "heights in metres"), _state_unit(name, "ft"),
    )  # fmt: skip


def strange(name: str, raster: Raster, low: float, high: float, share: float) -> Finding:
    """Return that some values are none that a raster of this kind can have."""
    return Finding(
        "warning", name,
        Text("栅格有不可能的数值", "Some values of the raster are impossible"),
        _range_found(low, high, share), _range(raster),
        Text(f"这些像元按未知计；请核对无数据值，以及 [{name}] 的单位。",
             f"These cells are unknown; check the nodata value, and the unit of [{name}]."),
    )  # fmt: skip


def unknown(name: str, share: float) -> Finding:
    """Return which share of a raster has no value."""
    percent = f"{100 * share:.1f} %"
    return Finding(
        "note", name, Text("栅格有无数据的像元", "The raster has cells without data"),
        Text(f"抽查像元的 {percent}", f"{percent} of the cells looked at"),
        Text("各处均有数值", "a value everywhere"),
        Text("按未知计，不按 0 计；各单元的已知比例见证据图层。",
             "They are unknown, not 0; the evidence says how much of each unit is known."),
    )  # fmt: skip


_AS_HIGH = Text("两者相近", "about the same")


def _against(rise: float, height: float, count: int) -> Text:
    return Text(f"栅格中高出周围 {rise:.1f}，建筑高 {height:.1f} m（{count} 栋的中位数）",
                f"{rise:.1f} above what is around in the raster, {height:.1f} m by the buildings "
                f"(medians of {count})")  # fmt: skip


def _state_unit(name: str, unit: str) -> Text:
    return Text(f'若然，在 [{name}] 中写明单位，例如 unit = "{unit}"；否则改正文件。',
                f'If so, write the unit in [{name}], for instance unit = "{unit}"; else correct '
                "the file.")  # fmt: skip


def _span(crs: str, box: Sequence[float]) -> Text:
    west, south, east, north = box
    where = f"{west:g} … {east:g}, {south:g} … {north:g}"
    return Text(f"{crs}：{where}", f"{crs}: {where}")


def _range_found(low: float, high: float, share: float) -> Text:
    values, percent = f"{low:g} … {high:g}", f"{100 * share:.1f} %"
    return Text(f"{values}；不可能的占抽查像元的 {percent}",
                f"{values}; {percent} of the cells looked at are impossible")  # fmt: skip


def _range(raster: Raster) -> Text:
    low, high = RASTERS[raster.kind].ranges[raster.unit]
    values = f"{low:g} … {high:g} {raster.unit}".strip()
    return Text(values, values)
