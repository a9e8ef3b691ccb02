"""Values and verdicts of two plans side by side, unit by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.model.assessment import grid
from carbonspace.model.comparison import FIGURE_COLUMNS, KEPT, SILENT, VERDICT_COLUMNS
from carbonspace.model.text import Text

_ROUNDING = 1e-9
"""Values that differ by a smaller share are told to differ by rounding only."""
_JUDGED = ("met", "not_met", "exempt")
_LEVELS = ("unit", "district", "city")
_UNKNOWN = Text("", "")

Clauses = Mapping[str, tuple[Sequence[Text], Sequence[Text]]]
"""By profile the words of each of its rules, in the first plan and in the second."""


def figures_of(
    before: pd.DataFrame, after: pd.DataFrame, names: Mapping[str, str], symbols: Mapping[str, str]
) -> pd.DataFrame:
    """Return the figures of two tall tables side by side, as `Comparison.figures`.

    Parameters
    ----------
    names
        What units of the first are called in the second, where they have another id there.
    symbols
        The unit of measure of each indicator.
    """
    parts = []
    for level in _LEVELS:
        one, other = (table[table["level"] == level] for table in (before, after))
        if len(one) and len(other):
            parts.append(_side_by_side(one, other, level, names))
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=FIGURE_COLUMNS)
    rows["unit"] = rows["indicator"].map(symbols)
    return rows[list(FIGURE_COLUMNS)]


def _side_by_side(
    one: pd.DataFrame, other: pd.DataFrame, level: str, names: Mapping[str, str]
) -> pd.DataFrame:
    left, right = grid(one), grid(other)
    theirs = pd.Index([names.get(str(unit), str(unit)) for unit in left.value.index])
    both = theirs.isin(right.value.index)
    asked = [key for key in left.value.columns if key in right.value.columns]
    units, others = left.value.index[both], theirs[both]
    before = left.value.loc[units, asked].to_numpy().ravel()
    after = right.value.loc[others, asked].to_numpy().ravel()
    held = {
        "unit_id": np.repeat(units.to_numpy(dtype=object), len(asked)),
        "unit_id_after": np.repeat(others.to_numpy(dtype=object), len(asked)),
        "level": level, "indicator": np.tile(np.array(asked, dtype=object), len(units)),
        "before": before, "after": after, "change": after - before, "kind": kinds(before, after),
        "status_before": left.status.loc[units, asked].to_numpy(dtype=object).ravel(),
        "status_after": right.status.loc[others, asked].to_numpy(dtype=object).ravel(),
    }  # fmt: skip
    rows = pd.DataFrame(held)
    for when, table, name in (("before", one, "unit_id"), ("after", other, "unit_id_after")):
        rows = rows.merge(_reasons(table, when, name), how="left", on=[name, "indicator"])
    there = rows["status_before"].notna() & rows["status_after"].notna()
    return rows[there].reset_index(drop=True)


def _reasons(table: pd.DataFrame, when: str, name: str) -> pd.DataFrame:
    first = table.drop_duplicates(["unit_id", "indicator"])
    found = first[["unit_id", "indicator", "reason", "reason_zh"]]
    return found.set_axis([name, "indicator", f"reason_{when}", f"reason_{when}_zh"], axis=1)


def kinds(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return what happened to each value: one of `FIGURES`."""
    none, now_none = np.isnan(before), np.isnan(after)
    same = (before == after) | (none & now_none)
    with np.errstate(invalid="ignore"):
        near = np.abs(after - before) <= _ROUNDING * np.maximum(np.abs(before), np.abs(after))
    return np.select(
        [same, none, now_none, near], ["same", "appeared", "vanished", "rounding"], "changed"
    ).astype(object)


def judged_of(
    before: pd.DataFrame, after: pd.DataFrame, names: Mapping[str, str], clauses: Clauses
) -> pd.DataFrame:
    """Return the verdicts in both plans side by side, as `Comparison.judged`.

    Parameters
    ----------
    names
        What units of the first are called in the second, where they have another id there.
    clauses
        The profiles that both were held against, and of each what tells its rules apart, in
        either plan; nothing where that is not known.
    """
    theirs = np.array([names.get(unit, unit) for unit in before["unit_id"]], dtype=object)
    before = before.assign(unit_id_after=theirs)
    after = after.assign(unit_id_after=after["unit_id"].astype(object)).drop(columns="unit_id")
    one, other = (_judged(table, clauses, n)[[*_CLAUSE, *_HELD]]
                  for n, table in enumerate((before, after)))  # fmt: skip
    both = one.merge(other, how="outer", on=_CLAUSE, suffixes=("_before", "_after"))
    both = _in_both(both.sort_values(["at_before", "at_after"]), before, after)
    for when in ("before", "after"):
        spoken = both[f"status_{when}"].notna()
        both[when] = both[f"value_{when}"].where(spoken, both[when])
        both[f"status_{when}"] = both[f"status_{when}"].fillna(SILENT)
    judged = both["status_before"].isin(_JUDGED) | both["status_after"].isin(_JUDGED)
    both = both[judged].reset_index(drop=True)
    flips = [_flip(*pair) for pair in zip(both["status_before"], both["status_after"], strict=True)]
    return both.assign(flip=np.array(flips, dtype=object))[list(VERDICT_COLUMNS)]


_PLACE = ["level", "unit_id_after", "indicator"]
_CLAUSE = [*_PLACE, "profile", "target", "clause", "clause_zh", "nth"]
_HELD = ["status", "margin", "at", "value"]


def _in_both(rows: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of places and indicators that both plans have, with the value in either."""
    for when, table in (("before", before), ("after", after)):
        known = table.drop_duplicates(_PLACE)
        columns = [*_PLACE, "value", *(["unit_id"] if when == "before" else [])]
        values = known[columns].astype(dict.fromkeys(_PLACE, object))
        rows = rows.merge(values.rename(columns={"value": when}), how="inner", on=_PLACE)
    return rows


def _judged(table: pd.DataFrame, clauses: Clauses, side: int) -> pd.DataFrame:
    """Return the rows of rules of profiles that both plans have, with the words of the clause.

    `nth` tells those of like words apart.
    """
    rows = table[table["level"].isin(_LEVELS) & table["profile"].isin([*clauses])]
    words = {name: rows[name].astype(object) for name in (*_PLACE, "profile")}
    said = [clauses[profile][side][int(rule)] if clauses[profile][side] else _UNKNOWN
            for profile, rule in zip(rows["profile"], rows["rule"], strict=True)]  # fmt: skip
    rows = rows.assign(
        target=rows["target"].astype(object).fillna(""), at=np.arange(len(rows)), **words,
        clause=np.array([one.en for one in said], dtype=object),
        clause_zh=np.array([one.zh for one in said], dtype=object),
    )  # fmt: skip
    return rows.assign(nth=rows.groupby(_CLAUSE[:-1]).cumcount())


def _flip(before: str, after: str) -> str:
    if before == after:
        return KEPT
    if SILENT in (before, after):
        return "began" if before == SILENT else "ended"
    if after == "met" and before == "not_met":
        return "gained"
    return "lost" if (before, after) == ("met", "not_met") else "other"
