"""Which places have a line near, told from the corners of their edges alone; in compiled code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._boxes import Box, box_of, meet
from .overlay import Floats, Integers
from .relief import compiled


class Corners(NamedTuple):
    """Corners of shapes: of shape i ``xy[first[i]:first[i + 1]]``."""

    xy: Floats
    first: Integers


@compiled
def have_near(
    first: Integers, line: Integers, places: Corners, lines: Corners, gap: float
) -> NDArray[np.bool_]:
    """Tell which places have a corner within a gap of one of their lines.

    Those of place i are ``line[first[i]:first[i + 1]]``.
    """
    xy, opens = places
    ends, starts = lines
    result = np.zeros(len(first) - 1, dtype=np.bool_)
    for i in range(len(first) - 1):
        own = (opens[i], opens[i + 1])
        box = box_of(xy, own, gap)
        for k in range(first[i], first[i + 1]):
            if _is_near(xy, own, box, ends, (starts[line[k]], starts[line[k] + 1]), gap):
                result[i] = True
                break
    return result


@compiled
def _is_near(
    xy: Floats, own: tuple[int, int], box: Box, ends: Floats, of: tuple[int, int], gap: float
) -> bool:
    """Tell whether one of some points, in a box grown by a gap, is within the gap of a line."""
    for j in range(of[0], of[1] - 1):
        step = (ends[j, 0], ends[j, 1], ends[j + 1, 0], ends[j + 1, 1])
        if meet(step, box) and _reaches(xy, own, step, gap * gap):
            return True
    return False


@compiled
def _reaches(xy: Floats, own: tuple[int, int], step: Box, square: float) -> bool:
    """Tell whether one of some points is so near to a step of a line; squares of metres."""
    dx, dy = step[2] - step[0], step[3] - step[1]
    length = dx * dx + dy * dy
    for k in range(own[0], own[1]):
        x, y = xy[k, 0] - step[0], xy[k, 1] - step[1]
        t = 0.0 if length == 0.0 else min(max((x * dx + y * dy) / length, 0.0), 1.0)
        x, y = x - t * dx, y - t * dy
        if x * x + y * y <= square:
            return True
    return False
