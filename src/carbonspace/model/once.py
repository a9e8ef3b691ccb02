"""What is dear to find out about shapes: found out once, where somebody remembers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import ref

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
"""Geometries (n)."""
Chosen = NDArray[np.bool_]
"""Which of them (n)."""
Measure = Callable[..., NDArray[Any]]
_NONE: NDArray[np.intp] = np.empty(0, dtype=np.intp)


class Pairs(NamedTuple):
    """Pairs of shapes by their positions, the lower one first, in order, and a number of each."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    number: NDArray[np.float64]


class Once:
    """Whom to ask about shapes: here all is found out when it is asked, and nothing remembered."""

    def __call__(self, _what: str, _of: Sequence[Shapes], make: Callable[[], Shapes], /) -> Shapes:
        """Return the shapes that are made of others."""
        return make()

    def numbers(
        self, _what: str, _of: Sequence[Shapes], make: Callable[[], NDArray[np.float64]], /
    ) -> NDArray[np.float64]:
        """Return the table of numbers that is made of shapes."""
        return make()

    def chosen(
        self, _what: str, shapes: Shapes, ask: Callable[[Shapes], Chosen],
        _beside: Sequence[Shapes] = (), /,
    ) -> NDArray[np.intp]:  # fmt: skip
        """Return the positions of the few shapes of which something is so.

        Parameters
        ----------
        ask
            Tells it of some shapes; of each it hangs on itself alone, and on those beside.
        """
        return np.flatnonzero(ask(shapes))

    def pairs(
        self, _what: str, shapes: Shapes, _firm: Chosen, find: Callable[[Chosen], Pairs], /
    ) -> Pairs:
        """Return the few pairs of shapes of which something is so.

        Parameters
        ----------
        _firm
            Shapes of which each pair hangs on the two alone, and on which of them comes first.
        find
            Finds the pairs in which there is at least one of those chosen.
        """
        return find(np.ones(len(shapes), dtype=np.bool_))

    def of(self, measure: Measure, shapes: Shapes) -> NDArray[Any]:
        """Return a measure of each shape. Neither shapes nor measures may be written to."""
        return measure(shapes)

    def around(self, shapes: Shapes) -> NDArray[np.float64]:
        """Return the box about all shapes; nan where none has a place."""
        boxes = self.of(shapely.bounds, shapes)
        there = np.isfinite(boxes[:, 0])
        held = boxes if there.all() else boxes[there]
        if not len(held):
            return np.full(4, np.nan)
        west, south, east, north = held.T
        return np.array([west.min(), south.min(), east.max(), north.max()])

    def taken(
        self, found: Shapes, shapes: Shapes, which: NDArray[np.intp] | None = None,
        anew: NDArray[np.intp] = _NONE,
    ) -> None:  # fmt: skip
        """Hear of an array of shapes: those of others, all or some, but at some places."""


class _Origin(NamedTuple):
    """Where an array of shapes is from: which of others they are, and which of them are new."""

    shapes: Shapes
    which: NDArray[np.intp] | None
    anew: NDArray[np.intp]


class Measured(Once):
    """What was measured of an array of shapes is known as long as there is that array."""

    def __init__(self) -> None:
        self._measured: dict[tuple[int, Measure], tuple[ref[Shapes], NDArray[Any]]] = {}
        self._origins: dict[int, tuple[ref[Shapes], _Origin]] = {}

    def of(self, measure: Measure, shapes: Shapes) -> NDArray[Any]:
        """Return a measure of each shape. Neither shapes nor measures may be written to."""
        return self._kept(measure, shapes, lambda: self._found(measure, self._source(shapes)))

    def around(self, shapes: Shapes) -> NDArray[np.float64]:
        """Return the box about all shapes; nan where none has a place."""
        return self._kept(Once.around, shapes, lambda: super(Measured, self).around(shapes))

    def taken(
        self, found: Shapes, shapes: Shapes, which: NDArray[np.intp] | None = None,
        anew: NDArray[np.intp] = _NONE,
    ) -> None:  # fmt: skip
        """Know an array of shapes: those of others, all or some, but at some places."""
        found, shapes = _owner(found), _owner(shapes)
        if found is not shapes:
            key = id(found)
            here = ref(found, lambda _: self._origins.pop(key, None))
            self._origins[key] = here, _Origin(shapes, which, anew)

    def _kept(
        self, measure: Measure, shapes: Shapes, make: Callable[[], NDArray[Any]]
    ) -> NDArray[Any]:
        shapes = self._source(shapes)
        key = id(shapes), measure
        known = self._measured.get(key)
        if known is None or known[0]() is not shapes:
            here = ref(shapes, lambda _: self._measured.pop(key, None))
            known = self._measured[key] = here, make()
        return known[1]

    def _source(self, shapes: Shapes) -> Shapes:
        """Return the array of which this one is a copy, as far as is known."""
        shapes = _owner(shapes)
        origin = self._origin(shapes)
        if origin is None or origin.which is not None or len(origin.anew):
            return shapes
        return self._source(origin.shapes)

    def _origin(self, shapes: Shapes) -> _Origin | None:
        known = self._origins.get(id(shapes))
        return known[1] if known is not None and known[0]() is shapes else None

    def _found(self, measure: Measure, shapes: Shapes) -> NDArray[Any]:
        origin = self._origin(shapes)
        if origin is None:
            return measure(shapes)
        found = self.of(measure, origin.shapes)
        if origin.which is not None:
            found = found[origin.which]
        if len(origin.anew):
            found = found.copy()
            found[origin.anew] = measure(shapes[origin.anew])
        return found


def _owner(shapes: Shapes) -> Shapes:
    """Return the array that holds the shapes, where this one shows all of it."""
    base = shapes.base
    if isinstance(base, np.ndarray) and base.dtype == shapes.dtype:
        same = base.shape == shapes.shape and base.strides == shapes.strides
        return base if same else shapes
    return shapes


made_now = Once()
"""Nothing is remembered."""
