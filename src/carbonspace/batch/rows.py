"""An assessment as rows to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from carbonspace.batch.kept import FINDING, UNIT, VERDICT, Kept, Row
from carbonspace.model.text import Text

if TYPE_CHECKING:
    from carbonspace.model.assessment import Assessment
    from carbonspace.model.rule import Rule

_NO_CLAUSE = Text("", "")
_ALIKE = ("string", "boolean", "empty")
"""Of what columns are that hold one kind of value, so that equal ones are the same."""


def rows_of(kept: Kept, assessment: Assessment) -> list[Row]:
    """Return the rows of a table that an assessment comes to."""
    return {VERDICT.name: _verdicts, FINDING.name: _findings, UNIT.name: _units}[kept.name](
        assessment
    )


def clause_of(rule: Rule) -> Text:
    """Return what a rule is known by from night to night, wherever it stands in its profile."""
    year = f" ({rule.year})" if rule.year else ""
    return Text(f"{rule.source}{year}：{rule.applies_to.zh}",
                f"{rule.source}{year}: {rule.applies_to.en}")  # fmt: skip


def _verdicts(assessment: Assessment) -> list[Row]:
    table = assessment.table
    rules = {key: [clause_of(rule) for rule in one.rules]
             for key, one in assessment.profiles.items()}  # fmt: skip
    pairs = zip(table["profile"], table["rule"], strict=True)
    clauses = [_NO_CLAUSE if pd.isna(rule) else rules[key][int(rule)] for key, rule in pairs]
    frame = table.assign(clause=[one.en for one in clauses], clause_zh=[one.zh for one in clauses],
                         profile=table["profile"].where(table["profile"].notna(), ""))  # fmt: skip
    return _kept(VERDICT, frame)


def _findings(assessment: Assessment) -> list[Row]:
    found = assessment.findings
    return _kept(FINDING, found.assign(feature=found["feature"].where(found["feature"].notna(),
                                                                      "")))  # fmt: skip


def _units(assessment: Assessment) -> list[Row]:
    units = assessment.plan.layers["units"]
    shapes = shapely.set_srid(units.geometry.to_numpy(), units.crs.to_epsg() or 0)
    wkb = shapely.to_wkb(shapes, hex=True, include_srid=True)
    return [*zip(map(_plain, units.index), wkb.tolist(), strict=True)]


def _kept(kept: Kept, frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a table, those that look alike numbered in their order."""
    names = [name for name in kept.key if name != "nth"]
    numbered = frame.assign(nth=frame.groupby(names, sort=False, dropna=False).cumcount())
    columns = [_plains(numbered[name]) for name in kept.columns]
    return [*zip(*columns, strict=True)]


def _plains(column: pd.Series) -> list[Any]:
    """Return the values of a column as `_plain`; what comes often is looked at once."""
    if column.dtype.kind == "f":
        return list(column.astype(object).where(column.notna(), None))
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iub":
        return [*column.to_numpy().tolist()]
    if pd.api.types.infer_dtype(column, skipna=True) not in _ALIKE:
        return [*map(_plain, column.tolist())]
    code, distinct = pd.factorize(column)
    texts = np.array([*map(_plain, distinct), None], dtype=object)
    return list(texts[code])


def _plain(value: Any) -> Any:
    """Return a value as every database can hold it: no NaN, no NUL, no halves of characters."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is None or value is pd.NA or value != value else value
