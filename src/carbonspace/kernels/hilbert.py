"""The curve of Hilbert: places near each other on it are near each other in the plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = 31
"""Of each coordinate; so a place on the curve fits into 62 bits."""


def hilbert(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where cells lie on the curve.

    Parameters
    ----------
    x, y
        Column and row of each cell, from 0 to 2**31 - 1.
    """
    x, y = x.copy(), y.copy()
    along = np.zeros(len(x), dtype=np.int64)
    for bit in range(BITS - 1, -1, -1):
        right, up = (x >> bit) & 1, (y >> bit) & 1
        along += ((3 * right) ^ up) << (2 * bit)
        side = np.int64((1 << bit) - 1)
        x, y = x & side, y & side
        turned = (up == 0) & (right == 1)
        x, y = np.where(turned, side - x, x), np.where(turned, side - y, y)
        x, y = np.where(up == 0, y, x), np.where(up == 0, x, y)
    return along
