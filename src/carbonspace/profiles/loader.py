"""Read the profiles: thresholds as data, each with the clause it quotes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any, get_args

from carbonspace.errors import SourceError, UnknownNameError
from carbonspace.model.levels import Level
from carbonspace.model.rule import Comparator, Profile, Rule
from carbonspace.model.text import Text

_TARGETS = {"between": 2, "none": 0}
_CODED: dict[str, tuple[str, ...]] = {
    "comparator": get_args(Comparator),
    "evidence": ("verified", "partial", "memory"),
}
_REQUIRED: dict[str, type] = {
    "indicator": str, "comparator": str, "target": list, "unit": str, "quotation": str,
    "source": str, "applies_to": dict, "evidence": str,
}  # fmt: skip
_OPTIONAL: dict[str, type | tuple[type, ...]] = {
    "year": int, "levels": list, "where": dict, "where_not": dict, "tolerance": (int, float),
    "binding": bool, "note": dict, "parameters": dict,
}  # fmt: skip
_TEXTS = ("applies_to", "note")
_SELECTIONS = ("where", "where_not")


def profile_keys() -> tuple[str, ...]:
    """Return the keys of all profiles, sorted."""
    names = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_profiles(keys: Iterable[str]) -> dict[str, Profile]:
    """Return the profiles called `keys`, by key, in the order given.

    Raises
    ------
    UnknownNameError
        If there is no profile of one of these names.
    """
    return {key: load_profile(key) for key in keys}


def load_profile(key: str) -> Profile:
    """Return the profile called `key`.

    Raises
    ------
    UnknownNameError
        If there is no profile of this name.
    SourceError
        If the profile's file does not hold what a profile must.
    """
    if key not in profile_keys():
        listed = ", ".join(profile_keys())
        raise UnknownNameError(
            f"no profile {key!r}; there are: {listed}", f"没有阈值方案 {key!r}；有：{listed}"
        )
    return parse_profile(key, (files(__package__) / f"{key}.toml").read_text("utf-8"))


def parse_profile(key: str, text: str) -> Profile:
    """Return the profile that the TOML `text` describes.

    Raises
    ------
    SourceError
        With every fault of the text at once.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"profile {key} is not TOML: {error}") from error
    rules = content.get("rule", [])
    faults = _head_faults(content)
    for position, entry in enumerate(rules):
        faults += [f"rule {position}: {fault}" for fault in _rule_faults(entry)]
    if faults:
        raise SourceError(f"profile {key}: " + "; ".join(faults))
    return Profile(
        key, Text(**content["title"]), content["document"],
        tuple(_rule(key, entry) for entry in rules),
    )  # fmt: skip


def _head_faults(content: Mapping[str, Any]) -> list[str]:
    faults = [f"unknown key {k!r}" for k in content if k not in ("title", "document", "rule")]
    if not _is_text(content.get("title")):
        faults.append("title needs zh and en")
    if not isinstance(content.get("document"), str):
        faults.append("document is missing")
    return faults


def _rule_faults(entry: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with one rule; its values are looked at once its keys are right."""
    known = _REQUIRED | _OPTIONAL
    faults = [f"unknown key {k!r}" for k in entry if k not in known]
    faults += [f"{k} is missing" for k in _REQUIRED if k not in entry]
    faults += [
        f"{k} is {v!r}, expected {known[k]}"
        for k, v in entry.items()
        if k in known and not isinstance(v, known[k])
    ]
    return faults or _value_faults(entry)


def _value_faults(entry: Mapping[str, Any]) -> list[str]:
    faults = [
        f"{k} is {entry[k]!r}, expected one of {', '.join(allowed)}"
        for k, allowed in _CODED.items()
        if entry[k] not in allowed
    ]
    count = _TARGETS.get(entry["comparator"], 1)
    if len(entry["target"]) != count or not all(_is_number(t) for t in entry["target"]):
        faults.append(f"target is {entry['target']}, expected {count} number(s)")
    elif entry["target"] != sorted(entry["target"]):
        faults.append(f"target is {entry['target']}, expected the lower bound first")
    faults += [f"{k} needs zh and en" for k in _TEXTS if k in entry and not _is_text(entry[k])]
    unknown = set(entry.get("levels", ())) - set(get_args(Level))
    faults += [f"unknown level {level!r}" for level in sorted(unknown)]
    faults += [f"{k} is empty" for k in ("quotation", "source") if not entry[k].strip()]
    for name in _SELECTIONS:
        chosen = entry.get(name, {}).items()
        faults += [f"{name}.{c} must be a list of text" for c, v in chosen if not _is_list(v)]
    return faults


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"zh", "en"} and all(value.values())


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def _frozen(value: Any) -> Any:
    """Return a value of TOML with its lists as tuples."""
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def _rule(profile: str, entry: Mapping[str, Any]) -> Rule:
    facts = dict(entry)
    facts["target"] = tuple(float(t) for t in entry["target"])
    facts |= {name: Text(**entry[name]) for name in _TEXTS if name in entry}
    facts |= {
        name: {column: tuple(values) for column, values in entry[name].items()}
        for name in _SELECTIONS
        if name in entry
    }
    if "parameters" in entry:
        facts["parameters"] = {k: _frozen(v) for k, v in entry["parameters"].items()}
    if "levels" in entry:
        facts["levels"] = tuple(entry["levels"])
    return Rule(profile=profile, **facts)
