"""Shapes that are dear to derive: made once, and known from then on by what they hang on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
"""Geometries (n)."""

ShapesOnce = Callable[[str, Sequence[Shapes], Callable[[], Shapes]], Shapes]
"""Takes what is made, the shapes that it hangs on, and who makes it; returns it, known or made."""


def made_now(_what: str, _of: Sequence[Shapes], make: Callable[[], Shapes]) -> Shapes:
    """Make it: nothing is known."""
    return make()


class Derived:
    """Derived shapes by what they hang on: those of `before`, and those that are made.

    What another `program` made is not known.

    Attributes
    ----------
    asked
        Those that were asked for, by a digest of what they hang on.
    """

    def __init__(self, before: Mapping[str, Shapes] | None = None, program: str = "") -> None:
        self._before, self._program = before or {}, program
        self.asked: dict[str, Shapes] = {}

    def once(self, what: str, of: Sequence[Shapes], make: Callable[[], Shapes]) -> Shapes:
        """Return what was made of the same shapes, to the last bit, or make it."""
        key = _digest(f"{self._program} {what}", of)
        if key not in self.asked:
            known = self._before.get(key)
            self.asked[key] = make() if known is None else known
        return self.asked[key]


def _digest(what: str, of: Sequence[Shapes]) -> str:
    found = hashlib.sha256(what.encode())
    for shapes in of:
        found.update(f" {len(shapes)} ".encode())
        for one in shapely.to_wkb(shapes):
            found.update(one or b"-")
    return found.hexdigest()
