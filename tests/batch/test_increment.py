"""A night computes what may have changed, and comes to what computing everything comes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box
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

from carbonspace.batch import City


@pytest.fixture
def city(tmp_path: Path) -> City:
    written(tmp_path)
    city = city_of(tmp_path, cache=tmp_path / "cache")
    night_of(city)
    return city


def test_one_edit_is_computed_where_it_counts(city: City, tmp_path: Path) -> None:
    written(tmp_path, parcels=edited())
    found = night_of(city, 2)
    assert 0 < found.figures["measured"] < found.figures["taken"] + found.figures["measured"]
    pd.testing.assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)


def test_one_file_is_left_and_it_is_that_of_the_last_night(city: City, tmp_path: Path) -> None:
    written(tmp_path, parcels=edited())
    found = night_of(city, 2)
    (left,) = (tmp_path / "cache").iterdir()
    assert left.name.endswith(f"-{found.run}.past")


def test_everything_is_computed_where_asked(city: City, tmp_path: Path) -> None:
    written(tmp_path, parcels=edited())
    assert night_of(city, 2, full=True).figures["taken"] == 0


@pytest.mark.parametrize("harm", ["lost", "cut", "of another night"])
def test_a_file_that_does_not_hold_is_not_used(city: City, tmp_path: Path, harm: str) -> None:
    (file,) = (tmp_path / "cache").iterdir()
    if harm == "lost":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(file.read_bytes()[:-200])
    else:
        file.rename(file.with_name(file.name.replace("-1.past", "-7.past")))
    written(tmp_path, parcels=edited())
    found = night_of(city, 2)
    assert found.figures["taken"] == 0
    pd.testing.assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)


def test_a_cache_that_cannot_be_written_stops_no_night(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "cache").write_text("a file", "utf-8")
    assert night_of(city_of(tmp_path, cache=tmp_path / "cache")).status == "done"


def test_cities_share_a_folder(city: City, tmp_path: Path) -> None:
    night_of(city_of(tmp_path, cache=city.cache, name="Other"))
    written(tmp_path, parcels=edited())
    assert night_of(city, 2).figures["taken"]


def turned(city: City, tmp_path: Path, parcels: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return what is told of the verdict of a unit after an edit under a rule of 20 % that held."""
    rules = tmp_path / "ours.toml"
    rules.write_text(
        rules.read_text("utf-8").replace("[60]", "[20]").replace("60%", "20%"), "utf-8"
    )
    night_of(city, 2)
    written(tmp_path, parcels=parcels)
    flips = night_of(city, 3).message["flips"]["listed"]
    (unit,) = [one for one in flips if one["unit"] == "U1"]
    assert (unit["from"], unit["to"]) == ("met", "not_met")
    return dict(unit["causes"])


def test_a_verdict_that_turned_names_the_edit_that_turned_it(city: City, tmp_path: Path) -> None:
    causes = turned(city, tmp_path, edited())
    assert causes["edits"] == [{"layer": "parcels", "feature": "far1", "how": "updated"}]


def test_an_edit_out_of_reach_is_no_cause(city: City, tmp_path: Path) -> None:
    parcels = edited()
    parcels.loc[parcels["parcel_id"] == "far2", "land_use"] = "0702"
    edits = turned(city, tmp_path, parcels)["edits"]
    assert [one["feature"] for one in edits] == ["far1"]


def test_edits_are_told_apart(city: City, tmp_path: Path) -> None:
    parcels = edited()
    parcels = parcels.assign(parcel_id=parcels["parcel_id"].replace("near1", "new1"))
    parcels.loc[parcels["parcel_id"] == "far1", "geometry"] = box(X + 5300, Y, X + 5400, Y + 500)
    found = {one["feature"]: one["how"] for one in turned(city, tmp_path, parcels)["edits"]}
    assert found == {"near1": "deleted", "new1": "inserted", "far1": "updated"}


def test_a_source_that_was_only_saved_again_is_no_edit(city: City, tmp_path: Path) -> None:
    again = layers()["parks"].iloc[::-1]
    written(tmp_path, parcels=edited(), parks=again)
    message = night_of(city, 2).message
    assert [one["layer"] for one in message["inputs"]] == ["parcels"]
