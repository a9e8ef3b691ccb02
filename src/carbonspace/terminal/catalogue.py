"""The catalogue in the terminal: tables of indicators and thresholds, and one explained."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from carbonspace.model.indicator import Indicator
from carbonspace.model.rule import SURENESS_TITLES, Rule
from carbonspace.model.text import Lang, Text
from carbonspace.terminal.words import REPORTED, UNVERIFIED

_HEADS = (
    Text("方案", "Profile"), Text("指标", "Indicator"), Text("目标", "Target"),
    Text("适用", "Applies to"), Text("状态", "Status"), Text("条文", "Clause"),
)  # fmt: skip
_OTHERS = 36
"""What the other columns of a table of indicators need beside the keys."""
_PIPED = 1000
_NEVER = Text("只作记录，不判定", "recorded, never held")


def print_indicators(indicators: Sequence[Indicator], rules: int, lang: Lang) -> None:
    """Print indicators with their units and sources, and how many thresholds speak of them."""
    heads = [Text("指标", "Indicator"), Text("名称", "Title"), Text("单位", "Unit"),
             Text("图层", "Layers"), Text("来源", "Source")]  # fmt: skip
    console, table = _console(), Table()
    longest = max((len(one.key) for one in indicators), default=0)
    for n, head in enumerate(heads):  # a key is whole in its line, or goes on in the next
        whole = n == 0 and longest + _OTHERS <= console.width
        table.add_column(head.to(lang), overflow="fold", no_wrap=whole)
    for one in indicators:
        title = one.title.to(lang)
        named = title if one.verified else f"{title} ({UNVERIFIED.to(lang)})"
        table.add_row(one.key, named, one.unit, _made_of(one, lang), one.source)
    console.print(table)
    said = Text(f"{len(indicators)} 个指标；{rules} 条阈值：--show thresholds",
                f"{len(indicators)} indicators; {rules} thresholds: --show thresholds")  # fmt: skip
    console.print(said.to(lang), style="dim")


def print_thresholds(rules: Sequence[Rule], lang: Lang) -> None:
    """Print thresholds with their clauses and how sure they are."""
    table = Table()
    for head in _HEADS:
        table.add_column(head.to(lang), overflow="fold")
    for rule in rules:
        table.add_row(rule.profile, rule.indicator, target(rule, lang),
                      rule.applies_to.to(lang), status(rule, lang), rule.source)  # fmt: skip
    console = _console()
    console.print(table)
    console.print(Text(f"{len(rules)} 条阈值", f"{len(rules)} thresholds").to(lang), style="dim")


def _console() -> Console:
    """Return a console as wide as the terminal; through a pipe nothing is cut or folded."""
    console = Console()
    return console if console.is_terminal else Console(width=_PIPED)


def print_explained(indicators: Sequence[Indicator], rules: Sequence[Rule], lang: Lang) -> None:
    """Print all there is to say of indicators, and every threshold with its clause."""
    console = Console(highlight=False)
    for one in indicators:
        console.print(_indicator(one, lang))
    for rule in rules:
        console.print(_rule(rule, lang))


def target(rule: Rule, lang: Lang) -> str:
    """Return the target with its unit and year, or that there is none."""
    words = f"{rule.target_text()} {rule.unit}".strip() if rule.target else ""
    by = f" ({rule.year})" if rule.year else ""
    return f"{words}{by}" if words else Text("无数值", "no value").to(lang)


def status(rule: Rule, lang: Lang) -> str:
    """Return how sure a clause is, and whether it is ever held."""
    words = [SURENESS_TITLES[rule.evidence].to(lang)]
    return "; ".join([*words, *([_NEVER.to(lang)] if rule.never else [])])


def _indicator(one: Indicator, lang: Lang) -> Styled:
    head = Styled(f"{one.key}  {one.title.to(lang)}", style="bold")
    if not one.verified:
        head.append(f"  {UNVERIFIED.to(lang)}", style="yellow")
    lines = [
        one.definition.to(lang),
        _line(Text("单位", "Unit"), one.unit or "1", lang),
        _line(Text("层级", "Levels"), ", ".join(one.levels), lang),
        _line(Text("图层", "Layers"), _made_of(one, lang), lang),
        _line(Text("来源", "Source"), one.source, lang),
        *(_line(Text(p.name, p.name), f"{p.default!r} {p.unit}  {p.title.to(lang)} "
                f"({p.kind.expected.to(lang)})", lang)
          for p in one.parameters),
    ]  # fmt: skip
    return head.append("\n" + "\n".join(f"  {line}" for line in lines) + "\n", style="default")


def _rule(rule: Rule, lang: Lang) -> Styled:
    words = f"{rule.profile}  {rule.indicator}  {target(rule, lang)}"
    head = Styled(words, style="bold").append(
        f"  {status(rule, lang)}", style="default" if rule.is_verified else "yellow"
    )
    selections = [*rule.where.items(), *((f"not {c}", v) for c, v in rule.where_not.items())]
    days = " – ".join(str(day) if day else "…" for day in (rule.since, rule.until))
    facts = [
        (Text("适用", "Applies to"), rule.applies_to.to(lang)),
        (Text("层级", "Levels"), ", ".join(rule.levels)),
        (Text("选择", "Where"), "; ".join(f"{c}: {', '.join(v)}" for c, v in selections)),
        (Text("参数", "Parameters"), rule.stated_text()),
        (Text("条文", "Clause"), f"“{rule.quotation}”"),
        (Text("出处", "Source"), f"{rule.source}  {rule.source_file}".strip()),
        (Text("有效", "In force"), days if rule.since or rule.until else ""),
        (Text("约束", "Binding"), "" if rule.binding else Text("否", "no").to(lang)),
        (Text("不判定", "Never held"), rule.never.to(lang) if rule.never else ""),
        (Text("说明", "Note"), rule.note.to(lang) if rule.note else ""),
    ]
    lines = [_line(name, value, lang) for name, value in facts if value]
    return head.append("\n" + "\n".join(f"  {line}" for line in lines) + "\n", style="default")


def _line(name: Text, value: str, lang: Lang) -> str:
    return f"{name.to(lang)}: {value}"


def _made_of(one: Indicator, lang: Lang) -> str:
    """Return the layers and rasters an indicator needs, or that its figure is reported."""
    if one.is_reported:
        return REPORTED.to(lang).strip(" ()（）")
    return ", ".join((*one.layers, *one.rasters))
