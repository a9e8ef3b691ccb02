"""Raw fields become canonical columns: text, numbers and flags, or a named fault."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from carbonspace.model.finding import Finding, Severity
from carbonspace.model.layers import LAYERS, Column, Kind, Layer
from carbonspace.model.text import Text
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.uom import in_canonical_uom

_SHOWN = 20
_NAMED = 5
# Not T and F: in the road files of OpenStreetMap vendors they mean backward and forward.
_YES = frozenset({"true", "yes", "y", "1", "是", "有"})
_NO = frozenset({"false", "no", "n", "0", "否", "无"})
_BAD = object()
_DTYPES: Mapping[Kind, str] = {"text": "str", "number": "float64", "flag": "boolean"}
_EXPECTED: Mapping[Kind, Text] = {
    "text": Text("文本", "text"),
    "number": Text("数值", "a number"),
    "flag": Text("是或否（true/false、1/0、yes/no、是/否）", "yes or no (true/false, 1/0, yes/no)"),
}


def source_fields(source: LayerSource, present: list[str]) -> tuple[dict[str, str], list[Finding]]:
    """Return which field each canonical column comes from, and the fields that are not there.

    Fields that already have a canonical name map themselves.
    """
    layer = LAYERS[source.key]
    taken = {*source.fields, *source.constants, *source.extract}
    fields = {c.name: c.name for c in layer.columns if c.name in present and c.name not in taken}
    fields |= source.fields
    wanted = {**source.fields, **{c: e.field for c, e in source.extract.items()}}
    faults = [
        _no_field(source.key, column, name, present)
        for column, name in wanted.items()
        if name not in present
    ]
    given = {*fields, *source.constants, *source.extract}
    faults += [_no_column(layer, c, present) for c in layer.columns
               if c.required and c.name not in given]  # fmt: skip
    return fields, faults


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
        mapped = _mapped(found, source, column.name)
        plain, bad = convert(mapped, column.kind)
        columns[column.name], notes = in_canonical_uom(
            plain, source, column, fields.get(column.name)
        )
        findings += notes
        if len(bad):
            names = _names(raw, source, fields)
            findings += _faults(layer, column, mapped, bad, names, severity)
    return pd.DataFrame(columns, index=raw.index), findings


def convert(values: pd.Series, kind: Kind) -> tuple[pd.Series, np.ndarray]:
    """Return `values` as text (str), numbers (float64) or flags (boolean), null where empty.

    The second is the positions of the values that are none of that kind; they are null too.
    """
    if kind == "text" and isinstance(values.dtype, pd.StringDtype):
        stripped = values.str.strip()
        return stripped.mask(stripped == "").astype("str"), np.zeros(0, dtype=int)
    if kind == "number" and values.dtype.kind in "iuf":
        numbers = values.astype("float64")
        return numbers.where(np.isfinite(numbers)), np.flatnonzero(np.isinf(numbers))
    return _converted(values, kind)


def _converted(values: pd.Series, kind: Kind) -> tuple[pd.Series, np.ndarray]:
    """Convert by looking at each distinct value once."""
    reader = _READERS[kind]
    found = {value: reader(value) for value in values.dropna().unique()}
    read = values.astype(object).map(found)
    bad = np.flatnonzero([one is _BAD for one in read])
    known = [None if one is _BAD or pd.isna(one) else one for one in read]
    return pd.Series(known, index=values.index, dtype=_DTYPES[kind]), bad


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip() or None


def _as_number(value: Any) -> Any:
    text = str(value).strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return _BAD
    return number if math.isfinite(number) else _BAD


def _as_flag(value: Any) -> Any:
    text = (_as_text(value) or "").lower()
    if not text:
        return None
    return True if text in _YES else False if text in _NO else _BAD


_READERS: Mapping[Kind, Callable[[Any], Any]] = {
    "text": _as_text, "number": _as_number, "flag": _as_flag,
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


def _mapped(values: pd.Series, source: LayerSource, name: str) -> pd.Series:
    """Return values replaced as `[layers.….values]` says; others stay."""
    mapping = dict(source.values).get(name)
    if not mapping:
        return values
    found = {v: mapping.get(_as_text(v) or "", v) for v in values.dropna().unique()}
    return values.astype(object).map(found)


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
        listed = f"{found} in {_listed(which)}"
        yield Finding(severity, layer.key, what, listed, expected, action, which.iloc[0])
    if (more := groups.nunique() - _SHOWN) > 0:
        yield Finding(severity, layer.key, what, f"{more} more values", expected, action)


def _listed(names: pd.Series) -> str:
    shown = ", ".join(names.iloc[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown}, … ({len(names)})"


def _no_field(key: str, column: str, name: str, present: list[str]) -> Finding:
    listed = ", ".join(present) or "-"
    return Finding(
        "error", key, Text(f"文件中没有字段 {name}", f"the file has no field {name}"),
        f"fields: {listed}", Text(f"{column} 的来源字段", f"the field that holds {column}"),
        Text(f"改正 [layers.{key}] 中的字段名。", f"Correct the field name under [layers.{key}]."),
    )  # fmt: skip


def _no_column(layer: Layer, column: Column, present: list[str]) -> Finding:
    listed = ", ".join(present) or "-"
    what = Text(f"缺少必需字段：{column.title.zh}（{column.name}）",
                f"the required column {column.name} is missing")  # fmt: skip
    return Finding(
        "error", layer.key, what, f"fields: {listed}", column.title,
        Text(f'写明 [layers.{layer.key}.fields] {column.name} = "字段名"。',
             f'Write [layers.{layer.key}.fields] {column.name} = "its field".'),
    )  # fmt: skip


def _no_match(key: str, name: str, pattern: str, missed: pd.Series) -> Finding:
    shown = ", ".join(repr(v) for v in missed.dropna().unique()[:5])
    return Finding(
        "warning", key, Text(f"有要素提取不出 {name}", f"{name} was not found in some features"),
        f"{len(missed)} features: {shown or 'null'}",
        Text(f"符合 {pattern}", f"text that matches {pattern}"),
        Text(f"这些要素的 {name} 为空。", f"Their {name} is empty."),
    )  # fmt: skip
