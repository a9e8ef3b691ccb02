"""A small province: seeded, drawn cell by cell, whole across cells."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from tests.benchmarks.lattice import Grid
from tests.benchmarks.province import Province, layers_of, made_province, province_of

from carbonspace import evaluate
from carbonspace.sources import read_plan
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.within import read_within

GRID = Grid(cell=24, unit=12, block=4)
SMALL = Province(5, GRID)
"""Five cells in two rows of three, the second one short."""
CELLS = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_province(SMALL, tmp_path_factory.mktemp("province") / "p").parent


@pytest.fixture(scope="module")
def layers(folder: Path) -> dict[str, gpd.GeoDataFrame]:
    return dict(read_plan(folder).layers)


def source(folder: Path, key: str) -> LayerSource:
    return LayerSource(key, key, folder / key)


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = made_province(SMALL, tmp_path / "p").parent
    names = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    assert len(names) == 9 * 2 + 1
    assert all((folder / name).read_bytes() == (again / name).read_bytes() for name in names)
    other = made_province(SMALL._replace(seed=2), tmp_path / "q").parent
    assert (other / "parcels" / "index.json").read_bytes() != (
        folder / "parcels" / "index.json").read_bytes()  # fmt: skip


def test_a_cell_is_the_same_drawn_alone(layers: dict[str, gpd.GeoDataFrame]) -> None:
    table, shapes = layers_of(SMALL, (1, 1))["parcels"]
    found = layers["parcels"].set_index("parcel_id").loc[table["parcel_id"]]
    assert found["land_use"].tolist() == table["land_use"].tolist()
    assert found.geometry.to_wkb().tolist() == shapely.to_wkb(shapes).tolist()


def test_units_tile_the_province(layers: dict[str, gpd.GeoDataFrame]) -> None:
    """To the square millimetre, across cells too."""
    units = layers["units"]
    assert len(units) == 5 * 4
    assert shapely.is_valid(units.geometry.to_numpy()).all()
    whole = units.union_all()
    assert whole.area == pytest.approx(units.area.sum(), abs=1e-3)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors


def test_streets_go_on_across_cells(layers: dict[str, gpd.GeoDataFrame]) -> None:
    """The large streets are one network: every ridge on the lines between units, each once."""
    roads = layers["roads"]
    assert not roads["road_id"].duplicated().any()
    lines = roads.geometry[roads["road_class"].isin(["expressway", "arterial"])].to_numpy()
    ends = zip(*(shapely.to_wkb(shapely.get_point(lines, n)) for n in (0, -1)), strict=True)
    network = nx.Graph(ends)
    side, unit = GRID.cell, GRID.unit
    steps = [(n, m) for n in range(0, side + 1, unit) for m in range(side)]
    ridges = {(side * x + a, side * y + b, rises) for x, y in CELLS for n, m in steps
              for a, b, rises in ((m, n, False), (n, m, True))}  # fmt: skip
    assert network.number_of_edges() == len(ridges)
    assert nx.is_connected(network)


def test_no_two_cells_have_the_same_street(layers: dict[str, gpd.GeoDataFrame]) -> None:
    assert not layers["roads"].geometry.to_wkb().duplicated().any()


def test_it_is_a_plan_that_is_read_by_place(
    folder: Path, layers: dict[str, gpd.GeoDataFrame]
) -> None:
    unit = layers["units"].iloc[7]
    found = read_within(source(folder, "buildings"), unit.geometry.bounds)
    bounds = layers["buildings"].bounds
    west, south, east, north = unit.geometry.bounds
    near = ((bounds["minx"] <= east) & (bounds["maxx"] >= west)
            & (bounds["miny"] <= north) & (bounds["maxy"] >= south))  # fmt: skip
    assert found.rows.tolist() == np.flatnonzero(near).tolist()
    assert found.read.frame is not None
    assert found.read.frame["building_id"].tolist() == layers["buildings"]["building_id"][
        near].tolist()  # fmt: skip


@pytest.mark.sample
def test_it_is_evaluated(folder: Path) -> None:
    result = evaluate(read_plan(folder), indicators=["road_density", "park_coverage"])
    values = result.table[result.table["level"] == "unit"]
    assert len(values) == 2 * 5 * 4
    assert values["value"].notna().all()
    assert values.loc[values["indicator"] == "road_density", "value"].between(4, 12).all()


def test_how_large_it_gets() -> None:
    province = province_of(30_000_000)
    assert province.cells * Grid().cell ** 2 >= 30_000_000
    counties = [*province.counties()]
    assert sum(map(len, counties)) == province.cells == len({c for one in counties for c in one})
    assert 90 <= len(counties) <= 110
