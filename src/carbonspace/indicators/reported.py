"""Figures that no map tells: a city reports them, and they are held against the same clauses."""

from __future__ import annotations

import geopandas as gpd

from carbonspace.errors import UnstatedError
from carbonspace.model.indicator import Indicator
from carbonspace.model.measure import Measure
from carbonspace.model.reported import NOT_REPORTED, listed
from carbonspace.model.text import Text


def as_reported(units: gpd.GeoDataFrame) -> Measure:  # noqa: ARG001
    """Raise that the figure is not computed: it is what a plan reports.

    Raises
    ------
    UnstatedError
        Always.
    """
    raise UnstatedError(NOT_REPORTED.en, NOT_REPORTED.zh)


def _declared(row: dict[str, str]) -> Indicator:
    title = Text(row["zh"], row["en"])
    zh = f"{row['of_zh']}。" if row["of_zh"] else "来源未给出算法。"
    en = f"{_sentence(row['of_en'])}." if row["of_en"] else "The source gives no formula."
    definition = Text(
        f"由城市填报，不由图形计算。{zh}", f"Reported by the city, not computed. {en}"
    )
    return Indicator(
        row["key"], title, row["unit"], "reported", "none", 0.0, row["source"], definition,
        as_reported, ("units",), (), (), levels=(row["level"],),  # type: ignore[arg-type]
    )  # fmt: skip


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


VARIANTS = tuple(map(_declared, listed()))
