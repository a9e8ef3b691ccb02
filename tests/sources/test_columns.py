"""Text, numbers and flags, from whatever a field held."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from carbonspace.sources.columns import convert


@pytest.mark.parametrize(
    ("raw", "text"),
    [(701, "701"), (701.0, "701"), (0.5, "0.5"), (True, "true"), (" a ", "a"), ("", None)],
)
def test_text(raw: Any, text: str | None) -> None:
    values, bad = convert(pd.Series([raw]), "text")
    assert values.dtype == "str"
    assert len(bad) == 0
    assert values.isna().iloc[0] if text is None else values.iloc[0] == text


def test_numbers() -> None:
    values, bad = convert(pd.Series(["1.5", "", None, "1e3", "x", "inf"]), "number")
    np.testing.assert_array_equal(values, [1.5, np.nan, np.nan, 1000, np.nan, np.nan])
    assert bad.tolist() == [4, 5]


def test_numbers_that_are_infinite_are_no_numbers() -> None:
    values, bad = convert(pd.Series([1.0, np.inf, np.nan]), "number")
    np.testing.assert_array_equal(values, [1, np.nan, np.nan])
    assert bad.tolist() == [1]


def test_flags() -> None:
    raw = pd.Series(["yes", "No", "是", "否", 1, 0, 1.0, True, "", None, "T", 2], dtype=object)
    values, bad = convert(raw, "flag")
    assert values.dtype == "boolean"
    assert values[:8].tolist() == [True, False, True, False, True, False, True, True]
    assert values[8:].isna().all()
    assert bad.tolist() == [10, 11]
