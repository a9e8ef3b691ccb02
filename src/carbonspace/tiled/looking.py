"""What begins in a region, looked for in a box around it, and farther where that cuts it off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.model.once import Once, Shapes
from carbonspace.model.plan import Plan
from carbonspace.model.policy import Policies
from carbonspace.model.shared import Beyond
from carbonspace.past.mixing import told_apart
from carbonspace.prepare import prepare
from carbonspace.prepare.alternatives import alternatives
from carbonspace.prepare.between import (
    Cells,
    Chosen,
    Floats,
    alike,
    cells_of,
    hold_each_other,
    reaching_out,
)
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.window import Boxes, read_window
from carbonspace.tiled.tasks import Region
from carbonspace.tiled.windows import HALO_M, around, grown

_WEST_M = 1.37
"""So far to the west of a region is looked, where no block of it can lie."""
_FASTER = 4
"""So many times as far it is looked wherever a block reaches out once more."""
_SLACK_M = 2.0
_NEAR_M = 10.0
"""What is so near to a block may have a say in it."""
_NOTHING = np.empty((0, 4))
_CORNERS, _PLACE = 5, [0, 4]
"""So many numbers of a key order blocks; two of them are the place of its westernmost vertex."""

Outlines = Sequence[tuple[Policies, shapely.Geometry]]
"""By policies the outline of all units: first as they are."""


class Way(NamedTuple):
    """The blocks of a region under some policies.

    Attributes
    ----------
    shapes, keys
        From west to east; their corners, and what tells one from others.
    base
        The key of the block that each is as the plan is; nan where it is none.
    """

    policy: Policies
    shapes: Shapes
    keys: Floats
    base: Floats

    def of(self, some: Any) -> Way:
        """Return some of the blocks."""
        return Way(self.policy, self.shapes[some], self.keys[some], self.base[some])


@dataclass(frozen=True)
class Look:
    """What was seen: the box, what was read around it, and the plan as read and prepared."""

    box: Bounds | None
    boxes: Boxes
    raw: Plan
    plan: Plan
    judged: bool


class _Cut(NamedTuple):
    """What begins in a region and is cut off: the places where it begins, and boxes around it."""

    places: Shapes
    boxes: Floats


def looks_at(
    task: Region, outlines: Outlines, once: Once
) -> tuple[list[Look], list[Way]]:  # fmt: skip
    """Return all that had to be looked at, and the blocks that begin in a region.

    First those of the plan as it is, then those that differ as faults are treated otherwise.
    """
    looks, found, wanted, metres = list[Look](), list[list[Way]](), None, task.margin
    box = _first_box(task)
    while True:
        look, ways, cut = _look(task, box, outlines, wanted, once)
        looks.append(look)
        found.append([way.of(~np.isin(_places(way.keys), cut.places)) for way in ways])
        if box is None or not len(cut.boxes):
            return looks, _together(found)
        metres *= _FASTER
        wider = _wider(box, cut.boxes, metres, task.extent)
        # Two blocks may begin at one place, and be cut by turns: the second box only grows.
        wanted, box = cut.places, wider if wanted is None else around([box, wider])


def _first_box(task: Region) -> Bounds | None:
    """Return what is looked at first; None where roads cannot be read by place."""
    if "roads" not in task.by_place:
        return None
    west, south, east, north = task.box
    return _clipped((west - _WEST_M, south - task.margin, east + task.margin, north + task.margin),
                    task.extent)  # fmt: skip


def _wider(box: Bounds, cut: Floats, metres: float, extent: Bounds) -> Bounds:
    """Return a box around what the rim of another cuts off, that much larger where it does."""
    low, high = cut[:, :2].min(axis=0), cut[:, 2:].max(axis=0)
    south_west = low - np.where(low <= np.add(box[:2], _SLACK_M / 2), metres, _WEST_M)
    north_east = high + np.where(high >= np.add(box[2:], -_SLACK_M / 2), metres, _WEST_M)
    (west, south), (east, north) = south_west.tolist(), north_east.tolist()
    return _clipped((west, south, east, north), extent)


def _clipped(box: Bounds, extent: Bounds) -> Bounds:
    west, south, east, north = grown(extent, _SLACK_M)
    return max(box[0], west), max(box[1], south), min(box[2], east), min(box[3], north)


def _look(
    task: Region, box: Bounds | None, outlines: Outlines, wanted: Shapes | None, once: Once
) -> tuple[Look, list[Way], _Cut]:
    """Look at a box, and read as far around it as what lies there has a say in blocks of it."""
    seen = None if box is None else grown(box, HALO_M)
    while True:
        look = _prepared(task, box, seen, once)
        ways, cut, bent = _ways(task, look, outlines, wanted, once)
        if seen is None or not len(bent):
            return look, ways, cut
        seen = around([seen, *(grown((one[0], one[1], one[2], one[3]), HALO_M)
                               for one in bent.tolist())])  # fmt: skip


def _prepared(task: Region, box: Bounds | None, seen: Bounds | None, once: Once) -> Look:
    """Read and prepare the roads that touch a box, or all of them."""
    boxes: Boxes = {"roads": seen} if seen else {"units": None, "roads": None}
    raw = read_window(task.request.plan, boxes, task.held)
    if "roads" not in raw.layers:
        return Look(box, boxes, raw, replace(raw, layers={}), judged=False)
    if seen is not None:
        raw = replace(raw, layers={**raw.layers, "units": _stand_in(seen, raw.layers["roads"].crs)})
    settings = replace(raw.settings, blocks_from=None)
    asked = task.request.inquiry(replace(raw, settings=settings, beyond=Beyond()))
    return Look(box, boxes, asked.plan, prepare(asked.plan, once=once), bool(asked.judged))


def _stand_in(box: Bounds, crs: Any) -> gpd.GeoDataFrame:
    """Return a unit for a plan of which nothing but the roads is looked at."""
    return gpd.GeoDataFrame({"unit_id": ["-"]}, geometry=[shapely.box(*box)], crs=crs)


def _ways(
    task: Region, look: Look, outlines: Outlines, wanted: Shapes | None, once: Once
) -> tuple[list[Way], _Cut, Floats]:
    """Return the blocks that begin in a region, what of them is cut off, and what may be bent.

    The latter are boxes around stretches of roads along them of which not all was seen.
    """
    ways, cut, bent, base = list[Way](), list[_Cut](), [_NOTHING], None
    for policy, roads, outline in _otherwise(look, outlines, once):
        cells = cells_of(roads, outline, look.box, look.boxes["roads"], once)
        base = cells if base is None else base
        own = cells.within(task.box)
        if wanted is not None:
            own &= np.isin(_places(cells.corners), wanted)
        here = own & cells.is_cut
        way, more = _way(policy, cells, own, base, look.judged)
        cut += [_Cut(_places(cells.corners[here]), cells.corners[here, :4]), more]
        ways.append(way)
        if (seen := look.boxes["roads"]) is not None and "roads" in look.raw.layers:
            near = _limit(policy) + _NEAR_M
            bent.append(reaching_out(look.raw.layers["roads"].geometry.to_numpy(), outline,
                                     cells.shapes[own], grown(seen, -near), near))  # fmt: skip
    return (
        ways,
        _Cut(*(np.concatenate(some) for some in zip(*cut, strict=True))),
        np.concatenate(bent),
    )


def _limit(policy: Policies) -> float:
    """Return how far apart roads may lie of which one has a say in the other."""
    return 2 * max(policy.of(fault, "roads").limit for fault in ("near_misses", "dangles"))


def _otherwise(
    look: Look, outlines: Outlines, once: Once
) -> Iterator[tuple[Policies, gpd.GeoDataFrame | None, shapely.Geometry]]:
    """Yield roads and outlines as they are, and as they are with faults treated the other way."""
    (policy, outline), *left = outlines
    roads = look.plan.layers.get("roads")
    yield policy, roads, outline
    for other in alternatives(look.raw, look.plan, once=once) if look.judged else ():
        under = other.plan.settings.policy
        if "roads" in other.differing:
            mine = [one for key, one in left if key == under]
            left = [one for one in left if one[0] != under]
            yield under, other.plan.layers.get("roads"), mine[0] if mine else outline
    for under, one in left:
        yield under, roads, one


def _way(
    policy: Policies, cells: Cells, own: Chosen, base: Cells, judged: bool
) -> tuple[Way, _Cut]:  # fmt: skip
    """Return blocks, and those of which it is cut off what they were as the plan is."""
    at = cells.blocks(own)
    shapes, keys = cells.shapes[at], _keys(cells, at, judged)
    if cells is base:
        return Way(policy, shapes, keys, keys), _Cut(_places(_NOTHING), _NOTHING)
    which, some = alike(shapes, base), np.zeros(len(base.shapes), dtype=np.bool_)
    some[which[which >= 0]] = True
    pairs = np.flatnonzero(np.isin(which, base.blocks(some)))
    pairs = pairs[hold_each_other(shapes[pairs], base.shapes[which[pairs]])]
    found = np.full(keys.shape, np.nan)
    found[pairs] = _keys(base, which[pairs], judged)
    here = np.flatnonzero(np.append(base.is_cut, False)[which])
    boxes = np.stack((keys[here, :4], base.corners[which[here], :4]))
    around_both = np.column_stack((boxes[..., :2].min(axis=0), boxes[..., 2:].max(axis=0)))
    return Way(policy, shapes, keys, found), _Cut(_places(keys[here]), around_both)


def _keys(cells: Cells, at: Any, judged: bool) -> Floats:
    """Return the corners of cells, and where they have to be known again what tells them apart."""
    words = told_apart(cells.shapes[at])[:, 0] if judged else np.zeros(len(at), dtype=np.uint64)
    return np.column_stack((cells.corners[at], (words >> np.uint64(11)).astype(float)))


def _places(keys: Floats) -> Any:
    """Return where blocks begin, as numbers of the plane."""
    west, south = keys[:, _PLACE].T if keys.shape[1] > _PLACE[1] else _NOTHING[:, :2].T
    return west + 1j * south


def _together(looks: list[list[Way]]) -> list[Way]:
    """Return what several looks came to: in one that has no such way it is as the plan is."""
    policies = list[Policies]()
    for way in (way for ways in looks for way in ways):
        if way.policy not in policies:
            policies.append(way.policy)
    base, *others = [_one([next((way for way in ways if way.policy == one), ways[0])
                           for ways in looks], one) for one in policies]  # fmt: skip
    return [base, *(way for way in others if not _same(way, base))]


def _one(parts: list[Way], policy: Policies) -> Way:
    """Return blocks of several looks in order: those that begin at one place are of one look."""
    shapes, keys, base = (np.concatenate(some) for some in zip(*(part[1:] for part in parts),
                                                               strict=True))  # fmt: skip
    return Way(policy, shapes, keys, base).of(np.lexsort(keys[:, _CORNERS - 1 :: -1].T))


def _same(one: Way, other: Way) -> bool:
    alike = len(one.shapes) == len(other.shapes)
    return alike and bool(shapely.equals_exact(one.shapes, other.shapes, 0.0).all())
