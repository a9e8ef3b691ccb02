"""What one layer says about another: parks among parcels, units in the ids of parcels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely

from carbonspace.intake.draft import ColumnDraft, Guess, LayerDraft
from carbonspace.intake.fields import series
from carbonspace.model.landuse import CODES, CROSSWALK, normalise
from carbonspace.model.text import Text

_PARK = "1401"
_PREFIX = re.compile(r"^(.+?[-_/]\d+)[-_/]")
_TOGETHER = 0.7
_FEW = 3


def parks_among(layers: Sequence[LayerDraft]) -> list[LayerDraft]:
    """Return a layer of parks made of the parcels that are park land, where no other is given."""
    parcels = _of(layers, "parcels")
    if parcels is None or _of(layers, "parks") is not None or parcels.dataset.gives:
        return []
    code = next((c for c in parcels.columns if c.column == "land_use" and c.field), None)
    written = series(parcels.dataset, str(code.field)) if code else pd.Series([], dtype=object)
    if code is None or code.meanings or not pd.api.types.is_string_dtype(written):
        return []
    codes = normalise(written)["code"].astype(object)
    park = written[codes.map(lambda c: isinstance(c, str) and c.startswith(_PARK))]
    if park.empty:
        return []
    names = sorted({*park.astype(str), *_unseen(parcels, [*park.astype(str)])})
    named = str(code.field)
    column = named if named.isidentifier() and named.isascii() else f'"{named}"'
    where = f"{column} IN ({', '.join(_quoted(n) for n in names)})"
    columns = tuple(_renamed(c) for c in parcels.columns if c.column in ("parcel_id", "land_use"))
    why = Text(f"地块中代码为 {'、'.join(names)} 的公园绿地",
               f"the parcels coded as park land: {', '.join(names)}")  # fmt: skip
    guess = Guess("parks", 0.7, why)
    return [LayerDraft(guess, parcels.dataset, columns, where, parcels.crs, parcels.axes,
                       derived=True, parts=parcels.parts)]  # fmt: skip


def unit_ids(layers: Sequence[LayerDraft]) -> list[LayerDraft]:
    """Return the layers; parcels get their unit from the start of their id where that tells it."""
    parcels = _of(layers, "parcels")
    if parcels is None or _of(layers, "units") is not None or parcels.dataset.gives:
        return [*layers]
    given = {c.column: c for c in parcels.columns}
    ident = given.get("parcel_id")
    if "unit_id" in given or ident is None or ident.field is None:
        return [*layers]
    extracted = _extracted(parcels, ident.field)
    if extracted is None:
        return [*layers]
    filled = replace(parcels, columns=(*parcels.columns, extracted))
    return [filled if one is parcels else one for one in layers]


def derivations(layers: Sequence[LayerDraft]) -> tuple[Guess, ...]:
    """Return the levels that can be derived from the layers there are."""
    return tuple(one for one in (_units(layers), _blocks(layers)) if one is not None)


def _unseen(parcels: LayerDraft, seen: list[str]) -> list[str]:
    """Return the other spellings of park land, where only a sample of the parcels was seen."""
    if parcels.dataset.features <= len(parcels.dataset.sample):
        return []
    if seen[0].isdigit():
        return [code for code in CODES if code.startswith(_PARK)]
    return [letters for letters, code in CROSSWALK.items() if code.startswith(_PARK)]


def _units(layers: Sequence[LayerDraft]) -> Guess | None:
    parcels = _of(layers, "parcels")
    if parcels is None or _of(layers, "units") is not None:
        return None
    column = next((c for c in parcels.columns if c.column == "unit_id"), None)
    if column is None:
        return None
    why = Text("合并 unit_id 相同的地块", "parcels of one unit_id are dissolved")
    return Guess("units = parcels", column.score, why)


def _blocks(layers: Sequence[LayerDraft]) -> Guess | None:
    parcels, roads = _of(layers, "parcels"), _of(layers, "roads")
    if _of(layers, "blocks") is not None:
        return None
    column = next((c for c in parcels.columns if c.column == "block_id"), None) if parcels else None
    if column is not None:
        why = Text("合并 block_id 相同的地块", "parcels of one block_id are dissolved")
        return Guess("blocks = parcels", column.score, why)
    if roads is None or roads.lacking or any(c.constant for c in roads.columns):
        return None
    why = Text("道路中心线围成的面", "the faces between road centrelines")
    return Guess("blocks = roads", 0.6, why)


def _extracted(parcels: LayerDraft, name: str) -> ColumnDraft | None:
    """Return the unit as the first two parts of an id such as `ZKB-023-28`."""
    ids = parcels.dataset.sample[name].astype(str)
    prefixes = ids.str.extract(_PREFIX, expand=False)
    units = prefixes.nunique()
    if prefixes.isna().any() or not 1 < units <= len(ids) / _FEW:
        return None
    if (together := _nearest_alike(parcels, prefixes)) < _TOGETHER:
        return None
    why = Text(f"编号的前两段；{units} 个不同值，{together:.0%} 的地块与最近的地块相同",
               f"the first two parts of the id: {units} different ones; {together:.0%} of parcels "
               "share it with their nearest parcel")  # fmt: skip
    return ColumnDraft("unit_id", 0.65, why, field=name, pattern=_PREFIX.pattern)


def _nearest_alike(parcels: LayerDraft, groups: pd.Series) -> float:
    """Return the share of parcels whose nearest neighbour is of the same group."""
    points = shapely.centroid(parcels.dataset.sample.geometry.to_numpy())
    tree = shapely.STRtree(points)
    own, other = tree.query_nearest(points, exclusive=True)
    first = np.unique(own, return_index=True)[1]
    own, other = own[first], other[first]
    return float((groups.to_numpy()[own] == groups.to_numpy()[other]).mean()) if len(own) else 0.0


def _of(layers: Sequence[LayerDraft], key: str) -> LayerDraft | None:
    return next((one for one in layers if one.key == key), None)


def _renamed(column: ColumnDraft) -> ColumnDraft:
    return replace(column, column="park_id") if column.column == "parcel_id" else column


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
