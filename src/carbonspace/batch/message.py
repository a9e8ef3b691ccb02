"""The morning message: what changed in the night, as plain values for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from carbonspace.batch.causes import EditsNear, causes_of, no_edits
from carbonspace.batch.cityfile import City
from carbonspace.batch.finding_kinds import new_findings
from carbonspace.batch.kept import FINDING, UNIT, VERDICT, Changes, Row, as_dict
from carbonspace.catalogue import indicators
from carbonspace.model.plan import Input
from carbonspace.model.text import Text
from carbonspace.version import __version__

if TYPE_CHECKING:
    from carbonspace.batch.computing import Computed
    from carbonspace.model.assessment import Assessment

MOST = 1000
"""So many things of a kind a message names at most; the tables have all of them."""
_WORST = 10
_LEVELS = ("city", "district", "unit")
"""Levels whose changes of values a message names; those below are in the tables."""


@dataclass(frozen=True)
class Told:
    """What a message is made of; there is no assessment where nothing was computed.

    `lost` says that the night before never ended. `near` knows which rows were edited, where
    changes are told row by row. `missed` are tables of which rows changed though nothing told so,
    `unwatched` those that cannot be watched as they were to be.
    """

    city: City
    run: int
    began: datetime
    before: Sequence[Input]
    after: Sequence[Input] = ()
    computed: Computed | None = None
    lost: bool = False
    near: EditsNear = no_edits
    missed: Sequence[Mapping[str, Any]] = ()
    unwatched: Sequence[Mapping[str, Any]] = ()

    @property
    def derived(self) -> Mapping[str, str]:
        """The levels that no input gave, and the layer that each was derived from."""
        return {} if self.assessment is None else self.assessment.run.get("derived", {})

    def is_edited(self, one: Mapping[str, Any]) -> bool:
        """Tell whether a source that was written anew holds other features, where that is known."""
        if self.computed is None or not self.computed.since.known:
            return True
        since = self.computed.since
        return one["layer"] in since.edits or one["layer"] not in since.layers

    @property
    def resumed(self) -> int:
        """How many tiles that a night before had finished, and never kept, were taken over."""
        return 0 if self.computed is None else self.computed.figures.get("resumed", 0)

    @property
    def assessment(self) -> Assessment | None:
        """What was computed."""
        return None if self.computed is None else self.computed.assessment


def message_of(told: Told, found: Mapping[str, Changes] | None = None) -> dict[str, Any]:
    """Return what is told of a night."""
    inputs = [] if found is None else [*filter(told.is_edited, _inputs(told.before, told.after))]
    head = {
        "city": told.city.name, "run": told.run, "began": told.began.isoformat(timespec="seconds"),
        "carbonspace": __version__, "unchanged": found is None,
        "first": found is not None and not told.before,
        "lost": told.lost, "resumed": told.resumed, "missed": [*told.missed],
        "unwatched": [*told.unwatched], "inputs": inputs,
    }  # fmt: skip
    if found is None or told.assessment is None:
        return {**head, "changes": False}
    is_first, verdicts, units = head["first"], found[VERDICT.name], found[UNIT.name]
    turned = [(as_dict(VERDICT, one), as_dict(VERDICT, other)) for one, other in verdicts.turned]
    layers = [*dict.fromkeys(one["layer"] for one in inputs)]
    flips = _flips(turned, lambda row: causes_of(row, layers, told.derived, told.near))
    values = _values(turned)
    fresh = [as_dict(FINDING, row) for row in found[FINDING.name].new]
    table = told.assessment.table
    return {
        **head,
        "changes": bool(told.missed) or any((one.added or one.closed) for one in found.values()),
        "verdicts": {k: int(n) for k, n in table["status"].value_counts().items()},
        "rows": {"closed": len(verdicts.closed), "added": len(verdicts.added)},
        "flips": _most(flips), "values": _most(values),
        "units": {"appeared": [] if is_first else _ids(units.new), "vanished": _ids(units.gone),
                  "reshaped": [new[0] for _, new in units.turned]},
        "findings": {"new": new_findings(fresh), "gone": len(found[FINDING.name].gone)},
        "worst": _worst(flips, table),
    }  # fmt: skip


def failure_of(city: City, why: Text, at: datetime) -> dict[str, Any]:
    """Return what is told of a night that failed."""
    return {
        "city": city.name, "run": None, "began": at.isoformat(timespec="seconds"),
        "carbonspace": __version__, "failed": why._asdict(), "unchanged": True, "first": False,
        "lost": False, "inputs": [], "changes": False,
    }  # fmt: skip


def _most(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    listed = [*rows]
    return {"count": len(listed), "listed": listed[:MOST]}


def _ids(rows: Iterable[Row]) -> list[str]:
    return [row[0] for row in rows]


def _inputs(before: Sequence[Input], after: Sequence[Input]) -> list[dict[str, Any]]:
    """Return which sources hold something else than at the last night that computed."""
    was, now = ({(one.layer, one.path): one for one in side} for side in (before, after))
    found = []
    for key in dict.fromkeys([*was, *now]) if before else ():
        old, new = was.get(key), now.get(key)
        if old is None or new is None or old.sha256 != new.sha256:
            found.append({"layer": key[0], "source": key[1],
                          "before": old.features if old else None,
                          "after": new.features if new else None})  # fmt: skip
    return found


def _flips(
    turned: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]],
    causes: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Return the verdicts that are others, those first that are missed now."""
    found = [
        {**_place(new), "profile": new["profile"],
         "clause": {"zh": new["clause_zh"], "en": new["clause"]}, "target": new["target"],
         "from": old["status"], "to": new["status"], "before": old["value"], "after": new["value"],
         "causes": causes(new)}
        for old, new in turned if old["status"] != new["status"]
    ]  # fmt: skip
    return sorted(found, key=_urgency)


def _urgency(flip: Mapping[str, Any]) -> tuple[bool, bool, int]:
    level = flip["level"]
    rank = _LEVELS.index(level) if level in _LEVELS else len(_LEVELS)
    return flip["to"] != "not_met", flip["from"] != "not_met", rank


def _values(turned: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return the figures that are others, each once, however many clauses it is held against."""
    found = dict[tuple[Any, ...], dict[str, Any]]()
    for old, new in turned:
        if old["value"] != new["value"] and new["level"] in _LEVELS:
            key = (new["level"], new["unit_id"], new["indicator"], new["parameters"])
            found.setdefault(key, {**_place(new), "parameters": new["parameters"],
                                   "before": old["value"], "after": new["value"]})  # fmt: skip
    return [*found.values()]


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    known = indicators().get(row["indicator"])
    return {"level": row["level"], "unit": row["unit_id"], "indicator": row["indicator"],
            "title": known.title._asdict() if known else None,
            "measured_in": row["unit"]}  # fmt: skip


def _worst(flips: Iterable[Mapping[str, Any]], table: Any) -> list[dict[str, Any]]:
    """Return the units of which most verdicts turned to missed, with how many are missed in all."""
    lost = Counter(one["unit"] for one in flips
                   if one["level"] == "unit" and one["to"] == "not_met")  # fmt: skip
    missed = table[(table["level"] == "unit") & (table["status"] == "not_met")]
    totals = missed["unit_id"].value_counts()
    return [{"unit": unit, "lost": number, "missed": int(totals.get(unit, 0))}
            for unit, number in lost.most_common(_WORST)]  # fmt: skip
