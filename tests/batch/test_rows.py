"""Values are kept as every database can hold them, whatever column they stand in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from carbonspace.batch.rows import _plains

COLUMNS: tuple[tuple[pd.Series, list[Any]], ...] = (
    (pd.Series([1.5, np.nan, -0.0]), [1.5, None, -0.0]),
    (pd.Series(["a", None, "b\0", "a"], dtype=object), ["a", None, "b\ufffd", "a"]),
    (pd.Series(["a", np.nan, "b\ud800"], dtype=object), ["a", None, "b?"]),
    (pd.Series(["a", None], dtype="str"), ["a", None]),
    (pd.Series([True, None, False], dtype="boolean"), [True, None, False]),
    (pd.Series([True, 1, 1.0, None], dtype=object), [True, 1, 1.0, None]),
    (pd.Series([1, 2]), [1, 2]),
    (pd.Series([], dtype=object), []),
)


@pytest.mark.parametrize(("column", "expected"), COLUMNS)
def test_values_are_plain(column: pd.Series, expected: list[Any]) -> None:
    found = _plains(column)
    assert found == expected
    assert [*map(type, found)] == [*map(type, expected)]
