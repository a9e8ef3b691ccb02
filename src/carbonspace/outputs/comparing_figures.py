"""Which verdicts turned, which figures changed, and what that is put down to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from carbonspace.model.comparison import Comparison
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.shortfall import digits_apart
from carbonspace.model.text import Text
from carbonspace.outputs.rows import number


def flips(comparison: Comparison, most: int) -> list[dict[str, Any]]:
    """Return `most` verdicts that turned: those lost first, of the city before those of units."""
    rank = {"lost": 0, "gained": 1, "began": 2, "ended": 2, "other": 3}
    rows: list[dict[str, Any]] = comparison.verdicts.to_dict("records")
    rows.sort(key=lambda row: (rank[row["flip"]], row["level"] != "city"))
    explained = {(r.unit_id, r.indicator) for r in comparison.shares.itertuples()}
    for row in rows[:most]:
        one = comparison.indicators[row["indicator"]]
        profile = comparison.profiles.get(row["profile"])
        row |= {
            "why": (row["unit_id"], row["indicator"]) in explained,
            "one": one, **_pair(row, one),
            "profile_title": profile.title if profile else Text(row["profile"], row["profile"]),
            "target": row["target"] if isinstance(row["target"], str) else "",
        }  # fmt: skip
    return rows[:most]


class Changes(NamedTuple):
    """The indicators that changed anywhere, and of each place its cells."""

    columns: list[Indicator]
    places: list[tuple[str, str, list[dict[str, Any] | None]]]


def changed_figures(comparison: Comparison) -> Changes:
    """Return what changed by place and indicator: the city first, then districts and units."""
    rows = comparison.changed
    keys = [key for key in comparison.indicators if (rows["indicator"] == key).any()]
    columns = [comparison.indicators[key] for key in keys]
    at = {(r["level"], r["unit_id"], r["indicator"]): r for r in rows.to_dict("records")}
    order = {"city": 0, "district": 1, "unit": 2}
    places = dict.fromkeys((r["level"], r["unit_id"]) for r in rows.to_dict("records"))
    found = [
        (level, unit, [_cell(at.get((level, unit, one.key)), one) for one in columns])
        for level, unit in sorted(places, key=lambda place: order[place[0]])
    ]
    return Changes(columns, found)


def _cell(row: Mapping[str, Any] | None, one: Indicator) -> dict[str, Any] | None:
    if row is None:
        return None
    turned = row["status_before"] != row["status_after"]
    css = {"met": "gained", "not_met": "lost"}.get(row["status_after"], "") if turned else ""
    return {**_pair(row, one), "css": css, "change": signed(row["change"], one.decimals),
            "kind": row["kind"]}  # fmt: skip


def _pair(row: Any, one: Indicator) -> dict[str, str]:
    was, now = told_apart(row["before"], row["after"], one.decimals)
    return {"was": was, "now": now}


def told_apart(before: float, after: float, decimals: int) -> tuple[str, str]:
    """Return two figures with as many digits as show that they differ."""
    told = digits_apart(decimals, before, after)
    return number(before, told), number(after, told)


def signed(value: float, decimals: int) -> str:
    """Return a change with its sign; one too small for the digits people see is not shown as 0."""
    if math.isnan(value):
        return "—"
    if value and round(value, decimals) == 0:
        return f"{value:+.1g}".replace("-", "−")
    return f"{value:+,.{decimals}f}".replace("-", "−")


def shares(comparison: Comparison) -> list[dict[str, Any]]:
    """Return what changes are put down to, figure by figure, those with turned verdicts first."""
    turned = {(r.unit_id, r.indicator) for r in comparison.verdicts.itertuples()}
    figures = comparison.figures.set_index(["level", "unit_id", "indicator"])
    groups = []
    for (level, unit, key), rows in comparison.shares.groupby(
        ["level", "unit_id", "indicator"], sort=False
    ):
        one, figure = comparison.indicators[key], figures.loc[(level, unit, key)]
        most = max(rows["alone"].abs().max(), rows["last"].abs().max())
        groups.append({
            "level": level, "unit_id": unit, "one": one, "turned": (unit, key) in turned,
            **_pair(figure, one), "change": signed(figure["change"], one.decimals),
            "parts": [_part(row, one, most) for row in rows.to_dict("records")],
        })  # fmt: skip
    groups.sort(key=lambda group: not group["turned"])
    return groups


def by_place(groups: list[dict[str, Any]]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Return figures by place: the city, then places with turned verdicts, then the others."""
    held: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for group in groups:
        held.setdefault((group["level"], group["unit_id"]), []).append(group)
    return [
        (*place, mine)
        for place, mine in sorted(
            held.items(), key=lambda item: (item[0][0] != "city", not item[1][0]["turned"])
        )
    ]


_SOURCES = {
    "terms": Text("数据与参数（非要素改动）", "Data and parameters, not features"),
    "together": Text("共同作用", "Together"),
}


def source_title(row: Mapping[str, Any]) -> Text:
    """Return what a row of shares is put down to."""
    layer = LAYERS[row["layer"]].title if row["source"] in ("feature", "layer") else Text("", "")
    if row["source"] == "feature":
        return Text(f"{layer.zh} {row['feature']}", f"{layer.en} {row['feature']}")
    if row["source"] == "layer":
        count = int(row["edits"])
        return Text(f"{layer.zh}：{count} 处改动", f"{layer.en}: {count} edits")
    return _SOURCES[row["source"]]


def _part(row: Mapping[str, Any], one: Indicator, most: float) -> dict[str, Any]:
    width = 0 if not most > 0 or math.isnan(row["alone"]) else 100 * abs(row["alone"]) / most
    return {"title": source_title(row), "alone": signed(row["alone"], one.decimals),
            "last": signed(row["last"], one.decimals), "width": round(width, 1),
            "css": "down" if row["alone"] < 0 else "up", "source": row["source"]}  # fmt: skip
