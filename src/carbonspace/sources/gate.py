"""What must not be opened: looked at from outside, before any reader touches it.

A path that is no file, a file that is empty, locked away, packed, or that would send its reader
elsewhere is refused here, in words that say what to do. Nothing is read but the first bytes.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text, quoted
from carbonspace.sources.anykind import view_of_any_kind
from carbonspace.sources.dbf import sibling
from carbonspace.sources.whole import head_of

MOST_TEXT_BYTES = 2 << 30
"""Text files above this are refused: they have no index, and every one of them is read whole."""

_HEAD_BYTES = 1 << 16
_TEXT = (".geojson", ".json", ".topojson", ".gml", ".xml", ".kml", ".csv", ".txt", ".osm", ".dxf")
_SQLITE = b"SQLite format 3\0"
_PACKED = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh", b"\xfd7zXZ\0",
           b"\x28\xb5\x2f\xfd")  # fmt: skip
_ELSEWHERE = re.compile(rb"<(OGR\w*DataSource|VRTDataset|GDAL_WMS|\w+_Capabilities)\b")
_STREAMED = re.compile(rb'^\s*\{[^{]*"gdal_streamed_alg"')
_XML = re.compile(rb"\s*<[?!A-Za-z_]")
_REMARK = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ROOT = re.compile(rb"<[A-Za-z_]")


class Refusal(NamedTuple):
    """Why something cannot be used, and what to do about it."""

    what: Text
    action: Text


_REFUSALS: dict[str, Refusal] = {
    "loop": Refusal(Text("符号链接循环，指不到任何文件", "A loop of symbolic links"),
                    Text("改正链接，或直接写数据文件的路径。",
                         "Correct the link, or name the data file itself.")),
    "path": Refusal(Text("路径不可用", "The path cannot be used"),
                    Text("改正 source 的路径。", "Correct the path of the source.")),
    "forbidden": Refusal(Text("没有读取权限，或文件正被占用",
                              "The file may not be read, or another program holds it"),
                         Text("取得读取权限；关闭正在使用它的程序后重试。",
                              "Ask for the right to read it; close the program that uses it.")),
    "device": Refusal(Text("不是普通文件", "It is no ordinary file"),
                      Text("写数据文件的路径，而不是管道或设备。",
                           "Name a data file, not a pipe or a device.")),
    "nothing": Refusal(Text("文件为空（0 字节）", "The file is empty (0 bytes)"),
                       Text("重新导出或重新复制该文件。", "Export or copy the file again.")),
    "packed": Refusal(Text("文件是压缩包", "The file is packed"),
                      Text("先解压（zip 可直接读取），再写解压后的文件。",
                           "Unpack it first (a zip can be read as it is).")),
    "office": Refusal(Text("加密的或旧式的 Office 文件", "An encrypted or old Office file"),
                      Text("去除密码，另存为 GeoPackage 或 CSV。",
                           "Take the password off and save it as GeoPackage or CSV.")),
    "dwg": Refusal(Text("AutoCAD 的 DWG 图纸", "A DWG drawing of AutoCAD"),
                   Text("在 CAD 中导出为 DXF、Shapefile 或 GeoPackage。",
                        "Export it from the CAD program as DXF, Shapefile or GeoPackage.")),
    "access": Refusal(Text("Access 数据库（个人地理数据库）",
                           "An Access database (personal geodatabase)"),
                      Text("导出为文件地理数据库（.gdb）或 GeoPackage。",
                           "Export it as a file geodatabase (.gdb) or GeoPackage.")),
    "sqlite": Refusal(Text("不是 GeoPackage：内容已加密或损坏",
                           "Not a GeoPackage: its content is encrypted or damaged"),
                      Text("去除加密，或从原软件重新导出。",
                           "Take the encryption off, or export it again.")),
    "elsewhere": Refusal(Text("文件只是指向别处数据的说明",
                              "The file only points to data somewhere else"),
                         Text("直接写所指的数据文件。", "Name the data it points to.")),
    "entity": Refusal(Text("XML 中声明了 DOCTYPE 或实体，可能撑满内存或读取别的文件",
                           "The XML declares a DOCTYPE or entities, which can fill the memory or "
                           "read other files"),
                      Text("删去 <!DOCTYPE …> 后再用，或重新导出。",
                           "Remove <!DOCTYPE …>, or export the file again.")),
    "large": Refusal(Text("文本格式的文件过大", "The text file is too large"),
                     Text("转换为 GeoPackage 或 GeoParquet 再用。",
                          "Convert it to GeoPackage or GeoParquet.")),
}  # fmt: skip
_BARE = Text("", "")
_EXPECTED = Text("可读取的数据文件", "a data file that can be read")
_OF_THE_PATH = ("loop", "path", "device")
"""Refusals of what plan.toml names, not of the data."""
_ERRNO = {errno.ELOOP: "loop", errno.EACCES: "forbidden", errno.EPERM: "forbidden",
          errno.EBUSY: "forbidden"}  # fmt: skip


def barred(key: str, name: str, path: Path) -> Finding | None:
    """Return why `path` must not be opened, or None; a path where nothing lies is not barred.

    Parameters
    ----------
    key
        The layer (or `plan`, `data`) the finding is filed under.
    name
        What the file is called for the reader of the finding.
    """
    reason, found = _reason(path)
    if reason is None:
        return None
    what, action = _REFUSALS[reason]
    return Finding("error", key, what, found.under(name) if found.en else name, _EXPECTED, action,
                   local=reason not in _OF_THE_PATH)  # fmt: skip


def is_zip(path: Path) -> bool:
    """Return True for a zip archive by content, whatever it is called."""
    return path.is_file() and head_of(path, 4) in (b"PK\x03\x04", b"PK\x05\x06")


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Yield a path to the same file, where a reader finds it in order and may leave notes.

    GDAL writes a `.gfs` beside each GML file it lists; a shapefile's `.prj` with a Chinese name
    in GBK stops its reader, and so does a GeoPackage layer of any kind that must have heights.
    Other files keep their own path.
    """
    view = view_of_any_kind(path)
    if view is not None:
        with tempfile.TemporaryDirectory(prefix="carbonspace-") as folder:
            (Path(folder) / f"{path.stem}.vrt").write_text(view, "utf-8")
            yield Path(folder) / f"{path.stem}.vrt"
        return
    grid = _foreign_grid(path)
    if grid is None and path.suffix.lower() not in (".gml", ".xml"):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="carbonspace-") as folder:
        for one in path.parent.glob("*"):
            if one.stem == path.stem and one.is_file() and one != grid:
                (Path(folder) / one.name).symlink_to(one.resolve())
        if grid is not None:
            text = grid.read_bytes().decode("gb18030", "replace")
            (Path(folder) / grid.name).write_text(text, "utf-8")
        yield Path(folder) / path.name


def _foreign_grid(path: Path) -> Path | None:
    """Return the `.prj` of a shapefile that is not UTF-8, if there is one."""
    grid = sibling(path, ".prj") if path.suffix.lower() == ".shp" else None
    if grid is None:
        return None
    try:
        grid.read_text("utf-8")
    except UnicodeDecodeError:
        return grid
    return None


def _reason(path: Path) -> tuple[str | None, Text]:
    """Return the name of the refusal and what was found, or None."""
    try:
        status = os.stat(path)  # noqa: PTH116  # tells a loop from nothing
        if stat.S_ISDIR(status.st_mode):
            return None, _BARE
        if not stat.S_ISREG(status.st_mode):
            return "device", _BARE
        if not status.st_size:
            return "nothing", _BARE
        head = head_of(path, _HEAD_BYTES)
    except (OSError, ValueError) as error:
        return _of_error(error)
    if status.st_size > MOST_TEXT_BYTES and path.suffix.lower() in _TEXT:
        sizes = f"{status.st_size / 2**30:.1f} GiB > {MOST_TEXT_BYTES / 2**30:.0f} GiB"
        return "large", Text(sizes, sizes)
    return _of_content(path, head), _BARE


def _of_error(error: OSError | ValueError) -> tuple[str | None, Text]:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return None, _BARE
    number = error.errno if isinstance(error, OSError) else None
    return _ERRNO.get(number or 0, "path"), quoted(str(error))


def _of_content(path: Path, head: bytes) -> str | None:
    """Return which refusal the first bytes of a file ask for."""
    if head.startswith(_PACKED) or head[257:262] == b"ustar":
        return "packed"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "office"
    if head[:4] == b"AC10" and path.suffix.lower() != ".csv":
        return "dwg"
    if b"Standard Jet DB" in head[:32] or b"Standard ACE DB" in head[:32]:
        return "access"
    if path.suffix.lower() in (".gpkg", ".sqlite") and not head.startswith(_SQLITE):
        return "sqlite"
    text = _as_ascii(head)
    if not _XML.match(text):
        return "elsewhere" if _STREAMED.match(text) else None
    before, root, _ = _parted(_REMARK.sub(b"", text))
    # A prolog without an end within the head may hide what comes after it.
    if b"<!" in before or (not root and len(head) == _HEAD_BYTES):
        return "entity"
    return "elsewhere" if _ELSEWHERE.search(text) else None


def _parted(text: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what lies before the root element of XML, its start, and the rest."""
    found = _ROOT.search(text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, b"", b"")


def _as_ascii(head: bytes) -> bytes:
    """Return text as bytes of one character each: UTF-16 and byte-order marks must hide nothing."""
    for mark in (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"):
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"")
