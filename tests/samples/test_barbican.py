"""The neighbourhood that compares definitions of usable roof: its page is what is computed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import Any

import geopandas as gpd
import pytest
import shapely

from carbonspace.indicators._roof import Roof
from carbonspace.indicators._roof_work import suns_for
from carbonspace.kernels import prisms

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "data" / "samples" / "barbican"


@pytest.fixture(scope="module")
def compare() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        patch.setattr(sys, "dont_write_bytecode", True)
        yield importlib.import_module("compare")
    sys.modules.pop("compare", None)


def test_the_tables_of_the_page_are_what_is_computed(compare: ModuleType) -> None:
    page = compare.PAGE.read_text("utf-8")
    assert page.count("<!-- table:") == len(compare.TABLES)
    assert compare.filled(page) == page


def test_the_maps_are_what_is_computed(compare: ModuleType) -> None:
    assert compare.PICTURE.read_text("utf-8") == compare.picture()


def test_what_becomes_of_the_roofs_adds_up_to_them(compare: ModuleType) -> None:
    for key in compare.DEFINITIONS:
        one = compare.under(key)
        assert sum(compare.parts(one).values()) == pytest.approx(one.roof, rel=1e-9)


def test_no_roof_overlaps_another_or_crosses_the_border() -> None:
    units, roofs = (gpd.read_file(FOLDER / "plan.gpkg", layer=name)
                    for name in ("units", "buildings"))  # fmt: skip
    shapes = roofs.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    together = shapely.area(shapely.union_all(shapes))
    assert shapely.area(shapes).sum() == pytest.approx(together, abs=1.0)
    inside = shapely.area(shapely.intersection(shapes, units.geometry.iloc[0]))
    share = inside / shapely.area(shapes)
    assert ((share < 1e-3) | (share > 1 - 1e-3)).all()


def test_six_hours_of_sun_are_those_of_exact_light(compare: ModuleType) -> None:
    """All of the day's sun, nothing taken off: what every one of its positions reaches."""
    found = compare.found({"definition": "sunlit", **compare.READINGS["nothing taken off"]})
    layers: dict[str, Any] = {name: gpd.read_file(FOLDER / "plan.gpkg", layer=name)
                              for name in ("units", "buildings")}  # fmt: skip
    shapes, tops = layers["buildings"].geometry.to_numpy(), layers["buildings"]["height"].to_numpy()
    suns = suns_for(layers["units"], None, Roof(definition="sunlit"), None)[0]
    lit = (prisms.lit_parts(shapes, tops, *angle) for angle in suns.tolist())
    always = reduce(shapely.intersection, lit)
    inside = shapely.intersection(always, layers["units"].geometry.iloc[0])
    assert found.usable == pytest.approx(shapely.area(inside).sum(), rel=0.01)
