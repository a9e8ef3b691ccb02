"""The panel: maps by guesses, runs, shows; faults are told, and nothing is left behind."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import GOLDEN, started_by_us
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsProcessingUtils,
    QgsProject,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QMainWindow

LAYERS = ("units", "parcels", "parks", "roads")
PLAN = GOLDEN.with_name("四层 four layers.gpkg")
"""Four layers of the golden plan: what guesses are made of is read each time."""
REAL = os.environ["CARBONSPACE_PYTHON"]
_ROWS = "SELECT level, unit_id, indicator, value, profile, target, status, margin FROM indicators"


def columns(panel: Any) -> list[str]:
    return [one["key"] for one in panel.verdicts.columns]


class Window:
    """As much of QGIS's interface as the panel uses."""

    def __init__(self) -> None:
        self.window = QMainWindow()
        self.canvas = QgsMapCanvas(self.window)
        self.window.setCentralWidget(self.canvas)
        self.messages: list[str] = []

    def mainWindow(self) -> QMainWindow:
        return self.window

    def mapCanvas(self) -> QgsMapCanvas:
        return self.canvas

    def messageBar(self) -> Any:
        return SimpleNamespace(
            pushMessage=lambda *words: self.messages.append("\n".join(words[1:3]))
        )

    def removeDockWidget(self, dock: Any) -> None:
        self.window.removeDockWidget(dock)


def until(done: Callable[[], Any], seconds: float = 240.0) -> Any:
    limit = time.monotonic() + seconds
    while not (found := done()) and time.monotonic() < limit:
        QgsApplication.processEvents()
        time.sleep(0.01)
    assert found
    return found


@pytest.fixture(scope="module", autouse=True)
def _four_layers() -> None:
    gdal.UseExceptions()
    gdal.VectorTranslate(str(PLAN), str(GOLDEN), layers=[*LAYERS])


@pytest.fixture
def window() -> Window:
    return Window()


@pytest.fixture
def panel(qgis: Any, window: Window) -> Iterator[Any]:
    """Yield a panel; at the end nothing is left of it."""
    from carbonspace_qgis import interpreter
    from carbonspace_qgis.panel import Panel

    room = Path(QgsProcessingUtils.tempFolder())
    before = {*room.iterdir()}
    known = interpreter.current()
    made = Panel(window, interpreter.kept(known) or interpreter.fetched(known))
    window.window.addDockWidget(Qt.RightDockWidgetArea, made)
    yield made
    made.unload()
    until(lambda: started_by_us() == [])
    assert {*room.iterdir()} == before


def load(*names: str) -> None:
    for name in names:
        layer = QgsVectorLayer(f"{PLAN}|layername={name}", name, "ogr")
        assert QgsProject.instance().addMapLayer(layer)


@pytest.fixture
def mapped(panel: Any) -> Any:
    """Return the panel with layers mapped, and two indicators and a profile ticked."""
    load(*LAYERS)
    panel.match()
    until(lambda: panel.task is None)
    for key in ("park_coverage", "park_coverage_10min"):
        panel.tree.rows[f"indicators/parks/{key}"].setCheckState(0, Qt.Checked)
    panel.tree.rows["profiles/pku"].setCheckState(0, Qt.Checked)
    return panel


def table(gpkg: Path) -> set[Any]:
    with closing(sqlite3.connect(f"{gpkg.as_uri()}?mode=ro", uri=True)) as opened:
        return {*opened.execute(_ROWS)}


def run(panel: Any, out: Path) -> None:
    panel.outFolder.setFilePath(str(out))
    panel.run()
    until(lambda: panel.task is None)


def test_layers_and_fields_are_guessed(mapped: Any) -> None:
    rows = mapped.tree.rows
    assert [path for path, row in rows.items() if row.is_layer and row.facts] == [
        "layers/units", "layers/parcels", "layers/roads", "layers/parks"]  # fmt: skip
    assert rows["layers/parcels/land_use"].text(1) == "land_use"
    assert rows["layers/parcels/land_use"].text(2) == "certain"
    assert "park_coverage" in mapped.tree.ticked("indicators")


def test_results_are_those_of_the_command_line(mapped: Any, window: Window, tmp_path: Path) -> None:
    out = tmp_path / "结果 1"
    run(mapped, out)
    assert window.messages == []
    layers = "".join(f'[layers.{one}]\nsource = "{PLAN}"\nlayer = "{one}"\n'
                     for one in LAYERS)  # fmt: skip
    plan = tmp_path / "plan.toml"
    plan.write_text(f'format = 1\nname = "x"\ncrs = "EPSG:4547"\n{layers}', "utf-8")
    indicators = [part for one in mapped.tree.ticked("indicators") for part in ("--indicator", one)]
    subprocess.run([REAL, "-m", "carbonspace.cli", "run", plan, "--profile", "pku", *indicators,
                    "--out", tmp_path / "expected"], check=True, capture_output=True)  # fmt: skip
    assert table(out / "results.gpkg") == table(tmp_path / "expected" / "results.gpkg")


def test_a_red_cell_leads_to_its_place_evidence_and_clause(
    mapped: Any, window: Window, tmp_path: Path
) -> None:
    run(mapped, tmp_path / "out")
    shown = mapped.verdicts
    column = columns(mapped).index("park_coverage")
    rows = [row for row, place in enumerate(shown.places) if place["level"] == "unit"]
    cell = next(one for one in (shown.index(row, column) for row in rows) if "✗" in shown.data(one))
    mapped.verdictView.clicked.emit(cell)
    units = QgsProject.instance().mapLayersByName("Planning units")[0]
    (unit,) = units.getFeatures(f"unit_id = '{shown.places[cell.row()]['id']}'")
    assert window.canvas.extent().contains(unit.geometry().boundingBox())
    assert window.canvas.extent().height() < 2 * unit.geometry().boundingBox().height()
    root = QgsProject.instance().layerTreeRoot()
    seen = [one.name() for one in root.checkedLayers() if one.name().startswith("Evidence")]
    assert seen == ["Evidence: Homes within reach of a park"]
    assert "公园绿地 500 米服务半径覆盖率达到 100%" in mapped.clauseView.toPlainText()
    assert "not met" in mapped.clauseView.toPlainText().lower()
    assert units.renderer().type() == "categorizedSymbol"


def test_cancelling_leaves_no_process_and_no_file(
    mapped: Any, window: Window, tmp_path: Path
) -> None:
    mapped.outFolder.setFilePath(str(tmp_path / "out"))
    mapped.run()
    until(lambda: mapped.progressBar.value() > 0)
    mapped.cancel()
    until(lambda: mapped.task is None)
    assert started_by_us() == []
    assert [*tmp_path.iterdir()] == []
    assert window.messages == ["cancelled; no file is left\n"]
    assert mapped.runButton.isEnabled()


def settled(panel: Any) -> None:
    """Wait until a click on Run has come to an end."""
    panel.run()
    until(lambda: panel.task is None)


def test_what_was_chosen_is_kept_in_the_project(
    mapped: Any, window: Window, tmp_path: Path
) -> None:
    run(mapped, tmp_path / "out")
    mapped.tree.choose("layers/parcels/land_use", "parcel_id")
    before = {path: dict(row.facts) for path, row in mapped.tree.rows.items() if row.facts}
    told = mapped.verdicts.told
    assert QgsProject.instance().write(str(tmp_path / "项目.qgz"))
    QgsProject.instance().clear()
    assert mapped.tree.state() == {}
    assert mapped.verdicts.rowCount() == 0
    assert mapped.outFolder.filePath() == ""
    assert QgsProject.instance().read(str(tmp_path / "项目.qgz"))
    assert mapped.tree.state() == before
    assert mapped.tree.rows["layers/parcels/land_use"].text(2) == "chosen"
    assert mapped.tree.rows["layers/parcels"].layer().name() == "parcels"
    assert mapped.outFolder.filePath() == str(tmp_path / "out")
    assert mapped.verdicts.told == told


def test_earlier_results_are_opened(
    panel: Any, mapped: Any, window: Window, tmp_path: Path
) -> None:
    run(mapped, tmp_path / "out")
    QgsProject.instance().clear()
    panel.resultFolder.setFilePath(str(tmp_path / "out"))
    assert panel.verdicts.rowCount() == 13
    assert panel.reportButton.isEnabled()
    (group,) = QgsProject.instance().layerTreeRoot().findGroups()
    assert group.name() == "carbonspace: out"
    assert [node.layer().name() for node in group.findLayers() if node.isVisible()] == [
        "Planning units"]  # fmt: skip
    panel.resultFolder.setFilePath(str(tmp_path))
    assert "has no results that can be read" in window.messages[-1]
    assert panel.verdicts.rowCount() == 0


def test_the_page_of_the_results_is_opened(
    mapped: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qgis.PyQt.QtGui import QDesktopServices

    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    assert not mapped.reportButton.isEnabled()
    run(mapped, tmp_path / "out")
    mapped.reportButton.click()
    assert opened == [str(tmp_path / "out" / "report.html")]


def test_the_list_colours_units_by_an_indicator(mapped: Any, tmp_path: Path) -> None:
    run(mapped, tmp_path / "out")
    assert mapped.styleBox.itemText(0) == "Missed targets"
    keys = [mapped.styleBox.itemData(number) for number in range(1, mapped.styleBox.count())]
    assert keys == [one["key"] for one in mapped.verdicts.told["indicators"] if one["judged"]]
    (units,) = QgsProject.instance().mapLayersByName("Planning units")
    mapped.styleBox.activated.emit(1)
    assert units.renderer().type() == "categorizedSymbol"
    mapped.styleBox.activated.emit(0)
    assert units.renderer().type() == "RuleRenderer"


def test_the_table_filters_and_sorts(mapped: Any, tmp_path: Path) -> None:
    run(mapped, tmp_path / "out")
    shown = mapped.verdicts
    judged, places = shown.columnCount(), shown.rowCount()
    counts = [place["missed"] for place in shown.places[1:]]
    assert counts == sorted(counts, reverse=True)
    assert shown.places[0]["level"] == "city"
    mapped.shownBox.activated.emit(1)
    assert shown.rowCount() < places
    assert all(place["missed"] for place in shown.places)
    mapped.shownBox.activated.emit(2)
    assert shown.columnCount() > judged
    mapped.shownBox.activated.emit(0)
    assert (shown.rowCount(), shown.columnCount()) == (places, judged)
    mapped.verdictView.sortByColumn(0, Qt.AscendingOrder)
    orders = [shown.at(shown.index(row, 0))[2]["order"] for row in range(places)]
    assert orders == sorted(orders)
    signs = [shown.data(shown.index(row, 0))[-1] for row in range(places)]
    assert signs == sorted(signs, key="✗○✓?–·".index)
    mapped.verdictView.sortByColumn(0, Qt.DescendingOrder)
    assert [shown.data(shown.index(row, 0))[-1] for row in range(places)] == signs[::-1]


def test_figures_and_words_are_those_of_carbonspace(mapped: Any, tmp_path: Path) -> None:
    run(mapped, tmp_path / "out")
    told = json.loads((tmp_path / "out" / "panel.json").read_text("utf-8"))
    shown = mapped.verdicts
    shown.filter(2)
    for column, one in enumerate(told["indicators"]):
        assert shown.headerData(column, Qt.Horizontal) == one["title"]["en"]
        for row, place in enumerate(told["places"]):
            assert shown.headerData(row, Qt.Vertical) == place["label"]["en"]
            cell, verdict = place["cells"][column], shown.index(row, column)
            assert shown.data(verdict) == cell["text"]
            look = told["verdicts"][cell["verdict"]]
            assert shown.data(verdict, Qt.BackgroundRole).name() == look["colour"]
            assert look["title"]["en"] in shown.data(verdict, Qt.ToolTipRole)
            pieces = told["pieces"]["en"]
            assert shown.words(verdict) == "".join(pieces[n] for n in cell["why"])


def test_without_a_profile_every_indicator_is_shown(panel: Any, tmp_path: Path) -> None:
    load(*LAYERS)
    panel.match()
    until(lambda: panel.task is None)
    for path in ("parks/park_coverage", "roads/road_density"):
        panel.tree.rows[f"indicators/{path}"].setCheckState(0, Qt.Checked)
    run(panel, tmp_path / "out")
    assert {*columns(panel)} == {"park_coverage", "road_density"}
    assert panel.styleBox.count() == 1
    panel.go(panel.verdicts.index(1, columns(panel).index("park_coverage")))
    seen = QgsProject.instance().layerTreeRoot().checkedLayers()
    assert "Evidence: Homes within reach of a park" in [one.name() for one in seen]


def test_results_that_cannot_be_read(mapped: Any, window: Window, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(mapped, out)
    told = (out / "panel.json").read_text("utf-8")
    broken = [("panel.json", text) for text in ("", "{}", '{"format": 2}', "[1]", '{"format": 1}')]
    for name, text in [*broken, ("results.gpkg", "no database"), ("results.gpkg", None)]:
        mapped.resultFolder.setFilePath("")
        (out / "panel.json").write_text(told, "utf-8")
        (out / name).unlink()
        if text is not None:
            (out / name).write_text(text, "utf-8")
        window.messages.clear()
        mapped.resultFolder.setFilePath(str(out))
        (said,) = window.messages
        assert "has no results that can be read" in said
        assert "--format panel" in said
        assert mapped.verdicts.rowCount() == mapped.styleBox.count() == 0
        assert not mapped.reportButton.isEnabled()


def test_a_figure_is_the_indicators_own_and_the_clause_tells_the_one_it_is_held_against(
    panel: Any, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.toml"
    layers = "".join(f'[layers.{one}]\nsource = "{GOLDEN}"\nlayer = "{one}"\n'
                     for one in ("units", "roads", "boundaries"))  # fmt: skip
    base = '[parameters.road_density]\nbase = "unit"\n'
    plan.write_text(f'format = 1\nname = "x"\ncrs = "EPSG:4547"\n{layers}{base}', "utf-8")
    panel.planFile.setFilePath(str(plan))
    panel.tree.rows["indicators/roads/road_density"].setCheckState(0, Qt.Checked)
    panel.tree.rows["profiles/bayannur"].setCheckState(0, Qt.Checked)
    run(panel, tmp_path / "out")
    row = [place["id"] for place in panel.verdicts.places].index("SD-03")
    cell = panel.verdicts.index(row, 0)
    assert panel.verdicts.data(cell) == "8.50 ✗"
    panel.go(cell)
    words = panel.clauseView.toPlainText()
    assert "8.00" in words
    assert "As the clause defines it" in words
    assert "built_up" in words
    assert "as the plan does: 8.50 km/km²" in words
    assert "−2.00 km/km²" in words


def fields_of(panel: Any, folder: Path) -> dict[str, str]:
    """Return the fields of the one layer that is ticked, by column."""
    (layer,) = panel.tree.chosen(folder).values()
    return {one["column"]: one["field"] for one in layer["columns"]}


def test_an_unsure_guess_is_shown_and_not_taken(panel: Any, tmp_path: Path) -> None:
    load("parcels")
    panel.match()
    until(lambda: panel.task is None)
    told = panel.tree.guesses
    (one,) = [one for one in told["layers"] if one["layer"] == "parcels"]
    columns = {one["column"]: one for one in one["columns"]}
    columns["population"].update(certainty="unsure", taken=False)
    panel.tree.guessed(told, panel.tree.sources)
    row = panel.tree.rows["layers/parcels/population"]
    assert (row.text(1), row.text(2), row.checkState(0)) == ("population", "unsure", Qt.Unchecked)
    plain = fields_of(panel, tmp_path)
    assert "population" not in plain
    row.setCheckState(0, Qt.Checked)
    taken = fields_of(panel, tmp_path)
    assert taken["population"] == "population"
    panel.tree.choose("layers/parcels/population", "jobs")
    chosen = fields_of(panel, tmp_path)
    assert chosen["population"] == "jobs"
    panel.tree.choose("layers/parcels/population", None)
    none = fields_of(panel, tmp_path)
    assert "population" not in none


def test_a_layer_is_chosen_by_hand(panel: Any, tmp_path: Path) -> None:
    load("units", "parcels")
    layers = {one.name(): one for one in QgsProject.instance().mapLayers().values()}
    offered = [name for name, _ in panel.tree.rows["layers/units"].choices()]
    assert sorted(offered) == ["parcels", "units"]
    assert panel.tree.rows["layers/roads"].choices() == []
    panel.tree.choose("layers/units", layers["units"])
    fields = [name for name, _ in panel.tree.rows["layers/units/name"].choices()]
    assert "unit_id" in fields
    (stated,) = panel.tree.chosen(tmp_path).values()
    assert (stated["source"], stated["layer"]) == (str(PLAN), "units")
    assert fields_of(panel, tmp_path)["unit_id"] == "unit_id"
    panel.match()
    until(lambda: panel.task is None)
    assert panel.tree.rows["layers/units"].text(2) == "chosen"
    panel.tree.choose("layers/units", None)
    assert "units" not in panel.tree.ticked("layers")


def test_profiles_and_indicators_are_searched(panel: Any) -> None:
    panel.searchLine.setText("park_cov")
    seen = [path for path, row in panel.tree.rows.items() if not row.isHidden()]
    assert "indicators/parks/park_coverage" in seen
    assert "indicators/parks" in seen
    assert "profiles/pku" not in seen
    panel.searchLine.setText("")
    assert not any(row.isHidden() for row in panel.tree.rows.values())


def test_a_plan_file_is_run_in_place_of_layers(panel: Any, window: Window, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(f'format = 1\nname = "x"\ncrs = "EPSG:4547"\n[layers.units]\n'
                    f'source = "{PLAN}"\nlayer = "units"\n[layers.roads]\n'
                    f'source = "{PLAN}"\nlayer = "roads"\n', "utf-8")  # fmt: skip
    panel.planFile.setFilePath(str(plan))
    assert panel.tree.rows["layers"].isDisabled()
    panel.tree.rows["indicators/roads/road_density"].setCheckState(0, Qt.Checked)
    run(panel, tmp_path / "out")
    assert window.messages == []
    assert columns(panel) == ["road_density"]


def test_no_interpreter(mapped: Any, window: Window, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("CARBONSPACE_PYTHON", "/nowhere/python")
    run(mapped, tmp_path / "out")
    assert "Choose the python" in window.messages[-1]
    assert mapped.runButton.isEnabled()
    assert mapped.statusLabel.text() in window.messages[-1]


def test_what_is_lacking_is_told(panel: Any, window: Window, tmp_path: Path) -> None:
    settled(panel)
    assert "Choose a folder for the results" in window.messages[-1]
    panel.outFolder.setFilePath(str(tmp_path / "out"))
    settled(panel)
    assert "Press Match layers" in window.messages[-1]


def test_a_layer_without_a_crs(panel: Any, window: Window, tmp_path: Path) -> None:
    bare = QgsVectorLayer("Polygon?field=unit_id:string", "bare", "memory")
    bare.setCrs(QgsCoordinateReferenceSystem())
    QgsProject.instance().addMapLayer(bare)
    panel.match()
    until(lambda: panel.task is None)
    assert any("“bare” has no CRS" in one for one in window.messages)
    panel.tree.choose("layers/units", bare)
    run(panel, tmp_path / "out")
    assert "“bare” has no CRS. Set it" in window.messages[-1]
    assert [*tmp_path.iterdir()] == []


def test_a_field_and_a_layer_that_vanished(mapped: Any, window: Window, tmp_path: Path) -> None:
    row = mapped.tree.rows["layers/parcels/land_use"]
    row.put({**row.facts, "field": "vanished"})
    run(mapped, tmp_path / "out")
    assert "the layer has no field vanished" in window.messages[-1]
    QgsProject.instance().removeMapLayers([mapped.tree.rows["layers/parcels"].layer().id()])
    settled(mapped)
    assert "“parcels”, mapped to “Parcels”, is no longer in the project" in window.messages[-1]


@pytest.mark.parametrize(("death", "told"), [
    ("kill -9 $$", "want of memory"), ("kill -11 $$", r"crashed (-11)"),
    ("echo 'carbonspace: 数据坏了 · bad data' >&2; exit 3", "bad data"),
])  # fmt: skip
def test_a_failure_leaves_earlier_results(
    mapped: Any, window: Window, tmp_path: Path, fake: Any, monkeypatch: Any, death: str, told: str
) -> None:
    run(mapped, tmp_path / "out")
    before = table(tmp_path / "out" / "results.gpkg")
    fake(f"sleep 300 & {death}")
    settled(mapped)
    assert told in window.messages[-1]
    assert [one.name for one in tmp_path.iterdir() if one.suffix != ".gpkg"]
    assert table(tmp_path / "out" / "results.gpkg") == before
    assert mapped.verdicts.rowCount() == 13  # they are shown again
    assert mapped.runButton.isEnabled()
    monkeypatch.setenv("CARBONSPACE_PYTHON", REAL)
    settled(mapped)
    assert len(window.messages) == 1


def test_garbage_on_the_progress_stream(
    mapped: Any, window: Window, tmp_path: Path, fake: Any
) -> None:
    fake(f"""printf '{{"done": "x"}}\\n{{"done": NaN, "title": 1}}\\n[1]\\n\\xff\\xfe\\x00\\n' >&2
head -c 300000 /dev/zero | tr '\\0' '{{' >&2; echo >&2
printf '{{"done": 1e999, "title": {{"zh": "乱", "en": "odd"}}}}\\n' >&2
exec "{REAL}" "$@" """)
    run(mapped, tmp_path / "out")
    assert window.messages == []
    assert mapped.verdicts.rowCount() == 13


def test_results_that_are_open_elsewhere(mapped: Any, window: Window, tmp_path: Path) -> None:
    run(mapped, tmp_path / "out")
    gpkg = tmp_path / "out" / "results.gpkg"
    with closing(sqlite3.connect(gpkg)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE held (x)")
        other.commit()
        settled(mapped)
        assert "is open and cannot be replaced" in window.messages[-1]
        other.execute("DROP TABLE held")
    assert mapped.runButton.isEnabled()


def test_another_run_replaces_results_that_are_shown(
    mapped: Any, window: Window, tmp_path: Path
) -> None:
    run(mapped, tmp_path / "out")
    mapped.styleBox.activated.emit(1)
    first = (tmp_path / "out" / "run.json").stat().st_mtime_ns
    mapped.tree.rows["indicators/parks"].setCheckState(0, Qt.Unchecked)
    mapped.tree.rows["indicators/roads/road_density"].setCheckState(0, Qt.Checked)
    settled(mapped)
    assert window.messages == []
    assert columns(mapped) == ["road_density"]
    assert (tmp_path / "out" / "run.json").stat().st_mtime_ns != first
    assert len(QgsProject.instance().mapLayersByName("Planning units")) == 1


def test_a_project_that_is_closed_in_the_middle(
    mapped: Any, window: Window, tmp_path: Path
) -> None:
    mapped.outFolder.setFilePath(str(tmp_path / "out"))
    mapped.run()
    until(lambda: mapped.progressBar.value() > 0)
    QgsProject.instance().clear()
    assert mapped.task is None
    assert mapped.runButton.isEnabled()
    until(lambda: started_by_us() == [] and not QgsApplication.taskManager().countActiveTasks())
    assert [*tmp_path.iterdir()] == []
    assert QgsProject.instance().mapLayers() == {}
    assert window.messages == []


def test_a_plugin_that_is_unloaded_in_the_middle(
    qgis: Any, mapped: Any, window: Window, tmp_path: Path
) -> None:
    from carbonspace_qgis.panel import Panel

    other = Panel(window, mapped.catalogue)  # it has what the project says
    other.outFolder.setFilePath(str(tmp_path / "out"))
    other.run()
    until(lambda: other.progressBar.value() > 0)
    other.unload()
    until(lambda: started_by_us() == [] and not QgsApplication.taskManager().countActiveTasks())
    assert [*tmp_path.iterdir()] == []
    assert window.messages == []


def test_a_panel_that_was_there_first_offers_what_is_found(
    mapped: Any, window: Window, tmp_path: Path
) -> None:
    from carbonspace_qgis.panel import Panel

    run(mapped, tmp_path / "out")
    early = Panel(window, None)
    assert "has not been found yet" in early.statusLabel.text()
    assert early.verdicts.rowCount() == 13  # results tell all of themselves
    early.match()
    until(lambda: early.task is None)
    early.catalogue = mapped.catalogue
    early.recall()
    assert early.statusLabel.text() == ""
    assert early.tree.ticked("profiles") == ["pku"]
    assert early.verdicts.rowCount() == 13
    early.unload()


def test_what_is_being_edited_counts(mapped: Any, window: Window, tmp_path: Path) -> None:
    (units,) = QgsProject.instance().mapLayersByName("units")
    units.startEditing()
    first = next(units.getFeatures())
    assert units.deleteFeature(first.id())
    run(mapped, tmp_path / "out")
    units.rollBack()
    assert window.messages == []
    assert mapped.verdicts.rowCount() == 12
    assert first["unit_id"] not in [place["id"] for place in mapped.verdicts.places]


def test_it_speaks_chinese(chinese: None, panel: Any, window: Window, tmp_path: Path) -> None:
    assert panel.windowTitle() == "规划面板"
    assert panel.runButton.text() == "运行"
    assert panel.tabs.tabText(1) == "结果"
    load("units", "parcels", "parks")
    panel.match()
    until(lambda: panel.task is None)
    assert panel.tree.rows["layers/units"].text(0) == "规划单元"
    for path in ("indicators/parks/park_coverage", "profiles/pku"):
        panel.tree.rows[path].setCheckState(0, Qt.Checked)
    run(panel, tmp_path / "out")
    panel.go(panel.verdicts.index(1, 0))
    words = panel.clauseView.toPlainText()
    assert "未达标" in words
    assert "条文" in words
    assert "达到 100%" in words
    settled(panel)
    panel.outFolder.setFilePath("")
    settled(panel)
    assert window.messages[-1].startswith("请先选择结果文件夹")
