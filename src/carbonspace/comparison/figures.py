"""Values and verdicts of two plans side by side, unit by unit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.model.assessment import grid
from carbonspace.model.comparison import FIGURE_COLUMNS, VERDICT_COLUMNS

_ROUNDING = 1e-9
"""Values that differ by a smaller share are told to differ by rounding only."""
_WORDS = ("unit_id", "level", "indicator", "profile")
_JUDGED = ("met", "not_met", "exempt")
_LEVELS = ("unit", "district", "city")


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


def verdicts_of(
    before: pd.DataFrame, after: pd.DataFrame, names: Mapping[str, str]
) -> pd.DataFrame:
    """Return the verdicts that are not what they were, as `Comparison.verdicts`."""
    keys = ["level", "unit_id_after", "indicator", "profile", "target", "nth"]
    held = ["value", "status", "margin"]
    one, other = (_judged(table) for table in (before, after))
    theirs = [names.get(unit, unit) for unit in one["unit_id"]]
    one = one.assign(unit_id_after=np.array(theirs, dtype=object))
    one = _numbered(one, keys)[["unit_id", *keys, *held]]
    other = _numbered(other.rename(columns={"unit_id": "unit_id_after"}), keys)[[*keys, *held]]
    both = one.merge(other, on=keys, suffixes=("_before", "_after"))
    judged = both["status_before"].isin(_JUDGED) | both["status_after"].isin(_JUDGED)
    both = both[judged & (both["status_before"] != both["status_after"])].reset_index(drop=True)
    flips = [_flip(*pair) for pair in zip(both["status_before"], both["status_after"], strict=True)]
    found = both.assign(flip=np.array(flips, dtype=object)).rename(
        columns={"value_before": "before", "value_after": "after"}
    )
    return found[list(VERDICT_COLUMNS)]


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    rows = table[table["level"].isin(_LEVELS) & table["profile"].notna()]
    words = {name: rows[name].astype(object) for name in _WORDS}
    return rows.assign(target=rows["target"].astype(object).fillna(""), **words)


def _numbered(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the rows with `nth`: which of the rules of like target in one profile each is of."""
    return rows.assign(nth=rows.groupby(keys[:-1]).cumcount())


def _flip(before: str, after: str) -> str:
    if after == "met" and before == "not_met":
        return "gained"
    return "lost" if (before, after) == ("met", "not_met") else "other"
