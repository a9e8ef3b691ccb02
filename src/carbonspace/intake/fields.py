"""Which field of a dataset is which column, from its name and from what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import pandas as pd

from carbonspace.intake.codes import Reading, reading, same_text
from carbonspace.intake.draft import ColumnDraft
from carbonspace.model.aliases import VALUES, Certainty, Meaning, field_meanings
from carbonspace.model.layers import LAYERS, Column
from carbonspace.model.text import Text
from carbonspace.sources.listing import Dataset

_SURE: Mapping[Certainty, float] = {"certain": 0.95, "likely": 0.75, "possible": 0.45}
_BY_VALUES = 0.62
_BY_UNIQUENESS = 0.35
_KNOWN_CODES = 0.9
_FEW = 3
_TOLD_BY_VALUES = ("land_use", "road_class")
_NAMED_ONLY = Text("字段名", "by its name")
_SAME_NAME = Text("字段名相同", "it has the very name")
_ID_BY_CHANCE = Text("第一个取值互不重复的字段", "the first field whose values are all different")
_CONSTANTS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("roads", "road_class"): {"mainroad": "arterial", "main_road": "arterial"},
    ("transit_stops", "mode"): {"bus": "bus", "metro": "metro", "subway": "metro", "地铁": "metro"},
    ("transit_lines", "mode"): {"bus": "bus", "metro": "metro", "subway": "metro", "地铁": "metro"},
    ("facilities", "facility_type"): {
        "充电": "charging",
        "charging": "charging",
        "过街": "crossing",
        "人行横道": "crossing",
        "斑马线": "crossing",
        "人行天桥": "crossing",
        "地下通道": "crossing",
        "crossing": "crossing",
    },
}
"""What the name of a whole file says of everything in it, besides the words for coded values."""


def columns_of(
    dataset: Dataset, layer: str, said: Mapping[tuple[str, str], str | None], name: str
) -> tuple[ColumnDraft, ...]:
    """Return where each column of a canonical layer comes from, as far as anything tells.

    `said` are the fields a person named; `name` is what the dataset is called.
    """
    found = {one.column: one for one in _chosen(dataset, layer, said)}
    for column in LAYERS[layer].columns:
        if column.name in found or (layer, column.name) in said:
            continue
        taken = {one.field for one in found.values()}
        told = _by_values(dataset, layer, column, taken) or _constant(layer, column, name)
        if told is not None:
            found[column.name] = told
    ident = LAYERS[layer].id
    if (
        ident not in found
        and (layer, ident) not in said
        and (one := _any_id(dataset, ident, {c.field for c in found.values()}))
    ):
        found[ident] = one
    return tuple(found[c.name] for c in LAYERS[layer].columns if c.name in found)


def series(dataset: Dataset, name: str) -> pd.Series:
    """Return the sampled values of a field, those that are not null."""
    if name not in dataset.sample:
        return pd.Series([], dtype=object)
    return dataset.sample[name].dropna()


@cache
def meanings_of(name: str) -> tuple[Meaning, ...]:
    """Return what a field of this name may mean in any layer, the surest first."""
    return tuple(field_meanings(name))


def is_id(dataset: Dataset, name: str) -> bool:
    """Return whether a field names each sampled feature once."""
    values = series(dataset, name)
    return len(values) == len(dataset.sample) > 0 and bool(values.is_unique)


def _chosen(
    dataset: Dataset, layer: str, said: Mapping[tuple[str, str], str | None]
) -> Iterator[ColumnDraft]:
    """Yield the best field of each column; a field serves one column, or two bounds."""
    options = [*_said(dataset, layer, said), *_options(dataset, layer, said)]
    options.sort(key=lambda one: -one.score)
    taken: dict[str, str] = {}
    settled: set[str] = set()
    for one in options:
        stem = one.column.removesuffix("_min").removesuffix("_max")
        if one.column in settled or taken.get(str(one.field), stem) != stem:
            continue
        settled.add(one.column)
        taken[str(one.field)] = stem
        yield one


def _said(
    dataset: Dataset, layer: str, said: Mapping[tuple[str, str], str | None]
) -> Iterator[ColumnDraft]:
    names = dict(dataset.fields)
    for (key, column), name in said.items():
        declared = LAYERS[layer].column(column) if key == layer else None
        if declared is not None and name in names:
            read = reading(layer, declared, series(dataset, str(name)), "")
            meanings, strange = (read.meanings, read.strange) if read else ({}, ())
            why = Text("由您指定", "as you said")
            yield ColumnDraft(column, 1.0, why, field=name, meanings=meanings, strange=strange)


def _options(
    dataset: Dataset, layer: str, said: Mapping[tuple[str, str], str | None]
) -> Iterator[ColumnDraft]:
    """Yield every field that may be a column, by name and by what it holds."""
    for name, kind in dataset.fields:
        for meaning in [m for m in meanings_of(name) if m.layer == layer]:
            declared = LAYERS[layer].column(meaning.column)
            if declared is None or (layer, meaning.column) in said or kind == "binary":
                continue
            if declared.name == LAYERS[layer].id and not is_id(dataset, name):
                continue
            read = reading(layer, declared, series(dataset, name), meaning.when)
            if read is not None:
                yield _option(name, meaning, read)


def _option(name: str, meaning: Meaning, read: Reading) -> ColumnDraft:
    score = _SURE[meaning.certainty]
    score += (1 - score) * read.support - score * (1 - read.share) / 2
    return ColumnDraft(
        meaning.column, score, _why(name, meaning, read), field=name, meanings=read.meanings,
        strange=read.strange,
    )  # fmt: skip


def _why(name: str, meaning: Meaning, read: Reading) -> Text:
    if name == meaning.column:
        told = _SAME_NAME
    elif same_text(name, meaning.alias):
        told = _NAMED_ONLY
    else:
        told = Text(f"{meaning.alias} 的写法", f"it is {meaning.alias}, written otherwise")
    return Text("；".join(filter(None, (told.zh, read.why.zh))),
                "; ".join(filter(None, (told.en, read.why.en))))  # fmt: skip


def _by_values(
    dataset: Dataset, layer: str, column: Column, taken: set[str | None]
) -> ColumnDraft | None:
    """Return the field whose values alone tell what it is: land-use codes, road classes."""
    if column.name not in _TOLD_BY_VALUES or not column.required:
        return None
    for name, kind in dataset.fields:
        if name in taken or kind not in ("text", "integer"):
            continue
        read = reading(layer, column, series(dataset, name), "told")
        if read is not None and read.share >= _KNOWN_CODES:
            return ColumnDraft(column.name, _BY_VALUES, read.why, field=name,
                               meanings=read.meanings, strange=read.strange)  # fmt: skip
    return None


def _constant(layer: str, column: Column, name: str) -> ColumnDraft | None:
    """Return the one value the dataset's own name gives a required column."""
    if not column.required:
        return None
    place = (layer, column.name)
    words = {**VALUES.get(place, {}), **_CONSTANTS.get(place, {})}
    spoken = name.casefold()
    hits = [w for w in words if w.casefold() in spoken and w.casefold() not in layer
            and (len(w) > 2 or not w.isascii())]  # fmt: skip
    if not hits:
        return None
    word = max(hits, key=len)
    why = Text(f"名称中有“{word}”", f'the name says "{word}"')
    return ColumnDraft(column.name, 0.5, why, constant=words[word])


def _any_id(dataset: Dataset, ident: str, taken: set[str | None]) -> ColumnDraft | None:
    """Return the first free field that could name the features, where there are several."""
    if len(dataset.sample) < _FEW:
        return None
    for name, kind in dataset.fields:
        if name not in taken and kind in ("text", "integer") and is_id(dataset, name):
            return ColumnDraft(ident, _BY_UNIQUENESS, _ID_BY_CHANCE, field=name)
    return None
