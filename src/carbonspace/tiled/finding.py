"""Blocks between roads of a whole plan: cut into regions, found on workers, numbered together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.model.once import Once
from carbonspace.model.policy import Policies
from carbonspace.model.progress import Progress
from carbonspace.prepare.alternatives import alternatives
from carbonspace.prepare.crs import foreign
from carbonspace.prepare.hierarchy import outline_of
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.window import by_place, read_window
from carbonspace.tiled.blocks import Given, given_of
from carbonspace.tiled.files import packed_layers, put, receipt_of
from carbonspace.tiled.numbering import number_blocks
from carbonspace.tiled.regions import find_faces
from carbonspace.tiled.remembering import put_shapes, shapes_of
from carbonspace.tiled.running import Receipt, done
from carbonspace.tiled.tasks import Blocks, Region

if TYPE_CHECKING:
    from carbonspace.tiled.evaluating import Work

_EVERYWHERE = (-np.inf, -np.inf, np.inf, np.inf)
_FIRST_M, _SPACINGS = 300.37, 4.0
"""So far, or so many times the space that each road has, is looked around a region at first."""
Outline = tuple[tuple[Any, ...], str, str]


def find_blocks(
    work: Work, executor: Executor, features: int, progress: Progress
) -> list[Receipt]:  # fmt: skip
    """Have the blocks found that tiles read, where any question uses them.

    Regions have about so many roads, and lie where units do.
    """
    task = work.blocks_job()
    if task is None:
        return []
    regions = [*regions_of(work, task, features)]
    receipts = done(executor, [(find_faces, one) for one in regions], progress, task.title)
    units = [asdict(one) for one in work.ground.repairs if one.layer == "units"]
    return [number_blocks(task, regions, receipts, work.crs, units)]


def regions_of(work: Work, task: Blocks, features: int) -> Iterator[Region]:
    """Yield regions that together hold each place once, each with about so many roads."""
    units = work.ground.layers["units"].geometry
    west, south, east, north = units.total_bounds.tolist()
    extent: Bounds = (west, south, east, north)
    readable = _by_place(work, extent)
    count = -(-sum(task.held["roads"].rows) // features) if "roads" in readable else 1
    middle = shapely.get_coordinates(shapely.centroid(shapely.envelope(units.to_numpy())))
    boxes = [*_halved(middle, _EVERYWHERE, extent, max(1, count))]
    outlines = tuple(_outlines(work, task))
    margin = _margin((east - west) * (north - south), sum(task.held["roads"].rows))
    for n, box in enumerate(boxes, start=1):
        yield Region(task, n, len(boxes), box, extent, margin, outlines, readable)


def _margin(area: float, roads: int) -> float:
    """Return how far a block may reach out of a region so that it is seen at first sight."""
    return max(_FIRST_M, _SPACINGS * float(np.sqrt(area / max(roads, 1))))


def _halved(
    points: NDArray[np.float64], box: Bounds, extent: Bounds, count: int
) -> Iterator[Bounds]:
    """Cut a box across its longer side, with as many points on both, until there are so many."""
    if count <= 1:
        yield box
        return
    low, high = np.maximum(box[:2], extent[:2]), np.minimum(box[2:], extent[2:])
    axis, first = int(np.argmax(high - low)), count // 2
    at = _between(np.sort(points[:, axis]), len(points) * first // count,
                  float(low[axis] + high[axis]) / 2)  # fmt: skip
    before = points[:, axis] < at
    ends = {axis: at}
    lower = (box[0], box[1], ends.get(0, box[2]), ends.get(1, box[3]))
    upper = (ends.get(0, box[0]), ends.get(1, box[1]), box[2], box[3])
    yield from _halved(points[before], lower, extent, first)
    yield from _halved(points[~before], upper, extent, count - first)


def _between(sorted_: NDArray[np.float64], at: int, otherwise: float) -> float:
    """Return a place between two numbers, or another where there is nothing between."""
    if not 0 < at < len(sorted_) or sorted_[at - 1] == sorted_[at]:
        return otherwise
    return float(sorted_[at - 1] + sorted_[at]) / 2


def _by_place(work: Work, extent: Bounds) -> tuple[str, ...]:
    """Return the layers that can be read by place: none where they lie in another CRS."""
    file, corner = work.request.plan, (*extent[:2], *extent[:2])
    readable = by_place(file, ("units", "roads"))
    if "roads" not in readable:
        return ()
    boxes = {key: corner if key in readable else None for key in ("units", "roads")}
    return () if foreign(read_window(file, boxes, work.held)) else readable


def _outlines(work: Work, task: Blocks) -> Iterator[Outline]:
    """Put down the outline of all units, and what it is otherwise; yield by policies the files."""
    once = shapes_of(task)
    for n, (policy, outline) in enumerate(_ways(work, once)):
        name = f"{task.name}-outline-{n}"
        frame = gpd.GeoDataFrame(geometry=[outline], crs=work.crs)
        content = packed_layers({"outline": frame})
        digest = hashlib.sha256(content).hexdigest()
        if (receipt_of(task.folder, name) or {}).get("digest") != digest:
            put(task.folder, name, content, {})
        yield _firm(given_of(policy)), name, digest
    put_shapes(task, once)


def _firm(given: Given) -> tuple[Any, ...]:
    return tuple(map(tuple, given))


def _ways(work: Work, once: Once) -> Iterator[tuple[Policies, shapely.Geometry]]:
    ground, raw = work.ground, work.asked.plan
    yield ground.settings.policy, _outline(ground.layers["units"], once)
    raw = replace(raw, settings=replace(raw.settings, blocks_from=None))
    for other in alternatives(raw, ground, once=once) if work.asked.judged else ():
        if "units" in other.differing:
            yield other.plan.settings.policy, _outline(other.plan.layers["units"], once)


def _outline(units: gpd.GeoDataFrame, once: Once) -> shapely.Geometry:
    shapes = units.geometry.to_numpy()
    return once("outline of units", (shapes,),
                lambda: np.array([outline_of(shapes)], dtype=object))[0]  # fmt: skip
