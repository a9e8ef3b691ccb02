"""Crowns, vegetation, permeable ground and shade: by hand, and whatever the parts are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer
from tests.indicators.squares import cut_at, layer, square, square_unit, square_units
from tests.rasters import NORTH, WEST, frame, plan_with, write

from carbonspace import Plan, evaluate
from carbonspace.errors import MissingColumnError, MissingLayerError
from carbonspace.indicators._bases import Base
from carbonspace.indicators.green import (
    canopy_cover,
    greening_coverage,
    permeable_share,
)
from carbonspace.indicators.green_shade import open_space_shade_rate
from carbonspace.model.grid import Grid
from carbonspace.model.rasters import LAND_COVERS

COVERS = tuple(LAND_COVERS)


def heights(values: object, cell: float = 250.0, unit: str = "m") -> Grid:
    """Return a raster whose first row is the northernmost of the square kilometre."""
    return Grid(np.asarray(values, np.float32), 0.0, 1000.0, cell, cell, unit=unit)


def covers(names: list[list[str | None]], cell: float) -> Grid:
    at = [[-1 if n is None else COVERS.index(n) for n in row] for row in names]
    return Grid(np.array(at, np.int16), 0.0, 1000.0, cell, cell, classes=COVERS)


WESTERN = heights([[9, 9, 0, 0]] * 4)
"""Trees on the western half of the square kilometre."""


def value(measure: object, unit: str = "u1") -> float:
    return float(measure.table.loc[unit, "value"])  # type: ignore[attr-defined]


def test_half_of_a_unit_is_below_crowns() -> None:
    measure = canopy_cover(square_unit(), WESTERN)
    assert measure.table.loc["u1"].tolist() == [5e5, 1e6, 50.0]
    assert measure.parts == {}


def test_over_the_built_up_area_only_its_ground_is_asked() -> None:
    town = layer([shapely.box(250, 0, 1500, 500)], ids=["t1"], boundary_type=["built_up"])
    measure = canopy_cover(square_units(2), WESTERN, boundaries=town, base="built_up")
    assert measure.table.loc["u1"].tolist() == pytest.approx([125_000, 375_000, 100 / 3])
    assert np.isnan(value(measure, "u2"))
    assert measure.evidence().area.tolist() == pytest.approx([375_000, 250_000])
    with pytest.raises(MissingLayerError, match="boundaries"):
        canopy_cover(square_unit(), WESTERN, base="built_up")


@pytest.mark.parametrize("base", ["construction", "residential"])
def test_over_land_of_a_class_blocks_and_parcels_stay_whole(base: Base) -> None:
    land = layer([shapely.box(250, 0, 750, 500), square(0, 500, 500)], ids=["a", "b"],
                 land_use=["0701", "0103"])  # fmt: skip
    measure = canopy_cover(square_unit(), WESTERN, land, base=base)
    assert measure.total() == pytest.approx((125_000, 250_000, 50))
    assert measure.parts["parcel"]["denominator"].tolist() == pytest.approx([250_000, 250_000])
    green = covers([["grass", "built"], ["water", "trees"]], 500)
    for function in (greening_coverage, permeable_share):
        whole = function(square_unit(), land_cover=green, parcels=land, base=base)
        assert whole.table.loc["u1", "denominator"] == pytest.approx(250_000)


def test_a_cell_is_cut_at_the_border() -> None:
    units = layer([shapely.box(375, 100, 625, 900)], ids=["u1"])
    assert value(canopy_cover(units, WESTERN)) == pytest.approx(50)
    aslant = layer([shapely.Polygon([(0, 0), (1000, 0), (0, 1000)])], ids=["u1"])
    assert value(canopy_cover(aslant, WESTERN)) == pytest.approx(75)


def test_a_crown_is_higher_than_the_limit() -> None:
    mixed = heights([[9, 3, 2, 0]] * 4)
    assert value(canopy_cover(square_unit(), mixed)) == pytest.approx(75)
    assert value(canopy_cover(square_unit(), mixed, min_height=2.0)) == pytest.approx(50)
    assert value(canopy_cover(square_unit(), mixed, min_height=5.0)) == pytest.approx(25)


def test_a_raster_of_shares_counts_by_share() -> None:
    shares = heights([[100, 50, 25, 0]] * 4, unit="%")
    assert value(canopy_cover(square_unit(), shares)) == pytest.approx(43.75)


def test_what_is_unknown_is_not_zero() -> None:
    some = heights([[9, 9, np.nan, 0]] * 4)
    assert np.isnan(value(canopy_cover(square_unit(), some)))
    measure = canopy_cover(square_unit(), some, min_covered=75.0)
    assert measure.table.loc["u1"].tolist() == pytest.approx([5e5, 7.5e5, 200 / 3])
    assert measure.evidence().loc[0, ["known_share", "area_m2"]].tolist() == [75.0, 1e6]


def test_the_city_sums_what_is_known() -> None:
    units = square_units(2)
    measure = canopy_cover(units, WESTERN)
    assert measure.table["value"].isna().tolist() == [False, True]
    assert measure.total() == (5e5, 1e6, 50.0)


def test_parcels_have_their_own_figures() -> None:
    parcels = layer([square(400, 0, 200), square(600, 0, 100), square(5000, 0, 10)],
                    land_use=["0701", "14", "14"])  # fmt: skip
    parts = canopy_cover(square_unit(), WESTERN, parcels).parts["parcel"]
    assert parts["value"].tolist() == pytest.approx([50, 0])
    assert parts["land_use"].tolist() == ["0701", "14"]


def test_a_parcel_across_units_is_one_parcel() -> None:
    units = cut_at(square_unit(), 450)
    parcels = layer([square(400, 0, 200)], land_use=["0701"])
    parts = canopy_cover(units, WESTERN, parcels).parts["parcel"]
    assert parts[["unit_id", "value"]].to_numpy().tolist() == [["c2", 50.0]]


def test_blocks_have_their_own_figures() -> None:
    """A block of 200 m across the western crowns and another east of them; ids as of parcels."""
    blocks = layer([square(400, 0, 200), square(600, 0, 100), square(5000, 0, 10)],
                   ids=["1", "2", "3"])  # fmt: skip
    parcels = layer([square(0, 0, 10)], ids=["1"], land_use=["14"])
    parts = canopy_cover(square_unit(), WESTERN, parcels, blocks).parts
    assert {level: rows["value"].to_dict() for level, rows in parts.items()} == {
        "block": {"1": pytest.approx(50), "2": 0}, "parcel": {"1": pytest.approx(100)},
    }  # fmt: skip
    assert parts["block"]["denominator"].tolist() == pytest.approx([4e4, 1e4])
    assert set(canopy_cover(square_unit(), WESTERN, blocks=blocks).parts) == {"block"}


def test_a_block_across_units_is_one_block_of_the_unit_that_holds_most() -> None:
    units = cut_at(square_unit(), 450)
    blocks = layer([square(400, 0, 200), square(300, 0, 200)], ids=["a", "b"])
    rows = canopy_cover(units, WESTERN, blocks=blocks).parts["block"]
    assert rows[["unit_id", "value"]].to_numpy().tolist() == [["c2", 50.0], ["c1", 100.0]]


def test_a_block_of_which_too_little_is_known_has_no_value() -> None:
    gap = heights([[9, np.nan, 0, 0]] * 4)
    blocks = layer([square(150, 0, 200), square(475, 0, 100)], ids=["half", "fourth"])
    strict = canopy_cover(square_unit(), gap, blocks=blocks).parts["block"]["value"]
    assert strict.isna().tolist() == [True, True]
    loose = canopy_cover(square_unit(), gap, blocks=blocks, min_covered=50).parts["block"]
    assert loose["value"].tolist() == pytest.approx([100, 0])
    assert loose["denominator"].tolist() == pytest.approx([2e4, 7.5e3])


def test_only_open_space_is_asked_for_shade() -> None:
    parcels = layer([square(400, 0, 200), square(0, 0, 300), square(0, 500, 100)],
                    land_use=["1401", "0701", "1403"])  # fmt: skip
    measure = open_space_shade_rate(square_unit(), parcels, WESTERN)
    assert measure.table.loc["u1"].tolist() == pytest.approx([3e4, 5e4, 60])
    found = measure.evidence().set_index("parcel_id")["share"]
    assert found.tolist() == pytest.approx([50, 100])
    assert measure.parts["parcel"]["value"].tolist() == pytest.approx([50, 100])
    plazas = open_space_shade_rate(square_unit(), parcels, WESTERN, open_spaces=("1403",))
    assert value(plazas) == pytest.approx(100)


def test_shade_of_the_open_space_within_each_block() -> None:
    """A park from 400 to 600 m, its western half shaded, a grove in the west, and homes."""
    parcels = layer([square(400, 0, 200), square(0, 0, 300), square(0, 500, 100)],
                    ids=["1", "2", "3"], land_use=["1401", "0701", "1403"])  # fmt: skip
    blocks = layer([square(450, 0, 200), square(0, 0, 200), square(0, 450, 200)],
                   ids=["1", "2", "3"])  # fmt: skip
    parts = open_space_shade_rate(square_unit(), parcels, WESTERN, blocks).parts
    rows = parts["block"][["numerator", "denominator", "value"]]
    assert rows.index.tolist() == ["1", "3"]
    assert rows.loc["1"].tolist() == pytest.approx([1e4, 3e4, 100 / 3])
    assert rows.loc["3"].tolist() == pytest.approx([1e4, 1e4, 100])
    assert parts["parcel"]["value"].to_dict() == pytest.approx({"1": 50, "3": 100})


def test_open_space_needs_land_use_and_a_unit_without_has_no_value() -> None:
    with pytest.raises(MissingColumnError, match="land_use"):
        open_space_shade_rate(square_unit(), layer([square(0, 0)]), WESTERN)
    homes = layer([square(0, 0)], land_use=["0701"])
    assert np.isnan(value(open_space_shade_rate(square_unit(), homes, WESTERN)))


QUARTERS = covers([["grass", "built"], ["water", "bare"]], 500)


def test_permeable_is_what_is_not_sealed_and_water_is() -> None:
    assert value(permeable_share(square_unit(), land_cover=QUARTERS)) == pytest.approx(75)
    hard = permeable_share(square_unit(), land_cover=QUARTERS, sealed_covers=("built", "water"))
    assert value(hard) == pytest.approx(50)
    sealed = heights([[100, 40, 10, 0]] * 4, unit="%")
    measure = permeable_share(square_unit(), sealed, QUARTERS)
    assert value(measure) == pytest.approx(62.5)
    with pytest.raises(MissingLayerError, match=r"\[rasters.impervious\]"):
        permeable_share(square_unit())


def test_permeable_and_green_by_block_and_parcel() -> None:
    """South-west water, south-east bare, north-west grass, north-east built."""
    blocks = layer([square(400, 400, 200), square(500, 500, 100), square(0, 0, 600)],
                   ids=["middle", "built", "wide"])  # fmt: skip
    soft = permeable_share(square_unit(), land_cover=QUARTERS, blocks=blocks)
    assert soft.parts["block"]["value"].tolist() == pytest.approx([75, 0, 100 * 35 / 36])
    sealed = heights([[100, 40, 10, 0]] * 4, unit="%")
    mostly = permeable_share(square_unit(), sealed, QUARTERS, None, blocks).parts["block"]["value"]
    assert mostly.tolist() == pytest.approx([75, 90, (0 * 250 + 60 * 250 + 90 * 100) / 600])
    green = greening_coverage(square_unit(), QUARTERS, blocks=blocks).parts["block"]["value"]
    assert green.tolist() == pytest.approx([25, 0, 100 * 5 / 36])
    crowns = greening_coverage(square_unit(), QUARTERS, canopy=WESTERN, blocks=blocks)
    assert crowns.parts["block"]["value"].tolist() == pytest.approx([50, 0, 100 * 5 / 6])
    lots = layer([square(450, 450, 100)], ids=["wide"], land_use=["07"])
    both = greening_coverage(square_unit(), QUARTERS, parcels=lots, blocks=blocks).parts
    assert {level: rows["value"]["wide"] for level, rows in both.items()} == pytest.approx(
        {"block": 100 * 5 / 36, "parcel": 25}
    )
    soft = permeable_share(square_unit(), sealed, parcels=lots)
    assert soft.parts["parcel"]["value"].tolist() == pytest.approx([75])
    assert greening_coverage(square_unit(), QUARTERS).parts == {}


def test_grass_below_a_crown_counts_once() -> None:
    assert value(greening_coverage(square_unit(), QUARTERS)) == pytest.approx(25)
    both = greening_coverage(square_unit(), QUARTERS, canopy=WESTERN)
    assert value(both) == pytest.approx(50)
    with pytest.raises(MissingLayerError, match=r"\[rasters.land_cover\]"):
        greening_coverage(square_unit(), canopy=WESTERN)


def test_the_finer_raster_decides_and_ground_below_no_crown_may_be_unknown() -> None:
    fine = heights(np.where(np.arange(100) < 30, 5, 0)[None].repeat(100, 0), cell=10)
    assert value(greening_coverage(square_unit(), QUARTERS, canopy=fine)) == pytest.approx(40)
    gap = covers([["grass", "built"], ["water", None]], 500)
    assert np.isnan(value(greening_coverage(square_unit(), gap, canopy=fine)))
    most = greening_coverage(square_unit(), gap, canopy=fine, min_covered=75.0)
    assert most.table.loc["u1"].tolist() == pytest.approx([4e5, 7.5e5, 160 / 3])
    crowned = heights([[0, 0], [0, 9]], cell=500)
    assert value(greening_coverage(square_unit(), gap, canopy=crowned)) == pytest.approx(50)
    shares = heights([[50, 50, 0, 0]] * 4, unit="%")
    assert value(greening_coverage(square_unit(), QUARTERS, canopy=shares)) == pytest.approx(37.5)


def test_the_vegetation_index_tells_green_from_a_smallest_value() -> None:
    gap = covers([["grass", None], ["built", None]], 500)
    filled = heights([[-0.1, -0.1, 0.9, 0.1]] * 4, unit="")
    assert value(greening_coverage(square_unit(), gap, filled)) == pytest.approx(50)
    index = heights([[0.8, 0.31, 0.29, -0.2]] * 4, unit="")
    assert value(greening_coverage(square_unit(), ndvi=index)) == pytest.approx(50)
    assert value(greening_coverage(square_unit(), ndvi=index, min_ndvi=0.5)) == pytest.approx(25)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_units_that_tile_a_city_hold_its_crowns(seed: int) -> None:
    draw = np.random.default_rng(seed)
    canopy = heights(draw.uniform(-3, 9, (91, 91)).clip(0), cell=11.0)
    whole = canopy_cover(square_unit(), canopy)
    parts = canopy_cover(square_units(7, 7, side=1000 / 7), canopy)
    assert parts.total() == pytest.approx(whole.total(), rel=1e-9)
    cut = canopy_cover(cut_at(square_unit(), draw.uniform(1, 999)), canopy)
    assert cut.total() == pytest.approx(whole.total(), rel=1e-9)


# --- through a plan


KEYS = ["greening_coverage", "canopy_cover", "permeable_share", "open_space_shade_rate"]
RASTERS = """
[rasters.canopy]
source = "c.tif"
[rasters.land_cover]
source = "lc.tif"
legend = "worldcover"
[rasters.ndvi]
source = "v.tif"
[rasters.impervious]
source = "i.tif"
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return a plan of slanting units and parcels, and rasters of other cells and CRSs."""
    folder, draw = tmp_path_factory.mktemp("green"), np.random.default_rng(6)
    points = shapely.multipoints(draw.uniform((WEST, NORTH - 800), (WEST + 900, NORTH), (12, 2)))
    whole = shapely.box(WEST, NORTH - 800, WEST + 900, NORTH)
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=whole))
    units = [shapely.intersection(cell, whole) for cell in cells]
    lots = [shapely.box(x, y, x + 55, y + 70) for x in WEST + np.arange(0, 900, 60)
            for y in NORTH - 800 + np.arange(0, 800, 80)]  # fmt: skip
    tall = draw.uniform(-9, 20, (500, 500)).clip(0).astype("float32")
    tall[draw.random(tall.shape) < 0.02] = -9999
    write(folder / "c.tif", tall, cell=2.0, nodata=-9999)
    codes = draw.choice([10, 30, 50, 80], (120, 120)).astype("uint8")
    write(folder / "v.tif", draw.uniform(-0.2, 0.9, (100, 100)).astype("float32"), cell=10.0)
    write(folder / "i.tif", draw.integers(0, 101, (40, 40)).astype("uint8"), cell=30.0)
    over = Transformer.from_crs("EPSG:4547", "EPSG:4548", always_xy=True)
    west, _, _, north = over.transform_bounds(*whole.bounds)
    write(folder / "lc.tif", codes, cell=12.0, crs="EPSG:4548", corner=(west - 99, north + 99))
    plots = frame(lots, parcel_id=[f"p{n}" for n in range(len(lots))],
                  land_use=np.resize(["1401", "0701", "1403"], len(lots)))  # fmt: skip
    zones = frame(units, unit_id=[f"u{n}" for n in range(len(units))])
    areas = [shapely.box(x, y, x + 130, y + 150) for x in WEST + np.arange(10, 900, 140)
             for y in NORTH - 790 + np.arange(0, 790, 160)]  # fmt: skip
    same = frame(areas, block_id=[f"p{n}" for n in range(len(areas))])
    return plan_with(folder, RASTERS, units=zones, parcels=plots, blocks=same)


def bits(table: pd.DataFrame) -> pd.DataFrame:
    columns = ["level", "unit_id", "indicator", "numerator", "denominator", "value"]
    rows = table[columns].copy()
    for name in ("numerator", "denominator", "value"):
        rows[name] = [float(v).hex() for v in rows[name]]
    return rows.sort_values(["indicator", "level", "unit_id"], ignore_index=True)


def measured(plan: Plan, workers: int = 2, features: int = 250_000) -> pd.DataFrame:
    found = evaluate(plan, KEYS, [], workers=workers, part_features=features)
    return bits(found.table)


def test_parts_and_threads_change_no_bit(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measured(plan, workers=1)
    assert (whole["value"] != "nan").all()
    assert set(whole["indicator"]) == set(KEYS)
    for features, workers in ((1, 1), (1, 3), (60, 2)):
        found = measured(plan, workers, features)
        pd.testing.assert_frame_equal(found, whole)
    monkeypatch.setattr("carbonspace.measuring.CELLS_PER_PART", 5e4)
    pd.testing.assert_frame_equal(measured(plan), whole)


def test_some_units_alone_are_as_in_the_whole(plan: Plan) -> None:
    table, levels = evaluate(plan, indicators=KEYS, profiles=[]).table, set()
    for unit in plan.layers["units"]["unit_id"][:3]:
        some = evaluate(plan, indicators=KEYS, profiles=[], units=[unit]).table
        places = pd.MultiIndex.from_frame(some[["level", "unit_id"]])
        own = pd.MultiIndex.from_frame(table[["level", "unit_id"]]).isin(places)
        pd.testing.assert_frame_equal(bits(some), bits(table[own]))
        levels |= set(some["level"])
    assert levels == {"unit", "block", "parcel"}


def test_a_profile_judges_them(plan: Plan) -> None:
    """One clause speaks of built-up ground, of which the east of the plan is none."""
    ground = frame([shapely.box(WEST, NORTH - 800, WEST + 500, NORTH)],
                   boundary_id=["b"], boundary_type=["built_up"])  # fmt: skip
    plan = replace(plan, layers={**plan.layers, "boundaries": ground})
    table = evaluate(plan, indicators=KEYS, profiles=["bayannur", "lianyungang", "pku"]).table
    judged = table[table["profile"].notna() & (table["level"] == "city")]
    assert set(judged["indicator"]) == set(KEYS)
    assert set(judged["status"]) <= {"met", "not_met", "no_target"}


MINE = """
document = "d"
title = { zh = "题", en = "title" }
[[rule]]
indicator = "canopy_cover"
comparator = ">="
target = [69]
unit = "%"
quotation = "q"
source = "d s"
applies_to = { zh = "街坊", en = "Blocks" }
evidence = "verified"
levels = ["block"]
"""


def test_a_rule_about_blocks_judges_blocks_and_nothing_of_their_names(
    plan: Plan, tmp_path: Path
) -> None:
    rules = tmp_path / "mine.toml"
    rules.write_text(MINE, "utf-8")
    found = evaluate(plan, ["canopy_cover"], [str(rules)])
    judged = found.table[found.table["profile"].notna()]
    blocks = plan.layers["blocks"]["block_id"]
    assert set(judged["level"]) == {"block"}
    assert set(judged["unit_id"]) <= set(blocks)
    assert len(judged) > 20
    assert (judged["status"] == np.where(judged["value"] >= 69, "met", "not_met")).all()
    assert set(judged["status"]) == {"met", "not_met"}
    assert set(plan.layers["parcels"]["parcel_id"]) & set(judged["unit_id"])
    file = found.write(tmp_path / "out") / "results.gpkg"
    layer = gpd.read_file(file, layer="blocks").set_index("block_id")
    value = judged.set_index("unit_id")["value"]
    assert layer["canopy_cover"].to_dict() == value.to_dict()
    ground = plan.layers["blocks"].set_index("block_id").area
    assert layer.area.to_numpy() == pytest.approx(ground[layer.index].to_numpy())


def test_without_rasters_there_are_no_data_and_a_reason(tmp_path: Path) -> None:
    units: gpd.GeoDataFrame = frame([shapely.box(WEST, 4e6, WEST + 9, 4e6 + 9)], unit_id=["u1"])
    table = evaluate(plan_with(tmp_path, "", units=units), indicators=KEYS, profiles=[]).table
    reasons = dict(zip(table["indicator"], table["reason"], strict=True))
    assert set(table["status"]) == {"no_data"}
    assert reasons["canopy_cover"] == "missing layer: rasters.canopy"
    assert reasons["permeable_share"] == "missing layer: rasters.impervious"
