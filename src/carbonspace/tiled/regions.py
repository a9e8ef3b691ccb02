"""Blocks between roads found in a region: roads are read around it until no block reaches out."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.digest import digest_of
from carbonspace.model.policy import Policies
from carbonspace.model.repair import Repair
from carbonspace.parts import tiles
from carbonspace.past.mixing import told_apart
from carbonspace.prepare.between import outline_near
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.window import Boxes, seen_within
from carbonspace.tiled.blocks import AT_ONCE, PLACE, Given, content, given_of, policies_of
from carbonspace.tiled.files import layers_in, packed_layers, packed_tables, put, receipt_of
from carbonspace.tiled.looking import Look, Way, looks_at
from carbonspace.tiled.remembering import put_shapes, shapes_of
from carbonspace.tiled.still import holding_still, identity
from carbonspace.tiled.tasks import Region
from carbonspace.tiled.windows import around


def find_faces(task: Region) -> dict[str, Any]:
    """Put down the blocks that begin in a region, if they are not there yet; return the receipt."""
    if (known := _found(task)) is not None:
        return known
    once = shapes_of(task)
    looks, ways = looks_at(task, _outlines(task), once)
    put_shapes(task, once)
    files = [_put_way(task, n, way) for n, way in enumerate(ways)]
    box, boxes = _all_of(looks)
    plans = [look.plan for look in looks]
    said = {
        "region": task.box, "box": box, "boxes": boxes, "outline": _near(task, box, boxes),
        "ways": [[given_of(way.policy), len(way.shapes), some]
                 for way, some in zip(ways, files, strict=True)],
        "roads": any("roads" in one.layers for one in plans),
        "aside": {key: why for one in plans for key, why in one.aside.items()},
        "repairs": [asdict(one) for plan in plans for one in plan.repairs if one.layer == "roads"],
        "seen": seen_within(task.request.plan, boxes, task.held),
        **identity(task, boxes, None),
    }  # fmt: skip
    return put(task.folder, task.name, _packed(ways), said)


def _all_of(looks: list[Look]) -> tuple[Bounds | None, Boxes]:
    """Return the box around all that was looked at, and around what of each layer was read."""
    boxes = [look.box for look in looks if look.box is not None]
    read: dict[str, Bounds | None] = dict(looks[0].boxes)
    for key, box in (one for look in looks for one in look.boxes.items()):
        before = read[key]
        read[key] = around([before, box]) if before and box else None
    return around(boxes) if boxes else None, read


def _found(task: Region) -> dict[str, Any] | None:
    """Return the receipt of blocks that are there, of what there is now; None without."""
    receipt = receipt_of(task.folder, task.name)
    if receipt is None or receipt["region"] != [*task.box]:
        return None
    files = [name for _, _, files in receipt["ways"] for name, _ in files]
    if not all(receipt_of(task.folder, name) for name in files):
        return None
    if receipt["outline"] != _near(task, receipt["box"], receipt["boxes"]):
        return None
    return holding_still(task, receipt)


def _near(task: Region, box: Bounds | None, boxes: Boxes) -> str:
    """Return what tells outlines from others, as far as a region hangs on them."""
    found, seen = list[Any](), boxes.get("roads")
    for policy, outline in _outlines(task):
        part = outline if box is None else shapely.clip_by_rect(outline, *box)
        edges = outline_near(outline, seen).geometries()
        shapes = np.array([shapely.normalize(part), *edges], dtype=object)
        found.append([given_of(policy), told_apart(shapes).tolist()])
    return digest_of(found)


def _outlines(task: Region) -> list[tuple[Policies, shapely.Geometry]]:
    return [(policies_of(given), _outline(task.folder, name, digest))
            for given, name, digest in task.outlines]  # fmt: skip


@lru_cache(maxsize=4)
def _outline(folder: Path, name: str, _digest: str) -> shapely.Geometry:
    with content(folder, name) as file:
        found: shapely.Geometry = layers_in(file)[0]["outline"].geometry.iloc[0]
    return found


def _put_way(task: Region, number: int, way: Way) -> Given:
    """Put blocks down by place; return the name and the box of each file."""
    files, placed = Given(), gpd.GeoDataFrame({PLACE: np.arange(len(way.shapes))},
                                              geometry=way.shapes, crs=None)  # fmt: skip
    for n, ids in enumerate(tiles(placed, -(-len(placed) // AT_ONCE)) if len(placed) else ()):
        some, name = placed.loc[ids], f"{task.name}-{number}-{n}"
        put(task.folder, name, packed_layers({"blocks": some}), {})
        files.append([name, some.total_bounds.tolist()])
    return files


def _packed(ways: list[Way]) -> bytes:
    """Return what blocks are numbered by, as the content of a file."""
    return packed_tables({f"{kind}-{n}": table for n, way in enumerate(ways)
                          for kind, table in (("keys", way.keys), ("base", way.base))})  # fmt: skip


def repairs_of(receipts: list[dict[str, Any]]) -> list[Repair]:
    """Return what was done about faults of roads anywhere, each once: how much is nobody told."""
    found = dict[tuple[str, str], Repair]()
    for one in (Repair(**one) for receipt in receipts for one in receipt["repairs"]):
        found.setdefault((one.fault, one.layer), one)
    return [*found.values()]
