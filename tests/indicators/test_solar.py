"""Roofs for solar panels."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity, box

from carbonspace.errors import MissingColumnError, UnknownNameError
from carbonspace.indicators._roof import COEFFICIENTS
from carbonspace.indicators._roof_rule import usable_shares
from carbonspace.indicators.solar import VARIANTS, pv_roof_share, solar_roof_area
from carbonspace.model.indicator import declaration_of

CRS = "EPSG:4547"


def units() -> gpd.GeoDataFrame:
    """Two units of 1 km², side by side along x = 1000."""
    squares = [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)]
    return gpd.GeoDataFrame(geometry=squares, crs=CRS, index=["west", "east"])


def buildings() -> gpd.GeoDataFrame:
    """Five roofs of 1000 m²; the school lies 300 m² in the west and 700 m² in the east."""
    columns = {
        "use": ["0701", "1001", "0804", "0901", None],
        "roof_type": ["flat", "metal", "flat", "pitched", None],
        "pv_area": [100.0, 500.0, 400.0, np.nan, 0.0],
        "is_new": [True, True, True, False, None],
    }
    places = [(100, 100), (300, 100), (970, 100), (1500, 100), (1700, 100)]
    footprints = [box(x, y, x + 100, y + 10) for x, y in places]
    return gpd.GeoDataFrame(columns, geometry=footprints, crs=CRS, index=list("habcd"))


def test_each_roof_has_the_share_that_carries_panels() -> None:
    rows = pv_roof_share(units(), buildings()).parts["building"]
    assert rows["value"].to_dict() == {"h": 10, "a": 50, "b": 40, "c": 0, "d": 0}
    assert rows["unit_id"].to_dict()["b"] == "east"
    usable = pv_roof_share(units(), buildings(), denominator="usable").parts["building"]
    assert usable["value"]["h"] == 100 * 100 / (1000 * 0.4)


def test_usable_roof_is_roof_by_coefficient_shared_by_footprint() -> None:
    table = solar_roof_area(units(), buildings()).table
    assert table["value"].tolist() == pytest.approx([400 + 800 + 180, 420 + 450 + 300])
    assert table["denominator"].isna().all()


def test_a_stated_roof_area_wins_over_the_footprint() -> None:
    stated = buildings().assign(roof_area=[900.0, np.nan, 2000.0, np.nan, np.nan])
    table = solar_roof_area(units(), stated).table
    assert table["value"].tolist() == pytest.approx([360 + 800 + 360, 840 + 450 + 300])


def test_uses_match_by_prefix_and_new_only_by_flag() -> None:
    homes = solar_roof_area(units(), buildings(), uses=("07",)).table["value"].tolist()
    new = solar_roof_area(units(), buildings(), new_only=True).table["value"].tolist()
    assert homes == pytest.approx([400, 0])
    assert new == pytest.approx([400 + 800 + 180, 420])


def test_coefficients_are_a_parameter_and_the_finest_use_decides() -> None:
    rows = (("flat", "0804", 0.9), ("flat", "", 0.5), ("flat", "08", 0.1), ("other", "", 0.0))
    expected = [0.5, 0.0, 0.9, 0.0, 0.0]
    assert usable_shares(buildings(), rows).tolist() == expected
    from_toml = [list(row) for row in rows]
    assert usable_shares(buildings(), from_toml).tolist() == expected  # type: ignore[arg-type]


def test_unknown_roof_types_and_absent_columns_count_as_other() -> None:
    plain = buildings()[["geometry"]]
    assert usable_shares(plain, COEFFICIENTS).tolist() == [0.3] * 5
    assert usable_shares(plain.assign(roof_type="dome"), COEFFICIENTS).tolist() == [0.3] * 5


def test_share_under_panels_of_all_roof_and_of_usable_roof() -> None:
    total = pv_roof_share(units(), buildings(), new_only=True).table
    assert total["numerator"].tolist() == pytest.approx([100 + 500 + 120, 280])
    assert total["denominator"].tolist() == pytest.approx([2300, 700])
    usable = pv_roof_share(units(), buildings(), denominator="usable", new_only=True).table
    assert usable["denominator"].tolist() == pytest.approx([400 + 800 + 180, 420])
    assert usable["value"].tolist() == pytest.approx([100 * 720 / 1380, 100 * 280 / 420])


def test_share_of_every_building_takes_unknown_panels_for_none() -> None:
    table = pv_roof_share(units(), buildings()).table
    assert table["denominator"].tolist() == pytest.approx([2300, 2700])
    assert table["value"]["east"] == pytest.approx(100 * 280 / 2700)


def test_a_unit_without_such_buildings_has_no_share() -> None:
    assert np.isnan(pv_roof_share(units(), buildings(), uses=("1001",)).table["value"]["east"])


def test_evidence_adds_up_to_the_value() -> None:
    measure = pv_roof_share(units(), buildings(), denominator="usable")
    evidence = measure.evidence()
    sums = evidence.groupby("unit_id")[["pv_m2", "usable_m2"]].sum().loc[["west", "east"]]
    assert evidence.columns[0] == "unit_id"
    assert sums["pv_m2"].tolist() == pytest.approx(measure.table["numerator"].tolist())
    assert sums["usable_m2"].tolist() == pytest.approx(measure.table["denominator"].tolist())
    school = evidence[evidence["building_id"] == "b"]
    assert school.area.tolist() == pytest.approx([300, 700])
    assert school["coefficient"].tolist() == [0.6, 0.6]
    assert evidence.crs == units().crs


@pytest.mark.parametrize("column", ["pv_area", "is_new", "use"])
def test_what_must_be_known(column: str) -> None:
    with pytest.raises(MissingColumnError, match=f"buildings: column '{column}'"):
        pv_roof_share(units(), buildings().drop(columns=column), uses=("07",), new_only=True)
    empty = buildings().assign(**{column: None})
    with pytest.raises(MissingColumnError, match="missing or empty"):
        pv_roof_share(units(), empty, uses=("07",), new_only=True)


def test_an_unknown_denominator_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="total, usable"):
        pv_roof_share(units(), buildings(), denominator="sunny")  # type: ignore[arg-type]


def test_variants_fix_the_use_and_the_denominator() -> None:
    by_key = {one.key: one for one in VARIANTS}
    new = buildings()
    values = {
        "solar_roof_area_homes": 400,
        "solar_roof_area_public": 600,
        "solar_roof_area_commerce": 450,
        "solar_roof_area_industry": 800,
        "pv_roof_share_public_industry": 100 * 900 / 2000,
        "pv_roof_share_commerce_office": np.nan,
        "pv_roof_share_homes": 10,
        "pv_roof_share_institutions_plants": 45,
        "pv_usable_roof_share_institutions_plants": 100 * 900 / 1400,
        "pv_usable_roof_share_public_industry": 100 * 900 / 1400,
        "pv_usable_roof_share_commerce_homes": 25,
        "usable_roof_share_government": np.nan,
        "usable_roof_share_public": 60,
        "usable_roof_share_plants": 62.5,
        "usable_roof_share_rural_homes": np.nan,
    }
    assert set(values) == set(by_key)
    got = {key: by_key[key].function(units(), new).total()[2] for key in by_key}
    assert got == pytest.approx(values, nan_ok=True)


def test_what_rests_on_unverified_coefficients_says_so() -> None:
    assert not declaration_of(solar_roof_area).verified
    for one in VARIANTS:
        assert one.verified == one.key.startswith("pv_roof_share")
        usable = dict(one.fixed).get("denominator") != "total"
        assert ("可利用屋顶" in one.title.zh) == usable


def test_clauses_about_new_buildings_say_so_and_cannot_mean_others() -> None:
    for one in VARIANTS:
        new = one.variant_of == "pv_roof_share"
        assert ("新建" in one.title.zh, "new" in one.title.en.split()) == (new, new)
        assert (one.fixed.get("new_only") is True) == new
    assert "新建" not in declaration_of(pv_roof_share).title.zh


def test_agrees_with_a_plain_overlay() -> None:
    rng = np.random.default_rng(3)
    places, sizes = rng.uniform(0, 1950, (200, 2)) * [1, 0.5], rng.uniform(5, 50, (200, 2))
    roofs = gpd.GeoDataFrame(
        {
            "b": range(200),
            "roof_type": rng.choice(["flat", "pitched", "metal", "other"], 200),
            "use": rng.choice(["0701", "0804", "1001"], 200),
            "pv_area": rng.uniform(0, 100, 200),
            "is_new": rng.integers(0, 2, 200).astype(bool),
        },
        geometry=[box(x, y, x + w, y + h) for (x, y), (w, h) in zip(places, sizes, strict=True)],
        crs=CRS,
    )
    cut = gpd.overlay(
        roofs.assign(whole=roofs.area), units().reset_index(names="u"), keep_geom_type=True
    )
    cut["pv"] = cut["pv_area"] * cut.area / cut["whole"]
    k = {"flat": 0.6, "pitched": 0.45, "metal": 0.3, "other": 0.3}
    fine = {("flat", "0701"): 0.4, ("metal", "1001"): 0.8}
    pairs = zip(cut["roof_type"], cut["use"], strict=True)
    cut["usable"] = cut.area * [fine.get((t, u), k[t]) for t, u in pairs]
    new = cut[cut["is_new"]].assign(roof=lambda d: d.area).groupby("u")[["pv", "roof"]].sum()
    area = solar_roof_area(units(), roofs).table["value"]
    share = pv_roof_share(units(), roofs, new_only=True).table["value"]
    assert area.to_dict() == pytest.approx(cut.groupby("u")["usable"].sum().to_dict())
    assert share.to_dict() == pytest.approx((100 * new["pv"] / new["roof"]).to_dict())


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(1, 1999), dx=st.integers(-5000, 5000), angle=st.integers(0, 359))
def test_cutting_moving_turning_and_permuting_change_no_total(
    cut: int, dx: int, angle: int
) -> None:
    def moved(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        turned = [affinity.rotate(g, angle, origin=(0, 0)) for g in frame.geometry]
        return frame.set_geometry([affinity.translate(g, dx) for g in turned], crs=CRS)

    halves = gpd.GeoDataFrame(geometry=[box(0, 0, cut, 1000), box(cut, 0, 2000, 1000)], crs=CRS)
    roofs = buildings()
    expected = pv_roof_share(units(), roofs, denominator="usable").total()
    got = pv_roof_share(moved(halves), moved(roofs.iloc[::-1]), denominator="usable").total()
    assert got == pytest.approx(expected)
    area = solar_roof_area(moved(halves), moved(roofs)).total()[2]
    assert area == pytest.approx(solar_roof_area(units(), roofs).total()[2])
