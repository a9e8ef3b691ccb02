"""Traits and layers of themes: wrong codes, ranges and contradictions, all told at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point, box

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.prepare import prepare
from carbonspace.sources import read_plan

X, Y = 500_000.0, 4_000_000.0
CRS = "EPSG:4547"
SQUARES = [box(X + 100 * n, Y, X + 100 * n + 100, Y + 100) for n in range(3)]
LINES = [LineString([(X, Y + 20 * n), (X + 300, Y + 20 * n)]) for n in range(3)]
POINTS = [Point(X + 20 * n, Y + 50) for n in range(3)]
UNITS = {"unit_id": ["U"]}
PARCELS: dict[str, Any] = {"parcel_id": ["a", "b", "c"], "land_use": ["0701", "1001", "1401"]}


def plan_of(folder: Path, more: str = "", **layers: tuple[list[Any], dict[str, Any]]) -> Path:
    """Write a plan of one unit, three parcels and layers given by their shapes and columns."""
    every = {"units": ([box(X, Y, X + 300, Y + 100)], UNITS), "parcels": (SQUARES, PARCELS)}
    every |= layers
    text = f'format = 1\nname = "试"\ncrs = "{CRS}"\n'
    for key, (shapes, columns) in every.items():
        gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_file(folder / f"{key}.gpkg")
        text += f'[layers.{key}]\nsource = "{key}.gpkg"\n'
    (folder / "plan.toml").write_text(text + more, "utf-8")
    return folder / "plan.toml"


def wrong_plan(folder: Path, **of_buildings: Any) -> Path:
    """Return a plan whose units, parcels and buildings have wrong codes."""
    buildings = {
        "building_id": ["p", "q", "r"],
        "action": ["keep", "keep", "burn"],
        "renewables": ["solar_pv;moon", "biomass", "solar_pv"],
        **of_buildings,
    }
    return plan_of(
        folder,
        '[layers.units.constants]\nclimate_zone = "VIII"\n',
        parcels=(SQUARES, {**PARCELS, "reserved_for": ["storage；battery", None, "storage"],
                           "mixed_use_codes": ["0701/0901", "0701;XYZ", None],
                           "green_area": [10.0, -5.0, 3.0]}),
        buildings=(SQUARES, buildings),
    )  # fmt: skip


def told(findings: Any) -> dict[tuple[str, str | None, str], tuple[str, Finding]]:
    return {(f.layer, f.feature, f.what.en): (f.found_in("en"), f) for f in findings}


def test_wrong_codes_of_parcels_and_buildings_are_refused_together(tmp_path: Path) -> None:
    file = wrong_plan(tmp_path, is_green=["是", "perhaps", None])
    with pytest.raises(InputError) as raised:
        prepare(read_plan(file))
    found = told(raised.value.findings)
    assert found["buildings", "q", "is_green cannot be used"][0] == "'perhaps' in q"


def test_wrong_codes_known_once_read_are_refused_together(tmp_path: Path) -> None:
    file = wrong_plan(tmp_path)
    with pytest.raises(InputError) as raised:
        prepare(read_plan(file))
    found = told(f for f in raised.value.findings if f.severity == "error")
    assert {key: said for key, (said, _) in found.items()} == {
        ("units", "U", "climate_zone has an unknown value"): "'VIII' in U",
        ("parcels", "a", "reserved_for has an unknown value"): "'battery' in a",
        ("parcels", "b", "The land-use code is not known"): "'XYZ' in b",
        ("parcels", "b", "green_area is negative"): "-5 in b",
        ("buildings", "r", "action has an unknown value"): "'burn' in r",
        ("buildings", "p", "renewables has an unknown value"): "'moon' in p",
    }
    _, moon = found["buildings", "p", "renewables has an unknown value"]
    assert moon.expected.en.startswith("solar_pv, solar_thermal, ground_source")
    assert moon.action.en == "Map it under [layers.buildings.values.renewables]."


def test_values_out_of_range_are_left_out_and_contradictions_told(tmp_path: Path) -> None:
    file = plan_of(
        tmp_path,
        parcels=(SQUARES, {**PARCELS, "green_area": [100.0, 5.0, 3.0],
                           "concentrated_green_area": [120.0, 1.0, 3.0],
                           "runoff_control": [70.0, 700.0, 80.0], "supply_year": [2020, 20, 2021]}),
        buildings=(SQUARES, {"building_id": ["p", "q", "r"], "year_built": [1998, 98, 20_201],
                             "green_star": [4, 1, 3], "dwellings": [10, 20, 30],
                             "small_dwellings": [5, 25, 30]}),
        underground=(SQUARES, {"space_id": ["s", "t", "u"], "use": ["parking", "rail", "reserve"],
                               "depth_from": [0.0, 20.0, 2.0], "depth_to": [8.0, 12.0, 10.0]}),
    )  # fmt: skip
    plan = prepare(read_plan(file))
    assert {key: said for key, (said, _) in told(plan.findings).items()} == {
        ("parcels", "a", "concentrated_green_area is above green_area"): "120 > 100",
        ("parcels", "b", "runoff_control is higher than it can be"): "700",
        ("parcels", "b", "supply_year is lower than it can be"): "20",
        ("buildings", "q", "year_built is lower than it can be"): "98",
        ("buildings", "r", "year_built is higher than it can be"): "20201",
        ("buildings", "p", "green_star is higher than it can be"): "4",
        ("buildings", "q", "small_dwellings is above dwellings"): "25 > 20",
        ("underground", "t", "depth_from is above depth_to"): "20 > 12",
    }
    buildings = plan.layers["buildings"]
    assert buildings["year_built"].fillna(0).to_dict() == {"p": 1998, "q": 0, "r": 0}
    assert buildings["green_star"].fillna(-1).to_dict() == {"p": -1, "q": 1, "r": 3}
    assert plan.layers["parcels"]["supply_year"].isna().tolist() == [False, True, False]


def test_a_layer_of_a_theme_that_is_wrong_is_set_aside_or_refused(tmp_path: Path) -> None:
    """An empty required cell costs its layer; a code that is none has to be mapped."""
    layers: dict[str, Any] = {
        "greenery": (SQUARES, {"greenery_id": ["g", "h", "i"],
                               "greenery_type": ["tree", None, "grass"]}),
        "street_lamps": (POINTS, {"lamp_id": ["1", "1", "2"], "lamp_type": ["led", "led", "x"]}),
        "heat_pipes": (LINES, {"pipe_id": ["1", "2", "3"], "year_built": [1990, 2001, 2020]}),
    }  # fmt: skip
    with pytest.raises(InputError) as raised:
        prepare(read_plan(plan_of(tmp_path, **layers)))
    severe = {key: f.severity for key, (_, f) in told(raised.value.findings).items()}
    assert severe == {
        ("greenery", "h", "greenery_type is empty"): "warning",
        ("street_lamps", "1", "The id is not unique"): "error",
        ("street_lamps", "2", "lamp_type has an unknown value"): "error",
    }
    layers.pop("street_lamps")
    plan = prepare(read_plan(plan_of(tmp_path, **layers)))
    assert set(plan.aside) == {"greenery"}
    assert set(plan.layers) == {"units", "parcels", "heat_pipes"}


def test_codes_of_mixed_land_use_are_those_of_2023(tmp_path: Path) -> None:
    columns = {**PARCELS, "mixed_use_codes": ["R2、B1", "701；0901", None]}
    plan = prepare(read_plan(plan_of(tmp_path, parcels=(SQUARES, columns))))
    mixed = plan.layers["parcels"]["mixed_use_codes"]
    assert mixed.fillna("").to_dict() == {"a": "070102;0901", "b": "0701;0901", "c": ""}


def test_a_common_name_is_taken_only_where_its_values_are(tmp_path: Path) -> None:
    """`lot` is a number of a plot in most files; `status` may say anything."""
    columns = {**PARCELS, "lot": ["12", "13", "14"], "status": ["built", "unbuilt", "built"],
               "output": ["steel", "cars", "none"]}  # fmt: skip
    plan = read_plan(plan_of(tmp_path, parcels=(SQUARES, columns)))
    assert set(plan.layers["parcels"].columns) == {"parcel_id", "land_use", "status", "geometry"}
    found = told(plan.findings)
    assert {what for _, _, what in found} == {
        "The field lot seems to hold something else; it is not used",
        "The field output seems to hold something else; it is not used",
    }
    named = '[layers.parcels.fields]\nlot = "lot"\n'
    with pytest.raises(InputError, match="lot has an unknown value"):
        prepare(read_plan(plan_of(tmp_path, named, parcels=(SQUARES, columns))))


def test_a_cut_name_of_another_layer_is_that_name(tmp_path: Path) -> None:
    """`floor_area` in a Shapefile of units is no `floor_area_quota` cut to ten bytes."""
    file = plan_of(tmp_path)
    units = gpd.GeoDataFrame({**UNITS, "floor_area": [5.0]}, geometry=[box(X, Y, X + 300, Y + 100)],
                             crs=CRS)  # fmt: skip
    units.to_file(tmp_path / "units.shp")
    file.write_text(file.read_text("utf-8").replace("units.gpkg", "units.shp"), "utf-8")
    assert "floor_area_quota" not in read_plan(file).layers["units"]
