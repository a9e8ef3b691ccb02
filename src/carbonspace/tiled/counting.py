"""What the ledger counts, by tiles: each feature once, in sums that join exactly.

A feature is owned by the tile of the first unit, in the plan's order, whose box it touches with its
own. What touches no such box is in no unit, and not in the city that they tile.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.assessing import LEDGER
from carbonspace.city import City
from carbonspace.errors import InputError, SourceError
from carbonspace.ledger import Amount, Zones, balanced, terms_in, zones_of
from carbonspace.model.exact import partials
from carbonspace.model.finding import Finding
from carbonspace.model.outcome import Outcome
from carbonspace.model.plan import Plan
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text
from carbonspace.parts import SLACK_M
from carbonspace.prepare.crs import foreign
from carbonspace.sources.window import Held, read_window

ZONES = "zones of the city"
"""What the layer of zones is called."""

_BESIDE_PARCELS = ("census", "buildings")
"""Layers that tell the people of parcels."""

Counted = dict[str, dict[str, list[float]]]
"""By amount and place few numbers that have the sum of what is there, as JSON has them."""


def zones_layer(city: City, crs: Any) -> gpd.GeoDataFrame:
    """Return the zones of a city that there are as a layer, for tiles to read."""
    there = {key: zone for key, zone in zones_of(city)._asdict().items() if zone is not None}
    index = pd.Index([*there], dtype=object, name="zone")
    return gpd.GeoDataFrame(geometry=[*there.values()], index=index, crs=crs)


def may_be_owned(city: City, units: gpd.GeoDataFrame) -> bool:
    """Tell whether some tile owns whatever lies in a city."""
    beyond = zones_of(city).beyond
    if beyond is None:
        return True
    return bool(shapely.covers(shapely.union_all(_boxes(units)), beyond))


def unread_of(
    plan: Path, held: Mapping[str, Held], keys: Collection[str], units: gpd.GeoDataFrame
) -> frozenset[str]:
    """Return of layers that nothing else is asked of those that tiles cannot read by place.

    In another CRS, in a file that is too large for everybody to read, …: they are not worth it.
    """
    west, south, east, north = units.geometry.iloc[0].bounds
    box, found = (west, south, east, north), set[str]()
    for key in keys:
        if key not in held:
            continue
        try:
            found |= {*foreign(read_window(plan, {"units": box, key: box}, held))} & {key}
        except (InputError, SourceError):
            found.add(key)
    told_by = {"parcels"} & {*keys} if found & {*_BESIDE_PARCELS} else set()
    return frozenset((found | told_by) & {*held})


def uncounted(keys: Collection[str]) -> Iterator[Finding]:
    """Yield that the ledger leaves out layers, where it does."""
    for key in sorted(keys):
        yield Finding(
            "note", key, Text("未计入守恒账", "Not counted in the ledger"),
            Text("不能按位置读取", "it cannot be read by place"),
            Text("与规划同一坐标系的分区数据", "partitions in the CRS of the plan"),
            Text("没有指标用到该图层，数值不受影响。如需此账，请用 carbonspace partition 分区。",
                 "No indicator that is asked uses it, so no value hangs on this. For the ledger "
                 "make partitions of it: carbonspace partition."),
        )  # fmt: skip


def counted(
    plan: Plan, zones: gpd.GeoDataFrame, own: pd.Index, amounts: Mapping[str, Outcome]
) -> Counted:
    """Return what there is of amounts in the units of a tile, and of what it owns in the city.

    Parameters
    ----------
    plan
        What a tile sees, prepared, and what is known of the whole.
    zones
        As `zones_layer` returns them.
    own
        The ids of the units of the tile.
    amounts
        What these come to, by the keys of the questions of the ledger; left out without a reading.
    """
    assert plan.beyond is not None
    units = plan.beyond.layers["units"]
    used = {key for one in amounts.values() for key in one.indicator.layers} - {"units"}
    mine = {key: plan.layers[key][_owned(plan.layers[key], units, own)] for key in sorted(used)}
    part = replace(plan, layers={**plan.layers, **mine})
    there = Zones(*(zones.geometry.get(key) for key in Zones._fields))
    steps = {key: Shared(beyond=plan.beyond) for key in zones.index}
    found = Counted()
    for name, one in amounts.items():
        if one.reading is not None:
            key = name.removeprefix(LEDGER)
            found[key] = {"units": partials(one.reading.units.table["numerator"])} | {
                place: partials(terms_in(part, there, zone, key, steps[place]))
                for place, zone in zones.geometry.items()}  # fmt: skip
    return found


def _owned(layer: gpd.GeoDataFrame, units: gpd.GeoDataFrame, own: pd.Index) -> NDArray[np.bool_]:
    """Tell which features of a layer are owned by the tile of some of the units."""
    tree = shapely.STRtree(_boxes(units))
    feature, unit = tree.query(layer.geometry.to_numpy())
    order = np.lexsort((unit, feature))
    feature, unit = feature[order], unit[order]
    first = np.diff(feature, prepend=-1) > 0
    owned = np.zeros(len(layer), dtype=np.bool_)
    owned[feature[first]] = units.index.isin(own)[unit[first]]
    return owned


def _boxes(units: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the boxes of units with somewhat around them: what runs along a border is near it."""
    west, south, east, north = shapely.bounds(units.geometry.to_numpy()).T
    boxes = shapely.box(west - SLACK_M, south - SLACK_M, east + SLACK_M, north + SLACK_M)
    return np.asarray(boxes, dtype=object)


def ledger_of_tiles(units: gpd.GeoDataFrame, city: City, told: Sequence[Counted]) -> pd.DataFrame:
    """Return the ledger of a city of which each tile told what it counted."""
    keys = [key for key in told[0] if all(key in one for one in told)] if told else []
    amounts = {key: _amount([one[key] for one in told]) for key in keys}
    return balanced(units, zones_of(city), amounts)


def _amount(told: Sequence[Mapping[str, list[float]]]) -> Amount:
    """Return how much there is of an amount in all tiles; what is not told is not apart."""
    known = {key: math.fsum(chain.from_iterable(one[key] for one in told)) for key in told[0]}
    return Amount(**{"beyond": 0.0, "city": known["joined"], **known})
