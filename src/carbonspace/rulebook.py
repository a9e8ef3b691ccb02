"""Profiles as the indicators there are can be held against: names, units, levels, days checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from carbonspace.errors import InputError, SourceError
from carbonspace.model.finding import Finding
from carbonspace.model.rule import Profile
from carbonspace.model.text import Text
from carbonspace.profiles import loaded, on_day
from carbonspace.profiles.faults import finding
from carbonspace.profiles.loader import FILE, Loaded, key_of
from carbonspace.rule_faults import in_our_units, told_of

_BY_DATES = Text("按条文的日期", "what the dates of the clauses say")


def rulebook(keys: Iterable[str], *, on: date | None = None) -> dict[str, Profile]:
    """Return the profiles called `keys` as they hold on a day, by key, in the order given.

    A key ending in `.toml` is a file of a city's own rules: what is at fault in it is left out, as
    `rule_file_faults` tells it. Targets are in the unit of their indicator.

    Raises
    ------
    UnknownNameError
        If there is no profile of one of these names.
    SourceError, InputError
        If a file cannot be read, or two profiles have one name.
    """
    keys = [*keys]
    if twins := [*_twins(keys)]:
        raise InputError(twins)
    held = [_sound(one) if one.is_file else one.whole() for one in map(loaded, keys)]
    return {one.key: on_day(in_our_units(one), on) for one in held if one is not None}


def rule_file_faults(keys: Iterable[str]) -> list[Finding]:
    """Return every fault of the files of rules among `keys`; other names are not looked at.

    Those that cost a rule or a profile alone are `local`.
    """
    keys = [*keys]
    found = [*_twins(keys)]
    for key in dict.fromkeys(key for key in keys if key.endswith(FILE)):
        try:
            one = loaded(key)
        except SourceError as error:
            found.append(_unread(key, error))
            continue
        faults = [*one.faults, *(told.fault for told in told_of(one))]
        found += [finding(one.name, fault) for fault in sorted(faults, key=lambda f: f.line)]
    return found


def _sound(one: Loaded) -> Profile | None:
    """Return a profile without what is at fault in it; None where nothing is left of it."""
    if one.is_lost:
        return None
    lost = {n for told in told_of(one) for n in told.rules}
    rules = tuple(rule for n, rule in enumerate(one.profile.rules) if n not in lost)
    return replace(one.profile, rules=rules)


def _unread(key: str, error: SourceError) -> Finding:
    name = Path(key).name
    return Finding(
        "error", "plan", Text(f"阈值文件 {name}", f"profile {name}"), Text(error.zh, str(error)),
        Text("可读取的文件", "a file that can be read"),
        Text("核对 profiles 中的文件名与权限。", "Check its name in profiles and who may read it."),
    )  # fmt: skip


def _twins(keys: Iterable[str]) -> Iterator[Finding]:
    """Yield the files of rules whose name another profile has: verdicts could not be told apart."""
    first: dict[str, str] = {}
    for key in keys:
        name = key_of(key)
        if first.setdefault(name, key) != key:
            file, other = Path(key).name, Text("另一个名称", "another name")
            yield Finding(
                "error", "plan", Text(f"阈值文件 {file}", f"profile {file}"),
                Text(f"名称 {name} 与另一阈值方案相同", f"another profile is called {name}, too"),
                other, Text("将该文件改名。", "Give the file another name."),
            )  # fmt: skip


def day_notes(keys: Iterable[str], day: date) -> list[Finding]:
    """Return for each profile how many of its rules hold on a day, and how many are not due."""
    every, then = rulebook(keys), rulebook(keys, on=day)
    found = []
    for key, profile in then.items():
        pairs = [*zip(every[key].rules, profile.rules, strict=True)]
        waiting = sum(bool(now.levels) and was.never is not now.never for was, now in pairs)
        held, count = sum(bool(now.levels) for _, now in pairs) - waiting, len(pairs)
        what = Text(f"{profile.title.zh}：按 {day} 取用阈值",
                    f"{profile.title.en}: rules as they hold on {day}")  # fmt: skip
        said = Text(f"{count} 条中 {held} 条有效，{waiting} 条尚未到期",
                    f"of {count} rules {held} hold and {waiting} are not due yet")  # fmt: skip
        nothing = Text("无需处理。", "Nothing need be done.")
        found.append(Finding("note", "plan", what, said, _BY_DATES, nothing))
    return found
