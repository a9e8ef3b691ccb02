"""Results of several zones shown in one CRS, with the CRS of each unit beside its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from carbonspace.model.assessment import Assessment
from carbonspace.model.finding import Finding, findings_table
from carbonspace.model.levels import DISTRICT, districts_named
from carbonspace.model.measure import Measure
from carbonspace.model.outcome import Outcome
from carbonspace.prepare import zone_words as words
from carbonspace.prepare.distortion import Distortion, distortions
from carbonspace.prepare.zoning import Zoning


def shown_in_one(
    found: Assessment, zoning: Zoning, groups: Mapping[str, pd.Index], shown: str
) -> Assessment:
    """Return what was measured in the one zone that there is, with shapes in the CRS of maps."""
    (crs,) = groups
    own = found.plan.layers["units"].loc[groups[crs]]
    notes = [words.measured_in([(crs, len(own))], shown),
             *zoning.notes]  # fmt: skip
    if not is_same(crs, shown):
        findings = [moved(one, crs, shown) for one in found.plan.findings]
        images = [key for key, one in found.measures.items() if one.image]
        notes += [words.no_images(images)] if images else []
        notes += [words.no_maps()] if found.plan.maps.service_areas else []
        layers = {key: in_crs(layer, shown) for key, layer in found.plan.layers.items()}
        plan = replace(found.plan, layers=layers, findings=tuple(findings),
                       settings=replace(found.plan.settings, crs=shown),
                       maps=replace(found.plan.maps, service_areas=False))  # fmt: skip
        found = replace(
            found, plan=plan, run={**found.run, "crs": shown}, walks=lambda **_: (),
            measures={key: _in_map(one, shown) for key, one in found.measures.items()},
            otherwise={key: _in_map(one, shown) for key, one in found.otherwise.items()},
        )  # fmt: skip
    plan = replace(found.plan, findings=(*dict.fromkeys((*notes, *found.plan.findings)),))
    return labelled(replace(found, plan=plan), zoning, groups, {crs: own})


def labelled(
    found: Assessment, zoning: Zoning, groups: Mapping[str, pd.Index],
    own: Mapping[str, gpd.GeoDataFrame],
) -> Assessment:  # fmt: skip
    """Return the assessment with the CRS of each unit in its tables and in the account."""
    units = found.plan.layers["units"]
    units = units.assign(crs=zoning.of.reindex(units.index))
    plan = replace(found.plan, layers={**found.plan.layers, "units": units})
    off = {crs: distortions({"units": layer}).get("units") for crs, layer in own.items()}
    zones = {crs: {"units": [*map(str, ids)], **(one._asdict() if (one := off[crs]) else {})}
             for crs, ids in sorted(groups.items())}  # fmt: skip
    known = [one for one in off.values() if one]
    run = {**found.run, "zones": zones}
    if known and len(groups) > 1:
        run["distortion"] = {"units": _worst(known)._asdict()}
    return replace(found, plan=plan, run=run, findings=findings_table(plan.findings),
                   table=found.table.assign(crs=_crs_of_rows(found, units)))  # fmt: skip


def _worst(found: Sequence[Distortion]) -> Distortion:
    lengths, areas = [one.length for one in found], [one.area for one in found]
    return Distortion(*((min(low for low, _ in one), max(high for _, high in one))
                        for one in (lengths, areas)))  # fmt: skip


def _crs_of_rows(found: Assessment, units: gpd.GeoDataFrame) -> pd.Series:
    """Return the CRS of each row of the tall table; of districts and the city all of theirs."""
    table, of = found.table, units["crs"]
    measured = pd.unique(table.loc[table["level"] == "unit", "unit_id"])
    of = of.loc[of.index.isin(measured)] if len(measured) else of
    known: dict[tuple[str, str], str] = {("unit", str(k)): str(v) for k, v in of.items()}
    known["city", "city"] = ", ".join(sorted(set(of)))
    if DISTRICT in units:
        for name, some in of.groupby(districts_named(units).loc[of.index]):
            known["district", str(name)] = ", ".join(sorted(set(some)))
    for one in (*found.measures.values(), *found.otherwise.values()):
        for level, rows in one.parts.items():
            known |= {(level, str(place)): str(of.get(unit, "")) for place, unit
                      in rows["unit_id"].items()}  # fmt: skip
    rows = zip(table["level"], table["unit_id"], strict=True)
    return pd.Series([known.get(row) for row in rows], index=table.index, dtype=object)


def with_measures(outcome: Outcome, change: Callable[[Measure], Measure]) -> Outcome:
    """Return an outcome with its measures of units changed."""
    if outcome.reading is None:
        return outcome
    others = tuple((label, replace(one, units=change(one.units)))
                   for label, one in outcome.variations)  # fmt: skip
    reading = replace(outcome.reading, units=change(outcome.reading.units))
    return replace(outcome, reading=reading, variations=others)


def in_maps(outcome: Outcome, crs: str) -> Outcome:
    """Return an outcome with its evidence in the CRS of maps."""
    return with_measures(outcome, lambda measure: _in_map(measure, crs))


def _in_map(measure: Measure, crs: str) -> Measure:
    """Return a measure with its evidence in a CRS, and without the image, that has another."""
    return replace(measure.with_evidence(lambda: in_crs(measure.evidence(), crs)), image=None)


def in_crs(layer: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    """Return a layer in a CRS; itself where it is in it, or has no place."""
    if "geometry" not in layer or layer.crs is None or is_same(layer.crs, crs):
        return layer
    return layer.to_crs(crs)


def is_same(one: Any, other: str) -> bool:
    """Tell whether two CRSs are one."""
    return CRS.from_user_input(one).is_exact_same(CRS.from_user_input(other))


def is_distortion(one: Finding) -> bool:
    """Tell whether a finding says how far a CRS is off: each zone answers for its own units."""
    return one.what.en == "The projection distorts"


def told_once(one: Finding) -> tuple[Any, ...]:
    """Return what tells findings of several zones apart: of a feature it is told once."""
    found = one.found_in("en") if one.feature is None and one.where is None else ""
    place = None if one.feature is not None or one.where is None else tuple(map(round, one.where))
    return one.severity, one.layer, one.what.en, one.feature, found, place


def moved(one: Finding, crs: str, shown: str) -> Finding:
    """Return a finding with its place in another CRS."""
    if is_same(crs, shown) or (one.where is None and one.shape is None):
        return one
    change = Transformer.from_crs(crs, shown, always_xy=True).transform
    where = one.where
    if where is not None:
        x, y = change(*where)
        where = float(x), float(y)
    shape = one.shape and shapely.transform(one.shape, change, interleaved=False)
    return replace(one, where=where, shape=shape)
