"""What each key of a file of rules must hold, in words, and how to say that one does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from carbonspace.model.levels import Level
from carbonspace.model.rule import Comparator, Sureness
from carbonspace.model.text import Text
from carbonspace.profiles.faults import Wrong


def _both(words: str) -> Text:
    return Text(words, words)


def one_of(names: Iterable[str]) -> Text:
    """Return that one of some names is wanted."""
    listed = ", ".join(names)
    return Text(f"{listed} 之一", f"one of {listed}")


_WORDS = _both('{ zh = "…", en = "…" }')
_PLACES = Text('{ 列 = ["值"] }', '{ column = ["value"] }')
_DAY = Text("日期，如 2030-12-31", "a day, such as 2030-12-31")
_TABLES = Text("若干 [[{key}]] 表", "tables [[{key}]]")
EXPECTED: Mapping[str, Text] = {
    "indicator": Text("目录中的指标键", "the key of an indicator of the catalogue"),
    "comparator": one_of(get_args(Comparator)),
    "target": Text("数的列表，如 [8] 或 [6, 8]", "a list of numbers, such as [8] or [6, 8]"),
    "unit": Text("单位文本，如 \"km/km²\"，无量纲为 \"\"",
                 'a unit as text, such as "km/km²"; "" where there is none'),
    "quotation": Text("条文原文", "the words of the clause"),
    "source": Text("文件与条款", "the document and the clause"),
    "applies_to": _WORDS, "note": _WORDS, "never": _WORDS, "title": _WORDS, "reason": _WORDS,
    "evidence": one_of(get_args(Sureness)),
    "year": Text("年份，如 2030", "a year, such as 2030"),
    "levels": Text(f"列表，取自 {', '.join(get_args(Level))}",
                   f"a list of {', '.join(get_args(Level))}"),
    "where": _PLACES, "where_not": _PLACES,
    "tolerance": Text("不小于 0 的数", "a number of 0 or more"),
    "binding": Text("true 或 false", "true or false"),
    "parameters": Text("{ 参数 = 值 }", "{ parameter = value }"),
    "since": _DAY, "until": _DAY,
    "source_file": Text("文件名文本", "the name of a file as text"),
    "document": Text("条文所在文件的名称", "the name of the document the clauses are of"),
    "extends": Text("方案键或文件名", "the key of a profile, or the name of a file"),
    "of": Text("{ 键 = 值 }，指明所改的规则", "{ key = value }, which tell the rule that is meant"),
    **{key: _TABLES.filled(key=key) for key in ("rule", "table", "override")},
}  # fmt: skip


def of_kind(key: str, value: Any, place: str = "") -> Wrong:
    """Return that a key holds something else than it should; `place` is the line's key."""
    return stated(place or key, f"{key} = {value!r}", EXPECTED[key])


def stated(key: str, found: Text | str, expected: Text) -> Wrong:
    """Return that what a key says cannot be used."""
    said = _both(found) if isinstance(found, str) else found
    return Wrong(key, said, expected, Text(f"改正 {key}。", f"Correct {key}."))


def missing(key: str) -> Wrong:
    """Return that a key is not there."""
    return Wrong(key, Text(f"缺少 {key}", f"{key} is missing"), EXPECTED[key],
                 Text(f"补上 {key}。", f"Add {key}."))  # fmt: skip


def unknown(key: str, known: Iterable[str], place: str = "") -> Wrong:
    """Return that a key is none there is, and which may be meant."""
    names = [*known]
    near = get_close_matches(key, names, n=1)
    action = Text(f"是否应为 {near[0]}？", f"Did you mean {near[0]}?") if near else Text(
        f"删去 {key}。", f"Remove {key}.")  # fmt: skip
    said = Text(f"未知的键 {key!r}", f"unknown key {key!r}")
    return Wrong(place or key, said, one_of(names), action)


def words_faults(facts: Mapping[str, Any], key: str) -> Iterable[Wrong]:
    """Yield that a key lacks words in one of the languages, or holds something else."""
    value = facts[key]
    if not isinstance(value, dict):
        yield of_kind(key, value)
    elif lacking := [lang for lang in ("zh", "en") if not value.get(lang)]:
        said = Text(f"{key} 缺少 {'、'.join(lacking)}", f"{key} lacks {' and '.join(lacking)}")
        yield stated(key, said, EXPECTED[key])
    elif not is_text(value):
        yield of_kind(key, value)


def is_text(value: object) -> bool:
    """Return whether a value is words in both languages."""
    both = isinstance(value, dict) and set(value) == {"zh", "en"}
    return both and all(isinstance(v, str) and v for v in value.values())  # type: ignore[attr-defined]
