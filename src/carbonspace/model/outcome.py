"""What measuring one indicator on one plan came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from carbonspace.model.indicator import Indicator
from carbonspace.model.measure import Measure
from carbonspace.model.text import Text

CITY = "city"
"""The place of the city's rows; no unit may be called so."""


@dataclass(frozen=True)
class Reading:
    """One indicator, measured in the units, and in the whole city where units do not tile it."""

    units: Measure
    city: Measure | None = None

    def total(self) -> tuple[float, float, float]:
        """Return numerator, denominator and value of the city."""
        return (self.city or self.units).total()

    def left_out(self) -> float:
        """Return how many exempt features the city's count leaves out."""
        return (self.city or self.units).left_out()


@dataclass(frozen=True)
class Outcome:
    """The reading of an indicator, or the reason there is none.

    `variations` are readings of the same plan taken differently, within what its data leave
    open (`label` says how); a verdict they change is not robust. `said` is what a reader has to
    know of the figures of places: who reported them. `otherwise` is what the indicator comes to
    with parameters that rules state and the plan has otherwise, by their words: a rule is held
    against the figure that its clause defines.
    """

    indicator: Indicator
    reading: Reading | None
    reason: Text = Text("", "")  # noqa: RUF009
    variations: tuple[tuple[Text, Reading], ...] = ()
    said: Mapping[str, Text] = field(default_factory=dict)
    otherwise: Mapping[str, Outcome] = field(default_factory=dict)
