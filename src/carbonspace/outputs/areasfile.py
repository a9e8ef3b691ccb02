"""A GeoPackage of service areas alone: written aside, then put in place; all or nothing."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

from carbonspace.errors import SourceError
from carbonspace.model.maps import Walks
from carbonspace.outputs.areas import area_layers, write_areas
from carbonspace.outputs.gpkgfile import write_styles, written_aside

_REFUSED = (OSError, sqlite3.Error, DataSourceError, DataLayerError, FeatureError, GeometryError)
_SUFFIX = ".gpkg"


def usable_file(path: Path | str, *, replace: bool = False) -> Path:
    """Return where service areas will go.

    Raises
    ------
    SourceError
        If the name does not end in .gpkg, the folder is not there, the file is open in another
        program, or it exists and is not to be replaced.
    """
    file = Path(path).absolute()
    if file.suffix.lower() != _SUFFIX:
        raise _refused(file, "文件名应以 .gpkg 结尾", "its name must end in .gpkg")
    if not file.parent.is_dir():
        raise _refused(file, f"文件夹 {file.parent} 不存在", f"there is no folder {file.parent}")
    if file.with_name(f"{file.name}-wal").exists():
        raise _refused(file, "已在其他程序中打开，请先关闭",
                       "it is open in another program; close it there first")  # fmt: skip
    if file.is_dir() or (file.exists() and not replace):
        raise _refused(file, "已存在；另取名称，或用 --force 替换",
                       "it exists; name another, or replace it with --force")  # fmt: skip
    return file


def write_service_areas(walks: Sequence[Walks], path: Path | str, *, replace: bool = False) -> Path:
    """Write a layer of areas and one of streets for each thing walked to, with their styles.

    Raises
    ------
    SourceError
        As `usable_file`, and if the file cannot be written.
    """
    file = usable_file(path, replace=replace)
    aside = file.with_name(f"{_ours(file)}{secrets.token_hex(4)}{_SUFFIX}")
    try:
        with written_aside():
            found = write_areas([*area_layers(walks)], aside)
        write_styles(found, aside)
        aside.replace(file)
    except _REFUSED as error:
        raise _refused(file, f"“{error}”", str(error)) from error
    finally:
        aside.unlink(missing_ok=True)
    return file


def give_up(path: Path | str) -> None:
    """Remove what this process began beside a file."""
    file = Path(path).absolute()
    for one in [*file.parent.iterdir()]:
        if one.name.startswith(_ours(file)):
            one.unlink(missing_ok=True)


def _ours(file: Path) -> str:
    return f".{file.stem}.{os.getpid()}-"


def _refused(file: Path, zh: str, en: str) -> SourceError:
    return SourceError(f"service areas cannot be written to {file}: {en}.",
                       f"服务区无法写入 {file}：{zh}。")  # fmt: skip
