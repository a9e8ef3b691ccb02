"""What changed where in a table, asked once of all places: versions of rows, cell by cell.

To ask each of many boxes which versions its rows have costs the server as often as boxes overlap.
Asked by cells it looks at each row once, and a box whose cells are as they were has the same rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonspace.sources.connection import asked_once, is_asked_once
from carbonspace.sources.database import query_of
from carbonspace.sources.layer_table import LayerTable
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.watched import versioned

if TYPE_CHECKING:
    from psycopg import Connection

    from carbonspace.sources.dataset import Bounds

_CELL_M = 500
_ROUNDING = 1e-6
"""So much of a coordinate its box may be off: a table keeps boxes in single precision."""
# Rows larger than a cell are kept apart by their size: they would make a cell as large.
_QUERY = """
SELECT coalesce(min(w), '-Infinity'), coalesce(min(s), '-Infinity'),
    coalesce(max(e), 'Infinity'), coalesce(max(n), 'Infinity'),
    sha256(string_agg(h, ''::bytea ORDER BY h))
FROM (
    SELECT col, line, size, min(w) AS w, min(s) AS s, max(e) AS e, max(n) AS n,
        sha256(record_send(ROW(rel, version, count(*)))) AS h
    FROM (
        SELECT rel, version, w, s, e, n, floor(w / {cell}) AS col, floor(s / {cell}) AS line,
            greatest(0, ceil(ln(greatest(e - w, n - s, 1) / {cell}))) AS size
        FROM (
            SELECT rel, version, ST_XMin(b) AS w, ST_YMin(b) AS s, ST_XMax(b) AS e, ST_YMax(b) AS n
            FROM (SELECT tableoid AS rel, xmin AS version, {geometry}::box2d AS b FROM {table}
                  WHERE """
_GROUPED = """ OFFSET 0) AS boxes OFFSET 0) AS corners OFFSET 0) AS placed
    GROUP BY col, line, size, rel, version) AS versions GROUP BY col, line, size
"""


class Cells(NamedTuple):
    """The versions of all rows of a table: by cell the box around its rows, and their digest.

    Attributes
    ----------
    whole
        What else counts, of the table and of its server.
    boxes, digests
        (n, 4), and of each cell.
    """

    whole: str
    boxes: NDArray[np.float64]
    digests: list[bytes]

    def near(self, box: Bounds) -> str:
        """Return what tells the rows that touch a box, and some around it, from others."""
        low, high = np.array(box[:2]), np.array(box[2:])
        slack = _ROUNDING * max(1.0, float(np.abs(box).max()))
        there = (self.boxes[:, :2] <= high + slack) & (self.boxes[:, 2:] >= low - slack)
        found = sorted(self.digests[n] for n in np.flatnonzero(there.all(axis=1)))
        return hashlib.sha256(b"".join([self.whole.encode(), *found])).hexdigest()


def cells_of(connection: Connection[Any], source: LayerSource, found: LayerTable) -> Cells | None:
    """Return the versions of the rows of a table by cells; within a picture it is asked once.

    None where rows have no versions, or where it would be asked more than once.
    """
    whole = versioned(connection, source, found) if is_asked_once() else None
    if whole is None:
        return None
    from psycopg.sql import SQL, Literal

    query = query_of(_QUERY, found.table, source.where, cell=Literal(_CELL_M)) + SQL(_GROUPED)
    # Binary results come by a protocol that takes one statement: `where` cannot add another.
    return asked_once(connection, query.as_string(connection), lambda: _cells(
        whole, connection.execute(query, binary=True).fetchall()))  # fmt: skip


def _cells(whole: str, rows: Sequence[tuple[Any, ...]]) -> Cells:
    boxes = np.array([row[:4] for row in rows], dtype=float).reshape(-1, 4)
    return Cells(whole, boxes, [bytes(row[4]) for row in rows])
