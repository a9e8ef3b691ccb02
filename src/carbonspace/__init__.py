"""carbonspace: spatial control of detailed plans.

The public names are imported when they are first used, so that asking for help costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from carbonspace.version import __version__

if TYPE_CHECKING:
    from carbonspace.comparison import compare
    from carbonspace.evaluation import evaluate
    from carbonspace.indicators._walking import Walk
    from carbonspace.model.assessment import Assessment
    from carbonspace.model.comparison import Comparison
    from carbonspace.model.measure import Measure
    from carbonspace.model.plan import Plan
    from carbonspace.sources import read_plan
    from carbonspace.ways import service_areas, street_network
    from carbonspace.zoned import evaluate_zones

_HOMES = {
    "read_plan": "carbonspace.sources",
    "evaluate": "carbonspace.evaluation",
    "evaluate_zones": "carbonspace.zoned",
    "compare": "carbonspace.comparison",
    "Plan": "carbonspace.model.plan",
    "Assessment": "carbonspace.model.assessment",
    "Comparison": "carbonspace.model.comparison",
    "Measure": "carbonspace.model.measure",
    "Walk": "carbonspace.indicators._walking",
    "service_areas": "carbonspace.ways",
    "street_network": "carbonspace.ways",
}

__all__ = [
    "Assessment", "Comparison", "Measure", "Plan", "Walk", "__version__", "compare", "evaluate",
    "evaluate_zones", "read_plan", "service_areas", "street_network",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Return a public name, or the indicator function called `name`."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if not name.startswith("_"):
        from carbonspace.catalogue import indicators

        if name in indicators():
            return indicators()[name].function
    raise AttributeError(f"module 'carbonspace' has no attribute {name!r}")
