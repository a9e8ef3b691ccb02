"""How finely the ground of a map is drawn: each layer has its share of the room on a page.

What takes less than its share leaves the rest to the others. What takes more is drawn coarser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.outputs import svgmap
from carbonspace.outputs.ground import Base
from carbonspace.outputs.svgmap import Frame, Strokes

ROOM = 1_200_000
"""Characters that the ground of a map may take."""
_FEW = 100_000
"""Corners that fit in any case."""
_SAMPLE = 5_000
_COARSEST = 8
"""Pixels that nothing is simplified beyond."""


class Part(NamedTuple):
    """A layer of the ground in a frame: its shapes, and the path that draws each."""

    shapes: NDArray[Any]
    group: NDArray[np.intp]


def drawn_in(base: Base, chosen: NDArray[np.intp], view: Frame, room: int) -> Iterator[Strokes]:
    """Yield some features of the ground (ascending), layer by layer, coarser until they fit."""
    parts = _parts(base, chosen, view)
    if sum(map(_corners, parts.values())) < _FEW:
        yield from (_strokes(part, view.grid.fine, view) for part in parts.values())
        return
    wants = {name: taking(part, view.grid.fine, view) for name, part in parts.items()}
    for name, share in shares(wants, room).items():
        tolerance = view.grid.fine
        while tolerance <= _COARSEST and taking(parts[name], tolerance, view) > share:
            tolerance *= 2
        yield _strokes(parts[name], tolerance, view)


def shares(wants: Mapping[str, float], room: float) -> dict[str, float]:
    """Return how much room each gets: what it wants, or as much as the others that want more."""
    found, left = dict[str, float](), room
    for n, (name, want) in enumerate(sorted(wants.items(), key=lambda one: one[1])):
        found[name] = min(want, left / (len(wants) - n))
        left -= found[name]
    return {name: found[name] for name in wants}


def land_takes(base: Base, chosen: NDArray[np.intp], view: Frame) -> float:
    """Return how much room land use would take where nothing of it is lost."""
    land = chosen[base.group[chosen] < base.land]
    if shapely.get_num_coordinates(base.ground.shapes[land]).sum() < _FEW:
        return 0.0
    return sum(taking(part, view.grid.fine, view) for part in _parts(base, land, view).values())


def taking(part: Part, tolerance: float, view: Frame) -> float:
    """Return how many characters a layer takes at a tolerance in pixels, judged by a sample."""
    apart = 1 + len(part.shapes) // _SAMPLE
    some = Part(part.shapes[::apart], part.group[::apart])
    count = int(part.group.max(initial=-1)) + 1
    return (
        float(sum(map(len, svgmap.written(_strokes(some, tolerance, view), count, view)))) * apart
    )


def _parts(base: Base, chosen: NDArray[np.intp], view: Frame) -> dict[str, Part]:
    """Return what lies in a frame by layer: land, park, road, bike, stop."""
    layer = np.array([look.css.split()[0] for look in base.looks], dtype=object)
    of = layer[base.group[chosen]]
    rows = {str(name): chosen[of == name] for name in dict.fromkeys(layer.tolist())}
    return {name: Part(svgmap.cut(base.ground.shapes[mine], view.box), base.group[mine])
            for name, mine in rows.items() if len(mine)}  # fmt: skip


def _corners(part: Part) -> int:
    return int(shapely.get_num_coordinates(part.shapes).sum())


def _strokes(part: Part, tolerance: float, view: Frame) -> Strokes:
    return svgmap.simplified(part.shapes, part.group, tolerance * view.pixel)
