"""Walks of Las Palmas against networkx: streets sampled every metre, parks all along their edge."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType

import geopandas as gpd
import numpy as np
import pytest
from tests.validation import plain_walks as walks
from tests.validation.conftest import SAMPLE

from carbonspace import evaluate
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan

pytestmark = pytest.mark.sample
KEYS = ("park_walk_coverage", "station_walk_coverage_residents", "facility_coverage_market")
SAMPLING = 0.5
"""Percent of what a unit holds by which samples a metre apart may differ; all of them by 0.2."""


@pytest.fixture(scope="module")
def walked(raw: Plan) -> Assessment:
    """Return the figures of streets as drawn: ends that nearly touch are not joined."""
    return evaluate(raw, KEYS, profiles=[], parameters={"all": {"snap": 0.0}})


@pytest.fixture(scope="module")
def streets(walked: Assessment) -> walks.Town:
    return walks.town(walked.plan.layers["roads"])


def asked(layers: Mapping[str, gpd.GeoDataFrame], key: str) -> tuple[gpd.GeoSeries, str, float]:
    """Return what is walked to, what its entrances lead into, and how far."""
    stops, facilities = layers["transit_stops"], layers["facilities"]
    return {
        "park_walk_coverage": (layers["parks"].geometry, "park", 600.0),
        "station_walk_coverage_residents": (stops.geometry[stops["mode"].isin(
            ["rail", "metro", "tram", "brt", "bus"])], "station", 800.0),
        "facility_coverage_market": (
            facilities.geometry[facilities["facility_type"] == "market"], "", 600.0),
    }[key]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_walks_are_those_of_networkx(walked: Assessment, streets: walks.Town, key: str) -> None:
    layers = walked.plan.layers
    parcels, units = layers["parcels"], layers["units"]
    parcels = parcels[parcels["land_use"].fillna("").str.match("0701|0703|07$")]
    goals, into, limit = asked(layers, key)
    goals = walks.doors(goals, layers["entrances"], into)
    homes = walks.spots(streets, parcels.geometry)
    share = walks.shares(streets, homes, walks.spots(streets, goals), limit, len(parcels))
    held = parcels["population"] if "residents" in key else parcels.geometry.area
    pieces = gpd.overlay(
        parcels[["geometry"]].assign(per_m2=held / parcels.area, share=share),
        units[["geometry"]].reset_index(), keep_geom_type=True,
    )  # fmt: skip
    every = pieces["per_m2"] * pieces.area
    whole = every.groupby(pieces["unit_id"]).sum()
    near = (every * pieces["share"]).groupby(pieces["unit_id"]).sum()
    table = walked.measures[key].table.loc[whole.index]
    np.testing.assert_allclose(table["denominator"], whole, rtol=1e-6)
    off = 100 * np.abs(table["numerator"] - near) / whole
    assert off.max() < SAMPLING, off[off >= SAMPLING]
    assert abs(walked.measures[key].total()[2] - 100 * near.sum() / whole.sum()) < 0.2
    assert 5 < 100 * near.sum() / whole.sum() < 99


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(SAMPLE)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield importlib.import_module("compare")
    sys.modules.pop("compare", None)


def test_the_tables_and_the_chart_of_the_page_are_what_is_computed(compare: ModuleType) -> None:
    page = compare.PAGE.read_text("utf-8")
    assert page.count("<!-- table:") == len(compare.TABLES)
    assert compare.filled(page) == page
    assert compare.PICTURE.read_text("utf-8") == compare.picture()
