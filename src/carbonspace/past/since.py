"""What has changed since an earlier evaluation, as far as it is known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from carbonspace.parts import farthest
from carbonspace.past.memory import Edits, Memory


class Since(NamedTuple):
    """What is other than at an earlier evaluation.

    Attributes
    ----------
    known
        Whether anything is known of an earlier one: then all `edits` are known.
    edits
        By layer the features that are new or gone.
    reach
        By layer how far any question sees, in metres.
    layers
        The layers there are now.
    measured, taken
        How many figures of units were measured, and how many taken over.
    """

    known: bool
    edits: Mapping[str, Edits]
    reach: Mapping[str, float]
    layers: Collection[str]
    measured: int = 0
    taken: int = 0


def since_of(memory: Memory, layers: Collection[str]) -> Since:
    """Return what a memory tells of a plan of some layers."""
    reach = farthest(one.sight for one in memory.now.told.values()).reach
    return Since(memory.knows_past, memory.edits, reach, {*layers}, memory.measured, memory.taken)
