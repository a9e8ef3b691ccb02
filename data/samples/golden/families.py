"""The families of the catalogue: a module each, with what it draws and what must come out.

A module has any of
`COLUMNS`: by layer, a function of the id of a feature that is drawn already: its further columns;
`LAYERS`: by layer, (columns, shape) of each further feature: a `Rect`, a point, or the points of a
line;
`rows`: a function that yields the expected answers, derived by plain arithmetic.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from answers import Row
from design import Rect

Point = tuple[float, float]
Shape = Rect | Point | Sequence[Point]
Feature = tuple[dict[str, Any], Shape]

NAMES: tuple[str, ...] = (
    "of_buildings", "of_density", "of_parcels", "of_lots", "of_forms", "of_facilities",
    "of_land", "of_control", "of_blocks", "of_communities",
)  # fmt: skip
"""The modules, in the order in which they draw and answer."""


def columns() -> Iterator[tuple[str, Callable[[str], dict[str, Any]]]]:
    """Yield each layer with what a family adds to its features."""
    for module in map(importlib.import_module, NAMES):
        yield from getattr(module, "COLUMNS", {}).items()


def features() -> Iterator[tuple[str, Sequence[Feature]]]:
    """Yield each layer with the features a family adds to it."""
    for module in map(importlib.import_module, NAMES):
        yield from getattr(module, "LAYERS", {}).items()


def rows() -> Iterator[Row]:
    """Yield every answer of every family."""
    for name in NAMES:
        yield from of(name)


def of(name: str) -> Iterator[Row]:
    """Yield the answers of one family."""
    module = importlib.import_module(name)
    yield from module.rows() if hasattr(module, "rows") else ()
