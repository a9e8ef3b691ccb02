"""Images as Cloud-Optimised GeoTIFFs, written block by block: only what is shown takes room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.shutil import copy
from rasterio.transform import Affine
from rasterio.windows import Window

from carbonspace.model.assessment import Assessment, Evidence
from carbonspace.model.image import Image, Spots
from carbonspace.model.text import Text
from carbonspace.outputs.gathering import places_of
from carbonspace.outputs.told import made_with

_BLOCK = 512
_CACHE_MB = 64
_SHARES = 255
"""Shares of cells are held in so many steps: enough to say which is the largest."""
_COG = {
    "driver": "COG", "blocksize": str(_BLOCK), "compress": "DEFLATE", "predictor": "YES",
    "overview_resampling": "AVERAGE", "sparse_ok": "YES", "bigtiff": "IF_SAFER",
    "num_threads": "1",
}  # fmt: skip
"""One thread: the same image gives the same bytes."""


class _Wanted(NamedTuple):
    """An image, the indicator it is of, and the units it is wanted of."""

    key: str
    image: Image
    units: pd.Index


def write_images(assessment: Assessment, kept: Evidence, folder: Path) -> list[Path]:
    """Write the images of which evidence is kept into `folder`, and return their files.

    Each is called by its name: `sun_hours.tif`; a second of the same name, made another way, is
    called by its indicator too. The values are float32, NaN where there is none.
    """
    made, files = made_with(assessment), list[Path]()
    for wanted in _images(assessment, kept):
        first = wanted[0]
        path = folder / f"{first.image.name}.tif"
        if path.exists():
            path = path.with_stem(f"{first.image.name}_{first.key}")
        if _write(assessment, wanted, made[first.key], path):
            files.append(path)
    return files


def _images(assessment: Assessment, kept: Evidence) -> Iterable[list[_Wanted]]:
    """Return what is wanted, that of one image together, what shows all first."""
    found: dict[Any, list[_Wanted]] = {}
    for key, places in places_of(assessment, kept).items():
        image = assessment.measures[key].image
        if image is not None and len(places.units):
            same = (image.name, image.cell, image.corner, image.source)
            found.setdefault(same, []).append(_Wanted(key, image, places.units))
    return [sorted(some, key=lambda one: not one.image.is_all) for some in found.values()]


def _spots(wanted: Iterable[_Wanted]) -> Iterator[Spots]:
    """Yield the cells that are wanted; what an image of all has shown is not shown again."""
    done = pd.Index([])
    for one in wanted:
        left = one.units[~one.units.isin(done)]
        if len(left):
            yield from one.image.cells(left)
        done = done.union(left) if one.image.is_all else done


class _Place(NamedTuple):
    """Where an image lies: its first row and column, how many there are, and a cell's side."""

    top: int
    left: int
    rows: int
    cols: int
    cell: float
    corner: tuple[float, float]

    @property
    def transform(self) -> Affine:
        """Where its corner lies, and how large a cell is."""
        west, north = self.corner
        return Affine(self.cell, 0, west + self.left * self.cell,
                      0, -self.cell, north - self.top * self.cell)  # fmt: skip


def _place(assessment: Assessment, wanted: Iterable[_Wanted]) -> _Place | None:
    """Return the smallest place that holds the features in the units; None where there are none."""
    one = next(iter(wanted)).image
    if one.layer not in assessment.plan.layers:
        return None
    units = assessment.plan.layers["units"].geometry
    ids = units.index[units.index.isin(np.concatenate([w.units.to_numpy() for w in wanted]))]
    shapes = assessment.plan.layers[one.layer].geometry.to_numpy()
    near = shapely.STRtree(shapes).query(units.loc[ids].to_numpy())[1]
    if not len(near):
        return None
    bounds = shapely.total_bounds(shapes[near]) - np.tile(one.corner, 2)
    west, south, east, north = bounds / one.cell
    top, left = int(np.floor(-north)), int(np.floor(west))
    return _Place(top, left, int(np.ceil(-south)) - top, int(np.ceil(east)) - left, one.cell,
                  one.corner)  # fmt: skip


def _write(assessment: Assessment, wanted: list[_Wanted], made: Text, path: Path) -> bool:
    """Write an image; return False where it would show nothing.

    Raises
    ------
    OSError
        If it cannot be written whole.
    """
    place = _place(assessment, wanted)
    if place is None:
        return False
    crs = assessment.plan.layers["units"].crs
    scratch = path.with_suffix(".value.tmp"), path.with_suffix(".share.tmp")
    try:
        with rasterio.Env(GDAL_CACHEMAX=_CACHE_MB):
            with _opened(place, crs, scratch) as (value, share):
                count = sum(_paint(value, share, place, spots) for spots in _spots(wanted))
                _describe(value, wanted[0].image, made)
            copy(scratch[0], path, **_COG)
            if _shown(path) != count:  # a disk that is full may go unnoticed until it is read
                raise OSError(f"{path.name}: cells were lost in writing")
    except CPLE_BaseError as error:
        raise OSError(str(error)) from error
    for one in scratch:
        one.unlink()
    return True


@contextmanager
def _opened(place: _Place, crs: Any, files: tuple[Path, Path]) -> Iterator[tuple[Any, Any]]:
    """Open new files for values and for shares, of which only blocks that are written take room."""
    facts = {
        "driver": "GTiff", "width": place.cols, "height": place.rows, "count": 1,
        "crs": CRS.from_user_input(crs), "transform": place.transform, "tiled": True,
        "blockxsize": _BLOCK, "blockysize": _BLOCK, "sparse_ok": True, "bigtiff": "IF_SAFER",
    }  # fmt: skip
    with (
        rasterio.open(files[0], "w+", dtype="float32", nodata=np.nan, **facts) as value,
        rasterio.open(files[1], "w+", dtype="uint8", **facts) as share,
    ):
        yield value, share


def _shown(path: Path) -> int:
    """Return how many cells of an image have a value."""
    with rasterio.open(path) as file:
        blocks = (file.read(1, window=window) for _, window in file.block_windows(1))
        return sum(int(np.count_nonzero(~np.isnan(block))) for block in blocks)


def _describe(file: Any, image: Image, made: Text) -> None:
    """Say in the file what it shows, in both languages."""
    title = f"{image.title.zh} | {image.title.en}"
    file.descriptions, file.units = (title,), (image.unit,)
    words = {"TITLE_ZH": image.title.zh, "TITLE_EN": image.title.en, "UNIT": image.unit,
             "MADE_WITH_ZH": made.zh, "MADE_WITH_EN": made.en}  # fmt: skip
    file.update_tags(**words)


def _paint(value: Any, share: Any, place: _Place, spots: Spots) -> int:
    """Write cells into the blocks that they lie in, where they count for more than what is there.

    Return how many had no value before. Of equal shares the larger value counts, so the order in
    which cells come makes no difference.
    """
    row, col = spots.row - place.top, spots.col - place.left
    part = np.ceil(spots.share * _SHARES).clip(1, _SHARES).astype(np.uint8)
    block = row // _BLOCK * (-(-place.cols // _BLOCK)) + col // _BLOCK
    order = np.lexsort((spots.value, part, block))
    ends = np.flatnonzero(np.diff(block[order])) + 1
    count = 0
    for some in np.split(order, ends) if len(order) else ():
        window = _window(place, row[some[0]] // _BLOCK, col[some[0]] // _BLOCK)
        at = row[some] % _BLOCK, col[some] % _BLOCK
        new, weight = _drawn(window, at, spots.value[some], part[some])
        old, held = value.read(1, window=window), share.read(1, window=window)
        count += int(np.count_nonzero((weight > 0) & (held == 0)))
        better = (weight > held) | ((weight == held) & (new > old))
        value.write(np.where(better, new, old), 1, window=window)
        share.write(np.where(better, weight, held), 1, window=window)
    return count


def _window(place: _Place, down: int, along: int) -> Window:
    top, left = int(down) * _BLOCK, int(along) * _BLOCK
    return Window(left, top, min(_BLOCK, place.cols - left), min(_BLOCK, place.rows - top))


def _drawn(
    window: Window, at: tuple[Any, Any], value: NDArray[Any], part: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return a block with cells in it; of those in one place the last."""
    shape = (int(window.height), int(window.width))
    new, weight = np.full(shape, np.nan, np.float32), np.zeros(shape, np.uint8)
    new[at], weight[at] = value, part
    return new, weight
