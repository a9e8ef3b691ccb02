"""The bundled libraries are what their packages hold, and go out with their licences."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from scripts import vendor

ROOT = Path(__file__).parents[2]


def test_every_file_is_the_stated_one_and_nothing_else_is_there() -> None:
    assert list(vendor.faults()) == []


def test_a_changed_a_missing_and_a_foreign_file_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(vendor.FOLDER, tmp_path / "vendor")
    monkeypatch.setattr(vendor, "FOLDER", copy)
    (copy / "leaflet" / "leaflet.js").write_text("changed")
    (copy / "leaflet" / "LICENSE").unlink()
    (copy / "new.js").touch()
    found = [fault.partition(":")[0] for fault in vendor.faults()]
    assert found == ["new.js", "leaflet/leaflet.js", "leaflet/LICENSE"]


def test_each_library_comes_with_the_text_of_its_licence() -> None:
    for library in vendor.libraries():
        texts = [path for path in library["files"] if "LICENSE" in path]
        assert texts, library["name"]
        assert "copyright" in (vendor.FOLDER / texts[0]).read_text().lower()


def test_the_wheel_holds_them(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    files = [path for library in vendor.libraries() for path in library["files"]]
    assert {f"carbonspace/outputs/vendor/{path}" for path in files} <= names


def test_the_packages_hold_these_files() -> None:
    if shutil.which("npm") is None or _run("npm", "ping").returncode:
        pytest.skip("no npm, or no registry that it reaches")
    done = _run(sys.executable, "-m", "scripts.vendor", "--check")
    assert done.returncode == 0, done.stderr


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
