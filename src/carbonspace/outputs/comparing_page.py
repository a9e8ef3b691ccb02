"""compare.html: what was edited, what changed, and why, on one page that needs no network."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from carbonspace.model.comparison import (
    EDITS,
    FIGURES,
    FLIPS,
    SILENT,
    UNITS,
    VERDICT_TITLES,
    Comparison,
)
from carbonspace.outputs.comparing_edits import edits_listed, summary
from carbonspace.outputs.comparing_figures import by_place, changed_figures, flips, shares
from carbonspace.outputs.comparing_looks import Look, looks, statuses, switch
from carbonspace.outputs.comparing_maps import Drawing, drawing
from carbonspace.outputs.comparing_units import told
from carbonspace.outputs.ground import Drawn, metres_per_unit
from carbonspace.outputs.look import EDIT_LOOKS, TURNS
from carbonspace.outputs.rendering import write_page
from carbonspace.outputs.rows import OTHER
from carbonspace.outputs.steps import Step
from carbonspace.outputs.turns import turns

_MOST = {"edits": 300, "shares": 400, "flips": 400}
"""Rows that the page shows at most; the tables beside it have all of them."""


def write_comparison_page(comparison: Comparison, path: Path) -> None:
    """Write `compare.html`."""
    write_page(path, "compare.html", _values(comparison))


def _values(comparison: Comparison) -> dict[str, Any]:
    maps, shown = drawing(comparison), looks(comparison)
    return {
        "comparison": comparison, "home": "",
        "names": {"city": "", **_named(comparison.second.units), **_named(comparison.first.units)},
        "edit_looks": EDIT_LOOKS, "edit_titles": EDITS, "flip_titles": FLIPS,
        "figure_titles": FIGURES, "silent": VERDICT_TITLES[SILENT], "unit_titles": UNITS,
        "left_out": comparison.left_out.to_dict("records"),
        "terms": comparison.terms.to_dict("records"), "gone": comparison.units.to_dict("records"),
        "summary": summary(comparison), "edits": edits_listed(comparison, _MOST["edits"]),
        "flips": flips(comparison, _MOST["flips"]),
        **_counts(comparison), **_figures(comparison), **_of_maps(comparison, maps),
        "by": shown, "others": any(OTHER in told for one in shown for told in chain(*one.shown)),
        "default": _default(shown), "both": _both(comparison, maps, shown),
    }  # fmt: skip


def _counts(comparison: Comparison) -> dict[str, Any]:
    counted, verdicts = turns(comparison), comparison.verdicts
    of_city = verdicts.loc[verdicts["level"] == "city", "flip"]
    return {
        "turns": TURNS, "turn_of": counted["turn"].to_dict(),
        "counts": {name: int(counted[name].sum()) for name in ("gained", "lost", "other")},
        "city_counts": {name: int((of_city == name).sum()) for name in FLIPS},
        "units_moved": int((~counted["turn"].isin(["same", "vanished"])).sum()),
        "units_all": len(counted),
    }  # fmt: skip


def _figures(comparison: Comparison) -> dict[str, Any]:
    found, groups = changed_figures(comparison), shares(comparison)
    return {
        "columns": found.columns, "places": found.places,
        "shares": by_place(groups[: _MOST["shares"]]),
        "shares_left": max(len(groups) - _MOST["shares"], 0),
        "switch": switch(comparison, found.columns),
    }  # fmt: skip


def _of_maps(comparison: Comparison, maps: Drawing) -> dict[str, Any]:
    return {
        "map": maps.edits, "drawn": maps.paths, "marks": maps.marks, "common": maps.both,
        "halves": {"first": maps.first, "second": maps.second},
        "on_map": _on_map(maps), "land_uses": _land_uses(maps), "steps": _steps(maps),
        "crs_name": str(comparison.first.units.crs.name),
    }  # fmt: skip


def _on_map(maps: Drawing) -> dict[str, set[str]]:
    """Return which paths of edits either plan has: what is gone is in the first alone."""
    classes = {css: css.split() for css, _ in maps.paths if "redrawn" not in css}
    old = {css for css, words in classes.items() if {"before", "deleted", "recoded"} & {*words}}
    new = {css for css, words in classes.items() if "after" in words and "deleted" not in words}
    return {"first": old, "second": new}


def _steps(maps: Drawing) -> list[Step]:
    """Return the classes of missed targets that some unit has in either plan."""
    there = {unit.step for half in (maps.first, maps.second) for unit in half.map.units}
    return [one for one in maps.first.map.steps if one.key in there]


def _land_uses(maps: Drawing) -> list[Drawn]:
    """Return the classes of land use of both plans, in the order of their codes."""
    found = (*maps.both.land, *maps.first.map.land, *maps.second.map.land)
    return sorted({one.title: one for one in found}.values(), key=lambda one: one.title.zh)


def _default(shown: list[Look]) -> str:
    """Return what the maps of both plans show first: missed targets, else land use."""
    judged = any(letter in "mn" for one in shown for letter in "".join(one.statuses))
    return "missed" if judged else "land"


def _both(comparison: Comparison, maps: Drawing, shown: list[Look]) -> dict[str, Any]:
    """Return what the scripts of both maps have to know."""
    first, second = ([*map(str, one.units.index)] for one in (comparison.first, comparison.second))
    gone = comparison.units[comparison.units["what"] == "renumbered"]
    names = dict(zip(gone["unit_id"], gone["unit_id_after"], strict=True))
    at = {unit: n for n, unit in enumerate(second)}
    return {
        "metres": metres_per_unit(comparison.first.units) / maps.edits.view.per_unit,
        "first": first, "second": second,
        "pair": [at.get(names.get(unit, unit), -1) for unit in first],
        "looks": {one.indicator.key: {"statuses": one.statuses, "values": one.shown}
                  for one in shown},
        "statuses": statuses(), **told(comparison),
    }  # fmt: skip


def _named(units: gpd.GeoDataFrame) -> Mapping[str, str]:
    """Return what each unit is called, by its id."""
    ids = [*map(str, units.index)]
    if "name" not in units:
        return {one: one for one in ids}
    return {one: one if pd.isna(name) else f"{one} {name}"
            for one, name in zip(ids, units["name"], strict=True)}  # fmt: skip
