"""The PDF of a plan and of its units: looked at as pictures, read as text, taken apart."""

from __future__ import annotations

import errno
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject
from tests.outputs.town import IDS, NAMES, assessment, defined_otherwise

from carbonspace.errors import ServiceError, SourceError
from carbonspace.model.assessment import Assessment
from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.text import Text
from carbonspace.outputs import renew_reports, write_results
from carbonspace.outputs.in_full import by_reason, in_full, unknown_everywhere
from carbonspace.outputs.legible import legible, legible_text
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.pdf import write_pdf
from carbonspace.outputs.results import Results, results_of
from carbonspace.outputs.rows import Group, number, places
from carbonspace.outputs.typeset import press

EVIL = ('#import "a"', "$x^2$ `c` *b* _i_", "../../etc", "a\"b'c", "</script>", "单元/一")
EVIL_NAMES = ("#panic(\"no\")", "\\u{41} \\ // /* @a <b>", "\u202eabc", "😀 ب", "长" * 150,
              "x" * 300)  # fmt: skip


def made(results: Results, folder: Path, bureau: Bureau = NOBODY) -> Path:
    folder.mkdir()
    write_pdf(results, folder, bureau)
    return folder


@pytest.fixture(scope="module")
def pdf(town: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(results_of(town), tmp_path_factory.mktemp("pdf") / "out")


def said(path: Path) -> str:
    """Return the text of a PDF without white space: lines break where the page wants them to."""
    told = subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True)
    return re.sub(r"[\s\u200b]", "", told.stdout.decode())


def laid_out(path: Path) -> list[str]:
    """Return the lines of a PDF as they stand on its pages, without white space."""
    told = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True)
    return [re.sub(r"[\s\u200b]", "", line) for line in told.stdout.decode().splitlines()]


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def seen(path: Path, page: int, folder: Path) -> Any:
    """Return the pixels of a page, 60 to an inch."""
    subprocess.run(["pdftoppm", "-r", "60", "-f", str(page), "-l", str(page), "-png",
                    "-singlefile", path, folder / "page"], check=True)  # fmt: skip
    return np.asarray(Image.open(folder / "page.png").convert("RGB")).astype(int)


def share_of(pixels: Any, colour: str) -> float:
    """Return the share of pixels that nearly have a colour."""
    wanted = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    return float((np.abs(pixels - wanted).max(axis=2) < 12).mean())


def unit_file(folder: Path, unit_id: str) -> Path:
    return folder / "units" / f"{unit_id}.pdf"


def test_a_unit_shows_every_value_and_verdict_of_the_table(pdf: Path, town: Assessment) -> None:
    for unit_id in IDS:
        lines = laid_out(unit_file(pdf, unit_id))
        rows = town.table[(town.table["level"] == "unit") & (town.table["unit_id"] == unit_id)]
        assert len(rows) == 7
        for row in rows.itertuples():
            one = town.indicators[row.indicator]
            value, look = number(row.value, one.decimals), VERDICTS[row.status]
            target = squeezed(row.target) if isinstance(row.target, str) else "—"
            wanted = f"{value}{squeezed(one.unit)}{look.symbol}{look.title.zh}{target}"
            begun = squeezed(one.title.zh)[:6]
            if value == target == "—":
                assert any(look.title.zh in x and squeezed(row.reason_zh)[:12] in x for x in lines)
                continue
            assert any(x.startswith(begun) and wanted in x for x in lines), (unit_id, wanted)


def test_a_figure_that_the_clause_defines_is_marked(town: Assessment, tmp_path: Path) -> None:
    folder = made(results_of(defined_otherwise(town)), tmp_path / "out")
    assert any("72.0*%✗未达标≥80%" in line for line in laid_out(unit_file(folder, "ZKB-01")))
    told = "*按条文口径（服务半径：300m）：72.0%；按规划口径：92.0%"
    assert told in said(unit_file(folder, "ZKB-01"))
    report = said(folder / "report.pdf")
    assert "✗72.0*" in report
    assert "*公园绿地500米服务半径覆盖率：结论按条文口径（服务半径：300m）" in report


def groups_of(results: Results) -> dict[str, tuple[Group, ...]]:
    return places(results.table, results.indicators, results.profiles, IDS).units


def test_one_reason_is_said_once_and_not_beside_each_indicator(town: Assessment) -> None:
    """In ZKB-03 the floor area of the main use has no denominator, in ZKB-01 it has a value."""
    table = town.table.copy()
    bare = table["indicator"].isin(["solar_roof_area", "charging_car_park_share"])
    reason = {"reason": "missing layer: x", "reason_zh": "缺少图层：x", "rule": np.nan,
              "value": np.nan, "profile": None, "target": None, "status": "no_data"}  # fmt: skip
    table.loc[bare & (table["level"] == "unit"), list(reason)] = list(reason.values())
    units = groups_of(results_of(replace(town, table=table)))
    common = unknown_everywhere(units.values())
    assert {row.indicator.key for row, _ in common} == {
        "solar_roof_area", "charging_car_park_share"}  # fmt: skip
    (reasons,) = by_reason(common)
    assert reasons["reason"] == ["缺少图层：x", "missing layer: x"]
    found = in_full(units["ZKB-03"], {row.indicator.key: why for row, why in common})
    assert len(found["common"]) == 2
    (own,) = found["unknown"]
    assert own["status"] == "not_applicable"
    assert [one["key"] for one in own["indicators"]] == ["main_use_floor_share"]
    told = [one["key"] for group in found["groups"] for one in group["lines"]]
    assert told == ["road_density", "road_density", "park_coverage", "station_coverage"]
    found = in_full(units["ZKB-01"], {})
    figures = [one for group in found["groups"] for one in group["figures"]]
    assert [(one["key"], one["value"]) for one in figures] == [("main_use_floor_share", "60.0")]
    assert [one["reason"][0] for one in found["unknown"]] == ["缺少图层：x"]


def test_a_clause_that_asks_for_no_value_takes_a_line_and_one_never_held_is_quoted(
    town: Assessment,
) -> None:
    rules = [*town.profiles["town"].rules]
    park = town.table["indicator"] == "park_coverage"
    table = town.table.assign(target=town.table["target"].mask(park, None))
    for never, wanted in ((None, "figures"), (Text("只作记录", "only recorded"), "lines")):
        rules[0] = replace(rules[0], comparator="none", target=(), never=never)
        profile = replace(town.profiles["town"], rules=tuple(rules))
        changed = replace(town, table=table, profiles={"town": profile})
        groups = in_full(groups_of(results_of(changed))["ZKB-01"], {})["groups"]
        assert "park_coverage" in [one["key"] for group in groups for one in group[wanted]]


def test_what_no_unit_has_a_value_of_is_explained_in_the_report(
    town: Assessment, tmp_path: Path
) -> None:
    unknown = town.table["indicator"] == "solar_roof_area"
    nothing = {"value": np.nan, "status": "no_data", "reason": "no roofs", "reason_zh": "没有屋顶"}
    table = town.table.copy()
    table.loc[unknown, list(nothing)] = list(nothing.values())
    folder = made(results_of(replace(town, table=table)), tmp_path / "out")
    assert "没有屋顶" in said(folder / "report.pdf")
    text = said(unit_file(folder, "ZKB-02"))
    assert "在所有单元都没有数值" in text
    assert text.endswith("可利用屋顶面积") or "可利用屋顶面积" in text[text.index("在所有单元") :]


def test_the_report_shows_what_each_unit_misses(pdf: Path, town: Assessment) -> None:
    text = said(pdf / "report.pdf")
    for name in (*NAMES, squeezed("某市中心城区详细规划"), "EPSG:4547", "P999", "ab" * 32):
        assert name in text
    for one in town.indicators.values():
        assert squeezed(one.title.zh) in text
        assert squeezed(one.definition.zh) in text
        assert squeezed(one.source) in text
    missed = town.table[(town.table["level"] == "unit") & (town.table["status"] == "not_met")]
    assert f"{missed['unit_id'].nunique()}/6" in text
    assert squeezed("道路网密度应达到8公里/平方公里以上") in text


def test_a_failing_unit_has_the_colour_of_failure(pdf: Path, tmp_path: Path) -> None:
    failing = seen(unit_file(pdf, "ZKB-02"), 1, tmp_path)
    assert share_of(failing, VERDICTS["not_met"].colour) > 0.0008
    assert share_of(failing, "#c1272d") > 0.0001
    assert share_of(failing, "#fee568") > 0.02 or share_of(failing, "#ffe666") > 0.02
    cover = seen(pdf / "report.pdf", 1, tmp_path)
    assert share_of(cover, "#0f4c5c") > 0.15
    assert share_of(cover, mixed("#f8a461")) > 0.05


def mixed(colour: str, part: float = 0.78) -> str:
    """Return a colour of the style class `unit` on the ground of maps."""
    ground = (0xFB, 0xFC, 0xFD)
    found = [round(int(colour[1 + 2 * n : 3 + 2 * n], 16) * part + ground[n] * (1 - part))
             for n in range(3)]  # fmt: skip
    return "#{:02x}{:02x}{:02x}".format(*found)


def test_a_colour_of_the_bureau_is_that_of_its_verdicts(town: Assessment, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGB", (300, 100), "#123456").save(logo)
    rows = ((Text("审核", "Checked by"), Text("王一", "Wang Yi")),)
    bureau = Bureau(Text("某市设计院 #1", "An institute"), logo, rows, {"not_met": "#aa0011"})
    folder = made(results_of(town), tmp_path / "out", bureau)
    page = seen(unit_file(folder, "ZKB-02"), 1, tmp_path)
    assert share_of(page, "#aa0011") > 0.0008
    assert share_of(page, "#123456") > 0.0005
    assert share_of(page, VERDICTS["not_met"].colour) == 0
    text = said(unit_file(folder, "ZKB-02"))
    assert "某市设计院#1" in text
    assert "审核王一" in text


def test_fonts_are_embedded_and_it_is_pdf_a(pdf: Path) -> None:
    for path in (pdf / "report.pdf", *sorted((pdf / "units").iterdir())):
        told = subprocess.run(["pdffonts", path], check=True, capture_output=True, text=True)
        fonts = [line.split() for line in told.stdout.splitlines()[2:]]
        assert fonts
        assert all(line[-5:-2] == ["yes", "yes", "yes"] for line in fonts)
        assert any("NotoSansCJKsc" in line[0] for line in fonts)
        root: Any = PdfReader(path).trailer["/Root"]
        metadata = root["/Metadata"].get_data().decode()
        assert re.search(r'pdfaid:part(>|=")2', metadata)
        assert re.search(r'pdfaid:conformance(>|=")B', metadata)
        assert root["/Lang"] == "zh-CN"
        assert "/OutputIntents" in root


def test_nothing_that_pdf_a_forbids(pdf: Path) -> None:
    """What ISO 19005-2 forbids, taken apart by hand: a checker like veraPDF is not at hand."""
    for path in (pdf / "report.pdf", unit_file(pdf, "ZKB-02")):
        reader = PdfReader(path)
        trailer: Any = reader.trailer
        assert not reader.is_encrypted
        assert len(trailer["/ID"]) == 2
        (intent,) = trailer["/Root"]["/OutputIntents"]
        assert intent["/S"] == "/GTS_PDFA1"
        profile = intent["/DestOutputProfile"]
        assert profile["/N"] == 3
        assert profile.get_data()[36:40] == b"acsp"  # the signature of an ICC profile
        held = [*objects(reader)]
        names = {str(key) for one in held for key in one}
        assert names & {"/JS", "/AA", "/OpenAction", "/EmbeddedFiles", "/OPI", "/PS"} == set()
        kinds = {str(one.get(key)) for one in held for key in ("/S", "/Subtype", "/Filter")}
        forbidden = {"/JavaScript", "/Launch", "/Movie", "/Sound", "/LZWDecode", "/Crypt"}
        assert kinds & forbidden == set()
        assert not any(one.get("/Interpolate") for one in held)
        marks = [one for one in held if one.get("/Type") == "/Annot"]
        assert all(one["/F"] & 4 and not one["/F"] & 3 for one in marks)  # printed, never hidden


def objects(reader: PdfReader) -> Iterator[Any]:
    """Yield all dictionaries and streams of a PDF."""
    trailer: Any = reader.trailer
    for n in range(1, trailer["/Size"]):
        one = IndirectObject(n, 0, reader).get_object()
        if isinstance(one, DictionaryObject):
            yield one


def test_places_within_units_are_counted_and_named(pdf: Path) -> None:
    """Two parcels are held against 70 %: P000 has 60 % and lies in the first unit."""
    plan, first = said(pdf / "report.pdf"), said(unit_file(pdf, "ZKB-01"))
    assert "街坊、地块与建筑对照目标" in plan
    for text, counts in ((plan, "1/2"), (first, "1/1")):
        assert counts in text
        assert "P00060.0（−10.0）" in text
    assert "单元内的判定，未达标/判定" in first
    assert "地块Parcels1/1" in first
    assert "地块Parcels0/1" in said(unit_file(pdf, "ZKB-02"))
    assert "单元内的判定" not in said(unit_file(pdf, "ZKB-03"))
    assert "P030" not in first


def test_no_page_begins_with_the_last_line_of_a_table(tmp_path: Path) -> None:
    shown = """
#import "tables.typ": *
#set page(height: 80mm)
#ruled((1fr,), (left,), (("a", ""),), data.rows, row => (row,))
"""
    split = 0
    with press(NOBODY) as ours:
        (ours.folder / "trial.typ").write_text(shown, encoding="utf-8")
        for count in range(1, 24):
            rows = [f"row{n}" for n in range(count)]
            data = {"rows": rows, "bureau": {"name": None, "logo": ""}}
            ours.set("trial.typ", data, tmp_path / "trial.pdf")
            pages = [one.extract_text() for one in PdfReader(tmp_path / "trial.pdf").pages]
            held = [len(re.findall(r"row\d+", text)) for text in pages]
            assert sum(held) == count
            assert len(held) == 1 or held[-1] >= 2
            split += len(held) > 1
        ours.set("trial.typ", {**data, "rows": ["长 " * 2000] * 2}, tmp_path / "trial.pdf")
    assert split > 5
    assert said(tmp_path / "trial.pdf").count("长") == 4000  # longer than a page, and all there


def test_bookmarks_lead_to_themes_and_units(pdf: Path) -> None:
    reader = PdfReader(pdf / "report.pdf")

    def titles(found: list[Any]) -> Iterator[str]:
        for one in found:
            if isinstance(one, list):
                yield from titles(one)
            else:
                yield str(one.title)
                assert reader.get_destination_page_number(one) is not None

    named = [*titles(reader.outline)]
    for wanted in (*NAMES, "总览", "道路", "公园绿地", "单元图则", "方法与依据", "数据与检查"):
        assert any(title.startswith(wanted) for title in named), wanted


def test_the_sheet_of_a_unit_is_one_page(pdf: Path) -> None:
    reader = PdfReader(pdf / "report.pdf")
    sheets = [page for page in reader.pages if "规划单元图则" in page.extract_text()]
    assert len(sheets) == len(IDS)


def test_the_same_results_make_the_same_bytes(pdf: Path, town: Assessment, tmp_path: Path) -> None:
    again = made(results_of(town), tmp_path / "again")
    files = [path.relative_to(pdf) for path in pdf.rglob("*.pdf")]
    assert len(files) == 7
    assert all((again / file).read_bytes() == (pdf / file).read_bytes() for file in files)


def test_hostile_names_are_text(tmp_path: Path) -> None:
    title = "#set text(red) $1$ </script> \u202e"
    folder = made(results_of(assessment(EVIL, EVIL_NAMES, title=title)), tmp_path / "out")
    text = said(folder / "report.pdf")
    for name in (*EVIL, *EVIL_NAMES, title):
        assert squeezed(legible_text(name)).replace("\u200b", "") in text, name
    assert "[U+202E]abc" in text
    assert "[U+1F600]" in text
    assert len([*(folder / "units").iterdir()]) == 6
    assert {path.parent for path in tmp_path.rglob("*.pdf")} == {folder, folder / "units"}


def test_text_that_cannot_be_drawn_is_named() -> None:
    assert legible_text("a\tb\u0000") == "a b[U+0000]"
    assert legible_text("公园 500 m²，≥ 8") == "公园 500 m²，≥ 8"
    assert legible_text("✗✓") == "✗✓"
    assert legible_text("x" * 50) == "x" * 20 + "\u200b" + "x" * 20 + "\u200b" + "x" * 10
    assert legible({"a": ["\u200f", 1, None]}) == {"a": ["[U+200F]", 1, None]}


def test_units_without_values_and_without_targets(town: Assessment, tmp_path: Path) -> None:
    blank = town.table.assign(
        value=np.nan, status="no_data", target=None, margin=np.nan, profile=None, rule=None
    )
    folder = made(results_of(replace(town, table=blank, profiles={})), tmp_path / "blank")
    assert "没有可判定的单元指标" in said(folder / "report.pdf")
    assert "缺少数据" in said(unit_file(folder, "ZKB-01"))
    free = town.table.assign(status="no_target", target=None, margin=np.nan, profile=None,
                             rule=None)  # fmt: skip
    folder = made(results_of(replace(town, table=free, profiles={})), tmp_path / "free")
    text = said(folder / "report.pdf")
    assert "本主题没有可判定的目标" in text
    assert "8.40" in text


def test_some_units_only(town: Assessment, tmp_path: Path) -> None:
    asked = town.table[town.table["unit_id"] == "ZKB-03"]
    folder = made(results_of(replace(town, table=asked)), tmp_path / "out")
    assert [path.name for path in (folder / "units").iterdir()] == ["ZKB-03.pdf"]
    assert "老城单元" in said(folder / "report.pdf")


@pytest.mark.parametrize("module", ["noto_cjk_sans_otc", "typst"])
def test_what_is_missing_is_named(
    town: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ServiceError, match=r"pip install 'carbonspace\[documents\]'"):
        made(results_of(town), tmp_path / "out")
    assert not [*tmp_path.rglob("*.pdf")]


def test_a_template_of_the_bureau_goes_before_ours(town: Assessment, tmp_path: Path) -> None:
    (tmp_path / "unit.typ").write_text(
        '#import "style.typ": *\n#show: document-style.with("t")\n我们的 #data.sheet.name', "utf-8"
    )
    folder = made(results_of(town), tmp_path / "out", Bureau(templates=tmp_path))
    assert "我们的城西单元" in said(unit_file(folder, "ZKB-02"))


@pytest.mark.parametrize("fault", ["#no_such()", '#set text(font: "No Such Font")\nx'])
def test_a_template_with_a_fault_or_a_warning_is_refused(
    town: Assessment, tmp_path: Path, fault: str
) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "report.typ").write_text(fault, "utf-8")
    with pytest.raises(ServiceError, match=r"report\.typ"):
        made(results_of(town), tmp_path / "out", Bureau(templates=templates))


def test_nothing_is_left_behind(
    town: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made(results_of(town), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_html_and_pdf_stand_beside_each_other(town: Assessment, tmp_path: Path) -> None:
    folder = write_results(town, tmp_path / "out", reports=("html", "pdf"))
    both = {path.name for path in (folder / "units").iterdir()}
    assert both == {f"{unit_id}.{kind}" for unit_id in IDS for kind in ("html", "pdf")}
    renew_reports(results_of(town), folder, ["html"])
    assert {path.name for path in (folder / "units").iterdir()} == both


def test_a_disk_that_fills_leaves_no_partial_files(
    town: Assessment, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(results, folder := tmp_path / "out")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name == "ZKB-04.pdf":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SourceError, match="No space left"):
        renew_reports(results_of(town), folder, ["pdf"])
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_maps_hold_their_common_outlines_once(town: Assessment, tmp_path: Path) -> None:
    """Each theme has a map of the same units: in a document their outlines stand once."""
    units, turn = town.plan.layers["units"].copy(), np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    reach = 430 + np.random.default_rng(2).normal(0, 4, len(turn))
    ring = np.column_stack([reach * np.cos(turn), reach * np.sin(turn)])
    units["geometry"] = [shapely.Polygon(ring + np.array([one.x, one.y])) for one in units.centroid]
    results = results_of(town)
    layers = {**results.layers, "units": units}
    folder = made(replace(results, layers=layers), tmp_path / "out")
    reader = PdfReader(folder / "report.pdf")
    forms = [one for one in objects(reader) if one.get("/Subtype") == "/Form"]
    themes = [page for page in reader.pages if "未达标指标数" in page.extract_text()]
    corners = [_corners(page.get_contents()) for page in themes]
    outlines = [count for one in forms if (count := _corners(one)) > max(corners)]
    assert len(corners) >= 3
    assert len(outlines) == 1
    assert outlines[0] > 1.5 * max(corners)  # the colours below them


def _corners(held: Any) -> int:
    return held.get_data().count(b" l") if held is not None else 0
