"""Rasters of a plan: what they are, read from their header; they are opened where measured."""

from __future__ import annotations

from pathlib import Path

import rasterio
from rasterio.errors import RasterioIOError

from carbonspace.model.finding import Finding
from carbonspace.model.plan import Raster
from carbonspace.model.text import Text, quoted
from carbonspace.sources.gate import barred, is_zip


def read_raster(kind: str, path: Path) -> tuple[Raster | None, list[Finding]]:
    """Return the facts of a raster, or None and why it cannot be used.

    It may lie in a zip archive: `dem.zip/folder/dem.tif`. A raster without a CRS, turned against
    the axes, or with several bands is refused.
    """
    name = f"rasters.{kind}"
    if (fault := barred(name, path.name, container(path))) is not None:
        return None, [fault]
    if not container(path).is_file():
        return None, [_missing(name, path)]
    path = _opened_as(path)
    try:
        with rasterio.open(path) as source:
            crs = source.crs.to_string() if source.crs else ""
            turned = bool(source.transform.b or source.transform.d)
            resolution = (float(source.res[0]), float(source.res[1]))
            raster = Raster(kind, path, crs, resolution, source.nodata)
            faults = _faults(name, crs, turned, source.count)
    except RasterioIOError as error:
        return None, [_unreadable(name, path, quoted(str(error)))]
    return (None if faults else raster), faults


def container(path: Path) -> Path:
    """Return the file a raster lies in: the zip archive its path leads into, or itself."""
    archives = (p for p in path.parents if p.suffix.lower() == ".zip" and is_zip(p))
    return path if path.exists() else next(archives, path)


def _opened_as(path: Path) -> Path:
    """Return the path GDAL knows: braces tell it where an archive ends."""
    archive = container(path)
    if archive == path:
        return path
    return Path(f"/vsizip/{{{archive}}}") / path.relative_to(archive)


def _faults(name: str, crs: str, turned: bool, bands: int) -> list[Finding]:
    faults = []
    if not crs:
        faults.append(Finding(
            "error", name, Text("栅格没有坐标系", "The raster has no CRS"), "-",
            Text("一个坐标系", "a CRS"),
            Text("用 GIS 软件为文件写入坐标系。", "Assign one to the file in a GIS."),
        ))  # fmt: skip
    if turned:
        faults.append(Finding(
            "error", name, Text("栅格有旋转", "The raster is rotated"),
            Text("行列与坐标轴不平行", "rotated transform"),
            Text("行列与坐标轴平行", "rows and columns along the axes"),
            Text("重采样为正北方向。", "Resample it north up."),
        ))  # fmt: skip
    if bands != 1:
        faults.append(Finding(
            "error", name, Text("栅格的波段数不符", "The raster has several bands"),
            Text(f"{bands} 个波段", f"{bands} bands"), Text("一个波段", "one band"),
            Text("导出所需的波段。", "Export the band that is meant."),
        ))  # fmt: skip
    return faults


def _missing(name: str, path: Path) -> Finding:
    return Finding(
        "error", name, Text("文件不存在", "The file does not exist"), str(path),
        Text("栅格文件", "a raster file"),
        Text(f"改正 [{name}] 的 source；相对路径以 plan.toml 所在目录为准。",
             f"Correct the source of [{name}]; a relative path starts at plan.toml."),
    )  # fmt: skip


def _unreadable(name: str, path: Path, reason: Text) -> Finding:
    return Finding(
        "error", name, Text("无法读取栅格", "The raster cannot be read"),
        reason.under(path.name),
        Text("GDAL 能读取的栅格，如 GeoTIFF", "a raster GDAL can read, such as GeoTIFF"),
        Text("检查文件是否完整。", "Check that the file is complete."),
    )  # fmt: skip
