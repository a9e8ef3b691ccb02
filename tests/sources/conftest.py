"""Small files written for each test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.plan import Plan
from carbonspace.sources import read_plan

CRS = "EPSG:4547"
HEAD = 'format = 1\nname = { zh = "试", en = "Trial" }\ncrs = "EPSG:4547"\n'

Parcels = Callable[..., gpd.GeoDataFrame]
Faults = Callable[[str], list[Finding]]
Reading = Callable[[str], Plan]


@pytest.fixture
def parcels() -> Parcels:
    """Return a maker of a row of 100 m squares with the given columns."""

    def make(crs: str | None = CRS, **columns: Any) -> gpd.GeoDataFrame:
        count = len(next(iter(columns.values())))
        squares = [shapely.box(100 * n, 0, 100 * n + 100, 100) for n in range(count)]
        return gpd.GeoDataFrame(columns, geometry=squares, crs=crs)

    return make


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    """Return a reader of a plan.toml of a head and the text given."""

    def from_text(text: str) -> Plan:
        (tmp_path / "plan.toml").write_text(HEAD + text, "utf-8")
        return read_plan(tmp_path / "plan.toml")

    return from_text


@pytest.fixture
def faults(read: Reading) -> Faults:
    """Return a reader that must fail, and its findings."""

    def of(text: str) -> list[Finding]:
        with pytest.raises(InputError) as raised:
            read(text)
        assert all(f.severity == "error" for f in raised.value.findings)
        assert all(all(f.what) and all(f.expected) and all(f.action) for f in raised.value.findings)
        return list(raised.value.findings)

    return of


Tags = Mapping[str, str]


@pytest.fixture
def osm(tmp_path: Path) -> OsmFile:
    return OsmFile(tmp_path / "city.osm")


class OsmFile:
    """Writes an OpenStreetMap file; metres are turned into degrees near the equator."""

    METRES_PER_DEGREE = 111_319.49

    def __init__(self, path: Path) -> None:
        self.path = path
        self.nodes: list[str] = []
        self.ways: list[str] = []
        self.relations: list[str] = []

    def node(self, x: float, y: float, **tags: str) -> int:
        number = len(self.nodes) + 1
        lon, lat = 9 + x / self.METRES_PER_DEGREE, y / self.METRES_PER_DEGREE
        self.nodes.append(
            f'<node id="{number}" version="1" lon="{lon:.9f}" lat="{lat:.9f}">{_tags(tags)}</node>'
        )
        return number

    def way(self, points: list[tuple[float, float]], **tags: str) -> int:
        number = 1000 + len(self.ways)
        ids = {point: self.node(*point) for point in dict.fromkeys(points)}
        references = "".join(f'<nd ref="{ids[point]}"/>' for point in points)
        self.ways.append(f'<way id="{number}" version="1">{references}{_tags(tags)}</way>')
        return number

    def square(self, x: float, y: float, side: float, **tags: str) -> int:
        corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]
        return self.way(corners, **tags)

    def route(self, ways: list[int], **tags: str) -> None:
        number = 9000 + len(self.relations)
        members = "".join(f'<member type="way" ref="{w}" role=""/>' for w in ways)
        tags = {"type": "route", **tags}
        self.relations.append(
            f'<relation id="{number}" version="1">{members}{_tags(tags)}</relation>'
        )

    def write(self) -> None:
        body = "".join([*self.nodes, *self.ways, *self.relations])
        self.path.write_text(f'<osm version="0.6" generator="test">{body}</osm>', "utf-8")


def _tags(tags: Tags) -> str:
    named = {key.replace("__", ":"): value for key, value in tags.items()}
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in named.items())
