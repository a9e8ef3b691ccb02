"""Numbers as people write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonspace.model.layers import LAYERS, Column
from carbonspace.sources.values import plainly, read_numbers, said

FAR_MIN, FAR_MAX = (LAYERS["parcels"].column(f"far_{end}") for end in ("min", "max"))
DENSITY = LAYERS["parcels"].column("density_max")
GREEN = LAYERS["parcels"].column("green_ratio_min")
AREA = LAYERS["parcels"].column("area")

BOUNDS: list[tuple[str, float | None, float | None]] = [
    ("2.5", 2.5, 2.5), (".5", 0.5, 0.5), ("2.", 2, 2), ("-3", -3, -3), ("1e3", 1000, 1000),
    ("≤2.5", None, 2.5), ("<=2.5", None, 2.5), ("=<2.5", None, 2.5), ("＜2.5", None, 2.5),
    ("不大于2.5", None, 2.5), ("不超过 2.5", None, 2.5), ("2.5以下", None, 2.5),
    ("容积率≤2.5", None, 2.5), ("FAR<=2.5", None, 2.5), ("2.5≥FAR", None, 2.5),
    ("≥1.0", 1, None), (">1", 1, None), ("不小于1.0", 1, None), ("至少1", 1, None),
    ("1.0及以上", 1, None), ("1.0<FAR", 1, None), ("=2.5", 2.5, 2.5),
    ("1.0-2.0", 1, 2), ("1.0 — 2.0", 1, 2), ("1.0～2.0", 1, 2), ("1.0~2.0", 1, 2),
    ("1.0至2.0", 1, 2), ("1.0–2.0", 1, 2), ("[1.0,2.0]", 1, 2), ("(1,2]", 1, 2),
    ("1.0<FAR≤2.5", 1, 2.5), ("1.0＜容积率≤2.5", 1, 2.5), ("1.0≤R<2.5", 1, 2.5),
    ("2.5≥FAR>1.0", 1, 2.5), ("≥1.0,≤2.5", 1, 2.5), ("≥1.0且≤2.5", 1, 2.5),
    ("≤2.5；≥1.0", 1, 2.5), ("１．０－２．０", 1, 2), ("1,234.5", 1234.5, 1234.5),
    ("约24", 24, 24), ("大约2.5", 2.5, 2.5), ("24左右", 24, 24), ("≈3", 3, 3),
]  # fmt: skip
NO_NUMBERS = [
    "many", "1,5", "1.234,5", "2 3", "2.0-1.0", "1.0<FAR", "1_000", "infinity", "2.5±0.1",
    "1-2-3", "约", "约24以上", "约1-2", "≤", "≤≥2", "1..2", "½5", "≥1,≥2", "1.0<2.0<3.0<4.0",
    "9" * 65, "",
]  # fmt: skip


@pytest.mark.parametrize(("text", "low", "high"), BOUNDS)
def test_what_a_text_says(text: str, low: float | None, high: float | None) -> None:
    found = said(plainly(text))
    assert found is not None
    assert (found.low, found.high) == (low, high)
    assert found.is_plain == (low == high and "=" not in text)


@pytest.mark.parametrize("text", [t for t in NO_NUMBERS if t != "1.0<FAR"])
def test_what_can_be_meant_in_two_ways_is_not_understood(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize(
    ("text", "number", "unit"), [("30%", 30, "%"), ("1200㎡", 1200, "m2"), ("3公顷", 3, "公顷"),
                                 ("20%-30%", 20, "%"), ("20-30%", 20, "%"), ("≥30％", 30, "%")]
)  # fmt: skip
def test_units_behind_a_number(text: str, number: float, unit: str) -> None:
    found = said(plainly(text))
    assert found is not None
    assert (found.low, found.unit) == (number, unit)


def read(column: Column | None, *values: Any, **options: Any) -> tuple[list[Any], list[int], Any]:
    assert column is not None
    found = read_numbers(pd.Series(values, dtype=options.pop("dtype", object)), column, **options)
    numbers = [None if np.isnan(v) else v for v in found.found]
    return numbers, found.bad.tolist(), found.ways


def test_each_column_takes_its_bound() -> None:
    texts = ("1.0-2.0", "≤2.5", "≥0.8", "1.5", None, "不限")
    assert read(FAR_MAX, *texts) == (
        [2, 2.5, None, 1.5, None, None], [], {"bound": [0, 1], "other": [2], "blank": [5]}
    )  # fmt: skip
    assert read(FAR_MIN, *texts) == (
        [1, None, 0.8, 1.5, None, None], [], {"bound": [0, 2], "other": [1], "blank": [5]}
    )  # fmt: skip


def test_bounds_are_no_plain_numbers() -> None:
    assert read(AREA, "≤2.5", "1-2", "12") == ([None, None, 12], [0, 1], {})


def test_one_field_for_both_bounds() -> None:
    texts = ("1.0-2.0", "2.5")
    assert read(FAR_MAX, *texts, shared=True)[0] == [2, 2.5]
    assert read(FAR_MIN, *texts, shared=True)[0] == [1, None]
    assert read(GREEN, "35", shared=True)[0] == [35]
    assert read(FAR_MIN, 2.5, shared=True, dtype="float64")[0] == [None]
    assert read(FAR_MAX, 2.5, shared=True, dtype="float64") == ([2.5], [], {"side": [0]})


def test_shares_are_percent_however_they_are_written() -> None:
    assert read(DENSITY, "30%", "30", "45") == ([30, 30, 45], [], {"unit": [0]})
    assert read(DENSITY, "30%", "0.3", "0") == (
        [30, 30, 0], [], {"unit": [0], "fraction": [1]}
    )  # fmt: skip
    assert read(DENSITY, 0.25, 1.0, dtype="float64")[0] == [25, 100]
    assert read(DENSITY, 25.0, 0.5, dtype="float64") == ([25, 0.5], [], {"small": [1]})
    assert read(DENSITY, "0.2-0.3", "≤0.25")[0] == [30, 25]
    assert read(DENSITY, "20-30%")[0] == [30]


def test_stated_shares_are_not_guessed() -> None:
    assert read(DENSITY, 0.25, dtype="float64", unit="percent") == ([0.25], [], {})
    assert read(DENSITY, 2.0, dtype="float64", unit="fraction")[0] == [200]


def test_units_are_applied() -> None:
    assert read(AREA, "1200㎡", "1.5公顷", "3亩", "1200")[0] == [1200, 15_000, 2000, 1200]
    assert read(AREA, "30m", "5°")[1] == [0, 1]
    # A column of hectares is converted afterwards: what says its unit must come out the same.
    assert read(AREA, "10000m2", "2", factor=10_000)[0] == [1, 2]
    assert read(LAYERS["buildings"].column("floors"), "6层", "7")[0] == [6, 7]
    assert read(LAYERS["car_parks"].column("spaces"), "30个")[0] == [30]


def test_heights_and_floors_as_text() -> None:
    height, floors = (LAYERS["buildings"].column(name) for name in ("height", "floors"))
    texts = ("24m", "24 米", "约24", "约 24m", "24米左右", "≈24", "80ft", "2400mm", "２４")
    found, bad, ways = read(height, *texts)
    assert found == pytest.approx([24] * 6 + [24.384, 2.4, 24])
    assert bad == []
    assert ways["about"] == [2, 3, 4, 5]
    assert read(floors, "6F", "6层", "约6层", "6")[0] == [6] * 4
    for text in ("6F", "6层", "约", "24±1", "24m/6F", "6F,24m", "地上24", "约24以上", "高"):
        assert read(height, text)[1] == [0], text


def test_blanks_and_widths() -> None:
    assert read(AREA, "－", "/", "<Null>", "　12　", "１２", "", "无") == (
        [None, None, None, 12, 12, None, None], [6], {"blank": [0, 1, 2], "width": [4]}
    )  # fmt: skip


def test_what_is_no_number() -> None:
    assert read(AREA, "many", True, float("inf"), "1e999", 1e300, "-1e16", "0x10", b"1") == (
        [None] * 8, [0, 1, 2, 3, 4, 5, 6, 7], {}
    )  # fmt: skip
    assert read(AREA, Decimal("1.5"), np.int64(2)) == ([1.5, 2], [], {})


@given(st.text(max_size=80))
def test_no_text_is_too_strange(text: str) -> None:
    found = said(plainly(text))
    if found is not None and found.low is not None and found.high is not None:
        assert found.low <= found.high


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from("-~～至"))
def test_a_range_reads_back(one: float, other: float, dash: str) -> None:
    low, high = sorted((round(one, 3), round(other, 3)))
    found = said(plainly(f"{low}{dash}{high}"))
    assert found is not None
    assert (found.low, found.high) == (low, high)
