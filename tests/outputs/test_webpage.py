from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import geopandas as gpd
import pandas as pd
import pytest
from tests.outputs.town import IDS, INDICATORS, NAMES, assessment, defined_otherwise

from carbonspace.model.assessment import Assessment
from carbonspace.outputs import write_results
from carbonspace.outputs.cells import both
from carbonspace.outputs.results import results_of
from carbonspace.outputs.told import parameter_text
from carbonspace.outputs.webpage import write_pages

EVIL = ("<script>alert(1)</script>", "../../etc", "a\"b'c", "单元/一", "CON", "con")
EVIL_NAMES = ("</title><script>alert(2)</script>", "<b>粗</b>", '" onload="x', "'--", "{{ 7*7 }}",
              "&amp;")  # fmt: skip


class _Page(HTMLParser):
    """Collects tags, attributes, ids and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.names |= set(given)
        self.links += [given["href"] or ""] if tag == "a" and "href" in given else []
        self.ids += [given["id"] or ""] if "id" in given else []


def _page(path: Path) -> _Page:
    return _Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hostile = assessment(EVIL, EVIL_NAMES, title="</style><script>alert(3)</script>")
    return write_results(hostile, tmp_path_factory.mktemp("evil") / "out")


def test_an_asterisk_in_the_table_of_districts_is_explained_below_it(
    town: Assessment, tmp_path: Path
) -> None:
    otherwise = defined_otherwise(town)
    east = otherwise.table[otherwise.table["level"] == "city"].assign(
        level="district", unit_id="东区"
    )
    table = pd.concat([east, otherwise.table], ignore_index=True)
    write_pages(results_of(replace(otherwise, table=table)), tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    section = page[page.index('<section id="districts">') :]
    below = section[section.index("</table>") : section.index("</section>")]
    assert "*</p></td>" in section
    assert below.count("<p class=") == 1
    assert "as the clause defines it (" in below
    assert "300" in below


def test_every_link_leads_somewhere(results: Path) -> None:
    pages = {p: _page(p) for p in [results / "report.html", *(results / "units").iterdir()]}
    checked = 0
    for path, page in pages.items():
        for link in (x for x in page.links if x != "#"):
            file, _, anchor = link.partition("#")
            target = (path.parent / unquote(file)).resolve() if file else path
            assert target in pages, link
            assert not anchor or anchor in pages[target].ids, link
            checked += 1
    assert checked > 50


def test_ids_are_unique(results: Path) -> None:
    for path in [results / "report.html", results / "units" / "ZKB-02.html"]:
        ids = _page(path).ids
        assert len(ids) == len(set(ids))


def test_every_unit_is_linked_and_every_row_of_its_page_can_be(results: Path) -> None:
    links = set(_page(results / "report.html").links)
    assert {f"units/{u}.html" for u in IDS} <= links
    assert all(set(INDICATORS) <= {*_page(results / "units" / f"{u}.html").ids} for u in IDS)


def test_without_script_the_units_that_miss_most_are_listed(
    town: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonspace.outputs.webpage.MOST_RANKED", 2)
    write_pages(results_of(town), tmp_path)
    text = (tmp_path / "report.html").read_text("utf-8")
    ranking = text[text.index('id="ranking-table"') : text.index('id="more-units"')]
    assert re.findall(r"units/(ZKB-\d\d)\.html", ranking) == ["ZKB-02", "ZKB-03"]
    assert "Only the 2 units that miss most are listed here." in text


def test_pages_need_no_network(results: Path) -> None:
    for path in [results / "report.html", results / "units" / "ZKB-01.html"]:
        text = path.read_text(encoding="utf-8")
        static = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
        assert not re.search(r"(src|href)\s*=\s*[\"'](https?:)?//", static)
        assert not re.search(r"@import|url\(\s*[\"']?(?!data:|#|\\\"#)[\w./]+[\"']?\)", static)
        assert not re.search(r"@import|url\(\s*[\"']?http|sourceMappingURL|src\s*=\s*[\"']", text)


def test_the_plan_page_says_it_all(results: Path) -> None:
    text = (results / "report.html").read_text(encoding="utf-8")
    for words in (*NAMES, "EPSG:4547", "ab" * 32, "© OpenStreetMap contributors, ODbL 1.0",
                  "面积为零", "zero area", "6,000,000.00", "某市低碳建设规划",
                  "500 m"):  # fmt: skip
        assert words in text, words


def test_a_unit_page_quotes_the_clause_and_its_standing(results: Path) -> None:
    text = (results / "units" / "ZKB-02.html").read_text(encoding="utf-8")
    for words in ("公园绿地、广场步行5分钟覆盖率不低于80%", "规划第三章 §3.2", "2030 年", "约束性",
                  "for reference, not binding", "未核实：凭记忆",
                  "unverified: partly corroborated",
                  "缺少图层：公共交通站点（transit_stops）", "missing layer: transit_stops",
                  "−5.0", "≥ 80", "服务半径未覆盖的居住用地", "url(#hatch)"):  # fmt: skip
        assert words in text, words


def test_both_languages_stand_on_the_page_without_script(results: Path) -> None:
    text = (results / "report.html").read_text(encoding="utf-8")
    static = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert '<span lang="zh">公园绿地500米服务半径覆盖率</span>' in static
    assert '<span lang="en">Homes within reach of a park</span>' in static
    assert ":has(#lang-en:checked)" in static


def test_hostile_names_stay_text(evil: Path, results: Path) -> None:
    for path in [evil / "report.html", *(evil / "units").iterdir()]:
        page = _page(path)
        usual = "report.html" if path.name == "report.html" else "units/ZKB-01.html"
        assert page.tags.count("script") == _page(results / usual).tags.count("script")
        assert not {"onload", "onerror", "onclick"} & page.names
        text = path.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "<b>粗</b>" not in text
        assert text.count("</style>") == _styles(results / usual)
    assert "{{ 7*7 }}" in (evil / "report.html").read_text(encoding="utf-8")


def _styles(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("</style>")


def test_hostile_ids_stay_in_their_folder(evil: Path) -> None:
    names = sorted(p.name for p in (evil / "units").iterdir())
    assert len({n.casefold() for n in names}) == 6
    assert all(re.fullmatch(r"[\w\-.]+\.html", n) and not n.startswith(".") for n in names)


def test_hostile_pages_are_linked(evil: Path) -> None:
    linked = {unquote(x.partition("#")[0]) for x in _page(evil / "report.html").links}
    assert {f"units/{p.name}" for p in (evil / "units").iterdir()} <= linked


def test_words_are_escaped() -> None:
    assert both("<甲>", "a&b") == '<span lang="zh">&lt;甲&gt;</span><span lang="en">a&amp;b</span>'
    assert both("EPSG", "EPSG") == "EPSG"


@pytest.mark.parametrize(
    ("value", "text"),
    [(500.0, "500"), (("0701", "0703"), "0701, 0703"), (((5000, 500), (2000, 300)),
     "(5,000, 500), (2,000, 300)"), ({"flat": 0.5}, "flat: 0.5"), (True, "✓"), ((), "—")],
)  # fmt: skip
def test_parameters_as_people_write_them(value: object, text: str) -> None:
    assert parameter_text(value) == text


def test_units_that_were_not_asked_for_are_only_drawn(town: Assessment, tmp_path: Path) -> None:
    few = replace(town, table=town.table[town.table["unit_id"].isin(["ZKB-02", "city"])])
    folder = write_results(few, tmp_path / "out")
    assert [p.name for p in (folder / "units").iterdir()] == ["ZKB-02.html"]
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert text.count('<path class="unit m') == 1
    assert text.count("<title>城东单元") == 1
    assert len(gpd.read_file(folder / "results.gpkg", layer="units")) == 1
    park = gpd.read_file(folder / "results.gpkg", layer="evidence_park_coverage")
    assert set(park["unit_id"]) == {"ZKB-02"}


def test_the_ledger_is_told_in_both_languages(town: Assessment, tmp_path: Path) -> None:
    floors = town.ledger.assign(quantity="floor area")
    write_pages(results_of(replace(town, ledger=floors)), tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert '<span lang="zh">建筑面积</span><span lang="en">Floor area</span>' in page
