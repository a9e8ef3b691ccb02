"""What evidence is called says what it is."""

from __future__ import annotations

import pytest

from carbonspace.catalogue import indicators
from carbonspace.outputs import captions
from carbonspace.outputs.captions import evidence_title, is_neutral

KNOWN = indicators()


@pytest.mark.parametrize(("key", "zh", "en"), [
    ("refuse_station_population", "有居民的用地", "Land that people live on"),
    ("facility_density", "设施", "Facilities"),
    ("jobs_housing_ratio", "有就业或居民的地块", "Parcels with jobs or residents"),
    ("land_use_mix", "街坊", "Blocks"),
])  # fmt: skip
def test_what_a_figure_is_made_of_is_not_called_a_shortfall(key: str, zh: str, en: str) -> None:
    assert evidence_title(KNOWN[key]) == (zh, en)
    assert is_neutral(KNOWN[key])


@pytest.mark.parametrize("key", sorted(captions.FAULTS))
def test_what_should_not_be_is_no_good_thing_that_counts(key: str) -> None:
    assert evidence_title(KNOWN[key]).en == "What is not as it should be"
    assert not is_neutral(KNOWN[key])


def test_what_was_left_out_is_not_said_to_count() -> None:
    assert evidence_title(KNOWN["community_building_energy"]).en == "Buildings of unknown energy"


def test_only_indicators_have_captions() -> None:
    assert {*captions.BEHIND, *captions.FAULTS} <= KNOWN.keys()
