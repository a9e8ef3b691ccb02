"""A figure that a city reports: it is not computed, and stands beside its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carbonspace.model.tables import rows_of
from carbonspace.model.text import Text

NOT_REPORTED = Text("未填报", "not reported")


def listed() -> list[dict[str, str]]:
    """Return the rows of `reported.csv`, one for each figure that can be reported.

    They have a key, titles, a unit, a level, what is meant where a source says it, and sources.
    """
    return rows_of("reported.csv")


@dataclass(frozen=True)
class Figure:
    """One figure as reported, in its unit; `line` is where plan.toml says so."""

    value: float
    unit: str
    source: str
    year: int | None = None
    line: int | None = None

    @property
    def words(self) -> Text:
        """That it is reported, by whom, and for which year."""
        year = (f"，{self.year} 年", f", {self.year}") if self.year else ("", "")
        return Text(f"填报值，非计算：{self.source}{year[0]}",
                    f"reported, not computed: {self.source}{year[1]}")  # fmt: skip


Reported = Mapping[str, Mapping[str, Figure]]
"""Figures by the key of their indicator and by place: the city, or the id of a unit."""
