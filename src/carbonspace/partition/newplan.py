"""The plan.toml of a folder of partitions: the same plan, its layers where they now lie."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from carbonspace.intake import toml_text
from carbonspace.sources.dsn import is_dsn, is_remote

_HEAD = """# 由 carbonspace partition 生成：图层在各文件夹中，其余路径指向原处
# made by carbonspace partition: layers lie in folders, other paths lead to where they were
"""
_TAKEN = ("layer", "where", "encoding")
"""What was used when the source was read, and means nothing any more."""

Folders = Mapping[tuple[str, str], str | None]
"""The folder of each layer and source, None where it stays."""


def plan_of_partitions(table: Mapping[str, Any], file: Path, target: Path, folders: Folders) -> str:
    """Return the text of the plan.toml.

    Parameters
    ----------
    table, file
        The plan that was partitioned, and where it lies.
    target
        The folder the new one will lie in.
    """
    base, target = file.parent.resolve(), target.resolve()

    def led(source: str) -> str:
        return _from(target, base, source)

    changed = {**table, "layers": {key: _layer(key, one, folders, led)
                                   for key, one in table["layers"].items()}}  # fmt: skip
    if "profiles" in table:
        changed["profiles"] = [led(one) if one.endswith(".toml") else one
                               for one in table["profiles"]]  # fmt: skip
    if "rasters" in table:
        changed["rasters"] = {key: {**one, "source": led(one["source"])}
                              for key, one in table["rasters"].items()}  # fmt: skip
    if "weather" in table:
        changed["weather"] = {**table["weather"], "source": led(table["weather"]["source"])}
    return _HEAD + toml_text(changed)


def _layer(key: str, table: Mapping[str, Any], folders: Folders, led: Any) -> dict[str, Any]:
    """Return a layer as it is now; one that lies in several sources moves whole or stays whole."""
    given = table["source"] if isinstance(table["source"], list) else [table["source"]]
    homes = [folders[key, one] for one in given]
    is_many = isinstance(table["source"], list)
    if None in homes:
        stays = [led(one) for one in given]
        return {**table, "source": stays if is_many else stays[0]}
    kept = {name: one for name, one in table.items() if name not in _TAKEN}
    return {**kept, "source": homes if is_many else homes[0]}


def _from(target: Path, base: Path, source: str) -> str:
    """Return a source as it is named from a folder; a database as it is."""
    if is_dsn(source) or is_remote(source):
        return source
    path = os.path.normpath(base / source)
    try:
        return PurePath(os.path.relpath(path, target)).as_posix()
    except ValueError:  # another drive
        return PurePath(path).as_posix()
