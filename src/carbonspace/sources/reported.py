"""The `[reported]` tables of plan.toml: figures that a city states."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from carbonspace.model.finding import Finding
from carbonspace.model.outcome import CITY
from carbonspace.model.reported import Figure, Reported, spared, unused
from carbonspace.model.text import Text
from carbonspace.sources.keys import missing_key, table_faults, unusable, wrong_type
from carbonspace.sources.lines import line_of_key

_NUMBER = (int, float)
_KEYS: dict[str, type | tuple[type, ...]] = {
    "value": _NUMBER, "unit": str, "year": int, "source": str, "units": dict,
}  # fmt: skip
_UNIT_KEYS = {name: _KEYS[name] for name in ("value", "year", "source")}


def reported(table: Mapping[str, Any], text: str) -> tuple[Reported, list[Finding]]:
    """Return the figures of plan.toml, and the faults of those that cannot be used.

    `text` is the file as it is written, for the lines.
    """
    given = table.get("reported", {})
    entries = given if isinstance(given, dict) else {}
    found, findings = dict[str, Mapping[str, Figure]](), list[Finding]()
    for key, entry in entries.items():
        line = line_of_key(text, "reported", key)
        faults = _faults(f"reported.{key}", entry)
        findings += [spared(one, line) for every in faults.values() for one in every]
        found[key] = dict(_figures(entry, faults, line))
    return found, findings


_ALL = ""
"""What is said of all places of an indicator together."""
Faults = Mapping[str, list[Finding]]
"""What is wrong with the figure of each place."""


def _figures(entry: Any, faults: Faults, line: int | None) -> Iterator[tuple[str, Figure]]:
    """Yield the figure of the city, where it has one, and those of units."""
    for place, own in _places(entry).items():
        if wrong := [*faults.get(_ALL, ()), *faults.get(place, ())]:
            yield place, unused(line, wrong[0])
            continue
        facts = {**entry, **own}
        yield place, Figure(float(facts["value"]), facts["unit"], facts["source"].strip(),
                            facts.get("year"), line)  # fmt: skip


def _places(entry: Any) -> dict[str, Any]:
    """Return what is said of the city, and of each unit; of the city where it is of nothing."""
    if not isinstance(entry, dict):
        return {CITY: {}}
    places = {CITY: {"value": entry["value"]}} if "value" in entry else {}
    given = entry.get("units")
    units = given.items() if isinstance(given, dict) else ()
    places |= {place: own if isinstance(own, dict) else {"value": own}
               for place, own in units if place != CITY}  # fmt: skip
    return places or {CITY: {}}


def _faults(place: str, entry: Any) -> Faults:
    """Return what is wrong with an indicator's table, by the place it costs the figure of."""
    if not isinstance(entry, dict):
        return {_ALL: [wrong_type("plan", place, entry, dict)]}
    rest = {key: value for key, value in entry.items() if key != "value"}
    faults = [*table_faults("plan", place, rest, _KEYS, required=("unit", "source"))]
    faults += _source_faults(place, entry) if not faults else ()
    if "value" not in entry and not entry.get("units"):
        faults.append(missing_key("plan", f"{place}.value", float))
    found = {_ALL: faults, CITY: [*_value_faults(place, entry)]}
    units = entry.get("units")
    for unit, own in (units if isinstance(units, dict) else {}).items():
        found[unit] = [*found.get(unit, ()), *_unit_faults(f"{place}.units.{unit}", own)]
    return found


def _unit_faults(place: str, own: Any) -> Iterator[Finding]:
    if place.endswith(f".units.{CITY}"):
        yield unusable(place, CITY, Text("单元编号", "the id of a unit"))
    elif not isinstance(own, dict):
        yield from _number_faults(place, own)
    else:
        faults = [*table_faults("plan", place, own, _UNIT_KEYS, required=("value",))]
        yield from faults or [*_source_faults(place, own), *_value_faults(place, own)]


def _source_faults(place: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    if not entry.get("source", "-").strip():
        yield unusable(f"{place}.source", entry["source"], Text("数据来源", "where it is from"))


def _value_faults(place: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    if "value" in entry:
        yield from _number_faults(f"{place}.value", entry["value"])


def _number_faults(place: str, value: object) -> Iterator[Finding]:
    if not isinstance(value, _NUMBER) or isinstance(value, bool):
        yield wrong_type("plan", place, value, float)
    elif not abs(value) <= sys.float_info.max:
        yield unusable(place, value, Text("有限的数值", "a finite number"))
