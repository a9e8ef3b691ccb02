"""What was found out about shapes, remembered by digests of the shapes that it hangs on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from carbonspace.model.once import Chosen, Measured, Pairs, Shapes
from carbonspace.past.mixing import Words, told_apart

T = TypeVar("T", bound=np.generic)


class Looked(NamedTuple):
    """Shapes that were looked at, and the few pairs of which something was so.

    Attributes
    ----------
    words
        Digests of the shapes.
    aside
        Positions of those of which nothing is known.
    pairs
        Of shapes that were looked at each by itself, each is one with itself.
    """

    words: Words
    aside: NDArray[np.intp]
    pairs: Pairs


@dataclass
class Answers:
    """What is known of shapes: shapes and numbers by digests, looks by what was looked for."""

    shapes: dict[str, Shapes] = field(default_factory=dict)
    numbers: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    looks: dict[str, Looked] = field(default_factory=dict)


class Derived(Measured):
    """Whom to ask about shapes: knows what was found out `before`, and what is asked twice.

    What another `program` found out is not known.

    Attributes
    ----------
    asked
        What was asked for and is known now.
    """

    def __init__(self, before: Answers | None = None, program: str = "") -> None:
        super().__init__()
        self._before, self._program = before or Answers(), program
        self.asked = Answers()

    def __call__(self, what: str, of: Sequence[Shapes], make: Callable[[], Shapes], /) -> Shapes:
        """Return what was made of the same shapes, to the last bit, or make it."""
        return _known(self._key(what, of), self.asked.shapes, self._before.shapes, make)

    def numbers(
        self, what: str, of: Sequence[Shapes], make: Callable[[], NDArray[np.float64]], /
    ) -> NDArray[np.float64]:
        """Return the numbers that were made of the same shapes, or make them."""
        return _known(self._key(what, of), self.asked.numbers, self._before.numbers, make)

    def chosen(
        self, what: str, shapes: Shapes, ask: Callable[[Shapes], Chosen],
        beside: Sequence[Shapes] = (), /,
    ) -> NDArray[np.intp]:  # fmt: skip
        """Return the shapes of which something is so, and ask of those only that are new."""
        key, words = self._key(what, beside), self.of(told_apart, shapes)
        at, held = self._recalled(key, words)
        so = _marked(held.pairs.first, len(held.words))[at] if held else at < 0
        new = np.flatnonzero(at < 0)
        so[new] = ask(shapes[new])
        found = np.flatnonzero(so)
        self._keep(key, Looked(words, _NONE, Pairs(found, found, np.zeros(len(found)))))
        return found

    def pairs(
        self, what: str, shapes: Shapes, firm: Chosen, find: Callable[[Chosen], Pairs], /
    ) -> Pairs:
        """Return the pairs of which something is so; look for those only that have a new shape."""
        key, words = self._key(what, ()), self.of(told_apart, shapes)
        at, held = self._recalled(key, words)
        at = np.where(firm, at, -1)
        if (np.diff(at[at >= 0]) <= 0).any():  # some were turned round
            at[:] = -1
        found = find(at < 0)
        if held is not None:
            found = _joined(_still(held.pairs, at, len(held.words)), found)
        self._keep(key, Looked(words, np.flatnonzero(~firm),
                               _taken(found, firm[found.first] & firm[found.second])))  # fmt: skip
        return found

    def _key(self, what: str, of: Sequence[Shapes]) -> str:
        found = hashlib.sha256(f"{self._program} {what}".encode())
        for shapes in of:
            found.update(f" {len(shapes)} ".encode())
            found.update(self.of(told_apart, shapes).tobytes())
        return found.hexdigest()

    def _recalled(self, key: str, words: Words) -> tuple[NDArray[np.intp], Looked | None]:
        """Return where shapes were when they were looked at, -1 where they were not; the look."""
        held = self.asked.looks.get(key) or self._before.looks.get(key)
        if held is None:
            return np.full(len(words), -1), None
        at = places(words, held.words)
        at[_marked(held.aside, len(held.words))[at]] = -1
        return at, held

    def _keep(self, key: str, found: Looked) -> None:
        self.asked.looks.setdefault(key, found)


_NONE = np.empty(0, dtype=np.intp)


def _marked(positions: NDArray[np.intp], count: int) -> Chosen:
    """Return which of so many are at some positions; one more at the end, -1, is not."""
    found = np.zeros(count + 1, dtype=np.bool_)
    found[positions] = True
    return found


def _known(
    key: str, asked: dict[str, NDArray[T]], before: dict[str, NDArray[T]],
    make: Callable[[], NDArray[T]],
) -> NDArray[T]:  # fmt: skip
    if key not in asked:
        known = before.get(key)
        asked[key] = make() if known is None else known
    return asked[key]


def _still(pairs: Pairs, at: NDArray[np.intp], count: int) -> Pairs:
    """Return the pairs of so many shapes that are still there, by where they are now."""
    now = np.full(count, -1)
    here = np.flatnonzero(at >= 0)
    now[at[here]] = here
    first, second = now[pairs.first], now[pairs.second]
    both = (first >= 0) & (second >= 0)
    return _taken(Pairs(first, second, pairs.number), both)


def _joined(some: Pairs, others: Pairs) -> Pairs:
    first = np.append(some.first, others.first)
    second = np.append(some.second, others.second)
    number = np.append(some.number, others.number)
    return _taken(Pairs(first, second, number), np.lexsort((second, first)))


def _taken(pairs: Pairs, which: NDArray[Any]) -> Pairs:
    return Pairs(pairs.first[which], pairs.second[which], pairs.number[which])


def places(words: Words, among: Words) -> NDArray[np.intp]:
    """Return where each of some digests is among others, -1 where it is not.

    Most are at the same place from the first or from the last one.
    """
    found = np.full(len(words), -1, dtype=np.intp)
    both = min(len(words), len(among))
    for ends in (slice(0, both), slice(-both, None)) if both else ():
        own, theirs = np.arange(len(words))[ends], np.arange(len(among))[ends]
        same = (words[ends] == among[ends]).all(axis=1) & (found[ends] < 0)
        found[own[same]] = theirs[same]
    rest = np.flatnonzero(found < 0)
    if len(rest):
        left = np.flatnonzero(~_marked(found[found >= 0], len(among))[:-1])
        order = left[np.argsort(among[left, 0], kind="stable")]
        found[rest] = _searched(words[rest], among, order)
    return found


def _searched(words: Words, among: Words, order: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return where digests are among those in order of their first word, -1 where they are not."""
    if not len(order):
        return np.full(len(words), -1)
    place = np.searchsorted(among[order, 0], words[:, 0])
    at = order[np.minimum(place, len(order) - 1)]
    return np.where((among[at] == words).all(axis=1), at, -1)
