"""`partition` on one screen: look, stream, sort, write aside, put in place."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from carbonspace.errors import CarbonspaceError, InputError
from carbonspace.folder import aside_of, clear, place_of, swap
from carbonspace.memory import given_back, sparing
from carbonspace.model.disk import obstacle
from carbonspace.model.finding import Finding
from carbonspace.model.progress import Progress, Step, nobody
from carbonspace.model.text import Text
from carbonspace.partition.layer_folder import FEATURES, LayerFolder, Shape, with_boxes
from carbonspace.partition.newplan import plan_of_partitions
from carbonspace.partition.signing import refuse_strangers, sign
from carbonspace.partition.sorting import Sorter, parted
from carbonspace.sources.connection import one_picture
from carbonspace.sources.fingerprint import parts
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.partitions import Index
from carbonspace.sources.planfile import plan_file, table_of, text_of
from carbonspace.sources.project import sources_of
from carbonspace.sources.streams import Stream, can_stream, streamed


class UnwritableError(CarbonspaceError, OSError):
    """The folder of partitions cannot be written."""


class Partitioned(NamedTuple):
    """A layer, and the folder it now lies in; where it stays in its source both are None."""

    source: LayerSource
    folder: str | None
    contents: Index | None


class Partitions(NamedTuple):
    """What came of it: the plan.toml that reads from the folder, and each of its layers."""

    plan: Path
    layers: tuple[Partitioned, ...]


def usable_target(out: Path | str) -> Path:
    """Return where partitions will go.

    Raises
    ------
    SourceError
        Something lies there that is not ours.
    """
    target = place_of(out)
    refuse_strangers(target)
    return target


def partition(
    plan: Path | str, out: Path | str, *, features: int = FEATURES, progress: Progress = nobody
) -> Partitions:
    """Write the layers of a plan as partitions into a folder, with a plan.toml that reads them.

    Rows are streamed, so a source may be of any size. All is written aside and then put in place
    of what was there, or nothing is. The same sources give the same bytes. Layers whose source
    cannot be streamed (and rasters, weather, rules) stay where they are, and the plan.toml leads
    there.

    Parameters
    ----------
    features
        So many make a file; fewer where their geometry takes very much room.

    Raises
    ------
    InputError
        With every layer that cannot be read, or that changed meanwhile.
    SourceError
        Something lies there that is not ours.
    UnwritableError
        The folder cannot be written.
    """
    sparing()
    target, file = usable_target(out), plan_file(Path(plan))
    table = table_of(text_of(file))
    sources, faults = sources_of(table, file.parent)
    aside = aside_of(target)
    with one_picture():
        rows = _expected(sources, faults)
        try:
            with _writing(target):
                aside.mkdir(parents=True)
            layers = [*_written(sources, rows, aside, target, features, progress)]
            with _writing(target):
                text = plan_of_partitions(table, file, target, {
                    (one.source.key, one.source.source): one.folder for one in layers})  # fmt: skip
                (aside / "plan.toml").write_text(text, "utf-8", newline="\n")
                sign(aside, features)
                swap(aside, target)
        finally:
            clear(aside, target)
    progress(Step(Text("完成", "Done"), 1.0, 1.0))
    return Partitions(target / "plan.toml", tuple(layers))


def _expected(sources: Sequence[LayerSource], faults: Sequence[Finding]) -> list[int]:
    """Return how many rows each source has; every fault of any is raised at once."""
    found, rows = [*faults], list[int]()
    for source in sources:
        if _stays(source, sources):
            rows.append(0)
            continue
        try:
            with streamed(source) as stream:
                if source.where:
                    next(stream.batches, None)  # a filter is looked at when rows are asked for
                rows.append(stream.rows)
        except InputError as error:
            found += error.findings
    if found:
        raise InputError(found)
    return rows


def _stays(source: LayerSource, sources: Sequence[LayerSource]) -> bool:
    """Return whether a layer stays where it is: one of its sources cannot be streamed."""
    return not all(can_stream(one) for one in sources if one.key == source.key)


def _written(
    sources: Sequence[LayerSource], rows: Sequence[int], aside: Path, target: Path, features: int,
    progress: Progress,
) -> Iterator[Partitioned]:  # fmt: skip
    """Yield each layer as it has been written into the folder aside."""
    done, total = 0, 2 * sum(rows) or 1
    names = _names(sources)
    for source, name, count in zip(sources, names, rows, strict=True):
        if _stays(source, sources):
            yield Partitioned(source, None, None)
            continue

        def told(title: Text, now: int, begun: int = done, most: int = 2 * count) -> None:
            progress(Step(title, begun + min(now, most), total))

        before = _stamp(source)
        index = _one(source, aside / name, target, features, told)
        if _stamp(source) != before:
            raise InputError([_changed(source)])
        given_back()
        yield Partitioned(source, name, index)
        done += 2 * count


def _one(
    source: LayerSource, folder: Path, target: Path, features: int,
    told: Callable[[Text, int], None],
) -> Index:  # fmt: skip
    """Write one layer: its rows sorted on the disk by place, then file by file."""
    reading = Text(f"读取 {source.key}", f"Reading {source.key}")
    writing = Text(f"写出 {source.key}", f"Writing {source.key}")
    sorting, position = folder.with_name(f"{folder.name}.sorting"), 0
    with streamed(source) as stream:
        shape = _shape(stream)
        with _writing(target):
            sorter = Sorter(sorting, shape)
        for batch in stream.batches:
            told(reading, position)
            table = with_boxes(pa.Table.from_batches([batch]), _rows(batch, stream, position),
                               shape)  # fmt: skip
            with _writing(target):
                sorter.add(table)
            position += len(batch)
    with _writing(target):
        files, written = LayerFolder(folder, shape), position
        for table in parted(sorter.rows(), shape, features):
            told(writing, written)
            files.add(table)
            written += len(table)
        shutil.rmtree(sorting)
        return files.close()


def _shape(stream: Stream) -> Shape:
    own = [field for field in stream.schema if field.name != stream.order]
    return Shape(pa.schema(own), stream.geometry, stream.crs, stream.hidden)


def _rows(batch: pa.RecordBatch, stream: Stream, position: int) -> Any:
    if stream.order is None:
        return np.arange(position, position + len(batch))
    return batch.column(stream.order).to_numpy()


def _names(sources: Sequence[LayerSource]) -> list[str]:
    """Return a folder for each source: called as its layer is, numbered where it has several."""
    seen: dict[str, int] = {}
    for source in sources:
        seen[source.key] = seen.get(source.key, 0)
    names = []
    for source in sources:
        seen[source.key] += 1
        number = seen[source.key]
        names.append(source.key if number == 1 else f"{source.key}-{number}")
    return names


def _stamp(source: LayerSource) -> Mapping[str, object]:
    """Return what tells that files are touched; a database is held at one moment anyhow."""
    if source.location == source.source:
        return {}
    found = {}
    for path in parts(source.path):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        found[str(path)] = (status.st_size, status.st_mtime_ns, status.st_ino)
    return found


def _changed(source: LayerSource) -> Finding:
    return Finding(
        "error", source.key,
        Text("读取期间数据被改动", "The source was changed while it was read"), source.source,
        Text("读取期间不变的文件", "a file that stays as it is"),
        Text("没有写出任何内容。关闭正在编辑它的程序，或先复制一份，再重新运行。",
             "Nothing was written. Close the program that edits it, or take a copy, and start "
             "again."),
    )  # fmt: skip


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Turn what stops the writing into words with a remedy."""
    try:
        yield
    except CarbonspaceError:
        raise
    except OSError as error:
        reason = obstacle(error, target)
        raise UnwritableError(
            f"the partitions cannot be written to {target} ({reason.en}); nothing was written. "
            "Make room (about twice the size of the source is needed meanwhile), or choose "
            "another folder with --out.",
            f"分区无法写入 {target}（{reason.zh}），没有写出任何内容。"
            "请腾出空间（过程中约需源数据两倍的空间），或用 --out 另选文件夹。",
        ) from error
