"""What the ledger counts, by tiles: each feature once, in sums that join exactly.

A feature is owned by the tile of the first unit, in the plan's order, whose box it touches with its
own. What touches no such box is in no unit, and not in the city that they tile.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.assessing import LEDGER
from carbonspace.city import City
from carbonspace.ledger import Amount, Zones, balanced, terms_in, zones_of
from carbonspace.model.exact import partials
from carbonspace.model.outcome import Outcome
from carbonspace.model.plan import Plan
from carbonspace.model.shared import Shared
from carbonspace.parts import SLACK_M

ZONES = "zones of the city"
"""What the layer of zones is called."""

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
