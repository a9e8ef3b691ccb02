"""Hours of sun on homes of Suzhou, against single rays drawn with shapely."""

from __future__ import annotations

from math import radians, tan

import geopandas as gpd
import numpy as np
import pytest
import shapely
from tests.validation.test_shared_data import SHARED

from carbonspace import evaluate
from carbonspace.indicators._sun import declination
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text

SOURCE = SHARED / "suzhou" / "bd_demo_2.json"
CRS = "EPSG:4549"
STEP = 20

pytestmark = pytest.mark.skipif(
    not SOURCE.is_file(),
    reason=f"{SOURCE} is not there: real data that is not part of the project "
    "(CARBONSPACE_SHARED_DATA names its folder)",
)


@pytest.fixture(scope="module")
def town() -> gpd.GeoDataFrame:
    """Return the buildings of a quarter of 600 m, with what may shade it."""
    drawn = gpd.read_file(SOURCE).to_crs(CRS)
    x, y = np.mean(drawn.total_bounds.reshape(2, 2), axis=0)
    near = drawn.cx[x - 600 : x + 600, y - 600 : y + 600]
    ids = [f"b{n}" for n in range(len(near))]
    table = {"building_id": ids, "use": "0701", "height": near["height"].to_numpy(float)}
    return gpd.GeoDataFrame(table, geometry=near.geometry.to_numpy(), crs=CRS)


@pytest.fixture(scope="module")
def found(town: gpd.GeoDataFrame) -> Assessment:
    x, y = np.mean(town.total_bounds.reshape(2, 2), axis=0)
    unit = shapely.box(x - 300, y - 300, x + 300, y + 300)
    units = gpd.GeoDataFrame({"unit_id": ["U"]}, geometry=[unit], crs=CRS)
    plan = Plan(Text("苏州", "Suzhou"), {"units": units, "buildings": town}, Settings(crs=CRS))
    given = {"climate_zone": "III", "city_size": "large", "step": float(STEP), "min_interval": 0.0,
             "point_spacing": 100.0}  # fmt: skip
    asked = ["sunlight_hours", "sunlight_met_share"]
    return evaluate(plan, asked, ["gb50180"], parameters={"all": given})


def suns(latitude: float, convergence: float) -> np.ndarray:
    """Return azimuth (degrees from grid north), elevation and hours on Great Cold."""
    time = np.arange(-4, 4.01, STEP / 60)
    phi, tilt, turned = radians(latitude), radians(declination("great_cold")), np.radians(15 * time)
    up = np.sin(phi) * np.sin(tilt) + np.cos(phi) * np.cos(tilt) * np.cos(turned)
    south = np.cos(tilt) * np.cos(turned) * np.sin(phi) - np.sin(tilt) * np.cos(phi)
    azimuth = 180 + np.degrees(np.arctan2(np.cos(tilt) * np.sin(turned), south))
    weight = np.full(len(time), STEP / 60)
    weight[[0, -1]] /= 2
    return np.column_stack((azimuth - convergence, np.degrees(np.arcsin(up)), weight))


def test_the_middles_of_walls_have_the_light_that_rays_say(found: Assessment) -> None:
    """Points stand so far apart that each wall has one, in its middle."""
    lines = found.evidence("sunlight_hours")
    lines = lines[(lines["length_m"] < 100.0) & (lines["sill_m"] == 0.9)]
    ready = found.plan.layers["buildings"]
    shapes, tops = ready.geometry.to_numpy(), ready["height"].to_numpy(float)
    geographic = found.plan.layers["units"].to_crs(4490).total_bounds
    longitude, latitude = (geographic[:2] + geographic[2:]) / 2
    sky = suns(latitude, (longitude - 120) * np.sin(radians(latitude)))
    differs = []
    for row in np.random.default_rng(3).choice(len(lines), 300, replace=False):
        start, end = shapely.get_coordinates(lines.geometry.iloc[row])
        out = np.array([end[1] - start[1], start[0] - end[0]])
        seen, total = (start + end) / 2 + 1e-6 * out, 0.0
        for azimuth, elevation, hours in sky:
            way = np.array([np.sin(radians(azimuth)), np.cos(radians(azimuth))])
            far = np.maximum(tops - 0.9, 0)[:, None] / tan(radians(elevation)) * way
            rays = shapely.linestrings(np.stack((np.tile(seen, (len(far), 1)), seen + far), axis=1))
            total += hours * (out @ way > 0 and not shapely.intersects(shapes, rays).any())
        differs.append(abs(total - lines["hours"].iloc[row]))
    assert np.mean(np.array(differs) < 1e-6) > 0.97
    assert max(differs) <= STEP / 60 + 1e-6


def test_most_homes_of_low_rows_have_the_hours_of_the_standard(found: Assessment) -> None:
    table = found.table
    homes = table[table["level"] == "building"]
    assert len(homes) > 150
    assert set(homes["target"]) == {"≥ 2"}
    met = (homes["status"] == "met").mean() * 100
    share = table.query("indicator == 'sunlight_met_share' and level == 'city'")["value"].iloc[0]
    assert met == pytest.approx(share, abs=3)
    assert 80 < share < 100
