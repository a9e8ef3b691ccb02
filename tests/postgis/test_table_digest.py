"""What identifies the rows of a table: their content, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from carbonspace.sources.connection import connected, one_picture, side_by_side
from carbonspace.sources.database import Table
from carbonspace.sources.table_digest import TableDigest, differing, digest_of_rows

pytestmark = pytest.mark.postgis
Execute = Callable[..., None]
TABLE = Table("public", "t", "geom", planar=True)
TYPES = {"name": "text", "size": "number"}
MADE = """CREATE TABLE t AS SELECT n AS id, 'n' || n AS name, n / 3.0 AS size,
ST_SetSRID(ST_MakePoint(n, 2 * n), 4547) AS geom FROM generate_series(1, 500) AS n"""


COPIED = """UPDATE t SET name = o.name, size = o.size, geom = o.geom FROM t o
WHERE t.id = 7 AND o.id = 8"""


def digest(city: str, where: str | None = None) -> TableDigest:
    with connected(city) as connection:
        return digest_of_rows(connection, TABLE, TYPES, where)


@pytest.mark.parametrize(("edit", "least"), [
    ("UPDATE t SET name = 'x' WHERE id = 7", 1),
    ("UPDATE t SET name = NULL WHERE id = 7", 1),
    ("UPDATE t SET size = size + 1e-9 WHERE id <= 20", 15),
    ("UPDATE t SET geom = ST_Translate(geom, 1e-9, 0) WHERE id = 7", 1),
    ("UPDATE t SET geom = ST_SetSRID(geom, 4490) WHERE id = 7", 1),
    ("UPDATE t SET geom = NULL WHERE id = 7", 1),
    (COPIED, 1),
    ("DELETE FROM t WHERE id = 7", 1),
    ("INSERT INTO t SELECT * FROM t WHERE id = 7", 1),
    ("INSERT INTO t SELECT * FROM t", 100),
    ("UPDATE t SET name = 'n8' WHERE id = 7; UPDATE t SET name = 'n7' WHERE id = 8", 1),
    ("TRUNCATE t", 100),
])  # fmt: skip
def test_another_content(city: str, execute: Execute, edit: str, least: int) -> None:
    execute(MADE)
    before = digest(city)
    execute(*edit.split("; "))
    after = digest(city)
    assert after.sha256 != before.sha256
    assert differing(before.parts, after.parts) >= least


def test_the_same_content(city: str, execute: Execute) -> None:
    """Order, columns that are not read, indexes and types that read alike do not count."""
    execute(MADE)
    before = digest(city)
    execute("ALTER TABLE t ADD more int DEFAULT 3", "UPDATE t SET more = id", "VACUUM FULL t",
            "ALTER TABLE t ALTER name TYPE varchar(20)", "CREATE INDEX ON t (size DESC)",
            "CLUSTER t USING t_size_idx", "ALTER TABLE t RENAME geom TO g",
            "ALTER TABLE t RENAME g TO geom")  # fmt: skip
    after = digest(city)
    assert after == before
    assert (after.rows, differing(before.parts, after.parts)) == (500, 0)


def test_a_filter_counts(city: str, execute: Execute) -> None:
    execute(MADE)
    half = digest(city, "id <= 250 -- half")
    execute("UPDATE t SET name = 'x' WHERE id = 300")
    assert digest(city, "id <= 250") == half
    assert half.rows == 250
    assert digest(city, "false").rows == 0


def test_values_do_not_run_into_each_other(city: str, execute: Execute) -> None:
    """Text in one column or half of it in the next, null or empty: all look different."""
    found = set[str]()
    for a, b in (
        ("'ab'", "''"),
        ("'a'", "'b'"),
        ("''", "'ab'"),
        ("NULL", "'ab'"),
        ("'ab'", "NULL"),
    ):
        execute("DROP TABLE IF EXISTS t", f"CREATE TABLE t AS SELECT {a}::text AS name, "
                f"{b}::text AS size, ST_MakePoint(0, 0) AS geom")  # fmt: skip
        with connected(city) as connection:
            types = {"name": "text", "size": "text"}
            found.add(digest_of_rows(connection, TABLE, types).sha256)
    assert len(found) == 5


def test_a_picture_is_asked_once_and_never_by_more_than_it_allows(
    city: str, execute: Execute
) -> None:
    execute(MADE)
    seen = list[int]()

    def look(_: int) -> str:
        with connected(city) as connection:
            found = digest_of_rows(connection, TABLE, TYPES)
            text = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'carbonspace'"
            seen.append(int(connection.execute(text.encode()).fetchall()[0][0]))
            execute("DELETE FROM t WHERE id % 7 = 0")
            return found.sha256

    with one_picture(2):
        found = side_by_side(look, range(6))
        with one_picture():
            assert {*found} == {look(0)}
    assert max(seen) <= 3
    assert digest(city).sha256 not in found
