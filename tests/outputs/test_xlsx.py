"""report.xlsx: the tall table as people expect it, whatever names it carries."""

from __future__ import annotations

import csv
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

import openpyxl
import pandas as pd
import pytest
from tests.outputs.office import HOSTILE, MORE_HOSTILE, converted
from tests.outputs.town import IDS, assessment, defined_otherwise

from carbonspace.errors import SourceError
from carbonspace.model.assessment import Assessment
from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.levels import LAYER_OF
from carbonspace.model.text import Text
from carbonspace.model.theme import theme_title
from carbonspace.outputs import workbook as module
from carbonspace.outputs import write_results
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.reading import read_results
from carbonspace.outputs.results import Results, results_of
from carbonspace.outputs.sheets import write_workbook
from carbonspace.outputs.workbook import Column, workbook

SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10">
<rect width="9" height="9"/></svg>"""
CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"


def written(results: Results, folder: Path, bureau: Bureau = NOBODY) -> Path:
    folder.mkdir(exist_ok=True)
    write_workbook(results, folder, bureau)
    return folder / "report.xlsx"


@pytest.fixture(scope="module")
def book(town: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(results_of(town), tmp_path_factory.mktemp("xlsx"))


def sheet_of(theme: str) -> str:
    return f"{theme_title(theme).zh} {theme_title(theme).en}"[:31].rstrip()


def themes(results: Assessment | Results) -> list[str]:
    return [*dict.fromkeys(one.theme for one in results.indicators.values())]


Key = tuple[str, str, str, str]


def expected(results: Assessment | Results) -> dict[Key, dict[str, Any]]:
    """Return the rows of the tall table by level, place, indicator and clause."""
    table = results.table[~results.table["level"].isin(list(LAYER_OF))]
    rows = table.to_dict("records")
    number = [
        f"{r['profile']} {int(r['rule']) + 1}" if r["rule"] == r["rule"] else "" for r in rows
    ]
    return {(r["level"], r["unit_id"], r["indicator"], n): r
            for r, n in zip(rows, number, strict=True)}  # fmt: skip


def rows_of(path: Path, results: Assessment | Results) -> Iterator[tuple[Key, tuple[Any, ...]]]:
    """Yield the rows of the sheets of themes with the cells."""
    held = openpyxl.load_workbook(path)
    for theme in themes(results):
        for row in held[sheet_of(theme)].iter_rows(min_row=2):
            values = [cell.value for cell in row]
            yield (values[0].split()[-1], values[1], values[18], values[12] or ""), row


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def same(cell: Any, figure: float) -> bool:
    return cell is None if math.isnan(figure) else bool(math.isclose(cell, figure, rel_tol=1e-15))


def test_every_row_of_the_tall_table_is_there_once(book: Path, town: Assessment) -> None:
    found, wanted = [*rows_of(book, town)], expected(town)
    assert sorted(key for key, _ in found) == sorted(wanted)
    for key, row in found:
        tall, values = wanted[key], [cell.value for cell in row]
        figures = (values[6], values[8], values[16], values[17])
        for cell, name in zip(figures, ("value", "margin", "numerator", "denominator"),
                              strict=True):  # fmt: skip
            assert same(cell, tall[name]), (key, name)
        assert (values[7] or "").startswith(text(tall["target"]))
        assert values[9].startswith(VERDICTS[tall["status"]].symbol)
        assert (values[14] or "").startswith(text(tall["reason_zh"]))
        assert values[5] == tall["unit"]


def test_figures_are_numbers_with_the_digits_of_their_indicator(
    book: Path, town: Assessment
) -> None:
    formats = {0: "#,##0", 1: "#,##0.0", 2: "#,##0.00"}
    for (_, _, key, _), row in rows_of(book, town):
        assert row[6].value is None or row[6].data_type == "n"
        if row[6].value is not None:
            assert row[6].number_format == formats[town.indicators[key].decimals]


def test_what_rests_on_memory_is_marked(book: Path, town: Assessment) -> None:
    found = dict(rows_of(book, town))
    row = found["unit", "ZKB-01", "road_density", "town 3"]
    assert row[7].value == "6–9（未核实 unverified）"
    assert row[13].value == "⚠ 未核实：凭记忆 unverified: from memory"
    sure = found["unit", "ZKB-01", "road_density", "town 2"]
    assert (sure[7].value, sure[13].value) == ("≥ 8", "✓ 已核实 verified")
    solar = found["unit", "ZKB-01", "solar_roof_area", ""]
    assert solar[3].value == "可利用屋顶面积（未核实）"


def test_a_value_that_the_clause_defines_says_so(town: Assessment, tmp_path: Path) -> None:
    profile = town.profiles["town"]
    stated = replace(profile.rules[0], parameters={"radius": 300})
    named = town.table["indicator"].map({"park_coverage": "radius = 300"})
    table = town.table.assign(parameters=named)
    changed = replace(profile, rules=(stated, *profile.rules[1:]))
    results = replace(results_of(town), profiles={"town": changed}, table=table)
    found = dict(rows_of(written(results, tmp_path), results))
    row = found["unit", "ZKB-01", "park_coverage", "town 1"]
    assert row[14].value.startswith("* 按条文口径（")
    assert "300 m" in row[14].value
    assert row[15].value.startswith("* as the clause defines it (")
    assert row[6].number_format == '#,##0.0"*"'


def test_the_overview_shows_the_figure_that_is_judged(town: Assessment, tmp_path: Path) -> None:
    results = results_of(defined_otherwise(town))
    sheet = openpyxl.load_workbook(written(results, tmp_path))["一览 Overview"]
    heads = [cell.value for cell in sheet[1]]
    column = next(n for n, head in enumerate(heads) if "within reach of a park" in head)
    cell = next(row for row in sheet.iter_rows(min_row=2) if row[1].value == "ZKB-01")[column]
    assert cell.value == 72.0
    assert cell.number_format == '"✗ "#,##0.0"*"'


def test_a_missed_target_leads_to_its_clause(book: Path, town: Assessment) -> None:
    clauses = openpyxl.load_workbook(book)["条文 Clauses"]
    missed = [(key, row) for key, row in rows_of(book, town) if row[9].value.startswith("✗")]
    assert missed
    for key, row in missed:
        sheet, cell = row[12].hyperlink.location.split("!")
        assert sheet == "'条文 Clauses'"
        assert clauses[cell].value == key[3]
    quoted = [row[9].value for row in clauses.iter_rows(min_row=2)]
    assert quoted == [rule.quotation for rule in town.profiles["town"].rules]


@pytest.fixture(scope="module")
def beside(town: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the workbook of a folder that has pages, too."""
    folder = tmp_path_factory.mktemp("beside") / "out"
    return write_results(town, folder, reports=("xlsx", "html")) / "report.xlsx"


def leads_to(cell: Any) -> str:
    link = cell.hyperlink
    return f"{link.target.replace(chr(92), '/')}#{link.location or ''}" if link else ""


def test_a_missed_target_leads_to_its_maps_and_its_unit(beside: Path, town: Assessment) -> None:
    seen = 0
    for (level, place, _, _), row in rows_of(beside, town):
        missed = level == "unit" and row[9].value.startswith("✗")
        assert leads_to(row[2]) == (f"units/{place}.html#" if missed else "") or level == "city"
        assert leads_to(row[6]) == (f"units/{place}.html#where" if missed else "")
        assert row[6].data_type == "n"
        if missed:
            path, _, part = leads_to(row[6]).partition("#")
            assert f'id="{part}"' in (beside.parent / path).read_text("utf-8")
            seen += 1
    assert seen == len(town.table.query("level == 'unit' and status == 'not_met'"))


def test_the_overview_leads_to_pages_and_to_clauses(beside: Path, town: Assessment) -> None:
    held = openpyxl.load_workbook(beside)
    rows = [*held["一览 Overview"].iter_rows(min_row=2)]
    assert [leads_to(row[2]) for row in rows[:2]] == ["report.html#", "units/ZKB-01.html#"]
    red = [cell for row in rows for cell in row[7:]
           if cell.data_type == "n" and cell.number_format.startswith('"✗ "')]  # fmt: skip
    assert len(red) > 10
    for cell in red:
        sheet, place = cell.hyperlink.location.split("!")
        clause = held[sheet.strip("'")][place]
        profile, number = str(clause.value).split()
        rule = town.profiles[profile].rules[int(number) - 1]
        title = str(held["一览 Overview"].cell(1, cell.column).value).split("\n")[0]
        assert title.startswith(town.indicators[rule.indicator].title.zh)
    green = [cell for row in rows for cell in row[7:] if cell not in red]
    assert not any(cell.hyperlink for cell in green)


def test_without_pages_beside_it_a_workbook_leads_to_none(book: Path, town: Assessment) -> None:
    assert not any(leads_to(row[2]) or leads_to(row[6]) for _, row in rows_of(book, town))


def test_where_links_have_no_room_texts_keep_theirs(
    town: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of parks four units and no city miss a target: three links each."""
    monkeypatch.setattr(module, "_MOST_LINKS", 5)
    path = write_results(town, tmp_path / "out", reports=("html", "xlsx")) / "report.xlsx"
    rows = [row for key, row in rows_of(path, town) if key[2] == "park_coverage"]
    linked = [[n for n, cell in enumerate(row) if cell.hyperlink] for row in rows]
    assert not any(6 in found for found in linked)
    assert sum(map(len, linked)) == min(5, 2 * sum(row[9].value[0] == "✗" for row in rows))


@pytest.mark.office
def test_libreoffice_follows_links_from_the_folder_of_the_workbook(
    beside: Path, tmp_path: Path
) -> None:
    (made,) = converted(beside, "fods", "fods", tmp_path)
    found = {*map(unescape, re.findall(r'xlink:href="([^"]+)"', made.read_text("utf-8")))}
    paths = {urljoin(made.as_uri(), one) for one in found}
    page = (beside.parent / "units" / "ZKB-02.html").as_uri()
    assert {page, f"{page}#where"} <= paths
    assert any(unquote(one).startswith("#'条文 Clauses'.A") for one in found)


def test_verdicts_are_coloured_by_their_symbol(book: Path, town: Assessment) -> None:
    held = openpyxl.load_workbook(book)
    for theme in themes(town):
        sheet = held[sheet_of(theme)]
        found = {str(one.sqref).split(":")[0]: [r.formula[0] for r in one.rules]
                 for one in sheet.conditional_formatting}  # fmt: skip
        wanted = [f'LEFT($J2,1)="{look.symbol}"' for look in VERDICTS.values()]
        assert found["G2"] == found["J2"] == wanted
        assert sheet.freeze_panes == "E2"
        assert sheet.auto_filter.ref == f"A1:S{sheet.max_row}"
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0


def test_the_overview_counts_and_shows_symbols(book: Path, town: Assessment) -> None:
    rows = [*openpyxl.load_workbook(book)["一览 Overview"].iter_rows()]
    titles = [cell.value.split("\n")[0] for cell in rows[0]]
    unit = next(row for row in rows if row[1].value == "ZKB-02")
    assert [cell.value for cell in unit[3:7]] == [3, 0, 0, 1]
    park = unit[titles.index("公园绿地500米服务半径覆盖率 %")]
    assert park.value == town.table.query(
        "unit_id == 'ZKB-02' and indicator == 'park_coverage'")["value"].item()  # fmt: skip
    assert park.number_format == '"✗ "#,##0.0'
    assert unit[titles.index("道路网密度 km/km²")].number_format == '"✗ "#,##0.00'
    assert park.fill.fgColor.rgb == "FF" + VERDICTS["not_met"].pale[1:].upper()


def test_no_verdict_looks_like_a_sign(town: Assessment, tmp_path: Path) -> None:
    table = town.table.assign(status="no_target")
    path = written(replace(results_of(town), table=table), tmp_path)
    rows = [*openpyxl.load_workbook(path)["一览 Overview"].iter_rows(min_row=2, min_col=8)]
    formats = {cell.number_format for row in rows for cell in row if cell.data_type == "n"}
    assert formats <= {"General", "#,##0", "#,##0.0", "#,##0.00"}


def test_the_summary_counts_verdicts_by_theme(book: Path) -> None:
    rows = [[cell.value for cell in row] for row in
            openpyxl.load_workbook(book)["概要 Summary"].iter_rows()]  # fmt: skip
    told = {row[0]: row[1:7] for row in rows}
    assert told["道路 Roads"] == [4, 0, 2, 0, 0, 0]
    assert told["公共交通 Public transport"] == [0, 0, 0, 6, 0, 0]
    assert told["合计 Total"] == [12, 0, 5, 6, 8, 5]


def test_inputs_have_their_hashes(book: Path) -> None:
    rows = [*openpyxl.load_workbook(book)["输入数据 Inputs"].iter_rows(values_only=True)]
    assert rows[1] == ("地块 parcels", "plan.gpkg", 150, "EPSG:4547", "ab" * 32)


def test_the_same_run_gives_the_same_bytes(
    book: Path, town: Assessment, results: Path, tmp_path: Path
) -> None:
    assert written(results_of(town), tmp_path / "again").read_bytes() == book.read_bytes()
    reread = read_results(results, town.indicators)
    assert written(reread, tmp_path / "reread").read_bytes() == book.read_bytes()


def hostile(names: tuple[str, ...]) -> Results:
    """Return the results of a town of which ids, names and the plan's own are hostile."""
    ids = tuple(f"{name}{n}" for n, name in enumerate(names))
    return results_of(assessment(ids, names, title=names[0]))


def kept(name: str) -> str:
    """Return a name as XML can hold it."""
    for forbidden in "\x00\x0b\x1f\ufffe":
        name = name.replace(forbidden, "�")
    name = name.replace("\r\n", "\n")
    return f"{name} " if name.startswith("<r>") else name


@pytest.mark.parametrize("names", [HOSTILE, MORE_HOSTILE], ids=["formulas", "letters"])
def test_hostile_names_stay_text(names: tuple[str, ...], tmp_path: Path) -> None:
    results = hostile(names)
    path = written(results, tmp_path)
    with zipfile.ZipFile(path) as packed:
        sheets = [packed.read(name).decode() for name in packed.namelist() if "/sheet" in name]
    assert not any("<f>" in sheet for sheet in sheets)
    found = {row[2].value: row[2].data_type for _, row in rows_of(path, results)}
    assert {kept(name) for name in names} <= set(found)
    assert set(found.values()) == {"s"}


@pytest.mark.office
@pytest.mark.parametrize("names", [IDS, HOSTILE, MORE_HOSTILE], ids=["town", "formulas", "letters"])
def test_libreoffice_reads_the_values(names: tuple[str, ...], tmp_path: Path) -> None:
    results = hostile(names)
    tables = converted(written(results, tmp_path), CSV, "csv", tmp_path)
    by_sheet = {path.stem.removeprefix("report-"): path for path in tables}
    wanted, ids = expected(results), dict(zip(map(kept, results.units.index),
                                              results.units.index, strict=True))  # fmt: skip
    seen = 0
    for theme in themes(results):
        with by_sheet[sheet_of(theme)].open(encoding="utf-8", newline="") as file:
            for row in [*csv.reader(file)][1:]:
                key = row[0].split()[-1], ids.get(row[1], row[1]), row[18], row[12]
                assert row[6] == "" if math.isnan(wanted[key]["value"]) else (
                    float(row[6]) == pytest.approx(wanted[key]["value"], rel=1e-14)
                )  # fmt: skip
                assert row[9].startswith(VERDICTS[wanted[key]["status"]].symbol)
                seen += 1
    assert seen == len(wanted)


def without_rules(results: Results) -> Results:
    """Return results that were held against nothing."""
    table = results.table.drop_duplicates(["level", "unit_id", "indicator"])
    table = table[table["level"].isin(["unit", "city"])]
    nothing = {"profile": None, "target": None, "rule": None, "margin": math.nan}
    return replace(results, profiles={}, table=table.assign(**nothing, status="no_target"))


def test_no_profile_and_no_threshold_at_all(town: Assessment, tmp_path: Path) -> None:
    results = without_rules(results_of(town))
    path = written(results, tmp_path)
    for key, row in rows_of(path, results):
        assert (row[7].value, row[8].value, row[11].value) == (None, None, None), key
        assert row[9].value == "– 无目标值 No target"
    held = openpyxl.load_workbook(path)
    assert [cell.value for cell in held["概要 Summary"]["B"]].count(
        "没有对照任何规则 no profile"
    ) == 1
    assert held["条文 Clauses"].max_row == 1
    assert held["一览 Overview"].max_column == 7


def test_a_unit_without_any_value(town: Assessment, tmp_path: Path) -> None:
    table = town.table.copy()
    mine = table["unit_id"] == "ZKB-03"
    table.loc[mine, ["value", "numerator", "denominator", "margin"]] = math.nan
    table.loc[mine, "status"] = "no_data"
    results = replace(results_of(town), table=table)
    rows = [row for key, row in rows_of(written(results, tmp_path), results) if key[1] == "ZKB-03"]
    assert rows
    assert all(row[6].value is None and row[9].value == "? 缺少数据 No data" for row in rows)


def test_what_has_no_room_is_told(
    town: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 6)
    held = openpyxl.load_workbook(written(results_of(town), tmp_path))
    told = held["道路 Roads"].cell(6, 1).value
    assert "另有 10 行" in str(told)
    assert "10 rows more have no room" in str(told)
    assert held["道路 Roads"].max_row == 6


def test_names_of_sheets_are_what_excel_takes(tmp_path: Path) -> None:
    titles = [Text("a/b:c?*[x]\\", "'quoted'"), Text("长" * 40, "Long"), Text("长" * 40, "Longer"),
              Text("", ""), Text("SAME", "SAME"), Text("same", "same")]  # fmt: skip
    with workbook(tmp_path / "names.xlsx", "", "") as made:
        for title in titles:
            made.table(title, [Column(title, 9)])
    names = openpyxl.load_workbook(tmp_path / "names.xlsx").sheetnames
    assert len({name.casefold() for name in names}) == len(titles)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_a_text_longer_than_a_cell_is_cut(tmp_path: Path) -> None:
    with workbook(tmp_path / "long.xlsx", "", "") as made:
        made.table(Text("长", "Long"), [Column(Text("字", "x"), 9)]).row([("😀" * 40_000, None)])
    cell = openpyxl.load_workbook(tmp_path / "long.xlsx").active["A2"].value
    assert cell == "😀" * 16_000 + "…"


def png(width: int, height: int) -> bytes:
    """Return a grey picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    held = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    made = b"\x89PNG\r\n\x1a\n"
    for kind, data in held:
        check = struct.pack(">I", zlib.crc32(kind + data))
        made += struct.pack(">I", len(data)) + kind + data + check
    return made


@pytest.mark.parametrize("logo", ["logo.png", "logo.svg"])
def test_a_bureau_has_its_name_and_logo_on_the_first_sheet(
    town: Assessment, tmp_path: Path, logo: str
) -> None:
    path = tmp_path / logo
    path.write_bytes(png(40, 20) if logo.endswith("png") else SVG.encode())
    block = ((Text("审核", "Checked by"), Text("=李", "=Li")),)
    bureau = Bureau(Text("某院", "An institute"), path, block, {"not_met": "#ff0000"})
    made = openpyxl.load_workbook(written(results_of(town), tmp_path, bureau))
    sheet = made["概要 Summary"]
    told = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert told["编制单位 By"] == "某院 An institute"
    assert told["审核 Checked by"] == "=李 =Li"
    assert len(sheet._images) == 1
    first = made["道路 Roads"].conditional_formatting
    assert "FFFF8C8C" in {r.dxf.fill.bgColor.rgb for one in first for r in one.rules if r.dxf.fill}


def test_a_logo_that_is_no_picture_is_refused(town: Assessment, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_text("no picture")
    with pytest.raises(SourceError, match="cannot be used as a picture"):
        written(results_of(town), tmp_path, Bureau(logo=tmp_path / "logo.png"))


def test_a_folder_that_is_not_there_is_an_error_of_the_system(
    town: Assessment, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match=r"report\.xlsx"):
        write_workbook(results_of(town), tmp_path / "nowhere")


def test_reported_rows_hold_no_nan(book: Path) -> None:
    for name in openpyxl.load_workbook(book).sheetnames:
        found = pd.read_excel(book, sheet_name=name, header=None, dtype=str, keep_default_na=False)
        assert not found.isin(["nan", "None", "NaN"]).any(axis=None), name
