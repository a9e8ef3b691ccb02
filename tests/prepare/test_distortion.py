"""How far a projected CRS is off, where it can be said without a computer."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from pyproj import CRS
from shapely.geometry import box

from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.prepare.distortion import distortion, distortions

Y = 4_000_000.0


def at(x: float, epsg: int, y: float = Y) -> tuple[float, float]:
    found = distortion(np.array([x, y, x + 1, y + 1]), CRS.from_epsg(epsg))
    assert found is not None
    return found.length[1], found.area[1]


def test_none_on_the_central_meridian() -> None:
    assert at(500_000, 4547) == pytest.approx((0, 0), abs=1e-5)
    assert at(38_500_000, 4526) == pytest.approx((0, 0), abs=1e-5)


def test_it_grows_with_the_square_of_the_distance() -> None:
    """A length is off by x² / 2R²: 100 km and R = 6370 km give 1.23 in 10,000; an area by twice."""
    length, area = at(600_000, 4547)
    assert length == pytest.approx(0.0123, abs=0.0001)
    assert area == pytest.approx(2 * length, rel=1e-3)
    assert at(700_000, 4547)[0] == pytest.approx(4 * length, rel=1e-3)


def test_utm_is_scaled() -> None:
    assert at(500_000, 32650) == pytest.approx((-0.04, -0.08), abs=1e-4)


def test_an_equal_area_projection_distorts_lengths_only() -> None:
    found = distortion(np.array([1_805_499, 973_260, 1_820_819, 990_063]), CRS.from_epsg(5635))
    assert found is not None
    assert found.area == pytest.approx((0, 0), abs=1e-6)
    assert found.length == pytest.approx((-3.5, 3.6), abs=0.1)


def test_no_place_has_no_distortion() -> None:
    assert distortion(np.array([-np.inf, 0.0, np.inf, 1.0]), CRS.from_epsg(32614)) is None


def unit(crs: str, x: float) -> Plan:
    square = gpd.GeoDataFrame({"unit_id": ["U"]}, geometry=[box(x, Y, x + 9, Y + 9)], crs=crs)
    return Plan(Text("试", "Trial"), {"units": square}, Settings(crs=crs))


def test_less_than_a_thousandth_is_not_worth_a_finding() -> None:
    assert prepare(unit("EPSG:4547", 640_000)).findings == ()


def test_a_neighbouring_zone_is_noted_with_the_truer_crs() -> None:
    """270 km east of 114° is 117° at latitude 36°: 0.09 % in length, 0.18 % in area."""
    (note,) = prepare(unit("EPSG:4547", 770_000)).findings
    assert (note.severity, note.what.en) == ("note", "The projection distorts")
    assert note.found_in("en") == "lengths +0.09 … +0.09 %, areas +0.18 … +0.18 %"
    assert "EPSG:4548 is truer here" in note.action.en


def test_distortion_of_every_layer_can_be_asked() -> None:
    found = distortions(prepare(unit("EPSG:4547", 600_000)).layers)
    assert found["units"].worst == pytest.approx(0.0246, abs=0.0002)
