"""Collects the indicators and the thresholds, for everyone who asks what carbonspace knows."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable, Iterator
from functools import cache
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from carbonspace.errors import UnknownNameError
from carbonspace.model.described import Vocabularies, parameter_facts
from carbonspace.model.indicator import Indicator
from carbonspace.model.rasters import PREFIX
from carbonspace.model.rule import SURENESS_TITLES, Rule
from carbonspace.model.theme import THEMES
from carbonspace.model.weather import WEATHER
from carbonspace.profiles import load_profile, profile_keys


@cache
def indicators() -> dict[str, Indicator]:
    """Return every indicator by key, theme by theme."""
    found = [one for theme in THEMES for one in _declared_in(theme)]
    return {one.key: one for one in found}


def choose(keys: Iterable[str] | None) -> dict[str, Indicator]:
    """Return the indicators called `keys` in catalogue order; all of them for None or nothing.

    Raises
    ------
    UnknownNameError
        Naming every key that is not an indicator.
    """
    known, wanted = indicators(), set(keys or ())
    if unknown := sorted(wanted - set(known)):
        raise UnknownNameError(
            f"no indicator is called {', '.join(unknown)}; `carbonspace catalog` lists all",
            f"没有指标 {'、'.join(unknown)}；`carbonspace catalog` 列出全部指标",
        )
    return {key: one for key, one in known.items() if not wanted or key in wanted}


def as_json(
    chosen: Iterable[Indicator] | None = None, rules: Iterable[Rule] | None = None
) -> dict[str, Any]:
    """Return indicators and thresholds (all, where none are given) as one object of plain values.

    The object holds `indicators`, `thresholds`, and the `vocabularies` that parameters name: the
    values of long lists, each with its title.
    """
    held = thresholds() if rules is None else rules
    shown = indicators().values() if chosen is None else chosen
    vocabularies = Vocabularies()
    return {
        "indicators": [_indicator_facts(one, vocabularies) for one in shown],
        "thresholds": [_rule_facts(rule) for rule in held],
        "vocabularies": vocabularies.words,
    }


@cache
def thresholds() -> tuple[Rule, ...]:
    """Return every rule of the profiles that come with carbonspace, as it is written."""
    return tuple(rule for key in profile_keys() for rule in load_profile(key).rules)


def as_markdown(chosen: Iterable[Indicator] | None = None, rules: Iterable[Rule] = ()) -> str:
    """Return reference pages: indicators (all, where none are given) by theme, then thresholds."""
    shown, pages = [*(indicators().values() if chosen is None else chosen)], list[str]()
    for theme, title in THEMES.items():
        mine = [one for one in shown if one.theme == theme]
        if mine:
            pages += [f"# {title.en} · {title.zh}", *(_page(one) for one in mine)]
    held = [*rules]
    return "\n\n".join([*pages, _rules_page(held)] if held else pages)


def _rules_page(rules: Iterable[Rule]) -> str:
    heads = "| profile | indicator | target | applies to | clause | status |"
    return "\n".join(["# Thresholds · 阈值", "", heads, "|---|---|---|---|---|---|",
                      *(_rule_line(rule) for rule in rules)])  # fmt: skip


def _rule_line(rule: Rule) -> str:
    by = f" ({rule.year})" if rule.year else ""
    target = f"{rule.target_text()} {rule.unit}".strip() or "—"
    status = SURENESS_TITLES[rule.evidence]
    never = f" {rule.never.en} · {rule.never.zh}" if rule.never else ""
    cells = [f"`{rule.profile}`", f"`{rule.indicator}`", f"{target}{by}",
             f"{rule.applies_to.en} · {rule.applies_to.zh}", f"{rule.source}: {rule.quotation}",
             f"{status.en} · {status.zh}.{never}"]  # fmt: skip
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _page(one: Indicator) -> str:
    doubt = "" if one.verified else " Defaults rest on memory and are unverified."
    head = f"""## `{one.key}` {one.title.en} · {one.title.zh}

{one.definition.en}

{one.definition.zh}

Unit: {one.unit or "1"}. {_made_of(one)}. Levels: {", ".join(one.levels)}. \
Source: {one.source}.{doubt}"""
    if not one.parameters:
        return head
    rows = [
        f"| `{p.name}` | `{p.default!r}` | {p.unit} | {p.title.en} · {p.title.zh} |"
        for p in one.parameters
    ]
    return "\n".join(
        [head, "", "| parameter | default | unit | meaning |", "|---|---|---|---|", *rows]
    )


def _made_of(one: Indicator) -> str:
    """Say which layers an indicator is computed from, or that it is not."""
    if one.is_reported:
        return f"Reported: `[reported.{one.key}]` of plan.toml"
    needed, optional = _inputs(one)
    return f"Layers: {', '.join([*needed, *(f'{key} (optional)' for key in optional)])}"


def _inputs(one: Indicator) -> tuple[list[str], list[str]]:
    """Return the layers and rasters an indicator needs, and what it could do without."""
    needed = [*one.layers, *(PREFIX + kind for kind in one.rasters)]
    optional = [*one.optional_layers, *(PREFIX + kind for kind in one.optional_rasters)]
    return needed, [*optional, *([WEATHER] if one.sees_weather else [])]


def _declared_in(theme: str) -> Iterator[Indicator]:
    for module in _modules(theme):
        for value in vars(module).values():
            declared = getattr(value, "indicator", None)
            if isinstance(declared, Indicator) and value.__module__ == module.__name__:
                yield declared
        yield from getattr(module, "VARIANTS", ())


def _modules(theme: str) -> Iterator[ModuleType]:
    """Yield the files of a theme: the one called so, and those whose first word it is."""
    room = importlib.import_module("carbonspace.indicators")
    for name in sorted(one.name for one in iter_modules(room.__path__)):
        if name == theme or name.startswith(f"{theme}_"):
            yield importlib.import_module(f"{room.__name__}.{name}")


def _indicator_facts(one: Indicator, vocabularies: Vocabularies) -> dict[str, Any]:
    return {
        "key": one.key, "title": one.title._asdict(), "unit": one.unit, "theme": one.theme,
        "definition": one.definition._asdict(), "layers": list(one.layers),
        "optional_layers": list(one.optional_layers), "rasters": list(one.rasters),
        "optional_rasters": list(one.optional_rasters), "weather": one.sees_weather,
        "aggregate": one.aggregate, "reported": one.is_reported,
        "levels": list(one.levels), "source": one.source,
        "reach": _reach(one), "whole": list(one.whole),
        "verified": one.verified, "decimals": one.decimals, "variant_of": one.variant_of,
        "parameters": [parameter_facts(p, one, vocabularies) for p in one.parameters],
    }  # fmt: skip


def _reach(one: Indicator) -> float | str:
    """Return metres, or what they hang on: a parameter, the "plan", or all of the "city"."""
    if isinstance(one.reach, str):
        return one.reach
    metres = one.reach_m(one.settings({}))
    if math.isnan(metres):
        return "plan"
    return "city" if math.isinf(metres) else metres


def _rule_facts(rule: Rule) -> dict[str, Any]:
    return {
        "profile": rule.profile, "indicator": rule.indicator, "comparator": rule.comparator,
        "target": list(rule.target), "unit": rule.unit, "quotation": rule.quotation,
        "source": rule.source, "year": rule.year, "status": rule.evidence,
        "binding": rule.binding, "applies_to": rule.applies_to._asdict(),
        "levels": list(rule.levels), "parameters": dict(rule.parameters),
        "where": {k: list(v) for k, v in rule.where.items()},
        "where_not": {k: list(v) for k, v in rule.where_not.items()},
        "tolerance": rule.tolerance, "source_file": rule.source_file,
        "verified": rule.is_verified, "computed": rule.indicator in indicators(),
        "never": rule.never._asdict() if rule.never else None,
        "note": rule.note._asdict() if rule.note else None,
        "since": rule.since.isoformat() if rule.since else None,
        "until": rule.until.isoformat() if rule.until else None,
    }  # fmt: skip
