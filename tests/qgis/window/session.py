"""The scenes of a file, played in one window of QGIS; tests/qgis/test_window.py starts it."""

from __future__ import annotations

import importlib
import os

from tests.qgis.window.stage import play

play(*importlib.import_module(f"tests.qgis.window.{os.environ['SCENES']}").SCENES)
