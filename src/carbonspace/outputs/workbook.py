"""Workbooks for Excel and LibreOffice: tables whose texts stay texts and whose headers stay."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.utility import xl_col_to_name

from carbonspace.model.text import Text
from carbonspace.outputs.lettering import text_width
from carbonspace.outputs.officetext import plain_text, side_by_side

MOST_ROWS = 1_048_576
"""Rows that a sheet can have."""
_MOST_LINKS = 60_000
"""Links that a sheet can have, and some less."""
_LINKED = " "
"""What a cell that leads somewhere shows until its value is written."""
_MOST_HELD = 200_000
_LONGEST = 32_000
"""Units of UTF-16 that a cell can hold, and some less."""
_LONGEST_NAME = 31
_NOT_IN_NAMES = str.maketrans(dict.fromkeys(r"[]:*?/\\", "_"))
_MADE = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""When each workbook says that it was made: the same run gives the same bytes."""
_FONT = "Noto Sans CJK SC"
_LINE, _MOST_LINES = 14.5, 20
_A3 = 8

Value = str | float | None
"""What a cell holds; NaN is nothing."""


class Column(NamedTuple):
    """One column of a table: what its header says, how wide it is, and if its texts wrap."""

    title: Text
    width: float
    wraps: bool = False


class Link(NamedTuple):
    """A value that leads to a row of another sheet; `row` counts from 1."""

    value: str | float
    sheet: Text
    row: int

    @property
    def place(self) -> str:
        """Where it leads, as the library takes it."""
        return "internal:'{}'!A{}".format(_name_of(self.sheet).replace("'", "''"), self.row)


class Beside(NamedTuple):
    """A value that leads to a file, by its path from the folder of the workbook.

    Its name is one that `safe_names` makes: letters, digits, `-`, `_` and `.`.
    """

    value: str | float
    path: str

    @property
    def place(self) -> str:
        """Where it leads, as the library takes it."""
        return f"external:{self.path}"


Cell = Value | Link | Beside


class Book:
    """A workbook that is being written. Formats are made once."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.open: list[Table] = []
        self._formats: dict[Any, Any] = {}
        self._names: set[str] = set()

    def format(self, **properties: Any) -> Any:
        """Return the format of these properties."""
        key = tuple(properties.items())
        if key not in self._formats:
            default = {"font_name": _FONT, "font_size": 10, "valign": "top"}
            self._formats[key] = self.book.add_format(default | properties)
        return self._formats[key]

    def dressed(self, **properties: Any) -> Any:
        """Return what a condition changes of a format, no more than these properties."""
        key = ("dressed", *properties.items())
        if key not in self._formats:
            self._formats[key] = self.book.add_format(properties)
        return self._formats[key]

    def sheet(self, title: Text, colour: str = "") -> Any:
        """Return a new sheet, ready to be printed on A3 across, as wide as the page."""
        sheet = self.book.add_worksheet(self._name(title))
        sheet.set_landscape()
        sheet.set_paper(_A3)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer("&L&A&R&P / &N")
        if colour:
            sheet.set_tab_color(colour)
        return sheet

    def table(
        self, title: Text, columns: Sequence[Column], *, frozen: int = 0, tall: bool = False
    ) -> Table:
        """Return a new sheet with a table, the header and the first columns of which stay."""
        made = Table(self, self.sheet(title), columns, frozen, tall)
        self.open.append(made)
        return made

    def _name(self, title: Text) -> str:
        """Return a name no other sheet has, of what names of sheets may consist of."""
        names = (_name_of(title, end) for end in ("", *(f" {n}" for n in range(2, 1000))))
        name = next(n for n in names if n.casefold() not in self._names)
        self._names.add(name.casefold())
        return name


def _name_of(title: Text, end: str = "") -> str:
    whole = plain_text(side_by_side(title)).translate(_NOT_IN_NAMES).strip(" '") or "_"
    return whole[: _LONGEST_NAME - len(end)].rstrip(" '") + end


class Table:
    """A table that is written from the top, row by row."""

    def __init__(
        self, book: Book, sheet: Any, columns: Sequence[Column], frozen: int, tall: bool
    ) -> None:
        self.book, self.sheet, self.columns = book, sheet, columns
        self.rows, self.left_out, self._links, self._sparing = 1, 0, 0, False
        self._wrapping = [(n, one.width) for n, one in enumerate(columns) if one.wraps]
        look = book.format(bold=True, text_wrap=True, bg_color="#e9edf2", bottom=1)
        for n, column in enumerate(columns):
            sheet.set_column(n, n, column.width)
            sheet.write_string(0, n, side_by_side(column.title, "\n"), look)
        sheet.set_row(0, (7 if tall else 2) * _LINE + 4)
        sheet.freeze_panes(1, frozen)
        sheet.repeat_rows(0)
        sheet.hide_gridlines(0)

    @property
    def name(self) -> str:
        """What the sheet is called."""
        return str(self.sheet.get_name())

    def expect_links(self, count: int) -> None:
        """Have only texts lead anywhere, and no figures, where a sheet cannot hold all links."""
        self._sparing = count > _MOST_LINKS

    def row(self, cells: Iterable[tuple[Cell, Any]]) -> None:
        """Write the next row: values with their formats; count it where there is no room."""
        if self.rows >= MOST_ROWS - 1:
            self.left_out += 1
            return
        held = [*cells]
        lines = max((_lines(_shown(held[n][0]), width) for n, width in self._wrapping), default=1)
        self.sheet.set_row(self.rows, _LINE * lines + 2)
        for n, (value, look) in enumerate(held):
            self._write(n, value, look)
        self.rows += 1

    def coloured(self, column: int, by: int, symbol: str, **properties: Any) -> None:
        """Have the cells of a column look so where the text of column `by` begins so."""
        said = f'=LEFT(${xl_col_to_name(by)}2,{len(symbol)})="{symbol}"'
        look = {"type": "formula", "criteria": said, "format": self.book.dressed(**properties)}
        self.sheet.conditional_format(1, column, max(self.rows - 1, 1), column, look)

    def print_columns(self, count: int) -> None:
        """Have no more than the first columns printed; the screen has all."""
        self.sheet.print_area(0, 0, max(self.rows - 1, 1), count - 1)

    def print_as_large(self, percent: int, columns: int) -> None:
        """Have the table printed at a scale, on as many pages as it takes; columns repeat."""
        self.sheet.set_print_scale(percent)
        self.sheet.repeat_columns(0, columns - 1)

    def close(self) -> None:
        """Let the table be filtered, and say what had no room."""
        self.sheet.autofilter(0, 0, max(self.rows - 1, 1), len(self.columns) - 1)
        if self.left_out:
            told = (f"本表放不下，另有 {self.left_out:,} 行，全部见 indicators.csv。 "
                    f"{self.left_out:,} rows more have no room here: all are in "
                    "indicators.csv.")  # fmt: skip
            self.sheet.write_string(self.rows, 0, told, self.book.format(bold=True))

    def _write(self, n: int, value: Cell, look: Any) -> None:
        if isinstance(value, Link | Beside):
            self._lead(n, value, look)
            value = value.value
        if isinstance(value, str):
            if value:
                self.sheet.write_string(self.rows, n, cell_text(value), look)
        elif value is not None and not math.isnan(value):
            self._write_number(n, value, look)

    def _write_number(self, n: int, value: float, look: Any) -> None:
        if math.isinf(value):
            self.sheet.write_string(self.rows, n, "∞" if value > 0 else "−∞", look)
        else:
            self.sheet.write_number(self.rows, n, value, look)

    def _lead(self, n: int, link: Link | Beside, look: Any) -> None:
        """Have a cell lead somewhere; what it shows is written after this."""
        spared = self._sparing and not isinstance(link.value, str)
        if not spared and self._links < _MOST_LINKS:
            self._links += 1
            self.sheet.write_url(self.rows, n, link.place, look, _LINKED)


@lru_cache(maxsize=2**14)
def cell_text(text: str) -> str:
    """Return a text as a cell can hold it, and as the library takes it for nothing but text."""
    safe = plain_text(text)
    if len(safe) > _LONGEST // 2:
        cut = safe.encode("utf-16-le")[: 2 * _LONGEST].decode("utf-16-le", "ignore")
        safe = cut if cut == safe else f"{cut}…"
    return f"{safe} " if safe.startswith("<r>") and safe.endswith("</r>") else safe


def _shown(value: Cell) -> str:
    shown = value.value if isinstance(value, Link | Beside) else value
    return shown if isinstance(shown, str) else ""


@lru_cache(maxsize=2**14)
def _lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column so many digits wide."""
    found = sum(max(1, math.ceil(text_width(one) * 1.9 / width)) for one in text.split("\n"))
    return min(found, _MOST_LINES)


@contextmanager
def workbook(path: Path, title: str, author: str, *, rows: int = 0) -> Iterator[Book]:
    """Open a new workbook, and write it when it is left.

    Of more than some 200,000 `rows` none stay in memory, which takes longer and makes the file
    larger.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    options = {
        "constant_memory": rows > _MOST_HELD,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    made = Workbook(str(path), options)
    made.use_zip64()
    made.set_properties({"title": plain_text(title)[:255], "author": plain_text(author)[:255],
                         "created": _MADE})  # fmt: skip
    book = Book(made)
    yield book
    for table in book.open:
        table.close()
    try:
        made.close()
    except XlsxFileError as error:
        raise OSError(str(error)) from error
