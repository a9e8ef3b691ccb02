"""What must not change on a real city: cutting, dissolving, permuting, moving."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
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
from carbonspace.model.shared import Shared

BY_MOST = ("main_use_floor_share",)
"""A parcel goes to the unit that holds most of it: only the total is additive."""
BY_CENTRE = ("energy_station_distance",)
"""A district has one centre of load, its halves have two."""
NONE_HERE = (
    "bike_parking_coverage", "logistics_land_layout", "places_served_share",
    "public_building_gt50m", "recycling_point_coverage", "residential_gt80m_count",
    "super_highrise_count", "super_highrise_residential_count", "tall_building_count",
    "wide_road_count", "wide_road_share",
)  # fmt: skip
"""Nothing of the kind is in the town, or in the facts made up."""
NOTHING_HERE = ("logistics_hub_distance",)
"""There is no logistics land in the town: nothing to measure."""
BY_THE_WEATHER = ("pv_yield", "pv_co2_avoided")
"""They need the hours of a year of weather."""
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


def divided(measures: Mapping[str, Measure], *, but: Collection[str] = ()) -> dict[str, Measure]:
    """Return the measures that add up over units: neither the largest nor the smallest of them."""
    return {key: one for key, one in measures.items()
            if not one.extreme and key not in {*BY_CENTRE, *but}}  # fmt: skip


def outermost(measures: Mapping[str, Measure], named: Mapping[str, str]) -> pd.DataFrame:
    """Return the largest (smallest) value of units that are given the same name."""
    rows = {
        key: one.table["value"].groupby(lambda unit: named.get(unit, unit)).agg(one.extreme)
        for key, one in measures.items() if one.extreme
    }  # fmt: skip
    return pd.concat(rows).to_frame("value").sort_index()


def own(assessment: Assessment) -> dict[str, Indicator]:
    """Return the indicators that a map can tell of: nothing reported, no rasters, no weather."""
    return {
        key: one
        for key, one in assessment.indicators.items()
        if not one.is_reported
        and not one.rasters_under(one.settings({}))
        and key not in BY_THE_WEATHER
    }


def measures(assessment: Assessment) -> dict[str, Measure]:
    return {key: assessment.measures[key] for key in own(assessment)}


def measured(assessment: Assessment, units: gpd.GeoDataFrame) -> dict[str, Measure]:
    """Measure again for other units of the same prepared plan, blocks and all.

    They share the steps that they have in common, as in a run.
    """
    layers = {**assessment.plan.layers, "units": units.set_index("unit_id")}
    shared, found = Shared(), {}
    for key, one in own(assessment).items():
        frames = {name: layers.get(name) for name in one.used}
        more = {"shared": shared} if one.shares else {}
        settings = one.arguments(assessment.run["parameters"][key])
        found[key] = one.function(**frames, **settings, **more)
    return found


def assert_same(mine: pd.DataFrame, expected: pd.DataFrame, rtol: float, atol: float) -> None:
    gap = (mine - expected).abs()
    off = gap[(gap > atol + rtol * expected.abs()).any(axis=1)]
    assert off.empty, off.to_string()
    assert (mine.isna() == expected.isna()).all(axis=None)


def changed(plan: Plan, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> Plan:
    return replace(plan, layers={key: change(layer) for key, layer in plan.layers.items()})


def shared_out(units: gpd.GeoDataFrame, parts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return parts with what is granted to their unit, by their areas, and its climate."""
    granted = [name for name in units if name.endswith("_quota")]
    share = parts.area / units.area.sum()
    return parts.assign(
        climate_zone=units["climate_zone"].iloc[0],
        **{name: share * units[name].sum() for name in granted},
    )


def test_every_indicator_has_data(seeded: Assessment) -> None:
    city = seeded.table.query("level == 'city'")
    assert set(city["indicator"]) == set(seeded.indicators) == set(indicators())
    asked = own(seeded)
    assert len(asked) > 0.75 * len(indicators())
    none = city[city["indicator"].isin(asked) & city["value"].isna()]["indicator"]
    assert set(none) == {*NOTHING_HERE}
    some = totals(measures(seeded))["numerator"] > 0
    assert {*some.index[~some]} == {*NONE_HERE, *NOTHING_HERE}


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
    halves = shared_out(units.iloc[[row]], halves)
    both = pd.concat([units.drop(index=units.index[row]), halves], ignore_index=True)
    found, expected = measured(seeded, both), measures(seeded)
    assert_same(totals(divided(found)), totals(divided(expected)), rtol=1e-8, atol=1e-3)
    one = {"half-1": name, "half-2": name}
    assert_same(outermost(found, one), outermost(expected, one), rtol=1e-8, atol=1e-3)
    named = figures(divided(found, but=BY_MOST))[["numerator", "denominator"]].reset_index()
    named["unit_id"] = named["unit_id"].replace(one)
    joined = named.groupby(["indicator", "unit_id"]).sum()
    before = figures(divided(expected, but=BY_MOST))[["numerator", "denominator"]].fillna(0.0)
    assert_same(joined.loc[before.index], before, rtol=1e-8, atol=1e-3)
    of_halves = figures(found).loc[(slice(None), ["half-1", "half-2"]), "numerator"]
    assert (of_halves.groupby("indicator").min() > 0).sum() >= 100


def test_the_dissolved_outline(seeded: Assessment, seeded_plan: Plan) -> None:
    """The sums over planar districts are what one unit of the same outline has."""
    units = seeded_plan.layers["units"]
    one = gpd.GeoDataFrame(
        {"unit_id": ["all"]}, geometry=[units.geometry.union_all()], crs=units.crs
    )
    found, expected = measured(seeded, shared_out(units, one)), measures(seeded)
    assert_same(totals(divided(found)), totals(divided(expected)), rtol=1e-8, atol=1e-3)
    city = seeded.table.query("level == 'city'").set_index("indicator")["value"]
    values = figures({key: found[key] for key in found if key not in BY_CENTRE})
    values = values.droplevel("unit_id")[["value"]]
    assert_same(values, city.loc[values.index].to_frame("value"), 1e-6, 1e-9)


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
