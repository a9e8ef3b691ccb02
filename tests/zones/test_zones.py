"""A plan over several zones: each unit in its own CRS, as if there were no other."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS, Transformer
from tests.zones.border import BORDER, EAST, HIGH, SOUTH, STORED, WEST, WIDE, plan_of, town

from carbonspace import Assessment, Plan, evaluate, read_plan
from carbonspace.errors import InputError, UnknownNameError
from carbonspace.prepare.zoning import in_zone, zoned
from carbonspace.zoned import checked_zones, evaluate_zones

ASKED = ("road_density", "park_coverage", "block_size", "pop_density", "bus_stop_coverage",
         "sunlight_hours", "intersection_density")  # fmt: skip
RULES = ("pku", "bayannur", "lianyungang")
GOLDEN = Path(__file__).parents[2] / "data" / "samples" / "golden" / "plan.toml"


def bits(table: pd.DataFrame, level: str = "unit", units: object = None) -> pd.DataFrame:
    """Return the rows of a level, floats as their very bits, without the names of CRSs."""
    rows = table[table["level"] == level]
    rows = rows if units is None else rows[rows["unit_id"].isin(units)]
    rows = rows.drop(columns="crs", errors="ignore").copy()
    for name in ("numerator", "denominator", "value", "margin"):
        rows[name] = [float(one).hex() for one in rows[name]]
    rows = rows.astype(object).where(rows.notna(), None)
    return rows.sort_values(["indicator", "unit_id", "profile", "rule"], ignore_index=True)


def same_as_alone(found: Assessment, plan: Plan) -> None:
    """Hold the units of each zone against the plan evaluated in its CRS, bit for bit."""
    for crs, said in found.run["zones"].items():
        alone = evaluate(in_zone(plan, crs), ASKED, RULES, said["units"], workers=1)
        pd.testing.assert_frame_equal(
            bits(found.table, units=said["units"]), bits(alone.table, units=said["units"])
        )


@pytest.fixture(scope="module")
def plan() -> Plan:
    plan = plan_of(town())
    return replace(plan, settings=replace(plan.settings, position_tolerance=2.0))


@pytest.fixture(scope="module")
def found(plan: Plan) -> Assessment:
    return evaluate_zones(plan, ASKED, RULES, workers=1)


def value(found: Assessment, indicator: str, place: str, column: str = "value") -> float:
    rows = found.table[(found.table["indicator"] == indicator) & (found.table["unit_id"] == place)]
    return float(rows[column].iloc[0])


def test_each_unit_is_as_in_a_plan_of_its_zone_alone(found: Assessment, plan: Plan) -> None:
    assert {crs: said["units"] for crs, said in found.run["zones"].items()} == {
        WEST: ["W00", "W10", "W01", "W11"], EAST: ["E20", "E30", "E21", "E31"],
    }  # fmt: skip
    assert found.table["robust"].notna().any()
    same_as_alone(found, plan)


def test_areas_are_those_of_each_zone_by_hand(found: Assessment) -> None:
    for column in range(4):
        west = BORDER + (column - 2) * WIDE
        corners = [(west, SOUTH), (west + WIDE, SOUTH), (west + WIDE, SOUTH + HIGH),
                   (west, SOUTH + HIGH)]  # fmt: skip
        change = Transformer.from_crs("EPSG:4490", EAST if column > 1 else WEST, always_xy=True)
        x, y = np.array([change.transform(*one) for one in corners]).T
        x, y = x - x[0], y - y[0]
        area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
        place = f"{'E' if column > 1 else 'W'}{column}0"
        assert value(found, "road_density", place, "denominator") == pytest.approx(area, rel=1e-9)


def test_a_park_of_one_zone_serves_homes_of_the_other(found: Assessment) -> None:
    layers = {key: layer.to_crs(WEST) for key, layer in town().items()}
    unit = layers["units"].set_index("unit_id").geometry["W10"]
    homes = layers["parcels"][layers["parcels"]["land_use"] == "0701"].geometry.to_numpy()
    homes = shapely.intersection(homes, unit)
    near = shapely.intersection(homes, layers["parks"].geometry[0].buffer(500, quad_segs=64))
    expected = 100 * shapely.area(near).sum() / shapely.area(homes).sum()
    assert 5 < expected < 95
    assert value(found, "park_coverage", "W10") == pytest.approx(expected, rel=1e-6)
    assert value(found, "park_coverage", "W00") == 0


def test_city_and_districts_are_sums_of_their_units(found: Assessment) -> None:
    for place, units in (("city", ["W", "E"]), ("south", ["W00", "W10", "E20", "E30"])):
        table = found.table[(found.table["level"] == "unit")
                            & found.table["unit_id"].str.startswith(tuple(units))]  # fmt: skip
        for key in ("road_density", "park_coverage", "pop_density"):
            rows = table[table["indicator"] == key].drop_duplicates("unit_id")
            for column in ("numerator", "denominator"):
                assert value(found, key, place, column) == math.fsum(rows[column])
    (area,) = found.ledger.itertuples()
    assert area.units == pytest.approx(value(found, "road_density", "city", "denominator"))
    assert (area.gaps, abs(area.difference) < 1e-6) == (0.0, True)


def test_blocks_have_one_name_each_and_their_own_figures(found: Assessment, plan: Plan) -> None:
    table = found.table
    blocks = table[(table["level"] == "block") & (table["indicator"] == "block_size")]
    assert blocks["unit_id"].is_unique
    assert set(blocks["unit_id"]) == set(found.plan.layers["blocks"].index)
    figures = []
    for crs, said in found.run["zones"].items():
        alone = evaluate(in_zone(plan, crs), ["block_size"], (), said["units"], workers=1)
        figures += [*alone.table.loc[alone.table["level"] == "block", "value"]]
    assert sorted(blocks["value"]) == sorted(figures)
    named = found.evidence("block_size")
    assert set(named["block_id"].dropna()) <= set(blocks["unit_id"])


def test_results_say_the_crs_of_each_unit_and_are_drawn_in_one(found: Assessment) -> None:
    assert found.run["crs"] == EAST  # both are as near to the middle: the eastern one
    assert {layer.crs.to_string() for layer in found.plan.layers.values()} == {EAST}
    assert found.plan.layers["units"]["crs"].to_dict() == {
        unit: WEST if unit.startswith("W") else EAST for unit in found.plan.layers["units"].index
    }
    rows = found.table.drop_duplicates(["level", "unit_id"]).set_index(["level", "unit_id"])["crs"]
    assert rows["unit", "W10"] == WEST
    assert rows["district", "north"] == rows["city", "city"] == f"{WEST}, {EAST}"
    assert rows.notna().all()
    evidence = found.evidence("park_coverage")
    assert evidence.crs == CRS(EAST)
    assert set(evidence["unit_id"]) == set(found.plan.layers["units"].index)
    outline = found.plan.layers["units"].union_all().buffer(1)
    assert evidence.within(outline).all()


def test_what_has_no_exact_figure_is_told(found: Assessment) -> None:
    told = found.findings.set_index("what")
    hanging = told.loc["Indicators that hang on the whole plan have no exact figure in several "
                       "zones"]  # fmt: skip
    assert (hanging["severity"], hanging["found"]) == ("warning", "intersection_density")
    assert "0.02 %" in hanging["action"]
    assert "The projection distorts" not in told.index


def test_a_unit_moved_across_the_border_changes_zones() -> None:
    plan = plan_of(town(WIDE))
    found = evaluate_zones(plan, ASKED, RULES, workers=1)
    assert found.run["zones"][WEST]["units"] == ["W00", "W01"]
    assert len(found.run["zones"][EAST]["units"]) == 6
    same_as_alone(found, plan)


@pytest.mark.parametrize("zones", [(WEST,), (WEST, EAST)])
def test_one_zone_is_the_plain_evaluation(zones: tuple[str, ...]) -> None:
    plan = plan_of(town(-0.05), zones=zones)
    found = evaluate_zones(plan, ASKED, RULES, workers=1)
    plain = evaluate(in_zone(plan, WEST), ASKED, RULES, workers=1)
    for level in ("unit", "district", "city", "block"):
        pd.testing.assert_frame_equal(bits(found.table, level), bits(plain.table, level))
    pd.testing.assert_frame_equal(found.ledger, plain.ledger)
    assert found.run["crs"] == WEST


def test_the_order_of_units_features_and_zones_changes_nothing(found: Assessment) -> None:
    layers = {key: layer.sample(frac=1, random_state=3) for key, layer in town().items()}
    plan = plan_of(layers, zones=(EAST, WEST))
    plan = replace(plan, settings=replace(plan.settings, position_tolerance=2.0))
    other = evaluate_zones(plan, ASKED, RULES, workers=2, part_features=40)
    for level in ("unit", "district", "city", "block"):
        pd.testing.assert_frame_equal(bits(other.table, level), bits(found.table, level))


def test_some_units_are_measured_as_in_the_whole(found: Assessment, plan: Plan) -> None:
    some = ["W10", "E20"]
    other = evaluate_zones(plan, ASKED, RULES, some, workers=1)
    pd.testing.assert_frame_equal(bits(other.table), bits(found.table, units=some))
    assert set(other.table["level"]) == {"unit", "block"}
    assert other.ledger.empty
    with pytest.raises(UnknownNameError):
        evaluate_zones(plan, ASKED, RULES, ["W99"])


def test_a_column_known_in_one_zone_only_is_known_in_all() -> None:
    layers = town()
    east = layers["parcels"].bounds["minx"] > BORDER - 1e-6
    layers["parcels"].loc[east, "population"] = np.nan
    plan = plan_of(layers)
    found = evaluate_zones(plan, ASKED, RULES, workers=1)
    assert value(found, "pop_density", "W00") > 0
    assert value(found, "pop_density", "E30") == 0
    same_as_alone(found, plan)


def test_gaps_between_units_cost_the_city_its_rows_and_are_told() -> None:
    layers = town()
    layers["units"] = layers["units"].iloc[1:]
    layers["city"] = gpd.GeoDataFrame(geometry=[town()["units"].union_all()], crs="EPSG:4490")
    STORED.setdefault("city", "EPSG:4490")
    found = evaluate_zones(plan_of(layers), ("road_density",), (), workers=1)
    assert "city" not in set(found.table["level"])
    assert "In several zones the city has no rows" in set(found.findings["what"])
    assert found.ledger.empty


def test_shapes_are_drawn_in_the_crs_of_the_plan(found: Assessment) -> None:
    plan = plan_of(town(), crs="EPSG:4508")  # six degrees, 111° E
    other = evaluate_zones(plan, ("road_density", "park_coverage"), (), workers=1)
    assert other.run["crs"] == "EPSG:4508"
    assert other.plan.layers["units"].crs == other.evidence("road_density").crs == CRS(4508)
    for key in ("road_density", "park_coverage"):
        assert value(other, key, "W10") == value(found, key, "W10")


def places(longitudes: object, **columns: object) -> Plan:
    """Return a plan of units around longitudes."""
    x = np.asarray(longitudes, dtype=float)
    units = gpd.GeoDataFrame({"unit_id": [f"u{n}" for n in range(len(x))], **columns},
                             geometry=shapely.box(x - 0.001, 36, x + 0.001, 36.002),
                             crs="EPSG:4490")  # fmt: skip
    return plan_of({"units": units})


def _strip(code: int) -> tuple[float, float]:
    """Return the area of use of a CRS; the register has some borders rounded to 97.51°."""
    area = CRS.from_epsg(code).area_of_use
    assert area is not None
    return round(2 * area.west) / 2, round(2 * area.east) / 2


def test_zones_are_those_of_the_register_of_crs() -> None:
    longitudes = np.random.default_rng(5).uniform(97, 126, 200).round(5)
    longitudes = np.unique(np.concatenate([longitudes, np.arange(97.5, 126, 3)]))
    plan = places(longitudes)
    codes = range(4534 + 7, 4534 + 18)  # 96° to 126° E
    settings = replace(plan.settings, zones=tuple(f"EPSG:{code}" for code in codes))
    strips = {f"EPSG:{code}": _strip(code) for code in codes}
    expected = [next(crs for crs, (west, east) in strips.items() if west <= lon < east)
                for lon in longitudes]  # fmt: skip
    assert [*zoned(replace(plan, settings=settings)).of] == expected


def test_a_unit_on_the_border_is_of_the_east_however_it_is_stored() -> None:
    plan = places([BORDER])
    for crs in ("EPSG:4490", WEST, EAST, "EPSG:4527", "EPSG:4326"):
        there = plan.layers["units"].to_crs(crs)
        other = zoned(replace(plan, layers={"units": there}))
        assert [*other.of] == [EAST]


def test_a_unit_may_say_its_crs_itself() -> None:
    plan = places([115.4, 115.4, 115.4, 115.6], crs=["4548", " epsg:4548", None, WEST])
    assert [*zoned(plan).of] == [EAST, EAST, WEST, WEST]


Change = Callable[[Plan], Plan]


def _zones(*names: str) -> Change:
    return lambda plan: replace(plan, settings=replace(plan.settings, zones=names))


def _saying(said: str) -> Change:
    return lambda plan: replace(
        plan, layers={**plan.layers, "units": plan.layers["units"].assign(crs=said)}
    )


@pytest.mark.parametrize(
    ("change", "layer", "what", "remedy"),
    [
        (_zones(WEST), "units", "The unit lies in no zone of the plan", "Add EPSG:4548 to zones"),
        (_zones(WEST, "EPSG:4490"), "plan", "metres are needed", "zones"),
        (_zones(WEST, "EPSG:999999"), "plan", "A CRS of zones is not known", "Correct zones"),
        (_zones(WEST, "EPSG:4526"), "plan", "same central meridian", "Remove one"),
        (_zones(WEST, "EPSG:2385"), "plan", "several datums", "one datum"),
        (_zones(WEST, "EPSG:3857"), "plan", "no zone", "the CRS of a zone"),
        (_saying("EPSG:99999"), "units", "not known", "longitude decides"),
        (_saying("EPSG:4549"), "units", "zones does not name", "Add EPSG:4549 to zones"),
    ],
)  # fmt: skip
def test_faults_of_zones_are_named(change: Change, layer: str, what: str, remedy: str) -> None:
    with pytest.raises(InputError) as refused:
        evaluate_zones(change(plan_of(town())), ("road_density",), ())
    (fault, *_) = [one for one in refused.value.findings if what in one.what.en]
    assert (fault.severity, fault.layer) == ("error", layer)
    assert remedy in fault.action.en
    assert all((fault.what.zh, fault.expected.zh, fault.action.zh))
    assert (fault.feature is not None) == (layer == "units")


def test_a_layer_without_a_crs_and_maps_in_degrees_are_refused() -> None:
    plan = plan_of(town())
    parks = plan.layers["parks"].set_crs(None, allow_override=True)
    with pytest.raises(InputError) as refused:
        evaluate_zones(replace(plan, layers={**plan.layers, "parks": parks}), ("road_density",), ())
    assert ("parks", "The layer has no CRS") in {
        (one.layer, one.what.en) for one in refused.value.findings
    }
    with pytest.raises(InputError) as refused:
        evaluate_zones(plan_of(town(), crs="EPSG:4490"), ("road_density",), ())
    assert any("metres are needed" in one.what.en for one in refused.value.findings)


def test_units_that_are_derived_have_no_zone() -> None:
    layers = town()
    del layers["units"]
    with pytest.raises(InputError) as refused:
        evaluate_zones(plan_of(layers), ("road_density",), ())
    assert "Give [layers.units]" in refused.value.findings[-1].action.en


def test_what_knows_one_crs_only_says_so() -> None:
    with pytest.raises(InputError) as refused:
        evaluate(plan_of(town()), ("road_density",), ())
    assert "carbonspace run" in refused.value.findings[-1].action.en


def test_a_plan_without_zones_is_evaluated_as_it_is() -> None:
    plan = in_zone(plan_of(town()), WEST)
    found = evaluate_zones(plan, ("road_density",), ())
    pd.testing.assert_frame_equal(found.table, evaluate(plan, ("road_density",), ()).table)


def test_a_check_tells_the_zones() -> None:
    told = checked_zones(plan_of(town())).findings
    assert told[0].found_in("en") == f"{WEST}: 4 units; {EAST}: 4 units"
    far = plan_of({**town(), "units": town()["units"].assign(crs="EPSG:4546")},
                  zones=(WEST, EAST, "EPSG:4546"))  # fmt: skip
    assert "meridian lies far away" in checked_zones(far).findings[1].what.en


def test_every_indicator_of_the_golden_plan_zone_by_zone() -> None:
    """Units by turns in two zones, so that everything there is straddles their border."""
    plan = read_plan(GOLDEN)
    units = plan.layers["units"]
    units = units.assign(crs=[(WEST, EAST)[n % 2] for n in range(len(units))])
    settings = replace(plan.settings, zones=(WEST, EAST), crs=None)
    plan = replace(plan, layers={**plan.layers, "units": units}, settings=settings)
    found = evaluate_zones(plan, None, RULES, workers=1)
    assert len(found.measures) > 250
    for crs, said in found.run["zones"].items():
        alone = evaluate(in_zone(plan, crs), None, RULES, said["units"], workers=1)
        for level in ("unit", "block", "parcel", "building"):
            ours = found.table[found.table["crs"] == crs]
            pd.testing.assert_frame_equal(bits(ours, level), bits(alone.table, level))
    for key in ("park_coverage", "road_density", "block_size", "parcel_far"):
        assert found.evidence(key).crs == found.plan.layers["units"].crs
