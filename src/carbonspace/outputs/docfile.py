"""A Word document that is being written: its fonts, header and footer, headings, pictures."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.image.image import Image
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.shape import CT_Inline
from docx.parts.image import ImagePart
from docx.shared import Mm, Pt

from carbonspace.outputs.docxml import NAMESPACE, Cell, Run, paragraph, table, visible
from carbonspace.outputs.pictures import Picture

_SONG, _HEI, _LATIN = "宋体", "黑体", "Times New Roman"
_MADE = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_MARGIN = 15
_LONGEST = 255


class Paper:
    """A document on A4, filled from the top."""

    def __init__(self, title: str, author: str) -> None:
        self.document: Any = Document()
        self._body = self.document.element.body
        self._end = self._body.sectPr
        self._pictures = 0
        self._set_up()
        _furnish(self.document.sections[0], title, author)
        facts = self.document.core_properties
        facts.title, facts.author = visible(title)[:_LONGEST], visible(author)[:_LONGEST]
        facts.created = facts.modified = _MADE
        facts.comments = facts.last_modified_by = ""

    def heading(self, text: str, level: int, *, on_new_page: bool = False) -> None:
        """Add a heading; 0 is the title."""
        style = "Title" if level == 0 else f"Heading{level}"
        self._add(paragraph([Run(text)], style, on_new_page=on_new_page))

    def line(self, *runs: Run) -> None:
        """Add a paragraph."""
        self._add(paragraph(runs))

    def table(
        self, widths: Sequence[int], header: Sequence[Cell], rows: Sequence[Sequence[Cell]]
    ) -> None:
        """Add a table, and room below it."""
        self._add(table(widths, header, rows))
        self._add(paragraph([]))

    def picture(self, picture: Picture, width_mm: float, said: str) -> None:
        """Add a picture, and what it shows for those who cannot see it."""
        across = Mm(width_mm)
        self._pictures += 1
        shape = CT_Inline.new_pic_inline(
            self._pictures, self._related(picture), f"{self._pictures}.png", across,
            Mm(width_mm * picture.height / picture.width),
        )  # fmt: skip
        shape.docPr.set("descr", visible(said))
        held = parse_xml(f"<w:p {NAMESPACE}><w:r><w:drawing/></w:r></w:p>")
        held[0][0].append(shape)
        self._end.addprevious(held)

    def _related(self, picture: Picture) -> str:
        """Return the relation to a picture; the library would look through all there are."""
        name = PackURI(f"/word/media/image{self._pictures}.png")
        part = ImagePart.from_image(Image.from_blob(picture.png), name)
        relation: str = self.document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
        return relation

    def save(self, path: Path) -> None:
        """Write the document: the same content gives the same bytes.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        made = BytesIO()
        self.document.save(made)
        with zipfile.ZipFile(made) as held, zipfile.ZipFile(path, "w") as out:
            for name in held.namelist():
                dated = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                is_picture = name.endswith(".png")  # is compressed already
                dated.compress_type = zipfile.ZIP_STORED if is_picture else zipfile.ZIP_DEFLATED
                out.writestr(dated, held.read(name))

    def _add(self, xml: str) -> None:
        self._end.addprevious(parse_xml(xml))

    def _set_up(self) -> None:
        """Have Chinese in Song and headings in Hei, and cells small and close."""
        section, styles = self.document.sections[0], self.document.styles
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(_MARGIN)
        section.top_margin = section.bottom_margin = Mm(20)
        _fonts(styles["Normal"], _SONG, 10.5)
        for name, size in (("Title", 22), ("Heading 1", 16), ("Heading 2", 13), ("Heading 3", 11)):
            _fonts(styles[name], _HEI, size)
        cell = styles.add_style("Cell", 1)
        cell.base_style = styles["Normal"]
        _fonts(cell, _SONG, 8)
        for style in (cell, styles["Normal"]):
            style.paragraph_format.space_after = Pt(0 if style is cell else 3)
            style.paragraph_format.line_spacing = 1.0 if style is cell else 1.15


def _fonts(style: Any, chinese: str, size: float) -> None:
    style.font.name, style.font.size = _LATIN, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), chinese)
    fonts.set(qn("w:hAnsi"), _LATIN)


def _furnish(section: Any, title: str, author: str) -> None:
    """Have the title above and the numbers of pages below each page."""
    section.header.paragraphs[0].text = visible(f"{title}    {author}".strip())
    foot = section.footer.paragraphs[0]
    foot.alignment = 1
    for before, field, after in (("第 ", "PAGE", " 页"), ("，共 ", "NUMPAGES", " 页")):
        foot.add_run(before)
        foot._p.append(parse_xml(
            f'<w:fldSimple {NAMESPACE} w:instr="{field}"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        ))  # fmt: skip
        foot.add_run(after)
