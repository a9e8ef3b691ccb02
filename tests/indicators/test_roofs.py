"""What becomes of roofs: by hand, against exact light, and what never changes."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import affinity, box

from carbonspace.errors import MissingColumnError, UnknownNameError
from carbonspace.indicators._account import Account
from carbonspace.indicators._roof import DEDUCTIONS, Roof
from carbonspace.indicators._roof_work import NOTHING, Surroundings, suns_for
from carbonspace.indicators._roofs import account_of
from carbonspace.indicators.solar import pv_roof_share, solar_roof_area, usable_roof_share
from carbonspace.indicators.solar_access import roof_solar_access
from carbonspace.kernels import prisms
from carbonspace.model.grid import Grid
from carbonspace.model.shared import Shared
from carbonspace.model.weather import Weather

CRS = "EPSG:4547"
EAST, NORTH = 500_000.0, 3_400_000.0
BARE = (("sunlit", 0.0, 0.0, 0.0), ("total", 0.0, 0.0, 0.0))
PARTS = Account._fields[:6]


def layer(shapes: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    moved = [affinity.translate(shape, EAST, NORTH) for shape in shapes]
    return gpd.GeoDataFrame(columns, geometry=moved, crs=CRS)


def one_unit(side: float = 400.0) -> gpd.GeoDataFrame:
    return layer([box(0, 0, side, side)]).set_axis(["u"], axis=0)


def town(seed: int, count: int = 60) -> gpd.GeoDataFrame:
    """Turned boxes, some with courtyards and some with a wing; a few overlap."""
    draw = np.random.default_rng(seed)
    shapes = []
    for n in range(count):
        x, y = draw.uniform(20, 380, 2)
        shape = box(x, y, x + draw.uniform(12, 40), y + draw.uniform(12, 40))
        if n % 3 == 0:
            shape = shape.difference(shape.buffer(-4.5))
        if n % 3 == 1:
            shape = shape.union(box(x - 9, y, x + 2, y + 7))
        shapes.append(affinity.rotate(shape, draw.uniform(0, 90)))
    heights = draw.uniform(3, 60, count)
    return layer(shapes, height=heights, roof_type=draw.choice(["flat", "metal"], count))


def test_a_lone_roof_is_usable_within_the_setback() -> None:
    alone = layer([box(100, 100, 120, 110)], height=[9.0])
    measure = solar_roof_area(one_unit(), alone, roof=Roof(definition="sunlit"))
    assert measure.table["value"].tolist() == pytest.approx([18 * 8 * 0.9], rel=1e-6)
    access = roof_solar_access(one_unit(), alone).table["value"]
    assert access.tolist() == pytest.approx([100.0])


def test_a_wall_to_the_south_shades_as_far_as_its_shadow_falls() -> None:
    """At noon on the winter solstice, 30.7° north: elevation 35.8°, so 20 m cast 27.7 m."""
    heights = [30.0, 10.0]
    both = layer([box(0, 90, 400, 100), box(180, 110, 220, 160)], height=heights)
    roof = Roof(definition="sunlit", deductions=BARE, day="winter_solstice", step=180, cell=0.5)
    suns = suns_for(one_unit(), None, roof, None)
    assert len(suns[1]) == 3  # at 9, 12 and 15 o'clock
    elevation = suns[0][1, 1]
    falls = 20.0 / np.tan(np.radians(elevation))
    noon = account_of(one_unit(), both, NOTHING, replace(roof, min_sun=6.0), None)
    lowest = 20.0 / np.tan(np.radians(suns[0][0, 1])) * np.cos(np.radians(suns[0][0, 0] - 180))
    assert falls == pytest.approx(27.7, abs=0.3)
    dark = max(falls, abs(lowest)) - 10.0
    assert noon.shaded[1] == pytest.approx(dark / 50, abs=0.01)


@pytest.mark.parametrize("definition", ["coefficient", "total", "sunlit", "irradiation"])
@pytest.mark.parametrize("seed", range(3))
def test_the_parts_of_a_roof_add_up_to_it(definition: Any, seed: int) -> None:
    rows = ((definition, 1.3, 0.17, 25.0),)
    roof = Roof(definition=definition, deductions=rows)
    account = account_of(one_unit(), town(seed), NOTHING, roof, None)
    parts = np.array([getattr(account, name) for name in PARTS])
    inside = ~np.isnan(account.usable)
    np.testing.assert_allclose(parts[:, inside].sum(axis=0), 1.0, atol=1e-9)
    assert (parts[:, inside] >= -1e-12).all()
    assert inside.sum() > 50


def exact(buildings: gpd.GeoDataFrame, suns: Any) -> np.ndarray:
    """Return the area of each roof that every sun reaches, by polygons alone."""
    shapes, tops = buildings.geometry.to_numpy(), buildings["height"].to_numpy()
    lit = (prisms.lit_parts(shapes, tops, *angle) for angle in suns[0].tolist())
    area: np.ndarray = shapely.area(reduce(shapely.intersection, lit))
    return area


@pytest.mark.parametrize("seed", range(3))
def test_sun_all_day_is_that_of_exact_light(seed: int) -> None:
    buildings = town(seed)
    roof = Roof(definition="sunlit", deductions=BARE, cell=0.5)
    suns = suns_for(one_unit(), None, roof, None)
    account = account_of(one_unit(), buildings, NOTHING, roof, None)
    inside = ~np.isnan(account.usable)
    area = shapely.area(buildings.geometry.to_numpy())[inside]
    found, expected = account.usable[inside] * area, exact(buildings, suns)[inside]
    assert found.sum() == pytest.approx(expected.sum(), rel=0.01)
    assert np.abs(found - expected).sum() / area.sum() < 0.01


def test_setback_obstructions_and_patches_by_hand() -> None:
    """An L of two wings, 30 x 10 and 10 x 4, of which the setback leaves 28 x 8 and 8 x 2."""
    roof = layer([box(0, 0, 30, 10), box(100, 0, 110, 4)], roof_type=["flat", "flat"])
    rows = (("total", 1.0, 0.25, 20.0),)
    account = account_of(one_unit(), roof, NOTHING, Roof(definition="total", deductions=rows), None)
    assert account.setback.tolist() == pytest.approx([1 - 224 / 300, 1 - 16 / 40])
    assert account.small.tolist() == pytest.approx([0, 16 / 40 * 0.75])
    assert account.obstructed.tolist() == pytest.approx([224 / 300 * 0.25, 16 / 40 * 0.25])
    assert account.usable.tolist() == pytest.approx([224 / 300 * 0.75, 0])


def test_a_patch_that_light_leaves_may_be_too_small() -> None:
    both = layer([box(0, 90, 400, 100), box(180, 110, 220, 160)], height=[30.0, 10.0])
    rows = [(("sunlit", 0.0, 0.0, patch),) for patch in (0.0, 1e6)]
    found = [
        account_of(one_unit(), both, NOTHING, Roof(definition="sunlit", deductions=row), None)
        for row in rows
    ]
    assert found[0].usable[1] > 0.1
    assert found[1].usable[1] == 0.0
    assert found[1].small[1] == pytest.approx(found[0].usable[1])


def test_a_tower_that_stands_on_a_roof_is_an_obstruction() -> None:
    both = layer([box(100, 100, 140, 140), box(110, 110, 120, 120)], height=[10.0, 30.0])
    account = account_of(
        one_unit(), both, NOTHING, Roof(definition="sunlit", deductions=BARE), None
    )
    assert account.obstructed.tolist() == pytest.approx([100 / 1600, 0.0])


def test_the_definitions_differ_as_their_words_do() -> None:
    buildings = town(4)
    values = {
        name: float(usable_roof_share(one_unit(), buildings, roof=Roof(definition=name))
                    .table["value"].iloc[0])
        for name in ("total", "coefficient", "sunlit", "irradiation")
    }  # fmt: skip
    assert values["total"] == pytest.approx(100.0)
    assert values["coefficient"] != pytest.approx(values["sunlit"])
    assert 0 < values["sunlit"] < 100


def test_evidence_is_the_pieces_and_adds_up() -> None:
    buildings = town(5)
    halves = layer([box(-99, -99, 200, 499), box(200, -99, 499, 499)]).set_axis(["w", "e"], axis=0)
    measure = solar_roof_area(halves, buildings, roof=Roof(definition="sunlit"))
    evidence = measure.evidence()
    both = measure.table["numerator"].sum()  # a roof across units counts by its footprint
    assert evidence["usable_m2"].sum() == pytest.approx(both, rel=1e-3)
    whole = evidence.groupby("building_id")["area_m2"].sum()
    inside = buildings.geometry.intersection(halves.union_all()).area
    np.testing.assert_allclose(whole, inside.loc[whole.index], rtol=1e-6)
    assert set(evidence["roof_class"]) >= {"usable", "shaded", "setback"}
    usable = evidence[evidence["roof_class"] == "usable"]
    assert (usable["sun_h"] >= 6 - 1e-5).all()
    assert set(evidence["definition"]) == {"sunlit"}


def test_evidence_of_a_year_says_how_much_sun_each_patch_receives() -> None:
    alone = layer([box(100, 100, 120, 110)], height=[9.0])
    roof = Roof(definition="irradiation", min_irradiation=0.0, deductions=())
    pieces = solar_roof_area(one_unit(), alone, weather=sky(100, 100), roof=roof).evidence()
    assert pieces["sun_kwh"].tolist() == pytest.approx([200 * 876.0], rel=1e-5)
    assert "sun_h" not in pieces


def test_panels_are_held_against_what_is_usable() -> None:
    buildings = town(6).assign(pv_area=10.0)
    roof = Roof(definition="sunlit")
    usable = solar_roof_area(one_unit(), buildings, roof=roof).table["numerator"]
    share = pv_roof_share(one_unit(), buildings, denominator="usable", roof=roof).table
    assert share["denominator"].tolist() == usable.tolist()


def test_a_turned_and_moved_town_has_as_much_sun() -> None:
    """Turned by the right angle a town is another; moved by half a cell it is the same one."""
    buildings, roof = town(7), Roof(definition="sunlit", deductions=DEDUCTIONS, cell=0.5)
    moved = buildings.set_geometry(buildings.translate(0.25, 0.25))
    shares = [
        usable_roof_share(one_unit(), one, roof=roof).table["value"].iloc[0]
        for one in (buildings, moved)
    ]
    assert shares[0] == pytest.approx(shares[1], abs=0.5)


def test_order_changes_no_bit() -> None:
    buildings = town(8)
    turned = buildings.iloc[::-1]
    found = account_of(one_unit(), buildings, NOTHING, Roof(definition="sunlit"), None)
    other = account_of(one_unit(), turned, NOTHING, Roof(definition="sunlit"), None)
    for name in Account._fields:
        np.testing.assert_array_equal(getattr(found, name), getattr(other, name)[::-1])


def sky(ghi: float, dhi: float) -> Weather:
    """A year whose light is the same in every hour, night and day."""
    hours = np.datetime64("2001-01-01T00:30", "s") + np.arange(8760) * np.timedelta64(3600, "s")
    whole, direct, diffuse, air, wind = (
        np.full(8760, value) for value in (ghi, ghi - dhi, dhi, 20.0, 1.0)
    )
    return Weather(hours, whole, direct, diffuse, air, wind, 30.7, 117.0)


def test_irradiation_of_a_lone_roof_is_what_the_weather_file_sends_down() -> None:
    """100 W/m² through 8,760 hours are 876 kWh/m²."""
    alone = layer([box(100, 100, 120, 110)], height=[9.0])
    for least, share in ((875.0, 100.0), (877.0, 0.0)):
        roof = Roof(definition="irradiation", min_irradiation=least, deductions=())
        value = usable_roof_share(one_unit(), alone, weather=sky(100.0, 100.0), roof=roof)
        assert value.table["value"].tolist() == pytest.approx([share])
    account = account_of(one_unit(), alone, Surroundings(weather=sky(100, 100)),
                         Roof(definition="irradiation", min_irradiation=0.0), None)  # fmt: skip
    assert account.sun.tolist() == pytest.approx([876.0], rel=1e-5)


def test_diffuse_light_in_a_courtyard_is_the_sky_seen_from_it() -> None:
    """From the middle of a round court of radius r, h deep: r² / (r² + h²) of an even sky."""
    ring = (
        shapely.Point(200, 200).buffer(60, 128).difference(shapely.Point(200, 200).buffer(20, 128))
    )
    inner = shapely.Point(200, 200).buffer(2)
    both = layer([ring, inner], height=[20.0, 0.001])
    roof = Roof(definition="irradiation", min_irradiation=0.0, deductions=(), cell=0.5)
    account = account_of(one_unit(), both, Surroundings(weather=sky(100, 100)), roof, None)
    assert account.access[1] == pytest.approx(400 / (400 + 400), abs=0.04)


def hill(rows: int = 90, cell: float = 10.0) -> Grid:
    """Level ground at 50 m, and south of the unit a ridge of 150 m from west to east."""
    values = np.full((rows, rows), 50.0, dtype=np.float32)
    values[70:73] = 200.0
    return Grid(values, EAST - 250, NORTH + 650, cell, cell, unit="m")


def test_a_ridge_to_the_south_takes_light_from_roofs() -> None:
    """Its foot is 50 m south of the unit; at noon it casts 208 m."""
    two = layer([box(180, 20, 200, 40), box(180, 380, 200, 400)], height=[9.0, 9.0])
    roof = Roof(definition="sunlit", deductions=BARE)
    account = account_of(one_unit(), two, Surroundings(dem=hill()), roof, None)
    assert account.access[0] < 0.2
    assert account.access[1] > 0.6
    assert account.access[1] > account.access[0]


def test_trees_take_the_share_of_light_they_do_not_let_through() -> None:
    house = layer([box(180, 200, 200, 204)], height=[3.0])
    crowns = np.full((400, 400), np.nan, dtype=np.float32)
    crowns[205:218] = 15.0  # a belt of trees south of the house, all along the unit
    trees = Grid(crowns, EAST, NORTH + 400, 1.0, 1.0, unit="m")
    roof = Roof(definition="sunlit", deductions=BARE, transmissivity=0.25, day="winter_solstice")
    access = account_of(one_unit(), house, Surroundings(canopy=trees), roof, None).access[0]
    assert access == pytest.approx(0.25, abs=0.1)


def test_a_building_on_unknown_ground_has_no_account() -> None:
    two = layer([box(20, 20, 40, 40), box(180, 380, 200, 400)], height=[9.0, 9.0])
    gap = hill()
    gap.values[:, :40] = np.nan
    roof = Roof(definition="sunlit")
    account = account_of(one_unit(), two, Surroundings(dem=gap), roof, None)
    assert np.isnan(account.usable).tolist() == [True, False]
    table = usable_roof_share(one_unit(), two, dem=gap, roof=roof).table
    assert np.isnan(table["value"].iloc[0])


def test_values_by_building_are_those_of_the_account() -> None:
    buildings = town(3)
    rows = roof_solar_access(one_unit(), buildings).parts["building"]
    account = account_of(one_unit(), buildings, NOTHING, Roof(definition="sunlit"), None)
    inside = ~np.isnan(account.usable)
    assert rows.index.tolist() == np.flatnonzero(inside).tolist()
    np.testing.assert_allclose(rows["value"], 100 * account.access[inside])
    assert set(rows["unit_id"]) == {"u"}


def test_more_sun_than_the_day_has_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="min_sun = 7 h cannot be"):
        solar_roof_area(one_unit(), town(1), roof=Roof(definition="sunlit", min_sun=7.0))


def test_light_needs_heights() -> None:
    unknown = town(1).drop(columns="height")
    with pytest.raises(MissingColumnError, match="'height' or 'floors'"):
        solar_roof_area(one_unit(), unknown, roof=Roof(definition="sunlit"))
    assert solar_roof_area(one_unit(), unknown).table["value"].iloc[0] > 0


def test_pieces_end_where_the_units_do() -> None:
    """A roof of 40 by 20 m of which 15 by 20 m lie beyond the only unit."""
    roofs = layer([box(375, 100, 415, 120), box(100, 100, 120, 120)], height=[9.0, 9.0])
    measure = solar_roof_area(one_unit(), roofs, roof=Roof(definition="sunlit"))
    pieces = measure.evidence()
    area = pieces.geometry.area.groupby(pieces["building_id"]).sum()
    assert area.tolist() == pytest.approx([25 * 20, 20 * 20])
    assert pieces["area_m2"].sum() == pytest.approx(900)
    east = pieces[(pieces["building_id"] == 0) & (pieces["roof_class"] == "usable")]
    assert east["area_m2"].sum() == pytest.approx(24 * 18)


def test_light_is_followed_in_the_units_wanted_alone() -> None:
    buildings = town(9)
    halves = layer([box(-99, -99, 200, 499), box(200, -99, 499, 499)]).set_axis(["w", "e"], axis=0)
    roof = Roof(definition="sunlit")
    part = account_of(halves, buildings, NOTHING, roof, Shared(owned=halves.index[:1])).usable
    whole = account_of(halves, buildings, NOTHING, roof, None).usable
    inside = (buildings.intersection(halves.geometry["w"]).area > 0).to_numpy()
    assert 10 < inside.sum() < len(buildings) - 10
    np.testing.assert_array_equal(part[inside], whole[inside])
    assert np.isnan(part[~inside]).all()
