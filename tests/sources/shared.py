"""Real data beside the checkout that is not copied into it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).parents[3] / "shared" / "data"


def shared(*parts: str) -> Path:
    """Return a file of the shared data; the test fails where it is not there."""
    path = Path(os.environ.get("CARBONSPACE_SHARED_DATA", _BESIDE)).joinpath(*parts)
    if not path.exists():
        pytest.fail(f"{path} is missing: put the shared data beside the checkout, or set "
                    "CARBONSPACE_SHARED_DATA to its folder")  # fmt: skip
    return path
