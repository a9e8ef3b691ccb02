"""A layer that lies in several files becomes one."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.sources.mapping import LayerSource


def joined(
    sources: Sequence[LayerSource], frames: Sequence[gpd.GeoDataFrame], *, zones: bool = False
) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    """Return the rows of all parts, or the fault that their CRSs are not the same.

    A CRS that plan.toml states for the layer holds for every part. In a plan of several `zones`
    parts in CRSs of one datum become one layer in its degrees.
    """
    if len(frames) == 1:
        return frames[0], []
    found = {str(frame.crs.to_string()) if frame.crs else "-" for frame in frames}
    if len(found) > 1 and sources[0].crs is None:
        degrees = _degrees(frames) if zones else None
        if degrees is not None:
            return joined(sources, [frame.to_crs(degrees) for frame in frames])
        return None, [_different(sources[0].key, sorted(found))]
    crs = frames[0].crs
    parts = [frame.set_crs(crs, allow_override=True) if crs else frame for frame in frames]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=crs), []


def _degrees(frames: Sequence[gpd.GeoDataFrame]) -> CRS | None:
    """Return the CRS in degrees that all parts are projected from; None where there is none."""
    first = frames[0].crs and frames[0].crs.geodetic_crs
    same = all(frame.crs is not None and frame.crs.geodetic_crs == first for frame in frames)
    return first if same else None


def _different(key: str, found: Sequence[str]) -> Finding:
    return Finding(
        "error", key, Text("各文件的坐标系不同", "The files are in different CRSs"),
        ", ".join(found), Text("一个坐标系", "one CRS"),
        Text("先统一坐标系，再合为一个图层。", "Bring them into one CRS first."),
    )  # fmt: skip
