"""The account of what was done about faults of geometry: how much there was before and after."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from carbonspace.model.layers import LAYERS
from carbonspace.model.once import Measure, Once, made_now
from carbonspace.model.policy import FAULTS, Choice

_SIZES: dict[str, tuple[str, Measure]] = {
    "polygon": ("m²", shapely.area),
    "line": ("m", shapely.length),
}


def sized(layer: str, shapes: np.ndarray, once: Once = made_now) -> tuple[str, float]:
    """Return the unit of a layer's size, and the size of shapes of it.

    Areas of a layer of polygons, lengths of lines; a layer that may hold points is counted.
    """
    kind = LAYERS[layer].geometry[0]
    if kind not in _SIZES:
        return "feature", float(len(shapes))
    unit, measure = _SIZES[kind]
    sizes = once.of(measure, shapes)
    return unit, math.fsum(sizes[~np.isnan(sizes)])


@dataclass(frozen=True)
class Mended:
    """What a reader had to do about a fault, since what is stored could not be used as it is.

    `features` counts those it was done to; `before` and `after` are their size, as `sized` has it,
    in the units of the source's own coordinates.
    """

    fault: str
    layer: str
    features: int
    before: float
    after: float


@dataclass(frozen=True)
class Repair:
    """One fault in one layer, what was chosen, and the size of the whole layer on both sides.

    `features` counts the places where the fault was found. `before` and `after` are areas in m²
    of a layer of polygons, lengths in m of lines, numbers of points; `unit` says which.
    """

    fault: str
    layer: str
    choice: Choice
    tolerance: float | None
    features: int
    unit: str
    before: float
    after: float


def repairs_table(repairs: Iterable[Repair]) -> pd.DataFrame:
    """Return repairs as a table, with titles in both languages and the difference."""
    columns = ["fault", "title", "title_zh", "layer", "layer_zh", "choice", "tolerance",
               "tolerance_unit", "features", "unit", "before", "after", "difference"]  # fmt: skip
    rows = [
        (r.fault, FAULTS[r.fault].title.en, FAULTS[r.fault].title.zh, r.layer,
         LAYERS[r.layer].title.zh, r.choice, r.tolerance, FAULTS[r.fault].unit, r.features,
         r.unit, r.before, r.after, r.after - r.before)
        for r in repairs
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
