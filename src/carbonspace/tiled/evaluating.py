"""The coordinator on one screen: what is asked, tiles settled, what holds of all, answers."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from carbonspace.assessing import assessed
from carbonspace.city import City, as_one_unit, city_of, may_be_otherwise
from carbonspace.crew import ALONE
from carbonspace.digest import digest_of, digests
from carbonspace.errors import SourceError
from carbonspace.evaluation import amounts_of, inquiry_of, kept_of
from carbonspace.exemptions import days_of
from carbonspace.inquiry import Inquiry
from carbonspace.measuring import FEATURES_PER_PART, Question
from carbonspace.memory import sparing
from carbonspace.model.assessment import Assessment
from carbonspace.model.finding import Finding
from carbonspace.model.once import made_now
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, Step, nobody, share
from carbonspace.model.shared import Beyond
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.reasons import refuse_if_nothing_is_left
from carbonspace.reported import unit_faults
from carbonspace.robustness import Scope
from carbonspace.sources.connection import moment_held, one_picture
from carbonspace.sources.planfile import plan_file
from carbonspace.sources.window import Held, held_by, read_window
from carbonspace.tiled.answering import answer
from carbonspace.tiled.answers import Answered, answers_of, with_city_alone
from carbonspace.tiled.apart import CITY_FEATURES, no_city
from carbonspace.tiled.counting import ledger_of_tiles, may_be_owned, uncounted, unread_of
from carbonspace.tiled.cutting import cut_of, hangs
from carbonspace.tiled.drawing import drawn, undrawn
from carbonspace.tiled.files import (
    Outcomes,
)
from carbonspace.tiled.finding import find_blocks
from carbonspace.tiled.joining import (
    agreed,
    exempt_of,
    findings_of,
    put_whole,
)
from carbonspace.tiled.mending import Account, unaccounted
from carbonspace.tiled.remembering import Before, Ground
from carbonspace.tiled.running import Receipt, done
from carbonspace.tiled.settling import settle
from carbonspace.tiled.tasks import Answering, Basis, Blocks, Request, Tile, Wide, this_program
from carbonspace.tiled.together import answers_together

_GROUND = ("units", "city")
_COUNTED = ("roads", "parcels", "buildings", "census")
"""What the ledger of a city is made of that is measured on its own."""
_ROUNDS = 4
_MAKING, _SETTLING, _ANSWERING = (0.02, 0.06), (0.06, 0.4), (0.4, 0.98)
_READING = Text("读取单元", "Reading the units")
_SETTLED = Text("整理图块", "Preparing tiles")
_ANSWERED = Text("计算图块", "Measuring tiles")


def evaluate_tiled(
    plan_file: Path, *, executor: Executor, folder: Path,
    indicators: Iterable[str] | None = None, profiles: Iterable[str] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None, on: date | None = None,
    tile_features: int = 50_000, progress: Progress = nobody,
) -> Assessment:  # fmt: skip
    """Evaluate a plan by tiles: no process has all of it, and the values are those of `evaluate`.

    Evidence, layers and service areas are read when they are asked for, so the folder has to be
    there until then, and `one_picture` held where they are to be of the moment of the values. All
    tiles see one moment of a database, whoever reads them.

    The account of repairs is made when it is asked for, of layers read as a whole, one at a time;
    those of more than a million features are left out. Where units do not tile the city, one job
    measures it as a whole, its ledger included; above `CITY_FEATURES` features it has no rows then,
    and a finding says so. Where they do, tiles count for the ledger, and read the layers that it
    counts for that.

    Parameters
    ----------
    plan_file
        A plan.toml; where its layers are large they lie in partitions or in a database.
    executor
        Who does the work, in this process or others.
    folder
        Where tiles and their receipts lie, seen by all workers. What is there of an earlier run
        that asked the same of the same data is not done again.
    indicators, profiles, parameters, on
        As for `evaluate`.
    tile_features
        About how many features a tile owns. No value depends on it.
    progress
        Called with a `Step` as tiles are done.

    Raises
    ------
    InputError, SourceError, UnknownNameError
        As `read_plan` and `evaluate`, and where tiles cannot give the values of the whole.
    TilesError
        Naming each tile that failed, once all others are done.
    """
    sparing()
    progress(Step(_READING, 0.0, 1.0))
    with one_picture():
        work = begun(plan_file, folder, indicators, profiles, parameters, on)
        return evaluated(work, executor, tile_features, progress).assessment


class Evaluated(NamedTuple):
    """What tiles came to, and the jobs that answered, each with its receipt.

    `together` is what that was put down as, where it is remembered.
    """

    assessment: Assessment
    jobs: list[Answering | Wide]
    receipts: list[Receipt]
    answered: Answered
    together: str | None


def evaluated(
    work: Work, executor: Executor, features: int, progress: Progress, before: Before | None = None
) -> Evaluated:
    """Evaluate by tiles what is asked, with what is left of a run `before`."""
    cut = [*cut_of(work, features, before)] if work.local or work.amounts else []
    made = find_blocks(work, executor, features, share(progress, *_MAKING))
    cut, receipts = _settled(_with(cut, made), executor, share(progress, *_SETTLING))
    columns, whole = put_whole(work, cut, receipts)
    known = {} if before is None else before.answers
    jobs = [Answering(tile, whole, one["digest"], known.get(tile.name), work.kept)
            for tile, one in zip(cut, receipts, strict=True)]  # fmt: skip
    wide, city = work.wide_job(known.get("wide")), work.city_job(known.get("city"))
    everything: list[Answering | Wide] = [*(one for one in (city, wide) if one), *jobs]
    asked = [(answer, one) for one in everything]
    told = done(executor, asked, share(progress, *_ANSWERING), _ANSWERED)
    outcomes, seconds, together = _outcomes(work, jobs, wide, before)
    if city is not None:
        outcomes, seconds = with_city_alone(work, city, outcomes, seconds)
    found = _assessed(work, receipts, columns, outcomes, seconds, findings_of(made))
    if city is not None:
        found = replace(found, ledger=pd.DataFrame(told[0]["ledger"]))
    elif work.amounts:
        counted = [one["counted"] for one in told[-len(jobs) :]]
        found = replace(
            found, ledger=ledger_of_tiles(work.ground.layers["units"], work.city, counted)
        )
    answered = Answered(work, jobs, wide, receipts, found, outcomes)
    return Evaluated(found, everything, told, answered, together)


def _outcomes(
    work: Work, jobs: list[Answering], wide: Wide | None, before: Before | None
) -> tuple[Outcomes, dict[str, float], str | None]:
    """Return what was answered, with the seconds; and what that was put down as for a next run."""
    if work.request.remembers and jobs:
        return answers_together(work, jobs, wide, before and before.together)
    return *answers_of(work, jobs, wide), None


@dataclass(frozen=True)
class Work:
    """What is asked of a plan of which the units are known: what is local, and what is not.

    `hanging` are the local questions of which only the data tell how far they see. `apart` says
    that the city is not, or might not be, the sum of its units; `unread` are layers that only the
    ledger would count, and that cannot be read by place.
    """

    request: Request
    folder: Path
    held: Mapping[str, Held]
    ground: Plan
    city: City
    asked: Inquiry
    local: Mapping[str, Question]
    hanging: tuple[str, ...]
    apart: bool = False
    unread: frozenset[str] = frozenset()

    @property
    def questions(self) -> dict[str, Question]:
        """All questions."""
        return self.asked.questions(self.ground)

    @property
    def crs(self) -> Any:
        """The CRS of the plan."""
        return self.ground.layers["units"].crs

    @property
    def amounts(self) -> dict[str, Question]:
        """What tiles count for the ledger, each of what it owns; nothing where a job has it all."""
        if self.apart or not self.request.city:
            return {}
        return amounts_of(self.held.keys() - self.unread)

    @property
    def counted(self) -> tuple[str, ...]:
        """The layers of which the features are counted."""
        return tuple(
            sorted({key for one in self.amounts.values() for key in one.one.used} - {"units"})
        )

    @property
    def kept(self) -> tuple[str, ...]:
        """The questions whose evidence tiles put down; nights measure that of a few units again."""
        features = sum(sum(one.rows) for one in self.held.values())
        kept = kept_of(features, self.asked.chosen, self.asked.judged)
        return () if self.request.remembers else tuple(kept)

    def used(self, questions: Iterable[Question]) -> list[str]:
        """Return the layers that questions use and those that these are prepared with."""
        used = {key for one in questions for key in one.one.used} | {"units"}
        used |= {key for key in (self.basis(used),) if key}
        used |= {"census", "buildings"} if "parcels" in used else set()
        return sorted(used)

    def basis(self, layers: Collection[str]) -> Basis | None:
        """Return the layer that blocks are derived from, where they are and are among layers."""
        derived = "blocks" in layers and "blocks" not in self.held
        return self.ground.settings.blocks_from if derived else None

    def blocks_job(self) -> Blocks | None:
        """Return what finds the blocks that local questions use; None where none does."""
        layers = {key for one in self.local.values() for key in one.one.used}
        if self.basis(layers) != "roads" or "roads" not in self.held:
            return None
        held = {key: self.held[key] for key in ("units", "roads")}
        return Blocks(self.request, self.folder, held)

    def wide_job(self, before: str | None = None) -> Wide | None:
        """Return what answers the questions that hang on the whole plan; None without any."""
        wide = {key: one for key, one in self.questions.items() if key not in self.local}
        if not wide:
            return None
        layers = [key for key in self.used(wide.values()) if key in self.held]
        return Wide(self.request, self.folder, self.held, tuple(layers), tuple(wide),
                    before, self.kept)  # fmt: skip

    def city_job(self, before: str | None = None) -> Wide | None:
        """Return what measures the city on its own; None where it is the sum of its units."""
        if not (self.apart and self.request.city and self.questions):
            return None
        layers = [key for key in {*self.used(self.questions.values()), *_GROUND, *_COUNTED}
                  if key in self.held]  # fmt: skip
        return Wide(self.request, self.folder, self.held, tuple(sorted(layers)),
                    tuple(self.questions), before, city=True)  # fmt: skip


def begun(
    path: Path, folder: Path, indicators: Iterable[str] | None, profiles: Iterable[str] | None,
    parameters: Mapping[str, Mapping[str, Any]] | None, on: date | None, *, remembers: bool = False,
    watched: Collection[str] = (),
) -> Work:  # fmt: skip
    """Read the units, and tell what is asked of whom.

    Within `one_picture` everybody looks at databases as of that moment.
    """
    file, folder = plan_file(Path(path)).absolute(), Path(folder).absolute()
    held = held_by(file, watched)
    _refuse_without_units(held)
    raw = read_window(file, {key: None for key in _GROUND if key in held}, held)
    others = [one for one in raw.inputs if one.layer not in held]
    inputs = [one for layer in held.values() for one in layer.inputs] + others
    raw = replace(raw, inputs=tuple(inputs), beyond=Beyond())
    settings = replace(raw.settings, blocks_from=None)
    shapes = Ground(folder, file)
    once = shapes.once() if remembers else made_now
    ground = prepare(replace(raw, settings=settings), once=once)
    ground = replace(ground, settings=raw.settings, beyond=None)
    city = city_of(ground, once)
    shapes.put(once)
    names = [None if given is None else tuple(given) for given in (indicators, profiles)]
    days = days_of(raw.settings.on if on is None else on)
    asked = inquiry_of(raw, names[0], names[1], parameters, days.stated, city=True)
    apart = as_one_unit(ground, city) is not None
    apart = apart or bool(asked.judged and may_be_otherwise(ground))
    apart = apart or not may_be_owned(city, ground.layers["units"])
    whole = not apart or _features(asked, ground, held) <= CITY_FEATURES
    if not whole:
        asked = inquiry_of(raw, names[0], names[1], parameters, days.stated, city=False)
    layers = {key: [[one.path, one.crs] for one in layer.inputs] for key, layer in held.items()}
    known = {"layers": layers, "inputs": [vars(one) for one in others],
             "asked": [*names, parameters or {}],
             "days": [str(days.stated), str(days.day)], "city": whole, "program": this_program(),
             "plan": digests([file])[file], "rasters": _rasters(raw)}  # fmt: skip
    request = Request(file, names[0], names[1], parameters, days, whole, digest_of(known),
                      this_program(), remembers, moment_held())  # fmt: skip
    local, hanging = _local(asked, ground)
    work = Work(request, folder, held, ground, city, asked, local, hanging, apart)
    only = {*work.used(work.amounts.values())} - {*work.used(local.values())}
    return replace(work, unread=unread_of(file, held, only, ground.layers["units"]))


def _features(asked: Inquiry, ground: Plan, held: Mapping[str, Held]) -> int:
    """Return how many features a job looks at that measures the city on its own."""
    questions = asked.questions(ground).values()
    used = {key for one in questions for key in one.one.used} | {*_GROUND, *_COUNTED}
    return sum(sum(held[key].rows) for key in used if key in held)


def _refuse_without_units(held: Mapping[str, Held]) -> None:
    if "units" not in held:
        raise SourceError(
            "tiles are groups of units, so the units have to be a layer: give [layers.units].",
            "图块由单元组成，单元须为图层：请给出 [layers.units]。",
        )


def _rasters(plan: Plan) -> dict[str, str]:
    files = {one.path for one in plan.rasters.values()}
    return {str(path): found for path, found in digests(files).items()}


def _local(asked: Inquiry, ground: Plan) -> tuple[dict[str, Question], tuple[str, ...]]:
    """Return the questions that see only so far, and the names of those the data tell how far."""
    reach = {key: one.one.reach_m(one.settings, {})
             for key, one in asked.questions(ground).items()}  # fmt: skip
    questions = asked.questions(ground)
    local = {key: one for key, one in questions.items() if not math.isinf(reach[key])}
    return local, tuple(key for key, one in local.items() if hangs(one))


def _with(cut: list[Tile], made: list[Receipt]) -> list[Tile]:
    """Return the tiles, which know of layers that cannot be used anywhere."""
    aside = {key: Text(*why) for one in made for key, why in one["aside"].items()}
    return [replace(tile, aside={**aside, **tile.aside}) for tile in cut]


def _settled(
    cut: list[Tile], executor: Executor, progress: Progress
) -> tuple[list[Tile], list[Receipt]]:
    """Have tiles settle their layers, again where what others saw makes them look farther."""
    for _ in range(_ROUNDS):
        receipts = done(executor, [(settle, one) for one in cut], progress, _SETTLED)
        wanted = _wanted(cut, receipts)
        if wanted == cut:
            agreed(receipts)
            return cut, receipts
        cut = wanted
    raise SourceError(
        "tiles see farther and farther. Use larger tiles, or evaluate the plan in one process.",
        "图块的视野不断扩大。请使用更大的图块，或在单个进程中评估该规划。",
    )


def _wanted(cut: list[Tile], receipts: list[Receipt]) -> list[Tile]:
    """Return the tiles as they have to look, given what all of them saw."""
    reach = dict(cut[0].reach) if cut else {}
    aside = dict(cut[0].aside) if cut else {}
    for one in receipts:
        aside |= {key: Text(*why) for key, why in one["aside"].items() if key not in aside}
        for key, metres in one["reach"].items():
            known = reach.get(key, 0.0)
            if key in reach and known is not None:
                reach[key] = max(known, metres)
    return [replace(tile, reach=reach, aside=aside) for tile in cut]


def _assessed(
    work: Work, receipts: list[Receipt], columns: Mapping[str, gpd.GeoDataFrame],
    outcomes: Outcomes, seconds: Mapping[str, float], made: Iterable[Finding],
) -> Assessment:  # fmt: skip
    """Return the assessment: judged once, over all units."""
    ground, aside = work.ground, dict(work.ground.aside)
    for one in receipts:
        aside |= {key: Text(*why) for key, why in one["aside"].items()}
    there = replace(ground, layers={**columns, **ground.layers}, aside=aside)
    refuse_if_nothing_is_left(work.asked.chosen.values(), there)
    told = [*work.asked.told, *unit_faults(ground), *no_city(work.request), *undrawn(work),
            *unaccounted(work), *uncounted(work.unread), *ground.findings, *made,
            *findings_of(receipts)]  # fmt: skip
    layers = {**exempt_of(receipts), **ground.layers}
    prepared = replace(ground, layers=layers, findings=tuple(told), aside=aside)
    units = ground.layers["units"].index
    scope = Scope(units, work.city if work.request.city else None, ALONE, FEATURES_PER_PART)
    account = Account(work)
    shown = drawn(work, prepared, account)
    found = assessed(work.asked, prepared, outcomes, seconds, scope, shown)
    return replace(found, mended=account.repairs)
