"""The account of repairs of a plan that nobody holds, made when it is asked for, layer by layer.

What was done to a layer is told of all of it, wherever its features lie: so it is read as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.measuring import KEPT_FEATURES
from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.plan import Plan
from carbonspace.model.policy import FAULTS
from carbonspace.model.repair import Repair
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.sources.window import read_window

if TYPE_CHECKING:
    from carbonspace.tiled.evaluating import Work

_GROUND = ("units", "city")
_STAGES = (("unclosed", "curves"), ("mixed_types", "heights", "empty", "invalid"),
           ("duplicates", "slivers", "overlaps", "gaps", "near_misses", "dangles"), (),
           ("across_units", "outlines"))  # fmt: skip
"""Faults in the order in which a whole plan is looked at: as it is read, feature by feature, layer
by layer, what is derived, and layers with each other."""
_DERIVED, _TOGETHER = 3, 4
_MAYBE = 0.5
"""Lines of which so much is closed may be the outlines of parcels."""


class Account:
    """What was done to the layers of a plan, each looked at once, whoever asks for it."""

    def __init__(self, work: Work) -> None:
        self._work, self._told = work, dict[str, list[Repair]]()

    def whole(self, key: str, beside: tuple[str, ...] = ()) -> gpd.GeoDataFrame | None:
        """Return a layer as it is in the whole plan, prepared with those beside it.

        None where it cannot be used.
        """
        plan = self._prepared(key, beside)
        layer = plan.layers.get(key)
        if key not in beside and layer is not None and self._may_outline(key, layer):
            plan = self._prepared(key, (*beside, "parcels"))
        self._told[key] = [one for one in plan.repairs if one.layer == key]
        return layer

    def repairs(self) -> tuple[Repair, ...]:
        """Return what was done to all layers that are not too large, in the order of `prepare`."""
        for key in [key for key in _accounted(self._work) if key not in self._told]:
            self.whole(key)
        told = [*self._work.ground.repairs, *(one for some in self._told.values() for one in some)]
        return tuple(sorted(told, key=self._place))

    def _prepared(self, key: str, beside: tuple[str, ...]) -> Plan:
        work, basis = self._work, self._work.basis([key])
        keys = dict.fromkeys(one for one in ("units", basis, key, *beside) if one in work.held)
        raw = read_window(work.request.plan, {str(one): None for one in keys}, work.held)
        raw = replace(raw, settings=replace(raw.settings, blocks_from=basis))
        return prepare(work.request.inquiry(raw).plan)

    def _may_outline(self, key: str, layer: gpd.GeoDataFrame) -> bool:
        """Tell whether lines have to be held against parcels, which they may be outlines of."""
        if not FAULTS["outlines"].concerns(key) or "parcels" not in self._work.held:
            return False
        lines = layer.geometry.to_numpy()
        metres = shapely.length(lines)
        return bool(metres[shapely.is_closed(lines)].sum() > _MAYBE * np.sum(metres))

    def _place(self, one: Repair) -> tuple[int, int, int]:
        """Return where an entry stands among those of a whole plan."""
        if one.layer == "blocks" and "blocks" not in self._work.held:
            return _DERIVED, 0, 0
        stage = next(n for n, faults in enumerate(_STAGES) if one.fault in faults)
        fault = _STAGES[stage].index(one.fault) if stage == _TOGETHER else 0
        return stage, fault, [*LAYERS].index(one.layer)


def _accounted(work: Work) -> list[str]:
    """Return the layers that are read for the account, and blocks that are derived of one."""
    held = [key for key in work.held if key not in _GROUND and not _is_large(work, key)]
    derived = work.basis(["blocks"]) == "parcels" and "parcels" in held
    return [*held, "blocks"] if derived else held


def _is_large(work: Work, key: str) -> bool:
    return sum(work.held[key].rows) > KEPT_FEATURES


def unaccounted(work: Work) -> Iterator[Finding]:
    """Yield that the account of repairs leaves out layers, where it does."""
    for key in work.held:
        if key not in _GROUND and _is_large(work, key):
            count = sum(work.held[key].rows)
            yield Finding(
                "note", key,
                Text("要素过多，不列修复账", "Too many features for the account of repairs"),
                Text(f"{count} 个要素", f"{count} features"),
                Text(f"不超过 {KEPT_FEATURES} 个", f"at most {KEPT_FEATURES}"),
                Text("修复照常进行，单元的数值不受影响。如需此账，请按县评估。",
                     "Repairs are made all the same, and no value hangs on this. For the account, "
                     "evaluate a county at a time."),
            )  # fmt: skip
