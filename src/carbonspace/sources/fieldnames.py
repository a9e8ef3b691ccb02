"""Which field of a file is meant by a name: written in full, cut to ten bytes, or in other case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS, Column, Layer
from carbonspace.model.text import Text
from carbonspace.sources.mapping import LayerSource

_ENCODINGS = ("utf-8", "gb18030")
_CANONICAL = frozenset(column.name for layer in LAYERS.values() for column in layer.columns)


def source_fields(
    source: LayerSource, present: list[str], *, cut_at: int | None = None
) -> tuple[dict[str, str], list[Finding]]:
    """Return which field each canonical column comes from, and the fields that are not there.

    Fields that already have a canonical name map themselves.

    Parameters
    ----------
    present
        The fields of the file.
    cut_at
        How many bytes of a name the format keeps: a longer name is the field that begins alike,
        where only one does: a note says so. One that begins like several is none: a warning does.
    """
    layer = LAYERS[source.key]
    taken = {*source.fields, *source.constants, *source.extract}
    own = [c.name for c in layer.columns if c.name not in taken]
    fields = {name: name for name in own if name in present}
    fields |= _cut_alike([n for n in own if n not in fields], source, present, cut_at)
    wanted = {**source.fields, **{c: e.field for c, e in source.extract.items()}}
    meant = {column: field_meant(name, present, cut_at) for column, name in wanted.items()}
    faults = [_no_field(source.key, c, wanted[c], present) for c, f in meant.items() if f is None]
    fields |= {c: f for c, f in meant.items() if f is not None and c in source.fields}
    notes = [_other_name(source.key, c, wanted.get(c, c), f) for c, f in fields.items()
             if f != wanted.get(c, c)]  # fmt: skip
    given = {*fields, *source.fields, *source.constants, *source.extract}
    used = {*fields.values(), *(name for name in meant.values() if name is not None)}
    faults += [_twice(source.key, name) for name in sorted(used) if present.count(name) > 1]
    faults += [_no_column(layer, c, present) for c in layer.columns
               if c.required and c.name not in given]  # fmt: skip
    unread = {c.name for c in layer.columns} - given
    notes += [_doubtful(source.key, field, names) for field in present if field not in used
              if (names := _could_be(field, layer, unread, cut_at))]  # fmt: skip
    return fields, [*notes, *faults]


def located(source: LayerSource, present: list[str], cut_at: int | None = None) -> LayerSource:
    """Return the source with its extractions reading the fields that are meant."""
    extract = {
        column: replace(rule, field=field_meant(rule.field, present, cut_at) or rule.field)
        for column, rule in source.extract.items()
    }
    return replace(source, extract=extract)


def field_meant(name: str, present: Iterable[str], cut_at: int | None = None) -> str | None:
    """Return the field of a file that `name` means, or None.

    The very name; else the one field that differs in case, width of letters or blanks alone;
    else the one whose name is `name` cut to `cut_at` bytes, in UTF-8 or GB18030.
    """
    fields = [*present]
    if name in fields:
        return name
    alike = [field for field in fields if _plain(field) == _plain(name)]
    if not alike and cut_at is not None:
        cuts = {cut for encoding in _ENCODINGS if (cut := _cut(name, encoding, cut_at)) != name}
        alike = [field for field in fields if _plain(field) in {_plain(cut) for cut in cuts}]
    return alike[0] if len(alike) == 1 else None


def _cut_alike(
    names: list[str], source: LayerSource, present: list[str], cut_at: int | None
) -> dict[str, str]:
    """Return the fields that canonical names were cut to; one that could be two names is none."""
    if cut_at is None:
        return {}
    used = {*source.fields.values(), *_CANONICAL}
    alike = _cut_to([c.name for c in LAYERS[source.key].columns], cut_at)
    return {
        whole[0]: cut for cut, whole in alike.items()
        if len(whole) == 1 and whole[0] in names and cut in present and cut not in used
    }  # fmt: skip


def _cut_to(names: Iterable[str], cut_at: int) -> dict[str, list[str]]:
    """Return the names that become each name of at most `cut_at` bytes."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(_cut(name, "utf-8", cut_at), []).append(name)
    return alike


def _could_be(field: str, layer: Layer, unread: set[str], cut_at: int | None) -> list[str]:
    """Return the columns not read yet that a field may be, where what it was cut to is not theirs.

    GDAL leaves the first of several as it was cut, and puts numbers at the end of the others.
    """
    if cut_at is None:
        return []
    numbered = re.fullmatch(r"(.+)_\d", field) if len(field) == cut_at else None
    start = numbered[1] if numbered else field
    alike = _cut_to([c.name for c in layer.columns], cut_at)
    return [
        name for cut, names in alike.items() if len(names) > 1 or cut in _CANONICAL
        for name in names if name in unread and name != cut
        and (cut == field or (numbered and cut.startswith(start)))
    ]  # fmt: skip


def _cut(name: str, encoding: str, count: int) -> str:
    return name.encode(encoding, "ignore")[:count].decode(encoding, "ignore")


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _other_name(key: str, column: str, name: str, field: str) -> Finding:
    return Finding(
        "note", key, Text(f"{column} 取自字段 {field}", f"{column} was read from field {field}"),
        field, Text(name, name),
        Text(f"字段名被截短或大小写不同；若有误，请改正 [layers.{key}.fields]。",
             f"The name is cut short or in other case; if it is wrong, correct "
             f"[layers.{key}.fields]."),
    )  # fmt: skip


def _doubtful(key: str, field: str, names: list[str]) -> Finding:
    zh, en = "、".join(names), ", ".join(names)
    return Finding(
        "warning", key,
        Text(f"字段 {field} 未读取：名称可能被截短",
             f"The field {field} was not read: its name may be cut short"),
        field, Text(f"所指的字段：{zh}", f"which it is: {en}"),
        Text(f'在 [layers.{key}.fields] 中写明，例如 {names[0]} = "{field}"。',
             f'State it under [layers.{key}.fields], as in {names[0]} = "{field}".'),
    )  # fmt: skip


def _no_field(key: str, column: str, name: str, present: list[str]) -> Finding:
    listed = ", ".join(present) or "-"
    return Finding(
        "error", key, Text(f"文件中没有字段 {name}", f"the file has no field {name}"),
        Text(f"字段：{listed}", f"fields: {listed}"),
        Text(f"{column} 的来源字段", f"the field that holds {column}"),
        Text(f"改正 [layers.{key}] 中的字段名。", f"Correct the field name under [layers.{key}]."),
    )  # fmt: skip


def _twice(key: str, field: str) -> Finding:
    return Finding(
        "error", key,
        Text(f"有几个字段都名为 {field}", f"several fields are named {field}"), field,
        Text("各不相同的字段名", "a name of its own for each field"),
        Text("在源数据中改名，以便区分。", "Rename them in the source to tell them apart."),
    )  # fmt: skip


def _no_column(layer: Layer, column: Column, present: list[str]) -> Finding:
    listed = ", ".join(present) or "-"
    what = Text(f"缺少必需字段：{column.title.zh}（{column.name}）",
                f"the required column {column.name} is missing")  # fmt: skip
    return Finding(
        "error", layer.key, what, Text(f"字段：{listed}", f"fields: {listed}"), column.title,
        Text(f'写明 [layers.{layer.key}.fields] {column.name} = "字段名"。',
             f'Write [layers.{layer.key}.fields] {column.name} = "its field".'),
    )  # fmt: skip
