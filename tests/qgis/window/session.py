"""What is played in one window of QGIS; tests/qgis/test_window.py starts it."""

from __future__ import annotations

from tests.qgis.window import dialog
from tests.qgis.window.stage import play

play(dialog.opens, dialog.runs, dialog.is_cancelled)
