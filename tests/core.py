"""The indicators that tests of whole plans were drawn for: those of the first eleven themes.

The families of the catalogue are held by the golden plan, by the contract test and by their own
tests. Their data lie exactly on borders of the golden plan, where rounding puts them on this side
or that, and are not drawn for Las Palmas.
"""

from __future__ import annotations

from carbonspace.catalogue import indicators

THEMES = {"roads", "streets", "parks", "transit", "cycling", "facilities", "parking", "mixed_use",
          "solar", "sunlight", "green"}  # fmt: skip
_FAMILIES = ("facilities_count", "facilities_area", "facilities_places", "facilities_layout")


def _module(key: str) -> str:
    function = indicators()[key].function
    return str(getattr(function, "func", function).__module__)


CORE = tuple(
    key for key, one in indicators().items()
    if one.theme in THEMES and not _module(key).endswith(_FAMILIES)
)  # fmt: skip
"""Their keys."""
