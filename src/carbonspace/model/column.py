"""What a canonical column and layer are, and the columns that several layers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from carbonspace.model.text import Text

Geometry = Literal["polygon", "line", "point"]
Kind = Literal["text", "number", "flag"]

SEPARATOR = ";"
"""Between the values of a column that may hold several."""


@dataclass(frozen=True)
class Column:
    """One column of a canonical layer.

    `values` lists what a coded column may hold; with `many` several of them, joined by `;`.
    `bound` says that text such as `≤2.5` or `1.0-2.0` gives this column its lower or upper bound;
    a `share` is a percentage, 0 to 100, however it was written. `low` and `high` are the range a
    sound value lies in. `refers_to` names the layer whose ids the column holds. A name that is
    `common` is that of many things: a field so called, which plan.toml does not name, is taken to
    be this column only where its values are.
    """

    name: str
    kind: Kind
    title: Text
    unit: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    bound: Literal["", "low", "high"] = ""
    share: bool = False
    low: float | None = 0.0
    high: float | None = None
    refers_to: str = ""
    many: bool = False
    common: bool = False


@dataclass(frozen=True)
class Layer:
    """One canonical layer. Its first column is its id and becomes the index."""

    key: str
    title: Text
    geometry: tuple[Geometry, ...]
    columns: tuple[Column, ...]

    @property
    def id(self) -> str:
        """Name of the id column."""
        return self.columns[0].name

    def column(self, name: str) -> Column | None:
        """Return the column called `name`, or None."""
        return next((c for c in self.columns if c.name == name), None)


def text(name: str, zh: str, en: str, **facts: Any) -> Column:
    """Return a column of text."""
    return Column(name, "text", Text(zh, en), **facts)


def coded(name: str, zh: str, en: str, values: Mapping[str, Text], **facts: Any) -> Column:
    """Return a column of text that holds the keys of `values`."""
    return text(name, zh, en, values=tuple(values), **facts)


def number(name: str, zh: str, en: str, unit: str = "", **facts: Any) -> Column:
    """Return a column of numbers in `unit`."""
    return Column(name, "number", Text(zh, en), unit, **facts)


def percent(name: str, zh: str, en: str, **facts: Any) -> Column:
    """Return a column of percentages, 0 to 100."""
    return number(name, zh, en, "%", share=True, high=100.0, **facts)


def flag(name: str, zh: str, en: str, **facts: Any) -> Column:
    """Return a column of yes and no."""
    return Column(name, "flag", Text(zh, en), **facts)


NAME = text("name", "名称", "Name")
POPULATION = number("population", "常住人口", "Residents", "person")
JOBS = number("jobs", "就业岗位", "Jobs", "job")
WORKERS = number("workers", "居住就业人口", "Resident workers", "person")
HOUSEHOLDS = number("households", "户数", "Households", "household")
FLOOR_AREA = number("floor_area", "建筑面积", "Floor area", "m²")
AREA = number("area", "用地面积", "Stated land area", "m²")
ENERGY_USE = number("energy_use", "年能耗", "Energy used in a year", "kWh/yr")
YEAR_BUILT = number("year_built", "建成年份", "Year built", low=500.0, high=2100.0)
EXEMPTION = text("exemption", "豁免理由", "Reason of a recorded exemption")
RUNOFF = (
    percent("runoff_control", "年径流总量控制率", "Share of the annual runoff held back"),
    percent("runoff_target", "年径流总量控制率目标", "Target of runoff control"),
)
