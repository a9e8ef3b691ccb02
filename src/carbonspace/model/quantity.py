"""What the conservation ledger speaks of, in words."""

from __future__ import annotations

from carbonspace.model.text import Text

QUANTITIES: dict[str, Text] = {
    "area": Text("面积", "Area"),
    "road length": Text("道路长度", "Road length"),
    "population": Text("居住人口", "Residents"),
    "jobs": Text("就业岗位", "Jobs"),
    "floor area": Text("建筑面积", "Floor area"),
}
"""Titles by what the ledger has in its column `quantity`."""


def quantity_title(quantity: str) -> Text:
    """Return what a quantity of the ledger is called; its own name where it is not known."""
    return QUANTITIES.get(quantity, Text(quantity, quantity))
