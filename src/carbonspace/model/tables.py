"""The tables of facts that lie beside the model, as CSV."""

from __future__ import annotations

import csv
from importlib.resources import files


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the tables, by the name of its file."""
    text = files("carbonspace.model").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
