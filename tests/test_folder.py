"""A folder is replaced whole or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from carbonspace import folder
from carbonspace.folder import abandon, aside_of, clear, place_of, swap, sweep


def filled(folder: Path, content: str) -> Path:
    folder.mkdir()
    (folder / "value.txt").write_text(content, "utf-8")
    return folder


def content(folder: Path) -> dict[str, str]:
    return {p.name: (p / "value.txt").read_text("utf-8") for p in folder.iterdir()}


def test_a_folder_is_replaced(tmp_path: Path) -> None:
    target = filled(tmp_path / "out", "old")
    aside = filled(aside_of(target), "new")
    swap(aside, target)
    clear(aside, target)
    assert content(tmp_path) == {"out": "new"}


def test_two_runs_do_not_share_a_name(tmp_path: Path) -> None:
    assert aside_of(tmp_path / "out") != aside_of(tmp_path / "out")


@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.parametrize("step", [1, 2])
def test_an_interrupt_in_the_middle_puts_the_old_one_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, step: int
) -> None:
    target = filled(tmp_path / "out", "old")
    aside = filled(aside_of(target), "new")
    rename, steps = Path.rename, iter(range(1, 9))

    def interrupted(one: Path, other: Path) -> Path:
        now = next(steps)
        if at == "before" and now == step:
            raise KeyboardInterrupt
        moved = rename(one, other)
        if at == "after" and now == step:
            raise KeyboardInterrupt
        return moved

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        swap(aside, target)
    clear(aside, target)
    assert content(tmp_path) == {"out": "old"}


def test_an_interrupt_while_the_old_one_goes_leaves_the_new_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = filled(tmp_path / "out", "old")
    aside = filled(aside_of(target), "new")
    swap(aside, target)
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    clear(aside, target)
    monkeypatch.undo()
    abandon(target)
    assert content(tmp_path) == {"out": "new"}


def test_what_was_begun_is_undone(tmp_path: Path) -> None:
    target = filled(tmp_path / "out", "old")
    filled(aside_of(target), "half")
    filled(tmp_path / ".out.1-abcd.new", "of another process")
    abandon(target)
    assert content(tmp_path) == {"out": "old", ".out.1-abcd.new": "of another process"}


def test_between_two_names_the_old_one_comes_back(tmp_path: Path) -> None:
    target = filled(tmp_path / "out", "old")
    aside = filled(aside_of(target), "new")
    target.rename(aside.with_suffix(".old"))
    abandon(target)
    assert content(tmp_path) == {"out": "old"}


def test_nothing_is_undone_where_nothing_is(tmp_path: Path) -> None:
    abandon(tmp_path / "none" / "out")
    assert [*tmp_path.iterdir()] == []


def test_a_link_leads_to_the_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(filled(tmp_path / "out", "old"))
    assert place_of(tmp_path / "link") == (tmp_path / "out").resolve()


DEAD = 2**22 + 1
"""A number that no process has."""


def test_what_killed_runs_began_is_swept(tmp_path: Path) -> None:
    for name in (f".r.{DEAD}-0123abcd.new", f".r.{os.getpid()}-0123abcd.new", ".r.notes"):
        (tmp_path / name).mkdir()
    filled(tmp_path / f".r.{DEAD}-0123abcd.old", "earlier")
    sweep(tmp_path / "r")
    assert {one.name for one in tmp_path.iterdir()} == {
        "r", f".r.{os.getpid()}-0123abcd.new", ".r.notes"}  # fmt: skip
    assert (tmp_path / "r" / "value.txt").read_text("utf-8") == "earlier"
    sweep(tmp_path / "nowhere" / "r")


def test_another_process_sweeps(tmp_path: Path) -> None:
    filled(tmp_path / "中 r", "kept")
    for end in ("new", "old"):
        (tmp_path / f".中 r.{DEAD}-0123abcd.{end}").mkdir()
    subprocess.run([sys.executable, "-m", "carbonspace.folder", tmp_path / "中 r"], check=True)
    assert content(tmp_path) == {"中 r": "kept"}


def test_windows_asks_no_process_whether_it_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_ON_WINDOWS", True)
    monkeypatch.setattr(os, "kill", None)  # there it would end it
    (tmp_path / f".r.{os.getpid()}-0123abcd.new").mkdir()
    sweep(tmp_path / "r")
    assert not [*tmp_path.iterdir()]
