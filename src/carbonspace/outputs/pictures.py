"""Pictures for office files: PNG as it is, SVG turned into PNG."""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonspace.errors import SourceError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Picture(NamedTuple):
    """A PNG and its size in pixels."""

    png: bytes
    width: int
    height: int

    def stream(self) -> BytesIO:
        """Return the PNG as a file to be read."""
        return BytesIO(self.png)


def picture_of(path: Path) -> Picture:
    """Return a PNG or an SVG as a picture.

    Raises
    ------
    SourceError
        If it can be read as neither.
    """
    try:
        content = path.read_bytes()
        png = content if content.startswith(_SIGNATURE) else drawn(content)
        return of_png(png)
    except (OSError, ValueError, RuntimeError, struct.error) as error:
        raise SourceError(
            f"{path} cannot be used as a picture ({error}). Expected: a PNG or an SVG.",
            f"{path} 不能用作图片（{error}）。应为 PNG 或 SVG。",
        ) from error


def of_png(png: bytes) -> Picture:
    """Return a PNG with its size."""
    return Picture(png, *struct.unpack(">II", png[16:24]))


def drawn(svg: bytes, *, width_mm: float = 120, ppi: float = 150) -> bytes:
    """Return an SVG as PNG.

    Raises
    ------
    RuntimeError
        If it is no SVG.
    """
    import typst

    given = {"svg": svg.decode(), "width": f"{width_mm:g}"}
    return typst.compile(_PAGE, format="png", ppi=ppi, sys_inputs=given, ignore_system_fonts=True)


_PAGE = b"""#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image(bytes(sys.inputs.svg), format: "svg", width: float(sys.inputs.width) * 1mm)
"""


def paletted(png: bytes, colours: int = 256) -> bytes:
    """Return a PNG in so few colours, which takes a quarter of the room; alpha is left out.

    The colours that most pixels have stay; others become the nearest of them.
    """
    from rasterio.io import MemoryFile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it lies nowhere, and need not
        with MemoryFile(png) as held, held.open() as found:
            bands = found.read(indexes=(1, 2, 3))
    kind = np.zeros(bands.shape[1:], dtype=np.intp)
    for band in bands:
        kind = kind << 5 | band >> 3
    count = np.bincount(kind.ravel(), minlength=_KINDS)
    there = np.flatnonzero(count)
    means = np.stack([np.bincount(kind.ravel(), band.ravel(), _KINDS)[there] / count[there]
                      for band in bands], axis=1)  # fmt: skip
    palette = np.rint(means[np.argsort(-count[there], kind="stable")[:colours]])
    apart = ((means[:, None] - palette[None]) ** 2).sum(axis=2)
    nearest = np.zeros(_KINDS, dtype=np.uint8)
    nearest[there] = apart.argmin(axis=1)
    return _png(nearest[kind], palette.astype(np.uint8))


_KINDS = 1 << 15
"""Colours that are told apart: 32 of each of red, green and blue."""


def _png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Return rows of numbers of colours as a PNG."""
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)
    rows[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", palette.tobytes()),
             (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))  # fmt: skip
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))
        for name, held in parts
    )
