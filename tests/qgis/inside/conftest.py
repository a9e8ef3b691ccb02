"""Runs inside the Python of QGIS: the application, Processing and our provider, started once."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "data" / "samples"
GOLDEN = Path(tempfile.mkdtemp()) / "golden 样例.gpkg"
"""The golden plan, copied: QGIS writes into a GeoPackage that it opens."""
shutil.copy(SAMPLES / "golden" / "plan.gpkg", GOLDEN)
sys.path[:0] = ["/usr/share/qgis/python/plugins", str(ROOT / "qgis_plugin"), str(ROOT)]

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProcessingFeedback,
    QgsProject,
    QgsSettings,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from tests.qgis.started import MARK, started  # noqa: E402

os.environ[MARK] = str(os.getpid())  # what is started here has it, too


@pytest.fixture(scope="session")
def qgis() -> Iterator[Any]:
    """Start QGIS without a window, with the plugin's provider; yield the registry."""
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], True)
    application.initQgis()
    from processing.core.Processing import Processing

    from carbonspace_qgis.plugin import Provider

    Processing.initialize()
    registry = QgsApplication.processingRegistry()
    provider = Provider()
    registry.addProvider(provider)
    yield SimpleNamespace(registry=registry, provider=provider)
    QgsProject.instance().clear()
    registry.removeProvider("carbonspace")
    application.exitQgis()


@pytest.fixture(autouse=True)
def _in_english(qgis: Any) -> Iterator[None]:
    QgsSettings().setValue("carbonspace/language", "en")
    yield
    QgsProject.instance().clear()


@pytest.fixture
def chinese() -> Iterator[None]:
    QgsSettings().setValue("carbonspace/language", "zh")
    yield
    QgsSettings().setValue("carbonspace/language", "en")


class Heard(QgsProcessingFeedback):
    """Keeps what is said, and cancels where it is told to."""

    def __init__(self, cancel_at: str = "") -> None:
        super().__init__(False)
        self.said: list[str] = []
        self.steps: list[float] = []
        self._cancel_at = cancel_at

    def _hear(self, text: str) -> None:
        self.said.append(text)
        if self._cancel_at and self._cancel_at in text:
            self.cancel()

    def setProgressText(self, text: str) -> None:
        self._hear(text)

    def setProgress(self, progress: float) -> None:
        self.steps.append(progress)

    def pushInfo(self, info: str) -> None:
        self._hear(info)

    def pushConsoleInfo(self, info: str) -> None:
        self._hear(info)

    def pushWarning(self, warning: str) -> None:
        self._hear(warning)

    def reportError(self, error: str, fatalError: bool = False) -> None:
        self._hear(error)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a maker of interpreters that answer what they are and then do as a script says."""

    def make(script: str, version: str = "") -> Path:
        real = os.environ["CARBONSPACE_PYTHON"]
        file = tmp_path / "假 python"
        facts = {"version": version, "python": "3.11.0", "home": __file__, "missing": []}
        told = f"echo '{json.dumps(facts)}'"
        answer = told if version else f'exec "{real}" "$@"'
        file.write_text(
            f'#!/bin/bash\nif [ "$2" = carbonspace.about ]; then {answer}; exit; fi\n{script}\n'
        )
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("CARBONSPACE_PYTHON", str(file))
        return file

    return make


def golden(name: str) -> str:
    """Return how QGIS names a layer of the golden plan."""
    return f"{GOLDEN}|layername={name}"


def copied(name: str, file: Path, driver: str = "GPKG") -> QgsVectorLayer:
    """Return a layer of the project: one of the golden plan, in a file of its own."""
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = driver, name
    context = QgsProject.instance().transformContext()
    source = QgsVectorLayer(golden(name), name, "ogr")
    QgsVectorFileWriter.writeAsVectorFormatV3(source, str(file), context, options)
    inner = f"|layername={name}" if driver == "GPKG" else ""
    layer = QgsVectorLayer(f"{file}{inner}", name, "ogr")
    assert layer.featureCount() == source.featureCount()
    QgsProject.instance().addMapLayer(layer)
    return layer


def memory(
    kind: str, fields: str, *rows: list[Any], crs: str = "EPSG:4547",
    wkt: str = "POLYGON((0 0,1 0,1 1,0 0))",
) -> QgsVectorLayer:  # fmt: skip
    """Return a layer without a file, with a feature for each row of attributes."""
    layer = QgsVectorLayer(f"{kind}?{fields}", "层", "memory")
    layer.setCrs(QgsCoordinateReferenceSystem(crs))
    for values in rows:
        one = QgsFeature(layer.fields())
        one.setGeometry(QgsGeometry.fromWkt(wkt) if wkt else QgsGeometry())
        one.setAttributes(values)
        assert layer.dataProvider().addFeature(one)
    return layer


_VALUES = "SELECT unit_id, value FROM indicators WHERE level = 'unit' AND indicator = ?"


def values(gpkg: Path | str, key: str) -> dict[str, float | None]:
    """Return what results hold of an indicator, by unit."""
    with sqlite3.connect(str(gpkg)) as opened:
        return dict(opened.execute(_VALUES, (key,)))


def plan_of(names: list[str], where: dict[str, str] | None = None, rest: str = "") -> str:
    """Return a plan.toml of layers of the golden plan."""
    head = 'format = 1\nname = "x"\ncrs = "EPSG:4547"\n'
    tables = [f'[layers.{one}]\nsource = "{GOLDEN}"\nlayer = "{one}"\n'
              + (f'where = "{where[one]}"\n' if where and one in where else "")
              for one in names]  # fmt: skip
    return head + "\n".join(tables) + rest


def by_command(plan: str, folder: Path, *options: str) -> Path:
    """Return what the command line makes of a plan.toml."""
    from carbonspace_qgis import interpreter
    from carbonspace_qgis.child import environment

    (folder / "plan.toml").write_text(plan, "utf-8")
    command = interpreter.current().command(
        "run", str(folder / "plan.toml"), "--out", str(folder / "cli"), "--report", "qgz", *options
    )
    subprocess.run(command, env=environment(), check=True, capture_output=True)
    return folder / "cli" / "results.gpkg"


@contextmanager
def room_of(size: int) -> Iterator[None]:
    """Let no file of this process, or of one that it starts, grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def started_by_us() -> list[str]:
    """Return the command lines of processes that descend from this one."""
    return started(os.environ[MARK])
