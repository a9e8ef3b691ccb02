"""SQL engines as rivals and oracles: DuckDB spatial and SedonaDB, for the steps they can express.

Each engine first loads the repaired layers into memory; a step is timed from its query to its
result.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

TABLES = ("units", "parcels", "buildings", "roads", "parks")
ENGINES = ("DuckDB", "SedonaDB")
Query = Callable[[str], pd.DataFrame]

_PARCELS = """
select u.unit_id as id, sum(st_area(st_intersection(p.geometry, u.geometry))) as amount
from parcels p join units u on st_intersects(p.geometry, u.geometry) group by u.unit_id
"""
_BUILDINGS = """
select id, sum(floor * area / whole) as amount
from (select p.parcel_id as id, b.floor, st_area(b.geometry) as whole,
             st_area(st_intersection(b.geometry, p.geometry)) as area
      from buildings b join parcels p on st_intersects(b.geometry, p.geometry)) pieces
where area > 1e-4 group by id
"""
_ROADS = """
with bands as (select unit_id, st_buffer(st_boundary(geometry), 0.01) as geometry from units),
shared as (select r.road_id, b.unit_id from roads r join bands b
           on st_covers(b.geometry, r.geometry)),
owners as (select road_id, count(*) as n from shared group by road_id),
pieces as (
  select s.unit_id, st_length(r.geometry) / o.n as metres
  from shared s join owners o on s.road_id = o.road_id join roads r on s.road_id = r.road_id
  union all
  select u.unit_id, st_length(st_intersection(r.geometry, u.geometry)) as metres
  from (select r.road_id, r.geometry from roads r left join owners o on r.road_id = o.road_id
        where o.road_id is null) r
  join units u on st_intersects(r.geometry, u.geometry)
)
select unit_id as id, sum(metres) as amount from pieces group by unit_id
"""
_PARKS = """
with homes as (
  select u.unit_id, p.parcel_id, st_intersection(p.geometry, u.geometry) as geometry
  from parcels p join units u on st_intersects(p.geometry, u.geometry) where p.home
),
reach as (select st_buffer(geometry, 500.0, {segments}) as geometry from parks),
near as (
  select h.unit_id, h.parcel_id, st_union_agg(r.geometry) as within
  from homes h join reach r on st_intersects(h.geometry, r.geometry)
  group by h.unit_id, h.parcel_id
)
select n.unit_id as id, sum(st_area(st_intersection(h.geometry, n.within))) as amount
from near n join homes h on n.unit_id = h.unit_id and n.parcel_id = h.parcel_id
group by n.unit_id
"""
STEPS: Mapping[str, str] = {
    "park coverage": _PARKS, "parcels to units": _PARCELS, "buildings to parcels": _BUILDINGS,
    "roads": _ROADS,
}  # fmt: skip
_SEGMENTS = {"DuckDB": "64", "SedonaDB": "'quad_segs=64'"}


def lacking(engine: str) -> str | None:
    """Return why an engine cannot be used here; None where it can."""
    try:
        _connected(engine, 1)
    except Exception as error:  # noqa: BLE001  what an engine lacks it says in its own way
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return None


def answer(engine: str, folder: Path, step: str, *, threads: int = 2) -> pd.Series:
    """Return what a step gives by id."""
    return query_of(engine, folder, step, threads=threads)()


def query_of(engine: str, folder: Path, step: str, *, threads: int = 2) -> Callable[[], pd.Series]:
    """Return the query of a step on layers that are loaded, ready to be timed."""
    query = _loaded(engine, folder, threads)
    text = STEPS[step].format(segments=_SEGMENTS[engine])
    return lambda: query(text).set_index("id")["amount"].astype(float)


def _loaded(engine: str, folder: Path, threads: int) -> Query:
    connection = _connected(engine, threads)
    for key in TABLES:
        path = str(folder / f"{key}.parquet")
        if engine == "DuckDB":
            connection.execute(f"create table {key} as select * from read_parquet('{path}')")
        else:
            connection.read_parquet(path).to_memtable().to_view(key)
    if engine == "DuckDB":
        return lambda text: connection.execute(text).df()
    return lambda text: connection.sql(text).to_pandas()


def _connected(engine: str, threads: int) -> Any:
    if engine == "SedonaDB":
        return importlib.import_module("sedonadb").connect()
    duckdb: Any = importlib.import_module("duckdb")
    importlib.import_module("duckdb_extensions").import_extension("spatial")
    connection = duckdb.connect(config={"threads": threads})
    connection.execute("load spatial")
    return connection
