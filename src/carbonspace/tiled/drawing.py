"""What outputs draw of a plan that nobody holds: each layer read and prepared when it is asked for.

A layer is prepared with those that have a say in it, so it is what it is in the whole plan.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.measuring import KEPT_FEATURES
from carbonspace.model.finding import Finding
from carbonspace.model.ground import GROUND
from carbonspace.model.plan import Plan
from carbonspace.model.shared import Beyond
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.prepare.order import in_order
from carbonspace.sources.window import read_window
from carbonspace.tiled.mending import Account
from carbonspace.tiled.settling import kept
from carbonspace.tiled.tasks import Tile
from carbonspace.tiled.windows import HALO_M, around, grown, touches

if TYPE_CHECKING:
    from carbonspace.tiled.evaluating import Work

NEAR_M = 150.0
"""So far around units it is drawn what lies there, where only some are."""
_BESIDE = {"parcels": ("buildings", "census"), "blocks": ("roads",)}
"""What layers are prepared with, besides the units."""


Reader = Callable[[str], gpd.GeoDataFrame | None]
"""Returns a layer by its name, prepared; None where it cannot be used."""


class Layers(Mapping[str, gpd.GeoDataFrame]):
    """The layers of a plan, read when they are asked for; `known` are there already."""

    def __init__(
        self, known: Mapping[str, gpd.GeoDataFrame], more: Collection[str], read: Reader
    ) -> None:
        self._made: dict[str, gpd.GeoDataFrame | None] = {**known}
        self._more, self._read = more, read

    def __bool__(self) -> bool:
        """Return True: there are units."""
        return True

    def __getitem__(self, key: str) -> gpd.GeoDataFrame:
        """Return a layer, read and prepared now if it was not before."""
        if key not in self._made:
            self._made[key] = self._read(key) if key in self._more else None
        layer = self._made[key]
        if layer is None:
            raise KeyError(key)
        return layer

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the layers that can be used; it reads them all."""
        yield from (key for key in dict.fromkeys([*self._made, *self._more]) if key in self)

    def __len__(self) -> int:
        """Return how many layers can be used; it reads them all."""
        return sum(1 for _ in self)


def drawn(work: Work, plan: Plan, account: Account) -> Plan:
    """Return a plan of which only the units are held with all of its layers, read when asked for.

    It counts the features of all. A layer with more than `KEPT_FEATURES` is not there: no map could
    show them. What was done to a layer that is read is in the account.
    """

    def read(key: str) -> gpd.GeoDataFrame | None:
        return account.whole(key, _BESIDE.get(key, ()))

    layers = Layers(work.ground.layers, _there(work), read)
    return replace(plan, layers=layers, beyond=_all(work))


def drawn_near(work: Work, plan: Plan, tiles: Sequence[Tile], units: pd.Index) -> Plan:
    """Return a plan with what lies near some units, as the tiles have it that these are in.

    Layers that no question uses are read around them.
    """
    boxes = [_near(work, units[units.isin(one.units)]) for one in tiles]
    every = np.concatenate(boxes) if boxes else _near(work, units)

    def read(key: str) -> gpd.GeoDataFrame | None:
        found = [_within(layers[key], near) for one, near in zip(tiles, boxes, strict=True)
                 for layers in (kept(one)[0],) if key in layers]  # fmt: skip
        if not found:
            return _around(work, every, key)
        layer = gpd.GeoDataFrame(pd.concat(found)).set_crs(work.crs, allow_override=True)
        return in_order(key, layer[~layer.index.duplicated()])

    return replace(plan, layers=Layers(work.ground.layers, _all_keys(work), read),
                   beyond=_all(work))  # fmt: skip


def _around(work: Work, near: NDArray[np.float64], key: str) -> gpd.GeoDataFrame | None:
    """Return what of a layer touches boxes, as it is in the whole plan."""
    keys = [one for one in ("units", key, *_BESIDE.get(key, ())) if one in work.held]
    box = grown(around([*map(tuple, near.tolist())]), HALO_M)
    raw = read_window(work.request.plan, dict.fromkeys(keys, box), work.held)
    derived = raw.settings.blocks_from if key == "blocks" else None
    raw = replace(raw, settings=replace(raw.settings, blocks_from=derived))
    layer = prepare(work.request.inquiry(raw).plan).layers.get(key)
    return None if layer is None else _within(layer, near)


def _within(layer: gpd.GeoDataFrame, near: NDArray[np.float64]) -> gpd.GeoDataFrame:
    boxes = shapely.bounds(layer.geometry.to_numpy())
    found = np.zeros(len(boxes), dtype=bool)
    for west, south, east, north in near.tolist():
        found |= touches(boxes, (west, south, east, north))
    return layer[found]


def _near(work: Work, units: pd.Index) -> NDArray[np.float64]:
    """Return the box around each unit, and what lies near it."""
    boxes = shapely.bounds(work.ground.layers["units"].loc[units].geometry.to_numpy())
    near: NDArray[np.float64] = boxes + NEAR_M * np.array([-1.0, -1.0, 1.0, 1.0])
    return near


def _all(work: Work) -> Beyond:
    return Beyond(features=sum(sum(one.rows) for one in work.held.values()))


def undrawn(work: Work) -> Iterator[Finding]:
    """Yield that maps leave out layers, where they do."""
    for key in GROUND.keys() & work.held.keys() - _there(work).keys():
        yield Finding(
            "note", key, Text("要素过多，地图不显示", "Too many features for maps to show them"),
            Text(f"{sum(work.held[key].rows)} 个要素", f"{sum(work.held[key].rows)} features"),
            Text(f"不超过 {KEPT_FEATURES} 个", f"at most {KEPT_FEATURES}"),
            Text("如需显示，请按县评估。", "To see them, evaluate a county at a time."),
        )  # fmt: skip


def _all_keys(work: Work) -> list[str]:
    return [*work.held, *(["blocks"] if work.basis(["blocks"]) else [])]


def _there(work: Work) -> dict[str, int]:
    """Return how many features the layers have that can be held, and blocks derived of them."""
    found = {key: sum(one.rows) for key, one in work.held.items()}
    if (basis := work.basis(["blocks"])) is not None:
        found["blocks"] = found.get(basis, KEPT_FEATURES + 1)
    return {key: rows for key, rows in found.items() if rows <= KEPT_FEATURES}
