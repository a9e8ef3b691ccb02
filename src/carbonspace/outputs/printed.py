"""Maps as pictures for print: the paths of the pages, with the looks of their style sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from carbonspace.model.text import Text
from carbonspace.outputs.ground import Drawn
from carbonspace.outputs.land_picture import opaque
from carbonspace.outputs.lettering import Label, ScaleBar
from carbonspace.outputs.maps import Image
from carbonspace.outputs.rendering import environment
from carbonspace.outputs.svgmap import SCREEN, Frame, Grid

_PIXELS = re.compile(r"(stroke-width|stroke-dasharray):([\d. ]+)")
_TURNED = 'patternTransform="'
_KEY = (260, 150)
_AREAS = ("land", "park", "shortfall", "bare", "solar", "roof", "way", "band", "unit", "value")
_DOT = 1
"""SVG units that a dot is long: a line without length is not drawn."""
ACROSS, LARGE, SMALL = (Grid(*of, fine=0.7) for of in ((960, 2.5), (960, 1.8), (512, 1.8)))
"""Of maps as wide as a page, on half of it and in its corner: some 350 dots to an inch."""


def picture(size: tuple[int, int], *parts: str, pen: float = 1.0, grid: Grid = SCREEN) -> str:
    """Return an SVG of a size in units of a grid, drawn of parts, the lowest first.

    `pen` is how many times as wide lines and dots are as on the page: a map in print is smaller.
    """
    width, height = size
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}"><style>{_styles(pen * grid.parts)}</style>'
            f"<defs>{_brushes(grid.parts / SCREEN.parts)}</defs>{''.join(parts)}"
            "</svg>")  # fmt: skip


def image(one: Image) -> str:
    """Return a picture below everything else on a map."""
    macros: Any = environment().get_template("macros.html").module
    return str(macros.image(one._replace(png=opaque(one.png)), "land-picture"))


def shared(*parts: str) -> str:
    """Return parts that several pictures of a document have: it holds them once."""
    return f'<g style="isolation:isolate">{"".join(parts)}</g>'


def paths(drawn: Iterable[Drawn], opacity: float = 1.0) -> str:
    """Return paths in their order, all of them as see-through as `opacity` says."""
    found = "".join(path(one.css, one.d, one.fill) for one in drawn)
    return found if opacity == 1 else f'<g opacity="{opacity}">{found}</g>'


def path(css: str, d: str, fill: str = "", *, line: bool = True) -> str:
    """Return one path; its fill where it has one of its own, and its line unless none is wanted."""
    filled = f' fill="{fill[:7]}"' if fill else ""
    filled += "" if line else ' style="stroke:none"'
    if len(fill) > 7:
        filled += f' fill-opacity="{int(fill[7:], 16) / 255:.2f}"'
    return f'<path class="{css}"{filled} d="{d.replace("h0", f"h{_DOT}")}"/>' if d else ""


def legend(looks: Iterable[tuple[str, str, Text]]) -> list[dict[str, Any]]:
    """Return the lines of a legend: for each style and fill a picture, and what it is called."""
    return [{"svg": _key(css, fill), "title": [*title]} for css, fill, title in looks]


def looks(drawn: Iterable[Drawn]) -> list[tuple[str, str, Text]]:
    """Return the looks of paths that draw something, for a legend."""
    return [(one.css, one.fill, one.title) for one in drawn if one.d]


def furniture(view: Frame, bar: ScaleBar, labels: Sequence[Label]) -> dict[str, Any]:
    """Return what a map says besides its picture: its size, its scale bar, its labels."""
    return {
        "width": view.width, "height": view.height, "bar": bar._asdict(),
        "labels": [{"x": one.x, "y": one.y, "name": one.name} for one in labels if one.name],
    }  # fmt: skip


@cache
def _key(css: str, fill: str) -> str:
    width, height = _KEY
    middle = height // 2
    if "stop" in css or "dot" in css:
        d = f"M{width // 2} {middle}h0"
    elif css.split(maxsplit=1)[0] in _AREAS:
        d = f"M0 0h{width}v{height}h-{width}z"
    else:
        d = f"M0 {middle}h{width}"
    return picture(_KEY, path(css, d, fill))


@cache
def _styles(pen: float) -> str:
    """Return the looks of maps, their pens in SVG units, so many to a pixel."""

    def scaled(found: re.Match[str]) -> str:
        numbers = " ".join(f"{float(n) * pen:g}" for n in found[2].split())
        return f"{found[1]}:{numbers}"

    return _PIXELS.sub(scaled, looks_of_maps())


@cache
def looks_of_maps() -> str:
    """Return the style sheet of maps."""
    return environment().get_template("map.css").render()


@cache
def _brushes(scale: float) -> str:
    macros: Any = environment().get_template("macros.html").module
    found = str(macros.hatch()) + str(macros.roof_brushes("", 1))
    return found if scale == 1 else found.replace(_TURNED, f"{_TURNED}scale({scale:g}) ")
