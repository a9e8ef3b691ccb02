"""results.qgz opens in a real QGIS: layers, groups, themes, and the colours that are drawn."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.outputs.town import IDS, NAMES, assessment
from tests.qgis.test_geopackage_in_qgis import ENVIRONMENT, PYTHON

from carbonspace import evaluate, read_plan
from carbonspace.outputs import write_results
from carbonspace.outputs.apart import RED
from carbonspace.outputs.look import STEPS, VERDICTS
from carbonspace.sources.samples import sample_plan

pytestmark = pytest.mark.qgis

_PARK = "2 公园绿地500米服务半径覆盖率 | Homes within reach of a park"
_HOSTILE = "</script>\x0b\U0001f600\u202e\"'&<../" + "长" * 300


@pytest.fixture(scope="module", autouse=True)
def _needs_qgis() -> None:
    if shutil.which("qgis") is None:
        pytest.fail('no QGIS: apt-get install qgis, or pytest -m "not qgis"')


def _told(results: Path, pictures: Path, *themes: str) -> dict[str, Any]:
    script = Path(__file__).with_name("project.py")
    home = {"HOME": str(pictures), "QGIS_CUSTOM_CONFIG_PATH": str(pictures)}
    done = subprocess.run(
        [str(PYTHON), str(script), str(results / "results.qgz"), str(pictures), *themes],
        env=ENVIRONMENT | home, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("project")
    made = write_results(assessment(), folder / "made", reports=["qgz"])
    moved = made.rename(folder / "moved elsewhere")  # its paths are from where it lies
    return _told(moved, folder, "", _PARK)


def test_it_opens_whole(told: dict[str, Any]) -> None:
    assert told["title"] == "某市中心城区详细规划 | Detailed plan of a town centre"
    assert told["invalid"] == []
    assert told["crs"] == "EPSG:4547"
    assert told["layer_crs"] == ["EPSG:4547"]
    assert all("/moved elsewhere/results.gpkg|" in one for one in told["sources"].values())
    assert told["names"]["carbonspace_units"] == "规划单元 | Planning units"
    west, south, east, north = told["extent"]
    assert (west, south) == (499_850.0, 3_799_850.0)  # the town, 3 km wide, and a twentieth more
    assert (east, north) == (503_150.0, 3_802_150.0)


def test_evidence_is_grouped_by_theme_and_hidden(told: dict[str, Any]) -> None:
    groups = dict(told["tree"])
    assert [*groups] == ["依据 | Evidence", "道路与站点 | Roads and stops", "结论 | Verdicts",
                         "底图 | Ground", "表 | Tables"]  # fmt: skip
    assert dict(groups["依据 | Evidence"])["公园绿地 | Parks"] == [
        "carbonspace_evidence_park_coverage"
    ]
    assert "carbonspace_units" in told["visible"]
    assert not [one for one in told["visible"] if "evidence" in one]


def test_it_opens_with_missed_targets_in_the_colours_of_the_pages(told: dict[str, Any]) -> None:
    drawn = told["drawn"][""]
    assert drawn["style"] == "未达标指标数 | Missed targets"
    one, four, three = (drawn["colours"][STEPS[key]] for key in ("m1", "m2", "m3"))
    assert four / one == pytest.approx(4, rel=0.1)  # units that miss two targets, and one
    assert three / one == pytest.approx(1, rel=0.1)


def test_a_theme_draws_its_indicator_and_what_explains_it(told: dict[str, Any]) -> None:
    assert _PARK in told["themes"]
    assert len(told["themes"]) == 5
    drawn = told["drawn"][_PARK]
    assert drawn["layers"][0] == "carbonspace_evidence_park_coverage"
    assert drawn["style"].endswith("(park_coverage)")
    assert drawn["colours"][RED] > 1000
    alone = told["units"]["colours"]  # three units meet the target, two fail it
    met, missed = (alone[VERDICTS[s].pale] for s in ("met", "not_met"))
    assert met / missed == pytest.approx(3 / 2, rel=0.1)


def test_names_of_columns_survive_a_change_of_theme(told: dict[str, Any]) -> None:
    for drawn in told["drawn"].values():
        assert "道路网密度（km/km²） | Road density" in drawn["aliases"]
        assert drawn["widgets"].count("ValueMap") == 7


def test_a_unit_leads_to_its_verdicts(told: dict[str, Any]) -> None:
    assert told["related"] == [7] * 6  # six indicators, one of them held against two clauses


def test_hostile_names_open(tmp_path: Path) -> None:
    town = assessment((_HOSTILE, *IDS[1:]), (_HOSTILE, *NAMES[1:]), title=_HOSTILE)
    told = _told(write_results(town, tmp_path / "out", reports=["qgz"]), tmp_path, "")
    assert told["invalid"] == []
    assert told["title"].startswith("</script>\ufffd\U0001f600")
    assert told["drawn"][""]["colours"][STEPS["m2"]] > 10_000


@pytest.mark.sample
def test_districts_and_service_areas_open_in_their_groups(tmp_path: Path) -> None:
    plan = read_plan(sample_plan("golden"))
    units = plan.layers["units"]
    halves = ["东区" if n % 2 else "</西区>" for n in range(len(units))]
    layers = {**plan.layers, "units": units.assign(district=halves)}
    found = evaluate(replace(plan, layers=layers), ["park_walk_coverage", "road_density"])
    made = found.write(tmp_path / "out", maps=True, reports=["qgz"])
    told = _told(made, tmp_path, "")
    assert told["invalid"] == []
    groups = dict(told["tree"])
    assert groups["服务区 | Service areas"] == [
        "carbonspace_reachable_streets_parks", "carbonspace_service_areas_parks"]  # fmt: skip
    assert "carbonspace_districts" in groups["结论 | Verdicts"]
    assert not [one for one in told["visible"] if "service_areas" in one or "reachable" in one]
    assert told["names"]["carbonspace_service_areas_parks"].startswith("公园")
    assert "districts" in told["sources"]["carbonspace_districts"]
