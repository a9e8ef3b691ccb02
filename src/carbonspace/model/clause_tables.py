"""Profiles and their clauses as tables, and the other way round."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import date
from typing import Any

import pandas as pd

from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text

_TEXTS = ("applies_to", "note", "never")
_DAYS = ("since", "until")
_LISTS = ("where", "where_not")
_JSON = ("target", "levels", *_LISTS, "parameters")


def profiles_table(profiles: Mapping[str, Profile]) -> pd.DataFrame:
    """Return profiles by key: `title_zh`, `title`, `document`, `note_zh`, `note`."""
    rows = [{"profile": key, **_both("title", one.title), "document": one.document,
             **_both("note", one.note)} for key, one in profiles.items()]  # fmt: skip
    columns = ["profile", "title", "title_zh", "document", "note", "note_zh"]
    return pd.DataFrame(rows, columns=columns)


def clauses_table(profiles: Mapping[str, Profile]) -> pd.DataFrame:
    """Return the rules of profiles, a row each; `rule` is its position in its profile.

    `profile` and `rule` are those of the tall table. Lists and mappings are JSON.
    """
    rows = [{**_row(rule), "profile": key, "rule": n}
            for key, one in profiles.items() for n, rule in enumerate(one.rules)]  # fmt: skip
    return pd.DataFrame(rows, columns=_columns())


def profiles_of(profiles: pd.DataFrame, clauses: pd.DataFrame) -> dict[str, Profile]:
    """Return the profiles that two tables hold, as `profiles_table` and `clauses_table` made them.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the tables are not such.
    """
    rules: dict[str, list[Rule]] = {key: [] for key in profiles["profile"]}
    for row in clauses.sort_values("rule", kind="stable").to_dict("records"):
        rules[row["profile"]].append(_rule(row))
    return {
        row["profile"]: Profile(row["profile"], _text("title", row) or Text("", ""),
                                row["document"], tuple(rules[row["profile"]]), _text("note", row))
        for row in profiles.to_dict("records")
    }  # fmt: skip


def _columns() -> list[str]:
    named = [f.name for f in fields(Rule) if f.name != "profile"]
    wide = [c for name in named for c in ((name, f"{name}_zh") if name in _TEXTS else (name,))]
    return ["profile", "rule", *wide]


def _row(rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in fields(rule):
        value = getattr(rule, one.name)
        if one.name in _TEXTS:
            found |= _both(one.name, value)
        elif one.name in _JSON:
            found[one.name] = json.dumps(_plain(value), ensure_ascii=False)
        elif one.name in _DAYS:
            found[one.name] = value.isoformat() if value else None
        else:
            found[one.name] = value
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _rule(row: Mapping[str, Any]) -> Rule:
    found = {one.name: _value(one.name, row) for one in fields(Rule)}
    given = {one.name: found[one.name] for one in fields(Rule)
             if found[one.name] is not None or one.default is MISSING}  # fmt: skip
    return Rule(**given)


def _value(name: str, row: Mapping[str, Any]) -> Any:
    if name in _TEXTS:
        return _text(name, row)
    value = row[name]
    if value is None or value != value:
        return "" if name in ("unit", "quotation", "source", "source_file") else None
    if name in _DAYS:
        return date.fromisoformat(value)
    if name in _JSON:
        return _from_json(name, json.loads(value))
    return {"year": int, "tolerance": float, "binding": bool}.get(name, lambda v: v)(value)


def _from_json(name: str, value: Any) -> Any:
    if name in _LISTS:
        return {key: tuple(listed) for key, listed in value.items()}
    if name == "parameters":
        return {key: tuple(one) if isinstance(one, list) else one for key, one in value.items()}
    return tuple(value)


def _both(name: str, text: Text | None) -> dict[str, str | None]:
    return {name: text.en if text else None, f"{name}_zh": text.zh if text else None}


def _text(name: str, row: Mapping[str, Any]) -> Text | None:
    zh, en = row[f"{name}_zh"], row[name]
    return Text(zh or "", en or "") if isinstance(en, str) else None
