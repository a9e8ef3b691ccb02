"""Land use of a large plan as one picture: parcels that are smaller than a dot of the page."""

from __future__ import annotations

import base64
from typing import NamedTuple
from warnings import catch_warnings, simplefilter

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.io import MemoryFile

from carbonspace.outputs.ground import Base
from carbonspace.outputs.svgmap import Box

_PIXELS = 2000
"""The longer side of the picture."""
_NOTHING = (251, 252, 253, 0)
"""See-through, of the colour that maps have below everything."""


class Picture(NamedTuple):
    """A PNG as base64, and the box that it fills, in map units."""

    png: str
    box: Box


def land_picture(base: Base) -> Picture | None:
    """Return the parcels as a picture; None where there are none."""
    mine = np.flatnonzero(base.group < base.land)
    shapes = base.ground.shapes[mine]
    kept = mine[shapely.get_dimensions(shapes) == 2]
    if not len(kept):
        return None
    xmin, ymin, xmax, ymax = shapely.total_bounds(base.ground.shapes[kept]).tolist()
    pixel = max(xmax - xmin, ymax - ymin) / _PIXELS
    width, height = (max(1, round(size / pixel)) for size in (xmax - xmin, ymax - ymin))
    seen = shapely.simplify(base.ground.shapes[kept], pixel / 2, preserve_topology=False)
    there = ~shapely.is_empty(seen)
    drawn = rasterize(
        zip(seen[there], (base.group[kept][there] + 1).tolist(), strict=True),
        out_shape=(height, width), dtype="uint8",
        transform=Affine((xmax - xmin) / width, 0.0, xmin, 0.0, (ymin - ymax) / height, ymax),
    )  # fmt: skip
    colours = {0: _NOTHING} | {n + 1: _rgba(one.fill) for n, one in enumerate(base.looks)}
    png = base64.b64encode(_png(drawn, colours)).decode("ascii")
    return Picture(png, (xmin, ymin, xmax, ymax))


def opaque(png: str) -> str:
    """Return such a picture with what is see-through filled: print takes fewer bytes."""
    held = base64.b64decode(png)
    at = held.index(b"tRNS") - 4  # a chunk is its size, its name, as many bytes, and a checksum
    rest = held[at + int.from_bytes(held[at : at + 4], "big") + 12 :]
    return base64.b64encode(held[:at] + rest).decode("ascii")


def _rgba(colour: str) -> tuple[int, ...]:
    return (*bytes.fromhex(colour.removeprefix("#")), 255) if colour else _NOTHING


def _png(drawn: NDArray[np.uint8], colours: dict[int, tuple[int, ...]]) -> bytes:
    height, width = drawn.shape
    with catch_warnings(), MemoryFile() as memory:
        simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(
            memory.name, "w", driver="PNG", width=width, height=height, count=1, dtype="uint8",
            ZLEVEL=6,
        ) as picture:  # fmt: skip
            picture.write(drawn, 1)
            picture.write_colormap(1, colours)
        return bytes(memory.read())
