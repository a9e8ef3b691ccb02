"""A real 控规 sheet whose parcels meet but for rounding, and whose outlines are no roads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest

from carbonspace import read_plan
from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.plan import Plan
from carbonspace.model.policy import Choice, Policies, Policy
from carbonspace.prepare import prepare

CRS = "EPSG:4547"
SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "huizhou"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan(SAMPLE / "plan.toml")


def findings_of(plan: Plan) -> tuple[Finding, ...]:
    try:
        return prepare(plan).findings
    except InputError as refused:
        return refused.findings


def test_its_noise_is_told_as_noise(plan: Plan) -> None:
    ready = prepare(plan)
    rounding = {f.layer: f for f in ready.findings if "differ by rounding" in f.what.en}
    assert rounding["parcels"].found_in("en") == "102 pairs, 1.6e-07 m² in all"
    assert rounding["parcels"].severity == "note"
    assert ready.repairs == ()


@pytest.mark.parametrize("choice", ["refuse", "keep"])
def test_the_outlines_of_its_parcels_are_no_road_network(plan: Plan, choice: Choice) -> None:
    rings = plan.layers["parcels"].exterior.to_numpy()
    outlines = gpd.GeoDataFrame({"road_class": ["local"] * len(rings)}, geometry=rings, crs=CRS)
    policies = Policies({("roads", "outlines"): Policy(choice, 0.01)})
    settings = replace(plan.settings, policy=policies)
    layers = {**plan.layers, "roads": outlines}
    findings = findings_of(replace(plan, layers=layers, settings=settings))
    (told,) = [f for f in findings if f.what.en == "The lines are the outlines of the parcels"]
    assert told.severity == "warning"
    assert ("The layer is not used" in told.action.en) == (choice == "refuse")
    assert told.found_in("en") == "79 of 79 lines are outlines of parcels"
