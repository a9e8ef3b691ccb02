"""Reading partitions: within a box exactly what touches it; what is missing is named."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import fs
from tests.partition.conftest import HEAD, Made, layer, squares

from carbonspace.errors import InputError, SourceError
from carbonspace.partition import LayerFolder, Shape, with_boxes
from carbonspace.partition.layer_folder import sorted_rows
from carbonspace.sources import partitioned, read_plan
from carbonspace.sources.listing import datasets
from carbonspace.sources.mapping import LayerSource, layer_sources
from carbonspace.sources.partitioned import rows_within
from carbonspace.sources.partitions import Place, index_of, place_of
from carbonspace.sources.tables_now import FAULTY, TableNow, tables_now
from carbonspace.sources.watched import Watch
from carbonspace.sources.within import read_within

MERIDIAN = 39_500_000.0
"""Eastings with the number of their zone before them: single precision tells 4 m apart there."""


def oracle(frame: gpd.GeoDataFrame, box: tuple[float, float, float, float]) -> list[int]:
    """Return the features whose boxes touch, one compared after the other."""
    found = []
    for row, shape in enumerate(frame.geometry):
        if shape is None or shape.is_empty:
            continue
        west, south, east, north = shape.bounds
        if west <= box[2] and east >= box[0] and south <= box[3] and north >= box[1]:
            found.append(row)
    return found


@pytest.mark.parametrize("east", [500_000.0, MERIDIAN])
def test_within_a_box_lies_what_touches_it(tmp_path: Path, made: Made, east: float) -> None:
    made(east=east)
    frame, draw = squares(1_000, east=east), np.random.default_rng(1)
    for size in (0.0, 1.0, 50.0, 3_000.0, 1e5):
        for _ in range(8):
            x, y = east + draw.uniform(-500, 1e4), 4_000_000 + draw.uniform(-500, 1e4)
            box = (x, y, x + size, y + size)
            found = read_within(layer(tmp_path / "out"), box)
            rows = oracle(frame, box)
            assert found.rows.tolist() == rows
            assert found.read.frame is not None
            assert found.read.frame["parcel_id"].tolist() == [f"甲{n}" for n in rows]
            assert str(found.read.frame.crs) == "EPSG:4547"


@pytest.mark.parametrize("east", [500_000.0, MERIDIAN])
def test_a_box_that_shares_a_corner_or_just_not(tmp_path: Path, made: Made, east: float) -> None:
    """The next number before or after: nothing is rounded."""
    made(east=east)
    frame = squares(1_000, east=east)
    for row in (1, 7, 123, 998):
        x, y = frame.geometry.iloc[row].bounds[2:]
        touching = (x, y, x + 1e-9, y + 1e-9)
        apart = (np.nextafter(x, np.inf), y, x + 1, y + 1)
        assert row in read_within(layer(tmp_path / "out"), touching).rows
        assert row not in read_within(layer(tmp_path / "out"), apart).rows


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 4)), max_size=60),
    st.tuples(*[st.integers(-10, 10)] * 4), st.integers(1, 9),
)  # fmt: skip
def test_boxes_on_a_grid(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[int, int, int]],
    corners: tuple[int, int, int, int], features: int,
) -> None:  # fmt: skip
    """Much lies in the same place, and edges meet exactly."""
    folder = tmp_path_factory.mktemp("grid") / "parcels"
    x, y, side = np.array(cells, dtype=float).reshape(-1, 3).T
    shapes = gpd.GeoSeries.from_wkt([f"LINESTRING ({a} {b}, {a + c} {b + c})" for a, b, c
                                     in zip(x, y, side, strict=True)])  # fmt: skip
    shape = Shape(pa.schema([pa.field("geometry", pa.binary())]), "geometry", "EPSG:4547")
    table = pa.table({"geometry": pa.array(list(shapes.to_wkb()), pa.binary())})
    files = LayerFolder(folder, shape)
    rows = sorted_rows(with_boxes(table, np.arange(len(cells)), shape), shape)
    for start in range(0, len(cells), features):
        files.add(rows.slice(start, features))
    index = files.close()
    box = (float(min(corners[:2])), float(min(corners[2:])), float(max(corners[:2])),
           float(max(corners[2:])))  # fmt: skip
    found = rows_within(place_of("parcels", "p", folder), index, box)
    assert found["row"].to_pylist() == oracle(gpd.GeoDataFrame(geometry=shapes), box)


def test_no_other_file_is_opened(tmp_path: Path, made: Made) -> None:
    """All files but those of a box are destroyed, and the box is read all the same."""
    made()
    folder = tmp_path / "out" / "parcels"
    index = index_of(place_of("parcels", "parcels", folder))
    x, y = squares(1_000).geometry.iloc[7].bounds[:2]
    box = (x, y, x + 1, y + 1)
    needed = {part.file for part in index.touching(box)}
    others = [part for part in index.parts if part.file not in needed]
    assert len(others) > 4
    for part in others:
        (folder / part.file).write_bytes(b"\0" * part.bytes)
    assert 7 in read_within(layer(tmp_path / "out"), box).rows


def test_every_partition_that_is_missing_or_of_another_size(tmp_path: Path, made: Made) -> None:
    plan = made().plan
    folder = tmp_path / "out" / "parcels"
    (folder / "00001.parquet").unlink()
    (folder / "00004.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError) as raised:
        read_plan(plan)
    faults = raised.value.findings
    assert [f.what.en for f in faults] == ["A partition is missing or corrupt"] * 2
    assert faults[0].found_in("en") == "parcels/00001.parquet: the file is missing"
    assert "4 of " in faults[1].found_in("en")
    assert "carbonspace partition" in faults[0].action.en
    assert "carbonspace partition" in faults[0].action.zh


def test_every_partition_whose_content_changed(tmp_path: Path, made: Made) -> None:
    """Same size, other bytes: the footer of one, a page of the other."""
    plan = made().plan
    for name, place in (("00002.parquet", -6), ("00005.parquet", 50)):
        path = tmp_path / "out" / "parcels" / name
        content = bytearray(path.read_bytes())
        content[place] ^= 0xFF
        path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        read_plan(plan)
    found = [f.found_in("en").partition(":")[0] for f in raised.value.findings]
    assert found == ["parcels/00002.parquet", "parcels/00005.parquet"]
    with pytest.raises(InputError, match="SHA-256") as raised:
        read_within(layer(tmp_path / "out"), (0, 0, 1e6, 1e7))
    assert len(raised.value.findings) == 2


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"what": "x", "format": 1}'])
def test_no_index(content: str | None, tmp_path: Path, made: Made) -> None:
    made(20)
    index = tmp_path / "out" / "parcels" / "index.json"
    index.unlink() if content is None else index.write_text(content)
    with pytest.raises(InputError, match="no index of partitions") as raised:
        partitioned.read_partitioned(layer(tmp_path / "out"))
    assert raised.value.findings[0].local


def test_an_index_of_a_later_format(tmp_path: Path, made: Made) -> None:
    made(20)
    path = tmp_path / "out" / "parcels" / "index.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))
    with pytest.raises(InputError, match="not of this format"):
        read_plan(tmp_path / "out")


def test_an_address_of_a_store(tmp_path: Path, made: Made) -> None:
    """`file://` goes the way of `s3://`: by the file systems of Arrow."""
    made()
    address = (tmp_path / "out" / "parcels").as_uri()
    table = f'[layers.parcels]\nsource = "{address}"\n'
    (tmp_path / "plan.toml").write_text(HEAD + table, "utf-8")
    far, near = read_plan(tmp_path).layers["parcels"], read_plan(tmp_path / "out").layers["parcels"]
    assert far.equals(near)
    (source,), _ = layer_sources("parcels", {"source": address}, tmp_path)
    box = (500_000.0, 4_000_000.0, 502_000.0, 4_002_000.0)
    assert read_within(source, box).rows.tolist() == oracle(squares(1_000), box)


def test_any_file_system_of_arrow(tmp_path: Path, made: Made) -> None:
    made()
    files = fs.SubTreeFileSystem(str(tmp_path / "out"), fs.LocalFileSystem())
    place = Place(files, "parcels", "parcels", "store")
    box = (500_000.0, 4_000_000.0, 502_000.0, 4_002_000.0)
    found = rows_within(place, index_of(place), box)
    assert found["row_"].to_pylist() == oracle(squares(1_000), box)


def test_a_store_that_is_not_there(tmp_path: Path) -> None:
    source = LayerSource("parcels", "hdfs://nowhere.invalid/x", tmp_path)
    with pytest.raises(SourceError, match=r"does not answer.*credentials"):
        partitioned.read_partitioned(source)


def test_a_secret_in_an_address_is_refused_and_not_shown(tmp_path: Path) -> None:
    table = '[layers.parcels]\nsource = "s3://AKIA:geheim@bucket/x"\n'
    (tmp_path / "plan.toml").write_text(HEAD + table, "utf-8")
    with pytest.raises(InputError, match="the key to a store") as raised:
        read_plan(tmp_path)
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize("key", ["layer", "where", "encoding"])
def test_what_means_nothing_here(key: str, tmp_path: Path, made: Made) -> None:
    made(20)
    text = (tmp_path / "out" / "plan.toml").read_text("utf-8")
    (tmp_path / "out" / "plan.toml").write_text(f'{text}{key} = "utf-8"\n', "utf-8")
    with pytest.raises(InputError, match=f"{key} does not apply to carbonspace partition"):
        read_plan(tmp_path / "out")


def test_other_sources_are_not_read_by_place(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="carbonspace partition"):
        read_within(LayerSource("parcels", "x.gpkg", tmp_path / "x.gpkg"), (0, 0, 1, 1))


def test_init_knows_a_folder_of_partitions(tmp_path: Path, made: Made) -> None:
    made()
    (found,) = datasets(tmp_path / "out")
    assert (found.kind, found.features, found.crs) == ("polygon", 1_000, "EPSG:4547")
    assert found.source == str(tmp_path / "out" / "parcels")
    assert ("population", "number") in found.fields
    assert "row_" not in dict(found.fields)
    frame = squares(1_000)
    assert found.bounds == tuple(frame[~frame.is_empty].total_bounds)


def test_a_night_notices_what_changed_in_a_store(tmp_path: Path, made: Made) -> None:
    """Its index tells it: no partition is opened."""
    plan = tmp_path / "plan.toml"
    address = (tmp_path / "out" / "parcels").as_uri()
    plan.write_text(f'{HEAD}[layers.parcels]\nsource = "{address}"\n', "utf-8")

    def seen() -> list[TableNow]:
        return tables_now(plan, lambda _: Watch("rows"), {})

    made(200)
    (first,) = seen()
    made(200, features=50)
    (again,) = seen()
    assert first.digest.rows == again.digest.rows == 200
    assert first.digest.sha256 != again.digest.sha256
    (tmp_path / "out" / "parcels" / "index.json").unlink()
    assert [one.digest.rows for one in seen()] == [FAULTY]
