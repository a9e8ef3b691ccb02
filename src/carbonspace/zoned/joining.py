"""What zones came to, put together as one assessment."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from carbonspace.assessing import assessed
from carbonspace.city import city_of
from carbonspace.crew import ALONE
from carbonspace.errors import InputError
from carbonspace.evaluation import Answered
from carbonspace.inquiry import Inquiry
from carbonspace.ledger import NO_LEDGER, conservation
from carbonspace.measuring import FEATURES_PER_PART
from carbonspace.model.assessment import Assessment
from carbonspace.model.finding import Finding
from carbonspace.model.measure import Measure
from carbonspace.model.outcome import Outcome
from carbonspace.model.plan import Plan
from carbonspace.prepare import zone_words as words
from carbonspace.prepare.distortion import distortion_notes, distortions
from carbonspace.prepare.zoning import Zoning
from carbonspace.robustness import Scope
from carbonspace.tiled.joining import outcome_of_tiles, summed
from carbonspace.zoned.showing import (
    in_crs,
    in_maps,
    is_distortion,
    labelled,
    moved,
    told_once,
    with_measures,
)

_STATED = (("parcels", "floor_area"), ("buildings", "floor_area"), ("parcels", "area"),
           ("blocks", "area"), ("parks", "area"))  # fmt: skip
_APART = 1.5
"""Units of area lie at least 2.4 times apart; the same column in two zones is off by far less."""


@dataclass(frozen=True)
class Part:
    """The units of one zone, and what was found of them in its CRS."""

    crs: str
    ids: pd.Index
    found: Answered

    @property
    def own(self) -> gpd.GeoDataFrame:
        """The units of the zone, in its CRS."""
        units: gpd.GeoDataFrame = self.found.prepared.layers["units"].loc[self.ids]
        return units

    def findings(self, of: pd.Series, shown: str, *, others: bool) -> Iterator[Finding]:
        """Yield what was noticed in the zone, with places in the CRS of maps.

        What lies nearest to a unit of another zone is that zone's to tell: `of` is the CRS of
        each unit. With `others` that of units which nobody measures is told, too.
        """
        units = self.found.prepared.layers["units"]
        tree = shapely.STRtree(units.geometry.to_numpy())
        for one in self.found.prepared.findings:
            if is_distortion(one):
                continue
            if one.where is not None:
                near = units.index[tree.nearest(shapely.Point(one.where))]
                if near not in self.ids and not (others and of[near] != self.crs):
                    continue
            yield moved(one, self.crs, shown)
        yield from distortion_notes({"units": self.own})

    def ledger(self) -> pd.DataFrame:
        """Return the account of the area of the zone's units."""
        alone = replace(self.found.prepared, layers={"units": self.own})
        return conservation(alone, city_of(alone), {})


@dataclass(frozen=True)
class Joining:
    """What zones came to, put together; the first of them is that of the layers shown."""

    plan: Plan
    zoning: Zoning
    asked: Inquiry
    parts: Sequence[Part]
    shown: str
    is_whole: bool
    is_city: bool

    @property
    def ids(self) -> pd.Index:
        """The units that are wanted, in the order of the plan."""
        index = self.zoning.of.index
        return index[index.isin([unit for part in self.parts for unit in part.ids])]

    def assessment(self) -> Assessment:
        """Return what all zones came to, judged once."""
        prepared = self._prepared()
        questions = self.asked.questions(self.parts[0].found.prepared)
        named = [named_alike(part, self.parts[0], self.plan) for part in self.parts]
        outcomes = {
            key: outcome_of_tiles(one, [in_maps(found[key], self.shown) for found in named],
                                  self.ids)
            for key, one in questions.items()
        }  # fmt: skip
        city = city_of(self.parts[0].found.prepared) if self.is_city else None
        scope = Scope(self.ids, city, ALONE, FEATURES_PER_PART)
        seconds = summed(part.found.seconds for part in self.parts)
        found = assessed(self.asked, prepared, outcomes, seconds, scope)
        groups = {part.crs: part.ids for part in self.parts}
        found = replace(found, walks=lambda **_: (), ledger=self._ledger())
        found = labelled(found, self.zoning, groups, {p.crs: p.own for p in self.parts})
        return replace(found, table=self._examined(found.table))

    def _examined(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the tall table with no word on whether verdicts hold where a zone did not look.

        A fault of geometry may be one in the CRS of one zone alone.
        """
        robust = table["robust"].astype(object)
        for part in self.parts:
            looked = {one.indicator.key for one in part.found.everything.values()
                      if one.variations}  # fmt: skip
            unseen = (table["crs"] == part.crs) & ~table["indicator"].isin(looked)
            unseen &= ~table["level"].isin(["city", "district"])
            robust = robust.mask(unseen, None)
        return table.assign(robust=robust.where(robust.notna(), None))

    def _ledger(self) -> pd.DataFrame:
        if not self.is_city:
            return NO_LEDGER
        tables = [part.ledger() for part in self.parts]
        numbers = pd.concat(tables).groupby("quantity")[[*tables[0].columns[2:]]].agg(math.fsum)
        return tables[0].assign(**{name: numbers[name].to_numpy() for name in numbers})

    def _prepared(self) -> Plan:
        """Return the plan of maps: the layers as in the first zone, in their CRS."""
        base = self.parts[0].found.prepared
        layers = {key: in_crs(layer, self.shown) for key, layer in base.layers.items()}
        layers |= self._blocks(layers)
        aside = {key: why for part in self.parts for key, why in part.found.prepared.aside.items()}
        findings = dict[tuple[Any, ...], Finding]()
        measured = {part.crs for part in self.parts}
        of = self.zoning.of
        for n, part in enumerate(self.parts):
            beyond = of.where(~of.isin(measured), part.crs)
            for one in part.findings(beyond, self.shown, others=n == 0):
                findings.setdefault(told_once(one), one)
        settings = replace(self.plan.settings, crs=self.shown)
        return replace(base, layers=layers, settings=settings, aside=aside,
                       findings=(*self._told(), *findings.values()),
                       maps=replace(base.maps, service_areas=False))  # fmt: skip

    def _blocks(self, layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
        """Return the blocks between roads: of the first zone, and what others alone have."""
        if not are_numbered(self.plan) or "blocks" not in layers:
            return {}
        more = list[gpd.GeoDataFrame]()
        for part in self.parts[1:]:
            blocks = part.found.prepared.layers["blocks"]
            blocks = blocks.set_axis(blocks.index.map(names_of(part, self.parts[0])))
            more.append(in_crs(blocks[~blocks.index.isin(layers["blocks"].index)], self.shown))
        return {"blocks": pd.concat([layers["blocks"], *(one for one in more if len(one))])}

    def _told(self) -> Iterator[Finding]:
        """Yield what a reader has to know of a plan that was measured in several CRSs."""
        groups = sorted((part.crs, len(part.ids)) for part in self.parts)
        yield words.measured_in(groups, self.shown)
        yield from self.zoning.notes
        questions = self.asked.questions(self.parts[0].found.prepared)
        measured = self.parts[0].found.everything
        wide = [
            key
            for key, one in questions.items()
            if math.isinf(one.one.reach_m(one.settings, {})) and measured[key].reading
        ]
        if wide:
            everywhere = [distortions({"units": p.found.prepared.layers["units"]})["units"]
                          for p in self.parts]  # fmt: skip
            yield words.hang_on_all(wide, max(abs(by) for one in everywhere for by in one.length))
        if self.is_whole:
            yield words.ledger_of_area() if self.is_city else words.no_city()
        images = [key for key in questions if (reading := measured[key].reading)
                  and reading.units.image]  # fmt: skip
        if images:
            yield words.no_images(images)
        if self.plan.maps.service_areas:
            yield words.no_maps()


def refuse_apart(plan: Plan, parts: Sequence[Part]) -> None:
    """Raise where a column was read in one unit of measure in one zone and otherwise in another."""
    sums = [{(key, column): float(pd.to_numeric(layer[column]).sum())
             for key, column in _STATED
             if (layer := part.found.prepared.layers.get(key)) is not None and column in layer}
            for part in parts]  # fmt: skip
    faults = [words.read_apart(*one) for one in sums[0]
              if (some := [found.get(one, 0.0) for found in sums])
              and max(some) > _APART * min(some)]  # fmt: skip
    if faults:
        raise InputError([*plan.findings, *faults])


def are_numbered(plan: Plan) -> bool:
    """Tell whether blocks are called by numbers that hang on the CRS."""
    return plan.settings.blocks_from == "roads" and "blocks" not in plan.layers


def named_alike(part: Part, first: Part, plan: Plan) -> dict[str, Outcome]:
    """Return what was found of a zone, with blocks between roads called as in the first one."""
    found = dict(part.found.everything)
    if not are_numbered(plan) or part is first or "blocks" not in part.found.prepared.layers:
        return found
    names = names_of(part, first)
    return {key: with_measures(one, partial(_with_blocks, names=names))
            for key, one in found.items()}  # fmt: skip


def names_of(part: Part, first: Part) -> dict[str, str]:
    """Return what blocks of a zone are called: as those of the first zone in the same place.

    A number that has no block there, or another block has, is told apart by the zone.
    """
    blocks, there = part.found.prepared.layers["blocks"], first.found.prepared.layers.get("blocks")
    names = {str(one): f"{one}@{part.crs}" for one in blocks.index}
    if there is None:
        return names
    points = blocks.representative_point().to_crs(there.crs).to_numpy()
    own, other = shapely.STRtree(there.geometry.to_numpy()).query(points, predicate="within")
    pairs = pd.DataFrame({"own": blocks.index[own], "other": there.index[other]})
    pairs = pairs[~pairs["own"].duplicated(keep=False) & ~pairs["other"].duplicated(keep=False)]
    return names | dict(zip(pairs["own"], pairs["other"], strict=True))


def _with_blocks(measure: Measure, names: Mapping[str, str]) -> Measure:
    cells = measure.image.cells if measure.image else None
    named = measure.with_evidence(lambda: _evidence(measure, names), cells)
    if "block" not in measure.parts:
        return named
    rows = measure.parts["block"]
    rows = rows.set_axis(rows.index.map(names).rename(rows.index.name))
    return replace(named, parts={**measure.parts, "block": rows})


def _evidence(measure: Measure, names: Mapping[str, str]) -> gpd.GeoDataFrame:
    found = measure.evidence()
    if "block_id" not in found:
        return found
    return found.assign(block_id=found["block_id"].map(names))
