"""What else of QGIS works with it: the dialog, batches, models, a background task, Python."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from conftest import (
    Heard,
    by_command,
    copied,
    golden,
    memory,
    plan_of,
    started_by_us,
    values,
)
from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterVectorLayer,
    QgsProcessingUtils,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QTextEdit

LAYERS = ("units", "parcels", "parks")
ASKED = ("--indicator", "park_coverage", "--indicator", "road_density")
SOME = "park_id <> 'GY-02'"


def project(**names: str) -> dict[str, str]:
    """Load layers of the golden plan under other names; return their ids."""
    ids = {}
    for key, name in names.items():
        layer = QgsVectorLayer(golden(key), name, "ogr")
        QgsProject.instance().addMapLayer(layer)
        ids[key] = layer.id()
    return ids


def shown(qgis: Any, key: str) -> dict[str, Any]:
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    made = qgis.registry.createAlgorithmById(f"carbonspace:{key}").create()
    dialog = AlgorithmDialog(made)
    found = {name: one.parameterValue() for name, one in dialog.mainWidget().wrappers.items()}
    dialog.close()
    return found


def test_the_dialog_takes_layers_by_their_names(qgis: Any) -> None:
    ids = project(buildings="A first one", car_parks="停车场 car_parks", parks="XX市公园绿地2025",
                  units="Planning_Units", parcels="地块-现状", past_parcels="基期地块")  # fmt: skip
    found = shown(qgis, "park_coverage")
    assert [found[one.upper()] for one in LAYERS] == [ids[one] for one in LAYERS]
    QgsProject.instance().removeMapLayer(ids["parks"])
    assert shown(qgis, "park_coverage")["PARKS"] == "(choose)"  # car parks are no parks
    found = shown(qgis, "station_coverage")
    assert (found["TRANSIT_STOPS"], found["BUILDINGS"]) == ("(choose)", None)


def test_the_dialog_takes_a_name_only_with_its_kind(qgis: Any, tmp_path: Path) -> None:
    QgsProject.instance().addMapLayer(memory("Point", "field=x:string"))
    QgsProject.instance().mapLayersByName("层")[0].setName("parks")
    raster = tmp_path / "x.asc"
    raster.write_text("ncols 1\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\n5\n")
    canopy, other = (QgsRasterLayer(str(raster), name) for name in ("树冠高度 1m", "a parks image"))
    QgsProject.instance().addMapLayers([other, canopy])
    assert shown(qgis, "park_coverage")["PARKS"] == "(choose)"
    assert shown(qgis, "canopy_cover")["RASTER_CANOPY"] == canopy.id()


def test_what_was_not_chosen_is_named(qgis: Any) -> None:
    project(units="units", parcels="parcels")
    made = qgis.registry.createAlgorithmById("carbonspace:park_coverage")
    given = {**shown(qgis, "park_coverage"), "OUTPUT": "TEMPORARY_OUTPUT"}
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    allowed, why = made.checkParameterValues(given, context)
    assert not allowed
    assert "PARKS" in why


def test_other_threads_do_not_look_at_the_project(qgis: Any) -> None:
    from carbonspace_qgis.parameters import alike

    project(parks="parks")
    found: list[dict[str, str]] = []
    other = threading.Thread(target=lambda: found.append(alike(qgis.provider.catalogue)))
    other.start()
    other.join()
    assert found == [{}]
    assert {*alike(qgis.provider.catalogue)} == {"PARKS"}


Values = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def expected(qgis: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Values]:
    """Return what the command line makes of the golden plan, by radius: 300 with fewer parks."""
    found: dict[int, Values] = {}
    for radius, where in ((300, {"parks": SOME}), (500, {})):
        rest = f"[parameters.park_coverage]\nradius = {radius}\n"
        plan = plan_of([*LAYERS, "roads"], where, rest)
        gpkg = by_command(plan, tmp_path_factory.mktemp("cli"), *ASKED)
        found[radius] = {key: values(gpkg, key) for key in ASKED[1::2]}
    assert found[300]["park_coverage"] != found[500]["park_coverage"]
    return found


def test_a_batch_of_the_dialog(
    qgis: Any, tmp_path: Path, expected: dict[int, Values], monkeypatch: pytest.MonkeyPatch
) -> None:
    from processing.gui import BatchAlgorithmDialog

    # Its bar of progress is a task that nothing ends without a window, and QGIS waits for it.
    monkeypatch.setattr(BatchAlgorithmDialog, "QgsScopedProxyProgressTask", MagicMock())
    project(**{one: one for one in LAYERS})
    some = QgsVectorLayer(golden("parks"), "some of the parks", "ogr")
    some.setSubsetString(SOME)
    QgsProject.instance().addMapLayer(some)
    made = qgis.registry.createAlgorithmById("carbonspace:park_coverage")
    dialog = BatchAlgorithmDialog.BatchAlgorithmDialog(made)
    panel, context = dialog.mainWidget(), QgsProcessingContext()
    context.setProject(QgsProject.instance())
    panel.checkLoadLayersOnCompletion.setChecked(True)
    column, outputs = panel.parameter_to_column, ["300.gpkg", "refused.shp", "500.gpkg"]
    for row, name in enumerate(outputs):
        if row:
            panel.addRow()
        output = panel.tblParameters.cellWidget(row + 1, column["OUTPUT"])
        output.setValue(str(tmp_path / name))
    panel.wrappers[0][column["radius"]].setParameterValue(300, context)
    panel.wrappers[0][column["PARKS"]].setParameterValue(some.id(), context)
    dialog.runAlgorithm()
    said = "\n".join(one.toPlainText() for one in dialog.findChildren(QTextEdit))
    dialog.close()
    assert "refused.shp: results are one GeoPackage" in said
    assert "1 executions failed" in said
    assert sorted(one.name for one in tmp_path.iterdir()) == ["300.gpkg", "500.gpkg"]
    for radius in (300, 500):
        found = values(tmp_path / f"{radius}.gpkg", "park_coverage")
        assert found == expected[radius]["park_coverage"]
    (group,) = QgsProject.instance().layerTreeRoot().findGroups()
    assert len(group.findLayers()) == 4  # of two rows, units and evidence


def step(key: str, child: str, **sources: Any) -> QgsProcessingModelChildAlgorithm:
    made = QgsProcessingModelChildAlgorithm(key)
    made.setChildId(child)
    for name, source in sources.items():
        made.addParameterSources(name, [source])
    return made


def test_a_saved_model_chains_indicators(
    qgis: Any, tmp_path: Path, expected: dict[int, Values]
) -> None:
    import processing

    model, names = QgsProcessingModelAlgorithm("steps", "ours"), [*LAYERS, "roads"]
    of = QgsProcessingModelChildParameterSource
    for name in names:
        model.addModelParameter(QgsProcessingParameterVectorLayer(name, name),
                                QgsProcessingModelParameter(name))  # fmt: skip
    steps = [
        step("native:extractbyexpression", "some", INPUT=of.fromModelParameter("parks"),
             EXPRESSION=of.fromStaticValue(SOME)),
        step("carbonspace:park_coverage", "coverage", PARKS=of.fromChildOutput("some", "OUTPUT"),
             UNITS=of.fromModelParameter("units"), PARCELS=of.fromModelParameter("parcels"),
             radius=of.fromStaticValue(300)),
        step("carbonspace:road_density", "density", ROADS=of.fromModelParameter("roads"),
             UNITS=of.fromChildOutput("coverage", "OUTPUT")),
    ]  # fmt: skip
    for one in steps:
        given = QgsProcessingModelOutput(one.childId(), one.childId())
        given.setChildId(one.childId())
        given.setChildOutputName("OUTPUT")
        one.setModelOutputs({one.childId(): given} if one.childId() != "some" else {})
        model.addChildAlgorithm(one)
    model.updateDestinationParameters()
    file = tmp_path / "三 步.model3"
    assert model.toFile(str(file))
    again = QgsProcessingModelAlgorithm()
    assert again.fromFile(str(file))
    inputs = {one: copied(one, tmp_path / f"{one}.gpkg").id() for one in names}
    made = {one: tmp_path / f"{one}.gpkg" for one in ("coverage", "density")}
    outputs = {f"{one}:{one}": str(file) for one, file in made.items()}
    processing.run(again, {**inputs, **outputs}, feedback=Heard())
    assert values(made["coverage"], "park_coverage") == expected[300]["park_coverage"]
    assert values(made["density"], "road_density") == expected[300]["road_density"]


def in_background(qgis: Any, given: dict[str, Any], when: Callable[[Heard], bool],
                  then: Callable[[Any], Any]) -> tuple[bool, dict[str, Any], Heard]:  # fmt: skip
    """Run it as the dialog does, in a task; do something once a moment has come."""
    ended: list[tuple[bool, dict[str, Any]]] = []
    heard, context = Heard(), QgsProcessingContext()
    context.setProject(QgsProject.instance())
    made = qgis.registry.createAlgorithmById("carbonspace:park_coverage").create()
    task = QgsProcessingAlgRunnerTask(made, given, context, heard)
    task.executed.connect(lambda fine, results: ended.append((fine, results)))
    QgsApplication.taskManager().addTask(task)
    limit, done = time.monotonic() + 120, False
    while not ended and time.monotonic() < limit:
        QgsApplication.processEvents()
        if not done and when(heard):
            done = True
            then(task)
        time.sleep(0.02)
    assert done
    return (*ended[0], heard)


def is_reading(heard: Heard) -> bool:
    return any("Reading the data" in one for one in heard.said)


def test_the_project_closed_while_running(
    qgis: Any, tmp_path: Path, expected: dict[int, Values]
) -> None:
    ids = project(**{one: one for one in LAYERS})
    parks = QgsProject.instance().mapLayer(ids["parks"])
    parks.startEditing()
    out = QgsProcessingOutputLayerDefinition(str(tmp_path / "out.gpkg"), QgsProject.instance())
    given = {**{one.upper(): ids[one] for one in LAYERS}, "OUTPUT": out}
    fine, results, _ = in_background(qgis, given, is_reading,
                                     lambda _: QgsProject.instance().clear())  # fmt: skip
    assert fine
    assert values(tmp_path / "out.gpkg", "park_coverage") == expected[500]["park_coverage"]
    assert results["OUTPUT"] == f"{tmp_path / 'out.gpkg'}|layername=units"


def test_a_task_that_is_cancelled(qgis: Any, tmp_path: Path) -> None:
    room = Path(QgsProcessingUtils.tempFolder())
    before = {*room.iterdir()}
    given = {one.upper(): golden(one) for one in LAYERS}
    given["OUTPUT"] = str(tmp_path / "out.gpkg")
    fine, _, heard = in_background(qgis, given, is_reading, lambda task: task.cancel())
    assert not fine
    assert any("cancelled; no file is left" in one for one in heard.said)
    assert started_by_us() == []
    assert not [*tmp_path.iterdir()]
    assert {*room.iterdir()} == before
