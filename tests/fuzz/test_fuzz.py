"""Readers fed with broken files: nothing but carbonspace's own errors comes out.

By default each of the 15 targets gets 20 files from hypothesis (five of them 20 more, of nothing in
particular) and, where atheris is installed, 60 more from its coverage-guided mutation of a sound
example (15 for OSM, which is slow to open): 1,255 inputs in all, and those in `crashers` that once
failed. CARBONSPACE_FUZZ_RUNS sets another number for each.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz.targets import TARGETS as TARGETS_OF_FILES
from tests.fuzz.targets import Target, by_name, placed, seeds

from carbonspace.sources.listing import datasets

pytestmark = pytest.mark.fuzz

ROOT = Path(__file__).parents[2]
STATED = os.environ.get("CARBONSPACE_FUZZ_RUNS")
DRAWN = int(STATED or 20)
GUIDED = int(STATED or 60)
SECONDS_EACH = 20
MEGABYTES = 4096
TARGETS = sorted(by_name())

examples = cache(seeds)
changes = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.binary(max_size=8)), max_size=8)


CRASHERS = sorted((Path(__file__).parent / "crashers").iterdir())
"""What once made a reader fail or hang; behind the first dot, the name of its target."""


def changed(data: bytes, steps: list[tuple[float, int, bytes]]) -> bytes:
    """Overwrite, insert, delete or cut at places given as a share of the length."""
    for share, way, piece in steps:
        at = int(share * len(data))
        if way == 0:
            data = data[:at] + piece + data[at + len(piece) :]
        elif way == 1:
            data = data[:at] + piece + data[at:]
        elif way == 2:
            data = data[:at] + data[at + len(piece) :]
        else:
            data = data[:at]
    return data


@pytest.mark.parametrize("target", TARGETS_OF_FILES, ids=lambda target: target.name)
def test_the_examples_are_sound(target: Target, tmp_path: Path) -> None:
    placed(tmp_path / target.name, target.seed())
    assert [one for one in datasets(tmp_path / target.name) if one.kind == "unreadable"] == []


@pytest.mark.parametrize("crasher", CRASHERS, ids=lambda path: path.name)
def test_what_once_failed(crasher: Path) -> None:
    by_name()[crasher.name.partition(".")[2]](crasher.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=DRAWN, deadline=None, suppress_health_check=[*HealthCheck])
@given(steps=changes)
def test_mutated_files(name: str, steps: list[tuple[float, int, bytes]]) -> None:
    by_name()[name](changed(examples()[name], steps))


@pytest.mark.parametrize("name", ["plan.toml", "values", "a.txt", "a.csv", "a.geojson"])
@settings(max_examples=DRAWN, deadline=None, suppress_health_check=[*HealthCheck])
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(
    lambda text: text.encode("utf-8", "surrogatepass"))))  # fmt: skip
def test_files_of_anything(name: str, data: bytes) -> None:
    by_name()[name](data)


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.parametrize("name", TARGETS)
def test_coverage_guided(name: str, tmp_path: Path) -> None:
    runs = GUIDED // 4 if name == "a.osm" else GUIDED
    options = [f"-runs={runs}", f"-timeout={SECONDS_EACH}", f"-rss_limit_mb={MEGABYTES}",
               "-seed=1", f"-artifact_prefix={tmp_path}/", "-print_final_stats=1"]  # fmt: skip
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.run", name, *options], cwd=ROOT, check=False,
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert f"number_of_executed_units: {runs}" in done.stderr
