"""Park coverage of a real community plan, against the figures published with it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box

from carbonspace import evaluate
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text

HLG = Path(__file__).parents[1] / "data" / "hlg" / "hlg.geojson"
LOCAL_METRES = "EPSG:4547"
"""The file has local metres; any projected CRS of metres measures them alike."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return community()


def community() -> Plan:
    """Return the community: one unit, its homes, its parks."""
    drawn = gpd.read_file(HLG).set_crs(LOCAL_METRES, allow_override=True)
    drawn = drawn[drawn["existence"]]
    homes = drawn[drawn["type"] == 4].assign(land_use="0701")
    parks = drawn[drawn["type"].isin([7, 8]) & (drawn.geom_type == "Polygon")]
    unit = gpd.GeoDataFrame(
        {"unit_id": ["hlg"]}, geometry=[box(*drawn.total_bounds)], crs=LOCAL_METRES
    )
    layers = {
        "units": unit,
        "parcels": homes[["land_use", "geometry"]],
        "parks": parks[["geometry"]],
    }
    return Plan(Text("回龙观", "Huilongguan"), layers, Settings(crs=LOCAL_METRES))


@pytest.mark.parametrize(
    ("radius", "quad_segs", "published", "tolerance"),
    [
        (300.0, 16, 0.7302937, 5e-8),
        (300.0, 4096, 0.73065, 5e-6),
        (500.0, 4096, 0.95876, 5e-6),
    ],
)
def test_homes_within_reach_of_parks(
    plan: Plan, radius: float, quad_segs: int, published: float, tolerance: float
) -> None:
    parameters = {"radius": radius, "quad_segs": quad_segs, "min_area": 2000.0}
    asked = Plan(plan.name, plan.layers, plan.settings, parameters={"park_coverage": parameters})
    table = evaluate(asked, ["park_coverage"]).table
    assert table["value"].iloc[0] / 100 == pytest.approx(published, abs=tolerance)
