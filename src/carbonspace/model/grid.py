"""A window of a raster, as indicators see it: cells in the plan's CRS, north up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True)
class Grid:
    """Cells of a raster.

    Row 0 of the raster is its northernmost, column 0 its westernmost; the cells at hand begin at
    (`top`, `left`). A cell is `width` by `height` metres. Whatever window is at hand, a cell lies
    where it lies, and has the value it has, to the last bit.

    Attributes
    ----------
    values
        float[rows, columns] in `unit`, NaN where nothing is known; or, of a raster of classes,
        int16 positions in `classes`, -1 where nothing is known.
    west, north
        The corner of the raster, in the plan's CRS.
    classes
        What the positions mean; empty where values are amounts.
    """

    values: NDArray[Any]
    west: float
    north: float
    width: float
    height: float
    top: int = 0
    left: int = 0
    unit: str = ""
    classes: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[float, float, float, float, int, int, int, int]:
        """Where the cells lie: corner, size of a cell, first row and column, and how many."""
        rows, columns = self.values.shape
        return (self.west, self.north, self.width, self.height,
                self.top, self.left, rows, columns)  # fmt: skip
