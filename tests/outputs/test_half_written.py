"""A report that fails in the middle: what was there before stays, and nothing else is left."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from carbonspace.errors import ServiceError, SourceError
from carbonspace.model.assessment import Assessment
from carbonspace.model.bureau import Bureau
from carbonspace.outputs import renew_reports, write_results
from carbonspace.outputs.reports import REPORTS
from carbonspace.outputs.results import Results, results_of

resource = pytest.importorskip("resource", reason="files cannot be limited here")


@pytest.fixture(scope="module")
def everything(town: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(town, tmp_path_factory.mktemp("all") / "out", reports=[*REPORTS])


@pytest.fixture(scope="module")
def gathered(town: Assessment) -> Results:
    return results_of(town)


@pytest.fixture
def folder(everything: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(everything, tmp_path / "here" / "out"))


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def _files_no_larger_than(limit: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes: a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("part", [0.3, 0.99])
@pytest.mark.parametrize("kind", [*REPORTS])
def test_a_file_that_cannot_grow(kind: str, part: float, folder: Path, gathered: Results) -> None:
    before = _content(folder.parent)
    largest = max(path.stat().st_size for one in REPORTS[kind].files for path in folder.glob(one))
    with (
        _files_no_larger_than(int(largest * part)),
        pytest.raises(SourceError, match="cannot be written to"),
    ):
        renew_reports(gathered, folder, [kind])
    assert _content(folder.parent) == before


@pytest.mark.parametrize("kind", [*REPORTS])
def test_a_folder_that_may_not_be_written(
    kind: str, folder: Path, gathered: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs the tests may be allowed everything, so the refusal is put on."""
    before = _content(folder.parent)

    def refused(
        path: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False
    ) -> None:
        if not (exist_ok and path.is_dir()):
            raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refused)
        with pytest.raises(SourceError, match="Permission denied"):
            renew_reports(gathered, folder, [kind])
    assert _content(folder.parent) == before


@pytest.mark.parametrize(("kind", "module"), [
    (kind, module) for kind, one in REPORTS.items() for module in one.libraries
])  # fmt: skip
def test_a_library_or_a_font_that_is_missing(
    kind: str, module: str, town: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ServiceError, match=rf"{module}: pip install 'carbonspace\[documents\]'"):
        write_results(town, tmp_path / "out", reports=[kind])
    assert [*tmp_path.iterdir()] == []


def test_a_font_that_goes_missing_in_the_middle(
    folder: Path, gathered: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages are written before the PDF is begun: neither is put in place."""
    before = _content(folder.parent)
    monkeypatch.setitem(sys.modules, "noto_cjk_sans_otc", None)
    with pytest.raises(ServiceError):
        renew_reports(gathered, folder, ["html", "xlsx", "pdf"])
    assert _content(folder.parent) == before


@pytest.mark.parametrize("name", ["unit.html", "report.html"])
def test_a_template_that_breaks_in_the_middle(
    name: str, folder: Path, gathered: Results, tmp_path: Path
) -> None:
    before = _content(folder.parent)
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / name).write_text("begun {{ nobody.knows }}", "utf-8")
    with pytest.raises(SourceError, match=name):
        renew_reports(gathered, folder, ["html"], Bureau(templates=tmp_path / "ours"))
    assert _content(folder.parent) == before
