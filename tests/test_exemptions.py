"""Recorded exemptions: judged as ever, `exempt` only where `not_met`, with the reason in view."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.comparison.plans import small

from carbonspace import Assessment, Plan, evaluate, read_plan, terminal
from carbonspace.city import city_of
from carbonspace.crew import ALONE
from carbonspace.errors import InputError
from carbonspace.exemptions import excused_in, marked
from carbonspace.indicators._exempt import exempted
from carbonspace.judge import tall_table
from carbonspace.measuring import Question
from carbonspace.model.exemption import Exemption
from carbonspace.model.indicator import Indicator, declaration_of, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.progress import nobody
from carbonspace.model.rule import Profile, Rule
from carbonspace.model.text import Lang, Text
from carbonspace.robustness import Scope, outcomes_of
from carbonspace.sources.samples import sample_plan

WHY = Text("老城保护", "Old town kept")
DAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan(sample_plan("golden"))


@pytest.fixture(scope="module")
def plain(plan: Plan) -> Assessment:
    return evaluate(plan, ["road_density", "main_use_floor_share"])


def with_(plan: Plan, *exemptions: Exemption) -> Plan:
    return replace(plan, exemptions=exemptions)


def told(assessment: Assessment, *columns: str) -> pd.DataFrame:
    keys = ["level", "unit_id", "indicator", "profile", "rule"]
    return assessment.table.set_index(keys)[list(columns)]


def test_an_exempt_place_is_judged_as_ever(plan: Plan, plain: Assessment) -> None:
    units = tuple(plan.layers["units"]["unit_id"])
    one = Exemption("road_density", WHY, units, profile="bayannur", source="文〔2025〕3号")
    found = evaluate(with_(plan, one), ["road_density", "main_use_floor_share"])
    numbers = ["value", "numerator", "denominator", "margin", "robust", "flips", "target"]
    pd.testing.assert_frame_equal(told(found, *numbers), told(plain, *numbers))
    before, after = plain.table["status"], found.table["status"]
    excused = (plain.table["level"].eq("unit") & plain.table["indicator"].eq("road_density")
               & plain.table["profile"].eq("bayannur") & before.eq("not_met"))  # fmt: skip
    assert excused.any()
    assert after.tolist() == before.mask(excused, "exempt").tolist()
    assert set(found.table.loc[excused, "reason"]) == {"Old town kept (文〔2025〕3号)"}
    assert set(found.table.loc[excused, "reason_zh"]) == {"老城保护（文〔2025〕3号）"}
    assert "met" in set(after[found.table["indicator"].eq("road_density")])


def test_a_column_exempts_its_features_from_every_rule(plan: Plan, plain: Assessment) -> None:
    table = plain.table
    missed = table.query("level == 'parcel' and status == 'not_met'")["unit_id"].unique()[:2]
    parcels = plan.layers["parcels"]
    reasons = parcels["parcel_id"].map({missed[0]: " 历史建筑 ", missed[1]: " "})
    layers = {**plan.layers, "parcels": parcels.assign(exemption=reasons)}
    found = evaluate(replace(plan, layers=layers), ["road_density", "main_use_floor_share"])
    changed = found.table[found.table["status"] != table["status"]]
    assert set(changed["unit_id"]) == {missed[0]}
    assert set(changed["status"]) == {"exempt"}
    assert set(changed["reason_zh"]) == {"历史建筑"}


def test_the_city_and_the_last_day(plan: Plan, plain: Assessment) -> None:
    row = plain.table.query("level == 'city' and status == 'not_met'").iloc[0]
    one = Exemption(row["indicator"], WHY, level="city", until=DAY)
    asked = [row["indicator"]]
    found = evaluate(with_(plan, one), asked, on=DAY).table.query("level == 'city'")
    assert "not_met" not in set(found["status"])
    assert "Old town kept (until 2026-06-01)" in set(found["reason"])
    after = evaluate(with_(plan, replace(one, line=7)), asked, on=date(2026, 6, 2))
    assert "exempt" not in set(after.table["status"])
    ended = after.findings[after.findings["what"].str.contains("has ended")]
    assert ended["severity"].tolist() == ["warning"]
    assert ended["what"].tolist() == [f"The exemption has ended ({asked[0]}) (line 7)"]


def test_all_that_is_wrong_comes_at_once(plan: Plan) -> None:
    wrong = with_(
        plan, Exemption("road_densty", WHY, ("SD-01",), line=3),
        Exemption("road_density", WHY, ("SD-01",), profile="shangdong", line=5),
        Exemption("road_density", WHY, ("P1",), level="building", line=8),
        Exemption("road_density", WHY, ("SD-1", "SD-99"), line=11),
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        evaluate(wrong)
    errors = {f.what.en: f.found for f in caught.value.findings if f.severity == "error"}
    assert set(errors) == {
        "exemption.indicator road_densty is not known (line 3)",
        "exemption.profile shangdong is not known (line 5)",
        "exemption.level (road_density) cannot be used (line 8)",
        "The exemption (road_density) names a place the plan does not have (line 8)",
        "The exemption (road_density) names a place the plan does not have (line 11)",
    }
    with pytest.raises(InputError, match="SD-99"):
        evaluate(with_(plan, wrong.exemptions[3]))


OWN = """document = "本市技术规定"
[title]
zh = "本市规定"
en = "Our rules"
[[rule]]
indicator = "road_density"
comparator = ">="
target = [30]
unit = "km/km2"
quotation = "不低于"
source = "本市技术规定 3.1"
applies_to = { zh = "全市", en = "The city" }
evidence = "verified"
"""


def test_rules_of_a_city_are_exempted_from_by_the_name_of_their_file(
    plan: Plan, tmp_path: Path
) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(OWN, "utf-8")
    own = replace(plan, profiles=(str(file),), indicators=("road_density",))
    found = evaluate(with_(own, Exemption("road_density", WHY, level="city", profile="ours")))
    city = found.table[found.table["level"] == "city"]
    assert city[["profile", "status"]].to_numpy().tolist() == [["ours", "exempt"]]
    with pytest.raises(InputError, match="is not known"):  # it would exempt from nothing
        evaluate(with_(own, Exemption("road_density", WHY, level="city", profile=str(file))))


# --- what plan.toml says


TEXT = """format = 1
name = "t"
crs = "EPSG:4547"
[layers.units]
source = "plan.gpkg"
layer = "units"
[[exemption]]
indicator = "road_density"
places = ["SD-01", "SD-02"]
reason = { zh = "老城保护", en = "Old town kept" }
until = 2026-06-01
[[exemption]]
indicator = "road_density"
level = "city"
profile = "shangdang"
reason = "过渡期"
source = "文〔2025〕3号"
"""


def read(tmp_path: Path, text: str) -> Plan:
    golden = sample_plan("golden").parent / "plan.gpkg"
    file = tmp_path / "plan.toml"
    file.write_text(text.replace("plan.gpkg", golden.as_posix()), "utf-8")
    return read_plan(file)


def test_the_tables_of_plan_toml(tmp_path: Path) -> None:
    assert read(tmp_path, TEXT).exemptions == (
        Exemption("road_density", WHY, ("SD-01", "SD-02"), until=DAY, line=7),
        Exemption("road_density", Text("过渡期", "过渡期"), (), "city", "shangdang",
                  "文〔2025〕3号", line=12),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "what", "expected"),
    [
        ('reason = "r"\nplaces = ["a"]', "exemption[1].indicator is missing", "text"),
        ('indicator = "road_density"\nplaces = ["a"]', "exemption[1].reason is missing", "text"),
        ('indicator = "road_density"\nreason = " "\nplaces = ["a"]',
         "exemption[1].reason gives no reason", "the reason in words"),
        ('indicator = "road_density"\nreason = { zh = "r" }\nplaces = ["a"]',
         "exemption[1].reason gives no reason", "the reason in words"),
        ('indicator = "x"\nreason = "r"\nplaces = ["a"]\nlevel = "parcels"',
         "exemption[1].level is not known", "parcel"),
        ('indicator = "x"\nreason = "r"', "exemption[1].places cannot be used", "level = unit"),
        ('indicator = "x"\nreason = "r"\nplaces = []', "exemption[1].places cannot be used", "…"),
        ('indicator = "x"\nreason = "r"\nplaces = [true]', "exemption[1].places cannot", "…"),
        ('indicator = "x"\nreason = "r"\nlevel = "city"\nplaces = ["a"]',
         "exemption[1].places cannot be used", "level = city"),
        ('indicator = "x"\nreason = "r"\nplaces = ["a"]\nuntil = "2026"',
         "exemption[1].until has the wrong type", "a date"),
        ('indicator = "x"\nreason = "r"\nplaces = ["a"]\nuntil = 2026-01-01T00:00:00',
         "exemption[1].until cannot be used", "2030-12-31"),
        ('indicator = "x"\nreason = "r"\nplaces = ["a"]\nuntill = 2026-01-01',
         "exemption[1].untill is not known", "until"),
    ],
)  # fmt: skip
def test_faults_name_the_table_and_its_line(
    tmp_path: Path, entry: str, what: str, expected: str
) -> None:
    head = TEXT.split("[[exemption]]", maxsplit=1)[0]
    with pytest.raises(InputError) as caught:
        read(tmp_path, f"{head}[[exemption]]\n{entry}\n")
    finding = caught.value.findings[0]
    assert what in finding.what.en
    assert "(line 7)" in finding.what.en
    assert "第 7 行" in finding.what.zh
    assert expected in f"{finding.expected.en} {finding.action.en}"


@pytest.mark.parametrize("stated", [None, DAY])
def test_without_a_day_exemptions_are_held_on_today_and_that_is_told(stated: date | None) -> None:
    today, ended = date.today(), date(2020, 1, 1)  # noqa: DTZ011
    given = (Exemption("road_density", WHY, ("W",), until=ended),
             Exemption("road_density", WHY, ("E",), until=date(9999, 1, 1)),
             Exemption("park_coverage", WHY, ("E",)))  # fmt: skip
    town = replace(small(), exemptions=given, indicators=("road_density",))
    found = evaluate(town, on=stated)
    told = found.findings[found.findings["what"].str.contains("held on today")]
    assert found.run["on"] == (stated.isoformat() if stated else None)
    assert found.run["exemptions_on"] == (stated or today).isoformat()
    if stated is None:
        assert told["what"].tolist() == [
            f"No day is stated: exemptions are held on today ({today})"
        ]
        assert told["found"].tolist() == ["of 2 exemptions that end 1 hold"]
    else:
        assert told.empty
    endless = evaluate(replace(town, exemptions=given[2:]), on=stated)
    assert not endless.findings["what"].str.contains("held on today").any()
    assert evaluate(replace(town, exemptions=()), on=stated).run["exemptions_on"] is None


# --- counts of violations leave exempt features out


def _tall(units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> Measure:
    """Count the buildings above 50 m in each unit, as a rule check does."""
    where = [buildings.within(shape).to_numpy() for shape in units.geometry]
    tall, free = buildings["height"].to_numpy() > 50, exempted(buildings)
    owner = np.argmax(where, axis=0)
    parts = pd.DataFrame({
        "unit_id": units.index.to_numpy()[owner], "numerator": buildings["height"],
        "denominator": np.nan, "value": buildings["height"]}, index=buildings.index)  # fmt: skip
    return Measure.of(
        units.index, [float((one & tall & ~free).sum()) for one in where], scale=1.0,
        exempt=[{*buildings.index[one & tall & free]} for one in where],
        evidence=lambda: gpd.GeoDataFrame(geometry=[]), parts={"building": parts},
    )  # fmt: skip


TALL: Indicator = declaration_of(
    indicator(title=Text("超高建筑", "Tall buildings"), unit="", theme="t", aggregate="sum",
              source="s", definition=Text("定义", "definition"),
              levels=("unit", "city", "building"))(_tall)
)  # fmt: skip


def _rule(level: Any, target: float) -> Rule:
    return Rule("p", "_tall", "<=", (target,), "", "q", "s", Text("", ""), "memory",
                levels=(level,))  # fmt: skip


def _counted(plan: Plan) -> pd.DataFrame:
    units = plan.layers["units"]
    scope = Scope(units.index, city_of(plan), ALONE, 10**6)
    asked = {"_tall": Question(TALL, {}, marked(plan, "_tall", DAY))}
    outcomes, _ = outcomes_of(plan, asked, raw=plan, judged=(), scope=scope, progress=nobody)
    rules = (_rule("unit", 0), _rule("city", 0), _rule("building", 50))
    profile = Profile("p", Text("p", "p"), "d", rules)
    return tall_table(outcomes.values(), {"p": profile}, units,
                      districts={"D": units.index}, excused=excused_in(plan, DAY))  # fmt: skip


@pytest.mark.parametrize("overlap", [0, 20])
def test_counts_leave_out_the_exempt_and_say_how_many(overlap: float) -> None:
    crs = "EPSG:4547"
    boxes = [shapely.box(0, 0, 100, 100), shapely.box(100 - overlap, 0, 200, 100)]
    units = gpd.GeoDataFrame(geometry=boxes, crs=crs, index=pd.Index(["a", "b"], name="unit_id"))
    spots = shapely.points([(10, 10), (20, 20), (30, 30), (150, 10), (160, 60)])
    houses = gpd.GeoDataFrame(
        {"height": [60.0, 70.0, 20.0, 80.0, 90.0],
         "exemption": [None, "经论证", None, None, None]},
        geometry=spots, crs=crs, index=pd.Index(list("vwxyz"), name="building_id"),
    )  # fmt: skip
    by_plan = Exemption("_tall", WHY, ("y", "z"), level="building")
    of_another = Exemption("_tall", WHY, ("v",), "building", "another")
    plan = Plan(Text("镇", "Town"), {"units": units, "buildings": houses}, prepared=True,
                exemptions=(by_plan, of_another))  # fmt: skip
    table = _counted(plan).set_index(["level", "unit_id"])
    assert table.loc[("unit", "a"), ["value", "status"]].tolist() == [1.0, "not_met"]
    assert table.loc[("unit", "b"), ["value", "status"]].tolist() == [0.0, "met"]
    assert table.loc[("unit", "b"), "reason"] == "2 more are exempt and left out"
    assert table.loc[("district", "D"), "reason_zh"] == "另有 3 处已豁免，未计入"
    assert table.loc[("city", "city"), ["value", "reason"]].tolist() == [
        1.0, "3 more are exempt and left out"]  # fmt: skip
    assert table.loc["building", "status"].tolist() == [
        "not_met", "exempt", "met", "exempt", "exempt"]  # fmt: skip
    assert table.loc["building", "value"].tolist() == houses["height"].tolist()
    assert table.loc[("building", "w"), "reason_zh"] == "经论证"
    assert table.loc[("building", "z"), "reason"] == "Old town kept"


# --- every output shows them


@pytest.fixture(scope="module")
def shown(plan: Plan, plain: Assessment) -> Assessment:
    missed = plain.table[plain.table["status"] == "not_met"]
    unit = missed.query("level == 'unit' and indicator == 'road_density'")["unit_id"].iloc[0]
    parcel = missed.query("level == 'parcel'").iloc[0]
    one = Exemption("road_density", WHY, (unit,))
    other = Exemption(parcel["indicator"], WHY, (parcel["unit_id"],), level="parcel")
    return evaluate(with_(plan, one, other), ["road_density", "main_use_floor_share"])


def test_the_files_show_the_reason(shown: Assessment, tmp_path: Path) -> None:
    shown.write(tmp_path / "out")
    csv = pd.read_csv(tmp_path / "out" / "indicators.csv")
    rows = csv[csv["status"] == "exempt"]
    assert set(rows["level"]) == {"unit", "parcel"}
    assert set(rows["reason_zh"]) == {"老城保护"}
    unit = rows.loc[rows["level"] == "unit", "unit_id"].iloc[0]
    parcel = rows.loc[rows["level"] == "parcel", "unit_id"].iloc[0]
    gpkg = tmp_path / "out" / "results.gpkg"
    held = gpd.read_file(gpkg, layer="indicators")
    assert set(held.loc[held["status"] == "exempt", "reason"]) == {"Old town kept"}
    units = gpd.read_file(gpkg, layer="units").set_index("unit_id")
    assert units.loc[unit, "road_density_status"] == "exempt"
    assert units.loc[unit, "exempt"] == 1
    assert gpd.read_file(gpkg, layer="parcels").set_index("parcel_id").loc[parcel, "exempt"] == 1
    page = (tmp_path / "out" / "units" / f"{unit}.html").read_text("utf-8")
    assert "v-exempt" in page
    assert "Old town kept" in page
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert f'<b>{parcel}</b> <span lang="zh">老城保护</span>' in report


@pytest.mark.parametrize(("lang", "words"), [("zh", "老城保护"), ("en", "Old town kept")])
def test_the_terminal_shows_the_reason(
    shown: Assessment, capsys: pytest.CaptureFixture[str], lang: Lang, words: str
) -> None:
    terminal.print_assessment(shown, lang)
    assert words in capsys.readouterr().out
