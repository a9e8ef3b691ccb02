"""Which parts of a cut overlap others: as asking every pair says."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from carbonspace.indicators._parcel_figures import _in_a_pair


@pytest.mark.parametrize("seed", range(40))
def test_what_overlaps_is_what_every_pair_says(seed: int) -> None:
    """Boxes on a grid: some overlap, some touch along edges or at corners, some stand apart."""
    rng = np.random.default_rng(seed)
    west, south = rng.integers(0, 30, (2, int(rng.integers(2, 60)))).astype(float)
    wide, high = rng.integers(1, 6, (2, len(west)))
    shapes = shapely.box(west, south, west + wide, south + high)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    over = shapely.relate_pattern(shapes[first], shapes[second], "T********")
    expected = np.isin(np.arange(len(shapes)), [*first[over], *second[over]])
    assert np.array_equal(_in_a_pair(shapes, first, second), expected)


def test_of_a_stack_few_pairs_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = shapely.box(np.arange(200) / 100, 0.0, 10.0, 10.0)
    asked, relate = [0], shapely.relate_pattern

    def counted(one: np.ndarray, other: np.ndarray, pattern: str) -> np.ndarray:
        asked[0] += len(one)
        return np.asarray(relate(one, other, pattern))

    monkeypatch.setattr(shapely, "relate_pattern", counted)
    assert _in_a_pair(shapes, *np.triu_indices(200, 1)).all()
    assert asked[0] < 3 * 200
