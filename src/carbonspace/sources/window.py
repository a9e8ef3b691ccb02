"""A plan read within boxes: of each layer what touches its box, called as in the whole."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from carbonspace.errors import SourceError
from carbonspace.model.layers import LAYERS
from carbonspace.model.plan import Input, Plan
from carbonspace.model.progress import Progress
from carbonspace.sources.cells import cells_of
from carbonspace.sources.connection import connected
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.dsn import is_dsn
from carbonspace.sources.fingerprint import sha256
from carbonspace.sources.formats import reader_of
from carbonspace.sources.layer_table import LayerTable, table_of_layer
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.partitioned import Within
from carbonspace.sources.partitions import digest_of_index, index_of, is_partitioned, place_of
from carbonspace.sources.planfile import plan_file, table_of, text_of
from carbonspace.sources.postgis import touching
from carbonspace.sources.project import read_as_found, sources_of
from carbonspace.sources.table_digest import digest_of_rows
from carbonspace.sources.vector import Read
from carbonspace.sources.watched import versions_within
from carbonspace.sources.within import read_within

SMALL_BYTES = 64 << 20
"""A file that is no larger is read whole by everybody who needs a part of it."""
_UNSAID = "-"

Boxes = Mapping[str, Bounds | None]
"""By layer the box that is wanted, in the plan's CRS; None: all of it."""


class Held(NamedTuple):
    """What a layer holds: what identifies its sources, and how many features they have.

    `is_watched` says that of a table the versions of its rows are trusted to tell what changed.
    """

    inputs: tuple[Input, ...]
    rows: tuple[int, ...]
    is_watched: bool = False


def read_window(path: Path, boxes: Boxes, held: Mapping[str, Held]) -> Plan:
    """Read of a plan the layers that have a box, and of them what touches it.

    Features of layers without a column of ids are called as `prepare` calls them in the whole. A
    layer that nothing touches is there without rows. CRSs are not looked at: a box is taken to be
    in that of the layer.

    Raises
    ------
    InputError, SourceError, ServiceError
        As `read_plan` and `read_within`; a file that is too large to be read by everybody.
    """
    return read_as_found(path, only=boxes.keys(), reader=partial(_within, boxes, held))


def held_by(path: Path, watched: Collection[str] = ()) -> dict[str, Held]:
    """Return what each layer of a plan holds; of partitions only the index is looked at.

    `watched` are the layers of which versions of rows are trusted to tell what changed.

    Raises
    ------
    InputError, SourceError, ServiceError
        As `read_plan`.
    """
    found: dict[str, list[tuple[Input, int]]] = {}
    for source in sorted(_sources(path), key=lambda one: [*LAYERS].index(one.key)):
        found.setdefault(source.key, []).append(_held(source))
    return {key: Held(tuple(one for one, _ in parts), tuple(rows for _, rows in parts),
                      key in watched) for key, parts in found.items()}  # fmt: skip


def by_place(path: Path, keys: Collection[str]) -> tuple[str, ...]:
    """Return which layers can be read by place without reading all of any of their sources.

    Raises
    ------
    InputError, SourceError
        As `held_by`.
    """
    whole = {one.key for one in _sources(path)
             if not (is_partitioned(one.location) or is_dsn(one.source))}  # fmt: skip
    return tuple(key for key in keys if key not in whole)


def seen_within(path: Path, boxes: Boxes, held: Mapping[str, Held]) -> dict[str, str]:
    """Return of each layer that has a box what identifies the features that touch it.

    While that is the same `read_window` gives the same. It may be another where they are the same:
    of partitions the files count that hold them, of other files the whole, and of tables that are
    watched the versions of rows.

    Raises
    ------
    InputError, SourceError, ServiceError
        As `held_by`.
    """
    found: dict[str, list[object]] = {key: [] for key in boxes}
    sources = [one for one in _sources(path) if one.key in boxes]
    for n, source in enumerate(sources):
        seen = _seen(source, boxes[source.key], held[source.key], len(found[source.key]))
        found[source.key].append([_before(sources, n, held), seen])
    return {key: _digest(seen) for key, seen in found.items()}


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()


def near_within(path: Path, boxes: Boxes, held: Mapping[str, Held]) -> dict[str, str]:
    """Return of layers that are watched what identifies the features that touch a box.

    Some around it count, too, so that all boxes together cost the server one look at the table:
    while it is the same `seen_within` is. Of others, and where it would cost more, it is not told.

    Raises
    ------
    InputError, SourceError, ServiceError
        As `held_by`.
    """
    found: dict[str, list[str | None]] = {}
    for source in _sources(path):
        if (box := boxes.get(source.key)) is not None:
            near = _near(source, box) if held[source.key].is_watched else None
            found.setdefault(source.key, []).append(near)
    return {key: _digest(near) for key, near in found.items() if None not in near}


def _near(source: LayerSource, box: Bounds) -> str | None:
    if not is_dsn(source.source):
        return None
    with connected(source.source) as connection:
        found = table_of_layer(connection, source)
        cells = cells_of(connection, source, found) if isinstance(found, LayerTable) else None
    return None if cells is None else cells.near(box)


def _seen(source: LayerSource, box: Bounds | None, held: Held, nth: int) -> object:
    """Return what identifies the features within a box of the nth source of a layer."""
    whole = held.inputs[nth].sha256
    if box is None:
        return whole
    if is_partitioned(source.location):
        index = index_of(place_of(source.key, source.source, source.path))
        return [str(index.crs), *sorted(one.sha256 for one in index.touching(box))]
    if is_dsn(source.source):
        versions = _versions(source, box) if held.is_watched else None
        return _digest_of_table(source, box)[0] if versions is None else versions
    return whole


def _versions(source: LayerSource, box: Bounds) -> str | None:
    with connected(source.source) as connection:
        found = table_of_layer(connection, source)
        if not isinstance(found, LayerTable):
            return _UNSAID
        return versions_within(connection, source, found, box)


def _sources(path: Path) -> list[LayerSource]:
    file = plan_file(path)
    return sources_of(table_of(text_of(file)), file.parent)[0]


def _held(source: LayerSource) -> tuple[Input, int]:
    if is_partitioned(source.location):
        index = index_of(place_of(source.key, source.source, source.path))
        crs = index.crs if isinstance(index.crs, str) else ""
        return Input(source.key, source.source, digest_of_index(index), index.rows, crs), index.rows
    if is_dsn(source.source):
        return _held_by_table(source)
    read = reader_of(source.location)([source], None)[0]
    rows = 0 if read.frame is None else len(read.frame)
    crs = read.crs or (str(read.frame.crs or "") if read.frame is not None else "")
    digest = read.digest or (sha256(source.path) if source.path.exists() else _UNSAID)
    return Input(source.key, source.source, digest, rows, crs), rows


def _held_by_table(source: LayerSource) -> tuple[Input, int]:
    digest, rows = _digest_of_table(source)
    return Input(source.key, source.source, digest, rows, ""), rows


def _digest_of_table(source: LayerSource, box: Bounds | None = None) -> tuple[str, int]:
    """Return what identifies the rows of a table, and how many they are."""
    with connected(source.source) as connection:
        found = table_of_layer(connection, source)
        if not isinstance(found, LayerTable):
            return _UNSAID, 0
        told = digest_of_rows(connection, found.table, found.wanted, source.where, box=box)
    return told.sha256, told.rows


def _within(
    boxes: Boxes, held: Mapping[str, Held], sources: list[LayerSource], crs: str | None,
    _progress: Progress,
) -> list[Read]:  # fmt: skip
    """Return what each source gives; what lies in one file is read together."""
    found = dict[int, Within]()
    for n, source in enumerate(sources):
        box = boxes[source.key]
        if box is not None and (is_partitioned(source.location) or is_dsn(source.source)):
            found[n] = read_within(source, box)
    rest = [n for n in range(len(sources)) if n not in found]
    for place in dict.fromkeys(sources[n].location for n in rest):
        group = [n for n in rest if sources[n].location == place]
        parts = reader_of(place)([_small(sources[n], boxes) for n in group], crs)
        found |= {n: _cut(read, boxes[sources[n].key])
                  for n, read in zip(group, parts, strict=True)}  # fmt: skip
    return [_called(source, found[n], _before(sources, n, held))
            for n, source in enumerate(sources)]  # fmt: skip


def _small(source: LayerSource, boxes: Boxes) -> LayerSource:
    """Return a source that is read whole, though a part of it may be wanted.

    Raises
    ------
    SourceError
        It is too large for that.
    """
    size = source.path.stat().st_size if source.path.is_file() else 0
    if boxes[source.key] is None or size <= SMALL_BYTES:
        return source
    raise SourceError(
        f"{source.source} ({size >> 20} MB) cannot be read by place. Make partitions of it: "
        "carbonspace partition.",
        f"{source.source}（{size >> 20} MB）不能按位置读取。请先用 carbonspace partition 分区。",
    )


def _cut(read: Read, box: Bounds | None) -> Within:
    """Return of what was read what touches a box, and its positions."""
    if read.frame is None:
        return Within(read, np.arange(0))
    rows = np.arange(len(read.frame))
    if box is not None:
        rows = rows[touching(read.frame.geometry.to_numpy(), box)]
        frame = read.frame.iloc[rows].reset_index(drop=True)
        read = read._replace(frame=frame)
    return Within(read, rows)


def _before(sources: list[LayerSource], n: int, held: Mapping[str, Held]) -> int:
    """Return how many features the layer of a source has in the sources before it."""
    key = sources[n].key
    return sum(held[key].rows[: sum(one.key == key for one in sources[:n])])


def _called(source: LayerSource, within: Within, before: int) -> Read:
    """Return features of a layer that has no ids with those that they have in the whole."""
    read, name = within.read._replace(digest=_UNSAID), LAYERS[source.key].id
    if read.frame is None or not len(read.frame):
        return read
    if name in read.frame and not read.frame[name].isna().all():
        return read
    if is_dsn(source.source):
        raise SourceError(
            f"{source.key}: a table without ids has no order to number its rows by. Map a column "
            f"under [layers.{source.key}.fields] {name}.",
            f"{source.key}：数据表没有编号，行也没有次序。请在 [layers.{source.key}.fields] 中映射 "
            f"{name}。",
        )
    ids = [f"{source.key}-{before + row + 1}" for row in within.rows.tolist()]
    return read._replace(frame=read.frame.assign(**{name: ids}))
