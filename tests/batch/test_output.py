"""What a night writes beside its history: the GeoPackage and the reports of units that changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tests.batch.town import city_of, edited, night_of, written

from carbonspace.batch import City
from carbonspace.errors import SourceError

COLUMNS = ["unit_id", "level", "indicator", "value", "status", "robust"]


@pytest.fixture
def city(tmp_path: Path) -> City:
    written(tmp_path)
    return city_of(tmp_path, cache=tmp_path / "cache", output=tmp_path / "out")


def figures(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "indicators.csv")[COLUMNS]


def test_the_first_night_writes_all_units_and_the_city(city: City, tmp_path: Path) -> None:
    assert night_of(city).write() == tmp_path / "out"
    assert {*figures(tmp_path / "out")["unit_id"]} == {"U0", "U1", "U2", "city"}
    assert {"results.gpkg", "report.html"} <= {one.name for one in (tmp_path / "out").iterdir()}


def test_later_nights_write_the_units_that_changed(city: City, tmp_path: Path) -> None:
    night_of(city).write()
    before = figures(tmp_path / "out")
    written(tmp_path, parcels=edited())
    night_of(city, 2).write()
    after = figures(tmp_path / "out")
    assert {*after["unit_id"]} == {"U1"}
    assert not after.equals(before[before["unit_id"] == "U1"].reset_index(drop=True))


def test_what_is_written_is_what_is_kept(city: City, tmp_path: Path) -> None:
    night_of(city).write()
    written(tmp_path, parcels=edited())
    night_of(city, 2).write()
    some = figures(tmp_path / "out")
    night_of(city_of(tmp_path, name="Other", output=tmp_path / "all")).write()
    every = figures(tmp_path / "all")
    own = every[(every["unit_id"] == "U1") & (every["level"] == "unit")]
    pd.testing.assert_frame_equal(some, own.reset_index(drop=True), check_exact=True)


def test_nothing_is_written_where_nothing_changed(city: City, tmp_path: Path) -> None:
    night_of(city).write()
    (tmp_path / "out" / "report.html").unlink()
    assert night_of(city, 2).write() is None
    assert not (tmp_path / "out" / "report.html").exists()


def test_what_a_night_did_not_come_to_write_the_next_one_writes(city: City, tmp_path: Path) -> None:
    """It was killed, or the disk was full: with nothing changed since, or with more."""
    night_of(city)
    found = night_of(city, 2)
    assert (found.status, found.message["changes"]) == ("done", False)
    found.write()
    assert {*figures(tmp_path / "out")["unit_id"]} == {"U0", "U1", "U2", "city"}
    written(tmp_path, parcels=edited(1))
    night_of(city, 3)
    both = edited(1)
    both["geometry"] = both.geometry.where(both["parcel_id"] != "far0", edited(0).geometry)
    written(tmp_path, parcels=both)
    night_of(city, 4).write()
    assert {*figures(tmp_path / "out")["unit_id"]} == {"U0", "U1"}
    assert night_of(city, 5).status == "unchanged"


def test_an_output_that_cannot_be_written_is_owed(city: City, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", "utf-8")
    blocked = replace(city, output=tmp_path / "file" / "out")
    with pytest.raises((OSError, SourceError)):
        night_of(blocked).write()
    (tmp_path / "file").unlink()
    night_of(blocked, 2).write()
    assert (tmp_path / "file" / "out" / "results.gpkg").exists()
    assert night_of(blocked, 3).status == "unchanged"


def test_a_city_that_wants_none_gets_none(tmp_path: Path) -> None:
    written(tmp_path)
    assert night_of(city_of(tmp_path)).write() is None
