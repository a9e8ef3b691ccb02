"""Whether what a tile was settled from is still what it would read, told by its receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from carbonspace.sources.window import Boxes, near_within, seen_within
from carbonspace.tiled.blocks import blocks_within
from carbonspace.tiled.files import receipt_of
from carbonspace.tiled.tasks import Region, Tile


def holding_still(tile: Tile | Region, receipt: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the receipt of a tile as it would be now, if it was settled from what there is.

    Only of layers that changed anywhere it is asked what they hold in view, and only of those that
    changed near it what exactly.
    """
    boxes, whole = receipt["boxes"], _identified(tile, receipt["boxes"])
    changed = {key: box for key, box in boxes.items() if receipt["whole"].get(key) != whole[key]}
    near = _near_now(tile, changed)
    there = {key: box for key, box in changed.items()
             if key not in near or receipt["near"].get(key) != near[key]}  # fmt: skip
    now = seen_within(tile.request.plan, there, tile.held)
    if tile.blocks is not None and receipt["whole"]["blocks"] != whole["blocks"]:
        now["blocks"] = blocks_within(tile.folder, tile.blocks, receipt["blocks"]).digest
    if any(receipt["seen"].get(key) != seen for key, seen in now.items()):
        return None
    return {**receipt, "whole": whole, "near": {**receipt["near"], **near}}


def identity(tile: Tile | Region, boxes: Boxes, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a receipt has of what a tile was settled from, within these boxes.

    Of layers that are as they were in the receipt `before` it is that.
    """
    whole, known = _identified(tile, boxes), before or {"whole": {}, "boxes": {}, "near": {}}
    near = {
        key: one
        for key, one in known["near"].items()
        if known["whole"].get(key) == whole.get(key) and _same(known["boxes"], boxes, key)
    }
    new = {key: box for key, box in boxes.items() if key not in near}
    return {"whole": whole, "near": {**near, **_near_now(tile, new)}}


def _same(one: Boxes, other: Boxes, key: str) -> bool:
    """Tell whether the box of a layer is the same: one of both comes from JSON."""
    mine, theirs = one.get(key), other.get(key)
    return mine is not None and theirs is not None and [*mine] == [*theirs]


def _near_now(tile: Tile | Region, boxes: Boxes) -> dict[str, str]:
    """Return what tells whether layers changed near a tile; only a run that remembers is asked."""
    return near_within(tile.request.plan, boxes, tile.held) if tile.request.remembers else {}


def _identified(tile: Tile | Region, layers: Iterable[str]) -> dict[str, Any]:
    """Return what identifies all that layers hold, and what blocks were found in."""
    whole: dict[str, Any] = {key: [one.sha256 for one in tile.held[key].inputs] for key in layers}
    found = None if tile.blocks is None else receipt_of(tile.folder, tile.blocks)
    return whole if found is None else {**whole, "blocks": found["seen"]}
