"""A plan that workers can see, and a cluster of two workers for tests that leave it as it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import plan
from tests.cluster.farm import Farm

from carbonspace.cluster.guarded import Patience

__all__ = ["plan"]
PATIENCE = Patience(answer=20, first=3, another=4)


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    with Farm(tmp_path_factory.mktemp("farm")) as one:
        yield one.up(2)


@pytest.fixture
def own_farm(tmp_path: Path) -> Iterator[Farm]:
    """A scheduler whose workers a test may harm."""
    (tmp_path / "farm").mkdir()
    with Farm(tmp_path / "farm") as one:
        yield one


@pytest.fixture
def seen_plan(tmp_path: Path) -> Path:
    (tmp_path / "units.gpkg").write_bytes(b"units" * 100)
    plan = tmp_path / "plan.toml"
    plan.write_text('[layers.units]\nsource = "units.gpkg"\n', "utf-8")
    return plan


long = pytest.mark.skipif(
    not os.environ.get("CARBONSPACE_FAILURES"), reason="make cluster-failures"
)
"""What takes minutes: the whole table of what may befall a cluster."""
