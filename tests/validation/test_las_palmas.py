"""A real city: every family against plain overlays written here, and what is published of it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from carbonspace import evaluate, read_plan
from carbonspace.indicators.solar import COEFFICIENTS
from carbonspace.model.assessment import Assessment

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "las_palmas"
EQUAL_AREA = "EPSG:5635"
pytestmark = pytest.mark.sample


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return evaluate(read_plan(SAMPLE / "plan.toml"))


def table(assessment: Assessment, key: str) -> pd.DataFrame:
    return assessment.measures[key].table


def cut(assessment: Assessment, layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut a layer along the units the plain way."""
    units = assessment.plan.layers["units"][["geometry"]].reset_index()
    return gpd.overlay(layer, units, how="intersection", keep_geom_type=True)


def per_unit(assessment: Assessment, groups: pd.Series, amounts: pd.Series) -> pd.Series:
    index = assessment.plan.layers["units"].index
    return amounts.groupby(groups).sum().reindex(index).fillna(0.0)


def test_published_areas() -> None:
    municipality = gpd.read_file(SAMPLE / "municipality.geojson").to_crs(EQUAL_AREA)
    urban = gpd.read_file(SAMPLE / "urban_centre.gpkg").to_crs(EQUAL_AREA)
    assert municipality.area.sum() / 1e6 == pytest.approx(103.316, abs=5e-4)
    urban_area = gpd.overlay(municipality[["geometry"]], urban[["geometry"]]).area.sum() / 1e6
    assert urban_area == pytest.approx(62.988, abs=5e-4)


def test_road_length(assessment: Assessment) -> None:
    """To the millimetre, where no twins are halved and units do not overlap."""
    roads = assessment.plan.layers["roads"]
    local = roads[(roads["road_class"] == "local") & ~roads["oneway"].fillna(False).astype(bool)]
    units = assessment.plan.layers["units"]
    from carbonspace import road_density

    mine = road_density(units, local).table["numerator"]
    pieces = cut(assessment, local[["geometry"]])
    plain = per_unit(assessment, pieces["unit_id"], pieces.length)
    alone = ~shared_units(units)
    assert alone.sum() >= 1
    assert np.abs(mine - plain)[alone].max() < 1e-3
    whole = local.intersection(shapely.union_all(units.geometry.to_numpy())).length.sum()
    assert mine.sum() == pytest.approx(whole, abs=1e-3)


def shared_units(units: gpd.GeoDataFrame) -> pd.Series:
    """Tell which units overlap another by more than a drawing error."""
    first, second = shapely.STRtree(units.geometry.to_numpy()).query(
        units.geometry.to_numpy(), predicate="intersects"
    )
    other = first != second
    first, second = first[other], second[other]
    shapes = units.geometry.to_numpy()
    area = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    return pd.Series(np.isin(np.arange(len(units)), first[area > 1.0]), index=units.index)


def test_park_coverage(assessment: Assessment) -> None:
    """Union, intersect, divide: to 0.01 percentage points in every unit."""
    layers = assessment.plan.layers
    homes = layers["parcels"][layers["parcels"]["land_use"].str.startswith(("0701", "0703"))]
    reach = gpd.GeoDataFrame(
        geometry=[shapely.union_all(layers["parks"].buffer(500, quad_segs=64).to_numpy())],
        crs=homes.crs,
    )
    land = cut(assessment, homes[["geometry"]])
    served = gpd.overlay(land, reach, how="intersection", keep_geom_type=True)
    expected = 100 * per_unit(assessment, served["unit_id"], served.area)
    expected /= per_unit(assessment, land["unit_id"], land.area).replace(0, np.nan)
    value = table(assessment, "park_coverage")["value"]
    assert value.notna().sum() == expected.notna().sum() >= 10
    assert np.nanmax(np.abs(value - expected)) < 0.01


def test_station_coverage(assessment: Assessment) -> None:
    """The people of each parcel, spread by floor area over its buildings."""
    layers = assessment.plan.layers
    parcels = layers["parcels"].reset_index()
    buildings = layers["buildings"][["geometry", "floors"]].copy()
    buildings["floor"] = buildings.area * buildings["floors"].astype(float).fillna(1).clip(lower=1)
    buildings["footprint"] = buildings.area
    on = gpd.overlay(
        buildings, parcels[["parcel_id", "population", "geometry"]], keep_geom_type=True
    )
    on["floor"] *= on.area / on["footprint"]
    on["people"] = (
        on["population"] * on["floor"] / on.groupby("parcel_id")["floor"].transform("sum")
    )
    bare = parcels[~parcels["parcel_id"].isin(on["parcel_id"])]
    bare = bare.assign(people=bare["population"])[["people", "geometry"]]
    places = pd.concat([on[["people", "geometry"]], bare], ignore_index=True)
    places["whole"] = places.area
    living = cut(assessment, places[places["people"] > 0])
    expected = per_unit(
        assessment, living["unit_id"], living["people"] * living.area / living["whole"]
    )
    mine = table(assessment, "station_coverage_residents")["denominator"]
    assert np.abs(mine - expected).max() < 0.5
    assert mine.sum() > 400_000


def test_bike_corridors(assessment: Assessment) -> None:
    corridors = assessment.plan.layers["bike_corridors"]
    pieces = cut(assessment, corridors[["geometry"]])
    plain = per_unit(assessment, pieces["unit_id"], pieces.length)
    mine = table(assessment, "bike_corridor_length")["numerator"]
    alone = ~shared_units(assessment.plan.layers["units"])
    assert np.abs(mine - plain)[alone].max() < 1e-3
    assert mine.sum() > 30_000


def test_car_parks(assessment: Assessment) -> None:
    layers = assessment.plan.layers
    points = layers["car_parks"].assign(geometry=layers["car_parks"].representative_point())
    within = gpd.sjoin(points[["geometry"]], layers["units"][["geometry"]], predicate="within")
    assert table(assessment, "car_park_count")["numerator"].sum() == pytest.approx(
        within.index.nunique()
    )


def test_mixed_blocks(assessment: Assessment) -> None:
    """A plain groupby; a block across units counts by area."""
    layers = assessment.plan.layers
    blocks = layers["blocks"].reset_index()[["block_id", "geometry"]]
    parcels = layers["parcels"][["land_use", "geometry"]]
    land = gpd.overlay(parcels, blocks, keep_geom_type=True)
    land = land[~land["land_use"].str.startswith("12") & (land.area > 1e-4)]
    areas = land.assign(area=land.area, kind=land["land_use"].str[:2]).pivot_table(
        index="block_id", columns="kind", values="area", aggfunc="sum", fill_value=0.0
    )
    second = areas[["07", "08", "09"]].apply(lambda row: row.nlargest(2).iloc[1], axis=1)
    mixed = second / areas.sum(axis=1) >= 0.1
    parts = cut(assessment, blocks.assign(whole=blocks.area))
    parts = parts[parts["block_id"].isin(areas.index)]
    share = parts.area / parts["whole"]
    mine = table(assessment, "mixed_block_share")
    counted = per_unit(assessment, parts["unit_id"], share)
    assert np.allclose(mine["denominator"], counted, atol=1e-4)
    both = per_unit(assessment, parts["unit_id"], share * parts["block_id"].map(mixed))
    assert np.allclose(mine["numerator"], both, atol=1e-4)
    assert both.sum() > 1


def test_solar_roofs(assessment: Assessment) -> None:
    buildings = assessment.plan.layers["buildings"]
    kinds = buildings["roof_type"].fillna("other")
    rows = {(roof, use): share for roof, use, share in COEFFICIENTS}
    uses = buildings["use"].fillna("").str[:2]
    share = [rows.get((roof, use), rows[(roof, "")]) for roof, use in zip(kinds, uses, strict=True)]
    roofs = gpd.GeoDataFrame(
        {"whole": buildings.area, "usable": buildings.area * share}, geometry=buildings.geometry
    )
    parts = cut(assessment, roofs)
    expected = per_unit(assessment, parts["unit_id"], parts["usable"] * parts.area / parts["whole"])
    mine = table(assessment, "solar_roof_area")["numerator"]
    assert np.abs(mine - expected).max() < 1e-2 + 1e-6 * expected.max()


def test_what_the_map_does_not_know_is_no_data(assessment: Assessment) -> None:
    rows = assessment.table
    unknown = rows[rows["indicator"].isin(["station_coverage_jobs", "pv_roof_share"])]
    assert set(unknown["status"]) == {"no_data"}
    assert unknown["reason"].str.contains("jobs|pv_area").all()


def test_the_ledger_balances(assessment: Assessment) -> None:
    ledger = assessment.ledger.set_index("quantity")
    assert (ledger["difference"].abs() < 1e-6 * ledger["city"]).all()
    assert ledger.loc["area", "overlaps"] > 0
