"""Nights by tiles over a database: what all at once comes to, and only what changed is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from tests.batch.town import LAYERS, as_run_says, city_of, current, figures, layers, night_of
from tests.postgis.test_batch import GROW, load, plan_of

from carbonspace.batch import City, store_of
from carbonspace.errors import DifferenceError
from carbonspace.past.file import load as past_of
from carbonspace.past.file import save
from carbonspace.sources import connection, window
from carbonspace.sources.connection import _connection as connection_of
from carbonspace.sources.connection import is_asked_once
from carbonspace.sources.table_digest import digest_of_rows
from carbonspace.sources.watched import Watch
from carbonspace.tiled import settling
from carbonspace.tiled.settling import settled
from carbonspace.tiled.tasks import Tile

pytestmark = pytest.mark.postgis
Execute = Callable[..., None]
NEW = """INSERT INTO parcels SELECT 'new', land_use, ST_Translate(geom, 0, 300) FROM parcels
WHERE parcel_id = 'near2'"""
SWAP = """UPDATE parcels AS one SET geom = other.geom FROM parcels AS other
WHERE (one.parcel_id, other.parcel_id) IN (('near0', 'near2'), ('near2', 'near0'))"""
EDITS = {
    "update": (GROW.format(height=500), {"U1"}),
    "insert": (NEW, {"U2"}),
    "delete": ("DELETE FROM parcels WHERE parcel_id = 'near0'", {"U0"}),
    "move": ("UPDATE parcels SET geom = ST_Translate(geom, 6000, 300) WHERE parcel_id = 'near0'",
             {"U0", "U2"}),
    "swap": (SWAP, {"U0", "U2"}),
}  # fmt: skip


@pytest.fixture
def town(city: str, tmp_path: Path) -> City:
    """The town in tables; each unit is a tile."""
    load(city)
    plan_of(tmp_path, city)
    return city_of(tmp_path, results=city, cache=tmp_path / "cache", tile_features=4)


@pytest.fixture(params=["rows", "versions"])
def watched(town: City, request: pytest.FixtureRequest) -> City:
    """The town, of whose tables the rows or their versions tell what changed."""
    return replace(town, watch=Watch(request.param))


def same_as_run(city: City) -> None:
    assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)


def test_nights(watched: City, execute: Execute) -> None:
    town = watched
    first = night_of(town)
    same_as_run(town)
    execute("DELETE FROM parcels WHERE parcel_id = 'far1'")
    second = night_of(town, 2, verify=9)
    same_as_run(town)
    assert first.figures["taken"] == 0
    assert 0 < second.figures["measured"] < second.figures["taken"]
    (input_,) = second.message["inputs"]
    assert input_["layer"] == "parcels"
    edits = [edit for flip in second.message["flips"]["listed"] for edit in flip["causes"]["edits"]]
    assert {edit["feature"] for edit in edits} == {"far1"}
    assert night_of(town, 3).status == "unchanged"


@pytest.mark.parametrize("edit", EDITS)
def test_only_tiles_that_see_an_edit_are_read(
    watched: City, execute: Execute, monkeypatch: pytest.MonkeyPatch, edit: str
) -> None:
    """What comes, goes or moves is seen where it was and where it is, and nowhere else."""
    night_of(watched)
    execute(EDITS[edit][0])
    read = list[tuple[str, ...]]()

    def seen(tile: Tile, *more: Any) -> settling.Settled:
        read.append(tile.units)
        return settled(tile, *more)

    monkeypatch.setattr(settling, "settled", seen)
    night_of(watched, 2)
    assert {unit for units in read for unit in units} == EDITS[edit][1]
    same_as_run(watched)


def test_rows_are_not_hashed_where_their_versions_tell(
    town: City, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is there a connection for each question: those that are idle are asked again."""
    boxes, opened = list[Any](), list[str]()

    def hashed(*given: Any, **more: Any) -> Any:
        boxes.append(more.get("box"))
        return digest_of_rows(*given, **more)

    def told(source: str) -> Any:
        opened.append(source)
        return connection_of(source)

    monkeypatch.setattr(window, "digest_of_rows", hashed)
    monkeypatch.setattr(connection, "_connection", told)
    for way, any_box in (("rows", True), ("versions", False)):
        city = replace(town, name=way, watch=Watch(way))
        night_of(city)
        execute(GROW.format(height=500 if way == "rows" else 400))
        boxes.clear()
        opened.clear()
        night_of(city, 2)
        assert any(box is not None for box in boxes) == any_box
        assert len(opened) <= 4 + len(LAYERS)


def test_the_message_is_that_of_a_night_over_all(
    town: City, execute: Execute, tmp_path: Path
) -> None:
    whole = replace(town, name="Whole", tile_features=None)
    for one in (town, whole):
        night_of(one)
    execute("DELETE FROM parcels WHERE parcel_id = 'far1'", GROW.replace("far1", "far0").format(
        height=300))  # fmt: skip
    ours, theirs = (night_of(one, 2).message for one in (town, whole))
    for key in ("flips", "values", "verdicts", "rows", "units", "worst"):
        assert ours[key] == theirs[key], key
    with store_of(town) as store:
        tables = [
            pd.DataFrame(
                store.sql.ask(
                    "SELECT level, unit_id, indicator, value::text, "
                    "status FROM {schema}.verdict WHERE city = %s ORDER "
                    "BY 1, 2, 3",
                    [one.name],
                )
            )
            for one in (town, whole)
        ]
    assert_frame_equal(*tables)


def test_a_bit_that_is_another_fails_the_night(
    town: City, execute: Execute, tmp_path: Path
) -> None:
    night_of(town)
    for file in (tmp_path / "cache").rglob("*.past"):
        past = past_of(file)
        assert past is not None
        for key, told in past.told.items():
            table = told.measure.table.copy()
            table["numerator"] += table["numerator"].abs() * 2**-52
            past.told[key] = told._replace(measure=replace(told.measure, table=table))
        save(past, file)
    # A tile sees it, and reads again, but its unit does not: what was known of that is taken over.
    execute("INSERT INTO parks VALUES ('new', NULL, ST_MakeEnvelope(505200, 4000000, 505300, "
            "4000100, 4547))")  # fmt: skip
    with pytest.raises(DifferenceError):
        night_of(town, 2, verify=9)
    assert not [*(tmp_path / "cache").rglob("*.tile")]
    assert night_of(town, 3).figures["taken"] == 0
    same_as_run(town)


def test_everything_is_computed_where_asked(town: City, execute: Execute) -> None:
    night_of(town)
    execute(GROW.format(height=500))
    assert night_of(town, 2, full=True).figures["taken"] == 0
    same_as_run(town)


def test_what_is_written_is_of_the_moment_of_the_night(
    town: City, execute: Execute, tmp_path: Path
) -> None:
    """Others edit a layer that is only drawn, and one that figures are of, before it is written."""
    city = replace(town, output=tmp_path / "out", indicators=("land_area",))
    found = night_of(city)
    execute("DELETE FROM parks", "UPDATE parcels SET geom = ST_Translate(geom, 9, 9)")
    folder = found.write()
    assert folder is not None
    for key in ("parcels", "parks"):
        drawn = gpd.read_file(folder / "results.gpkg", layer=f"ground_{key}")
        assert drawn.union_all().symmetric_difference(layers()[key].union_all()).area == 0, key


def test_a_moment_is_held_no_longer_than_it_is_needed(town: City, tmp_path: Path) -> None:
    city = replace(town, output=tmp_path / "out")
    for number, one in enumerate((town, replace(city, tile_features=None, name="Whole")), 1):
        night_of(one, number)
        assert not is_asked_once()
    found = night_of(city, 3, full=True)
    assert is_asked_once()
    found.write()
    assert not is_asked_once()
