from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pandas as pd
import pytest

from carbonspace.digest import digest_of
from carbonspace.errors import SourceError
from carbonspace.model.assessment import Assessment
from carbonspace.outputs import write_results
from carbonspace.outputs import writing as module


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file()}  # fmt: skip


def test_run_lists_every_file(results: Path) -> None:
    run = json.loads((results / "run.json").read_text(encoding="utf-8"))
    assert run["carbonspace"] == "0.1.0"
    assert sorted(run["files"]) == sorted(_contents(results))
    assert "units/ZKB-01.html" in run["files"]


def test_csv_opens_in_excel_and_keeps_values(results: Path, town: Assessment) -> None:
    path = results / "indicators.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(path)
    pd.testing.assert_series_equal(table["value"], town.table["value"])
    assert table["reason_zh"].dropna().iloc[0] == "没有可计量的对象（分母为 0）"


def test_same_input_same_bytes(results: Path, town: Assessment, tmp_path: Path) -> None:
    again = _contents(write_results(town, tmp_path / "again"))
    first = _contents(results)
    for name in (n for n in first if n.endswith((".html", ".csv"))):
        assert again[name] == first[name], name
    one, other = (json.loads(run["run.json"]) for run in (first, again))
    for varies in ("results.gpkg", "run.json"):  # a GeoPackage notes the second it was written
        assert one["sha256"].pop(varies)
        assert other["sha256"].pop(varies)
    assert one == other


def test_every_file_is_signed_with_its_content(results: Path) -> None:
    run = json.loads((results / "run.json").read_text(encoding="utf-8"))
    signed = dict(run["sha256"])
    assert signed.pop("run.json") == digest_of({**run, "sha256": signed})
    assert sorted([*signed, "run.json"]) == run["files"]
    page = (results / "report.html").read_bytes()
    assert signed["report.html"] == hashlib.sha256(page).hexdigest()


def test_a_fault_in_the_middle_leaves_the_old_folder(
    town: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write_results(town, tmp_path / "out")
    before = _contents(target)

    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(module, "write_reports", fault)
    with pytest.raises(RuntimeError, match="disk is full"):
        write_results(town, target)
    assert _contents(target) == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_failed_rename_puts_the_old_folder_back(
    town: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write_results(town, tmp_path / "out")
    before, rename = _contents(target), Path.rename

    def fails_for_new(source: Path, destination: Path) -> Path:
        if source.name.endswith(".new"):
            raise PermissionError(13, "in use", str(destination))
        return rename(source, destination)

    monkeypatch.setattr(Path, "rename", fails_for_new)
    with pytest.raises(SourceError, match="Close programs"):
        write_results(town, target)
    assert _contents(target) == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_replacing_drops_old_files_and_keeps_a_persons(town: Assessment, tmp_path: Path) -> None:
    target = write_results(town, tmp_path / "out")
    run = json.loads((target / "run.json").read_text(encoding="utf-8"))
    run["files"].append("units/gone.html")
    (target / "run.json").write_text(json.dumps(run), encoding="utf-8")
    (target / "units" / "gone.html").write_text("an older run")
    (target / "results.gpkg-wal").write_text("left by QGIS")
    (target / "my project.qgz").write_text("mine")
    write_results(town, target)
    assert not (target / "units" / "gone.html").exists()
    assert not (target / "results.gpkg-wal").exists()
    assert (target / "my project.qgz").read_text() == "mine"


@pytest.mark.parametrize("run", [None, "{}", '{"writer": "someone"}', "not json", "[]"])
def test_a_folder_of_someone_else_is_refused(
    town: Assessment, tmp_path: Path, run: str | None
) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    if run is not None:
        (tmp_path / "run.json").write_text(run)
    with pytest.raises(SourceError, match="was not written by carbonspace"):
        write_results(town, tmp_path)
    assert (tmp_path / "thesis.docx").read_text() == "years of work"


def test_a_file_in_the_way_is_refused(town: Assessment, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(SourceError, match="was not written by carbonspace"):
        write_results(town, tmp_path / "out")


def test_an_empty_folder_is_used_and_readable_by_others(town: Assessment, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    target = write_results(town, tmp_path / "out")
    (tmp_path / "plain").mkdir()
    expected = stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    assert stat.S_IMODE(target.stat().st_mode) == expected
