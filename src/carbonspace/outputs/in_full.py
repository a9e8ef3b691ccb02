"""All that there is to say of units in print: verdicts at length, the rest in few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from carbonspace.outputs.lines import heading, line_of, notes_of
from carbonspace.outputs.rows import Group, Row, Verdict

_NOTHING = "—"
Reason = tuple[str, str, str]
"""A verdict, and why it is that in Chinese and in English."""
Unknown = Mapping[str, Reason]
"""Why each of some indicators, by their keys, has no value."""


def in_full(groups: Sequence[Group], common: Unknown) -> dict[str, Any]:
    """Return all lines of a unit.

    Parameters
    ----------
    groups
        The rows of the unit.
    common
        What no unit has a value of, and why.

    Returns
    -------
    dict
        `groups`: by theme the `lines` that are held against a target, and the `figures` that have
        none. `unknown`: what has neither a value nor a target, by its reason, so that one reason
        is not said beside each of the indicators. `common`: what of it no unit has.
    """
    left = _unknown(groups)
    own = [(row, reason) for row, reason in left if common.get(row.indicator.key) != reason]
    own_keys = {row.indicator.key for row, _ in own}
    return {
        "groups": [*filter(lambda one: one["lines"] or one["figures"], map(_theme, groups))],
        "unknown": by_reason(own),
        "common": [*{row.indicator.key: [*row.indicator.title] for row, _ in left
                     if row.indicator.key not in own_keys}.values()],
    }  # fmt: skip


def _theme(group: Group) -> dict[str, Any]:
    known = [(row, verdict) for row in group.rows for verdict in row.verdicts
             if not _is_unknown(row, verdict)]  # fmt: skip
    return {
        "title": [*group.title],
        "lines": [line_of(*pair) for pair in known if _is_held(pair[1])],
        "figures": [line_of(*pair) for pair in known if not _is_held(pair[1])],
    }


def unknown_everywhere(units: Iterable[Sequence[Group]]) -> list[tuple[Row, Reason]]:
    """Return the rows of indicators of which no unit has a value or a target, for one reason."""
    found: dict[tuple[str, Reason], Row] | None = None
    for groups in units:
        here = {(row.indicator.key, reason): row for row, reason in _unknown(groups)}
        found = here if found is None else {key: found[key] for key in found if key in here}
    return [(row, reason) for (_, reason), row in (found or {}).items()]


def by_reason(found: Iterable[tuple[Row, Reason]]) -> list[dict[str, Any]]:
    """Return each verdict and reason with the indicators that it is said of, the most first."""
    held: dict[Reason, dict[str, Row]] = {}
    for row, reason in found:
        held.setdefault(reason, {})[row.indicator.key] = row
    ordered = sorted(held.items(), key=lambda pair: -len(pair[1]))
    return [{"status": status, "reason": [zh, en],
             "indicators": [heading(row.indicator) for row in named.values()]}
            for (status, zh, en), named in ordered]  # fmt: skip


def _unknown(groups: Iterable[Group]) -> list[tuple[Row, Reason]]:
    """Return the rows that have neither a value nor a target, and why."""
    return [(row, _reason(row, verdict)) for group in groups for row in group.rows
            for verdict in row.verdicts if _is_unknown(row, verdict)]  # fmt: skip


def _reason(row: Row, verdict: Verdict) -> Reason:
    notes = [*notes_of(verdict, row)]
    return verdict.status, " ".join(zh for zh, _ in notes), " ".join(en for _, en in notes)


def _is_unknown(row: Row, verdict: Verdict) -> bool:
    return row.value == _NOTHING and not verdict.target


def _is_held(verdict: Verdict) -> bool:
    """Return whether there is a target, or a clause with more to say than that it has none."""
    rule = verdict.rule
    return bool(verdict.target or (rule and (rule.never or rule.comparator != "none")))
