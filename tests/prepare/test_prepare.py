"""Raw layers become trustworthy, or are refused with every fault named."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Polygon, box

from carbonspace.errors import InputError
from carbonspace.model.plan import Input, Plan, Settings
from carbonspace.model.repair import Mended
from carbonspace.model.text import Text
from carbonspace.prepare import prepare

CRS = "EPSG:4547"
X, Y = 500_000.0, 4_000_000.0


def square(east: float, north: float, side: float = 1000.0) -> Polygon:
    return box(X + east, Y + north, X + east + side, Y + north + side)


def frame(
    shapes: list[shapely.Geometry], crs: str | None = CRS, **columns: object
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def units(crs: str | None = CRS) -> gpd.GeoDataFrame:
    return frame([square(0, 0), square(1000, 0)], crs, unit_id=["U1", "U2"])


def plan(**layers: gpd.GeoDataFrame) -> Plan:
    return Plan(Text("试", "Trial"), layers)


def faults(trial: Plan) -> list[str]:
    with pytest.raises(InputError) as caught:
        prepare(trial)
    errors = [f for f in caught.value.findings if f.severity == "error"]
    return [f"{f.layer}|{f.what.en}|{f.found_in('en')}" for f in errors]


def test_layers_are_indexed_by_their_ids() -> None:
    ready = prepare(plan(units=units()))
    assert list(ready.layers["units"].index) == ["U1", "U2"]
    assert ready.layers["units"].index.name == "unit_id"


def test_features_without_ids_are_numbered_and_it_is_said() -> None:
    ready = prepare(plan(units=units(), parks=frame([square(0, 0, 100)])))
    assert list(ready.layers["parks"].index) == ["parks-1"]
    assert [f.what.en for f in ready.findings if f.layer == "parks"] == ["The layer has no ids"]


def test_layers_are_brought_into_the_plans_crs() -> None:
    parks = frame([square(0, 0, 100)], park_id=["P"]).to_crs("EPSG:4326")
    ready = prepare(plan(units=units(), parks=parks))
    assert ready.layers["parks"].crs == CRS
    assert ready.layers["parks"].area.iloc[0] == pytest.approx(10_000, rel=1e-6)


def test_no_units() -> None:
    assert faults(plan(parks=frame([square(0, 0)]))) == [
        "units|The layer of planning units is missing|-"
    ]


def test_what_is_wrong_elsewhere_is_told_with_missing_units() -> None:
    """A stated area in hectares and a repeated parcel, although nothing can be measured."""
    parks = frame([square(0, 0), square(0, 0)], park_id=["a", "b"], area=[100.0, 100.0])
    with pytest.raises(InputError) as caught:
        prepare(plan(parks=parks))
    assert [(f.severity, f.layer, f.what.en) for f in caught.value.findings] == [
        ("error", "units", "The layer of planning units is missing"),
        ("warning", "parks", "The feature is drawn twice"),
        ("warning", "parks", "area is in hectares, not in square metres"),
    ]
    assert str(caught.value).count("\n") == 0, "the message lists the errors"


def test_what_is_wrong_elsewhere_is_told_with_an_empty_layer() -> None:
    parks = frame([square(0, 0), square(0, 0)], park_id=["a", "b"])
    with pytest.raises(InputError) as caught:
        prepare(plan(units=units(), parks=parks, roads=frame([])))
    assert [(f.layer, f.what.en) for f in caught.value.findings] == [
        ("roads", "The layer has no features"), ("parks", "The feature is drawn twice"),
    ]  # fmt: skip


def test_what_a_reader_had_to_mend_is_in_the_account() -> None:
    """Segments hold 1 of 10,000 m² less than the arcs did, in degrees as well as in metres."""
    in_metres = units()
    drawn = shapely.area(in_metres.to_crs("EPSG:4490").geometry.to_numpy()).sum()
    for crs, area in (("EPSG:4547", 2_000_000.0), ("EPSG:4490", drawn)):
        trial = Plan(
            Text("试", "Trial"), {"units": in_metres.to_crs(crs)}, Settings(crs=CRS),
            mended=(Mended("curves", "units", 2, area * 1.0001, area),),
        )  # fmt: skip
        (entry,) = prepare(trial).repairs
        assert (entry.fault, entry.choice, entry.tolerance, entry.features, entry.unit) == (
            "curves", "repair", 0.01, 2, "m²",
        )  # fmt: skip
        assert entry.after == pytest.approx(2_000_000, rel=1e-9)
        assert entry.before - entry.after == pytest.approx(200, rel=1e-6)


def test_a_layer_that_its_reader_converted_is_named_as_the_others() -> None:
    """As an OpenStreetMap extract is: settled in the plan's CRS while it is read."""
    moved = Input("units", "city.osm.pbf", "", 2, "EPSG:4326")
    ready = prepare(Plan(Text("试", "Trial"), {"units": units()}, inputs=(moved,)))
    (note,) = ready.findings
    assert note.what.en == "The layer was converted to the plan's CRS"
    assert note.found_in("en").startswith("EPSG:4326 WGS 84")
    assert "WGS 84" in note.action.en
    same = Input("units", "a.gpkg", "", 2, "EPSG:4547")
    assert prepare(Plan(Text("试", "Trial"), {"units": units()}, inputs=(same,))).findings == ()


def test_a_geographic_crs_is_refused_with_a_proposal() -> None:
    degrees = frame([box(113.0, 36.0, 113.1, 36.1)], "EPSG:4490", unit_id=["U"])
    with pytest.raises(InputError) as caught:
        prepare(plan(units=degrees))
    (fault,) = caught.value.findings
    assert fault.what.en == "This CRS cannot be measured in"
    assert "EPSG:4547" in fault.action.en


def test_web_mercator_is_refused() -> None:
    assert "This CRS cannot be measured in" in faults(plan(units=units("EPSG:3857")))[0]


def test_no_crs_anywhere() -> None:
    assert "The plan has no CRS" in faults(plan(units=units(None)))[0]


def test_a_layer_without_crs_is_named() -> None:
    (fault,) = faults(plan(units=units(), parks=frame([square(0, 0, 9)], None)))
    assert fault.startswith("parks|The layer has no CRS|x 500000")


def test_degrees_that_are_metres_are_named() -> None:
    (fault,) = faults(plan(units=units(), parks=frame([square(0, 0, 9)], "EPSG:4326")))
    assert "parks|The CRS contradicts the coordinates" in fault


def test_a_stated_crs_overrides_the_file_and_it_is_said() -> None:
    lying = frame([square(0, 0, 100)], "EPSG:4326", park_id=["P"])
    trial = Plan(Text("试", "Trial"), {"units": units(), "parks": lying}, layer_crs={"parks": CRS})
    ready = prepare(trial)
    assert ready.layers["parks"].area.iloc[0] == 10_000
    assert [f.severity for f in ready.findings] == ["warning"]
    assert "EPSG:4326" in ready.findings[0].found_in("en")


def test_a_layer_elsewhere_is_refused() -> None:
    far = frame([square(900_000, 0, 9)], park_id=["P"])
    (fault,) = faults(plan(units=units(), parks=far))
    assert fault.startswith("parks|The layer does not overlap the units")


def test_all_faults_are_reported_at_once() -> None:
    parcels = frame(
        [square(0, 0, 100), square(100, 0, 100), square(200, 0, 100)],
        parcel_id=["a", "a", "b"], land_use=["0701", "ZZ9", None],
    )  # fmt: skip
    roads = frame([LineString([(X, Y), (X + 9, Y)])], road_id=["r"], road_class=["boulevard"])
    found = faults(plan(units=units(), parcels=parcels, roads=roads))
    assert [f.split("|")[1] for f in found] == [
        "The id is not unique", "land_use is empty", "The land-use code is not known",
        "road_class has an unknown value",
    ]  # fmt: skip


def test_a_level_may_lie_below_the_ground() -> None:
    line = [LineString([(X, Y), (X + 9, Y)])]
    roads = frame(line, road_id=["r"], road_class=["local"], level=[-1.0])
    ready = prepare(plan(units=units(), roads=roads))
    assert ready.layers["roads"]["level"].tolist() == [-1]


def test_a_layer_with_negative_numbers_is_set_aside() -> None:
    parks = frame([square(0, 0, 100)], car_park_id=["c"], spaces=[-3.0])
    ready = prepare(plan(units=units(), car_parks=parks))
    assert [*ready.layers] == ["units"]
    assert "spaces is negative: -3 in c" in ready.aside["car_parks"].en


@pytest.mark.parametrize(("values", "told"), [
    ([1.0, math.inf], "spaces is infinite: inf in d"),
    ([None, -math.inf], "spaces is negative: -inf in d"),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["float64", "Float64", "object"])
def test_a_layer_with_infinite_numbers_is_set_aside(
    values: list[float], told: str, kind: str
) -> None:
    shapes = [square(0, 0, 100), square(200, 0, 100)]
    spaces = pd.Series(values, dtype="float64").astype(kind)
    parks = frame(shapes, car_park_id=["c", "d"], spaces=spaces)
    ready = prepare(plan(units=units(), car_parks=parks))
    assert [*ready.layers] == ["units"]
    assert told in ready.aside["car_parks"].en


def test_an_empty_layer_is_refused() -> None:
    empty = frame([square(0, 0)], park_id=["P"]).iloc[:0]
    assert faults(plan(units=units(), parks=empty)) == [
        "parks|The layer has no features|0 features"
    ]


def test_invalid_geometry_is_repaired_in_the_open() -> None:
    bow = Polygon([(X, Y), (X + 100, Y + 100), (X + 100, Y), (X, Y + 100)])
    ready = prepare(plan(units=units(), parks=frame([bow], park_id=["bow"])))
    assert ready.layers["parks"].area.iloc[0] == pytest.approx(5000)
    (finding,) = ready.findings
    assert (finding.feature, finding.what.en) == ("bow", "The geometry is invalid")
    assert finding.where == (X, Y) or finding.where is not None


def test_a_feature_without_geometry_is_left_out_in_the_open() -> None:
    parks = frame([square(0, 0, 100), None], park_id=["P", "ghost"])
    ready = prepare(plan(units=units(), parks=parks))
    assert list(ready.layers["parks"].index) == ["P"]
    assert [f.feature for f in ready.findings] == ["ghost"]


def test_a_layer_of_which_no_geometry_is_left_is_set_aside() -> None:
    parks = frame([None, Polygon()], park_id=["P", "Q"])
    ready = prepare(plan(units=units(), parks=parks))
    assert "No feature has a geometry that can be used: 0 / 2" in ready.aside["parks"].en
    with pytest.raises(InputError) as caught:
        prepare(plan(parks=parks))
    assert {f.what.en for f in caught.value.findings} == {
        "The layer of planning units is missing", "The feature has no geometry",
        "No feature has a geometry that can be used",
    }  # fmt: skip


def test_heights_are_dropped() -> None:
    tall = Polygon([(X, Y, 5), (X + 100, Y, 5), (X + 100, Y + 100, 5)])
    ready = prepare(plan(units=units(), parks=frame([tall], park_id=["P"])))
    assert not ready.layers["parks"].has_z.any()


def test_letter_codes_are_translated_in_the_open() -> None:
    parcels = frame([square(0, 0, 100)], parcel_id=["p"], land_use=["R2"])
    ready = prepare(plan(units=units(), parcels=parcels))
    assert list(ready.layers["parcels"]["land_use"]) == ["070102"]
    assert "R2 → 070102" in ready.findings[0].found_in("en")


def test_units_are_dissolved_from_parcels() -> None:
    parcels = frame(
        [square(0, 0), square(1000, 0), square(0, 1000)],
        parcel_id=["a", "b", "c"], unit_id=["U1", "U1", "U2"], land_use=["0701"] * 3,
    )  # fmt: skip
    trial = Plan(Text("试", "T"), {"parcels": parcels}, Settings(units_from="parcels"))
    made = prepare(trial).layers["units"]
    assert list(made.index) == ["U1", "U2"]
    assert list(made.area) == [2e6, 1e6]


def test_blocks_are_the_faces_between_roads() -> None:
    cross = [
        LineString([(X, Y + 400), (X + 1000, Y + 400)]),
        LineString([(X + 300, Y), (X + 300, Y + 1000)]),
    ]
    roads = frame(cross, road_id=["a", "b"], road_class=["local", "local"])
    one = frame([square(0, 0)], unit_id=["U"])
    trial = Plan(Text("试", "T"), {"units": one, "roads": roads}, Settings(blocks_from="roads"))
    blocks = prepare(trial).layers["blocks"]
    assert sorted(blocks.area.round()) == [120_000, 180_000, 280_000, 420_000]


def test_a_missing_level_is_left_out() -> None:
    assert "blocks" not in prepare(plan(units=units())).layers


def people_plan(buildings: gpd.GeoDataFrame | None = None) -> Plan:
    """One unit of 900 residents with two homes, of 1 and 2 ha, and an office."""
    unit = frame([square(0, 0)], unit_id=["U"], population=[900.0], jobs=[60.0])
    parcels = frame(
        [box(X, Y, X + 100, Y + 100), box(X + 200, Y, X + 400, Y + 100), square(500, 0, 100)],
        parcel_id=["one", "two", "office"], land_use=["0701", "0701", "0902"],
    )  # fmt: skip
    layers = {"units": unit, "parcels": parcels}
    return plan(**layers, **({} if buildings is None else {"buildings": buildings}))


def test_people_are_spread_by_land_area() -> None:
    parcels = prepare(people_plan()).layers["parcels"]
    assert list(parcels["population"]) == pytest.approx([300, 600, 0])
    assert list(parcels["jobs"]) == pytest.approx([0, 0, 60])


def test_people_are_spread_by_floor_area_where_buildings_are_known() -> None:
    tower = frame(
        [box(X, Y, X + 20, Y + 20), box(X + 200, Y, X + 220, Y + 20)],
        building_id=["t", "l"], floors=[8.0, 1.0],
    )  # fmt: skip
    parcels = prepare(people_plan(tower)).layers["parcels"]
    assert list(parcels["population"]) == pytest.approx([800, 100, 0])


def test_people_without_a_home_are_reported() -> None:
    unit = frame([square(0, 0)], unit_id=["U"], population=[900.0])
    parcels = frame([square(0, 0, 100)], parcel_id=["p"], land_use=["1001"])
    ready = prepare(plan(units=unit, parcels=parcels))
    (finding,) = ready.findings
    assert finding.severity == "warning"
    assert "900 in zones without" in finding.found_in("en")


def test_overlaps_are_reported_and_noise_is_not() -> None:
    overlapping = frame([square(0, 0), square(990, 0)], unit_id=["a", "b"])
    (finding,) = prepare(plan(units=overlapping)).findings
    assert (finding.feature, finding.found_in("en")) == ("a + b", "10,000.00 m²")
    noisy = frame([square(0, 0), square(1000 - 1e-7, 0)], unit_id=["a", "b"])
    (finding,) = prepare(plan(units=noisy)).findings
    assert (finding.severity, finding.what.en) == ("note", "Shared borders differ by rounding")


def test_preparing_twice_changes_nothing() -> None:
    once = prepare(plan(units=units()))
    assert prepare(once) is once


def test_people_live_in_homes_and_work_at_workplaces() -> None:
    unit = frame([square(0, 0)], unit_id=["U"], population=[100.0], jobs=[50.0])
    parcels = frame(
        [square(0, 0, 100), square(200, 0, 100), square(400, 0, 100), square(600, 0, 100)],
        parcel_id=["home", "crèche", "road", "shop"], land_use=["0701", "0702", "1207", "0901"],
    )  # fmt: skip
    ready = prepare(plan(units=unit, parcels=parcels)).layers["parcels"]
    assert ready["population"].to_dict() == {"home": 100, "crèche": 0, "road": 0, "shop": 0}
    assert ready["jobs"].to_dict() == {"home": 0, "crèche": 0, "road": 0, "shop": 50}


def test_a_sliver_of_a_home_holds_nobody() -> None:
    side_by_side = [square(0, 0), square(1000 - 1e-7, 0)]
    unit = frame(side_by_side, unit_id=["a", "b"], population=[1000.0, 500.0])
    home = frame([square(900, 0, 100)], parcel_id=["h"], land_use=["0701"])
    ready = prepare(plan(units=unit, parcels=home))
    assert ready.layers["parcels"].loc["h", "population"] == pytest.approx(1000)
    assert any("500 in zones without" in f.found_in("en") for f in ready.findings)


def test_a_partly_empty_column_is_reported() -> None:
    unit = frame([square(0, 0)], unit_id=["U"])
    homes = frame(
        [square(0, 0, 100), square(200, 0, 100)],
        parcel_id=["a", "b"], land_use=["0701", "0701"], population=[10.0, None],
    )  # fmt: skip
    (finding,) = prepare(plan(units=unit, parcels=homes)).findings
    assert finding.what.en == "population is empty in some parcels"
