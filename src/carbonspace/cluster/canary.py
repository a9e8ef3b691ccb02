"""A small sum that is the same, bit for bit, wherever figures are the same.

numpy has other routines on other generations of processors, and GEOS and PROJ come in many builds:
the same versions of everything may still come to other last digits.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

_COUNT = 4099
"""Odd, so that routines for eight numbers at a time have a rest."""


def canary() -> dict[str, str]:
    """Return by what is tried the digest of what came of it here."""
    x = np.linspace(1 / 3, 29 / 3, _COUNT)
    y = x[::-1].copy()
    found = {
        "numpy.exp": np.exp(x), "numpy.log": np.log(x), "numpy.tan": np.tan(x),
        "numpy.sin": np.sin(x), "numpy.arctan2": np.arctan2(x, y),
        "numpy.power": np.power(x, y), "numpy.hypot": np.hypot(x, y),
        "numpy.sum": np.array([x.sum(), (x * y).sum(), np.dot(x, y)]),
        "GEOS": _overlaid(), "PROJ": _projected(),
    }  # fmt: skip
    return {name: hashlib.sha256(one.tobytes()).hexdigest()[:16] for name, one in found.items()}


def _overlaid() -> NDArray[np.float64]:
    """Return the corners of pieces that buffers cut out of each other, and their areas."""
    at = np.arange(40) * 0.7
    spots = shapely.points(500_000 + 90 * np.cos(at) * at, 4_000_000 + 90 * np.sin(at) * at)
    rounds = shapely.buffer(spots, 100 + at)
    pieces = [
        shapely.union_all(rounds),
        *shapely.intersection(rounds[1:], rounds[:-1]),
        *shapely.difference(rounds[5:], rounds[:-5]),
    ]
    return np.concatenate([shapely.get_coordinates(pieces).ravel(), shapely.area(pieces)])


def _projected() -> NDArray[np.float64]:
    """Return places in degrees as metres of a zone, and back."""
    east, north = np.linspace(119.1, 120.9, 181), np.linspace(31.0, 39.0, 181)
    there = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4549", always_xy=True)
    x, y = there.transform(east, north)
    return np.array([x, y, *there.transform(x, y, direction="INVERSE")])
