"""How much of the memory one layer may take, and what is said of one that takes more."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from carbonspace.errors import SourceError

_SHARE_OF_MEMORY = 8
_WITHOUT_KNOWLEDGE = 16 << 30
_CONTAINER = (Path("/sys/fs/cgroup/memory.max"),
              Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))  # fmt: skip


class TooLargeError(SourceError):
    """A layer takes so much of the memory that nothing could be computed in the rest."""

    def __init__(self, limit: int, features: int) -> None:
        size = f"{limit / 2**20:,.0f} MiB"
        super().__init__(
            f"more than {size} by feature {features:,}: too much for the memory, of which a layer "
            "may take an eighth",
            f"至第 {features:,} 个要素已超过 {size}，内存放不下（一个图层至多占内存的八分之一）",
        )


def most_bytes() -> int:
    """Return how much of the memory one layer may take as it is read."""
    return min(_known(), default=_WITHOUT_KNOWLEDGE) // _SHARE_OF_MEMORY


def _known() -> Iterator[int]:
    """Yield the memory of the machine, and what its container and this process may have of it."""
    with suppress(AttributeError, ValueError, OSError):  # not on Windows
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _CONTAINER:
        with suppress(OSError, ValueError):  # no container, or "max"
            yield int(path.read_text("ascii"))
    if sys.platform != "win32":
        yield from _left_to_this_process()


def _left_to_this_process() -> Iterator[int]:
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):
        pages = 0
    yield max(most - pages * resource.getpagesize(), 0)
