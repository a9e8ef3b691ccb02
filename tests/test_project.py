"""What make, pip and a stranger's machine rely on."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def names(requirements: list[str]) -> set[str]:
    """Return the packages asked for, without the project itself."""
    found = {re.split(r"[^\w.-]", one, maxsplit=1)[0].lower() for one in requirements}
    return found - {"carbonspace"}


def pins(lock: str) -> set[str]:
    """Return the `name==version` of every package of a lock file."""
    return set(re.findall(r"^([\w.-]+==\S+)", (ROOT / lock).read_text("utf-8"), re.M))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    assert lines
    assert [line for line in lines if "--hash=sha256:" not in line] == []


def test_what_the_project_needs_is_locked() -> None:
    locked = {pin.partition("==")[0] for pin in pins(LOCKS[0])}
    assert names(PROJECT["dependencies"]) <= locked


def test_what_its_development_needs_is_locked_to_the_same_versions() -> None:
    extras = PROJECT["optional-dependencies"]
    locked = {pin.partition("==")[0] for pin in pins(LOCKS[1])}
    assert names(extras["dev"] + extras["test"]) <= locked
    assert pins(LOCKS[0]) <= pins(LOCKS[1])


def test_scripts_can_be_run() -> None:
    shell = (one for one in (ROOT / "scripts").iterdir() if one.is_file() and not one.suffix)
    scripts = [ROOT / ".ci" / "run", *shell]
    assert all(os.access(script, os.X_OK) for script in scripts)
    assert all("set -euo pipefail" in script.read_text("utf-8") for script in scripts)
