"""Bus lanes of an OpenStreetMap extract: in which directions a road has one.

The tags are those of the OpenStreetMap wiki: `busway`, `lanes:bus` or `lanes:psv`, `bus:lanes` or
`psv:lanes`, each for a side or a direction, and `highway=busway`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from carbonspace.sources.tags import any_of, value_of

_LANE = ("lane", "opposite_lane", "track", "opposite_track")
_FOR = ("bus", "psv")
_OPEN = ("yes", "designated")
TAGS = tuple(
    f"{tag}{way}"
    for key in _FOR
    for tag in (f"lanes_{key}", f"{key}_lanes")
    for way in ("", "_forward", "_backward")
)


def bus_lanes(lines: pd.DataFrame, oneway: pd.Series) -> pd.Series:
    """Return "all", "one" or "no" for each road, null where nothing is said.

    On a road driven both ways a lane on one side, or for one direction, is "one"; a lane of no
    stated side (`busway=lane`) is there on both. On a one-way road any lane is "all". A road for
    buses alone has them in every direction.
    """
    own = (lines["highway"] == "busway") | ((lines["access"] == "no") & any_of(lines, _FOR, _OPEN))
    number = _number(lines, "")
    both = own | any_of(lines, ("busway", "busway_both"), _LANE) | (number >= 2)
    ahead = any_of(lines, ("busway_right",), _LANE) | (_number(lines, "_forward") > 0)
    back = any_of(lines, ("busway_left",), _LANE) | (_number(lines, "_backward") > 0)
    some = both | ahead | back | (number > 0)
    every = both | (ahead & back) | (some & oneway)
    said = lines[["busway", "busway_left", "busway_right", "busway_both", *TAGS]].notna()
    found = np.select([every, some, said.any(axis=1)], ["all", "one", "no"], default="")
    return pd.Series(found, index=lines.index).replace("", None)


def _number(lines: pd.DataFrame, way: str) -> pd.Series:
    """Return how many lanes for buses are stated, for a direction or for none."""
    stated = pd.to_numeric(value_of(lines, [f"lanes_{key}{way}" for key in _FOR]), errors="coerce")
    marked = pd.concat(
        [lines[f"{key}_lanes{way}"].astype("str").str.count("designated") for key in _FOR], axis=1
    )
    return stated.fillna(marked.max(axis=1)).fillna(0)
