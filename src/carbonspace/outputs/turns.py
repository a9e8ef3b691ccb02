"""How the verdicts of units turned from one plan to the other."""

from __future__ import annotations

import pandas as pd

from carbonspace.model.comparison import Comparison

_COUNTED = ["gained", "lost", "began", "ended", "other"]


def turns(comparison: Comparison) -> pd.DataFrame:
    """Return by unit of the first plan how many verdicts and figures are not what they were.

    Columns `gained`, `lost`, `began`, `ended`, `other`, `changed` (figures), and `turn`:
    `better`, `worse`, `mixed`, `moved` (figures or clauses changed), `same`, or `vanished`.
    """
    index = pd.Index(comparison.first.units.index.astype(str), name="unit_id")
    flips = comparison.verdicts[comparison.verdicts["level"] == "unit"]
    counts = pd.crosstab(flips["unit_id"], flips["flip"]) if len(flips) else pd.DataFrame()
    counts = counts.reindex(index=index, columns=_COUNTED).fillna(0).astype(int)
    changed = comparison.changed
    changed = changed[changed["level"] == "unit"].groupby("unit_id").size()
    counts["changed"] = changed.reindex(index).fillna(0).astype(int)
    gone = comparison.units.loc[comparison.units["what"] == "vanished", "unit_id"]
    counts["turn"] = [_turn(*row) for row in counts.itertuples(index=False)]
    counts.loc[index.isin(gone), "turn"] = "vanished"
    return counts.rename_axis(columns=None)


def _turn(gained: int, lost: int, *others: int) -> str:
    if gained and lost:
        return "mixed"
    if gained or lost:
        return "better" if gained else "worse"
    return "moved" if any(others) else "same"
