"""Patches of cells: drawn by hand, and against scipy's labels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from carbonspace.kernels.patches import amounts, large, patches
from carbonspace.kernels.relief import Cells


def cells_of(picture: list[str]) -> tuple[Cells, np.ndarray]:
    """Return the cells of one shape that are not blank, and which of them are marked."""
    at = [(r, c) for r, line in enumerate(picture) for c, mark in enumerate(line) if mark != " "]
    row, col = np.array(at, dtype=np.int32).T
    marked = np.array([picture[r][c] == "#" for r, c in at])
    return Cells(np.array([0, len(at)]), row.copy(), col.copy(), np.ones(len(at))), marked


def test_cells_hang_together_by_sides_not_by_corners() -> None:
    cells, marked = cells_of(["##..",
                              "..#.",
                              "#.##"])  # fmt: skip
    assert patches(cells, marked).tolist() == [0, 0, -1, -1, -1, -1, 6, -1, 8, -1, 6, 6]


def test_arms_that_meet_below_are_one_patch() -> None:
    cells, marked = cells_of(["#.#",
                              "#.#",
                              "###"])  # fmt: skip
    assert set(patches(cells, marked)[marked]) == {0}


def test_shapes_never_hang_together() -> None:
    row, col = np.zeros(2, np.int32), np.arange(2, dtype=np.int32)
    apart = Cells(np.array([0, 1, 2]), row, col, np.ones(2))
    assert patches(apart, np.ones(2, bool)).tolist() == [0, 1]


def test_nothing_has_no_patches() -> None:
    none = np.empty(0, np.int32)
    assert len(patches(Cells(np.array([0]), none, none, np.empty(0)), np.empty(0, bool))) == 0


@pytest.mark.parametrize("seed", range(20))
def test_patches_are_those_of_scipy(seed: int) -> None:
    draw = np.random.default_rng(seed)
    there, marks = draw.random((40, 37)) < 0.9, draw.random((40, 37)) < 0.6
    row, col = np.nonzero(there)
    cells = Cells(np.array([0, len(row)]), row.astype(np.int32), col.astype(np.int32),
                  np.ones(len(row)))  # fmt: skip
    marked = marks[there]
    labels, count = ndimage.label(marks & there)
    found = patches(cells, marked)
    pairs = set(zip(found[marked].tolist(), labels[there][marked].tolist(), strict=True))
    assert len(pairs) == count == len(set(found[marked].tolist()))
    assert (found[~marked] == -1).all()


def test_a_patch_is_as_large_as_its_cells_cover() -> None:
    patch, share = np.array([0, 0, -1, 3, 3]), np.array([1.0, 0.5, 1.0, 0.5, 0.5])
    assert large(patch, share, 4.0, 6.0).tolist() == [True, True, False, False, False]
    assert large(patch, share, 4.0, 4.0).tolist() == [True, True, False, True, True]


def test_amounts_by_shape_and_kind() -> None:
    first, kind = np.array([0, 2, 2, 5]), np.array([1, 0, 0, 0, 1], dtype=np.int8)
    weight = np.array([1.0, 0.5, 0.25, 1.0, 0.5])
    held, whole, lit = amounts(first, kind, weight, np.array([2, 4, 4, 1, 6], np.float32), 2)
    assert held.tolist() == [[0.5, 0, 1.25], [1, 0, 0.5]]
    assert whole.tolist() == [1.5, 0, 1.75]
    assert lit.tolist() == [[2, 0, 2], [2, 0, 3]]
