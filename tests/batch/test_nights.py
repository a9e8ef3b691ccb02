"""Nights over a folder: what is computed, what is kept, what is told."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from shapely.geometry import Polygon
from tests.batch.town import (
    X,
    Y,
    as_run_says,
    city_of,
    current,
    edited,
    figures,
    layers,
    night_of,
    written,
)

from carbonspace.batch import night, series_of, store_of
from carbonspace.batch.folder_store import FILE
from carbonspace.batch.history import sparkline
from carbonspace.batch.wording import text_of
from carbonspace.errors import InputError, ServiceError, SourceError
from carbonspace.sources import read_as_found

MAIN = "from carbonspace.cli import main\nmain()\n"
LIMIT = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))\n"


def statuses(city: object) -> list[str]:
    """Return how the nights ended, the first one first."""
    with store_of(city) as store:  # type: ignore[arg-type]
        return [one.status for one in store.runs("Town")][::-1]


def test_the_first_night_keeps_what_run_says(tmp_path: Path) -> None:
    written(tmp_path)
    city = city_of(tmp_path)
    found = night_of(city)
    assert (found.status, found.message["first"]) == ("done", True)
    assert found.message["flips"]["count"] == 0
    pd.testing.assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)


def test_a_night_without_changes_computes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    monkeypatch.setattr("carbonspace.batch.computing.evaluate", None)
    assert night_of(city, 2).status == "unchanged"
    assert statuses(city) == ["done", "unchanged"]
    with pytest.raises(TypeError):
        night_of(city, 3, full=True)
    assert night_of(city, 4).status == "unchanged"


@pytest.mark.parametrize("what", ["rules", "plan", "indicators", "ended"])
def test_what_is_asked_counts_as_a_change(tmp_path: Path, what: str) -> None:
    plan = written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    rules = tmp_path / "ours.toml"
    if what == "rules":
        rules.write_text(rules.read_text("utf-8").replace("[60]", "[40]"), "utf-8")
    elif what == "plan":
        more = "[parameters.park_coverage]\nradius = 2000\n"
        plan.write_text(plan.read_text("utf-8") + more, "utf-8")
    elif what == "indicators":
        city = city_of(tmp_path, indicators=("park_coverage",))
    else:
        plan.write_text(plan.read_text("utf-8").replace("Trial", "Trial 2"), "utf-8")
    found = night_of(city, 2)
    assert found.status == "done"
    assert found.message["inputs"] == []
    assert all(one["causes"]["settings"] for one in found.message["flips"]["listed"])
    turned = {"rules": 4, "plan": 4, "indicators": 0, "ended": 0}[what]
    assert found.message["flips"]["count"] == turned
    pd.testing.assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)


def test_files_are_hashed_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit of data or plan.toml while the plan is read waits for the next night, unlost."""
    plan = written(tmp_path)
    city = city_of(tmp_path)

    def edited_meanwhile(*given: object, **more: object) -> object:
        found = read_as_found(*given, **more)  # type: ignore[arg-type]
        written(tmp_path, parcels=edited())
        plan.write_text(plan.read_text("utf-8") + "# later\n", "utf-8")
        return found

    with monkeypatch.context() as patch:
        patch.setattr("carbonspace.batch.computing.read_as_found", edited_meanwhile)
        night_of(city)
    assert night_of(city, 2).status == "done"
    pd.testing.assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)
    assert night_of(city, 3).status == "unchanged"


def test_files_that_did_not_change_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    monkeypatch.setattr("carbonspace.batch.computing.read_as_found", None)
    assert night_of(city, 2).status == "unchanged"


def test_rules_that_are_not_there(tmp_path: Path) -> None:
    written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    (tmp_path / "ours.toml").unlink()
    with pytest.raises(SourceError, match="rules"):
        night_of(city, 2)
    assert statuses(city) == ["done", "failed"]


def test_an_edit_changes_the_units_that_run_says(tmp_path: Path) -> None:
    rules = written(tmp_path).with_name("ours.toml")
    rules.write_text(rules.read_text("utf-8").replace("[60]", "[40]"), "utf-8")
    city = city_of(tmp_path)
    night_of(city)
    before = as_run_says(city)
    written(tmp_path, parcels=edited())
    message = night_of(city, 2).message
    after = as_run_says(city)
    moved = (before["value"] != after["value"]) & before["value"].notna()
    told = [(one["level"], one["unit"], one["indicator"]) for one in message["values"]["listed"]]
    expected = before.loc[moved, ["level", "unit_id", "indicator"]]
    assert sorted(told) == [*expected.itertuples(index=False, name=None)]
    assert {one[1] for one in told} == {"U1", "city"}
    assert [one["layer"] for one in message["inputs"]] == ["parcels"]
    (_, flip) = message["flips"]["listed"]
    assert (flip["from"], flip["to"], flip["before"]) == ("met", "not_met", 50.0)
    assert flip["after"] == pytest.approx(100 / 6)
    assert (flip["target"], flip["clause"]["zh"]) == ("≥ 40", "§1：全市")
    assert flip["causes"] == {"layers": ["parcels"], "edits": [], "more": 0, "settings": False}
    assert message["worst"] == [{"unit": "U1", "lost": 1, "missed": 1}]
    pd.testing.assert_frame_equal(figures(current(city)), after, check_dtype=False)


def test_nights_over_geoparquet(tmp_path: Path) -> None:
    """A folder of GeoParquet is as good as one of GeoPackages: what is edited is found."""
    plan = written(tmp_path)
    plan.write_text(plan.read_text("utf-8").replace(".gpkg", ".parquet"), "utf-8")
    for key, layer in layers().items():
        layer.to_parquet(tmp_path / f"{key}.parquet")
        (tmp_path / f"{key}.gpkg").unlink()
    city = city_of(tmp_path)
    night_of(city)
    assert night_of(city, 2).status == "unchanged"
    edited().to_parquet(tmp_path / "parcels.parquet")
    assert night_of(city, 3).message["values"]["count"] == 2
    pd.testing.assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)


def test_history(tmp_path: Path) -> None:
    written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    night_of(city, 2)
    written(tmp_path, parcels=edited())
    night_of(city, 3)
    with store_of(city) as store:
        (series,) = series_of(store, "Town", "U1", "park_coverage")
        assert series_of(store, "Town", "no such", "park_coverage") == []
    assert series.nightly == [50.0, 50.0, pytest.approx(100 / 6)]
    assert [(one.since.day, one.until and one.until.day) for one in series.spells] == [
        (1, 3), (3, None),
    ]  # fmt: skip
    assert sparkline(series.nightly) == "██▁"
    assert sparkline([None, 1.0, None]) == " ▄ "
    assert sparkline([None]) == ""


def test_what_is_old_is_forgotten_and_what_holds_is_not(tmp_path: Path) -> None:
    written(tmp_path)
    city = city_of(tmp_path, keep=7)
    night_of(city, 1)
    written(tmp_path, parcels=edited())
    night_of(city, 2)
    held = current(city)
    for day in (8, 12):
        night_of(city, day)
    with store_of(city) as store:
        (series,) = series_of(store, "Town", "U1", "park_coverage")
        assert [one.since.day for one in series.spells] == [2]
        assert [one.began.day for one in store.runs("Town")] == [12, 8, 2]
        assert len(store.last_read("Town")) == 3
    pd.testing.assert_frame_equal(current(city), held)
    assert night_of(city, 25).status == "unchanged"


def test_new_findings_and_units_are_told(tmp_path: Path) -> None:
    written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    town = layers()
    parcels, units = town["parcels"].copy(), town["units"].iloc[:2].copy()
    parcels.loc[0, "geometry"] = Polygon([(X, Y), (X + 99, Y + 99), (X + 99, Y), (X, Y + 99)])
    units.loc[1, "geometry"] = units.geometry.iloc[1].buffer(-1)
    written(tmp_path, parcels=parcels, units=units)
    message = night_of(city, 2).message
    new = message["findings"]["new"]["listed"]
    assert ("parcels", "near0") in {
        (one["layer"], each["feature"]) for one in new for each in one["examples"]
    }
    assert message["units"] == {"appeared": [], "vanished": ["U2"], "reshaped": ["U1"]}
    written(tmp_path, **town)
    message = night_of(city, 3).message
    assert message["findings"]["gone"] == sum(one["count"] for one in new)
    assert message["units"] == {"appeared": ["U2"], "vanished": [], "reshaped": ["U1"]}


def test_a_plan_that_cannot_be_used_leaves_the_results(tmp_path: Path) -> None:
    plan = written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    held, text = current(city), plan.read_text("utf-8")
    plan.write_text(text.replace("parcels.gpkg", "nothing.gpkg"), "utf-8")
    with pytest.raises(InputError):
        night_of(city, 2)
    plan.unlink()
    with pytest.raises(InputError):
        night_of(city, 3)
    plan.write_text(text, "utf-8")
    assert night_of(city, 4).status == "unchanged"
    assert statuses(city) == ["done", "failed", "failed", "unchanged"]
    pd.testing.assert_frame_equal(current(city), held)


def test_a_fault_in_the_middle_of_keeping_leaves_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    held = current(city)
    written(tmp_path, parcels=edited())
    with monkeypatch.context() as patch:
        patch.setattr("carbonspace.batch.nightly.message_of", None)
        with pytest.raises(TypeError):
            night_of(city, 2)
    pd.testing.assert_frame_equal(current(city), held)
    assert night_of(city, 3).message["flips"]["count"] == 0
    assert night_of(city, 4).status == "unchanged"
    assert statuses(city) == ["done", "failed", "done", "unchanged"]


def test_one_night_at_a_time(tmp_path: Path) -> None:
    written(tmp_path)
    city, other = city_of(tmp_path), city_of(tmp_path, name="Other")
    with store_of(city) as store, store.locked("Town"):
        assert night_of(other).status == "done"
        store.begin("Town", datetime(2026, 11, 1, tzinfo=UTC))
        with pytest.raises(ServiceError, match=str(os.getpid())) as raised:
            night(city)
        assert raised.value.exit_code == 4
    assert night_of(city).status == "done"
    assert statuses(city) == ["lost", "done"]


@pytest.mark.parametrize("wait", [0.0, 0.2])
def test_killed_in_the_middle(tmp_path: Path, wait: float) -> None:
    written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    held = current(city)
    written(tmp_path, parcels=edited())
    with closing(sqlite3.connect(tmp_path / "results" / FILE, isolation_level=None)) as file:
        process = started(tmp_path)
        while file.execute("SELECT max(id) FROM run").fetchone()[0] < 2:
            assert process.poll() is None
            time.sleep(0.01)
        file.execute("BEGIN IMMEDIATE")  # it cannot have ended when it is killed
        time.sleep(wait)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        file.execute("ROLLBACK")
    pd.testing.assert_frame_equal(current(city), held)
    found = night_of(city, 3)
    assert (found.status, found.message["lost"]) == ("done", True)
    assert "never ended" in text_of(found.message, "en")
    assert statuses(city) == ["done", "lost", "done"]
    pd.testing.assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)


def started(
    folder: Path, results: str = "results", limit: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a night of the town in a process of its own, that may write files of a size."""
    names = json.dumps(city_of(folder).indicators)
    (folder / "city.toml").write_text(
        f'[[city]]\nname = "Town"\nplan = "plan.toml"\nresults = "{results}"\n'
        f'profiles = ["ours.toml"]\nindicators = {names}\n', "utf-8",
    )  # fmt: skip
    code = "" if limit is None else LIMIT.format(limit)
    command = [sys.executable, "-c", code + MAIN, "batch", str(folder / "city.toml")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_newer_history_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    with closing(sqlite3.connect(tmp_path / "results" / FILE)) as file:
        file.execute("INSERT INTO migration VALUES (9999)")
        file.commit()
    with pytest.raises(SourceError, match="newer"):
        night_of(city, 2)


def test_a_full_disk_leaves_the_results(tmp_path: Path) -> None:
    """The history cannot grow: the night fails, what held holds, and the next night makes good."""
    written(tmp_path)
    city = city_of(tmp_path)
    night_of(city)
    held = current(city)
    written(tmp_path, parcels=edited())
    process = started(tmp_path, limit=(tmp_path / "results" / FILE).stat().st_size // 2)
    assert process.wait() == 3
    pd.testing.assert_frame_equal(current(city), held)
    assert night_of(city, 3).status == "done"
    assert statuses(city)[-1] == "done"
    pd.testing.assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)


def test_a_look_makes_and_changes_nothing(tmp_path: Path) -> None:
    written(tmp_path)
    city = city_of(tmp_path)
    with store_of(city, look=True) as store:
        assert not store.sql.exists()
    assert not (tmp_path / "results").exists()
    night_of(city)
    with store_of(city, look=True) as store:
        assert len(store.runs("Town")) == 1
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            store.sql.ask("DELETE FROM {schema}.run")


def test_what_is_no_history_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / FILE).write_text("no database " * 100, "utf-8")
    with pytest.raises(SourceError, match=FILE):
        night_of(city_of(tmp_path))
    with pytest.raises(SourceError, match="file"):
        night_of(city_of(tmp_path, results=str(tmp_path / "plan.toml")))
