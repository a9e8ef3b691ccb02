"""Parks, car parks, mixed use and roofs of the 29 districts against pandas and plain overlays."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from tests.validation import plain

from carbonspace import evaluate
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan

MIX = ("07", "08", "09", "10", "11", "14")
FINE_USES = ("0802", "1101", "1102")
pytestmark = pytest.mark.sample


@pytest.fixture(scope="module")
def parcels(seeded_plan: Plan) -> gpd.GeoDataFrame:
    layer = seeded_plan.layers["parcels"][["parcel_id", "land_use", "geometry"]]
    return layer.set_geometry(layer.make_valid(method="structure", keep_collapsed=False))


@pytest.fixture(scope="module")
def blocks(seeded_plan: Plan) -> gpd.GeoDataFrame:
    return plain.blocks(seeded_plan.layers["roads"], seeded_plan.layers["units"])


@pytest.fixture(scope="module")
def land(blocks: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the area of each first-level class in each block, m²."""
    pieces = gpd.overlay(parcels, blocks, keep_geom_type=True)
    pieces = pieces.assign(area=pieces.area, kind=pieces["land_use"].str[:2])
    areas = pieces.pivot_table(
        index="block", columns="kind", values="area", aggfunc="sum", fill_value=0.0
    )
    return areas.where(areas > 1e-3, 0.0)


@pytest.fixture(scope="module")
def parts(blocks: gpd.GeoDataFrame, seeded_plan: Plan) -> gpd.GeoDataFrame:
    return plain.cut(blocks, seeded_plan.layers["units"])


def table(assessment: Assessment, key: str) -> pd.DataFrame:
    return assessment.measures[key].table


def test_the_blocks_between_the_roads(seeded: Assessment, blocks: gpd.GeoDataFrame) -> None:
    mine = np.sort(seeded.plan.layers["blocks"].area)
    assert len(mine) == len(blocks) > 1_000
    assert np.allclose(mine, np.sort(blocks.area), rtol=1e-9, atol=1e-4)


def test_mixed_blocks(
    seeded: Assessment, seeded_plan: Plan, land: pd.DataFrame, parts: gpd.GeoDataFrame
) -> None:
    """A block is mixed where its second class of homes, public, commerce holds a tenth."""
    whole = land.drop(columns="12").sum(axis=1)
    whole = whole[whole > 0]
    second = land.loc[whole.index, ["07", "08", "09"]].apply(
        lambda r: r.nlargest(2).iloc[1], axis=1
    )
    mixed = second / whole >= 0.1
    known = parts[parts["block"].isin(whole.index)]
    share, units = known["share"], seeded_plan.layers["units"]
    counted = plain.per_unit(units, known["unit_id"], share)
    found = plain.per_unit(units, known["unit_id"], share * known["block"].map(mixed))
    mine = table(seeded, "mixed_block_share")
    assert np.abs(mine["denominator"] - counted).max() < 1e-3
    assert np.abs(mine["numerator"] - found).max() < 1e-3
    assert found.sum() > 5


def test_land_use_mix(
    seeded: Assessment, seeded_plan: Plan, land: pd.DataFrame, parts: gpd.GeoDataFrame
) -> None:
    chosen = land[[c for c in MIX if c in land]]
    chosen = chosen[chosen.sum(axis=1) > 0]
    p = chosen.div(chosen.sum(axis=1), axis=0)
    entropy = -(p * np.log(p.where(p > 0, 1.0))).sum(axis=1) / np.log(len(MIX))
    assert entropy.max() > 0.4
    known = parts[parts["block"].isin(entropy.index)]
    units = seeded_plan.layers["units"]
    area = plain.per_unit(units, known["unit_id"], known.area)
    weighted = plain.per_unit(units, known["unit_id"], known.area * known["block"].map(entropy))
    mine = table(seeded, "land_use_mix")
    assert np.abs(mine["denominator"] - area).max() < 0.01
    assert np.abs(mine["numerator"] - weighted).max() < 0.01
    assert np.allclose(mine["value"], weighted / area, atol=1e-7)
    assert (mine["value"] > 0).sum() >= 25


def test_main_use_of_floors(
    seeded: Assessment, seeded_plan: Plan, parcels: gpd.GeoDataFrame
) -> None:
    buildings, units = seeded_plan.layers["buildings"], seeded_plan.layers["units"]
    floors = buildings[["use", "geometry"]].assign(floor=plain.floor_areas(buildings))
    on = plain.cut(floors, parcels)
    on["floor"] *= on["share"]
    fine = on["land_use"].str[:4].isin(FINE_USES)
    main = on["land_use"].str[:4].where(fine, on["land_use"].str[:2])
    use = on["use"].fillna("")
    pairs = list(zip(use, main, strict=True))
    on["known"] = on["floor"] * [len(u) >= len(m) for u, m in pairs]
    on["main"] = on["floor"] * [u.startswith(m) for u, m in pairs]
    sums = on.groupby("parcel_id")[["floor", "known", "main"]].sum()
    judged = sums[sums["known"] >= 0.5 * sums["floor"]]
    lying = plain.cut(parcels, units).assign(area=lambda frame: frame.area)
    mostly = lying.sort_values("area").groupby("parcel_id")["unit_id"].last()
    judged = judged[judged.index.isin(mostly.index)]
    mine = seeded.measures["main_use_floor_share"]
    parts = mine.parts["parcel"]
    rows = parts[parts["denominator"] > 0]
    assert set(rows.index) == set(judged.index[judged["known"] > 0])
    assert np.allclose(rows["numerator"], judged.loc[rows.index, "main"], atol=1e-3)
    assert (rows["unit_id"] == mostly[rows.index]).all()
    assert len(rows) > 100
    for column, amount in (("numerator", "main"), ("denominator", "known")):
        expected = plain.per_unit(units, mostly[judged.index], judged[amount])
        assert np.abs(mine.table[column] - expected).max() < 0.01


@pytest.mark.parametrize("distance", [0.0, 30.0])
def test_car_parks_with_chargers(seeded_plan: Plan, distance: float) -> None:
    car_parks, facilities = seeded_plan.layers["car_parks"], seeded_plan.layers["facilities"]
    units = seeded_plan.layers["units"]
    chargers = facilities[facilities["facility_type"] == "charging"]
    own = (car_parks["charging_spaces"] > 0).to_numpy()
    charging = car_parks[own | plain.near(car_parks, chargers, distance)]
    alone = chargers[~plain.near(chargers, charging, distance)]
    assert own.sum() < len(charging) < len(car_parks)
    assert 0 < len(alone) < len(chargers)
    plan = replace(seeded_plan, parameters={"all": {"charger_distance": distance}})
    keys = ["charging_car_park_share", "charging_site_count"]
    layers = {key: plan.layers[key] for key in ("units", "car_parks", "facilities")}
    mine = evaluate(replace(plan, layers=layers), keys).measures
    share = mine["charging_car_park_share"].table
    with_charger = plain.within(charging, units)
    assert np.allclose(share["numerator"], with_charger)
    assert np.allclose(share["denominator"], plain.within(car_parks, units))
    sites = with_charger + plain.within(alone, units)
    assert np.allclose(mine["charging_site_count"].table["numerator"], sites)
    assert sites.sum() > 100


def test_spaces_with_chargers(seeded: Assessment, seeded_plan: Plan) -> None:
    car_parks, units = seeded_plan.layers["car_parks"], seeded_plan.layers["units"]
    known = plain.points(car_parks[car_parks["spaces"].notna()])
    inside = gpd.sjoin(known, units[["unit_id", "geometry"]])
    mine = table(seeded, "charging_space_share")
    for column, amount in (("numerator", "charging_spaces"), ("denominator", "spaces")):
        expected = plain.per_unit(units, inside["unit_id"], inside[amount].fillna(0.0))
        assert expected.sum() > 1_000
        assert np.allclose(mine[column], expected)


def _roofs(seeded_plan: Plan, uses: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Return the pieces of roof by unit: all, usable, under panels, in m²."""
    buildings = seeded_plan.layers["buildings"]
    of_class = buildings["use"].fillna("").str.startswith(uses) if uses else slice(None)
    buildings = buildings[of_class]
    roof = buildings["roof_area"].fillna(buildings.area)
    facts = buildings[["is_new", "geometry"]].assign(
        roof=roof, usable=roof * plain.roof_shares(buildings), pv=buildings["pv_area"].fillna(0.0)
    )
    pieces = plain.cut(facts, seeded_plan.layers["units"])
    for column in ("roof", "usable", "pv"):
        pieces[column] *= pieces["share"]
    return pieces


@pytest.mark.parametrize(
    ("key", "uses"),
    [
        ("solar_roof_area", ()),
        ("solar_roof_area_homes", ("07",)),
        ("solar_roof_area_public", ("08",)),
        ("solar_roof_area_commerce", ("09",)),
        ("solar_roof_area_industry", ("10",)),
    ],
)
def test_solar_roofs(
    seeded: Assessment, seeded_plan: Plan, key: str, uses: tuple[str, ...]
) -> None:
    pieces = _roofs(seeded_plan, uses)
    expected = plain.per_unit(seeded_plan.layers["units"], pieces["unit_id"], pieces["usable"])
    mine = table(seeded, key)["numerator"]
    assert np.abs(mine - expected).max() < 0.01
    assert expected.sum() > 100_000


@pytest.mark.parametrize(
    ("key", "uses", "of"),
    [
        ("pv_roof_share", (), "roof"),
        ("pv_roof_share_homes", ("07",), "roof"),
        ("pv_roof_share_public_industry", ("0801", "0804", "0806", "1001"), "roof"),
        ("pv_usable_roof_share_commerce_homes", ("0901", "0902", "07"), "usable"),
    ],
)
def test_panels_on_roofs(
    seeded: Assessment, seeded_plan: Plan, key: str, uses: tuple[str, ...], of: str
) -> None:
    pieces, units = _roofs(seeded_plan, uses), seeded_plan.layers["units"]
    new = pieces if key == "pv_roof_share" else pieces[pieces["is_new"]]
    mine = table(seeded, key)
    panels = plain.per_unit(units, new["unit_id"], new["pv"])
    roofs = plain.per_unit(units, new["unit_id"], new[of])
    assert np.abs(mine["numerator"] - panels).max() < 0.01
    assert np.abs(mine["denominator"] - roofs).max() < 0.01
    assert panels.sum() > 10_000


@pytest.mark.parametrize("tiers", [((0.0, 500.0),), ((5000.0, 500.0), (2000.0, 300.0))])
def test_homes_near_parks(
    seeded: Assessment,
    seeded_plan: Plan,
    parcels: gpd.GeoDataFrame,
    tiers: tuple[tuple[float, float], ...],
) -> None:
    """To 0.01 percentage points in every unit, and the areas to a hundredth of a m²."""
    units, parks = seeded_plan.layers["units"], seeded_plan.layers["parks"]
    radius = pd.Series(0.0, index=parks.index)
    for smallest, metres in tiers:
        radius = radius.where((radius > 0) | (parks.area < smallest), metres)
    parks, radius = parks[radius > 0], radius[radius > 0]
    reach = gpd.GeoDataFrame(
        geometry=[parks.buffer(radius, quad_segs=64).union_all()], crs=parks.crs
    )
    homes = parcels[parcels["land_use"].str.startswith(("0701", "0703"))]
    homes = plain.cut(homes, units)[["unit_id", "geometry"]]
    near = plain.cut(homes, reach)
    served = plain.per_unit(units, near["unit_id"], near.area)
    land = plain.per_unit(units, homes["unit_id"], homes.area)
    mine = table(seeded, "park_coverage" if len(tiers) == 1 else "park_coverage_by_size")
    assert np.abs(mine["numerator"] - served).max() < 0.01
    assert np.abs(mine["denominator"] - land).max() < 0.01
    share = 100 * served / land.where(land > 1e-3)
    assert mine["value"].notna().sum() == share.notna().sum() >= 10
    assert np.nanmax(np.abs(mine["value"] - share)) < 0.01
