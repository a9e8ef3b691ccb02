"""The result folder: written aside, then put in place; all or nothing."""

from __future__ import annotations

import gc
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path, PurePath

import pandas as pd
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

from carbonspace.digest import digest_of, digests
from carbonspace.errors import SourceError
from carbonspace.folder import aside_of, clear, place_of, swap
from carbonspace.model.assessment import Assessment, Evidence
from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.disk import obstacle
from carbonspace.model.progress import Progress, Step, nobody, share
from carbonspace.model.report import ALWAYS
from carbonspace.model.text import Text
from carbonspace.outputs.areas import area_layers, links_layers
from carbonspace.outputs.csvtext import csv_text
from carbonspace.outputs.gathering import settled
from carbonspace.outputs.geopackage import write_geopackage
from carbonspace.outputs.images import write_images
from carbonspace.outputs.plainjson import dumps, plain
from carbonspace.outputs.reports import REPORTS, refuse_if_lacking, write_reports
from carbonspace.outputs.results import Results, results_of

_WRITER = "carbonspace"
_RUN = "run.json"
_MAPS = 0.5
"""Which share of the writing service areas are expected to be, where they are asked for."""
_REFUSED = (OSError, sqlite3.Error, DataSourceError, DataLayerError, FeatureError, GeometryError)
"""What writers raise where a file cannot be written, among it a disk that is full."""


def write_results(
    assessment: Assessment,
    directory: Path | str,
    *,
    evidence: Evidence = "auto",
    maps: bool | None = None,
    reports: Iterable[str] | None = None,
    progress: Progress = nobody,
) -> Path:
    """Write every result into `directory`, all or nothing, and return its path.

    `evidence` says how much of it goes out, and `maps` whether service areas do, as
    `Assessment.write` describes; `reports` says which kinds of reports (None: what the plan says).

    The folder is made aside and renamed into place, so a fault leaves what was there before. An
    earlier result folder is replaced; files that a person added to it are carried over.

    Raises
    ------
    SourceError
        If `directory` holds something carbonspace did not write, or cannot be written.
    ServiceError
        If a library that a report needs is not installed.
    """
    kept = settled(assessment, evidence)
    drawn = assessment.plan.maps.service_areas if maps is None else maps
    kinds = tuple(assessment.plan.reports if reports is None else reports)
    refuse_if_lacking(kinds)
    with _old_objects_left_alone():
        return replaced_folder(
            directory, lambda folder: _write_all(assessment, folder, kept, drawn, kinds, progress)
        )


def renew_reports(
    results: Results,
    directory: Path | str,
    kinds: Iterable[str],
    bureau: Bureau = NOBODY,
    *,
    progress: Progress = nobody,
) -> list[Path]:
    """Make reports of `results` in a folder, in place of those that are there; return the files.

    What else a run wrote into the folder stays; all is put in place at once, or nothing.

    Raises
    ------
    SourceError
        If the folder holds something carbonspace did not write, or cannot be written.
    """
    target, known = usable_folder(directory)
    asked = list(dict.fromkeys(kinds))
    old = [pattern for kind in asked for pattern in REPORTS[kind].files]

    def write(folder: Path) -> None:
        for name in known:
            if (target / name).is_file() and not any(map(PurePath(name).match, old)):
                _again(target / name, folder / name)
        write_reports(results, folder, asked, bureau, progress)

    folder = replaced_folder(directory, write)
    return sorted({path for pattern in old for path in folder.glob(pattern)})


def _again(path: Path, copy: Path) -> None:
    """Put a file in a second place: the same one, where it is not written to and the disk can."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    if path.name != _RUN:
        with suppress(OSError):
            copy.hardlink_to(path)
            return
    shutil.copy2(path, copy)


@contextmanager
def _old_objects_left_alone() -> Iterator[None]:
    """Keep the garbage collector from looking through the whole city again and again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def replaced_folder(directory: Path | str, write: Callable[[Path], None]) -> Path:
    """Have `write` fill a folder made aside, put it in place of `directory`, and return it.

    Raises
    ------
    SourceError
        If `directory` holds something carbonspace did not write, or cannot be written.
    """
    target, known = usable_folder(directory)
    aside = aside_of(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.mkdir()
        write(aside)
        _sign(aside)
        _carry_over(target, known, aside)
        swap(aside, target)
    except _REFUSED as error:
        raise _unwritable(target, obstacle(error, target)) from error
    finally:
        clear(aside, target)
    return target


def usable_folder(directory: Path | str) -> tuple[Path, set[str]]:
    """Return where results will go and the files an earlier run left there.

    Raises
    ------
    SourceError
        If the folder holds something carbonspace did not write, or lies below a file.
    """
    target = place_of(directory)
    above = next((p for p in target.parents if p.exists()), target)
    if not above.is_dir():
        raise _unwritable(target, Text(f"{above} 是文件", f"{above} is a file"))
    return target, _files_of_earlier_run(target)


def _unwritable(target: Path, reason: Text) -> SourceError:
    return SourceError(
        f"the results cannot be written to {target} ({reason.en}). Close programs that have its "
        "files open, make room, or choose another folder with --out.",
        f"结果无法写入 {target}（{reason.zh}）。"
        "请关闭占用其中文件的程序、腾出空间，或用 --out 另选文件夹。",
    )


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write the tall table as UTF-8 with a byte-order mark.

    Excel takes a CSV without the mark for the computer's own encoding and garbles Chinese;
    every other reader in use skips the mark. Numbers keep all their digits.
    """
    path.write_text(csv_text(table), encoding="utf-8-sig", newline="\n")


def _write_all(
    assessment: Assessment, folder: Path, kept: Evidence, drawn: bool, kinds: Iterable[str],
    progress: Progress,
) -> None:  # fmt: skip
    walks = assessment.walks(progress=share(progress, 0.0, _MAPS)) if drawn else ()
    progress = share(progress, _MAPS, 1.0) if drawn else progress
    progress(Step(Text("整理依据", "Gathering the evidence"), 0, 100))
    results = results_of(assessment, kept, walks)
    assessment = replace(assessment, run=results.run)
    layers = [*area_layers(walks)]
    if drawn:
        layers += links_layers(results.evidence_by_indicator())
    progress(Step(Text("写出图层", "Writing the layers"), 10, 100))
    write_geopackage(assessment, results, folder / "results.gpkg", layers)
    progress(Step(Text("写出栅格", "Writing the images"), 30, 100))
    write_images(assessment, kept, folder)
    write_csv(assessment.table, folder / "indicators.csv")
    write_reports(results, folder, [*kinds, *ALWAYS], progress=share(progress, 0.35, 1.0))
    (folder / "run.json").write_text(dumps(plain(results.run)), encoding="utf-8", newline="\n")


def _sign(folder: Path) -> None:
    """Note in `run.json` who wrote the folder, and which files with which content."""
    path = folder / "run.json"
    run = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    found = digests(file for file in files.values() if file != path)
    content = {name: found[file] for name, file in sorted(files.items()) if file != path}
    run |= {"writer": _WRITER, "files": sorted({*files, "run.json"}), "sha256": content}
    signed = {**run, "sha256": {**content, "run.json": digest_of(run)}}
    path.write_text(dumps(signed), encoding="utf-8", newline="\n")


def _files_of_earlier_run(target: Path) -> set[str]:
    """Return the files an earlier run wrote into `target`; refuse a folder of someone else."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return set()
    try:
        run = json.loads((target / "run.json").read_text(encoding="utf-8"))
        if run["writer"] == _WRITER:
            return set(run["files"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise SourceError(
        f"{target} exists and was not written by carbonspace (it has no run.json of its own). "
        "Expected: a new or empty folder, or an earlier result. Choose another folder with --out.",
        f"{target} 已存在且不是 carbonspace 写出的（没有自己的 run.json）。"
        "应为新文件夹、空文件夹或以前的结果。请用 --out 另选文件夹。",
    )


def _carry_over(target: Path, known: set[str], aside: Path) -> None:
    """Copy what a person added to an earlier result, but no leftovers of its database."""
    if not target.is_dir():
        return
    for path in sorted(p for p in target.rglob("*") if p.is_file()):
        name = path.relative_to(target).as_posix()
        if name in known or name.startswith("results.gpkg-") or (aside / name).exists():
            continue
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, aside / name)
