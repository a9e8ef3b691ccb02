"""Roofs as a surface model shows them, and light over terrain, whole and in parts of a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from shapely import affinity, box

from carbonspace import evaluate
from carbonspace.errors import MissingLayerError
from carbonspace.indicators._account import Account
from carbonspace.indicators._roof import Roof
from carbonspace.indicators._roof_work import Surroundings
from carbonspace.indicators._roofs import account_of
from carbonspace.indicators.solar import solar_roof_area, usable_roof_share
from carbonspace.model.grid import Grid
from carbonspace.model.plan import Plan, Raster, Settings
from carbonspace.model.text import Text

CRS = "EPSG:4547"
EAST, NORTH = 500_000.0, 3_400_000.0
NOTHING_OFF = (("sunlit", 0.0, 0.5, 0.0),)
ON_DSM = Roof(definition="sunlit", surface="dsm", deductions=NOTHING_OFF)


def layer(shapes: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    moved = [affinity.translate(shape, EAST, NORTH) for shape in shapes]
    return gpd.GeoDataFrame(columns, geometry=moved, crs=CRS)


def unit(side: float = 100.0) -> gpd.GeoDataFrame:
    return layer([box(0, 0, side, side)]).set_axis(["u"], axis=0)


def surface(heights: np.ndarray) -> Grid:
    """A metre a cell, the first row in the north of the unit."""
    return Grid(heights.astype(np.float32), EAST, NORTH + len(heights), 1.0, 1.0, unit="m")


def flat_roof() -> np.ndarray:
    """A roof of 20 by 20 m, 10 m high, from (40, 40); a lift head of 4 by 4 m in its middle."""
    heights = np.zeros((100, 100))
    heights[40:60, 40:60] = 10.0
    heights[48:52, 48:52] = 13.0
    return heights


def account(heights: np.ndarray, roof: Roof = ON_DSM) -> Account:
    house = layer([box(40, 40, 60, 60)])
    return account_of(unit(), house, Surroundings(dsm=surface(heights)), roof, None)


def test_what_stands_on_a_roof_is_measured_and_no_share_is_taken_for_it() -> None:
    found = account(flat_roof())
    assert found.obstructed[0] == pytest.approx(16 / 400)
    assert found.shaded[0] > 0.02  # the lift head's shadow, from nine to three
    assert found.usable[0] == pytest.approx(1 - 16 / 400 - found.shaded[0])


def test_no_heights_are_needed_of_buildings() -> None:
    house = layer([box(40, 40, 60, 60)])
    share = usable_roof_share(unit(), house, surface(flat_roof()), roof=ON_DSM).table
    assert 70 < share["value"].iloc[0] < 96


@pytest.mark.parametrize(("north", "kind"), [(True, "steep"), (False, "usable")])
def test_a_steep_slope_counts_where_it_faces_the_sun(north: bool, kind: str) -> None:
    """A slope of 45 degrees all over the roof."""
    heights = np.zeros((100, 100))
    rise = np.arange(20.0)[:, None]
    heights[40:60, 40:60] = 10 + (rise if north else rise[::-1])
    found = account(heights)
    assert getattr(found, kind)[0] == pytest.approx(1.0, abs=0.06)


def test_parts_of_a_roof_in_a_surface_model_add_up() -> None:
    draw = np.random.default_rng(1)
    heights = flat_roof() + draw.normal(0, 0.4, (100, 100))
    roof = Roof(definition="sunlit", surface="dsm", deductions=(("sunlit", 1.3, 0.5, 6.0),))
    found = account(heights, roof)
    assert sum(getattr(found, name)[0] for name in Account._fields[:6]) == pytest.approx(1, 1e-9)
    assert min(getattr(found, name)[0] for name in Account._fields[:5]) > 0


def test_a_roof_the_model_does_not_know_has_no_figure() -> None:
    heights = flat_roof()
    heights[:50] = np.nan
    found = account(heights)
    assert np.isnan(found.usable[0])
    house = layer([box(40, 40, 60, 60)])
    value = usable_roof_share(unit(), house, surface(heights), roof=ON_DSM).table["value"]
    assert np.isnan(value.iloc[0])
    area = solar_roof_area(unit(), house, surface(heights), roof=ON_DSM).table["value"]
    assert np.isnan(area.iloc[0])


def test_without_a_model_that_is_said() -> None:
    with pytest.raises(MissingLayerError, match=r"rasters\.dsm"):
        solar_roof_area(unit(), layer([box(40, 40, 60, 60)]), roof=ON_DSM)


def test_evidence_is_drawn_on_the_cells_of_the_model() -> None:
    house = layer([box(40, 40, 60, 60)])
    evidence = solar_roof_area(unit(), house, surface(flat_roof()), roof=ON_DSM).evidence()
    lift = evidence[evidence["roof_class"] == "obstructed"].geometry.iloc[0]
    assert lift.equals(affinity.translate(box(48, 48, 52, 52), EAST, NORTH))
    assert evidence["area_m2"].sum() == pytest.approx(400)


def written(path: Path, values: np.ndarray, cell: float) -> None:
    rows, cols = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=cols, height=rows, count=1, dtype="float32", crs=CRS,
        nodata=-9999, transform=rasterio.Affine(cell, 0, EAST - 400, 0, -cell, NORTH + 1600),
    ) as file:  # fmt: skip
        file.write(np.where(np.isnan(values), -9999, values).astype(np.float32), 1)


@pytest.fixture(scope="module")
def hilly(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Sixteen units of houses on hills, with trees, and the surface that all this makes."""
    folder, draw = tmp_path_factory.mktemp("hilly"), np.random.default_rng(3)
    squares = [
        box(x, y, x + 300, y + 300) for x in range(0, 1200, 300) for y in range(0, 1200, 300)
    ]
    at = draw.uniform(5, 1170, (260, 2))
    homes = [affinity.rotate(box(x, y, x + 18, y + 12), n % 90) for n, (x, y) in enumerate(at)]
    x, y = np.meshgrid(np.arange(-395, 1605, 10.0), np.arange(1595, -405, -10.0))
    ground = 60 + 50 * np.sin(x / 210) * np.cos(y / 160)
    crowns = np.where(draw.random((1000, 1000)) < 0.03, 12.0, 0.0)
    written(folder / "dem.tif", ground, 10.0)
    written(folder / "canopy.tif", crowns, 2.0)
    written(folder / "dsm.tif", np.kron(ground, np.ones((5, 5))) + draw.uniform(0, 9, (1000, 1000)),
            2.0)  # fmt: skip
    bounds = (EAST - 400, NORTH - 400, EAST + 1600, NORTH + 1600)
    cells = {"dem": 10.0, "canopy": 2.0, "dsm": 2.0}
    return Plan(
        name=Text("山城", "Hills"),
        layers={
            "units": layer(squares, unit_id=[f"u{n}" for n in range(16)]),
            "buildings": layer(homes, building_id=[f"b{n}" for n in range(260)],
                               height=draw.uniform(3, 40, 260)),
        },
        settings=Settings(crs=CRS),
        rasters={kind: Raster(kind, folder / f"{kind}.tif", CRS, (cell, cell), -9999, "m",
                              box=bounds) for kind, cell in cells.items()},
    )  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"definition": "sunlit"},
        {"definition": "sunlit", "surface": "dsm", "cell": 2.0},
        {"definition": "irradiation", "cell": 2.0, "min_irradiation": 500.0},
    ],
)
def test_parts_give_the_same_bits_on_terrain(hilly: Plan, given: dict[str, Any]) -> None:
    parameters = {"all": {**given, "shade_far": 150.0}}
    asked = ["usable_roof_share", "roof_solar_access"]
    whole = evaluate(hilly, asked, [], parameters=parameters)
    parts = evaluate(hilly, asked, [], parameters=parameters, part_features=40)
    some = evaluate(hilly, asked, [], ["u5"], parameters=parameters)
    for key in asked:
        full = whole.measures[key].table
        assert full["value"].notna().all()
        assert parts.measures[key].table.to_numpy().tobytes() == full.to_numpy().tobytes()
        assert (
            some.measures[key].table.to_numpy().tobytes() == full.loc[["u5"]].to_numpy().tobytes()
        )
