"""Indicators measured on a plan: what is asked, part by part."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd

from carbonspace.crew import Crew
from carbonspace.errors import (
    InputError,
    MissingColumnError,
    MissingLayerError,
    NoSunError,
    ServiceError,
    UnstatedError,
)
from carbonspace.grids import cells_over
from carbonspace.model.beside import beside
from carbonspace.model.exemption import EXEMPTION
from carbonspace.model.image import Spots
from carbonspace.model.indicator import Indicator
from carbonspace.model.measure import Measure, joined, joined_evidence
from carbonspace.model.plan import Plan
from carbonspace.model.rasters import PREFIX
from carbonspace.model.shared import Fact
from carbonspace.model.text import Text
from carbonspace.model.weather import WEATHER
from carbonspace.parts import Divider, Part, Sight, farthest, tiles
from carbonspace.reasons import lacking, no_column, no_layers, required_column, unfit

Settings = Mapping[str, Any]

FEATURES_PER_PART = 50_000
"""A part of a plan holds about so many features: it bounds the memory and feeds the threads."""

CELLS_PER_PART = 20_000_000
"""And about so many cells of rasters."""

KEPT_FEATURES = 1_000_000
"""Of a plan with more, whatever evidence is asked for is made anew, and no step of it is kept."""


@dataclass(frozen=True)
class Question:
    """An indicator with the values of its parameters.

    `exempt` are the reasons by layer and id of features exempt from this indicator, besides those
    of the layers' own column.
    """

    one: Indicator
    settings: Settings
    exempt: Mapping[str, pd.Series] = field(default_factory=dict)

    @property
    def same(self) -> Hashable:
        """What two questions have in common that have the same answer."""
        excused = [(key, *reasons.items()) for key, reasons in self.exempt.items()]
        return self.one.variant_of or self.one.key, repr(sorted(self.settings.items())), *excused


Answer = Measure | Text
"""What an indicator came to, or the reason why it could not be measured."""


@dataclass(frozen=True)
class Answers:
    """What each question came to, the seconds it took, and what it asked of the whole plan."""

    found: Mapping[Hashable, Answer]
    seconds: Mapping[Hashable, float]
    facts: Mapping[Hashable, frozenset[Fact]] = field(default_factory=dict)


Telling = Callable[[Text, float], None]
Asked = Mapping[Any, Question]
"""Questions by any key."""


class Tile(Protocol):
    """Where lies what questions came to on one part, in case the process ends before its work."""

    def found(self) -> Answers | None:
        """Return what they came to, without evidence; None where that is not known."""

    def keep(self, answers: Answers) -> None:
        """Put down what they came to."""


Shelf = Callable[[Part, Asked], Tile]


def measured(
    plan: Plan,
    questions: Asked,
    *,
    units: pd.Index,
    crew: Crew,
    features: int = FEATURES_PER_PART,
    kept: Collection[Any] = (),
    told: Telling = lambda _title, _share: None,
    shelf: Shelf | None = None,
) -> Answers:
    """Answer questions for some units of a prepared plan.

    What sees no farther than its reach is measured part by part; what hangs on the whole city
    (the largest connected network) once. The numbers do not depend on parts or threads.

    Parameters
    ----------
    plan
        Prepared.
    questions
        By any key.
    units
        Ids of the units wanted.
    crew
        Who does it.
    features
        About how many features a part holds.
    kept
        Keys of the questions whose evidence is kept, in memory; that of the others is measured
        again where it is asked for.
    told
        Called with what is done and the share of the work before it.
    shelf
        Where what was done before a crash is found, and what is done is put.
    """
    absent = {
        key: lacking(q.one, plan, q.settings) or _out_of_sight(q, plan)
        for key, q in questions.items()
    }
    asked = {key: q for key, q in questions.items() if absent[key] is None}
    portions = partial(_jobs, plan, asked, units, features, crew.workers)
    jobs = [*portions()]
    begin = _Beginning(crew, told, sum(len(job.asked) for job in jobs))
    groups = list(crew.done([job.bound(begin, kept, shelf) for job in jobs]))
    again = portions if plan.features > KEPT_FEATURES else _held(portions)
    found: dict[Hashable, Answer] = {
        key: _together([g.found[key] for g in groups if key in g.found], units) for key in asked
    }
    found |= {key: _made_anew(one, again, key) for key, one in found.items()
              if key not in kept}  # fmt: skip
    seconds = {key: sum(g.seconds.get(key, 0.0) for g in groups) for key in questions}
    facts = {key: frozenset[Fact]().union(*(g.facts.get(key, ()) for g in groups)) for key in asked}
    reasons = {key: why for key, why in absent.items() if why is not None}
    return Answers({**found, **reasons}, seconds, facts)


@dataclass(frozen=True)
class Job:
    """Questions to be answered on one part, which is made when its turn has come."""

    part: Callable[[], Part]
    asked: Asked

    def bound(
        self, begin: Callable[[Text], None], kept: Collection[Any], shelf: Shelf | None
    ) -> Callable[[], Answers]:
        """Return what does the job, saying of each question that it begins."""

        def done() -> Answers:
            part = self.part()
            tile = shelf(part, self.asked) if shelf else None
            if tile is not None and (known := tile.found()) is not None:
                return self._taken_over(known, begin)
            answers = _answered(part, self.asked, begin, kept)
            if tile is not None:
                tile.keep(answers)
            return answers

        return done

    def _taken_over(self, known: Answers, begin: Callable[[Text], None]) -> Answers:
        for question in self.asked.values():
            begin(question.one.title)
        found = {key: _made_anew(one, lambda: [self], key) for key, one in known.found.items()}
        return replace(known, found=found)


class _Beginning:
    """Says what begins and how much was done before, whichever thread it is done on."""

    def __init__(self, crew: Crew, told: Telling, total: int) -> None:
        self._crew, self._told, self._total = crew, told, total
        self._begun, self._lock = 0, threading.Lock()

    def __call__(self, title: Text) -> None:
        self._crew.rest()
        with self._lock:
            self._told(title, self._begun / self._total)
            self._begun += 1


def _jobs(plan: Plan, asked: Asked, units: pd.Index, features: int, workers: int) -> Iterator[Job]:
    local = local_ones(plan, asked)
    wide = {key: q for key, q in asked.items() if key not in local}
    if wide:
        some = len(units) < len(plan.layers["units"])
        yield Job(partial(_divider(plan, wide, some=some).part, units), wide)
    far = {key: q for key, q in local.items() if sees_buildings_afar(plan, q)}
    near = {key: q for key, q in local.items() if key not in far}
    for group in (near, far):
        if group:
            yield from _portions(plan, group, units, features, workers)


def _out_of_sight(question: Question, plan: Plan) -> Text | None:
    """Return why it cannot be told how far a question sees: a library is not installed."""
    try:
        sight_of(plan, {0: question})
    except ServiceError as error:
        return Text(error.zh, str(error))
    return None


def local_ones(plan: Plan, asked: Asked) -> dict[Any, Question]:
    """Return the questions about which what is far away does not matter."""
    return {key: q for key, q in asked.items() if sight_of(plan, {key: q}).is_local}


def sight_of(plan: Plan, asked: Asked) -> Sight:
    """Return how far questions see together in a plan: to ask for shadows takes all buildings."""
    rasters = {PREFIX + kind: raster for kind, raster in plan.rasters.items()}
    whole = plan.beyond.layers if plan.beyond else {}
    layers, known = {**plan.layers, **whole, **rasters}, beside(plan, "sights")
    for question in asked.values():
        if question.same not in known:
            known[question.same] = Sight.of([(question.one, question.settings)], layers)
    return farthest(known[question.same] for question in asked.values())


def sees_buildings_afar(plan: Plan, question: Question) -> bool:
    """Tell which questions are asked on parts of their own: shadows are long, buildings many."""
    return sight_of(plan, {0: question}).reach.get("buildings", 0.0) > 0


def _portions(
    plan: Plan, local: Asked, units: pd.Index, features: int, workers: int
) -> Iterator[Job]:
    """Yield the jobs of questions that see only so far: some units each."""
    held = sum(len(plan.layers[key]) for key in {k for q in local.values() for k in q.one.used}
               if key in plan.layers)  # fmt: skip
    wanted = plan.layers["units"].loc[units]
    held = held * len(wanted) // max(len(plan.layers["units"]), 1)
    kinds = {kind for q in local.values() for kind in q.one.rasters_under(q.settings)}
    cells = cells_over(plan, kinds)
    cells *= len(wanted) / max(len(plan.layers["units"]), 1)
    count = max(-(-held // features), workers if held > features // 4 else 1,
                int(cells / CELLS_PER_PART) + 1)  # fmt: skip
    divider = _divider(plan, local, some=count > 1 or len(wanted) < len(plan.layers["units"]))
    yield from (Job(partial(divider.part, ids), local) for ids in tiles(wanted, count))


def _divider(plan: Plan, asked: Asked, *, some: bool) -> Divider:
    """Return what divides the plan as far as questions see; `some`: not into one part alone."""
    divider = Divider(plan, sight_of(plan, asked))
    return divider.ready() if some else divider


def _held(jobs: Callable[[], Iterable[Job]]) -> Callable[[], list[Job]]:
    """Return what gives the same jobs each time, with parts that keep their shared steps."""
    return cache(lambda: [replace(job, part=cache(job.part)) for job in jobs()])


def _answered(
    part: Part, asked: Asked, begin: Callable[[Text], None], kept: Collection[Any]
) -> Answers:
    """Answer questions on one part; what is asked twice is measured once."""
    found: dict[Hashable, Answer] = {}
    seconds: dict[Hashable, float] = {}
    facts: dict[Hashable, frozenset[Fact]] = {}
    known: dict[Hashable, tuple[Answer, frozenset[Fact]]] = {}
    explained = {asked[key].same for key in kept if key in asked}
    for key, question in asked.items():
        begin(question.one.title)
        started = time.perf_counter()
        if (same := question.same) not in known:
            answer, noted = part.shared.noted(partial(answer_of, question, part))
            known[same] = answer if same in explained else _bare(answer), noted
        found[key], facts[key] = known[same]
        seconds[key] = time.perf_counter() - started
    return Answers(found, seconds, facts)


def _bare(answer: Answer) -> Answer:
    """Return the answer without evidence, and so without the steps it would be made from."""
    if isinstance(answer, Text):
        return answer
    return answer.with_evidence(gpd.GeoDataFrame, lambda _units: iter(()))


def answer_of(question: Question, part: Part) -> Answer:
    """Measure one indicator on one part, or say which column, or what light, it lacks."""
    one = question.one
    layers = {key: _marked(part.layers.get(key), question.exempt.get(key)) for key in one.used}
    looked = one.rasters_under(question.settings)
    grids = {kind: part.grids.get(kind) if kind in looked else None for kind in one.seen_rasters}
    more: dict[str, Any] = {"shared": part.shared} if one.shares else {}
    more |= {WEATHER: part.grids.plan.weather} if one.sees_weather else {}
    try:
        measure = one.function(**layers, **grids, **one.arguments(question.settings), **more)
    except MissingLayerError as error:
        return no_layers([error.layer])
    except MissingColumnError as error:
        return no_column(error)
    except (NoSunError, ServiceError, UnstatedError) as error:
        return Text(error.zh, str(error))
    except InputError as error:
        return unfit(error)
    except KeyError as error:
        if (lost := required_column(error, layers)) is None:
            raise
        return no_column(lost)
    return measure if part.is_whole else measure.of_units(part.owned)


def _marked(layer: gpd.GeoDataFrame | None, reasons: pd.Series | None) -> gpd.GeoDataFrame | None:
    """Return a layer with reasons of exemption in its column, on top of its own."""
    if layer is None or reasons is None:
        return layer
    given = pd.Series(layer.index.map(reasons), index=layer.index, dtype=object)
    own = layer.get(EXEMPTION, given)
    return layer.assign(**{EXEMPTION: given.where(given.notna(), own)})


def _together(answers: Sequence[Answer], units: pd.Index) -> Answer:
    reason = next((one for one in answers if isinstance(one, Text)), None)
    return reason or joined([one for one in answers if isinstance(one, Measure)], units)


def _made_anew(answer: Answer, jobs: Callable[[], Iterable[Job]], key: Hashable) -> Answer:
    """Return the answer with evidence that is measured again when it is asked for."""
    if isinstance(answer, Text):
        return answer

    def again() -> Iterator[Measure]:
        found = (answer_of(job.asked[key], job.part()) for job in jobs() if key in job.asked)
        return (one for one in found if isinstance(one, Measure))

    def cells(wanted: pd.Index) -> Iterator[Spots]:
        for one in again():
            yield from one.image.cells(wanted) if one.image else ()

    return answer.with_evidence(lambda: joined_evidence([one.evidence() for one in again()]), cells)


def with_evidence_anew(
    answer: Answer, plan: Plan, question: Question, *, units: pd.Index, crew: Crew, features: int
) -> Answer:
    """Return the answer with evidence of these units that is measured when it is asked for."""
    jobs = partial(_jobs, plan, {0: question}, units, features, crew.workers)
    return _made_anew(answer, jobs, 0)
