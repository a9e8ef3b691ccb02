"""What is fuzzed: each reader, fed a file; only carbonspace's own errors may come out of it."""

from __future__ import annotations

import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import shapely
from rasterio.transform import from_origin

from carbonspace.errors import CarbonspaceError
from carbonspace.model.layers import LAYERS
from carbonspace.sources import read_plan
from carbonspace.sources.listing import datasets
from carbonspace.sources.values import plainly, read_numbers, said

HEAD = 'format = 1\nname = "t"\ncrs = "EPSG:4547"\n'
PARCELS = '[layers.parcels]\nsource = "{}"\nfields = {{ parcel_id = "编号", land_use = "YDDM" }}\n'
OSM = '[layers.parks]\nsource = "{0}"\n[layers.roads]\nsource = "{0}"\n'
GTFS = '[layers.transit_stops]\nsource = "{}"\n'
RASTER = '[layers.parcels]\nsource = "none"\n[rasters.dsm]\nsource = "{}"\n'
BOUNDARY = '[layers.parcels]\nsource = "{}"\nconstants = {{ land_use = "07" }}\n'
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


class Target(NamedTuple):
    """One reader: the file it is given, what plan.toml says of it, and a sound example."""

    name: str
    plan: str
    seed: Callable[[], bytes]


def feed(target: Target, data: bytes) -> None:
    """Let the reader of `target` read `data`, as a plan and as an unknown dataset."""
    with _folder() as folder:
        path = folder / target.name
        placed(path, data)
        before = _listing(folder)
        (folder / "plan.toml").write_text(HEAD + target.plan.format(target.name), "utf-8")
        with suppress(CarbonspaceError):
            read_plan(folder)
        for one in datasets(path):
            assert one.kind != "unreadable" or one.findings
        assert _listing(folder) - {"plan.toml"} == before, "something was left behind"


def feed_plan(data: bytes) -> None:
    """Let `data` be a plan.toml."""
    with _folder() as folder:
        (folder / "plan.toml").write_bytes(data)
        with suppress(CarbonspaceError):
            read_plan(folder)


def feed_value(data: bytes) -> None:
    """Let `data` be text in a column of numbers."""
    text = data.decode("utf-8", "surrogateescape")
    found = said(plainly(text))
    if found is not None and found.low is not None and found.high is not None:
        assert found.low <= found.high
    for name in ("far_max", "density_min", "area"):
        column = LAYERS["parcels"].column(name)
        assert column is not None
        numbers = read_numbers(pd.Series([text, "1.5", None], dtype=object), column)
        assert np.isfinite(numbers.found.dropna()).all()


def by_name() -> Mapping[str, Callable[[bytes], None]]:
    """Return every function to be fuzzed, by a name of its own."""
    readers = {one.name: lambda data, one=one: feed(one, data) for one in TARGETS}
    return {**readers, "plan.toml": feed_plan, "values": feed_value}


def seeds() -> Mapping[str, bytes]:
    """Return a sound example for each name."""
    found = {one.name: one.seed() for one in TARGETS}
    plan = (
        HEAD
        + PARCELS.format("a.gpkg")
        + '[derive]\nunits = "parcels"\n[parameters.all]\nradius=1\n'
    )
    return {**found, "plan.toml": plan.encode(), "values": "1.0＜FAR≤2.5".encode()}


def placed(path: Path, data: bytes) -> None:
    """Write a file; a shapefile's parts are its bytes in turn, each behind its length."""
    if path.suffix != ".shp":
        path.write_bytes(data)
        return
    for suffix in _SHAPEFILE_PARTS:
        size = int.from_bytes(data[:4], "big")
        path.with_suffix(suffix).write_bytes(data[4 : 4 + size])
        data = data[4 + size :]


def _listing(folder: Path) -> set[str]:
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*")}


@contextmanager
def _folder() -> Iterator[Path]:
    shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=shared) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield Path(folder)


def _parcels() -> gpd.GeoDataFrame:
    columns = {"编号": ["甲-1", "乙-2"], "YDDM": ["0701", "1401"]}
    squares = [shapely.box(100 * n, 0, 100 * n + 100, 100) for n in range(2)]
    return gpd.GeoDataFrame(columns, geometry=squares, crs="EPSG:4547")


def _vector(suffix: str, driver: str) -> Callable[[], bytes]:
    def seed() -> bytes:
        with _folder() as folder:
            path = folder / f"a{suffix}"
            frame = _parcels().to_crs(4326) if driver == "KML" else _parcels()
            options = {"GEOMETRY": "AS_WKT"} if driver == "CSV" else {}
            pyogrio.write_dataframe(frame, path, driver=driver, layer="a", encoding="UTF-8",
                                    layer_options=options)  # fmt: skip
            if suffix != ".shp":
                return path.read_bytes()
            parts = [path.with_suffix(s).read_bytes() for s in _SHAPEFILE_PARTS]
            return b"".join(len(part).to_bytes(4, "big") + part for part in parts)

    return seed


def _parquet() -> bytes:
    file = BytesIO()
    _parcels().to_parquet(file)
    return file.getvalue()


def _zip(files: Mapping[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def _osm() -> bytes:
    nodes = "".join(f'<node id="{n}" version="1" lat="{y}" lon="{x}"/>'
                    for n, (x, y) in enumerate([(9, 0), (9.01, 0), (9.01, 0.01)], 1))  # fmt: skip
    ring = "".join(f'<nd ref="{n}"/>' for n in (1, 2, 3, 1))
    way = '<way id="{}" version="1">{}<tag k="{}" v="{}"/></way>'
    ways = way.format(9, ring, "leisure", "park") + way.format(8, ring, "highway", "primary")
    return f'<osm version="0.6">{nodes}{ways}</osm>'.encode()


def _gtfs() -> bytes:
    return _zip({
        "stops.txt": b"stop_id,stop_name,stop_lat,stop_lon\nA,Alpha,30,114\n",
        "routes.txt": b"route_id,route_short_name,route_type\nR,1,3\n",
        "trips.txt": b"route_id,service_id,trip_id\nR,S,T\n",
        "stop_times.txt": b"trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
                          b"T,08:00:00,08:00:00,A,1\n",
        "calendar.txt": b"service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
                        b"start_date,end_date\nS,1,1,1,1,1,1,1,20240101,20241231\n",
    })  # fmt: skip


def _boundary() -> bytes:
    text = (
        "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=38\n"
        "精度=0.001\n转换参数=,,,,,,\n[地块坐标]\n4,0.0001,甲-1,甲,面,,住宅,,@\n"
        "J1,1,4000000,38500000\nJ2,1,4000000,38500001\nJ3,1,4000001,38500001\n"
        "J1,1,4000000,38500000\n"
    )
    return text.encode("gb18030")


def _raster() -> bytes:
    with _folder() as folder:
        path = folder / "a.tif"
        with rasterio.open(path, "w", driver="GTiff", width=4, height=4, count=1, dtype="float32",
                           crs="EPSG:4547", transform=from_origin(0, 4, 1, 1)) as file:  # fmt: skip
            file.write(np.ones((1, 4, 4), "float32"))
        return path.read_bytes()


TARGETS = (
    Target("a.gpkg", PARCELS, _vector(".gpkg", "GPKG")),
    Target("a.shp", PARCELS, _vector(".shp", "ESRI Shapefile")),
    Target("a.geojson", PARCELS, _vector(".geojson", "GeoJSON")),
    Target("a.fgb", PARCELS, _vector(".fgb", "FlatGeobuf")),
    Target("a.gml", PARCELS, _vector(".gml", "GML")),
    Target("a.kml", PARCELS, _vector(".kml", "KML")),
    Target("a.csv", PARCELS, _vector(".csv", "CSV")),
    Target("a.parquet", PARCELS, _parquet),
    Target("a.zip", PARCELS, lambda: _zip({"甲.geojson": _vector(".geojson", "GeoJSON")()})),
    Target("a.osm", OSM, _osm),
    Target("feed.zip", GTFS, _gtfs),
    Target("a.txt", BOUNDARY, _boundary),
    Target("a.tif", RASTER, _raster),
)
