"""A real city as its map shows it: districts that overlap, and what the map does not know."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.validation import plain

from carbonspace.model.assessment import Assessment

pytestmark = pytest.mark.sample


def units_of(real: Assessment) -> gpd.GeoDataFrame:
    return real.plan.layers["units"].reset_index()[["unit_id", "geometry"]]


def test_districts_overlap(real: Assessment) -> None:
    """The sums over units count the overlaps twice, and the ledger says how much."""
    ledger, units = real.ledger.set_index("quantity"), units_of(real)
    whole = plain.outline(units)
    assert ledger.loc["area", "units"] == pytest.approx(units.area.sum(), abs=0.01)
    assert ledger.loc["area", "overlaps"] == pytest.approx(units.area.sum() - whole.area, abs=0.01)
    assert ledger.loc["area", "overlaps"] > 700_000
    assert (ledger["difference"].abs() < 1e-6 * ledger["city"]).all()


def test_park_coverage(real: Assessment) -> None:
    """Union, intersect, divide: to 0.01 percentage points in every unit, overlapping or not."""
    layers, units = real.plan.layers, units_of(real)
    homes = layers["parcels"][layers["parcels"]["land_use"].str.startswith(("0701", "0703"))]
    land = plain.cut(homes[["geometry"]], units)[["unit_id", "geometry"]]
    served = plain.cut(land, plain.reach(layers["parks"], 500.0))
    expected = 100 * plain.per_unit(units, served["unit_id"], served.area)
    expected /= plain.per_unit(units, land["unit_id"], land.area).replace(0, np.nan)
    value = real.measures["park_coverage"].table["value"]
    assert value.notna().sum() == expected.notna().sum() >= 10
    assert np.nanmax(np.abs(value - expected)) < 0.01


def test_solar_roofs(real: Assessment) -> None:
    buildings, units = real.plan.layers["buildings"], units_of(real)
    usable = buildings.area * plain.roof_shares(buildings)
    parts = plain.cut(buildings[["geometry"]].assign(usable=usable), units)
    expected = plain.per_unit(units, parts["unit_id"], parts["usable"] * parts["share"])
    mine = real.measures["solar_roof_area"].table["numerator"]
    assert np.abs(mine - expected).max() < 0.01
    assert expected.sum() > 1_000_000


def test_car_parks(real: Assessment) -> None:
    expected = plain.within(real.plan.layers["car_parks"], units_of(real))
    points: pd.Series = real.measures["car_park_count"].table["numerator"]
    assert expected.sum() > 300
    assert (points <= expected).all()
    assert points.sum() == pytest.approx(
        plain.points(real.plan.layers["car_parks"]).within(plain.outline(units_of(real))).sum()
    )


def test_what_the_map_does_not_know_is_no_data(real: Assessment) -> None:
    rows = real.table
    unknown = rows[rows["indicator"].isin(["station_coverage_jobs", "pv_roof_share"])]
    assert set(unknown["status"]) == {"no_data"}
    assert unknown["reason"].str.contains("jobs|pv_area").all()


def test_the_city_is_measured_on_its_outline(real: Assessment) -> None:
    """Not as the sum over districts, which overlap and leave gaps."""
    layers = real.plan.layers
    whole = shapely.union_all([*layers["city"].geometry, *layers["units"].geometry])
    rows = real.table.query("level == 'city'").drop_duplicates("indicator")
    city = rows.set_index("indicator")["numerator"]
    inside = plain.points(layers["car_parks"]).within(whole).sum()
    assert city["car_park_count"] == pytest.approx(inside)
    assert inside != real.measures["car_park_count"].table["numerator"].sum()
    buildings = layers["buildings"]
    roofs = buildings[["geometry"]].assign(people=buildings.area * plain.roof_shares(buildings))
    usable = plain.served(roofs, gpd.GeoDataFrame(geometry=[whole], crs=buildings.crs))
    assert city["solar_roof_area"] == pytest.approx(usable.sum(), abs=0.1)
