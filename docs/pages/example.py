"""Every indicator on the golden plan: its figures, its evidence, and the columns it reads.

What the golden plan has no data for (rasters, weather) is looked at in the town of the tests, for
its columns and its form alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
from docs.pages.columns import Columns, Lacking, columns_of
from tests.indicators.test_reach import GRIDS, STATED, TOWN, WEATHER

from carbonspace import evaluate, read_plan
from carbonspace.catalogue import indicators
from carbonspace.model.indicator import Indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared

PLAN = Path(__file__).parents[2] / "data" / "samples" / "golden" / "plan.toml"


class Example(NamedTuple):
    """What is shown of an indicator; no `units` and no `evidence` where the plan has no data."""

    columns: Columns
    measure: Measure | None
    units: gpd.GeoDataFrame | None
    evidence: gpd.GeoDataFrame | None


def examples() -> dict[str, Example]:
    """Return the example of every indicator by key."""
    drawn = evaluate(read_plan(PLAN), profiles=[])
    layers, lacking, town = drawn.plan.layers, Lacking(), Shared()
    found = {}
    for key, one in indicators().items():
        if one.is_reported:
            found[key] = Example({}, None, None, None)
        elif key in drawn.measures:
            columns = columns_of(one, *_arguments(one, layers), lacking)
            found[key] = Example(columns, drawn.measures[key], layers["units"],
                                 drawn.evidence(key))  # fmt: skip
        else:
            frames, others = _arguments(one, TOWN)
            steps = {"shared": town} if one.shares else {}
            measure = one.function(**frames, **others, **steps)
            found[key] = Example(columns_of(one, frames, others, lacking), measure, None, None)
    return found


def _arguments(
    one: Indicator, layers: Mapping[str, gpd.GeoDataFrame]
) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]:
    """Return the layers an indicator takes, and all its other arguments."""
    frames = {key: layers[key] for key in one.used if key in layers}
    others: dict[str, Any] = {kind: GRIDS[kind] for kind in one.rasters}
    if layers is TOWN:
        others |= {kind: GRIDS[kind] for kind in one.optional_rasters}
        others |= {"weather": WEATHER} if one.sees_weather else {}
    given = STATED.get(one.key, {}) if layers is TOWN else {}
    return frames, others | one.arguments(one.settings(given))
