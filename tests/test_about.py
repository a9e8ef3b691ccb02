"""A program that finds a Python asks it whether it has carbonspace, which, and what it lacks."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import carbonspace
from carbonspace import about

ROOT = Path(__file__).parents[1]


def test_it_is_told_as_one_line_of_json() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-m", "carbonspace.about"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    (line,) = done.stdout.splitlines()
    told = json.loads(line)
    assert told["version"] == carbonspace.__version__
    assert tuple(map(int, told["python"].split("."))) == sys.version_info[:3]
    assert Path(told["home"]) == Path(carbonspace.__file__)
    assert told["missing"] == []


def test_extras_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(about, "find_spec", lambda name: None if name in ("pvlib", "docx") else 1)
    assert about.about()["missing"] == ["carbonspace[documents]", "carbonspace[sun]"]


def test_it_knows_the_extras_that_there_are() -> None:
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {*about._EXTRAS} == {*facts["optional-dependencies"]} - {"bench", "test", "dev"}
