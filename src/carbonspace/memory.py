"""Memory that is no longer needed, given back to the system."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def given_back() -> None:
    """Give what this process let go back to the system, where its C library can be asked to.

    Without it the GNU library keeps what lies between things that are still held, and each
    thread's for itself: of a city it keeps more than measuring needs.
    """
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    try:
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):  # another system, or another C library
        return lambda _: None
    return found
