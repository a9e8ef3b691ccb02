"""`carbonspace catalog`, `--on` and a city's own rules, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.cli.calls import called

from carbonspace import evaluate, read_plan, terminal
from carbonspace.catalogue import indicators

OWN = """document = "本市技术规定"
extends = "gb55014"
[title]
zh = "本市规定"
en = "Our rules"
[[override]]
indicator = "park_coverage"
target = [40]
reason = { zh = "旧城", en = "An old town" }
[[rule]]
indicator = "park_coverage"
comparator = ">="
target = [0.6]
unit = "ratio"
quotation = "到2030年不低于六成"
source = "本市技术规定 2.1"
applies_to = { zh = "全市", en = "The city" }
evidence = "memory"
year = 2030
"""


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert called("catalog", *arguments) == 0
    return capsys.readouterr().out


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(shown(capsys, "--format", "json", *arguments))


def test_thresholds_are_chosen_by_profile_status_level_and_day(
    capsys: pytest.CaptureFixture[str],
) -> None:
    mine = as_json(capsys, "--profile", "gb50180", "--status", "memory")["thresholds"]
    assert len(mine) == 75 - 2 + 1 + 6 + 3
    assert {one["status"] for one in mine} == {"memory"}
    assert not any(one["verified"] for one in mine)
    blocks = as_json(capsys, "--profile", "gb50180", "--level", "block")["thresholds"]
    assert len(blocks) == 75 + 3 + 1
    never = as_json(capsys, "--status", "never")["thresholds"]
    assert len(never) == 17
    assert all(one["never"]["zh"] and one["never"]["en"] for one in never)
    buses = ("--profile", "shangdang", "--search", "bus_vehicles", "--on")
    for day, target in (("2026-01-01", [14.0]), ("2031-01-01", [16.0])):
        assert [one["target"] for one in as_json(capsys, *buses, day)["thresholds"]] == [target]


def test_indicators_are_chosen_by_theme_and_words(capsys: pytest.CaptureFixture[str]) -> None:
    themes = as_json(capsys, "--theme", "roads")
    assert {one["theme"] for one in themes["indicators"]} == {"roads"}
    assert {one["indicator"] for one in themes["thresholds"]} == {"road_density"}
    assert "road_density" in shown(capsys, "--search", "路网", "--lang", "en")
    assert as_json(capsys, "--search", "no such words")["indicators"] == []


@pytest.mark.parametrize(
    ("lang", "unverified"), [("zh", "未核实：凭记忆"), ("en", "unverified: from memory")]
)
def test_one_is_explained_with_all_its_clauses(
    capsys: pytest.CaptureFixture[str], lang: str, unverified: str
) -> None:
    words = shown(capsys, "explain", "road_density", "--lang", lang)
    assert words == shown(capsys, "road_density", "--lang", lang)
    assert "路网密度不应小于8km/km2" in words.replace("\n", "")
    assert unverified in words.replace("\n", "")
    assert "≥ 10 km/km² (2025)" in words
    words = shown(capsys, "explain", "gb50180", "--lang", lang).replace("\n", "")
    assert words.count("block_height") == 15


def test_tables_and_pages_mark_what_is_unverified(capsys: pytest.CaptureFixture[str]) -> None:
    page = shown(capsys, "--profile", "gbt51328", "--format", "markdown")
    assert page.count("| `gbt51328` |") == 8
    assert page.count("unverified: ") == 8
    assert "未核实" in shown(capsys, "--profile", "gbt51328", "--lang", "zh")
    assert "114" in shown(capsys, "--status", "never", "--format", "markdown")


@pytest.mark.parametrize(
    "arguments", [["atlantis"], ["explain"], ["--on", "soon"], ["--profile", "atlantis"]]
)
def test_what_does_not_exist_is_refused(arguments: list[str]) -> None:
    assert called("catalog", *arguments) == 2


@pytest.mark.parametrize(
    ("arguments", "near", "listed"),
    [(["--theme", "road"], "did you mean roads?", "sunlight"),
     (["--level", "parcle"], "did you mean parcel?", "building")],
)  # fmt: skip
def test_a_theme_or_level_that_is_none_is_refused_with_the_near_one(
    capsys: pytest.CaptureFixture[str], arguments: list[str], near: str, listed: str
) -> None:
    assert called("catalog", *arguments, "--lang", "en") == 2
    said = capsys.readouterr().err
    assert near in said
    assert listed in said
    assert called("catalog", arguments[0], "nonsense", "--lang", "zh") == 2
    assert listed in capsys.readouterr().err


def test_keys_are_whole_through_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    words = shown(capsys, "--theme", "roads", "--theme", "reported")
    found = as_json(capsys, "--theme", "roads", "--theme", "reported")["indicators"]
    assert len(found) > 40
    assert all(f" {one['key']} " in words for one in found)


def test_keys_are_whole_at_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        terminal.catalogue, "_console", lambda: Console(width=80, force_terminal=True)
    )
    words = shown(capsys, "--lang", "en")
    assert "…" not in words
    assert all(f" {key} " in words for key in indicators())


def test_json_holds_what_is_to_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "--theme", "roads", "--show", "thresholds")
    assert found["indicators"] == []
    assert found["thresholds"]
    found = as_json(capsys, "--theme", "roads", "--show", "indicators")
    assert found["thresholds"] == []
    assert found["indicators"]


def test_what_a_parameter_may_be_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    words = shown(capsys, "explain", "road_density", "--lang", "en").replace("\n", " ")
    assert "base: 'unit'" in words
    assert "built_up" in words[words.index("base: 'unit'") :][:200]


def test_the_language_may_come_before_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    for lang, words in (("zh", "个指标"), ("en", "indicators; ")):
        assert called("--lang", lang, "catalog", "--theme", "roads") == 0
        assert words in capsys.readouterr().out


@pytest.fixture
def own(plan: Path) -> Path:
    """Return a plan.toml that is held against rules of its own."""
    text = plan.read_text("utf-8").replace(
        'profiles = ["pku"]', 'profiles = ["pku", "./ours.toml"]'
    )
    plan.write_text(text, "utf-8")
    plan.with_name("ours.toml").write_text(OWN, "utf-8")
    return plan


def test_own_rules_beside_the_plan_are_held(own: Path) -> None:
    table = evaluate(read_plan(own), ["park_coverage"]).table
    city = table[(table["profile"] == "ours") & (table["level"] == "city")]
    assert city["target"].tolist() == ["> 40", "≥ 60"]
    assert city["status"].tolist() == ["met", "not_met"]
    assert city["clause_status"].tolist() == ["verified", "memory"]


def test_the_day_decides_what_is_held(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("run", own, "--out", out, "--indicator", "park_coverage", "--on")
    assert called(*arguments, "2029-12-31") == 0
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert run["on"] == "2029-12-31"
    assert run["profiles"] == ["pku", "ours"]
    assert "falls due at the end of 2030" in (out / "indicators.csv").read_text("utf-8-sig")
    assert called(*arguments, "2030-12-31") == 0
    assert "falls due" not in (out / "indicators.csv").read_text("utf-8-sig")


def test_a_plan_may_state_the_day(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = own.read_text("utf-8")
    own.write_text(text.replace("format = 1", "format = 1\non = 2029-12-31"), "utf-8")
    assert called("check", own, "--lang", "en") == 0
    assert "not due yet" in " ".join(capsys.readouterr().out.split())
    table = evaluate(read_plan(own), ["park_coverage"]).table
    assert table["reason"].str.contains("falls due at the end of 2030", na=False).any()
    own.write_text(text.replace("format = 1", "format = 1\non = 2029-12-31T00:00:00"), "utf-8")
    assert called("check", own, "--lang", "en") == 3


def test_faults_of_own_rules_come_with_those_of_the_plan(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = own.with_name("ours.toml")
    rules.write_text(OWN.replace('"ratio"', '"m"').replace("[40]", '["x"]'), "utf-8")
    own.write_text(own.read_text("utf-8").replace("format = 1", "format = 1\ncolour = 3"), "utf-8")
    assert called("check", own, "--lang", "en") == 3
    words = " ".join(capsys.readouterr().out.split())
    assert "profile ours.toml, line 14" in words
    assert "cannot be turned into '%'" in words
    assert "profile ours.toml, line 8" in words
    assert "colour is not known" in words
    assert "Until then" in words
    assert called("run", own, "--out", own.with_name("out")) == 3
    assert not own.with_name("out").exists()


def test_a_rule_at_fault_is_left_out_and_told_and_the_rest_is_held(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own.with_name("ours.toml").write_text(OWN.replace('"ratio"', '"m"'), "utf-8")
    out, asked = tmp_path / "out", ("--indicator", "park_coverage", "--lang", "en")
    assert called("check", own, "--lang", "en") == 0
    assert "profile ours.toml, line 14" in " ".join(capsys.readouterr().out.split())
    assert called("run", own, "--out", out, *asked) == 0
    said = " ".join(capsys.readouterr().out.split())
    last = said[said.index("report.html") :]
    for words in ("1 faults", "profile ours.toml, line 14", "unit 'm' cannot be turned",
                  "expected: a unit that can be turned", "this rule is left out"):  # fmt: skip
        assert words in last
    table = (out / "indicators.csv").read_text("utf-8-sig")
    assert ",ours,> 40," in table
    assert ",ours,≥ 60," not in table
    page = (out / "report.html").read_text("utf-8")
    assert 'id="left-out"' in page
    assert "profile ours.toml, line 14" in page
    assert "left-out" in next((out / "units").iterdir()).read_text("utf-8")
    assert called("run", own, "--out", out, *asked) == 0
    assert "1 faults in rules" in " ".join(capsys.readouterr().out.split())
    assert called("run", own, "--out", out, *asked, "--strict") == 1


@pytest.mark.parametrize(
    "text", [OWN.replace("gb55014", "ours.toml"), "document = ", 'title = "é"'.encode("latin-1")]
)
def test_a_profile_that_cannot_be_had_is_left_out(own: Path, text: str | bytes) -> None:
    raw = text if isinstance(text, bytes) else text.encode()
    own.with_name("ours.toml").write_bytes(raw)
    found = evaluate(read_plan(own), ["park_coverage"])
    assert [*found.profiles] == ["pku"]
    (error,) = found.findings.query("severity == 'error'").to_dict("records")
    assert error["what"].startswith("profile ours.toml")
    assert "the whole profile is left out" in error["action"]


def test_a_profile_that_is_not_there_refuses_the_plan(own: Path, tmp_path: Path) -> None:
    own.with_name("ours.toml").unlink()
    assert called("run", own, "--out", tmp_path / "out") == 3
    assert called("run", own, "--out", tmp_path / "out", "--profile", "atlantis") in (2, 3)


def test_rules_that_changed_are_held_again(own: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out"
    arguments = ("run", own, "--out", out, "--indicator", "park_coverage", "--lang", "en")
    called(*arguments)
    called(*arguments)
    assert "unchanged" in capsys.readouterr().out
    own.with_name("ours.toml").write_text(OWN.replace("[40]", "[45]"), "utf-8")
    called(*arguments)
    assert "unchanged" not in capsys.readouterr().out
    assert "> 45" in (out / "indicators.csv").read_text("utf-8-sig")
