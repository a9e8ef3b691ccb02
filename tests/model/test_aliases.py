"""Names found in planners' files lead to the right columns, as surely as the name allows."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from carbonspace.model.aliases import (
    ALIASES,
    VALUES,
    Meaning,
    field_meanings,
    layer_meanings,
    value_meanings,
)
from carbonspace.model.layers import LAYERS
from carbonspace.model.places import FACILITY_TYPES
from carbonspace.model.uom import UOMS


def meaning(name: str, layer: str) -> Meaning:
    return field_meanings(name, layer)[0]


def test_every_alias_leads_to_a_column() -> None:
    astray = [a for a in ALIASES if a.layer not in LAYERS]
    astray += [a for a in ALIASES if a.column and not LAYERS[a.layer].column(a.column)]
    assert astray == []


def test_every_unit_is_one_of_its_column() -> None:
    for alias in ALIASES:
        column = LAYERS[alias.layer].column(alias.column) if alias.unit else None
        if column is not None:
            keys = {*(u.key for u in UOMS.get(column.unit, ())), "%", column.unit}
            assert alias.unit in keys, alias


def test_no_alias_twice() -> None:
    places = [(a.layer, a.column, a.name.casefold(), a.when) for a in ALIASES]
    assert len(places) == len(set(places))


@pytest.mark.parametrize(
    ("name", "layer", "column", "certainty"),
    [
        ("parcel_id", "parcels", "parcel_id", "certain"),
        ("DKBH", "parcels", "parcel_id", "likely"),
        ("dkbh", "parcels", "parcel_id", "likely"),
        ("YDYHFLDM", "parcels", "land_use", "likely"),
        ("用地用海分类代码", "parcels", "land_use", "likely"),
        ("用地用海分", "parcels", "land_use", "possible"),  # cut at ten bytes of GBK
        ("Layer", "parcels", "land_use", "possible"),
        ("JZGD", "parcels", "height_max", "likely"),
        ("JZGD", "buildings", "height", "possible"),
        ("YDMJ_1", "parcels", "area", "possible"),
        ("fclass", "roads", "road_class", "likely"),
    ],
)
def test_fields(name: str, layer: str, column: str, certainty: str) -> None:
    found = meaning(name, layer)
    assert (found.column, found.certainty) == (column, certainty)


def test_a_name_is_cut_at_ten_bytes_and_nowhere_else() -> None:
    assert field_meanings("容积率上", "parcels") == []
    assert field_meanings("建筑密度上", "parcels")[0].column == "density_max"


@pytest.mark.parametrize(
    ("name", "unit"),
    [("用地面积(亩)", "mu"), ("area_ha", "ha"), ("YDMJ_MU", "mu"), ("面积（公顷）", "ha"),
     ("用地面积", "m2"), ("面积万平方米", "ha"), ("ａｒｅａ［㎡］", "m2")],
)  # fmt: skip
def test_a_name_tells_its_unit(name: str, unit: str) -> None:
    found = meaning(name, "parcels")
    assert (found.column, found.unit) == ("area", unit)


def test_a_range_gives_two_bounds() -> None:
    found = {(m.column, m.when) for m in field_meanings("RJL", "parcels")}
    assert found == {("far_max", ""), ("far_min", "bounds")}


def test_what_nobody_calls_so_means_nothing() -> None:
    assert field_meanings("xyzzy") == []
    assert layer_meanings("xyzzy") == []


@pytest.mark.parametrize(
    ("name", "layer", "certainty"),
    [
        ("地块", "parcels", "certain"),
        ("02_规划地块_2023", "parcels", "likely"),
        ("GHYDYH", "parcels", "certain"),
        ("mainroad", "roads", "certain"),
        ("XX市停车场", "car_parks", "likely"),
        ("city_buildings", "buildings", "likely"),
    ],
)
def test_layers(name: str, layer: str, certainty: str) -> None:
    found = {m.layer: m.certainty for m in layer_meanings(name)}
    assert found[layer] == certainty


def test_words_for_values() -> None:
    found = value_meanings("roads", "road_class", ["主干路", "arterial", "Residential", "?"])
    assert found == {"主干路": "arterial", "Residential": "local"}


def test_every_value_is_one_the_column_knows() -> None:
    for (layer, name), words in VALUES.items():
        column = LAYERS[layer].column(name)
        assert column is not None
        assert set(words.values()) <= set(column.values or FACILITY_TYPES)


def test_words_for_every_type_of_facility() -> None:
    words = VALUES["facilities", "facility_type"]
    assert set(words.values()) == {*FACILITY_TYPES}
    assert (words["社区卫生服务中心"], words["菜市场"]) == ("clinic", "market")
    said = value_meanings("facilities", "facility_type", ["幼儿园", "Library", "sports", "?"])
    assert said == {"幼儿园": "kindergarten", "Library": "culture"}


def test_osm_facilities_are_those_the_osm_reader_uses() -> None:
    table = tomllib.loads(files("carbonspace.sources").joinpath("osm.toml").read_text("utf-8"))
    read = {k: v for one in table["facility"].values() for k, v in one.items()}
    words = VALUES["facilities", "facility_type"]
    assert {k: v for k, v in words.items() if k in read} == {k: read[k] for k in words if k in read}


def test_osm_road_classes_are_those_the_osm_reader_uses() -> None:
    table = tomllib.loads(files("carbonspace.sources").joinpath("osm.toml").read_text("utf-8"))
    words = VALUES["roads", "road_class"]
    assert {k: words[k] for k in table["road_class"]} == table["road_class"]
