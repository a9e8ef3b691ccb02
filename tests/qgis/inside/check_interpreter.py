"""The Python that has carbonspace is found, tested, installed; the child's room is clean."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import started_by_us
from qgis.core import QgsApplication, QgsSettings
from qgis.PyQt.QtWidgets import QMessageBox

REAL = os.environ["CARBONSPACE_PYTHON"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home with nothing in it, and nothing that names an interpreter."""
    for name in ("CARBONSPACE_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX", "PIPX_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("python", "known"):
        QgsSettings().remove(f"carbonspace/{name}")
    return tmp_path


def environment_at(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").touch()
    (folder / "bin" / "python").write_text(f'#!/bin/sh\nexec "{REAL}" "$@"\n')
    (folder / "bin" / "python").chmod(0o755)
    return folder / "bin" / "python"


@pytest.mark.parametrize("place", [
    "控规 环境", "carbonspace/.venv", ".local/pipx/venvs/carbonspace", ".virtualenvs/cs",
    ".local/share/pipx/venvs/carbonspace",
])  # fmt: skip
def test_environments_of_the_user_are_found(qgis: Any, home: Path, place: str) -> None:
    from carbonspace_qgis import interpreter

    made = environment_at(home / place)
    assert str(made) in [*interpreter.candidates()]
    known = interpreter.current()
    assert known.path == str(made)
    assert known.version == qgis.provider.catalogue.told["carbonspace"]


def test_the_program_on_the_path_leads_to_it(
    qgis: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace_qgis import interpreter

    made = environment_at(home / "a" / "b" / "c")
    made.with_name("carbonspace").write_text("#!/bin/sh\n")
    made.with_name("carbonspace").chmod(0o755)
    monkeypatch.setenv("PATH", f"{made.parent}:/usr/bin:/bin")
    assert interpreter.current().path == str(made)


def test_what_was_chosen_goes_first_and_is_asked_once(qgis: Any, home: Path) -> None:
    from carbonspace_qgis import interpreter

    environment_at(home / "one")
    made = environment_at(home / "two" / "inner")
    interpreter.remember(interpreter.probe(str(made)), chosen=True)
    made.write_text("#!/bin/sh\nexit 1\n")  # asked again it would fail
    made.chmod(0o755)
    assert interpreter.current().path == str(made)


def test_the_environment_of_the_child_is_clean(
    qgis: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace_qgis import child

    for name in ("PYTHONHOME", "PYTHONPATH", "PROJ_LIB", "GDAL_DATA", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "/nowhere")
    ended = child.run(["/usr/bin/env"])
    given = dict(line.partition("=")[::2] for line in ended.out.splitlines())
    assert not {"PYTHONHOME", "PYTHONPATH", "PROJ_LIB", "GDAL_DATA", "LD_LIBRARY_PATH"} & {*given}
    assert given["PYTHONNOUSERSITE"] == given["PYTHONUNBUFFERED"] == "1"


def test_a_child_that_takes_too_long_is_ended_with_what_it_started(qgis: Any) -> None:
    from carbonspace_qgis import child

    began = time.monotonic()
    with pytest.raises(child.ChildError, match="not done within 1 s"):
        child.checked(["/bin/sh", "-c", "sleep 300 & echo here >&2; wait"], timeout_s=1.0)
    assert time.monotonic() - began < 30
    assert started_by_us() == []


def test_an_installation_that_fails_leaves_nothing_and_says_why(qgis: Any, home: Path) -> None:
    from carbonspace_qgis import interpreter
    from carbonspace_qgis.child import ChildError

    commands = interpreter.installation()
    assert commands[0][1:3] == ["-m", "venv"]
    assert commands[1][1:4] == ["-m", "pip", "install"]
    folder = interpreter.own_folder()
    said: list[str] = []
    assert commands[0][-1] == str(folder)
    python = str(folder / "bin" / "python")
    failing = [[commands[0][0], "-m", "venv", "--without-pip", str(folder)],
               [python, "-c", "raise SystemExit('no network')"]]  # fmt: skip
    with pytest.raises(ChildError, match="no network"):
        interpreter.install(failing, said.append, bool)
    assert not folder.exists()
    assert said[0] == " ".join(failing[0])


def finished(dialog: Any) -> str:
    until = time.monotonic() + 300
    while dialog.task is not None and time.monotonic() < until:
        QgsApplication.processEvents()
        time.sleep(0.05)
    return str(dialog.told.toPlainText())


def test_the_settings_test_and_take_what_they_find(qgis: Any, home: Path) -> None:
    from carbonspace_qgis import interpreter
    from carbonspace_qgis.settings import Settings

    made = environment_at(home / "env")
    taken: list[Any] = []
    dialog = Settings(None, taken.append)
    dialog.search()
    assert dialog.path.findText(str(made)) >= 0
    dialog.path.setEditText("/usr/bin/python3")
    dialog.test()
    assert "No module named 'carbonspace'" in finished(dialog)
    assert not taken
    dialog.path.setEditText(str(made))
    dialog.test()
    assert not dialog.buttons[0].isEnabled()
    words = finished(dialog)
    assert f"works: {len(qgis.provider.catalogue.indicators)} indicators" in words
    assert len(taken) == 1
    assert QgsSettings().value(interpreter.SETTING) == str(made)


def test_nothing_is_installed_without_consent(
    qgis: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace_qgis.settings import Settings

    asked: list[str] = []

    def refuse(_: Any, title: str, text: str) -> Any:
        asked.append(text)
        return QMessageBox.No

    monkeypatch.setattr(QMessageBox, "question", refuse)
    dialog = Settings(None, lambda _: None)
    dialog.install()
    assert dialog.task is None
    assert "-m pip install" in asked[0]
