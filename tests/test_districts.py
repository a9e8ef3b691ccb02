"""Districts: what their units come to together, in every output."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from pypdf import PdfReader

from carbonspace import Assessment, Plan, evaluate, evaluation, read_plan, terminal
from carbonspace.model.rule import Profile
from carbonspace.model.text import Lang, Text
from carbonspace.outputs.overview import Compared
from carbonspace.outputs.printed_places import districts
from carbonspace.outputs.rows import number
from carbonspace.profiles import load_profiles
from carbonspace.sources.samples import sample_plan

ASKED = ["road_density", "park_coverage", "bus_stop_count", "mean_peak_headway",
         "main_use_floor_share"]  # fmt: skip
NAMES = {f"SD-{n:02d}": "潞州 Luzhou" if n <= 5 else "上党 Shangdang" for n in range(1, 12)}
"""One unit, SD-12, names no district."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    read = read_plan(sample_plan("golden"))
    units = read.layers["units"]
    named = units.assign(district=units["unit_id"].map(NAMES))
    return replace(read, layers={**read.layers, "units": named})


@pytest.fixture(scope="module")
def town(plan: Plan) -> Assessment:
    """Return the golden plan, the rules of its profiles held against districts too."""

    def with_districts(held: dict[str, Profile]) -> dict[str, Profile]:
        return {key: replace(one, rules=tuple(
            replace(rule, levels=(*rule.levels, "district")) for rule in one.rules))
            for key, one in held.items()}  # fmt: skip

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "rulebook", lambda keys, on: with_districts(load_profiles(keys)))
        return evaluate(plan, indicators=ASKED)


def rows(assessment: Assessment, level: str) -> pd.DataFrame:
    found = assessment.table[assessment.table["level"] == level]
    return found.drop_duplicates(["unit_id", "indicator"]).set_index(["unit_id", "indicator"])


def test_sums_divided_and_never_means(town: Assessment) -> None:
    units, found = rows(town, "unit"), rows(town, "district")
    assert [*dict.fromkeys(found.index.get_level_values(0))] == ["上党 Shangdang", "潞州 Luzhou"]
    for (district, key), row in found.iterrows():
        mine = [u for u, name in NAMES.items() if name == district]
        held = units.loc[[(u, key) for u in mine]]
        top = math.fsum(held["numerator"])
        assert row["numerator"] == top
        if held["denominator"].isna().all():
            assert row["value"] == pytest.approx(top * town.measures[key].scale)
        else:
            bottom = math.fsum(held["denominator"])
            assert row["denominator"] == bottom
            assert row["value"] == pytest.approx(town.measures[key].scale * top / bottom)
    mean = units.xs("park_coverage", level=1)["value"][["SD-01", "SD-02", "SD-03"]].mean()
    assert found.loc[("潞州 Luzhou", "park_coverage"), "value"] != pytest.approx(mean)


def test_rules_speak_of_districts_where_they_say_so(plan: Plan, town: Assessment) -> None:
    judged = town.table.query("level == 'district' and status in ['met', 'not_met']")
    assert set(judged["indicator"]) >= {"road_density", "park_coverage"}
    silent = evaluate(plan, indicators=ASKED).table.query("level == 'district'")
    assert set(silent["status"]) == {"no_target"}


def test_the_unit_without_a_district_is_told_and_counted_by_none(town: Assessment) -> None:
    told = town.findings[town.findings["what"] == "The unit names no district"]
    assert told["feature"].tolist() == ["SD-12"]
    assert (told["severity"], told["layer"])[0].tolist() == ["warning"]
    found, city = rows(town, "district"), rows(town, "city")
    sums = found["numerator"].xs("road_density", level=1).sum()
    rest = rows(town, "unit").loc[("SD-12", "road_density"), "numerator"]
    assert sums + rest == pytest.approx(city.loc[("city", "road_density"), "numerator"])


def test_no_district_anywhere_is_nothing_to_tell_of(plan: Plan) -> None:
    units = plan.layers["units"].assign(district=["", " "] * 6)
    found = evaluate(replace(plan, layers={**plan.layers, "units": units}), indicators=ASKED[:1])
    assert "district" not in set(found.table["level"])
    assert not found.findings["what"].str.contains("names no district").any()


def test_some_units_give_the_districts_they_make_up(plan: Plan, town: Assessment) -> None:
    some = evaluate(plan, indicators=ASKED, units=[f"SD-{n:02d}" for n in (1, 2, 3, 4, 5, 6)])
    pd.testing.assert_frame_equal(
        rows(some, "district")[["numerator", "denominator", "value"]],
        rows(town, "district").loc[["潞州 Luzhou"], ["numerator", "denominator", "value"]],
    )
    assert "district" not in set(evaluate(plan, ASKED, units=["SD-01"]).table["level"])


def test_the_layer_of_districts(town: Assessment, tmp_path: Path) -> None:
    town.write(tmp_path / "out")
    layer = gpd.read_file(tmp_path / "out" / "results.gpkg", layer="districts")
    units = town.plan.layers["units"]
    by_name = layer.set_index("district")
    found = rows(town, "district")
    for name in by_name.index:
        mine = units.loc[[u for u, district in NAMES.items() if district == name]]
        assert by_name.geometry[name].equals(mine.geometry.union_all())
        expected = found.loc[(name, "park_coverage")]
        assert by_name.loc[name, "park_coverage"] == expected["value"]
        assert by_name.loc[name, "park_coverage_status"] == expected["status"]
    styles = gpd.read_file(tmp_path / "out" / "results.gpkg", layer="layer_styles")
    assert (styles["f_table_name"] == "districts").sum() == 1 + len(town.indicators)
    csv = pd.read_csv(tmp_path / "out" / "indicators.csv")
    assert (csv["level"] == "district").sum() == (town.table["level"] == "district").sum()
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    section = page[page.index('<section id="districts">') :].split("</section>")[0]
    assert all(name in section for name in by_name.index)
    assert "各行政区" in section
    assert "Districts" in section
    assert f"{found.loc[('上党 Shangdang', 'road_density'), 'value']:,.2f}" in section


def test_print_shows_them(town: Assessment, tmp_path: Path) -> None:
    town.write(tmp_path / "out", reports=["pdf"])
    pages = [one.extract_text() for one in PdfReader(tmp_path / "out" / "report.pdf").pages]
    (page,) = ["".join(text.split()) for text in pages if "由各单元汇总" in text]
    assert ["".join(name.split()) in page for name in {*NAMES.values()}] == [True, True]
    all_rows = town.table[town.table["level"] == "district"]
    for (_, key), held in all_rows.groupby(["unit_id", "indicator"]):
        assert town.indicators[key].title.zh in page
        figures = {number(one, town.indicators[key].decimals) for one in held["value"]}
        assert any(one in page for one in figures)  # the plan's, or that of the clause that judges


def test_many_districts_are_printed_some_at_a_time(town: Assessment) -> None:
    one = town.indicators["road_density"]
    names = [f"D{n}" for n in range(14)]
    compared = [(Text("道路", "Roads"), [Compared(one, Text("≥ 8", "≥ 8"), (None,) * 14)])]
    found = [*districts(names, compared)]
    assert [len(table["names"]) for table in found] == [6, 6, 2]
    assert [name for table in found for name in table["names"]] == names
    assert [len(table["themes"][0]["lines"][0]["cells"]) for table in found] == [6, 6, 2]
    assert [*districts([], compared)] == []


@pytest.mark.parametrize(("lang", "title"), [("zh", "行政区"), ("en", "District")])
def test_the_terminal_shows_them(
    town: Assessment, capsys: pytest.CaptureFixture[str], lang: Lang, title: str
) -> None:
    terminal.print_assessment(town, lang)
    shown = capsys.readouterr().out
    assert title in shown
    assert "上党 Shangdang" in shown
