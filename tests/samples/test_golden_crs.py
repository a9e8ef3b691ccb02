"""The golden plan in other coordinate reference systems: the same figures, and what was done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pyproj import CRS

import carbonspace
from carbonspace.prepare.datum import moved, operation, turned

PLAN = Path(__file__).parents[2] / "data" / "samples" / "golden" / "plan.toml"
RELATIVE = 1e-9
pytestmark = pytest.mark.sample


@pytest.fixture(scope="module")
def plan() -> carbonspace.Plan:
    return carbonspace.read_plan(PLAN)


GRAZING = {"sunlight_hours": 5 / 60, "roof_solar_access": 1.0, "circle_park_width": 1e-4}
"""Hours and percent by which light may fall on this or that side of a wall in line with a ray, or
of a cell's border, when coordinates come back nanometres off; metres to which a width is found."""


@pytest.fixture(scope="module")
def expected(plan: carbonspace.Plan) -> carbonspace.Assessment:
    return carbonspace.evaluate(plan)


def converted(plan: carbonspace.Plan, crs: CRS) -> carbonspace.Plan:
    """Return the plan as it would be handed over in `crs`."""
    how = operation(CRS.from_epsg(4547), crs, None)
    layers = {key: moved(g, crs, how) for key, g in plan.layers.items()}
    return replace(plan, layers=layers, inputs=())


def assert_same(found: carbonspace.Assessment, expected: carbonspace.Assessment) -> None:
    assert list(found.table["status"]) == list(expected.table["status"])
    assert len(found.table) > 500
    mine, theirs = found.table["value"].to_numpy(), expected.table["value"].to_numpy()
    grazing = found.table["indicator"].map(GRAZING).fillna(0.0).to_numpy()
    same = np.isclose(mine, theirs, rtol=RELATIVE, atol=1e-9, equal_nan=True)
    assert (same | (np.abs(mine - theirs) <= grazing)).all()


def said_of_units(found: carbonspace.Assessment) -> list[tuple[str, str]]:
    rows = found.findings.query("layer == 'units' and what.str.contains('converted')")
    return list(zip(rows["severity"], rows["action"], strict=True))


@pytest.mark.parametrize(
    ("code", "severity", "words"),
    [
        ("EPSG:4526", "note", "The datum is the same"),
        ("EPSG:4490", "note", "The datum is the same"),
        ("EPSG:4326", "note", "WGS 84 to China Geodetic Coordinate System 2000"),
        ("EPSG:2362", "warning", "PROJ knows no shift between these datums"),
        ("EPSG:2434", "warning", "Beijing 1954 to China Geodetic Coordinate System 2000"),
    ],
)
def test_another_crs_gives_the_same_figures(
    plan: carbonspace.Plan,
    expected: carbonspace.Assessment,
    code: str,
    severity: str,
    words: str,
) -> None:
    found = carbonspace.evaluate(converted(plan, CRS.from_user_input(code)))
    assert_same(found, expected)
    ((how, action),) = said_of_units(found)
    assert how == severity
    assert words in action


def test_northing_first_gives_the_same_figures(
    plan: carbonspace.Plan, expected: carbonspace.Assessment
) -> None:
    layers = {key: turned(layer) for key, layer in plan.layers.items()}
    axes = dict.fromkeys(layers, "north-east")
    found = carbonspace.evaluate(replace(plan, layers=layers, layer_axes=axes))
    assert_same(found, expected)


def test_the_distortion_of_every_layer_is_on_record(expected: carbonspace.Assessment) -> None:
    """84 to 88 km west of the meridian: areas are too large by (x / R)², 0.017 to 0.019 %."""
    stated = expected.run["distortion"]
    assert set(stated) == set(expected.plan.layers)
    for one in stated.values():
        assert 0.0169 < one["area"][0] <= one["area"][1] < 0.0195
        assert one["area"][1] == pytest.approx(2 * one["length"][1], rel=1e-3)
