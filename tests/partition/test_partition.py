"""What partition makes: everything is kept, by place, the same bytes each time, or nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from pandas.testing import assert_frame_equal
from pyarrow import parquet
from tests.benchmarks.city import made_city
from tests.partition.conftest import HEAD, TABLE, Made, layer, squares, written

from carbonspace import evaluate
from carbonspace.errors import InputError, SourceError
from carbonspace.folder import sweep
from carbonspace.kernels.hilbert import hilbert
from carbonspace.model.progress import Step
from carbonspace.outputs.csvtext import csv_text
from carbonspace.partition import LayerFolder, UnwritableError, partition, sorting
from carbonspace.partition.layer_folder import Shape, with_boxes
from carbonspace.sources import read_as_found, read_plan
from carbonspace.sources.partitions import index_of, place_of

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
KEYS = ["road_density", "park_coverage"]


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes()
            for p in sorted(folder.rglob("*")) if p.is_file()}  # fmt: skip


def assert_same(one: Path, other: Path) -> None:
    """Assert that two plans are read alike: columns, geometry, CRS, order, and what was noticed."""
    a, b = read_as_found(one), read_as_found(other)
    assert [*a.layers] == [*b.layers]
    for key, frame in a.layers.items():
        assert_frame_equal(
            *(pd.DataFrame(one).drop(columns="geometry") for one in (frame, b.layers[key]))
        )
        assert frame.geometry.to_wkb().equals(b.layers[key].geometry.to_wkb()), key
        assert str(frame.crs) == str(b.layers[key].crs)
    assert a.mended == b.mended
    assert a.uoms == b.uoms
    assert [f.line() for f in a.findings] == [f.line() for f in b.findings]


@pytest.mark.parametrize("name", ["golden", "barbican"])
def test_a_sample_is_read_as_its_geopackage_is(name: str, tmp_path: Path) -> None:
    partition(SAMPLES / name, tmp_path / "out", features=50)
    assert_same(SAMPLES / name, tmp_path / "out")


@pytest.mark.sample
def test_a_sample_comes_to_the_same_results(tmp_path: Path) -> None:
    partition(SAMPLES / "golden", tmp_path / "out", features=50)
    one, other = (evaluate(read_plan(p)) for p in (SAMPLES / "golden", tmp_path / "out"))
    assert csv_text(one.table) == csv_text(other.table)
    for key, frame in one.plan.layers.items():
        assert_geodataframe_equal(frame, other.plan.layers[key])


@pytest.mark.sample
def test_the_bench_city_comes_to_the_same_results(tmp_path: Path) -> None:
    plan = made_city("S", tmp_path / "city")
    partition(plan, tmp_path / "out", features=700)
    assert_same(plan, tmp_path / "out")
    one, other = (evaluate(read_plan(p), indicators=KEYS) for p in (plan, tmp_path / "out"))
    assert csv_text(one.table) == csv_text(other.table)


def test_all_columns_ids_and_the_order_are_kept(tmp_path: Path, made: Made) -> None:
    made()
    place = place_of("parcels", "parcels", tmp_path / "out" / "parcels")
    index = index_of(place)
    tables = [parquet.read_table(place.path(part.file)) for part in index.parts]
    table = pa.concat_tables(tables).sort_by(index.order)
    source = gpd.read_file(tmp_path / "plan" / "plan.gpkg", fid_as_index=True)
    assert (index.order, index.box) == ("row_", "bbox_")
    assert table[index.order].to_pylist() == [*range(1_000)]
    assert table[index.hidden[0]].to_pylist() == source.index.tolist()
    assert table["bbox"].to_pylist() == source["bbox"].tolist()
    assert table["surveyed"].null_count == 0
    assert [v is None for v in table[index.geometry].to_pylist()] == source.geometry.isna().tolist()


def test_files_lie_apart_and_say_so(tmp_path: Path, made: Made) -> None:
    made()
    index = index_of(place_of("parcels", "parcels", tmp_path / "out" / "parcels"))
    assert [part.rows for part in index.parts] == [100] * 10
    boxes = [part.box for part in index.parts if part.box is not None]
    sides = [(b[2] - b[0]) * (b[3] - b[1]) for b in boxes]
    assert np.median(sides) < 1e8 / 3
    for part in index.parts:
        file = gpd.read_parquet(tmp_path / "out" / "parcels" / part.file)
        assert part.box is None or np.array_equal(file.total_bounds, part.box)


def test_other_programs_read_the_files_by_box(tmp_path: Path, made: Made) -> None:
    """The covering of GeoParquet 1.1, as GeoPandas reads it."""
    made()
    path = tmp_path / "out" / "parcels" / "00003.parquet"
    whole = gpd.read_parquet(path)
    box = whole.geometry.iloc[7].bounds
    found = gpd.read_parquet(path, bbox=box)
    assert found["parcel_id"].tolist() == whole[whole.intersects(shapely.box(*box))][
        "parcel_id"].tolist()  # fmt: skip
    assert whole.crs == "EPSG:4547"


def test_the_same_source_gives_the_same_bytes(tmp_path: Path, made: Made) -> None:
    made()
    first = files(tmp_path / "out")
    made()
    assert files(tmp_path / "out") == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "plan"]


def test_how_much_is_in_memory_changes_nothing(
    tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many sorted parts, merged in two rounds, against one."""
    made(3_000)
    once = files(tmp_path / "out")
    monkeypatch.setattr(sorting, "RUN_BYTES", 1)
    monkeypatch.setattr(sorting, "_AT_ONCE", 2)
    monkeypatch.setattr(sorting.Sorter.__init__, "__defaults__", (1,))
    monkeypatch.setattr("carbonspace.sources.streams._ROWS_AT_ONCE", 100)
    made(3_000)
    assert files(tmp_path / "out") == once


def test_partitions_are_partitioned_again(tmp_path: Path, made: Made) -> None:
    made()
    partition(tmp_path / "out", tmp_path / "finer", features=10)
    assert_same(tmp_path / "plan", tmp_path / "finer")
    partition(tmp_path / "finer", tmp_path / "again", features=100)
    one, other = files(tmp_path / "out"), files(tmp_path / "again")
    assert one == other


def test_a_filter_and_other_sources(tmp_path: Path) -> None:
    """What is selected is taken; a layer of two files, a raster and rules keep their meaning."""
    frame = squares(60)
    frame.iloc[30:].to_file(tmp_path / "b.gpkg", layer="x")
    frame.iloc[:30].to_file(tmp_path / "a.gpkg", layer="x")
    frame.to_file(tmp_path / "c.geojson")
    frame.to_parquet(tmp_path / "d.parquet")
    (tmp_path / "own.toml").write_text("", "utf-8")
    (tmp_path / "plan.toml").write_text(
        HEAD.replace("profiles = []", 'profiles = ["own.toml"]')
        + '[layers.parcels]\nsource = ["a.gpkg", "b.gpkg"]\nlayer = "x"\n'
        + 'where = "population IS NULL"\n'
        + '[layers.parks]\nsource = "c.geojson"\nfields = { park_id = "parcel_id" }\n'
        + '[layers.facilities]\nsource = "d.parquet"\n'
        + 'fields = { facility_id = "parcel_id", facility_type = "land_use" }\n', "utf-8",
    )  # fmt: skip
    made = partition(tmp_path, tmp_path / "down" / "out")
    assert [one.folder for one in made.layers] == ["parcels", "parcels-2", None, "facilities"]
    text = made.plan.read_text("utf-8")
    assert 'source = ["parcels", "parcels-2"]' in text
    assert "where =" not in text
    assert 'source = "../../c.geojson"' in text
    assert 'profiles = ["../../own.toml"]' in text
    one, other = read_as_found(tmp_path), read_as_found(made.plan)
    for key in one.layers:
        assert_geodataframe_equal(one.layers[key], other.layers[key])


def test_every_fault_at_once_and_nothing_written(tmp_path: Path) -> None:
    written(tmp_path / "plan", squares(10), TABLE.replace('"parcels"\n', '"plots"\n')
            + '[layers.parks]\nsource = "none.gpkg"\n'
            + '[layers.roads]\nsource = "plan.gpkg"\nwhere = "no such"\n')  # fmt: skip
    with pytest.raises(InputError) as raised:
        partition(tmp_path / "plan", tmp_path / "out")
    assert {f.layer for f in raised.value.findings} == {"parcels", "parks", "roads"}
    assert [p.name for p in tmp_path.iterdir()] == ["plan"]


def test_a_folder_of_somebody_else_stays(tmp_path: Path, made: Made) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("x")
    with pytest.raises(SourceError, match="was not written by carbonspace partition"):
        made()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize("name", ["plan.toml", "note.txt"])
def test_what_somebody_added_or_edited_stays(name: str, tmp_path: Path, made: Made) -> None:
    made()
    with (tmp_path / "out" / name).open("a") as file:
        file.write("# mine\n")
    with pytest.raises(SourceError, match=name):
        made()


def test_a_source_that_changes_meanwhile(tmp_path: Path) -> None:
    plan = written(tmp_path / "plan", squares(100))

    def edit(step: Step) -> None:
        if step.done:
            os.utime(tmp_path / "plan" / "plan.gpkg", ns=(1, 1))

    with pytest.raises(InputError, match="changed while it was read"):
        partition(plan, tmp_path / "out", progress=edit)
    assert [p.name for p in tmp_path.iterdir()] == ["plan"]


def test_interrupted_nothing_is_left(tmp_path: Path, made: Made) -> None:
    made()
    before = files(tmp_path / "out")

    def stop(step: Step) -> None:
        if step.title.en.startswith("Writing"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        partition(tmp_path / "plan", tmp_path / "out", features=7, progress=stop)
    assert files(tmp_path / "out") == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "plan"]
    sweep(tmp_path / "out")


def test_a_full_disk(tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LayerFolder, "add", full)
    with pytest.raises(UnwritableError, match=r"No space left.*nothing was written"):
        made()
    assert [p.name for p in tmp_path.iterdir()] == ["plan"]


def test_progress_rises_to_its_end(tmp_path: Path) -> None:
    plan, told = written(tmp_path / "plan", squares(500)), list[Step]()
    partition(plan, tmp_path / "out", features=50, progress=told.append)
    shares = [step.done / step.total for step in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert {"Reading parcels", "Writing parcels"} <= {step.title.en for step in told}


def test_the_curve_visits_every_cell_once_and_neighbours_next() -> None:
    side = 64
    x, y = (one.ravel().astype(np.int64) for one in np.mgrid[:side, :side])
    along = hilbert(x, y)
    order = np.argsort(along)
    assert np.array_equal(along[order], np.arange(side * side))
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert (steps == 1).all()


def test_arcs_and_open_rings_stay_as_stored() -> None:
    """A half circle by three points, and a ring that is not closed: their bytes are kept."""
    arc = bytes.fromhex("010800000003000000") + np.array(
        [[0, 0], [1, 1], [2, 0]], dtype="<f8").tobytes()  # fmt: skip
    ring = bytes.fromhex("01030000000100000003000000") + np.array(
        [[0, 0], [1, 1], [2, 0]], dtype="<f8").tobytes()  # fmt: skip
    shape = Shape(pa.schema([pa.field("geom", pa.binary())]), "geom", "EPSG:4547")
    table = pa.table({"geom": pa.array([arc, ring, b"\x01"], pa.binary())})
    made = with_boxes(table, np.arange(3), shape)
    assert made["geom"].to_pylist() == [arc, ring, b"\x01"]
    first, _, broken = made["bbox"].to_pylist()
    assert first["ymin"] <= 0
    assert 1 <= first["ymax"] < 1.1
    assert broken is None


def test_signed_with_all_its_files(tmp_path: Path, made: Made) -> None:
    made(20)
    signed = json.loads((tmp_path / "out" / "partition.signed").read_text("utf-8"))
    assert {*signed["files"], "partition.signed"} == {*files(tmp_path / "out")}
    assert layer(tmp_path / "out").path.is_dir()
