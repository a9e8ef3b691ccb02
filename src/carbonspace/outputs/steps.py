"""The classes of units by how many targets they miss, made from the counts that there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonspace.model.text import Text
from carbonspace.outputs.look import STEPS

_UNJUDGED = -1
_MOST = 4
_SHADES = {0: (), 1: ("m2",), 2: ("m1", "m3"), 3: ("m1", "m2", "m3"), 4: ("m1", "m2", "m3", "m4")}
"""The looks of so many classes, from pale to dark."""


class Step(NamedTuple):
    """One class: of units that miss from `low` to `high` targets; -1 where none was judged."""

    key: str
    low: int
    high: int
    title: Text

    @property
    def colour(self) -> str:
        """The colour of its units."""
        return STEPS[self.key]


NONE_MISSED = Step("m0", 0, 0, Text("可判定的指标全部达标", "No target missed"))
UNJUDGED = Step("mx", _UNJUDGED, _UNJUDGED, Text("无可判定的目标", "Nothing could be judged"))


def steps(missed: Iterable[int], judged: Iterable[int]) -> tuple[Step, ...]:
    """Return the classes that units fall into, in the order of legends; none of them is empty.

    `missed` and `judged` say per unit how many targets it misses, of how many that were judged.
    Units that miss none, and those of which nothing was judged, are classes of their own. The
    others are parted by their counts: up to four different counts are a class each, more are
    parted where counts differ least within four classes (natural breaks, Fisher 1958).
    """
    found = [_count(*one) for one in zip(missed, judged, strict=True)]
    counts, units = np.unique([n for n in found if n > 0], return_counts=True)
    ranges = _ranges(counts.astype(np.int64), units)
    parted = [Step(key, low, high, _title(low, high))
              for key, (low, high) in zip(_SHADES[len(ranges)], ranges, strict=True)]  # fmt: skip
    every = (NONE_MISSED, *parted, UNJUDGED)
    return tuple(one for one in every if one.low in found)


def step(among: Sequence[Step], missed: int, judged: int) -> Step:
    """Return the class, of those made from it and others, of a unit."""
    count = _count(missed, judged)
    return next(one for one in among if one.low <= count <= one.high)


def _count(missed: int, judged: int) -> int:
    return int(missed) if judged else _UNJUDGED


def _title(low: int, high: int) -> Text:
    if low != high:
        return Text(f"{low}–{high} 项指标未达标", f"{low}–{high} indicators miss their targets")
    if low == 1:
        return Text("1 项指标未达标", "1 indicator misses its target")
    return Text(f"{low} 项指标未达标", f"{low} indicators miss their targets")


def _ranges(counts: NDArray[np.int64], units: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return the least and the greatest count of each class; `units` have each of the counts."""
    many = len(counts) > _MOST
    ends = _breaks(counts, units) if many else [*range(len(counts) + 1)]
    return [(int(counts[a]), int(counts[b - 1])) for a, b in pairwise(ends)]


def _breaks(counts: NDArray[np.int64], units: NDArray[np.intp]) -> list[int]:
    """Return where each class begins among the counts, and where the last one ends.

    Of all partings the one whose squared deviations from the means of the classes are least.
    """
    spread, cuts = _spread(counts, units), list[NDArray[np.intp]]()
    best = spread[0]
    for _ in range(_MOST - 1):
        together = best[:, None] + spread
        cuts.append(together.argmin(axis=0))
        best = together.min(axis=0)
    ends = [len(counts)]
    for cut in reversed(cuts):
        ends.append(int(cut[ends[-1]]))
    return [0, *reversed(ends)]


def _spread(counts: NDArray[np.int64], units: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the squared deviations within `counts[a:b]` for all a, b; infinite where it is empty.

    The sums are whole numbers, so no order of units changes a digit.
    """
    sums = (np.append(0, np.cumsum(units * counts**power)) for power in (0, 1, 2))
    size, total, squares = (one[None, :] - one[:, None] for one in sums)
    filled = size > 0
    return np.where(filled, squares - total**2 / np.where(filled, size, 1), np.inf)
