"""What was noticed about the data: one row of the findings table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import pandas as pd
import shapely

from carbonspace.model.text import Lang, Text

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing noticed about one feature, or about a whole layer.

    `error`: the layer cannot be used. `warning`: a figure may be affected. `note`: what was
    done, for the record.
    """

    severity: Severity
    layer: str
    what: Text
    found: str | Text
    expected: Text
    action: Text
    feature: str | None = None
    where: tuple[float, float] | None = None
    """A point (x, y) in the plan's CRS, where the place is known."""
    local: bool = False
    """An error of the data of this layer alone: without it the rest can be measured.

    Of the layer `plan`: of one rule, profile or reported figure, that is left out.
    """
    shape: shapely.Geometry | None = field(default=None, compare=False, repr=False)
    """What is at fault, in the plan's CRS, where it has an extent."""

    @property
    def refuses(self) -> bool:
        """Return whether the plan cannot be used as it is: an error that costs more than itself.

        What could be spared of the layers is no error any more (`model.aside`).
        """
        return self.severity == "error" and not (self.local and self.layer == "plan")

    def at_line(self, line: int | None) -> Finding:
        """Return the finding with the line of the file that it speaks of, where that is known."""
        if line is None:
            return self
        what = Text(f"{self.what.zh}（第 {line} 行）", f"{self.what.en} (line {line})")
        return replace(self, what=what)

    def line(self) -> str:
        """Return the finding as one English sentence, for logs and exceptions."""
        place = f"{self.layer}[{self.feature}]" if self.feature else self.layer
        return (
            f"{place}: {self.what.en}. Found: {self.found_in('en')}. "
            f"Expected: {self.expected.en}. {self.action.en}"
        )

    def found_in(self, lang: Lang) -> str:
        """Return what was found, in words where it is words."""
        return self.found.to(lang) if isinstance(self.found, Text) else self.found


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a table, both languages side by side."""
    columns = ["severity", "layer", "feature", "what", "what_zh", "found", "found_zh", "expected",
               "expected_zh", "action", "action_zh", "x", "y"]  # fmt: skip
    rows = [
        (f.severity, f.layer, f.feature, f.what.en, f.what.zh, f.found_in("en"), f.found_in("zh"),
         f.expected.en, f.expected.zh, f.action.en, f.action.zh, *(f.where or (None, None)))
        for f in findings
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


_SAID = ("what", "found", "expected", "action")


def findings_told(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a findings table as plain values, words by language, for a program."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [
        {**{name: row[name] for name in ("severity", "layer", "feature", "x", "y")},
         **{name: {"zh": row[f"{name}_zh"], "en": row[name]} for name in _SAID}}
        for row in rows
    ]  # fmt: skip


def severities(table: pd.DataFrame) -> dict[str, int]:
    """Return how many findings there are of each severity."""
    return {one: int((table["severity"] == one).sum()) for one in get_args(Severity)}
