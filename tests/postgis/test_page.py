"""The how-to of the nights, followed word for word: what it shows is run as it is shown."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.batch.town import LAYERS
from tests.cli.calls import called
from tests.postgis.test_batch import load

from carbonspace.batch import read_cities

pytestmark = pytest.mark.postgis
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/nightly.md").read_text("utf-8")
BY_HAND = ("# as root", "# at a keyboard")
ROLES = ("carbonspace_reader", "carbonspace_writer", "carbonspace_viewer", "planner")
FILES = re.compile(r"`([\w./]+\.(?:sql|toml|pgpass|conf)|\.pgpass|\.pg_service\.conf)`")


def section(title: str) -> str:
    """Return what stands on the page below a title, up to the next one of its rank."""
    rank = title.partition(" ")[0]
    return PAGE.partition(f"{title}\n")[2].partition(f"\n{rank} ")[0]


def steps(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield kind and content of fenced blocks, with the file named last before."""
    before = ""
    for part in re.split(r"^(```\w*\n.*?^```)$", text, flags=re.S | re.M):
        if found := re.fullmatch(r"```(\w*)\n(.*)```", part, re.S):
            yield found[1], found[2], before
        elif names := FILES.findall(part):
            before = names[-1]


class Administrator:
    """Whoever follows the page: with the server of the tests, in a folder of their own."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self._port = folder, server.rpartition(":")[2]
        program = folder / ".venv/bin/carbonspace"
        program.parent.mkdir(parents=True)
        code = "from carbonspace.cli import main; main()"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n', "utf-8")
        program.chmod(0o755)

    def here(self, text: str) -> str:
        """Return what the page says with the names of this server."""
        return text.replace("db.example.org", "127.0.0.1").replace("5432", self._port)

    def save(self, name: str, text: str) -> None:
        """Save a file as the page says."""
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(self.here(text), "utf-8")

    def run(self, text: str) -> str:
        """Run commands as they stand and return what they say; each has to end well."""
        done = subprocess.run(["bash", "-ec", self.here(text)], cwd=self.folder, check=False,
                              env=self._settings(), capture_output=True, text=True)  # fmt: skip
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        return done.stdout

    def follow(self, text: str) -> None:
        """Follow a part of the page."""
        for kind, content, name in steps(text):
            if kind == "sh" and not content.startswith(BY_HAND):
                self.run(content)
            elif kind in ("sql", "toml") or (kind == "text" and name.startswith(".")):
                self.save(name, content)

    def _settings(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "HOME": str(self.folder), "PGPORT": self._port, "LC_ALL": "C.UTF-8",
                "PGSERVICEFILE": str(self.folder / ".pg_service.conf"),
                "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *sys.path[1:]])}  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[Administrator]:
    """Yield one who has followed the page from nothing; `planner` owns the tables of a town."""
    load(f"{server}/gis", "planning")
    run(f"{server}/gis", "CREATE ROLE planner LOGIN", "ALTER SCHEMA planning OWNER TO planner",
        *(f"ALTER TABLE planning.{one} OWNER TO planner" for one in LAYERS))  # fmt: skip
    try:
        administrator = Administrator(tmp_path_factory.mktemp("srv"), server)
        administrator.follow(section("## From nothing to the first night"))
        yield administrator
    finally:
        run(f"{server}/postgres", "DROP DATABASE IF EXISTS results WITH (FORCE)")
        run(f"{server}/gis", "DROP SCHEMA IF EXISTS planning, carbonspace_changes CASCADE",
            *(f"DROP OWNED BY {one}; DROP ROLE {one}" for one in ROLES))  # fmt: skip


def run(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for one in statements:
            connection.execute(one.encode())


def test_a_night_after_the_page_was_followed(here: Administrator, server: str) -> None:
    assert (here.folder / "out/east/results.gpkg").is_file()
    run(f"{server}/gis", "UPDATE planning.parks SET geom = ST_Translate(geom, 5000, 0) "
        "WHERE park_id = 'P1'")  # fmt: skip
    assert "U1 " in here.run(".venv/bin/carbonspace --lang en batch city.toml")
    asked = "SELECT value FROM carbonspace.map_park_coverage ORDER BY unit_id"
    seen = here.run(f"psql service=results -At -U carbonspace_viewer -c '{asked}'")
    assert [*map(float, seen.split())] == [50.0, 0.0, 100.0]


def test_the_commands_of_the_page(
    here: Administrator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (shown,) = re.findall(r"^```sh\n(carbonspace batch.*?)^```", PAGE, re.S | re.M)
    monkeypatch.chdir(here.folder)
    monkeypatch.setenv("PGSERVICEFILE", str(here.folder / ".pg_service.conf"))
    commands = [shlex.split(line, comments=True)[1:] for line in shown.splitlines()]
    assert len(commands) == 7
    for one in commands:
        assert called(*("U1" if word == "U12" else word for word in one)) == 0, one
    assert "= 100" in capsys.readouterr().out


def test_triggers_as_the_page_installs_them(here: Administrator, server: str) -> None:
    text = (here.folder / "city.toml").read_text("utf-8")
    here.save("city.toml", re.sub(r"^changes.*$", "", text, flags=re.M) + 'changes = "triggers"\n')
    here.follow(section("### Triggers"))
    here.run(".venv/bin/carbonspace batch city.toml")
    run(f"{server}/gis", "DELETE FROM planning.parks WHERE park_id = 'P2'")
    said = here.run(".venv/bin/carbonspace --lang en batch city.toml --verify-changes")
    assert "U2 " in said


def test_the_large_example_is_a_city_file(tmp_path: Path) -> None:
    cities, above = re.findall(r"^```toml\n(.*?)^```", PAGE, re.S | re.M)[:2]
    (tmp_path / "city.toml").write_text(above + cities, "utf-8")
    assert [one.name for one in read_cities(tmp_path)] == ["East district", "West district"]
