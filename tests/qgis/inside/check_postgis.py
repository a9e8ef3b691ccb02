"""Layers of a PostGIS: written aside whole, with no word of who may see them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Heard, by_command, plan_of, values
from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingUtils,
    QgsProject,
    QgsVectorLayer,
)

PORT, SECRET = os.environ["CARBONSPACE_TEST_PORT"], os.environ["CARBONSPACE_TEST_SECRET"]
SERVER = f"dbname='city' host=127.0.0.1 port={PORT} sslmode=disable"
NAMED = f"{SERVER} user='planner' password='{SECRET}'"


def layer(table: str, key: str = "", rest: str = "", who: str = NAMED) -> QgsVectorLayer:
    uri = f'{who} {rest} key=\'{key}\' table="public"."{table}" (geom)'
    made = QgsVectorLayer(uri, f"库 {table}", "postgres")
    QgsProject.instance().addMapLayer(made)
    return made


def execute(statement: str, database: str = "city") -> None:
    subprocess.run(["psql", "-q", "-h", "127.0.0.1", "-p", PORT, "-U", "postgres", "-d", database,
                    "-c", statement], check=True, capture_output=True)  # fmt: skip


def rows(gpkg: str, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(gpkg) as opened:
        return opened.execute(query).fetchall()


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Return what comes into the log of QGIS."""
    said: list[str] = []

    def hear(text: str, *_: Any) -> None:
        said.append(text)

    QgsApplication.messageLog().messageReceived.connect(hear)
    yield said
    QgsApplication.messageLog().messageReceived.disconnect(hear)


def of_project() -> QgsProcessingContext:
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    return context


def with_secret(*folders: Path) -> list[Path]:
    return [one for folder in folders for one in folder.rglob("*")
            if one.is_file() and SECRET.split()[1].encode() in one.read_bytes()]  # fmt: skip


class Looking(Heard):
    """Looks, while carbonspace runs, at what was written for it."""

    def setProgressText(self, text: str) -> None:
        super().setProgressText(text)
        self.found = getattr(self, "found", []) + with_secret(Path(QgsProcessingUtils.tempFolder()))


def test_tables_and_views_give_what_files_give(
    qgis: Any, tmp_path: Path, logged: list[str]
) -> None:
    import processing

    heard, out = Looking(), tmp_path / "out.gpkg"
    units, parcels, parks = layer("units", "fid"), layer("keyless"), layer("keyed", "fid")
    given = {"UNITS": units, "PARCELS": parcels.id(), "PARKS": parks.source(), "OUTPUT": str(out)}
    processing.run("carbonspace:park_coverage", given, feedback=heard)
    expected = by_command(plan_of(["units", "parcels", "parks"]), tmp_path, "--indicator",
                          "park_coverage")  # fmt: skip
    assert values(out, "park_coverage") == values(expected, "park_coverage")
    assert heard.found == []
    assert with_secret(tmp_path, Path(os.environ["HOME"])) == []
    made, context = qgis.registry.createAlgorithmById("carbonspace:park_coverage"), of_project()
    kept = made.asPythonCommand({**given, "UNITS": units.id()}, context)
    assert kept.count("password=…") == 3
    assert SECRET.split()[1] not in "\n".join([*heard.said, *logged, kept])


def test_who_is_kept_by_qgis_is_taken(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.files import exported

    manager, config = QgsApplication.authManager(), QgsAuthMethodConfig("Basic")
    assert manager.setMasterPassword("main", True)
    config.setName("planner")
    config.setConfigMap({"username": "planner", "password": SECRET})
    assert manager.storeAuthenticationConfig(config)
    kept = layer("parks", "fid", who=f"{SERVER} authcfg={config.id()}")
    assert SECRET.split()[1] not in kept.source()
    made = exported("parks", kept, tmp_path)
    assert rows(made.path, "SELECT count(*) FROM parks") == [(12,)]


def test_filter_selection_and_edits_of_a_table(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.files import exported

    parks = layer("parks", "fid")
    parks.setSubsetString("park_id <> 'GY-02'")
    parks.startEditing()
    (gone,) = [one.id() for one in parks.getFeatures() if one["park_id"] == "GY-01"]
    parks.deleteFeature(gone)
    made = exported("parks", parks, tmp_path)
    assert rows(made.path, "SELECT count(*) FROM parks") == [(10,)]
    parks.selectByIds([one.id() for one in parks.getFeatures()][:3])
    made_alg = qgis.registry.createAlgorithmById("carbonspace:park_coverage").create()
    chosen = QgsProcessingFeatureSourceDefinition(parks.id(), True)
    context = of_project()
    source = made_alg.parameterAsSource({"PARKS": chosen}, "PARKS", context)
    made = exported("some", parks, tmp_path, source=source)
    assert rows(made.path, "SELECT count(*) FROM some") == [(3,)]
    assert parks.isModified()


def test_kinds_of_columns_that_files_lack(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.files import exported

    made = exported("odd", layer("odd", "id"), tmp_path)
    found = rows(made.path, "SELECT list, tree, bytes, share, uuid, flag FROM odd")
    assert found == [(None, None, None, 1.5, "00000000-0000-0000-0000-000000000001", 1)]
    written = QgsVectorLayer(f"{made.path}|layername=odd", "x", "ogr")
    (one,) = written.getFeatures()
    assert one.geometry().area() == pytest.approx(3.14, abs=0.01)


def test_one_kind_of_shape_of_a_mixed_table(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.files import exported

    made = exported("mixed", layer("mixed", "id", "srid=4547 type=Polygon"), tmp_path)
    assert rows(made.path, "SELECT count(*) FROM mixed") == [(5,)]


@pytest.mark.parametrize(("table", "key"), [("keyed", ""), ("nowhere", "id"), ("mixed", "id")])
def test_what_does_not_open_is_told_without_the_secret(
    qgis: Any, tmp_path: Path, logged: list[str], table: str, key: str
) -> None:
    import processing

    lost = layer(table, key)
    assert not lost.isValid()
    for given in (lost, lost.source(), f"postgres://{lost.source()}"):
        heard = Heard()
        with pytest.raises(QgsProcessingException) as raised:
            processing.run("carbonspace:park_coverage", {
                "UNITS": layer("units", "fid"), "PARCELS": layer("keyless"), "PARKS": given,
                "OUTPUT": str(tmp_path / "out.gpkg")}, feedback=heard)  # fmt: skip
        assert "does not open" in str(raised.value) or "Could not load source" in str(raised.value)
        assert SECRET.split()[1] not in str(raised.value)
        assert SECRET.split()[1] not in "\n".join(heard.said)


def test_a_table_that_breaks_off_is_not_taken_for_whole(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.child import ChildError
    from carbonspace_qgis.files import exported

    with pytest.raises(ChildError, match=r"库 breaking.*\d+ / 6000.*is its database there"):
        exported("parcels", layer("breaking", "id"), tmp_path)
    made = exported("parcels", layer("many", "id", "estimatedmetadata=true"), tmp_path)
    assert rows(made.path, "SELECT count(*) FROM parcels") == [(6000,)]


def test_rows_that_others_deleted_are_not_missed(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.files import exported

    many = layer("many", "id")
    assert many.featureCount() == 6000
    execute("DELETE FROM many WHERE id > 5990")
    made = exported("parcels", many, tmp_path)
    assert rows(made.path, "SELECT count(*) FROM parcels") == [(5990,)]
    execute("INSERT INTO many SELECT id + 1000, geom FROM many WHERE id > 4990 AND id < 5001")


def test_a_database_that_has_gone_is_no_empty_layer(qgis: Any, tmp_path: Path) -> None:
    from carbonspace_qgis.child import ChildError
    from carbonspace_qgis.files import exported

    execute("CREATE DATABASE lost TEMPLATE gis OWNER planner", "postgres")
    execute("CREATE TABLE t AS SELECT 1 AS id, ST_MakeEnvelope(0, 0, 1, 1, 4547)::"
            "geometry(Polygon, 4547) AS geom; GRANT ALL ON t TO planner", "lost")  # fmt: skip
    there = layer("t", "id", who=NAMED.replace("'city'", "'lost'"))
    assert there.featureCount() == 1
    execute("DROP DATABASE lost WITH (FORCE)", "postgres")
    with pytest.raises(ChildError, match="is its database there") as raised:
        exported("parcels", there, tmp_path)
    assert SECRET.split()[1] not in str(raised.value)


def test_a_plan_drafted_of_tables_says_nothing_of_the_database(qgis: Any, tmp_path: Path) -> None:
    import processing

    found = processing.run("carbonspace:create_plan_file", {
        "LAYERS": [layer("units", "fid"), layer("keyless")],
        "OUTPUT": str(tmp_path / "plan.toml")}, feedback=Heard())  # fmt: skip
    text = Path(found["OUTPUT"]).read_text("utf-8")
    assert "plan_data/库_units.gpkg" in text
    assert "[layers.parcels]" in text
    assert with_secret(tmp_path) == []
