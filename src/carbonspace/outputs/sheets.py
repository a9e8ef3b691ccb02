"""report.xlsx: the table of indicators, a sheet per theme, and what stands behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.progress import Progress, Step, nobody
from carbonspace.model.text import Text
from carbonspace.outputs.colours import pales_of
from carbonspace.outputs.officetext import side_by_side
from carbonspace.outputs.results import Results
from carbonspace.outputs.sheets_pages import Pages, pages_of
from carbonspace.outputs.sheets_places import write_overview, write_within
from carbonspace.outputs.sheets_record import write_record
from carbonspace.outputs.sheets_summary import write_summary
from carbonspace.outputs.sheets_values import clauses_of, write_values
from carbonspace.outputs.workbook import Book, workbook

FILE = "report.xlsx"
_RECORD = 6
"""Sheets behind the figures, at most."""


def write_workbook(
    results: Results, folder: Path, bureau: Bureau = NOBODY, progress: Progress = nobody
) -> None:
    """Write `report.xlsx` into `folder`.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    author = side_by_side(bureau.name) if bureau.name else "carbonspace"
    total = 3 + len({one.theme for one in results.indicators.values()}) + _RECORD
    rows = len(results.table)
    with workbook(folder / FILE, side_by_side(results.name), author, rows=rows) as book:
        pages = pages_of(results, folder)
        for done, _ in enumerate(_sheets(book, results, bureau, pages)):
            progress(Step(Text("写出工作簿", "Writing the workbook"), min(done, total), total))


def _sheets(book: Book, results: Results, bureau: Bureau, pages: Pages) -> Iterator[object]:
    """Write the sheets in their order, and say after each that it is there."""
    pales, clauses = pales_of(bureau), clauses_of(results.profiles)
    yield write_summary(book, results, bureau, pales)
    yield write_overview(book, results, clauses, pales, pages)
    yield from write_values(book, results, clauses, pales, pages)
    yield write_within(book, results, clauses, pages)
    yield from write_record(book, results, clauses)
