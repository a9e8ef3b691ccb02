"""What rules say of places within the units, counted, and those that miss their target most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from carbonspace.model.assessment import Assessment
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.levels import LAYER_OF, Level
from carbonspace.model.outcome import CITY
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.shortfall import digits
from carbonspace.model.text import Text
from carbonspace.outputs.rows import number

if TYPE_CHECKING:
    from carbonspace.outputs.results import Results

_NAMED = 5


class Place(NamedTuple):
    """One place that misses a target: its id in the layer of its level, its value and margin."""

    id: str
    value: str
    margin: str


class Excused(NamedTuple):
    """One place that misses a target and is exempt, and why."""

    id: str
    reason: Text


class Tally(NamedTuple):
    """One rule held against the places of one level, all in one unit or in the whole plan."""

    level: Text
    indicator: Indicator
    rule: Rule
    profile: Profile
    judged: int
    missed: int
    exempt: int
    worst: tuple[Place, ...]
    excused: tuple[Excused, ...]


Tallies = Mapping[str, list[Tally]]


def tallies(results: Results) -> Tallies:
    """Return the tallies by the id of the unit, and of the whole plan by `CITY`."""
    told = ["level", "indicator", "profile", "rule"]
    said = ["unit_id", "status", "value", "margin", "reason", "reason_zh"]
    rows = _judged(results.table)[[*told, *said]]
    found: dict[str, list[Tally]] = defaultdict(list)
    for (level, key, profile, position), held in rows.groupby(told, sort=False):
        document = results.profiles[profile]
        title = LAYERS[LAYER_OF[level]].title
        facts = (title, results.indicators[key], document.rules[int(position)], document)
        units = _units_of(held["unit_id"], results.places, key, level)
        for unit, tally in _by_unit(held, units, facts):
            found[unit].append(tally)
    return found


def placed(assessment: Assessment) -> pd.DataFrame:
    """Return the unit that each judged place within the units counts to.

    Columns `level`, `place`, `unit_id` and `indicator`: null, or the one that counts the place to
    another unit than most do.
    """
    found = []
    rows = _judged(assessment.table)
    for level, held in rows.groupby("level", sort=False):
        most = pd.Series(dtype=object)
        for key, mine in held.groupby("indicator", sort=False):
            units = _measured(assessment, key, level).reindex(mine["unit_id"].unique())
            new = units[most.index.get_indexer(units.index) < 0]
            most = pd.concat([most, new]) if len(most) else new
            other = units[(most.reindex(units.index) != units).to_numpy()]
            found.append(_of_level(other, level, key))
        found.append(_of_level(most, level, None))
    return pd.concat(found, ignore_index=True) if found else _of_level(pd.Series(), "unit", None)


def _measured(assessment: Assessment, key: str, level: Level) -> pd.Series:
    """Return the unit of each place of a level that an indicator has a figure of, on any ground."""
    every = [assessment.measures.get(key)]
    every += [one for (mine, _), one in assessment.otherwise.items() if mine == key]
    held = [one.parts[level]["unit_id"] for one in every if one and level in one.parts]
    units = pd.concat(held).rename(index=str).astype(str)
    return units[~units.index.duplicated()]


def _of_level(units: pd.Series, level: str, indicator: str | None) -> pd.DataFrame:
    columns = {"level": level, "place": units.index, "unit_id": units.to_numpy(dtype=object)}
    return pd.DataFrame(columns).assign(indicator=indicator).astype(object)


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    verdicts = table["status"].isin(["met", "not_met", "exempt"])
    return table[table["level"].isin(list(LAYER_OF)) & verdicts]


def _units_of(ids: pd.Series, places: pd.DataFrame, key: str, level: Level) -> pd.Series:
    """Return the id of the unit that each place of a level counts to."""
    held = places[places["level"] == level].set_index("place")
    most, mine = (held.loc[chosen, "unit_id"]
                  for chosen in (held["indicator"].isna(), held["indicator"] == key))  # fmt: skip
    other = mine.reindex(ids).to_numpy(dtype=object)
    return pd.Series(most.reindex(ids).to_numpy(dtype=object), index=ids.index).where(
        pd.isna(other), other
    )


def _by_unit(
    rows: pd.DataFrame, units: pd.Series, facts: tuple[Text, Indicator, Rule, Profile]
) -> Iterator[tuple[str, Tally]]:
    """Yield of the whole and of each unit how many are judged, and miss or are exempt, and who."""
    both = pd.concat([rows.assign(unit=CITY), rows.assign(unit=units)])
    missed = both[both["status"] == "not_met"].sort_values("margin", kind="stable")
    free = both[both["status"] == "exempt"]
    judged, short, freed = (one["unit"].value_counts() for one in (both, missed, free))
    named, excused = defaultdict[str, list[Place]](list), defaultdict[str, list[Excused]](list)
    decimals = facts[1].decimals
    for row in missed.groupby("unit").head(_NAMED).itertuples():
        told = digits(decimals, [row.margin])
        figures = (number(row.value, told), number(row.margin, told))
        named[row.unit].append(Place(row.unit_id, *figures))
    for row in free.groupby("unit").head(_NAMED).itertuples():
        excused[row.unit].append(Excused(row.unit_id, Text(row.reason_zh, row.reason)))
    for unit in both["unit"].unique():
        counts = (int(judged[unit]), int(short.get(unit, 0)), int(freed.get(unit, 0)))
        yield unit, Tally(*facts, *counts, tuple(named[unit]), tuple(excused[unit]))
