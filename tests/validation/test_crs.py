"""What is wrong with the CRS of real data is found without being told."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text
from carbonspace.prepare import prepare

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "data" / "samples"
METRES = "EPSG:4083"


def plan(crs: str | None, **layers: gpd.GeoDataFrame) -> Plan:
    shapes = {key: layer[["geometry"]] for key, layer in layers.items()}
    return Plan(Text("试", "Trial"), shapes, Settings(crs=crs))


def faults(trial: Plan) -> dict[str, Finding]:
    with pytest.raises(InputError) as caught:
        prepare(trial)
    return {f.layer: f for f in caught.value.findings if f.severity == "error"}


def conversions(trial: Plan) -> dict[str, Finding]:
    return {f.layer: f for f in prepare(trial).findings if "converted" in f.what.en}


def huizhou(name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(SAMPLES / "huizhou" / f"{name}.shp")


def districts() -> gpd.GeoDataFrame:
    return gpd.read_file(SAMPLES / "las_palmas" / "school_districts.geojson")


def municipality() -> gpd.GeoDataFrame:
    return gpd.read_file(SAMPLES / "las_palmas" / "municipality.geojson")


def test_huizhou_gets_the_plans_own_grid_proposed() -> None:
    roads = huizhou("mainroad").assign(road_class="arterial")
    found = faults(plan("EPSG:4547", units=huizhou("land"), roads=roads))
    assert found["units"].what.en == "The CRS contradicts the coordinates"
    assert found["roads"].what.en == "The layer has no CRS"
    assert all('crs = "EPSG:4547" (possible' in f.action.en for f in found.values())


def test_huizhou_alone_does_not_tell_its_zone() -> None:
    found = faults(plan(None, units=huizhou("land")))
    assert found["plan"].found_in("en") == "EPSG:4326 WGS 84"
    assert "Ask the provider for the meridian" in found["units"].action.en


def test_huizhou_gets_the_zone_from_a_layer_that_is_right() -> None:
    """Seen from a point in Huizhou in degrees, the six digits are those of 114°."""
    right = huizhou("land").set_crs("EPSG:4547", allow_override=True).to_crs("EPSG:4490")
    found = faults(plan("EPSG:4547", units=right, parks=huizhou("land")))
    assert 'crs = "EPSG:4547" (likely: with central meridian 114°' in found["parks"].action.en


def test_las_palmas_districts_are_of_a_crs_that_lists_north_first() -> None:
    found = conversions(plan(METRES, units=districts(), city=municipality()))
    assert "EPSG:5635" in found["units"].found_in("en")
    assert "axes: north, east; read east first" in found["units"].found_in("en")
    assert "REGCAN95 to WGS 84 (1); accuracy 1 m" in found["city"].action.en


def test_las_palmas_in_the_projection_of_its_districts_is_distorted() -> None:
    findings = prepare(plan("EPSG:5635", units=districts(), city=municipality())).findings
    (units,) = [f for f in findings if f.layer == "units" and "distorts" in f.what.en]
    assert units.severity == "warning"
    assert units.found_in("en") == "lengths -3.51 … +3.64 %, areas +0.00 … +0.00 %"


def test_local_metres_in_geojson() -> None:
    drawing = gpd.read_file(ROOT / "tests" / "data" / "hlg" / "hlg.geojson")
    areas = drawing[drawing.geom_type == "Polygon"]
    found = faults(plan("EPSG:4547", units=areas))["units"]
    assert found.what.en == "The CRS contradicts the coordinates"
    assert "ask the provider for the CRS" in found.action.en
