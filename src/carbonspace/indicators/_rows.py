"""What is told of each place within the units: a row, with the unit that holds most of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.indicators._shared import Floats
from carbonspace.indicators._steps import mostly_in
from carbonspace.indicators._traits import Flags
from carbonspace.model.levels import Level
from carbonspace.model.measure import divided
from carbonspace.model.shared import Shared


def rows_by_place(
    units: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    level: Level,
    figures: tuple[Floats, Floats | None],
    shared: Shared | None,
    *,
    scale: float = 1.0,
    value: Floats | None = None,
    chosen: Flags | None = None,
    at: NDArray[np.intp] | None = None,
    facts: Sequence[str] = (),
    about: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Return one row for each chosen place (all by default) that lies in a unit.

    `figures` are a top and a bottom (None: none), of which `value` is made unless it is given;
    `facts` columns of the layer that the rows have where it has them, `about` further ones. With
    `at`, positions, only these places are asked, and all that is given is of them.
    """
    top, bottom = figures
    if value is None:
        value = scale * top if bottom is None else divided(top, bottom, scale=scale)
    rows = slice(None) if at is None else at
    table = pd.DataFrame(
        {
            "unit_id": mostly_in(units, places, level, shared).iloc[rows],
            **{name: places[name].iloc[rows] for name in facts if name in places},
            **(about or {}),
            "numerator": top,
            "denominator": np.nan if bottom is None else bottom,
            "value": value,
        },
        index=places.index[rows],
    )
    there = table["unit_id"].notna().to_numpy()
    return table[there if chosen is None else chosen & there]
