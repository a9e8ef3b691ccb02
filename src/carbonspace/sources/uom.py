"""Columns in 亩, hectares, feet or 万人 become canonical: as plan.toml or the field's name says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS, Column
from carbonspace.model.text import Text
from carbonspace.model.uom import Uom, UomSaid, uom_in_name, uom_written
from carbonspace.sources.mapping import LayerSource

_UOM = "_uom"
"""What GML's attribute `uom` of a value is called beside it."""


def in_canonical_uom(
    values: pd.Series, source: LayerSource, column: Column, field: str | None
) -> tuple[pd.Series, list[Finding]]:
    """Return numbers in the canonical unit of `column`, and what was done to them.

    `[layers.….units]` decides; where it says nothing, the name of the field
    ("用地面积(亩)", "area_ha"). Shares are not treated here: their values tell how they are meant.

    Parameters
    ----------
    values
        The numbers as in the file; not changed.
    field
        The field they come from; None for constants and extractions.
    """
    uom = uom_of(source, column, field)
    if uom is None or column.share or uom.factor == 1.0:
        return values, []
    stated = source.units.get(column.name)
    because = Text(f"units = {stated!r}", f"units = {stated!r}")
    if not stated:
        because = Text(f"字段 {field!r}", f"field {field!r}")
    return values * uom.factor, [_converted(source.key, column, uom, because)]


def uom_of(source: LayerSource, column: Column, field: str | None) -> Uom | None:
    """Return the unit the bare numbers of a column are in, where plan.toml or a name says it."""
    if column.kind != "number":
        return None
    stated = source.units.get(column.name)
    return uom_written(column.unit, stated) if stated else uom_in_name(column.unit, field or "")


def uom_fields(
    source: LayerSource, fields: Mapping[str, str], present: Iterable[str]
) -> dict[str, str]:
    """Return, for columns of area, the field that names their unit: `nominalArea_uom`.

    Where plan.toml or the name of the field itself says the unit there is none.
    """
    known = {*present}
    return {
        column.name: f"{field}{_UOM}" for column in LAYERS[source.key].columns
        if (field := fields.get(column.name)) and column.unit == "m²" and f"{field}{_UOM}" in known
        and uom_of(source, column, field) is None
    }  # fmt: skip


def uoms_said(
    raw: pd.DataFrame, source: LayerSource, fields: Mapping[str, str]
) -> dict[str, UomSaid]:
    """Return what the source says of the unit of its columns, where it says one unit of all."""
    said = dict[str, UomSaid]()
    for column, field in uom_fields(source, fields, map(str, raw.columns)).items():
        texts = raw[field].dropna().astype(str).unique()
        uom = uom_written("m²", texts[0]) if len(texts) == 1 else None
        if uom is not None:
            said[column] = UomSaid(field, texts[0].strip(), uom)
    return said


def _converted(key: str, column: Column, uom: Uom, because: Text) -> Finding:
    return Finding(
        "note", key, Text(f"{column.title.zh}（{column.name}）已由{uom.title.zh}换算",
                          f"{column.name} was converted from {uom.title.en}"),
        Text(f"{because.zh}：× {uom.factor:.10g}", f"{because.en}: × {uom.factor:.10g}"),
        Text(column.unit, column.unit),
        Text(f"若单位有误，请写 [layers.{key}.units] {column.name}。",
             f"If that is not its unit, write [layers.{key}.units] {column.name}."),
    )  # fmt: skip
