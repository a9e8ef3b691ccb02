"""Service areas as maps: what is asked of them, what is walked to, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.model.text import Text

MINUTES = (5.0, 10.0, 15.0)
WIDTH = 20.0
LONGEST = 120.0
"""Minutes of the longest walk that indicators take."""


@dataclass(frozen=True)
class Maps:
    """Which maps a plan wants with its results, and how they are drawn.

    Attributes
    ----------
    service_areas
        Whether every run writes service areas.
    minutes
        Limits, rising.
    width
        Metres to either side of a street that the ground along it is wide.
    """

    service_areas: bool = False
    minutes: tuple[float, ...] = MINUTES
    width: float = WIDTH


class Sought(NamedTuple):
    """Something people walk to, as an indicator asks it.

    Attributes
    ----------
    key, title
        What it is called, in names of layers and by people.
    layer
        The layer its places lie in.
    into
        A value of `entrance_to`: places that have such entrances are entered there only.
    walk
        How people walk, and on what network.
    chosen
        Tells which features of the layer count.
    """

    key: str
    title: Text
    layer: str
    into: str
    walk: Any
    chosen: Callable[[gpd.GeoDataFrame], NDArray[np.bool_]]


Seeking = Callable[[Mapping[str, Any]], Iterable[Sought]]
"""The settings of an indicator to what it walks to."""


class Walks(NamedTuple):
    """From where something can be walked to.

    Attributes
    ----------
    key, title
        What is walked to.
    indicators
        Keys of the indicators that ask for it.
    areas, streets
        The ground and the streets within each limit, the longest walk first.
    missed
        Ids of the places that lie too far from any street.
    """

    key: str
    title: Text
    indicators: tuple[str, ...]
    areas: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    missed: pd.Index


def are_minutes(given: Iterable[Any]) -> bool:
    """Tell whether these are limits: at least one, rising, from above 0 to 120 minutes."""
    limits = [*given]
    return (
        bool(limits)
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in limits)
        and all(a < b for a, b in pairwise([0.0, *limits]))
        and limits[-1] <= LONGEST
    )


def is_width(given: Any) -> bool:
    """Tell whether this is a width: more than no metre."""
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return is_number and 0 < given < inf
