"""What the terrain says of streets whose slopes slow people down: unknown ground, and cliffs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text, counted
from carbonspace.prepare import street_words as words
from carbonspace.prepare.rows import Fault
from carbonspace.prepare.street_lines import Integers, told

_NAMED = 5

Floats = NDArray[np.float64]


class Pieces(NamedTuple):
    """Pieces of streets: the position of the road of each, metres, percent (NaN unknown), place."""

    road: Integers
    length: Floats
    percent: Floats
    place: Floats


def slope_premises(roads: gpd.GeoDataFrame, pieces: Pieces, *, cap: float) -> Iterator[Finding]:
    """Yield which streets lie on unknown ground, and which are steeper than `cap`, percent."""
    unknown = np.isnan(pieces.percent)
    if unknown.any():
        part, whole = pieces.length[unknown].sum() / 1000, pieces.length.sum() / 1000
        share = f"{part:,.1f} km / {whole:,.1f} km"
        yield _told(words.LEVEL, roads, pieces, np.flatnonzero(unknown), share)
    steep = np.flatnonzero(pieces.percent > cap)
    if len(steep):
        steep = steep[np.argsort(-pieces.percent[steep], kind="stable")]
        worst = f"{pieces.percent[steep[0]]:,.0f} %"
        yield _told(words.steep(cap), roads, pieces, steep, worst)


def _told(
    fault: Fault, roads: gpd.GeoDataFrame, pieces: Pieces, chosen: Integers, found: str
) -> Finding:
    """Return one finding for the chosen pieces, with what was found and the first roads."""
    rows = [*dict.fromkeys(pieces.road[chosen].tolist())]
    names = [str(roads.index[n]) for n in rows]
    some = ", ".join(names[:_NAMED]) + ", …" * (len(names) > _NAMED)
    many = counted(len(names), "条道路", "road", "roads")
    said = Text(f"{found}，{many.zh}：{some}", f"{found}, {many.en}: {some}")
    x, y = pieces.place[chosen[0]].tolist()
    shape = shapely.multilinestrings(shapely.get_parts(roads.geometry.to_numpy()[rows]))
    return told(fault, said, names[0], (x, y), shape)
