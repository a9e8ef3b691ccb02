"""Where a plan falls short: which places miss most, and what they miss by how much."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from carbonspace.model.assessment import grid
from carbonspace.model.rule import Profile

_MOST_DIGITS = 6


def digits(decimals: int, margins: Iterable[float]) -> int:
    """Return with how many digits a figure is told that is off its targets by so much.

    99.997 against 100 is not told as 100.00, which would not miss it.
    """
    off = [abs(one) for one in margins if one and not math.isnan(one)]
    while off and decimals < _MOST_DIGITS and not round(min(off), decimals):
        decimals += 1
    return decimals


def digits_apart(decimals: int, one: float, other: float) -> int:
    """Return with how many digits two figures are told that differ, but for the last bits."""
    for more in range(decimals, _MOST_DIGITS + 1):
        if f"{one:.{more}f}" != f"{other:.{more}f}":
            return more
    return decimals


def missed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return which place (rows) misses a target of which indicator (columns).

    Parameters
    ----------
    rows
        Tall-table rows of one level. An indicator counts once, by the worst of its verdicts.
    """
    return grid(rows).status == "not_met"


def worst_first(counts: pd.Series) -> pd.Index:
    """Return what is counted, the most first; equals keep their order."""
    return counts.sort_values(ascending=False, kind="stable").index


def shortfalls(table: pd.DataFrame, profiles: Mapping[str, Profile]) -> pd.DataFrame:
    """Return the rows of the tall table that miss a target, in each place the worst first.

    Added are `relative`, the margin as a share of the target that is missed (NaN where that is
    0; then last in its place), and `binding`.
    """
    rows = table[table["status"] == "not_met"]
    rules = [profiles[profile].rules[int(n)]
             for profile, n in zip(rows["profile"], rows["rule"], strict=True)]  # fmt: skip
    pairs = [*zip(rules, rows["value"], strict=True)]
    relative = pd.Series([rule.shortfall(value) for rule, value in pairs], rows.index, dtype=float)
    found = rows.assign(relative=relative, binding=[rule.binding for rule in rules])
    return found.loc[relative.sort_values(kind="stable").index]
