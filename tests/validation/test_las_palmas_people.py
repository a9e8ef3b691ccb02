"""Who lives and works near a stop, recomputed from the layers as they were read."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from tests.validation import plain
from tests.validation.conftest import METRES

from carbonspace import station_coverage
from carbonspace.model.assessment import Assessment
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan

MODES = ("rail", "metro", "tram", "brt", "bus")
OF = ("residents", "jobs", "both")
LIVED_IN = {"residents": 7, "jobs": 25, "both": 25}
"""Districts that hold anybody: the map shows homes as land in few of them."""
RESIDENTS_2015 = 443_141
pytestmark = pytest.mark.sample


@pytest.fixture(scope="module")
def population(seeded_plan: Plan) -> pd.Series:
    layers = seeded_plan.layers
    return plain.populated(_sound(layers["parcels"]), layers["buildings"], layers["census"])


@pytest.fixture(scope="module")
def living(seeded_plan: Plan, population: pd.Series) -> dict[str, gpd.GeoDataFrame]:
    """Return where residents, jobs, and both are, by district."""
    parcels, buildings = _sound(seeded_plan.layers["parcels"]), seeded_plan.layers["buildings"]
    amounts = {"residents": population.to_numpy(), "jobs": parcels["jobs"].fillna(0).to_numpy()}
    places = {of: plain.places(parcels, buildings, amounts[of]) for of in amounts}
    held = {of: plain.living(places[of], seeded_plan.layers["units"]) for of in places}
    both = pd.concat([held["residents"], held["jobs"]], ignore_index=True)
    return {**held, "both": both}


@pytest.fixture(scope="module", params=[200.0, 800.0])
def near(request: pytest.FixtureRequest, seeded: Assessment) -> tuple[float, dict[str, Measure]]:
    names = ("units", "parcels", "transit_stops", "buildings")
    layers = [seeded.plan.layers[name] for name in names]
    radius = request.param
    if radius == seeded.indicators["station_coverage"].settings({})["radius"]:
        keys = {of: f"station_coverage_{of}".removesuffix("_both") for of in OF}
        return radius, {of: seeded.measures[key] for of, key in keys.items()}
    return radius, {of: station_coverage(*layers, radius=radius, of=of) for of in OF}


def _sound(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return layer.set_geometry(layer.make_valid(method="structure", keep_collapsed=False))


def test_the_census_on_parcels(raw: Plan, real: Assessment) -> None:
    """The people of the census zone go to its homes by floor area, on the map as it is."""
    layers = {key: _sound(raw.layers[key].to_crs(METRES)) for key in ("parcels", "buildings")}
    expected = plain.populated(layers["parcels"], layers["buildings"], raw.layers["census"])
    mine = real.plan.layers["parcels"]["population"]
    assert np.abs(mine - expected).max() < 1e-3
    assert mine.sum() == pytest.approx(RESIDENTS_2015, abs=1)
    assert (expected > 0).sum() == 20


@pytest.mark.parametrize("of", OF)
def test_station_coverage(
    seeded_plan: Plan,
    near: tuple[float, dict[str, Measure]],
    living: dict[str, gpd.GeoDataFrame],
    of: str,
) -> None:
    radius, measures = near
    stops, districts = seeded_plan.layers["transit_stops"], seeded_plan.layers["units"]
    places = living[of]
    reach = plain.reach(stops[stops["mode"].isin(MODES)], radius)
    served = plain.per_unit(districts, places["unit_id"], plain.served(places, reach))
    everyone = plain.per_unit(districts, places["unit_id"], places["people"])
    mine = measures[of].table
    assert np.abs(mine["numerator"] - served).max() < 0.01
    assert np.abs(mine["denominator"] - everyone).max() < 0.01
    lived = everyone > 1
    assert lived.sum() >= LIVED_IN[of]
    assert np.abs(mine["value"] - 100 * served / everyone)[lived].max() < 1e-3
    if (radius, of) != (800.0, "residents"):  # there nobody is left out
        assert 0 < served.sum() < 0.99 * everyone.sum()


def test_who_is_left_out(near: tuple[float, dict[str, Measure]]) -> None:
    """The evidence names as many people as the indicator misses."""
    _, measures = near
    measure = measures["both"]
    missed = (measure.table["denominator"] - measure.table["numerator"]).sum()
    assert missed > 1_000
    assert measure.evidence()["people"].sum() == pytest.approx(missed, rel=1e-9)


def test_area_near_bus_stops(seeded: Assessment, seeded_plan: Plan) -> None:
    stops, districts = seeded_plan.layers["transit_stops"], seeded_plan.layers["units"]
    mine = seeded.measures["bus_stop_area_coverage"].table
    served = plain.cut(districts, plain.reach(stops[stops["mode"] == "bus"], 500.0))
    expected = plain.per_unit(districts, served["unit_id"], served.area)
    assert np.abs(mine["numerator"] - expected).max() < 0.01
    assert (expected > 0).sum() >= 25


def test_bus_stops(seeded: Assessment, seeded_plan: Plan) -> None:
    stops = seeded_plan.layers["transit_stops"]
    expected = plain.within(stops[stops["mode"] == "bus"], seeded_plan.layers["units"])
    assert expected.sum() > 500
    assert np.allclose(seeded.measures["bus_stop_count"].table["numerator"], expected)


def test_jobs_and_homes(seeded: Assessment, seeded_plan: Plan, population: pd.Series) -> None:
    """Jobs per resident; a parcel across districts counts by area."""
    districts = seeded_plan.layers["units"]
    parcels = _sound(seeded_plan.layers["parcels"])[["jobs", "geometry"]]
    parts = plain.cut(parcels.assign(people=population.to_numpy()), districts)
    mine = seeded.measures["jobs_housing_ratio"].table
    for column, amount in (("numerator", "jobs"), ("denominator", "people")):
        amounts = parts[amount].fillna(0.0) * parts["share"]
        expected = plain.per_unit(districts, parts["unit_id"], amounts)
        assert expected.sum() > 100_000
        assert np.abs(mine[column] - expected).max() < 0.01
