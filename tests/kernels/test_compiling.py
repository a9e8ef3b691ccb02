"""What compiles is loaded when a compiled routine is first called, and not before."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
from shapely import box

from carbonspace.kernels.relief import Grid, Window, compiled, relief


@compiled
def half(number: float) -> float:
    """Return half of a number."""
    return number / 2


@compiled
def quarter(number: float) -> float:
    """Return half of half a number."""
    return half(half(number))


def test_a_compiled_routine_may_call_another() -> None:
    assert quarter(3.0) == 0.75


def test_threads_that_are_first_at_once_get_the_same() -> None:
    square, grid = [box(0, 0, 2, 2)], Grid(0.0, 4.0, 1.0)
    found: list[float] = []

    def measure() -> None:
        found.append(float(relief(square, [5.0], grid, Window(0, 0, 4, 4))[0].sum()))

    threads = [threading.Thread(target=measure) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert np.array_equal(found, [20.0] * 4)


def test_what_compiles_is_not_loaded_with_the_catalogue() -> None:
    asked = (
        "import sys, carbonspace; from carbonspace.catalogue import indicators; indicators(); "
        "print({'numba', 'llvmlite'} & set(sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "set()"
