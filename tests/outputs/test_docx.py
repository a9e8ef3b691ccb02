"""report.docx: the rows of the tall table, a page per unit, whatever names they carry."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections import Counter
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from docx import Document
from docx.oxml.ns import qn
from PIL import Image
from tests.outputs.office import HOSTILE, MORE_HOSTILE, converted
from tests.outputs.test_xlsx import SVG, hostile, without_rules
from tests.outputs.town import IDS, defined_otherwise

from carbonspace.model.assessment import Assessment
from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.levels import LAYER_OF
from carbonspace.model.text import Text
from carbonspace.outputs import annex_rows, spots
from carbonspace.outputs.annex import write_document
from carbonspace.outputs.docxml import visible
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.pictures import drawn, paletted
from carbonspace.outputs.reading import read_results
from carbonspace.outputs.results import Results, results_of
from carbonspace.outputs.rows import number


def written(results: Results, folder: Path, bureau: Bureau = NOBODY) -> Path:
    folder.mkdir(exist_ok=True)
    write_document(results, folder, bureau)
    return folder / "report.docx"


@pytest.fixture(scope="module")
def paper(town: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(results_of(town), tmp_path_factory.mktemp("docx"))


Line = tuple[str, str, str, str, str]
"""The title of the indicator, value, target, margin and symbol of a row."""


def _all_of(path: Path) -> str:
    """Return the text of the whole document."""
    return "".join(t.text or "" for t in Document(str(path)).element.iter(qn("w:t")))


def tables_of(path: Path) -> dict[str, list[Line]]:
    """Return the rows of the tables of indicators, by the heading above them."""
    found: dict[str, list[Line]] = {}
    heading = ""
    document = Document(str(path))
    for block in document.element.body:
        if block.tag == qn("w:p"):
            style = block.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
            if style is not None and style.get(qn("w:val")).startswith("Heading"):
                heading = "".join(t.text for t in block.iter(qn("w:t")))
        elif block.tag == qn("w:tbl"):
            rows = [[_lines(cell) for cell in row.iter(qn("w:tc"))]
                    for row in block.iter(qn("w:tr"))]  # fmt: skip
            if rows[0][0] == ["指标", "Indicator"]:
                found[heading] = [_line(row) for row in rows[1:]]
    return found


def _lines(cell: Any) -> list[str]:
    return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in cell.iter(qn("w:p"))]


def _line(row: list[list[str]]) -> Line:
    target = row[3][0].removesuffix("（未核实）")
    return row[0][0].removesuffix("（未核实）"), row[2][0], target, row[4][0], row[5][0][0]


def expected(results: Results, level: str, place: str) -> Counter[Line]:
    """Return the rows of the tall table about a place as people read them."""
    table = results.table.query("level == @level and unit_id == @place")
    return Counter(_told(results, row) for row in table.to_dict("records"))


def _told(results: Results, row: dict[Any, Any]) -> Line:
    one = results.indicators[row["indicator"]]
    margin = number(row["margin"], one.decimals)
    signed = "" if margin == "—" else margin if margin.startswith("−") else f"+{margin}"
    target = row["target"] if isinstance(row["target"], str) else ""
    symbol = VERDICTS[row["status"]].symbol
    return one.title.zh, number(row["value"], one.decimals), target, signed, symbol


def test_every_row_of_the_tall_table_is_there(paper: Path, town: Assessment) -> None:
    results, found = results_of(town), tables_of(paper)
    assert len(found) == 1 + len(IDS)
    assert Counter(found["全市 City"]) == expected(results, "city", "city")
    for unit_id, name in zip(IDS, town.plan.layers["units"]["name"], strict=True):
        assert Counter(found[f"{unit_id} {name}"]) == expected(results, "unit", unit_id)


def test_a_clause_is_one_step_away_and_tells_how_sure_it_is(paper: Path, town: Assessment) -> None:
    body = Document(str(paper)).element.body
    anchors = {link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink"))}
    marks = [mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))]
    assert anchors == set(marks)
    assert len(marks) == len(set(marks)) == 5
    text = "".join(t.text or "" for t in body.iter(qn("w:t")))
    for rule in town.profiles["town"].rules[:5]:
        assert rule.quotation in text
    assert "⚠ 未核实：凭记忆 unverified: from memory" in text


def test_headers_of_tables_repeat_and_rows_stay_whole(paper: Path) -> None:
    for table in Document(str(paper)).element.body.iter(qn("w:tbl")):
        rows = [*table.iter(qn("w:tr"))]
        if len(rows) > 6 and "指标" in "".join(t.text for t in rows[0].iter(qn("w:t"))):
            assert next(rows[0].iter(qn("w:tblHeader"))) is not None
            assert all([*row.iter(qn("w:cantSplit"))] for row in rows)


def test_chinese_has_its_fonts(paper: Path) -> None:
    styles = Document(str(paper)).styles
    for name, font in (("Normal", "宋体"), ("Cell", "宋体"), ("Heading 1", "黑体"),
                       ("Title", "黑体")):  # fmt: skip
        fonts = styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == font
        assert fonts.get(qn("w:eastAsiaTheme")) is None


def test_each_unit_has_its_map_and_a_legend(paper: Path) -> None:
    document = Document(str(paper))
    said = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert said[:2] == ["ZKB-01 城东单元", "ZKB-01 城东单元: 差在哪里 where it falls short"]
    assert len([one for one in said if "差在哪里" not in one]) == len(IDS)
    legends = [p.text for p in document.paragraphs if "scale bar" in p.text]
    assert len(legends) == len(IDS)
    assert "07 居住用地 Residential land" in legends[0]
    assert "EPSG:4547" in legends[0]


def test_where_a_unit_falls_short_is_shown_and_told(paper: Path, town: Assessment) -> None:
    missed = town.table.query("level == 'unit' and status == 'not_met'")
    explained = missed[missed["indicator"].isin(["road_density", "park_coverage"])]
    document = Document(str(paper))
    said = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    shown = {one.split()[0] for one in said if "差在哪里" in one}
    assert shown == set(explained["unit_id"]) | set(
        missed.loc[missed["indicator"] == "charging_car_park_share", "unit_id"][:3]
    )
    told = [[cell.text for cell in table.rows[0].cells] for table in document.tables
            if len(table.rows) == 1 and len(table.columns) == 3]  # fmt: skip
    assert len(told) == len(shown)
    second = "\n".join(told[1])
    assert "✗ 公园绿地500米服务半径覆盖率" in second
    assert "2 处" in second


def test_colours_of_a_picture_are_few_and_nearly_its_own() -> None:
    svg = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" width="40" height="20">
<rect width="40" height="20" fill="#ffffff"/><rect width="20" height="20" fill="#c1272d"/>
<circle cx="30" cy="10" r="7" fill="#00735a"/></svg>"""
    whole = drawn(svg)
    few = paletted(whole, 8)
    one, other = (np.asarray(Image.open(BytesIO(png)).convert("RGB")) for png in (whole, few))
    assert one.shape == other.shape
    assert len(np.unique(other.reshape(-1, 3), axis=0)) <= 8
    assert len(few) < len(whole)
    apart = np.abs(one.astype(int) - other).max(axis=2)
    assert (apart <= 4).mean() > 0.97
    for colour in ((255, 255, 255), (0xC1, 0x27, 0x2D), (0, 0x73, 0x5A)):
        assert (other == colour).all(axis=2).any()


def test_the_same_run_gives_the_same_bytes(
    paper: Path, town: Assessment, results: Path, tmp_path: Path
) -> None:
    assert written(results_of(town), tmp_path / "again").read_bytes() == paper.read_bytes()
    reread = read_results(results, town.indicators)
    assert written(reread, tmp_path / "reread").read_bytes() == paper.read_bytes()


@pytest.mark.parametrize("names", [HOSTILE, MORE_HOSTILE], ids=["formulas", "letters"])
def test_hostile_names_stay_text(names: tuple[str, ...], tmp_path: Path) -> None:
    results = hostile(names)
    path = written(results, tmp_path)
    found = tables_of(path)
    for unit_id, name in zip(results.units.index, names, strict=True):
        heading = visible(f"{unit_id} {name}").replace("\n", "")
        assert Counter(found[heading]) == expected(results, "unit", unit_id)
    with zipfile.ZipFile(path) as packed:
        assert packed.namelist().count("word/document.xml") == 1
        assert not any(".." in name for name in packed.namelist())


def test_what_would_turn_a_line_is_named() -> None:
    assert visible("a\u202eb\u2069\x00") == "a[U+202E]b[U+2069]�"


def text_of(path: Path) -> str:
    made = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, text=True,
                          capture_output=True, timeout=60)  # fmt: skip
    return made.stdout


@pytest.mark.office
@pytest.mark.parametrize("names", [IDS, HOSTILE, MORE_HOSTILE], ids=["town", "formulas", "letters"])
def test_libreoffice_reads_the_values(names: tuple[str, ...], tmp_path: Path) -> None:
    results = hostile(names)
    path = written(results, tmp_path)
    (again,) = converted(path, "docx:Office Open XML Text", "docx", tmp_path)
    first, second = tables_of(path), tables_of(again)
    assert [*second.values()] == [*first.values()]
    city = expected(results, "city", "city")
    assert Counter(second["全市 City"]) == city


@pytest.mark.office
def test_libreoffice_lays_out_a_page_per_unit(paper: Path, tmp_path: Path) -> None:
    (made,) = converted(paper, "pdf", "pdf", tmp_path)
    pages = text_of(made).split("\f")[:-1]
    assert len(pages) <= 3 + 2 * len(IDS)
    for unit_id in IDS:
        (page,) = [page for page in pages if re.search(rf"^\s*{unit_id} ", page, re.MULTILINE)]
        assert "全市" not in page
    total = f"共 {len(pages)} 页"
    assert all(f"第 {n} 页" in page and total in page for n, page in enumerate(pages, 1))


def test_no_profile_and_no_threshold_at_all(town: Assessment, tmp_path: Path) -> None:
    results = without_rules(results_of(town))
    path = written(results, tmp_path)
    for rows in tables_of(path).values():
        assert rows
        assert {(target, margin, symbol) for _, _, target, margin, symbol in rows} == {
            ("", "", "–")
        }
    assert "条文 Clauses" not in [p.text for p in Document(str(path)).paragraphs]


def test_a_large_plan_lists_what_clauses_speak_of_and_says_so(
    town: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annex_rows, "_MOST_LISTED", 10)
    results = results_of(town)
    path = written(results, tmp_path / "judged")
    found = tables_of(path)["ZKB-01 城东单元"]
    assert "可利用屋顶面积" not in [row[0] for row in found]
    assert any("只列有目标值的指标" in p.text for p in Document(str(path)).paragraphs)
    monkeypatch.setattr(annex_rows, "_MOST_JUDGED", 10)
    path = written(results, tmp_path / "missed")
    assert {row[4] for rows in tables_of(path).values() for row in rows} == {"✗"}
    assert any("只列未达标" in p.text for p in Document(str(path)).paragraphs)


def test_too_many_units_for_maps_are_told(
    town: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spots, "_MOST", 5)
    document = Document(str(written(results_of(town), tmp_path)))
    assert len(document.inline_shapes) == 0
    assert any("单元过多" in p.text for p in document.paragraphs)


def test_a_figure_that_the_clause_defines_is_marked(town: Assessment, tmp_path: Path) -> None:
    path = written(results_of(defined_otherwise(town)), tmp_path)
    rows = tables_of(path)["ZKB-01 城东单元"]
    assert ("公园绿地500米服务半径覆盖率", "72.0*", "≥ 80", "−8.0", "✗") in rows
    assert "* 按条文口径（服务半径：300 m）：72.0 %；按规划口径：92.0 %" in _all_of(path)


def test_a_unit_without_a_place_has_its_table(town: Assessment, tmp_path: Path) -> None:
    units = town.plan.layers["units"].copy()
    units.loc["ZKB-03", "geometry"] = shapely.Polygon()
    results = results_of(town)
    results = replace(results, layers={**results.layers, "units": gpd.GeoDataFrame(units)})
    path = written(results, tmp_path)
    assert "ZKB-03 老城单元" in tables_of(path)
    said = [shape._inline.docPr.get("descr") for shape in Document(str(path)).inline_shapes]
    assert len(said) == 2 * (len(IDS) - 1)
    assert not any(one.startswith("ZKB-03") for one in said)


def test_a_bureau_has_its_name_logo_and_title_block(town: Assessment, tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text(SVG)
    block = ((Text("审核", "Checked by"), Text("王一", "Wang Yi")),)
    bureau = Bureau(Text("某院", "An institute"), tmp_path / "logo.svg", block)
    document = Document(str(written(results_of(town), tmp_path / "out", bureau)))
    assert "某院 An institute" in document.sections[0].header.paragraphs[0].text
    told = {row.cells[0].text: row.cells[1].text for row in document.tables[0].rows}
    assert told["审核 Checked by"] == "王一 Wang Yi"
    assert len(document.inline_shapes) == 1 + 2 * len(IDS)


def test_levels_within_units_are_not_listed_singly(paper: Path, town: Assessment) -> None:
    inner = town.table[town.table["level"].isin(list(LAYER_OF))]
    assert len(inner)
    assert not set(tables_of(paper)) & set(inner["unit_id"])
