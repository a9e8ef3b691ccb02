"""Places within the units: a block, a parcel and a building may have the same id as a unit."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from tests.outputs.town import MAIN_USE, PROFILE, SIDE, X, Y, assessment

from carbonspace import terminal
from carbonspace.judge import tall_table
from carbonspace.model.assessment import Assessment
from carbonspace.model.levels import LAYER_OF, Level
from carbonspace.model.measure import Measure, Parts, joined
from carbonspace.model.outcome import Outcome, Reading
from carbonspace.model.text import Text
from carbonspace.outputs import rows, write_results
from carbonspace.outputs.gathering import evidence_layers
from carbonspace.outputs.results import results_of
from carbonspace.outputs.within import tallies

KEY, ONE, TWO = MAIN_USE.key, "1", "2"
UNITS = (ONE, TWO, "3", "4", "5", "6")
FOUND: dict[Level, dict[str, float]] = {
    "block": {ONE: 60.0, TWO: 10.0},
    "parcel": {ONE: 90.0, TWO: 20.0},
    "building": {ONE: 5.0, TWO: 80.0},
}
TARGET = {"block": 50.0, "parcel": 95.0, "building": 70.0}
MISSED = {"block": {TWO}, "parcel": {ONE, TWO}, "building": {ONE}}
SIZES = {"block": 300.0, "parcel": 200.0, "building": 100.0}


def _layer(level: Level) -> gpd.GeoDataFrame:
    """Return places 1 and 2 of a level, in units 1 and 2: squares whose side is the level's."""
    corners = [(X + 100, Y + 100), (X + SIDE + 100, Y + 100)]
    shapes = [shapely.box(x, y, x + SIZES[level], y + SIZES[level]) for x, y in corners]
    index = pd.Index([ONE, TWO], name=f"{level}_id")
    return gpd.GeoDataFrame({"land_use": ["0701", "0901"]}, geometry=shapes, index=index,
                            crs="EPSG:4547")  # fmt: skip


def _evidence() -> gpd.GeoDataFrame:
    """Return every place as evidence of itself, in a unit that meets whatever it is held against.

    Of every row only the id of its own level is known.
    """
    layers = [_layer(level).reset_index().assign(unit_id="6") for level in FOUND]
    return pd.concat(layers, ignore_index=True)


@pytest.fixture(scope="module")
def same() -> Assessment:
    """The town with units, blocks, parcels and buildings of the same ids, judged at each level."""
    town = assessment(UNITS)
    one = replace(MAIN_USE, levels=("unit", "city", *FOUND))
    parts = {
        level: pd.DataFrame(
            {"unit_id": [ONE, TWO], "numerator": [*values.values()], "denominator": [100.0] * 2,
             "value": [*values.values()]}, index=[*values],
        )
        for level, values in FOUND.items()
    }  # fmt: skip
    measure = replace(town.measures[KEY], parts=parts).with_evidence(_evidence)
    others = tuple(rule for rule in PROFILE.rules if rule.indicator != KEY)
    base = next(rule for rule in PROFILE.rules if rule.indicator == KEY)
    rules = tuple(replace(base, levels=(level,), target=(TARGET[level],)) for level in FOUND)
    profiles = {"town": replace(PROFILE, rules=(*others, *rules))}
    units = town.plan.layers["units"]
    table = tall_table([Outcome(one, Reading(measure))], profiles, units)
    layers = {**town.plan.layers, **{LAYER_OF[level]: _layer(level) for level in FOUND}}
    rest = town.table[town.table["indicator"] != KEY]
    return replace(
        town, plan=replace(town.plan, layers=layers), profiles=profiles,
        table=pd.concat([rest, table], ignore_index=True),
        indicators={**town.indicators, KEY: one}, measures={**town.measures, KEY: measure},
    )  # fmt: skip


@pytest.fixture(scope="module", params=["all", "short"])
def folder(request: pytest.FixtureRequest, same: Assessment,
           tmp_path_factory: pytest.TempPathFactory) -> Path:  # fmt: skip
    return write_results(same, tmp_path_factory.mktemp("same") / "out", evidence=request.param)


def test_the_table_tells_places_by_level_and_id(same: Assessment) -> None:
    mine = same.table[(same.table["indicator"] == KEY) & same.table["unit_id"].isin([ONE, TWO])]
    found = mine.set_index(["level", "unit_id"])
    assert found.index.is_unique
    for level, values in FOUND.items():
        assert found.loc[level, "value"].to_dict() == values
        missed = found.loc[level].query("status == 'not_met'").index
        assert set(missed) == MISSED[level]
    assert found.loc["unit", "value"].tolist() == [60.0, 90.0]


def test_each_level_has_its_own_layer_of_the_geopackage(folder: Path) -> None:
    short = _run(folder)["evidence"] == "short"
    for level, values in FOUND.items():
        layer = gpd.read_file(folder / "results.gpkg", layer=LAYER_OF[level])
        layer = layer.set_index(f"{level}_id")
        shown = MISSED[level] if short else set(values)
        assert set(layer.index) == shown
        assert layer[KEY].to_dict() == {id_: values[id_] for id_ in shown}
        assert {i for i in shown if layer[f"{KEY}_status"][i] == "not_met"} == MISSED[level]
        assert layer.area.to_numpy() == pytest.approx(SIZES[level] ** 2)


def test_the_table_of_the_geopackage_and_the_csv_name_the_level(folder: Path) -> None:
    table = pyogrio.read_dataframe(folder / "results.gpkg", layer="indicators")
    csv = pd.read_csv(folder / "indicators.csv", dtype={"unit_id": str})
    for one in (table, csv):
        mine = one[one["indicator"] == KEY].set_index(["level", "unit_id"])["value"]
        assert {(level, id_): mine[level, id_] for level in FOUND for id_ in FOUND[level]} == {
            (level, id_): value for level, held in FOUND.items() for id_, value in held.items()
        }


def test_every_level_has_a_style_and_one_is_the_default(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "results.gpkg")) as database:
        found = database.execute(
            "SELECT f_table_name, useAsDefault, styleQML FROM layer_styles"
        ).fetchall()
    for level in FOUND:
        (qml,) = [q for name, default, q in found if name == LAYER_OF[level] and default]
        assert f"{KEY}_status" in qml


def test_pages_of_units_show_the_unit_and_no_place_of_the_same_id(
    folder: Path, same: Assessment
) -> None:
    held = rows.records(same.table)
    assert {level for level, _ in held} == {"unit", "city"}
    (mine,) = [row for row in held["unit", ONE] if row["indicator"] == KEY]
    assert mine["value"] == 60.0
    assert {p.name for p in (folder / "units").iterdir()} == {f"{u}.html" for u in UNITS}
    text = (folder / "units" / f"{TWO}.html").read_text(encoding="utf-8")
    row = re.search(rf'<tr[^>]*id="{KEY}".*?</tr>', text, re.DOTALL)
    assert row
    assert "90.0" in row[0]
    assert not {"10.0", "20.0", "80.0"} & set(re.findall(r"\d+\.\d", row[0]))


def test_pages_name_places_by_level_and_id(folder: Path, same: Assessment) -> None:
    found = tallies(results_of(same))
    assert set(found) == {ONE, TWO, "city"}
    short = {
        ONE: [("Parcels", ONE, "90.0", "−5.0"), ("Buildings", ONE, "5.0", "−65.0")],
        TWO: [("Blocks", TWO, "10.0", "−40.0"), ("Parcels", TWO, "20.0", "−75.0")],
    }
    for unit, places in short.items():
        assert [(one.level.en, *p) for one in found[unit] for p in one.worst] == places
        assert [(one.judged, one.missed) for one in found[unit]] == [
            (1, int(any(level == one.level.en for level, *_ in places))) for one in found[unit]
        ]
        text = (folder / "units" / f"{unit}.html").read_text(encoding="utf-8")
        section = text.partition('<section id="within">')[2].partition("</section>")[0]
        for level, id_, value, margin in places:
            row = next(r for r in section.split("<tr>") if f">{level}<" in r)
            assert f"<b>{id_}</b> {value} ({margin})" in row
    assert [(one.level.en, one.judged, one.missed) for one in found["city"]] == [
        ("Blocks", 2, 1), ("Parcels", 2, 2), ("Buildings", 2, 1),
    ]  # fmt: skip
    assert [p.id for p in found["city"][1].worst] == [TWO, ONE]
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert '<section id="within">' in report
    assert '<section id="within">' not in (folder / "units" / "3.html").read_text("utf-8")


def test_the_terminal_counts_verdicts_by_level(same: Assessment) -> None:
    lines = terminal.assessment._summary(same, "en").plain.splitlines()
    assert lines[0].startswith("Met ")
    assert [line.split() for line in lines[1:]] == [
        ["Blocks", "Met", "1", "Not", "met", "1"], ["Parcels", "Not", "met", "2"],
        ["Buildings", "Met", "1", "Not", "met", "1"],
    ]  # fmt: skip


def test_short_evidence_is_of_the_place_that_misses_not_of_its_namesake(same: Assessment) -> None:
    found = evidence_layers(same, "short")[KEY]
    for level in FOUND:
        assert set(found[f"{level}_id"].dropna()) == MISSED[level]


def test_places_stay_with_their_level_and_their_unit() -> None:
    def of(unit: str, value: float) -> Measure:
        rows = {"unit_id": [unit], "numerator": [value], "denominator": [1.0], "value": [value]}
        parts: dict[Level, pd.DataFrame] = {
            "block": pd.DataFrame(rows, index=[f"b{unit}"]),
            "building": pd.DataFrame(rows, index=[unit]),
        }
        index = pd.Index([unit], name="unit_id")
        return Measure.of(index, [value], [1.0], scale=1.0, evidence=gpd.GeoDataFrame, parts=parts)

    both = joined([of(TWO, 2.0), of(ONE, 1.0), of(ONE, 3.0)], pd.Index([ONE, TWO]))
    assert both.parts["block"]["value"].to_dict() == {"b1": 3.0, "b2": 2.0}
    assert both.parts["building"]["value"].to_dict() == {ONE: 3.0, TWO: 2.0}
    assert set(both.parts) == {"block", "building"}
    gone = replace(of(ONE, 4.0), parts={"block": of(ONE, 4.0).parts["block"].iloc[:0]})
    without = joined([both, gone], pd.Index([ONE, TWO]))
    assert without.table["value"].to_dict() == {ONE: 4.0, TWO: 2.0}
    assert without.parts["block"]["value"].to_dict() == {"b2": 2.0}
    assert without.parts["building"]["value"].to_dict() == {TWO: 2.0}
    alone = both.of_units(pd.Index([TWO]))
    assert {level: [*rows.index] for level, rows in alone.parts.items()} == {
        "block": ["b2"], "building": [TWO],
    }  # fmt: skip


def test_a_plan_without_the_layer_has_none_of_the_places(same: Assessment, tmp_path: Path) -> None:
    bare = {k: v for k, v in same.plan.layers.items() if k not in ("blocks", "buildings")}
    parts: Parts = {"parcel": same.measures[KEY].parts["parcel"]}
    measure = replace(same.measures[KEY], parts=parts)
    one = same.indicators[KEY]
    outcomes = [Outcome(one, Reading(measure)), Outcome(one, None, Text("缺", "missing"))]
    table = tall_table(outcomes, same.profiles, bare["units"])
    assert set(table["level"]) == {"unit", "city", "parcel"}
    some = replace(same, plan=replace(same.plan, layers=bare), table=table)
    folder = write_results(some, tmp_path / "out", evidence="none")
    layers = set(pyogrio.list_layers(folder / "results.gpkg")[:, 0])
    assert not {"blocks", "buildings"} & layers
    assert "parcels" in layers


def _run(folder: Path) -> dict[str, str]:
    record = pyogrio.read_dataframe(folder / "results.gpkg", layer="carbonspace_run")
    return dict(zip(record["key"], record["value"], strict=True))
