"""What an indicator is made of: layers and their columns, rasters, weather, parameters."""

from __future__ import annotations

from collections.abc import Iterator

from docs.pages.columns import Columns
from docs.pages.words import both, table, value

from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS, RASTER_KINDS

_NEED, _CAN = "needed · 必需", "used if there · 有则用"


def inputs(one: Indicator, columns: Columns) -> str:
    """Return the layers and rasters, and of each layer the columns that are read by default."""
    if one.is_reported:
        return ""
    rows = [*_layers(one, columns), *_rasters(one)]
    head = ["layer · 图层", "column · 列", "unit · 单位", "meaning · 含义", ""]
    note = ("Columns as read on the golden plan with the default parameters. · "
            "列为默认参数下在样例规划上实际读取者。")  # fmt: skip
    return f"## Made of · 数据\n\n{table(head, rows)}\n\n{note}"


def parameters(one: Indicator) -> str:
    """Return the parameters with their defaults and what they take."""
    if not one.parameters:
        return ""
    mark = "" if one.verified else " (unverified · 未核实)"
    rows = [
        [f"`{p.name}`", value(p, p.default) + (" (fixed · 固定)" if p.name in one.fixed else mark),
         p.unit if p.unit != "code" else "", both(p.title), both(p.kind.expected)]
        for p in one.parameters
    ]  # fmt: skip
    head = ["parameter · 参数", "default · 默认", "unit · 单位", "meaning · 含义", "takes · 取值"]
    return "## Parameters · 参数\n\n" + table(head, rows)


def _layers(one: Indicator, columns: Columns) -> Iterator[list[str]]:
    for key in one.used:
        layer = LAYERS[key]
        yield [f"`{key}`", "", "", both(layer.title), _NEED if key in one.layers else _CAN]
        for column in layer.columns:
            if column.name in columns.get(key, {}):
                need = _NEED if columns[key][column.name] else _CAN
                yield ["", f"`{column.name}`", column.unit, both(column.title), need]


def _rasters(one: Indicator) -> Iterator[list[str]]:
    for kind in one.seen_rasters:
        yield [f"`rasters.{kind}`", "", "", both(RASTER_KINDS[kind]),
               _NEED if kind in one.rasters else _CAN]  # fmt: skip
    if one.sees_weather:
        yield ["`weather`", "", "", "a year of weather · 全年逐时气象", _CAN]
