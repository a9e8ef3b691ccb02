"""Whether a file is whole: what its header promises against what is there.

A reader that meets the end too early gives what it has, without a word; features would be lost.
"""

from __future__ import annotations

import re
from pathlib import Path

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.sources.dbf import sibling

_SHP_HEADER = 100
_SHX_RECORD = 8
_DBF_HEADER = 32
_SQLITE_HEADER = 100
_SEARCHED = 1 << 16
_REMARK = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?\s*<([A-Za-z_][^\s/>]*)[^>]*>?")
_MOST_BLOCK_HEADER = 1 << 16
_DATA_SIZE = re.compile(rb"^\x0a\x07?.{1,16}?\x18([\x80-\xff]{0,4}[\0-\x7f])$", re.DOTALL)


def not_whole(key: str, name: str, path: Path) -> list[Finding]:
    """Return the faults of a file that ends early, or of a shapefile whose parts disagree.

    Looked at are shapefiles, GeoPackages, XML (GML, KML, OSM) and the PBF of OpenStreetMap; the
    readers of other formats notice it themselves.
    """
    if path.suffix.lower() == ".shp":
        return _shapefile_faults(key, name, path)
    if not path.is_file():
        return []
    test = _short_database if path.suffix.lower() == ".gpkg" else _short_stream
    return [_cut_short(key, short.under(name))] if (short := test(path)) else []


def _shapefile_faults(key: str, name: str, path: Path) -> list[Finding]:
    parts = [p for p in (path, sibling(path, ".shx"), sibling(path, ".dbf")) if p]
    short = [found for part in parts if (found := _short(part))]
    if short:
        return [_cut_short(key, found.under(name)) for found in short]
    if len(parts) < 3:
        return []
    shapes = (parts[1].stat().st_size - _SHP_HEADER) // _SHX_RECORD
    rows = int.from_bytes(head_of(parts[2], _DBF_HEADER)[4:8], "little")
    return [] if shapes == rows else [_disagree(key, name, shapes, rows)]


def _short(part: Path) -> Text | None:
    """Return what is missing of one part of a shapefile."""
    size = part.stat().st_size
    if part.suffix.lower() == ".dbf":
        head = head_of(part, _DBF_HEADER)
        rows, start, width = (int.from_bytes(head[a:b], "little")
                              for a, b in ((4, 8), (8, 10), (10, 12)))  # fmt: skip
        promised = max(_DBF_HEADER, start + rows * width)
    else:
        promised = max(_SHP_HEADER, 2 * int.from_bytes(head_of(part, _SHP_HEADER)[24:28], "big"))
    return _found(part, size, promised)


def _short_database(path: Path) -> Text | None:
    """Return what is missing of a GeoPackage, where its header counts its pages."""
    head = head_of(path, _SQLITE_HEADER)
    if len(head) < _SQLITE_HEADER:
        return _found(path, len(head), _SQLITE_HEADER)
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big") if head[24:28] == head[92:96] else 0
    return _found(path, path.stat().st_size, pages * (1 << 16 if page == 1 else page))


def _short_stream(path: Path) -> Text | None:
    """Return what is missing of a file of blocks or elements that a reader takes as they come."""
    head = head_of(path, _SEARCHED)
    if b"OSMHeader" in head[:64]:
        return _short_blocks(path)
    before = _REMARK.sub(b"", head)
    root = _ROOT.match(before)
    if root is None or root[0].endswith(b"/>"):
        return None
    end = _REMARK.sub(b"", _tail(path, _SEARCHED)).rstrip(b"\0 \t\r\n")
    closed = re.search(rb"</\s*" + re.escape(root[1]) + rb"\s*>$", end)
    name = root[1].decode("utf-8", "replace")
    return None if closed else Text(f"{path.name} 的结尾不是 </{name}>",
                                    f"{path.name} does not end in </{name}>")  # fmt: skip


def _short_blocks(path: Path) -> Text | None:
    """Return what is missing of a PBF: each block is a length, a header, and as much as it says."""
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            length = int.from_bytes(file.read(4), "big")
            header = file.read(length) if length <= _MOST_BLOCK_HEADER else b""
            data = _data_size(header)
            if data is None:
                return Text(f"{path.name} 在第 {at:,} 字节处没有数据块",
                            f"{path.name} has no block at byte {at:,}")  # fmt: skip
            at += 4 + length + data
    return _found(path, size, at)


def _data_size(header: bytes) -> int | None:
    """Return field 3 of a block's header: how many bytes its data takes."""
    found = _DATA_SIZE.search(header)
    return sum((byte & 0x7F) << 7 * n for n, byte in enumerate(found[1])) if found else None


def _found(part: Path, size: int, promised: int) -> Text | None:
    if size >= promised:
        return None
    return Text(f"{part.name} 应有 {promised:,} 字节，只有 {size:,} 字节",
                f"{part.name} has {size:,} of {promised:,} bytes")  # fmt: skip


def head_of(path: Path, count: int) -> bytes:
    """Return the first bytes of a file."""
    with path.open("rb") as file:
        return file.read(count)


def _tail(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - count))
        return file.read(count)


def _cut_short(key: str, found: Text) -> Finding:
    return Finding(
        "error", key, Text("文件不完整，结尾缺失", "The file is cut short"), found,
        Text("完整的文件", "the whole file"),
        Text("重新复制或重新导出该文件。", "Copy or export the file again."), local=True,
    )  # fmt: skip


def _disagree(key: str, name: str, shapes: int, rows: int) -> Finding:
    return Finding(
        "error", key,
        Text("Shapefile 的图形与属性表数目不一致",
             "The shapes and the rows of the shapefile differ in number"),
        Text(f"{shapes} 个图形（.shx），{rows} 行（.dbf）",
             f"{shapes} shapes (.shx), {rows} rows (.dbf)").under(name),
        Text("每个图形对应一行属性", "one row for each shape"),
        Text("重新导出；不要单独修改 .dbf。", "Export it again; never edit the .dbf alone."),
        local=True,
    )  # fmt: skip
