"""How the units look by each indicator: for the scripts of the page of a comparison."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from carbonspace.model.assessment import grid, judged_figures
from carbonspace.model.comparison import SILENT, VERDICT_TITLES, Comparison
from carbonspace.model.indicator import Indicator
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.rows import OTHER, number

LETTERS = {
    "met": "m", "not_met": "n", "exempt": "e", "no_data": "d", "no_target": "t",
    "not_applicable": "a", SILENT: "s",
}  # fmt: skip
"""What statuses are called in what the scripts read: thousands of them stand on a page."""
_JUDGED = ("met", "not_met", "exempt")
_CELLS = 150_000
"""Units by indicators that the maps of both plans can be coloured by, in either plan."""


class Look(NamedTuple):
    """One indicator on the maps of both plans, unit by unit in the order of each plan.

    `statuses` are letters, `shown` the values as people read them, empty where there is none;
    one that a clause defines otherwise than the plan is marked.
    `moved` says whether a value changed in some unit, `turned` whether a verdict did.
    """

    indicator: Indicator
    statuses: tuple[str, str]
    shown: tuple[list[str], list[str]]
    moved: bool
    turned: bool


def looks(comparison: Comparison) -> list[Look]:
    """Return the indicators that have a verdict or changed in some unit.

    Those whose verdicts turned are first, then those that changed. Of a plan with very many units
    those that stayed the same are left out where they are too many.
    """
    sides = [_grid(one.units, one.table) for one in (comparison.first, comparison.second)]
    keys = [key for key in comparison.indicators if all(key in value for value, _, _ in sides)]
    figures = comparison.figures[comparison.figures["level"] == "unit"]
    moved = {*figures.loc[figures["kind"].isin(["changed", "appeared", "vanished"]), "indicator"]}
    differ = figures["status_before"] != figures["status_after"]
    turned = {*figures.loc[differ, "indicator"]}
    judged = {key for key in keys for _, status, _ in sides if status[key].isin(_JUDGED).any()}
    shown = [key for key in keys if key in judged or key in moved]
    shown.sort(key=lambda key: (key not in turned, key not in moved))
    most = max(_CELLS // max(len(comparison.first.units), 1), len(turned | moved))
    return [_look(comparison.indicators[key], sides, key in moved, key in turned)
            for key in shown[:most]]  # fmt: skip


Side = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
"""The figures that are judged, the verdicts, and where a clause defines another than the plan."""


def _grid(units: gpd.GeoDataFrame, table: pd.DataFrame) -> Side:
    rows, ids = table[table["level"] == "unit"], units.index.astype(str)
    found, others = grid(rows), judged_figures(rows)
    is_other = others.status.notna()
    value = found.value.mask(others.value.notna(), others.value)
    return (value.reindex(ids), found.status.reindex(ids),
            is_other.reindex(ids, fill_value=False))  # fmt: skip


def _look(one: Indicator, sides: list[Side], moved: bool, turned: bool) -> Look:
    first, second = (
        ("".join(LETTERS.get(each, "a") for each in status[one.key]),
         ["" if each != each else number(each, one.decimals) + OTHER * other
          for each, other in zip(value[one.key], is_other[one.key], strict=True)])
        for value, status, is_other in sides
    )  # fmt: skip
    return Look(one, (first[0], second[0]), (first[1], second[1]), moved, turned)


def statuses() -> dict[str, tuple[str, str, str]]:
    """Return of each letter the symbol and the title of its status, in Chinese and English."""
    return {
        letter: (VERDICTS[status].symbol if status in VERDICTS else "·", *VERDICT_TITLES[status])
        for status, letter in LETTERS.items()
    }


def switch(comparison: Comparison, columns: list[Indicator]) -> dict[str, list[str]]:
    """Return how units look by each indicator that changed, in the order of the map."""
    rows = comparison.figures[comparison.figures["level"] == "unit"]
    at = {(r.unit_id, r.indicator): _turn(r) for r in rows.itertuples()}
    ids = [*map(str, comparison.first.units.index)]
    return {one.key: [at.get((unit, one.key), "same") for unit in ids] for one in columns}


def _turn(row: Any) -> str:
    if row.status_before != row.status_after and {row.status_before, row.status_after} == {
        "met", "not_met",
    }:  # fmt: skip
        return "better" if row.status_after == "met" else "worse"
    if row.kind == "changed":
        return "up" if row.change > 0 else "down"
    return "same" if row.kind in ("same", "rounding") else "vanished"
