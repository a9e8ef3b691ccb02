"""Find the profiles: those that come with carbonspace, and files of a city's own beside a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from carbonspace.errors import InputError, SourceError, UnknownNameError
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text
from carbonspace.model.tomltext import Unfit, UnreadableError, toml_of
from carbonspace.profiles.faults import Fault, Lines, refusal
from carbonspace.profiles.overriding import Held, overridden
from carbonspace.profiles.reading import date_faults, entry_faults, is_a, is_text, rule_of
from carbonspace.profiles.tables import entries

FILE = ".toml"
"""What a name ends in that means a file of rules, and no profile that comes with carbonspace."""
_TABLES = ("rule", "table", "override")
_DATES = ("since", "until")
_TYPES = {"source_file": str, "extends": str, "since": date, "until": date}
_HEAD = ("title", "document", "note", *_TYPES, *_TABLES)


class Loaded(NamedTuple):
    """The rules of a profile that are sound in form, and every fault of the others.

    `lines` says where in the file `name` each of the rules stands (0: in a file it builds on).
    """

    profile: Profile
    name: str
    lines: tuple[int, ...]
    faults: tuple[Fault, ...] = ()
    is_file: bool = False

    def whole(self) -> Profile:
        """Return the profile.

        Raises
        ------
        InputError
            With every fault of its file, each with its line.
        """
        if self.faults:
            raise refusal(self.name, self.faults)
        return self.profile


def key_of(name: str) -> str:
    """Return the key of the profile that a name means: a file of rules is called as it is."""
    return Path(name).stem if name.endswith(FILE) else name


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
    found = [loaded(key).whole() for key in keys]
    return {one.key: one for one in found}


def load_profile(key: str) -> Profile:
    """Return the profile called `key`, or the one that a file ending in `.toml` holds.

    Raises
    ------
    UnknownNameError, SourceError, InputError
        As `loaded` does.
    """
    return loaded(key).whole()


def loaded(key: str, users: tuple[str, ...] = ()) -> Loaded:
    """Return a profile as found, with its faults; `users` are those that extend it.

    Raises
    ------
    UnknownNameError
        If there is no profile of this name.
    SourceError
        If the file cannot be read.
    InputError
        If the file is not TOML, or holds a value that no program can use.
    """
    if key.endswith(FILE):
        path = Path(key)
        made = read(key_of(key), _text(path), name=path.name, users=users, base=path.parent)
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
    return read(key, text).whole()


def read(
    key: str, text: str, *, name: str = "", users: tuple[str, ...] = (), base: Path | None = None
) -> Loaded:
    """Return the profile that a text describes, with what it extends and changes.

    `name` is what the file is called where faults are told, `base` the folder it lies in. Where a
    rule says nothing of its file and dates, the head of the text does.

    Raises
    ------
    InputError
        If the text is not TOML.
    """
    name, lines = name or key, Lines(text)
    content = _content(name, text)
    faults = [*_table_faults(content, lines)]
    if faults:
        return Loaded(Profile(key, Text(key, key), "", ()), name, (), tuple(faults))
    head = [*_head_faults(content, lines)]
    written, wrong = entries(content, lines)
    common = {} if head else {k: content[k] for k in ("source_file", *_DATES) if k in content}
    full = [one._replace(facts={**common, **one.facts}) for one in written]
    told = [(one, [*entry_faults(one)]) for one in full]
    sound = [one for one, found in told if not found]
    faults += [*head, *wrong, *(fault for _, found in told for fault in found)]
    ground = _extended(content, (*users, _place(key, base)), base, lines, faults)
    rules: Held = [*overridden(key, ground, content.get("override", ()), lines, faults)]
    facts = content if not head else {}
    rules += [(rule_of(key, one.facts), one.line) for one in sound]
    made = _profile(key, facts, ground, tuple(rule for rule, _ in rules))
    return Loaded(made, name, tuple(line for _, line in rules), tuple(faults))


def _content(name: str, text: str) -> dict[str, Any]:
    try:
        content, unfit = toml_of(text)
    except UnreadableError as error:
        words = Text(f"不是 TOML：{error}", f"not TOML: {error}")
        raise refusal(name, [Fault(error.line, words)]) from error
    if unfit:
        raise refusal(name, [Fault(one.line, _unfit(one)) for one in unfit])
    return content


def _unfit(one: Unfit) -> Text:
    return Text(f"{one.place} 为 {one.found.zh}，应为{one.expected.zh}",
                f"{one.place} is {one.found.en}, expected {one.expected.en}")  # fmt: skip


def _profile(
    key: str, head: Mapping[str, Any], ground: Profile | None, rules: tuple[Rule, ...]
) -> Profile:
    title = Text(**head["title"]) if head else Text(key, key)
    note = Text(**head["note"]) if "note" in head else ground.note if ground else None
    return Profile(key, title, head.get("document", ""), rules, note)


def _place(key: str, base: Path | None) -> str:
    return key if base is None else str((base / f"{key}{FILE}").resolve())


def _extended(
    content: Mapping[str, Any], users: tuple[str, ...], base: Path | None, lines: Lines,
    faults: list[Fault],
) -> Profile | None:  # fmt: skip
    """Return the profile that another builds on; that it cannot be had is a fault."""
    ground = content.get("extends")
    if not isinstance(ground, str):
        return None
    line = lines.of("").line_of("extends")
    key = str(((base or Path()) / ground).resolve()) if ground.endswith(FILE) else ground
    if key in users:
        ring = " → ".join(Path(one).stem for one in (*users, key))
        faults.append(Fault(line, Text(f"extends 成环：{ring}", f"extends itself: {ring}")))
        return None
    try:
        below = loaded(key, users)
    except (InputError, UnknownNameError, SourceError) as error:
        faults.append(Fault(line, Text(f"所承方案 extends：{error.zh}", f"extends: {error}")))
        return None
    faults += [Fault(line, _elsewhere(below.name, one)) for one in below.faults]
    return below.profile


def _elsewhere(name: str, fault: Fault) -> Text:
    """Return a fault of a file that another builds on, with the place it is at."""
    line = (f" 第 {fault.line} 行", f" line {fault.line}") if fault.line else ("", "")
    return Text(f"{name}{line[0]}：{fault.what.zh}", f"{name}{line[1]}: {fault.what.en}")


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
        if key in content and not is_a(content[key], kind):
            faults.append((key, f"{key} 为 {content[key]!r}", f"{key} is {content[key]!r}"))
    faults += [*date_faults(content)] if not faults else []
    return [Fault(head.line_of(key), Text(zh, en)) for key, zh, en in faults]


def _table_faults(content: Mapping[str, Any], lines: Lines) -> Iterator[Fault]:
    """Yield what is not written as the tables it must be."""
    for key in _TABLES:
        if not _are_tables(content.get(key, [])):
            words = Text(f"应写作 [[{key}]]", f"{key} must be written [[{key}]]")
            yield Fault(lines.of("").line_of(key), words)
            return
    for n, table in enumerate(content.get("table", ())):
        columns = table.get("columns", {})
        named = isinstance(columns, dict) and all(isinstance(c, dict) for c in columns.values())
        if not named or not _are_tables(table.get("row", [])):
            yield Fault(lines.of("table", n).line, Text(
                "应写作 [table.columns.指标] 和 [[table.row]]",
                "must be written [table.columns.<indicator>] and [[table.row]]",
            ))  # fmt: skip


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)
