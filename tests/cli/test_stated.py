"""A plan.json is run as the plan.toml that is made of it, and that can be run again."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from tests.cli.calls import X, Y, called

from carbonspace.stated import plan_toml

CRS = "EPSG:4547"
Stated = dict[str, Any]


def _square(n: int) -> shapely.Polygon:
    return shapely.box(X + 1000 * n, Y, X + 1000 * (n + 1), Y + 1000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the layers of a plan, whose fields have names of their own."""
    layers = {"units": {"DYBH": ["U1", "U2"]}, "parks": {"park_id": ["P1", "P2"]},
              "parcels": {"DKBH": ["A", "B"], "YDYHFLDM": ["0701", "1401"]}}  # fmt: skip
    for name, columns in layers.items():
        frame = gpd.GeoDataFrame(columns, geometry=[_square(0), _square(1)], crs=CRS)
        frame.to_file(tmp_path / "数 据.gpkg", layer=name)
    return tmp_path


def state(folder: Path, **more: Any) -> Path:
    layers = {key: {"source": "数 据.gpkg", "layer": key, "guess": key != "parks", "where": None}
              for key in ("units", "parcels", "parks")}  # fmt: skip
    told = {"format": 1, "name": "试验", "crs": CRS, "indicators": ["park_coverage"],
            "layers": layers, **more}  # fmt: skip
    file = folder / "我的.json"
    file.write_text(json.dumps(told), "utf-8")
    return file


def values(out: Path) -> list[tuple[Any, ...]]:
    frame = gpd.read_file(out / "results.gpkg", layer="indicators")
    columns = ["level", "unit_id", "indicator", "value", "status"]
    return [*frame[columns].fillna(-1.0).itertuples(index=False)]


def test_it_is_run_and_its_plan_toml_can_be_run_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = state(folder, parameters={"park_coverage": {"radius": "300", "homes": "07, 0702"}},
                 profiles=["pku"], on="2025-12-31")  # fmt: skip
    assert called("--lang", "zh", "run", plan, "--out", folder / "a") == 0
    assert "字段：parcels.land_use ← YDYHFLDM（确定" in capsys.readouterr().err
    text = (folder / "我的.toml").read_text("utf-8")
    assert "# 字段：parcels.land_use ← YDYHFLDM" in text
    made = tomllib.loads(text)
    assert made["parameters"]["park_coverage"] == {"radius": 300.0, "homes": ["07", "0702"]}
    assert made["on"].isoformat() == "2025-12-31"
    assert called("run", folder / "我的.toml", "--out", folder / "b") == 0
    assert values(folder / "a") == values(folder / "b")
    before = (folder / "a" / "run.json").stat().st_mtime_ns
    capsys.readouterr()
    assert called("run", plan, "--out", folder / "a", "--json") == 0  # nothing is computed again
    heard = capsys.readouterr()
    told = json.loads(heard.out)
    assert told["unchanged"] is True
    assert told["path"] == str(folder / "我的.toml")
    assert (folder / "a" / "run.json").stat().st_mtime_ns == before


def test_other_commands_take_it_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = state(folder)
    assert called("check", plan, "--quiet") == 0
    assert capsys.readouterr().err == ""
    other = folder / "other.json"
    other.write_text(plan.read_text("utf-8").replace("试验", "另案"), "utf-8")
    assert called("compare", plan, other, "--indicator", "park_coverage") == 0
    assert (folder / "other.toml").exists()
    assert called("areas", plan, "--goal", "parks", "-o", folder / "areas.gpkg") == 3  # no streets
    assert "roads" in capsys.readouterr().err


def refused(plan: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert called("--lang", "en", "run", plan, "--out", plan.parent / "out") == 3
    assert not (plan.parent / "out").exists()
    return " ".join(capsys.readouterr().err.split())


def test_faults_are_those_of_plan_toml(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = state(folder, parameters={"park_coverage": {"radius": "much", "zzz": 1}}, colour="red")
    said = refused(plan, capsys)
    assert "parameters.park_coverage.radius (Homes within reach of a park: Service radius) cannot" \
        in said  # fmt: skip
    assert "'much'" in said
    assert "parameters.park_coverage.zzz is not known" in said
    assert "colour is not known" in said


@pytest.mark.parametrize(("text", "said"), [
    ("{", "The file is not valid JSON"), ("[" * 100_000, "The file is not valid JSON"),
    ("[1]", "plan.json is no object"), ("{}", "layers is missing"),
    ('{"format": 1, "name": "x", "layers": {"parcels": 7}}', "layers.parcels has the wrong type"),
    ('{"parameters": {"far": 7, "all": {"radius": "x"}, "no": {}}}', "parameters.far has"),
    ('{"on": 7, "exemption": [7, {"until": "x"}]}', "on has the wrong type"),
    ('{"layers": {"parks": {"source": "x.gpkg", "columns": [7]}}}', "layers.parks.columns is not"),
])  # fmt: skip
def test_what_is_no_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(text, "utf-8")
    assert said in refused(plan, capsys)


def test_the_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "plan-json.md"
    (example,) = re.findall(r"^```json\n(.*?)^```", page.read_text("utf-8"), re.S | re.M)
    plan = tmp_path / "plan.json"
    plan.write_text(example.replace('"guess", "indicators"', '"EPSG:4547", "indicators"'), "utf-8")
    made = tomllib.loads(plan_toml(plan, "en").read_text("utf-8"))
    assert made["layers"]["parks"] == {"source": "parks.shp", "fields": {"park_id": "BH"}}
    assert made["parameters"]["park_coverage"] == {"radius": 300.0, "homes": ["07", "0702"]}


def test_a_plan_toml_of_somebody_is_left(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, own = state(folder), folder / "我的.toml"
    own.write_text("# mine\n", "utf-8")
    assert "A file is there that was not made of it" in refused(plan, capsys)
    assert own.read_text("utf-8") == "# mine\n"


@pytest.mark.parametrize("layer", ["parks", "nowhere"])
def test_a_password_is_not_written_down_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], layer: str
) -> None:
    plan = tmp_path / "plan.json"
    source = ["x.gpkg", "postgresql://me:geheim@127.0.0.1:9/city"]
    plan.write_text(json.dumps({"layers": {layer: {"source": source, "guess": True}}}), "utf-8")
    assert "geheim" not in refused(plan, capsys)
    assert [one.name for one in tmp_path.iterdir()] == ["plan.json"]


def test_a_file_that_is_gone_and_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "The file does not exist" in refused(folder / "gone.json", capsys)
    (folder / "a.json").mkdir()
    assert "a.json" in refused(folder / "a.json", capsys)
    assert not (folder / "a.toml").exists()
