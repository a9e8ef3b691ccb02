"""The plugin in a real QGIS: its checks run in QGIS's own Python (tests/qgis/inside)."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import uuid
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from tests.qgis.database import fill
from tests.qgis.desktop import ROOT, plain_environment
from tests.qgis.test_geopackage_in_qgis import ENVIRONMENT, PYTHON

from carbonspace.catalogue import indicators

pytestmark = pytest.mark.qgis

INSIDE = Path(__file__).with_name("inside")
CHECKS = sorted(path.name for path in INSIDE.glob("check_*.py"))


@pytest.fixture(scope="module", autouse=True)
def _needs_qgis() -> None:
    if shutil.which("qgis_process.bin") is None:
        pytest.fail('no QGIS: apt-get install qgis, or pytest -m "not qgis"')


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of QGIS, with an interpreter that has this carbonspace."""
    folder = tmp_path_factory.mktemp("qgis 配置")
    return {**ENVIRONMENT, **plain_environment(folder)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return where the wheel of this project is, which finds what it needs where these tests do."""
    folder = tmp_path_factory.mktemp("轮 子")
    script = "import sys, hatchling.build as b; print(b.build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, str(folder)], cwd=ROOT, check=True)
    (made,) = folder.glob("*.whl")
    with zipfile.ZipFile(made, "a") as opened:
        opened.writestr("elsewhere.pth", sysconfig.get_path("purelib"))
    base = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    return {"CARBONSPACE_WHEEL": str(made), "CARBONSPACE_BASE_PYTHON": str(base)}


@pytest.fixture(scope="module")
def database(server: str) -> dict[str, str]:
    """Return where a PostGIS with the golden plan is, and who may see it."""
    fill(server, "city", secret := f"geheim {uuid.uuid4().hex}")
    return {"CARBONSPACE_TEST_PORT": server.rpartition(":")[2], "CARBONSPACE_TEST_SECRET": secret}


NEEDS = {"check_interpreter.py": "wheel", "check_postgis.py": "database"}
MARKS = {"check_postgis.py": [pytest.mark.postgis]}


@pytest.mark.parametrize("checks", [pytest.param(one, marks=MARKS.get(one, [])) for one in CHECKS])
def test_inside_qgis(
    checks: str, environment: dict[str, str], request: pytest.FixtureRequest
) -> None:
    more = request.getfixturevalue(NEEDS[checks]) if checks in NEEDS else {}
    done = subprocess.run(
        [str(PYTHON), "-m", "pytest", "-p", "no:cacheprovider", "-q", "--rootdir", str(INSIDE),
         "--confcutdir", str(INSIDE), "-c", os.devnull, "-o", f"python_files={checks}",
         str(INSIDE / checks)],
        env={**environment, **more}, capture_output=True, text=True, timeout=1500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


@pytest.fixture
def unpacked(tmp_path: Path) -> dict[str, str]:
    """Return where QGIS finds the plugin as its zip has it."""
    made, folder = tmp_path / "x.zip", tmp_path / "插 件"
    source = ROOT / "qgis_plugin" / "carbonspace_qgis"
    builder = [sys.executable, str(ROOT / "scripts" / "plugin.py"), str(source), str(made)]
    subprocess.run(builder, check=True)
    with zipfile.ZipFile(made) as opened:
        opened.extractall(folder)
    return {"QGIS_PLUGINPATH": str(folder)}


def test_qgis_process_lists_and_runs_it(
    environment: dict[str, str], unpacked: dict[str, str], tmp_path: Path
) -> None:
    def process(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["/usr/bin/qgis_process.bin", *arguments], env=environment | unpacked,
                              capture_output=True, text=True, timeout=600, check=False)  # fmt: skip

    process("plugins", "enable", "carbonspace_qgis")
    told = json.loads(process("--json", "list").stdout)
    ours = told["providers"]["carbonspace"]["algorithms"]
    commands = {"evaluate_plan", "check_data", "compare_plans", "create_plan_file"}
    assert {*ours} == {f"carbonspace:{key}" for key in {*indicators(), *commands}}
    plan = tmp_path / "plan.gpkg"
    shutil.copy(ROOT / "data" / "samples" / "golden" / "plan.gpkg", plan)
    layers = [f"{name.upper()}={plan}|layername={name}" for name in ("units", "parcels", "parks")]
    out = tmp_path / "结果 1.gpkg"
    done = process("--json", "run", "carbonspace:park_coverage", "--", *layers, "PROFILES=pku",
                   "PROFILES=gb50180", f"OUTPUT={out}")  # fmt: skip
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(out)) as opened:
        assert {*opened.execute("SELECT profile FROM profiles")} == {("pku",), ("gb50180",)}
    assert json.loads(done.stdout)["results"]["OUTPUT"] == f"{out}|layername=units"
    failed = process("run", "carbonspace:park_coverage", "--", *layers, "min_area=400",
                     f"OUTPUT={tmp_path / 'no.gpkg'}", "FIELDS=parks,name,nowhere")  # fmt: skip
    assert failed.returncode == 1
    assert "nowhere" in failed.stderr + failed.stdout
    assert not (tmp_path / "no.gpkg").exists()
