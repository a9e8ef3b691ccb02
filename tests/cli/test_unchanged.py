"""A run whose results are there already says so, and touches nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.calls import FAULTY, called

ONE = ("--indicator", "park_coverage")
HEAVY = ("numpy", "pandas", "shapely", "geopandas", "pyogrio", "pyproj", "rasterio", "scipy",
         "numba", "jinja2", "rich", "concurrent.futures", "carbonspace.evaluation")  # fmt: skip
COMPUTED = 70


@pytest.fixture
def out(plan: Path, tmp_path: Path) -> Path:
    """Results of the plan, with a note that a person added."""
    folder = tmp_path / "out"
    assert called("run", plan, "--out", folder, *ONE) == 0
    (folder / "note.txt").write_text("to be discussed", "utf-8")
    return folder


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever would compute ends with `COMPUTED` instead."""

    def compute(*_: object, **__: object) -> None:
        raise ZeroDivisionError("computed")

    monkeypatch.setattr("carbonspace.run_command._assess", compute)


def traces(folder: Path) -> Iterator[tuple[str, int, int, bytes]]:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        status = path.stat()
        yield str(path), status.st_ino, status.st_mtime_ns, path.read_bytes()


def test_an_unchanged_run_says_so_and_rewrites_nothing(
    plan: Path, out: Path, capsys: pytest.CaptureFixture[str], stopped: None
) -> None:
    before = [*traces(out)]
    capsys.readouterr()
    assert called("run", plan, "--out", out, *ONE, "--lang", "zh") == 0
    assert called("run", plan.parent, "--out", out, *ONE, "--lang", "en") == 0
    zh, en = capsys.readouterr().out.splitlines()
    assert zh.startswith("未变化")
    assert en.startswith("unchanged")
    assert [*traces(out)] == before
    assert sorted(p.name for p in out.parent.iterdir()) == ["out", "plan.gpkg", "plan.toml"]


def test_an_unchanged_run_says_so_as_json(
    plan: Path, out: Path, capsys: pytest.CaptureFixture[str], stopped: None
) -> None:
    capsys.readouterr()
    assert called("run", plan, "--out", out, *ONE, "--progress", "json") == 0
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert told["title"]["zh"].startswith("未变化")
    assert (told["done"], told["remaining_s"]) == (100, 0)


def test_an_unchanged_run_has_the_exit_code_of_the_run(
    plan: Path, out: Path, stopped: None
) -> None:
    assert called("run", plan, "--out", out, *ONE, "--strict") == 1


@pytest.mark.parametrize(("lang", "words"), [
    ("zh", "其中有 1 处错误，所涉规则或填报值未采用"),
    ("en", "1 faults in rules or reported figures"),
])  # fmt: skip
def test_an_unchanged_run_says_what_was_left_out(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, words: str
) -> None:
    named = plan.read_text("utf-8").replace('["pku"]', '["pku", "ours.toml"]')
    plan.write_text(named, "utf-8")
    plan.with_name("ours.toml").write_text(FAULTY, "utf-8")
    asked = ("run", plan, "--out", tmp_path / "out", *ONE, "--lang", lang)
    assert called(*asked) == 0
    assert "happiness" in capsys.readouterr().out
    assert called(*asked) == 0
    unchanged, left_out = capsys.readouterr().out.splitlines()
    assert unchanged.startswith(("未变化", "unchanged"))
    assert words in left_out
    assert "findings" in left_out
    assert str(tmp_path / "out") in left_out
    assert called(*asked, "--strict") == 1


@pytest.mark.parametrize(
    "options",
    [(), ("--indicator", "road_density"), (*ONE, "--profile", "pku"), (*ONE, "--unit", "U1"),
     (*ONE, "--force")],
    ids=" ".join,
)  # fmt: skip
def test_other_options_are_computed(
    plan: Path, out: Path, stopped: None, options: tuple[str, ...]
) -> None:
    assert called("run", plan, "--out", out, *options) == COMPUTED


@pytest.mark.parametrize("name", ["results.gpkg", "indicators.csv", "units/U1.html", "run.json"])
def test_a_result_edited_or_deleted_is_computed_again(
    plan: Path, out: Path, stopped: None, name: str
) -> None:
    file = out / name
    content, times = file.read_bytes(), file.stat()
    file.write_bytes(content.replace(b"park", b"bark"))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert file.read_bytes() != content
    assert called("run", plan, "--out", out, *ONE) == COMPUTED
    file.write_bytes(content)
    assert called("run", plan, "--out", out, *ONE) == 0
    file.unlink()
    assert called("run", plan, "--out", out, *ONE) in (COMPUTED, 3)


def test_data_or_a_plan_that_changed_is_computed(plan: Path, out: Path, stopped: None) -> None:
    text = plan.read_text("utf-8")
    plan.write_text(text + "\n", "utf-8")
    assert called("run", plan, "--out", out, *ONE) == COMPUTED
    plan.write_text(text, "utf-8")
    assert called("run", plan, "--out", out, *ONE) == 0
    with (plan.parent / "plan.gpkg").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"?")
    assert called("run", plan, "--out", out, *ONE) == COMPUTED


def test_data_edited_while_they_are_read_are_computed_the_next_time(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace import sources

    read = sources.read_as_found

    def edited(path: Path, **options: object) -> object:
        found = read(path, **options)  # type: ignore[arg-type]
        (plan.parent / "plan.cpg").write_text("UTF-8", "utf-8")
        return found

    monkeypatch.setattr("carbonspace.sources.read_as_found", edited)
    assert called("run", plan, "--out", tmp_path / "out", *ONE) == 0
    noted = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert [*noted["request"]["files"]] == ["plan.toml", "plan.gpkg"]


def test_an_interrupted_run_leaves_the_earlier_results_valid(
    plan: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("carbonspace.outputs.write_results", interrupt)
        assert called("run", plan, "--out", out, *ONE, "--force") == 130
    capsys.readouterr()
    assert called("run", plan, "--out", out, *ONE, "--lang", "en") == 0
    assert capsys.readouterr().out.startswith("unchanged")


def loaded_by(*arguments: str | Path) -> set[str]:
    """Return the heavy modules that a command has loaded when it ends."""
    program = (
        "import sys\n"
        "from carbonspace.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "print('LOADED', *sys.modules)"
    )
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {*done.stdout.rpartition("LOADED")[2].split()} & {*HEAVY}


def test_an_unchanged_run_loads_nothing_heavy(plan: Path, out: Path) -> None:
    assert loaded_by("run", plan, "--out", out, *ONE) == set()


@pytest.mark.parametrize(
    "command", ["", "run", "check", "demo", "init", "areas", "partition", "catalog"]
)
def test_help_loads_nothing_heavy(command: str) -> None:
    assert loaded_by(*([command] if command else []), "--help") == set()


def test_the_version_loads_nothing_heavy() -> None:
    assert loaded_by("--version") == set()
