"""What rules say of places within the units, counted, and those that miss their target most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from carbonspace.model.assessment import Assessment
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.levels import LAYER_OF, Level
from carbonspace.model.measure import Measure
from carbonspace.model.outcome import CITY
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text
from carbonspace.outputs.rows import number

_NAMED = 5


class Place(NamedTuple):
    """One place that misses a target: its id in the layer of its level, its value and margin."""

    id: str
    value: str
    margin: str


class Tally(NamedTuple):
    """One rule held against the places of one level, all in one unit or in the whole plan."""

    level: Text
    indicator: Indicator
    rule: Rule
    profile: Profile
    judged: int
    missed: int
    worst: tuple[Place, ...]


Tallies = Mapping[str, list[Tally]]


def tallies(assessment: Assessment) -> Tallies:
    """Return the tallies by the id of the unit, and of the whole plan by `CITY`."""
    table = assessment.table
    judged = table["level"].isin(list(LAYER_OF)) & table["status"].isin(["met", "not_met"])
    told = ["level", "indicator", "profile", "rule"]
    rows = table.loc[judged, [*told, "unit_id", "status", "value", "margin"]]
    found: dict[str, list[Tally]] = defaultdict(list)
    for (level, key, profile, position), held in rows.groupby(told, sort=False):
        document = assessment.profiles[profile]
        facts = (assessment.indicators[key], document.rules[int(position)], document)
        units = _units_of(held["unit_id"], assessment.measures[key], level)
        for unit, counted in _by_unit(held, units, facts[0]):
            found[unit].append(Tally(LAYERS[LAYER_OF[level]].title, *facts, *counted))
    return found


def _units_of(ids: pd.Series, measure: Measure, level: Level) -> pd.Series:
    """Return the id of the unit that each place of a level counts to."""
    held = measure.parts[level]["unit_id"].rename(index=str)
    return pd.Series(held.reindex(ids).astype(str).to_numpy(), index=ids.index)


def _by_unit(
    rows: pd.DataFrame, units: pd.Series, one: Indicator
) -> Iterator[tuple[str, tuple[int, int, tuple[Place, ...]]]]:
    """Yield of the whole and of each unit how many are judged and miss, and the worst of them."""
    both = pd.concat([rows.assign(unit=CITY), rows.assign(unit=units)])
    missed = both[both["status"] == "not_met"].sort_values("margin", kind="stable")
    judged, short = both["unit"].value_counts(), missed["unit"].value_counts()
    named: dict[str, list[Place]] = defaultdict(list)
    for row in missed.groupby("unit").head(_NAMED).itertuples():
        figures = (number(row.value, one.decimals), number(row.margin, one.decimals))
        named[row.unit].append(Place(row.unit_id, *figures))
    for unit in both["unit"].unique():
        yield unit, (int(judged[unit]), int(short.get(unit, 0)), tuple(named[unit]))
