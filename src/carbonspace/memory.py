"""Memory: what is no longer needed is given back; what is said where it does not suffice."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from carbonspace.errors import MemoryWantingError

_WORDS = ("bad_alloc", "can't start new thread", "cannot allocate")


def raise_if_memory(error: Exception) -> None:
    """Raise what a person can act on where an error, of whichever library, is want of memory.

    Raises
    ------
    MemoryWantingError
        If it is.
    """
    if isinstance(error, MemoryError) or any(word in str(error) for word in _WORDS):
        raise MemoryWantingError from error


def given_back() -> None:
    """Give what this process let go back to the system, where its C library can be asked to.

    Without it the GNU library keeps what lies between things that are still held, and each
    thread's for itself: of a city it keeps more than measuring needs.
    """
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    import ctypes

    try:
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):  # another system, or another C library
        return lambda _: None
    return found
