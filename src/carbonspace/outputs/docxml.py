"""The pieces of Word documents as XML: paragraphs, tables, links; all text escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from carbonspace.outputs.officetext import plain_text

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
GREY, LINK, DOUBT = "5A6472", "1F4FBF", "9C3A06"


class Run(NamedTuple):
    """Some words: their colour, if they are bold or small, and what they lead to."""

    text: str
    colour: str = ""
    bold: bool = False
    small: bool = False
    anchor: str = ""


class Cell(NamedTuple):
    """A cell of a table: its lines, its fill, how it is set, and what it is a target of."""

    lines: Sequence[Run]
    fill: str = ""
    right: bool = False
    mark: str = ""


def visible(text: str) -> str:
    """Return a text in which what would turn the direction of its line is named: `[U+202E]`."""
    return _TURNING.sub(lambda found: f"[U+{ord(found[0]):04X}]", plain_text(text))


def words(*lines: str) -> list[Run]:
    """Return a line of Chinese, and if there is another one, of English: small and grey."""
    first, *rest = (line for line in lines if line)
    return [Run(first), *(Run(line, GREY, small=True) for line in rest if line != first)]


def table(widths: Sequence[int], header: Sequence[Cell], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table of columns so many hundredths of a millimetre wide; its header repeats."""
    grid = "".join(f'<w:gridCol w:w="{_twips(one)}"/>' for one in widths)
    head = _row(header, widths, "<w:tblHeader/>") if header else ""
    body = "".join(_row(one, widths, "") for one in rows)
    return (
        f'<w:tbl {NAMESPACE}><w:tblPr><w:tblStyle w:val="TableGrid"/>'
        f'<w:tblW w:w="{sum(map(_twips, widths))}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{head}{body}</w:tbl>"
    )


def paragraph(runs: Sequence[Run], style: str = "", *, on_new_page: bool = False) -> str:
    """Return a paragraph, of a style by its id."""
    look = f'<w:pStyle w:val="{style}"/>' if style else ""
    look += "<w:pageBreakBefore/>" * on_new_page
    styled = f"<w:pPr>{look}</w:pPr>" if look else ""
    return f"<w:p {NAMESPACE}>{styled}{''.join(map(_run, runs))}</w:p>"


def _twips(hundredths: int) -> int:
    return round(hundredths / 100 / 25.4 * 1440)


def _row(cells: Sequence[Cell], widths: Sequence[int], more: str) -> str:
    held = "".join(_cell(one, width) for one, width in zip(cells, widths, strict=True))
    return f"<w:tr><w:trPr><w:cantSplit/>{more}</w:trPr>{held}</w:tr>"


def _cell(cell: Cell, width: int) -> str:
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{cell.fill}"/>' if cell.fill else ""
    side = '<w:jc w:val="right"/>' if cell.right else ""
    marks = _marked(cell.mark)
    held = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="Cell"/>{side}</w:pPr>{marks if n == 0 else ""}{_run(one)}'
        "</w:p>"
        for n, one in enumerate(cell.lines or [Run("")])
    )
    return (f'<w:tc><w:tcPr><w:tcW w:w="{_twips(width)}" w:type="dxa"/>{fill}</w:tcPr>'
            f"{held}</w:tc>")  # fmt: skip


def _marked(mark: str) -> str:
    """Return a bookmark; its number is the one its name ends with."""
    if not mark:
        return ""
    number = mark.rpartition("_")[2]
    return (f'<w:bookmarkStart w:id="{number}" w:name={quoteattr(mark)}/>'
            f'<w:bookmarkEnd w:id="{number}"/>')  # fmt: skip


def _run(run: Run) -> str:
    if not run.text:
        return ""
    look = "<w:b/>" * run.bold
    look += f'<w:color w:val="{run.colour}"/>' if run.colour else ""
    look += '<w:sz w:val="14"/>' if run.small else ""
    look += '<w:u w:val="single"/>' if run.anchor else ""
    lines = '<w:br/>'.join(f'<w:t xml:space="preserve">{escape(line)}</w:t>'
                           for line in visible(run.text).split("\n"))  # fmt: skip
    made = f"<w:r><w:rPr>{look}</w:rPr>{lines}</w:r>" if look else f"<w:r>{lines}</w:r>"
    return f'<w:hyperlink w:anchor="{run.anchor}">{made}</w:hyperlink>' if run.anchor else made
