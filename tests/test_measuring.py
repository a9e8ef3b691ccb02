"""Layers set aside: what uses them has no data, the rest is computed, or all is refused."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point, box
from tests.past.editing import town_of_units

from carbonspace import evaluate
from carbonspace.catalogue import indicators
from carbonspace.errors import InputError, NoSunError
from carbonspace.grids import Grids
from carbonspace.measuring import Question, answer_of
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.policy import Policies, Policy
from carbonspace.model.text import Text
from carbonspace.parts import Part
from carbonspace.prepare import prepare

CRS = "EPSG:4547"
X, Y = 500_000.0, 4_000_000.0


def layer(shape: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[shape], crs=CRS)


def town(**more: gpd.GeoDataFrame) -> Plan:
    layers = {
        "units": layer(box(X, Y, X + 1000, Y + 1000), unit_id=["U"]),
        "parcels": layer(box(X, Y, X + 100, Y + 100), parcel_id=["p"], land_use=["0701"]),
        "car_parks": layer(Point(X + 9, Y + 9), car_park_id=["c"], charging_spaces=[0.0]),
    }
    return Plan(Text("镇", "Town"), {**layers, **more}, Settings(crs=CRS))


def reason(plan: Plan, key: str) -> str:
    row = evaluate(plan).table.query("indicator == @key and unit_id == 'U'").iloc[0]
    return str(row["reason"]) if row["status"] == "no_data" else ""


def test_what_could_use_a_layer_is_not_computed_without_it() -> None:
    assert reason(town(), "charging_car_park_share") == ""
    shelters = layer(Point(X, Y), facility_id=["f"], facility_type=[None])
    found = reason(town(facilities=shelters), "charging_car_park_share")
    assert found.startswith("layer not used: facilities. facility_type is empty")


@pytest.mark.parametrize(("key", "column", "asked"), [
    ("facilities", "facility_type", "height_fire_rescue_match"),
    ("control_lines", "line_type", "control_line_encroachment"),
    ("roads", "road_class", "corridor_connectivity"),
])  # fmt: skip
def test_a_layer_of_a_program_may_lack_what_files_must_have(
    key: str, column: str, asked: str
) -> None:
    plan = town_of_units(7)
    layers = {**plan.layers, key: plan.layers[key].drop(columns=column)}
    table = evaluate(replace(plan, layers=layers), [asked, "land_area"]).table
    of_units = table[table["unit_id"] != "CITY"]
    without = of_units[of_units["indicator"] == asked]
    assert {*without["status"]} == {"no_data"}
    assert without["reason"].str.contains(f"{key}: column {column} is missing").all()
    assert (of_units[of_units["indicator"] == "land_area"]["status"] != "no_data").all()


def test_nothing_left_is_refused_with_the_faults_as_errors() -> None:
    wrong = layer(Point(X, Y), car_park_id=["c"], spaces=[-1.0])
    with pytest.raises(InputError) as raised:
        evaluate(town(car_parks=wrong), ["car_park_count"])
    errors = [f.what.en for f in raised.value.findings if f.severity == "error"]
    assert errors == ["spaces is negative"]


def test_blocks_between_roads_that_are_none_are_none() -> None:
    ring = LineString(box(X, Y, X + 100, Y + 100).exterior.coords)
    plan = town(roads=layer(ring, road_id=["r"], road_class=["local"]))
    asked = replace(plan.settings, blocks_from="roads")
    ready = prepare(replace(plan, settings=asked))
    assert "roads" in ready.aside
    assert not {"roads", "blocks"} & {*ready.layers}
    kept = Policies({("roads", "outlines"): Policy("keep", 0.01)})
    ready = prepare(replace(plan, settings=replace(asked, policy=kept)))
    assert {"roads", "blocks"} <= {*ready.layers}


def test_a_polar_night_is_a_reason_and_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    def dark(units: gpd.GeoDataFrame, car_parks: gpd.GeoDataFrame) -> Measure:
        raise NoSunError("no sun at 70° N", "没有日照")

    one = replace(indicators()["car_park_count"], function=dark, parameters=())
    prepared = prepare(town())
    answer = answer_of(Question(one, {}), Part(prepared.layers, prepared.layers["units"].index,
                                               Grids(prepared, (0, 0, 1, 1))))  # fmt: skip
    assert answer == Text("没有日照", "no sun at 70° N")


def test_roofs_where_the_sun_does_not_rise_have_no_figure() -> None:
    tromso = {"crs": "EPSG:32633"}
    ground, house = (
        box(650_000, 7_730_000, 650_200, 7_730_200),
        box(650_010, 7_730_010, 650_020, 7_730_020),
    )
    layers = {
        "units": gpd.GeoDataFrame({"unit_id": ["U"]}, geometry=[ground], **tromso),
        "buildings": gpd.GeoDataFrame(
            {"building_id": ["b"], "height": [6.0]}, geometry=[house], **tromso
        ),
    }
    plan = Plan(Text("北", "North"), layers, Settings(crs="EPSG:32633"))
    sunlit = {"solar_roof_area": {"definition": "sunlit", "day": "winter_solstice", "min_sun": 1.0}}
    (row,) = (
        evaluate(plan, ["solar_roof_area"], [], parameters=sunlit)
        .table.query("unit_id == 'U'")
        .to_dict("records")
    )
    assert row["status"] == "no_data"
    assert "no sun at 69.6" in row["reason"]
    assert "winter_solstice" in row["reason"]
    sunlit["solar_roof_area"]["day"] = "06-21"
    table = evaluate(plan, ["solar_roof_area"], [], parameters=sunlit).table
    assert table.query("unit_id == 'U'")["value"].iloc[0] > 0


@pytest.mark.parametrize("key", ["parcels", "buildings"])
def test_the_ground_is_never_set_aside(key: str) -> None:
    point = layer(Point(X, Y), land_use=["0701"])
    with pytest.raises(InputError):
        prepare(town(**{key: point}))
