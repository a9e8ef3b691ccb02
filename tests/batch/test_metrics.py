"""Figures for Prometheus: after the grammar of its text format, of all cities, replaced at once."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest
from tests.batch.test_command import HOSTILE, cities
from tests.batch.town import edited, written
from tests.cli.calls import called

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})\{{({LABEL}(?:,{LABEL})*)\}} ([-+0-9.e]+|NaN|[-+]Inf)")
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(file: Path) -> Samples:
    """Return the samples of a file that keeps the grammar, with each name in one group."""
    text = file.read_text("utf-8")
    assert text.endswith("\n")
    found: Samples = {}
    typed, last = set[str](), ""
    for line in text.splitlines():
        if line.startswith("# "):
            kind, name, rest = line[2:].split(" ", 2)
            assert kind in ("HELP", "TYPE")
            assert rest == "gauge" if kind == "TYPE" else rest
            if kind == "TYPE":
                assert name not in typed
                typed.add(name)
                last = name
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, line
        assert sample[1] == last
        labels = tuple(re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', sample[2]))
        assert (sample[1], labels) not in found
        found[sample[1], labels] = float(sample[5])
    return found


def value(found: Samples, name: str, city: str = "Town", **labels: str) -> float:
    return found[f"carbonspace_batch_{name}", (("city", city), *labels.items())]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written(tmp_path)
    made = cities(tmp_path, ("Town", "plan.toml", ""), ("Gone", "nowhere.toml", ""))
    (tmp_path / "prom").mkdir()
    made.write_text('metrics = "prom/carbonspace.prom"\nlog = "nights.log"\n'
                    + made.read_text("utf-8"), "utf-8")  # fmt: skip
    return made


def test_metrics_of_all_cities(file: Path) -> None:
    assert called("batch", file, "--quiet") == 3
    prom = file.parent / "prom" / "carbonspace.prom"
    found = parsed(prom)
    assert value(found, "outcome", outcome="done") == 1
    assert value(found, "outcome", "Gone", outcome="failed") == 1
    assert (value(found, "exit_code"), value(found, "exit_code", "Gone")) == (0, 3)
    assert value(found, "units") == 3
    assert value(found, "verdicts", status="not_met") == 4
    assert value(found, "verdicts", status="met") == 0
    assert value(found, "changed") == 1
    assert {labels[1][1] for name, labels in found if name.endswith("duration_seconds")} >= {
        "reading", "evaluating", "keeping"}  # fmt: skip
    assert 1e9 < value(found, "last_success_timestamp_seconds") < 1e10
    assert ("carbonspace_batch_last_success_timestamp_seconds", (("city", "Gone"),)) not in found
    assert stat.S_IMODE(prom.stat().st_mode) == 0o644
    assert [one.name for one in prom.parent.iterdir()] == [prom.name]


def test_a_city_alone_leaves_the_figures_of_the_others(file: Path) -> None:
    called("batch", file, "--quiet")
    before = parsed(file.parent / "prom" / "carbonspace.prom")
    written(file.parent, parcels=edited())
    assert called("batch", file, "--quiet", "--city", "Town") == 0
    after = parsed(file.parent / "prom" / "carbonspace.prom")
    gone = {key: one for key, one in before.items() if ("city", "Gone") in key[1]}
    assert gone.items() <= after.items()
    assert value(after, "last_run_timestamp_seconds") > value(before, "last_run_timestamp_seconds")
    text = file.read_text("utf-8")
    file.write_text(text[: text.rindex("[[city]]")], "utf-8")
    called("batch", file, "--quiet")
    last = parsed(file.parent / "prom" / "carbonspace.prom")
    assert {labels[0][1] for _, labels in last} == {"Town"}
    assert value(last, "outcome", outcome="unchanged") == 1
    assert value(last, "verdicts", status="not_met") == 4


def test_hostile_names_are_only_labels(tmp_path: Path) -> None:
    written(tmp_path)
    name = f'{HOSTILE}\\\\"}} 1\\n'
    made = cities(tmp_path, (name.replace('"', '\\"'), "plan.toml", ""))
    made.write_text('metrics = "m.prom"\n' + made.read_text("utf-8"), "utf-8")
    for _ in range(2):
        assert called("batch", made, "--quiet") == 0
        found = parsed(tmp_path / "m.prom")
        assert len({labels[0] for _, labels in found}) == 1


def test_metrics_and_logs_that_cannot_be_written_do_not_cost_the_night(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = file.read_text("utf-8")
    for key, told in (("prom/", "nowhere"), ("nights.log", "nowhere")):
        broken = text.replace(f'"{key}', f'"nowhere/{key}', 1)
        file.write_text(broken, "utf-8")
        assert called("batch", file, "--quiet", "--city", "Town") == 1
        assert told in capsys.readouterr().err
    file.write_text(text, "utf-8")
    assert called("batch", file, "--quiet", "--city", "Town") == 0


def test_the_log_of_the_command(file: Path) -> None:
    called("batch", file, "--quiet")
    told = [json.loads(line) for line in
            (file.parent / "nights.log").read_text("utf-8").splitlines()]  # fmt: skip
    assert [(one["city"], one["event"]) for one in told] == [
        ("Town", "began"), ("Town", "done"), ("Gone", "began"), ("Gone", "failed"),
    ]  # fmt: skip
    assert stat.S_IMODE((file.parent / "nights.log").stat().st_mode) & 0o027 == 0
