"""What is wrong with the keys of a table of plan.toml, and with their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text

_TYPE_NAMES = {str: "text", date: "a date (2030-12-31)", dict: "a table", list: "a list",
               int: "a whole number", bool: "true or false"}  # fmt: skip
_TYPE_NAMES_ZH = {str: "文本", date: "日期（2030-12-31）", dict: "表", list: "列表", int: "整数",
                  bool: "true 或 false"}  # fmt: skip


def table_faults(
    layer: str,
    place: str,
    table: Mapping[str, Any],
    known: Mapping[str, type | tuple[type, ...]],
    *,
    required: Iterable[str] = (),
) -> Iterator[Finding]:
    """Yield the unknown keys, missing keys and wrong types of one table of plan.toml."""
    for name, value in table.items():
        if name not in known:
            yield unknown_key(layer, f"{place}.{name}".lstrip("."), name, known)
        elif not isinstance(value, known[name]) or isinstance(value, bool) != (known[name] is bool):
            yield wrong_type(layer, f"{place}.{name}".lstrip("."), value, known[name])
    for name in required:
        if name not in table:
            yield missing_key(layer, f"{place}.{name}".lstrip("."), known[name])


def unknown_key(layer: str, place: str, found: str, known: Iterable[str]) -> Finding:
    """Return the fault that a name in plan.toml is not one of the known ones."""
    names = [*known]
    near = get_close_matches(found, names, n=1)
    listed = ", ".join(names)
    return Finding(
        "error", layer, Text(f"plan.toml 的 {place} 无法识别", f"plan.toml: {place} is not known"),
        repr(found), Text(f"其中之一：{listed}", f"one of: {listed}"),
        Text(f"是否应为 {near[0]}？", f"Did you mean {near[0]}?") if near
        else Text("改正或删去该项。", "Correct or remove it."),
    )  # fmt: skip


def wrong_type(layer: str, place: str, found: Any, expected: type | tuple[type, ...]) -> Finding:
    """Return the fault that a value in plan.toml is of another type than expected."""
    kinds = expected if isinstance(expected, tuple) else (expected,)
    return Finding(
        "error", layer,
        Text(f"plan.toml 的 {place} 类型不符", f"plan.toml: {place} has the wrong type"),
        repr(found), Text("或".join(_TYPE_NAMES_ZH.get(k, "数值") for k in kinds),
                          " or ".join(_TYPE_NAMES.get(k, "a number") for k in kinds)),
        Text("改正该项。", "Correct it."),
    )  # fmt: skip


def missing_key(layer: str, place: str, expected: type | tuple[type, ...]) -> Finding:
    """Return the fault that plan.toml lacks a key."""
    kind = expected[0] if isinstance(expected, tuple) else expected
    return Finding(
        "error", layer, Text(f"plan.toml 缺少 {place}", f"plan.toml: {place} is missing"), "-",
        Text(_TYPE_NAMES_ZH.get(kind, "数值"), _TYPE_NAMES.get(kind, "a number")),
        Text(f"在 plan.toml 中写明 {place}。", f"Write {place} in plan.toml."),
    )  # fmt: skip


def unusable(place: str, found: Any, expected: Text | str) -> Finding:
    """Return the fault that a value in plan.toml cannot be used."""
    return Finding(
        "error", "plan", Text(f"plan.toml 的 {place} 不可用", f"plan.toml: {place} cannot be used"),
        repr(found), expected if isinstance(expected, Text) else Text(expected, expected),
        Text("改正该项。", "Correct it."),
    )  # fmt: skip
