"""The blocks of all regions numbered as in the whole plan: by what they are ordered by, alone.

No shape is looked at: six numbers of each block are, and the numbers are put down by region.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonspace.digest import digest_of
from carbonspace.prepare.hierarchy import found_between
from carbonspace.tiled.blocks import Given, nothing_like, tables_in
from carbonspace.tiled.files import packed_layers, packed_tables, plain_finding, put, receipt_of
from carbonspace.tiled.regions import repairs_of
from carbonspace.tiled.running import Receipt
from carbonspace.tiled.tasks import Blocks, Region

_CORNERS = 5
"""So many numbers of a block tell its place; the one after them tells it from any other."""
Numbers = NDArray[np.intp]
Keys = NDArray[np.float64]


def number_blocks(
    task: Blocks, regions: list[Region], receipts: list[Receipt], crs: Any,
    units: list[dict[str, Any]],
) -> Receipt:  # fmt: skip
    """Put down how the blocks of all regions are called; return the receipt of all of them.

    `units` is what was done about faults of units.
    """
    aside = {key: why for one in reversed(receipts) for key, why in one["aside"].items()}
    there = "roads" not in aside and any(one["roads"] for one in receipts)
    ways, count = _ways(receipts), sum(one["ways"][0][1] for one in receipts)
    found = [[one.name, receipt["digest"], receipt["ways"]]
             for one, receipt in zip(regions, receipts, strict=True)]  # fmt: skip
    said = {
        "seen": task.seen, "aside": aside, "of": digest_of([there, found]),
        "repairs": [*units, *(asdict(one) for one in repairs_of(receipts))],
        "findings": [plain_finding(found_between(count))] if there else [],
        "ways": [[way, _files(task, way, n, receipts)] for n, way in enumerate(ways)]
                if there else [[ways[0], []]],
    }  # fmt: skip
    known = receipt_of(task.folder, task.name)
    same = known is not None and known["of"] == said["of"] and _all_there(task, known)
    if known is not None and same and known == {**known, **json.loads(json.dumps(said))}:
        return known
    if there and not same:
        _put_numbers(task, regions, receipts, ways)
    return _put(task, crs, said)


def _put(task: Blocks, crs: Any, said: Mapping[str, Any]) -> Receipt:
    return put(task.folder, task.name, packed_layers({"blocks": nothing_like(crs)}), said)


def _all_there(task: Blocks, receipt: Receipt) -> bool:
    names = {one[2] for _, files in receipt["ways"] for one in files}
    return all(receipt_of(task.folder, name) for name in names)


def _ways(receipts: list[Receipt]) -> list[Given]:
    """Return the policies under which blocks are found anywhere, first those of the plan."""
    ways = list[Given]()
    for way in (way for one in receipts for way, *_ in one["ways"]):
        if way not in ways:
            ways.append(way)
    return ways


def _of(receipt: Receipt, way: Given) -> int:
    """Return which of the ways of a region is that of some policies: the first if none is."""
    return next((n for n, (one, *_) in enumerate(receipt["ways"]) if one == way), 0)


def _numbered(task: Blocks, number: int) -> str:
    return f"{task.name}-{number}-numbers"


def _files(task: Blocks, way: Given, nth: int, receipts: list[Receipt]) -> Given:
    """Return what each file of a way is called, its box, and which numbers are those of it."""
    return [[name, box, _numbered(task, number), nth]
            for number, one in enumerate(receipts, start=1)
            for name, box in one["ways"][_of(one, way)][2]]  # fmt: skip


def _put_numbers(
    task: Blocks, regions: list[Region], receipts: list[Receipt], ways: list[Given]
) -> None:
    """Put down by region where its blocks are in the order of all, and how they are called."""
    tables = [tables_in(task.folder, one.name) for one in regions]
    numbers: list[dict[str, Numbers]] = [{} for _ in regions]
    known = _Names(regions, [one["keys-0"] for one in tables])
    for n, way in enumerate(ways):
        mine = [_of(one, way) for one in receipts]
        places = placed([one[f"keys-{k}"] for one, k in zip(tables, mine, strict=True)])
        if n == 0:
            known.places = places
        for region, (one, k, at) in enumerate(zip(tables, mine, places, strict=True)):
            numbers[region][f"places-{n}"] = at
            numbers[region][f"names-{n}"] = known.of(one[f"base-{k}"], -1 - at, region, k == 0)
    for number, one in enumerate(numbers, start=1):
        put(task.folder, _numbered(task, number), packed_tables(one), {})


def placed(keys: list[Keys]) -> list[Numbers]:
    """Return of the blocks of each region their places among those of all.

    What is alike in all that orders it begins at one place, so it is of one region, which has it in
    order.
    """
    every = np.concatenate(keys)
    place = np.empty(len(every), dtype=np.intp)
    place[np.lexsort(every[:, _CORNERS - 1 :: -1].T)] = np.arange(len(every))
    return np.split(place, np.cumsum([len(one) for one in keys])[:-1])


class _Names:
    """How blocks are called that are there as the plan is, wherever they are asked for."""

    def __init__(self, regions: list[Region], keys: list[Keys]) -> None:
        self._regions, self._keys = regions, keys
        self._known: dict[int, dict[bytes, int]] = {}
        self.places: list[Numbers] = []

    def of(self, keys: Keys, other: Numbers, region: int, is_base: bool) -> Numbers:
        """Return the numbers of blocks like these, or what they are called else."""
        if is_base:
            return self.places[region] + 1
        found = other.copy()
        for n in np.flatnonzero(~np.isnan(keys[:, 0])):
            found[n] = self._number(keys[n])
        return found

    def _number(self, key: Keys) -> int:
        x, y = key[0], key[_CORNERS - 1]
        region = next(n for n, one in enumerate(self._regions)
                      if one.box[0] <= x < one.box[2] and one.box[1] <= y < one.box[3])  # fmt: skip
        if region not in self._known:
            self._known[region] = {key.tobytes(): n for n, key in enumerate(self._keys[region])}
        return int(self.places[region][self._known[region][key.tobytes()]]) + 1
