"""No secret is told, whatever befalls a night: not on the screen, in a file, or in a table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from tests.batch.receivers import Box, certificate, mail_server, web_server
from tests.cli.calls import called
from tests.postgis.cluster import Cluster, database, running_cluster
from tests.postgis.faults import SERVER_FAULTS, once_before
from tests.postgis.test_batch import load, plan_of

from carbonspace.batch import nightly
from carbonspace.batch.message import message_of

pytestmark = pytest.mark.postgis
SECRETS = ("S3cret-of-database", "S3cret-of-mail", "S3cret-of-webhook", "S3cret-of-address")
CITY = """log = "nights.log"
metrics = "carbonspace.prom"
[[city]]
name = "Town"
plan = "plan.toml"
results = "{results}"
folder = "out"
profiles = ["ours.toml"]
indicators = ["park_coverage"]
message = ["text", "html", "json"]
tries = 3
answer_limit = "1 s"
{more}
[city.mail]
host = "localhost"
port = {mail}
from = "a@example.org"
to = ["b@example.org"]
user = "me"
ca = "ca.pem"
[city.webhook]
url_from = "HOOK_URL"
headers = {{ Authorization = "HOOK_TOKEN" }}
ca = "ca.pem"
"""
FAULTS = {
    "none": 0, "mail": 1, "webhook": 1, "restarted": 0, "sessions_ended": 0,
    "frozen_for_a_while": 0, "table": 3, "away": 4, "refused": 4, "time": 5, "memory": 5, "file": 3,
}  # fmt: skip
"""What befalls a night, and the exit code that is due."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as made:
        yield made


@pytest.fixture
def boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Box, Box]]:
    """Servers that take messages, and the secrets for them and the database."""
    tls = certificate(tmp_path)
    database_word, mail_word, hook_word, address = SECRETS
    monkeypatch.setattr("carbonspace.batch.retry.FIRST_PAUSE_S", 0.1)
    with mail_server(tls, password=mail_word) as post, web_server(tls) as hook:
        monkeypatch.setenv("PGPASSWORD", database_word)
        monkeypatch.setenv("CARBONSPACE_MAIL_PASSWORD", mail_word)
        monkeypatch.setenv("HOOK_TOKEN", hook_word)
        monkeypatch.setenv("HOOK_URL", f"https://localhost:{hook.port}/{address}")
        yield post, hook


@pytest.mark.parametrize("fault", FAULTS)
def test_no_secret_is_told_whatever_befalls(
    cluster: Cluster, boxes: tuple[Box, Box], tmp_path: Path, fault: str,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with database(cluster.start_of_dsn) as dsn:
        load(dsn)
        plan_of(tmp_path, dsn)
        file = tmp_path / "city.toml"
        settings = {"results": dsn, "mail": boxes[0].port, "more": ""}
        _befall(fault, cluster, dsn, boxes, settings, monkeypatch)
        file.write_text(CITY.format(**settings), "utf-8")
        if fault == "file":
            file.write_text(file.read_text("utf-8") + f'password = "{SECRETS[1]}"\n', "utf-8")
        assert called("batch", file, "--lang", "en") == FAULTS[fault]
        if fault != "file":
            called("batch", file, "--status", "--json")
        told = _told(capsys, tmp_path, dsn)
    assert len(told) > 100
    assert not [one for one in SECRETS if one in told.replace(f'password = "{SECRETS[1]}"', "")]


def _befall(
    fault: str, cluster: Cluster, dsn: str, boxes: tuple[Box, Box], settings: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Prepare what befalls the night."""
    if fault in SERVER_FAULTS:
        befallen = once_before(message_of, lambda: SERVER_FAULTS[fault](cluster))
        monkeypatch.setattr(nightly, "message_of", befallen)
    elif fault == "mail":
        monkeypatch.setenv("CARBONSPACE_MAIL_PASSWORD", f"{SECRETS[1]}-wrong")
    elif fault == "webhook":
        boxes[1].faults = ["401"] * 9
    elif fault == "table":
        with closing(psycopg.connect(dsn, autocommit=True)) as connection:
            connection.execute("DROP TABLE parcels")
    elif fault == "away":
        settings["results"] = "host=127.0.0.1 port=1 dbname=city"
    elif fault == "refused":
        settings["results"] = dsn.replace("postgres@", "nobody@")
    elif fault == "time":
        settings["more"] = 'time_limit = "0.2 s"'
    elif fault == "memory":
        settings["more"] = 'memory_limit = "20 MB"'


def _told(capsys: pytest.CaptureFixture[str], folder: Path, dsn: str) -> str:
    """Return all that was said, written and kept."""
    said = capsys.readouterr()
    files = [one.read_bytes().decode("utf-8", "replace") for one in folder.rglob("*")
             if one.is_file()]  # fmt: skip
    kept = list[str]()
    with closing(psycopg.connect(dsn)) as connection:
        there = connection.execute("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                                   "WHERE schemaname = 'carbonspace'").fetchall()  # fmt: skip
        for (table,) in there:
            kept.append(str(connection.execute(f"SELECT t::text FROM {table} t".encode())
                            .fetchall()))  # fmt: skip
    return said.out + said.err + "".join([*files, *kept])
