"""What plan.toml says of one layer: where it lies and which of its fields become which columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.policy import Policies, Policy
from carbonspace.model.text import Text, quoted
from carbonspace.model.uom import UOMS, uom_written
from carbonspace.sources.dsn import has_password, is_dsn, is_remote, without_password
from carbonspace.sources.keys import table_faults, unknown_key, wrong_type

_KEYS: dict[str, type | tuple[type, ...]] = {
    "source": (str, list), "layer": str, "crs": str, "axes": str, "encoding": str, "where": str,
    "fields": dict, "constants": dict, "extract": dict, "values": dict,
    "units": dict,
}  # fmt: skip
_DATABASE_SECRET = (
    Text("plan.toml 中写有数据库密码", "plan.toml holds a database password"),
    Text("删去密码，改用 ~/.pgpass、PGPASSWORD 或 pg_service.conf。",
         "Remove it and use ~/.pgpass, PGPASSWORD or pg_service.conf."),
)  # fmt: skip
_STORE_SECRET = (
    Text("plan.toml 中写有存储密钥", "plan.toml holds the key to a store"),
    Text("删去密钥，改用 AWS_ACCESS_KEY_ID 等环境变量或凭据文件。",
         "Remove it; use AWS_ACCESS_KEY_ID and the like, or a file of credentials."),
)  # fmt: skip
_AXES = ("east-north", "north-east")


@dataclass(frozen=True)
class Extraction:
    """A column taken out of a text field: group 1 of a regular expression."""

    field: str
    pattern: str


@dataclass(frozen=True)
class LayerSource:
    """One [layers.…] table of plan.toml, with its path resolved."""

    key: str
    source: str
    path: Path
    layer: str | None = None
    crs: str | None = None
    axes: str | None = None
    encoding: str | None = None
    where: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    extract: Mapping[str, Extraction] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    policies: Policies = field(default_factory=Policies)

    def policy(self, fault: str) -> Policy:
        """Return what the plan wants done about a fault of this layer's geometry."""
        return self.policies.of(fault, self.key)

    @property
    def location(self) -> str:
        """Where the data lies: a path, the DSN of a database, or the address of a store."""
        has_address = is_dsn(self.source) or is_remote(self.source)
        return self.source if has_address else str(self.path)


def layer_sources(key: str, table: Any, base: Path) -> tuple[list[LayerSource], list[Finding]]:
    """Return what `[layers.<key>]` says, once for each of its sources, or every fault in it.

    `base` is the directory that relative paths start from.
    """
    place = f"layers.{key}"
    if key not in LAYERS:
        return [], [unknown_key(key, place, key, LAYERS)]
    if not isinstance(table, dict):
        return [], [wrong_type(key, place, table, dict)]
    faults = [*table_faults(key, place, table, _KEYS, required=("source",))]
    if faults:
        return [], faults
    given = table["source"] if isinstance(table["source"], list) else [table["source"]]
    faults = [*_source_faults(key, given), *_mapping_faults(key, table),
              *crs_faults(key, f"{place}.crs", table.get("crs")),
              *_axes_faults(key, f"{place}.axes", table.get("axes"))]  # fmt: skip
    if faults:
        return [], faults
    facts = {**table, "extract": {c: Extraction(**e) for c, e in table.get("extract", {}).items()}}
    return [LayerSource(**{**facts, "key": key, "source": one, "path": base / one})
            for one in given], []  # fmt: skip


def crs_faults(layer: str, place: str, name: str | None) -> list[Finding]:
    """Return the fault that a CRS is not known, if it is not."""
    if name is None:
        return []
    try:
        CRS.from_user_input(name)
    except CRSError:
        return [Finding(
            "error", layer, Text(f"{place} 的坐标系无法识别", f"the CRS of {place} is not known"),
            repr(name), Text("EPSG 代码", "an EPSG code"),
            Text('例如 crs = "EPSG:4547"。', 'For instance crs = "EPSG:4547".'),
        )]  # fmt: skip
    return []


def _axes_faults(layer: str, place: str, axes: str | None) -> list[Finding]:
    return [] if axes is None or axes in _AXES else [unknown_key(layer, place, axes, _AXES)]


def _source_faults(key: str, given: list[Any]) -> Iterator[Finding]:
    """Yield the faults of the sources themselves: no text, or a password in plan.toml."""
    if not given or not all(isinstance(one, str) for one in given):
        yield wrong_type(key, f"layers.{key}.source", given, (str, list))
        return
    for one in (one for one in given if has_password(one)):
        what, remedy = _STORE_SECRET if is_remote(one) else _DATABASE_SECRET
        shown, expected = without_password(one), "a connection without its password"
        yield Finding("error", key, what, shown, Text("不含密码的连接", expected), remedy)


def _mapping_faults(key: str, table: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the faults of fields, constants, extract and values."""
    known = {c.name: object for c in LAYERS[key].columns}
    for part in ("fields", "constants", "extract", "values"):
        for name in table.get(part, {}):
            if name not in known:
                yield unknown_key(key, f"layers.{key}.{part}.{name}", name, known)
    for column, source in table.get("fields", {}).items():
        if not isinstance(source, str):
            yield wrong_type(key, f"layers.{key}.fields.{column}", source, str)
    for column, values in table.get("values", {}).items():
        if not isinstance(values, dict):
            yield wrong_type(key, f"layers.{key}.values.{column}", values, dict)
    for column, value in table.get("constants", {}).items():
        if not isinstance(value, str | int | float):
            yield wrong_type(key, f"layers.{key}.constants.{column}", value, (str, float))
    for column, rule in table.get("extract", {}).items():
        yield from _extraction_faults(key, f"layers.{key}.extract.{column}", rule)
    yield from _unit_faults(key, table)
    yield from _given_twice(key, table)


def _unit_faults(key: str, table: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the faults of `[layers.<key>.units]`: `{ area = "mu", height = "ft" }`."""
    for name, unit in table.get("units", {}).items():
        place, column = f"layers.{key}.units.{name}", LAYERS[key].column(name)
        measured = [c.name for c in LAYERS[key].columns if c.unit in UOMS]
        if column is None or name not in measured:
            yield unknown_key(key, place, name, measured)
        elif not isinstance(unit, str):
            yield wrong_type(key, place, unit, str)
        elif uom_written(column.unit, unit) is None:
            yield unknown_key(key, place, unit, [u.key for u in UOMS[column.unit]])


def _extraction_faults(key: str, place: str, rule: Any) -> Iterator[Finding]:
    if not isinstance(rule, dict):
        yield wrong_type(key, place, rule, dict)
        return
    faults = [*table_faults(key, place, rule, {"field": str, "pattern": str},
                            required=("field", "pattern"))]  # fmt: skip
    yield from faults
    if not faults and (reason := _pattern_fault(rule["pattern"])):
        yield Finding(
            "error", key,
            Text(f"{place} 的正则表达式不可用", f"the pattern of {place} is unusable"),
            Text(f"{rule['pattern']!r}（{reason.zh}）", f"{rule['pattern']!r} ({reason.en})"),
            Text("含一个分组的正则表达式", "a regular expression with one group"),
            Text(r"例如 pattern = '^(ZKB-\d+)'。", r"For instance pattern = '^(ZKB-\d+)'."),
        )  # fmt: skip


def _pattern_fault(pattern: str) -> Text | None:
    try:
        return None if re.compile(pattern).groups else Text("没有分组", "no group")
    except re.error as error:
        return quoted(str(error))


def _given_twice(key: str, table: Mapping[str, Any]) -> Iterator[Finding]:
    parts = ("fields", "constants", "extract")
    for column in LAYERS[key].columns:
        given = [part for part in parts if column.name in table.get(part, {})]
        if len(given) > 1:
            yield Finding(
                "error", key,
                Text(f"字段 {column.name} 重复给出", f"column {column.name} is given twice"),
                " + ".join(f"layers.{key}.{part}" for part in given),
                Text("只给出一次", "to be given once"),
                Text("删去多余的一处。", "Remove one of them."),
            )  # fmt: skip
