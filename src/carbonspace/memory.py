"""Memory: what is no longer needed is given back; what is said where it does not suffice."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cache

from carbonspace.errors import CarbonspaceError, MemoryWantingError

_WORDS = ("bad_alloc", "can't start new thread", "cannot allocate", "failed to map segment",
          "not enough memory", "out of memory", "insufficient memory")  # fmt: skip
_MMAP_THRESHOLD = -3
"""What `mallopt` calls the size from which memory is asked of the system and given back to it."""
_LOOKING = 50_000, 20, 20
"""After how many new objects rings are looked for, and how many times before in older ones."""
_LARGE = 1 << 20
"""Bytes of an array that is worth it."""


def raise_if_memory(error: Exception) -> None:
    """Raise what a person can act on where an error, of whichever library, is want of memory.

    Raises
    ------
    MemoryWantingError
        If it is.
    """
    if is_memory(error):
        raise MemoryWantingError from error


def is_memory(error: BaseException) -> bool:
    """Return whether an error, of whichever library, is want of memory.

    A database that is out of memory is none of ours: its errors have been given a form by then.
    """
    said = str(error).casefold()
    is_of_others = not isinstance(error, CarbonspaceError)
    return isinstance(error, MemoryError) or (is_of_others and any(one in said for one in _WORDS))


def given_back() -> None:
    """Give what this process let go back to the system, where its C library can be asked to.

    Without it the GNU library keeps what lies between things that are still held, and each
    thread's for itself: of a city it keeps more than measuring needs.
    """
    _of_c("malloc_trim")(0)


@cache
def sparing() -> None:
    """Have large arrays given back when they are let go, from now on, by this whole process.

    The GNU library and Arrow would keep them for later, each in its own way: of a city a tenth
    of all memory. And rings of objects are looked for more seldom: rows of a city are millions of
    objects that stay, and to look through them again and again takes a tenth of a night.
    """
    import pyarrow

    gc.set_threshold(*_LOOKING)
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    _of_c("mallopt")(_MMAP_THRESHOLD, _LARGE)


@cache
def _of_c(name: str) -> Callable[..., object]:
    """Return a function of the GNU C library; one that does nothing where there is none."""
    import ctypes

    try:
        found: Callable[..., object] = getattr(ctypes.CDLL(None), name)
    except (OSError, TypeError, AttributeError):  # another system, or another C library
        return lambda *_: None
    return found
