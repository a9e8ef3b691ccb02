"""The sample of the Barbican is drawn from the surface model as its licence note says."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import geopandas as gpd
import pytest
from geopandas.testing import assert_geodataframe_equal

SHARED = Path(
    os.environ.get("CARBONSPACE_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")
)
ARCHIVE = SHARED / "umep" / "London_BNG.zip"
FOLDER = Path(__file__).parents[2] / "data" / "samples" / "barbican"

pytestmark = pytest.mark.skipif(
    not ARCHIVE.is_file(),
    reason=f"{ARCHIVE} is not there: real data that is not part of the project "
    "(CARBONSPACE_SHARED_DATA names its folder)",
)


def test_the_committed_drawing_is_what_the_script_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delitem(sys.modules, "draw", raising=False)
    drawn = importlib.import_module("draw").draw(ARCHIVE, tmp_path / "plan.gpkg")
    monkeypatch.delitem(sys.modules, "draw")
    for name in ("units", "buildings"):
        again, committed = (gpd.read_file(path, layer=name)
                            for path in (drawn, FOLDER / "plan.gpkg"))  # fmt: skip
        assert_geodataframe_equal(again, committed)
