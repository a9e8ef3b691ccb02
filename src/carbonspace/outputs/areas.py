"""Service areas as layers: the ground and the streets within a walk, and links that are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model.maps import Walks
from carbonspace.model.text import Text
from carbonspace.outputs import styles
from carbonspace.outputs.gpkgfile import write_layer
from carbonspace.outputs.look import band_colours

AREAS, STREETS, LINKS = "service_areas_", "reachable_streets_", "missing_links"
LINKS_TITLE = Text("缺失的连接", "Missing links")
_AREAS_TITLE = Text("{title}：步行服务区", "{title}: service areas on foot")
_STREETS_TITLE = Text("{title}：步行可达街道", "{title}: streets within a walk")
_AMOUNTS = ("area_m2", "people")


class Layer(NamedTuple):
    """A layer of service areas: its name, what it is called, its features and its style."""

    name: str
    title: Text
    frame: gpd.GeoDataFrame
    style: styles.Style


def area_layers(walks: Sequence[Walks]) -> Iterator[Layer]:
    """Yield the service areas of each thing walked to, and the streets they are made of."""
    for one in walks:
        found = bands(one)
        for prefix, words, frame, dimension in (
            (AREAS, _AREAS_TITLE, one.areas, 2), (STREETS, _STREETS_TITLE, one.streets, 1),
        ):  # fmt: skip
            title, name = _named(words, one.title), f"{prefix}{one.key}"
            style = styles.band_style(name, title, found, dimension=dimension)
            yield Layer(name, title, frame, style)


def bands(walks: Walks) -> list[styles.Band]:
    """Return the limits of service areas, the shortest first, as they are drawn."""
    limits = walks.areas[["minutes", "metres"]].sort_values("minutes")
    colours = band_colours(len(limits))
    return [
        styles.Band(row.minutes, colour, Text(
            f"步行 {row.minutes:g} 分钟（{row.metres:g} 米）以内",
            f"Within {row.minutes:g} min ({row.metres:g} m) on foot",
        ))
        for row, colour in zip(limits.itertuples(), colours, strict=True)
    ]  # fmt: skip


def links_layers(evidence: Mapping[str, gpd.GeoDataFrame]) -> Iterator[Layer]:
    """Yield the layer of links that would bring homes within a walk, each once per indicator.

    Columns: `indicator`; `link_m`; `linked_m`, the shortest way that it would make; `places`, how
    many it would help; what they hold in `area_m2` or `people`.
    """
    parts = [_links(key, layer) for key, layer in evidence.items() if "link" in layer]
    parts = [one for one in parts if len(one)]
    if parts:
        frame = pd.concat(parts, ignore_index=True)
        yield Layer(LINKS, LINKS_TITLE, frame, styles.link_style(LINKS, LINKS_TITLE))


def links_of(evidence: Mapping[str, gpd.GeoDataFrame]) -> dict[str, NDArray[Any]]:
    """Return the links that would bring homes within a walk, as lines, by the indicator."""
    parts = {key: _links(key, layer) for key, layer in evidence.items() if "link" in layer}
    return {key: one.geometry.to_numpy() for key, one in parts.items() if len(one)}


def account(walks: Sequence[Walks]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what `run.json` says of service areas: limits, indicators, places out of reach."""
    told = {
        one.key: {
            "title": one.title._asdict(), "minutes": sorted(one.areas["minutes"]),
            "indicators": [*one.indicators], "missed": [*one.missed],
        }
        for one in walks
    }  # fmt: skip
    return {"service_areas": told} if walks else {}


def write_areas(layers: Sequence[Layer], path: Path) -> list[styles.Style]:
    """Write layers into a GeoPackage and return their styles."""
    for one in layers:
        write_layer(one.frame, path, one.name, about=f"{one.title.zh} | {one.title.en}")
    return [one.style for one in layers]


def _links(key: str, layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    helped = pd.DataFrame(layer[layer["link"].notna()])
    sums = {name: (name, "sum") for name in _AMOUNTS if name in helped}
    found = helped.groupby("link", sort=True).agg(
        link_m=("link_m", "first"), linked_m=("linked_m", "min"), places=("link", "size"), **sums
    )
    found.insert(0, "indicator", key)
    lines = shapely.from_wkt(found.index.to_numpy(dtype=object))
    return gpd.GeoDataFrame(found.reset_index(drop=True), geometry=lines, crs=layer.crs)


def _named(words: Text, title: Text) -> Text:
    return Text(words.zh.format(title=title.zh), words.en.format(title=title.en))
