"""Text, numbers and flags, from whatever a field held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carbonspace.sources.columns import canonical, convert
from carbonspace.sources.mapping import LayerSource


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


def test_letters_are_truths_where_they_are_no_directions() -> None:
    raw = pd.DataFrame({"letter": ["T", "f", " F ", None]})
    source = LayerSource("roads", "a.gpkg", Path("a.gpkg"))
    bridges, none = canonical(raw, source, {"bridge": "letter"})
    assert bridges["bridge"].tolist() == [True, False, False, pd.NA]
    assert none == []
    _, faults = canonical(raw, source, {"oneway": "letter"})
    assert {f.what.en for f in faults} == {"oneway cannot be used"}


def doubts(field: str, raw: list[Any], **facts: Any) -> list[str]:
    """Return what is said of a field that is read as land-use codes."""
    source = LayerSource("parcels", "a.gpkg", Path("a.gpkg"), **facts)
    _, findings = canonical(pd.DataFrame({field: raw}), source, {"land_use": field})
    return [f"{f.severity}: {f.what.en}: {f.found_in('en')}" for f in findings]


def test_bare_numbers_may_be_those_of_another_classification() -> None:
    """Zones 1 to 12 of Japan would all be first-level codes that lost their zero."""
    (doubt,) = doubts("function", [12, 2, 1, 2])
    assert doubt == (
        "warning: The numbers in the field function may be no land-use codes: "
        "1 → 01 Cultivated land, 2 → 02 Garden plot (perennial crops), 12 → 12 Transport land"
    )


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("YDDM", [7, 8, 12]),  # named like land use
        ("用地代码", ["7", "8"]),
        ("kind", ["07", "08", "12"]),  # nothing is lost
        ("kind", [701, 8]),  # second-level codes are telling
        ("kind", ["R2", "B1"]),
    ],
)
def test_what_is_no_bare_number(field: str, values: list[Any]) -> None:
    assert doubts(field, values) == []


def test_numbers_that_plan_toml_explains_are_not_doubted() -> None:
    assert doubts("function", [1, 2], values={"land_use": {"1": "0701", "2": "0901"}}) == []
