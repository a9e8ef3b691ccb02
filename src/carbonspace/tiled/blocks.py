"""Blocks between roads, found once in the whole plan and put down by place for tiles to read.

A block may be kilometres wide, and its name is its number among all: what a tile would have to read
to find its blocks itself is far more than it sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.digest import digest_of
from carbonspace.model.once import Once
from carbonspace.model.plan import Plan
from carbonspace.model.policy import Policies, Policy
from carbonspace.model.repair import Repair
from carbonspace.model.shared import Beyond
from carbonspace.parts import tiles
from carbonspace.past.rows import rows_of
from carbonspace.prepare import prepare
from carbonspace.prepare.alternatives import alternatives
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.window import read_window
from carbonspace.tiled.files import (
    RECEIPT,
    content_of,
    layers_in,
    packed_layers,
    plain_finding,
    put,
    receipt_of,
    unseen,
)
from carbonspace.tiled.remembering import put_shapes, shapes_of
from carbonspace.tiled.tasks import Blocks
from carbonspace.tiled.windows import touches

_AT_ONCE = 20_000
"""So many blocks are in a file."""
_HELD = 4
"""So many files are held: neighbouring tiles need the same."""
_PLACE = "place"
"""The column that says where a block is in the order of the whole plan."""

Given = list[list[Any]]


class Known(NamedTuple):
    """Blocks that touch a box: by policies, and what was done about faults that change them."""

    blocks: tuple[tuple[Policies, gpd.GeoDataFrame], ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def beyond(self) -> Beyond:
        """The blocks as what is known of the whole plan."""
        return Beyond(blocks=self.blocks)

    @property
    def digest(self) -> str:
        """What tells them from others."""
        return digest_of([rows_of(blocks).digest for _, blocks in self.blocks])


def find_blocks(task: Blocks) -> dict[str, Any]:
    """Put down the blocks of the whole plan, if they are not there yet; return the receipt."""
    if (known := _found(task)) is not None:
        return known
    raw = read_window(task.request.plan, {"units": None, "roads": None}, task.held)
    asked = task.request.inquiry(raw)
    once = shapes_of(task)
    plan = prepare(asked.plan, once=once)
    blocks = plan.layers.get("blocks", _none(plan))
    ways = [_put_way(task, number, *way) for number, way in
            enumerate(_ways(asked.plan, plan, blocks, bool(asked.judged), once))]  # fmt: skip
    put_shapes(task, once)
    said = {
        "seen": task.seen, "aside": plan.aside, "repairs": [asdict(one) for one in plan.repairs],
        "findings": [plain_finding(one) for one in plan.findings if one.layer == "blocks"],
        "ways": ways,
    }  # fmt: skip
    return put(task.folder, task.name, packed_layers({"blocks": blocks.iloc[:0]}), said)


def blocks_within(folder: Path, name: str, box: Bounds | None) -> Known:
    """Return the blocks of the whole plan that touch a box, or all of them.

    Raises
    ------
    SourceError
        What was put down is not there.
    """
    receipt = receipt_of(folder, name)
    if receipt is None:
        raise unseen(folder)
    none = _opened(folder, name)
    base, *others = [(_policies(given), _touching(folder, none, files, box))
                     for given, files in receipt["ways"]]  # fmt: skip
    digest = rows_of(base[1]).digest
    others = [(policy, one) for policy, one in others if rows_of(one).digest != digest]
    repairs = [Repair(**one) for one in receipt["repairs"]] if others else []
    return Known((base, *others), tuple(repairs))


def _found(task: Blocks) -> dict[str, Any] | None:
    """Return the receipt of blocks that are there, of what there is now; None without."""
    receipt = receipt_of(task.folder, task.name)
    if receipt is None or receipt["seen"] != task.seen:
        return None
    files = [name for _, files in receipt["ways"] for name, _ in files]
    return receipt if all(receipt_of(task.folder, name) for name in files) else None


def _none(plan: Plan) -> gpd.GeoDataFrame:
    index = pd.Index([], dtype="str", name="block_id")
    return gpd.GeoDataFrame(geometry=[], index=index, crs=plan.layers["units"].crs)


def _ways(
    raw: Plan, plan: Plan, blocks: gpd.GeoDataFrame, judged: bool, once: Once
) -> Iterator[tuple[Policies, gpd.GeoDataFrame]]:
    """Yield the blocks as they are, and as they are with faults treated the other way."""
    yield plan.settings.policy, blocks
    for other in alternatives(raw, plan, once=once) if judged else ():
        if "blocks" in other.differing:
            yield other.plan.settings.policy, other.plan.layers.get("blocks", blocks.iloc[:0])


def _put_way(
    task: Blocks, number: int, policy: Policies, blocks: gpd.GeoDataFrame
) -> tuple[Given, Given]:
    """Put blocks down by place; return the policies, and the name and the box of each file."""
    files, placed = Given(), blocks.assign(**{_PLACE: range(len(blocks))})
    for n, ids in enumerate(tiles(placed, -(-len(placed) // _AT_ONCE)) if len(placed) else ()):
        some, name = placed.loc[ids], f"{task.name}-{number}-{n}"
        put(task.folder, name, packed_layers({"blocks": some}), {})
        files.append([name, some.total_bounds.tolist()])
    return [[*key, *one] for key, one in policy.given.items()], files


def _policies(given: Given) -> Policies:
    return Policies({(layer, fault): Policy(choice, tolerance)
                     for layer, fault, choice, tolerance in given})  # fmt: skip


def _touching(
    folder: Path, none: gpd.GeoDataFrame, files: Given, box: Bounds | None
) -> gpd.GeoDataFrame:
    """Return the blocks of files that touch a box, in the order of the whole plan."""
    near = [name for name, around in files if box is None or touches(np.array(around), box)[0]]
    parts = [_opened(folder, name) for name in near]
    if not parts:
        return none
    blocks = gpd.GeoDataFrame(pd.concat(parts)).sort_values(_PLACE).drop(columns=_PLACE)
    if box is None:
        return blocks
    return blocks[touches(shapely.bounds(blocks.geometry.to_numpy()), box)]


def _opened(folder: Path, name: str) -> gpd.GeoDataFrame:
    return _held(folder, name, (receipt_of(folder, name) or {}).get("digest"))


@lru_cache(maxsize=_HELD)
def _held(folder: Path, name: str, _digest: str | None) -> gpd.GeoDataFrame:
    file = content_of(folder, name)
    if file is None:
        (folder / f"{name}{RECEIPT}").unlink(missing_ok=True)  # the next run makes it again
        raise unseen(folder)
    with file:
        return layers_in(file)[0]["blocks"]
