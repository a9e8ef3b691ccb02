"""Rasters opened where they are measured: the cells of a window, in the plan's CRS.

A raster in the plan's CRS is read as it is. Another one is resampled onto cells of about its own
size in the plan's CRS, block by block of a lattice that hangs on the plan alone, so that no value
hangs on the window that is asked for.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.transform import Affine
from rasterio.warp import Resampling, reproject, transform, transform_bounds
from rasterio.windows import Window

from carbonspace.model.grid import Grid
from carbonspace.model.plan import Plan, Raster
from carbonspace.model.rasters import LAND_COVERS, PREFIX, RASTERS

Box = tuple[float, float, float, float]

_BLOCK = 512
"""Cells along a block that is resampled at a time."""
_SQUARE = 2000
"""Cells along a square of which the cells are at hand at a time."""
_HOME_M = 100_000.0
"""The lattice of what is resampled begins at a multiple of this."""
_SAME = 0.01
"""Two CRSs are one to a raster where they differ by less than this part of a cell."""
_RESAMPLING = threading.Lock()
"""While rasterio resamples it silences a warning, for all threads at once: hence one by one."""
_NARROW = ("uint8", "int8", "uint16", "int16", "float32")
_METRES_PER_DEGREE = 111_320.0


class _Place(NamedTuple):
    """Where the cells of a raster lie: its north-west corner and the size of a cell."""

    west: float
    north: float
    width: float
    height: float

    def transform(self, top: int, left: int) -> Affine:
        """Return the affine transform of a window that begins there."""
        west, north = self.west + left * self.width, self.north - top * self.height
        return Affine(self.width, 0, west, 0, -self.height, north)

    def span(self, box: Box) -> tuple[int, int, int, int]:
        """Return the first and last row and the first and last column around a box; half open."""
        west, south, east, north = box
        return (math.floor((self.north - north) / self.height) - 1,
                math.ceil((self.north - south) / self.height) + 1,
                math.floor((west - self.west) / self.width) - 1,
                math.ceil((east - self.west) / self.width) + 1)  # fmt: skip


@dataclass
class Grids:
    """The rasters of a plan around a box, each opened when it is asked for; for one thread."""

    plan: Plan
    box: Box
    _made: dict[str, Grid | None] = field(default_factory=dict)

    def get(self, kind: str) -> Grid | None:
        """Return the cells of a raster around the box; None where the plan has no such raster."""
        if kind not in self._made:
            raster, units = raster_of(self.plan, kind), self.plan.layers["units"]
            self._made[kind] = (
                None if raster is None
                else opened(raster, units.crs, self.box, units.total_bounds)
            )  # fmt: skip
        return self._made[kind]


def raster_of(plan: Plan, kind: str) -> Raster | None:
    """Return a raster of the plan that can be used."""
    return None if PREFIX + kind in plan.aside else plan.rasters.get(kind)


def cells_over(plan: Plan, kinds: Iterable[str]) -> float:
    """Return about how many cells of these rasters lie over the plan's units."""
    west, south, east, north = plan.layers["units"].total_bounds
    found = 0.0
    for raster in filter(None, (raster_of(plan, kind) for kind in kinds)):
        size = raster.resolution[0] * raster.resolution[1]
        size *= _METRES_PER_DEGREE**2 if CRS.from_user_input(raster.crs).is_geographic else 1
        found += (east - west) * (north - south) / size
    return found


def opened(raster: Raster, crs: Any, box: Box, home: Box) -> Grid:
    """Return the cells of a raster around a box.

    Parameters
    ----------
    raster
        As read.
    crs
        The plan's.
    box
        What must be seen, in the plan's CRS.
    home
        The bounds of the whole plan, whichever part of it is seen.
    """
    with rasterio.open(raster.path) as source:
        own = _own_place(source)
        if is_in(raster, crs, home):
            rows, columns = _within(own.span(box), source.shape)
            values, place = _read(source, raster, rows, columns), own
        else:
            place = _place_at_home(raster, crs, home)
            top, low, left, far = place.span(box)
            rows, columns = (top, max(low, top)), (left, max(far, left))
            values = _resampled(source, raster, place, crs, rows, columns)
    classes = tuple(LAND_COVERS) if RASTERS[raster.kind].has_classes else ()
    return Grid(values, *place, rows[0], columns[0], raster.unit, classes)


def glimpse(raster: Raster, crs: Any, box: Box) -> Grid:
    """Return the cells of a raster around a box of the plan's CRS, as they lie in its own CRS."""
    values, own, row, column = _as_they_lie(raster, crs, box)
    return Grid(values, *own, row, column, raster.unit)


def around(
    raster: Raster, crs: Any, home: Box, points: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.intp], Grid]]:
    """Yield points (x, y in the plan's CRS) by squares: which they are, and the cells around."""
    side = _SQUARE * max(cell_at_home(raster, crs, home))
    squares, which = np.unique(np.floor(points / side), axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(which.ravel(), minlength=len(squares)))
    for rows in np.split(order, ends[:-1]):
        if len(rows):
            low, high = points[rows].min(axis=0), points[rows].max(axis=0)
            yield rows, opened(raster, crs, (low[0], low[1], high[0], high[1]), home)


def is_in(raster: Raster, crs: Any, home: Box) -> bool:
    """Tell whether a raster is, as far as its cells can tell, in the plan's CRS."""
    west, south, east, north = home
    try:
        theirs, ours = CRS.from_user_input(raster.crs), CRS.from_user_input(crs)
        if theirs == ours:
            return True
        if theirs.is_geographic:
            return False
        xs, ys = [west, east, west, east], [south, south, north, north]
        there = np.array(transform(ours, theirs, xs, ys))
    except CRSError:
        return False
    away = np.abs(there - np.array([xs, ys])).max()
    return bool(away < _SAME * min(raster.resolution))


def cell_at_home(raster: Raster, crs: Any, home: Box) -> tuple[float, float]:
    """Return width and height (metres) of the cells a raster is resampled onto."""
    west, south, east, north = home
    theirs, ours = CRS.from_user_input(raster.crs), CRS.from_user_input(crs)
    x, y = transform(ours, theirs, [(west + east) / 2], [(south + north) / 2])
    across, up = raster.resolution
    xs, ys = transform(theirs, ours, [x[0], x[0] + across, x[0]], [y[0], y[0], y[0] + up])
    width = math.hypot(xs[1] - xs[0], ys[1] - ys[0])
    return _rounded(width), _rounded(math.hypot(xs[2] - xs[0], ys[2] - ys[0]))


def whole(raster: Raster, crs: Any, home: Box) -> tuple[NDArray[np.object_], NDArray[Any]]:
    """Return the cells of a raster over the plan as polygons in its own CRS, and their values.

    Cells without a value are left out.
    """
    values, own, top, left = _as_they_lie(raster, crs, home)
    row, column = np.nonzero(~np.isnan(values))
    west = own.west + (left + column) * own.width
    north = own.north - (top + row) * own.height
    drawn = shapely.box(west, north - own.height, west + own.width, north)
    return np.asarray(drawn, dtype=object), values[row, column].astype(float)


def _as_they_lie(raster: Raster, crs: Any, box: Box) -> tuple[NDArray[Any], _Place, int, int]:
    """Return the cells around a box of the plan's CRS, where they lie, their first row and column.

    They are in the raster's own CRS.
    """
    theirs, ours = CRS.from_user_input(raster.crs), CRS.from_user_input(crs)
    with rasterio.open(raster.path) as source:
        own = _own_place(source)
        rows, columns = _within(own.span(transform_bounds(ours, theirs, *box)), source.shape)
        return _read(source, raster, rows, columns), own, rows[0], columns[0]


def samples(raster: Raster, crs: Any, home: Box, *, across: int = 4) -> Iterator[NDArray[Any]]:
    """Yield blocks of a raster's values from all over the plan, masked where it has none.

    They are as the file means them: by its scale and offset, in its own unit.
    """
    theirs, ours = CRS.from_user_input(raster.crs), CRS.from_user_input(crs)
    with rasterio.open(raster.path) as source:
        there = transform_bounds(ours, theirs, *home)
        rows, columns = _within(_own_place(source).span(there), source.shape)
        for top, low in _spread(rows, across):
            for left, far in _spread(columns, across):
                raw = _raw(source, (top, low), (left, far))
                scale, offset = source.scales[0], source.offsets[0]
                yield raw if (scale, offset) == (1.0, 0.0) else raw * scale + offset


def _spread(span: tuple[int, int], count: int) -> Iterator[tuple[int, int]]:
    """Yield short spans that lie evenly in a span; all of it where it is short itself."""
    begin, end = span
    size = min(_BLOCK // 2, -(-(end - begin) // count))
    for n in range(count if size else 0):
        first = begin + (end - begin) * n // count
        yield first, min(first + size, end)


def _own_place(source: Any) -> _Place:
    """Return where a raster's cells lie, its rows counted from the north whichever way they run."""
    at = source.transform
    north = at.f if at.e < 0 else at.f + at.e * source.height
    return _Place(at.c, north, at.a, abs(at.e))


def _within(
    span: tuple[int, int, int, int], shape: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    top, low, left, far = span
    top, left = min(max(top, 0), shape[0]), min(max(left, 0), shape[1])
    return (top, min(max(low, top), shape[0])), (left, min(max(far, left), shape[1]))


def _raw(source: Any, rows: tuple[int, int], columns: tuple[int, int]) -> NDArray[Any]:
    """Return values as they are written, masked where there are none, north up."""
    (top, low), (left, far) = rows, columns
    if low <= top or far <= left:
        nothing = np.zeros((low - top, far - left), source.dtypes[0])
        return np.ma.MaskedArray(nothing, mask=True)
    first = top if source.transform.e < 0 else source.height - low
    window = Window(left, first, far - left, low - top)
    values: NDArray[Any] = source.read(1, window=window, masked=True)
    return values if source.transform.e < 0 else values[::-1]


def _read(
    source: Any, raster: Raster, rows: tuple[int, int], columns: tuple[int, int]
) -> NDArray[Any]:
    """Return positions of classes, or amounts in the raster's canonical unit."""
    raw = _raw(source, rows, columns)
    if RASTERS[raster.kind].has_classes:
        return classified(raw, raster.legend)
    return valued(raw, raster, scale=source.scales[0], offset=source.offsets[0])


def classified(raw: NDArray[Any], legend: Mapping[int, str]) -> NDArray[np.int16]:
    """Return the position of each code's land cover; -1 for codes that are not in the legend."""
    names = list(LAND_COVERS)
    codes, at = np.unique(np.ma.getdata(raw), return_inverse=True)
    known = [names.index(legend[c]) if c in legend else -1 for c in codes.tolist()]
    found = np.array([*known, -1], dtype=np.int16)[at.reshape(raw.shape)]
    return np.where(np.ma.getmaskarray(raw), np.int16(-1), found)


def valued(
    raw: NDArray[Any], raster: Raster, *, scale: float = 1.0, offset: float = 0.0
) -> NDArray[Any]:
    """Return amounts in the raster's canonical unit; NaN for what can be none."""
    kind = np.float32 if raw.dtype.name in _NARROW else np.float64
    values: NDArray[Any] = np.ma.getdata(raw).astype(kind)
    with np.errstate(over="ignore", invalid="ignore"):
        if (scale, offset, raster.factor) != (1.0, 0.0, 1.0):
            values = (values * scale + offset) * raster.factor
        low, high = RASTERS[raster.kind].ranges[raster.unit]
        unknown = np.ma.getmaskarray(raw) | ~((values >= low) & (values <= high))
    values[unknown | np.isinf(values)] = np.nan
    return values


def _place_at_home(raster: Raster, crs: Any, home: Box) -> _Place:
    """Return the lattice in the plan's CRS that a raster is resampled onto."""
    west = math.floor(home[0] / _HOME_M) * _HOME_M
    north = math.ceil(home[3] / _HOME_M) * _HOME_M
    return _Place(west, north, *cell_at_home(raster, crs, home))


def _rounded(length: float) -> float:
    """Return a length to two digits."""
    return float(f"{length:.2g}")


def _resampled(
    source: Any,
    raster: Raster,
    place: _Place,
    crs: Any,
    rows: tuple[int, int],
    columns: tuple[int, int],
) -> NDArray[Any]:
    """Return a window of what a raster is on another lattice."""
    block = partial(_block, source, raster, place, crs)
    (top, low), (left, far) = rows, columns
    lines = []
    for down in range(top // _BLOCK, -(-low // _BLOCK)):
        line = [block(down, along) for along in range(left // _BLOCK, -(-far // _BLOCK))]
        lines.append(np.concatenate(line, axis=1))
    whole = np.concatenate(lines, axis=0)
    first, begin = top // _BLOCK * _BLOCK, left // _BLOCK * _BLOCK
    return np.ascontiguousarray(whole[top - first : low - first, left - begin : far - begin])


def _block(
    source: Any, raster: Raster, place: _Place, crs: Any, down: int, along: int
) -> NDArray[Any]:
    """Return one block of a raster resampled: classes by the nearest cell, amounts between cells.

    The block hangs on its position alone.
    """
    here = place.transform(down * _BLOCK, along * _BLOCK)
    east, south = here.c + _BLOCK * place.width, here.f - _BLOCK * place.height
    theirs, ours = CRS.from_user_input(raster.crs), CRS.from_user_input(crs)
    own = _own_place(source)
    box = transform_bounds(ours, theirs, here.c, south, east, here.f)
    top, low, left, far = own.span(box)
    rows, columns = _within((top - 2, low + 2, left - 2, far + 2), source.shape)
    values = _read(source, raster, rows, columns)
    is_class = RASTERS[raster.kind].has_classes
    unknown = -1 if is_class else np.nan
    found = np.full((_BLOCK, _BLOCK), unknown, dtype=values.dtype)
    if values.size:
        with _RESAMPLING:
            reproject(
                values, found, src_transform=own.transform(rows[0], columns[0]), src_crs=theirs,
                src_nodata=unknown, dst_transform=here, dst_crs=ours, dst_nodata=unknown,
                resampling=Resampling.nearest if is_class else Resampling.bilinear,
            )  # fmt: skip
    return found
