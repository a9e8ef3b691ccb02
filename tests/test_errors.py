"""Errors come through to another process with everything that they carry."""

from __future__ import annotations

import pickle

import pytest

from carbonspace.errors import (
    CarbonspaceError,
    InputError,
    LostError,
    MemoryWantingError,
    MissingColumnError,
    MissingLayerError,
    SourceError,
)
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text

WORDS = Text("缺失", "missing")
FINDING = Finding("error", "parcels", WORDS, "P1", WORDS, WORDS)
ERRORS = [
    CarbonspaceError("broken", "坏了"),
    LostError("lost", "中断"),
    SourceError("no file", "没有文件"),
    InputError([FINDING]),
    MemoryWantingError(),
    MissingLayerError("parks"),
    MissingColumnError("parcels", "land_use", "class"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: type(one).__name__)
def test_an_error_travels_as_it_is(error: CarbonspaceError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert (str(arrived), arrived.to("zh")) == (str(error), error.to("zh"))
    assert vars(arrived) == vars(error)
