"""How much each tile of a plan will read, known before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from carbonspace.sources.dataset import Bounds
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.partitions import Part, index_of, is_partitioned, place_of
from carbonspace.sources.planfile import table_of, text_of
from carbonspace.sources.project import sources_of
from carbonspace.tiled.cutting import cut_of
from carbonspace.tiled.evaluating import Work, begun

_BYTES_IN_TABLE = 200
"""About what a feature takes that comes from a database, which does not say."""
_LEAST_M = 1.0


class _Source(NamedTuple):
    """A source of a layer: its parts where it has any, else how much it is as a whole."""

    key: str
    parts: tuple[Part, ...]
    rows: int
    bytes: int
    is_cut: bool


def sizes_of(
    plan_file: Path, *, indicators: Iterable[str] | None = None,
    profiles: Iterable[str] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None, on: date | None = None,
    tile_features: int = 50_000,
) -> list[tuple[int, int]]:  # fmt: skip
    """Return of each tile how many features it will look at, and about how many bytes they are.

    Of partitions the index tells; features are taken to lie evenly in the box of their file. What
    is asked of the whole plan counts as one more tile, and a city measured on its own as another.

    Raises
    ------
    InputError, SourceError, ServiceError, UnknownNameError
        As `evaluate_tiled`.
    """
    work = begun(plan_file, Path(), indicators, profiles, parameters, on)
    known = _known(work)
    cut = [*cut_of(work, tile_features)] if work.local or work.amounts else []
    found = []
    for tile in cut:
        boxes = {key: None if far is None else _wider(tile.box, far)
                 for key, far in tile.reach.items() if key in tile.held}  # fmt: skip
        read = [_within(one, boxes[one.key], 1 / len(cut)) for one in known if one.key in boxes]
        found.append((round(sum(rows for rows, _ in read)), round(sum(size for _, size in read))))
    for job in (work.wide_job(), work.city_job()):
        if job is not None:
            whole = [one for one in known if one.key in job.layers]
            found.append((sum(one.rows for one in whole), sum(one.bytes for one in whole)))
    return found


def _known(work: Work) -> list[_Source]:
    file = work.request.plan
    sources, _ = sources_of(table_of(text_of(file)), file.parent)
    counts = {key: iter(held.rows) for key, held in work.held.items()}
    return [_source(one, next(counts[one.key])) for one in sources]


def _source(source: LayerSource, rows: int) -> _Source:
    if is_partitioned(source.location):
        parts = index_of(place_of(source.key, source.source, source.path)).parts
        return _Source(source.key, parts, rows, sum(one.bytes for one in parts), True)
    if source.path.is_file():
        return _Source(source.key, (), rows, source.path.stat().st_size, False)
    return _Source(source.key, (), rows, rows * _BYTES_IN_TABLE, True)


def _wider(box: Bounds, metres: float) -> Bounds:
    return (box[0] - metres, box[1] - metres, box[2] + metres, box[3] + metres)


def _within(source: _Source, box: Bounds | None, share: float) -> tuple[float, float]:
    """Return how many features of a source are within a box, and about how many bytes.

    `share` is what a tile has of a table, of which nothing tells where its rows are.
    """
    if box is None or not source.is_cut:
        return source.rows, source.bytes
    if not source.parts:
        return source.rows * share, source.bytes * share
    shares = [(_share(one.box, box), one) for one in source.parts if one.box is not None]
    return (sum(part * one.rows for part, one in shares),
            sum(part * one.bytes for part, one in shares))  # fmt: skip


def _share(part: Bounds, box: Bounds) -> float:
    """Return how much of the box of a file lies within another."""
    part = _wider(part, _LEAST_M)
    width = min(part[2], box[2]) - max(part[0], box[0])
    height = min(part[3], box[3]) - max(part[1], box[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / ((part[2] - part[0]) * (part[3] - part[1]))
