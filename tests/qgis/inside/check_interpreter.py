"""The Python that has carbonspace is found, tested, installed; the child's room is clean."""

from __future__ import annotations

import os
import shlex
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
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
    ".local/share/pipx/venvs/carbonspace", ".local/share/uv/tools/carbonspace", "Documents/a b",
    "miniconda3/envs/规划", "AppData/Local/pipx/pipx/venvs/carbonspace",
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


@pytest.mark.parametrize(("variable", "place"), [
    ("PIPX_HOME", "venvs/carbonspace"), ("VIRTUAL_ENV", ""), ("CONDA_PREFIX", "")])  # fmt: skip
def test_what_the_environment_names_is_found(
    qgis: Any, home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, place: str
) -> None:
    from carbonspace_qgis import interpreter

    made = environment_at(home / "far" / "away" / place)
    monkeypatch.setenv(variable, str(home / "far" / "away"))
    assert str(made) in [*interpreter.candidates()]


def test_places_of_windows_are_looked_at(
    qgis: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace_qgis import interpreter, words

    conda, inner, program = (home / one for one in (
        "miniconda3/envs/a/python.exe", "环 境/Scripts/python.exe", "Python311/python.exe",
    ))  # fmt: skip
    for one in (conda, inner, program, program.parent / "Scripts" / "carbonspace"):
        one.parent.mkdir(parents=True, exist_ok=True)
        one.touch(0o755)
    (conda.parent / "conda-meta").mkdir()
    (inner.parents[1] / "pyvenv.cfg").touch()
    monkeypatch.setenv("PATH", str(program.parent / "Scripts"))
    assert {str(one) for one in (conda, inner, program)} <= {*interpreter.candidates()}
    monkeypatch.setattr(interpreter, "WINDOWS", True)
    assert interpreter.python_of(home / "new") == home / "new" / "Scripts" / "python.exe"
    monkeypatch.setitem(words.TABLES, "pythons", ["py"])
    monkeypatch.setattr(shutil, "which", lambda name: f"C:\\Windows\\{name}.exe")
    monkeypatch.setattr(interpreter, "checked", lambda *_, **__: SimpleNamespace(out="True\r\n"))
    venv, pip = interpreter.installation("C:\\轮 子\\a.whl")
    assert venv[:3] == ["C:\\Windows\\py.exe", "-m", "venv"]
    assert pip[0] == str(interpreter.own_folder() / "Scripts" / "python.exe")
    assert pip[-1] == "C:\\轮 子\\a.whl"


def test_a_folder_that_cannot_be_looked_into_is_passed_over(
    qgis: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace_qgis import interpreter

    monkeypatch.setenv("PIPX_HOME", "long" * 200)
    assert str(environment_at(home / "one")) in [*interpreter.candidates()]


@pytest.mark.parametrize("script", [
    "echo hello", "echo '[1]'", "echo '{}'", "echo 7", "head -c 900 /dev/urandom", "exit 3",
    """echo '{"version": 1, "python": 2, "home": 3, "missing": 7}'""", "kill -9 $$",
])  # fmt: skip
def test_a_program_that_is_no_python_is_told_of(qgis: Any, home: Path, script: str) -> None:
    from carbonspace_qgis import interpreter
    from carbonspace_qgis.child import ChildError

    odd = environment_at(home / "odd")
    odd.write_text(f"#!/bin/sh\n{script}\n")
    with pytest.raises(ChildError, match="odd/bin/python cannot run carbonspace: .*Choose"):
        interpreter.probe(str(odd))


def test_one_that_hangs_keeps_nobody_waiting(
    qgis: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace_qgis import interpreter

    hangs, fine = environment_at(home / "a"), environment_at(home / "b")
    hangs.write_text("#!/bin/sh\ntrap '' INT\nsleep 300 & wait; sleep 300\n")
    monkeypatch.setattr(interpreter, "PATIENCE_S", 1.0)
    made = qgis.registry.createAlgorithmById("carbonspace:park_coverage")
    monkeypatch.setenv("CARBONSPACE_PYTHON", str(hangs))
    allowed, why = made.canExecute()
    assert not allowed
    assert "not done within 1 s" in why
    monkeypatch.delenv("CARBONSPACE_PYTHON")
    assert interpreter.current(1.0).path == str(fine)
    assert started_by_us() == []


def test_where_all_that_is_found_is_too_old_it_says_so(qgis: Any, home: Path) -> None:
    from carbonspace_qgis import interpreter
    from carbonspace_qgis.child import ChildError

    facts = '{"version": "0.0.9", "python": "3.11.0", "home": "/x", "missing": []}'
    environment_at(home / "old env").write_text(f"#!/bin/sh\necho '{facts}'\n")
    with pytest.raises(ChildError, match="No Python with carbonspace") as raised:
        interpreter.current()
    assert "is 0.0.9; this plugin needs" in str(raised.value)
    assert f'"{home}/old env/bin/python" -m pip install --upgrade' in str(raised.value)


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
    assert said[0] == shlex.join(failing[0])


def until(done: Callable[[], Any]) -> None:
    limit = time.monotonic() + 300
    while not done() and time.monotonic() < limit:
        QgsApplication.processEvents()
        time.sleep(0.05)


def finished(dialog: Any) -> str:
    until(lambda: dialog.task is None)
    return str(dialog.told.toPlainText())


def test_the_settings_test_and_take_what_they_find(qgis: Any, home: Path) -> None:
    from carbonspace_qgis import interpreter
    from carbonspace_qgis.plugin import Settings

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
    assert not dialog.searchButton.isEnabled()
    words = finished(dialog)
    assert f"works: {len(qgis.provider.catalogue.indicators)} indicators" in words
    assert len(taken) == 1
    assert QgsSettings().value(interpreter.SETTING) == str(made)


@pytest.fixture
def agreed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have a person say yes; return what the person was asked."""
    asked: list[str] = []

    def agree(_: Any, title: str, text: str) -> Any:
        asked.append(text)
        return QMessageBox.Yes

    monkeypatch.setattr(QMessageBox, "question", agree)
    return asked


def test_a_wheel_is_installed_with_consent_and_then_used(
    qgis: Any, home: Path, agreed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace_qgis import interpreter, words
    from carbonspace_qgis.plugin import Settings

    monkeypatch.setitem(words.TABLES, "pythons", [os.environ["CARBONSPACE_BASE_PYTHON"]])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_DEPS", "1")  # they are there already: see the fixture of the wheel
    taken: list[Any] = []
    dialog = Settings(None, taken.append)
    dialog.path.setEditText(os.environ["CARBONSPACE_WHEEL"])
    dialog.install()
    try:
        assert f"works: {len(qgis.provider.catalogue.indicators)} indicators" in finished(dialog)
        assert os.environ["CARBONSPACE_WHEEL"] in agreed[0]
        python = interpreter.python_of(interpreter.own_folder())
        assert interpreter.current().path == str(python) == QgsSettings().value(interpreter.SETTING)
        assert str(interpreter.own_folder()) in interpreter.current().home
        assert len(taken) == 1
    finally:
        shutil.rmtree(interpreter.own_folder())


@pytest.mark.parametrize(("second", "words"), [
    ("echo 'ERROR: No matching distribution found' >&2; exit 1", "No matching distribution"),
    ("echo 'said to the other stream'; exit 1", "said to the other stream"),
    ("kill -9 $$", "want of memory"), ("sleep 300", "cancelled"),
])  # fmt: skip
def test_an_installation_that_goes_wrong_or_is_given_up(
    qgis: Any, home: Path, agreed: list[str], monkeypatch: pytest.MonkeyPatch, second: str,
    words: str,
) -> None:  # fmt: skip
    from carbonspace_qgis import interpreter
    from carbonspace_qgis.plugin import Settings

    folder = interpreter.own_folder()
    commands = [["/bin/sh", "-c", 'mkdir -p "$0"/bin', str(folder)], ["/bin/sh", "-c", second]]
    monkeypatch.setattr(interpreter, "installation", lambda *_: commands)
    dialog = Settings(None, lambda _: None)
    dialog.install()
    if words == "cancelled":
        until(folder.exists)
        dialog.reject()
    assert words in finished(dialog)
    assert not folder.exists()
    assert started_by_us() == []
    assert not QgsSettings().value(interpreter.SETTING)


def test_nothing_is_installed_without_consent(
    qgis: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace_qgis.plugin import Settings

    asked: list[str] = []

    def refuse(_: Any, title: str, text: str) -> Any:
        asked.append(text)
        return QMessageBox.No

    monkeypatch.setattr(QMessageBox, "question", refuse)
    dialog = Settings(None, lambda _: None)
    dialog.install()
    assert dialog.task is None
    assert "-m pip install" in asked[0]
