"""Blocks between roads of the whole plan, put down by place for tiles to read.

A block may be kilometres wide, and its name is its number among all: what a tile would have to read
to find its blocks itself is far more than it sees. They are found region by region (`regions`) and
numbered together (`numbering`).
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.digest import digest_of
from carbonspace.model.policy import Policies, Policy
from carbonspace.model.repair import Repair
from carbonspace.model.shared import Beyond
from carbonspace.past.rows import rows_of
from carbonspace.sources.dataset import Bounds
from carbonspace.tiled.files import RECEIPT, content_of, layers_in, receipt_of, tables_of, unseen
from carbonspace.tiled.windows import touches

AT_ONCE = 20_000
"""So many blocks are in a file."""
PLACE = "place"
"""The column that says where a block is in the order of its region."""
_HELD = 8
"""So many files are held: neighbouring tiles need the same."""

Given = list[list[Any]]
Tables = Mapping[str, NDArray[Any]]


class Known(NamedTuple):
    """Blocks that touch a box: by policies, and what was done about faults that change them."""

    blocks: tuple[tuple[Policies, gpd.GeoDataFrame], ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def beyond(self) -> Beyond:
        """The blocks as what is known of the whole plan."""
        return Beyond(blocks=self.blocks)

    @property
    def digest(self) -> str:
        """What tells them from others."""
        return digest_of([rows_of(blocks).digest for _, blocks in self.blocks])


def blocks_within(folder: Path, name: str, box: Bounds | None) -> Known:
    """Return the blocks of the whole plan that touch a box, or all of them.

    Raises
    ------
    SourceError
        What was put down is not there.
    """
    receipt = receipt_of(folder, name)
    if receipt is None:
        raise unseen(folder)
    none = _opened(folder, name)
    base, *others = [(policies_of(given), _touching(folder, none, files, box))
                     for given, files in receipt["ways"]]  # fmt: skip
    digest = rows_of(base[1]).digest
    others = [(policy, one) for policy, one in others if rows_of(one).digest != digest]
    repairs = [Repair(**one) for one in receipt["repairs"]] if others else []
    return Known((base, *others), tuple(repairs))


def given_of(policy: Policies) -> Given:
    """Return policies as JSON has them."""
    return [[*key, *one] for key, one in policy.given.items()]


def policies_of(given: Any) -> Policies:
    """Return policies as they were before JSON had them."""
    return Policies({(layer, fault): Policy(choice, tolerance)
                     for layer, fault, choice, tolerance in given})  # fmt: skip


def tables_in(folder: Path, name: str) -> Tables:
    """Return the tables of numbers that a file holds.

    Raises
    ------
    SourceError
        It is not there as it was written.
    """
    with content(folder, name) as file:
        return tables_of(file)


def content(folder: Path, name: str) -> zipfile.ZipFile:
    """Return a file as it was written.

    Raises
    ------
    SourceError
        It is not there; the next run makes it again.
    """
    file = content_of(folder, name)
    if file is None:
        (folder / f"{name}{RECEIPT}").unlink(missing_ok=True)
        raise unseen(folder)
    return file


def nothing_like(crs: Any) -> gpd.GeoDataFrame:
    """Return blocks of which there are none."""
    index = pd.Index([], dtype="str", name="block_id")
    return gpd.GeoDataFrame(geometry=[], index=index, crs=crs)


def _touching(
    folder: Path, none: gpd.GeoDataFrame, files: Given, box: Bounds | None
) -> gpd.GeoDataFrame:
    """Return the blocks of files that touch a box, in the order of the whole plan."""
    near = [one for one in files if box is None or touches(np.array(one[1]), box)[0]]
    parts = [_within(folder, one, box) for one in near]
    if not parts:
        return none
    shapes, places, numbers = (np.concatenate(some) for some in zip(*parts, strict=True))
    order = np.argsort(places, kind="stable")
    names = [f"block-{n}" if n > 0 else f"other-{-n}" for n in numbers[order].tolist()]
    index = pd.Index(names, dtype="str", name=none.index.name)
    return gpd.GeoDataFrame(geometry=shapes[order], index=index, crs=none.crs)


def _within(
    folder: Path, said: list[Any], box: Bounds | None
) -> tuple[NDArray[np.object_], NDArray[np.intp], NDArray[np.intp]]:
    """Return the blocks of a file that touch a box, their places, and the numbers in their names.

    The number of one that is only there as a fault is treated otherwise is negative.
    """
    name, _, numbered, way = said
    blocks, known = _opened(folder, name), _numbers(folder, numbered)
    shapes, at = blocks.geometry.to_numpy(), blocks[PLACE].to_numpy()
    if box is not None:
        some = touches(shapely.bounds(shapes), box)
        shapes, at = shapes[some], at[some]
    return shapes, known[f"places-{way}"][at], known[f"names-{way}"][at]


def _opened(folder: Path, name: str) -> gpd.GeoDataFrame:
    return _held(folder, name, (receipt_of(folder, name) or {}).get("digest"))


def _numbers(folder: Path, name: str) -> Tables:
    return _held_numbers(folder, name, (receipt_of(folder, name) or {}).get("digest"))


@lru_cache(maxsize=_HELD)
def _held(folder: Path, name: str, _digest: str | None) -> gpd.GeoDataFrame:
    with content(folder, name) as file:
        return layers_in(file)[0]["blocks"]


@lru_cache(maxsize=_HELD)
def _held_numbers(folder: Path, name: str, _digest: str | None) -> Tables:
    return tables_in(folder, name)
