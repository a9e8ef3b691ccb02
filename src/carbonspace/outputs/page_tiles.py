"""The map of a large plan: tiles of what fits the page, and below their zoom an overview of all."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from carbonspace.outputs.ground import Base
from carbonspace.outputs.land_picture import Picture, land_picture
from carbonspace.outputs.page_coding import Grid
from carbonspace.outputs.page_evidence import Explained
from carbonspace.outputs.page_overview import cells
from carbonspace.outputs.plainjson import in_script
from carbonspace.outputs.svgmap import Box

ZOOM = 13
"""The zoom of all tiles: they are 4.9 km wide."""
_FINE, _COARSE = 8192, 4096
"""Steps across a tile, of 60 cm and of 1.2 m."""
_WORLD = 40_075_016.685_578_488
SHIFT = _WORLD / 2 ** (ZOOM + 1)
"""Metres from the origin of Web Mercator to the middle of the plan, east and north.

It is the middle of a tile there: few features lie in several tiles, and none of a grid of streets
along their edges.
"""
_NAME = "plan"
_OPTIONS = {
    "MINZOOM": ZOOM, "MAXZOOM": ZOOM, "BUFFER": 80, "SIMPLIFICATION": 0, "MAX_SIZE": 100_000_000,
    "MAX_FEATURES": 10_000_000, "NAME": _NAME,
}  # fmt: skip
_PER_FEATURE, _PER_CORNER, _LEAST = 6.0, 1.9, 14.0
"""Bytes that features take in tiles, measured on a made city: about, and at least."""
_SIMPLE = 6
"""Corners up to which nothing is simplified: most buildings have no more."""
_MOST_FACTS = 2
_BASE64 = 4 / 3


class Layer(NamedTuple):
    """Features to be tiled, in metres from the middle of the plan, and their numbers."""

    shapes: NDArray[Any]
    columns: Mapping[str, NDArray[Any]]
    extent: int = _FINE

    @property
    def size(self) -> float:
        """How many bytes its tiles are expected to take in a page."""
        corners = int(shapely.get_num_coordinates(self.shapes).sum())
        return _BASE64 * (_PER_FEATURE * len(self.shapes) + _PER_CORNER * corners)


def tiled(
    evidence: Sequence[Explained],
    base: Base,
    grid: Grid,
    *,
    budget: int,
    pictured: Box | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what is said of ground and evidence, and the tiles of what fits a budget of bytes.

    The smallest layers come first; of what does not fit there is the overview alone. `pictured`
    is the box of the picture of land use where the page has it already.
    """
    scale = base.metres_per_unit
    overview = {
        "ground": [{"css": one.css, "fill": one.fill, "title": one.title, "land": n < base.land}
                   for n, one in enumerate(base.looks)],
        "land": _land(base, grid, pictured),
        "evidence": [{**one.heading(), "facts": _told(one), **cells(one, grid, scale)}
                     for one in evidence],
        "zoom": ZOOM,
    }  # fmt: skip
    budget -= len(in_script(overview))
    fits = [_BASE64 * _LEAST * len(one.shapes) < budget for one in evidence]
    layers = {f"evidence-{n}": _evidence(one, grid, scale)
              for n, one in enumerate(evidence) if fits[n]}  # fmt: skip
    tiles = _fitting({**_ground(base, grid, budget), **layers}, budget)
    left_out = [key for n, one in enumerate(evidence) if f"evidence-{n}" not in tiles
                for key in one.keys]  # fmt: skip
    return {**overview, "left_out": left_out}, tiles


def _land(base: Base, grid: Grid, pictured: Box | None) -> dict[str, Any] | None:
    """Return the box of the picture of land use in steps, and the picture unless it is there."""
    found = Picture("", pictured) if pictured else land_picture(base)
    if found is None:
        return None
    return {"box": grid.placed(np.reshape(found.box, (2, 2))).ravel().tolist(), "png": found.png}


def _ground(base: Base, grid: Grid, budget: int) -> dict[str, Layer]:
    """Return land use, and apart from it what is drawn above the units."""
    land = base.group < base.land
    parts = {"land": (land, _COARSE), "lines": (~land, _FINE)}
    return {
        name: Layer(_placed(base.ground.shapes[mine], grid, base.metres_per_unit, extent),
                    {"l": base.group[mine]}, extent)
        for name, (mine, extent) in parts.items() if _BASE64 * _LEAST * mine.sum() < budget
    }  # fmt: skip


def _fitting(layers: Mapping[str, Layer], budget: int) -> dict[str, str]:
    """Return the tiles of the smallest layers as base64, as many as fit."""
    tiles: dict[str, str] = {}
    left = float(budget)
    for size, name in sorted((layer.size, name) for name, layer in layers.items()):
        if size > left or not len(layers[name].shapes):
            continue
        held = base64.b64encode(archive(layers[name])).decode("ascii")
        if len(held) <= left:
            tiles[name] = held
            left -= len(held)
    return {name: tiles[name] for name in layers if name in tiles}


def archive(layer: Layer) -> bytes:
    """Return a PMTiles archive of a layer; the same bytes each time."""
    frame = gpd.GeoDataFrame(dict(layer.columns), geometry=layer.shapes, crs="EPSG:3857")
    with tempfile.TemporaryDirectory() as folder, _one_thread():
        path = Path(folder) / f"{_NAME}.pmtiles"
        pyogrio.write_dataframe(
            frame,
            path,
            layer=_NAME,
            driver="PMTiles",
            dataset_options={**_OPTIONS, "EXTENT": layer.extent},
        )
        return path.read_bytes()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let GDAL write with one thread: with several, tiles come in any order."""
    before = pyogrio.get_gdal_config_option("GDAL_NUM_THREADS")
    pyogrio.set_gdal_config_options({"GDAL_NUM_THREADS": "1"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"GDAL_NUM_THREADS": before})


def _evidence(one: Explained, grid: Grid, scale: float) -> Layer:
    columns = {"k": one.kind, "u": one.unit, "s": one.set_of}
    columns = {name: held for name, held in columns.items() if len(np.unique(held)) > 1}
    facts = {f"f{n}": _numbers(one, n) for n in range(len(_told(one)))}
    return Layer(_placed(one.shapes, grid, scale), {**columns, **facts})


def _told(one: Explained) -> list[dict[str, Any]]:
    """Return the titles of the facts that tiles have: which feature it is, and how much."""
    return [{"title": fact.title} for fact in one.facts[:_MOST_FACTS]]


def _numbers(one: Explained, n: int) -> NDArray[Any]:
    fact = one.facts[n]
    if fact.words is None:
        return fact.values
    words = [word if isinstance(word, str) else word.zh for word in fact.words]
    named = np.asarray([*words, None], dtype=object)
    return np.asarray(named[fact.values])


def _placed(
    shapes: NDArray[Any], grid: Grid, scale: float, extent: int = _FINE
) -> NDArray[Any]:  # fmt: skip
    """Return shapes in metres from the middle of the plan, without corners that tiles forget."""
    there = shapely.transform(shapes, lambda xy: (xy - (grid.x, grid.y)) * scale + SHIFT)
    many = shapely.get_num_coordinates(there) > _SIMPLE
    there[many] = shapely.simplify(there[many], _WORLD / 2**ZOOM / extent)
    return np.asarray(there)
