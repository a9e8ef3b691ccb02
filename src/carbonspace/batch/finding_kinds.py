"""New findings about the data, told by kind: all of them are in the tables of the results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_LOUD = ("error", "warning")
_EXAMPLES = 3
_KINDS = 200
_KEY = ("severity", "layer", "what")


def new_findings(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how many there are, and of each kind how many with some examples.

    A kind is what is wrong in a layer, with what was or is to be done about it; the commonest come
    first, errors before warnings.
    """
    kinds, count = dict[tuple[Any, ...], dict[str, Any]](), 0
    for row in rows:
        if row["severity"] in _LOUD:
            count += 1
            kind = kinds.setdefault(tuple(row[name] for name in _KEY), _kind(row))
            kind["count"] += 1
            if len(kind["examples"]) < _EXAMPLES:
                kind["examples"].append({"feature": row["feature"], "found": _words(row, "found")})
    listed = sorted(kinds.values(), key=lambda one: (_LOUD.index(one["severity"]), -one["count"]))
    return {"count": count, "kinds": len(listed), "listed": listed[:_KINDS]}


def _kind(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"severity": row["severity"], "layer": row["layer"], "count": 0,
            **{name: _words(row, name) for name in ("what", "expected", "action")},
            "examples": []}  # fmt: skip


def _words(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {"zh": row[f"{name}_zh"], "en": row[name]}
