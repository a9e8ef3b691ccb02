"""The image of sun on roofs: a valid COG with the values that light has, however it is made."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pvlib
import pytest
import rasterio
from rasterio import warp
from rasterio._err import CPLE_AppDefinedError
from tests.outputs.roofs import EAST, HEIGHTS, INDICATORS, NORTH, layers, town

from carbonspace.digest import digests
from carbonspace.errors import SourceError
from carbonspace.evaluation import evaluate
from carbonspace.indicators._roof import Roof
from carbonspace.indicators._roof_work import suns_for
from carbonspace.kernels import prisms, rays
from carbonspace.kernels.relief import Grid
from carbonspace.model.assessment import Assessment
from carbonspace.model.image import Image, Spots
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text
from carbonspace.outputs import images, write_results
from carbonspace.outputs.images import write_images

FAR = 1200.0
"""So far apart are the quarters that most blocks between them hold nothing."""


@pytest.fixture(scope="module")
def apart() -> Assessment:
    return town(FAR, definition="sunlit", cell=0.5)


@pytest.fixture(scope="module")
def folder(apart: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(apart, tmp_path_factory.mktemp("cog") / "out")


def test_it_is_a_cloud_optimised_geotiff(folder: Path) -> None:
    with rasterio.open(folder / "sun_hours.tif") as image:
        assert image.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert image.tags(ns="IMAGE_STRUCTURE")["COMPRESSION"] == "DEFLATE"
        assert image.block_shapes == [(512, 512)]
        assert image.overviews(1) == [2, 4, 8]
        assert image.dtypes == ("float32",)
        assert np.isnan(image.nodata)
        assert image.crs.to_epsg() == 4547
        assert image.res == (0.5, 0.5)
        assert (image.transform.c / 0.5, image.transform.f / 0.5) == (
            round(image.transform.c / 0.5), round(image.transform.f / 0.5),
        )  # fmt: skip
    first = (folder / "sun_hours.tif").read_bytes()[:400]
    assert b"LAYOUT=IFDS_BEFORE_DATA" in first
    assert b"BLOCK_ORDER=ROW_MAJOR" in first


def test_it_says_what_it_shows_in_both_languages(folder: Path) -> None:
    with rasterio.open(folder / "sun_hours.tif") as image:
        tags = image.tags()
        assert image.units == ("h",)
        assert image.descriptions == ("屋顶日照时数 | Hours of sun on roofs",)
    assert (tags["TITLE_ZH"], tags["TITLE_EN"]) == ("屋顶日照时数", "Hours of sun on roofs")
    assert "冬至日" in tags["MADE_WITH_ZH"]
    for words in ("sunlit", "winter_solstice", "60 min", "0.5 m"):
        assert words in tags["MADE_WITH_EN"]


def direct(cell: float, **given: Any) -> pd.DataFrame:
    """Return hours of sun of every cell of each bare roof, found for one roof at a time."""
    plan = layers(FAR)
    shapes = plan["buildings"].geometry.to_numpy()
    suns = suns_for(plan["units"], None, Roof(definition="sunlit", cell=cell, **given), None)
    scene, found = rays.scene(shapes, HEIGHTS), []
    for n in range(len(shapes)):
        bare = prisms.bare_tops(shapes, HEIGHTS, asked=[n])
        light = rays.light_on_tops(scene, [n], *suns, Grid(0.0, 0.0, cell), faces=bare,
                                   whole_cells=True)  # fmt: skip
        cells = light.cells
        found.append(pd.DataFrame({"row": cells.row, "col": cells.col, "share": cells.share,
                                   "hours": light.time.total}))  # fmt: skip
    return pd.concat(found)


def test_values_are_those_of_light_on_each_roof(folder: Path) -> None:
    expected = direct(0.5).sort_values(["share", "hours"])
    expected = expected.drop_duplicates(["row", "col"], keep="last")
    with rasterio.open(folder / "sun_hours.tif") as image:
        values = image.read(1)
        row = expected["row"] - round(-image.transform.f / 0.5)
        col = expected["col"] - round(image.transform.c / 0.5)
    np.testing.assert_array_equal(values[row, col], expected["hours"].to_numpy(np.float32))
    assert np.isfinite(values).sum() == len(expected)


def test_a_cell_by_hand(folder: Path) -> None:
    """The lone flat roof in the east has all six hours; the court north of a tower next to none."""
    with rasterio.open(folder / "sun_hours.tif") as image:
        spots = [(EAST + FAR + 205.25, NORTH + 20.25), (EAST + 40.25, NORTH + 52.25),
                 (EAST + 70.25, NORTH + 45.25)]  # fmt: skip
        alone, behind, street = (float(value[0]) for value in image.sample(spots))
    assert alone == 6.0
    assert behind <= 1.0
    assert np.isnan(street)


@pytest.mark.filterwarnings("ignore:DatetimeIndex.dayofyear")
def test_the_energy_of_a_year_on_a_lone_roof_is_that_of_the_sky(tmp_path: Path) -> None:
    """What pvlib says falls on level ground under a clear sky; less behind a tower."""
    (path,) = write_images(town(FAR, definition="irradiation"), "all", tmp_path)
    assert path.name == "irradiation.tif"
    with rasterio.open(path) as image:
        assert image.units == ("kWh/m²",)
        assert "Sky: always clear" in image.tags()["MADE_WITH_EN"]
        spots = [(EAST + FAR + 205.5, NORTH + 20.5), (EAST + 40.5, NORTH + 52.5)]
        alone, behind = (float(value[0]) for value in image.sample(spots))
        (east, west), (north, south) = warp.transform(image.crs, 4326, *np.transpose(spots))
    place = pvlib.location.Location((north + south) / 2, (east + west) / 2, tz="UTC")
    hours = pd.date_range("2001-01-01 00:30", periods=8760, freq="h", tz="UTC")
    clear = place.get_clearsky(hours, linke_turbidity=4.0)
    assert alone == pytest.approx(clear["ghi"].sum() / 1000, rel=0.01)
    assert 0.3 * alone < behind < 0.9 * alone


def test_overviews_average_what_is_there(folder: Path) -> None:
    with rasterio.open(folder / "sun_hours.tif") as image:
        values = image.read(1)
    with rasterio.open(folder / "sun_hours.tif", overview_level=0) as half:
        seen = half.read(1)
    rows, cols = values.shape[0] // 2, values.shape[1] // 2
    fours = values[: 2 * rows, : 2 * cols].reshape(rows, 2, cols, 2).swapaxes(1, 2)
    fours = fours.reshape(rows, cols, 4)
    some = ~np.isnan(fours).all(axis=2)
    np.testing.assert_array_equal(~np.isnan(seen[:rows, :cols]), some)
    np.testing.assert_allclose(seen[:rows, :cols][some], np.nanmean(fours[some], axis=1), rtol=1e-6)


def test_blocks_without_roofs_take_no_room(folder: Path) -> None:
    with rasterio.open(folder / "sun_hours.tif") as image:
        cells = image.width * image.height
    assert (folder / "sun_hours.tif").stat().st_size < cells / 20


def test_it_is_signed_and_nothing_is_left_behind(folder: Path) -> None:
    run = json.loads((folder / "run.json").read_text("utf-8"))
    path = folder / "sun_hours.tif"
    assert run["sha256"]["sun_hours.tif"] == digests([path])[path]
    assert not list(folder.rglob("*.tmp"))
    assert [p.name for p in folder.rglob("*.tif")] == ["sun_hours.tif"]


@pytest.mark.parametrize("features", [1, 50_000])
def test_the_same_run_gives_the_same_bytes_however_it_is_divided(
    folder: Path, tmp_path: Path, features: int
) -> None:
    given = layers(FAR)
    plan = Plan(name=Text("两个街区", "Two quarters"), layers=given,
                parameters={"all": {"definition": "sunlit", "cell": 0.5}})  # fmt: skip
    again = evaluate(plan, INDICATORS, workers=2, part_features=features)
    (path,) = write_images(again, "all", tmp_path)
    assert path.read_bytes() == (folder / "sun_hours.tif").read_bytes()


def test_it_follows_the_rules_of_evidence(apart: Assessment, tmp_path: Path) -> None:
    assert write_images(apart, "none", tmp_path) == []
    assert write_images(apart, "short", tmp_path) == []  # nothing misses a target
    dark = replace(town(), measures={"solar_roof_area": town().measures["solar_roof_area"]})
    assert write_images(dark, "all", tmp_path) == []  # no light is asked for


def test_of_some_units_it_shows_their_roofs(tmp_path: Path) -> None:
    plan = Plan(name=Text("两个街区", "Two quarters"), layers=layers(FAR),
                parameters={"all": {"definition": "sunlit"}})  # fmt: skip
    (path,) = write_images(evaluate(plan, ["solar_roof_area"], units=["B"]), "all", tmp_path)
    with rasterio.open(path) as image:
        assert image.bounds.left > EAST + FAR
        assert np.nanmax(image.read(1)) == 6.0


def test_light_made_another_way_has_a_file_of_its_own(tmp_path: Path) -> None:
    plan = Plan(name=Text("两个街区", "Two quarters"), layers=layers(), parameters={
        "solar_roof_area": {"definition": "sunlit"},
        "roof_solar_access": {"day": "great_cold"},
    })  # fmt: skip
    found = write_images(evaluate(plan, ["solar_roof_area", "roof_solar_access"]), "all", tmp_path)
    assert [path.name for path in found] == ["sun_hours.tif", "sun_hours_roof_solar_access.tif"]
    tops = [float(np.nanmax(rasterio.open(path).read(1))) for path in found]
    assert tops == [6.0, 8.0]


def test_where_roofs_share_a_cell_the_larger_part_counts(apart: Assessment, tmp_path: Path) -> None:
    """Whichever comes first: the order of cells, and how often they come, makes no difference."""
    row, col = round(-(NORTH + 40) / 1.0), round((EAST + 30) / 1.0)

    def image(order: list[int]) -> Image:
        share, value = np.array([0.2, 0.7, 0.7]), np.array([9.0, 2.0, 3.0])
        spots = [Spots(*(np.array([v]) for v in (row, col, share[n], value[n]))) for n in order]
        return Image("sun_hours", Text("时", "h"), "h", "buildings", 1.0, "by hand", True,
                     lambda _: iter(spots))  # fmt: skip

    for n, order in enumerate(([0, 1, 2], [2, 1, 0, 2])):
        measure = apart.measures["solar_roof_area"]
        one = Measure(measure.table, 1.0, measure.evidence, image=image(order))
        by_hand = replace(apart, measures={"solar_roof_area": one})
        (tmp_path / str(n)).mkdir()
        (path,) = write_images(by_hand, "all", tmp_path / str(n))
        with rasterio.open(path) as written:
            values = written.read(1)
        assert values[np.isfinite(values)].tolist() == [3.0]


def test_cells_that_are_lost_in_writing_are_noticed(
    apart: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loses(source: Path, target: Path, **_: object) -> None:
        with rasterio.open(source) as file:
            profile = file.profile
        with rasterio.open(target, "w", **profile):
            pass

    monkeypatch.setattr(images, "copy", loses)
    with pytest.raises(SourceError, match="cells were lost"):
        write_results(apart, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_what_gdal_cannot_write_is_said(
    apart: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise CPLE_AppDefinedError(3, 1, "no room left")

    monkeypatch.setattr(images, "copy", fails)
    with pytest.raises(SourceError, match="no room left"):
        write_results(apart, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
