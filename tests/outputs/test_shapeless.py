"""A unit without a shape, as a hand-made plan may have one: in every table, on no map."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from docx import Document
from pypdf import PdfReader
from tests.outputs.town import IDS, INDICATORS

from carbonspace import compare
from carbonspace.model.assessment import Assessment
from carbonspace.outputs import renew_reports, write_comparison, write_results
from carbonspace.outputs.ground import base_of
from carbonspace.outputs.reading import read_results

GONE, NAME = "ZKB-03", "老城单元"
SAID = "没有图形，不在图上"
KINDS = ("html", "pdf", "docx", "xlsx", "qgz")


def without_shape(town: Assessment, shape: Any, *ids: str) -> Assessment:
    units = town.plan.layers["units"].copy()
    for one in ids:
        units.loc[one, "geometry"] = shape
    layers = {**town.plan.layers, "units": gpd.GeoDataFrame(units)}
    return replace(town, plan=replace(town.plan, layers=layers))


@pytest.fixture(scope="module", params=[None, shapely.Polygon()], ids=["none", "empty"])
def made(
    request: pytest.FixtureRequest, town: Assessment, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    found = without_shape(town, request.param, GONE)
    return write_results(found, tmp_path_factory.mktemp("shapeless") / "out", reports=KINDS)


def test_pages_tell_its_figures_and_that_no_map_has_it(made: Path) -> None:
    report = (made / "report.html").read_text("utf-8")
    static = report[report.index('<figure class="static">') :].partition("</figure>")[0]
    assert SAID in report
    assert f"<tspan>{NAME}" not in static
    assert f">{NAME}</tspan>" not in static
    assert ">城西单元</tspan>" in static
    page = (made / "units" / f"{GONE}.html").read_text("utf-8")
    assert SAID in page
    assert "Homes within reach of a park" in page
    assert '<svg class="map"' not in page
    assert '<svg class="map"' in (made / "units" / "ZKB-02.html").read_text("utf-8")


def test_print_tells_its_figures_and_that_no_map_has_it(made: Path) -> None:
    cover = PdfReader(made / "report.pdf").pages[0].extract_text()
    assert SAID in cover
    assert NAME in cover
    sheet = PdfReader(made / "units" / f"{GONE}.pdf").pages[0].extract_text()
    assert SAID in sheet
    assert "64.5" in sheet
    assert SAID not in PdfReader(made / "units" / "ZKB-02.pdf").pages[0].extract_text()


def test_the_document_tells_so_too(made: Path) -> None:
    document = Document(str(made / "report.docx"))
    assert sum(SAID in one.text for one in document.paragraphs) == 1
    shown = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert {one[:6] for one in shown} == {*IDS} - {GONE}


def test_reports_are_made_again_of_the_folder(made: Path, tmp_path: Path) -> None:
    results = read_results(made, INDICATORS)
    renew_reports(results, tmp_path / "again", ["html", "pdf", "docx"])
    assert SAID in (tmp_path / "again" / "report.html").read_text("utf-8")


def test_a_plan_of_nothing_but_such_units_has_empty_maps(town: Assessment, tmp_path: Path) -> None:
    found = without_shape(town, None, *IDS)
    assert base_of(found.plan.layers).shapeless == list(found.plan.layers["units"]["name"])
    out = write_results(found, tmp_path / "out", reports=KINDS)
    assert SAID in (out / "report.html").read_text("utf-8")
    assert SAID in PdfReader(out / "report.pdf").pages[0].extract_text()


@pytest.mark.parametrize("shape", [None, shapely.Polygon()], ids=["none", "empty"])
def test_plans_with_and_without_the_shape_are_compared(
    town: Assessment, tmp_path: Path, shape: Any
) -> None:
    run = {**town.run, "parameters": {key: {} for key in town.indicators}, "profiles": ["town"]}
    whole = replace(town, run=run)
    for n, sides in enumerate(((whole, without_shape(whole, shape, GONE)),) * 2):
        found = compare(*sides[:: 1 - 2 * n], attribute="none")
        page = write_comparison(found, tmp_path / str(n)) / "compare.html"
        assert NAME in page.read_text("utf-8")
