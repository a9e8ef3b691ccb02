"""The page about policies says what the registry says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carbonspace.model.policy import FAULTS

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "policies.md"
ROWS = {
    cells[0].strip("` "): [cell.strip() for cell in cells]
    for cells in (line.strip("| ").split("|") for line in PAGE.read_text("utf-8").splitlines())
    if re.fullmatch(r"`\w+` ", cells[0])
}


def test_every_fault_has_its_row_in_order() -> None:
    assert list(ROWS) == list(FAULTS)


@pytest.mark.parametrize("key", FAULTS)
def test_the_row_is_that_of_the_registry(key: str) -> None:
    kind = FAULTS[key]
    _, _, choices, tolerance, layers, *_ = ROWS[key]
    assert choices.split(", ")[0] == kind.default
    assert set(choices.split(", ")) == set(kind.does)
    assert tolerance == ("" if kind.tolerance is None else f"{kind.tolerance:g} {kind.unit}")
    assert layers == (", ".join(kind.layers) or "all")
