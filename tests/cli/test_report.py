"""`carbonspace report`: reports made again from finished results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pytest
from tests.cli.calls import called

from carbonspace.model.report import KINDS
from carbonspace.outputs import REPORTS

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'
BUREAU = """logo = "logo.svg"
[name]
zh = "某市规划院"
en = "A planning institute"
[[title_block]]
label = { zh = "设计", en = "Designed by" }
value = "王 <b>一</b>"
[[title_block]]
label = "No."
value = "2026-07"
[colours]
not_met = "#aa0011"
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return results of the golden plan."""
    folder = tmp_path_factory.mktemp("done")
    sample = Path(__file__).parents[2] / "data" / "samples" / "golden" / "plan.toml"
    arguments = ("run", sample, "--out", folder / "out", "--indicator", "park_coverage")
    assert called(*arguments, "--indicator", "road_density") == 0
    return folder / "out"


@pytest.fixture
def bureau(tmp_path: Path) -> Path:
    folder = tmp_path / "某院"
    folder.mkdir()
    (folder / "bureau.toml").write_text(BUREAU, "utf-8")
    (folder / "logo.svg").write_text(LOGO, "utf-8")
    return folder


def content(folder: Path) -> Mapping[str, str]:
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def test_the_kinds_of_the_command_are_those_that_are_written() -> None:
    assert tuple(REPORTS) == KINDS


def test_made_again_everything_is_as_it_was(done: Path) -> None:
    before = content(done)
    assert called("report", done, "--format", "html") == 0
    assert content(done) == before


def test_what_was_lost_is_made_again_and_what_a_person_added_stays(done: Path) -> None:
    before = content(done)
    (done / "report.html").unlink()
    (done / "units" / "note.txt").write_text("mine", "utf-8")
    assert called("report", done) == 0
    (done / "units" / "note.txt").unlink()
    assert content(done) == before


def test_reports_go_to_another_folder(done: Path, bureau: Path, tmp_path: Path) -> None:
    out = tmp_path / "away"
    assert called("report", done, "--out", out, "--bureau", bureau) == 0
    signed = json.loads((out / "run.json").read_text("utf-8"))
    assert "report.html" in signed["files"]
    page = (out / "report.html").read_text("utf-8")
    assert "--not_met:#aa0011;" in page
    assert 'src="data:image/svg+xml;base64,' in page
    assert "某市规划院" in page
    assert "王 &lt;b&gt;一&lt;/b&gt;" in page
    assert not (out / "results.gpkg").exists()
    assert called("report", done, "--out", out) == 0
    assert "某市规划院" not in (out / "report.html").read_text("utf-8")


def test_a_project_is_made_beside_its_layers_alone(
    done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("report", done, "--format", "qgz") == 0
    assert "results.qgz" in json.loads((done / "run.json").read_text("utf-8"))["files"]
    assert called("report", done, "--format", "qgz", "--out", tmp_path / "away") != 0
    assert "without --out" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "away").exists()
    assert called("report", done, "--format", "all", "--out", tmp_path / "all") == 0
    assert (tmp_path / "all" / "report.html").exists()
    assert not (tmp_path / "all" / "results.qgz").exists()


def test_results_of_another_run_are_not_written_into(done: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "results.gpkg").write_bytes(b"")
    assert called("report", done, "--out", other) != 0
    assert [path.name for path in other.iterdir()] == ["results.gpkg"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_no_result_is_refused(
    tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("report", tmp_path / "nothing", "--lang", lang) == 3
    words = capsys.readouterr().err
    assert ("没有可用于生成报告的结果" if lang == "zh" else "holds no results") in words


def test_all_faults_of_a_bureau_are_told_with_their_lines(
    done: Path, bureau: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = BUREAU.replace("logo.svg", "lost.gif").replace("#aa0011", "red")
    text = text.replace('value = "2026-07"', "value = 7").replace('en = "A planning', 'fr = "A')
    (bureau / "bureau.toml").write_text(f"size = 3\n{text}", "utf-8")
    before = content(done)
    assert called("report", done, "--bureau", bureau, "--lang", "en") == 3
    told = " ".join(capsys.readouterr().err.split())
    for words in ("size is not known (line 1)", "logo cannot be used (line 2)", "name cannot",
                  "title_block[2].value has the wrong type (line 9)",
                  "colours.not_met cannot be used (line 13)", "pictures there: logo"):  # fmt: skip
        assert words in told
    assert content(done) == before


@pytest.mark.parametrize("text", ["name = ", None])
def test_a_bureau_that_cannot_be_read_is_refused(
    done: Path, bureau: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    (bureau / "bureau.toml").unlink()
    if text is not None:
        (bureau / "bureau.toml").write_text(text, "utf-8")
    assert called("report", done, "--bureau", bureau, "--lang", "en") == 3
    told = capsys.readouterr().err
    assert ("is not TOML" if text else "cannot be read") in told


def test_templates_of_a_bureau_go_before_ours(done: Path, bureau: Path, tmp_path: Path) -> None:
    (bureau / "templates").mkdir()
    own = bureau / "templates" / "unit.html"
    own.write_text('{% extends "base.html" %}{% block main %}本院版式 {{ unit_id }}{% endblock %}',
                   "utf-8")  # fmt: skip
    assert called("report", done, "--bureau", bureau, "--out", tmp_path / "away") == 0
    pages = [*(tmp_path / "away" / "units").glob("*.html")]
    assert pages
    assert all("本院版式" in page.read_text("utf-8") for page in pages)
    assert "本院版式" not in (tmp_path / "away" / "report.html").read_text("utf-8")


@pytest.mark.parametrize("template", ["{% if %}", "{{ no_such_thing }}"])
def test_a_template_that_cannot_be_used_changes_nothing(
    done: Path, bureau: Path, template: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (bureau / "templates").mkdir()
    (bureau / "templates" / "unit.html").write_text(template, "utf-8")
    before = content(done)
    assert called("report", done, "--bureau", bureau, "--lang", "en") == 3
    assert "unit.html" in capsys.readouterr().err
    assert content(done) == before


def test_a_run_writes_the_reports_that_are_asked_for(plan: Path, tmp_path: Path) -> None:
    text = plan.read_text("utf-8")
    for asked, there in (('reports = ["html"]', True), ("reports = []", False)):
        plan.write_text(f"{text}\n[output]\n{asked}\n", "utf-8")
        out = tmp_path / f"out{there}"
        assert called("run", plan, "--out", out) == 0
        assert (out / "report.html").exists() == there
        assert (out / "results.gpkg").exists()
    out = tmp_path / "asked"
    assert called("run", plan, "--out", out, "--report", "html") == 0
    assert (out / "report.html").exists()


def test_a_report_that_is_not_known_is_a_fault_of_the_plan(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = plan.read_text("utf-8")
    plan.write_text(f'{text}\n[output]\nreports = ["html", "film"]\n', "utf-8")
    assert called("run", plan, "--out", tmp_path / "out", "--lang", "en") == 3
    assert "output.reports" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_report_whose_library_is_lacking_is_refused_before_anything(
    plan: Path, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    lacking = REPORTS["html"]._replace(libraries=("no_such_library",))
    monkeypatch.setitem(REPORTS, "html", lacking)
    out = tmp_path / "out"
    assert called("run", plan, "--out", out, "--report", "html", "--lang", "en") == 4
    assert called("report", done, "--lang", "en") == 4
    told = capsys.readouterr().err
    assert told.count("need no_such_library: pip install 'carbonspace[documents]'") == 2
    assert not out.exists()


def test_the_terminal_names_the_reports_that_were_written(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, asked = tmp_path / "out", ("--indicator", "park_coverage", "--lang", "en")
    assert called("run", plan, "--out", out, *asked, "--report", "qgz") == 0
    said = capsys.readouterr().out.replace("\n", "")
    assert f"{out / 'results.qgz'}" in said
    assert "report.html" not in said
    assert called("run", plan, "--out", out, *asked, "--report", "html") == 0
    said = capsys.readouterr().out.replace("\n", "")
    assert f"{out / 'report.html'}" in said
    assert "results.qgz" not in said


def test_the_table_for_panels_is_made_of_tables_alone(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace.outputs import reading

    read, layer = list[str](), reading._layer

    def noted(file: Path, name: str) -> gpd.GeoDataFrame:
        read.append(name)
        return layer(file, name)

    monkeypatch.setattr(reading, "_layer", noted)
    assert called("report", done, "--format", "panel", "--out", tmp_path / "away") == 0
    assert read == ["units"]
    told = json.loads((tmp_path / "away" / "panel.json").read_text("utf-8"))
    assert {one["key"] for one in told["indicators"]} == {"park_coverage", "road_density"}
