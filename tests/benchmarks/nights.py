"""What nights over a database cost: `python -m tests.benchmarks.nights --size M`.

Starts a PostgreSQL, loads the city into it, and holds nights against each other: each a process of
its own from its start to its end, with what the server works for it. Ratios are of CPU seconds.
Needs postgresql-15-postgis-3; writes docs/benchmarks/<size>-nights.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pyogrio
import shapely
from tests.benchmarks import ours
from tests.benchmarks.city import LAYERS, made_city
from tests.benchmarks.measure import ROOT
from tests.benchmarks.row import Row
from tests.postgis.cluster import Cluster, running_cluster

from carbonspace.batch import City, sql_of_changes
from carbonspace.cli import main as carbonspace
from carbonspace.model.layers import LAYERS as CANONICAL
from carbonspace.sources.watched import Watch

_SRID = 4547
_TICKS = os.sysconf("SC_CLK_TCK")
_TYPES = {"object": "text", "str": "text", "float64": "double precision", "bool": "boolean",
          "int64": "bigint", "int32": "integer"}  # fmt: skip
_PEAK_MB = {"S": 1000.0, "M": 1000.0, "L": 4000.0}
_CITY = """[[city]]
name = "{name}"
plan = "{plan}"
results = "{results}"
schema = "{name}"
indicators = {indicators}
{more}
"""
_ONE = """UPDATE parcels SET geom = ST_Scale(geom, ST_MakePoint(0.9, 0.9), ST_Centroid(geom))
WHERE parcel_id = (SELECT parcel_id FROM parcels, (SELECT ST_Centroid(ST_Extent(geom)) AS middle
FROM units) AS city WHERE ST_IsValid(geom) ORDER BY geom <-> ST_SetSRID(middle, 4547) LIMIT 1)"""
_MANY = """UPDATE parcels SET geom = ST_Scale(geom, ST_MakePoint(0.9, 0.9), ST_Centroid(geom))
WHERE parcel_id IN (SELECT parcel_id FROM parcels WHERE ST_IsValid(geom)
ORDER BY md5(parcel_id) LIMIT 100)"""

_EDITED = (("1 parcel edited", 3.0, _ONE), ("100 scattered edits", 15.0, _MANY))
_WAYS = {"versions": '"versions"', "triggers": '"triggers"', "column": '{ column = "edited" }'}


class Cost(NamedTuple):
    """CPU seconds of a night, in its own process and in those of the server, and its peak."""

    own: float
    server: float
    peak_mb: float
    status: str

    @property
    def cpu(self) -> float:
        """CPU seconds of both."""
        return self.own + self.server


class Nights:
    """Nights of one city in one server."""

    def __init__(self, cluster: Cluster, city: Path, folder: Path) -> None:
        self._cluster, self._city, self._folder = cluster, city, folder
        self.source = f"{cluster.start_of_dsn}/gis"
        plan = ours.read(city / "plan.toml")
        self._indicators = json.dumps(ours.with_sun(plan))
        self.costs = dict[str, Cost]()

    def plan(self) -> Path:
        """Write the plan of the city as it is in the database."""
        text = (self._city / "plan.toml").read_text("utf-8")
        file = self._folder / "plan.toml"
        file.write_text(text.replace('"city.gpkg"', f'"{self.source}"'), "utf-8")
        return file

    def night(self, called: str, name: str, plan: Path, more: str = "") -> Cost:
        """Compute a night, and return what it cost."""
        file, facts = self._folder / "city.toml", self._folder / "facts.json"
        file.write_text(_CITY.format(name=name, plan=plan, results=self.source, more=more,
                                     indicators=self._indicators), "utf-8")  # fmt: skip
        before = self._worked()
        command = [sys.executable, "-m", "tests.benchmarks.nights", "--child"]
        subprocess.run([*command, str(facts), str(file)], check=True, cwd=ROOT, env=_settings())
        found = json.loads(facts.read_text("utf-8"))
        cost = Cost(found["cpu"], self._worked() - before, found["peak_mb"], found["status"])
        self.costs[called] = cost
        sys.stderr.write(f"{called}: {cost}\n")
        return cost

    def triggers(self, plan: Path) -> str:
        """Return the SQL that has changes of all layers logged."""
        (sql,) = sql_of_changes(City("", plan, "", watch=Watch("triggers"))).values()
        return sql

    def run(self, *statements: str) -> None:
        """Run statements in the database."""
        with psycopg.connect(self.source, autocommit=True) as connection:
            for one in statements:
                connection.execute(one.encode())

    def _worked(self) -> float:
        """Return the CPU seconds of the server and of all its processes, those that ended, too."""
        head, *children = self._cluster.pids()
        return _seconds(head, 4) + sum(_seconds(one, 2) for one in children)


def _seconds(pid: int, fields: int) -> float:
    """Return user and system seconds of a process, with four fields also of ended children."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return 0.0
    return sum(map(int, stat.rpartition(")")[2].split()[11 : 11 + fields])) / _TICKS


def _settings() -> dict[str, str]:
    paths = [str(ROOT / "src"), str(ROOT)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1"}  # fmt: skip


def load(dsn: str, file: Path) -> None:
    """Put the layers of a city into tables, each row with a time of its last edit."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for layer in LAYERS:
            frame = pyogrio.read_dataframe(file, layer=layer)
            names = [str(name) for name in frame.columns if name != "geometry"]
            kinds = [f'"{n}" {_TYPES[str(frame[n].dtype)]}' for n in names]
            connection.execute(
                f"CREATE TABLE {layer} ({', '.join(kinds)}, geom geometry(Geometry, {_SRID}), "
                "row bigint GENERATED ALWAYS AS IDENTITY)".encode()
            )  # fmt: skip
            shapes = shapely.to_wkb(shapely.set_srid(frame.geometry.to_numpy(), _SRID), hex=True,
                                    include_srid=True)  # fmt: skip
            table = frame[names].astype(object).where(frame[names].notna(), None)
            columns = ", ".join([*(f'"{n}"' for n in names), "geom"])
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {layer} ({columns}) FROM STDIN".encode()) as copy,
            ):
                for row, shape in zip(table.itertuples(index=False), shapes, strict=True):
                    copy.write_row((*row, shape))
            connection.execute(
                f"ALTER TABLE {layer} ADD edited timestamptz; UPDATE {layer} SET edited = "
                f"timestamptz '2020-01-01' + row * interval '37 seconds'; "
                f"CREATE INDEX ON {layer} ({CANONICAL[layer].id}); "
                f"CREATE INDEX ON {layer} USING gist (geom)".encode()
            )  # fmt: skip
            connection.execute(f"VACUUM (FULL, ANALYZE) {layer}".encode())


def rows(nights: Nights, city: Path, size: str) -> Iterator[Row]:
    """Yield what must be reached, and what was."""
    plan = nights.plan()
    files = nights.night("full, GeoPackage", "files", city / "plan.toml")
    full = nights.night("full, database", "tables", plan)
    yield _ratio("full night from the database against GeoPackage", 1.5, full, files, "×")
    rows = nights.night("unchanged, rows", "tables", plan)
    yield _share("nothing changed, rows", 8.0, rows, full)
    nights.run(nights.triggers(plan))
    for name, said in _WAYS.items():
        for called in (f"first by {name}", f"unchanged, {name}"):
            cost = nights.night(called, "tables", plan, f"changes = {said}")
        yield _share(f"nothing changed, {name}", 1.0, cost, full)
    for called, most, edit in _EDITED:
        nights.run(edit)
        cost = nights.night(called, "tables", plan, f"changes = {_WAYS['column']}")
        yield _share(called, most, cost, full, "done")
    peak = max(one.peak_mb for one in nights.costs.values())
    yield Row("peak memory of a night", _PEAK_MB[size], peak, "MB", False, "")


def rows_by_tiles(nights: Nights, city: Path, size: str, features: int) -> Iterator[Row]:
    """Yield the same of nights by tiles of about so many features; `changes` are a column."""
    plan, more = nights.plan(), f"tile_features = {features}\nchanges = {_WAYS['column']}"
    files = nights.night("full, GeoPackage", "files", city / "plan.toml")
    full = nights.night("full, by tiles", "tiles", plan, more)
    yield _ratio("full night by tiles against GeoPackage", 1.5, full, files, "×")
    cost = nights.night("unchanged, by tiles", "tiles", plan, more)
    yield _share("nothing changed, by tiles", 1.0, cost, full)
    for called, most, edit in _EDITED:
        nights.run(edit)
        cost = nights.night(f"{called}, by tiles", "tiles", plan, more)
        yield _share(f"{called}, by tiles", most, cost, full, "done")
    peak = max(one.peak_mb for name, one in nights.costs.items() if "tiles" in name)
    yield Row("peak memory of a night by tiles", _PEAK_MB[size], peak, "MB", False, "")


def _ratio(what: str, target: float, one: Cost, other: Cost, unit: str) -> Row:
    note = f"{one.cpu:.4g} and {other.cpu:.4g} CPU s"
    return Row(what, target, one.cpu / other.cpu, unit, False, note)


def _share(what: str, target: float, one: Cost, full: Cost, status: str = "unchanged") -> Row:
    note = f"{one.own:.3g} CPU s and {one.server:.3g} in the server"
    note += "" if one.status == status else f"; ENDED {one.status}"
    return Row(what, target, 100 * one.cpu / full.cpu, "% of a full night", False, note)


def _child(facts: Path, file: str) -> None:
    """Compute the night of a city.toml, as the command does, and write down what it cost."""
    import io
    import time
    from contextlib import redirect_stdout

    from tests.benchmarks.child import peak_mb

    said = io.StringIO()
    try:
        with redirect_stdout(said):
            carbonspace(["batch", file, "--json"])
    except SystemExit as stop:
        if stop.code:
            raise
    (night,) = json.loads(said.getvalue())["cities"]
    facts.write_text(json.dumps({"cpu": time.process_time(), "peak_mb": peak_mb(),
                                 "status": night["status"]}), "utf-8")  # fmt: skip


def main() -> None:
    """Measure the nights of one size and write what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.nights", description=__doc__)
    parser.add_argument("--size", choices=[*_PEAK_MB], default="M")
    parser.add_argument("--cities", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks")
    parser.add_argument("--tile-features", type=int, help="nights by tiles of so many features")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        return _child(Path(asked.child[0]), asked.child[1])
    city = asked.cities / asked.size
    if not (city / "plan.toml").exists():
        made_city(asked.size, city)
    with running_cluster() as cluster, tempfile.TemporaryDirectory(prefix="nights-") as folder:
        nights = Nights(cluster, city, Path(folder))
        load(nights.source, city / "city.gpkg")
        few = asked.tile_features
        found = [*(rows_by_tiles(nights, city, asked.size, few) if few
                   else rows(nights, city, asked.size))]  # fmt: skip
    told = {"rows": [{**one._asdict(), "met": one.met} for one in found],
            "costs": {name: one._asdict() for name, one in nights.costs.items()}}  # fmt: skip
    kind = "nights-by-tiles" if asked.tile_features else "nights"
    _write(asked.out / f"{asked.size}-{kind}.json", {"size": asked.size, **told})
    return None


def _write(file: Path, told: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for one in told["rows"]:
        mark = "✓" if one["met"] else "✗"
        sys.stdout.write(f"{mark} {one['what']}: {one['reached']:.3g} {one['unit']}, at most "
                         f"{one['target']:g} ({one['note']})\n")  # fmt: skip


if __name__ == "__main__":
    main()
