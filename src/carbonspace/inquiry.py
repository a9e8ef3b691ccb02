"""What is asked of a plan: indicators with their parameters, rules, the days they hold on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from carbonspace.clauses import Definition, judged_ones
from carbonspace.exemptions import Days, marked
from carbonspace.measuring import Question
from carbonspace.model.finding import Finding
from carbonspace.model.indicator import Indicator
from carbonspace.model.plan import Plan
from carbonspace.model.rule import Profile
from carbonspace.settings import Settings


@dataclass(frozen=True)
class Inquiry:
    """What is asked of a plan, whichever of its units are measured, and by whom.

    `plan` is as read, with the parameters that are given and without what is at fault in it;
    `told` is what is wrong with rules and figures that are left out.
    """

    plan: Plan
    told: Sequence[Finding]
    chosen: Mapping[str, Indicator]
    held: Mapping[str, Profile]
    settings: Mapping[str, Settings]
    others: list[Definition]
    days: Days

    @property
    def judged(self) -> set[str]:
        """The names of the questions whose figures some rule is held against."""
        return judged_ones(self.chosen, self.settings, self.held)

    def questions(self, prepared: Plan) -> dict[str, Question]:
        """Return what is asked about what is computed, and by clauses that state otherwise."""
        asked = {key: Question(one, self.settings[key], marked(prepared, key, self.days.day))
                 for key, one in self.chosen.items() if not one.is_reported}  # fmt: skip
        return asked | {one.name: replace(asked[one.indicator], settings=one.settings)
                        for one in self.others}  # fmt: skip
