"""Runs inside the real window of QGIS: plays scenes, tells how they went, takes pictures."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from qgis.core import Qgis, QgsApplication, QgsProject
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QMessageBox, QWidget
from qgis.utils import iface
from tests.qgis.started import MARK, started

FOLDER = Path(os.environ["FOLDER"])
Scene = Callable[[], dict[str, Any]]
_SIZE = (1440, 900)
_told: dict[str, Any] = {"faults": [], "log": []}


def play(*scenes: Scene) -> None:
    """Play scenes once QGIS stands; what one returns, or what went wrong, is told by its name."""

    def begin() -> None:
        sys.excepthook = _caught
        QgsApplication.messageLog().messageReceived.connect(_heard)
        iface.mainWindow().resize(*_SIZE)
        for scene in scenes:
            try:
                _told[scene.__name__] = scene()
            except Exception:  # noqa: BLE001  (the test tells of it)
                _told[scene.__name__] = {"failed": traceback.format_exc()}
                picture(f"failed-{scene.__name__}")
                break
            finally:
                _tell()
        leave()

    iface.initializationCompleted.connect(lambda: QTimer.singleShot(0, begin))


def _tell() -> None:
    (FOLDER / "told.json").write_text(json.dumps(_told, ensure_ascii=False), "utf-8")


def leave() -> None:
    """Close QGIS as its menu does; it would ask what becomes of tasks, and of a changed project."""
    with suppress(TimeoutError):
        until(lambda: not QgsApplication.taskManager().countActiveTasks())
    QgsProject.instance().clear()
    iface.actionExit().trigger()


def until(done: Callable[[], Any], seconds: float = 120.0) -> Any:
    """Let the window live until something is so, and return it; a fault in QGIS ends the wait."""
    limit = time.monotonic() + seconds
    while not (found := done()):
        if time.monotonic() > limit or _told["faults"]:
            raise TimeoutError(*_told["faults"])
        QgsApplication.processEvents()
        time.sleep(0.01)
    return found


def answered(choice: int) -> list[str]:
    """Press a button of the next question that is asked; return where its text will stand."""
    texts: list[str] = []

    def look() -> None:
        box = QgsApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            texts.append(box.text())
            box.button(choice).click()
        else:
            QTimer.singleShot(50, look)

    QTimer.singleShot(50, look)
    return texts


def children() -> list[str]:
    """Return the command lines of what this QGIS has started, and still runs."""
    return started(os.environ[MARK])


def files(folder: Path) -> list[str]:
    """Return what lies in a folder, hidden or not."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def picture(name: str, widget: QWidget | None = None) -> None:
    """Keep what a window shows."""
    (widget or iface.mainWindow()).grab().save(str(FOLDER / f"{name}.png"))


def colours() -> dict[str, int]:
    """Return of how many pixels of the map the most frequent colours are, once it is drawn."""
    canvas = iface.mapCanvas()
    until(lambda: not canvas.isDrawing())
    canvas.refresh()
    canvas.waitWhileRendering()
    image = canvas.grab().toImage()
    across, down = range(0, image.width(), 2), range(0, image.height(), 2)
    counted = Counter(image.pixelColor(x, y).name() for x in across for y in down)
    return dict(counted.most_common(40))


def _caught(kind: Any, fault: Any, trace: Any) -> None:
    _told["faults"].append("".join(traceback.format_exception(kind, fault, trace)))


def _heard(text: str, tag: str, level: Any) -> None:
    if level != Qgis.Info or tag == "carbonspace":
        _told["log"].append([tag, int(level), text])
