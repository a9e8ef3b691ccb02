"""Nights over a real PostgreSQL: one moment, one transaction, one night at a time, least rights."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.batch.test_nights import statuses
from tests.batch.town import (
    LAYERS,
    PLAN,
    RULES,
    as_run_says,
    city_of,
    current,
    figures,
    layers,
    night_of,
)
from tests.cli.calls import called

from carbonspace.batch import City, night, series_of, store_of
from carbonspace.batch.migrating import migrations
from carbonspace.batch.retry import Tries
from carbonspace.errors import InputError, ServiceError, SourceError
from carbonspace.sources import postgis, read_plan
from carbonspace.sources.database import srids_of

pytestmark = pytest.mark.postgis
Execute = Callable[..., None]
ROOT = Path(__file__).parents[2]
GROW = """UPDATE parcels SET geom = ST_MakeEnvelope(ST_XMin(geom), ST_YMin(geom), ST_XMax(geom),
ST_YMin(geom) + {height}, 4547) WHERE parcel_id = 'far1'"""
KEYS = {"units": "unit_id", "parcels": "parcel_id", "parks": "park_id"}


def load(dsn: str, schema: str = "public") -> None:
    """Put the town into tables."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}".encode())
        for key, layer in layers().items():
            table = f"{schema}.{key}"
            connection.execute(f"CREATE TABLE {table} ({KEYS[key]} text, land_use text, "
                               "geom geometry(Polygon, 4547))".encode())  # fmt: skip
            for row in layer.itertuples():
                connection.execute(
                    f"INSERT INTO {table} VALUES (%s, %s, ST_GeomFromText(%s, 4547))".encode(),
                    [getattr(row, KEYS[key]), getattr(row, "land_use", None), row.geometry.wkt],
                )


def plan_of(folder: Path, dsn: str, schema: str = "public") -> Path:
    """Write a plan of the tables and the rules beside it."""
    named = dict.fromkeys(LAYERS, dsn) | {
        f"of_{key}": f'layer = "{schema}.{key}"' for key in LAYERS
    }
    (folder / "ours.toml").write_text(RULES, "utf-8")
    (folder / "plan.toml").write_text(PLAN.format(**named), "utf-8")
    return folder / "plan.toml"


@pytest.fixture
def town(city: str, tmp_path: Path) -> City:
    """The town in tables, its results in a schema of the same database."""
    load(city)
    plan_of(tmp_path, city)
    return city_of(tmp_path, results=city)


@pytest.fixture
def ask(city: str) -> Iterator[Callable[..., list[tuple[object, ...]]]]:
    """Return a function that asks the database."""
    with psycopg.connect(city, autocommit=True) as connection:
        yield lambda text, *values: connection.execute(text.encode(), values).fetchall()


Ask = Callable[..., list[tuple[object, ...]]]


def test_layers_are_of_one_moment(
    town: City, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parcel and a park are edited after the units were read: neither edit is seen."""
    done = list[object]()

    def edited_after(*given: object) -> list[int]:
        found = srids_of(*given)  # type: ignore[arg-type]
        if not done:
            execute(GROW.format(height=500), "DELETE FROM parks")
        done.append(given)
        return found

    monkeypatch.setattr(postgis, "srids_of", edited_after)
    plan = read_plan(town.plan)
    assert len(done) == 3
    assert set(plan.layers["parcels"].area) == {10_000}
    assert len(plan.layers["parks"]) == 3
    with pytest.raises(Exception, match="parks"):
        read_plan(town.plan)


def test_nights(town: City, execute: Execute) -> None:
    assert night_of(town).message["first"]
    pd.testing.assert_frame_equal(figures(current(town)), as_run_says(town), check_dtype=False)
    assert night_of(town, 2).status == "unchanged"
    before = as_run_says(town)
    execute(GROW.format(height=500))
    message = night_of(town, 3).message
    after = as_run_says(town)
    moved = before[before["value"] != after["value"]]
    told = [(one["level"], one["unit"], one["indicator"]) for one in message["values"]["listed"]]
    assert sorted(told) == [
        *moved[["level", "unit_id", "indicator"]].itertuples(index=False, name=None)
    ]
    assert {one[1] for one in told} == {"U1", "city"}
    assert [one["layer"] for one in message["inputs"]] == ["parcels"]
    assert message["units"] == {"appeared": [], "vanished": [], "reshaped": []}
    assert message["rows"] == {"closed": len(moved), "added": len(moved)}
    pd.testing.assert_frame_equal(figures(current(town)), after, check_dtype=False)
    with store_of(town) as store:
        (series,) = series_of(store, "Town", "U1", "park_coverage")
    assert series.nightly == [50.0, 50.0, pytest.approx(100 / 6)]
    assert statuses(town) == ["done", "unchanged", "done"]


def test_what_maps_open(town: City, ask: Ask, execute: Execute) -> None:
    """A view of an indicator has a row per unit, the verdict of tonight, and a known SRID."""
    night_of(town)
    execute(GROW.format(height=500))
    night_of(town, 2)
    rows = ask("SELECT unit_id, round(value), status, ST_Area(geometry), count(*) OVER () "
               "FROM carbonspace.map_park_coverage ORDER BY unit_id")  # fmt: skip
    assert rows == [("U0", 50, "not_met", 3e6, 3), ("U1", 17, "not_met", 3e6, 3),
                    ("U2", 50, "not_met", 3e6, 3)]  # fmt: skip
    assert ask("SELECT type, srid FROM geometry_columns WHERE f_table_name = 'map_land_area'") == [
        ("MULTIPOLYGON", 4547)
    ]
    (made,) = ask("SELECT 'carbonspace.map_land_area'::regclass::oid")
    night_of(town, 3, full=True)
    assert ask("SELECT 'carbonspace.map_land_area'::regclass::oid") == [made]


@pytest.mark.parametrize(("fault", "told"), [
    ("ALTER TABLE parcels RENAME COLUMN land_use TO other", "land_use"),
    ("ALTER TABLE parcels ALTER geom TYPE geometry USING ST_Centroid(geom)", "kind"),
    ("DROP TABLE parcels", "parcels"),
])  # fmt: skip
def test_a_source_that_is_another_overnight(
    town: City, execute: Execute, ask: Ask, fault: str, told: str
) -> None:
    """What was kept stays, why is recorded, and the night after all is well again goes on."""
    night_of(town)
    held = current(town)
    execute("CREATE TABLE saved AS SELECT * FROM parcels", fault)
    with pytest.raises(InputError, match=told):
        night_of(town, 2)
    pd.testing.assert_frame_equal(current(town), held)
    execute("DROP TABLE IF EXISTS parcels", "ALTER TABLE saved RENAME TO parcels")
    assert night_of(town, 3).status == "unchanged"
    assert statuses(town) == ["done", "failed", "unchanged"]
    ((why,),) = ask("SELECT error FROM carbonspace.run WHERE status = 'failed'")
    assert told in str(why)


def test_a_poisoned_geometry_is_a_finding(town: City, execute: Execute) -> None:
    night_of(town)
    execute("""UPDATE parcels SET geom = 'SRID=4547;POLYGON((500000 4000000, 500099 4000099,
            500099 4000000, 500000 4000099, 500000 4000000))' WHERE parcel_id = 'near0'""",
            "UPDATE parcels SET geom = 'SRID=4547;POLYGON EMPTY' WHERE parcel_id = 'near1'"
            )  # fmt: skip
    message = night_of(town, 2).message
    kinds = message["findings"]["new"]["listed"]
    found = {each["feature"] for one in kinds for each in one["examples"]}
    assert {"near0", "near1"} <= found
    pd.testing.assert_frame_equal(figures(current(town)), as_run_says(town), check_dtype=False)


def test_cities_side_by_side_in_one_schema(town: City) -> None:
    """Their first nights make schema, tables and views at the same time."""
    both = [city_of(town.plan.parent, results=town.results, name=name) for name in ("A", "B")]
    ended = list[str]()
    threads = [threading.Thread(target=lambda one=one: ended.append(night(one).status))
               for one in both]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert ended == ["done", "done"]


def test_what_is_kept_of_a_run(town: City, ask: Ask) -> None:
    night_of(town)
    ((inputs, ledger, timings, request),) = ask(
        "SELECT (SELECT count(*) FROM carbonspace.input WHERE run = r.id), "
        "jsonb_array_length(ledger), timings ? 'reading', length(request) FROM carbonspace.run r"
    )
    assert (inputs, timings, request) == (3, True, 64)
    assert isinstance(ledger, int)
    assert ledger > 0


def test_hostile_names(city: str, tmp_path: Path, execute: Execute, ask: Ask) -> None:
    """Names of schema, table, column, city and unit that would end a statement are only names."""
    table, column = '"par""cels; DROP TABLE ""units"', '"co\'l""umn);--"'
    load(city)
    execute(f"ALTER TABLE parcels RENAME TO {table}",
            f"ALTER TABLE {table} RENAME COLUMN land_use TO {column}",
            "UPDATE units SET unit_id = '''); DROP TABLE run;--' WHERE unit_id = 'U1'")  # fmt: skip
    plan_of(tmp_path, city)
    plan = tmp_path / "plan.toml"
    text = plan.read_text("utf-8").replace(
        'layer = "public.parcels"',
        "layer = '''public.par\"cels; DROP TABLE \"units'''\n"
        "fields = { land_use = '''co'l\"umn);--''' }",
    )
    plan.write_text(text, "utf-8")
    hostile = city_of(tmp_path, results=city, schema='x"; DROP SCHEMA public;--', name="'; DROP--")
    assert night_of(hostile).status == "done"
    execute("UPDATE units SET geom = ST_Translate(geom, 0, 1) WHERE unit_id LIKE '%DROP%'")
    assert night_of(hostile, 2).message["units"]["reshaped"] == ["'); DROP TABLE run;--"]
    assert ask('SELECT count(*) FROM "x""; DROP SCHEMA public;--".map_park_coverage') == [(3,)]
    with store_of(hostile) as store:
        assert series_of(store, "'; DROP--", "'); DROP TABLE run;--", "park_coverage")


def test_a_second_night_is_refused(town: City) -> None:
    with store_of(town) as store, store.locked("Town"):
        with pytest.raises(ServiceError, match="under way"):
            night(town)
        other = city_of(town.plan.parent, results=town.results, name="Other")
        assert night_of(other).status == "done"
    assert night_of(town).status == "done"


@pytest.mark.parametrize("how", ["killed", "terminated"])
def test_ended_in_the_middle_of_keeping(
    town: City, city: str, ask: Ask, execute: Execute, how: str
) -> None:
    """A lock of ours holds the night within its transaction; then its process, or its session."""
    night_of(town)
    held = current(town)
    execute(GROW.format(height=500))
    with psycopg.connect(city) as blocker:
        blocker.execute("LOCK TABLE carbonspace.finding IN EXCLUSIVE MODE")
        if how == "killed":
            _killed_when_waiting(town, ask)
        else:
            _terminated_when_waiting(town, ask)
    pd.testing.assert_frame_equal(current(town), held)
    assert night_of(town, 3).status == "done"
    assert statuses(town) == ["done", "lost", "done"]
    pd.testing.assert_frame_equal(figures(current(town)), as_run_says(town), check_dtype=False)


def _waiting(ask: Ask) -> int:
    """Return the server process of the night, once it waits for our lock within its transaction."""
    for _ in range(3000):
        found = ask("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                    "AND datname = current_database()")  # fmt: skip
        if found:
            return int(str(found[0][0]))
        time.sleep(0.02)
    raise TimeoutError


def _killed_when_waiting(town: City, ask: Ask) -> None:
    from tests.batch.test_nights import started

    process = started(town.plan.parent, town.results)
    _waiting(ask)
    process.kill()
    process.wait()
    for _ in range(3000):
        if not ask("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"):
            return
        ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND datname = current_database()")  # fmt: skip
        time.sleep(0.02)
    raise TimeoutError


def _terminated_when_waiting(town: City, ask: Ask) -> None:
    raised = list[ServiceError]()

    def work() -> None:
        try:
            night_of(replace(town, tries=Tries(1)), 2)
        except ServiceError as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    ask("SELECT pg_terminate_backend(%s)", _waiting(ask))
    thread.join(60)
    (error,) = raised
    assert error.exit_code == 4


@pytest.mark.parametrize("version", range(len(migrations())))
def test_from_every_earlier_version(
    town: City, execute: Execute, ask: Ask, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    """Rows of an earlier form are still there, and the tables are those of a new history."""
    with monkeypatch.context() as patch:
        earlier = migrations()[:version]
        patch.setattr("carbonspace.batch.postgis_store.migrations", lambda: earlier)
        with store_of(town) as store:
            if earlier:
                store.sql.migrated()
                store.begin("Before", pd.Timestamp("2026-01-01", tz="UTC").to_pydatetime())
    assert night_of(town).status == "done"
    with store_of(city_of(town.plan.parent, results=town.results, schema="new")) as store:
        store.sql.migrated()
    told = ("SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = %s AND table_name NOT LIKE 'map\\_%%' ORDER BY 1, 2")  # fmt: skip
    assert ask(told, "carbonspace") == ask(told, "new")
    assert len(ask("SELECT 1 FROM carbonspace.run WHERE city = 'Before'")) == bool(version)


def test_a_newer_history_is_refused(town: City, execute: Execute) -> None:
    night_of(town)
    execute("INSERT INTO carbonspace.migration VALUES (9999)")
    with pytest.raises(SourceError, match="newer"):
        night_of(town, 2)
    assert statuses(town) == ["done"]


def test_a_database_without_postgis_is_refused(town: City, server: str) -> None:
    with pytest.raises(SourceError, match="CREATE EXTENSION postgis"):
        night_of(city_of(town.plan.parent, results=f"{server}/postgres"))


def test_the_least_rights_of_the_how_to(
    city: str, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its SQL, word for word: the reader cannot write, the writer cannot touch the sources."""
    load(city, "planning")
    page = (ROOT / "docs/how-to/nightly.md").read_text("utf-8")
    source, results = re.findall(r"^```sql\n(.*?)^```", page, re.S | re.M)[:2]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE results TEMPLATE gis")
    try:
        _run(city, "CREATE ROLE planner")
        _run(city, source)
        _run(f"{server}/results", results)
        reader = _as(city, "carbonspace_reader")
        plan_of(tmp_path, reader, "planning")
        writer = _as(f"{server}/results", "carbonspace_writer")
        found = night_of(city_of(tmp_path, results=writer))
        held = current(city_of(tmp_path, results=writer))
        assert found.status == "done"
        with (
            psycopg.connect(reader) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("DELETE FROM planning.parcels")
        with (
            psycopg.connect(_as(city, "carbonspace_writer")) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SELECT 1 FROM planning.parcels")
        with psycopg.connect(_as(f"{server}/results", "carbonspace_viewer")) as connection:
            count = connection.execute("SELECT count(*) FROM carbonspace.map_park_coverage")
            assert count.fetchone() == (3,)
        _run(city, "REVOKE SELECT ON planning.parcels FROM carbonspace_reader")
        with pytest.raises(InputError, match="parcels"):
            night_of(city_of(tmp_path, results=writer), 2)
        pd.testing.assert_frame_equal(current(city_of(tmp_path, results=writer)), held)
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE results WITH (FORCE)")
        _run(city, "DROP OWNED BY carbonspace_reader; DROP OWNED BY carbonspace_writer; "
             "DROP OWNED BY carbonspace_viewer; DROP ROLE carbonspace_reader; "
             "DROP ROLE carbonspace_writer; DROP ROLE carbonspace_viewer; "
             "DROP OWNED BY planner; DROP ROLE planner")  # fmt: skip


def _run(dsn: str, text: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(text.encode())


def _as(dsn: str, user: str) -> str:
    parts = conninfo_to_dict(dsn)
    return make_conninfo(**{**parts, "user": user})  # type: ignore[arg-type]


def test_no_secret_is_told(
    town: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    ask: Ask,
) -> None:  # fmt: skip
    """A password of the environment is in no message, no file, no row; nor of what fails."""
    monkeypatch.setenv("PGPASSWORD", "S3cret")
    text = ('[[city]]\nname = "Town"\nplan = "plan.toml"\nresults = "{}"\nfolder = "out"\n'
            'profiles = ["ours.toml"]\nindicators = ["park_coverage"]\n'
            'message = ["text", "html", "json"]\ntries = 1\n')  # fmt: skip
    file = tmp_path / "city.toml"
    file.write_text(text.format(town.results), "utf-8")
    assert called("batch", file) == 0
    assert called("batch", file, "--json", "--full") == 0
    file.write_text(text.format("host=127.0.0.1 port=1 dbname=city"), "utf-8")
    assert called("batch", file, "--lang", "en") == 4
    said = capsys.readouterr()
    assert "port=1" in said.err
    files = [one.read_bytes().decode("utf-8", "replace") for one in tmp_path.rglob("*")
             if one.is_file()]  # fmt: skip
    kept = [str(ask(f"SELECT t::text FROM carbonspace.{table} t"))
            for table in ("run", "verdict", "finding", "input")]  # fmt: skip
    assert len(files) >= 6
    assert "S3cret" not in "".join([said.out, said.err, *files, *kept])


def test_the_database_is_dumped_and_there_again(town: City, city: str, tmp_path: Path) -> None:
    """What is kept is plain tables: a dump of the schema restores it."""
    night_of(town)
    held = current(town)
    found = subprocess.run(["pg_dump", "-n", "carbonspace", city], check=True, capture_output=True)
    _run(city, "DROP SCHEMA carbonspace CASCADE")
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", city], input=found.stdout, check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    pd.testing.assert_frame_equal(current(town), held)
    assert night_of(town, 2).status == "unchanged"
