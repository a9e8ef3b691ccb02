"""What is said of a weather file."""

from __future__ import annotations

from pathlib import Path

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text, counted, quoted
from carbonspace.model.weather import HOURS, WEATHER

_EXPECTED = Text("EPW 文件，或 PVGIS 典型年（TMY）的 CSV 文件",
                 "an EPW file, or a typical year (TMY) of PVGIS as CSV")  # fmt: skip
_YEAR = Text(f"一年的 {HOURS:,} 小时", f"the {HOURS:,} hours of a year")
_ANOTHER = Text("换用或重新下载气象文件。", "Use another file, or download it again.")
_FILLED = Text("这些小时按前后各天同一时刻内插；如影响较大，请换用完整的文件。",
               "These hours are taken between the days before and after at the same time; use a "
               "complete file where that matters.")  # fmt: skip


def missing(path: Path) -> Finding:
    """Return that there is no such file."""
    return Finding(
        "error", WEATHER, Text("文件不存在", "The file does not exist"), str(path), _EXPECTED,
        Text("改正 [weather] 的 source；相对路径以 plan.toml 所在目录为准。",
             "Correct the source of [weather]; a relative path starts at plan.toml."),
    )  # fmt: skip


def no_pvlib(name: str) -> Finding:
    """Return that the reader is not installed."""
    return Finding(
        "error", WEATHER, Text("读取气象文件需要 pvlib", "A weather file needs pvlib to be read"),
        name, Text("已安装的 pvlib", "pvlib, installed"),
        Text("运行 pip install 'carbonspace[sun]'。", "Run pip install 'carbonspace[sun]'."),
        local=True,
    )  # fmt: skip


def not_weather(name: str) -> Finding:
    """Return that the file is of no kind that is known."""
    return _error(Text("不是可识别的气象文件", "It is no weather file that is known"), name,
                  _EXPECTED, _ANOTHER)  # fmt: skip


def unreadable(name: str, reason: str) -> Finding:
    """Return that the file begins like a weather file and is none."""
    return _error(Text("无法读取气象文件", "The weather file cannot be read"),
                  quoted(reason).under(name), _EXPECTED, _ANOTHER)  # fmt: skip


def no_place(name: str, latitude: float, longitude: float) -> Finding:
    """Return that the station is nowhere on earth."""
    return _error(
        Text("气象站的位置不可能", "The station lies nowhere on earth"),
        Text(f"{name}：纬度 {latitude:g}，经度 {longitude:g}",
             f"{name}: latitude {latitude:g}, longitude {longitude:g}"),
        Text("纬度 −90 至 90，经度 −180 至 180",
             "latitude from -90 to 90, longitude from -180 to 180"), _ANOTHER,
    )  # fmt: skip


def several_years(name: str, hours: int) -> Finding:
    """Return that there are more hours than one year has."""
    return _error(
        Text("气象文件多于一年", "The weather file has more than one year"),
        Text(f"{name}：{hours:,} 小时", f"{name}: {hours:,} hours"), _YEAR,
        Text("只保留一年，或用典型年。", "Keep one year of it, or use a typical year."),
    )  # fmt: skip


def too_few(name: str, unknown: int) -> Finding:
    """Return that too many hours are not known."""
    return _error(Text("气象文件中未知的小时过多", "Too many hours of the weather are not known"),
                  _counted(name, unknown), _YEAR, _ANOTHER)  # fmt: skip


def dark(name: str) -> Finding:
    """Return that there is no light in the whole year."""
    return _error(Text("全年没有太阳辐射", "There is no sunlight in the whole year"), name,
                  Text("总辐射（W/m²）", "global irradiance (W/m²)"), _ANOTHER)  # fmt: skip


def hours_missing(name: str, count: int) -> Finding:
    """Return how many hours the file has no numbers for."""
    return _warning(Text("气象文件缺少一些小时", "Hours of the weather are missing"),
                    _counted(name, count), _YEAR, _FILLED)  # fmt: skip


def light_impossible(name: str, count: int, low: float, high: float) -> Finding:
    """Return in how many hours irradiance is negative or more than the sun can send."""
    return _warning(Text("气象文件的辐照度为负或过大", "Irradiance is negative or too high"),
                    _ranged(name, count, low, high, "W/m²"),
                    Text("0 至 1,500 W/m²", "0 to 1,500 W/m²"), _FILLED)  # fmt: skip


def air_impossible(name: str, count: int, low: float, high: float) -> Finding:
    """Return in how many hours the air is of no weather on earth."""
    return _warning(
        Text("气象文件的气温或风速不可能", "Air temperature or wind is impossible"),
        _ranged(name, count, low, high, ""),
        Text("气温 −80 至 60 °C，风速 0 至 75 m/s", "-80 to 60 °C, wind of 0 to 75 m/s"), _FILLED,
    )  # fmt: skip


def sum_strange(name: str, kwh: float, low: float, high: float) -> Finding:
    """Return that the light of the year is more or less than any place on earth has."""
    return _warning(
        Text("全年总辐射不合常理", "The light of the year is implausible"),
        Text(f"{name}：全年 {kwh:,.0f} kWh/m²", f"{name}: {kwh:,.0f} kWh/m²"),
        Text(f"{low:,.0f} 至 {high:,.0f} kWh/m²", f"{low:,.0f} to {high:,.0f} kWh/m²"),
        Text("检查辐照度的单位是否为 W/m²。", "Check that irradiance is in W/m²."),
    )  # fmt: skip


def leap_day(name: str) -> Finding:
    """Return that the year had a leap day, which is left out."""
    what = Text("未计入 2 月 29 日", "29 February is left out")
    return Finding("note", WEATHER, what, name, _YEAR,
                   Text("无需处理。", "Nothing need be done."))  # fmt: skip


def _counted(name: str, count: int) -> Text:
    found = counted(count, "小时", "hour", "hours")
    return Text(f"{name}：{found.zh}", f"{name}: {found.en}")


def _ranged(name: str, count: int, low: float, high: float, unit: str) -> Text:
    found, values = _counted(name, count), f"{low:g} … {high:g} {unit}".strip()
    return Text(f"{found.zh}，{values}", f"{found.en}, {values}")


def _error(what: Text, found: Text | str, expected: Text, action: Text) -> Finding:
    return Finding("error", WEATHER, what, found, expected, action, local=True)


def _warning(what: Text, found: Text, expected: Text, action: Text) -> Finding:
    return Finding("warning", WEATHER, what, found, expected, action)
