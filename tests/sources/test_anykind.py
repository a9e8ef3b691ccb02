"""GeoPackage layers of any kind that must have heights or measures are read like others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

from carbonspace.sources.anykind import view_of_any_kind
from carbonspace.sources.listing import datasets

PLAN = """
[layers.transit_stops]
source = "站 & 点.gpkg"
layer = "stops"
fields = { stop_id = "NO", mode = "kind" }
where = "kind = 'rail'"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write points and an area at a height of 3 m in one layer, and a table beside it."""
    shapes = [shapely.Point(1, 2, 3), shapely.Point(4, 5, 3), shapely.box(0, 0, 9, 9)]
    frame = gpd.GeoDataFrame({"NO": ["1", "2", "3"], "kind": ["bus", "rail", "rail"]},
                             geometry=shapely.force_3d(shapes, 3), crs="EPSG:4547")  # fmt: skip
    file = tmp_path / "站 & 点.gpkg"
    pyogrio.write_dataframe(frame, file, layer="stops", geometry_type="Unknown")
    pyogrio.write_dataframe(frame[["NO"]], file, layer="table", append=True)
    return file


def demand(path: Path, *, heights: int, measures: int) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE gpkg_geometry_columns SET z = ?, m = ?", (heights, measures))


@pytest.mark.parametrize(("heights", "measures"), [(1, 0), (0, 1), (1, 1), (2, 2)])
def test_it_is_read(path: Path, heights: int, measures: int, read: Any) -> None:
    demand(path, heights=heights, measures=measures)
    plan = read(PLAN)
    stops = plan.layers["transit_stops"]
    assert stops["stop_id"].tolist() == ["2", "3"]
    assert stops.has_z.all()
    assert stops.geometry.iloc[0].equals(shapely.Point(4, 5))
    assert stops.crs.to_epsg() == 4547
    assert plan.findings == ()
    assert [one.name for one in path.parent.iterdir() if one.suffix == ".vrt"] == []


def test_it_is_listed(path: Path) -> None:
    demand(path, heights=1, measures=0)
    found = {one.layer: one for one in datasets(str(path))}
    assert set(found) == {"stops", "table"}
    assert found["stops"].features == 3
    assert found["stops"].source == str(path)


def test_other_files_are_left_alone(path: Path) -> None:
    assert view_of_any_kind(path) is None
    assert view_of_any_kind(path.with_suffix(".shp")) is None
    demand(path, heights=1, measures=0)
    assert view_of_any_kind(path) is not None
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 8)
    assert view_of_any_kind(path) is None
