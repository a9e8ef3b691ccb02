"""What tiles came to, joined to what they came to the night before: as if all were read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from carbonspace.catalogue import indicators
from carbonspace.measuring import Question
from carbonspace.model.measure import Measure
from carbonspace.model.outcome import Outcome, Reading
from carbonspace.model.policy import FAULTS
from carbonspace.model.text import Text
from carbonspace.tiled.joining import outcome_of_tiles
from carbonspace.tiled.together import Together, _join

TILES = {f"t{n}": [f"u{n}a", f"u{n}b"] for n in range(5)}
UNITS = pd.Index([unit for units in TILES.values() for unit in units])
LABELS = [Text(f"{one.title.zh}：另", f"{one.title.en}: other") for one in [*FAULTS.values()][:3]]
ONE = indicators()["land_area"]
QUESTION = Question(ONE, {})


def _measure(draw: np.random.Generator, tile: str) -> Measure:
    figures = draw.uniform(1, 9, (2, len(TILES[tile])))
    names = [f"{unit}-{draw.integers(99)}" for unit in TILES[tile]]
    places = pd.DataFrame({"unit_id": TILES[tile], "numerator": figures[0]}, index=names)
    return Measure.of(pd.Index(TILES[tile]), *figures, scale=1.0, evidence=gpd.GeoDataFrame,
                      parts={"parcel": places})  # fmt: skip


def _outcome(draw: np.random.Generator, tile: str, mute: float) -> Outcome:
    if draw.random() < mute:
        return Outcome(ONE, None, Text("无", f"nothing in {tile}"))
    told = sorted(draw.choice(3, draw.integers(0, 3), replace=False))
    variations = tuple((LABELS[n], Reading(_measure(draw, tile))) for n in told)
    return Outcome(ONE, Reading(_measure(draw, tile)), variations=variations)


def _plain(one: Outcome) -> Any:
    if one.reading is None:
        return one.reason
    readings = [("", one.reading), *one.variations]
    return [(label, reading.units.table.to_dict(), reading.units.parts["parcel"].to_dict())
            for label, reading in readings]  # fmt: skip


def _told_by(found: Together) -> dict[str, set[str]]:
    return {label: {*tiles} for label, tiles in found.labels.get("q", {}).items()}


def _kept(before: Together, outcomes: Mapping[str, Outcome]) -> Together:
    found = Together(dict.fromkeys(TILES, "answers"), {}, {}, {}, {}, {})
    assert _join(found, "q", QUESTION, outcomes, before, UNITS)
    return found


@pytest.mark.parametrize("seed", range(100))
def test_what_is_joined_is_what_all_tiles_come_to(seed: int) -> None:
    """Tiles change at random, so do their reasons for giving no answer and readings otherwise."""
    draw = np.random.default_rng(seed)
    mute = draw.choice([0.0, 0.1, 0.5])
    nothing = Together({}, {}, {}, {}, {}, {})
    outcomes = {tile: _outcome(draw, tile, mute) for tile in TILES}
    before = _kept(nothing, outcomes)
    for _ in range(6):
        changed = [tile for tile in TILES if draw.random() < 0.3]
        new = {tile: _outcome(draw, tile, mute) for tile in changed}
        outcomes |= new
        found = Together(before.tiles, {}, {}, {}, {}, {})
        if not _join(found, "q", QUESTION, new, before, UNITS):
            assert before.mute["q"] in new
            found = _kept(nothing, outcomes)
        expected = outcome_of_tiles(QUESTION, [*outcomes.values()], UNITS)
        assert _plain(found.outcomes["q"]) == _plain(expected)
        assert _told_by(found) == _told_by(_kept(nothing, outcomes))
        before = found
