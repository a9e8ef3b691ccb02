"""MurmurHash3 (x64, 128 bits; Austin Appleby, public domain) of rows of points, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .relief import compiled

Words = NDArray[np.uint64]

_A, _B = np.uint64(0x87C37B91114253D5), np.uint64(0x4CF5AD432745937F)
_C, _D = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_E, _F, _FIVE = np.uint64(0x52DCE729), np.uint64(0x38495AB5), np.uint64(5)


@compiled
def _turned(word: np.uint64, by: int) -> np.uint64:
    return np.uint64((word << np.uint64(by)) | (word >> np.uint64(64 - by)))


@compiled
def _spread(word: np.uint64) -> np.uint64:
    word = (word ^ (word >> np.uint64(33))) * _C
    word = (word ^ (word >> np.uint64(33))) * _D
    return np.uint64(word ^ (word >> np.uint64(33)))


@compiled
def murmur(points: Words, ends: NDArray[np.int64], seeds: Words, found: Words) -> None:
    """Write the digest of each row of points into `found` (n, 2).

    `points` (k, 2) are the bits of their coordinates; row n ends before point `ends[n]`.
    """
    begin = 0
    for n in range(len(ends)):
        one = other = seeds[n]
        for k in range(begin, ends[n]):
            one = one ^ (_turned(points[k, 0] * _A, 31) * _B)
            one = (_turned(one, 27) + other) * _FIVE + _E
            other = other ^ (_turned(points[k, 1] * _B, 33) * _A)
            other = (_turned(other, 31) + one) * _FIVE + _F
        length = np.uint64((ends[n] - begin) * 16)
        one, other = one ^ length, other ^ length
        one += other
        other += one
        one, other = _spread(one), _spread(other)
        found[n, 0] = one + other
        found[n, 1] = other + found[n, 0]
        begin = ends[n]
