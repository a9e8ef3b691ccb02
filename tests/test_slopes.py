"""Slopes from a plan with terrain: parts and the whole, what is told, maps and graphs."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from rasterio.transform import Affine
from rasterio.warp import transform_bounds
from tests.indicators.squares import layer, line
from tests.indicators.test_reach import GRIDS, town
from tests.rasters import write
from tests.test_parts import bits

from carbonspace import Assessment, Plan, Walk, evaluate, service_areas, street_network
from carbonspace.errors import MissingLayerError
from carbonspace.grids import around, opened
from carbonspace.indicators._slopes import heights_at
from carbonspace.kernels.slopes import there_and_back
from carbonspace.model.plan import Raster, Settings
from carbonspace.model.text import Text

CRS = "EPSG:4547"
KEYS = ["park_walk_coverage", "park_walk_detour", "station_walk_coverage",
        "facility_coverage_clinic"]  # fmt: skip
UPHILL = {"all": {"slope": "tobler"}}
TENTH = (math.exp(0.35) + 1) / 2
DEM = GRIDS["dem"]


def raster(path: Path, values: Any, west: float, north: float, cell: float) -> Raster:
    """Write terrain and return it as a plan has it."""
    values = np.asarray(values, dtype="float32")
    write(path, values, cell=cell, corner=(west, north), nodata=-9999.0)
    rows, columns = values.shape
    return Raster("dem", path, CRS, (cell, cell), -9999.0, "m",
                  box=(west, north - rows * cell, west + columns * cell, north))  # fmt: skip


def in_degrees(folder: Path) -> Raster:
    """Return hills on a lattice of degrees, 25 m or so."""
    box = transform_bounds(CRS, "EPSG:4326", -900, -900, 3900, 1900)
    cell = (box[2] - box[0]) / 190, (box[3] - box[1]) / 110
    down, right = np.indices((110, 190))
    hills = 40 * np.sin(right / 7) * np.cos(down / 5) + right / 3
    path = write(folder / "degrees.tif", hills.astype("float32"), crs="EPSG:4326", nodata=-9999.0,
                 transform=Affine(cell[0], 0, box[0], 0, -cell[1], box[3]))  # fmt: skip
    return Raster("dem", path, "EPSG:4326", cell, -9999.0, "m", box=box)


def town_on(dem: Raster | None) -> Plan:
    layers = {key: one.set_crs(CRS, allow_override=True) for key, one in town(7).items()}
    rasters = {} if dem is None else {"dem": dem}
    return Plan(Text("镇", "Town"), layers, Settings(crs=CRS), rasters=rasters)


@pytest.fixture(scope="module")
def hilly(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("hills")
    return town_on(raster(folder / "dem.tif", DEM.values, DEM.west, DEM.north, DEM.width))


@pytest.fixture(scope="module", params=["in the plan's CRS", "in degrees"])
def plan(request: pytest.FixtureRequest, hilly: Plan, tmp_path_factory: Any) -> Plan:
    if request.param == "in degrees":
        return town_on(in_degrees(tmp_path_factory.mktemp("degrees")))
    return hilly


@pytest.fixture(scope="module")
def whole(plan: Plan) -> Assessment:
    return evaluate(plan, KEYS, parameters=UPHILL, workers=1, part_features=10**9)


@pytest.mark.parametrize(("features", "workers"), [(1, 1), (300, 2)])
def test_parts_change_no_bit(plan: Plan, whole: Assessment, features: int, workers: int) -> None:
    found = evaluate(plan, KEYS, parameters=UPHILL, workers=workers, part_features=features)
    pd.testing.assert_frame_equal(bits(found), bits(whole))
    level = evaluate(plan, KEYS, workers=1)
    assert (whole.table["value"] != level.table["value"]).any()
    for key in KEYS:
        one, other = whole.evidence(key), found.evidence(key)
        assert np.allclose(np.sort(one["network_m"]), np.sort(other["network_m"]), equal_nan=True)


def test_without_being_asked_terrain_changes_no_bit(hilly: Plan) -> None:
    found, plain = evaluate(hilly, KEYS), evaluate(replace(hilly, rasters={}), KEYS)
    pd.testing.assert_frame_equal(bits(found), bits(plain))


def reasons(plan: Plan, **parameters: Any) -> set[str]:
    found = evaluate(plan, KEYS[:1], parameters=parameters)
    city = found.table.query("level == 'city' and status == 'no_data'")
    return {str(reason) for reason in city["reason"]}


def test_no_terrain_and_terrain_elsewhere_are_no_data_where_it_is_asked_for(tmp_path: Path) -> None:
    assert reasons(town_on(None), **UPHILL) == {"missing layer: rasters.dem"}
    far = raster(tmp_path / "far.tif", np.zeros((20, 20)), 9e5, 9e5, 10.0)
    (why,) = reasons(town_on(far), **UPHILL)
    assert "dem" in why
    assert reasons(town_on(None)) == reasons(town_on(far)) == set()


def told(plan: Plan, what: str, **more: Any) -> list[str]:
    parameters = {"all": {**UPHILL["all"], **more}}
    found = evaluate(plan, KEYS[:1], parameters=parameters).findings
    return [str(one) for one in found.loc[found["what"] == what, "found"]]


LEVEL, STEEP = "Streets on unknown ground", "Streets are steeper than streets are"


def test_unknown_ground_is_told_by_its_length(tmp_path: Path) -> None:
    """Roads that cross it: 1 km is 40 pieces of 25 m."""
    values = np.zeros((60, 60))
    values[:, 20:40] = -9999.0
    plan = square_plan(raster(tmp_path / "d.tif", values, -1000.0, 2000.0, 50.0))
    (found,) = told(plan, LEVEL, slope_step=25.0)
    # Known is up to the middle of the last cell, at -25 m, and from that at 1025 m.
    assert found == "1.0 km / 1.0 km, 1 road: r1"
    plan = square_plan(raster(tmp_path / "e.tif", values[:, 10:], -1000.0, 2000.0, 50.0))
    (found,) = told(plan, LEVEL, slope_step=25.0)
    assert found == "0.5 km / 1.0 km, 1 road: r1"
    assert told(square_plan(flat(tmp_path)), LEVEL) == []
    assert evaluate(plan, KEYS[:1]).findings.query("what == @LEVEL").empty


def flat(folder: Path) -> Raster:
    return raster(folder / "flat.tif", np.full((60, 60), 7.0), -1000.0, 2000.0, 50.0)


def square_plan(dem: Raster) -> Plan:
    """Return a unit with one road of 1 km, a park at its west and a home at its east."""
    layers: dict[str, gpd.GeoDataFrame] = {
        "units": layer([shapely.box(0, 0, 1000, 1000)], unit_id=["u"]),
        "roads": layer([line((0, 500), (1000, 500))], road_id=["r1"], road_class=["local"]),
        "parks": layer([shapely.box(0, 510, 100, 600)], park_id=["p"]),
        "parcels": layer([shapely.box(400, 510, 800, 560)], parcel_id=["h"], land_use=["0701"]),
    }
    return Plan(Text("镇", "Town"), layers, Settings(crs=CRS), rasters={"dem": dem})


def test_cliffs_are_told_with_the_steepest(tmp_path: Path) -> None:
    values = np.zeros((300, 300))
    values[:, 150:] = 30.0  # at 500 m, within a cell of 10 m
    plan = square_plan(raster(tmp_path / "d.tif", values, -1000.0, 2000.0, 10.0))
    (found,) = told(plan, STEEP)
    assert found == "75 %, 1 road: r1"
    assert told(plan, STEEP, slope_cap=76.0) == []
    assert told(square_plan(flat(tmp_path)), STEEP) == []


def test_a_plane_by_hand_through_the_whole_life(tmp_path: Path) -> None:
    """The home's front is 400 to 800 m, the park's ends at 100; 600 m are 496 m up the slope."""
    east = np.tile(-1000 + (np.arange(60) + 0.5) * 50, (60, 1))
    plan = square_plan(raster(tmp_path / "d.tif", east / 10, -1000.0, 2000.0, 50.0))
    found = evaluate(plan, KEYS[:1], parameters=UPHILL)
    value = found.table.query("level == 'unit'")["value"].item()
    assert value == pytest.approx(100 * (100 + 600 / TENTH - 400) / 400, rel=1e-4)
    assert found.run["parameters"][KEYS[0]]["slope"] == "tobler"


def test_heights_hang_on_no_square(hilly: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    xy = np.random.default_rng(2).uniform(-300, 1500, (400, 2))
    home = (0.0, 0.0, 3000.0, 1000.0)
    dem = hilly.rasters["dem"]
    whole = heights_at(opened(dem, CRS, (-700, -700, 3000, 1700), home), xy)
    monkeypatch.setattr("carbonspace.grids._SQUARE", 7)
    found, squares = np.full(len(xy), np.nan), 0
    for rows, grid in around(dem, CRS, home, xy):
        found[rows], squares = heights_at(grid, xy[rows]), squares + 1
    assert squares > 50
    assert np.array_equal(found, whole)
    assert not list(around(dem, CRS, home, xy[:0]))


def test_service_areas_end_sooner_up_a_slope(tmp_path: Path) -> None:
    east = np.tile(-1000 + (np.arange(60) + 0.5) * 50, (60, 1))
    dem = raster(tmp_path / "d.tif", east / 10, -1000.0, 2000.0, 50.0)
    stop = layer([shapely.Point(500, 500)])
    street = layer([line((0, 500), (1000, 500))], road_class=["local"])
    walk = Walk(slope="tobler")
    found = service_areas(stop, street, dem=dem, minutes=(2.0,), walk=walk)
    assert found.streets["length_m"].tolist() == pytest.approx([240 / TENTH], abs=0.02)
    (area,) = found.areas.geometry
    assert area.bounds == pytest.approx((500 - 120 / TENTH, 480, 500 + 120 / TENTH, 520), abs=0.02)
    assert service_areas(stop, street, dem=dem, minutes=(2.0,)).streets["length_m"].item() == 240
    with pytest.raises(MissingLayerError, match=r"rasters\.dem"):
        service_areas(stop, street, walk=walk)


def test_graphs_have_lengths_as_drawn_and_the_effort(tmp_path: Path) -> None:
    east = np.tile(-1000 + (np.arange(60) + 0.5) * 50, (60, 1))
    dem = raster(tmp_path / "d.tif", east / 10, -1000.0, 2000.0, 50.0)
    ways = layer([line((0, 500), (1000, 500)), line((200, 0), (200, 1000))],
                 road_class=["local"] * 2)  # fmt: skip
    graph = street_network(ways, dem=dem, network=Walk(slope="tobler"))
    ends = {(data["x"], data["y"]): node for node, data in graph.nodes(data=True)}
    way = ends[(0.0, 500.0)], ends[(200.0, 1000.0)]
    assert nx.shortest_path_length(graph, *way, weight="length") == pytest.approx(700)
    uphill = nx.shortest_path_length(graph, *way, weight="effort")
    assert uphill == pytest.approx(200 * TENTH + 500, abs=0.02)
    plain = street_network(ways, dem=dem)
    assert not any("effort" in facts for *_, facts in plain.edges(data=True))
    with pytest.raises(MissingLayerError, match=r"rasters\.dem"):
        street_network(ways, network=Walk(slope="tobler"))
    drive = street_network(ways, mode="drive", network=Walk(slope="tobler"))
    assert not any("effort" in facts for *_, facts in drive.edges(data=True))


def test_the_page_tells_what_is_counted() -> None:
    page = (Path(__file__).parents[1] / "docs" / "explanation" / "walking.md").read_text("utf-8")
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in page.splitlines()
            if row.startswith(("| slope, %", "| metres for a metre"))]  # fmt: skip
    percent, metres = (np.array(row[1:], dtype=float) for row in rows)
    assert len(percent) == 9
    np.testing.assert_allclose(there_and_back(percent / 100), metres, atol=0.0005)
