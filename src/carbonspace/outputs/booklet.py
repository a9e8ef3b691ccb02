"""What the printed report shows besides the sheets of units: summary, themes, method, findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from carbonspace.model.assessment import grid
from carbonspace.model.indicator import Indicator
from carbonspace.model.quantity import quantity_title
from carbonspace.outputs.ground import SHAPELESS
from carbonspace.outputs.lines import Line, heading, lines
from carbonspace.outputs.maps import Map
from carbonspace.outputs.overview import Theme
from carbonspace.outputs.plates import Plates
from carbonspace.outputs.printed_places import districts, within_lines
from carbonspace.outputs.results import Results
from carbonspace.outputs.rows import OTHER, Places, Row, number
from carbonspace.outputs.steps import Step, step, steps
from carbonspace.outputs.told import parameter_text

_COLUMNS = 7
"""Indicators beside each other in a table of values."""
_FEW_CELLS = 2_000
"""Values of a theme that are printed whether there are targets or not."""
_NAMED = 3
_MANY = 20
"""Units without a shape that are named."""


def booklet(
    results: Results, shown: Mapping[str, Any], held: Places, plates: Plates
) -> dict[str, Any]:
    """Return the values of `report.typ`; `shown` is what the page of the plan shows."""
    plan: Map = shown["map"]
    names = {one.unit_id: one.name for one in plan.units}
    values = grid(results.table[results.table["level"] == "unit"]).value
    themes = [_theme(one, plates, values, names) for one in shown["themes"]]
    return {
        "area": number(shown["area_km2"], 2), "units": len(held.units),
        "indicators": len(results.indicators), "missing": shown["missing_units"],
        "city_counts": shown["city_counts"], "judged": len(shown["judged"]),
        "profiles": [[*one.title] for one in results.profiles.values()],
        "situation": plates.situation(), "missed": plates.counted(_missed(plan, held.units)),
        "shapeless": _shapeless(shown["shapeless"]), "themes": themes,
        "ranking": [*_ranking(shown, names)],
        "city": [*lines(shown["city_groups"])],
        "districts": [*districts(shown["districts"], shown["compared"])],
        "within": within_lines(shown["within"]), "method": [*_method(results)],
        "inputs": results.run["inputs"], "ledger": [*_ledger(shown)],
        "findings": _findings(shown["findings"]), "findings_count": len(results.findings),
    }  # fmt: skip


def _shapeless(names: Sequence[str]) -> list[str]:
    """Return what is said of the units that no map has; nothing where there are none."""
    some = "；".join(names[:_MANY]) + (f"；…（{len(names)}）" if len(names) > _MANY else "")
    return [f"{SHAPELESS.zh}：{some}", SHAPELESS.en] if names else []


def _missed(plan: Map, shown: Collection[str]) -> dict[str, Step]:
    """Return the class of each reported unit by how many targets it misses."""
    by_key = {one.key: one for one in plan.steps}
    return {unit.unit_id: by_key[unit.step] for unit in plan.units if unit.unit_id in shown}


def _theme(
    theme: Theme, plates: Plates, values: pd.DataFrame, names: Mapping[str, str]
) -> dict[str, Any]:
    places = dict(theme.units)
    judged = [one for one in theme.indicators if _is_judged(one, places)]
    lead = judged[0] if judged else _lead(theme, values)
    if judged:
        found: dict[str, Any] | None = plates.counted(_steps(theme, places))
    else:
        found = plates.valued(lead, values) if lead else None
    few = len(places) * len(theme.indicators) <= _FEW_CELLS
    columns = list(theme.indicators) if few else judged or ([lead] if lead else [])
    return {
        "key": theme.key, "title": [*theme.title], "counts": theme.counts, "map": found,
        "judged": bool(judged), "lead": heading(lead) if lead else None,
        "indicators": [_summary(one, theme, places, values) for one in theme.indicators],
        "tables": [*_tables(columns, places, names)],
        "left_out": len(theme.indicators) - len(columns),
        "otherwise": [*_otherwise(theme.indicators, [*places.values(), theme.city])],
    }  # fmt: skip


def _otherwise(
    indicators: Iterable[Indicator], places: Iterable[Mapping[str, Row]]
) -> Iterator[list[str]]:
    """Yield how clauses define indicators otherwise than the plan, where that figure is shown."""
    defined = {(row.indicator.key, row.verdicts[0].defined)
               for cells in places for row in cells.values() if row.is_other}  # fmt: skip
    for one in indicators:
        for zh, en in sorted(words for key, words in defined if key == one.key):
            told = f"the verdict is as the clause defines it ({en})"
            yield [
                f"{OTHER} {one.title.zh}：结论按条文口径（{zh}）",
                f"{OTHER} {one.title.en}: {told}",
            ]


def _is_judged(one: Indicator, places: Mapping[str, dict[str, Row]]) -> bool:
    return any(one.key in cells and cells[one.key].has_target for cells in places.values())


def _lead(theme: Theme, values: pd.DataFrame) -> Indicator | None:
    """Return the first indicator of a theme that has values in units."""
    there = (one for one in theme.indicators if one.key in values and values[one.key].notna().any())
    return next(there, None)


def _steps(theme: Theme, places: Mapping[str, dict[str, Row]]) -> dict[str, Step]:
    """Return the class of each unit by how many of a theme's targets it misses."""
    worst = [[cells[one.key].worst for one in theme.indicators if one.key in cells]
             for cells in places.values()]  # fmt: skip
    missed = [one.count("not_met") for one in worst]
    judged = [one.count("not_met") + one.count("met") for one in worst]
    classes = steps(missed, judged)
    found = (step(classes, *count) for count in zip(missed, judged, strict=True))
    return dict(zip(places, found, strict=True))


def _summary(
    one: Indicator, theme: Theme, places: Mapping[str, dict[str, Row]], values: pd.DataFrame
) -> Line:
    """Return an indicator in all units: the city's value, targets, verdicts, lowest and highest."""
    rows = [cells[one.key] for cells in places.values() if one.key in cells]
    city = theme.city.get(one.key)
    worst = [row.worst for row in rows]
    told = dict.fromkeys(verdict.told_target for row in [*rows[:1], *([city] if city else [])]
                         for verdict in row.verdicts if verdict.target)  # fmt: skip
    known = values[one.key].dropna() if one.key in values else pd.Series(dtype=float)
    ends = [float(known.min()), float(known.max())] if len(known) else [float("nan")] * 2
    return {
        **heading(one), "city": {"value": city.shown, "status": city.worst} if city else None,
        "targets": [[*pair] for pair in told][:_NAMED],
        "counts": [worst.count(status) for status in ("not_met", "met", "no_data")],
        "range": [number(end, one.decimals) for end in ends],
    }  # fmt: skip


def _tables(
    columns: Sequence[Indicator], places: Mapping[str, dict[str, Row]], names: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield the values of units, some indicators at a time."""
    for start in range(0, len(columns), _COLUMNS):
        chosen = columns[start : start + _COLUMNS]
        rows = [[names[unit], *([row.shown, row.worst] if (row := cells.get(one.key)) else ["", ""]
                                for one in chosen)] for unit, cells in places.items()]  # fmt: skip
        yield {"columns": [heading(one) for one in chosen], "rows": rows}


def _ranking(shown: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the units, those that miss most first, with the first targets that they miss."""
    for one in shown["ranking"]:
        missed = [row.indicator.title for row in one.cells if row and row.worst == "not_met"]
        yield {"id": one.unit_id, "name": names[one.unit_id], "counts": one.counts,
               "missed": [[*title] for title in missed[:_NAMED]],
               "others": max(len(missed) - _NAMED, 0)}  # fmt: skip


def _method(results: Results) -> Iterator[Line]:
    """Yield how each figure was made: its definition, its parameters, its source."""
    settings, made = results.run.get("parameters", {}), results.made_with
    for key, one in results.indicators.items():
        given = settings.get(key, {})
        told = [[f"{p.title.zh}：{_set(given, p)}", f"{p.title.en}: {_set(given, p)}"]
                for p in one.parameters]  # fmt: skip
        yield {**heading(one), "definition": [*one.definition], "source": one.source,
               "parameters": told, "with": [*made[key]]}  # fmt: skip


def _set(given: Mapping[str, Any], parameter: Any) -> str:
    unit = parameter.unit if parameter.unit != "code" else ""
    return f"{parameter_text(given.get(parameter.name, parameter.default))} {unit}".strip()


def _ledger(shown: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for row in shown["ledger"]:
        figures = [number(row[key], 2) for key in
                   ("units", "gaps", "overlaps", "city", "difference")]  # fmt: skip
        yield {
            "title": [*quantity_title(row["quantity"])],
            "unit": row.get("unit", ""),
            "figures": figures,
        }


def _findings(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "severity": row["severity"], "layer": row["layer"],
            "feature": row["feature"] if isinstance(row["feature"], str) else "",
            **{key: [str(row[f"{key}_zh"]), str(row[key])]
               for key in ("what", "found", "expected", "action")},
        }
        for row in found
    ]  # fmt: skip
