"""Raw fields become canonical columns: text, numbers and flags, or a named fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from carbonspace.model.finding import Finding, Severity
from carbonspace.model.layers import LAYERS, SEPARATOR, Column, Kind, Layer
from carbonspace.model.text import Text
from carbonspace.sources import reading_notes
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.uom import in_canonical_uom, uom_of
from carbonspace.sources.values import plainly, read_numbers

_SHOWN = 20
_NAMED = 5
_YES = frozenset({"true", "yes", "y", "1", "是", "有"})
_NO = frozenset({"false", "no", "n", "0", "否", "无"})
_TRUTHS = {"t": True, "f": False}
# Where T and F may be directions: road files of OpenStreetMap vendors mean backward and forward by
# them in `oneway`.
_DIRECTED = ("oneway", "walk", "bike", "drive")
_BAD = object()
# Blanks of every width, and what editors and spreadsheets leave unseen.
_BLANKS = "".join(map(chr, (*range(33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x2010), 0x2028, 0x2029,
                            0x202F, 0x205F, 0x3000, 0xFEFF)))  # fmt: skip
_FREE_TEXT = ("name", "route", "exemption")
_BETWEEN = re.compile(r"[;；、,，/+|]")
_UNUSUAL = "[^ -~]"
_NUMBER = Column("number", "number", Text("数值", "number"))
_DTYPES: Mapping[Kind, str] = {"text": "str", "number": "float64", "flag": "boolean"}
_EXPECTED: Mapping[Kind, Text] = {
    "text": Text("文本", "text"),
    "number": Text("数值", "a number"),
    "flag": Text("是或否（true/false、1/0、yes/no、是/否）", "yes or no (true/false, 1/0, yes/no)"),
}


def canonical(
    raw: pd.DataFrame, source: LayerSource, fields: Mapping[str, str], *,
    severity: Severity = "error",
) -> tuple[pd.DataFrame, list[Finding]]:  # fmt: skip
    """Return the canonical columns of `raw`, each of its type, and what could not be converted.

    Parameters
    ----------
    raw
        The fields as read; not changed.
    source
        Constants, extractions and value mappings.
    fields
        The field of `raw` for each canonical column, see `source_fields`.
    severity
        Of a value that cannot be converted (it becomes null).
    """
    layer, findings = LAYERS[source.key], list[Finding]()
    columns: dict[str, pd.Series] = {}
    for column in layer.columns:
        found, notes = _raw_values(raw, source, fields, column)
        findings += notes
        if found is None:
            continue
        mapped = _mapped(found, source, column)
        read, bad, notes = _read(mapped, source, fields, column)
        if column.common and _is_another(column, source, mapped, read):
            findings.append(reading_notes.another(source.key, column, mapped))
            continue
        columns[column.name] = read
        findings += notes
        if len(bad):
            names = _names(raw, source, fields)
            findings += _faults(layer, column, mapped, bad, names, severity)
    return pd.DataFrame(columns, index=raw.index), findings


def _read(
    values: pd.Series, source: LayerSource, fields: Mapping[str, str], column: Column
) -> tuple[pd.Series, np.ndarray, list[Finding]]:
    """Return a column of its type, the positions of what is none, and what was understood how."""
    if column.kind == "number":
        return _read_numbers(values, source, fields, column)
    if column.kind == "flag":
        reader = _as_flag if column.name in _DIRECTED else _as_flag_or_letter
        return *_converted(values, "flag", reader), []
    read, bad = convert(values, column.kind)
    tidied = read if column.name in _FREE_TEXT else _tidied(read)
    field = fields.get(column.name)
    notes = [*reading_notes.lost_digits(source.key, column, values),
             *reading_notes.tidied(source.key, column, read, tidied),
             *reading_notes.bare_numbers(source.key, column, field, tidied)]  # fmt: skip
    return tidied.astype("str"), bad, notes


def _read_numbers(
    values: pd.Series, source: LayerSource, fields: Mapping[str, str], column: Column
) -> tuple[pd.Series, np.ndarray, list[Finding]]:
    field = fields.get(column.name)
    uom = uom_of(source, column, field)
    ways = read_numbers(
        values, column, factor=uom.factor if uom else 1.0, unit=uom.key if uom else None,
        shared=field is not None and field == fields.get(_partner(column)),
    )  # fmt: skip
    notes = [*reading_notes.ways(source.key, column, values, ways)]
    plain, more = in_canonical_uom(ways.found, source, column, field)
    return plain, ways.bad, [*notes, *more]


def _partner(column: Column) -> str:
    """Return the name of the other bound of a bound, "" for other columns."""
    ends = {"low": ("_min", "_max"), "high": ("_max", "_min")}.get(column.bound)
    return column.name.removesuffix(ends[0]) + ends[1] if ends else ""


def convert(values: pd.Series, kind: Kind) -> tuple[pd.Series, np.ndarray]:
    """Return `values` as text (str), numbers (float64) or flags (boolean), null where empty.

    The second is the positions of the values that are none of that kind; they are null too.
    """
    if kind == "text" and isinstance(values.dtype, pd.StringDtype):
        stripped = values.str.strip(_BLANKS)
        return stripped.mask(stripped == "").astype("str"), np.zeros(0, dtype=int)
    if kind == "number":
        read = read_numbers(values, _NUMBER)
        return read.found, read.bad
    return _converted(values, kind, _READERS[kind])


def parted(text: str) -> list[str]:
    """Return the values of a text that holds several."""
    return [part for one in _BETWEEN.split(text) if (part := one.strip(_BLANKS))]


def _converted(
    values: pd.Series, kind: Kind, reader: Callable[[Any], Any]
) -> tuple[pd.Series, np.ndarray]:
    """Convert by looking at each distinct value once."""
    which, distinct = pd.factorize(values)
    found = [reader(value) for value in distinct]
    is_bad = np.array([one is _BAD for one in found] + [False])
    known = pd.array([None if one is _BAD else one for one in found] + [None], dtype=_DTYPES[kind])
    return pd.Series(known[which], index=values.index), np.flatnonzero(is_bad[which])


def _tidied(texts: pd.Series) -> pd.Series:
    """Return texts without blanks at their ends, `plainly`; most are so already."""
    odd = texts.str.contains(_UNUSUAL, na=False)
    if not odd.any():
        return texts
    return texts.where(~odd, texts[odd].map({one: plainly(one) for one in texts[odd].unique()}))


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip(_BLANKS) or None


def _as_flag(value: Any) -> Any:
    text = plainly(_as_text(value) or "").lower()
    if not text:
        return None
    return True if text in _YES else False if text in _NO else _BAD


def _as_flag_or_letter(value: Any) -> Any:
    return _TRUTHS.get(plainly(_as_text(value) or "").lower(), _as_flag(value))


_READERS: Mapping[Kind, Callable[[Any], Any]] = {
    "text": _as_text, "flag": _as_flag,
}  # fmt: skip


def _raw_values(
    raw: pd.DataFrame, source: LayerSource, fields: Mapping[str, str], column: Column
) -> tuple[pd.Series | None, list[Finding]]:
    """Return the values a column starts from, or None where the source does not give it."""
    name = column.name
    if name in source.constants:
        return pd.Series([source.constants[name]] * len(raw), index=raw.index, dtype=object), []
    if name in source.extract:
        return _extracted(raw, source, name)
    return (raw[fields[name]] if name in fields else None), []


def _extracted(
    raw: pd.DataFrame, source: LayerSource, name: str
) -> tuple[pd.Series, list[Finding]]:
    rule = source.extract[name]
    pattern = re.compile(rule.pattern)
    text, _ = convert(raw[rule.field], "text")
    hits = {value: pattern.search(value) for value in text.dropna().unique()}
    found = text.astype(object).map({v: hit.group(1) for v, hit in hits.items() if hit})
    missed = text[found.isna()]
    return found, [_no_match(source.key, name, rule.pattern, missed)] if len(missed) else []


def _mapped(values: pd.Series, source: LayerSource, column: Column) -> pd.Series:
    """Return values replaced as `[layers.….values]` says; others stay."""
    mapping = dict(source.values).get(column.name, {})
    if column.many:
        found = {v: _each(_as_text(v), mapping) for v in values.dropna().unique()}
    elif mapping:
        found = {v: mapping.get(_as_text(v) or "", v) for v in values.dropna().unique()}
    else:
        return values
    return values.astype(object).map(found)


def _each(text: str | None, mapping: Mapping[str, Any]) -> str:
    """Return the values of a text that holds several, each replaced, with one sign between."""
    whole = str(mapping.get(text or "", text or ""))
    return SEPARATOR.join(str(mapping.get(one, one)) for one in parted(whole))


def _is_another(column: Column, source: LayerSource, given: pd.Series, read: pd.Series) -> bool:
    """Tell whether a field of a common name, which plan.toml does not name, is something else.

    It is where most of what it holds is nothing the column can hold.
    """
    name = column.name
    if name in {*source.fields, *source.constants, *source.extract, *dict(source.values)}:
        return False
    usable = read.notna()
    if column.values:  # noqa: PD011
        each = read.str.split(SEPARATOR).str[0] if column.many else read
        usable &= each.isin(column.values)
    return 2 * int(usable.sum()) < int(given.notna().sum())


def _names(raw: pd.DataFrame, source: LayerSource, fields: Mapping[str, str]) -> pd.Series:
    """Return what to call each feature in a finding: its id, else its position."""
    positions = pd.Series([f"#{n}" for n in range(1, len(raw) + 1)], index=raw.index)
    field = fields.get(LAYERS[source.key].id)
    if field is None:
        return positions
    ids, _ = convert(raw[field], "text")
    return ids.fillna(positions)


def _faults(
    layer: Layer, column: Column, values: pd.Series, bad: np.ndarray, names: pd.Series,
    severity: Severity,
) -> Iterator[Finding]:  # fmt: skip
    what = Text(f"{column.title.zh}（{column.name}）的值不可用", f"{column.name} cannot be used")
    place = f"[layers.{layer.key}.values.{column.name}]"
    action = (
        Text(f"在源数据中改正，或在 {place} 中对应。",
             f"Correct it in the source, or map it under {place}.")
        if severity == "error" else Text("已置为空值。", "It was left empty.")
    )  # fmt: skip
    expected = _EXPECTED[column.kind]
    groups = values.iloc[bad].astype(object).map(repr)
    for found in groups.unique()[:_SHOWN]:
        which = names[groups.index[groups == found]]
        listed = Text(f"{found}（{_listed(which)}）", f"{found} in {_listed(which)}")
        yield Finding(severity, layer.key, what, listed, expected, action, which.iloc[0])
    if (more := groups.nunique() - _SHOWN) > 0:
        rest = Text(f"另有 {more} 个值", f"{more} more values")
        yield Finding(severity, layer.key, what, rest, expected, action)


def _listed(names: pd.Series) -> str:
    shown = ", ".join(names.iloc[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown}, … ({len(names)})"


def _no_match(key: str, name: str, pattern: str, missed: pd.Series) -> Finding:
    shown = ", ".join(repr(v) for v in missed.dropna().unique()[:5])
    return Finding(
        "warning", key, Text(f"有要素提取不出 {name}", f"{name} was not found in some features"),
        Text(f"{len(missed)} 个要素：{shown or '空值'}",
             f"{len(missed)} features: {shown or 'null'}"),
        Text(f"符合 {pattern}", f"text that matches {pattern}"),
        Text(f"这些要素的 {name} 为空。", f"Their {name} is empty."),
    )  # fmt: skip
