"""One plan of hostile names in every format: all of them text, everywhere, and whole."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import openpyxl
import pandas as pd
import pytest
from docx import Document
from pypdf import PdfReader
from tests.outputs.town import assessment

from carbonspace.outputs import write_results
from carbonspace.outputs.direction import alone
from carbonspace.outputs.docxml import visible
from carbonspace.outputs.filenames import safe_names
from carbonspace.outputs.legible import legible_text
from carbonspace.outputs.reports import REPORTS
from carbonspace.outputs.xmltext import cleaned

MARKUP = ("</script><img src=x onerror=alert(1)>", "../../etc/passwd", "\"'`<b>&amp;", "=1+1",
          "#set text(red) *b* _i_ @r \\ `c` $x$", "{{ 7*7 }}{% raw %}")  # fmt: skip
LETTERS = ("\u202etxt.exe\u2066", "😀 ب é", "字" * 300, "a/b", "a\\b", "x\x0b\x1f\ufffey")
TITLE = "</title></style></script><script>alert(1)</script> =1+1 #panic() ]]> \u202e😀"


@pytest.fixture(scope="module", params=[MARKUP, LETTERS], ids=["markup", "letters"])
def names(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return tuple(request.param)


@pytest.fixture(scope="module")
def made(names: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write every report of a town whose ids and names are hostile."""
    out = tmp_path_factory.mktemp("hostile") / "out"
    return write_results(assessment(names, names, title=TITLE), out, reports=[*REPORTS])


class _Page(HTMLParser):
    """What a reader of HTML makes of a page: its tags, its links and its heading."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags, self.names, self.links = list[str](), set[str](), list[str]()
        self.heading, self._in_heading = "", False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href" and value]
        self._in_heading |= tag == "h1"

    def handle_endtag(self, tag: str) -> None:
        self._in_heading &= tag != "h1"

    def handle_data(self, data: str) -> None:
        self.heading += data if self._in_heading else ""


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


def test_files_lie_in_their_folder_under_names_that_every_system_takes(
    made: Path, names: tuple[str, ...]
) -> None:
    pages = [*(made / "units").iterdir()]
    assert len(pages) == 2 * len(names)
    assert len({path.name.casefold() for path in pages}) == len(pages)
    for path in pages:
        assert re.fullmatch(r"[\w\-.]+\.(html|pdf)", path.name)
        assert len(path.name.encode()) < 120
    assert {path.name for path in made.parent.iterdir()} == {"out"}
    signed = json.loads((made / "run.json").read_text("utf-8"))["files"]
    assert {*signed} == {p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file()}


@pytest.mark.parametrize("ids", [
    ("a/b", "a\\b", "a:b"), ("CON", "con", "Con.txt"), ("x" * 300, "x" * 301), ("..", "...", "_"),
])  # fmt: skip
def test_names_that_are_equal_once_they_are_clean_stay_apart(ids: tuple[str, ...]) -> None:
    found = safe_names(ids)
    assert len({name.casefold() for name in found.values()}) == len(ids)
    for one, name in found.items():
        assert len({*safe_names([name, one]).values()}) == 2  # a unit called like another's file


def test_pages_have_the_tags_of_any_page_and_links_that_lead_somewhere(
    made: Path, names: tuple[str, ...], results: Path
) -> None:
    usual = {name: _Page(results / name) for name in ("report.html", "units/ZKB-01.html")}
    for path in [made / "report.html", *(made / "units").glob("*.html")]:
        page, like = _Page(path), usual["report.html" if path.parent == made else [*usual][1]]
        assert page.tags.count("script") == like.tags.count("script")
        assert page.tags.count("style") == like.tags.count("style")
        assert not {name for name in page.names if name.startswith("on")}
        assert "img" not in page.tags
        for link in page.links:
            file = unquote(link.split("#")[0])
            assert file in ("", "data:,") or (path.parent / file).is_file(), link


def test_each_unit_has_a_page_with_its_name_as_heading(made: Path, names: tuple[str, ...]) -> None:
    files = safe_names(names)
    for name in names:
        page = _Page(made / "units" / f"{files[name]}.html")
        assert _squeezed(alone(name.replace("\x00", ""))) in _squeezed(page.heading)


def test_names_leave_the_direction_of_what_is_beside_them_alone(
    made: Path, names: tuple[str, ...]
) -> None:
    told = 0
    for path in [made / "report.html", *(made / "units").glob("*.html")]:
        page = re.sub(r"<script.*?</script>", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search("[\u202a-\u202e\u2066\u2067]", page), path
        for found in re.finditer("ب", page):
            before, after = page[: found.start()], page[found.end() :]
            assert before.rfind("\u2068") > before.rfind("\u2069"), path
            assert 0 <= after.find("\u2069") < len(names[1]), path
            told += 1
    assert told > 5 or names is not LETTERS


@pytest.mark.parametrize(("text", "shown"), [
    ("plain 1", "plain 1"), ("城东单元", "城东单元"),
    ("\u202etxt.exe\u2066", "[U+202E]txt.exe[U+2066]"), ("אבג 12", "\u2068אבג 12\u2069"),
    ("ب\u2069", "\u2068ب[U+2069]\u2069"),
    ("é\u200e", "é\u200e"), ("a\u200f", "\u2068a\u200f\u2069"),
])  # fmt: skip
def test_what_turns_the_direction_is_named_or_kept_apart(text: str, shown: str) -> None:
    assert alone(text) == shown


def test_the_figures_of_the_page_are_json_with_the_names(
    made: Path, names: tuple[str, ...]
) -> None:
    text = (made / "report.html").read_text("utf-8")
    (data,) = re.findall(r'<script[^>]*id="plan-data"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert json.loads(data)["places"]["id"][: len(names)] == [*names]


def test_print_has_all_of_each_name(made: Path, names: tuple[str, ...]) -> None:
    files = safe_names(names)
    whole = _squeezed("".join(p.extract_text() for p in PdfReader(made / "report.pdf").pages))
    for name in names:
        first = PdfReader(made / "units" / f"{files[name]}.pdf").pages[0].extract_text()
        wanted = _squeezed(legible_text(name))
        for text in (whole, _squeezed(first)):
            assert wanted in text, name


def test_the_workbook_has_text_and_no_formula(made: Path, names: tuple[str, ...]) -> None:
    book = openpyxl.load_workbook(made / "report.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    said = {_squeezed(str(cell.value)) for cell in cells}
    assert {_squeezed(cleaned(name)) for name in names} <= said


def test_the_document_names_each_unit(made: Path, names: tuple[str, ...]) -> None:
    said = [_squeezed(one.text) for one in Document(str(made / "report.docx")).paragraphs]
    assert {_squeezed(visible(name)) for name in names} <= {*said}


def test_layers_and_tables_hold_the_names_as_they_are(made: Path, names: tuple[str, ...]) -> None:
    with closing(sqlite3.connect(made / "results.gpkg")) as database:
        found = database.execute("SELECT unit_id, name FROM units ORDER BY fid").fetchall()
        styles = database.execute("SELECT styleQML FROM layer_styles").fetchall()
        metadata = database.execute("SELECT metadata FROM gpkg_metadata").fetchall()
    assert found == [(name, name) for name in names]
    for (text,) in (*styles, *metadata):
        ET.fromstring(text)
    table = pd.read_csv(made / "indicators.csv", encoding="utf-8-sig", dtype=str)
    units = table.loc[table["level"] == "unit", "unit_id"]
    assert [*units.drop_duplicates()] == [*names]


def test_the_project_is_well_formed(made: Path) -> None:
    with zipfile.ZipFile(made / "results.qgz") as archive:
        assert archive.namelist() == ["results.qgs"]
        root = ET.fromstring(archive.read("results.qgs").decode().split("\n", 1)[1])
    assert str(root.findtext("title")).startswith("</title></style></script><script>alert(1)")
    sources = [str(one.text) for one in root.iter("datasource")]
    assert sources
    assert all(one.startswith("./results.gpkg|layername=") for one in sources)
