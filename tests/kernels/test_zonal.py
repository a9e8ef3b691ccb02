"""Spreading amounts and entropy, by hand and by plain definition."""

from __future__ import annotations

from math import isnan, log

import numpy as np
import pytest
from hypothesis import given
from tests.kernels.shapes import patient, seeds

from carbonspace.kernels.zonal import entropy, spread


def test_amounts_go_by_weight_equally_where_none_has_any() -> None:
    found = spread([100.0, 6.0, 7.0], [0, 0, 1, 1, -1], [1.0, 3.0, 0.0, 0.0, 9.0])
    assert found.tolist() == [25.0, 75.0, 3.0, 3.0, 0.0]
    assert spread([], [-1], [1.0]).tolist() == [0.0]
    assert spread([5.0], [], []).tolist() == []


@patient
@given(seed=seeds)
def test_spreading_conserves_every_source(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source = np.concatenate((np.arange(10), rng.integers(-1, 10, 40)))
    weights = rng.uniform(0, 5, 50) * rng.integers(0, 2, 50)
    amounts = rng.uniform(0, 1000, 10)
    found = spread(amounts, source, weights)
    returned = np.bincount(source[source >= 0], found[source >= 0], 10)
    np.testing.assert_allclose(returned, amounts, rtol=1e-12)
    assert (found[source < 0] == 0).all()


def test_entropy_of_one_class_is_none_and_of_all_alike_is_whole() -> None:
    found = entropy([0, 1, 1, 2, -1], [0, 0, 1, 2, 0], [5.0, 2.0, 2.0, 0.0, 1.0], 4, 2 + 1)
    assert found[0] == 0
    assert found[1] == pytest.approx(log(2) / log(3))
    assert isnan(found[2])
    assert isnan(found[3])
    assert entropy([0, 0], [0, 1], [3.0, 3.0], 1, 2).tolist() == [1.0]


def test_entropy_with_one_class_or_an_unknown_class() -> None:
    assert entropy([0], [0], [2.0], 1, 1).tolist() == [0.0]
    assert isnan(entropy([0], [-1], [2.0], 1, 3)[0])


@patient
@given(seed=seeds)
def test_entropy_agrees_with_its_definition_in_any_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes, weights = rng.integers(0, 4, 30), rng.uniform(0.1, 9, 30)
    share = [weights[classes == c].sum() / weights.sum() for c in range(4)]
    expected = -sum(p * log(p) for p in share if p > 0) / log(4)
    order = rng.permutation(30)
    found = entropy(np.zeros(30), classes[order], weights[order], 1, 4)
    assert found[0] == pytest.approx(expected, rel=1e-12)
