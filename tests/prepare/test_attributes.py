"""Attributes that cannot be meant are reported; stated areas come back in m² of each feature."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from carbonspace.model.finding import Finding
from carbonspace.model.layers import AT_MOST, LAYERS
from carbonspace.model.uom import UOMS, Uom, UomSaid
from carbonspace.prepare.attributes import attributed
from carbonspace.prepare.stated import reading

CRS = "EPSG:4547"
X, Y = 500_000.0, 4_000_000.0


def row_of(layer: str, count: int, side: float = 100.0, **columns: object) -> gpd.GeoDataFrame:
    """Return `count` squares of `side` metres, side by side, with ids a, b, c…"""
    shapes = [box(X + side * n, Y, X + side * (n + 1), Y + side) for n in range(count)]
    return of(layer, shapes, **columns)


def of(layer: str, shapes: list[Polygon], **columns: object) -> gpd.GeoDataFrame:
    index = pd.Index([chr(97 + n) for n in range(len(shapes))], name=LAYERS[layer].id)
    return gpd.GeoDataFrame(columns, geometry=shapes, index=index, crs=CRS)


def checked(**layers: gpd.GeoDataFrame) -> tuple[dict[str, gpd.GeoDataFrame], list[Finding]]:
    result, findings = attributed(layers)
    assert all(f.severity in ("warning", "note") for f in findings)
    assert all(all(f.what) and all(f.expected) and all(f.action) for f in findings)
    return result, findings


def said(findings: list[Finding]) -> list[tuple[str | None, str]]:
    return [(f.feature, f.what.en) for f in findings]


@pytest.mark.parametrize(
    ("value", "unit"),
    [(15.0, "mu"), (1.0, "hectares"), (0.01, "square kilometres"), (107_639.1, "square feet"),
     (2.4711, "acres")],
)  # fmt: skip
def test_a_hectare_is_recognised_in_any_unit(value: float, unit: str) -> None:
    parcels = row_of("parcels", 3, area=[value, value * 1.0001, value * 0.9999])
    result, (finding,) = checked(parcels=parcels)
    assert finding.what.en == f"area is in {unit}, not in square metres"
    assert finding.found_in("en").startswith("3 / 3: × ")
    assert result["parcels"]["area"].tolist() == pytest.approx([10_000] * 3, rel=2e-4)
    assert parcels["area"].iloc[0] == value


def test_square_metres_stay() -> None:
    result, findings = checked(parcels=row_of("parcels", 2, area=[10_000.0, np.nan]))
    assert findings == []
    assert result["parcels"]["area"].iloc[0] == 10_000


def test_one_wrong_area_is_no_unit() -> None:
    parcels = row_of("parcels", 3, area=[10_000.0, 1.0, 10_000.0])
    _, (finding,) = checked(parcels=parcels)
    assert said([finding]) == [("b", "The stated area disagrees with the drawn one")]
    assert finding.found_in("en") == "1.00 m² / 10,000.00 m² (-100.0 %; in hectares +0.0 %)"
    assert finding.where == (X + 150, Y + 50)


def test_one_per_cent_and_the_last_decimal_are_agreement() -> None:
    hectares = row_of("parks", 2, side=20.0, area=[0.04, 0.05])  # 400 m² each, ± 50 m² as written
    _, findings = checked(parks=hectares)
    assert said(findings) == [
        (None, "area is in hectares, not in square metres"),
        ("b", "The stated area disagrees with the drawn one"),
    ]
    _, findings = checked(parcels=row_of("parcels", 2, area=[10_099.0, 10_101.0]))
    assert [f.feature for f in findings] == ["b"]


def test_one_factor_for_all_points_at_the_crs() -> None:
    _, (finding,) = checked(parcels=row_of("parcels", 5, area=[12_000.0] * 5))
    assert finding.what.en == "Stated and drawn areas differ by one factor"
    assert "1.2000" in finding.found_in("en")


def test_the_area_of_a_whole_on_each_of_its_parts() -> None:
    shapes = [
        box(X, Y, X + 300, Y + 100),
        box(X + 400, Y, X + 500, Y + 100),
        box(X, Y + 500, X + 100, Y + 600),
    ]
    parks = of("parks", shapes, name=["East", "East", "West"], area=[4.0, 4.0, 1.0])
    result, findings = checked(parks=parks)
    assert said(findings) == [
        (None, "area is in hectares, not in square metres"),
        (None, "area is that of a whole, repeated on each of its parts"),
    ]
    assert result["parks"]["area"].tolist() == pytest.approx([30_000, 10_000, 10_000])


def test_equal_neighbours_are_no_parts() -> None:
    _, findings = checked(parks=row_of("parks", 4, name=["P"] * 4, area=[10_000.0] * 4))
    assert findings == []


def area_said(text: str, uom: str) -> dict[str, dict[str, UomSaid]]:
    (found,) = [one for one in UOMS["m²"] if one.key == uom]
    return {"parcels": {"area": UomSaid("YDMJ_uom", text, found)}}


def test_figures_are_believed_before_what_the_source_says_of_their_unit() -> None:
    parcels = row_of("parcels", 2, area=[1.0, 1.0])
    result, (finding,) = attributed({"parcels": parcels}, uoms=area_said("m2", "m2"))
    assert finding.what.en == "area is in hectares, not in square metres"
    assert finding.found_in("en") == "2 / 2: × 10000; YDMJ_uom = 'm2'"
    assert result["parcels"]["area"].tolist() == [10_000, 10_000]
    metres = row_of("parcels", 2, area=[10_000.0, 10_000.0])
    result, (finding,) = attributed({"parcels": metres}, uoms=area_said("HA", "ha"))
    assert finding.what.en == "area is in square metres, not in hectares"
    assert finding.found_in("en") == "2 / 2: × 1; YDMJ_uom = 'HA'"
    assert result["parcels"]["area"].tolist() == [10_000, 10_000]
    assert attributed({"parcels": metres}, uoms=area_said("m2", "m2"))[1] == []


def test_where_no_unit_fits_the_source_is_believed() -> None:
    """A plan of 1.6 ha of which 1 ha is drawn: nearer to acres than to hectares."""
    parcels = row_of("parcels", 1, area=[1.6])
    result, (taken, off) = attributed({"parcels": parcels}, uoms=area_said("ha", "ha"))
    assert taken.what.en.endswith("it is taken in hectares, as the source says")
    assert taken.found_in("en") == "0 / 1: × 10000; YDMJ_uom = 'ha'"
    assert off.found_in("en") == "16,000.00 m² / 10,000.00 m² (+60.0 %)"
    assert result["parcels"]["area"].tolist() == [16_000]
    result, (off,) = attributed({"parcels": parcels})
    assert off.found_in("en").endswith("(-100.0 %; in acres -35.3 %; in hectares +60.0 %)")
    assert off.found_in("zh").endswith("（-100.0 %；若以英亩计 -35.3 %；若以公顷计 +60.0 %）")
    assert result["parcels"]["area"].tolist() == [1.6]


def test_floor_area_in_ten_thousands() -> None:
    parcels = row_of("parcels", 3, far_max=[2.0, 2.0, 3.0], floor_area=[2.0, 1.9, 3.0])
    result, (finding,) = checked(parcels=parcels)
    assert finding.what.en == "floor_area is in hectares, not in square metres"
    assert result["parcels"]["floor_area"].tolist() == pytest.approx([20_000, 19_000, 30_000])


def test_floor_area_of_buildings_by_their_storeys() -> None:
    houses = row_of("buildings", 2, side=10.0, floors=[6.0, 10.0], floor_area=[0.06, 0.1])
    result, (finding,) = checked(buildings=houses)
    assert finding.what.en == "floor_area is in hectares, not in square metres"
    assert result["buildings"]["floor_area"].tolist() == pytest.approx([600, 1000])


def test_towers_said_to_have_one_storey_are_not_in_feet() -> None:
    towers = row_of("buildings", 2, side=10.0, floors=[1.0, 1.0], floor_area=[1076.0, 1076.0])
    result, findings = checked(buildings=towers)
    assert findings == []
    assert result["buildings"]["floor_area"].tolist() == [1076, 1076]


def test_floor_area_against_its_ratio() -> None:
    parcels = row_of(
        "parcels", 3, far_min=[1.0, 1.0, np.nan], far_max=[2.0, 2.0, np.nan],
        floor_area=[20_300.0, 9_000.0, 99_000.0],
    )  # fmt: skip
    _, findings = checked(parcels=parcels)
    assert said(findings) == [
        ("a", "The floor area is more than far_max allows"),
        ("b", "The floor area is less than far_min demands"),
    ]
    assert findings[0].found_in("en") == "20,300 m² / 20,000 m²"


def test_what_cannot_be_is_left_out() -> None:
    parcels = row_of("parcels", 2, density_max=[450.0, 45.0], far_max=[2.0, 200.0])
    result, findings = checked(parcels=parcels)
    assert said(findings) == [
        ("b", "far_max is higher than it can be"),
        ("a", "density_max is higher than it can be"),
    ]
    assert result["parcels"]["density_max"].isna().tolist() == [True, False]
    assert result["parcels"]["far_max"].isna().tolist() == [False, True]


def test_fractions_and_percentages() -> None:
    _, (finding,) = checked(parcels=row_of("parcels", 2, green_ratio_min=[0.3, 0.35]))
    assert finding.what.en == "green_ratio_min may hold fractions, not percentages"
    _, (finding,) = checked(parcels=row_of("parcels", 2, green_ratio_min=[0.3, 35.0]))
    assert said([finding]) == [("a", "green_ratio_min mixes fractions and percentages")]
    assert checked(parcels=row_of("parcels", 2, green_ratio_min=[0.0, 35.0]))[1] == []


@pytest.mark.parametrize(("layer", "name", "other"), AT_MOST)
def test_what_is_at_most_another(layer: str, name: str, other: str) -> None:
    rows = row_of(layer, 2).assign(**{name: [3.0, 2.0], other: [2.0, 3.0]})
    _, (finding,) = checked(**{layer: rows})
    assert (finding.feature, finding.found_in("en")) == ("a", "3 > 2")
    assert finding.what.en == f"{name} is above {other}"


def test_ids_that_lead_nowhere_and_elsewhere() -> None:
    units = row_of("units", 2, side=1000.0)
    parcels = row_of("parcels", 4, unit_id=["a", "b", "Z", None])
    _, findings = checked(units=units, parcels=parcels)
    assert said(findings) == [
        ("c", "unit_id is not among the units"),
        ("b", "Most of the feature lies outside the one of units it names"),
    ]
    assert [f.found_in("en") for f in findings][1] == "unit_id = b"


def test_a_parcel_across_a_border_may_name_either_half() -> None:
    units = of("units", [box(X, Y, X + 50, Y + 100), box(X + 50, Y, X + 100, Y + 100)])
    assert checked(units=units, parcels=row_of("parcels", 1, unit_id=["b"]))[1] == []


def test_halves_stay_halves_when_coordinates_are_rounded() -> None:
    middle = X + 50 + 1e-8
    units = of("units", [box(X, Y, middle, Y + 100), box(middle, Y, X + 100, Y + 100)])
    assert checked(units=units, parcels=row_of("parcels", 1, unit_id=["b"]))[1] == []


def test_many_faults_are_counted_not_listed() -> None:
    _, findings = checked(parcels=row_of("parcels", 26, area=[10_000.0] * 3 + [10.0 * n + 20_000
                                                              for n in range(23)]))  # fmt: skip
    assert len(findings) == 21
    assert findings[0].feature == "z"
    assert "3 more features" in str(findings[-1])


@given(
    st.sampled_from(UOMS["m²"]),
    st.lists(st.floats(1.0, 1e7), min_size=1, max_size=30),
    st.floats(0.7, 1.4),
)
def test_any_unit_is_recognised_through_noise(uom: Uom, areas: list[float], off: float) -> None:
    drawn = np.array(areas)
    amounts = drawn * off / uom.factor
    assert reading(amounts, drawn, np.arange(len(drawn))).uom == uom
