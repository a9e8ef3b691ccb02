"""A real 控规 sheet whose .prj lies."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from carbonspace import evaluate, read_plan
from carbonspace.errors import InputError
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan, Settings

CRS = "EPSG:4547"
SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "huizhou"


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return evaluate(read_plan(SAMPLE / "plan.toml"))


def test_the_area_of_the_sheet(assessment: Assessment) -> None:
    assert len(assessment.plan.layers["parcels"]) == 79
    assert len(assessment.plan.layers["units"]) == 7
    assert assessment.plan.layers["units"].area.sum() == pytest.approx(2_888_173.58, abs=0.005)
    assert assessment.ledger.set_index("quantity").loc["area", "city"] == pytest.approx(
        2_888_173.58, abs=0.005
    )


def test_its_crs_contradiction_is_reported(assessment: Assessment) -> None:
    lying = assessment.findings.query("layer == 'parcels' and severity == 'warning'").iloc[0]
    assert "CRS" in lying["what"]
    assert "EPSG:4326" in lying["found"]
    assert "EPSG:4547" in lying["expected"]


def test_without_the_override_it_is_refused(tmp_path: Path) -> None:
    text = (SAMPLE / "plan.toml").read_text("utf-8")
    for part in SAMPLE.glob("*.*"):
        (tmp_path / part.name).write_bytes(part.read_bytes())
    lines = [line for line in text.splitlines() if not line.startswith("crs = ")]
    (tmp_path / "plan.toml").write_text('crs = "EPSG:4547"\n' + "\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        evaluate(read_plan(tmp_path / "plan.toml"))
    what = {f.layer: f.what.en for f in caught.value.findings}
    assert what["parcels"] == "The CRS contradicts the coordinates"
    assert what["roads"] == "The layer has no CRS"


def test_noise_is_no_overlap(assessment: Assessment) -> None:
    assert not assessment.findings["what"].str.contains("overlap").any()


def test_park_coverage_is_the_plain_one(assessment: Assessment) -> None:
    layers = assessment.plan.layers
    homes = layers["parcels"][layers["parcels"]["land_use"].str.startswith("07")]
    reach = shapely.union_all(layers["parks"].buffer(500, quad_segs=64).to_numpy())
    served, land = homes.intersection(reach).area, homes.area
    expected = 100 * served.groupby(homes["unit_id"]).sum() / land.groupby(homes["unit_id"]).sum()
    value = assessment.measures["park_coverage"].table["value"].dropna()
    assert np.allclose(value, expected.reindex(value.index), atol=1e-6)


def test_main_roads_of_the_sheet(assessment: Assessment) -> None:
    """They cross borders, at 6.6 m within a centimetre of one, but run along none: a plain cut."""
    roads = gpd.read_file(SAMPLE / "mainroad.shp").geometry
    mine = assessment.measures["road_density"].table["numerator"]
    units = assessment.plan.layers["units"].geometry
    expected = [roads.intersection(one).length.sum() for one in units]
    assert np.abs(mine - expected).max() < 1e-3
    assert (mine > 100).sum() == 5


def test_roads_on_the_borders_are_halved(assessment: Assessment) -> None:
    """Main roads drawn along every border between two units: half to each."""
    units = assessment.plan.layers["units"]
    pairs = combinations(units.geometry.items(), 2)
    shared = [(a, b, one.intersection(other)) for (a, one), (b, other) in pairs]
    lines = [(a, b, _lines(border)) for a, b, border in shared if border.length > 1]
    assert len(lines) >= 8
    expected = pd.Series(0.0, index=units.index)
    for a, b, line in lines:
        expected[[a, b]] += line.length / 2
    roads = gpd.GeoDataFrame(
        {"road_class": "arterial"}, index=range(len(lines)), geometry=[one for *_, one in lines],
        crs=units.crs,
    )  # fmt: skip
    plan = Plan(
        assessment.plan.name, {"units": units.reset_index(), "roads": roads},
        Settings(crs="EPSG:4547"),
    )  # fmt: skip
    mine = evaluate(plan, ["road_density"]).measures["road_density"].table["numerator"]
    assert np.abs(mine - expected).max() < 0.05
    assert mine.sum() == pytest.approx(sum(one.length for *_, one in lines), abs=1e-3)


def _lines(border: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(border)
    return shapely.MultiLineString(list(parts[shapely.get_dimensions(parts) == 1]))
