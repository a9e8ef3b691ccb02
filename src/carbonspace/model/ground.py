"""What maps show below the units: the names of the layers, in plans and in folders of results."""

from __future__ import annotations

GROUND: dict[str, tuple[str, ...]] = {
    "parcels": ("land_use",), "parks": (), "roads": ("road_class",), "bike_corridors": (),
    "transit_stops": ("mode",),
}  # fmt: skip
"""The layers that maps show below the units, with the columns that tell how they look."""
BELOW, OTHERS = "ground_", "other_units"
"""What their names in `results.gpkg` begin with; the layer of units that have no results."""
POSITION = "position"
"""The column of these: where among all units they stand."""
