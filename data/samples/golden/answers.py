"""Expected answers as rows: a ratio or a sum by unit, the city's beside them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from arithmetic import PerUnit


class Row(NamedTuple):
    """One expected figure of a unit, of the city, or of a place within the units."""

    unit_id: str
    indicator: str
    parameters: str
    numerator: float
    denominator: float
    value: float


def ratio(key: str, top: PerUnit, bottom: PerUnit, scale: float, **parameters: object) -> list[Row]:
    label = json.dumps(parameters, ensure_ascii=False) if parameters else ""
    top, bottom = ({**p, "city": math.fsum(p.values())} for p in (top, bottom))
    return [
        Row(u, key, label, top[u], bottom[u], scale * top[u] / bottom[u] if bottom[u] else math.nan)
        for u in top
    ]


def summed(key: str, top: PerUnit, scale: float = 1.0) -> list[Row]:
    top = {**top, "city": math.fsum(top.values())}
    return [Row(u, key, "", top[u], math.nan, scale * top[u]) for u in top]


def told(rows: Iterable[Row], **parameters: object) -> list[Row]:
    """Return the rows as those of other parameters."""
    return [row._replace(parameters=json.dumps(parameters, ensure_ascii=False)) for row in rows]


def of_places(
    key: str, figures: Mapping[str, tuple[float, float]], scale: float = 1.0
) -> list[Row]:
    """Return the figure of each place: numerator and denominator (NaN: a sum) by its id."""
    return [
        Row(i, key, "", top, bottom, scale * _value(top, bottom))
        for i, (top, bottom) in figures.items()
    ]


def _value(top: float, bottom: float) -> float:
    if math.isnan(bottom):
        return top
    return top / bottom if bottom else math.nan
