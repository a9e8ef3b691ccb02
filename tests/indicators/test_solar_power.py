"""Power, yield and carbon of roofs: by hand, and by pvlib asked another way."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pvlib
import pytest
from shapely import box
from tests.rasters import plan_with
from tests.weather import even, write_epw
from tests.weather import hours as written

from carbonspace import evaluate
from carbonspace.catalogue import as_json, as_markdown, indicators
from carbonspace.errors import MissingColumnError, MissingLayerError, UnknownNameError
from carbonspace.indicators._panels import Panels, on_plane, output, power_of
from carbonspace.indicators._power import Replaced
from carbonspace.indicators._roof import Roof
from carbonspace.indicators._sun import Place
from carbonspace.indicators._year import Hours, hours_over
from carbonspace.indicators.solar_power import pv_capacity, pv_co2_avoided, pv_yield
from carbonspace.model.faults import parameter_faults
from carbonspace.model.weather import HOURS
from carbonspace.outputs.told import said

CRS = "EPSG:4547"
CHANGZHI = Place(36.19, 113.11, -0.5)
KWP = (40 + 140 + 0.3 * 60, 0.7 * 60 + 78.75 + 30)
"""Of the west and the east: usable roof by its W/m², the school a part to each."""


def units() -> gpd.GeoDataFrame:
    """Two units of 1 km², side by side along x = 500 km."""
    squares = [box(x, 4_000_000, x + 1000, 4_001_000) for x in (499_000, 500_000)]
    return gpd.GeoDataFrame(geometry=squares, crs=CRS, index=["west", "east"])


def buildings() -> gpd.GeoDataFrame:
    """Five roofs of 1000 m²; the school lies 300 m² in the west and 700 m² in the east."""
    columns = {
        "use": ["0701", "1001", "0804", "0901", None],
        "roof_type": ["flat", "metal", "flat", "pitched", None],
    }
    places = [(100, 100), (300, 100), (970, 100), (1500, 100), (1700, 100)]
    footprints = [box(499_000 + x, 4_000_000 + y, 499_100 + x, 4_000_010 + y) for x, y in places]
    return gpd.GeoDataFrame(columns, geometry=footprints, crs=CRS, index=list("habcd"))


def by_hand(light: float, *, losses: float = 0.14, efficiency: float = 0.96) -> float:
    """Return what a kWp gives in this light, kW, at 20 °C in a wind of 1 m/s: PVWatts 5."""
    module = 20 + light * math.exp(-3.56 - 0.075)
    cell = module + light / 1000 * 3
    direct = light / 1000 * (1 - 0.0035 * (cell - 25)) * (1 - losses)
    part = efficiency / 0.9637 * (-0.0162 * direct - 0.0059 / direct + 0.9858)
    return min(part * direct, efficiency)


def test_capacity_is_usable_roof_by_the_density_of_its_layout() -> None:
    table = pv_capacity(units(), buildings()).table
    assert table["value"].tolist() == pytest.approx(KWP)
    assert table["denominator"].isna().all()


def test_layouts_are_a_parameter_and_an_unknown_roof_counts_as_other() -> None:
    rows = (("flat", 200.0, "rack"), ("other", 50.0, "flush"))
    table = pv_capacity(units(), buildings(), layouts=rows).table
    expected = 400 * 0.2 + 800 * 0.05 + 0.3 * 600 * 0.2, 0.7 * 600 * 0.2 + 450 * 0.05 + 300 * 0.05
    assert table["value"].tolist() == pytest.approx(expected)
    only_flat = pv_capacity(units(), buildings(), layouts=rows[:1]).table["value"]
    assert only_flat.tolist() == pytest.approx([80 + 36, 84])


def test_uses_and_new_buildings_are_chosen() -> None:
    homes = pv_capacity(units(), buildings(), uses=("07",)).table["value"]
    assert homes.tolist() == pytest.approx([40, 0])
    with pytest.raises(MissingColumnError, match="is_new"):
        pv_capacity(units(), buildings(), new_only=True)


def test_yield_in_even_light_by_hand() -> None:
    """Nothing is won by a tilt where light comes from everywhere: racks lie flat, too."""
    value = pv_yield(units(), buildings(), weather=even()).table["value"]
    kwh = by_hand(200.0) * 8760
    assert value.tolist() == pytest.approx([one * kwh for one in KWP])
    assert 1000 < kwh < 1500


def test_what_is_lost_is_a_parameter() -> None:
    panels = Panels(losses=50.0, inverter_efficiency=90.0)
    value = pv_yield(units(), buildings(), weather=even(), panels=panels).table["value"]
    kwh = by_hand(200.0, losses=0.5, efficiency=0.9) * 8760
    assert value["west"] == pytest.approx(KWP[0] * kwh)


def test_racks_are_tilted_and_what_lies_flush_is_not() -> None:
    """At 60° a plane sees three quarters of the sky, and a quarter of the ground."""
    tilted = by_hand(0.75 * 200 + 0.25 * 0.2 * 200) * 8760
    level = by_hand(200.0) * 8760
    value = pv_yield(units(), buildings(), weather=even(), panels=Panels(tilt=60.0)).table["value"]
    assert value["west"] == pytest.approx((40 + 18) * tilted + 140 * level)
    assert value["east"] == pytest.approx((42 + 30) * tilted + 78.75 * level)


def hour(**given: float) -> Hours:
    """Return an hour with the sun at 60° in the south, on air of 20 °C in a wind of 1 m/s."""
    direct = {"dni": 800.0, "dhi": 100.0, "ghi": 800 * math.sin(math.radians(60)) + 100}
    plain = {"azimuth": 180.0, "elevation": 60.0, **direct, "air": 20.0, "wind": 1.0, **given}
    return Hours(**{name: np.array([value]) for name, value in plain.items()})


def test_one_hour_by_hand() -> None:
    """A plane of 30° to the south looks into the sun: all its light, 93 % of sky, 7 % of ground."""
    sky, ground = (1 + math.cos(math.radians(30))) / 2, (1 - math.cos(math.radians(30))) / 2
    light = 800 + 100 * sky + 0.2 * (800 * math.sin(math.radians(60)) + 100) * ground
    assert on_plane(hour(), 30.0, 180.0)[0] == pytest.approx(light)
    assert output(hour(), 30.0, 180.0, Panels())[0] == pytest.approx(by_hand(light))


def test_a_sun_that_has_set_shines_on_no_panel() -> None:
    assert on_plane(hour(elevation=-5.0, dhi=0.0, ghi=0.0), 60.0, 180.0)[0] == 0
    assert output(hour(elevation=-5.0, dhi=0.0, ghi=0.0), 60.0, 180.0, Panels())[0] == 0


def test_the_inverter_gives_no_more_than_it_can() -> None:
    bright = hour(dni=2000.0, dhi=500.0, ghi=2200.0)
    assert output(bright, 30.0, 180.0, Panels(losses=0.0))[0] == pytest.approx(0.96)


@pytest.mark.filterwarnings("ignore:DatetimeIndex.dayofyear")
def test_a_year_against_the_model_chain_of_pvlib() -> None:
    """The same models put together by pvlib itself, on its own positions of the sun."""
    hours = hours_over(CHANGZHI, None)
    mount = pvlib.pvsystem.FixedMount(30, 180)
    array = pvlib.pvsystem.Array(
        mount, albedo=0.2, module_parameters={"pdc0": 1.0, "gamma_pdc": -0.0035},
        temperature_model_parameters={"a": -3.56, "b": -0.075, "deltaT": 3},
    )  # fmt: skip
    none = dict.fromkeys(
        ("shading", "snow", "mismatch", "wiring", "connections", "lid", "nameplate_rating", "age",
         "availability"), 0,
    )  # fmt: skip
    system = pvlib.pvsystem.PVSystem(
        [array], inverter_parameters={"pdc0": 1.0, "eta_inv_nom": 0.96},
        losses_parameters={"soiling": 14.0, **none},
    )  # fmt: skip
    place = pvlib.location.Location(CHANGZHI.latitude, CHANGZHI.longitude)
    chain = pvlib.modelchain.ModelChain(
        system, place, transposition_model="isotropic", aoi_model="no_loss",
        spectral_model="no_loss", losses_model="pvwatts", dc_model="pvwatts", ac_model="pvwatts",
    )  # fmt: skip
    times = pd.date_range("2001-01-01 00:30", periods=HOURS, freq="h", tz="UTC")
    weather = pd.DataFrame(
        {"ghi": hours.ghi, "dni": hours.dni, "dhi": hours.dhi, "temp_air": 20.0, "wind_speed": 1.0},
        index=times,
    )
    chain.run_model(weather)
    ours = output(hours, 30.0, 180.0, Panels()).sum()
    assert ours == pytest.approx(chain.results.ac.sum(), rel=2e-3)


def test_the_best_tilt_is_the_one_of_most_light() -> None:
    """Between flat and the latitude, towards the equator on either side of it."""
    for place, facing in ((CHANGZHI, 180.0), (Place(-36.19, 113.11, 0.0), 0.0)):
        hours = hours_over(place, None)
        found = power_of(hours, place, Panels(sky="clear"))
        light = [on_plane(hours, float(tilt), facing).sum() for tilt in range(91)]
        assert found.tilt == int(np.argmax(light))
        assert 20 < found.tilt <= 37
        assert found.rack > found.flush
        other_way = power_of(hours, place, Panels(facing=(facing + 180) % 360, tilt=30.0))
        assert other_way.rack < found.flush


def test_without_weather_there_is_no_yield_unless_the_sky_is_clear() -> None:
    with pytest.raises(MissingLayerError, match=r"\[weather\]"):
        pv_yield(units(), buildings())
    clear = pv_yield(units(), buildings(), panels=Panels(sky="clear"))
    ignored = pv_yield(units(), buildings(), weather=even(), panels=Panels(sky="clear"))
    assert clear.table.equals(ignored.table)
    per_kwp = clear.table["value"]["west"] / KWP[0]
    assert 1500 < per_kwp < 2200
    assert set(clear.evidence()["sky"]) == {"clear"}


def test_more_haze_is_less_power() -> None:
    clean, hazy = (power_of(hours_over(CHANGZHI, None, turbidity=t), CHANGZHI, Panels(sky="clear"))
                   for t in (2.0, 6.0))  # fmt: skip
    assert hazy.rack < 0.95 * clean.rack


def test_carbon_is_yield_by_factor() -> None:
    kwh = pv_yield(units(), buildings(), weather=even()).table["value"]
    newest = pv_co2_avoided(units(), buildings(), weather=even())
    assert newest.table["value"].tolist() == pytest.approx((kwh * 0.5306 / 1000).tolist())
    assert newest.table["numerator"].tolist() == pytest.approx((kwh * 0.5306).tolist())
    shanxi = pv_co2_avoided(units(), buildings(), weather=even(), replaced=Replaced("山西", 2021))
    assert shanxi.table["value"].tolist() == pytest.approx((kwh * 0.7222 / 1000).tolist())


def test_the_evidence_has_each_roof_and_how_sure_the_factor_is() -> None:
    measure = pv_co2_avoided(units(), buildings(), weather=even(), replaced=Replaced("Shanxi"))
    evidence = measure.evidence()
    sums = evidence.groupby("unit_id")[["kwp", "kwh", "co2_kg"]].sum().loc[["west", "east"]]
    assert sums["kwp"].tolist() == pytest.approx(KWP)
    assert sums["co2_kg"].tolist() == pytest.approx(measure.table["numerator"].tolist())
    assert (sums["co2_kg"] / sums["kwh"]).tolist() == pytest.approx([0.7096] * 2)
    assert evidence["building_id"].tolist() == ["h", "a", "b", "b", "c", "d"]
    assert evidence["mounting"].tolist() == ["rack", "flush", "rack", "rack", "flush", "rack"]
    assert set(evidence["factor_status"]) == {"partial"}
    assert set(evidence["grid_year"]) == {2022}
    assert set(evidence["grid_region"]) == {"山西"}


BARE = (("irradiation", 0.0, 0.0, 0.0), ("sunlit", 0.0, 0.0, 0.0))
LIT = Roof("irradiation", deductions=BARE, min_irradiation=0.0, cell=0.5)


def row_of_two(**columns: Any) -> gpd.GeoDataFrame:
    """Return a low roof of 20 by 20 m, and a tower of the same size 10 m south of it."""
    shapes = [box(499_500, 4_000_500 + y, 499_520, 4_000_520 + y) for y in (0, -30)]
    columns = {"height": [10.0, 40.0], "roof_type": ["flat", "metal"], **columns}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS, index=["low", "tower"])


def test_a_roof_that_nothing_shades_yields_what_it_would_without_asking_for_light() -> None:
    tower = row_of_two().iloc[1:]
    shaded, plain = (pv_yield(units(), tower, weather=even(), roof=roof).table["value"]["west"]
                     for roof in (LIT, Roof("total")))  # fmt: skip
    assert shaded == pytest.approx(plain, rel=1e-6)
    assert plain == pytest.approx(400 * 0.175 * by_hand(200.0) * 8760)


def test_the_shade_of_a_tower_takes_from_the_yield_what_it_takes_from_the_light() -> None:
    """Under an even sky a wall hides, from each point, the share of the sky by its form factor."""
    measure = pv_yield(units(), row_of_two(), weather=even(), roof=LIT)
    evidence = measure.evidence().set_index("building_id")
    east = np.linspace(0.5, 19.5, 20)
    depth, side = np.meshgrid(10 + east, east)
    hidden = np.mean([wall_from_level(depth, one, 30.0) for one in (side, 20 - side)], axis=0).sum()
    hidden = 2 * hidden / depth.size
    light = 1 - hidden
    assert 0.75 < light < 0.95
    assert evidence["kwh_per_m2"]["low"] / 1752 == pytest.approx(light, abs=0.02)
    each = by_hand(200.0) * 8760
    assert evidence["kwh"]["tower"] == pytest.approx(70 * each, rel=1e-6)
    found = evidence["kwh"]["low"] / (40 * each)
    assert found == pytest.approx(evidence["kwh_per_m2"]["low"] / 1752, rel=1e-6)
    assert measure.table["value"]["west"] == pytest.approx(evidence["kwh"].sum(), rel=1e-5)


def wall_from_level(depth: np.ndarray, side: np.ndarray, height: float) -> np.ndarray:
    """Return what a wall hides of the sky of a level point at its foot's end, `depth` before it.

    The form factor of a rectangle at right angles to a plane element, one of its corners abreast.
    """
    slant = np.hypot(depth, height)
    found: np.ndarray = np.arctan(side / depth) - depth / slant * np.arctan(side / slant)
    return found / (2 * np.pi)


def test_a_stated_roof_counts_in_patches_too() -> None:
    stated = row_of_two(roof_area=[800.0, np.nan])
    measure = pv_co2_avoided(units(), stated, weather=even(), roof=LIT)
    evidence = measure.evidence().set_index("building_id")
    assert evidence["kwp"].tolist() == pytest.approx([80, 70], rel=1e-6)
    assert evidence["co2_kg"].sum() == pytest.approx(measure.table["numerator"]["west"], rel=1e-5)


def test_only_a_yearly_definition_knows_of_shade() -> None:
    """Hours of sun on a day say which part is usable, not how much falls onto it."""
    asked = Roof("sunlit", deductions=BARE, min_sun=0.0)
    value = pv_yield(units(), row_of_two(), weather=even(), roof=asked).table["value"]["west"]
    assert value == pytest.approx((40 + 70) * by_hand(200.0) * 8760, rel=1e-6)


def test_what_is_too_dark_carries_nothing_and_yields_nothing() -> None:
    dark = replace(LIT, min_irradiation=3000.0)
    assert pv_yield(units(), row_of_two(), weather=even(), roof=dark).table["value"]["west"] == 0
    assert pv_capacity(units(), row_of_two(), weather=even(), roof=dark).table["value"]["west"] == 0


def test_figures_are_named_with_their_sky_and_factor() -> None:
    one = indicators()["pv_co2_avoided"]
    told = said(one, {"grid_region": "山西", "losses": 20.0})
    assert "山西 2022，0.7096 kg/kWh（部分核实）" in told.zh
    assert "Shanxi 2022, 0.7096 kg/kWh (partly verified)" in told.en
    assert "Losses of the system: 20 %" in told.en
    clear = said(indicators()["pv_yield"], {"sky": "clear"})
    assert "upper bound" in clear.en
    assert "上限" in clear.zh


def test_the_catalogue_says_what_takes_weather() -> None:
    taking = {one["key"] for one in as_json()["indicators"] if one["weather"]}
    assert {"pv_capacity", "pv_yield", "pv_co2_avoided"} <= taking
    assert "road_density" not in taking
    page = as_markdown().partition("## `pv_yield`")[2]
    assert "weather (optional)" in page.partition("\n## ")[0]


def test_a_factor_that_there_is_not() -> None:
    with pytest.raises(UnknownNameError, match="2021, 2022"):
        pv_co2_avoided(units(), buildings(), weather=even(), replaced=Replaced("山西", 2023))
    table = {"pv_co2_avoided": {"grid_region": "Atlantis", "grid_year": "oldest"}}
    faults = [*parameter_faults(table, indicators())]
    assert len(faults) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("tilt", 95), ("tilt", "flat"), ("facing", -10), ("losses", 120), ("sky", "grey"),
     ("temperature_coefficient", 0.4), ("layouts", [["flat", 100]]), ("inverter_efficiency", True),
     ("layouts", [["flat", 100, "rack"], ["flat", 90, "rack"]])],
)  # fmt: skip
def test_parameters_out_of_their_kind(name: str, value: Any) -> None:
    (fault,) = parameter_faults({"pv_yield": {name: value}}, indicators())
    assert fault.expected.zh != fault.expected.en


def test_a_plan_with_weather_in_parts_and_as_a_whole(tmp_path: Path) -> None:
    light = 400 * (np.arange(HOURS) % 24 // 6 % 3 > 0)
    write_epw(tmp_path / "year.epw", written(ghi=light, dhi=0.7 * light, dni=0.5 * light))
    layers = {"units": units().rename_axis("unit_id").reset_index(),
              "buildings": buildings().rename_axis("building_id").reset_index()}  # fmt: skip
    plan = plan_with(tmp_path, '[weather]\nsource = "year.epw"\n', **layers)
    keys = ["pv_capacity", "pv_yield", "pv_co2_avoided"]
    whole = evaluate(plan, indicators=keys, profiles=[])
    parts = evaluate(plan, indicators=keys, profiles=[], part_features=1, workers=2)
    assert whole.table["value"].notna().all()
    assert parts.table["value"].tolist() == whole.table["value"].tolist()
    one = evaluate(plan, indicators=keys, profiles=[], units=["east"]).table
    alone = whole.table[whole.table["unit_id"] == "east"]["value"]
    assert one["value"].tolist() == alone.tolist()
    bare = evaluate(replace(plan, weather=None), indicators=keys, profiles=[]).table
    reasons = bare.drop_duplicates("indicator").set_index("indicator")["reason"]
    assert reasons["pv_yield"] == "missing layer: weather"
    assert pd.isna(reasons["pv_capacity"])
