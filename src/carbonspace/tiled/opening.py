"""What a worker has before it when it answers: a tile as it was settled, or what all hangs on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from carbonspace.evaluation import amounts_of
from carbonspace.inquiry import Inquiry
from carbonspace.measuring import Question
from carbonspace.model.plan import Plan
from carbonspace.model.repair import Repair
from carbonspace.model.shared import Beyond, Fact
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.sources.window import Boxes, read_window
from carbonspace.tiled.blocks import blocks_within
from carbonspace.tiled.counting import ZONES
from carbonspace.tiled.files import content_of, layers_in, unseen
from carbonspace.tiled.settling import kept, repairs_in
from carbonspace.tiled.tasks import Answering, Tile, Wide


@dataclass(frozen=True)
class Opened:
    """Layers as prepared, and as read where they may have to be prepared otherwise.

    `names` are the questions that are asked of them, of the units `units`. `zones` are those of the
    city, where tiles count for the ledger.
    """

    prepared: Plan
    raw: Plan
    asked: Inquiry
    units: pd.Index
    names: tuple[str, ...]
    zones: gpd.GeoDataFrame | None = None

    @property
    def amounts(self) -> dict[str, Question]:
        """What is counted for the ledger."""
        return {} if self.zones is None else amounts_of(self.prepared.layers)

    @property
    def questions(self) -> dict[str, Question]:
        """What is asked."""
        questions = self.asked.questions(self.prepared)
        return {key: questions[key] for key in self.names}


def opened(task: Answering | Wide, *, otherwise: bool = False) -> Opened:
    """Return what a job answers of; to be prepared `otherwise` it has to be read once more."""
    return _wide(task) if isinstance(task, Wide) else _tile(task, otherwise)


def folder_of(task: Answering | Wide) -> Path:
    """Return where a job puts down what it comes to."""
    return task.folder if isinstance(task, Wide) else task.tile.folder


def _wide(task: Wide) -> Opened:
    raw = read_window(task.request.plan, dict.fromkeys(task.layers), task.held)
    asked = task.request.inquiry(raw)
    prepared = prepare(asked.plan)
    return Opened(prepared, asked.plan, asked, prepared.layers["units"].index, task.asked)


def _tile(task: Answering, otherwise: bool) -> Opened:
    layers, said = kept(task.tile)
    beyond, zones = _beyond(task.tile.folder, task.whole)
    beyond = replace(beyond, layers={**beyond.layers, **_whole(task, layers)})
    beyond, more = _with_blocks(task.tile, said, beyond)
    asked, raw = _raw(task, said["boxes"], beyond, otherwise)
    prepared = replace(
        asked.plan, layers={**beyond.columns, **layers}, prepared=True,
        findings=(), repairs=_repairs(said, more), settings=raw.settings, beyond=beyond,
        aside={key: Text(*why) for key, why in said["aside"].items()},
    )  # fmt: skip
    units = pd.Index(task.tile.units, name=prepared.layers["units"].index.name)
    return Opened(prepared, raw if asked.judged else prepared, asked, units, task.tile.asked, zones)


def _whole(task: Answering, layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    return {key: layers[key] for key, metres in task.tile.reach.items()
            if metres is None and key in layers}  # fmt: skip


def _raw(task: Answering, boxes: Boxes, beyond: Beyond, otherwise: bool) -> tuple[Inquiry, Plan]:
    """Return what is asked, and the plan as read, where it may have to be prepared otherwise."""
    tile = task.tile
    asked = tile.request.inquiry(read_window(tile.request.plan, {"units": tile.box}, tile.held))
    if otherwise and asked.judged & {*tile.asked}:
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
def _beyond(folder: Path, name: str) -> tuple[Beyond, gpd.GeoDataFrame | None]:
    """Return what is known of the whole plan, and the zones of the city."""
    file = content_of(folder, name)
    if file is None:
        raise unseen(folder)
    layers, said = layers_in(file)
    answers = {Fact(asked, key, column): frozenset(value) if isinstance(value, list) else value
               for asked, key, column, value in said["facts"] if value is not None}  # fmt: skip
    units, zones = layers.pop("units"), layers.pop(ZONES, None)
    return Beyond({"units": units}, answers, layers), zones
