"""Nights that something befalls: nothing is lost, and what can be made up for is."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
from tests.batch.test_nights import statuses
from tests.batch.town import as_run_says, city_of, current, figures, night_of
from tests.postgis.cluster import Cluster, database, running_cluster
from tests.postgis.faults import SERVER_FAULTS, once_before, wire_to
from tests.postgis.test_batch import GROW, load, plan_of

from carbonspace.batch import City, computing, nightly
from carbonspace.batch.message import message_of
from carbonspace.batch.retry import Tries
from carbonspace.errors import InputError, LostError, ServiceError
from carbonspace.evaluation import evaluate
from carbonspace.sources import postgis
from carbonspace.sources.database import srids_of

pytestmark = pytest.mark.postgis
PATIENCE = Tries(8, 60)
MOMENTS = {
    "reading": (postgis, "srids_of"),
    "computing": (computing, "evaluate"),
    "keeping": (nightly, "message_of"),
}
"""What is about to be called when a fault befalls."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as made:
        yield made


@pytest.fixture
def city(cluster: Cluster) -> Iterator[str]:
    with database(cluster.start_of_dsn) as dsn:
        yield dsn


@pytest.fixture
def town(city: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    """The town in tables, its results in a schema of the same database, after a good night."""
    monkeypatch.setattr("carbonspace.batch.retry.FIRST_PAUSE_S", 0.1)
    load(city)
    plan_of(tmp_path, city)
    made = city_of(tmp_path, results=city, tries=PATIENCE, answer_s=1.0)
    night_of(made)
    return made


def run(dsn: str, *statements: str) -> None:
    with closing(psycopg.connect(dsn, autocommit=True)) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def is_whole(town: City) -> None:
    """Check that what is kept is what a computation of now says, and that a night finds it so."""
    pd.testing.assert_frame_equal(figures(current(town)), as_run_says(town), check_dtype=False)
    assert night_of(town, 20).status == "unchanged"


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("fault", SERVER_FAULTS)
def test_a_fault_of_the_server_is_made_up_for(
    town: City, cluster: Cluster, city: str, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, fault: str, moment: str,
) -> None:  # fmt: skip
    run(city, GROW.format(height=500))
    module, name = MOMENTS[moment]
    befallen = once_before(getattr(module, name), lambda: SERVER_FAULTS[fault](cluster))
    with monkeypatch.context() as patch, heard(caplog):
        patch.setattr(module, name, befallen)
        found = night_of(town, 2)
    assert (found.status, found.message["lost"]) == ("done", False)
    assert found.message["values"]["count"] == 2
    lost = [facts(one) for one in caplog.records if one.getMessage() == "lost"]
    assert lost
    assert all(one["city"] == "Town" and one["error"] and one["pause_s"] for one in lost)
    assert statuses(town)[0] == "done"
    assert statuses(town)[-1] == "done"
    is_whole(town)


def heard(caplog: pytest.LogCaptureFixture) -> Any:
    """Have what is told of nights be caught."""
    caplog.clear()
    logger = logging.getLogger("carbonspace.batch")
    if caplog.handler not in logger.handlers:
        logger.addHandler(caplog.handler)
    return caplog.at_level(logging.INFO, "carbonspace.batch")


def facts(record: logging.LogRecord) -> dict[str, Any]:
    return dict(record.__dict__["facts"])


def test_what_was_computed_is_not_computed_again(
    town: City, cluster: Cluster, city: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(city, GROW.format(height=500))
    befallen = once_before(message_of, lambda: SERVER_FAULTS["restarted"](cluster))
    monkeypatch.setattr(nightly, "message_of", befallen)
    asked = list[object]()

    def counted(*given: Any, **more: Any) -> Any:
        asked.append(given)
        return evaluate(*given, **more)

    monkeypatch.setattr(computing, "evaluate", counted)
    assert night_of(town, 2).status == "done"
    assert len(asked) == 1


def test_an_edit_between_two_tries_is_seen_by_the_second(
    town: City, cluster: Cluster, city: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A moment dies with its session: the next try looks anew, and computes what is there then."""
    run(city, GROW.format(height=500))

    def fault() -> None:
        SERVER_FAULTS["restarted"](cluster)
        run(city, GROW.format(height=700))

    with monkeypatch.context() as patch:
        patch.setattr(nightly, "message_of", once_before(message_of, fault))
        night_of(town, 2)
    is_whole(town)


def test_the_acknowledgement_of_the_commit_is_lost(
    town: City, city: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All was kept, but nobody heard: what is told is what was kept, and it is kept once."""
    run(city, GROW.format(height=500))
    kept = nightly._kept

    def unheard(*given: Any) -> Any:
        kept(*given)
        raise LostError("the connection was lost")

    monkeypatch.setattr(nightly, "_kept", unheard)
    found = night_of(town, 2)
    assert found.message["values"]["count"] == 2
    assert statuses(town) == ["done", "done"]


def test_a_wire_that_is_cut(
    town: City, cluster: Cluster, city: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(city, GROW.format(height=500))
    with wire_to(cluster.port) as wire:
        over = city.replace(str(cluster.port), str(wire.port))
        plan_of(town.plan.parent, over)
        with monkeypatch.context() as patch:
            patch.setattr(postgis, "srids_of", once_before(srids_of, wire.cut))
            assert night_of(replace(town, results=over), 2).status == "done"
    plan_of(town.plan.parent, city)
    pd.testing.assert_frame_equal(figures(current(town)), as_run_says(town), check_dtype=False)


def test_a_server_that_stays_away(
    town: City, cluster: Cluster, city: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tries come to an end, by their number and by their time; the next night repairs it."""
    held = current(town)
    run(city, GROW.format(height=500))
    cluster.stop()
    try:
        with pytest.raises(LostError, match="127"):
            night_of(replace(town, tries=Tries(3, 60)), 2)
        start = time.monotonic()
        with pytest.raises(LostError):
            night_of(replace(town, tries=Tries(1000, 0.5)), 2)
        assert time.monotonic() - start < 10
    finally:
        cluster.start()
    pd.testing.assert_frame_equal(current(town), held)
    assert night_of(town, 3).status == "done"
    is_whole(town)


def test_a_frozen_server_ends_a_night_in_time(town: City, cluster: Cluster) -> None:
    cluster.freeze()
    try:
        start = time.monotonic()
        with pytest.raises(LostError, match=r"answer_limit|timeout"):
            night_of(replace(town, tries=Tries(1)), 2)
        assert time.monotonic() - start < 30
    finally:
        cluster.thaw()


def test_what_the_server_refuses_is_not_tried_again(
    town: City, city: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: float) -> None:
        raise AssertionError

    monkeypatch.setattr("time.sleep", never)
    for dsn in (city.replace("postgres@", "nobody@"), f"{city}x"):
        with pytest.raises(ServiceError) as raised:
            night_of(replace(town, results=dsn), 2)
        assert not isinstance(raised.value, LostError)


@pytest.fixture
def asked_for_passwords(cluster: Cluster, city: str) -> Iterator[str]:
    """Yield the DSN of a role whose password the server asks for, by SCRAM."""
    rules = cluster.folder / "data/pg_hba.conf"
    before = rules.read_text("utf-8")
    run(city, "CREATE ROLE known LOGIN SUPERUSER PASSWORD 'S3cret-word'")
    rules.write_text(f"host all known 127.0.0.1/32 scram-sha-256\n{before}", "utf-8")
    run(city, "SELECT pg_reload_conf()")
    try:
        yield city.replace("postgres@", "known@")
    finally:
        rules.write_text(before, "utf-8")
        run(city, "SELECT pg_reload_conf()", "DROP OWNED BY known", "DROP ROLE known")


def test_the_password_of_a_file_is_used_and_none_is_waited_for(
    asked_for_passwords: str, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(asked_for_passwords.replace("known@", "postgres@"))
    plan_of(tmp_path, asked_for_passwords)
    made = city_of(tmp_path, results=asked_for_passwords, tries=PATIENCE)
    file = tmp_path / "passwords"
    monkeypatch.setenv("PGPASSFILE", str(file))
    monkeypatch.delenv("PGPASSWORD", raising=False)
    file.write_text(f"127.0.0.1:{cluster.port}:*:known:S3cret-word\n", "utf-8")
    file.chmod(0o600)
    assert night_of(made).status == "done"
    for words in ("127.0.0.1:*:*:known:another", ""):
        file.write_text(f"{words}\n", "utf-8")
        with pytest.raises(ServiceError, match="password") as raised:
            night_of(made, 2)
        assert not isinstance(raised.value, LostError)
    assert ".pgpass" in str(raised.value)


def test_a_statement_that_takes_too_long_is_broken_off(
    town: City, city: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody holds a lock on a table of the results: the server itself ends the waiting."""
    run(city, GROW.format(height=500))
    held = current(town)
    with psycopg.connect(city) as blocker:
        blocker.execute("LOCK TABLE carbonspace.finding IN EXCLUSIVE MODE")
        with pytest.raises(LostError, match="statement timeout"):
            night_of(replace(town, tries=Tries(1)), 2)
    pd.testing.assert_frame_equal(current(town), held)
    assert night_of(town, 3).status == "done"


@pytest.mark.parametrize(("fault", "repair"), [
    ("ALTER TABLE parcels RENAME COLUMN land_use TO other",
     "ALTER TABLE parcels RENAME COLUMN other TO land_use"),
    ("ALTER TABLE parcels ALTER land_use TYPE bytea USING land_use::bytea",
     "ALTER TABLE parcels ALTER land_use TYPE text USING encode(land_use, 'escape')"),
    ("ALTER TABLE parcels ALTER geom TYPE geometry(Polygon, 4326) USING ST_SetSRID(geom, 4326)",
     "ALTER TABLE parcels ALTER geom TYPE geometry(Polygon, 4547) USING ST_SetSRID(geom, 4547)"),
    ("ALTER TABLE parcels RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO parcels"),
])  # fmt: skip
def test_a_schema_that_changed_overnight(
    town: City, city: str, fault: str, repair: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What was kept stays, one line says why, and the night after the repair goes on."""
    held = current(town)
    run(city, fault)
    with pytest.raises(InputError, match="parcels"), heard(caplog):
        night_of(town, 2)
    (told,) = [facts(one) for one in caplog.records if one.getMessage() == "failed"]
    assert "parcels" in told["error"]
    pd.testing.assert_frame_equal(current(town), held)
    run(city, repair)
    assert night_of(town, 3).status in ("done", "unchanged")
    is_whole(town)


def test_a_clock_that_was_set_back(town: City, city: str) -> None:
    """The order of nights decides: nothing holds until before it began to hold."""
    for height, day in ((500, 9), (300, 4), (200, 1)):
        run(city, GROW.format(height=height))
        assert night_of(town, day).status == "done"
    with closing(psycopg.connect(city)) as connection:
        rows = connection.execute(
            "SELECT from_run, to_run, valid_from, valid_to FROM carbonspace.verdict "
            "WHERE to_run IS NOT NULL").fetchall()  # fmt: skip
        nights = connection.execute(
            "SELECT began, ended FROM carbonspace.run ORDER BY id").fetchall()  # fmt: skip
    assert len(rows) == 6
    assert all(one[0] < one[1] and one[2] <= one[3] for one in rows)
    moments = [moment for night in nights for moment in night]
    assert moments == sorted(moments)
    is_whole(town)


def test_a_clock_that_leapt_ahead_forgets_nothing(town: City, city: str) -> None:
    run(city, GROW.format(height=500))
    night_of(town, 2)
    night_of(replace(town, keep=5), 28)
    with closing(psycopg.connect(city)) as connection:
        rows = connection.execute("SELECT 1 FROM carbonspace.verdict WHERE to_run IS NOT NULL")
        assert rows.fetchall()


def test_ten_thousand_edits_while_it_runs(
    town: City, city: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait for the next night, all of them; what is kept is of one moment."""
    run(city, GROW.format(height=500))
    before = as_run_says(town)

    def edits() -> None:
        with psycopg.connect(city) as connection:
            for n in range(10_000):
                connection.execute(
                    "UPDATE parcels SET geom = ST_MakeEnvelope(ST_XMin(geom), ST_YMin(geom), "
                    "ST_XMax(geom), ST_YMin(geom) + %s, 4547) WHERE parcel_id = %s",
                    [100 + n / 20, f"far{n % 3}"],
                )

    with monkeypatch.context() as patch:
        patch.setattr(postgis, "srids_of", once_before(srids_of, edits))
        night_of(town, 2)
    pd.testing.assert_frame_equal(figures(current(town)), before, check_dtype=False)
    assert night_of(town, 3).message["values"]["count"] == 4
    is_whole(town)


def test_a_full_disk_of_the_database(town: City, city: str) -> None:
    """The database says that its disk is full, while rows are written: a fault put there by us."""
    run(city, GROW.format(height=500), """
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
        END $$""", "CREATE TRIGGER is_full BEFORE INSERT ON carbonspace.verdict "
        "FOR EACH ROW EXECUTE FUNCTION full_disk()")  # fmt: skip
    held = current(town)
    with pytest.raises(ServiceError, match="No space left"):
        night_of(town, 2)
    pd.testing.assert_frame_equal(current(town), held)
    run(city, "DROP TRIGGER is_full ON carbonspace.verdict")
    assert night_of(town, 3).status == "done"
    is_whole(town)
