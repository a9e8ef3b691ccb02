"""All figures of the page of the plan, as its scripts read them: `plan-data`.

Texts are `[zh, en]`. The units come first, then the city, then the districts: a place is its
number among them. Columns by place, and words by number, are as `page_rows` makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import pandas as pd

from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.indicator import Indicator
from carbonspace.model.outcome import CITY
from carbonspace.model.policy import FAULTS
from carbonspace.model.rule import SURENESS_TITLES, Profile, Rule
from carbonspace.model.text import Text
from carbonspace.model.theme import theme_title
from carbonspace.model.weather import WEATHER
from carbonspace.outputs.colours import pales_of
from carbonspace.outputs.ground import Base
from carbonspace.outputs.lines import cited
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.page_rows import Shown, Words, number, shown, told
from carbonspace.outputs.results import Results
from carbonspace.outputs.rows import stated
from carbonspace.outputs.steps import Step
from carbonspace.outputs.told import parameter_text

Told = dict[str, Any]
_CITY = Text("全市", "City")
_COUNTED = {"missed": str([*VERDICTS].index("not_met")), "met": str([*VERDICTS].index("met"))}


def plan_data(
    results: Results,
    base: Base,
    files: Mapping[str, str],
    steps: Iterable[Step],
    bureau: Bureau = NOBODY,
) -> Told:
    """Return everything that the scripts of the page say in figures, as plain JSON values.

    Parameters
    ----------
    results, base
        What is told, and the units with their names.
    files
        The name of each unit's page, without its suffix, by the ids of the units with results.
    steps
        The classes of the map of missed targets.
    bureau
        Whose colours the verdicts have.
    """
    places = _places(results.table, files)
    held = shown(results.table, places, results.indicators, results.profiles)
    themes = list(dict.fromkeys(one.theme for one in results.indicators.values()))
    profiles, made = results.profiles, results.made_with
    indicators = [
        {**_declared(one, results.run, themes), "made": made[key] if made[key].en else None,
         "evidence": any(key in layer.keys for layer in results.evidence),
         **_judged(one, held, profiles, places)}
        for key, one in results.indicators.items()
    ]  # fmt: skip
    return {
        "name": results.name, "units": len(files),
        "places": _about(places, results, base, files) | _counted(indicators, len(places)),
        "statuses": [*VERDICTS], "looks": _looks(bureau),
        "steps": [{"key": s.key, "low": s.low, "high": s.high, "colour": s.colour,
                   "title": s.title} for s in steps],
        "themes": [{"key": key, "title": theme_title(key)} for key in themes],
        "profiles": [{"key": p.key, "title": p.title, "document": p.document}
                     for p in profiles.values()],
        "rules": [_rule(*clause, profiles) for clause in held.clauses],
        "indicators": indicators, "texts": [*held.texts],
        "inputs": [_input(one) for one in results.run["inputs"]],
        "repairs": repaired(results.repairs), "findings": _findings(results.findings),
    }  # fmt: skip


Places = dict[tuple[str, str], int]


def _places(table: pd.DataFrame, units: Iterable[str]) -> Places:
    """Return the number of each place by its level and its id."""
    others = table.loc[table["level"].isin(["city", "district"]), ["level", "unit_id"]]
    found = [*others.drop_duplicates().itertuples(index=False, name=None)]
    found.sort(key=lambda one: one[0])  # the city first; districts keep their order
    return {one: n for n, one in enumerate([*(("unit", unit) for unit in units), *found])}


def _about(places: Places, results: Results, base: Base, files: Mapping[str, str]) -> Told:
    """Return the columns that say what each place is; areas and people are of units."""
    blank, units = [None] * (len(places) - len(files)), results.units.loc[[*files]]
    areas = units.geometry.area.to_numpy() * base.metres_per_unit**2 / 1e6
    return {
        "id": [place for _, place in places],
        "name": [_name(*place, base) for place in places],
        "kind": "".join(level[0] for level, _ in places),
        "page": [*(f"units/{quote(name)}.html" for name in files.values()), *blank],
        "area_km2": [*map(number, areas.tolist()), *blank],
        "people": [*_column(units, "population"), *blank],
        "jobs": [*_column(units, "jobs"), *blank],
    }  # fmt: skip


def _name(level: str, place: str, base: Base) -> Text | str:
    if (level, place) == ("city", CITY):
        return _CITY
    return base.names[place] if level == "unit" else place


def _column(units: pd.DataFrame, name: str) -> list[float | None]:
    """Return a column of numbers, nothing where it is not there or holds none."""
    if name not in units or not pd.api.types.is_numeric_dtype(units[name]):
        return [None] * len(units)
    return [*map(number, units[name].astype(float).tolist())]


def _counted(indicators: Iterable[Told], count: int) -> Told:
    """Return how many targets each place misses and meets, of an indicator the worst verdict."""
    verdicts = [*zip(*(one["status"] for one in indicators), strict=True)] or [()] * count
    return {name: [held.count(digit) for held in verdicts] for name, digit in _COUNTED.items()}


def _looks(bureau: Bureau) -> list[Told]:
    """Return how each verdict looks, in the colours of the bureau."""
    pale = pales_of(bureau)
    return [{"symbol": look.symbol, "title": look.title, "pale": pale[status],
             "colour": bureau.colours.get(status, look.colour)}
            for status, look in VERDICTS.items()]  # fmt: skip


def _rule(profile: str, position: int, profiles: Mapping[str, Profile]) -> Told:
    """Return a clause: its target as a bar needs it, its words, and what standing it has."""
    rule = profiles[profile].rules[position]
    marks = [*map(number, rule.target)] or [None]
    return {
        "profile": [*profiles].index(profile), "target": rule.target_text(), "unit": rule.unit,
        "low": marks[0], "high": marks[-1], "marks": [*map(number, rule.target)],
        "at_least": rule.comparator in (">=", ">"), "at_most": rule.comparator in ("<=", "<"),
        "quotation": rule.quotation, "cite": cited(rule, profiles[profile]), "year": rule.year,
        "applies": rule.applies_to if rule.applies_to.en else None, "note": rule.note,
        "never": rule.never, "binding": rule.binding, "verified": rule.is_verified,
        "sure": SURENESS_TITLES[rule.evidence], "kind": _kind(rule),
    }  # fmt: skip


def _kind(rule: Rule) -> str:
    """Tell whether a clause is held against values, only recommends, or is only recorded."""
    if rule.never is not None:
        return "recorded"
    return "recommended" if rule.comparator == "none" else "held"


def _declared(one: Indicator, run: Mapping[str, Any], themes: list[str]) -> Told:
    """Return what an indicator is, and what it was measured with."""
    return {
        "key": one.key, "theme": themes.index(one.theme), "title": one.title, "unit": one.unit,
        "decimals": one.decimals, "definition": one.definition, "source": one.source,
        "verified": one.verified, "reported": one.is_reported,
        "parameters": _parameters(one, run.get("parameters", {}).get(one.key, {})),
        "layers": layers_of(one, run.get("derived", {})),
    }  # fmt: skip


def layers_of(one: Indicator, derived: Mapping[str, str]) -> list[str]:
    """Return what an indicator is measured on, as inputs name it.

    Of a level that was `derived` from another layer, that layer, too.
    """
    rasters = [f"rasters.{kind}" for kind in one.seen_rasters]
    sources = [derived[layer] for layer in one.used if layer in derived]
    weather = [WEATHER] if one.sees_weather else []
    return list(dict.fromkeys([*one.used, *sources, *rasters, *weather]))


def _judged(one: Indicator, held: Shown, profiles: Mapping[str, Profile], places: Places) -> Told:
    """Return the values and verdicts of an indicator, and whether it is judged in some unit."""
    found = told(held.rows[one.key], len(places))
    units = sum(level == "unit" for level, _ in places)
    judged = False
    for each in found["held"]:
        profile, position = held.clauses[each["rule"]]
        rule, there = profiles[profile].rules[position], each["status"][:units].strip(".")
        judged |= bool(there and rule.target)
        own = each.pop("own")
        each["defined"] = None if own else _numbered(stated(one, rule), held.texts)
    return {"judged": judged, **found}


def _numbered(text: Text, texts: Words) -> int:
    return texts.setdefault(text, len(texts))


def _parameters(one: Indicator, given: Mapping[str, Any]) -> list[tuple[Text, str]]:
    """Return the parameters that the indicator was measured with, as people write them."""
    units = {p.name: "" if p.unit == "code" else p.unit for p in one.parameters}
    return [(p.title, f"{parameter_text(given.get(p.name, p.default))} {units[p.name]}".strip())
            for p in one.parameters]  # fmt: skip


def _input(one: Mapping[str, Any]) -> Told:
    return {name: one[name] for name in ("layer", "path", "features", "crs", "sha256")}


def repaired(repairs: pd.DataFrame) -> dict[str, list[Told]]:
    """Return by layer what was found at fault in its geometry, what was done, and how often."""
    found: dict[str, list[Told]] = {}
    counts = repairs.groupby(["layer", "fault", "choice"], sort=False)["features"].sum()
    for (layer, fault, choice), count in counts.items():
        kind = FAULTS[fault]
        said = {"what": kind.title, "done": kind.does.get(choice), "count": int(count)}
        found.setdefault(str(layer), []).append(said)
    return found


def _findings(findings: pd.DataFrame) -> dict[str, int]:
    """Return how many findings there are about each layer."""
    counts = findings.groupby("layer", sort=False).size()
    return {str(layer): int(count) for layer, count in counts.items()}
