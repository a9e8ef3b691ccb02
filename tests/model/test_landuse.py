"""Land-use codes."""

from __future__ import annotations

import pandas as pd
import pytest

from carbonspace.model import landuse
from carbonspace.model.tables import rows_of
from carbonspace.model.text import Text


def test_every_class_has_its_parent_and_both_names() -> None:
    assert len(landuse.CODES) == len(rows_of("landuse_codes.csv"))
    for code, use in landuse.CODES.items():
        assert use.parent == (code[:-2] or None)
        assert use.parent is None or use.parent in landuse.CODES
        assert use.name.zh
        assert use.name.en


def test_every_letter_leads_to_a_class() -> None:
    assert set(landuse.CROSSWALK.values()) <= set(landuse.CODES)


def test_every_first_level_class_has_its_own_colour() -> None:
    first = {code for code in landuse.CODES if landuse.level(code) == 1}
    assert set(landuse.FILLS) == first
    assert len(set(landuse.FILLS.values())) == len(first)
    assert landuse.fill("070102") == landuse.FILLS["07"]
    assert landuse.fill(None) == landuse.fill("99") == landuse.NO_FILL


@pytest.mark.parametrize(("code", "expected"), [("07", 1), ("0701", 2), ("070102", 3)])
def test_level(code: str, expected: int) -> None:
    assert landuse.level(code) == expected


def test_name_of_falls_back_to_the_class_that_holds_it() -> None:
    assert landuse.name_of("0701") == Text("城镇住宅用地", "Urban housing land")
    assert landuse.name_of("100199") == landuse.CODES["1001"].name
    assert landuse.name_of(None).en == "Unknown land use"


def test_matches_by_prefix_and_never_a_missing_code() -> None:
    codes = pd.Series(["0701", "070102", "07", "0702", None, "17"], index=list("abcdef"))
    assert landuse.matches(codes, ("0701",)).tolist() == [True, True, False, False, False, False]
    assert landuse.matches(codes, ("07", "17")).tolist() == [True] * 4 + [False, True]
    assert landuse.matches(codes, ()).tolist() == [False] * 6
    assert landuse.matches(codes, ("07",)).index.tolist() == list("abcdef")


def test_matches_takes_an_empty_or_null_column() -> None:
    assert landuse.matches(pd.Series([], dtype=float), ("07",)).tolist() == []
    assert landuse.matches(pd.Series([None, float("nan")]), ("07",)).tolist() == [False, False]


@pytest.mark.parametrize(
    ("raw", "code", "how"),
    [
        ("0701", "0701", "as given"),
        (" 070102 ", "070102", "as given"),
        ("1001", "1001", "as given"),
        ("701", "0701", "left-padded"),
        ("7", "07", "left-padded"),
        (70102, "070102", "left-padded"),
        (701.0, "0701", "left-padded"),
        ("701.0", "0701", "left-padded"),
        (1401.0, "1401", "as given"),
        ("R2", "070102", "crosswalk"),
        ("r21", "070102", "crosswalk"),
        ("U23", "13", "crosswalk"),
        ("M0", "1001", "crosswalk"),
        ("R2/B1", "070102", "crosswalk"),
        ("B1R2", "0901", "crosswalk"),
        ("A33 + R2", "080403", "crosswalk"),
        ("B1(R2)", "0901", "crosswalk"),
        ("R2 二类居住用地", "070102", "crosswalk"),
        ("C2", None, "unknown"),
        ("UNKNOWN", None, "unknown"),
        ("green", None, "unknown"),
        ("99", None, "unknown"),
        ("07010203", None, "unknown"),
        ("100199", "100199", "unknown"),
        ("0701/0901", "0701", "unknown"),
        ("", None, "unknown"),
        (None, None, "unknown"),
    ],
)
def test_normalise(raw: object, code: str | None, how: str) -> None:
    row = landuse.normalise(pd.Series([raw], index=["p"])).loc["p"]
    assert (None if pd.isna(row["code"]) else row["code"], row["how"]) == (code, how)


def test_normalise_keeps_the_index_and_is_its_own_fixed_point() -> None:
    once = landuse.normalise(pd.Series(["R2", 701, None, "B1R2"], index=[3, 1, 4, 1]))
    twice = landuse.normalise(once["code"])
    assert once.index.tolist() == [3, 1, 4, 1]
    pd.testing.assert_series_equal(once["code"], twice["code"])
    assert twice["how"].tolist() == ["as given", "as given", "unknown", "as given"]


def test_normalise_takes_an_empty_column() -> None:
    assert landuse.normalise(pd.Series([], dtype=float)).empty
