"""`carbonspace batch`: what is said, what is written, how it ends."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.batch.test_nights import started
from tests.batch.town import edited, layers, written
from tests.cli.calls import called

CITY = """[[city]]
name = "{name}"
plan = "{plan}"
results = "results"
profiles = ["ours.toml"]
indicators = ["park_coverage"]
{more}
"""
HOSTILE = "<script>alert(1)</script>'; DROP TABLE run;--"


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Return the city.toml of a town that is as it was drawn."""
    written(tmp_path)
    return cities(tmp_path, ("Town", "plan.toml", 'message = ["text", "html", "json"]'))


def cities(folder: Path, *given: tuple[str, str, str]) -> Path:
    file = folder / "city.toml"
    file.write_text("".join(CITY.format(name=n, plan=p, more=m) for n, p, m in given), "utf-8")
    return file


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return dict(json.loads(capsys.readouterr().out))


def test_nights_are_told(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("batch", city, "--lang", "en") == 0
    assert "the first night" in capsys.readouterr().out
    assert called("batch", city, "--lang", "zh") == 0
    assert "未重新计算" in capsys.readouterr().out
    written(city.parent, parcels=edited())
    assert called("batch", city, "--lang", "en") == 0
    said = capsys.readouterr().out
    assert "U1  Homes within reach of a park  50.00 → 16.67 %" in said
    assert "Parcels (parcels.gpkg): 6 → 6" in said
    results = city.parent / "results"
    assert (results / "message-Town.txt").read_text("utf-8") == said.removesuffix("\n")
    assert json.loads((results / "message-Town.json").read_text("utf-8"))["run"] == 3
    modes = {stat.S_IMODE(one.stat().st_mode) & 0o027 for one in results.iterdir()}
    assert modes == {0}


def test_others_may_read_nothing_that_a_night_writes(tmp_path: Path) -> None:
    """Results, messages, output, cache and log, whatever the mask of whoever starts it."""
    written(tmp_path)
    more = 'message = ["text", "html", "json"]\noutput = "out"\ncache = "cache"\nfolder = "told"'
    file, before = cities(tmp_path, ("Town", "plan.toml", more)), {*tmp_path.rglob("*")}
    mask = os.umask(0)
    try:
        assert called("batch", file, "--quiet", "--log", tmp_path / "nights.log") == 0
    finally:
        os.umask(mask)
    made = {*tmp_path.rglob("*")} - before
    assert {"nights.log", "told", "out", "cache", "results"} <= {one.name for one in made}
    assert not [one for one in made if stat.S_IMODE(one.stat().st_mode) & 0o027]


def test_status_and_history(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("batch", city, "--status", "--lang", "en") == 0
    assert "no night yet" in capsys.readouterr().out
    called("batch", city, "--quiet")
    written(city.parent, parcels=edited())
    called("batch", city, "--quiet")
    assert capsys.readouterr().out == ""
    assert called("batch", city, "--status", "--json") == 0
    runs = document(capsys)["status"]["Town"]
    assert [one["status"] for one in runs] == ["done", "done"]
    assert called("batch", city, "--status", "--lang", "en") == 0
    assert "done" in capsys.readouterr().out
    assert called("batch", city, "--history", "U1", "park_coverage", "--lang", "en") == 0
    said = capsys.readouterr().out
    assert "█▁" in said
    assert "16.6667" in said
    assert called("batch", city, "--history", "U1", "park_coverage", "--json") == 0
    (series,) = document(capsys)["history"]["Town"]
    assert series["nightly"] == [50.0, pytest.approx(100 / 6)]
    assert called("batch", city, "--history", "U9", "park_coverage") == 2


def test_one_failing_city_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path)
    file = cities(tmp_path, ("Gone", "nowhere.toml", ""), ("Town", "plan.toml", ""))
    assert called("batch", file, "--json") == 3
    told = document(capsys)
    assert told["exit_code"] == 3
    assert [(one["city"], one["exit_code"]) for one in told["cities"]] == [("Gone", 3), ("Town", 0)]
    assert told["cities"][0]["error"]["zh"]
    assert called("batch", file, "--city", "Town", "--quiet") == 0
    assert called("batch", file, "--city", "Nobody") == 2
    assert called("batch", file, "--full", "--status") == 2


def test_messages_that_cannot_be_written_do_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path)
    (tmp_path / "file").write_text("no folder", "utf-8")
    more = 'message = ["text"]\nfolder = "file"'
    file = cities(tmp_path, ("A", "plan.toml", more), ("B", "plan.toml", ""))
    assert called("batch", file, "--json") == 1
    told = document(capsys)["cities"]
    assert [one["exit_code"] for one in told] == [1, 0]
    assert [one["channel"] for one in told[0]["undelivered"]] == ["files"]
    assert called("batch", file, "--status", "--json") == 0
    assert [one[0]["status"] for one in document(capsys)["status"].values()] == ["done", "done"]


def test_messages_that_were_not_written_are_written_later(tmp_path: Path) -> None:
    """Those that another has followed have their run in the name; --send writes them, too."""
    written(tmp_path)
    more = 'message = ["text", "json"]\nfolder = "told"\nonly_changes = true'
    file, told = cities(tmp_path, ("Town", "plan.toml", more)), tmp_path / "told"
    assert called("batch", file, "--quiet") == 0
    for name in ("message-Town.txt", "message-Town.json"):
        (told / name).unlink()
    told.rmdir()
    told.write_text("no folder", "utf-8")
    for number in (0, 1):
        written(tmp_path, parcels=edited(number))
        assert called("batch", file, "--quiet") == 1
    told.unlink()
    assert called("batch", file, "--send") == 0
    assert {one.name for one in told.iterdir()} == {
        f"message-Town{more}.{form}" for more in ("", "-2") for form in ("txt", "json")
    }
    assert json.loads((told / "message-Town.json").read_text("utf-8"))["run"] == 3
    assert called("batch", file, "--quiet") == 0
    assert len([*told.iterdir()]) == 4


def test_an_unsound_city_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = cities(tmp_path, ("Town", "plan.toml", "keep = -1"))
    assert called("batch", file, "--lang", "en") == 3
    assert "city[1].keep" in capsys.readouterr().err


def test_hostile_names_are_only_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    units = layers()["units"]
    units.loc[1, "unit_id"] = HOSTILE
    written(tmp_path, units=units)
    file = cities(tmp_path, (HOSTILE, "plan.toml", 'message = ["html"]'))
    assert called("batch", file, "--quiet") == 0
    written(tmp_path, parcels=edited())
    assert called("batch", file, "--lang", "en") == 0
    assert f"{HOSTILE}  Homes within reach" in capsys.readouterr().out
    (page,) = (tmp_path / "results").glob("message-*.html")
    text = page.read_text("utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert called("batch", file, "--history", HOSTILE, "park_coverage", "--quiet") == 0


def test_nothing_is_told_where_nothing_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path)
    more = 'only_changes = true\nmessage = ["text"]\nlang = "zh"'
    file = cities(tmp_path, ("Town", "plan.toml", more))
    called("batch", file)
    assert "首次计算" in capsys.readouterr().out
    message = tmp_path / "results" / "message-Town.txt"
    before = message.stat().st_mtime_ns
    assert called("batch", file) == 0
    assert called("batch", file, "--full") == 0
    assert capsys.readouterr().out == ""
    assert message.stat().st_mtime_ns == before


@pytest.mark.parametrize("sign", ["SIGTERM", "SIGINT"])
def test_asked_to_end_it_ends_as_interrupted(tmp_path: Path, sign: str) -> None:
    import signal
    import sqlite3
    import time
    from contextlib import closing

    written(tmp_path)
    (tmp_path / "results").mkdir()
    process = started(tmp_path)
    history = tmp_path / "results" / "history.sqlite"
    with closing(sqlite3.connect(history, isolation_level=None, timeout=10)) as file:
        while not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'input_run'").fetchall():
            assert process.poll() is None
            time.sleep(0.02)
        while not file.execute("SELECT 1 FROM run").fetchall():
            time.sleep(0.005)
        process.send_signal(getattr(signal, sign))
        assert process.wait() == 130
        assert file.execute("SELECT status FROM run").fetchall() == [("interrupted",)]
        assert file.execute("SELECT count(*) FROM verdict").fetchall() == [(0,)]
