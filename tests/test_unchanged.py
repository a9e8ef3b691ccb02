"""What counts as the same run: every file a plan reads, the options, and what computes."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from carbonspace import unchanged
from carbonspace.unchanged import request

PLAN = """
format = 1
name = "Trial"
[layers.units]
source = "plan.gpkg"
[layers.parcels]
source = ["land/north.shp", "land/south.shp"]
[layers.buildings]
source = "city.gdb"
[rasters.dsm]
source = "dem.zip/folder/dem.tif"
"""
FILES = ["plan.gpkg", "land/north.shp", "land/north.dbf", "land/south.shp", "land/south.dbf",
         "city.gdb/a0001.gdbtable", "city.gdb/gdb"]  # fmt: skip
HASHED = ["plan.toml", *FILES, "dem.zip"]


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan of many files; what is in them does not matter, as none is opened."""
    folder = tmp_path / "plan"
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"content of {name}", "utf-8")
    with zipfile.ZipFile(folder / "dem.zip", "w") as archive:
        archive.writestr("folder/dem.tif", "heights")
    (folder / "plan.toml").write_text(PLAN, "utf-8")
    return folder / "plan.toml"


def asked(plan: Path) -> unchanged.Request:
    found = request(plan, {"units": ("U1",)})
    assert found is not None
    return found


def test_every_file_is_hashed_and_none_other(plan: Path) -> None:
    (plan.parent / "notes.txt").write_text("nothing to do with it", "utf-8")
    (plan.parent / "city.gdb" / "editor.lock").write_text("somebody looks at it", "utf-8")
    assert sorted(asked(plan)["files"]) == sorted(HASHED)
    assert asked(plan) == asked(plan.parent)


@pytest.mark.parametrize("name", HASHED)
def test_a_file_edited_in_place_is_noticed(plan: Path, name: str) -> None:
    """Its size and the time of its last change are what they were."""
    before, file = asked(plan), plan.parent / name
    times = file.stat()
    content = file.read_bytes()
    changed = bytes([content[-1] ^ 1]) if name != "plan.toml" else b"#"
    file.write_bytes(content[:-1] + changed)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert file.stat().st_size == times.st_size
    assert asked(plan)["files"] != before["files"]


@pytest.mark.parametrize(
    "name",
    ["land/north.cpg", "land/SOUTH.PRJ", "plan.gpkg-wal", "plan.gpkg-journal", "plan.tfw",
     "city.gdb/a0002.gdbtable", "dem.aux.xml"],
)  # fmt: skip
def test_a_file_that_comes_beside_is_noticed(plan: Path, name: str) -> None:
    before = asked(plan)
    (plan.parent / name).write_text("GB18030", "utf-8")
    assert asked(plan)["files"] != before["files"]


@pytest.mark.parametrize("name", ["plan.gpkg-shm", "plan.gpkg-wal"])
def test_what_opening_a_database_leaves_behind_is_no_content(plan: Path, name: str) -> None:
    before = asked(plan)
    (plan.parent / name).touch()
    assert asked(plan) == before


def test_a_part_that_goes_is_noticed(plan: Path) -> None:
    before = asked(plan)
    (plan.parent / "land" / "north.dbf").unlink()
    assert asked(plan)["files"] != before["files"]


def test_the_changes_beside_a_file_that_is_linked_to_count(plan: Path, tmp_path: Path) -> None:
    kept = tmp_path / "elsewhere.gpkg"
    (plan.parent / "plan.gpkg").rename(kept)
    (plan.parent / "plan.gpkg").symlink_to(kept)
    before = asked(plan)
    (tmp_path / "elsewhere.gpkg-wal").write_text("a page", "utf-8")
    assert asked(plan)["files"] != before["files"]


def test_options_count(plan: Path) -> None:
    assert asked(plan) != request(plan, {"units": ("U2",)})
    assert asked(plan) != request(plan, {"units": None})


def test_an_exemption_that_ends_makes_another_run(
    plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.write_text(f"{PLAN}\n[[exemption]]\nuntil = 2026-06-01\n[[exemption]]\n", "utf-8")
    found = []
    for day in (date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 2), date(2027, 6, 2)):
        monkeypatch.setattr(unchanged, "_today", lambda day=day: day)
        found.append(asked(plan))
    assert found[0] == found[1] != found[2] == found[3]


def other_version(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(unchanged, "__version__", "0.1.1")


def other_code(patch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "kernel.py").write_text("AREA = 2", "utf-8")
    patch.setattr(unchanged, "_PACKAGE", folder)


def other_library(patch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "shapely-99.0.dist-info").mkdir()
    patch.syspath_prepend(folder)


def other_setting(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setenv("SHAPE_ENCODING", "GBK")


@pytest.mark.parametrize("change", [other_version, other_code, other_library, other_setting])
def test_what_computes_counts(
    plan: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[pytest.MonkeyPatch, Path], None],
) -> None:
    before = asked(plan)
    change(monkeypatch, tmp_path)
    after = asked(plan)
    assert after["files"] == before["files"]
    assert after["program"] != before["program"]


@pytest.mark.parametrize("source", ["postgresql://host/city", "service=city", "missing.gpkg"])
def test_what_cannot_be_known_from_files_is_not_known(plan: Path, source: str) -> None:
    plan.write_text(PLAN.replace("plan.gpkg", source), "utf-8")
    assert request(plan, {}) is None


@pytest.mark.parametrize("text", ["layers = 3", "[layers]\nunits = 1", "no TOML", "", "\0"])
def test_a_plan_that_cannot_be_read_is_left_to_its_reader(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.toml").write_text(text, "utf-8")
    assert request(tmp_path / "plan.toml", {}) is None


def test_no_plan_is_left_to_its_reader(tmp_path: Path) -> None:
    assert request(tmp_path / "no.toml", {}) is None
    os.mkfifo(tmp_path / "pipe")
    assert request(tmp_path / "pipe", {}) is None


def test_names_in_no_encoding_can_be_written_down(plan: Path) -> None:
    odd = os.fsencode(plan.parent / "city.gdb") + b"/\xb5\xd8"
    Path(os.fsdecode(odd)).write_text("named in GBK", "utf-8")
    assert any("xb5" in name for name in asked(plan)["files"])
    assert str(asked(plan)).encode("utf-8")
