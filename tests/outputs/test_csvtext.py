from __future__ import annotations

import math

import numpy as np
import pandas as pd

from carbonspace.model.assessment import Assessment
from carbonspace.outputs.csvtext import csv_text


def _by_pandas(table: pd.DataFrame) -> str:
    return str(table.to_csv(index=False, lineterminator="\n"))


def test_the_tables_of_a_town_are_as_pandas_writes_them(town: Assessment) -> None:
    for table in (town.table, town.findings, town.ledger):
        assert csv_text(table) == _by_pandas(table)


def test_awkward_values_are_as_pandas_writes_them() -> None:
    table = pd.DataFrame({
        "number, in m": [0.1, math.nan, 1e-7, -1e22, math.inf, 1 / 3],
        "text": ["a,b", 'say "x"', "two\nlines", None, "", " 中文 "],
        "mixed": [True, None, 3, 2.5, "x", math.nan],
        "whole": np.arange(6), "flag": [True, False] * 3,
    })  # fmt: skip
    assert csv_text(table) == _by_pandas(table)


def test_an_empty_table_is_a_header() -> None:
    assert csv_text(pd.DataFrame(columns=["a", "b"])) == "a,b\n"
