"""A file whose first coordinate is the northing, as plan.toml says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely

from carbonspace.prepare import prepare

LAYER = '[layers.units]\nsource = "n.gpkg"\n'


def northing_first(folder: Path, parcels: Any) -> None:
    layer = parcels(unit_id=["1"])
    turned = shapely.transform(layer.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    layer.set_geometry(turned, crs=layer.crs).to_file(folder / "n.gpkg")


def test_the_order_is_taken_from_plan_toml(tmp_path: Path, read: Any, parcels: Any) -> None:
    northing_first(tmp_path, parcels)
    plan = read(LAYER + 'axes = "north-east"\n')
    assert plan.layer_axes == {"units": "north-east"}
    expected = parcels(unit_id=["1"]).total_bounds
    assert list(prepare(plan).layers["units"].total_bounds) == list(expected)


def test_an_unknown_order_is_a_fault(tmp_path: Path, faults: Any, parcels: Any) -> None:
    northing_first(tmp_path, parcels)
    found = faults(LAYER + 'axes = "north-west"\n')
    assert len(found) == 1
    assert "layers.units.axes" in str(found)
