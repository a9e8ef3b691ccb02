"""Who may use the ways of an OpenStreetMap extract, and on what level they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from carbonspace.sources.tags import any_of, coded, value_of

SIDES = ("cycleway", "cycleway_left", "cycleway_right", "cycleway_both")
ON_ROAD = ("lane", "track", "opposite_lane", "opposite_track")
WALKS = ("sidewalk", "sidewalk_left", "sidewalk_right", "sidewalk_both")
PAVED = ("both", "left", "right", "yes")
_AT_GROUND = ("no", "building_passage")


def levels(lines: pd.DataFrame) -> dict[str, pd.Series]:
    """Return `level`, `bridge` and `tunnel`: a passage through a building lies on the ground."""
    return {
        "level": lines["layer"],
        "bridge": lines["bridge"].notna() & (lines["bridge"] != "no"),
        "tunnel": lines["tunnel"].notna() & ~lines["tunnel"].isin(_AT_GROUND),
    }


def users(lines: pd.DataFrame, inside: pd.Series, rules: Mapping[str, Any]) -> dict[str, pd.Series]:
    """Return whether ways are open to each mode, null where the class of the road says it.

    What is private is closed, but `inside` compounds: people who live there use it.
    """
    beside = {"walk": any_of(lines, WALKS, PAVED), "bike": any_of(lines, SIDES, ON_ROAD)}
    nobody = pd.Series(False, index=lines.index)
    return {
        mode: _open_to(mode, lines, inside, beside.get(mode, nobody), rules)
        for mode in rules["access"]
    }


def _open_to(
    mode: str, lines: pd.DataFrame, inside: pd.Series, beside: pd.Series, rules: Mapping[str, Any]
) -> pd.Series:
    """Return whether ways are open to a mode: what is said first of these counts.

    Its own tag, `access`, a motor road, a lane of its own `beside` the cars, the kind of way.
    """
    keys = rules["access"][mode]
    own = [coded(lines[key], rules["permission"]) for key in keys]
    said = value_of(pd.concat(own, axis=1, keys=keys), keys)
    general = coded(lines["access"], rules["permission"])
    motor = (lines["motorroad"] == "yes") & (mode != "drive")
    by_kind = lines["highway"].isin(rules["closed_ways"][mode])
    tests = [
        said == "yes", said == "no", (said == "private") & inside, said == "private",
        general == "no", (general == "private") & ~inside, motor, beside & ~inside, by_kind,
    ]  # fmt: skip
    answers = [1, 0, -1, 0, 0, 0, 0, 1, 0]
    found = np.select([np.asarray(one, dtype=bool) for one in tests], answers, default=-1)
    return pd.Series(found == 1, index=lines.index, dtype="boolean").mask(found < 0)
