"""A layer in partitions: a folder of GeoParquet files, and beside them what lies in which.

The folder may lie on a disk or in an object store (`s3://…`). `index.json` is the sidecar: for each
file its rows, its box, its bytes and its SHA-256, so that nobody opens what is not needed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pyarrow import fs

from carbonspace.errors import InputError, SourceError
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.dsn import is_dsn, is_remote, without_password

INDEX = "index.json"
FORMAT = 1
_WHAT = "carbonspace partitions"
_SHOWN = 20
_AGAIN = Text("重新复制整个文件夹，或用 carbonspace partition 重新生成。",
              "Copy the folder again, or make it again with carbonspace partition.")  # fmt: skip


class Part(NamedTuple):
    """One file: its rows, the box around those that have a place, and what it must be."""

    file: str
    rows: int
    box: Bounds | None
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Index:
    """What the index of a layer says.

    `geometry`, `box` and `order` are the names of columns: well-known binary as in the source, the
    box of each feature, its position in the source (from 0). `hidden` are columns that the source
    does not show as fields. `crs` is that of the source, as its reader named it.
    """

    rows: int
    crs: str | dict[str, Any] | None
    geometry: str
    box: str
    order: str
    hidden: tuple[str, ...]
    parts: tuple[Part, ...]

    def touching(self, box: Bounds) -> list[Part]:
        """Return the files that may hold something that touches a box."""
        return [part for part in self.parts if part.box is not None and touch(part.box, box)]


class Place(NamedTuple):
    """Where a layer lies: a folder of some file system; `key` and `name` are for findings."""

    files: fs.FileSystem
    folder: str
    key: str
    name: str

    def path(self, file: str) -> str:
        """Return the path of a file of the folder."""
        return f"{self.folder.rstrip('/')}/{file}"

    def content(self, file: str) -> bytes:
        """Return all bytes of a file."""
        with self.files.open_input_file(self.path(file)) as stream:
            return bytes(stream.read())


def touch(one: Bounds, other: Bounds) -> bool:
    """Return whether two boxes share a point."""
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


def place_of(key: str, source: str, path: Path) -> Place:
    """Return where the partitions of a layer lie.

    Raises
    ------
    SourceError
        There is no such storage, or it does not answer.
    """
    if not is_remote(source):
        return Place(fs.LocalFileSystem(), str(path), key, source)
    shown = without_password(source)
    try:
        files, folder = fs.FileSystem.from_uri(source)
    except (OSError, ValueError, NotImplementedError) as error:
        raise _no_storage(shown, error) from error
    return Place(files, folder, key, shown)


def is_partitioned(source: str) -> bool:
    """Return whether a source is a folder of partitions; in an object store nothing else lies."""
    return not is_dsn(source) and (is_remote(source) or (Path(source) / INDEX).is_file())


def index_of(place: Place) -> Index:
    """Return the index of a layer, and the SHA-256 of what it says of all files.

    Raises
    ------
    InputError
        There is none, or it cannot be understood.
    SourceError
        The storage does not answer.
    """
    try:
        table = json.loads(place.content(INDEX))
        if table.pop("what") != _WHAT or table.pop("format") != FORMAT:
            raise ValueError(f"{INDEX}: not of this format")
        parts = [Part(**{**one, "box": _box(one["box"])}) for one in table.pop("parts")]
        return Index(**{**table, "hidden": tuple(table["hidden"]), "parts": tuple(parts)})
    except FileNotFoundError as error:
        raise InputError([_no_index(place, str(error))]) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError([_no_index(place, f"{type(error).__name__}: {error}")]) from error
    except OSError as error:
        raise _no_storage(place.name, error) from error


def index_text(index: Index) -> str:
    """Return an index as the content of its file."""
    parts = ",\n".join(
        json.dumps(one._asdict(), ensure_ascii=False, allow_nan=False) for one in index.parts
    )
    facts = {"what": _WHAT, "format": FORMAT, **asdict(index)}
    del facts["parts"]
    head = json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False)
    return f'{head.removesuffix("}").rstrip()},\n "parts": [\n{parts}\n]}}\n'


def digest_of_index(index: Index) -> str:
    """Return what identifies the content of a layer: the SHA-256 of its index."""
    return hashlib.sha256(index_text(index).encode()).hexdigest()


def size_faults(place: Place, parts: Sequence[Part]) -> list[Finding]:
    """Return which files are missing or of another size, all at once.

    Raises
    ------
    SourceError
        The storage does not answer.
    """
    try:
        there = place.files.get_file_info([place.path(part.file) for part in parts])
    except OSError as error:
        raise _no_storage(place.name, error) from error
    return [*_listed(place, _of_sizes(parts, there))]


def broken_parts(place: Place, found: Iterable[tuple[str, Text]]) -> list[Finding]:
    """Return the faults of files that are not what they were."""
    return [*_listed(place, [*found])]


def _of_sizes(parts: Sequence[Part], there: Sequence[Any]) -> list[tuple[str, Text]]:
    faults = list[tuple[str, Text]]()
    for part, info in zip(parts, there, strict=True):
        if info.type != fs.FileType.File:
            faults.append((part.file, Text("文件不存在", "the file is missing")))
        elif info.size != part.bytes:
            faults.append((part.file, Text(f"应有 {part.bytes:,} 字节，现为 {info.size:,} 字节",
                                           f"{info.size:,} of {part.bytes:,} bytes")))  # fmt: skip
    return faults


def _listed(place: Place, faults: Sequence[tuple[str, Text]]) -> Iterator[Finding]:
    for file, reason in faults[:_SHOWN]:
        yield _broken(place, reason.under(f"{place.name}/{file}"))
    if (more := len(faults) - _SHOWN) > 0:
        yield _broken(place, Text(f"另有 {more} 个文件", f"{more} more files"))


def _broken(place: Place, found: Text) -> Finding:
    return Finding(
        "error", place.key, Text("分区缺失或损坏", "A partition is missing or corrupt"), found,
        Text(f"与 {INDEX} 所记一致的文件", f"a file as {INDEX} has it"), _AGAIN, local=True,
    )  # fmt: skip


def _no_index(place: Place, reason: str) -> Finding:
    return Finding(
        "error", place.key,
        Text("没有可用的分区索引", "There is no index of partitions that can be used"),
        Text(f"“{reason}”", reason).under(place.name),
        Text(f"由 carbonspace partition 生成的文件夹，内有 {INDEX}",
             f"a folder that carbonspace partition made, with its {INDEX}"), _AGAIN, local=True,
    )  # fmt: skip


def _no_storage(shown: str, error: Exception) -> SourceError:
    said = " ".join(str(error).split())
    return SourceError(
        f"{shown}: the storage does not answer ({said}). Check the address, the network and the "
        "rights to read; credentials are taken from the environment.",
        f"{shown}：存储没有应答（“{said}”）。请检查地址、网络与读取权限；凭据取自环境变量。",
    )


def _box(box: Sequence[float] | None) -> Bounds | None:
    return None if box is None else (box[0], box[1], box[2], box[3])
