"""Boxes of lines and shapes, for compiled code."""

from __future__ import annotations

from math import inf
from typing import TypeAlias

from .overlay import Floats
from .relief import compiled

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north; or both ends of an edge, x, y, x, y."""


@compiled
def box_of(xy: Floats, own: tuple[int, int], gap: float) -> Box:
    """Box around some points, grown by a gap."""
    west = south = inf
    east = north = -inf
    for k in range(own[0], own[1]):
        west, east = min(west, xy[k, 0]), max(east, xy[k, 0])
        south, north = min(south, xy[k, 1]), max(north, xy[k, 1])
    return west - gap, south - gap, east + gap, north + gap


@compiled
def meet(step: Box, box: Box) -> bool:
    """Tell whether the box of a step (x, y, x, y) meets another one."""
    return bool(
        min(step[0], step[2]) <= box[2]
        and max(step[0], step[2]) >= box[0]
        and min(step[1], step[3]) <= box[3]
        and max(step[1], step[3]) >= box[1]
    )
