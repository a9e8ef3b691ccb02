"""Find the profiles: those that come with carbonspace, and files of a city's own beside a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from carbonspace.errors import SourceError, UnknownNameError
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Text
from carbonspace.model.tomltext import UnreadableError, toml_of
from carbonspace.profiles.faults import NOTHING, PROFILE, Block, Fault, Lines, Wrong, refusal
from carbonspace.profiles.overriding import overridden
from carbonspace.profiles.reading import asked_by, date_faults, entry_faults, is_a, rule_of, told
from carbonspace.profiles.tables import entries
from carbonspace.profiles.wanted import EXPECTED, missing, of_kind, unknown, words_faults

FILE = ".toml"
"""What a name ends in that means a file of rules, and no profile that comes with carbonspace."""
_TABLES = ("rule", "table", "override")
_DATES = ("since", "until")
_TYPES = {"source_file": str, "extends": str, "since": date, "until": date}
_HEAD = ("title", "document", "note", *_TYPES, *_TABLES)
_TOML = (Text("TOML 文本", "a text of TOML"),
         Text("改正该行的写法。", "Correct how that line is written."))  # fmt: skip
_UTF_8 = (Text("不是 UTF-8 编码", "it is not UTF-8"), Text("UTF-8 文本", "a text in UTF-8"),
          Text("另存为 UTF-8 编码。", "Save it as UTF-8."))  # fmt: skip
_TABLE = (Text("[table.columns.指标] 和 [[table.row]]",
               "[table.columns.<indicator>] and [[table.row]]"),
          Text("改用这种写法。", "Write it so."))  # fmt: skip
_NO_RING = Text("改为其他方案，或删去 extends。", "Name another profile, or remove extends.")
_NAME_ONE = Text("改为已有的方案或文件。", "Name a profile or a file that is there.")


class Loaded(NamedTuple):
    """The rules of a profile that are sound in form, and every fault of the others.

    `places` says where in the file `name` each of the rules stands. `drafts` are rules with a
    fault that leaves no doubt about what they ask for: others may contradict them.
    """

    profile: Profile
    name: str
    places: tuple[Block, ...]
    faults: tuple[Fault, ...] = ()
    is_file: bool = False
    drafts: tuple[tuple[Rule, Block], ...] = ()

    @property
    def is_lost(self) -> bool:
        """Return whether nothing of it can be used."""
        return any(one.loses_all for one in self.faults)

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
    """
    if key.endswith(FILE):
        path = Path(key)
        try:
            made = read(key_of(key), _text(path), name=path.name, users=users, base=path.parent)
        except UnicodeDecodeError:
            made = _lost(key_of(key), path.name, [Fault(0, *_UTF_8, PROFILE)])
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
    """
    name, lines = name or key, Lines(text)
    content, faults = _content(text)
    faults = faults or [*_table_faults(content, lines)]
    if faults:
        return _lost(key, name, faults)
    head = _head_faults(content)
    sound = {k: v for k, v in content.items() if k not in {one.key for one in head}}
    faults += _told_of_head(head, lines)
    written, wrong = entries(content, lines)
    faults += wrong
    common = {k: sound[k] for k in ("source_file", *_DATES) if k in sound}
    full = [one._replace(facts={**common, **one.facts}) for one in written]
    looked_at = [(one, entry_faults(one)) for one in full]
    faults += (fault for one, found in looked_at for fault in told(found, one.name, one.block))
    ground, wrong = _extended(content, (*users, _place(key, base)), base, lines)
    changed, more = overridden(key, ground, content.get("override", ()), lines)
    faults += wrong if ground is None else [*wrong, *more]
    rules = changed + [
        (rule_of(key, one.facts), one.block) for one, found in looked_at if not found
    ]
    drafts = ((asked_by(key, one.facts, found), one.block) for one, found in looked_at if found)
    return Loaded(
        _profile(key, sound, ground, tuple(rule for rule, _ in rules)), name,
        tuple(place for _, place in rules), tuple(faults),
        drafts=tuple((rule, place) for rule, place in drafts if rule is not None),
    )  # fmt: skip


def _lost(key: str, name: str, faults: Iterable[Fault]) -> Loaded:
    """Return a profile that nothing can be had of."""
    return Loaded(Profile(key, Text(key, key), "", ()), name, (), tuple(faults))


def _content(text: str) -> tuple[dict[str, Any], list[Fault]]:
    """Return the table that a text describes, or why nothing of it can be used."""
    try:
        content, unfit = toml_of(text)
    except UnreadableError as error:
        words = Text(f"不是 TOML：{error}", f"not TOML: {error}")
        return {}, [Fault(error.line, words, *_TOML, PROFILE)]
    correct = Text("改正该值。", "Correct the value.")
    return content, [
        Fault(one.line, one.found.under(one.place), one.expected, correct, PROFILE) for one in unfit
    ]


def _profile(
    key: str, head: Mapping[str, Any], ground: Profile | None, rules: tuple[Rule, ...]
) -> Profile:
    title = Text(**head["title"]) if "title" in head else Text(key, key)
    note = Text(**head["note"]) if "note" in head else ground.note if ground else None
    return Profile(key, title, head.get("document", ""), rules, note)


def _place(key: str, base: Path | None) -> str:
    return key if base is None else str((base / f"{key}{FILE}").resolve())


def _extended(
    content: Mapping[str, Any], users: tuple[str, ...], base: Path | None, lines: Lines
) -> tuple[Profile | None, list[Fault]]:
    """Return the profile that another builds on; that it cannot be had is a fault."""
    ground = content.get("extends")
    if not isinstance(ground, str):
        return None, []
    line = lines.of("").line_of("extends")
    key = str(((base or Path()) / ground).resolve()) if ground.endswith(FILE) else ground
    if key in users:
        ring = " → ".join(Path(one).stem for one in (*users, key))
        said = Text(f"extends 成环：{ring}", f"extends itself: {ring}")
        return None, [Fault(line, said, EXPECTED["extends"], _NO_RING, PROFILE)]
    try:
        below = loaded(key, users)
    except (UnknownNameError, SourceError) as error:
        said = Text(f"所承方案 extends：{error.zh}", f"extends: {error}")
        return None, [Fault(line, said, EXPECTED["extends"], _NAME_ONE, PROFILE)]
    found = [_elsewhere(line, below.name, one) for one in below.faults]
    return (None if below.is_lost else below.profile), found


def _elsewhere(line: int, name: str, fault: Fault) -> Fault:
    """Return a fault of a file that another builds on, with the place it is at."""
    at = (f" 第 {fault.line} 行", f" line {fault.line}") if fault.line else ("", "")
    return fault._replace(line=line, found=fault.found.of(Text(f"{name}{at[0]}", f"{name}{at[1]}")))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        why = error.strerror or str(error)
        raise SourceError(f"the rules {path.name} cannot be read: {why}",
                          f"阈值文件 {path.name} 无法读取：{why}") from error  # fmt: skip


def _head_faults(content: Mapping[str, Any]) -> list[Wrong]:
    faults = [unknown(key, _HEAD) for key in content if key not in _HEAD]
    faults += [missing(key) for key in ("title", "document") if key not in content]
    for key in ("title", "note"):
        faults += words_faults(content, key) if key in content else ()
    for key, kind in {"document": str, **_TYPES}.items():
        if key in content and not is_a(content[key], kind):
            faults.append(of_kind(key, content[key]))
    broken = {one.key for one in faults} & {*_DATES}
    return faults if broken else [*faults, *date_faults(content)]


def _told_of_head(wrongs: Iterable[Wrong], lines: Lines) -> Iterator[Fault]:
    """Yield what is wrong with the head: what all rules hang on costs them all."""
    head = lines.of("")
    for one in wrongs:
        costs = PROFILE if one.key in (*_DATES, "extends") else NOTHING
        yield Fault(head.line_of(one.key), one.found, one.expected, one.action, costs)


def _table_faults(content: Mapping[str, Any], lines: Lines) -> Iterator[Fault]:
    """Yield what is not written as the tables it must be."""
    for key in _TABLES:
        if not _are_tables(content.get(key, [])):
            words = Text(f"{key} 不是表", f"{key} is no table")
            action = Text(f"写作 [[{key}]]。", f"Write it as [[{key}]].")
            yield Fault(lines.of("").line_of(key), words, EXPECTED[key], action, PROFILE)
            return
    for n, table in enumerate(content.get("table", ())):
        columns = table.get("columns", {})
        named = isinstance(columns, dict) and all(isinstance(c, dict) for c in columns.values())
        if not named or not _are_tables(table.get("row", [])):
            said = Text("表的写法不符", "the table is not written as one")
            yield Fault(lines.of("table", n).line, said, *_TABLE, PROFILE)


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)
