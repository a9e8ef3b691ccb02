"""The `[[exemption]]` tables of plan.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, get_args

from carbonspace.model.exemption import Exemption
from carbonspace.model.finding import Finding
from carbonspace.model.levels import Level
from carbonspace.model.text import Text
from carbonspace.sources.keys import table_faults, unknown_key, unusable
from carbonspace.sources.lines import lines_of_tables

_KEYS: dict[str, type | tuple[type, ...]] = {
    "indicator": str, "reason": (str, dict), "places": list, "level": str, "profile": str,
    "source": str, "until": date,
}  # fmt: skip


def exemptions(table: Mapping[str, Any], text: str) -> tuple[list[Exemption], list[Finding]]:
    """Return the exemptions of plan.toml that can be used, and the faults of the others.

    `text` is the file as it is written, for the lines.
    """
    given = table.get("exemption", [])
    entries = given if isinstance(given, list) else []
    lines = lines_of_tables(text, "exemption")
    numbers = lines if len(lines) == len(entries) else [None] * len(entries)
    found, findings = list[Exemption](), list[Finding]()
    for n, (entry, line) in enumerate(zip(entries, numbers, strict=True), 1):
        faults = [fault.at_line(line) for fault in _faults(f"exemption[{n}]", entry)]
        findings += faults
        if not faults:
            found.append(_exemption(entry, line))
    return found, findings


def _exemption(entry: Mapping[str, Any], line: int | None) -> Exemption:
    facts = {name: entry[name] for name in ("level", "profile", "source", "until") if name in entry}
    reason = entry["reason"]
    words = Text(**reason) if isinstance(reason, dict) else Text(reason, reason)
    places = tuple(map(str, entry.get("places", ())))
    return Exemption(entry["indicator"], words, places, line=line, **facts)


def _faults(place: str, entry: Any) -> Iterator[Finding]:
    """Yield what is wrong with one exemption, its names of indicators and profiles apart."""
    if not isinstance(entry, dict):
        yield unusable(place, entry, "[[exemption]]")
        return
    faults = [*table_faults("plan", place, entry, _KEYS, required=("indicator", "reason"))]
    yield from faults
    if faults:
        return
    if not _is_reason(entry["reason"]):
        yield _no_reason(place, entry["reason"])
    level = entry.get("level", "unit")
    if level not in get_args(Level):
        yield unknown_key("plan", f"{place}.level", level, get_args(Level))
    elif level == "city" and entry.get("places"):
        yield unusable(f"{place}.places", entry["places"], _asked("[]", "city"))
    elif level != "city" and not _are_places(entry.get("places")):
        yield unusable(f"{place}.places", entry.get("places", "-"), _asked('["…"]', level))
    if isinstance(entry.get("until"), datetime):
        yield unusable(f"{place}.until", entry["until"].isoformat(), "2030-12-31")


def _asked(expected: str, level: str) -> Text:
    return Text(f"{expected}（层级 level = {level}）", f"{expected} (level = {level})")


def _are_places(given: Any) -> bool:
    return bool(given) and all(
        isinstance(one, str | int) and not isinstance(one, bool) and str(one).strip()
        for one in given
    )


def _is_reason(given: Any) -> bool:
    words = list(given.values()) if isinstance(given, dict) else [given]
    named = not isinstance(given, dict) or set(given) == {"zh", "en"}
    return named and all(isinstance(one, str) and one.strip() for one in words)


def _no_reason(place: str, found: Any) -> Finding:
    return Finding(
        "error", "plan",
        Text(f"plan.toml 的 {place}.reason 没有写明理由",
             f"plan.toml: {place}.reason gives no reason"),
        repr(found),
        Text('理由的文字，或 { zh = "…", en = "…" }',
             'the reason in words, or { zh = "…", en = "…" }'),
        Text("写明豁免的理由。", "Write why it is exempt."),
    )  # fmt: skip
