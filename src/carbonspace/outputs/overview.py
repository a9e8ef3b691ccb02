"""What the page of the plan shows, counted and sorted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import pandas as pd

from carbonspace.model.indicator import Indicator
from carbonspace.model.text import Text
from carbonspace.model.theme import theme_title
from carbonspace.outputs import maps, rows, summary
from carbonspace.outputs.ground import Base
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.results import Results
from carbonspace.outputs.steps import Step
from carbonspace.outputs.svgmap import SCREEN, Grid

MOST_FINDINGS = 200


class Theme(NamedTuple):
    """One theme: how many verdicts of each kind its indicators got, and their rows by unit."""

    key: str
    title: Text
    counts: dict[str, int]
    indicators: tuple[Indicator, ...]
    units: tuple[tuple[str, dict[str, rows.Row]], ...]
    city: dict[str, rows.Row]


class Ranked(NamedTuple):
    """One unit in the ranking: its row per indicator with a target, and their verdicts counted."""

    unit_id: str
    counts: dict[str, int]
    cells: tuple[rows.Row | None, ...]


class Compared(NamedTuple):
    """One indicator of the table of districts: its row in each of them, None where it has none."""

    indicator: Indicator
    targets: Text
    cells: tuple[rows.Row | None, ...]

    @property
    def otherwise(self) -> list[Text]:
        """How clauses define it where the figure shown is theirs (`*`), each once."""
        shown = [row.verdicts[0].defined for row in self.cells if row and row.is_other]
        return list(dict.fromkeys(shown))


Groups = tuple[rows.Group, ...]


def overview(
    results: Results,
    base: Base,
    held: Mapping[str, Groups],
    city: Groups,
    districts: Mapping[str, Groups],
    *,
    grid: Grid = SCREEN,
) -> dict[str, Any]:
    """Return the values of `report.html`; the rows are those of units, the city and districts."""
    units = results.units.loc[summary.reported(results.units, results.table)]
    counts = summary.unit_counts(results.units, results.table)
    places = {unit_id: _flat(groups) for unit_id, groups in held.items()}
    judged, drawn = _judged(results, places), maps.plan_map(base, counts, grid=grid)
    return {
        "themes": _themes(results, places, _flat(city)),
        "city_groups": _with_rules(city, targets=True),
        "city_advice": _with_rules(city, targets=False),
        "city_counts": _count([row.worst for g in city for row in g.rows]),
        "judged": judged,
        "districts": list(districts),
        "compared": _compared(results, [_flat(groups) for groups in districts.values()]),
        "ranking": _ranking(counts.loc[units.index], places, judged),
        "missing_units": int((counts["not_met"] > 0).sum()),
        "map": drawn,
        "steps": _steps(drawn, places),
        "area_km2": units.area.sum() * base.metres_per_unit**2 / 1e6,
        "findings": _errors_first(results.findings).head(MOST_FINDINGS).to_dict("records"),
        "ledger": results.ledger.to_dict("records"),
    }


def _steps(drawn: maps.Map, places: Collection[str]) -> list[Step]:
    """Return the classes that units with results are in."""
    there = {one.step for one in drawn.units if one.unit_id in places}
    return [one for one in drawn.steps if one.key in there]


def _errors_first(findings: pd.DataFrame) -> pd.DataFrame:
    return findings.sort_values("severity", key=lambda s: s != "error", kind="stable")


Cells = dict[str, rows.Row]


def _flat(groups: Groups) -> Cells:
    return {row.indicator.key: row for group in groups for row in group.rows}


def _with_rules(groups: Groups, *, targets: bool) -> list[rows.Group]:
    """Return the rows that some rule gives a target, or those that rules name without one."""
    chosen = (
        g._replace(rows=tuple(r for r in g.rows if r.has_rule and r.has_target is targets))
        for g in groups
    )
    return [group for group in chosen if group.rows]


def _judged(results: Results, places: dict[str, Cells]) -> tuple[Indicator, ...]:
    """Return the indicators that have a target in some unit."""
    held = {key for cells in places.values() for key, row in cells.items() if row.has_target}
    return tuple(one for key, one in results.indicators.items() if key in held)


def _themes(results: Results, places: dict[str, Cells], city: Cells) -> list[Theme]:
    by_theme: dict[str, list[Indicator]] = {}
    for one in results.indicators.values():
        by_theme.setdefault(one.theme, []).append(one)
    return [
        Theme(theme, theme_title(theme),
              _count([c[i.key].worst for c in places.values() for i in held if i.key in c]),
              tuple(held), tuple(places.items()), city)
        for theme, held in by_theme.items()
    ]  # fmt: skip


def _compared(results: Results, districts: list[Cells]) -> list[tuple[Text, list[Compared]]]:
    """Return the indicators that some district has a value of, by theme."""
    found: dict[str, list[Compared]] = {}
    for key, one in results.indicators.items():
        cells = tuple(held.get(key) for held in districts)
        if any(row is not None and row.worst != "no_data" for row in cells):
            told = dict.fromkeys(v.told_target for row in cells if row for v in row.verdicts)
            targets = Text(*("; ".join(filter(None, side)) for side in zip(*told, strict=True)))
            compared = Compared(one, targets, cells)
            found.setdefault(one.theme, []).append(compared)
    return [(theme_title(theme), held) for theme, held in found.items()]


def _count(statuses: list[str]) -> dict[str, int]:
    return {status: statuses.count(status) for status in VERDICTS}


def _ranking(
    counts: pd.DataFrame, places: dict[str, Cells], judged: tuple[Indicator, ...]
) -> list[Ranked]:
    """Return the units, those that miss most first; equals keep the order of the plan."""
    order = counts["not_met"].sort_values(ascending=False, kind="stable").index
    shown = {str(u): tuple(places[str(u)].get(one.key) for one in judged) for u in order}
    return [
        Ranked(unit_id, _count([row.worst for row in cells if row]), cells)
        for unit_id, cells in shown.items()
    ]
