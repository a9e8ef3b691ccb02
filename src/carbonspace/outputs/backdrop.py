"""What lies behind uncovered homes on a unit's map: from where the goal can be walked to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.model.maps import Walks
from carbonspace.outputs.areas import LINKS_TITLE, bands
from carbonspace.outputs.evidence import Exhibit
from carbonspace.outputs.ground import Drawn
from carbonspace.outputs.maps import Paths, Pieces
from carbonspace.outputs.svgmap import Box

_SEE_THROUGH = "b3"
"""How opaque bands are, as the last two digits of a colour: 70 %."""
_LINKS = Drawn("break", "", "", LINKS_TITLE)
_NOTHING = np.empty(0, dtype=object)
_CORNERS = 2_000
"""Corners of a tile of a service area: a map of one unit looks at few of those of a city."""


class Backdrop(NamedTuple):
    """What lies behind one indicator's evidence: missing links, and service areas in tiles.

    `group` is which of the `looks` each shape has; `tree` finds shapes by place.
    """

    shapes: NDArray[Any]
    group: NDArray[np.intp]
    tree: shapely.STRtree
    looks: tuple[Drawn, ...]

    def pieces(self, box: Box) -> Pieces:
        """Return what is to be drawn in a frame."""
        near = np.sort(self.tree.query(shapely.box(*box)))
        return Pieces(self.shapes[near], self.group[near], len(self.looks))

    def drawn(self, paths: Paths) -> tuple[Drawn, ...]:
        """Return what is there: links, and the bands, the shortest walk first."""
        return tuple(look._replace(d=d) for look, d in zip(self.looks, paths, strict=True) if d)


Backdrops = Mapping[str, Backdrop]
"""By the key of the indicator."""
NO_BACKDROPS: Backdrops = MappingProxyType({})


def backdrops(walks: Sequence[Walks], links: Mapping[str, NDArray[Any]]) -> Backdrops:
    """Return what lies behind the evidence of each indicator that walks to one kind of goal.

    `links` are the missing links as lines, by indicator.
    """
    asking = [key for one in walks for key in one.indicators]
    return {
        key: _backdrop(looks, [links.get(key, _NOTHING), *held])
        for one in walks for looks, held in [_tiled(one)]
        for key in one.indicators if asking.count(key) == 1
    }  # fmt: skip


def put_behind(
    exhibits: Iterable[Exhibit], below: Iterable[Backdrop | None], paths: Iterable[Paths]
) -> list[Exhibit]:
    """Return exhibits with what lies below them; `paths` are those of the backdrops there are."""
    drawn = iter(paths)
    return [
        one._replace(behind=back.drawn(next(drawn))) if back else one
        for one, back in zip(exhibits, below, strict=True)
    ]


def _backdrop(looks: tuple[Drawn, ...], held: Sequence[NDArray[Any]]) -> Backdrop:
    shapes = np.concatenate(held)
    group = np.repeat(np.arange(len(held)), list(map(len, held)))
    return Backdrop(shapes, group, shapely.STRtree(shapes), looks)


def _tiled(walks: Walks) -> tuple[tuple[Drawn, ...], list[NDArray[Any]]]:
    """Return the looks of links and of bands, and the tiles of each band."""
    found = (Drawn("band", "", one.colour + _SEE_THROUGH, one.title) for one in bands(walks))
    shapes = walks.areas.sort_values("minutes").geometry
    tiles = (np.asarray([*_tiles(shapely.get_parts(shape))], dtype=object) for shape in shapes)
    return (_LINKS, *found), [*tiles]


def _tiles(shapes: NDArray[Any]) -> Iterator[Any]:
    """Yield polygons, those with many corners cut in halves until they have few."""
    few = shapely.get_num_coordinates(shapes) <= _CORNERS
    yield from shapes[few]
    for shape in shapes[~few]:
        for half in _halves(shapely.bounds(shape)):
            yield from _tiles(shapely.get_parts(shapely.clip_by_rect(shape, *half)))


def _halves(bounds: NDArray[np.float64]) -> tuple[Box, Box]:
    xmin, ymin, xmax, ymax = bounds.tolist()
    x, y = (xmin + xmax) / 2, (ymin + ymax) / 2
    if xmax - xmin > ymax - ymin:
        return (xmin, ymin, x, ymax), (x, ymin, xmax, ymax)
    return (xmin, ymin, xmax, y), (xmin, y, xmax, ymax)
