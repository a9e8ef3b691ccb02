"""What is told of a single unit of both plans: figures, verdicts, and the edits that moved them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from carbonspace.model.comparison import SILENT, Comparison
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text
from carbonspace.outputs.comparing_figures import signed, source_title, told_apart
from carbonspace.outputs.comparing_looks import LETTERS
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.rows import bullets

_ROWS = 20_000
"""Rows of all units together; the tables beside the page have all of them."""
_SHARES = 4
"""So many of the edits that moved a figure are named, those that moved it most."""
_RANK = {status: n for n, status in enumerate((*VERDICTS, SILENT))}
_FLIPS = {"lost": 0}
_NOTHING = Text("", "")


def told(comparison: Comparison) -> dict[str, Any]:
    """Return what the script tells of the units that are in both plans.

    Returns
    -------
    dict
        `units`: by the id in the first plan a list of rows, what is worst in the second plan
        first; `titles` and `clauses`, which rows name by their number; `left`: how many rows
        there is no room for. A row is the indicator, the values, the letters of the verdicts, the
        clause (-1: none), the bar of both values or None, the values of the indicator's own
        definition where the clause has another, and what moved the figure.
    """
    rows = _rows(comparison)
    names, clauses = _numbered(), _numbered()
    shares, given = _moved_by(comparison), set[tuple[str, str]]()
    units: dict[str, list[list[Any]]] = defaultdict(list)
    for row in rows.head(_ROWS).sort_values("rank", kind="stable").to_dict("records"):
        place = row["unit_id"], row["indicator"]
        moved = [] if place in given else shares.get(place, [])
        given.add(place)
        units[row["unit_id"]].append([*_row(row, comparison, names, clauses), moved])
    return {"units": units, "titles": [*names], "clauses": [*clauses],
            "left": max(len(rows) - _ROWS, 0)}  # fmt: skip


def _rows(comparison: Comparison) -> pd.DataFrame:
    """Return verdicts of units, and figures without any that changed; what changed is first."""
    judged = comparison.judged[comparison.judged["level"] == "unit"]
    figures = comparison.changed[comparison.changed["level"] == "unit"]
    keys = ["unit_id", "indicator"]
    own = comparison.figures[comparison.figures["level"] == "unit"][[*keys, "before", "after"]]
    moved = pd.MultiIndex.from_frame(figures[keys].astype(object))
    held = pd.MultiIndex.from_frame(judged[keys].astype(object))
    bare = figures[~moved.isin(held)].assign(
        profile="", target="", clause="", clause_zh="", flip="other"
    )
    judged = judged.assign(moved=held.isin(moved))
    rows = pd.concat([judged, bare.assign(moved=True)], ignore_index=True)
    order = {key: n for n, key in enumerate(comparison.indicators)}
    flip = rows["flip"].map(_FLIPS).astype(float).fillna(1)  # of no rows pandas makes texts
    after, before = (
        rows[f"status_{when}"].map(_RANK).astype(float) for when in ("after", "before")
    )
    rank = ((flip * 10 + after) * 10 + before) * 2 + ~rows["moved"].astype(bool)
    rows["rank"] = rank * len(order) + rows["indicator"].map(order).astype(float)
    own = own.rename(columns={"before": "own_before", "after": "own_after"})
    rows = rows.merge(own, how="left", on=keys)
    same = (rows["flip"] == "kept") & ~rows["moved"]
    return rows.iloc[np.lexsort([rows["rank"], same])]


def _row(
    row: Mapping[str, Any], comparison: Comparison, names: dict[Any, int],
    clauses: dict[Any, int],
) -> list[Any]:  # fmt: skip
    one = comparison.indicators[row["indicator"]]
    profile = comparison.profiles.get(row["profile"])
    rule = _rule(profile, row)
    title = profile.title if profile else Text(row["profile"], row["profile"])
    target = rule.told(row["target"]) if rule else Text(row["target"], row["target"])
    said = (*target, rule.unit if rule else one.unit, *title, row["clause_zh"], row["clause"])
    clause = clauses[said] if row["profile"] else -1
    statuses = "".join(LETTERS[row[f"status_{when}"]] for when in ("before", "after"))
    was, now = told_apart(row["before"], row["after"], one.decimals)
    name = names[one.key, *one.title, one.unit]
    own = told_apart(row["own_before"], row["own_after"], one.decimals)
    told = "" if own == (was, now) else f"{own[0]} → {own[1]}"
    return [name, was, now, statuses, clause, _bars(row, rule), told]


def _rule(profile: Profile | None, row: Mapping[str, Any]) -> Rule | None:
    """Return the rule of a verdict by what it asks for, None where it is not known."""
    rules = profile.rules if profile and row["target"] else ()
    alike = [rule for rule in rules if rule.indicator == row["indicator"]
             and rule.target_text() == row["target"]]  # fmt: skip
    return alike[0] if alike else None


def _bars(row: Mapping[str, Any], rule: Rule | None) -> list[Any] | None:
    """Return both values, the good part of the scale and its marks, in thousandths of it."""
    found = bullets([row["before"], row["after"]], rule) if rule else [None, None]
    known = [bar for bar in found if bar]
    if not known:
        return None
    values = [bar.value if bar else None for bar in found]
    return [*values, known[0].good_from, known[0].good_to, [*known[0].marks]]


def _moved_by(comparison: Comparison) -> dict[tuple[str, str], list[list[Any]]]:
    """Return by unit and indicator what moved the figure: the edit, its name, and by how much."""
    rows = comparison.shares[comparison.shares["level"] == "unit"]
    found = {}
    for (unit, key), mine in rows.groupby(["unit_id", "indicator"], sort=False):
        one = comparison.indicators[key]
        order = mine["alone"].abs().sort_values(ascending=False, kind="stable").index[:_SHARES]
        found[unit, key] = [
            [0 if pd.isna(row["edit_id"]) else int(row["edit_id"]), *source_title(row),
             signed(row["alone"], one.decimals)]
            for row in mine.loc[order].to_dict("records")
        ]  # fmt: skip
    return found


def _numbered() -> dict[Any, int]:
    """Return a dict that numbers its keys as they are first asked for."""
    found: defaultdict[Any, int] = defaultdict(lambda: len(found))
    return found
