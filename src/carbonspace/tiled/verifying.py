"""Tiles that were taken over, held against measuring them once more, bit for bit."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from carbonspace.model.outcome import Outcome
from carbonspace.tiled.answering import answer, questions_of
from carbonspace.tiled.files import RECEIPT, TILE, content_of, outcomes_in, unseen
from carbonspace.tiled.settling import settle
from carbonspace.tiled.tasks import Answering


def different(jobs: Sequence[Answering], units: Sequence[str]) -> tuple[int, list[str]]:
    """Measure the tiles of some units without what was known of them.

    Returns
    -------
    How many figures were held against each other, and of which units and questions they differ.

    Raises
    ------
    SourceError
        What was put down is not there any more.
    """
    held, found = 0, list[str]()
    for job in jobs:
        mine = [one for one in units if one in job.tile.units]
        if not mine:
            continue
        with tempfile.TemporaryDirectory(prefix="carbonspace-") as folder:
            ours, theirs = _figures(job, mine), _figures(_anew(job, Path(folder)), mine)
        held += len(theirs)
        found += [key for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)]
    return held, sorted(found)


def _anew(job: Answering, folder: Path) -> Answering:
    """Settle and answer a tile in a folder where nothing else is known, and return that job."""
    for kind in (TILE, RECEIPT):
        shutil.copy(job.tile.folder / f"{job.whole}{kind}", folder)
    request = replace(job.tile.request, remembers=False)
    tile = replace(job.tile, folder=folder, request=request)
    again = replace(job, tile=tile, settled=settle(tile)["digest"], before=None)
    answer(again)
    return again


def _figures(job: Answering, units: Sequence[str]) -> dict[str, str]:
    """Return by unit and question what a tile came to, floats as their very bits."""
    file = content_of(job.tile.folder, job.name)
    if file is None:
        raise unseen(job.tile.folder)
    with file:
        outcomes, _ = outcomes_in(file, questions_of(job))
    return {f"{unit} · {key}": said
            for key, one in outcomes.items()
            for unit, said in _said(one, units).items()}  # fmt: skip


def _said(one: Outcome, units: Sequence[str]) -> dict[str, str]:
    if one.reading is None:
        return {unit: str(one.reason) for unit in units}
    tables = [one.reading.units.table, *(other.units.table for _, other in one.variations)]
    rows = [table.reindex(units) for table in tables]
    return {unit: repr([_bits(row.loc[unit]) for row in rows]) for unit in units}


def _bits(row: pd.Series) -> list[str]:
    return [float(value).hex() if isinstance(value, float | np.floating) else repr(value)
            for value in row]  # fmt: skip
