"""Recorded exemptions: places that miss a target with leave, and the reason for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from carbonspace.model.levels import Level
from carbonspace.model.text import Text

EXEMPTION = "exemption"
"""The column of a layer that holds the reason of a feature's exemption, from every indicator."""


@dataclass(frozen=True)
class Exemption:
    """One `[[exemption]]` of a plan.

    `places` are ids of the level, none for the city. Without a `profile` it holds for the rules
    of all. `line` is where plan.toml says so.
    """

    indicator: str
    reason: Text
    places: tuple[str, ...] = ()
    level: Level = "unit"
    profile: str = ""
    source: str = ""
    until: date | None = None
    line: int | None = None

    def holds(self, on: date) -> bool:
        """Return whether it has not ended by a day; on its last day it holds."""
        return self.until is None or on <= self.until

    @property
    def words(self) -> Text:
        """The reason, with its source and its end."""
        end = self.until.isoformat() if self.until else ""
        zh = "，".join(filter(None, (self.source, f"至 {end}" * bool(end))))
        en = ", ".join(filter(None, (self.source, f"until {end}" * bool(end))))
        return Text(f"{self.reason.zh}（{zh}）" if zh else self.reason.zh,
                    f"{self.reason.en} ({en})" if en else self.reason.en)  # fmt: skip


@dataclass(frozen=True)
class Excused:
    """Places of one level that are exempt, by their id with the reason; "" is every one."""

    level: Level
    reasons: Mapping[str, Text]
    indicator: str = ""
    profile: str = ""


def reasons_for(
    excused: Iterable[Excused], indicator: str, profile: str, level: Level
) -> dict[str, Text]:
    """Return the reasons by place that hold for a rule of a profile about an indicator."""
    found: dict[str, Text] = {}
    for one in excused:
        names = one.indicator in ("", indicator) and one.profile in ("", profile)
        if names and one.level == level:
            found |= one.reasons
    return found
