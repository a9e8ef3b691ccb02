"""Mixed blocks, main uses, jobs and homes."""

from __future__ import annotations

from math import log
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity, box

from carbonspace.errors import MissingColumnError
from carbonspace.indicators.mixed_use import (
    jobs_housing_ratio,
    land_use_mix,
    main_use_floor_share,
    mixed_block_share,
)

CRS = "EPSG:4547"


def frame(
    geometry: list[Any], index: list[str] | None = None, **columns: object
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS, index=index)


def units() -> gpd.GeoDataFrame:
    """Two units of 100 × 100 m, side by side along x = 100."""
    return frame([box(0, 0, 100, 100), box(100, 0, 200, 100)], ["west", "east"])


def blocks() -> gpd.GeoDataFrame:
    """One in the west, one 1/4 west and 3/4 east, one in the east, one without parcels."""
    squares = [box(0, 0, 50, 100), box(75, 0, 175, 50), box(100, 50, 200, 100), box(50, 50, 60, 60)]
    return frame(squares, ["a", "b", "c", "bare"])


def parcels() -> gpd.GeoDataFrame:
    """a: 80 % homes, 20 % shops. b: 91 homes to 9 shops, with a road. c: a park."""
    shapes = [
        box(0, 0, 40, 100), box(40, 0, 50, 100),
        box(75, 0, 175, 10), box(75, 10, 166, 50), box(166, 10, 175, 50),
        box(100, 50, 200, 100),
    ]  # fmt: skip
    uses = ["0701", "0901", "1207", "070102", "09", "1401"]
    return frame(shapes, ["p1", "p2", "p3", "p4", "p5", "p6"], land_use=uses)


def test_a_block_is_mixed_where_its_second_class_is_large_enough() -> None:
    ten = mixed_block_share(units(), blocks(), parcels())
    nine = mixed_block_share(units(), blocks(), parcels(), min_share=9)
    assert ten.table["numerator"].tolist() == [1, 0]
    assert ten.table["denominator"].tolist() == [1.25, 1.75]
    assert ten.table["value"].tolist() == [80, 0]
    assert nine.table["numerator"].tolist() == [1.25, 0.75]
    assert nine.total()[2] == pytest.approx(100 * 2 / 3)


def test_only_the_chosen_classes_make_a_mix() -> None:
    homes = mixed_block_share(units(), blocks(), parcels(), land_classes=("07",))
    both = mixed_block_share(units(), blocks(), parcels(), land_classes=("07", "08"))
    assert homes.total()[0] == both.total()[0] == 0


def test_evidence_says_what_the_unmixed_blocks_hold() -> None:
    evidence = mixed_block_share(units(), blocks(), parcels()).evidence()
    assert evidence.columns[0] == "unit_id"
    assert list(zip(evidence["unit_id"], evidence["block_id"], strict=True)) == [
        ("west", "b"), ("east", "b"), ("east", "c"),
    ]  # fmt: skip
    assert evidence["main_class"].tolist()[:2] == ["07", "07"]
    assert evidence["main_class"].isna().tolist() == [False, False, True]
    assert evidence["first_share"].tolist() == pytest.approx([91, 91, 0])
    assert evidence["second_share"].tolist() == pytest.approx([9, 9, 0])
    assert evidence.area.tolist() == pytest.approx([1250, 3750, 5000])


def test_mix_is_the_area_weighted_entropy_of_the_blocks() -> None:
    def entropy(*shares: float) -> float:
        return -sum(p * log(p) for p in shares) / log(6)

    a, b = entropy(0.8, 0.2), entropy(0.91, 0.09)
    table = land_use_mix(units(), blocks(), parcels()).table
    assert table["denominator"].tolist() == pytest.approx([5000 + 1250, 3750 + 5000])
    assert table["value"]["west"] == pytest.approx((5000 * a + 1250 * b) / 6250)
    assert table["value"]["east"] == pytest.approx((3750 * b + 5000 * 0) / 8750)


def test_an_even_mix_is_one_and_a_single_use_zero() -> None:
    measure = land_use_mix(units(), blocks(), parcels().iloc[[0]], land_classes=("07", "09"))
    assert measure.table["value"]["west"] == 0
    halves = frame([box(0, 0, 25, 100), box(25, 0, 50, 100)], land_use=["07", "09"])
    even = land_use_mix(units(), blocks(), halves, land_classes=("07", "09"))
    assert even.table["value"]["west"] == pytest.approx(1)
    assert np.isnan(even.table["value"]["east"])
    assert even.evidence()[["unit_id", "block_id"]].to_numpy().tolist() == [["west", "a"]]


def test_blocks_without_any_of_the_classes_have_no_mix() -> None:
    measure = land_use_mix(units(), blocks(), parcels(), land_classes=("17", "18"))
    assert measure.table["value"].isna().all()
    assert measure.evidence().empty


def test_a_sliver_left_by_rounding_is_not_a_block() -> None:
    wide = frame([box(0, 0, 100 + 1e-9, 100)], ["w"])
    land = frame([box(0, 0, 100, 100)], land_use=["07"])
    for measure in (mixed_block_share(units(), wide, land), land_use_mix(units(), wide, land)):
        assert np.isnan(measure.table["value"]["east"])
        assert set(measure.evidence()["unit_id"]) == {"west"}


def houses() -> gpd.GeoDataFrame:
    """On p1: 400 m² homes of 3 floors, 200 m² shop of 1; p4|p5: a block across the two."""
    shapes = [box(0, 0, 20, 20), box(20, 40, 40, 50), box(156, 20, 176, 30)]
    return frame(shapes, ["h", "s", "x"], use=["070102", "0901", "0902"], floors=[3.0, np.nan, 2.0])


def test_floor_area_in_the_main_use_of_each_parcel() -> None:
    measure = main_use_floor_share(units(), parcels(), houses())
    parts = measure.parts["parcel"]
    assert parts.index.tolist() == ["p1", "p4", "p5"]
    assert parts["unit_id"].tolist() == ["west", "east", "east"]
    assert parts["land_use"].tolist() == ["0701", "070102", "09"]
    assert parts["numerator"].tolist() == pytest.approx([1200, 0, 180])
    assert parts["denominator"].tolist() == pytest.approx([1400, 200, 180])
    assert measure.table["value"].tolist() == pytest.approx([100 * 1200 / 1400, 100 * 180 / 380])


def test_a_stated_floor_area_wins_over_floors() -> None:
    stated = houses().assign(floor_area=[700.0, 300.0, np.nan])
    table = main_use_floor_share(units(), parcels(), stated).table
    assert table["value"]["west"] == pytest.approx(70)


def test_a_fine_use_asks_for_a_closer_match() -> None:
    offices = parcels().assign(land_use=["0701", "0901", "1207", "0903", "0902", "1401"])
    coarse = main_use_floor_share(units(), offices, houses())
    fine = main_use_floor_share(units(), offices, houses(), fine_uses=("0902", "0903"))
    assert coarse.parts["parcel"]["value"][["p4", "p5"]].tolist() == [100, 100]
    assert fine.parts["parcel"]["value"][["p4", "p5"]].tolist() == [0, 100]


def test_a_use_coarser_than_the_main_use_is_not_known() -> None:
    research = parcels().assign(land_use="0802")
    schools = houses().assign(use=["0802", "0804", "08"])
    parts = main_use_floor_share(units(), research, schools).parts["parcel"]
    assert parts["value"]["p1"] == pytest.approx(100 * 1200 / 1400)
    assert parts["denominator"][["p4", "p5"]].tolist() == [0, 0]


def test_a_parcel_whose_uses_are_mostly_unknown_is_not_judged() -> None:
    half = houses().assign(use=[None, "0901", "0902"])
    parts = main_use_floor_share(units(), parcels(), half).parts["parcel"]
    loose = main_use_floor_share(units(), parcels(), half, min_known=14).parts["parcel"]
    assert np.isnan(parts["value"]["p1"])
    assert parts["denominator"]["p1"] == 0
    assert loose["value"]["p1"] == 0


def test_parts_carry_the_zone_and_the_evidence_the_shapes() -> None:
    zoned = parcels().assign(zone="main_centre")
    measure = main_use_floor_share(units(), zoned, houses())
    evidence = measure.evidence()
    assert measure.parts["parcel"]["zone"].tolist() == ["main_centre"] * 3
    assert evidence.columns[:2].tolist() == ["unit_id", "parcel_id"]
    assert evidence["parcel_id"].tolist() == ["p1", "p4", "p5"]
    assert evidence.area.tolist() == pytest.approx([4000, 91 * 40, 360])


def test_a_parcel_halved_by_two_units_goes_to_the_first_id_in_any_order() -> None:
    parcel = frame([box(50, 0, 150, 50)], ["p"], land_use=["07"])
    house = frame([box(60, 0, 70, 10)], ["h"], use=["07"])
    for order in (units(), units().iloc[::-1]):
        parts = main_use_floor_share(order, parcel, house).parts["parcel"]
        assert parts["unit_id"].tolist() == ["east"]


def people() -> gpd.GeoDataFrame:
    """A parcel half in each unit, one in the east, one outside."""
    shapes = [box(50, 0, 150, 50), box(150, 50, 200, 100), box(900, 0, 910, 10)]
    return frame(shapes, ["p", "q", "far"], jobs=[100.0, np.nan, 7.0], population=[80.0, 60.0, 9.0])


def test_jobs_over_residents_shared_by_area() -> None:
    table = jobs_housing_ratio(units(), people()).table
    assert table["numerator"].tolist() == [50, 50]
    assert table["denominator"].tolist() == [40, 100]
    assert table["value"].tolist() == [1.25, 0.5]


def test_workers_are_taken_as_given_else_from_the_residents() -> None:
    half = jobs_housing_ratio(units(), people(), worker_share=50).table
    some = people().assign(workers=[30.0, np.nan, np.nan])
    known = jobs_housing_ratio(units(), some, worker_share=50).table
    all_known = people().drop(columns="population").assign(workers=[30.0, 10.0, 0.0])
    assert half["value"].tolist() == [2.5, 1.0]
    assert known["denominator"].tolist() == [15, 45]
    assert jobs_housing_ratio(units(), all_known).table["denominator"].tolist() == [15, 25]


def test_evidence_adds_up_to_jobs_and_workers() -> None:
    measure = jobs_housing_ratio(units(), people())
    evidence = measure.evidence()
    sums = evidence.groupby("unit_id")[["jobs", "workers"]].sum().loc[["west", "east"]]
    assert evidence.columns[0] == "unit_id"
    assert sums["jobs"].tolist() == measure.table["numerator"].tolist()
    assert sums["workers"].tolist() == measure.table["denominator"].tolist()


def test_what_must_be_known() -> None:
    with pytest.raises(MissingColumnError, match="'jobs'"):
        jobs_housing_ratio(units(), people().drop(columns="jobs"))
    with pytest.raises(MissingColumnError, match="'population'"):
        jobs_housing_ratio(units(), people().assign(population=None))
    with pytest.raises(MissingColumnError, match="'use'"):
        main_use_floor_share(units(), parcels(), houses().drop(columns="use"))
    with pytest.raises(MissingColumnError, match="'land_use'"):
        mixed_block_share(units(), blocks(), parcels().assign(land_use=None))


def random_plan(seed: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Eight blocks of 50 × 50 m over both units, four parcels in each, 60 buildings."""
    rng = np.random.default_rng(seed)
    grid = [box(x, y, x + 50, y + 50) for x in range(0, 200, 50) for y in (0, 50)]
    fine = [box(x, y, x + 25, y + 25) for x in range(0, 200, 25) for y in range(0, 100, 25)]
    uses = rng.choice(["0701", "0804", "0901", "1001", "1401", "1207"], len(fine))
    land = frame(fine, land_use=uses, jobs=rng.uniform(0, 9, 32), population=rng.uniform(1, 9, 32))
    spots = rng.uniform([0, 0], [190, 90], (60, 2))
    built = frame([box(x, y, x + 9, y + 7) for x, y in spots],
                  use=rng.choice(["0701", "0902", "1001"], 60),
                  floors=rng.integers(1, 9, 60) * 1.0)  # fmt: skip
    return frame(grid), land, built


def test_blocks_agree_with_plain_groupby() -> None:
    grid, land, _ = random_plan(5)
    cut = gpd.overlay(land, grid.reset_index(names="b"), keep_geom_type=True)
    cut = cut[cut.area > 1].assign(m2=lambda d: d.area, kind=lambda d: d["land_use"].str[:2])
    table = cut.pivot_table(index="b", columns="kind", values="m2", aggfunc="sum", fill_value=0.0)
    base = table.drop(columns="12").sum(axis=1)
    second = table[["07", "08", "09"]].apply(lambda row: row.nlargest(2).iloc[-1], axis=1)
    expected = 100 * (second >= 0.3 * base)[base > 0].mean()
    got = mixed_block_share(units(), grid, land, min_share=30).total()[2]
    assert got == pytest.approx(expected)
    p = table.drop(columns="12").div(base, axis=0)
    h = -(p * np.log(p.where(p > 0, 1))).sum(axis=1)[base > 0] / log(6)
    assert land_use_mix(units(), grid, land).total()[2] == pytest.approx(h.mean())


def test_floors_and_jobs_agree_with_plain_overlay() -> None:
    _, land, built = random_plan(6)
    cut = gpd.overlay(built, land.reset_index(names="p"), keep_geom_type=True)
    cut["floor"] = cut.area * cut["floors"]
    cut["main"] = cut["floor"].where(cut["use"].str[:2] == cut["land_use"].str[:2], 0)
    expected = 100 * cut["main"].sum() / cut["floor"].sum()
    assert main_use_floor_share(units(), land, built).total()[2] == pytest.approx(expected)
    joined = gpd.sjoin(land.set_geometry(land.centroid), units()).groupby("index_right")
    ratio = joined["jobs"].sum() / joined["population"].sum()
    got = jobs_housing_ratio(units(), land).table["value"]
    assert got.to_dict() == pytest.approx(ratio.to_dict())


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), cut=st.integers(1, 199), dx=st.integers(-9999, 9999))
def test_cutting_moving_and_permuting_change_no_total(seed: int, cut: int, dx: int) -> None:
    def moved(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        shifted = layer.set_geometry([affinity.translate(g, dx, -dx) for g in layer.geometry])
        return shifted.iloc[np.random.default_rng(seed).permutation(len(layer))]

    grid, land, built = random_plan(seed)
    halves = moved(frame([box(0, 0, cut, 100), box(cut, 0, 200, 100)]))
    grid2, land2, built2 = moved(grid), moved(land), moved(built)
    pairs = [
        (mixed_block_share(units(), grid, land), mixed_block_share(halves, grid2, land2)),
        (land_use_mix(units(), grid, land), land_use_mix(halves, grid2, land2)),
        (main_use_floor_share(units(), land, built), main_use_floor_share(halves, land2, built2)),
        (jobs_housing_ratio(units(), land), jobs_housing_ratio(halves, land2)),
    ]
    for before, after in pairs:
        assert after.total() == pytest.approx(before.total(), nan_ok=True)
