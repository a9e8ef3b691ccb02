"""Sketches: units and ground simplified once for all maps of about one scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.outputs import svgmap
from carbonspace.outputs.ground import Base, Features
from carbonspace.outputs.svgmap import Frame, Strokes

_COARSE = 1.25
"""Simplification for pixels of a sketch, which are between half and all of a pixel of its maps."""


class Sketch(NamedTuple):
    """The strokes of features for maps of about one scale.

    Attributes
    ----------
    strokes
        The strokes, feature by feature.
    first, corners
        The first stroke of each feature, and how many corners it has.
    """

    strokes: Strokes
    first: NDArray[np.intp]
    corners: NDArray[np.intp]


class Sketched(NamedTuple):
    """The units and the ground."""

    units: Sketch
    ground: Sketch


Sketches = Mapping[int, Sketched]
"""Sketches by scale: the power of two at or below the size of a pixel."""


def sketches_of(base: Base, views: Sequence[Frame]) -> Sketches:
    """Return what lies in any of the frames, simplified once for all frames of about one scale."""
    levels = np.array([level_of(view) for view in views], dtype=int)
    coarse = _COARSE * max((view.grid.fine for view in views), default=0.0)
    windows = np.array([shapely.box(*view.box) for view in views], dtype=object)
    return {
        int(level): Sketched(
            _sketch(base.units, windows[levels == level], coarse * 2.0**level),
            _sketch(base.ground, windows[levels == level], coarse * 2.0**level),
        )
        for level in np.unique(levels)
    }


def level_of(view: Frame) -> int:
    """Return which sketch a frame is drawn from."""
    return math.floor(math.log2(view.pixel))


def _sketch(features: Features, windows: NDArray[Any], tolerance: float) -> Sketch:
    """Return the strokes of what lies in any of the windows."""
    count = len(features.shapes)
    seen = np.zeros(count, dtype=bool)
    seen[features.tree.query(windows)[1]] = True
    rows = np.flatnonzero(seen)
    found = svgmap.simplified(features.shapes[rows], rows, tolerance)
    first = np.searchsorted(found.group, np.arange(count + 1))
    return Sketch(found, first, np.diff(found.starts[first]))


def taken(sketch: Sketch, features: NDArray[np.intp], group: NDArray[np.intp]) -> Strokes:
    """Return the strokes of some features, to be drawn by the paths `group` (ascending)."""
    counts = sketch.first[features + 1] - sketch.first[features]
    rows = svgmap.spans(sketch.first[features], counts)
    return svgmap.picked(sketch.strokes, rows, np.repeat(group, counts))
