"""The reports that can be made of results, and how each is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from carbonspace.errors import ServiceError
from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.progress import Progress, nobody, share
from carbonspace.model.text import Text
from carbonspace.outputs.results import Results

Writer = Callable[[Results, Path, Bureau, Progress], None]
"""Writes a report into a folder."""


class Report(NamedTuple):
    """One kind of report.

    Attributes
    ----------
    title
        What it is called.
    files
        Patterns of the files it is made of, in the folder of results.
    writer
        The module of its writer and the name of it there.
    libraries
        What has to be installed for it, of the extra `documents`.
    beside
        The file of the results that it refers to and has to lie beside; "" where it stands alone.
    features
        Whether it draws evidence and ground; False where words and figures are all it is made of.
    """

    title: Text
    files: tuple[str, ...]
    writer: tuple[str, str]
    libraries: tuple[str, ...] = ()
    beside: str = ""
    features: bool = True


REPORTS: dict[str, Report] = {
    "html": Report(Text("网页", "Web pages"), ("report.html", "units/*.html"),
                   ("webpage", "write_pages")),
    "pdf": Report(Text("PDF 报告与单元图则", "PDF of the plan and of each unit"),
                  ("report.pdf", "units/*.pdf"), ("pdf", "write_pdf"),
                  ("typst", "noto_cjk_sans_otc", "fontTools")),
    "xlsx": Report(Text("工作簿", "Workbook"), ("report.xlsx",), ("sheets", "write_workbook"),
                   ("xlsxwriter", "typst")),
    "docx": Report(Text("文档", "Document"), ("report.docx",), ("annex", "write_document"),
                   ("docx", "typst")),
    "qgz": Report(Text("QGIS 项目", "QGIS project"), ("results.qgz",),
                  ("qgis_project", "write_project"), beside="results.gpkg"),
    "panel": Report(Text("面板数据", "Table for panels"), ("panel.json",),
                    ("panel", "write_panel"), features=False),
}  # fmt: skip
"""By the name that `--format` takes."""


def refuse_if_lacking(kinds: Iterable[str]) -> None:
    """Refuse kinds of reports whose libraries are not installed.

    Raises
    ------
    ServiceError
        Naming all of them, and how to install them.
    """
    lacking = sorted({name for kind in kinds for name in REPORTS[kind].libraries
                      if find_spec(name) is None})  # fmt: skip
    if lacking:
        listed = ", ".join(lacking)
        raise ServiceError(
            f"these reports need {listed}: pip install 'carbonspace[documents]'",
            f"生成这些报告需要 {listed}：pip install 'carbonspace[documents]'",
        )


def write_reports(
    results: Results,
    folder: Path,
    kinds: Iterable[str],
    bureau: Bureau = NOBODY,
    progress: Progress = nobody,
) -> None:
    """Write reports of the `kinds` that are asked for into a folder that has none of them."""
    asked = set(kinds)  # pages first: workbooks and documents name those that are there
    chosen = [report for kind, report in REPORTS.items() if kind in asked]
    for n, report in enumerate(chosen):
        module, name = report.writer
        write: Writer = getattr(import_module(f"carbonspace.outputs.{module}"), name)
        write(results, folder, bureau, share(progress, n / len(chosen), (n + 1) / len(chosen)))
