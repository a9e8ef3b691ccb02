"""The page of one indicator."""

from __future__ import annotations

import math
from collections.abc import Iterator

from docs.pages import formula
from docs.pages.example import PLAN, Example
from docs.pages.inputs import inputs, parameters
from docs.pages.words import MADE, both, number, paragraphs, table, unit_of, value

from carbonspace.catalogue import indicators, thresholds
from carbonspace.model.indicator import Indicator
from carbonspace.model.rule import SURENESS_TITLES, Rule
from carbonspace.model.theme import theme_title


def text(one: Indicator, example: Example) -> str:
    """Return everything people need to know of an indicator."""
    return paragraphs([
        f"# {both(one.title)}", _key(one), one.definition.zh, one.definition.en,
        *_formula(one, example), inputs(one, example.columns), parameters(one), _family(one),
        _clauses(one), *_drawn(one, example), *_told(one, example), MADE,
    ])  # fmt: skip


def _key(one: Indicator) -> str:
    facts = [
        f"`{one.key}`", f"unit · 单位: {unit_of(one.unit)}",
        f"levels · 层级: {', '.join(one.levels)}",
        f"theme · 主题: [{both(theme_title(one.theme))}](README.md#{one.theme})",
        f"source · 来源: {one.source}",
    ]  # fmt: skip
    doubt = "" if one.verified else (
        "\n\nDefaults rest on memory or on our own choice and are **unverified**. · "
        "默认值凭记忆或为自定，**未核实**。"
    )  # fmt: skip
    return "; ".join(facts) + doubt


def _formula(one: Indicator, example: Example) -> Iterator[str]:
    yield "## Formula · 公式"
    if example.measure is not None:
        yield formula.text(one, example.measure)
    else:
        yield (f"Not computed: what the city reports in `[reported.{one.key}]` of plan.toml. · "
               "不计算，由城市在 plan.toml 中填报。")  # fmt: skip


def _family(one: Indicator) -> str:
    base = one.variant_of or one.key
    mine = [i for i in indicators().values() if base in (i.key, i.variant_of)]
    if len(mine) == 1:
        return ""
    rows = [[f"[`{i.key}`]({i.key}.md)", both(i.title), _fixed(i) or "the family · 族", i.source]
            for i in mine]  # fmt: skip
    head = ["key", "indicator · 指标", "fixed · 固定的参数", "source · 来源"]
    return "## Variants · 变体\n\n" + table(head, rows)


def _fixed(one: Indicator) -> str:
    held = [p for p in one.parameters if p.name in one.fixed]
    return ", ".join(f"`{p.name}` = {value(p, p.default)}" for p in held)


def _clauses(one: Indicator) -> str:
    rows = [_clause(rule) for rule in thresholds() if rule.indicator == one.key]
    head = [
        "profile · 方案",
        "target · 目标",
        "applies to · 适用",
        "clause · 条文",
        "status · 状态",
    ]
    none = "No clause of the profiles speaks of it. · 各方案中没有相应条文。"
    return "## Thresholds · 阈值\n\n" + (table(head, rows) if rows else none)


def _clause(rule: Rule) -> list[str]:
    target = f"{rule.target_text()} {rule.unit}".strip() if rule.target else "—"
    by = f" ({rule.year})" if rule.year else ""
    status = both(SURENESS_TITLES[rule.evidence])
    never = f"; never held · 不判定: {both(rule.never)}" if rule.never else ""
    note = f" {both(rule.note)}" if rule.note else ""
    stated = f"; `{rule.stated_text()}`" if rule.parameters else ""
    quoted = f"{rule.source}: {rule.quotation}{note}"
    return [
        f"`{rule.profile}`",
        target + by + stated,
        both(rule.applies_to),
        quoted,
        status + never,
    ]


def _drawn(one: Indicator, example: Example) -> Iterator[str]:
    yield "## Example · 示例"
    if example.evidence is not None:
        yield f"![{one.title.en}]({one.key}.svg)"
        yield ("The golden plan: left its units by value, right the evidence of one of them. · "
               "样例规划：左为各单元的值，右为一个单元的依据。")  # fmt: skip
    elif one.is_reported:
        yield "Nothing is drawn: the figure is reported. · 填报指标，无图。"
    else:
        yield ("Not drawn: the golden plan has none of its inputs (a raster, weather, or a "
               "parameter that has to be stated). · "
               "未绘：样例规划没有所需的栅格、气象或必填参数。")  # fmt: skip


def _told(one: Indicator, example: Example) -> Iterator[str]:
    yield "## How to report it · 如何表述"
    figure = _city(example)
    shown = "…" if math.isnan(figure) else number(one, figure)
    unit = "" if one.unit in shown else f" {one.unit}"
    held = [p for p in one.parameters if p.unit not in ("", "code") or p.name in one.fixed]
    zh = "".join(f"，{p.title.zh} {value(p, p.default)}" for p in held if p.default is not None)
    en = "".join(f", {p.title.en.lower()} {value(p, p.default)}" for p in held
                 if p.default is not None)  # fmt: skip
    name = PLAN.parent.name
    yield f"> {one.title.zh}（全市）为 {shown}{unit}{zh}；口径：{one.source}。"
    yield f"> {one.title.en} (city): {shown}{unit}{en}; as defined by {one.source}."
    if not math.isnan(figure):
        yield f"The figure is that of the sample `{name}`. · 数值取自样例 `{name}`。"


def _city(example: Example) -> float:
    if example.measure is None or example.units is None:
        return math.nan
    return example.measure.total()[2]
