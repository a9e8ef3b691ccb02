"""What two plans do not have in common beside their features: told before any figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from carbonspace.comparison.clauses import differing, name_of
from carbonspace.comparison.sides import Side
from carbonspace.errors import ComparisonError
from carbonspace.model.comparison import TERM_COLUMNS
from carbonspace.model.layers import LAYERS
from carbonspace.model.plan import Plan
from carbonspace.model.rasters import PREFIX, title_of
from carbonspace.model.rule import Profile
from carbonspace.model.text import Text
from carbonspace.model.weather import WEATHER

Term = tuple[str, Text, object, object, Text]
"""What it is about, its name, what it is in either plan, and what that means."""

_NO_GEOMETRY = Text(
    "图形不能逐一比较，变化不归因；面积与长度也会因投影不同而略有差异。"
    "请在两个 plan.toml 中写同一 crs",
    "geometry cannot be compared and no change is put down to edits; areas and lengths differ "
    "slightly by the projection. Write the same crs in both plan.toml",
)
_OTHER_CONTENT = Text("其变化归入“数据与参数”", "what it changes is counted to data and parameters")
_NOT_COMPARABLE = Text(
    "该指标的数值口径不同，差值包含参数的影响",
    "the indicator's figures are of different definitions; differences include that of parameters",
)
_ONE_ONLY = Text("只在一个方案中，不作比较", "in one plan only, not compared")
_ALL_NEW = Text("其要素全部计为新增或删除", "all its features count as inserted or deleted")
_PREPARED = Text(
    "数据整理方式不同，可能改变数值", "the data are prepared otherwise; figures may change"
)
_OTHER_DAY = Text("有效的条文与豁免不同", "other rules and exemptions hold")
_OTHER_RULES = Text("条文不同；结论的变化可能由此而来",
                    "another clause; verdicts may have changed for it")  # fmt: skip
_EXCUSED = Text("豁免处不判未达标，也不计入部分指标",
                "what is exempt is not missed, and some indicators leave it out")  # fmt: skip
_BUILD = Text("程序版本号相同但代码不同，数值可能因此不同",
              "the same version, but other code: figures may differ for that")  # fmt: skip


def refuse_versions(one: Side, other: Side) -> None:
    """Raise where results were made by different versions: their figures are not comparable.

    Raises
    ------
    ComparisonError
        With both versions.
    """
    mine, yours = one.run["carbonspace"], other.run["carbonspace"]
    if mine != yours:
        raise ComparisonError(
            f"results of different versions are not compared: {one.party.label} is of carbonspace "
            f"{mine}, {other.party.label} of {yours}. Evaluate both plans again with one version.",
            f"不同版本的结果不作比较：{one.party.label} 由 carbonspace {mine} 算出，"
            f"{other.party.label} 由 {yours} 算出。请用同一版本重新计算两个方案。",
        )


def terms_of(one: Side, other: Side) -> pd.DataFrame:
    """Return what differs beside the features, as `Comparison.terms`."""
    rows = [
        (about, name.en, name.zh, _shown(before), _shown(after), meant.en, meant.zh)
        for about, name, before, after, meant in _terms(one, other)
    ]
    return pd.DataFrame(rows, columns=list(TERM_COLUMNS))


def _terms(one: Side, other: Side) -> Iterator[Term]:
    if one.run.get("crs") != other.run.get("crs"):
        crs = Text("坐标系", "CRS")
        yield "crs", crs, one.run.get("crs"), other.run.get("crs"), _NO_GEOMETRY
    if one.run.get("on") != other.run.get("on"):
        day = Text("判定日期", "Day of judgement")
        yield "on", day, one.run.get("on"), other.run.get("on"), _OTHER_DAY
    elif one.run.get("exemptions_on") != other.run.get("exemptions_on"):
        before, after = (run.get("exemptions_on") for run in (one.run, other.run))
        yield "on", Text("豁免判断日期", "Day of exemptions"), before, after, _EXCUSED
    yield from _code(one.run, other.run)
    yield from _asked(one, other)
    for key in one.indicators:
        if key in other.indicators:
            yield from _parameters(key, one, other)
    if one.assessment and other.assessment:
        yield from _plans(one.assessment.plan, other.assessment.plan)


def _code(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Term]:
    codes = [(run.get("request") or {}).get("program", {}).get("code") for run in (one, other)]
    if None not in codes and codes[0] != codes[1]:
        yield "version", Text("代码", "Code"), codes[0][:12], codes[1][:12], _BUILD


def _asked(one: Side, other: Side) -> Iterator[Term]:
    """Yield indicators and profiles that only one of the plans has."""
    for about, mine, yours in (
        ("indicator", one.indicators, other.indicators), ("profile", one.profiles, other.profiles),
    ):  # fmt: skip
        for key in {**mine, **yours}:
            if (key in mine) != (key in yours):
                known = mine.get(key) or yours[key]
                yield about, known.title, key in mine, key in yours, _ONE_ONLY
    for key, profile in one.profiles.items():
        yield from _rules(profile, other.profiles.get(key, profile), one, other)


def _rules(mine: Profile, yours: Profile, one: Side, other: Side) -> Iterator[Term]:
    """Yield the clauses about common indicators that are not the same in both plans."""
    for rule, before, after in differing(mine.rules, yours.rules):
        if rule.indicator in one.indicators and rule.indicator in other.indicators:
            title, name = one.indicators[rule.indicator].title, name_of(rule)
            named = Text(f"{mine.title.zh}：{title.zh}，{name.zh}",
                         f"{mine.title.en}: {title.en}, {name.en}")  # fmt: skip
            yield "rule", named, before, after, _OTHER_RULES


def _parameters(key: str, one: Side, other: Side) -> Iterator[Term]:
    title = one.indicators[key].title
    mine, yours = one.run["parameters"][key], other.run["parameters"][key]
    titles = {p.name: p.title for p in one.indicators[key].parameters}
    for name in {**mine, **yours}:
        before, after = _plain(mine.get(name)), _plain(yours.get(name))
        if before != after:
            own = titles.get(name, Text(name, name))
            named = Text(f"{title.zh}：{own.zh}", f"{title.en}: {own.en} ({name})")
            yield "parameter", named, before, after, _NOT_COMPARABLE


def _plans(one: Plan, other: Plan) -> Iterator[Term]:
    yield from _layers(one, other)
    for kind in sorted({*one.rasters, *other.rasters}):
        mine, yours = (_raster(plan, kind) for plan in (one, other))
        if mine != yours:
            yield "raster", title_of(PREFIX + kind), mine, yours, _OTHER_CONTENT
    if _weather(one) != _weather(other):
        yield "weather", title_of(WEATHER), _weather(one), _weather(other), _OTHER_CONTENT
    for name, title in _SETTINGS.items():
        mine, yours = (getattr(plan.settings, name) for plan in (one, other))
        if mine != yours:
            yield "setting", title, mine, yours, _PREPARED
    excused, others = (_excused(plan) for plan in (one, other))
    if excused != others:
        yield "exemption", Text("豁免", "Exemptions"), excused, others, _EXCUSED


_SETTINGS = {
    "units_from": Text("单元的来源", "How units are derived"),
    "blocks_from": Text("街坊的来源", "How blocks are derived"),
    "position_tolerance": Text("位置容差", "Position tolerance"),
    "policy": Text("几何问题的处理", "What is done about faults of geometry"),
}


def _excused(plan: Plan) -> list[str]:
    """Return the exemptions that a plan itself records, in words."""
    return [f"{one.indicator} {one.level} {' '.join(one.places)} ({one.words.zh})"
            for one in plan.exemptions]  # fmt: skip


def _layers(one: Plan, other: Plan) -> Iterator[Term]:
    for key in LAYERS:
        mine, yours = (_layer(plan, key) for plan in (one, other))
        if (mine is None) != (yours is None):
            yield "layer", LAYERS[key].title, mine, yours, _ALL_NEW


def _layer(plan: Plan, key: str) -> str | None:
    return f"{len(plan.layers[key]):,}" if key in plan.layers else None


def _raster(plan: Plan, kind: str) -> str | None:
    """Return what identifies a raster: its content where it is known, and how it is read."""
    if kind not in plan.rasters:
        return None
    one = plan.rasters[kind]
    content = {i.sha256[:12] for i in plan.inputs if i.layer in (kind, PREFIX + kind)}
    legend = f", {len(one.legend)}" if one.legend else ""
    return f"{one.path.name} [{' '.join(sorted(content))}] × {one.factor:g} {one.unit}{legend}"


def _weather(plan: Plan) -> str | None:
    if plan.weather is None:
        return None
    content = {i.sha256[:12] for i in plan.inputs if i.layer == WEATHER}
    return f"{plan.weather.label or plan.weather.source} [{' '.join(sorted(content))}]"


def other_light(one: Plan, other: Plan) -> bool:
    """Tell whether two plans have other weather."""
    return _weather(one) != _weather(other)


def other_rasters(one: Plan, other: Plan) -> set[str]:
    """Return the kinds of rasters that two plans do not have in common."""
    kinds = {*one.rasters, *other.rasters}
    return {kind for kind in kinds if _raster(one, kind) != _raster(other, kind)}


def _plain(value: Any) -> Any:
    """Return a value as JSON gives it back."""
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return {str(k): _plain(v) for k, v in value.items()} if isinstance(value, Mapping) else value


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "✓" if value else "—"
    if value is None:
        return "—"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
