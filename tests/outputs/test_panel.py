"""panel.json: figures and verdicts are those of the tall table, told in both languages."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections import defaultdict
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.outputs.town import assessment, defined_otherwise

from carbonspace.catalogue import indicators
from carbonspace.model.assessment import Assessment
from carbonspace.outputs import read_results, write_results
from carbonspace.outputs.direction import alone
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.panel import FORMAT, write_panel
from carbonspace.outputs.results import Results, results_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "panel-json.md"
LEVELS = ("city", "district", "unit")
ALLOWED = {"h4", "p", "b", "table", "tr", "td"}


def told(found: Assessment) -> Any:
    return written(results_of(found))


def written(results: Results) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        write_panel(results, Path(folder))
        return json.loads((Path(folder) / "panel.json").read_text("utf-8"))


def html(data: Any, cell: Any, lang: str) -> str:
    return "".join(data["pieces"][lang][number] for number in cell["why"])


def cells(data: Any) -> dict[tuple[str, str, str], Any]:
    return {(place["level"], place["id"], one["key"]): cell for place in data["places"]
            for one, cell in zip(data["indicators"], place["cells"], strict=True)}  # fmt: skip


def by_cell(table: pd.DataFrame) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    found = defaultdict[tuple[str, str, str], list[dict[str, Any]]](list)
    for row in table[table["level"].isin(LEVELS)].to_dict("records"):
        found[row["level"], row["unit_id"], row["indicator"]].append(row)
    return found


class Tags(HTMLParser):
    """The tags and attributes of a piece of HTML, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.names, self.text = list[str](), set[str](), ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.tags

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_the_table_is_told(data: Any, table: pd.DataFrame) -> int:
    """Compare every cell with the rows it is of; return how many there are."""
    shown, rows = cells(data), by_cell(table)
    assert {*rows} <= {*shown}
    statuses = [one["key"] for one in data["verdicts"]]
    for at, held in rows.items():
        cell = shown[at]
        spoken = [row for row in held if not pd.isna(row["profile"])] or held
        worst = min((row["status"] for row in spoken), key=[*VERDICTS].index)
        assert statuses[cell["verdict"]] == worst
        figure, _, sign = cell["text"].rpartition(" ")
        assert sign == VERDICTS[worst].symbol
        value = held[0]["value"]
        assert (figure == "") == math.isnan(value)
        if figure:
            number = figure.replace("−", "-").replace(",", "")
            off = 0.5 * 10.0 ** -len(number.partition(".")[2])
            assert abs(float(number) - value) <= off * 1.000001
        english = Tags(html(data, cell, "en")).text
        for row in spoken:
            assert VERDICTS[row["status"]].title.en in english
            assert pd.isna(row["target"]) or row["target"] in english
            assert pd.isna(row["reason"]) or row["reason"] in english
    return len(rows)


def test_every_cell_is_what_the_table_says(town: Assessment) -> None:
    data = told(town)
    assert assert_the_table_is_told(data, town.table) == 42
    assert data["format"] == FORMAT


@pytest.mark.sample
def test_every_cell_of_the_golden_plan_is_what_the_table_says(golden: Assessment) -> None:
    data = told(golden)
    assert assert_the_table_is_told(data, golden.table) > 3000
    assert len({*data["pieces"]["en"]}) > 500


def test_the_worst_comes_first(town: Assessment) -> None:
    data = told(town)
    rows = data["places"]
    assert [one["level"] for one in rows] == ["city"] + ["unit"] * 6
    missed = [one["missed"] for one in rows[1:]]
    assert missed == sorted(missed, reverse=True)
    columns = [(not one["judged"], -one["missed"]) for one in data["indicators"]]
    assert columns == sorted(columns)
    for n, one in enumerate(data["indicators"]):
        verdicts = [place["cells"][n]["verdict"] for place in rows]
        assert one["missed"] == verdicts.count(0)
        assert one["label"]["zh"].endswith(f"✗{one['missed']}") == (one["missed"] > 0)
    for n, place in enumerate(rows):
        assert place["missed"] == sum(cell["verdict"] == 0 for cell in rows[n]["cells"])


def test_the_order_of_cells_is_by_verdict_and_by_how_much_they_are_off(town: Assessment) -> None:
    data = told(town)
    (column,) = [n for n, one in enumerate(data["indicators"]) if one["key"] == "park_coverage"]
    sorted_ = sorted(data["places"], key=lambda place: place["cells"][column]["order"])
    shown = [place["cells"][column]["text"] for place in sorted_ if place["level"] == "unit"]
    assert shown == ["64.5 ✗", "75.0 ✗", "81.5 ✓", "92.0 ✓", "100.0 ✓", "·"]


def test_places_say_where_they_are_on_the_map(town: Assessment) -> None:
    one = town.table[town.table["level"] == "city"].assign(level="district", unit_id="甲区")
    data = told(replace(town, table=pd.concat([town.table, one])))
    city, district, unit = data["places"][:3]
    assert (city["layer"], city["column"], city["title"]["en"]) == ("units", "", "Whole city")
    assert (district["layer"], district["column"], district["id"]) == (
        "districts", "district", "甲区")  # fmt: skip
    assert (unit["layer"], unit["column"]) == ("units", "unit_id")
    assert unit["title"]["zh"] != unit["id"]
    assert data["layers"]["districts"] == {"zh": "行政区", "en": "Districts"}
    evidence = {one["key"]: one["evidence"] for one in data["indicators"]}
    assert evidence["park_coverage"] == "evidence_park_coverage"
    assert (
        data["layers"]["evidence_park_coverage"]["en"] == "Evidence: Homes within reach of a park"
    )
    assert evidence["solar_roof_area"] is None


def test_clauses_are_quoted_in_both_languages(town: Assessment) -> None:
    data = told(town)
    cell = cells(data)["unit", "ZKB-03", "park_coverage"]
    zh, en = (Tags(html(data, cell, lang)).text for lang in ("zh", "en"))
    for words in ("老城单元 · 公园绿地500米服务半径覆盖率", "✗ 未达标", "相差−15.5 个百分点",
                  "条文公园绿地、广场步行5分钟覆盖率不低于80%", "2030 年", "约束性"):  # fmt: skip
        assert words in zh.replace("\xa0", " "), words
    for words in ("老城单元 · Homes within reach of a park", "✗ Not met", "Target≥ 80 %",
                  "Off by−15.5 pp", "A town's low-carbon plan"):  # fmt: skip
        assert words in en.replace("\xa0", " "), words


def test_a_figure_that_a_clause_defines_otherwise_is_told_beside_the_plans(
    town: Assessment,
) -> None:
    data = told(defined_otherwise(town))
    cell = cells(data)["unit", "ZKB-01", "park_coverage"]
    assert cell["text"] == "92.0 ✗"
    assert "72.0*" in html(data, cell, "en")
    assert "as the plan does: 92.0 %" in html(data, cell, "en")


def test_verdicts_look_as_in_the_reports(town: Assessment) -> None:
    assert {one["key"]: (one["symbol"], one["colour"]) for one in told(town)["verdicts"]} == {
        key: (look.symbol, look.pale) for key, look in VERDICTS.items()}  # fmt: skip


@pytest.mark.parametrize("name", [
    "</b><img src=x onerror=alert(1)>", "<h1>&amp;\"'", "\u202etxt.exe", "ب", "{0} {{", "a\\'b",
])  # fmt: skip
def test_hostile_names_are_text(name: str) -> None:
    names = tuple(f"{name}{n}" for n in range(6))
    data = told(assessment(names, names, title=name))
    assert {one["id"] for one in data["places"]} == {"city", *names}
    assert {one["title"]["en"] for one in data["places"][1:]} == {alone(one) for one in names}
    for place in data["places"][1:]:
        for lang in ("zh", "en"):
            read = [Tags(html(data, cell, lang)) for cell in place["cells"]]
            assert {tag for one in read for tag in one.tags} == ALLOWED
            assert {name for one in read for name in one.names} == {"style", "cellspacing"}
            assert all(one.text.startswith(f"{alone(place['id'])} · ") for one in read)


def test_it_is_the_same_from_a_run_and_from_its_results(town: Assessment, tmp_path: Path) -> None:
    out = write_results(town, tmp_path / "out", reports=[])
    data = json.loads((out / "panel.json").read_text("utf-8"))
    for features in (True, False):
        again = read_results(out, {**indicators(), **town.indicators}, features=features)
        assert written(again) == data


def test_the_page_names_all_that_is_told(town: Assessment) -> None:
    page, data = PAGE.read_text("utf-8"), told(town)
    named = {*re.findall(r"`(\w+)`", page)}
    assert {*data, *data["indicators"][0], *data["verdicts"][0], *data["places"][0],
            *data["places"][0]["cells"][0]} <= named  # fmt: skip
