"""The smallest plan that the command line can run."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box
from tests.cli.calls import PLAN, X, Y


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A unit of two homes, of which the park reaches one."""
    file = tmp_path / "plan.gpkg"
    layers = {
        "units": {"unit_id": ["U1"], "geometry": [box(X, Y, X + 3000, Y + 1000)]},
        "parcels": {
            "parcel_id": ["near", "far"],
            "land_use": ["0701", "0701"],
            "geometry": [box(X + 100, Y, X + 200, Y + 100), box(X + 2000, Y, X + 2100, Y + 100)],
        },
        "parks": {"park_id": ["P"], "geometry": [box(X, Y, X + 100, Y + 100)]},
    }
    for name, columns in layers.items():
        gpd.GeoDataFrame(columns, crs="EPSG:4547").to_file(file, layer=name)
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.format(crs="EPSG:4547"), encoding="utf-8")
    return path
