"""Surface, terrain and crowns that are not what they should be: each fault by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from numpy.typing import NDArray
from rasterio.transform import Affine
from shapely.geometry import box
from tests.rasters import CRS, NORTH, WEST, frame, north_up, plan_with, write

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.prepare import prepare

SIDE = 200
"""Metres; units, rasters and houses fill a square of this side."""
KINDS = ("dsm", "dem", "canopy")
HEIGHTS = np.tile([6.0, 9.0, 18.0], 12)
FEET = 1 / 0.3048


def houses(height: NDArray[np.float64] = HEIGHTS) -> gpd.GeoDataFrame:
    """Return 36 houses of 16 m in rows of six."""
    shapes = [
        box(WEST + 8 + 32 * i, NORTH - 24 - 32 * j, WEST + 24 + 32 * i, NORTH - 8 - 32 * j)
        for j in range(6) for i in range(6)
    ]  # fmt: skip
    return frame(shapes, building_id=[f"b{n}" for n in range(36)], height=height)


def terrain(base: float = 812.0) -> NDArray[np.float32]:
    """Return a slope that rises by 10 m."""
    return (base + np.linspace(0, 10, SIDE)[None, :] * np.ones((SIDE, 1))).astype("float32")


def standing() -> NDArray[np.float32]:
    """Return how high the houses stand in each cell of 1 m."""
    height = np.zeros((SIDE, SIDE), "float32")
    for n, metres in enumerate(HEIGHTS):
        row, col = 8 + 32 * (n // 6), 8 + 32 * (n % 6)
        height[row : row + 16, col : col + 16] = metres
    return height


def crowns() -> NDArray[np.float32]:
    """Return trees of 12 m on every fourth strip."""
    return np.where(np.indices((SIDE, SIDE))[1] % 40 < 10, 12.0, 0.0).astype("float32")


SOUND = {"dsm": terrain() + standing(), "dem": terrain(), "canopy": crowns()}


def findings(
    folder: Path, rasters: dict[str, Any], *, more: str = "", buildings: Any = None, **options: Any
) -> list[Finding]:
    text = ""
    for kind, values in rasters.items():
        if values is not None:
            write(folder / f"{kind}.tif", values, cell=1.0, **options)
        text += f'[rasters.{kind}]\nsource = "{kind}.tif"\n'
    layers = {} if buildings is None else {"buildings": buildings}
    plan = prepare(plan_with(folder, text + more, **layers))
    found = [f for f in plan.findings if f.layer.startswith("rasters.")]
    assert all(all([*f.what, *f.expected, *f.action]) for f in found)
    assert {f.layer for f in found if f.local} == {*plan.aside}
    return found


def said(*args: Any, **options: Any) -> list[tuple[str, str]]:
    return [(f.layer.removeprefix("rasters."), f.what.en) for f in findings(*args, **options)]


def test_sound_heights_need_no_word(tmp_path: Path) -> None:
    assert said(tmp_path, SOUND, buildings=houses()) == []
    assert said(tmp_path, SOUND) == []


# --- what any raster of heights may suffer from


@pytest.mark.parametrize("kind", KINDS)
def test_another_extent(kind: str, tmp_path: Path) -> None:
    (one,) = findings(tmp_path, {kind: SOUND[kind][:, :100]})
    assert one.what.en == "The raster does not cover all units"
    assert one.found_in("en") == "about 50.0 % of them covered"
    away = findings(tmp_path, {kind: SOUND[kind]}, corner=(WEST + 5000, NORTH))
    assert [f.what.en for f in away] == ["The raster does not cover the plan"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("crs", "transform"),
    [(CRS, north_up(114.0, 36.2, 1e-5)), ("EPSG:4326", north_up(WEST, NORTH, 1.0))],
)
def test_degrees_for_metres_and_metres_for_degrees(
    kind: str, crs: str, transform: Affine, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="The raster contradicts its CRS"):
        findings(tmp_path, {kind: SOUND[kind]}, crs=crs, transform=transform)


@pytest.mark.parametrize("kind", KINDS)
def test_in_degrees_is_resampled_and_said(kind: str, tmp_path: Path) -> None:
    at = north_up(113.99, 36.14, 1e-4)
    found = findings(tmp_path, {kind: np.tile(SOUND[kind], (2, 2))}, crs="EPSG:4326", transform=at)
    assert [f.what.en for f in found] == ["The raster is in another CRS than the plan"]
    assert found[0].severity == "note"


@pytest.mark.parametrize("kind", KINDS)
def test_upside_down(kind: str, tmp_path: Path) -> None:
    up = Affine(1, 0, WEST, 0, 1, NORTH - SIDE)
    found = findings(tmp_path, {kind: SOUND[kind][::-1]}, transform=up)
    assert [f.what.en for f in found] == ["The rows of the raster run northwards"]


@pytest.mark.parametrize("kind", KINDS)
def test_rotated(kind: str, tmp_path: Path) -> None:
    turned = Affine(0.98, 0.17, WEST, 0.17, -0.98, NORTH)
    with pytest.raises(InputError, match="The raster is rotated"):
        findings(tmp_path, {kind: SOUND[kind]}, transform=turned)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [20, 120, 190])
@pytest.mark.parametrize("huge", [np.finfo("float32").max, np.finfo("float32").min])
def test_float_max_for_nothing(kind: str, share: int, huge: np.float32, tmp_path: Path) -> None:
    """However much of it there is, it is nodata, not a wrong unit."""
    values = SOUND[kind].copy()
    values[:share] = huge
    (one,) = findings(tmp_path, {kind: values})
    assert one.what.en.startswith("The raster writes a huge number where it has no data")
    (one,) = findings(tmp_path, {kind: values}, nodata=float(huge))
    assert one.what.en == "The raster has cells without data"


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_for_nothing_that_is_not_declared(kind: str, tmp_path: Path) -> None:
    values = SOUND[kind].copy()
    values[:150] = -9999
    (one,) = findings(tmp_path, {kind: values})
    assert one.what.en == "Some values of the raster are impossible"
    assert one.found_in("en").startswith("-9999 … ")
    (none,) = findings(tmp_path, {kind: np.full_like(values, -9999)})
    assert none.what.en == "The raster has no value in the plan"
    assert none.local


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_file_says_of_its_scale_is_believed(kind: str, tmp_path: Path) -> None:
    import rasterio

    path = tmp_path / f"{kind}.tif"
    write(path, (SOUND[kind] * 10).astype("int16"), cell=1.0)
    with rasterio.open(path, "r+") as target:
        target.scales = (0.1,)
    assert said(tmp_path, {kind: None}) == []


# --- units


@pytest.mark.parametrize("kind", ["dsm", "dem"])
def test_centimetres_are_told_by_cliffs(kind: str, tmp_path: Path) -> None:
    values = (SOUND["dsm"] - (800 if kind == "dsm" else 805)) * 100
    (one,) = findings(tmp_path, {kind: values.astype("float32")})
    assert one.what.en == "The heights of the raster are in a wrong unit"
    assert one.found_in("en").endswith("1,000 or more above the lowest within 300 m")
    stated = {kind: values.astype("float32")}
    assert said(tmp_path, stated, more='unit = "cm"\n') == []


def test_crowns_in_centimetres_and_feet(tmp_path: Path) -> None:
    assert said(tmp_path, {"canopy": crowns() * 100}) == [
        ("canopy", "The values of the raster are in a wrong unit")
    ]
    tall = crowns() * np.float32(2 * FEET)
    (one,) = findings(tmp_path, {"canopy": tall})
    assert one.what.en == "The heights of crowns may be in feet"
    assert one.found_in("en") == "one crown in a hundred is above 79 m"
    assert said(tmp_path, {"canopy": tall}, more='unit = "ft"\n') == []


def test_buildings_tell_the_unit_of_a_surface(tmp_path: Path) -> None:
    feet = ((terrain(2.0) + standing()) * FEET).astype("float32")
    (one,) = findings(tmp_path, {"dsm": feet}, buildings=houses())
    assert one.what.en == "The heights of the raster may be in feet"
    assert "9.0 m by the buildings (medians of " in one.found_in("en")
    assert 'unit = "ft"' in one.action.en
    assert one.local
    assert said(tmp_path, {"dsm": feet}, buildings=houses(), more='unit = "ft"\n') == []


def test_low_houses_in_centimetres(tmp_path: Path) -> None:
    """A village of 3 m has no cliffs of 1,000 even in centimetres: its houses tell."""
    low = np.where(standing() > 0, 300.0, 0.0).astype("float32") + np.float32(8)
    (one,) = findings(tmp_path, {"dsm": low}, buildings=houses(np.full(36, 3.0)))
    assert one.what.en == "The heights of the raster may be in centimetres"


def test_the_terrain_tells_the_unit_of_the_surface_and_the_other_way_round(tmp_path: Path) -> None:
    feet = (SOUND["dsm"] * FEET).astype("float32")
    (one,) = findings(tmp_path, {"dsm": feet, "dem": terrain()})
    assert (one.layer, one.local) == ("rasters.dsm", True)
    assert one.what.en == "The heights of the raster may be in feet"
    ground = (terrain() * FEET).astype("float32")
    (one,) = findings(tmp_path, {"dsm": SOUND["dsm"], "dem": ground})
    assert (one.layer, one.local) == ("rasters.dem", True)
    assert one.what.en == "The heights of the raster may be in feet"


# --- terrain and datum


def test_a_surface_without_the_terrain(tmp_path: Path) -> None:
    (one,) = findings(tmp_path, {"dsm": standing(), "dem": terrain()}, buildings=houses())
    assert (one.layer, one.local) == ("rasters.dsm", True)
    assert one.what.en.startswith("The surface model is without the terrain")
    assert one.found_in("en") == "surface 0.0 … 18.0 m, terrain 812.0 … 822.0 m"
    assert "地形" in one.what.zh


def test_a_surface_that_begins_at_the_ground_and_no_terrain_model(tmp_path: Path) -> None:
    (one,) = findings(tmp_path, {"dsm": standing()}, buildings=houses())
    assert one.what.en == "The surface model may be without the terrain"
    assert one.found_in("en") == "77 % of the cells are exactly 0"
    assert not one.local


def test_another_datum(tmp_path: Path) -> None:
    above = {"dsm": SOUND["dsm"] + np.float32(31), "dem": terrain()}
    (one,) = findings(tmp_path, above, buildings=houses())
    assert one.what.en == "The surface model and the terrain model do not meet at the ground"
    assert one.found_in("en") == "+31.0 m apart where they are nearest"
    assert (one.severity, one.local) == ("warning", False)


def test_a_surface_in_part_below_the_terrain(tmp_path: Path) -> None:
    older = SOUND["dsm"].copy()
    older[:, :40] = terrain()[:, :40] - 4
    (one,) = findings(tmp_path, {"dsm": older, "dem": terrain()})
    assert one.what.en == "Some of the surface model lies below the terrain"
    assert one.found_in("en").endswith("% of the cells, by 2 m or more")


def test_a_terrain_model_given_as_the_surface(tmp_path: Path) -> None:
    (one,) = findings(tmp_path, {"dsm": terrain()}, buildings=houses())
    assert one.what.en == "The surface model and the buildings disagree on heights"
    assert "9.0 m by the buildings (medians of " in one.found_in("en")
    assert "a terrain model is no surface model" in one.action.en


def test_crowns_that_include_the_terrain(tmp_path: Path) -> None:
    (one,) = findings(tmp_path, {"canopy": crowns() + np.float32(20)})
    assert one.what.en == "The heights of crowns may include the terrain"
    assert one.found_in("en") == "20.0 m at least: crowns everywhere"


def test_few_buildings_tell_nothing(tmp_path: Path) -> None:
    values = ((terrain(2.0) + standing()) * FEET).astype("float32")
    assert said(tmp_path, {"dsm": values}, buildings=houses().iloc[:19]) == []
