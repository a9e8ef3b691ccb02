"""Small questions asked of OpenStreetMap tags, for all features at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

_CLOSED = ("private", "no")


def coded(values: pd.Series, table: Mapping[str, str]) -> pd.Series:
    """Return the code of each value; `*` stands for every value that is not listed."""
    rest = table.get("*")
    codes = {v: table.get(v, rest) for v in values.dropna().unique()}
    return values.astype(object).map(codes).astype("str")


def any_of(features: pd.DataFrame, keys: Iterable[str], values: Iterable[str]) -> pd.Series:
    """Return True where any of `keys` has one of `values`."""
    return features[[*keys]].isin([*values]).any(axis=1)


def closed(access: pd.Series) -> pd.Series:
    """Return True where the public may not enter."""
    return access.isin(_CLOSED)


def value_of(features: pd.DataFrame, keys: Iterable[str]) -> pd.Series:
    """Return the first value among `keys`."""
    return features[[*keys]].astype(object).bfill(axis=1).iloc[:, 0]
