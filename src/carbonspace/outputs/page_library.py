"""The bundled map libraries as they stand in a page: script, style and licences."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import NamedTuple

from markupsafe import Markup

_FILES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "leaflet": (("leaflet/leaflet.js",), ("leaflet/leaflet.css",), ("leaflet/LICENSE",)),
    "maplibre": (
        ("maplibre-gl/maplibre-gl.js", "pmtiles/pmtiles.js"), ("maplibre-gl/maplibre-gl.css",),
        ("maplibre-gl/LICENSE.txt", "pmtiles/LICENSE", "pmtiles/LICENSE-fflate"),
    ),
}  # fmt: skip


class Library(NamedTuple):
    """A library as it is inlined: what its scripts, its style sheet and its licences say."""

    name: str
    scripts: tuple[Markup, ...]
    style: Markup
    licences: str


@cache
def library(name: str) -> Library:
    """Return `leaflet` or `maplibre`; nothing in them asks for another file."""
    scripts, styles, licences = (tuple(map(_text, paths)) for paths in _FILES[name])
    sheet = _PICTURE.sub("none", "".join(styles))
    return Library(name, tuple(map(_inline, scripts)), _inline(sheet), "\n\n".join(licences))


_PICTURE = re.compile(r"url\((?!['\"]?(?:data:|#))[^)]*\)")
_MAP = re.compile(r"^(?://|/\*)# sourceMappingURL=.*$", re.MULTILINE)
_END = re.compile(r"</(?=script|style)", re.IGNORECASE)


def _text(path: str) -> str:
    return (resources.files(__package__) / "vendor" / path).read_text("utf-8")


def _inline(text: str) -> Markup:
    """Return a library's own text without what would end its element, or be fetched."""
    return Markup(_END.sub(r"<\\/", _MAP.sub("", text)))
