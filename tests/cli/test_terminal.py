"""The bar that a person sees while a run goes on."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from carbonspace.model.progress import Step
from carbonspace.model.text import Text
from carbonspace.terminal import shown_progress

TITLE = Text("准备", "Preparing")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A terminal, and a clock that goes when it is told to."""
    now = SimpleNamespace(s=0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("carbonspace.terminal.time", SimpleNamespace(monotonic=lambda: now.s))
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
