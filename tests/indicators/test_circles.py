"""Life circles: their people, size and parks, by hand and by plain geopandas."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import box
from shapely.affinity import rotate, translate
from tests.indicators.squares import (
    cut_at,
    layer,
    moved,
    random_boxes,
    shuffled,
    square_unit,
    square_units,
    values,
)

from carbonspace.catalogue import indicators
from carbonspace.errors import MissingColumnError, UnknownNameError
from carbonspace.indicators.blocks_circles import (
    circle_park_area,
    circle_park_width,
    circle_public_green,
    life_circle_area,
    life_circle_distance,
    life_circle_population,
)
from carbonspace.model.measure import Measure


def circles(**columns: Any) -> gpd.GeoDataFrame:
    """Return one of 15 minutes across both units, one in u2, one of 5 minutes in u1."""
    shapes = [box(200, 0, 1800, 600), box(1200, 600, 1600, 900), box(0, 600, 300, 1000)]
    facts = {"minutes": ["15", "15", "5"], "population": [9000.0, np.nan, 700.0], **columns}
    return layer(shapes, ids=["k1", "k2", "k3"], id_name="circle_id", **facts)


def lots() -> gpd.GeoDataFrame:
    """Return 600 people half of whom live in k2."""
    return layer([box(1500, 600, 1700, 800)], id_name="parcel_id", population=[600.0])


def parks(**columns: Any) -> gpd.GeoDataFrame:
    """Return a park in k1, one of which k1 has less than half, a square in k1, one half in k3."""
    shapes = [box(300, 100, 400, 160), box(1000, 500, 1200, 750), box(600, 100, 900, 400),
              box(200, 700, 400, 800)]  # fmt: skip
    facts = {"land_use": ["1401", None, "1403", "140101"], **columns}
    return layer(shapes, ids=["p1", "p2", "p3", "p4"], id_name="park_id", **facts)


def of_circles(measure: Measure) -> dict[str, float]:
    return {str(k): float(v) for k, v in measure.parts["life_circle"]["value"].items()}


def test_residents_are_stated_or_those_of_the_parcels() -> None:
    measure = life_circle_population(square_units(2), circles(), lots())
    assert of_circles(measure) == pytest.approx({"k1": 9000, "k2": 300, "k3": 700})
    # u1 has half of k1, u2 the other half and k2; k3 is of another level
    assert values(measure) == pytest.approx([9000, (4500 + 300) / 1.5])
    assert measure.total()[2] == pytest.approx(4650)
    assert measure.parts["life_circle"]["minutes"].tolist() == ["15", "15", "5"]
    silent = life_circle_population(square_units(2), circles())
    assert list(of_circles(silent)) == ["k1", "k3"]


def test_area_and_half_the_diagonal() -> None:
    units = square_units(2)
    assert of_circles(life_circle_area(units, circles())) == pytest.approx(
        {"k1": 96, "k2": 12, "k3": 12}
    )
    far = life_circle_distance(units, circles(), detour=1.2, circle_level="5")
    assert of_circles(far) == pytest.approx({"k1": 1.2 * np.hypot(800, 300), "k2": 300, "k3": 300})
    assert values(far)[0] == pytest.approx(300)
    assert np.isnan(values(far)[1])


def test_public_green_is_cut_at_the_edge_of_the_circle() -> None:
    measure = circle_public_green(square_units(2), circles(), parks(), lots())
    # k1: 100 × 60 and 200 × 100 of p2; squares are none; k2 is beside p2; k3: half of p4
    assert of_circles(measure) == pytest.approx({"k1": 26_000 / 9000, "k2": 0, "k3": 10_000 / 700})
    squares = circle_public_green(
        square_units(2), circles(), parks(), lots(), public_greens=("1403",)
    )
    assert of_circles(squares)["k1"] == pytest.approx((20_000 + 90_000) / 9000)


def test_the_largest_park_that_is_mostly_in_the_circle_counts_in_full() -> None:
    units = square_units(2)
    measure = circle_park_area(units, circles(), parks())
    assert of_circles(measure) == pytest.approx({"k1": 0.6, "k2": 0, "k3": 2})
    assert values(measure) == pytest.approx([0.6, 0])
    assert measure.total()[2] == 0
    wide = circle_park_width(units, circles(), parks())
    assert of_circles(wide) == pytest.approx({"k1": 60, "k3": 100})
    assert values(wide) == pytest.approx([60, 60])


def test_the_width_of_a_turned_park_far_from_the_origin_of_the_grid() -> None:
    """Coordinates of 4,000 km carry 1e-9 m: so must the width, not a tenth of a millimetre."""
    across = rotate(box(0, 0, 300, 210), 31.7)
    shape = translate(across, 416_000, 3_990_000)
    park = layer([shape], ids=["p"], id_name="park_id")
    circle = layer([shape.buffer(50)], ids=["k"], id_name="circle_id", minutes=["15"])
    found = circle_park_width(layer([shape.buffer(50)]), circle, park)
    assert of_circles(found)["k"] == pytest.approx(210, abs=1e-8)


def test_a_unit_that_a_circle_only_touches_has_none() -> None:
    """A kilometre of its edge, by half a millimetre: half a square metre."""
    units = layer([box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)], ids=["a", "b"])
    over = box(0, 0, 1000.0005, 1000)
    circle = layer([over], ids=["k"], id_name="circle_id", minutes=["15"], population=[8000.0])
    found = life_circle_population(units, circle)
    assert values(found) == pytest.approx([8000, np.nan], nan_ok=True)


def test_a_narrow_arm_is_seen_by_the_inscribed_circle_only() -> None:
    arms = shapely.union(box(300, 100, 500, 120), box(300, 100, 320, 300))
    far = shapely.union_all([arms, box(900, 100, 910, 110)])
    grown = layer([far], ids=["p"], id_name="park_id")
    units = square_units(2)
    assert of_circles(circle_park_width(units, circles(), grown))["k1"] > 100
    inner = circle_park_width(units, circles(), grown, width_by="inscribed")
    # the largest circle in the corner of an L of 20 m: 2 × 20 × (2 − √2)
    assert of_circles(inner)["k1"] == pytest.approx(40 * (2 - np.sqrt(2)), abs=0.05)


EVERY = [
    "life_circle_population", "life_circle_area", "life_circle_distance", "circle_public_green",
    "circle_park_area", "circle_park_width",
]  # fmt: skip


def measured(key: str, units: gpd.GeoDataFrame, **layers: gpd.GeoDataFrame) -> Measure:
    one = indicators()[key]
    return one.function(units, *[layers[name] for name in one.used[1:]])


@pytest.mark.parametrize("key", EVERY)
def test_circles_that_do_not_say_their_level_are_named(key: str) -> None:
    drawn = {"life_circles": circles(minutes=[None] * 3), "parks": parks(), "parcels": lots()}
    with pytest.raises(MissingColumnError, match="minutes"):
        measured(key, square_unit(), **drawn)


def test_residents_that_nobody_states_are_named() -> None:
    silent = circles(population=[np.nan] * 3)
    with pytest.raises(MissingColumnError, match="population"):
        life_circle_population(square_unit(), silent, lots().drop(columns="population"))
    with pytest.raises(UnknownNameError, match="circle_level"):
        life_circle_area(square_unit(), circles(), circle_level="20")  # type: ignore[arg-type]


def town(seed: int) -> dict[str, gpd.GeoDataFrame]:
    draw = np.random.default_rng(seed)
    rings = random_boxes(30, seed=seed, side=1900, size=700)
    green = [box(x, y, x + 30, y + 40) for x in range(5, 1990, 70) for y in range(5, 990, 90)]
    return {
        "life_circles": layer(rings, id_name="circle_id",
                              minutes=draw.choice(["15", "10", "5"], 30).astype(object),
                              population=np.where(draw.random(30) < 0.5, np.nan, 5000.0)),
        "parks": layer(green, id_name="park_id"),
        "parcels": layer(random_boxes(200, seed=seed + 1, side=1900, size=60), id_name="parcel_id",
                         population=draw.integers(0, 500, 200).astype(float)),
    }  # fmt: skip


@pytest.mark.parametrize("key", EVERY)
def test_order_and_place_change_nothing(key: str) -> None:
    units, drawn = square_units(2), town(2)
    measure = measured(key, units, **drawn)
    other = measured(key, units, **{k: shuffled(f, 5) for k, f in drawn.items()})
    pd.testing.assert_frame_equal(other.table, measure.table)
    away = measured(
        key, moved(units, 512, -256), **{k: moved(f, 512, -256) for k, f in drawn.items()}
    )
    assert values(away) == pytest.approx(values(measure))
    assert of_circles(away) == pytest.approx(of_circles(measure))


@pytest.mark.parametrize("key", EVERY)
def test_cutting_a_unit_keeps_the_total(key: str) -> None:
    drawn = town(3)
    whole = measured(key, square_units(2), **drawn)
    cut = measured(key, cut_at(square_units(2), 444), **drawn)
    assert cut.total() == pytest.approx(whole.total(), nan_ok=True)


@pytest.mark.parametrize("key", EVERY)
def test_no_circles_no_figure(key: str) -> None:
    drawn = town(4)
    empty = measured(key, square_unit(), **(drawn | {"life_circles": drawn["life_circles"][:0]}))
    assert np.isnan(values(empty)).all()
    assert of_circles(empty) == {}


@pytest.mark.parametrize("seed", [5, 6])
def test_green_and_people_are_those_of_plain_overlays(seed: int) -> None:
    drawn = town(seed)
    rings, green, homes = drawn["life_circles"], drawn["parks"], drawn["parcels"]
    found = of_circles(circle_public_green(square_units(2), rings, green, homes))
    for circle, row in rings.iterrows():
        if circle in found:
            people = row["population"]
            if np.isnan(people):
                part = homes.intersection(row.geometry).area / homes.area
                people = (part * homes["population"]).sum()
            area = green.intersection(row.geometry).area.sum()
            assert found[str(circle)] == pytest.approx(area / people, nan_ok=True)
    assert len(found) > 10
