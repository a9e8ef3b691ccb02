"""Worst first: what is shown of a town, of two hundred units, of three hundred indicators."""

from __future__ import annotations

import io
import math
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console
from tests.outputs.town import IDS, PARK, PROFILE, assessment

from carbonspace.model.assessment import Assessment
from carbonspace.model.rule import Comparator
from carbonspace.model.shortfall import shortfalls
from carbonspace.model.text import Lang
from carbonspace.terminal import print_assessment
from carbonspace.terminal.links import takes_links

ORDER = [f"ZKB-0{n}" for n in (2, 3, 4, 5, 6, 1)]
"""The second misses three targets, the first one, all others two."""
OSC = re.compile(r"\x1b\]8;[^;]*;([^\x1b]*)\x1b\\")


@pytest.fixture(scope="module")
def town() -> Assessment:
    return assessment()


def said(
    capsys: pytest.CaptureFixture[str], town: Assessment, width: int = 120, lang: Lang = "en",
    files: tuple[Path, ...] = (),
) -> list[str]:  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        print_assessment(town, lang, files=files)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    return lines


def units_in(lines: list[str], start: str) -> list[str]:
    return [found[0] for line in lines if line.startswith(start)
            and (found := re.findall(r"ZKB-0\d", line))]  # fmt: skip


@pytest.mark.parametrize(("comparator", "target", "value", "share"), [
    (">=", (80.0,), 60.0, -0.25), ("<=", (15000.0,), 18000.0, -0.2),
    ("between", (6.0, 9.0), 9.9, -0.1), ("between", (6.0, 9.0), 4.5, -0.25),
    ("==", (100.0,), 75.0, -0.25), ("==", (20.0,), 25.0, -0.25),
    (">", (80.0,), 80.0, 0.0), ("<=", (0.0,), 3.0, math.nan), (">=", (-50.0,), -60.0, -0.2),
    ("none", (), 1.0, math.nan),
])  # fmt: skip
def test_a_shortfall_is_a_share_of_the_target_that_is_missed(
    comparator: Comparator, target: tuple[float, ...], value: float, share: float
) -> None:
    rule = replace(PROFILE.rules[0], comparator=comparator, target=target)
    assert rule.shortfall(value) == pytest.approx(share, nan_ok=True)


def test_what_a_unit_misses_most_comes_first(town: Assessment) -> None:
    """Of 16.2 % nothing, of 8 km/km² 0.8 short, of 80 % 5 short: all, a tenth, a sixteenth."""
    found = shortfalls(town.table, town.profiles)
    mine = found[(found["level"] == "unit") & (found["unit_id"] == "ZKB-02")]
    assert mine["indicator"].tolist() == [
        "charging_car_park_share",
        "road_density",
        "park_coverage",
    ]
    assert mine["relative"].tolist() == pytest.approx([-1, -0.1, -0.0625])
    assert mine["binding"].tolist() == [False, True, True]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_units_that_miss_most_come_first(
    town: Assessment, capsys: pytest.CaptureFixture[str], lang: Lang
) -> None:
    lines = said(capsys, town, 160, lang)
    assert units_in(lines, "ZKB") == ORDER[:5]
    assert units_in(lines, "│") == ORDER
    words = {"zh": ("2 项未达标", "个百分点", "全市"), "en": ("2 missed", "pp", "City")}[lang]
    text = "\n".join(lines)
    assert all(word in text for word in words)
    table = [line for line in lines if line.startswith("│")]
    assert words[2] in table[-1]
    assert "├" in lines[lines.index(table[-1]) - 1]


def test_the_worst_are_told_by_how_much(
    town: Assessment, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = said(capsys, town, 160)
    start = next(n for n, line in enumerate(lines) if line.startswith("ZKB-02"))
    charging, roads, park = (
        re.split(r"\s{2,}", line.strip()) for line in lines[start + 1 : start + 4]
    )
    assert charging == ["Car parks with chargers", "0.0 %", "= 16.2 town", "−16.2 pp", "−100%"]
    assert roads == ["Road density", "7.20 km/km²", "≥ 8 town", "−0.80 km/km²", "−10%"]
    assert park[1:] == ["75.0 %", "≥ 80 town 2030", "−5.0 pp", "−6%"]
    over = next(line for line in lines if "9.90 km/km²" in line)
    assert re.split(r"\s{2,}", over.strip())[2:] == [
        "6–9 (unverified) town",
        "+0.90 km/km²",
        "+10%",
    ]


def test_indicators_that_are_missed_most_come_first(
    town: Assessment, capsys: pytest.CaptureFixture[str]
) -> None:
    """Charging is missed in six units, roads in four, parks in two."""
    lines = said(capsys, town, 200)
    column = [line.index(word) for word in ("= 16.2", "≥ 8 town", "≥ 80 town")
              for line in lines if line.startswith("┃") and word in line]  # fmt: skip
    assert len(column) == 3
    assert column == sorted(column)


def test_nothing_missed_and_nothing_judged(
    town: Assessment, capsys: pytest.CaptureFixture[str]
) -> None:
    met = town.table.assign(status=town.table["status"].replace("not_met", "met"))
    assert "No unit misses a target" in "\n".join(said(capsys, replace(town, table=met)))
    silent = town.table.assign(status="no_target", profile=None, rule=None)
    text = "\n".join(said(capsys, replace(town, table=silent)))
    assert "misse" not in text.replace("Targets missed", "")
    assert "┏" not in text


def many(town: Assessment, times: int) -> Assessment:
    """Return a town of so many times its units."""
    rows = town.table[town.table["level"] == "unit"]
    copies = [rows.assign(unit_id=rows["unit_id"] + f"/{n}") for n in range(times)]
    return replace(town, table=pd.concat([*copies, town.table[town.table["level"] == "city"]]))


def test_of_many_units_the_worst_are_shown(
    town: Assessment, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of 60 units, 40 are listed: ten miss three targets, 40 two, ten one."""
    files = (Path("out/report.html"), Path("out/indicators.csv"))
    lines = said(capsys, many(town, 10), 120, files=files)
    table = units_in(lines, "│")
    assert table == [ORDER[0]] * 10 + [one for _ in range(8) for one in ORDER[1:5]][:30]
    (left,) = [line for line in lines if "not listed" in line]
    assert "20 more of the units are not listed, 20 of them miss a target" in left
    assert "report.html, indicators.csv" in left
    (left,) = [line for line in said(capsys, many(town, 10), lang="zh") if "未列出" in line]
    assert "另有 20 个单元未列出，其中 20 个有未达标项：见 indicators.csv" in left


@pytest.mark.parametrize("width", [80, 120, 200])
def test_of_many_indicators_the_ones_missed_most_are_shown(
    town: Assessment, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    """300 indicators more, met everywhere, of 60 units: a page or four, not thousands of lines."""
    wide, found = many(town, 10), dict(town.indicators)
    rows = wide.table[(wide.table["indicator"] == "park_coverage")].assign(status="met")
    tables = [wide.table]
    for n in range(300):
        found[f"park_{n}"] = replace(PARK, key=f"park_{n}")
        tables.append(rows.assign(indicator=f"park_{n}"))
    lines = said(capsys, replace(wide, table=pd.concat(tables), indicators=found), width)
    assert len(lines) < 300
    text = " ".join(" ".join(lines).split())
    left = re.search(r"(\d+) more judged indicators are not listed, missed in fewer places", text)
    assert left is not None
    assert int(left[1]) <= 300  # the three that are missed come first
    assert "= 16.2 town" in text


def test_names_and_files_are_links_where_the_terminal_takes_them(
    town: Assessment, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = tmp_path / "结果 1"
    pages = {one: folder / "units" / f"{one}.html" for one in IDS[:5]}
    files = [folder / "report.html", folder / "run.json", *pages.values()]
    print_assessment(town, "en", files=files, pages=pages)
    plain = capsys.readouterr().out
    assert "\x1b" not in plain
    assert str(folder / "report.html") in plain.replace("\n", "")
    assert f"{folder / 'units'}: 5 files of units" in plain.replace("\n", "")
    for name, value in (("FORCE_COLOR", "1"), ("FORCE_HYPERLINK", "1"), ("TERM", "xterm-256color")):
        monkeypatch.setenv(name, value)
    print_assessment(town, "en", files=files, pages=pages)
    links = {*OSC.findall(capsys.readouterr().out)} - {""}
    assert links == {path.as_uri() for path in (*files, folder / "units")}
    monkeypatch.setenv("FORCE_HYPERLINK", "0")
    print_assessment(town, "en", files=files, pages=pages)
    assert not OSC.findall(capsys.readouterr().out)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("environment", "takes"), [
    ({"TERM": "xterm-256color"}, True), ({"TERM": "dumb"}, False), ({"TERM": "linux"}, False),
    ({"TERM": "xterm", "VTE_VERSION": "4205"}, False),
    ({"TERM": "xterm", "VTE_VERSION": "6003"}, True),
    ({"TERM": "xterm", "FORCE_HYPERLINK": "0"}, False),
    ({"TERM": "linux", "FORCE_HYPERLINK": "1"}, True),
])  # fmt: skip
def test_terminals_that_take_links(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], takes: bool
) -> None:
    for name in (
        "TERM",
        "VTE_VERSION",
        "FORCE_HYPERLINK",
        "FORCE_COLOR",
        "NO_COLOR",
        "TTY_COMPATIBLE",
    ):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert takes_links(Console(file=_Terminal())) is takes
    assert not takes_links(Console(file=io.StringIO()))
