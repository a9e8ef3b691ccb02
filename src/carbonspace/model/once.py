"""What is dear to find out about shapes: found out once, where somebody remembers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import ref

import numpy as np
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
"""Geometries (n)."""
Chosen = NDArray[np.bool_]
"""Which of them (n)."""
Measure = Callable[[Shapes], NDArray[Any]]


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


class Measured(Once):
    """What was measured of an array of shapes is known as long as there is that array."""

    def __init__(self) -> None:
        self._measured: dict[tuple[int, Measure], tuple[ref[Shapes], NDArray[Any]]] = {}

    def of(self, measure: Measure, shapes: Shapes) -> NDArray[Any]:
        """Return a measure of each shape. Neither shapes nor measures may be written to."""
        key = id(shapes), measure
        known = self._measured.get(key)
        if known is None or known[0]() is not shapes:
            found = measure(shapes)
            known = self._measured[key] = (
                ref(shapes, lambda _: self._measured.pop(key, None)),
                found,
            )
        return known[1]


made_now = Once()
"""Nothing is remembered."""
