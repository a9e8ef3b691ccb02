"""Industry, parking, dwellings, compatible uses, rain, plazas and New York's lots, by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.indicators.squares import layer, square, square_units

from carbonspace.errors import MissingColumnError, MissingLayerError, UnstatedError
from carbonspace.indicators._building_traits import Asked
from carbonspace.indicators.parcels_ground import plaza_hard_area, rainwater_collection_parcel
from carbonspace.indicators.parcels_homes import (
    central_parking_provision,
    compatible_use_floor_share_15,
    dwelling_size_mix,
    parking_per_household,
)
from carbonspace.indicators.parcels_industry import (
    annual_industrial_supply,
    building_coefficient,
    industrial_output_intensity,
    industrial_support_land_share,
)
from carbonspace.indicators.parcels_nyc import (
    nyc_base_height,
    nyc_far,
    nyc_height,
    nyc_lot_coverage,
    nyc_open_space_ratio,
)
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared

UNITS = square_units(2)
NAN = np.nan


def flags(*answers: bool | None) -> pd.array:
    return pd.array(answers, dtype="boolean")


def lots(**columns: object) -> gpd.GeoDataFrame:
    """Return four parcels of 10,000 m²: two in u1, one on the edge mostly in u2, one in u2."""
    corners = [(0, 0), (100, 0), (960, 0), (1500, 0)]
    shapes = [square(x, y, 100) for x, y in corners]
    facts = {"land_use": ["1001", "100102", "1001", "0701"], **columns}
    return layer(shapes, ids=[*"abcd"], id_name="parcel_id").assign(**facts)


def houses(**columns: object) -> gpd.GeoDataFrame:
    """Return a house of 2,500 m² of ground on each parcel."""
    shapes = [square(x + 20, 20, 50) for x in (0, 100, 1010 - 20, 1500)]
    facts = {"floors": [2.0, 3.0, 1.0, 10.0], **columns}
    return layer(shapes, ids=[*"wxyz"], id_name="building_id").assign(**facts)


def figures(measure: Measure) -> dict[str, float]:
    found = measure.parts["parcel"]["value"].round(9)
    return {str(key): float(value) for key, value in found.items()}


def values(measure: Measure) -> list[float]:
    return [round(float(v), 9) for v in measure.table["value"]]


def test_buildings_structures_and_yards_make_the_coefficient() -> None:
    stated = lots(structure_area=[500.0, NAN, NAN, 500.0], yard_area=[NAN, 1500.0, NAN, NAN])
    measure = building_coefficient(UNITS, stated, houses())
    assert figures(measure) == {"a": 30, "b": 40, "c": 25}
    assert values(measure) == [35, 25]
    bare = building_coefficient(UNITS, stated, houses().iloc[:1])
    assert figures(bare) == {"a": 30, "b": 15}
    with pytest.raises(MissingColumnError, match="yard_area"):
        building_coefficient(UNITS, lots(), houses())


def test_support_land_over_the_parcels_that_state_it() -> None:
    measure = industrial_support_land_share(UNITS, lots(support_area=[700.0, NAN, 0.0, 900.0]))
    assert figures(measure) == {"a": 7, "c": 0}
    assert measure.table["denominator"].tolist() == [10_000, 10_000]


def test_output_investment_and_tax_per_hectare_and_per_mu() -> None:
    yields = lots(output=[3000.0, 1500.0, NAN, 9.0], tax=[30.0, NAN, NAN, NAN])
    measure = industrial_output_intensity(UNITS, yields)
    assert figures(measure) == {"a": 3000, "b": 1500}
    assert values(measure)[0] == 2250
    assert measure.evidence()["per_mu"].tolist() == [200, 100]
    assert figures(industrial_output_intensity(UNITS, yields, yielded="tax")) == {"a": 30}
    with pytest.raises(MissingColumnError, match="investment"):
        industrial_output_intensity(UNITS, yields, yielded="investment")


def test_industrial_land_of_the_latest_year_of_the_whole_plan_or_of_another() -> None:
    supplied = lots(supply_year=[2023.0, 2024.0, 2023.0, 2025.0])
    assert values(annual_industrial_supply(UNITS, supplied, supplied_in=2023)) == [1.4, 0.6]
    assert annual_industrial_supply(UNITS, supplied).total()[2] == 0
    west = supplied.iloc[:1]
    assert values(annual_industrial_supply(UNITS, west)) == [1, 0]
    part = Shared(whole={"parcels": supplied})
    assert values(annual_industrial_supply(UNITS, west, shared=part)) == [0, 0]


def test_spaces_by_household_of_homes() -> None:
    homes = lots(land_use=["0701", "0703", "07", "0901"], is_new=flags(True, False, None, None),
                 spaces=[90.0, 50.0, NAN, 9.0], households=[100.0, 100.0, 10.0, 1.0])  # fmt: skip
    measure = parking_per_household(UNITS, homes)
    assert figures(measure) == {"a": 0.9, "b": 0.5}
    assert values(measure)[0] == 0.7
    assert [str(one) for one in measure.parts["parcel"]["is_new"]] == ["True", "False"]
    nobody = parking_per_household(UNITS, homes.assign(households=0.0))
    assert np.isnan(nobody.table["value"]).all()


def test_spaces_by_floor_area_in_the_central_city() -> None:
    parked = lots(spaces=[100.0, 150.0, 50.0, NAN])
    city = layer([shapely.box(0, 0, 150, 500)], id_name="b", boundary_type=["central_city"])
    measure = central_parking_provision(UNITS, parked, houses(), city)
    assert figures(measure) == {"a": 2, "b": 2}
    smaller = city.set_geometry([shapely.box(0, 0, 149, 500)])
    assert figures(central_parking_provision(UNITS, parked, houses(), smaller)) == {"a": 2}
    every = central_parking_provision(UNITS, parked, houses(), parking_in="everywhere")
    assert figures(every) == {"a": 2, "b": 2, "c": 2}
    with pytest.raises(MissingLayerError, match="boundaries"):
        central_parking_provision(UNITS, parked, houses())
    with pytest.raises(UnstatedError):
        central_parking_provision(UNITS, parked, houses(), city.assign(boundary_type="cluster"))


def test_small_dwellings_over_all_of_new_homes() -> None:
    homes = houses(use=["0701", "0701", "0701", "0901"], is_new=flags(True, True, None, True),
                   dwellings=[40.0, 60.0, 9.0, 9.0],
                   small_dwellings=[40.0, 20.0, 9.0, 9.0])  # fmt: skip
    measure = dwelling_size_mix(UNITS, homes)
    assert values(measure)[0] == 60
    assert measure.evidence()["building_id"].tolist() == ["x"]
    assert dwelling_size_mix(UNITS, homes, asked=Asked()).total()[:2] == (78, 118)


def test_other_uses_than_the_land_s_or_what_is_stated_as_compatible() -> None:
    plants = lots(land_use=["1001", "0804", "0802", "0701"])
    built = houses(use=["0901", "080403", "08", "0701"], compatible_area=[500.0, NAN, 2500.0, 9.0])
    measure = compatible_use_floor_share_15(UNITS, plants, built)
    assert figures(measure) == {"a": 100, "b": 0}  # of c, coded 08, nobody knows
    stated = compatible_use_floor_share_15(UNITS, plants, built, compatible_by="area")
    assert figures(stated) == {"a": 10, "b": 0, "c": 100}
    with pytest.raises(MissingColumnError, match="compatible_area"):
        compatible_use_floor_share_15(UNITS, plants, houses(use="07"), compatible_by="area")


def test_new_parcels_above_a_hectare_have_to_collect_rain() -> None:
    shapes = [square(0, 0, 100), square(200, 0, 101), square(400, 0, 101), square(600, 0, 101),
              shapely.box(900, 0, 1100, 101)]  # fmt: skip
    parcels = layer(shapes, ids=[*"abcde"], id_name="parcel_id").assign(
        is_new=flags(True, True, True, None, True),
        has_rainwater_collection=flags(False, False, True, False, None),
        exemption=[None, None, None, None, ""],
    )
    measure = rainwater_collection_parcel(UNITS, parcels)
    assert values(measure) == [1.5, 0.5]
    assert measure.evidence()["parcel_id"].tolist() == ["b", "e", "e"]
    assert measure.parts["parcel"]["value"].to_dict() == {"b": 1, "c": 0, "e": 1}
    told = rainwater_collection_parcel(UNITS, parcels, unstated="left_out")
    assert told.total()[2] == 1
    reused = parcels.assign(exemption=[None, "回用", None, None, None])
    excused = rainwater_collection_parcel(UNITS, reused)
    assert (excused.total()[2], excused.left_out()) == (1, 1)
    with pytest.raises(MissingColumnError, match="is_new"):
        rainwater_collection_parcel(UNITS, parcels.drop(columns="is_new"))


def test_the_largest_paving_of_a_plaza_is_what_green_and_water_leave_in_one_piece() -> None:
    plazas = lots(land_use="1403", hard_area=[NAN, 4000.0, NAN, NAN])
    strip, pool = shapely.box(30, -5, 40, 105), shapely.box(90, 0, 100, 10)
    cover = shapely.box(960, 0, 1060, 100)
    greenery = layer([strip, pool, square(60, 60, 5), cover], id_name="greenery_id",
                     greenery_type=["grass", "water", "permeable", "tree"])  # fmt: skip
    measure = plaza_hard_area(UNITS, plazas, greenery)
    assert figures(measure) == {"a": 0.59, "b": 0.4, "c": 0, "d": 1}
    assert values(measure) == [0.59, 1]
    shown = measure.evidence().set_index("parcel_id").geometry
    assert shown["a"].area == pytest.approx(5900)
    assert figures(plaza_hard_area(UNITS, plazas)) == {"a": 1, "b": 0.4, "c": 1, "d": 1}
    none = plaza_hard_area(UNITS, plazas.assign(land_use="0701"))
    assert np.isnan(none.table["value"]).all()


def new_york(**columns: object) -> gpd.GeoDataFrame:
    return lots(zoning=["R6", "R10", None, "R6"], street_width=["WS1", "NS", None, None], **columns)


def test_lots_of_new_york_are_told_with_what_their_rules_select_on() -> None:
    built = houses(height=[NAN, 21.336, NAN, NAN])
    measure = nyc_far(UNITS, new_york(), built)
    assert figures(measure) == {"a": 0.5, "b": 0.75, "d": 2.5}
    assert measure.parts["parcel"]["street_width"].tolist()[:2] == ["WS1", "NS"]
    assert measure.evidence()["zoning"].tolist() == ["R6", "R10", "R6"]
    assert figures(nyc_lot_coverage(UNITS, new_york(), built)) == {"a": 25, "b": 25, "d": 25}
    assert figures(nyc_height(UNITS, new_york(), built))["b"] == 70
    with pytest.raises(MissingColumnError, match="zoning"):
        nyc_far(UNITS, lots(), built)


def test_open_space_is_over_floor_area_and_stated_or_what_is_not_built_on() -> None:
    spaces = new_york(open_space_area=[6000.0, NAN, NAN, NAN])
    measure = nyc_open_space_ratio(UNITS, spaces, houses())
    assert figures(measure) == {"a": 120, "b": 100, "d": 30}


def test_the_base_of_a_lot_in_feet_and_the_greatest_of_a_unit() -> None:
    measure = nyc_base_height(UNITS, new_york(base_height=[12.192, 30.48, 99.0, NAN]))
    assert figures(measure) == {"a": 40, "b": 100}
    assert values(measure)[0] == 100
    assert np.isnan(values(measure)[1])


def test_storeys_stand_for_heights() -> None:
    tall = nyc_height(UNITS, new_york(), houses(), storey_height=3.048)
    assert figures(tall) == {"a": 20, "b": 30, "d": 100}
