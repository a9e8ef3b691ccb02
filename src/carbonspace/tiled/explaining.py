"""What explains the answers: put down beside them, and read when somebody asks for it.

What was not put down, or is lost, is measured again in the tile. Each row of evidence names its
unit, so what straddles two tiles is told by each for its own units, once, as in the whole.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import geopandas as gpd
import pandas as pd

from carbonspace.crew import Crew
from carbonspace.folder import put_whole
from carbonspace.measuring import FEATURES_PER_PART, with_evidence_anew
from carbonspace.model.image import Spots
from carbonspace.model.measure import Measure
from carbonspace.past.measures import UNREADABLE
from carbonspace.tiled.files import EVIDENCE, Outcomes, as_feather, from_feather
from carbonspace.tiled.opening import Opened, folder_of, opened
from carbonspace.tiled.tasks import Answering, Wide

Task = Answering | Wide
_OPEN = 3
"""So many tiles are held at once where evidence is measured again."""


def put_evidence(task: Task, outcomes: Outcomes) -> None:
    """Put down the evidence of the questions of which it is kept."""
    known = [(key, one.reading) for key, one in outcomes.items() if key in task.kept]
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for key, reading in known:
            if reading is not None:
                file.writestr(zipfile.ZipInfo(key), as_feather(reading.units.evidence()))
    if known:
        folder_of(task).mkdir(parents=True, exist_ok=True)
        put_whole(folder_of(task) / f"{task.name}{EVIDENCE}", held.getvalue())


def explained(
    tasks: Iterable[tuple[Task, Outcomes]], crs: Any, wanted: pd.Index | None = None
) -> list[Outcomes]:
    """Return what jobs came to with its evidence, read when asked for: of all units, or of some.

    `crs` is that of the plan, by its name: in files it is written out.
    """
    again = _Again(crs)
    return [{key: replace(one, reading=one.reading and replace(
                one.reading, units=_Explained(task, key, one.reading.units, again).of(wanted)))
             for key, one in outcomes.items()} for task, outcomes in tasks]  # fmt: skip


class _Again:
    """Opens the tiles in which evidence is measured again, and holds the last few."""

    def __init__(self, crs: Any) -> None:
        self.crs = crs
        self._tasks = dict[str, Task]()
        self._opened = lru_cache(maxsize=_OPEN)(lambda name: opened(self._tasks[name]))

    def opened(self, task: Task) -> Opened:
        """Return what a job answers of."""
        self._tasks[task.name] = task
        return self._opened(task.name)


@dataclass(frozen=True)
class _Explained:
    """What a question came to in a job, without evidence, and where that is."""

    task: Task
    key: str
    measure: Measure
    again: _Again

    def of(self, wanted: pd.Index | None) -> Measure:
        """Return the measure with its evidence, of the units that are wanted."""
        known = self.measure.table.index
        ids = known if wanted is None else known[known.isin(wanted)]
        bare = self.measure if wanted is None else self.measure.of_units(ids)
        return bare.with_evidence(lambda: self.evidence(ids), lambda some: self.cells(ids, some))

    def evidence(self, ids: pd.Index) -> gpd.GeoDataFrame:
        """Return the evidence of units, as it was put down, or made now."""
        found = _read(self.task, self.key)
        if found is None:
            found = self._anew(ids).evidence()
        inside = found["unit_id"].isin(ids)
        found = found if inside.all() else found[inside].reset_index(drop=True)
        return found.set_crs(self.again.crs, allow_override=True)

    def cells(self, ids: pd.Index, wanted: pd.Index) -> Iterator[Spots]:
        """Yield the cells of those units that are wanted, made now."""
        if len(ids.intersection(wanted)):
            image = self._anew(ids).image
            yield from image.cells(wanted) if image else ()

    def _anew(self, ids: pd.Index) -> Measure:
        there = self.again.opened(self.task)
        found = with_evidence_anew(
            self.measure, there.prepared, there.questions[self.key], units=ids, crew=Crew(1),
            features=FEATURES_PER_PART,
        )  # fmt: skip
        assert isinstance(found, Measure)
        return found


def _read(task: Task, key: str) -> gpd.GeoDataFrame | None:
    """Return evidence that was put down; None where it was not, or is not whole any more."""
    try:
        with zipfile.ZipFile(folder_of(task) / f"{task.name}{EVIDENCE}") as file:
            return from_feather(file.read(key))
    except UNREADABLE:
        return None
