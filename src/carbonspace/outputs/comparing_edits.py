"""What was edited, in words and figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from carbonspace.model.comparison import Comparison
from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text


def summary(comparison: Comparison) -> list[tuple[Text, dict[str, int], int, int]]:
    """Return by layer how many edits of each kind, how many that follow, and renumbered ones."""
    edits = comparison.edits
    found = []
    for key, layer in LAYERS.items():
        mine = edits[edits["layer"] == key]
        renumbered = comparison.renumbered.get(key, 0)
        if len(mine) or renumbered:
            follows = int(mine["follows"].astype(bool).sum())
            found.append((layer.title, mine["edit"].value_counts().to_dict(), follows, renumbered))
    return found


def edits_listed(comparison: Comparison, most: int) -> list[dict[str, Any]]:
    """Return `most` edits for the page, those that were drawn first."""
    edits = pd.DataFrame(comparison.edits.drop(columns="geometry"))
    order = edits["follows"].astype(bool).to_numpy() | (edits["edit"] == "redrawn").to_numpy()
    shown = edits.iloc[np.argsort(order, kind="stable")[:most]]
    rows: list[dict[str, Any]] = shown.to_dict("records")
    for row in rows:
        row["title"] = LAYERS[row["layer"]].title
        row["name"] = _first(row["feature"], row["feature_after"])
        row["other"] = row["feature_after"] if _differ(row) else ""
        row["what"] = _what(row)
    return rows


def _differ(row: Mapping[str, Any]) -> bool:
    names = row["feature"], row["feature_after"]
    return not any(pd.isna(name) for name in names) and names[0] != names[1]


def _first(*values: Any) -> str:
    return next(str(value) for value in values if not pd.isna(value))


def _changed(layer: str, name: str, before: Any, after: Any) -> Text:
    """Return what became of a value, its column by its title and its name."""
    column, values = LAYERS[layer].column(name), f"{shown(before)} → {shown(after)}"
    title = f"{column.title.zh}（{name}）" if column else name
    return Text(f"{title}：{values}", f"{name}: {values}")


def shown(value: Any) -> str:
    """Return the value of an attribute as people write it, ∅ where there is none."""
    return "∅" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _what(row: Mapping[str, Any]) -> Text:
    """Return what an edit did, in words and figures."""
    parts = [_changed(row["layer"], *change) for change in row["changes"]]
    before, after, unit = row["amount_before"], row["amount_after"], row["amount_unit"]
    if row["edit"] in ("reshaped", "changed", "redrawn"):
        if row["moved_m"] > 0:
            far = f"{row['moved_m']:,.3g} m"
            parts.append(Text(f"最远相差 {far}", f"up to {far} apart"))
        if unit and before != after:
            size = f"{before:,.0f} → {after:,.0f} {unit}"
            parts.append(Text(size, size))
    elif row["edit"] in ("inserted", "deleted") and unit:
        size = f"{_known(before, after):,.0f} {unit}"
        parts.append(Text(size, size))
    return Text("；".join(p.zh for p in parts), "; ".join(p.en for p in parts))


def _known(*values: float) -> float:
    return next((value for value in values if not math.isnan(value)), math.nan)
