"""Every declared indicator says what people need to know, in both languages."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

from carbonspace.catalogue import indicators
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS, RASTER_KINDS
from carbonspace.model.parameters import PARAMETERS
from carbonspace.model.text import Text

OURS = {
    "road_density", "road_density_expressway", "road_density_arterial", "road_density_secondary",
    "road_density_local", "park_coverage", "park_coverage_by_size", "park_coverage_10min",
    "station_coverage", "station_coverage_residents", "station_coverage_jobs", "bus_stop_count",
    "bus_stop_area_coverage", "bike_corridor_length", "bike_corridor_length_class1",
    "bike_corridor_length_class2", "bike_corridor_length_class3", "bike_corridor_connected_share",
    "bike_route_count", "bike_route_count_east_west", "bike_route_count_north_south",
    "slow_network_density", "bike_route_continuity", "bike_corridor_junction_density",
    "bike_corridor_crossing_density", "bike_corridor_along_road_share", "street_spacing",
    "street_spacing_share", "block_size", "block_perimeter", "block_shape_index",
    "crossing_spacing", "crossing_spacing_share",
}  # fmt: skip
every_indicator = pytest.mark.parametrize("one", indicators().values(), ids=[*indicators()])


def test_the_roads_parks_stops_and_corridors_are_declared() -> None:
    assert set(indicators()) >= OURS


@pytest.mark.parametrize("key", ["view_wind_corridor", "underground_depth_layer_use"])
def test_a_reading_of_our_own_is_shown_as_unverified(key: str) -> None:
    """九江 二(一) states no height at all; PKU §7.6(四)11 leaves out what lies between layers."""
    assert not indicators()[key].verified


def is_bilingual(words: Text) -> bool:
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in words.zh)
    return (
        chinese and bool(words.en.strip()) and not any("\u4e00" <= c <= "\u9fff" for c in words.en)
    )


@every_indicator
def test_words_are_in_both_languages(one: Indicator) -> None:
    assert is_bilingual(one.title)
    assert is_bilingual(one.definition)
    assert one.source.strip()


@every_indicator
def test_parameters_are_in_the_glossary(one: Indicator) -> None:
    for parameter in one.parameters:
        assert parameter.title == PARAMETERS[parameter.name]


@every_indicator
def test_layers_are_canonical(one: Indicator) -> None:
    assert one.layers[0] == "units"
    assert {*one.layers, *one.optional_layers} <= set(LAYERS)
    assert set(one.whole) <= {*one.layers, *one.optional_layers}
    assert set(one.seen_rasters) <= set(RASTER_KINDS)


@every_indicator
def test_the_reach_is_a_number_or_a_parameter_or_hangs_on_the_plan(one: Indicator) -> None:
    reach = one.reach_m(one.settings({}))
    assert reach >= 0 or (np.isnan(reach) and callable(one.reach))


@every_indicator
def test_the_theme_is_the_file_or_its_first_word(one: Indicator) -> None:
    function = inspect.unwrap(getattr(one.function, "func", one.function))
    file = function.__module__.rsplit(".", 1)[-1]
    assert file == one.theme or file.startswith(f"{one.theme}_")


@every_indicator
def test_a_variant_differs_in_what_it_fixes(one: Indicator) -> None:
    defaults = {p.name: p.default for p in one.parameters}
    assert defaults == {**defaults, **one.fixed}


@every_indicator
def test_a_variant_names_the_indicator_it_is_of(one: Indicator) -> None:
    assert bool(one.fixed) == bool(one.variant_of)
    if one.fixed:
        base = indicators()[one.variant_of]
        assert set(one.fixed) <= {p.name for p in base.open_parameters}


@every_indicator
def test_every_parameter_takes_its_default(one: Indicator) -> None:
    for parameter in one.parameters:
        assert parameter.kind.read(parameter.default) == parameter.default
        assert is_bilingual(parameter.kind.expected)


def test_one_name_means_one_thing() -> None:
    opened = [p for one in indicators().values() for p in one.open_parameters]
    kinds = {p.name: (p.kind, p.unit) for p in opened}
    assert [p.name for p in opened if (p.kind, p.unit) != kinds[p.name]] == []
    assert "classes" not in PARAMETERS


@every_indicator
def test_numbers_stay_out_of_titles(one: Indicator) -> None:
    for title in one.title:
        assert not re.search(r"\d+ ?(米|公里|平方|分钟|m|km|min|%)", title)


def test_titles_are_distinct() -> None:
    for language in ("zh", "en"):
        titles = [getattr(one.title, language) for one in indicators().values()]
        assert len(set(titles)) == len(titles)
