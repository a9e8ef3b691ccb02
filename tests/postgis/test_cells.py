"""What changed near a box, told by cells: no change in it is missed, few far away are told."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Context
from pathlib import Path

import numpy as np
import psycopg
import pytest
from tests.postgis.test_batch import load, plan_of

from carbonspace.sources.connection import Moment, at_moment, moment_held, one_picture
from carbonspace.sources.window import Held, held_by, near_within, seen_within

pytestmark = pytest.mark.postgis
WEST, SOUTH, WIDE = 500_000.0, 3_400_000.0, 8_000.0
SHAPE = "ST_MakeEnvelope({west}, {south}, {east}, {north}, 4547)"
BOXES = [(WEST + x, SOUTH + y, WEST + x + 900, SOUTH + y + 700)
         for x in range(0, 8_000, 1_000) for y in range(0, 8_000, 1_600)]  # fmt: skip


def _shape(draw: np.random.Generator) -> str:
    """Return a shape as SQL: small, sometimes as wide as many cells, nothing or empty."""
    if (kind := draw.random()) < 0.04:
        return "NULL"
    if kind < 0.08:
        return "ST_GeomFromText('POLYGON EMPTY', 4547)"
    west, south = WEST + draw.uniform(0, WIDE), SOUTH + draw.uniform(0, WIDE)
    wide, high = draw.uniform(1, 3_000 if kind < 0.2 else 90, 2)
    return SHAPE.format(west=west, south=south, east=west + wide, north=south + high)


def _edit(draw: np.random.Generator) -> str:
    row = f"parcel_id = 'p{draw.integers(400)}'"
    return str(draw.choice([
        f"UPDATE parcels SET geom = {_shape(draw)} WHERE {row}",
        f"UPDATE parcels SET land_use = '07' WHERE {row}",
        f"DELETE FROM parcels WHERE {row}",
        f"INSERT INTO parcels VALUES ('n{draw.integers(10**9)}', '07', {_shape(draw)})",
        f"UPDATE parcels SET geom = ST_Translate(geom, 2000, 900) WHERE {row}",
    ]))  # fmt: skip


def _told(plan: Path) -> list[tuple[str, str]]:
    """Return of each box what its cells tell, and what its rows do."""
    found = []
    with one_picture():
        held = held_by(plan, {"parcels"})
        for box in BOXES:
            asked = {"parcels": box}
            found.append((near_within(plan, asked, held)["parcels"],
                          seen_within(plan, asked, held)["parcels"]))  # fmt: skip
    return found


@pytest.mark.parametrize("seed", range(6))
def test_what_changes_in_a_box_changes_its_cells(city: str, tmp_path: Path, seed: int) -> None:
    load(city)
    plan, draw = plan_of(tmp_path, city), np.random.default_rng(seed)
    with psycopg.connect(city, autocommit=True) as connection:
        rows = ", ".join(f"('p{n}', '07', {_shape(draw)})" for n in range(400))
        connection.execute(f"INSERT INTO parcels VALUES {rows}".encode())
        before, seen, near = _told(plan), 0, 0
        for _ in range(12):
            connection.execute(_edit(draw).encode())
            after = _told(plan)
            pairs = [*zip(before, after, strict=True)]
            assert all(was[0] != now[0] for was, now in pairs if was[1] != now[1])
            seen += sum(was[1] != now[1] for was, now in pairs)
            near += sum(was[0] != now[0] for was, now in pairs)
            before = after
    assert 0 < seen <= near < len(BOXES) * 12 / 2


def test_another_condition_is_another_table(city: str, tmp_path: Path) -> None:
    load(city)
    plan = plan_of(tmp_path, city)
    first = _told(plan)
    text = plan.read_text("utf-8")
    named = 'layer = "public.parcels"'
    plan.write_text(text.replace(named, f'{named}\nwhere = "land_use IS NOT NULL"'), "utf-8")
    assert all(was[0] != now[0] for was, now in zip(first, _told(plan), strict=True))


def test_whoever_would_ask_again_and_again_is_told_nothing(city: str, tmp_path: Path) -> None:
    """A worker looks at each tile on its own: cells of all would be asked for by each."""
    load(city)
    plan, box = plan_of(tmp_path, city), {"parcels": BOXES[0]}
    with one_picture():
        held = held_by(plan, {"parcels"})
        assert near_within(plan, box, held)
        assert near_within(plan, box, held_by(plan)) == {}
        assert Context().run(_at, moment_held(), plan, held) == {}
    assert near_within(plan, box, held) == {}


def _at(moment: Moment, plan: Path, held: Mapping[str, Held]) -> dict[str, str]:
    """Ask at the moment of another process."""
    with at_moment(moment):
        return near_within(plan, {"parcels": BOXES[0]}, held)
