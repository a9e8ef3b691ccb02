"""How tables are watched for changes: nothing is missed, nothing is computed for nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
from tests.batch.town import as_run_says, city_of, current, figures, night_of
from tests.cli.calls import called
from tests.postgis.test_batch import GROW, load, plan_of

from carbonspace.batch import City, sql_of_changes
from carbonspace.errors import InputError
from carbonspace.sources import tables_now
from carbonspace.sources.table_digest import digest_of_rows
from carbonspace.sources.watched import Watch

pytestmark = pytest.mark.postgis
Execute = Callable[..., None]
TABLES = ("units", "parcels", "parks")
COLUMN = Watch("column", "edited")
WAYS = [Watch("rows"), Watch("versions"), COLUMN, Watch("triggers")]
EDITS = {
    "update": GROW.format(height=500),
    "insert": "INSERT INTO parcels SELECT 'new', land_use, ST_Translate(geom, 0, 300) "
              "FROM parcels WHERE parcel_id = 'far1'",
    "delete": "DELETE FROM parcels WHERE parcel_id = 'far1'",
    "move": "UPDATE parcels SET geom = ST_Translate(geom, -3000, 300) WHERE parcel_id = 'far1'",
    "truncate": "TRUNCATE parks; INSERT INTO parks SELECT 'P', NULL, ST_Translate(geom, 900, 0) "
                "FROM parcels WHERE parcel_id = 'far1'",
    "another shape": "ALTER TABLE parcels ALTER geom TYPE geometry(Polygon, 4547) "
                     "USING ST_Envelope(ST_Buffer(geom, 20))",
    "copy": "CREATE TABLE other AS SELECT * FROM parcels WHERE parcel_id = 'far1'; DROP TABLE "
            "parcels; ALTER TABLE other RENAME TO parcels",
}  # fmt: skip


IN_PART = """INSERT INTO part SELECT 'x', '0701', ST_Translate(geom, 0, 300), NULL
FROM parcels WHERE parcel_id = 'far1'"""


@pytest.fixture
def town(city: str, tmp_path: Path, execute: Execute) -> City:
    """The town in tables, with a column that its own triggers keep."""
    load(city)
    execute("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.edited = clock_timestamp(); RETURN NEW; END $$")  # fmt: skip
    for table in TABLES:
        execute(f"ALTER TABLE {table} ADD edited timestamptz DEFAULT clock_timestamp()",
                f"CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW "
                "EXECUTE FUNCTION touch()")  # fmt: skip
    plan_of(tmp_path, city)
    return city_of(tmp_path, results=city)


def watched(town: City, watch: Watch, execute: Execute | None = None) -> City:
    """Return the town as it is watched so, with the triggers it needs."""
    found = city_of(town.plan.parent, results=town.results, watch=watch)
    if watch.way == "triggers" and execute is not None:
        execute(*sql_of_changes(found).values())
    return found


def is_right(town: City) -> None:
    pd.testing.assert_frame_equal(figures(current(town)), as_run_says(town), check_dtype=False)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of tables of which all rows are hashed from now on."""
    found = list[str]()

    def told(connection: Any, table: Any, *given: Any, **more: Any) -> Any:
        if more.get("known") is None:
            found.append(table.table)
        return digest_of_rows(connection, table, *given, **more)

    monkeypatch.setattr(tables_now, "digest_of_rows", told)
    return found


@pytest.mark.parametrize("watch", WAYS, ids=lambda one: one.way)
def test_nothing_changed(
    town: City, execute: Execute, watch: Watch, hashed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables are asked; where something else than rows tells, rows are not even hashed."""
    city = watched(town, watch, execute)
    assert night_of(city).message["unwatched"] == []
    assert sorted(hashed) == sorted(TABLES)
    hashed.clear()
    monkeypatch.setattr("carbonspace.batch.computing.read_as_found", None)
    assert night_of(city, 2).status == "unchanged"
    assert sorted(hashed) == (sorted(TABLES) if watch.way == "rows" else [])


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("watch", WAYS, ids=lambda one: one.way)
def test_every_edit_is_seen(town: City, execute: Execute, watch: Watch, edit: str) -> None:
    city = watched(town, watch, execute)
    night_of(city)
    before = current(city)
    execute(*EDITS[edit].split("; "))
    assert night_of(city, 2).status == "done"
    assert not before.equals(current(city))
    is_right(city)
    assert night_of(city, 3).status == "unchanged"


@pytest.mark.parametrize("watch", WAYS, ids=lambda one: one.way)
def test_what_is_committed_late_is_seen(
    town: City, city: str, execute: Execute, watch: Watch
) -> None:
    """An edit that began before the night and is committed after it is older than others."""
    execute("ALTER TABLE parcels DISABLE TRIGGER touch")
    asked = watched(town, watch, execute)
    with psycopg.connect(city) as late:
        late.execute("UPDATE parcels SET edited = '2020-01-01' WHERE parcel_id = 'near0'")
        late.execute(GROW.format(height=700).replace("SET", "SET edited = '2020-01-01',").encode())
        execute("UPDATE parcels SET edited = now() WHERE parcel_id = 'far0'")
        night_of(asked)
    assert night_of(asked, 2).status == "done"
    is_right(asked)


@pytest.mark.parametrize("watch", WAYS[1:], ids=lambda one: one.way)
def test_what_was_only_touched_is_not_computed(
    town: City, execute: Execute, watch: Watch, hashed: list[str]
) -> None:
    """Rows are hashed once, and known by something else the night after."""
    city = watched(town, watch, execute)
    night_of(city)
    execute("UPDATE parcels SET land_use = land_use", "VACUUM FULL parks")
    hashed.clear()
    assert night_of(city, 2).status == "unchanged"
    assert sorted(hashed) == ["parcels", "parks"]
    assert night_of(city, 3).status == "unchanged"
    assert sorted(hashed) == ["parcels", "parks"]


@pytest.mark.parametrize("watch", WAYS, ids=lambda one: one.way)
def test_columns_belong_to_the_question(town: City, execute: Execute, watch: Watch) -> None:
    """Rights, names and types that are others are never unchanged, whatever rows say."""
    city = watched(town, watch, execute)
    night_of(city)
    execute("ALTER TABLE parcels RENAME land_use TO other")
    with pytest.raises(InputError, match="land_use"):
        night_of(city, 2)
    execute("ALTER TABLE parcels RENAME other TO land_use")
    assert night_of(city, 3).status == "unchanged"
    execute("ALTER TABLE parcels ALTER land_use TYPE varchar(30)")
    assert night_of(city, 4).status == "done"
    execute("ALTER TABLE parcels ALTER geom TYPE geometry(Polygon, 4548) "
            "USING ST_SetSRID(geom, 4548)")  # fmt: skip
    with pytest.raises(InputError, match="does not overlap"):
        night_of(city, 5)


def test_the_way_may_change(town: City, execute: Execute, hashed: list[str]) -> None:
    """What was known by rows is known by versions, a column, triggers: nothing is computed."""
    night_of(town)
    for day, watch in enumerate(WAYS[1:], 2):
        assert night_of(watched(town, watch, execute), day).status == "unchanged"
    hashed.clear()
    assert night_of(watched(town, WAYS[-1]), 6).status == "unchanged"
    assert hashed == []


def test_a_layer_of_its_own_way(town: City, execute: Execute, hashed: list[str]) -> None:
    city = city_of(town.plan.parent, results=town.results, watch=COLUMN,
                   watch_in={"parks": Watch("rows")})  # fmt: skip
    night_of(city)
    hashed.clear()
    assert night_of(city, 2).status == "unchanged"
    assert hashed == ["parks"]


def test_full_hashes_all_rows(town: City, hashed: list[str]) -> None:
    city = watched(town, Watch("versions"))
    night_of(city)
    hashed.clear()
    assert night_of(city, 2, full=True).status == "done"
    assert sorted(hashed) == sorted(TABLES)


@pytest.mark.parametrize(("watch", "spoil", "why"), [
    (COLUMN, "ALTER TABLE parcels RENAME edited TO touched", "no column of changes 'edited'"),
    (COLUMN, "ALTER TABLE parcels ALTER edited TYPE text", "no column of changes 'edited'"),
    (Watch("triggers"), "DROP TRIGGER carbonspace_changes ON parcels", "missing"),
    (Watch("triggers"), "ALTER TABLE parcels DISABLE TRIGGER carbonspace_changes", "switched off"),
    (Watch("triggers"), "ALTER TABLE parcels ENABLE TRIGGER carbonspace_changes", "not whole"),
    (Watch("triggers"), "DROP SCHEMA carbonspace_changes CASCADE", "no carbonspace_changes.log"),
    (Watch("triggers"), "CREATE TABLE part () INHERITS (parcels)", "missing"),
    (Watch("triggers"), "ALTER TABLE parcels RENAME TO p; CREATE VIEW parcels AS SELECT * FROM p",
     "views"),
    (Watch("versions"), "ALTER TABLE parcels RENAME TO p; CREATE VIEW parcels AS SELECT * FROM p",
     "views"),
])  # fmt: skip
def test_what_cannot_be_watched_is_hashed_and_told(
    town: City, execute: Execute, watch: Watch, spoil: str, why: str, hashed: list[str]
) -> None:
    city = watched(town, watch, execute)
    night_of(city)
    hashed.clear()
    execute(*spoil.split("; "))
    for day in (2, 3):
        (told,) = [one for one in night_of(city, day).message["unwatched"]
                   if one["layer"] == "parcels"]  # fmt: skip
        assert (told["layer"], told["place"]) == ("parcels", "public.parcels")
        assert why in told["why"]["en"]
    assert hashed.count("parcels") == 2
    execute("DELETE FROM parcels WHERE parcel_id = 'far1'")
    assert night_of(city, 4).status == "done"
    is_right(city)


@pytest.mark.parametrize("meanwhile", [
    ["ALTER TABLE parcels DISABLE TRIGGER carbonspace_changes", EDITS["update"],
     "ALTER TABLE parcels ENABLE ALWAYS TRIGGER carbonspace_changes"],
    ["SET session_replication_role = replica", EDITS["delete"]],
    ["CREATE TABLE part () INHERITS (parcels)", "SQL", IN_PART],
    [EDITS["delete"], "TRUNCATE carbonspace_changes.log"],
    [EDITS["delete"], "DELETE FROM carbonspace_changes.log"],
])  # fmt: skip
def test_triggers_that_are_got_around(town: City, execute: Execute, meanwhile: list[str]) -> None:
    """Switched off for a while, replication, parts of a table, a log that was emptied."""
    city = watched(town, Watch("triggers"), execute)
    night_of(city)
    statements = [one if one != "SQL" else sql_of_changes(city).popitem()[1] for one in meanwhile]
    execute(*statements)
    assert night_of(city, 2).status == "done"
    is_right(city)


def test_the_log_holds_up_nobody(town: City, city: str, execute: Execute) -> None:
    """Two transactions edit one table, neither waits for the other; statements leave one row."""
    asked = watched(town, Watch("triggers"), execute)
    with psycopg.connect(city) as one, psycopg.connect(city) as other:
        other.execute("SET lock_timeout = '5s'")
        for connection, number in ((one, 0), (other, 1)):
            for table in ("parcels", "parcels", "parks"):
                connection.execute(f"UPDATE {table} SET geom = ST_Translate(geom, 0, 1) "
                                   f"WHERE {table[:-1]}_id LIKE '%{number}'".encode())  # fmt: skip
        one.commit()
        night_of(asked)
        other.commit()
        found = other.execute("SELECT count(*) FROM carbonspace_changes.log").fetchall()
    assert found == [(4,)]
    assert night_of(asked, 2).status == "done"
    is_right(asked)


def test_a_filter_that_looks_elsewhere(town: City, execute: Execute) -> None:
    """No table of the layer changes, yet other rows are selected."""
    execute("CREATE TABLE wanted AS SELECT parcel_id AS id FROM parcels")
    text = town.plan.read_text("utf-8")
    table = 'layer = "public.parcels"\n'
    where = f'{table}where = "parcel_id IN (SELECT id FROM wanted)"\n'
    town.plan.write_text(text.replace(table, where), "utf-8")
    for number, watch in enumerate(WAYS):
        city = watched(town, watch, execute)
        night_of(city, 3 * number + 1)
        execute("DELETE FROM wanted WHERE id = (SELECT max(id) FROM wanted)")
        assert night_of(city, 3 * number + 2).status == "done"
        is_right(city)


CITY = """[[city]]
name = "Town"
plan = "plan.toml"
results = "{results}"
profiles = ["ours.toml"]
indicators = ["park_coverage", "land_area"]
{changes}
"""


def file_of(town: City, changes: str) -> Path:
    file = town.plan.with_name("city.toml")
    file.write_text(CITY.format(results=town.results, changes=changes), "utf-8")
    return file


def test_verified(town: City, execute: Execute, capsys: pytest.CaptureFixture[str]) -> None:
    """A view whose column is not kept: an edit is missed, then told, and computed."""
    execute("ALTER TABLE parcels DISABLE TRIGGER touch", "ALTER TABLE parcels RENAME TO p",
            "CREATE VIEW parcels AS SELECT * FROM p")  # fmt: skip
    file = file_of(town, 'changes = { column = "edited" }\nonly_changes = true')
    assert called("batch", file, "--verify-changes") == 0
    execute(EDITS["update"], "UPDATE p SET land_use = '0702' WHERE parcel_id = 'far2'",
            "UPDATE parks SET park_id = 'other' WHERE park_id = 'P1'")  # fmt: skip
    assert called("batch", file) == 0
    capsys.readouterr()
    assert called("batch", file, "--verify-changes", "--lang", "en") == 6
    said = capsys.readouterr().out
    assert "Parcels: at least 2 rows of public.parcels changed" in said
    is_right(town)
    assert called("batch", file, "--verify-changes", "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)["cities"]
    assert (told["status"], told["message"]["missed"]) == ("unchanged", [])


@pytest.mark.parametrize("watch", WAYS, ids=lambda one: one.way)
def test_verified_and_found_right(town: City, execute: Execute, watch: Watch) -> None:
    city = watched(town, watch, execute)
    night_of(city)
    for day, edit in enumerate(("update", "insert", "truncate"), 2):
        execute(*EDITS[edit].split("; "))
        assert night_of(city, day, check=True).message["missed"] == []
        assert night_of(city, 10 + day, check=True).status == "unchanged"


def test_the_sql_of_triggers(
    town: City, city: str, execute: Execute, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the command prints is installed by psql, names quoted; the reader needs no more."""
    odd = '"par""cels; DROP TABLE ""units"'
    execute(f"ALTER TABLE parcels RENAME TO {odd}", "CREATE ROLE planner LOGIN",
            f"GRANT SELECT ON units, parks, {odd} TO planner",
            "GRANT CREATE ON DATABASE city TO planner")  # fmt: skip
    try:
        text = town.plan.read_text("utf-8").replace("postgres@", "planner@").replace(
            '"public.parcels"', """'''public.par"cels; DROP TABLE "units'''""")  # fmt: skip
        town.plan.write_text(text, "utf-8")
        file = file_of(town, 'changes = "triggers"\nchanges_in = { parks = "rows" }')
        assert called("batch", file, "--triggers") == 0
        sql = capsys.readouterr().out
        assert "parks" not in sql
        for _ in range(2):
            subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", city], input=sql.encode(),
                           check=True)  # fmt: skip
        assert called("batch", file, "--json") == 0
        (told,) = json.loads(capsys.readouterr().out)["cities"]
        assert told["message"]["unwatched"] == []
        execute(f"DELETE FROM {odd} WHERE parcel_id = 'far1'")
        assert called("batch", file, "--json") == 0
        (told,) = json.loads(capsys.readouterr().out)["cities"]
        assert told["status"] == "done"
        assert called("batch", file_of(town, ""), "--triggers") == 2
    finally:
        execute("DROP OWNED BY planner CASCADE", "DROP ROLE planner")


def test_no_triggers_for_a_view(town: City, execute: Execute) -> None:
    execute("ALTER TABLE parcels RENAME TO p", "CREATE VIEW parcels AS SELECT * FROM p")
    with pytest.raises(InputError, match="cannot have triggers"):
        sql_of_changes(watched(town, Watch("triggers")))
