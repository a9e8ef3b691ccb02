"""Years of nights over a real PostgreSQL: what is old goes, what holds stays, all still answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import psycopg
import pytest
from tests.batch.test_command import document
from tests.batch.town import as_run_says, city_of, current, figures
from tests.cli.calls import called
from tests.postgis.test_batch import GROW, load, plan_of

from carbonspace.batch import City, night, store_of

pytestmark = pytest.mark.postgis
Execute = Callable[..., object]
SINCE, EVERY, KEEP, NIGHTS = datetime(2026, 1, 1, 3, tzinfo=UTC), 20, 365, 92
"""A night every twenty days for five years."""
HEIGHTS: dict[int, int] = {n: 100 + 9 * n for n in [*range(0, 36, 5), *range(70, NIGHTS, 4)]}
"""How deep a home is from which night on: it is not edited for nearly two years."""
KILLED = (3, 40, 66, 88)
CITY = """[[city]]
name = "Town"
plan = "plan.toml"
results = "{results}"
profiles = ["ours.toml"]
indicators = ["park_coverage", "land_area"]
keep = {keep}
"""


def day(number: int) -> datetime:
    return SINCE + timedelta(days=EVERY * number)


def due(number: int) -> float:
    """Return which share of the homes of U1 is near its park after a night, in percent."""
    depth = HEIGHTS[max(n for n in HEIGHTS if n <= number)]
    return 100 * 100.0 / (100 + depth)


class Years:
    """A town whose nights pass; now and then comes one before that is killed."""

    def __init__(self, town: City, dsn: str) -> None:
        self.town, self._dsn = town, dsn

    def ask(self, text: str, *values: object) -> list[Any]:
        with psycopg.connect(self._dsn) as connection:
            return connection.execute(text.encode(), values).fetchall()

    def pass_by(self, execute: Execute) -> None:
        for number in range(NIGHTS):
            if number in HEIGHTS:
                execute(GROW.format(height=HEIGHTS[number]))
            if number in KILLED:
                with store_of(self.town) as store:
                    store.begin("Town", day(number) - timedelta(hours=1))
            ticks = iter([day(number) + timedelta(seconds=n) for n in range(100)])
            ended = night(self.town, now=ticks.__next__).status
            assert ended == ("done" if number in HEIGHTS else "unchanged")
            if number % 9 == 0:
                self.holds(number)

    def holds(self, number: int) -> None:
        """Check that nothing is there which is older than is wanted, but for what holds."""
        limit = day(number) - timedelta(days=KEEP)
        for table in ("verdict", "finding", "unit"):
            old = f"SELECT 1 FROM carbonspace.{table} WHERE valid_to < %s"
            assert self.ask(old, limit) == []
        old = "SELECT status FROM carbonspace.run WHERE coalesce(ended, began) < %s"
        assert self.ask(old, limit) in ([], [("done",)])
        (stray,) = self.ask("SELECT count(*) FROM carbonspace.input WHERE run NOT IN "
                            "(SELECT id FROM carbonspace.run)")  # fmt: skip
        assert stray == (0,)


@pytest.fixture(scope="module")
def years(server: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("years")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE years TEMPLATE gis")
    dsn = f"{server}/years"
    load(dsn)
    plan_of(folder, dsn)
    (folder / "city.toml").write_text(CITY.format(results=dsn, keep=KEEP), "utf-8")
    made = Years(city_of(folder, results=dsn, keep=KEEP), dsn)
    with psycopg.connect(dsn, autocommit=True) as connection:
        made.pass_by(lambda text: connection.execute(text.encode()))
    return made


def test_what_is_old_is_gone_and_what_holds_is_there(years: Years) -> None:
    years.holds(NIGHTS - 1)
    found = current(years.town)
    pd.testing.assert_frame_equal(figures(found), as_run_says(years.town), check_dtype=False)
    ((since,),) = years.ask("SELECT min(valid_from) FROM carbonspace.current_verdict")
    assert since.date() == day(0).date()


def test_every_moment_that_is_kept_is_told_as_it_was(years: Years) -> None:
    first = NIGHTS - KEEP // EVERY
    for number in range(first, NIGHTS):
        asked = ("SELECT value FROM carbonspace.verdict WHERE level = 'unit' AND unit_id = 'U1' "
                 "AND indicator = 'park_coverage' AND valid_from <= %s "
                 "AND coalesce(valid_to, 'infinity') > %s")  # fmt: skip
        moment = day(number) + timedelta(days=1)
        assert years.ask(asked, moment, moment) == [(pytest.approx(due(number)),)]
    (gone,) = years.ask("SELECT count(*) FROM carbonspace.verdict WHERE valid_to < %s", day(first))
    assert gone == (0,)


def test_maps_and_history_answer(years: Years, capsys: pytest.CaptureFixture[str]) -> None:
    asked = "SELECT unit_id, value FROM carbonspace.map_park_coverage ORDER BY unit_id"
    assert years.ask(asked) == [("U0", 50.0), ("U1", pytest.approx(due(NIGHTS))), ("U2", 50.0)]
    file = years.town.plan.parent / "city.toml"
    assert called("batch", file, "--history", "U1", "park_coverage", "--json") == 0
    (series,) = document(capsys)["history"]["Town"]
    kept = range(NIGHTS - KEEP // EVERY - 1, NIGHTS)
    assert series["nightly"] == [pytest.approx(due(number)) for number in kept]
    assert called("batch", file, "--history", "U0", "park_coverage", "--lang", "en") == 0
    assert "2026-01-01" in capsys.readouterr().out
    assert called("batch", file, "--status", "--lang", "en") == 0
    assert "unchanged" in capsys.readouterr().out
