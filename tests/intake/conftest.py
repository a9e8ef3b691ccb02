"""Small files a planner might have, written for each test."""

from __future__ import annotations

import os
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from carbonspace.intake import Answers, Draft, drafted, found_in, plan_text

X, Y = 500_000.0, 4_000_000.0
CRS = "EPSG:4547"
_BESIDE = Path(__file__).parents[3] / "shared" / "data"

Row = Callable[..., gpd.GeoDataFrame]
Drafting = Callable[..., Draft]


def squares(count: int, side: float = 100.0) -> list[shapely.Polygon]:
    """Return a row of squares that touch."""
    return [shapely.box(X + n * side, Y, X + (n + 1) * side, Y + side) for n in range(count)]


def save(frame: gpd.GeoDataFrame, file: Path, **options: Any) -> None:
    """Write a file, without a word about a CRS it is meant to lack."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'crs' was not provided")
        frame.to_file(file, **options)


@pytest.fixture
def row() -> Row:
    """Return a maker of a row of squares with the given columns."""

    def make(crs: str | None = CRS, **columns: Any) -> gpd.GeoDataFrame:
        count = len(next(iter(columns.values())))
        return gpd.GeoDataFrame(columns, geometry=squares(count), crs=crs)

    return make


@pytest.fixture
def lines() -> Row:
    """Return a maker of parallel lines 100 m apart with the given columns."""

    def make(crs: str | None = CRS, **columns: Any) -> gpd.GeoDataFrame:
        count = len(next(iter(columns.values())))
        drawn = [shapely.LineString([(X, Y + 100 * n), (X + 500, Y + 100 * n)])
                 for n in range(count)]  # fmt: skip
        return gpd.GeoDataFrame(columns, geometry=drawn, crs=crs)

    return make


@pytest.fixture
def draft(tmp_path: Path) -> Drafting:
    """Return a maker of the draft of GeoPackage layers given by name."""

    def make(answers: Answers | None = None, **layers: gpd.GeoDataFrame) -> Draft:
        for name, frame in layers.items():
            save(frame, tmp_path / "plan.gpkg", layer=name)
        return drafted(found_in([str(tmp_path)]), answers or Answers(), "plan")

    return make


def written(draft: Draft, folder: Path, lang: Any = "en") -> dict[str, Any]:
    """Return what a draft's plan.toml says."""
    return tomllib.loads(plan_text(draft, folder / "plan.toml", lang))


@pytest.fixture
def shared() -> Callable[..., Path]:
    """Return a finder of the real data beside the checkout; the test fails without them."""

    def find(*parts: str) -> Path:
        path = Path(os.environ.get("CARBONSPACE_SHARED_DATA", _BESIDE)).joinpath(*parts)
        if not path.exists():
            pytest.fail(f"{path} is missing: put the shared data beside the checkout, or set "
                        "CARBONSPACE_SHARED_DATA to its folder")  # fmt: skip
        return path

    return find
