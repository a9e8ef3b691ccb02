"""What must not change on a real city: cutting, dissolving, permuting, moving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from carbonspace import evaluate
from carbonspace.catalogue import indicators
from carbonspace.model.assessment import Assessment
from carbonspace.model.indicator import Indicator
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan

BY_MOST = ("main_use_floor_share",)
"""A parcel goes to the unit that holds most of it: only the total is additive."""
UNDER_THE_SUN = ("sunlight_hours", "sunlight_met_share")
"""Elsewhere on earth the sun stands otherwise."""
pytestmark = pytest.mark.sample


def along_streets(keys: pd.Index) -> np.ndarray:
    """Tell which indicators go along streets: places on them are rounded to a millimetre."""
    return np.array([any(p.name == "snap" and "roads" in indicators()[key].used
                         for p in indicators()[key].parameters) for key in keys])  # fmt: skip


def figures(measures: Mapping[str, Measure]) -> pd.DataFrame:
    """Return one row per indicator and unit: numerator, denominator, value."""
    rows = pd.concat({key: one.table for key, one in measures.items()})
    return rows.rename_axis(["indicator", "unit_id"])


def totals(measures: Mapping[str, Measure]) -> pd.DataFrame:
    columns = ["numerator", "denominator"]
    return figures(measures)[columns].groupby("indicator").sum()


def own(assessment: Assessment) -> dict[str, Indicator]:
    return {
        key: one
        for key, one in assessment.indicators.items()
        if not one.fixed and not one.rasters_under(one.settings({}))
    }


def measures(assessment: Assessment) -> dict[str, Measure]:
    return {key: assessment.measures[key] for key in own(assessment)}


def measured(assessment: Assessment, units: gpd.GeoDataFrame) -> dict[str, Measure]:
    """Measure again for other units of the same prepared plan, blocks and all.

    Variants are left out: they are the same functions with other parameters.
    """
    layers = {**assessment.plan.layers, "units": units.set_index("unit_id")}
    found = {}
    for key, one in own(assessment).items():
        frames = [layers[name] for name in one.layers]
        frames += [layers.get(name) for name in one.optional_layers]
        found[key] = one.function(*frames, **one.arguments(assessment.run["parameters"][key]))
    return found


def assert_same(mine: pd.DataFrame, expected: pd.DataFrame, rtol: float, atol: float) -> None:
    gap = (mine - expected).abs()
    off = gap[(gap > atol + rtol * expected.abs()).any(axis=1)]
    assert off.empty, off.to_string()
    assert (mine.isna() == expected.isna()).all(axis=None)


def changed(plan: Plan, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> Plan:
    return replace(plan, layers={key: change(layer) for key, layer in plan.layers.items()})


def test_every_indicator_has_data(seeded: Assessment) -> None:
    city = seeded.table.query("level == 'city'")
    assert len(city) == len(seeded.indicators) >= 40
    drawn = [key for key, one in seeded.indicators.items()
             if not one.rasters_under(one.settings({}))]  # fmt: skip
    assert city[city["indicator"].isin(drawn)]["value"].notna().all()
    assert len(own(seeded)) >= 19
    some = totals(seeded.measures)["numerator"] > 0
    assert [*some.index[~some]] == ["usable_roof_share_rural_homes"]  # it is a town


def test_a_district_cut_in_two(seeded: Assessment, seeded_plan: Plan) -> None:
    """The halves add up to the district, and no other district changes."""
    units = seeded_plan.layers["units"]
    row = units.area.to_numpy().argsort()[-2]
    whole, name = units.geometry.iloc[row], units["unit_id"].iloc[row]
    west, south, _, north = whole.bounds
    left = shapely.box(west - 1, south - 1, whole.centroid.x, north + 1)
    halves = gpd.GeoDataFrame(
        {"unit_id": ["half-1", "half-2"]},
        geometry=[whole.intersection(left), whole.difference(left)],
        crs=units.crs,
    )
    both = pd.concat([units.drop(index=units.index[row]), halves], ignore_index=True)
    found = measured(seeded, both)
    assert_same(totals(found), totals(measures(seeded)), rtol=1e-8, atol=1e-3)
    named = figures(found)[["numerator", "denominator"]].reset_index()
    named["unit_id"] = named["unit_id"].replace({"half-1": name, "half-2": name})
    joined = named.groupby(["indicator", "unit_id"]).sum()
    before = figures(measures(seeded))[["numerator", "denominator"]].fillna(0.0).sort_index()
    additive = ~before.index.get_level_values("indicator").isin(BY_MOST)
    assert_same(joined.loc[before.index][additive], before[additive], rtol=1e-8, atol=1e-3)
    of_halves = figures(found).loc[(slice(None), ["half-1", "half-2"]), "numerator"]
    assert (of_halves.groupby("indicator").min() > 0).sum() >= 8


def test_the_dissolved_outline(seeded: Assessment, seeded_plan: Plan) -> None:
    """The sums over planar districts are what one unit of the same outline has."""
    units = seeded_plan.layers["units"]
    one = gpd.GeoDataFrame(
        {"unit_id": ["all"]}, geometry=[units.geometry.union_all()], crs=units.crs
    )
    found = measured(seeded, one)
    assert_same(totals(found), totals(measures(seeded)), rtol=1e-8, atol=1e-3)
    city = (
        seeded.table.query("level == 'city'").set_index("indicator")["value"].loc[list(own(seeded))]
    )
    assert_same(figures(found).droplevel("unit_id")[["value"]], city.to_frame("value"), 1e-6, 1e-9)


def test_the_order_of_features_and_the_place_of_the_plan(
    seeded: Assessment, seeded_plan: Plan
) -> None:
    """Every layer shuffled, and ten kilometres east and north."""

    def shuffled(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        mixed = layer.sample(frac=1.0, random_state=5)
        return mixed.set_geometry(mixed.translate(10_000.0, 10_000.0))

    before = figures(measures(seeded))
    again = evaluate(changed(seeded_plan, shuffled), own(seeded)).measures
    found = figures(again).loc[before.index]
    keys = before.index.get_level_values("indicator")
    lit, walked = keys.isin(UNDER_THE_SUN), along_streets(keys)
    assert_same(found[~lit & ~walked], before[~lit & ~walked], rtol=1e-8, atol=1e-4)
    assert_same(found[walked], before[walked], rtol=1e-4, atol=1.0)
    hours = (found - before).loc["sunlight_hours"]
    assert (hours["denominator"].abs() < 1e-4).all()
    assert 0 < hours["value"].abs().max() < 2 / 60
