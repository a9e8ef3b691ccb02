"""What goes wrong is told with its remedy; QGIS lives on, no process and no file is left."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import GOLDEN, SAMPLES, Heard, copied, room_of, started_by_us
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsProcessingException,
    QgsProcessingUtils,
    QgsProject,
    QgsSettings,
    QgsVectorLayer,
)

REAL = os.environ["CARBONSPACE_PYTHON"]


def park_coverage(out: Path, feedback: Heard | None = None, **given: Any) -> Any:
    import processing

    layers = {one.upper(): f"{GOLDEN}|layername={one}" for one in ("units", "parcels", "parks")}
    return processing.run("carbonspace:park_coverage", {**layers, "OUTPUT": str(out), **given},
                          feedback=feedback or Heard())  # fmt: skip


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "结果" / "out.gpkg"


@pytest.fixture(autouse=True)
def _nothing_is_left(qgis: Any, tmp_path: Path, out: Path) -> Any:
    QgsSettings().remove("carbonspace/python")
    room = Path(QgsProcessingUtils.tempFolder())
    before = {*room.iterdir()}
    yield
    assert started_by_us() == []
    assert {*room.iterdir()} == before
    assert not out.exists()
    assert not out.parent.exists() or [*out.parent.iterdir()] == []


def test_no_interpreter(
    out: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qgis: Any, chinese: None
) -> None:
    monkeypatch.delenv("CARBONSPACE_PYTHON")
    monkeypatch.setenv("HOME", str(tmp_path))
    QgsSettings().remove("carbonspace/known")
    with pytest.raises(QgsProcessingException, match="没有找到装有 carbonspace 的 Python"):
        park_coverage(out)
    made = qgis.registry.createAlgorithmById("carbonspace:park_coverage")
    allowed, why = made.canExecute()
    assert not allowed
    assert "设置" in why


def test_an_interpreter_that_is_gone(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBONSPACE_PYTHON", "/nowhere/python")
    with pytest.raises(QgsProcessingException, match="cannot run carbonspace.*Choose"):
        park_coverage(out)


def test_a_python_without_carbonspace(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBONSPACE_PYTHON", "/usr/bin/python3")
    with pytest.raises(QgsProcessingException, match="No module named 'carbonspace'"):
        park_coverage(out)


def test_a_version_that_is_too_old(out: Path, fake: Callable[..., Path]) -> None:
    fake("exit 1", "0.0.9")
    with pytest.raises(QgsProcessingException, match="is 0.0.9; this plugin needs 0.1 or"):
        park_coverage(out)


def test_a_catalogue_of_another_format(fake: Callable[..., Path]) -> None:
    from carbonspace_qgis import interpreter
    from carbonspace_qgis.child import ChildError

    fake("""echo '{"format": 2}'""", "9.0.0")
    known = interpreter.current()
    with pytest.raises(ChildError, match=r"speaks catalogue format 2; this plugin knows 1"):
        interpreter.fetched(known)
    fake("""echo '{"format": 0}'""", "9.0.0")
    with pytest.raises(ChildError, match=r"the old catalogue format 0; this plugin needs 1. Run:"):
        interpreter.fetched(known)
    for told in ("[{", "[]", "{}", '{"format": "x"}', '{"format": 1}', '{"format": [1]}', "7"):
        fake(f"echo '{told}'", "9.0.0")
        with pytest.raises(ChildError, match=r"catalogue of carbonspace cannot be read"):
            interpreter.fetched(known)
    assert interpreter.kept(known) is None


def test_garbage_on_the_progress_stream(tmp_path: Path, fake: Callable[..., Path]) -> None:
    fake(f"""printf '{{"done": "x"}}\\n{{"done": NaN, "title": 1}}\\n[1]\\n' >&2
printf '\\xff\\xfe\\x00\\n{{{{{{\\n' >&2
head -c 300000 /dev/zero | tr '\\0' '{{' >&2; echo >&2
printf '{{"done": 1e999, "title": {{"zh": "乱", "en": "odd"}}}}\\n' >&2
exec "{REAL}" "$@" """)
    heard, made = Heard(), tmp_path / "fine.gpkg"
    assert park_coverage(made, heard)["CITY"]
    assert made.exists()
    assert all(0 <= step <= 100 for step in heard.steps)


@pytest.mark.parametrize("death", ["kill -9 $$", "kill -11 $$"])
def test_a_crash(out: Path, fake: Callable[..., Path], death: str) -> None:
    fake(f"sleep 300 & echo 'half a word' >&2; {death}")
    with pytest.raises(QgsProcessingException, match=r"want of memory|crashed \(-11\)") as raised:
        park_coverage(out)
    assert "half a word" in str(raised.value)


def test_cancelling(out: Path) -> None:
    heard = Heard(cancel_at="Homes within reach")
    began = time.monotonic()
    with pytest.raises(QgsProcessingException, match="cancelled; no file is left"):
        park_coverage(out, heard)
    assert time.monotonic() - began < 120
    assert heard.said


def test_cancelling_what_does_not_listen(out: Path, fake: Callable[..., Path]) -> None:
    fake("""trap '' INT TERM; (trap '' INT TERM; sleep 300) &
printf '{"done": 5, "title": {"zh": "聋", "en": "deaf"}}\\n' >&2; sleep 300; sleep 300""")
    with pytest.raises(QgsProcessingException, match="cancelled"):
        park_coverage(out, Heard(cancel_at="deaf"))


def test_cancelling_a_plan_leaves_earlier_results(tmp_path: Path) -> None:
    import processing

    given = {"PLAN": str(SAMPLES / "huizhou" / "plan.toml"), "FOLDER": str(tmp_path / "r")}
    processing.run("carbonspace:evaluate_plan", {**given, "INDICATORS": "road_density"},
                   feedback=Heard())  # fmt: skip
    before = (tmp_path / "r" / "run.json").read_bytes()
    with pytest.raises(QgsProcessingException, match="cancelled"):
        processing.run("carbonspace:evaluate_plan", given, feedback=Heard(cancel_at="Preparing"))
    assert [one.name for one in tmp_path.iterdir()] == ["r"]
    assert (tmp_path / "r" / "run.json").read_bytes() == before


def test_a_killed_run_is_swept(tmp_path: Path, fake: Callable[..., Path]) -> None:
    import processing

    begun = tmp_path / f".r.{2**22 + 1}-0123abcd"
    fake(
        f"""if [ "$2" = carbonspace.folder ]; then exec "{REAL}" "$@"; fi
mkdir "{begun}.new" "{begun}.old"; touch "{begun}.old/earlier"; kill -9 $$""",
        "0.9.0",
    )
    with pytest.raises(QgsProcessingException, match="want of memory"):
        processing.run("carbonspace:evaluate_plan", {
            "PLAN": str(SAMPLES / "huizhou" / "plan.toml"), "FOLDER": str(tmp_path / "r")},
            feedback=Heard())  # fmt: skip
    assert (tmp_path / "r" / "earlier").exists()
    assert {*tmp_path.iterdir()} == {tmp_path / "r", tmp_path / "假 python"}


def test_carbonspaces_own_message_is_passed_on(out: Path, chinese: None) -> None:
    with pytest.raises(QgsProcessingException, match="半径|radius") as raised:
        park_coverage(out, radius=500, homes="zzz")
    assert "homes" in str(raised.value)


def test_a_table_that_lacks_a_cell(out: Path) -> None:
    import processing

    layers = {one.upper(): f"{GOLDEN}|layername={one}" for one in ("units", "parcels", "parks")}
    with pytest.raises(QgsProcessingException, match="by_size.tiers") as raised:
        processing.run("carbonspace:park_coverage_by_size", {
            **layers, "tiers": ["5000", "500", "1000"], "OUTPUT": str(out)})  # fmt: skip
    assert "cannot be used" in " ".join(str(raised.value).split())


def test_a_layer_without_a_crs(out: Path) -> None:
    layer = QgsVectorLayer("MultiPolygon?field=park_id:string", "无坐标 parks", "memory")
    layer.setCrs(QgsCoordinateReferenceSystem())
    QgsProject.instance().addMapLayer(layer)
    with pytest.raises(QgsProcessingException, match="无坐标 parks.*has no CRS. Set it under"):
        park_coverage(out, PARKS=layer)


def test_a_field_that_vanished(out: Path) -> None:
    with pytest.raises(QgsProcessingException, match="has no field GONE"):
        park_coverage(out, FIELDS=["parcels", "land_use", "GONE"])


def test_a_layer_that_lacks_what_is_required(out: Path, tmp_path: Path) -> None:
    layer = QgsVectorLayer("Polygon?crs=EPSG:4547&field=x:double", "plots", "memory")
    source = QgsVectorLayer(f"{GOLDEN}|layername=parcels", "parcels", "ogr")
    for one in source.getFeatures():
        copy = QgsFeature(layer.fields())
        copy.setGeometry(one.geometry())
        layer.dataProvider().addFeature(copy)
    QgsProject.instance().addMapLayer(layer)
    files = {one.upper(): copied(one, tmp_path / f"{one}.gpkg") for one in ("units", "parks")}
    with pytest.raises(QgsProcessingException, match="land_use"):
        park_coverage(out, PARCELS=layer, **files)


def test_an_output_that_is_open(tmp_path: Path) -> None:
    target = tmp_path / "open.gpkg"
    with sqlite3.connect(target) as opened:
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("CREATE TABLE t (x)")
        opened.commit()
        before = target.read_bytes()
        with pytest.raises(QgsProcessingException, match="is open and cannot be replaced"):
            park_coverage(target)
    opened.close()
    assert target.read_bytes()[:16] == before[:16]


def test_degrees_are_measured_in_a_projected_crs(tmp_path: Path) -> None:
    import processing

    made = {}
    for one in ("units", "parcels", "parks"):
        found = processing.run("native:reprojectlayer", {
            "INPUT": f"{GOLDEN}|layername={one}", "TARGET_CRS": "EPSG:4490",
            "OUTPUT": str(tmp_path / f"{one}.gpkg")})  # fmt: skip
        made[one.upper()] = found["OUTPUT"]
    straight = park_coverage(tmp_path / "a.gpkg")["CITY"]
    assert park_coverage(tmp_path / "b.gpkg", **made)["CITY"] == pytest.approx(straight, rel=1e-4)


@pytest.mark.parametrize("name", [
    "out.shp", "memory:", "ogr:dbname='o.gpkg' table=\"y\" (geom)", "out", "postgres:dbname='x'",
])  # fmt: skip
def test_an_output_that_is_no_geopackage(out: Path, name: str) -> None:
    with pytest.raises(QgsProcessingException, match="results are one GeoPackage.*ends in .gpkg"):
        park_coverage(Path(name))


def test_an_output_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(QgsProcessingException, match="Cannot be written: .*file. If it is open"):
        park_coverage(tmp_path / "file" / "out.gpkg")
    assert (tmp_path / "file").is_file()


def test_an_output_where_nobody_may_write(tmp_path: Path) -> None:
    from carbonspace_qgis.child import ChildError
    from carbonspace_qgis.files import put

    with pytest.raises(ChildError, match="Cannot be written: .*/proc.*choose a folder"):
        put(GOLDEN, Path("/proc/结果/out.gpkg"))


def test_a_disk_that_is_full(out: Path) -> None:
    with room_of(100_000), pytest.raises(QgsProcessingException) as raised:
        park_coverage(out)
    assert re.search("disk|File too large", str(raised.value))


def test_a_disk_that_is_full_at_the_end(tmp_path: Path) -> None:
    from carbonspace_qgis.child import ChildError
    from carbonspace_qgis.files import put

    target = tmp_path / "earlier.gpkg"
    target.write_bytes(b"earlier")
    with room_of(100_000), pytest.raises(ChildError, match="File too large.*that has room"):
        put(GOLDEN, target)
    assert [one.name for one in tmp_path.iterdir()] == ["earlier.gpkg"]
    assert target.read_bytes() == b"earlier"


def test_no_room_for_what_is_written_aside(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(QgsProcessingException, match="No space left on device.*that has room"):
        park_coverage(out)
