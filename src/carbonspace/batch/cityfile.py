"""city.toml: which plans are computed every night, and where their results are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from carbonspace.batch.amounts import BYTES, SECONDS, amount_of, expected
from carbonspace.batch.channels import TABLES, Channel, channel_faults, channels_of, veiled
from carbonspace.batch.limits import NO_LIMITS, Limits
from carbonspace.batch.retry import USUAL_TRIES, Tries
from carbonspace.batch.watching import watch_faults, watches
from carbonspace.catalogue import indicators
from carbonspace.errors import InputError
from carbonspace.model.faults import name_faults
from carbonspace.model.finding import Finding
from carbonspace.model.text import Lang, Text, quoted
from carbonspace.model.tomltext import UnreadableError, toml_of
from carbonspace.sources.connection import CONNECTIONS
from carbonspace.sources.dsn import has_password, is_dsn, without_password
from carbonspace.sources.keys import missing_key, table_faults, unusable, wrong_type
from carbonspace.sources.lines import lines_of_tables
from carbonspace.sources.profile_names import profile_faults
from carbonspace.sources.watched import Watch

FORMS = ("text", "html", "json")
"""The forms of the morning message."""
_FILE, _RULES, _SCHEMA, _CACHE = "city.toml", ".toml", "carbonspace", ".carbonspace"
_KEYS: dict[str, type | tuple[type, ...]] = {
    "name": str, "plan": str, "results": str, "schema": str, "profiles": list, "indicators": list,
    "keep": int, "lang": str, "message": list, "folder": str, "only_changes": bool,
    "cache": str, "output": str, "mail": dict, "webhook": dict,
    "tries": int, "retry_time": str, "answer_limit": str, "time_limit": str, "memory_limit": str,
    "changes": (str, dict), "changes_in": dict, "connections": int, "tile_features": int,
}  # fmt: skip
_AMOUNTS = {"retry_time": SECONDS, "answer_limit": SECONDS, "time_limit": SECONDS,
            "memory_limit": BYTES}  # fmt: skip
_ANSWER_S = 600.0
_COMMON: dict[str, type | tuple[type, ...]] = {
    "city": list, "mail": dict, "webhook": dict, "log": str, "metrics": str,
}  # fmt: skip
_REQUIRED = ("name", "plan", "results")
_NAME_LENGTH, _SCHEMA_BYTES = 100, 63


@dataclass(frozen=True)
class City:
    """What city.toml says of a city or district.

    `results` is a connection to a database, or a folder. `profiles` and `indicators` are None
    where those of the plan hold. `keep` is for how many days verdicts that hold no more are kept
    (None: for ever). `message` are the forms in which the morning message is written into
    `folder`; with `only_changes` none is written of a night in which nothing changed. Where a
    connection is lost, or a server gives no answer for `answer_s`, a night is begun anew (`tries`);
    beyond its `limits` it is ended. In `cache` lies what the next night need not compute again
    (None: that computes everything), in `output` the GeoPackage and
    the reports of units that changed. `channels` are where the message is sent, too. `watch` is how
    tables are watched for changes, `watch_in` how those of some layers are instead, and
    `connections` how many read at the same time. `tile_features` is about how many features are
    computed together (None: all).
    """

    name: str
    plan: Path
    results: str
    schema: str = _SCHEMA
    profiles: tuple[str, ...] | None = None
    indicators: tuple[str, ...] | None = None
    keep: int | None = None
    lang: Lang | None = None
    message: tuple[str, ...] = ()
    folder: Path | None = None
    only_changes: bool = False
    tries: Tries = USUAL_TRIES
    answer_s: float = _ANSWER_S
    limits: Limits = NO_LIMITS
    cache: Path | None = None
    channels: tuple[Channel, ...] = ()
    watch: Watch = field(default_factory=Watch)
    watch_in: Mapping[str, Watch] = field(default_factory=dict)
    connections: int = CONNECTIONS
    output: Path | None = None
    tile_features: int | None = None

    @property
    def rules(self) -> list[Path]:
        """The files of rules that it names besides its plan."""
        return [Path(one) for one in self.profiles or () if one.endswith(_RULES)]


@dataclass(frozen=True)
class CityFile:
    """What city.toml says: its cities, a file for the log, and one for the metrics.

    `names` are those of all its cities, also where only some are chosen.
    """

    cities: list[City]
    log: Path | None = None
    metrics: Path | None = None
    names: tuple[str, ...] = ()


def read_cities(path: Path) -> list[City]:
    """Return the cities of a city.toml, or of the one in a folder; as `read_city_file`."""
    return read_city_file(path).cities


def read_city_file(path: Path) -> CityFile:
    """Return what a city.toml says, or the one in a folder; paths start where it lies.

    Raises
    ------
    InputError
        With every fault of it.
    """
    file = path / _FILE if path.is_dir() else path
    text = _text(file)
    table = _table(text)
    if faults := [*_faults(table, text)]:
        raise InputError([_renamed(one) for one in faults])
    base = file.parent
    log, metrics = (base / table[key] if key in table else None for key in ("log", "metrics"))
    cities = [_city(one, table, base) for one in table["city"]]
    return CityFile(cities, log, metrics, tuple(one.name for one in cities))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = _unusable(Text("文件不是 UTF-8 编码", "The file is not UTF-8"), quoted(str(error)),
                          Text("另存为 UTF-8。", "Save it as UTF-8."))  # fmt: skip
    except OSError as error:
        fault = _unusable(Text("文件无法读取", "The file cannot be read"),
                          quoted(error.strerror or str(error)).under(str(file)),
                          Text("改正路径或权限。", "Correct the path or its rights."))  # fmt: skip
    raise InputError([fault])


def _table(text: str) -> dict[str, Any]:
    correct = Text("改正该行。", "Correct that line.")
    try:
        table, unfit = toml_of(text)
    except UnreadableError as error:
        what = Text("TOML 语法错误", "The file is not valid TOML")
        raise InputError([_unusable(what, quoted(str(error)), correct)]) from error
    if unfit:
        raise InputError([
            Finding("error", "city", Text(f"{_FILE} 的 {one.place} 不可用",
                                          f"{_FILE}: {one.place} cannot be used"),
                    one.found, one.expected, correct).at_line(one.line or None)
            for one in unfit
        ])  # fmt: skip
    return table


def _unusable(what: Text, found: Text, remedy: Text) -> Finding:
    expected = Text(f"可读取的 {_FILE}", f"a readable {_FILE}")
    return Finding("error", "city", what, found, expected, remedy)


def _faults(table: Mapping[str, Any], text: str) -> Iterator[Finding]:
    """Yield what is wrong with the file; of a city with the line where it begins."""
    yield from table_faults("city", "", veiled(table, TABLES), _COMMON)
    cities = table.get("city")
    if not cities:
        yield missing_key("city", "[[city]]", dict)
    if not isinstance(cities, list):
        return
    lines, names = dict(enumerate(lines_of_tables(text, "city"))), list[str]()
    for n, one in enumerate(cities):
        place = f"city[{n + 1}]"
        if not isinstance(one, dict):
            yield wrong_type("city", place, one, dict)
            continue
        faults = (*_city_faults(place, one, names), *channel_faults(place, one, table))
        yield from (fault.at_line(lines.get(n)) for fault in faults)
        names.append(str(one.get("name")))


def _city_faults(place: str, one: Mapping[str, Any], names: list[str]) -> Iterator[Finding]:
    yield from table_faults("city", place, veiled(one, TABLES), _KEYS, required=_REQUIRED)
    sound: dict[str, Any] = {k: v for k, v in one.items() if k in _KEYS and isinstance(v, _KEYS[k])}
    for key in ("plan", "results", "folder"):
        if key in sound and not sound[key].strip():
            yield unusable(f"{place}.{key}", sound[key], _NOT_EMPTY)
    yield from _name_faults(place, sound, names)
    yield from _results_faults(place, sound)
    yield from _list_faults(place, sound)
    yield from watch_faults(place, sound)
    if sound.get("keep", 1) < 1:
        yield unusable(f"{place}.keep", sound["keep"], Text("天数，至少 1", "days, at least 1"))
    for key in ("tries", "tile_features"):
        if sound.get(key, 1) < 1:
            yield unusable(f"{place}.{key}", sound[key], Text("至少 1", "at least 1"))
    for key, units in _AMOUNTS.items():
        if key in sound and amount_of(sound[key], units) is None:
            yield unusable(f"{place}.{key}", sound[key], expected(units))
    if sound.get("lang", "zh") not in ("zh", "en"):
        yield unusable(f"{place}.lang", sound["lang"], '"zh" | "en"')


_NOT_EMPTY = Text("不为空的文本", "text that is not empty")


def _name_faults(place: str, one: Mapping[str, Any], names: list[str]) -> Iterator[Finding]:
    name, schema = one.get("name"), one.get("schema", _SCHEMA)
    if name is not None and not 1 <= len(name.strip()) <= _NAME_LENGTH:
        expected = Text(f"1 至 {_NAME_LENGTH} 个字", f"1 to {_NAME_LENGTH} characters")
        yield unusable(f"{place}.name", name, expected)
    if name in names:
        yield unusable(f"{place}.name", name, Text("其他城市没有用过的名称",
                                                   "a name that no other city has"))  # fmt: skip
    if not 1 <= len(schema.encode()) <= _SCHEMA_BYTES or schema.startswith("pg_"):
        yield unusable(f"{place}.schema", schema, Text(
            f"1 至 {_SCHEMA_BYTES} 字节，不以 pg_ 开头",
            f"1 to {_SCHEMA_BYTES} bytes, not beginning with pg_"))  # fmt: skip


def _results_faults(place: str, one: Mapping[str, Any]) -> Iterator[Finding]:
    results = one.get("results", "")
    if has_password(results):
        yield Finding(
            "error", "city",
            Text(f"{_FILE} 中写有数据库密码", f"{_FILE} holds a database password"),
            without_password(results), Text("不含密码的连接", "a connection without its password"),
            Text("删去密码，改用 ~/.pgpass、PGPASSWORD 或 pg_service.conf。",
                 "Remove it and use ~/.pgpass, PGPASSWORD or pg_service.conf."),
        )  # fmt: skip
    if is_dsn(results) and one.get("message") and "folder" not in one:
        yield missing_key("city", f"{place}.folder", str)


def _list_faults(place: str, one: Mapping[str, Any]) -> Iterator[Finding]:
    for key in ("profiles", "indicators", "message"):
        if not all(isinstance(word, str) for word in one.get(key, [])):
            yield unusable(f"{place}.{key}", one[key], '["…"]')
            return
    yield from profile_faults(one.get("profiles", []))
    yield from name_faults(f"{place}.indicators", one.get("indicators", []), indicators())
    if unknown := [form for form in one.get("message", []) if form not in FORMS]:
        yield unusable(f"{place}.message", unknown, " | ".join(FORMS))


def _renamed(fault: Finding) -> Finding:
    """Return a fault of a key with the name of this file instead of that of the plan."""
    what, action = (Text(*(words.replace("plan.toml", _FILE) for words in said))
                    for said in (fault.what, fault.action))  # fmt: skip
    return replace(fault, layer="city", what=what, action=action)


def _city(one: Mapping[str, Any], common: Mapping[str, Any], base: Path) -> City:
    results = one["results"] if is_dsn(one["results"]) else str(base / one["results"])
    folder = one.get("folder", None if is_dsn(results) else one["results"])
    profiles, (watch, watch_in) = one.get("profiles"), watches(one)
    cache = one.get("cache", _CACHE if is_dsn(results) else one["results"])
    return City(
        name=one["name"], plan=base / one["plan"], results=results,
        schema=one.get("schema", _SCHEMA), keep=one.get("keep"), lang=one.get("lang"),
        profiles=None if profiles is None else tuple(
            str(base / name) if name.endswith(_RULES) else name for name in profiles),
        indicators=tuple(one["indicators"]) if "indicators" in one else None,
        message=tuple(one.get("message", ())), folder=None if folder is None else base / folder,
        only_changes=one.get("only_changes", False), cache=base / cache,
        output=base / one["output"] if "output" in one else None, watch=watch,
        watch_in=watch_in, connections=one.get("connections", CONNECTIONS),
        tile_features=one.get("tile_features"),
        channels=channels_of(one, common, base), **_patience(one),
    )  # fmt: skip


def _patience(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return how long a city waits, and for what."""
    given = {key: amount_of(one[key], units) for key, units in _AMOUNTS.items() if key in one}
    usual = USUAL_TRIES
    return {
        "tries": Tries(one.get("tries", usual.most), given.get("retry_time") or usual.within_s),
        "answer_s": given.get("answer_limit") or _ANSWER_S,
        "limits": Limits(given.get("time_limit"), given.get("memory_limit")),
    }
