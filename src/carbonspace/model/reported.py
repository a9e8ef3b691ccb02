"""A figure that a city reports: it is not computed, and stands beside its source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from carbonspace.model.finding import Finding
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
    """One figure as reported, in its unit; `line` is where plan.toml says so.

    `fault` is why it cannot be used: then its value is NaN.
    """

    value: float
    unit: str
    source: str
    year: int | None = None
    line: int | None = None
    fault: Text | None = None

    @property
    def words(self) -> Text:
        """That it is reported, by whom, and for which year; or why it is not used."""
        if self.fault is not None:
            return self.fault
        year = (f"，{self.year} 年", f", {self.year}") if self.year else ("", "")
        return Text(f"填报值，非计算：{self.source}{year[0]}",
                    f"reported, not computed: {self.source}{year[1]}")  # fmt: skip


def unused(line: int | None, fault: Finding, unit: str = "", source: str = "") -> Figure:
    """Return a figure that cannot be used, with what is wrong with it as the reason."""
    said = fault.at_line(line)
    zh, en = (f"{said.what.to(lang)}: {said.found_in(lang)}" for lang in ("zh", "en"))
    words = Text(f"填报值未采用：{zh}", f"the reported figure is not used: {en}")
    return Figure(math.nan, unit, source, None, line, words)


def spared(fault: Finding, line: int | None) -> Finding:
    """Return what is wrong with a figure as a fault that costs the figure alone."""
    action = Text(f"{fault.action.zh}改正之前不采用该填报值。",
                  f"{fault.action.en} Until then the figure is left out.")  # fmt: skip
    return replace(fault, action=action, local=True).at_line(line)


Reported = Mapping[str, Mapping[str, Figure]]
"""Figures by the key of their indicator and by place: the city, or the id of a unit."""
