"""The hand-made town of the output tests, and its results written once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.outputs.town import assessment
from tests.postgis.conftest import server

from carbonspace.model.assessment import Assessment
from carbonspace.outputs import write_results

__all__ = ["server"]  # the PostGIS of the tests of PostGIS
collect_ignore = ["inside", "window"]
"""What only the Python of QGIS can run: test_plugin_in_qgis.py and test_window.py start it."""


@pytest.fixture(scope="session")
def town() -> Assessment:
    return assessment()


@pytest.fixture(scope="session")
def results(town: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(town, tmp_path_factory.mktemp("town") / "out")
