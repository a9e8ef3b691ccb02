"""The bar that a person sees while a run goes on."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from carbonspace import Assessment, evaluate, read_plan
from carbonspace.model.finding import Finding, findings_table
from carbonspace.model.progress import Step
from carbonspace.model.rule import STATUS_TITLES
from carbonspace.model.text import Lang, Text
from carbonspace.sources.samples import sample_plan
from carbonspace.terminal import print_assessment, shown_progress
from carbonspace.terminal.words import MARKS

TITLE = Text("准备", "Preparing")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A terminal, and a clock that goes when it is told to."""
    now = SimpleNamespace(s=0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    ticking = SimpleNamespace(monotonic=lambda: now.s)
    monkeypatch.setattr("carbonspace.terminal.progress.time", ticking)
    return now


def shown(captured: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", captured)


@pytest.mark.parametrize(("lang", "left"), [("en", "~1:30 left"), ("zh", "约剩 1:30")])
def test_the_bar_says_how_long_it_may_take(
    clock: SimpleNamespace, capsys: pytest.CaptureFixture[str], lang: str, left: str
) -> None:
    with shown_progress("auto", "plan.toml", "zh" if lang == "zh" else "en") as tell:
        clock.s = 30.0
        tell(Step(TITLE, 0.25, 1.0))
    text = shown(capsys.readouterr().err)
    assert TITLE.to("zh" if lang == "zh" else "en") in text
    assert "25%" in text
    assert left in text


def test_the_bar_says_nothing_of_the_time_before_it_can_know(
    clock: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    with shown_progress("auto", "plan.toml", "en") as tell:
        clock.s = 30.0
        tell(Step(TITLE, 0.0, 1.0))
    assert "left" not in shown(capsys.readouterr().err)


@pytest.mark.parametrize("mode", ["none", "json"])
def test_without_a_bar_there_is_none(
    clock: SimpleNamespace, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    with shown_progress(mode, "plan.toml", "en") as tell:
        tell(Step(TITLE, 0.5, 1.0))
        tell.close()
    said = capsys.readouterr().err
    assert said == "" if mode == "none" else said.count("\n") == 1


@pytest.fixture(scope="module")
def town() -> Assessment:
    plan = read_plan(sample_plan("golden"))
    profiles = ["shangdang", "jiujiang", "gbt51328", "pku"]
    return evaluate(plan, ["road_density", "pop_density"], profiles)


@pytest.mark.parametrize(("lang", "unverified"), [("zh", "(未核实)"), ("en", "(unverified)")])
def test_targets_are_told_apart_and_what_is_only_recorded_is_none(
    town: Assessment, lang: Lang, unverified: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("COLUMNS", "150")
    print_assessment(town, lang)
    said = capsys.readouterr().out
    assert "6000–10000 shangdang" in said
    assert "built_up" in said  # what the clause is about goes on in the next line
    assert "≤ 10000 jiujiang" in said
    assert f"≥ 8 gbt51328 city {unverified}" in said
    assert "500–1000" not in said  # the source prints it without a unit of area: never held
    recorded = [r for p in town.profiles.values() for r in p.rules if not r.is_held and r.target]
    assert any(r.target_text() == "500–1000" for r in recorded)
    assert "6,712 (10,208) ✗" in said  # the city's density, and that of the built-up area
    for status in ("met", "not_met", "no_data", "exempt", "not_applicable"):
        assert f"{MARKS[status][0]} {STATUS_TITLES[status].to(lang)}" in said


def test_rules_left_out_are_told_last(town: Assessment, capsys: pytest.CaptureFixture[str]) -> None:
    fault = Finding("error", "plan", Text("阈值文件", "profile ours.toml, line 9"), "x",
                    Text("单位", "a unit"), Text("改正", "Correct it."), local=True)  # fmt: skip
    print_assessment(
        replace(town, findings=findings_table([fault])), "en", files=[Path("out/results.gpkg")]
    )
    said = capsys.readouterr().out
    assert said.index("results.gpkg") < said.index("left out") < said.index("line 9")
    print_assessment(replace(town, findings=findings_table([])), "en")
    assert "left out" not in capsys.readouterr().out


def test_what_does_not_close_is_named_in_the_language(
    town: Assessment, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"quantity": "floor area", "unit": "m²", "units": 9.0, "gaps": 0.0, "overlaps": 0.0,
           "city": 5.0, "difference": 4.0}  # fmt: skip
    open_ledger = replace(town, ledger=pd.DataFrame([row]))
    print_assessment(open_ledger, "zh")
    assert "账不平: 建筑面积 +4" in capsys.readouterr().out
    print_assessment(open_ledger, "en")
    assert "does not close: Floor area +4" in capsys.readouterr().out
