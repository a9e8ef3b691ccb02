"""What an evaluation takes over from an earlier one, and what it leaves to the next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from functools import cache, partial
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.digest import digest_of
from carbonspace.measuring import Asked, Question, Shelf, sees_buildings_afar, sight_of
from carbonspace.model.finding import Finding
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan
from carbonspace.model.shared import ANSWERS, Fact
from carbonspace.parts import Boxes, Part, Sight, farthest, touched
from carbonspace.past.derived import Derived
from carbonspace.past.remembered import Past, Reading, Told, frame_of, name_of
from carbonspace.past.rows import NO_ROWS, Rows, rows_of, together
from carbonspace.past.tiles import Tile, Tiles, tile_name
from carbonspace.unchanged import program as this_program

AS_IT_IS = ""
CITY = " (city)"
"""What is added to the name of a reading where the city is measured on its own."""

_EVERYWHERE = np.array([[-np.inf, -np.inf, np.inf, np.inf]])


class Edits(NamedTuple):
    """The features of a layer of the prepared plan that are new or gone, as they are or were."""

    new: Rows
    gone: Rows

    @property
    def boxes(self) -> Boxes:
        """Where they lie; everywhere where one has no place."""
        boxes = np.concatenate([self.new.boxes, self.gone.boxes])
        return _EVERYWHERE if np.isnan(boxes).any() else boxes


class Memory:
    """Whom an evaluation asks what it need not measure again, and tells what it measured.

    Parameters
    ----------
    past
        What an earlier evaluation left; None where there was none.
    program
        What tells programs apart, by default what `carbonspace.unchanged.program` says of this
        one: what another one left is not taken over.

    keeps_evidence
        Whether evidence is kept of what is measured in all units, as without a memory; if not, all
        of it is made when it is asked for.
    tiles
        Where what is finished lies until all is, so that an evaluation that was killed goes on.

    Attributes
    ----------
    now
        What this evaluation leaves.
    edits
        By layer what has changed since; empty where nothing is known of the past.
    taken, measured
        How many figures of units were taken over, and measured.
    derived
        Shapes that are dear to derive, known or made.
    """

    def __init__(
        self, past: Past | None = None, *, program: str | None = None,
        keeps_evidence: bool = True, tiles: Tiles | None = None,
    ) -> None:  # fmt: skip
        self._past, self.keeps_evidence, self.tiles = past or Past(), keeps_evidence, tiles
        self._program = digest_of(this_program()) if program is None else program
        self.derived = Derived(self._past.derived, self._program)
        self.now = Past(derived=self.derived.asked)
        self.edits: Mapping[str, Edits] = {}
        self.taken = self.measured = 0
        self._base: Mapping[str, gpd.GeoDataFrame] = {}
        self._seen: dict[int, tuple[gpd.GeoDataFrame, Rows]] = {}
        self._changed: dict[Reading, Mapping[str, Boxes]] = {}

    @property
    def knows_past(self) -> bool:
        """Tell whether there is anything to be taken over: then all `edits` are known."""
        return bool(self._past.frame)

    def once(
        self, asked: str, layer: gpd.GeoDataFrame, make: Callable[[], Iterable[Finding]]
    ) -> list[Finding]:
        """Return what is to be said of a layer: what was said of the same, or made now."""
        key = digest_of([asked, self._program, self._rows(layer).digest])
        found = self._past.noticed.get(key)
        self.now.noticed[key] = [*make()] if found is None else found
        return self.now.noticed[key]

    def amount(
        self, asked: str, zone: shapely.Geometry, layers: Iterable[gpd.GeoDataFrame],
        make: Callable[[], float],
    ) -> float:  # fmt: skip
        """Return how much of layers lies in a zone: of the same ones as it was, or made now."""
        ground = hashlib.sha256(shapely.to_wkb(zone)).hexdigest()
        held = [self._rows(layer).digest for layer in layers]
        key = digest_of([asked, self._program, ground, held])
        found = self._past.amounts.get(key)
        self.now.amounts[key] = make() if found is None else found
        return self.now.amounts[key]

    def _rows(self, layer: gpd.GeoDataFrame) -> Rows:
        """Return the features of a layer; it is looked at once."""
        if (seen := self._seen.get(id(layer))) is None or seen[0] is not layer:
            seen = self._seen[id(layer)] = layer, rows_of(layer)
        return seen[1]

    def look(self, plan: Plan) -> None:
        """Look at a prepared plan as it is, before anything is asked about it."""
        self._base = plan.layers
        rows = {key: self._rows(layer) for key, layer in plan.layers.items()}
        self.now.frame = frame_of(plan, rows, self._program)
        self.now.features[AS_IT_IS] = rows
        if self._past.frame != self.now.frame:
            self._past = Past(noticed=self._past.noticed, amounts=self._past.amounts)
        self.edits = self._edits(AS_IT_IS, rows) if self._past.frame else {}
        self._changed = {AS_IT_IS: _boxes(self.edits)}
        if self.tiles is not None:
            self.tiles.look(self.now.frame)

    def look_otherwise(
        self, reading: Reading, differing: Mapping[str, Collection[gpd.GeoDataFrame]]
    ) -> None:
        """Look at what differs in a plan that is read otherwise, in either of the two plans."""
        rows = {key: together(map(rows_of, frames)) for key, frames in differing.items()}
        self.now.features[reading] = rows
        own, base = _boxes(self._edits(reading, rows)), self._changed[AS_IT_IS]
        self._changed[reading] = {
            key: np.concatenate([found[key] for found in (own, base) if key in found])
            for key in {*own, *base}
        }  # fmt: skip

    def _edits(self, reading: Reading, rows: Mapping[str, Rows]) -> dict[str, Edits]:
        before = self._past.features.get(reading, {})
        found = {key: Edits(rows.get(key, NO_ROWS).but(before.get(key, NO_ROWS)),
                            before.get(key, NO_ROWS).but(rows.get(key, NO_ROWS)))
                 for key in {*rows, *before}}  # fmt: skip
        return {key: one for key, one in found.items() if len(one.new.ids) + len(one.gone.ids)}

    def shelf(self, reading: Reading, plan: Plan) -> Shelf | None:
        """Return where tiles of a reading lie; None where they are not kept."""
        if (tiles := self.tiles) is None:
            return None
        value = cache(partial(self._value, plan))

        def tile(part: Part, asked: Asked) -> Tile:
            names = {key: name_of(question) for key, question in asked.items()}
            return Tile(tiles, tile_name(reading, names.values(), part), self.now.frame, names,
                        len(part.owned), partial(self._seen_in, part, reading), value)  # fmt: skip

        return tile

    def _seen_in(self, part: Part, reading: Reading) -> str:
        """Return a digest of the features of a part, in their order."""
        found = {key: self._digests(key, layer, reading)
                 for key, layer in part.layers.items()}  # fmt: skip
        return digest_of({key: hashlib.sha256(one).hexdigest() for key, one in found.items()})

    def _digests(self, key: str, layer: gpd.GeoDataFrame, reading: Reading) -> bytes:
        """Return digests of features: of those that are as in the plan as it is, what is known."""
        base, of_city = self._base.get(key), reading.endswith(CITY) and key == "units"
        if base is None or of_city or not base.index.is_unique:
            return rows_of(layer).digests.tobytes()
        at, plain = base.index.get_indexer(layer.index), reading.removesuffix(CITY)
        other = at < 0
        if plain != AS_IT_IS and key in self.now.features[plain]:
            other |= layer.index.isin(self.now.features[plain][key].ids)
        found: NDArray[np.uint8] = self._rows(base).digests[at]
        if other.any():
            found[other] = rows_of(layer[other]).digests
        return found.tobytes()

    def told(self, reading: Reading, question: Question) -> Told | None:
        """Return what a question came to in the past."""
        return self._past.told.get((reading, name_of(question)))

    def keep(
        self, reading: Reading, question: Question, plan: Plan, measure: Measure,
        facts: Iterable[Fact],
    ) -> None:  # fmt: skip
        """Keep an answer for the next evaluation."""
        known = {one: self._value(plan, one) for one in facts}
        told = Told(measure.bare(), sight_of(plan, {0: question}), known)
        self.now.told[reading, name_of(question)] = told

    def count(self, taken: int, measured: int) -> None:
        """Count figures of units that were taken over, and measured."""
        self.taken, self.measured = self.taken + taken, self.measured + measured

    def due(
        self, reading: Reading, plan: Plan, asked: Asked, units: pd.Index
    ) -> dict[Hashable, pd.Index]:
        """Return by question the units of which it has to be measured."""
        changed = self._changed[reading.removesuffix(CITY)]
        due: dict[Hashable, pd.Index] = dict.fromkeys(asked, units)
        groups: dict[bool, dict[Hashable, Sight]] = {}
        for key, question in asked.items():
            if (told := self._that_holds(reading, plan, question)) is None:
                continue
            sight = farthest((told.sight, sight_of(plan, {0: question})))
            if not {*sight.reach} & {*changed}:
                due[key] = units.difference(told.measure.table.index, sort=False)
            elif sight.is_local:
                groups.setdefault(sees_buildings_afar(plan, question), {})[key] = sight
        for sights in groups.values():
            near = touched(plan, farthest(sights.values()), changed)
            due |= {key: self._stale(reading, asked[key], units, near) for key in sights}
        return due

    def _stale(
        self, reading: Reading, question: Question, units: pd.Index, near: pd.Index
    ) -> pd.Index:
        told = self.told(reading, question)
        known = pd.Index([]) if told is None else told.measure.table.index
        return units[units.isin(near) | ~units.isin(known)]

    def _that_holds(self, reading: Reading, plan: Plan, question: Question) -> Told | None:
        """Return the answer of the past where all that it hung on everywhere is as it was."""
        told = self.told(reading, question)
        same = partial(self._value, plan)
        return told if told and all(same(one) == was for one, was in told.facts.items()) else None

    def _value(self, plan: Plan, fact: Fact) -> str:
        """Return a fact about the whole plan as it is now, as a digest."""
        layer = plan.layers.get(fact.layer)
        if layer is None:
            return ""
        if fact.asked in ANSWERS:
            found = ANSWERS[fact.asked](layer, fact.column)
            return digest_of(sorted(map(repr, found)) if isinstance(found, frozenset)
                             else repr(found))  # fmt: skip
        return self._rows(layer).digest


def _boxes(edits: Mapping[str, Edits]) -> dict[str, Boxes]:
    return {key: one.boxes for key, one in edits.items()}
