"""results.gpkg opens coloured in a real QGIS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from tests.outputs.roofs import town as roofs
from tests.outputs.town import INDICATORS, PARK, X, Y

from carbonspace.model.text import Text
from carbonspace.outputs import write_results
from carbonspace.outputs.gathering import shared
from carbonspace.outputs.gpkgfile import write_layer, write_styles
from carbonspace.outputs.look import ROOFS, STEPS, VERDICTS
from carbonspace.outputs.styles import evidence_styles

pytestmark = pytest.mark.qgis

PYTHON = Path("/usr/bin/python3")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}


@pytest.fixture(scope="module", autouse=True)
def _needs_qgis() -> None:
    if shutil.which("qgis") is None:
        pytest.fail('no QGIS: apt-get install qgis, or pytest -m "not qgis"')


def _drawn(results: Path, folder: Path, layer: str, style: str = "") -> dict[str, Any]:
    script = Path(__file__).with_name("render.py")
    arguments = [str(results / "results.gpkg"), layer, style, str(folder / f"{layer}.png")]
    home = {"HOME": os.environ.get("HOME", str(folder)), "QGIS_CUSTOM_CONFIG_PATH": str(folder)}
    done = subprocess.run(
        [str(PYTHON), str(script), *arguments],
        env=ENVIRONMENT | home, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def test_units_open_coloured_by_missed_targets(results: Path, tmp_path: Path) -> None:
    units = _drawn(results, tmp_path, "units")
    assert units["renderer"] == "RuleRenderer"
    assert units["labels"][:2] == ["城东单元\n✗ 1", "城西单元\n✗ 3"]
    assert units["crs"] == "EPSG:4547"
    assert units["features"] == 6
    assert len(units["styles"]) == 1 + len(INDICATORS)
    one, two = STEPS["m1"], STEPS["m2"]
    assert 3 < units["colours"][two] / units["colours"][one] < 5  # four units against one
    assert units["colours"][one] > 10_000


def test_the_style_of_an_indicator_shows_its_verdicts(results: Path, tmp_path: Path) -> None:
    style = f"{PARK.title.zh} | {PARK.title.en} ({PARK.key})"
    units = _drawn(results, tmp_path, "units", style)
    assert units["renderer"] == "categorizedSymbol"
    assert units["labels"][1:] == [
        "城西单元\n✗ 75.0", "老城单元\n✗ 64.5", "高铁新城\n✓ 100.0", "滨河单元\n✓ 81.5",
        "产业园\n·",
    ]  # fmt: skip
    assert units["legend"][0] == "✗ 未达标 Not met"
    met, missed = (units["colours"][VERDICTS[s].pale] for s in ("met", "not_met"))
    assert met / missed == pytest.approx(3 / 2, rel=0.1)


def test_no_dash_like_a_minus_stands_before_a_figure(results: Path, tmp_path: Path) -> None:
    style = next(f"{one.title.zh} | {one.title.en} ({one.key})" for one in INDICATORS.values()
                 if one.key == "main_use_floor_share")  # fmt: skip
    assert _drawn(results, tmp_path, "units", style)["labels"][:2] == [
        "城东单元\n60.0",
        "城西单元\n90.0",
    ]


@pytest.mark.parametrize(("layer", "renderer", "colour"), [
    ("evidence_road_density", "RuleRenderer", VERDICTS["met"].colour),
    ("evidence_park_coverage", "singleSymbol", "#c1272d"),
    ("evidence_charging_car_park_share", "singleSymbol", "#c1272d"),
    ("parcels", "categorizedSymbol", VERDICTS["met"].pale),
])  # fmt: skip
def test_other_layers_have_a_plain_style(
    results: Path, tmp_path: Path, layer: str, renderer: str, colour: str
) -> None:
    found = _drawn(results, tmp_path, layer)
    assert found["renderer"] == renderer
    assert found["colours"].get(colour, 0) > 100


def test_a_shared_layer_has_a_style_per_indicator_it_explains(tmp_path: Path) -> None:
    wider = replace(PARK, key="park_coverage_10min", title=Text("较大范围", "Wider"))
    shapes = [shapely.box(X, Y, X + 40, Y + 40), shapely.box(X + 60, Y, X + 100, Y + 40)]
    whole = gpd.GeoDataFrame({"unit_id": ["U", "U"], "parcel_id": ["a", "b"]}, geometry=shapes,
                             crs="EPSG:4547")  # fmt: skip
    (one,) = shared({wider.key: whole, PARK.key: whole.iloc[:1]},
                    {wider.key: wider, PARK.key: PARK})  # fmt: skip
    file = tmp_path / "results.gpkg"
    write_layer(one.layer, file, one.name)
    write_styles(evidence_styles(one.name, [wider, PARK], one.layer), file)
    red = "#c1272d"
    both = _drawn(tmp_path, tmp_path, one.name)["colours"][red]
    all_of_it = _drawn(tmp_path, tmp_path, one.name, "较大范围 | Wider (park_coverage_10min)")
    part = _drawn(tmp_path, tmp_path, one.name, f"{PARK.title.zh} | {PARK.title.en} ({PARK.key})")
    assert len(part["styles"]) == 3
    assert all_of_it["colours"][red] == both
    assert part["colours"][red] == pytest.approx(both / 2, rel=0.05)


def test_roofs_open_coloured_by_class(tmp_path: Path) -> None:
    folder = write_results(roofs(definition="sunlit"), tmp_path / "out")
    found = _drawn(folder, tmp_path, "evidence_solar_roof_area")
    assert found["legend"] == [
        f"{one.symbol} {one.title.zh} {one.title.en}" for one in ROOFS.values()
    ]
    for key in ("usable", "shaded", "setback"):
        assert found["colours"].get(ROOFS[key].colour, 0) > 1000


def test_gdal_finds_no_fault_with_the_file(results: Path) -> None:
    checked = subprocess.run(
        [str(PYTHON), "-m", "osgeo_utils.samples.validate_gpkg", "-k", "--extra",
         "--warning-as-error", str(results / "results.gpkg")],
        env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
