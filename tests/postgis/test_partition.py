"""Partitions of a database, and reading it by place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import psycopg
import pytest
from pandas.testing import assert_frame_equal

from carbonspace.errors import InputError
from carbonspace.model.progress import Step
from carbonspace.partition import partition
from carbonspace.sources import read_plan
from carbonspace.sources.connection import one_picture
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.within import read_within

pytestmark = pytest.mark.postgis
Execute = Callable[..., None]

HEAD = 'format = 1\nname = "Trial"\ncrs = "EPSG:4547"\n'
TABLE = """CREATE TABLE "plots {1}" (id int PRIMARY KEY, land_use text, area numeric(9, 2),
new boolean, seen timestamp, "a {0}%s" bytea, geom geometry(GeometryZ, 4547))"""
ROWS = """INSERT INTO "plots {1}" SELECT n, '070' || n %% 3, CASE WHEN n %% 2 = 0 THEN n / 4.0 END,
n %% 5 = 0, '2025-01-01', NULL, CASE WHEN n %% 10 > 0 THEN ST_Force3D(ST_MakeEnvelope(
39500000 + 7 * (n * 37 %% 101), 4000000 + 7 * (n * 53 %% 97), 39500000 + 7 * (n * 37 %% 101) + 5,
4000000 + 7 * (n * 53 %% 97) + 5, 4547)) END FROM generate_series(1, 3000) AS n"""


@pytest.fixture
def plan(city: str, execute: Execute, tmp_path: Path) -> Path:
    execute(TABLE, ROWS.replace("%%", "%"), 'CREATE INDEX ON "plots {1}" USING gist (geom)')
    table = f'[layers.parcels]\nsource = "{city}"\nlayer = "plots {{1}}"\nwhere = "id > 5"\n'
    fields = 'fields = { parcel_id = "id", population = "area" }\n'
    (tmp_path / "plan.toml").write_text(HEAD + table + fields, "utf-8")
    return tmp_path / "plan.toml"


def test_a_table_in_partitions_is_read_as_it_is(plan: Path, tmp_path: Path) -> None:
    made = partition(plan, tmp_path / "out", features=200)
    assert "postgresql" not in made.plan.read_text("utf-8")
    one, other = (read_plan(p).layers["parcels"].sort_values("parcel_id", ignore_index=True)
                  for p in (plan, made.plan))  # fmt: skip
    assert len(one) == 2_995
    assert_frame_equal(one.drop(columns="geometry"), other.drop(columns="geometry"))
    assert one.geometry.force_2d().to_wkb().equals(other.geometry.force_2d().to_wkb())
    assert one.crs == other.crs
    assert other.has_z.sum() == 2_695


def test_one_moment_of_the_database(plan: Path, city: str, tmp_path: Path) -> None:
    """Rows that are deleted while it is read are there all the same."""

    def delete(_: Step) -> None:
        with psycopg.connect(city, autocommit=True) as connection:
            connection.execute('DELETE FROM "plots {1}"')

    made = partition(plan, tmp_path / "out", progress=delete)
    assert len(read_plan(made.plan).layers["parcels"]) == 2_995


def test_a_box_is_read_exactly(plan: Path, city: str, tmp_path: Path) -> None:
    """The index knows single precision, 4 m here: nothing more comes, and nothing less."""
    whole = read_plan(plan).layers["parcels"]
    bounds = whole.bounds.to_numpy()
    source = LayerSource("parcels", city, tmp_path, layer="plots {1}", where="id > 5",
                         fields={"parcel_id": "id"})  # fmt: skip
    draw = np.random.default_rng(3)
    with one_picture():
        for side in (0.0, 1.0, 40.0, 900.0):
            x, y = 39_500_000 + draw.integers(0, 700), 4_000_000 + draw.integers(0, 700)
            box = (float(x), float(y), float(x + side), float(y + side))
            west, south, east, north = bounds.T
            near = (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])
            frame = read_within(source, box).read.frame
            assert frame is not None
            assert sorted(frame["parcel_id"]) == sorted(whole["parcel_id"][near])


def test_faults_of_a_table(plan: Path, tmp_path: Path) -> None:
    text = plan.read_text("utf-8")
    plan.write_text(text.replace("id > 5", "no such"), "utf-8")
    with pytest.raises(InputError, match="filter cannot be used"):
        partition(plan, tmp_path / "out")
    plan.write_text(text.replace("plots", "none"), "utf-8")
    with pytest.raises(InputError, match="no such layer"):
        partition(plan, tmp_path / "out")
    assert not (tmp_path / "out").exists()
