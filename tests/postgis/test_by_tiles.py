"""Nights by tiles over a database: what all at once comes to, and only what changed is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from tests.batch.town import as_run_says, city_of, current, figures, night_of
from tests.postgis.test_batch import GROW, load, plan_of

from carbonspace.batch import City, store_of
from carbonspace.errors import DifferenceError
from carbonspace.past.file import load as past_of
from carbonspace.past.file import save
from carbonspace.tiled import settling
from carbonspace.tiled.settling import settled
from carbonspace.tiled.tasks import Tile

pytestmark = pytest.mark.postgis
Execute = Callable[..., None]


@pytest.fixture
def town(city: str, tmp_path: Path) -> City:
    """The town in tables; each unit is a tile."""
    load(city)
    plan_of(tmp_path, city)
    return city_of(tmp_path, results=city, cache=tmp_path / "cache", tile_features=4)


def same_as_run(city: City) -> None:
    assert_frame_equal(figures(current(city)), as_run_says(city), check_dtype=False)


def test_nights(town: City, execute: Execute) -> None:
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


def test_only_tiles_that_see_an_edit_are_read(
    town: City, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    night_of(town)
    execute(GROW.format(height=500))
    read = list[tuple[str, ...]]()

    def seen(tile: Tile, *more: Any) -> settling.Settled:
        read.append(tile.units)
        return settled(tile, *more)

    monkeypatch.setattr(settling, "settled", seen)
    night_of(town, 2)
    assert read == [("U1",)]


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
