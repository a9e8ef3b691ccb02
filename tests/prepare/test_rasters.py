"""Rasters held against the plan: whatever is wrong with one is said, and never counted as 0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer
from rasterio.transform import Affine
from tests.rasters import CRS, NORTH, WEST, frame, north_up, plan_with, squares, write

from carbonspace import evaluate
from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.prepare import prepare

CANOPY = '[rasters.canopy]\nsource = "c.tif"\n'
TREES = np.where(np.indices((20, 20)).sum(axis=0) % 2, 8.0, 0.0).astype("float32")
"""Trees of 8 m on every other cell of 10 m: half of the plan."""


def findings(folder: Path, rasters: str = CANOPY) -> list[Finding]:
    plan = prepare(plan_with(folder, rasters))
    found = [f for f in plan.findings if f.layer.startswith("rasters.")]
    for one in found:
        assert all(one.what)
        assert all(one.expected)
        assert all(one.action)
    return found


def said(folder: Path, rasters: str = CANOPY) -> dict[str, str]:
    return {f.what.en: f.severity for f in findings(folder, rasters)}


def shares(folder: Path, rasters: str = CANOPY, key: str = "canopy_cover") -> pd.DataFrame:
    table = evaluate(plan_with(folder, rasters), indicators=[key], profiles=[]).table
    return table[table["level"].isin(["unit", "city"])].set_index("unit_id")


def test_a_sound_raster_needs_no_word(tmp_path: Path) -> None:
    write(tmp_path / "c.tif", TREES, nodata=-1)
    assert said(tmp_path) == {}
    assert shares(tmp_path)["value"].tolist() == pytest.approx([50.0] * 5)


def test_a_raster_elsewhere_is_set_aside(tmp_path: Path) -> None:
    write(tmp_path / "c.tif", TREES, corner=(WEST + 5000, NORTH))
    (one,) = findings(tmp_path)
    assert (one.what.en, one.severity) == ("The raster does not cover the plan", "warning")
    assert "505000 … 505200" in one.found_in("en")
    assert "500000 … 500200" in one.expected.en
    with pytest.raises(InputError, match="does not cover the plan"):
        shares(tmp_path)


def test_what_else_can_be_measured_is(tmp_path: Path) -> None:
    write(tmp_path / "c.tif", TREES, corner=(WEST + 5000, NORTH))
    write(tmp_path / "i.tif", np.full((20, 20), 30, "uint8"))
    both = CANOPY + '[rasters.impervious]\nsource = "i.tif"\n'
    plan = plan_with(tmp_path, both)
    table = evaluate(plan, indicators=["canopy_cover", "permeable_share"], profiles=[]).table
    reasons = table[table["indicator"] == "canopy_cover"]["reason"].str.cat()
    assert "does not cover the plan" in reasons
    assert (table[table["indicator"] == "permeable_share"]["value"] == 70).all()


def test_half_a_raster_knows_half_of_the_units(tmp_path: Path) -> None:
    write(tmp_path / "c.tif", TREES[:, :10])
    assert said(tmp_path) == {"The raster does not cover all units": "warning"}
    value = shares(tmp_path)["value"]
    assert value[["u1", "u3"]].tolist() == pytest.approx([50, 50])
    assert value[["u2", "u4"]].isna().all()


def test_no_data_is_reported_and_no_zero(tmp_path: Path) -> None:
    values = TREES.copy()
    values[:10, :2] = -9999
    write(tmp_path / "c.tif", values, nodata=-9999)
    assert said(tmp_path) == {"The raster has cells without data": "note"}
    table = shares(tmp_path)
    assert table["value"].isna().tolist() == [True, False, False, False, False]
    assert table.loc["u2", "value"] == pytest.approx(50)
    plan = plan_with(tmp_path, CANOPY)
    lower = evaluate(plan, indicators=["canopy_cover"], profiles=[],
                     parameters={"canopy_cover": {"min_covered": 80}})  # fmt: skip
    assert lower.table.set_index("unit_id").loc["u1", "value"] == pytest.approx(50)
    known = lower.evidence("canopy_cover").set_index("unit_id")["known_share"]
    assert known.to_dict() == pytest.approx({"u1": 80, "u2": 100, "u3": 100, "u4": 100})


def test_a_huge_number_that_is_not_declared(tmp_path: Path) -> None:
    values = TREES.copy()
    values[0, :2] = np.finfo("float32").min
    write(tmp_path / "c.tif", values)
    what = "The raster writes a huge number where it has no data, and does not say so"
    assert said(tmp_path) == {what: "warning"}
    assert shares(tmp_path).loc["u1", "value"] == pytest.approx(50, abs=1)


def test_values_that_cannot_be(tmp_path: Path) -> None:
    values = TREES.copy()
    values[0, 0] = -999
    write(tmp_path / "c.tif", values)
    assert said(tmp_path) == {"Some values of the raster are impossible": "warning"}


@pytest.mark.parametrize("factor", [100, 1000])
def test_a_wrong_unit_is_refused_and_can_be_said(tmp_path: Path, factor: int) -> None:
    write(tmp_path / "c.tif", TREES * factor)
    (one,) = findings(tmp_path)
    assert one.what.en == "The values of the raster are in a wrong unit"
    assert f"0 … {8 * factor}" in one.found_in("en")
    assert 'unit = "cm"' in one.action.en
    if factor == 100:
        assert said(tmp_path, CANOPY + 'unit = "cm"\n') == {}
        low = CANOPY + 'unit = "cm"\n[parameters.canopy_cover]\nmin_height = 7.9\n'
        assert shares(tmp_path, low).loc["u1", "value"] == pytest.approx(50)


def test_feet_the_file_speaks_of(tmp_path: Path) -> None:
    write(tmp_path / "c.tif", TREES, unit="ft")
    (one,) = findings(tmp_path)
    assert (one.what.en, one.severity) == ("The values of the raster were converted", "note")
    tall = "[parameters.canopy_cover]\nmin_height = {}\n"
    assert shares(tmp_path, CANOPY + tall.format(2.4)).loc["u1", "value"] == pytest.approx(50)
    assert shares(tmp_path, CANOPY + tall.format(2.5)).loc["u1", "value"] == 0


def test_rows_that_run_northwards(tmp_path: Path) -> None:
    values = TREES.copy()
    values[:10] = 0
    write(tmp_path / "c.tif", values[::-1], transform=Affine(10, 0, WEST, 0, 10, NORTH - 200))
    assert said(tmp_path) == {"The rows of the raster run northwards": "note"}
    assert shares(tmp_path)["value"].tolist() == pytest.approx([0, 0, 50, 50, 25])


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4548", "EPSG:32650"])
def test_another_crs_is_resampled_and_said(tmp_path: Path, crs: str) -> None:
    over = Transformer.from_crs(CRS, crs, always_xy=True)
    home = (WEST - 300, NORTH - 500, WEST + 500, NORTH + 300)
    west, south, east, north = over.transform_bounds(*home)
    x = np.linspace(west, east, 801)[:-1] + (east - west) / 1600
    y = np.linspace(north, south, 801)[:-1] + (south - north) / 1600
    here, _ = over.transform(*np.meshgrid(x, y), direction="INVERSE")
    values = np.where(here < WEST + 150, 8.0, 0.0).astype("float32")
    step = (east - west) / 800, (north - south) / 800
    write(tmp_path / "c.tif", values, crs=crs, transform=north_up(west, north, *step))
    (one,) = findings(tmp_path)
    assert one.what.en == "The raster is in another CRS than the plan"
    assert (one.found, one.expected.en) == (crs, CRS)
    assert "by 1" in one.action.en
    value = shares(tmp_path)["value"]
    assert value.tolist() == pytest.approx([100, 50, 100, 50, 75], abs=1.1)


@pytest.mark.parametrize(
    ("crs", "transform", "looks"),
    [(CRS, north_up(114.0, 36.2, 1e-4), "look like degrees"),
     ("EPSG:4326", north_up(WEST, NORTH, 10), "look like metres")],
)  # fmt: skip
def test_coordinates_the_crs_cannot_have(
    tmp_path: Path, crs: str, transform: Affine, looks: str
) -> None:
    write(tmp_path / "c.tif", TREES, crs=crs, transform=transform)
    with pytest.raises(InputError) as raised:
        plan_with(tmp_path, CANOPY)
    (one,) = raised.value.findings
    assert one.what.en == "The raster contradicts its CRS"
    assert looks in one.found_in("en")


def test_a_raster_without_any_value(tmp_path: Path) -> None:
    write(tmp_path / "c.tif", np.full((20, 20), -1, "float32"), nodata=-1)
    assert said(tmp_path) == {"The raster has no value in the plan": "warning"}


COVER = '[rasters.land_cover]\nsource = "lc.tif"\n'


def test_codes_need_a_legend_and_unknown_ones_are_named(tmp_path: Path) -> None:
    values = np.full((20, 20), 10, "uint8")
    values[:, 5:10], values[:2, 0] = 50, 99
    write(tmp_path / "lc.tif", values)
    assert said(tmp_path, COVER) == {"The raster has no legend": "warning"}
    (one,) = findings(tmp_path, COVER + 'legend = "worldcover"\n')
    assert one.what.en == "Some codes are not in the legend"
    assert one.found_in("en") == "99 (0.5 % of the cells looked at)"
    known = shares(tmp_path, COVER + 'legend = "worldcover"\n', "permeable_share")
    assert known.loc["u1", "value"] == pytest.approx(100 * 48 / 98)
    own = COVER + 'legend = { 10 = "grass", 50 = "built", 99 = "water" }\n'
    assert said(tmp_path, own) == {}
    assert shares(tmp_path, own, "permeable_share").loc["u1", "value"] == pytest.approx(50)
    green = shares(tmp_path, own, "greening_coverage").loc["u1", "value"]
    assert green == pytest.approx(48)


@pytest.mark.parametrize(
    ("text", "what"),
    [('legend = "corine"', "plan.toml: rasters.land_cover.legend is not known"),
     ('legend = { 1 = "lawn" }', "plan.toml: rasters.land_cover.legend.1 is not known"),
     ('legend = { one = "grass" }', "plan.toml: rasters.land_cover.legend.one has the wrong type"),
     ('unit = "m"', "plan.toml: rasters.land_cover.unit is not known")],
)  # fmt: skip
def test_what_plan_toml_says_of_a_raster_is_looked_at(tmp_path: Path, text: str, what: str) -> None:
    write(tmp_path / "lc.tif", np.full((20, 20), 10, "uint8"))
    with pytest.raises(InputError) as raised:
        plan_with(tmp_path, COVER + text + "\n")
    assert [f.what.en for f in raised.value.findings] == [what]


# --- people from a raster


PEOPLE = '[rasters.population]\nsource = "p.tif"\n'


def peopled(folder: Path, **columns: Any) -> Any:
    plots = frame(squares(4, 4, 50), parcel_id=[f"p{n}" for n in range(16)],
                  land_use=["0701", "0901"] * 8, **columns)  # fmt: skip
    return prepare(plan_with(folder, PEOPLE, parcels=plots))


def test_residents_of_cells_go_to_homes(tmp_path: Path) -> None:
    write(tmp_path / "p.tif", np.array([[100.0, 40.0], [0.0, 7.0]]), cell=100.0)
    plan = peopled(tmp_path)
    people = plan.layers["parcels"]["population"]
    assert people[["p0", "p4"]].tolist() == pytest.approx([50, 50])
    assert people[["p1", "p3", "p5"]].tolist() == [0, 0, 0]
    assert people.sum() == pytest.approx(147)
    assert [f.layer for f in plan.findings if f.what.en.startswith("People")] == [
        "rasters.population"
    ]


def test_a_cell_that_reaches_out_of_the_plan_leaves_people_outside(tmp_path: Path) -> None:
    values = np.full((2, 2), 400.0, "float32")
    write(tmp_path / "p.tif", values, cell=200.0, corner=(WEST - 100, NORTH + 100))
    people = peopled(tmp_path).layers["parcels"]["population"]
    assert people.sum() == pytest.approx(400)
    assert people["p0"] == pytest.approx(50)


def test_what_parcels_know_themselves_stands(tmp_path: Path) -> None:
    write(tmp_path / "p.tif", np.full((2, 2), 400.0, "float32"), cell=100.0)
    people = peopled(tmp_path, population=[5.0] * 16).layers["parcels"]["population"]
    assert people.tolist() == [5.0] * 16
