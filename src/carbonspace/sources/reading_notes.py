"""What is said about text that was understood: how it was read, with examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from carbonspace.model.aliases import field_meanings
from carbonspace.model.finding import Finding, Severity
from carbonspace.model.landuse import name_of
from carbonspace.model.layers import LAND_USE, Column
from carbonspace.model.text import Text
from carbonspace.sources.values import LARGEST_FRACTION, Numbers

_SHOWN = 3
_EXACT_INTEGERS = 2.0**53
_WAYS: Mapping[str, tuple[Severity, Text]] = {
    "bound": ("note", Text(
        "按上下限读取；< 与 ≤ 不作区分。", "Read as bounds; < and ≤ are taken alike."
    )),
    "other": ("warning", Text(
        "文字给出的是另一侧的限值，本字段留空；请同时映射另一字段。",
        "The text gives the other bound, this one stays empty; map the field to the other, too.",
    )),
    "unit": ("note", Text(
        "数值后的单位已按其含义换算。", "The unit behind the number was applied."
    )),
    "about": ("note", Text(
        "约数按所写数值读取。", "Approximate figures were taken as they are written."
    )),
    "width": ("note", Text(
        "全角字符按半角读取。", "Full-width characters were read as half-width ones."
    )),
    "thousands": ("note", Text(
        "逗号按千位分隔读取。", "Commas were read as separating thousands."
    )),
    "blank": ("note", Text("按空值读取。", "Read as empty.")),
    "fraction": ("note", Text(
        f"没有大于 {LARGEST_FRACTION:g} 的值：按 0–1 的小数读取，换算为百分数；"
        '若本为百分数，请在 units 中写明 "percent"。',
        f"No value is above {LARGEST_FRACTION:g}: read as fractions, 0 to 1, and turned into "
        'percent. If they are percent already, state "percent" under units.',
    )),
    "small": ("warning", Text(
        "百分数字段中有不大于 1 的值，按百分数读取；若为小数请改正。",
        "Values of 1 or less among percentages were read as percent; correct fractions.",
    )),
    "side": ("note", Text(
        "同一字段给出上下限：单个数值按惯例作为绿地率的下限、其他指标的上限。",
        "One field gives both bounds: a single number is by custom the lower bound of a green "
        "ratio, and the upper bound of the others.",
    )),
}  # fmt: skip


def ways(key: str, column: Column, raw: pd.Series, numbers: Numbers) -> Iterator[Finding]:
    """Yield how the texts of a column were understood, one finding for each way."""
    for way, (severity, action) in _WAYS.items():
        where = numbers.ways.get(way)
        if where:
            shown = _examples(raw.iloc[where], numbers.found.iloc[where])
            what = Text(f"{column.title.zh}（{column.name}）的写法已识别",
                        f"{column.name}: a way of writing was understood")  # fmt: skip
            yield Finding(severity, key, what, f"{len(where)} × {shown}",
                          Text("单个数值", "one plain number"), action)  # fmt: skip


def tidied(key: str, column: Column, before: pd.Series, after: pd.Series) -> list[Finding]:
    """Return the note that codes were written in full-width characters."""
    where = np.flatnonzero(before.notna() & (before != after))
    if not len(where):
        return []
    shown = _examples(before.iloc[where], after.iloc[where])
    what = Text(f"{column.title.zh}（{column.name}）含全角字符",
                f"{column.name} is written in full-width characters")  # fmt: skip
    return [Finding("note", key, what, f"{len(where)} × {shown}",
                    Text("半角字符", "half-width characters"), _WAYS["width"][1])]  # fmt: skip


def bare_numbers(key: str, column: Column, field: str | None, read: pd.Series) -> list[Finding]:
    """Return the warning that numbers may be codes of another classification.

    Numbers of one or two digits would be first-level codes of land use, some without their zero.
    Where the field is not named like one either, any numbering looks the same.
    """
    if LAND_USE.get(key) != column.name or field is None or _is_named_like(column, field, key):
        return []
    codes = read.dropna().drop_duplicates()
    if not codes.str.fullmatch(r"\d{1,2}").all() or not codes.str.fullmatch(r"\d").any():
        return []
    ordered = sorted(codes, key=int)
    return [_other_numbering(key, column, field, ordered)]


def _is_named_like(column: Column, field: str, key: str) -> bool:
    return any(meaning.column == column.name for meaning in field_meanings(field, key))


def _other_numbering(key: str, column: Column, field: str, codes: list[str]) -> Finding:
    names = [(code, code.zfill(2), name_of(code.zfill(2))) for code in codes]
    return Finding(
        "warning", key,
        Text(f"字段 {field} 的数字可能不是用地代码",
             f"The numbers in the field {field} may be no land-use codes"),
        Text("，".join(f"{code} → {full} {name.zh}" for code, full, name in names),
             ", ".join(f"{code} → {full} {name.en}" for code, full, name in names)),
        Text("2023 年代码，如 0701", "2023 codes, such as 0701"),
        Text(f"若是其他分类的编号，请在 [layers.{key}.values.{column.name}] 中逐一对应；"
             "否则各类用地全部量错。",
             "If they are the numbers of another classification, map each under "
             f"[layers.{key}.values.{column.name}]; as it is, every land use would be wrong."),
    )  # fmt: skip


def another(key: str, column: Column, given: pd.Series) -> Finding:
    """Return the note that a field of a column's name holds something else and was left alone."""
    shown = ", ".join(repr(one) for one in given.dropna().unique()[:_SHOWN])
    expected = ", ".join(column.values)
    kind = Text("数值", "numbers") if column.kind == "number" else Text(expected, expected)
    return Finding(
        "note", key,
        Text(f"字段 {column.name} 似乎不是{column.title.zh}，未使用",
             f"The field {column.name} seems to hold something else; it is not used"),
        shown, kind,
        Text(f"若是，请写 [layers.{key}.fields] {column.name} = \"{column.name}\"，"
             f"并在 [layers.{key}.values.{column.name}] 中对应。",
             f"If it is what it is called, write [layers.{key}.fields] "
             f"{column.name} = \"{column.name}\" and map its values under "
             f"[layers.{key}.values.{column.name}]."),
    )  # fmt: skip


def lost_digits(key: str, column: Column, raw: pd.Series) -> list[Finding]:
    """Return the warning that codes were kept as floating-point numbers too long for them."""
    if raw.dtype.kind != "f" or not (raw.abs() >= _EXACT_INTEGERS).any():
        return []
    return [Finding(
        "warning", key,
        Text(f"{column.title.zh}（{column.name}）以浮点数存储，末位数字已丢失",
             f"{column.name} is stored as floating-point numbers and has lost its last digits"),
        f"{int((raw.abs() >= _EXACT_INTEGERS).sum())} × > 2^53", Text("文本", "text"),
        Text("在源数据中改为文本字段后重新录入。",
             "Make it a text field and enter the codes again."),
    )]  # fmt: skip


def _examples(raw: pd.Series, read: pd.Series) -> str:
    """Return a few distinct values and what they were read as."""
    pairs = {(repr(r), _shown(v)): None for r, v in zip(raw, read, strict=True)}
    listed = ", ".join(f"{r} → {v}" for r, v in list(pairs)[:_SHOWN])
    return listed if len(pairs) <= _SHOWN else f"{listed}, …"


def _shown(value: object) -> str:
    if isinstance(value, float):
        return "-" if np.isnan(value) else f"{value:g}"
    return repr(value)
