"""Rows of any number in the order of the curve: sorted in parts on the disk, then merged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonspace.partition.layer_folder import KEY, Shape, sorted_rows

RUN_BYTES = 64 << 20
"""So much is sorted in memory at a time."""
_SLICE_BYTES, _SLICE_ROWS = 1 << 20, 1 << 11
_AT_ONCE = 128
"""So many sorted parts are merged at a time."""
_FILE_BYTES = 64 << 20


class Sorter:
    """Takes rows in the order they come, and gives them by place.

    No more than some megabytes are in memory, the rest lies in `folder`.
    """

    def __init__(self, folder: Path, shape: Shape, run_bytes: int = RUN_BYTES) -> None:
        self._folder, self._shape, self._run_bytes = folder, shape, run_bytes
        self._held: list[pa.Table] = []
        self._size = self._made = 0
        self._runs: list[Path] = []
        folder.mkdir()

    def add(self, table: pa.Table) -> None:
        """Take rows with the columns that `with_boxes` gives them."""
        self._held.append(table)
        self._size += table.nbytes
        if self._size > self._run_bytes:
            self._spill()

    def rows(self) -> Iterator[pa.Table]:
        """Yield all rows in the order of the curve, some at a time."""
        self._spill()
        while len(self._runs) > _AT_ONCE:
            some, self._runs = self._runs[:_AT_ONCE], self._runs[_AT_ONCE:]
            self._runs.append(self._written(_merged(some, self._shape)))
            for run in some:
                run.unlink()
        yield from _merged(self._runs, self._shape)

    def _spill(self) -> None:
        if self._held:
            table = sorted_rows(pa.concat_tables(self._held).combine_chunks(), self._shape)
            self._held, self._size = [], 0
            self._runs.append(self._written([table]))

    def _written(self, tables: Iterable[pa.Table]) -> Path:
        self._made += 1
        path = self._folder / f"{self._made}.arrow"
        schema = self._shape.schema.append(pa.field(KEY, pa.int64()))
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with (
            pa.OSFile(str(path), "wb") as file,
            pa.ipc.new_file(file, schema, options=options) as writer,
        ):
            for table in tables:
                writer.write_table(table.combine_chunks(), max_chunksize=_slice_rows(table))
        return path


def parted(tables: Iterable[pa.Table], shape: Shape, features: int) -> Iterator[pa.Table]:
    """Yield rows so many at a time; fewer where their geometry takes very much room."""
    held, rows, size = list[pa.Table](), 0, 0
    for table in tables:
        while len(table):
            lengths = pc.fill_null(pc.binary_length(table[shape.geometry]), 0).to_numpy()
            room = int(np.searchsorted(np.cumsum(lengths) + size, _FILE_BYTES, "right"))
            count = min(features - rows, len(table), max(room, 0 if rows else 1))
            held.append(table.slice(0, count))
            rows, size = rows + count, size + int(lengths[:count].sum())
            table = table.slice(count)  # noqa: PLW2901
            if len(table) or rows == features:
                yield pa.concat_tables(held)
                held, rows, size = [], 0, 0
    if held:
        yield pa.concat_tables(held)


def _slice_rows(table: pa.Table) -> int:
    per_row = max(table.nbytes // max(len(table), 1), 1)
    return int(min(max(_SLICE_BYTES // per_row, 1), _SLICE_ROWS))


def _merged(runs: Sequence[Path], shape: Shape) -> Iterator[pa.Table]:
    """Yield the rows of sorted parts in one order."""
    waiting = {run: _slices(run) for run in runs}
    heads = {run: next(slices) for run, slices in waiting.items()}
    while heads:
        until = min(_last(head, shape) for head in heads.values())
        ready = list[pa.Table]()
        for run, head in [*heads.items()]:
            count = _up_to(head, until, shape)
            ready.append(head.slice(0, count))
            rest = head.slice(count) if count < len(head) else next(waiting[run], None)
            if rest is None:
                del heads[run]
            else:
                heads[run] = rest
        yield sorted_rows(pa.concat_tables(ready).combine_chunks(), shape)


def _slices(run: Path) -> Iterator[pa.Table]:
    with pa.OSFile(str(run)) as file, pa.ipc.open_file(file) as reader:
        for number in range(reader.num_record_batches):
            yield pa.Table.from_batches([reader.get_batch(number)])


def _last(table: pa.Table, shape: Shape) -> tuple[int, int]:
    return table[KEY][-1].as_py(), table[shape.order][-1].as_py()


def _up_to(table: pa.Table, until: tuple[int, int], shape: Shape) -> int:
    """Return how many rows of a sorted part come before a place, or lie there."""
    keys, rows = table[KEY].to_numpy(), table[shape.order].to_numpy()
    start, end = np.searchsorted(keys, until[0], "left"), np.searchsorted(keys, until[0], "right")
    return int(start + np.searchsorted(rows[start:end], until[1], "right"))
