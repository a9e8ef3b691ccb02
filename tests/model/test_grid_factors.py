"""Emission factors of the grid: which there are, and what is said where there is none."""

from __future__ import annotations

from collections import Counter

import pytest

from carbonspace.errors import UnknownNameError
from carbonspace.model.grid_factors import FACTORS, NATION, REGIONS, STATUSES, factor_of

PROVINCES = 30
"""Of the mainland, without Tibet, whose grid has none."""


def test_the_table_is_whole() -> None:
    years = Counter(one.year for one in FACTORS if one.status != "memory")
    assert years == {2021: 1 + 7 + PROVINCES, 2022: 1 + 7 + PROVINCES, 2023: 1}
    assert len({(one.region.zh, one.year) for one in FACTORS}) == len(FACTORS)
    for one in FACTORS:
        assert 0.05 < one.kg_per_kwh < 1.0
        assert one.status in STATUSES
        assert one.source.strip()
        assert one.region.zh != one.region.en
    assert len(set(REGIONS)) == 2 * len({one.region.zh for one in FACTORS})


@pytest.mark.parametrize(
    ("region", "year", "value", "status"),
    [
        # The years are not swapped, as they are in some public tables.
        ("全国", 2021, 0.5568, "partial"), ("全国", 2022, 0.5366, "verified"),
        ("China", 2023, 0.5306, "partial"), ("山西", 2022, 0.7096, "partial"),
        ("Inner Mongolia", 2022, 0.6849, "partial"), ("江苏", "newest", 0.5978, "partial"),
        ("Jiangxi", "newest", 0.5752, "partial"), (NATION, "newest", 0.5306, "partial"),
        ("全国化石能源电力", 2022, 0.8325, "memory"),
    ],
)  # fmt: skip
def test_factors_as_published(region: str, year: int | str, value: float, status: str) -> None:
    found = factor_of(region, year)
    assert (found.kg_per_kwh, found.status) == (value, status)


def test_an_announced_factor_names_its_announcement() -> None:
    assert factor_of("山西", 2022).source == "生态环境部、国家统计局公告2024年第33号"
    assert factor_of("山西", 2021).source == "生态环境部、国家统计局公告2024年第12号"
    assert factor_of("山西").words.zh == "山西 2022，0.7096 kg/kWh（部分核实）"
    assert factor_of("山西").words.en == "Shanxi 2022, 0.7096 kg/kWh (partly verified)"


def test_what_there_is_not_is_said_with_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="Shanxi") as no_region:
        factor_of("Atlantis")
    assert "山西" in no_region.value.zh
    with pytest.raises(UnknownNameError, match="2021, 2022, or 'newest'") as no_year:
        factor_of("山西", 2019)
    assert "山西没有" in no_year.value.zh
