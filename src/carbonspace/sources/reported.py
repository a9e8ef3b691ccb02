"""The `[reported]` tables of plan.toml: figures that a city states."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from carbonspace.model.finding import Finding
from carbonspace.model.outcome import CITY
from carbonspace.model.reported import Figure, Reported
from carbonspace.model.text import Text
from carbonspace.sources.keys import missing_key, table_faults, unusable, wrong_type
from carbonspace.sources.lines import line_of_key

_NUMBER = (int, float)
_KEYS: dict[str, type | tuple[type, ...]] = {
    "value": _NUMBER, "unit": str, "year": int, "source": str, "units": dict,
}  # fmt: skip
_UNIT_KEYS = {name: _KEYS[name] for name in ("value", "year", "source")}


def reported(table: Mapping[str, Any], text: str) -> tuple[Reported, list[Finding]]:
    """Return the figures of plan.toml that can be used, and the faults of the others.

    `text` is the file as it is written, for the lines.
    """
    given = table.get("reported", {})
    entries = given if isinstance(given, dict) else {}
    found, findings = dict[str, Mapping[str, Figure]](), list[Finding]()
    for key, entry in entries.items():
        line = line_of_key(text, "reported", key)
        faults = [fault.at_line(line) for fault in _faults(f"reported.{key}", entry)]
        findings += faults
        if not faults:
            found[key] = dict(_figures(entry, line))
    return found, findings


def _figures(entry: Mapping[str, Any], line: int | None) -> Iterator[tuple[str, Figure]]:
    """Yield the figure of the city, where it has one, and those of units."""
    places = {CITY: {"value": entry["value"]}} if "value" in entry else {}
    places |= {place: own if isinstance(own, dict) else {"value": own}
               for place, own in entry.get("units", {}).items()}  # fmt: skip
    for place, own in places.items():
        facts = {**entry, **own}
        yield place, Figure(float(facts["value"]), facts["unit"], facts["source"].strip(),
                            facts.get("year"), line)  # fmt: skip


def _faults(place: str, entry: Any) -> Iterator[Finding]:
    if not isinstance(entry, dict):
        yield wrong_type("plan", place, entry, dict)
        return
    faults = [*table_faults("plan", place, entry, _KEYS, required=("unit", "source"))]
    yield from faults
    if faults:
        return
    yield from _source_faults(place, entry)
    if "value" not in entry and not entry.get("units"):
        yield missing_key("plan", f"{place}.value", float)
    yield from _value_faults(place, entry)
    for unit, own in entry.get("units", {}).items():
        yield from _unit_faults(f"{place}.units.{unit}", own)


def _unit_faults(place: str, own: Any) -> Iterator[Finding]:
    if place.endswith(f".units.{CITY}"):
        yield unusable(place, CITY, Text("单元编号", "the id of a unit"))
    elif not isinstance(own, dict):
        yield from _value_faults(place, {"value": own})
    else:
        faults = [*table_faults("plan", place, own, _UNIT_KEYS, required=("value",))]
        yield from faults or [*_source_faults(place, own), *_value_faults(place, own)]


def _source_faults(place: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    if not entry.get("source", "-").strip():
        yield unusable(f"{place}.source", entry["source"], Text("数据来源", "where it is from"))


def _value_faults(place: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    value = entry.get("value", 0)
    if not isinstance(value, _NUMBER) or isinstance(value, bool):
        yield wrong_type("plan", place, value, float)
    elif not abs(value) <= sys.float_info.max:
        yield unusable(f"{place}.value", value, Text("有限的数值", "a finite number"))
