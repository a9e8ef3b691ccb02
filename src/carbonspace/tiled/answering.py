"""What a worker does then: the questions answered in the units of a tile, or once in all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from carbonspace.assessing import ledger_of
from carbonspace.city import city_of
from carbonspace.crew import Crew
from carbonspace.evaluation import amounts_of
from carbonspace.measuring import FEATURES_PER_PART, Question
from carbonspace.model.once import made_now
from carbonspace.model.progress import nobody
from carbonspace.robustness import Scope, city_outcomes_of, outcomes_of
from carbonspace.sources.window import read_window
from carbonspace.tiled.counting import counted
from carbonspace.tiled.explaining import put_evidence
from carbonspace.tiled.files import Outcomes, content_of, packed_outcomes, put, receipt_of
from carbonspace.tiled.opening import Opened, folder_of, opened
from carbonspace.tiled.remembering import left, memory_of
from carbonspace.tiled.tasks import Answering, Wide


def answer(task: Answering | Wide) -> dict[str, Any]:
    """Put down what the questions come to in a tile, if it is not there yet; return the receipt.

    Or what those come to that hang on the whole plan, or all of them in the city alone.
    """
    folder = folder_of(task)
    known = receipt_of(folder, task.name)
    if known is not None and content_of(folder, task.name) is not None:
        return {**known, "resumed": True}
    there = opened(task, otherwise=True)
    memory = memory_of(task) if task.request.remembers else None
    once = made_now if memory is None else memory.derived
    scope = Scope(there.units, None, Crew(1), FEATURES_PER_PART, task.kept, memory, once=once)
    outcomes, seconds = _answers(task, there, scope)
    ledger = _ledger_told(task, there, outcomes)
    outcomes = {key: outcomes[key] for key in there.names}
    put_evidence(task, outcomes)
    said = {"units": len(there.units), **ledger, **({} if memory is None else left(task, memory))}
    return put(
        folder, task.name, packed_outcomes(outcomes, {key: seconds[key] for key in outcomes}), said
    )


def _ledger_told(task: Answering | Wide, there: Opened, outcomes: Outcomes) -> dict[str, Any]:
    """Return what is told for the ledger: all of it, or what a tile counted."""
    if isinstance(task, Wide):
        return {"ledger": _ledger(there)} if task.city else {}
    amounts = {key: outcomes[key] for key in there.amounts}
    zones = there.zones
    return (
        {} if zones is None else {"counted": counted(there.prepared, zones, there.units, amounts)}
    )


def _ledger(there: Opened) -> list[dict[str, Any]]:
    """Return the rows of the ledger, of a plan that is there as a whole."""
    plan, scope = there.prepared, Scope(there.units, None, Crew(1), FEATURES_PER_PART)
    found, _ = outcomes_of(plan, amounts_of(plan.layers), raw=plan, judged=(), scope=scope,
                           progress=nobody)  # fmt: skip
    rows = ledger_of(plan, replace(scope, city=city_of(plan)), found).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _answers(
    task: Answering | Wide, there: Opened, scope: Scope
) -> tuple[Outcomes, dict[str, float]]:
    """Return what the questions come to in the units, or in the city where that is asked."""
    judged = there.asked.judged & {*there.names}
    if isinstance(task, Wide) and task.city:
        whole = replace(scope, city=city_of(there.prepared))
        return city_outcomes_of(there.prepared, there.questions, raw=there.raw, judged=judged,
                                scope=whole)  # fmt: skip
    asked = {**there.amounts, **there.questions}
    return outcomes_of(there.prepared, asked, raw=there.raw, judged=judged, scope=scope,
                       progress=nobody)  # fmt: skip


def questions_of(task: Answering) -> dict[str, Question]:
    """Return the questions of a tile, as far as they can be told without its layers."""
    tile = task.tile
    raw = read_window(tile.request.plan, {"units": tile.box}, tile.held)
    questions = tile.request.inquiry(raw).questions(raw)
    return {key: questions[key] for key in tile.asked}
