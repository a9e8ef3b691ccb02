"""What is said where memory does not suffice, and that giving it back harms nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from tests.cli.calls import called

from carbonspace import evaluation
from carbonspace.memory import given_back, raise_if_memory


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        shapely.GEOSException("std::bad_alloc"),
        RuntimeError("can't start new thread"),
    ],
)
def test_want_of_memory_is_said_in_words(
    error: Exception,
    plan: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(evaluation, "tall_table", fails)
    assert called("run", plan, "--out", tmp_path / "out", "--lang", "en") == 3
    assert "the memory does not suffice; nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_other_errors_are_what_they_are() -> None:
    raise_if_memory(ValueError("a ring has too few points"))
    given_back()
