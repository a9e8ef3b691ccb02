"""What a value is of: the city, a unit, or a place within the units."""

from __future__ import annotations

from typing import Literal

Level = Literal["city", "unit", "block", "parcel", "building"]

LAYER_OF: dict[Level, str] = {"block": "blocks", "parcel": "parcels", "building": "buildings"}
"""The layer whose features are the places of a level within the units.

Ids are those of a layer: a block, a parcel and a building may all be called "1", so a place is
always told by its level and its id.
"""

BY_RULE: frozenset[Level] = frozenset({"building"})
"""Levels whose places the tall table names only where a rule speaks of them.

A city has a quarter of a million buildings, and what no clause is about need not be listed by
building: it is in the evidence, and in `Measure.parts`.
"""
