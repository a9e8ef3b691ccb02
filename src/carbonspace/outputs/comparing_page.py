"""compare.html: what was edited, what changed, and why, on one page that needs no network."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.model.comparison import (
    EDITS,
    FIGURES,
    FLIPS,
    SILENT,
    UNITS,
    VERDICT_TITLES,
    Comparison,
)
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text
from carbonspace.outputs import maps, svgmap
from carbonspace.outputs.ground import base_of
from carbonspace.outputs.look import EDIT_LOOKS, TURNS, VERDICTS
from carbonspace.outputs.rendering import write_page
from carbonspace.outputs.rows import number
from carbonspace.outputs.turns import turns

_ABOVE = 130
"""How far the number of an edited point stands above it, in SVG units."""
_MOST = {"edits": 300, "shares": 400, "flips": 400, "marks": 60}
"""Rows that the page shows at most; the tables beside it have all of them."""


def write_comparison_page(comparison: Comparison, path: Path) -> None:
    """Write `compare.html`."""
    write_page(path, "compare.html", _values(comparison))


def _values(comparison: Comparison) -> dict[str, Any]:
    counted, map_ = turns(comparison), _map(comparison)
    names = _names(comparison)
    changes, groups = _changes(comparison), _shares(comparison)
    left = max(len(groups) - _MOST["shares"], 0)
    return {
        "comparison": comparison, "names": names, "home": "", "most": _MOST,
        "turns": TURNS, "edit_looks": EDIT_LOOKS, "edit_titles": EDITS, "flip_titles": FLIPS,
        "figure_titles": FIGURES, "silent": VERDICT_TITLES[SILENT], "unit_titles": UNITS,
        "verdict_looks": VERDICTS,
        "turn_of": counted["turn"].to_dict(), "map": map_.map,
        "drawn": map_.edits, "marks": map_.marks,
        "crs_name": str(comparison.first.units.crs.name),
        "counts": {name: int(counted[name].sum()) for name in ("gained", "lost", "other")},
        "city_counts": _of_city(comparison),
        "units_moved": int((~counted["turn"].isin(["same", "vanished"])).sum()),
        "units_all": len(counted),
        "terms": comparison.terms.to_dict("records"),
        "left_out": comparison.left_out.to_dict("records"),
        "gone": comparison.units.to_dict("records"),
        "summary": _summary(comparison), "edits": _edits(comparison), "flips": _flips(comparison),
        "columns": changes.columns, "places": changes.places,
        "shares": _by_place(groups[: _MOST["shares"]]), "shares_left": left,
        "switch": json.dumps(_switch(comparison, changes.columns)),
    }  # fmt: skip


class Drawing(NamedTuple):
    """The map, the paths of the edits with their classes, and where their numbers stand."""

    map: maps.Map
    edits: list[tuple[str, str]]
    marks: list[tuple[int, int, int]]


def _map(comparison: Comparison) -> Drawing:
    first, second = comparison.first, comparison.second
    plan = second.plan or first.plan or Plan(first.name, {"units": first.units})
    if plan.layers["units"].crs != first.units.crs:
        plan = first.plan or Plan(first.name, {"units": first.units})
    base = base_of({**plan.layers, "units": first.units})
    counted = turns(comparison)
    counts = pd.DataFrame({"not_met": counted["lost"], "met": counted["gained"]})
    drawn = maps.plan_map(base, counts)
    return Drawing(drawn, [*_paths(comparison, drawn.view)], _marks(comparison, drawn.view))


def _marks(comparison: Comparison, view: svgmap.Frame) -> list[tuple[int, int, int]]:
    """Return the number of each edit and its place, where there are few enough to be told apart."""
    edits = comparison.edits
    shapes = shapely.force_2d(edits.geometry.to_numpy())
    if not 0 < len(edits) <= _MOST["marks"]:
        return []
    inside, lines = shapely.point_on_surface(shapes), shapely.get_type_id(shapes) == 1
    inside[lines] = shapely.line_interpolate_point(shapes[lines], 0.5, normalized=True)
    places = view.place(shapely.get_coordinates(inside))
    places[shapely.get_dimensions(shapes) == 0, 1] -= _ABOVE
    numbers = edits["edit_id"].tolist()
    return [(n, x, y) for n, (x, y) in zip(numbers, places.tolist(), strict=True)]


def _paths(comparison: Comparison, view: svgmap.Frame) -> Iterator[tuple[str, str]]:
    """Yield the class and the path of edits of one kind and dimension, before and after."""
    edits = comparison.edits["edit"].to_numpy(dtype=object)
    moved = np.isin(edits, ["reshaped", "changed"])
    layers = [("before", comparison.befores.to_numpy()[moved], edits[moved]),
              ("after", comparison.edits.geometry.to_numpy(), edits)]  # fmt: skip
    for when, shapes, kinds in layers:
        dimensions = shapely.get_dimensions(shapes)
        for kind in EDIT_LOOKS:
            for dimension in (2, 1, 0):
                mine = (kinds == kind) & (dimensions == dimension)
                if mine.any():
                    css = f"edit {when} {kind} {('dot', 'line', 'area')[dimension]}"
                    found = svgmap.paths(shapes[mine], np.zeros(int(mine.sum()), np.intp), 1, view)
                    yield css, found[0]


def _names(comparison: Comparison) -> dict[str, str]:
    """Return what each unit is called, by its id in the first plan."""
    return {"city": "", **_named(comparison.second.units), **_named(comparison.first.units)}


def _named(units: gpd.GeoDataFrame) -> dict[str, str]:
    ids = [*map(str, units.index)]
    if "name" not in units:
        return {one: one for one in ids}
    return {one: one if pd.isna(name) else f"{one} {name}"
            for one, name in zip(ids, units["name"], strict=True)}  # fmt: skip


def _of_city(comparison: Comparison) -> dict[str, int]:
    flips = comparison.verdicts.loc[comparison.verdicts["level"] == "city", "flip"]
    return {name: int((flips == name).sum()) for name in FLIPS}


def _summary(comparison: Comparison) -> list[tuple[Text, dict[str, int], int, int]]:
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


def _edits(comparison: Comparison) -> list[dict[str, Any]]:
    """Return the edits that the page lists, those that were drawn first."""
    edits = pd.DataFrame(comparison.edits.drop(columns="geometry"))
    order = edits["follows"].astype(bool).to_numpy() | (edits["edit"] == "redrawn").to_numpy()
    shown = edits.iloc[np.argsort(order, kind="stable")[: _MOST["edits"]]]
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


def _flips(comparison: Comparison) -> list[dict[str, Any]]:
    """Return the verdicts that turned: those lost first, of the city before those of units."""
    rank = {"lost": 0, "gained": 1, "began": 2, "ended": 2, "other": 3}
    rows: list[dict[str, Any]] = comparison.verdicts.to_dict("records")
    rows.sort(key=lambda row: (rank[row["flip"]], row["level"] != "city"))
    explained = {(r.unit_id, r.indicator) for r in comparison.shares.itertuples()}
    for row in rows[: _MOST["flips"]]:
        one = comparison.indicators[row["indicator"]]
        profile = comparison.profiles.get(row["profile"])
        row |= {
            "why": (row["unit_id"], row["indicator"]) in explained,
            "one": one, "was": number(row["before"], one.decimals),
            "now": number(row["after"], one.decimals),
            "profile_title": profile.title if profile else Text(row["profile"], row["profile"]),
            "target": row["target"] if isinstance(row["target"], str) else "",
        }  # fmt: skip
    return rows[: _MOST["flips"]]


class Changes(NamedTuple):
    """The indicators that changed anywhere, and of each place its cells."""

    columns: list[Indicator]
    places: list[tuple[str, str, list[dict[str, Any] | None]]]


def _changes(comparison: Comparison) -> Changes:
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
    was, now = (number(row[name], one.decimals) for name in ("before", "after"))
    turned = row["status_before"] != row["status_after"]
    css = {"met": "gained", "not_met": "lost"}.get(row["status_after"], "") if turned else ""
    return {"was": was, "now": now, "css": css, "change": signed(row["change"], one.decimals),
            "kind": row["kind"]}  # fmt: skip


def signed(value: float, decimals: int) -> str:
    """Return a change with its sign; one too small for the digits people see is not shown as 0."""
    if math.isnan(value):
        return "—"
    if value and round(value, decimals) == 0:
        return f"{value:+.1g}".replace("-", "−")
    return f"{value:+,.{decimals}f}".replace("-", "−")


def _shares(comparison: Comparison) -> list[dict[str, Any]]:
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
            "was": number(figure["before"], one.decimals),
            "now": number(figure["after"], one.decimals),
            "change": signed(figure["change"], one.decimals),
            "parts": [_part(row, one, most) for row in rows.to_dict("records")],
        })  # fmt: skip
    groups.sort(key=lambda group: not group["turned"])
    return groups


def _by_place(groups: list[dict[str, Any]]) -> list[tuple[str, str, list[dict[str, Any]]]]:
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


def _part(row: Mapping[str, Any], one: Indicator, most: float) -> dict[str, Any]:
    layer = LAYERS[row["layer"]].title if row["source"] in ("feature", "layer") else Text("", "")
    if row["source"] == "feature":
        title = Text(f"{layer.zh} {row['feature']}", f"{layer.en} {row['feature']}")
    elif row["source"] == "layer":
        count = int(row["edits"])
        title = Text(f"{layer.zh}：{count} 处改动", f"{layer.en}: {count} edits")
    else:
        title = _SOURCES[row["source"]]
    width = 0 if not most > 0 or math.isnan(row["alone"]) else 100 * abs(row["alone"]) / most
    return {"title": title, "alone": signed(row["alone"], one.decimals),
            "last": signed(row["last"], one.decimals), "width": round(width, 1),
            "css": "down" if row["alone"] < 0 else "up", "source": row["source"]}  # fmt: skip


def _switch(comparison: Comparison, columns: list[Indicator]) -> dict[str, list[str]]:
    """Return how units look by each indicator that changed, in the order of the map."""
    rows = comparison.figures[comparison.figures["level"] == "unit"]
    at = {(r.unit_id, r.indicator): _look(r) for r in rows.itertuples()}
    ids = [*map(str, comparison.first.units.index)]
    return {one.key: [at.get((unit, one.key), "same") for unit in ids] for one in columns}


def _look(row: Any) -> str:
    if row.status_before != row.status_after and {row.status_before, row.status_after} == {
        "met", "not_met",
    }:  # fmt: skip
        return "better" if row.status_after == "met" else "worse"
    if row.kind == "changed":
        return "up" if row.change > 0 else "down"
    return "same" if row.kind in ("same", "rounding") else "vanished"
