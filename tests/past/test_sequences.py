"""The long form of the nights is able to fail, and says where."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import pandas as pd
import pytest
from tests.past.sequences import sequence

from carbonspace import Plan
from carbonspace.measuring import Asked
from carbonspace.past.memory import Memory


def nights(number: int, seed: int = 10) -> str:
    return sequence(number, seed=seed, size="small", large=Path()).differs


def test_the_nights_of_a_small_city() -> None:
    assert nights(0) == ""


def test_what_is_taken_over_though_it_changed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    due = Memory.due

    def nothing_due(
        self: Memory, reading: str, plan: Plan, asked: Asked, units: pd.Index
    ) -> dict[Hashable, pd.Index]:
        found = due(self, reading, plan, asked, units)
        return {key: some[:0] if self.told(reading, asked[key]) else some
                for key, some in found.items()}  # fmt: skip

    monkeypatch.setattr(Memory, "due", nothing_due)
    said = next(filter(None, map(nights, range(1, 6))))
    assert said.startswith("night ")
    assert "bits: " in said
