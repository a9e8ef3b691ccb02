"""What a worker does then: the questions answered in the units of a tile, or once in all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from carbonspace.crew import Crew
from carbonspace.inquiry import Inquiry
from carbonspace.measuring import FEATURES_PER_PART, Question
from carbonspace.model.once import made_now
from carbonspace.model.plan import Plan
from carbonspace.model.progress import nobody
from carbonspace.model.repair import Repair
from carbonspace.model.shared import Beyond, Fact
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.robustness import Scope, outcomes_of
from carbonspace.sources.window import Boxes, read_window
from carbonspace.tiled.blocks import blocks_within
from carbonspace.tiled.files import (
    content_of,
    layers_in,
    packed_outcomes,
    put,
    receipt_of,
    unseen,
)
from carbonspace.tiled.remembering import left, memory_of
from carbonspace.tiled.settling import kept, repairs_in
from carbonspace.tiled.tasks import Answering, Tile, Wide


def answer(task: Answering) -> dict[str, Any]:
    """Put down what the questions come to in a tile, if it is not there yet; return the receipt."""
    known = receipt_of(task.tile.folder, task.name)
    if known is not None and content_of(task.tile.folder, task.name) is not None:
        return {**known, "resumed": True}
    layers, said = kept(task.tile)
    beyond = _beyond(task.tile.folder, task.whole)
    beyond = replace(beyond, layers={**beyond.layers, **_whole(task, layers)})
    beyond, more = _with_blocks(task.tile, said, beyond)
    asked, raw = _raw(task, said["boxes"], beyond)
    prepared = replace(
        asked.plan, layers={**beyond.columns, **layers}, prepared=True,
        findings=(), repairs=_repairs(said, more), settings=raw.settings, beyond=beyond,
        aside={key: Text(*why) for key, why in said["aside"].items()},
    )  # fmt: skip
    units = pd.Index(task.tile.units, name=prepared.layers["units"].index.name)
    return _put_down(task, prepared, raw if asked.judged else prepared, asked, units)


def answer_wide(task: Wide) -> dict[str, Any]:
    """Put down what questions about the whole plan come to; return the receipt."""
    known = receipt_of(task.folder, task.name)
    if known is not None and content_of(task.folder, task.name) is not None:
        return {**known, "resumed": True}
    raw = read_window(task.request.plan, dict.fromkeys(task.layers), task.held)
    asked = task.request.inquiry(raw)
    prepared = prepare(asked.plan)
    return _put_down(task, prepared, asked.plan, asked, prepared.layers["units"].index)


def questions_of(task: Answering) -> dict[str, Question]:
    """Return the questions of a tile, as far as they can be told without its layers."""
    tile = task.tile
    raw = read_window(tile.request.plan, {"units": tile.box}, tile.held)
    questions = tile.request.inquiry(raw).questions(raw)
    return {key: questions[key] for key in tile.asked}


def _put_down(
    task: Answering | Wide, prepared: Plan, raw: Plan, asked: Inquiry, units: pd.Index
) -> dict[str, Any]:
    names = task.asked if isinstance(task, Wide) else task.tile.asked
    folder = task.folder if isinstance(task, Wide) else task.tile.folder
    questions = asked.questions(prepared)
    memory = memory_of(task) if task.request.remembers else None
    once = made_now if memory is None else memory.derived
    outcomes, seconds = outcomes_of(
        prepared, {key: questions[key] for key in names}, raw=raw,
        judged=asked.judged & {*names}, progress=nobody,
        scope=Scope(units, None, Crew(1), FEATURES_PER_PART, memory=memory, once=once),
    )  # fmt: skip
    said = {"units": len(units), **({} if memory is None else left(task, memory))}
    return put(folder, task.name, packed_outcomes(outcomes, seconds), said)


def _whole(task: Answering, layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    return {key: layers[key] for key, metres in task.tile.reach.items()
            if metres is None and key in layers}  # fmt: skip


def _raw(task: Answering, boxes: Boxes, beyond: Beyond) -> tuple[Inquiry, Plan]:
    """Return what is asked, and the plan as read, where it may have to be prepared otherwise."""
    tile = task.tile
    asked = tile.request.inquiry(read_window(tile.request.plan, {"units": tile.box}, tile.held))
    if asked.judged & {*tile.asked}:
        there = {key: box and (box[0], box[1], box[2], box[3]) for key, box in boxes.items()}
        asked = tile.request.inquiry(read_window(tile.request.plan, there, tile.held))
    settings = replace(asked.plan.settings, blocks_from=tile.basis)
    return asked, replace(asked.plan, settings=settings, beyond=beyond,
                          aside={**asked.plan.aside, **tile.aside})  # fmt: skip


def _with_blocks(
    tile: Tile, said: Mapping[str, Any], beyond: Beyond
) -> tuple[Beyond, tuple[Repair, ...]]:
    """Return what is known of the whole, with its blocks, and what was done that changes them."""
    if tile.blocks is None or "blocks" not in tile.reach:
        return beyond, ()
    found = blocks_within(tile.folder, tile.blocks, said["blocks"])
    return replace(beyond, blocks=found.blocks), found.repairs


def _repairs(said: Mapping[str, Any], more: Iterable[Repair]) -> tuple[Repair, ...]:
    """Return what was done in a tile, and what was done elsewhere that changes its blocks."""
    own = repairs_in(said)
    here = {one.fault for one in own}
    return (*own, *(one for one in more if one.fault not in here))


@lru_cache(maxsize=2)
def _beyond(folder: Path, name: str) -> Beyond:
    """Return what is known of the whole plan."""
    file = content_of(folder, name)
    if file is None:
        raise unseen(folder)
    layers, said = layers_in(file)
    answers = {Fact(asked, key, column): frozenset(value) if isinstance(value, list) else value
               for asked, key, column, value in said["facts"] if value is not None}  # fmt: skip
    return Beyond({"units": layers.pop("units")}, answers, layers)
