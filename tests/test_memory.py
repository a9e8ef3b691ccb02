"""Memory that is let go goes back to the system."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref

import pyarrow as pa
import pytest

from carbonspace.memory import sparing

PILE = """
import numpy as np
from carbonspace.memory import sparing
{first}
def held():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
np.ones(3 << 20)  # from now on the C library would keep what is no larger than this
before = held()
pile = []
for _ in range(40):
    pile += [np.ones(1 << 18), bytearray(60_000)]
del pile[::2]
print(held() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other allocators")
def test_large_arrays_go_back_from_among_small_things() -> None:
    kept, spared = (_held(first) for first in ("", "sparing()"))
    assert spared < 5 < kept


def test_what_arrow_lets_go_goes_back_too() -> None:
    sparing()
    assert pa.default_memory_pool().backend_name == "system"


def test_rows_that_stay_are_seldom_looked_through_and_rings_still_go() -> None:
    sparing()
    before = sum(one["collections"] for one in gc.get_stats())
    gone = list[str]()
    weakref.finalize(Ring(), gone.append, "ring")
    rows = [(number, [number]) for number in range(200_000)]
    assert len(rows) == 200_000
    assert 0 < sum(one["collections"] for one in gc.get_stats()) - before < 20
    assert gone == ["ring"]


class Ring:
    """Holds on to itself."""

    def __init__(self) -> None:
        self.itself = self


def _held(first: str) -> float:
    """Return the MB held after 80 MB of arrays were let go that had small things between them."""
    asked = [sys.executable, "-c", PILE.format(first=first)]
    # A Dask nanny leaves its own MALLOC_TRIM_THRESHOLD_ in the environment of whoever started it.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    found = subprocess.run(asked, capture_output=True, text=True, check=True, env=plain)
    return float(found.stdout)
