"""Times and sizes as people write them: "90 min", "4 h", "6 GB"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from carbonspace.model.text import Text

SECONDS: Mapping[str, float] = {"s": 1, "min": 60, "h": 3600}
BYTES: Mapping[str, float] = {"MB": 1e6, "GB": 1e9, "MiB": 2**20, "GiB": 2**30}
_AMOUNT = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*([A-Za-z]{1,3})\s*")


def amount_of(said: str, units: Mapping[str, float]) -> float | None:
    """Return an amount in seconds or bytes; None where it is none, or nothing."""
    found = _AMOUNT.fullmatch(said)
    if found is None or found[2] not in units:
        return None
    return float(found[1]) * units[found[2]] or None


def expected(units: Mapping[str, float]) -> Text:
    """Return how such an amount is written."""
    names = ", ".join(units)
    example = '"90 min"' if units is SECONDS else '"6 GB"'
    return Text(f"如 {example}，单位为 {names}", f"for instance {example}, with {names}")


def spoken(seconds: float) -> str:
    """Return a time as people write it, with the largest unit that leaves no fraction."""
    unit = next((name for name in ("h", "min") if not seconds % SECONDS[name]), "s")
    return f"{seconds / SECONDS[unit]:g} {unit}"
