"""A folder is replaced whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from carbonspace.folder import abandon, aside_of, clear, place_of, swap


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
