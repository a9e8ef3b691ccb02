"""An image: a quantity in cells over the ground, made when asked for, some cells at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import pandas as pd
from numpy.typing import NDArray

from carbonspace.model.text import Text


class Spots(NamedTuple):
    """Some cells of an image.

    Rows count southwards and columns eastwards from the image's corner. `share` (0..1] is
    how much of a cell the value speaks of: where several speak of one cell the largest share
    counts, and of equal ones the largest value.
    """

    row: NDArray[Any]
    col: NDArray[Any]
    share: NDArray[Any]
    value: NDArray[Any]


Cells = Callable[[pd.Index], Iterator[Spots]]
"""Ids of units to the cells of what lies in them; a cell may come more than once."""


@dataclass(frozen=True)
class Image:
    """A quantity in square cells.

    Attributes
    ----------
    name
        What it is called, as a file is.
    title, unit
        What the values are.
    layer
        The layer of the plan on whose features the cells lie.
    cell
        Side of a cell, metres.
    corner
        West and north of the cell in row 0 and column 0.
    source
        What its values hang on: images with the same name and source are one.
    is_all
        True where it shows every feature of its layer, not only some.
    cells
        Makes the cells.
    """

    name: str
    title: Text
    unit: str
    layer: str
    cell: float
    source: str
    is_all: bool
    cells: Cells = field(repr=False)
    corner: tuple[float, float] = (0.0, 0.0)

    def of_units(self, ids: pd.Index) -> Image:
        """Return the image of some of its units."""
        return replace(self, cells=lambda wanted: self.cells(ids[ids.isin(wanted)]))

    def bare(self) -> Image:
        """Return what the image is, without its cells, and so without the layers they lie on."""
        return replace(self, cells=lambda _wanted: iter(()))
