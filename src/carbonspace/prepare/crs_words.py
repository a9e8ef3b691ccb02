"""What is said about coordinate reference systems, in Chinese and English."""

from __future__ import annotations

import geopandas as gpd
from pyproj import CRS

from carbonspace.model.finding import Finding, Severity
from carbonspace.model.text import Text
from carbonspace.prepare.crs_doubts import label, name, span
from carbonspace.prepare.datum import Operation

UNKNOWN_CRS = Text("无法识别坐标系", "The CRS is not known")
UNMEASURABLE = Text("不能在该坐标系中量算", "This CRS cannot be measured in")
NOT_METRES = Text("坐标系的单位不是米", "The CRS is not in metres")
FITTING_CRS = Text("与坐标相符的坐标系", "a CRS that fits the coordinates")
_SAME_DATUM = Text("基准面相同，转换无损失。", "The datum is the same: nothing is lost.")


def plan_fault(found: str, what: Text, proposal: str) -> Finding:
    """Return why the plan has no CRS to measure in; `proposal` may be empty."""
    expected = Text("一个以米为单位的投影坐标系", "one projected CRS in metres")
    action = Text('在 plan.toml 中写明，例如 crs = "EPSG:4547"。',
                  'Write it in plan.toml, for instance crs = "EPSG:4547".')  # fmt: skip
    if proposal:
        action = Text(f'按数据中心应为 {proposal}；核实后在 plan.toml 中写明 crs = "{proposal}"。',
                      f"The data's centre lies in {proposal}; if that is so, write "
                      f'crs = "{proposal}" in plan.toml.')  # fmt: skip
    return Finding("error", "plan", what, found or "-", expected, action)


def unknown_crs(key: str, stated: str) -> Finding:
    """Return the fault that plan.toml states a CRS that does not exist."""
    action = Text(f"改正 [layers.{key}] 的 crs。", f"Correct crs under [layers.{key}].")
    return Finding("error", key, UNKNOWN_CRS, stated, FITTING_CRS, action)


def overridden(key: str, layer: gpd.GeoDataFrame, crs: CRS) -> list[Finding]:
    """Return that plan.toml, not the file, says what the CRS is."""
    used = Text("按 plan.toml 所写的坐标系使用。", "The CRS stated in plan.toml was used.")
    expected = Text(label(crs), label(crs))
    if layer.crs is None:
        what = Text("文件没有坐标系", "The file has no CRS")
        return [
            Finding(
                "note",
                key,
                what,
                Text(f"没有坐标系，{span(layer)}", f"no CRS, {span(layer)}"),
                expected,
                used,
            )
        ]
    what = Text("文件的坐标系与 plan.toml 不一致", "The file's CRS is not the one plan.toml states")
    found = f"{label(layer.crs)}, {span(layer)}"
    return [Finding("warning", key, what, found, expected, used)]


def turned(key: str, found: str) -> Finding:
    """Return that first and second coordinate were exchanged."""
    return Finding(
        "note", key, Text("坐标次序为北、东", "Coordinates are north first, then east"), found,
        Text("东坐标在前", "east first"),
        Text("已按 plan.toml 的 axes 交换次序。", "Exchanged, as axes in plan.toml says."),
    )  # fmt: skip


def flattened(key: str, whole: str, flat: str) -> Finding:
    """Return that the vertical part of a CRS is left aside."""
    return Finding(
        "note", key, Text("坐标系含高程", "The CRS has a vertical part"), whole, Text(flat, flat),
        Text("高程基准不参与平面量算，已略去。", "Heights take no part; it was left aside."),
    )  # fmt: skip


def not_convertible(key: str, layer: gpd.GeoDataFrame, crs: CRS) -> Finding:
    """Return that some coordinates have no counterpart in the plan's CRS."""
    return Finding(
        "error", key, Text("无法转换到计划的坐标系", "The layer cannot be converted"),
        f"{label(layer.crs)}, {span(layer)} → {label(crs)}", FITTING_CRS,
        Text("检查该图层的坐标系与个别坐标。", "Check the layer's CRS and single coordinates."),
    )  # fmt: skip


def converted(key: str, source: CRS, target: CRS, how: Operation) -> Finding:
    """Return that a layer was converted, by which datum shift, and how accurate that is."""
    doubtful = how.ballpark or bool(how.missing)
    severity: Severity = "warning" if doubtful else "note"
    return Finding(
        severity, key,
        Text("图层已转换到计划的坐标系", "The layer was converted to the plan's CRS"),
        _named(source), Text(label(target), label(target)), _shift(source, how),
    )  # fmt: skip


def _named(crs: CRS) -> str | Text:
    """Return the CRS, and the order of its axes where north comes first."""
    if crs.axis_info and crs.axis_info[0].direction == "north":
        return Text(f"{label(crs)}（轴序为北、东；按东、北读取）",
                    f"{label(crs)} (axes: north, east; read east first)")  # fmt: skip
    return label(crs)


def _shift(source: CRS, how: Operation) -> Text:
    if not how.name:
        return _SAME_DATUM
    if how.missing:
        return _missing(how)
    if how.ballpark:
        return _unknown_shift(source, how)
    accuracy = _accuracy(how.accuracy)
    return Text(f"基准转换：{how.name}；{accuracy.zh}。",
                f"Datum shift: {how.name}; {accuracy.en}.")  # fmt: skip


def _missing(how: Operation) -> Text:
    grids, accuracy, better = ", ".join(how.missing), _accuracy(how.accuracy), ""
    if how.better is not None and how.better >= 0:
        better = f" ({how.better:g} m)"
    return Text(f"缺少格网 {grids}{better}，改用 {how.name}；{accuracy.zh}。"
                "用 projsync 安装格网后更准。",
                f"Grid {grids}{better} is missing; used {how.name}; {accuracy.en}. "
                "Install the grid (projsync) for more.")  # fmt: skip


def _unknown_shift(source: CRS, how: Operation) -> Text:
    return Text(
        f"PROJ 没有该基准面的转换参数，按无偏移处理（{how.name}）；误差未知，不可忽略。"
        f"有测绘部门的参数时写成带 +towgs84 的 crs；或全部图层以 {name(source)} 量算。",
        f"PROJ knows no shift between these datums and assumed none ({how.name}); the error is "
        "unknown and matters. With the survey's parameters, state a crs with +towgs84; or measure "
        f"the whole plan in {name(source)}.",
    )  # fmt: skip


def _accuracy(metres: float | None) -> Text:
    if metres is None:
        return Text("PROJ 未给出精度", "PROJ states no accuracy")
    return Text(f"精度 {metres:g} 米", f"accuracy {metres:g} m")
