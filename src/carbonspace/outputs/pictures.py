"""Pictures for office files: PNG as it is, SVG turned into PNG."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

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
