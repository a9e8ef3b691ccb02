"""A plan cut into tiles: which units each has, and how far around them it looks at first."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from carbonspace.measuring import Question, sight_of
from carbonspace.model.text import Text
from carbonspace.parts import tiles
from carbonspace.past.rows import rows_of
from carbonspace.tiled.remembering import Before
from carbonspace.tiled.tasks import Tile
from carbonspace.tiled.windows import HALO_M, HALO_OF_CELLS_M, farther

if TYPE_CHECKING:
    from carbonspace.tiled.evaluating import Work

_WHOLE = ("entrances",)
"""Layers that indicators ask for as a whole, and that are small: every tile reads all of them."""
_GUESS_M = 600.0
"""So much farther is looked at first where the data may tell that questions see farther."""


def cut_of(work: Work, features: int, before: Before | None = None) -> Iterator[Tile]:
    """Yield tiles of neighbouring units, each of about so many features, or as they were before."""
    layers = work.used([*work.local.values(), *work.amounts.values()])
    rows = sum(sum(work.held[key].rows) for key in layers if key in work.held)
    units, blocks = work.ground.layers["units"], work.blocks_job()
    groups: Sequence[Collection[Any]] = [*tiles(units, max(1, -(-rows // features)))]
    reach, aside = _first_reach(work, layers), dict[str, Text]()
    if before is not None and sorted(chain(*before.groups)) == sorted(map(str, units.index)):
        groups, aside = before.groups, {key: Text(*why) for key, why in before.aside.items()}
        reach = {key: farther(metres, before.reach.get(key, 0.0)) for key, metres in reach.items()}
    for n, ids in enumerate(groups, start=1):
        own = units.loc[[*ids]]
        west, south, east, north = own.total_bounds.tolist()
        yield Tile(work.request, work.folder, work.held, n, len(groups), tuple(map(str, ids)),
                   rows_of(own).digest, (west, south, east, north), reach, tuple(work.local),
                   work.hanging, aside, work.basis(layers), (*map(tuple, own.bounds.values),),
                   HALO_OF_CELLS_M if "population" in work.ground.rasters else HALO_M,
                   blocks.name if blocks else None, work.counted)  # fmt: skip


def hangs(question: Question) -> bool:
    """Tell whether the layers have a say in how far a question sees."""
    layers = _Watched()
    question.one.reach_m(question.settings, layers)
    return layers.asked


class _Watched(Mapping[str, Any]):
    """Layers of which there is none; it is noticed when any is asked for."""

    asked = False

    def __getitem__(self, key: str) -> Any:
        self.asked = True
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        self.asked = True
        return iter(())

    def __len__(self) -> int:
        return 1  # what has no length is taken for nothing


def _first_reach(work: Work, layers: Sequence[str]) -> dict[str, float | None]:
    """Return how far each layer is read at first; None: all of it."""
    known = {key: one for key, one in work.local.items() if key not in work.hanging}
    reach = dict(sight_of(work.ground, known).reach)
    for key in work.hanging:
        one = work.local[key].one
        metres = one.reach_m(work.local[key].settings, {})
        metres = _GUESS_M + (0.0 if math.isnan(metres) else metres)
        reach |= {layer: max(reach.get(layer, 0.0), metres) for layer in one.far or one.used}
    derived = "blocks" in layers and "blocks" not in work.held
    there = [key for key in layers if key in work.held or (key == "blocks" and derived)]
    return {key: None if key in _WHOLE else reach.get(key, 0.0) for key in there}
