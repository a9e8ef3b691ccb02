"""The profiles say what the sources say, and nothing else."""

from __future__ import annotations

import re

import pytest

from carbonspace.catalogue import indicators
from carbonspace.errors import CarbonspaceError, UnknownNameError
from carbonspace.model.dimension import conversion, dimension
from carbonspace.model.rule import Rule
from carbonspace.profiles import load_profile, load_profiles, parse_profile, profile_keys

PROFILES = (
    "bayannur", "complete_community2020", "county2021", "county_pv2021", "gb50180", "gb55014",
    "gbt51328", "gbt51346", "gbt51439", "jiujiang", "lianyungang", "mohurd2021", "mohurd_peak2022",
    "pku", "pku_nyc2050", "pku_nyc_zoning", "pku_shanghai", "pku_shenzhen", "shangdang",
)  # fmt: skip
EVERY = [(key, rule) for key in PROFILES for rule in load_profile(key).rules]
KNOWN = [(key, rule) for key, rule in EVERY if rule.indicator in indicators()]


def named(pairs: list[tuple[str, Rule]]) -> list[str]:
    return [f"{key}-{rule.indicator}-{rule.target}" for key, rule in pairs]


def test_the_profiles_the_project_exists_for_are_there() -> None:
    assert profile_keys() == PROFILES
    assert tuple(load_profiles(PROFILES)) == PROFILES


@pytest.mark.parametrize(("key", "rule"), KNOWN, ids=named(KNOWN))
def test_every_rule_on_an_indicator_there_is_can_be_held(key: str, rule: Rule) -> None:
    one = indicators()[rule.indicator]
    held = rule.target and rule.never is None
    assert not held or conversion(rule.unit, one.unit) is not None
    assert rule.levels == Rule.levels or set(rule.levels) <= set(one.levels)


def test_every_rule_is_in_a_unit_that_means_something() -> None:
    odd = {rule.unit for _, rule in EVERY if dimension(rule.unit) is None}
    assert odd == set()


@pytest.mark.parametrize("key", PROFILES)
def test_every_rule_names_its_clause_and_can_be_read_in_both_languages(key: str) -> None:
    profile = load_profile(key)
    for rule in profile.rules:
        assert rule.profile == key
        assert rule.source_file
        assert rule.source.startswith(profile.document)
        assert len(rule.source) > len(profile.document)
        for words in (rule.applies_to, rule.note, rule.never):
            assert words is None or (words.zh and words.en)


STATED = [(key, rule) for key, rule in KNOWN if rule.parameters]


@pytest.mark.parametrize(("key", "rule"), STATED, ids=named(STATED))
def test_stated_parameters_are_those_of_the_indicator_and_of_the_clause(
    key: str, rule: Rule
) -> None:
    known = {p.name: p for p in indicators()[rule.indicator].parameters}
    for name, value in rule.parameters.items():
        assert known[name].kind.read(value) == value
        assert not isinstance(value, float) or f"{value:g}" in rule.quotation
    spoken = re.findall(r"(\d+) ?[米m](?=服务半径|半径)", rule.quotation)
    if spoken and "radius" in known:
        assert [f"{rule.parameters['radius']:g}"] == spoken


def rule_of(key: str, indicator: str) -> Rule:
    (rule,) = [r for r in load_profile(key).rules if r.indicator == indicator]
    return rule


@pytest.mark.parametrize(
    ("key", "indicator", "value", "status"),
    [
        ("bayannur", "road_density", 10.0, "met"),
        ("bayannur", "road_density", 9.999, "not_met"),
        ("lianyungang", "park_coverage_10min", 90.0, "met"),
        ("lianyungang", "park_coverage_10min", 89.99, "not_met"),
        ("pku", "park_coverage", 100.0, "met"),
        ("pku", "park_coverage", 99.9, "not_met"),
        ("pku", "road_density", 3.0, "no_target"),
        ("shangdang", "charging_car_park_share", 100 * 6 / 37, "no_target"),
        ("shangdang", "charging_car_park_share", 100 * 5 / 37, "no_target"),
        ("shangdang", "bus_stop_count", 73.5, "no_target"),
        ("shangdang", "retrofit_share", 89.9, "not_met"),
        ("bayannur", "waste_resource_rate", 64.0, "no_target"),
        ("gb55014", "park_coverage", 80.0, "not_met"),
        ("gb55014", "park_coverage", 80.1, "met"),
        ("mohurd2021", "residential_gt80m_count", 1.0, "not_met"),
        ("shangdang", "bus_stop_area_coverage", 0.0, "no_target"),
        ("shangdang", "pv_roof_share_homes", 20.0, "met"),
        ("jiujiang", "jobs_housing_ratio", 0.1, "no_target"),
    ],
)
def test_verdicts_at_the_boundary(key: str, indicator: str, value: float, status: str) -> None:
    assert rule_of(key, indicator).judge(value) == status


def test_what_the_sources_have_wrong_or_publish_is_recorded_and_never_held() -> None:
    never = {(key, rule.indicator, *rule.target) for key, rule in EVERY if rule.never}
    assert never == {
        ("shangdang", "bus_stop_count", 74), ("shangdang", "bike_corridor_length_class1", 35),
        ("shangdang", "bike_route_count_east_west", 6), ("shangdang", "car_park_count", 37),
        ("shangdang", "bike_route_count_north_south", 4),
        ("shangdang", "charging_car_park_share", 16.2), ("shangdang", "charging_site_count", 10),
        ("shangdang", "reclaimed_water_volume", 4_770_000),
        ("shangdang", "reclaimed_water_production", 10_950_000),
        ("shangdang", "sewage_capacity", 60_000), ("bayannur", "waste_plant_capacity", 700),
        ("jiujiang", "pop_density", 500, 1000), ("pku", "park_area_per_capita", 114),
        ("pku", "prefab_share", 40), ("pku", "mid_size_building_share", 7000, 12_000),
        ("pku", "land_carbon_elasticity", 2.7), ("pku", "wind_land_share", 2),
    }  # fmt: skip
    assert all(rule.judge(1e9) == rule.judge(0) == "no_target" for _, rule in EVERY if rule.never)


def shenzhen(**attributes: object) -> list[float]:
    rules = load_profile("pku_shenzhen").rules
    return [rule.target[0] for rule in rules if rule.applies(attributes)]


@pytest.mark.parametrize(
    ("land_use", "zone", "targets"),
    [
        ("070102", None, [70]), ("07", None, []), ("0702", None, []),
        ("0901", "main_centre", [50]), ("0902", "sub_centre", [50]), ("0901", "suburb", [70]),
        ("09", None, [70]), ("0802", None, [85]), ("100101", None, [70]), ("1101", None, [60]),
        ("1102", None, [85]), ("1401", None, []),
    ],
)  # fmt: skip
def test_one_shenzhen_limit_speaks_of_a_parcel(
    land_use: str, zone: str | None, targets: list[float]
) -> None:
    assert shenzhen(land_use=land_use, zone=zone) == targets


def test_an_unknown_zone_decides_nothing() -> None:
    assert shenzhen(land_use="0901") == []


@pytest.mark.parametrize(
    ("attributes", "targets"),
    [
        ({"climate_zone": "II", "city_size": "large"}, [2]),
        ({"climate_zone": "VII", "city_size": "small"}, [3]),
        ({"climate_zone": "IV", "city_size": "large"}, [3]),
        ({"climate_zone": "IV", "city_size": "small", "day": "winter_solstice"}, [1]),
        ({"climate_zone": "VI", "city_size": "", "day": "winter_solstice"}, [1]),
        ({"climate_zone": "II", "city_size": "large", "day": "winter_solstice"}, []),
        ({"climate_zone": "II", "city_size": ""}, []),
        ({"climate_zone": "", "city_size": "large"}, []),
        ({"case": "elderly", "climate_zone": "", "day": "winter_solstice"}, [2]),
        ({"case": "renewal", "climate_zone": "II", "city_size": "small"}, [1]),
    ],
)
def test_one_rule_of_sunlight_speaks_of_a_home(
    attributes: dict[str, str], targets: list[float]
) -> None:
    home = {"case": "homes", "day": "great_cold"} | attributes
    rules = [r for r in load_profile("gb50180").rules if r.indicator == "sunlight_hours"]
    assert [rule.target[0] for rule in rules if rule.applies(home)] == targets


@pytest.mark.parametrize(
    ("attributes", "spacing", "status"),
    [
        ({"land_use": "07"}, 300.0, "met"),
        ({"land_use": "07"}, 301.0, "not_met"),
        ({"land_use": "09"}, 301.0, None),
        ({"land_use": None}, 301.0, None),
        ({}, 301.0, None),
    ],
)
def test_street_spacing_is_asked_of_blocks_of_homes(
    attributes: dict[str, str], spacing: float, status: str | None
) -> None:
    rule = rule_of("gb50180", "street_spacing")
    assert rule.levels == ("block",)
    assert (rule.judge(spacing) if rule.applies(attributes) else None) == status


@pytest.mark.parametrize(
    ("attributes", "spacing", "status"),
    [
        ({"walking_zone": "I"}, 300.0, ["met"]),
        ({"walking_zone": "I"}, 301.0, ["not_met"]),
        ({"walking_zone": "II"}, 301.0, ["met"]),
        ({"walking_zone": "II"}, 801.0, ["not_met"]),
        ({"walking_zone": "III"}, 801.0, []),
        ({}, 801.0, []),
    ],
)
def test_crossings_are_judged_by_the_zone_of_walking(
    attributes: dict[str, str], spacing: float, status: list[str]
) -> None:
    rules = load_profile("gbt51439").rules
    assert [rule.judge(spacing) for rule in rules if rule.applies(attributes)] == status


GOOD = """
document = "d"
[title]
zh = "题"
en = "title"
[[rule]]
indicator = "road_density"
comparator = "between"
target = [1, 2]
unit = "km/km²"
quotation = "q"
source = "s"
applies_to = { zh = "甲", en = "a" }
evidence = "verified"
"""


def test_a_profile_is_read_as_written() -> None:
    (rule,) = parse_profile("mine", GOOD).rules
    assert rule.target == (1.0, 2.0)
    assert rule.levels == ("unit", "city")
    assert rule.binding


def test_a_rule_may_be_held_against_any_level() -> None:
    levels = 'levels = ["city", "unit", "block", "parcel", "building"]\n'
    (rule,) = parse_profile("mine", GOOD + levels).rules
    assert rule.levels == ("city", "unit", "block", "parcel", "building")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('unit = "km/km²"', 'unit = "km/km²"\ncolour = "red"', "unknown key 'colour'"),
        ('"between"', '"about"', "comparator = 'about'"),
        ("[1, 2]", "[1]", "Expected: 2 number"),
        ("[1, 2]", "[2, 1]", "lower bound first"),
        ("[1, 2]", '["1", "2"]', "Expected: 2 number"),
        ('"verified"', '"rumour"', "evidence = 'rumour'"),
        ('source = "s"', 'source = " "', "source is empty"),
        ('quotation = "q"\n', "", "quotation is missing"),
        ('unit = "km/km²"', "unit = 3", "unit = 3"),
        (', en = "a" }', " }", "applies_to lacks en"),
        ('unit = "km/km²"', 'unit = ""\nlevels = ["street"]', "unknown level 'street'"),
        ('unit = "km/km²"', 'unit = ""\nwhere = { zone = "x" }', "where.zone"),
        ('unit = "km/km²"', 'unit = ""\nparameters = 3', "parameters = 3"),
        ('document = "d"', "", "document is missing"),
        ('en = "title"', "", "title lacks en"),
        ("[title]", "[title", "not TOML"),
    ],
)  # fmt: skip
def test_a_bad_profile_is_refused_by_name(old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    with pytest.raises(CarbonspaceError, match="profile mine") as caught:
        parse_profile("mine", GOOD.replace(old, new, 1))
    assert complaint in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    bad = GOOD.replace('"between"', '"about"').replace('"verified"', '"rumour"')
    with pytest.raises(CarbonspaceError) as caught:
        parse_profile("mine", bad)
    assert "about" in str(caught.value)
    assert "rumour" in str(caught.value)


def test_an_unknown_profile_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"atlantis.*bayannur") as caught:
        load_profile("atlantis")
    assert caught.value.exit_code == 2
