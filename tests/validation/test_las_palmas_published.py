"""What is published of Las Palmas must come out of the program."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pytest
from tests.validation.conftest import SAMPLE

from carbonspace import evaluate
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan, Settings

EQUAL_AREA = "EPSG:5635"
PUBLISHED_KM2 = {"municipality": 103.316, "urban area": 62.988}
pytestmark = pytest.mark.sample


@pytest.fixture(scope="module", params=list(PUBLISHED_KM2))
def area(request: pytest.FixtureRequest, raw: Plan) -> tuple[Assessment, float]:
    """Return a plan in EPSG:5635 whose one unit is the published area, and its km²."""
    unit = gpd.read_file(SAMPLE / "municipality.geojson")[["geometry"]].to_crs(EQUAL_AREA)
    if request.param == "urban area":
        urban = gpd.read_file(SAMPLE / "urban_centre.gpkg")[["geometry"]].to_crs(EQUAL_AREA)
        unit = gpd.overlay(unit, urban).dissolve()
    roads = raw.layers["roads"]
    layers = {
        "units": unit.assign(unit_id=request.param),
        "roads": roads[roads["road_class"].isin(["arterial", "secondary"])],
        "transit_stops": raw.layers["transit_stops"],
    }
    plan = replace(raw, layers=layers, settings=Settings(crs=EQUAL_AREA), profiles=())
    keys = ["road_density", "bus_stop_area_coverage"]
    return evaluate(plan, keys), PUBLISHED_KM2[request.param]


def test_the_ledger(area: tuple[Assessment, float]) -> None:
    assessment, published = area
    row = assessment.ledger.set_index("quantity").loc["area"]
    assert row["units"] / 1e6 == pytest.approx(published, abs=5e-4)
    assert row["city"] / 1e6 == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize("key", ["road_density", "bus_stop_area_coverage"])
def test_the_denominators(area: tuple[Assessment, float], key: str) -> None:
    assessment, published = area
    rows = assessment.table.query("indicator == @key")
    assert set(rows["level"]) == {"unit", "city"}
    assert rows["denominator"].to_numpy() / 1e6 == pytest.approx(published, abs=5e-4)
    assert (rows["numerator"] > 0).all()
