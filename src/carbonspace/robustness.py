"""Readings of a plan as it is, and as it might as well be: what a verdict hangs on."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from carbonspace.city import City, as_one_unit, city_of
from carbonspace.crew import Crew
from carbonspace.measuring import (
    Answer,
    Answers,
    Asked,
    Question,
    Telling,
    local_ones,
    measured,
    sight_of,
)
from carbonspace.model.measure import Measure, joined
from carbonspace.model.once import Once, made_now
from carbonspace.model.outcome import Outcome, Reading
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, Step, share
from carbonspace.model.text import Text
from carbonspace.parts import touched
from carbonspace.past.memory import AS_IT_IS, CITY, Memory
from carbonspace.past.recall import Recall
from carbonspace.prepare.alternatives import Alternative, alternatives

_AS_IT_IS, _OTHERWISE = (0.0, 0.6), (0.6, 1.0)
_BY_UNIT = 0.7


@dataclass(frozen=True)
class Scope:
    """Which units of a plan are measured, its city if it is, by whom, and in what portions.

    `kept` are the questions whose evidence is kept, of the units of the plan as it is. Where there
    is a `memory`, what it knows of this `reading` of the plan is not measured again. `once` may
    know shapes that are dear to derive.
    """

    units: pd.Index
    city: City | None
    crew: Crew
    features: int
    kept: Collection[str] = ()
    memory: Memory | None = None
    reading: str = AS_IT_IS
    once: Once = made_now

    def answers(self, plan: Plan, asked: Asked, told: Telling) -> Answers:
        """Answer questions for the units."""
        if self.memory is not None:
            asking = Recall(self.memory, self.reading, self.units, self.crew, self.features,
                            self.kept if self.memory.keeps_evidence else ())  # fmt: skip
            return asking.answers(plan, asked, told)
        return measured(
            plan, asked, units=self.units, crew=self.crew, features=self.features,
            kept=self.kept, told=told,
        )  # fmt: skip

    def readings(self, plan: Plan, alone: Plan | None, asked: Asked, told: Telling) -> Readings:
        """Answer questions for the units, and for the city where it is measured on its own."""
        if alone is None:
            found = self.answers(plan, asked, told)
            return Readings({k: _reading(v, None) for k, v in found.found.items()}, found.seconds)
        found = self.answers(plan, asked, _part_of(told, 0.0, _BY_UNIT))
        city = self.of_city(alone, asked, _part_of(told, _BY_UNIT, 1.0))
        readings = {key: _reading(one, city.found[key]) for key, one in found.found.items()}
        return Readings(readings, {key: found.seconds[key] + city.seconds[key] for key in asked})

    def of_city(self, alone: Plan | None, asked: Asked, told: Telling) -> Answers:
        """Answer questions for the city alone; no answers where it is the sum of its units."""
        if alone is None:
            return Answers({}, {})
        whole = replace(self, units=alone.layers["units"].index, kept=(),
                        reading=self.reading + CITY)  # fmt: skip
        return whole.answers(alone, asked, told)


@dataclass(frozen=True)
class Readings:
    """What each question came to, or why it has no answer; and the seconds it took."""

    of: Mapping[Hashable, Reading | Text]
    seconds: Mapping[Hashable, float]


def outcomes_of(
    prepared: Plan,
    asked: Mapping[str, Question],
    *,
    raw: Plan,
    judged: Collection[str],
    scope: Scope,
    progress: Progress,
) -> tuple[dict[str, Outcome], dict[str, float]]:
    """Return what indicators came to, with what those `judged` would be on the plan otherwise.

    Otherwise: with distances shorter and longer by the position tolerance, and with each fault
    of the geometry treated the other way.

    Parameters
    ----------
    prepared, raw
        The plan, and the plan it was prepared from.
    asked
        What is measured, by the key of the indicator.
    """
    if scope.memory is not None:
        scope.memory.look(prepared)
    stretched = dict(_stretched(prepared, asked, judged))
    alone = as_one_unit(prepared, scope.city) if scope.city else None
    base = scope.readings(prepared, alone, {**asked, **stretched}, _told(progress, _AS_IT_IS))
    variations: dict[str, list[tuple[Text, Reading]]] = {key: [] for key in asked}
    others = alternatives(raw, prepared, progress=share(progress, *_OTHERWISE), once=scope.once)
    for other in others if judged else ():
        if scope.memory is not None:
            scope.memory.look_otherwise(other.label.en, other.differing)
        for key, reading in _other_readings(other, alone, base, asked, judged, scope):
            variations[key].append((other.label, reading))
    for key, label in stretched:
        if isinstance(one := base.of[key, label], Reading):
            variations[key].append((label, one))
    outcomes = {key: _outcome(asked[key], base.of[key], variations[key]) for key in asked}
    return outcomes, {key: round(base.seconds[key], 4) for key in asked}


def city_outcomes_of(
    prepared: Plan, asked: Mapping[str, Question], *, raw: Plan, judged: Collection[str],
    scope: Scope,
) -> tuple[dict[str, Outcome], dict[str, float]]:  # fmt: skip
    """Return what indicators come to in the city measured on its own, as if it were a unit.

    The options are those of `outcomes_of`. An outcome, or a variation of one, has no reading where
    the city is the sum of its units.
    """
    assert scope.city is not None
    if scope.memory is not None:
        scope.memory.look(prepared)
    stretched = dict(_stretched(prepared, asked, judged))
    alone = as_one_unit(prepared, scope.city)
    base = scope.of_city(alone, {**asked, **stretched}, _silent)
    found = _measures(base)
    variations: dict[str, list[tuple[Text, Reading]]] = {key: [] for key in asked}
    for other in alternatives(raw, prepared, once=scope.once) if judged else ():
        if scope.memory is not None:
            scope.memory.look_otherwise(other.label.en, other.differing)
        again = {key: asked[key] for key in _changed(other, asked) if key in judged}
        there = replace(scope, kept=(), reading=other.label.en)
        city = there.of_city(_city_otherwise(other, alone, scope), again, _silent)
        known = {key: one for key, one in found.items() if key in judged and key not in again}
        for key, one in {**known, **_measures(city)}.items():
            variations[str(key)].append((other.label, Reading(one)))
    for key, label in stretched:
        if (key, label) in found:
            variations[key].append((label, Reading(found[key, label])))
    outcomes = {key: Outcome(one.one, Reading(found[key]) if key in found else None,
                             variations=tuple(variations[key]))
                for key, one in asked.items()}  # fmt: skip
    return outcomes, {key: round(base.seconds.get(key, 0.0), 4) for key in asked}


def _measures(answers: Answers) -> dict[Hashable, Measure]:
    return {key: one for key, one in answers.found.items() if isinstance(one, Measure)}


def _changed(other: Alternative, asked: Mapping[str, Question]) -> list[str]:
    """Return the questions that look at a layer which is another one in an alternative."""
    return [key for key, one in asked.items() if set(one.one.used) & set(other.changed)]


def _city_otherwise(other: Alternative, alone: Plan | None, scope: Scope) -> Plan | None:
    """Return the city of an alternative as the only unit; None where it is the sum of its units."""
    moved = scope.city is not None and {"units", "city"} & set(other.changed)
    city = as_one_unit(other.plan, city_of(other.plan)) if moved else alone
    if city is None:
        return None
    whole = {**other.plan.layers, "units": city.layers["units"]}
    return replace(other.plan, layers=whole)


def _stretched(
    plan: Plan, asked: Mapping[str, Question], judged: Collection[str]
) -> Iterator[tuple[tuple[str, Text], Question]]:
    """Yield questions with the reach shorter and longer by the plan's position tolerance."""
    tolerance = plan.settings.position_tolerance
    for key, question in asked.items():
        one = question.one
        if tolerance <= 0 or key not in judged or not isinstance(one.reach, str):
            continue
        reach = one.reach_m(question.settings)
        for changed in (max(reach - tolerance, 0.0), reach + tolerance):
            label = Text(f"距离按 {changed:g} 米", f"a distance of {changed:g} m")
            yield (
                (key, label),
                replace(question, settings={**question.settings, one.reach: changed}),
            )


def _other_readings(
    other: Alternative,
    alone: Plan | None,
    base: Readings,
    asked: Mapping[str, Question],
    judged: Collection[str],
    scope: Scope,
) -> Iterator[tuple[str, Reading]]:
    """Yield the readings of an alternative: measured again only where it can change them."""
    known = {key: one for key in asked if isinstance(one := base.of[key], Reading)}
    again = {key: asked[key] for key in _changed(other, asked) if key in known and key in judged}
    yield from ((key, known[key]) for key in known if key in judged and key not in again)
    city = _city_otherwise(other, alone, scope)
    for units, some in _where(other, again, scope):
        there = replace(scope, units=units, kept=(), reading=other.label.en)
        found = there.readings(other.plan, city, some, _silent)
        for key, reading in found.of.items():
            if isinstance(reading, Reading):
                both = joined([known[str(key)].units, reading.units], scope.units)
                yield str(key), Reading(both, reading.city)


def _where(other: Alternative, asked: Asked, scope: Scope) -> Iterator[tuple[pd.Index, Asked]]:
    """Yield the units that have to be measured again, with the questions they are asked."""
    here = other.plan.layers["units"].index.intersection(scope.units, sort=False)
    if here.empty:  # a unit that is drawn twice, and left out when that is repaired
        return
    local = local_ones(other.plan, asked)
    wide = {key: q for key, q in asked.items() if key not in local}
    if wide:
        yield here, wide
    if local:
        sight = sight_of(other.plan, local)
        near = here[here.isin(touched(other.plan, sight, other.changed))]
        yield (near if len(near) else here[:1]), local  # what lies far away may change the city


def _reading(units: Answer, city: Answer | None) -> Reading | Text:
    if isinstance(units, Text):
        return units
    return Reading(units, city if isinstance(city, Measure) else None)


def _outcome(
    question: Question, base: Reading | Text, variations: list[tuple[Text, Reading]]
) -> Outcome:
    if isinstance(base, Text):
        return Outcome(question.one, None, base)
    return Outcome(question.one, base, variations=tuple(variations))


def _told(progress: Progress, part: tuple[float, float]) -> Telling:
    tell = share(progress, *part)
    return lambda title, done: tell(Step(title, done, 1.0))


def _part_of(told: Telling, start: float, end: float) -> Telling:
    return lambda title, done: told(title, start + (end - start) * done)


def _silent(_title: Text, _done: float) -> None:
    """Tell nobody."""
