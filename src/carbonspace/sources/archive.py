"""A zip archive as a municipality sends it: unpacked aside, within limits, and gone afterwards.

What an archive says of its size is not believed: bytes are counted as they come out.
"""

from __future__ import annotations

import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text, quoted

MOST_BYTES = 4 << 30
"""What an archive may unpack to."""
MOST_FILES = 10_000
"""How many files an archive may hold."""

_MOST_DIRECTORY_BYTES = 16 << 20
_END = b"PK\x05\x06"
_END_BYTES = 22
_END_SEARCHED = (1 << 16) + _END_BYTES
_CHUNK = 1 << 20
_ENCRYPTED, _UTF8 = 0x1, 0x800
_DATA = (".shp", ".gpkg", ".geojson", ".json", ".gml", ".kml", ".parquet", ".geoparquet", ".fgb",
         ".tab", ".mif", ".dxf", ".gdb", ".csv", ".pbf", ".osm", ".txt")  # fmt: skip
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError,
           NotImplementedError, RuntimeError, OverflowError)  # fmt: skip


@contextmanager
def unpacked(key: str, name: str, path: Path, *, most_bytes: int | None = None) -> Iterator[Path]:
    """Yield a folder with the content of a zip archive; it is deleted at the end.

    Names that were not written as UTF-8 are read as GB18030, as Chinese Windows writes them.
    Links, and names that lead out of the folder, stay within it.

    Parameters
    ----------
    key, name
        The layer faults are filed under, and what the archive is called in them.
    path
        The archive.
    most_bytes
        What it may unpack to (default: `MOST_BYTES`, or half of the free disk if that is less).

    Raises
    ------
    InputError
        The archive is damaged, encrypted, or unpacks to too much.
    """
    with tempfile.TemporaryDirectory(prefix="carbonspace-") as folder:
        limit = most_bytes or min(MOST_BYTES, shutil.disk_usage(folder).free // 2)
        with _refusals(key, name):
            _unpack(path, Path(folder), limit)
        yield Path(folder)


def check_limits(key: str, name: str, path: Path) -> None:
    """Refuse a file that is a zip within (XLSX, KMZ) and unpacks to too much.

    Raises
    ------
    InputError
        As for `unpacked`.
    """
    with _refusals(key, name):
        _check_directory(path)
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive.infolist(), MOST_BYTES)


def names_in(path: Path) -> list[str]:
    """Return the names of the files in a zip archive, none where its contents cannot be told."""
    try:
        _check_directory(path)
        with zipfile.ZipFile(path) as archive:
            return [e.filename for e in archive.infolist() if not e.is_dir()]
    except (_RefusalError, *_BROKEN):
        return []


def datasets_in(folder: Path) -> list[Path]:
    """Return the data files below an unpacked folder, a file geodatabase as one."""
    found = [p for p in sorted(folder.rglob("*")) if p.suffix.lower() in _DATA]
    bases = [p for p in found if p.is_dir()]
    return [p for p in found if not any(base in p.parents for base in bases)]


class _RefusalError(Exception):
    """An archive that is not unpacked: what is wrong, what was found, what to do."""


@contextmanager
def _refusals(key: str, name: str) -> Iterator[None]:
    """Turn what is wrong with an archive into an `InputError`."""
    try:
        yield
    except _RefusalError as refused:
        raise InputError([_fault(key, name, *refused.args)]) from refused
    except _BROKEN as error:
        raise InputError([_broken(key, name, str(error))]) from error


def _unpack(path: Path, folder: Path, limit: int) -> None:
    _check_directory(path)
    with zipfile.ZipFile(path) as archive:
        entries = [e for e in archive.infolist() if not e.is_dir()]
        _check_entries(entries, limit)
        left = limit
        for entry in entries:
            left -= _write(archive, entry, folder, left)


def _check_directory(path: Path) -> None:
    """Refuse a table of contents that alone would fill the memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_SEARCHED))
        tail = file.read()
    at = tail.rfind(_END)
    stated = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    if stated > _MOST_DIRECTORY_BYTES:
        raise _too_much(Text(f"文件名目录 {stated:,} 字节", f"{stated:,} bytes of names"))


def _check_entries(entries: list[zipfile.ZipInfo], limit: int) -> None:
    if len(entries) > MOST_FILES:
        raise _too_much(
            Text(
                f"{len(entries):,} 个文件 > {MOST_FILES:,}",
                f"{len(entries):,} files > {MOST_FILES:,}",
            )
        )
    if (total := sum(e.file_size for e in entries)) > limit:
        raise _too_much(_over(total, limit))
    if any(e.flag_bits & _ENCRYPTED for e in entries):
        raise _RefusalError(
            Text("压缩包已加密", "The archive is encrypted"), Text("需要密码", "a password"),
            Text("解压后再用，或发送未加密的压缩包。",
                 "Unpack it with its password first, or ask for one without."),
        )  # fmt: skip


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int) -> int:
    """Write one file and return its size; more than `left` bytes are refused as they come."""
    target = folder.joinpath(*_parts(entry))
    if target == folder or stat.S_ISLNK(entry.external_attr >> 16):
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(entry) as packed, target.open("wb") as plain:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > left:
                raise _too_much(_over(written, left))
            plain.write(chunk)
    return written


def _parts(entry: zipfile.ZipInfo) -> list[str]:
    """Return the folders and the name of a file, without what leads out of the archive."""
    name = entry.filename if entry.flag_bits & _UTF8 else _decoded(entry.filename)
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return [p for p in parts if p not in ("/", "//", "..") and not p.endswith(":")]


def _decoded(name: str) -> str:
    """Return a name that zipfile took for code page 437 as what it most likely was."""
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _over(size: int, limit: int) -> Text:
    sizes = f"{size / 2**20:,.1f} MiB > {limit / 2**20:,.1f} MiB"
    return Text(sizes, sizes)


def _too_much(found: Text) -> _RefusalError:
    return _RefusalError(
        Text("压缩包解压后过大", "The archive unpacks to too much"), found,
        Text("自行解压并核对内容，再写其中的数据文件。",
             "Unpack it yourself, look at what it holds, and name the data file."),
    )  # fmt: skip


def _broken(key: str, name: str, reason: str) -> Finding:
    what = Text("压缩包损坏或方法不支持", "The archive is damaged or packed in an unknown way")
    action = Text("重新复制该文件，或自行解压。", "Copy the file again, or unpack it yourself.")
    return _fault(key, name, what, quoted(reason or "-"), action)


def _fault(key: str, name: str, what: Text, found: Text, action: Text) -> Finding:
    expected = Text("可读取的 zip 压缩包", "a zip archive that can be read")
    return Finding("error", key, what, found.under(name), expected, action, local=True)
