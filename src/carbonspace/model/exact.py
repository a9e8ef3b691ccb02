"""Sums that can be made in parts: whatever the parts, the last bit is that of the whole."""

from __future__ import annotations

import math
from collections.abc import Iterable


def partials(values: Iterable[float]) -> list[float]:
    """Return few numbers that have the very sum of many: put together `math.fsum` sums them up.

    Each is what is still missing, rounded once, so they become nothing soon.
    """
    rest, found = [*values], list[float]()
    while missing := math.fsum(rest):
        if not math.isfinite(missing):
            return [missing]
        found.append(missing)
        rest.append(-missing)
    return found
