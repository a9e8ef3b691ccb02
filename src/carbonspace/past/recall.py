"""Questions answered from the past where nothing within reach has changed, else by measuring."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from carbonspace.crew import Crew
from carbonspace.measuring import (
    Answer,
    Answers,
    Asked,
    Question,
    Telling,
    measured,
    with_evidence_anew,
)
from carbonspace.model.measure import Measure, joined
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text
from carbonspace.past.memory import Memory
from carbonspace.past.remembered import Reading

NOTHING = Answers({}, {})


@dataclass(frozen=True)
class Recall:
    """A memory as one reading of a plan asks it, for some units, with those who measure.

    Of the questions `kept` evidence is kept where all units are measured.
    """

    memory: Memory
    reading: Reading
    units: pd.Index
    crew: Crew
    features: int
    kept: Collection[Any] = ()

    def answers(self, plan: Plan, asked: Asked, told: Telling) -> Answers:
        """Answer questions for the units; evidence that is not kept is made when asked for."""
        due = self.memory.due(self.reading, plan, asked, self.units)
        groups: dict[tuple[Any, ...], dict[Any, Question]] = {}
        for key, units in due.items():
            groups.setdefault(tuple(units), {})[key] = asked[key]
        found: dict[Hashable, Answer] = {}
        seconds: dict[Hashable, float] = dict.fromkeys(asked, 0.0)
        for group in groups.values():
            new = self._measured(plan, group, due[next(iter(group))], told)
            seconds |= new.seconds
            found |= {key: self._answer(plan, key, group[key], due[key], new) for key in group}
        return Answers({key: found[key] for key in asked}, seconds)

    def _measured(self, plan: Plan, asked: Asked, units: pd.Index, told: Telling) -> Answers:
        if not len(units):
            return NOTHING
        return measured(
            plan, asked, units=units, crew=self.crew, features=self.features, told=told,
            kept=self.kept if len(units) == len(self.units) else (),
            shelf=self.memory.shelf(self.reading, plan),
        )  # fmt: skip

    def _answer(
        self, plan: Plan, key: Hashable, question: Question, due: pd.Index, new: Answers
    ) -> Answer:
        """Return the answer for all units, kept for the next time; a reason is never kept."""
        now, known = new.found.get(key), self.memory.told(self.reading, question)
        if isinstance(now, Text):
            return now
        parts = [now] if now is not None else []
        facts = {*new.facts.get(key, ())}
        if known is not None and len(due) < len(self.units):
            if now is not None and not _are_alike(known.measure, now):
                again = self._measured(plan, {key: question}, self.units, _tell_nobody)
                return self._answer(plan, key, question, self.units, again)
            parts.insert(0, known.measure)
            facts |= {*known.facts}
        whole = joined(parts, self.units)
        self.memory.keep(self.reading, question, plan, whole, facts)
        self.memory.count(len(self.units) - len(due), len(due))
        if len(due) == len(self.units) and key in self.kept:
            return whole
        return with_evidence_anew(whole, plan, question, units=self.units, crew=self.crew,
                                  features=self.features)  # fmt: skip


def _are_alike(one: Measure, other: Measure) -> bool:
    """Tell whether two measures are of the same kind, so that their units can be put together."""
    return (one.scale, one.extreme, one.power, {*one.table}) == (
        other.scale, other.extreme, other.power, {*other.table})  # fmt: skip


def _tell_nobody(_title: Text, _done: float) -> None:
    """Tell nobody."""
