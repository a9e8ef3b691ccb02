"""Rasters of a plan: what they are, read from their header; they are opened where measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rasterio
from rasterio.errors import RasterioIOError

from carbonspace.model.finding import Finding
from carbonspace.model.plan import Raster
from carbonspace.model.rasters import RASTERS
from carbonspace.model.text import Text, quoted
from carbonspace.sources.gate import barred, is_zip
from carbonspace.sources.raster_meaning import legend_of, no_legend, unit_of

_MOST_EAST, _MOST_NORTH = 361.0, 91.0
"""Degrees; a raster that covers the Earth reaches half a cell beyond."""
_FINE = 0.1
"""A cell of a raster in degrees is smaller than this."""


def read_raster(
    kind: str, path: Path, *, unit: str | None = None,
    legend: str | Mapping[str, str] | None = None,
) -> tuple[Raster | None, list[Finding]]:  # fmt: skip
    """Return the facts of a raster, or None and why it cannot be used.

    It may lie in a zip archive: `dem.zip/folder/dem.tif`. A raster without a CRS, turned against
    the axes, with several bands, or with coordinates that its CRS cannot have is refused. `unit`
    and `legend` are what plan.toml says of it, without faults.
    """
    name = f"rasters.{kind}"
    if (fault := barred(name, path.name, container(path))) is not None:
        return None, [fault]
    if not container(path).is_file():
        return None, [_missing(name, path)]
    path = _opened_as(path)
    try:
        with rasterio.open(path) as source:
            if faults := _faults(name, source):
                return None, faults
            said, notes = _unit(kind, source.units[0], unit)
            raster = _facts(kind, path, source, said, legend_of(legend))
    except RasterioIOError as error:
        return None, [_unreadable(name, path, quoted(str(error)))]
    if RASTERS[kind].has_classes and legend is None:
        notes.append(no_legend(kind))
    return raster, notes


def _facts(
    kind: str, path: Path, source: Any, unit: tuple[str, float], legend: Mapping[int, str]
) -> Raster:
    """Return what a raster says of itself."""
    west, east = sorted((source.bounds.left, source.bounds.right))
    south, north = sorted((source.bounds.bottom, source.bounds.top))
    return Raster(
        kind, path, source.crs.to_string() if source.crs else "",
        (float(source.res[0]), float(source.res[1])), source.nodata, *unit, legend,
        (west, south, east, north), source.transform.e > 0,
    )  # fmt: skip


def _unit(
    kind: str, written: str | None, given: str | None
) -> tuple[tuple[str, float], list[Finding]]:
    """Return the canonical unit of a raster and what turns its values into it.

    What plan.toml says goes before what the file says of its band.
    """
    default = next(iter(RASTERS[kind].ranges), "")
    found = unit_of(kind, given or written or default)
    if found is None:
        return (default, 1.0), []
    unit, uom = found
    if given or uom.factor == 1.0:
        return (unit, uom.factor), []
    return (unit, uom.factor), [Finding(
        "note", f"rasters.{kind}",
        Text("栅格的数值已换算单位", "The values of the raster were converted"),
        Text(f"{uom.title.zh}（{written}）", f"{uom.title.en} ({written})"),
        Text(unit, unit),
        Text(f"文件的波段写明单位；如有误，在 [rasters.{kind}] 中写 unit。",
             f"The band says its unit; if it is wrong, write unit in [rasters.{kind}]."),
    )]  # fmt: skip


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


def _faults(name: str, source: Any) -> list[Finding]:
    faults = []
    turned, bands = bool(source.transform.b or source.transform.d), source.count
    if not source.crs:
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
    if source.crs and not turned and _contradicts(source):
        faults.append(_no_such_place(name, source))
    if bands != 1:
        faults.append(Finding(
            "error", name, Text("栅格的波段数不符", "The raster has several bands"),
            Text(f"{bands} 个波段", f"{bands} bands"), Text("一个波段", "one band"),
            Text("导出所需的波段。", "Export the band that is meant."),
        ))  # fmt: skip
    return faults


def _contradicts(source: Any) -> bool:
    """Tell whether coordinates are degrees where the CRS has metres, or the other way round."""
    box = source.bounds
    across, up = max(abs(box.left), abs(box.right)), max(abs(box.bottom), abs(box.top))
    degrees = across <= _MOST_EAST and up <= _MOST_NORTH
    fine = abs(source.transform.a) < _FINE and abs(source.transform.e) < _FINE
    return bool(not degrees if source.crs.is_geographic else degrees and fine)


def _no_such_place(name: str, source: Any) -> Finding:
    box, crs = source.bounds, source.crs.to_string()
    looks = Text("像经纬度", "look like degrees")
    if source.crs.is_geographic:
        looks = Text("像米", "look like metres")
    return Finding(
        "error", name, Text("栅格的坐标与其坐标系矛盾", "The raster contradicts its CRS"),
        Text(f"{crs}，坐标{looks.zh}：{box.left:g} … {box.right:g}，{box.bottom:g} … {box.top:g}",
             f"{crs}, coordinates that {looks.en}: {box.left:g} … {box.right:g}, "
             f"{box.bottom:g} … {box.top:g}"),
        Text("坐标系能有的坐标", "coordinates that the CRS can have"),
        Text("用 GIS 软件为文件写入正确的坐标系（不要重投影）。",
             "Assign the right CRS to the file in a GIS (do not reproject it)."),
    )  # fmt: skip


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
