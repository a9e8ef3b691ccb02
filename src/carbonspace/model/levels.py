"""What a value is of: the city, a district, a unit, or a place within the units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Level = Literal["city", "district", "unit", "block", "parcel", "building", "life_circle"]

DISTRICT = "district"
"""The column of the units that names their district."""

LAYER_OF: dict[Level, str] = {
    "block": "blocks", "parcel": "parcels", "building": "buildings", "life_circle": "life_circles",
}  # fmt: skip
"""The layer whose features are the places of a level within the units.

Ids are those of a layer: a block, a parcel and a building may all be called "1", so a place is
always told by its level and its id.
"""

BY_RULE: frozenset[Level] = frozenset({"building"})
"""Levels whose places the tall table names only where a rule speaks of them.

A city has a quarter of a million buildings, and what no clause is about need not be listed by
building: it is in the evidence, and in `Measure.parts`.
"""


def districts_named(units: pd.DataFrame) -> pd.Series:
    """Return the name of the district of each unit of a layer that has them, null where none is."""
    names = units[DISTRICT].astype(object)
    given = names.notna() & (names.astype(str).str.strip() != "")
    return names.where(given).map(lambda one: str(one).strip(), na_action="ignore")
