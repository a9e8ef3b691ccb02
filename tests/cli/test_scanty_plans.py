"""Plans with little in them: every report of them is right, or what is wrong is named."""

from __future__ import annotations

import re
import sqlite3
import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from docx import Document
from openpyxl import load_workbook
from pypdf import PdfReader
from shapely.geometry import Polygon, box
from tests.cli.calls import X, Y, called

ASKED = ("--indicator", "park_coverage", "--report", "all")
SQUARE, BARE = box(X, Y, X + 3000, Y + 1000), box(X, Y + 1000, X + 3000, Y + 2000)


def _units(plan: Path, shapes: dict[str, Any]) -> None:
    """Put units in place of those of a plan."""
    layer = gpd.GeoDataFrame({"unit_id": [*shapes]}, geometry=[*shapes.values()], crs="EPSG:4547")
    layer.to_file(plan.parent / "plan.gpkg", layer="units")


def _says(plan: Path, old: str, new: str) -> None:
    plan.write_text(plan.read_text("utf-8").replace(old, new), encoding="utf-8")


def _read(path: Path) -> str:
    """Return all text of a PDF."""
    return "".join(page.extract_text() for page in PdfReader(path).pages)


def _table(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "indicators.csv", encoding="utf-8-sig")


def _rows(out: Path, query: str) -> list[Sequence[Any]]:
    with closing(sqlite3.connect(out / "results.gpkg")) as database:
        return database.execute(query).fetchall()


def _sheets(path: Path) -> str:
    book = load_workbook(path)
    rows = (row for sheet in book for row in sheet.iter_rows(values_only=True))
    return "\n".join(str(value) for row in rows for value in row if value is not None)


@pytest.fixture
def bare(plan: Path, tmp_path: Path) -> Path:
    """Write results of four units: two without geometry, and one in which there is nothing."""
    _units(plan, {"U1": SQUARE, "NULL": None, "EMPTY": Polygon(), "BARE": BARE})
    assert called("run", plan, "--out", tmp_path / "out", *ASKED) == 0
    return tmp_path / "out"


def test_units_without_geometry_are_left_out_and_named(bare: Path) -> None:
    table = _table(bare)
    assert {*table.loc[table["level"] == "unit", "unit_id"]} == {"U1", "BARE"}
    found = _rows(bare, "SELECT feature, severity, what, action FROM findings ORDER BY feature")
    assert found == [
        (name, "warning", "The feature has no geometry", "The feature was left out.")
        for name in ("EMPTY", "NULL")
    ]
    assert {path.name for path in (bare / "units").iterdir()} == {
        "U1.html", "U1.pdf", "BARE.html", "BARE.pdf",
    }  # fmt: skip
    assert _rows(bare, "SELECT unit_id FROM units ORDER BY unit_id") == [("BARE",), ("U1",)]


def test_reports_name_the_units_that_were_left_out(bare: Path) -> None:
    said = {
        "html": (bare / "report.html").read_text("utf-8"), "pdf": _read(bare / "report.pdf"),
        "xlsx": _sheets(bare / "report.xlsx"),
    }  # fmt: skip
    for text in said.values():
        assert all(name in text for name in ("NULL", "EMPTY", "要素没有几何"))


def test_a_unit_with_nothing_in_it_has_no_figure(bare: Path) -> None:
    held = _table(bare).set_index(["unit_id", "indicator"]).loc["BARE"]
    assert {*held["status"]} == {"not_applicable"}
    assert held["value"].isna().all()
    assert held["reason"].notna().all()
    assert "BARE" in "".join(one.text for one in Document(str(bare / "report.docx")).paragraphs)
    page = (bare / "report.html").read_text("utf-8")
    assert re.findall(r'class="unit (m\w)" data-of', page)[1] == "mx"
    for path in bare.rglob("*.html"):
        said = re.sub(r"<script>.*?</script>", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert re.search(r"\bnan\b", said, re.IGNORECASE) is None


def test_a_unit_without_geometry_cannot_be_asked_for(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _units(plan, {"U1": SQUARE, "NULL": None})
    out = tmp_path / "out"
    assert called("run", plan, "--out", out, *ASKED, "--unit", "NULL", "--lang", "en") != 0
    assert "the plan has no unit NULL" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("shape", [None, Polygon()], ids=["null", "empty"])
def test_units_that_all_lack_geometry_are_an_error(
    shape: Any, plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _units(plan, {"U1": shape})
    out = tmp_path / "out"
    assert called("run", plan, "--out", out, *ASKED, "--lang", "en") == 3
    assert "units: No feature has a geometry that can be used" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    "units", [{"U1": SQUARE}, {"U1": SQUARE, "BARE": BARE}], ids=["one", "two"]
)
def test_a_plan_without_a_threshold(units: dict[str, Any], plan: Path, tmp_path: Path) -> None:
    _units(plan, units)
    _says(plan, 'profiles = ["pku"]', "profiles = []")
    out = tmp_path / "out"
    assert called("run", plan, "--out", out, *ASKED) == 0
    assert {*_table(out)["status"]} <= {"no_target", "not_applicable"}
    page, text = (out / "report.html").read_text("utf-8"), _read(out / "report.pdf")
    legend = page[page.index('<ul class="classes">') :].partition("</ul>")[0]
    assert re.findall(r'<span lang="en">(.*?)</span>', legend) == ["Nothing could be judged"]
    assert "nothing could be judged in the units" in page
    assert "没有可判定的单元指标" in text
    assert "无可判定的目标" in text
    (style,) = _rows(out, "SELECT styleQML FROM layer_styles WHERE f_table_name = 'units'"
                          " AND useAsDefault")  # fmt: skip
    assert re.findall(r"label=\"(无可判定的目标|[^\"]*未达标)", style[0]) == ["无可判定的目标"]
    with zipfile.ZipFile(out / "results.qgz") as archive:
        assert archive.testzip() is None
    assert "全市 City" in [one.text for one in Document(str(out / "report.docx")).paragraphs]
