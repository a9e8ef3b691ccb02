"""[output] of plan.toml: which reports and maps are written with the results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from carbonspace.model.finding import Finding
from carbonspace.model.maps import LONGEST, MINUTES, WIDTH, Maps, are_minutes, is_width
from carbonspace.model.report import ALL, KINDS, USUAL, chosen
from carbonspace.model.text import Text
from carbonspace.sources.keys import table_faults, unusable

_KEYS: dict[str, type | tuple[type, ...]] = {
    "reports": list, "service_areas": bool, "minutes": list, "width": (int, float),
}  # fmt: skip
_RISING = Text(f"递增的分钟数，大于 0、不超过 {LONGEST:g}，如 [5, 10, 15]",
               f"minutes that rise, above 0 and up to {LONGEST:g}, as [5, 10, 15]")  # fmt: skip
_POSITIVE = Text("大于 0 的米数，如 20", "metres above 0, as 20")


def maps_of(table: Any) -> Maps:
    """Return what an [output] table asks for; an unsound one asks for nothing."""
    if not isinstance(table, dict) or [*output_faults(table)]:
        return Maps()
    minutes = tuple(map(float, table.get("minutes", MINUTES)))
    return Maps(table.get("service_areas", False), minutes, float(table.get("width", WIDTH)))


def reports_of(table: Any) -> tuple[str, ...]:
    """Return which reports an [output] table asks for; an unsound one asks for the usual."""
    if not isinstance(table, dict) or [*output_faults(table)]:
        return USUAL
    return chosen(tuple(table.get("reports", USUAL)))


def output_faults(table: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with an [output] table."""
    faults = [*table_faults("plan", "output", table, _KEYS)]
    yield from faults
    minutes, width = table.get("minutes", MINUTES), table.get("width", WIDTH)
    reports = table.get("reports", [])
    if not faults and any(one not in (*KINDS, ALL) for one in reports):
        listed = ", ".join(f'"{kind}"' for kind in (*KINDS, ALL))
        yield unusable(
            "output.reports", reports, Text(f"[] 内若干：{listed}", f"some of [{listed}]")
        )
    if not (faults or are_minutes(minutes)):
        yield unusable("output.minutes", minutes, _RISING)
    if not (faults or is_width(width)):
        yield unusable("output.width", width, _POSITIVE)
