"""What a worker does first: the layers around a tile read and prepared as in the whole plan.

They are put down, with what the coordinator has to know of them to say what holds of the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.errors import SourceError
from carbonspace.inquiry import Inquiry
from carbonspace.measuring import sight_of
from carbonspace.model.exemption import EXEMPTION
from carbonspace.model.once import Once, made_now
from carbonspace.model.plan import Plan
from carbonspace.model.repair import Repair
from carbonspace.model.shared import ANSWERS
from carbonspace.past.rows import rows_of
from carbonspace.prepare import prepare
from carbonspace.prepare.crs import foreign
from carbonspace.prepare.people import shared_from
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.window import Boxes, read_window, seen_within
from carbonspace.tiled.blocks import Known, blocks_within
from carbonspace.tiled.files import (
    RECEIPT,
    columns_in,
    content_of,
    layers_in,
    packed_layers,
    plain_finding,
    put,
    receipt_of,
    say_anew,
    unseen,
)
from carbonspace.tiled.remembering import put_shapes, shapes_of
from carbonspace.tiled.still import holding_still, identity
from carbonspace.tiled.tasks import Tile
from carbonspace.tiled.windows import (
    HALO_M,
    Needed,
    around,
    grown,
    mended,
    needed_by,
    reading,
    straddling,
    touches,
    unread,
    windows,
)

_ROUNDS = 6
_MOST_VALUES = 500
"""A column with more different values is not asked which it has."""
_NUMBERS = ("greatest", "nowhere positive")
_STATED = (("parcels", "floor_area"), ("buildings", "floor_area"))


Looked = tuple[NDArray[np.float64], Mapping[str, Bounds]]
"""Boxes that held what straddles units, and what of layers had to be read besides."""


@dataclass(frozen=True)
class Settled:
    """The layers of a tile as prepared, what they were read of, and within what boxes.

    `seen` identifies what was read, by layer; `more` had to be read besides what is needed.
    """

    asked: Inquiry
    plan: Plan
    boxes: Boxes
    needed: Needed
    seen: Mapping[str, str]
    more: Mapping[str, Bounds]


def settle(tile: Tile) -> dict[str, Any]:
    """Put down the layers of a tile, if they are not there yet, and return the receipt."""
    known = receipt_of(tile.folder, tile.name)
    now = None if known is None else holding_still(tile, known)
    if known is not None and now is not None:
        return known if known == now else say_anew(tile.folder, tile.name, now)
    once = shapes_of(tile)
    found = settled(tile, once, None if known is None else _looked(known))
    put_shapes(tile, once)
    blocks = found.needed.box("blocks") if "blocks" in found.needed.reach else None
    said = {"boxes": found.boxes, "blocks": blocks,
            "ways": found.seen["blocks"], "repairs": [asdict(one) for one in found.plan.repairs],
            "aside": found.plan.aside}  # fmt: skip
    looked = {"cover": found.needed.cover.tolist(), "more": found.more}
    content = packed_layers(_seen(found), **said)
    return put(tile.folder, tile.name, content, {
        **said, **_told(tile, found), **looked, "seen": found.seen,
        **identity(tile, found.boxes, known)})  # fmt: skip


def kept(tile: Tile) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]:
    """Return the layers of a tile as they were put down, and what was said; made again if lost."""
    file = content_of(tile.folder, tile.name)
    if file is None:
        _settle_again(tile)
        file = content_of(tile.folder, tile.name)
    if file is None:
        raise unseen(tile.folder)
    return layers_in(file)


def columns_of(tile: Tile, but: Collection[str]) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a tile without rows, of others than `but`; made again if lost."""
    try:
        return columns_in(tile.folder, tile.name, but)
    except SourceError:
        _settle_again(tile)
        return columns_in(tile.folder, tile.name, but)


def _settle_again(tile: Tile) -> None:
    """Settle a tile of which the file is not what its receipt says."""
    (tile.folder / f"{tile.name}{RECEIPT}").unlink(missing_ok=True)
    settle(tile)


def _looked(receipt: Mapping[str, Any]) -> Looked:
    """Return where a tile had to look the last time: it will hardly have to look elsewhere."""
    more = {key: (box[0], box[1], box[2], box[3]) for key, box in receipt["more"].items()}
    return np.array(receipt["cover"]).reshape(-1, 4), more


def settled(tile: Tile, once: Once = made_now, looked: Looked | None = None) -> Settled:
    """Read and prepare what a tile sees; where something reaches farther, more is read.

    Where it had to look the last time is read at once.
    """
    needed = _with_known_blocks(tile, needed_by(tile))
    more = _around_blocks(tile, needed, once)
    if looked is not None:
        needed = needed.with_boxes(needed.uncovered(looked[0]))
        more = _with(more, looked[1])
    for _ in range(_ROUNDS):
        found = _prepared(tile, needed, more, _known_blocks(tile, needed), once)
        straddle = straddling(found.plan, _sight(tile, found), tile), mended(found.plan, tile)
        outside = needed.uncovered(np.concatenate(straddle))
        lacking = {**_lacking(found)}
        if not len(outside) and not lacking:
            _refuse_other_units(tile, found.plan)
            return found
        needed, more = needed.with_boxes(outside), _with(more, lacking)
    raise _endless(tile)


def _known_blocks(tile: Tile, needed: Needed) -> Known:
    """Return of the whole plan the blocks that are needed, where they were found."""
    if tile.blocks is None or "blocks" not in needed.reach:
        return Known()
    return blocks_within(tile.folder, tile.blocks, needed.box("blocks"))


def _with_known_blocks(tile: Tile, needed: Needed) -> Needed:
    """Return what is needed, with blocks that straddle the units, before anything else is read.

    Of the units their boxes are asked: a block too many costs less than to read all of it again.
    """
    known = _known_blocks(tile, needed)
    if not known.blocks:
        return needed
    boxes = shapely.bounds(known.blocks[0][1].geometry.to_numpy())
    near = np.zeros(len(boxes), dtype=bool)
    for box in tile.boxes:
        near |= touches(boxes, box)
    return needed.with_boxes(needed.uncovered(boxes[near]))


def _around_blocks(tile: Tile, needed: Needed, once: Once) -> dict[str, Bounds]:
    """Return what has to be read for the blocks to be whole: found with nothing else in view."""
    more = dict[str, Bounds]()
    if tile.derives is None:
        return more
    for _ in range(_ROUNDS):
        found = _prepared(tile, needed, more, Known(), once, ("units", tile.derives))
        lacking = {**_blocks_lacking(found)}
        if not lacking:
            return more
        more = _with(more, lacking)
    raise _endless(tile)


def _with(more: Mapping[str, Bounds], lacking: Mapping[str, Bounds]) -> dict[str, Bounds]:
    wider = {key: around([box, *([more[key]] if key in more else [])])
             for key, box in lacking.items()}  # fmt: skip
    return {**more, **wider}


def _endless(tile: Tile) -> SourceError:
    return SourceError(
        f"{tile.title.en}: what straddles its border reaches on and on. Use larger tiles.",
        f"{tile.title.zh}：跨越边界的要素层层相连。请使用更大的图块。",
    )


def _prepared(
    tile: Tile, needed: Needed, more: Mapping[str, Bounds], known: Known, once: Once,
    only: Collection[str] | None = None,
) -> Settled:  # fmt: skip
    """Read what is needed, of all layers or of some, and prepare it."""
    far = {key: metres for key, metres in reading(needed, tile).items()
           if only is None or key in only}  # fmt: skip
    boxes = windows(needed, more, far, tile)
    seen = {**seen_within(tile.request.plan, boxes, tile.held), "blocks": known.digest}
    raw = read_window(tile.request.plan, boxes, tile.held)
    if found := foreign(raw):
        raise SourceError(
            f"{', '.join(found)}: not in the CRS of the plan, so it cannot be read by place. Bring "
            "it into that CRS first.",
            f"{'、'.join(found)}：坐标系与规划不同，不能按位置读取。请先转换到规划的坐标系。",
        )
    settings = replace(raw.settings, blocks_from=tile.basis)
    layers = raw.layers if tile.derives else _near(raw.layers, needed, far)
    raw = replace(
        raw,
        layers=layers,
        settings=settings,
        aside={**raw.aside, **tile.aside},
        beyond=known.beyond,
    )
    asked = tile.request.inquiry(raw)
    return Settled(asked, prepare(asked.plan, once=once), boxes, needed, seen, more)


def _near(
    layers: Mapping[str, gpd.GeoDataFrame], needed: Needed, far: Mapping[str, float | None]
) -> dict[str, gpd.GeoDataFrame]:
    """Return of layers what lies near the units, of all that lies in a box around them.

    Where people are shared out among the parcels of a zone all of that zone is wanted.
    """
    shared = {"census", "units"} & {*shared_from(layers).values()}
    zonal = ("parcels", "buildings", "census") if shared else ()
    return {key: layer if key in zonal or layer.empty or (metres := far[key]) is None
            else layer[needed.near(layer, metres)].reset_index(drop=True)
            for key, layer in layers.items()}  # fmt: skip


def _seen(found: Settled) -> dict[str, gpd.GeoDataFrame]:
    """Return of the layers what questions see; all, where they may have to be prepared again."""
    layers = found.plan.layers
    if found.asked.judged:
        return {**layers}
    return {key: layer if key == "units" else layer[found.needed.has(key, layer)]
            for key, layer in layers.items()}  # fmt: skip


def _sight(tile: Tile, found: Settled) -> Any:
    questions = found.asked.questions(found.plan)
    return sight_of(found.plan, {key: questions[key] for key in tile.asked})


def _lacking(found: Settled) -> dict[str, Bounds]:
    """Return what has to be read besides: zones whose people are shared out, blocks cut short."""
    lacking = dict[str, Bounds]()
    layers, boxes = found.plan.layers, found.boxes
    for key in {*shared_from(found.asked.plan.layers).values()} & {"census", "units"}:
        if key in layers and "parcels" in boxes:
            zones = unread(layers[key], _around_parcels(found), boxes["parcels"])
            if zones is not None:
                lacking["parcels"] = grown(zones, HALO_M)
    return {**lacking, **_blocks_lacking(found)}


def _around_parcels(found: Settled) -> Bounds | None:
    """Return the box around the parcels that are needed: zones that touch it have a say in them."""
    parcels, box = found.plan.layers.get("parcels"), found.needed.box("parcels")
    if box is None or parcels is None:
        return box
    own = shapely.bounds(parcels.geometry.to_numpy()[found.needed.has("parcels", parcels)])
    return around([box, *map(tuple, own.tolist())])


def _blocks_lacking(found: Settled) -> dict[str, Bounds]:
    """Return what has to be read besides of what blocks are derived from, which are cut short."""
    layers, boxes = found.plan.layers, found.boxes
    basis, beyond = found.plan.settings.blocks_from, found.plan.beyond
    if "blocks" not in layers or basis is None or basis not in boxes:
        return {}
    if beyond is not None and beyond.blocks:
        return {}
    blocks = unread(layers["blocks"], found.needed.box("blocks"), boxes[basis])
    return {} if blocks is None else {basis: grown(blocks, HALO_M)}


def _refuse_other_units(tile: Tile, plan: Plan) -> None:
    """Raise where the units of a tile are not what they are in the whole plan."""
    units = plan.layers["units"]
    if rows_of(units.loc[[*tile.units]]).digest != tile.digest:
        raise SourceError(
            f"{tile.title.en}: its units are prepared otherwise than in the whole plan. Mend their "
            "borders, or evaluate the plan in one process.",
            f"{tile.title.zh}：单元的处理结果与整个规划不同。请修正单元边界，或在单个进程中评估。",
        )


def _told(tile: Tile, found: Settled) -> dict[str, Any]:
    """Return what a tile tells of the whole."""
    plan, needed = found.plan, found.needed
    inner = {key: layer[needed.has(key, layer)] for key, layer in plan.layers.items()}
    hanging = found.asked.questions(plan)
    reach = sight_of(plan, {key: hanging[key] for key in tile.hanging}).reach
    return {
        "facts": {key: _facts(layer) for key, layer in inner.items() if key != "units"},
        "reach": dict(reach),
        "decisions": _decisions(found),
        "exempt": {key: {str(i): str(v) for i, v in layer[EXEMPTION].dropna().items()}
                   for key, layer in inner.items() if EXEMPTION in layer and key != "units"},
        "findings": [plain_finding(one) for one in plan.findings
                     if one.where is None or _is_inside(one.where, tile, needed)],
    }  # fmt: skip


def _is_inside(where: tuple[float, float], tile: Tile, needed: Needed) -> bool:
    """Tell whether a place is within the box of a tile, and where all that matters was read."""
    place = np.array([[*where, *where]])
    return bool(touches(place, tile.box)[0]) and not len(needed.uncovered(place))


def _facts(layer: gpd.GeoDataFrame) -> list[list[Any]]:
    """Return what the columns of a layer answer: `[asked, column, answer]`."""
    if layer.empty:
        return []
    found = list[list[Any]]()
    for column in layer.columns.drop(layer.geometry.name):
        number = pd.api.types.is_numeric_dtype(layer[column])
        for asked, ask in ANSWERS.items():
            if asked == "values":
                values = layer[column].dropna().unique()
                few = len(values) <= _MOST_VALUES
                found.append([asked, column, sorted(values.tolist()) if few else None])
            elif number or asked not in _NUMBERS:
                found.append([asked, column, ask(layer, column)])
    return found


def _decisions(found: Settled) -> dict[str, Any]:
    """Return what was decided for whole columns, by what is in view: tiles must agree on it."""
    raw, plan = found.asked.plan, found.plan
    decided: dict[str, Any] = {
        f"people: {key}": source for key, source in shared_from(raw.layers).items()
    }
    for key, column in _STATED:
        before, after = raw.layers.get(key), plan.layers.get(key)
        if before is None or after is None or column not in before or column not in after:
            continue
        known = [np.asarray(one[column], dtype=float) for one in (before, after)]
        known = [one[one > 0] for one in known]
        if all(len(one) for one in known):
            factor = np.nanmedian(known[1]) / np.nanmedian(known[0])
            decided[f"unit: {key}.{column}"] = round(float(np.log10(factor)))
    return decided | {f"columns: {key}": sorted(map(str, layer.columns))
                      for key, layer in plan.layers.items() if len(layer)}  # fmt: skip


def repairs_in(said: Mapping[str, Any]) -> tuple[Repair, ...]:
    """Return repairs as they were before JSON had them."""
    return tuple(Repair(**one) for one in said["repairs"])
