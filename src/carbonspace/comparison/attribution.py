"""Changes put down to edits: each made alone in the first plan, and undone alone in the second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.comparison.edits import Edits
from carbonspace.comparison.hybrids import edited
from carbonspace.comparison.sources import (
    TERMS,
    Asked,
    Both,
    Mask,
    Source,
    on_terms_of,
    reached,
)
from carbonspace.crew import Crew
from carbonspace.measuring import measured
from carbonspace.model.comparison import SHARE_COLUMNS
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, each
from carbonspace.model.text import Text

FIGURES = ["numerator", "denominator", "value"]
_NOISE = 1e-9

Figures = NDArray[np.float64]
"""Numerator, denominator and value (columns) of units (rows)."""


class Known(NamedTuple):
    """What each indicator came to in either plan, unit by unit, and how it adds up.

    `measures` are those of the first; `city` names the indicators whose city is what its units
    come to together.
    """

    one: Mapping[str, Figures]
    other: Mapping[str, Figures]
    measures: Mapping[str, Measure]
    city: frozenset[str]


@dataclass
class _Run:
    """Sources that are tried out at once: no figure has two of them within reach."""

    sources: list[int] = field(default_factory=list)
    wanted: Mask | bool = False
    near: Mask | bool = False

    def takes(self, wanted: Mask, near: Mask) -> bool:
        """Tell whether a source may be tried out together with those here."""
        return not ((wanted & self.near).any() or (self.wanted & near).any())

    def add(self, source: int, wanted: Mask, near: Mask) -> None:
        """Try out a source with those here."""
        self.sources.append(source)
        self.wanted, self.near = self.wanted | wanted, self.near | near


@dataclass(frozen=True)
class Attribution:
    """What sources make of figures: by (source, indicator) the figures of all units.

    `alone` are those of the first plan with the source, `without` those of the second without it.
    """

    sources: Sequence[Source]
    near: Mask
    alone: Mapping[tuple[int, str], Figures]
    without: Mapping[tuple[int, str], Figures]
    runs: int


def attributed(
    both: Both, known: Known, edits: Edits, found: Sequence[Source], *, crew: Crew,
    progress: Progress,
) -> Attribution:  # fmt: skip
    """Try out each source by itself, where more than one is within reach of a figure.

    Where only one is, it brings about the whole change, and where none is, there is none: that is
    what the reach of an indicator means.
    """
    sources = [*found, TERMS]
    near = reached(both, edits, sources)
    several = near & (near.sum(axis=0) > 1)
    moved = np.array([_differ(known.one[key], known.other[key]) for key in both.asked])
    summed = np.array([key in known.city for key in both.asked])
    wanted = several & (moved | summed[:, None])
    runs = [*_runs(sources, wanted, near)]
    alone = _assumed(both.asked, near, wanted, known.one, known.other)
    without = _assumed(both.asked, near, wanted, known.other, known.one)
    steps = [((run, back), _title(run, sources, back), 1.0) for run in runs for back in (0, 1)]
    for run, back in each(progress, steps):
        held = without if back else alone
        _try(both, edits, [sources[n] for n in run.sources], run, crew,
             held, wanted, back=bool(back))  # fmt: skip
    return Attribution(sources, near, alone, without, 2 * len(runs))


def _differ(one: Figures, other: Figures) -> Mask:
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return np.asarray(~same.all(axis=1))


def _runs(sources: Sequence[Source], wanted: Mask, near: Mask) -> Iterator[_Run]:
    """Yield the sources in as few runs as the first that takes each gives."""
    runs = list[_Run]()
    for n, source in enumerate(sources):
        if not wanted[n].any():
            continue
        if source.kind == "terms":
            yield _Run([n], wanted[n], near[n])
            continue
        run = next((run for run in runs if run.takes(wanted[n], near[n])), None)
        if run is None:
            runs.append(run := _Run())
        run.add(n, wanted[n], near[n])
    yield from runs


def _assumed(
    asked: Asked, near: Mask, wanted: Mask, here: Mapping[str, Figures],
    there: Mapping[str, Figures],
) -> dict[tuple[int, str], Figures]:  # fmt: skip
    """Return the figures as far as reach alone tells them; those that are `wanted` are not known.

    Where a source is the only one within reach, its figures are those of the other plan.
    """
    found = {}
    for q, key in enumerate(asked):
        for n in np.flatnonzero(near[:, q].any(axis=1)).tolist():
            sole = near[n, q] & (near[:, q].sum(axis=0) == 1)
            found[n, key] = np.where(sole[:, None], there[key], here[key])
            found[n, key][wanted[n, q]] = np.nan
    return found


def _try(
    both: Both, edits: Edits, sources: Sequence[Source], run: _Run, crew: Crew,
    held: dict[tuple[int, str], Figures], wanted: Mask, *, back: bool,
) -> None:  # fmt: skip
    """Measure one plan with some sources as in the other, and note the figures that were wanted."""
    plan, other, asked = both.one, both.other, both.asked
    if back:
        plan, other, asked = both.other, both.one, both.asked_other
    here = both.units_other if back else both.units
    of_terms = sources[0].kind == "terms"
    if of_terms:
        asked = both.asked if back else both.asked_other
    hybrid = on_terms_of(plan, other) if of_terms else _hybrid(plan, other, edits, sources, back)
    chosen = np.asarray(run.wanted)
    some = {key: asked[key] for q, key in enumerate(both.asked) if chosen[q].any()}
    units = hybrid.layers["units"].index
    units = units[units.isin(here[chosen.any(axis=0)])]
    answers = measured(hybrid, some, units=units, crew=crew).found
    for q, key in enumerate(both.asked):
        for n in run.sources:
            if key in some and wanted[n, q].any() and isinstance(answers[key], Measure):
                held[n, key][wanted[n, q]] = _figures(answers[key], here[wanted[n, q]])


def _hybrid(plan: Plan, other: Plan, edits: Edits, sources: Sequence[Source], back: bool) -> Plan:
    rows = np.concatenate([source.rows for source in sources])
    return edited(plan, other, edits, rows, back=back)


def _figures(answer: object, units: pd.Index) -> Figures:
    assert isinstance(answer, Measure)
    found: Figures = answer.table.loc[units, FIGURES].to_numpy(dtype=float)
    return found


def _title(run: _Run, sources: Sequence[Source], back: int) -> Text:
    count = sum(len(sources[n].rows) for n in run.sources)
    if back:
        return Text(f"归因：在后一方案中撤销 {count} 处改动", f"Undoing {count} edits in plan 2")
    return Text(f"归因：在前一方案中加入 {count} 处改动", f"Making {count} edits in plan 1")


def shares_of(
    found: Attribution, both: Both, known: Known, figures: pd.DataFrame, edits: Edits
) -> pd.DataFrame:
    """Return what the changes of figures are put down to, as `Comparison.shares`."""
    rows = [row for q, key in enumerate(both.asked)
            for row in _shares(found, q, key, both, known, figures, edits)]  # fmt: skip
    return pd.DataFrame(rows, columns=list(SHARE_COLUMNS))


def _shares(
    found: Attribution, q: int, key: str, both: Both, known: Known, figures: pd.DataFrame,
    edits: Edits,
) -> Iterator[tuple[object, ...]]:  # fmt: skip
    rows = figures[(figures["indicator"] == key) & (figures["kind"] == "changed")]
    sources = np.flatnonzero(found.near[:, q].any(axis=1)).tolist()
    for row in rows.itertuples():
        if row.level == "district" or (row.level == "city" and key not in known.city):
            continue
        at = None if row.level == "city" else both.units.get_loc(row.unit_id)
        seen = sources if at is None else [n for n in sources if found.near[n, q, at]]
        parts = []
        for n in seen:
            alone = _value(found.alone[n, key], known.measures[key], at) - row.before
            last = row.after - _value(found.without[n, key], known.measures[key], at)
            parts.append((n, row.change if len(seen) == 1 else alone,
                          row.change if len(seen) == 1 else last))  # fmt: skip
        noise = _NOISE * max(abs(row.before), abs(row.after))
        about = (row.unit_id, row.level, key, row.unit)
        for n, alone, last in parts:
            if not (abs(alone) <= noise and abs(last) <= noise):
                yield *about, *_named(found.sources[n], edits), alone, last
        rest = [row.change - float(np.nansum([part[i] for part in parts])) for i in (1, 2)]
        if max(map(abs, rest)) > noise:
            yield (
                *about,
                "together",
                None,
                None,
                None,
                sum(len(found.sources[n].rows) for n in seen),
                *rest,
            )


def _value(figures: Figures, like: Measure, at: int | None) -> float:
    """Return the value of one unit, or of all together."""
    if at is not None:
        return float(figures[at, 2])
    table = pd.DataFrame(figures, columns=FIGURES)
    return replace(like, table=table).total()[2]


def _named(source: Source, edits: Edits) -> tuple[object, ...]:
    """Return the kind of a source, its layer, its feature, its edit and how many edits it is."""
    if source.kind != "feature":
        return source.kind, source.layer or None, None, None, len(source.rows)
    row = edits.table.iloc[int(source.rows[0])]
    feature = row["feature"] if pd.notna(row["feature"]) else row["feature_after"]
    return "feature", source.layer, feature, int(row["edit_id"]), 1
