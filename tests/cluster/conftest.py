"""A plan that workers can see, and a cluster of two workers for tests that leave it as it is."""

from __future__ import annotations

import os
import subprocess
import tempfile
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


_HIDE = """mount -t tmpfs -o size=1m none "$1" && shift && exec "$@" """


@pytest.fixture
def unshare() -> list[str]:
    """Return what starts a program that sees an empty disk of its own instead of a folder."""
    command = ["unshare", "-m", *([] if os.geteuid() == 0 else ["-r"]), "sh", "-c", _HIDE, "sh"]
    tried = subprocess.run([*command, tempfile.gettempdir(), "true"], check=False,
                           capture_output=True)  # fmt: skip
    if tried.returncode:
        pytest.skip("no disk can be mounted here")
    return command


long = pytest.mark.skipif(
    not os.environ.get("CARBONSPACE_FAILURES"), reason="make cluster-failures"
)
"""What takes minutes: the whole table of what may befall a cluster."""
