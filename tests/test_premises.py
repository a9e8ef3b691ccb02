"""What indicators take for granted is told where they are asked, once, and only there."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pytest
from shapely.geometry import box

from carbonspace import catalogue, evaluate
from carbonspace.evaluation import checked
from carbonspace.indicators._sun import DAYS
from carbonspace.model.indicator import Indicator, Metres, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text
from carbonspace.premises import premises
from carbonspace.prepare import prepare

X, Y = 500_000.0, 4_000_000.0


@indicator(
    title=Text("试", "trial"), unit="m²", theme="solar", aggregate="sum", source="-", reach=50.0,
    definition=Text("试", "trial"),
)  # fmt: skip
def trial(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    storey_height: Metres = 3.0,
    day: str = "great_cold",
) -> Measure:
    """Return nothing much."""
    return Measure.of(units.index, [0.0] * len(units), scale=1.0, evidence=gpd.GeoDataFrame)


TRIAL: Indicator = trial.indicator  # type: ignore[attr-defined]


def town(crs: str = "EPSG:4547", y: float = Y) -> Plan:
    ground, house = box(X, y, X + 100, y + 100), box(X + 10, y + 10, X + 20, y + 20)
    layers = {
        "units": gpd.GeoDataFrame({"unit_id": ["U"]}, geometry=[ground], crs=crs),
        "buildings": gpd.GeoDataFrame(
            {"building_id": ["a", "b"], "floors": [2.0, None]},
            geometry=[house, box(X + 40, y, X + 50, y + 10)], crs=crs,
        ),
    }  # fmt: skip
    return Plan(Text("镇", "Town"), layers, Settings(crs=crs))


def said(plan: Plan, **given: object) -> list[str]:
    found = premises(prepare(plan), [(TRIAL, TRIAL.settings(given))])
    return [one.what.en for one in found]


HEIGHTS = [
    "Buildings have floors and no height", "Buildings have neither a height nor floors",
]  # fmt: skip


def test_heights_are_told_of_where_they_are_used() -> None:
    assert said(town()) == HEIGHTS
    roofs = catalogue.indicators()["solar_roof_area"]
    for definition, told in (("total", []), ("coefficient", []), ("sunlit", HEIGHTS)):
        found = premises(prepare(town()), [(roofs, roofs.settings({"definition": definition}))])
        assert [one.what.en for one in found] == told


def test_the_value_of_the_parameter_is_that_of_the_plan() -> None:
    prepared = prepare(town())
    asked = [(TRIAL, TRIAL.settings({"storey_height": one})) for one in (2.8, 3.3)]
    (by_floors, _) = premises(prepared, asked)
    assert "storey_height = 2.8 m, storey_height = 3.3 m" in by_floors.action.en


def test_nothing_is_told_twice() -> None:
    prepared = prepare(town())
    asked = [(TRIAL, TRIAL.settings({}))]
    again = replace(prepared, findings=(*prepared.findings, *premises(prepared, asked)))
    assert premises(again, asked) == []


def test_findings_come_with_the_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "indicators", lambda: {"trial": TRIAL})
    found = evaluate(town(), ["trial"], profiles=[]).findings
    assert set(HEIGHTS) <= set(found["what"])
    whats = [one.what.en for one in checked(replace(town(), indicators=("trial",))).findings]
    assert set(HEIGHTS) <= set(whats)


@pytest.mark.parametrize(("day", "told"), [*((day, day != "spring_equinox") for day in DAYS),
                                           ("06-21", False)])  # fmt: skip
def test_seasons_of_the_north_are_told_in_the_south(day: str, told: bool) -> None:
    southern = town("EPSG:32721", 6_200_000.0)
    what = "The day is named by a season of the north"
    assert (what in said(southern, day=day)) == told
    assert what not in said(town(), day=day)


def test_the_sun_of_a_year_and_the_day_of_a_standard_in_the_south() -> None:
    southern, known = prepare(town("EPSG:32721", 6_200_000.0)), catalogue.indicators()
    for key, given, told in (
        ("sunlight_hours", {}, "Great Cold, winter solstice"),
        ("solar_roof_area", {"definition": "sunlit"}, "winter solstice"),
        ("solar_roof_area", {"definition": "irradiation"}, None),
    ):
        found = premises(southern, [(known[key], known[key].settings(given))])
        days = [one.found_in("en") for one in found if one.layer == "plan"]
        assert days == ([f"34.34° S: {told}"] if told else [])
