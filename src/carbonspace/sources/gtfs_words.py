"""What is said of the calendar and the times of a GTFS feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.sources.gtfs_calendar import Typical
from carbonspace.sources.gtfs_times import Calls

_KEY = "transit_stops"
_SHOWN = 5
_TITLES = {
    "workday": Text("工作日", "working day"), "saturday": Text("星期六", "Saturday"),
    "sunday": Text("星期日", "Sunday"),
}  # fmt: skip
_NOT_COUNTED = Text("各站的发车次数与高峰间隔未知。",
                    "Departures and headways of the stops are not known.")  # fmt: skip


def of_days(
    days: Mapping[str, Typical | None], period: tuple[int, int] | None
) -> Iterator[Finding]:
    """Yield on which days departures are counted, and of which types there is none."""
    if not any(days.values()) and period is not None:
        yield _no_service(period)
        return
    chosen = {kind: day for kind, day in days.items() if day is not None}
    zh = "，".join(f"{_TITLES[k].zh} {d.date or '无班次'}" for k, d in chosen.items())
    en = ", ".join(f"{_TITLES[k].en} {d.date or 'no service'}" for k, d in chosen.items())
    yield Finding(
        "note", _KEY, Text("发车次数按这些日期计", "Departures are counted on these days"),
        Text(zh, en), Text("每类日期中班次最多的一天", "the day of each type with the most trips"),
        Text("并列时取最早的一天。", "Of several it is the earliest."),
    )  # fmt: skip
    if lacking := [_TITLES[kind] for kind, day in days.items() if day is None]:
        yield Finding(
            "warning", _KEY, Text("日历中没有某类日期", "The calendar holds no day of some type"),
            Text("、".join(t.zh for t in lacking), ", ".join(t.en for t in lacking)),
            Text("含工作日、星期六和星期日的日历", "working days, a Saturday and a Sunday"),
            Text("这类日期的发车次数未知。", "Departures on such days are not known."),
        )  # fmt: skip


_WORDS: Mapping[str, tuple[Text, Text, Text]] = {
    "untimed": (
        Text("没有时刻", "The feed has no times"),
        Text("到发时刻", "arrival or departure times"),
        Text("高峰间隔未知。", "Headways are not known."),
    ),
    "unread": (
        Text("时刻无法识别", "Times cannot be read"),
        Text("时:分:秒", "H:MM:SS"),
        Text(
            "按前后时刻推算，否则不计入高峰。",
            "They are taken from those before and after, or do not count in the peak.",
        ),
    ),
    "backward": (
        Text("班次的时刻倒退", "Times of trips run backwards"),
        Text("沿途递增的时刻", "times that grow along the trip"),
        Text(
            "这些班次计入全天发车，不计入高峰；请在源数据中改正。",
            "These trips count in the day and not in the peak; correct the feed.",
        ),
    ),
    "unfit": (
        Text("发车频率无法识别", "Frequencies cannot be read"),
        Text(
            "起止时刻（不晚于 48:00:00）与不短于 10 秒的间隔",
            "a start before an end by 48:00:00, and a headway of 10 seconds or more",
        ),
        Text("这些班次按其时刻计一次。", "These trips count once, at their own times."),
    ),
    "undated": (
        Text("服务日历没有有效的起止日期", "Services have no period"),
        Text("YYYYMMDD，起不晚于止", "YYYYMMDD, the start not after the end"),
        Text(
            "这些服务只在 calendar_dates 所加的日期开行。",
            "They run on the days that calendar_dates adds and no others.",
        ),
    ),
}
"""What was noticed, what was expected, and what is done, by what is named."""


def of_times(
    calls: Calls, unfit: Sequence[str], twice: int, undated: Sequence[str]
) -> Iterator[Finding]:
    """Yield what is wrong with times, frequencies and the dates of services."""
    untimed = calls.table["trip_id"].unique() if calls.table["time"].isna().all() else ()
    named = {"untimed": untimed, "unread": calls.unread, "backward": calls.backward,
             "unfit": unfit, "undated": undated}  # fmt: skip
    yield from (_said(kind, names) for kind, names in named.items() if len(names))
    if calls.filled:
        yield Finding(
            "note", _KEY, Text("时刻按站序推算", "Times are interpolated"),
            Text(f"{calls.filled} 次停靠", f"{calls.filled} calls"),
            Text("每次停靠的时刻", "a time for every call"),
            Text("两个已知时刻之间均匀分布。", "They are spaced evenly between two known ones."),
        )  # fmt: skip
    if twice:
        yield _repeated(twice)


def _repeated(count: int) -> Finding:
    return Finding(
        "warning", _KEY, Text("班次重复", "Trips are there twice on one day"),
        Text(f"{count} 个班次", f"{count} trips"),
        Text("同线路、方向、站点与时刻的班次一天一次",
             "a trip of one route, direction, stops and times once a day"),
        Text("只计一次；服务日历可能重叠。", "They count once; services may overlap."),
    )  # fmt: skip


def _no_service(period: tuple[int, int]) -> Finding:
    first, last = (str(np.datetime64(day, "D")) if abs(day) < 10**7 else "…" for day in period)
    return Finding(
        "warning", _KEY, Text("有效期内没有班次", "Nothing runs in the feed's period"),
        Text(f"{first} 至 {last}", f"{first} to {last}"),
        Text("有效期内至少开行一天", "service on at least one day of the period"),
        _NOT_COUNTED,
    )  # fmt: skip


def _said(kind: str, names: Sequence[str]) -> Finding:
    what, expected, action = _WORDS[kind]
    shown = ", ".join(map(str, names[:_SHOWN])) + (" …" if len(names) > _SHOWN else "")
    found = Text(f"{len(names)}：{shown}", f"{len(names)}: {shown}")
    return Finding("warning", _KEY, what, found, expected, action, str(names[0]))
