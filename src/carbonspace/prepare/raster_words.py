"""What is said of rasters that do not fit the plan, or whose values make no sense."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd

from carbonspace.model.finding import Finding
from carbonspace.model.plan import Raster
from carbonspace.model.rasters import RASTERS
from carbonspace.model.text import Text


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


def all_unknown(name: str, raster: Raster) -> Finding:
    """Return that a raster has no value anywhere in the plan."""
    return Finding(
        "error", name, Text("栅格在规划范围内没有数值", "The raster has no value in the plan"),
        Text(f"抽查像元全为无数据值（{raster.nodata}）",
             f"every cell looked at is nodata ({raster.nodata})"),
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
