"""Find the profiles: those that come with carbonspace, and files of a city's own beside a plan."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from carbonspace.errors import SourceError, UnknownNameError
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text
from carbonspace.profiles.faults import Fault, Lines, refusal
from carbonspace.profiles.overriding import overridden
from carbonspace.profiles.reading import entry_faults, is_text, rule_of
from carbonspace.profiles.tables import Entry, entries

FILE = ".toml"
"""What a name ends in that means a file of rules, and no profile that comes with carbonspace."""
_TABLES = ("rule", "table", "override")
_DATES = ("since", "until")
_TYPES = {"source_file": str, "extends": str, "since": date, "until": date}
_HEAD = ("title", "document", "note", *_TYPES, *_TABLES)


class Loaded(NamedTuple):
    """A profile, and in which line of which file each of its rules stands (0: in another)."""

    profile: Profile
    name: str
    lines: tuple[int, ...]
    is_file: bool = False


def profile_keys() -> tuple[str, ...]:
    """Return the keys of all profiles that come with carbonspace, sorted."""
    names = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(FILE) for name in names if name.endswith(FILE)))


def load_profiles(keys: Iterable[str]) -> dict[str, Profile]:
    """Return the profiles called `keys`, by key, in the order given.

    Raises
    ------
    UnknownNameError, SourceError, InputError
        As `loaded` does.
    """
    found = [loaded(key).profile for key in keys]
    return {one.key: one for one in found}


def load_profile(key: str) -> Profile:
    """Return the profile called `key`, or the one that a file ending in `.toml` holds.

    Raises
    ------
    UnknownNameError, SourceError, InputError
        As `loaded` does.
    """
    return loaded(key).profile


def loaded(key: str, users: tuple[str, ...] = ()) -> Loaded:
    """Return a profile with the lines of its rules; `users` are those that extend it.

    Raises
    ------
    UnknownNameError
        If there is no profile of this name.
    SourceError
        If the file cannot be read.
    InputError
        With every fault of the file, each with its line.
    """
    if key.endswith(FILE):
        path = Path(key)
        made = read(path.stem, _text(path), name=path.name, users=users, base=path.parent)
        return made._replace(is_file=True)
    if key not in profile_keys():
        listed = ", ".join(profile_keys())
        raise UnknownNameError(
            f"no profile {key!r}; there are: {listed}", f"没有阈值方案 {key!r}；有：{listed}"
        )
    return read(key, (files(__package__) / f"{key}{FILE}").read_text("utf-8"), users=users)


def parse_profile(key: str, text: str) -> Profile:
    """Return the profile that the TOML `text` describes.

    Raises
    ------
    InputError
        With every fault of the text at once, each with its line.
    """
    return read(key, text).profile


def read(
    key: str, text: str, *, name: str = "", users: tuple[str, ...] = (), base: Path | None = None
) -> Loaded:
    """Return the profile that a text describes, with what it extends and changes.

    `name` is what the file is called where faults are told, `base` the folder it lies in.

    Raises
    ------
    InputError
        With every fault of the text at once, each with its line.
    """
    name, lines = name or key, Lines(text)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words = Text(f"不是 TOML：{error}", f"not TOML: {error}")
        told = re.search(r"line (\d+)", str(error))
        raise refusal(name, [Fault(int(told[1]) if told else 0, words)]) from error
    faults = [*_head_faults(content, lines)]
    written, wrong = ([], []) if faults else entries(content, lines)
    faults += [*wrong, *(fault for one in written for fault in entry_faults(one))]
    ground = None
    if not faults and "extends" in content:
        ground = _extended(content["extends"], (*users, _place(key, base)), base, lines, faults)
    own = [] if faults else [_own(key, content, one) for one in written]
    rules, numbers = own, [one.line for one in written]
    if not faults and (ground or "override" in content):
        changed = overridden(key, ground, content.get("override", ()), lines, faults)
        rules, numbers = [*(r for r, _ in changed), *own], [*(n for _, n in changed), *numbers]
    if faults:
        raise refusal(name, faults)
    note = Text(**content["note"]) if "note" in content else ground.note if ground else None
    made = Profile(key, Text(**content["title"]), content["document"], tuple(rules), note)
    return Loaded(made, name, tuple(numbers))


def _own(key: str, content: Mapping[str, Any], entry: Entry) -> Rule:
    """Return a rule; where it says nothing of its file and dates, the head of the file does."""
    common = {k: content[k] for k in ("source_file", *_DATES) if k in content}
    return rule_of(key, {**common, **entry.facts})


def _place(key: str, base: Path | None) -> str:
    return key if base is None else str((base / f"{key}{FILE}").resolve())


def _extended(
    ground: str, users: tuple[str, ...], base: Path | None, lines: Lines, faults: list[Fault]
) -> Profile | None:
    """Return the profile that another builds on; that it cannot be had is a fault."""
    line = lines.of("").line_of("extends")
    key = str(((base or Path()) / ground).resolve()) if ground.endswith(FILE) else ground
    if key in users:
        ring = " → ".join(Path(one).stem for one in (*users, key))
        faults.append(Fault(line, Text(f"extends 成环：{ring}", f"extends itself: {ring}")))
        return None
    try:
        return loaded(key, users).profile
    except (UnknownNameError, SourceError) as error:
        faults.append(Fault(line, Text(f"extends：{error.zh}", f"extends: {error}")))
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        why = error.strerror or str(error)
        raise SourceError(f"the rules {path.name} cannot be read: {why}",
                          f"阈值文件 {path.name} 无法读取：{why}") from error  # fmt: skip
    except UnicodeDecodeError as error:
        raise SourceError(f"the rules {path.name} are not UTF-8",
                          f"阈值文件 {path.name} 不是 UTF-8 编码") from error  # fmt: skip


def _head_faults(content: Mapping[str, Any], lines: Lines) -> list[Fault]:
    head, faults = lines.of(""), list[tuple[str, str, str]]()
    faults += [(k, f"未知的键 {k!r}", f"unknown key {k!r}") for k in content if k not in _HEAD]
    faults += [(k, f"{k} 须有 zh 和 en", f"{k} needs zh and en") for k in ("title", "note")
               if (k in content or k == "title") and not is_text(content.get(k))]  # fmt: skip
    if not isinstance(content.get("document"), str):
        faults.append(("document", "缺少 document", "document is missing"))
    for key, kind in _TYPES.items():
        if key in content and not isinstance(content[key], kind):
            faults.append((key, f"{key} 为 {content[key]!r}", f"{key} is {content[key]!r}"))
    for key in _TABLES:
        if not _are_tables(content.get(key, [])):
            faults.append((key, f"应写作 [[{key}]]", f"{key} must be written [[{key}]]"))
    return [Fault(head.line_of(key), Text(zh, en)) for key, zh, en in faults]


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)
