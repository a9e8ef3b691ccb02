"""The whole life of an assessment, on plans that can be solved in the head."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from shapely import affinity
from shapely.geometry import LineString, Point, box

import carbonspace
from carbonspace import evaluate
from carbonspace.errors import InputError, UnknownNameError
from carbonspace.model.plan import Plan, Raster, Settings
from carbonspace.model.progress import Step
from carbonspace.model.text import Text

CRS = "EPSG:4547"
X, Y = 500_000.0, 4_000_000.0


def shifted(shape: object) -> object:
    return affinity.translate(shape, X, Y)


def layer(shapes: list[object], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[shifted(s) for s in shapes], crs=CRS)


def small_plan(*, position_tolerance: float = 0.0) -> Plan:
    """Two units of 1 km². West: a home at a park. East: a home 1.3 km away. Two roads."""
    layers = {
        "units": layer([box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)], unit_id=["W", "E"]),
        "parcels": layer(
            [box(0, 0, 200, 100), box(1500, 0, 1600, 100)],
            parcel_id=["w", "e"], land_use=["0701", "0701"], population=[300.0, 100.0],
        ),
        "parks": layer([box(200, 0, 300, 100)], park_id=["P"]),
        "roads": layer(
            [LineString([(0, 500), (2000, 500)]), LineString([(1000, 0), (1000, 1000)])],
            road_id=["a", "b"], road_class=["arterial", "local"],
        ),
        "transit_stops": layer([Point(500, 500)], stop_id=["s"], mode=["bus"]),
    }  # fmt: skip
    return Plan(
        Text("小", "Small"), layers, Settings(crs=CRS, position_tolerance=position_tolerance)
    )


def value(assessment: carbonspace.Assessment, unit: str, key: str) -> float:
    rows = assessment.table.query("unit_id == @unit and indicator == @key")
    return float(rows["value"].iloc[0])


def test_values_by_hand() -> None:
    result = evaluate(small_plan())
    assert value(result, "W", "road_density") == pytest.approx(1.5)
    assert value(result, "city", "road_density") == pytest.approx(1.5)
    assert value(result, "W", "park_coverage") == pytest.approx(100)
    assert value(result, "E", "park_coverage") == 0
    assert value(result, "city", "park_coverage") == pytest.approx(100 * 20_000 / 30_000)
    assert value(result, "city", "bus_stop_count") == 1


def test_what_lacks_a_layer_or_column_is_no_data_with_the_reason() -> None:
    table = evaluate(small_plan()).table
    parking = table[(table["indicator"] == "charging_car_park_share") & (table["level"] == "unit")]
    assert set(parking["status"]) == {"no_data"}
    assert set(parking["reason"]) == {"missing layer: car_parks"}
    jobs = table[table["indicator"] == "station_coverage_jobs"].iloc[0]
    assert jobs["status"] == "no_data"
    assert "jobs" in jobs["reason"]
    assert "就业岗位" in jobs["reason_zh"]


def test_nothing_to_measure_is_not_applicable() -> None:
    plan = small_plan()
    homes = plan.layers["parcels"].iloc[:1]
    result = evaluate(Plan(plan.name, {**plan.layers, "parcels": homes}, plan.settings))
    row = result.table.query("unit_id == 'E' and indicator == 'park_coverage'").iloc[0]
    assert row["status"] == "not_applicable"
    assert "denominator" in row["reason"]


def test_verdicts_with_margin() -> None:
    result = evaluate(small_plan(), ["road_density", "park_coverage"], ["gb50180", "pku"])
    row = result.table.query(
        "unit_id == 'W' and indicator == 'road_density' and profile == 'gb50180'"
    ).iloc[0]
    assert (row["target"], row["status"], row["margin"]) == ("≥ 8", "not_met", pytest.approx(-6.5))
    coverage = result.table.query("indicator == 'park_coverage' and profile == 'pku'")
    assert dict(zip(coverage["unit_id"], coverage["status"], strict=True)) == {
        "W": "met", "E": "not_met", "city": "not_met",
    }  # fmt: skip


def barely_covered() -> Plan:
    """The small plan with a park whose 500 m reach 1 m beyond the eastern home."""
    plan = small_plan(position_tolerance=2.0)
    parks = layer([box(200, 0, 300, 100), box(1001, 0, 1101, 100)], park_id=["P", "Q"])
    return Plan(plan.name, {**plan.layers, "parks": parks}, plan.settings)


def test_a_verdict_says_whether_it_survives_the_drawings_tolerance() -> None:
    rows = evaluate(barely_covered(), ["park_coverage"], ["pku"]).table.query("level == 'unit'")
    assert set(rows["status"]) == {"met"}
    assert dict(zip(rows["unit_id"], rows["robust"], strict=True)) == {"W": True, "E": False}


def test_parameters_reach_the_indicator() -> None:
    plan = small_plan()
    given = Plan(plan.name, plan.layers, plan.settings, parameters={"all": {"min_area": 20_000.0}})
    assert value(evaluate(given, ["park_coverage"]), "W", "park_coverage") == 0


def test_parameters_given_here_go_before_the_plans_own() -> None:
    plan = small_plan()
    own = Plan(plan.name, plan.layers, plan.settings,
               parameters={"park_coverage": {"radius": 1, "min_area": 1}})  # fmt: skip
    result = evaluate(own, ["park_coverage"], parameters={"park_coverage": {"radius": 2000}})
    assert value(result, "E", "park_coverage") == pytest.approx(100)
    used = {"radius": 2000.0, "min_area": 1.0, "homes": ("0701", "0703"), "quad_segs": 64}
    assert result.run["parameters"]["park_coverage"] == used
    assert own.parameters["park_coverage"]["radius"] == 1


def test_every_fault_of_names_and_parameters_at_once() -> None:
    plan = small_plan(position_tolerance=float("nan"))
    wrong = Plan(
        plan.name, plan.layers, plan.settings, profiles=("pkuu",), indicators=("happiness",),
        parameters={
            "all": {"radius": float("inf"), "road_class": ["local"]},
            "park_coverage": {"radios": 5, "homes": "07", "quad_segs": 0},
            "road_densitie": {},
            "pv_roof_share_homes": {"new_only": False, "uses": ["07"]},
        },
    )  # fmt: skip
    with pytest.raises(InputError) as raised:
        evaluate(wrong, ["park_coverage"], ["pku"])
    found = {f.what.en.split(" ")[0] + " " + f.found_in("en"): f for f in raised.value.findings}
    assert list(found) == [
        "indicators 'happiness'", "profiles 'pkuu'", "parameters.all.radius inf",
        "parameters.all.road_class 'road_class'", "parameters.park_coverage.radios 'radios'",
        "parameters.park_coverage.homes '07'", "parameters.park_coverage.quad_segs 0",
        "parameters.road_densitie 'road_densitie'", "parameters.pv_roof_share_homes.new_only False",
        "position_tolerance nan",
    ]  # fmt: skip
    assert found["profiles 'pkuu'"].action.en == "Did you mean pku?"
    assert found["parameters.all.road_class 'road_class'"].action.en == "Did you mean road_classes?"
    assert found["parameters.road_densitie 'road_densitie'"].action.zh == "是否应为 road_density？"
    fixed = found["parameters.pv_roof_share_homes.new_only False"]
    assert "use pv_roof_share," in fixed.action.en
    assert "[parameters.pv_roof_share]" in fixed.action.zh
    homes = found["parameters.park_coverage.homes '07'"]
    assert "居住用地代码" in homes.what.zh
    assert "land-use code" in homes.expected.en
    assert raised.value.exit_code == 3
    with pytest.raises(InputError):
        evaluate(small_plan(), parameters={"park_coverage": {"radius": [500]}})


def test_what_is_given_for_all_leaves_alone_what_a_variant_fixes() -> None:
    keys = ["park_coverage", "park_coverage_10min"]
    used = evaluate(small_plan(), keys, parameters={"all": {"radius": 2000}}).run["parameters"]
    assert [used[key]["radius"] for key in keys] == [2000.0, 500.0]


def test_a_list_of_a_clause_means_the_same_in_any_order() -> None:
    def reason(*modes: str) -> str:
        given = {"bus_stop_count": {"modes": list(modes)}}
        table = evaluate(small_plan(), ["bus_stop_count"], ["shangdang"], parameters=given).table
        return str(table.query("unit_id == 'city'")["reason"].iloc[0])

    assert "not a minimum" in reason("bus")
    assert "the clause speaks of modes" in reason("bus", "brt")


def test_some_units_only() -> None:
    whole, part = evaluate(small_plan()), evaluate(small_plan(), units=["E"])
    keys = ["road_density", "park_coverage", "bus_stop_area_coverage"]
    assert [value(part, "E", k) for k in keys] == [value(whole, "E", k) for k in keys]
    assert set(part.table["unit_id"]) == {"E"}
    assert part.ledger.empty


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Z9"):
        evaluate(small_plan(), units=["Z9"])


def test_progress_goes_forward_through_every_layer_and_indicator() -> None:
    steps: list[Step] = []
    evaluate(small_plan(), ["road_density", "park_coverage"], progress=steps.append)
    done = [step.done for step in steps]
    assert done[0] == 0
    assert done == sorted(done)
    assert done[-1] < 1
    assert {step.total for step in steps} == {1.0}
    titles = [step.title.en for step in steps]
    assert "Preparing the data: Parcels" in titles
    assert titles[-3:-1] == ["Road network density", "Homes within reach of a park"]


def test_the_ledger_balances() -> None:
    ledger = evaluate(small_plan(), ["road_density"]).ledger.set_index("quantity")
    assert ledger.loc["area", "city"] == pytest.approx(2e6)
    assert ledger.loc["road length", ["units", "overlaps", "city"]].tolist() == pytest.approx(
        [3000, 0, 3000]
    )
    assert ledger.loc["population", "city"] == pytest.approx(400)
    assert np.allclose(ledger["difference"], 0, atol=1e-6)


def test_the_ledger_shows_gaps_of_the_city() -> None:
    plan = small_plan()
    city = layer([box(0, 0, 2500, 1000)], city_id=["C"])
    wider = Plan(plan.name, {**plan.layers, "city": city}, plan.settings)
    ledger = evaluate(wider, ["road_density"]).ledger.set_index("quantity")
    assert ledger.loc["area", "gaps"] == pytest.approx(500_000)
    assert ledger.loc["area", "city"] == pytest.approx(2.5e6)


def test_wide_has_a_value_and_a_verdict_per_indicator() -> None:
    wide = evaluate(small_plan(), ["park_coverage"], ["pku"]).wide()
    assert list(wide["park_coverage_status"]) == ["met", "not_met"]
    assert list(wide["park_coverage"]) == pytest.approx([100, 0])


def test_indicators_are_public_functions() -> None:
    plan = small_plan()
    units = plan.layers["units"].set_index("unit_id")
    measure = carbonspace.park_coverage(units, plan.layers["parcels"], plan.layers["parks"])
    assert list(measure.table.index) == ["W", "E"]
    assert carbonspace.evaluate is evaluate
    assert carbonspace.pv_roof_share_homes is not None


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        carbonspace.nonsense  # noqa: B018


def turned(plan: Plan, degrees: float, east: float) -> Plan:
    layers = {}
    for key, one in plan.layers.items():
        shapes = one.geometry.rotate(degrees, origin=(X, Y)).translate(east, 0)
        layers[key] = one.set_geometry(shapes)
    return Plan(plan.name, layers, plan.settings)


@pytest.mark.parametrize(("degrees", "east"), [(0, 12_345.0), (90, 0), (180, -7)])
def test_moving_and_turning_the_plan_changes_nothing(degrees: float, east: float) -> None:
    keys = ["road_density", "park_coverage", "station_coverage_residents", "bus_stop_count"]
    before, after = (
        evaluate(small_plan(), keys),
        evaluate(turned(small_plan(), degrees, east), keys),
    )
    assert np.allclose(before.table["value"], after.table["value"], rtol=1e-6)


def test_where_units_overlap_the_city_is_measured_on_its_own() -> None:
    """Two units of 1 km² share half of their land, and half of a road of 2 km lies in the city."""
    units = layer([box(0, 0, 1000, 1000), box(500, 0, 1500, 1000)], unit_id=["a", "b"])
    roads = layer([LineString([(0, 500), (1500, 500)])], road_id=["r"], road_class=["local"])
    plan = Plan(Text("叠", "Overlap"), {"units": units, "roads": roads}, Settings(crs=CRS))
    result = evaluate(plan, ["road_density"])
    assert value(result, "city", "road_density") == pytest.approx(1.0)
    assert result.table.query("unit_id == 'city'")["denominator"].iloc[0] == pytest.approx(1.5e6)


def test_what_lies_in_gaps_counts_to_the_city() -> None:
    plan = small_plan()
    layers = {**plan.layers, "city": layer([box(0, 0, 2500, 1000)], city_id=["C"])}
    layers["transit_stops"] = layer([Point(500, 500), Point(2400, 500)], stop_id=["s", "t"],
                                    mode=["bus", "bus"])  # fmt: skip
    result = evaluate(Plan(plan.name, layers, plan.settings), ["bus_stop_count"])
    counts = result.table.set_index("unit_id")["value"]
    assert counts.to_dict() == {"W": 1.0, "E": 0.0, "city": 2.0}


def test_no_unit_may_be_called_city() -> None:
    plan = small_plan()
    units = plan.layers["units"].assign(unit_id=["city", "E"])
    with pytest.raises(InputError, match="reserved"):
        evaluate(Plan(plan.name, {**plan.layers, "units": units}, plan.settings))


def test_what_would_flip_a_verdict_is_named() -> None:
    rows = evaluate(barely_covered(), ["park_coverage"], ["pku"]).table.query("level == 'unit'")
    flips = dict(zip(rows["unit_id"], rows["flips"], strict=True))
    assert flips["W"] is None or flips["W"] != flips["W"]
    assert flips["E"] == "a distance of 498 m"


def test_a_verdict_that_hangs_on_an_overlap_says_so() -> None:
    """Near homes of 2 ha, 1.5 ha of them drawn twice, and 0.3 ha far off: 92 %, or 87 %."""
    plan = small_plan()
    homes = layer(
        [box(0, 0, 200, 100), box(50, 0, 200, 100), box(0, 700, 100, 730)],
        parcel_id=["a", "b", "far"], land_use=["0701"] * 3,
    )  # fmt: skip
    drawn = Plan(plan.name, {**plan.layers, "parcels": homes}, plan.settings)
    table = evaluate(drawn, ["park_coverage_10min"], ["lianyungang"]).table
    row = table.query("unit_id == 'W'").iloc[0]
    assert row["value"] == pytest.approx(100 * 3.5 / 3.8)
    assert (row["status"], row["robust"]) == ("met", False)
    assert "repaired" in row["flips"]
    assert "已修复" in row["flips_zh"]


def test_a_verdict_no_fault_can_change_is_robust() -> None:
    plan = small_plan()
    twice = layer(
        [box(0, 0, 200, 100), box(100, 0, 200, 100)],
        parcel_id=["a", "b"], land_use=["0701", "0701"],
    )  # fmt: skip
    drawn = Plan(plan.name, {**plan.layers, "parcels": twice}, plan.settings)
    row = evaluate(drawn, ["park_coverage"], ["pku"]).table.query("unit_id == 'W'").iloc[0]
    assert (row["status"], row["robust"]) == ("met", True)


def test_floor_area_is_in_the_ledger() -> None:
    plan = small_plan()
    towers = layer([box(900, 0, 1100, 10)], building_id=["t"], floors=[3.0])
    result = evaluate(Plan(plan.name, {**plan.layers, "buildings": towers}, plan.settings), [])
    row = result.ledger.set_index("quantity").loc["floor area"]
    assert row[["units", "gaps", "overlaps", "city"]].tolist() == pytest.approx([6000, 0, 0, 6000])


def test_without_the_extra_for_the_sun_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pvlib", None)
    asked = ["roof_solar_access", "solar_roof_area"]
    plan = small_plan()
    homes = layer([box(0, 0, 20, 10), box(1500, 0, 1520, 10)], building_id=["a", "b"],
                  height=[9.0, 9.0])  # fmt: skip
    plan = replace(plan, layers={**plan.layers, "buildings": homes})
    table = evaluate(plan, asked, []).table.set_index("indicator")
    assert set(table.loc["solar_roof_area", "status"]) == {"no_target"}
    assert set(table.loc["roof_solar_access", "status"]) == {"no_data"}
    (reason,) = set(table.loc["roof_solar_access", "reason"])
    assert "pip install 'carbonspace[sun]'" in reason


def test_crowns_without_heights_leave_light_without_a_figure_and_the_rest_measured(
    tmp_path: Path,
) -> None:
    box_of = (X - 500, Y - 500, X + 2500, Y + 1500)
    cells = np.full((1, 200, 300), 30.0, dtype=np.float32)
    with rasterio.open(
        tmp_path / "crowns.tif", "w", driver="GTiff", width=300, height=200, count=1,
        dtype="float32", crs=CRS, transform=rasterio.Affine(10, 0, X - 500, 0, -10, Y + 1500),
    ) as file:  # fmt: skip
        file.write(cells)
    crowns = Raster("canopy", tmp_path / "crowns.tif", CRS, (10, 10), None, "%", box=box_of)
    plan = small_plan()
    homes = layer([box(0, 0, 20, 10), box(1500, 0, 1520, 10)], building_id=["a", "b"],
                  height=[9.0, 9.0])  # fmt: skip
    plan = replace(plan, layers={**plan.layers, "buildings": homes}, rasters={"canopy": crowns})
    table = evaluate(plan, ["roof_solar_access", "canopy_cover"], []).table.set_index("indicator")
    assert set(table.loc["roof_solar_access", "status"]) == {"no_data"}
    assert (
        "Crowns without heights cast no shade" in table.loc["roof_solar_access", "reason"].iloc[0]
    )
    assert table.loc["canopy_cover", "value"].dropna().tolist() == pytest.approx([30.0] * 5)
